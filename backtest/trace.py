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

from backtest.compiled import compiled
from backtest.filling import AFTER, BOUGHT, COSTS, SOLD, WORTH
from backtest.market.prices import Dates, Floats, Panel
from backtest.setting import Setting, prepare
from backtest.simulate import play
from backtest.strategy import Strategy
from backtest.taxes import TaxTable
from backtest.terms import Constraints, Costs, Flow, Schedule
from backtest.trading import Moment

TILE = 16
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
    since, held = start, np.zeros((variants, 0))
    desk = np.empty((2, len(groups.order), variants))  # one desk for all days: fresh memory would cost more than sums
    for step in play(setting):
        if setting.accrual is not None:
            end = step.held.day - start + 1
            done.nav[end - len(step.nav) : end] = step.nav
        if step.moment is None:
            continue
        day = step.moment.book.day
        _draw(done, setting, groups, held, slice(since, day), desk)
        _note_trade(done, step.moment, day - start)
        since, held = day, step.moment.book.positions
    _draw(done, setting, groups, held, slice(since, start + days), desk)
    return done


def _note_trade(done: Trace, moment: Moment, day: int) -> None:
    row = moment.row
    with np.errstate(divide="ignore", invalid="ignore"):  # a fund worth nothing has no turnover
        done.turnover[day] = 0.5 * (row[:, BOUGHT] + row[:, SOLD]) / row[:, WORTH]
    done.costs[day] = row[:, COSTS:].sum(axis=1)
    done.nav[day] = row[:, AFTER]


def _draw(done: Trace, setting: Setting, groups: Groups, positions: Floats, days: slice, desk: Floats) -> None:
    """Lines of constant positions (V, N + 1) on panel days `days`; where custody accrues, NAV is there already."""
    if days.start == days.stop:
        return
    rows = slice(days.start - setting.start, days.stop - setting.start)
    units, squares = desk
    _sorted(positions, groups.order, units, squares)
    values = {name: groups.levels[days, mine] @ units[mine] for name, mine in groups.slices.items()}
    invested = np.add.reduce(list(values.values()))
    nav = done.nav[rows]
    if setting.accrual is None:
        np.add(invested, np.outer(setting.panel.cash[days], positions[:, -1]), out=nav)
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing held: no concentration
        for name, value in values.items():
            np.divide(value, nav, out=done.exposures[name][rows])
        np.divide(groups.squares[days] @ squares, np.square(invested), out=done.concentration[rows])


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
