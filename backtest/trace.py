"""Daily lines of many variants, block by block: what a sweep keeps of a simulation.

The holdings of a block are turned into lines as they come and then forgotten, so that any number of variants runs in
the memory of a few blocks. Each line is a product of prices and positions over the days between two trades: NAV from
the prices, concentration from their squares, exposure from the prices of a group.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from backtest.book import Book
from backtest.compiled import compiled
from backtest.filling import AFTER, BOUGHT, COSTS, SOLD, WORTH
from backtest.market.prices import Dates, Floats, Panel
from backtest.schedule import Ints
from backtest.setting import Setting, prepare
from backtest.simulate import play
from backtest.strategy import Strategy
from backtest.taxes import TaxTable
from backtest.terms import Constraints, Costs, Flow, Schedule

TILE = 8
BLOCK = 64  # variants: a row of 500 names for each still fits the cache of one core


@dataclass(frozen=True)
class Trace:
    """Daily lines of a block of V variants over T days, from the first trade date on; money in base currency."""

    first: int  # the number of the block's first variant, from 0
    dates: Dates  # (T,)
    nav: Floats  # (T, V) after costs and custody, flows included
    concentration: Floats  # (T, V) sum of squared weights of the names, rescaled to one; NaN where none is held
    exposures: dict[str, Floats]  # group -> (T, V) fraction of NAV
    turnover: Floats  # (T, V) one-way, of NAV before the trade; 0 on days without one
    costs: Floats  # (T, V) money paid for trading that day


@dataclass(frozen=True)
class Groups:
    """The names in the order of their groups, so that each group is one slice, and what the products need of them."""

    order: np.ndarray  # (N,)
    slices: dict[str, slice]
    levels: Floats  # (T, N)
    squares: Floats  # (T, N)


def trace(
    panel: Panel,
    strategy: Strategy,
    schedule: Schedule,
    constraints: Constraints,
    costs: Costs,
    flows: tuple[Flow, ...] = (),
    taxes: TaxTable | None = None,
    groups: Sequence[str] | None = None,
    block: int = BLOCK,
) -> Iterator[Trace]:
    """The lines of every variant of a strategy, `block` variants at a time, in their order.

    groups: (N,) a label for each asset whose exposures are wanted; the themes when None. Blocks run side by side on
    the machine's cores; the same variants give the same lines in any block, to 1e-12. Raises as simulate does.
    """
    setting = prepare(panel, strategy, schedule, constraints, costs, flows, taxes)
    laid_out = _lay_out(panel, panel.themes if groups is None else groups)
    starts = deque(range(0, strategy.variants, block))
    workers = max(1, min(len(starts), os.cpu_count() or 1))
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:  # one core a block, its products included
        running: deque[Future[Trace]] = deque()
        while starts or running:
            while starts and len(running) < workers:
                first = starts.popleft()
                running.append(pool.submit(_trace_block, _of_block(setting, first, block), laid_out, first))
            yield running.popleft().result()


def _lay_out(panel: Panel, labels: Sequence[str]) -> Groups:
    """Names sorted by label, stable."""
    label = np.asarray(labels, dtype=object)
    order = np.argsort(label.astype(str), kind="stable")
    slices, place = {}, 0
    for name in sorted(set(labels)):
        count = int((label == name).sum())
        slices[name] = slice(place, place + count)
        place += count
    levels = np.ascontiguousarray(panel.filled[:, order])
    return Groups(order, slices, levels, levels * levels)


def _of_block(setting: Setting, first: int, block: int) -> Setting:
    """The same run for the variants from `first` on, `block` of them."""
    strategy = setting.strategy
    mine = {
        name: value[first : first + block] if isinstance(value, np.ndarray) and value.ndim == 2 else value
        for name, value in strategy.parameters.items()
    }
    return replace(setting, strategy=replace(strategy, parameters=mine), first_variant=first)


def _trace_block(setting: Setting, groups: Groups, first: int) -> Trace:
    """Play one block and keep its lines."""
    start, days, variants = setting.start, len(setting.panel.dates) - setting.start, setting.strategy.variants
    shape = (days, variants)
    done = Trace(
        first=first,
        dates=setting.panel.dates[start:],
        nav=np.empty(shape),
        concentration=np.empty(shape),
        exposures={name: np.empty(shape) for name in groups.slices},
        turnover=np.zeros(shape),
        costs=np.zeros(shape),
    )
    since, book, days_traded, rows = start, None, [], []
    desk = np.empty((2, len(groups.order), variants))  # one desk for all days: fresh memory would cost more than sums
    for step in play(setting):
        if step.accrued is not None:
            end = step.held.day - start + 1
            done.nav[end - len(step.accrued.nav) : end] = step.accrued.nav
        if step.moment is None:
            continue
        day = step.moment.book.day
        _draw(done, setting, groups, book, slice(since, day), desk)
        days_traded.append(day - start)
        rows.append(step.moment.row)
        since, book = day, step.moment.book
    _draw(done, setting, groups, book, slice(since, start + days), desk)
    traded = np.array(rows)
    _note_trades(done, np.array(days_traded), traded)
    if setting.accrual is not None:
        done.nav[days_traded] = traded[:, :, AFTER]
    _to_fractions(done, setting.accrual is None)
    return done


def _note_trades(done: Trace, days: Ints, rows: Floats) -> None:
    """What was traded on `days` (K,) of the trace. rows: (K, V, 12), see filling.Fill."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a fund worth nothing has no turnover
        done.turnover[days] = 0.5 * (rows[:, :, BOUGHT] + rows[:, :, SOLD]) / rows[:, :, WORTH]
    done.costs[days] = rows[:, :, COSTS:].sum(axis=2)


def _draw(done: Trace, setting: Setting, groups: Groups, book: Book | None, days: slice, desk: Floats) -> None:
    """What is held on panel days `days`, in money: each group, the squares of all names, and cash less what is owed,
    for NAV; where custody accrues, NAV is there already."""
    if book is None or days.start == days.stop:
        return
    rows = slice(days.start - setting.start, days.stop - setting.start)
    units, squares = desk
    _sorted(book.positions, groups.order, units, squares)
    for name, mine in groups.slices.items():
        np.matmul(groups.levels[days, mine], units[mine], out=done.exposures[name][rows])
    np.matmul(groups.squares[days], squares, out=done.concentration[rows])
    if setting.accrual is None:
        np.multiply(setting.panel.cash[days, None], book.positions[:, -1], out=done.nav[rows])
        done.nav[rows] -= book.owed


def _to_fractions(done: Trace, add_up: bool) -> None:
    """From money to fractions, all days at once. add_up: whether NAV lacks what is invested."""
    invested = np.add.reduce(list(done.exposures.values()))
    if add_up:
        np.add(done.nav, invested, out=done.nav)
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing held: no concentration
        for value in done.exposures.values():
            np.divide(value, done.nav, out=value)
        np.square(invested, out=invested)
        np.divide(done.concentration, invested, out=done.concentration)


@compiled
def _sorted(positions, order, units, squares):  # type: ignore[no-untyped-def]
    """Positions (V, N + 1) in the order of the groups, without cash, and their squares, as (N, V): what a product reads
    fastest. One pass over memory, a few variants at a time so that both sides stay in the cache."""
    variants = len(positions)
    for first in range(0, variants, TILE):
        for i in range(len(order)):
            for v in range(first, min(first + TILE, variants)):
                unit = positions[v, order[i]]
                units[i, v] = unit
                squares[i, v] = unit * unit
