"""One loop over the days on which something is decided or traded, all variants at once.

The time line of every strategy: it decides at the close of t, knowing History up to t; the trade is filled at the
close of t + lag; its cost is solved with it. Between trades holdings are constant, so the NAV of a stretch of days is
one product of prices and positions, in which cash is one more asset.

What the rules leave open is settled here:
- A name that leaves is sold at the close of its last day with a price, haircut and sell cost off. From that close on it
  is no member: what was already decided for it waits in cash until the next trade.
- A name that ceases to be a member is sold on the next trade date; until then it is held.
- A name without a price on the trade date keeps its units. The others take their weights of the whole, all reduced by
  one factor when they would overdraw cash; what they leave is cash.
- What the limit on volume keeps from being traded is tried again each day until it is done or decided anew.
- Money that comes or goes is shared out over all names in the proportion in which they are held.
- Custody is owed from day to day and paid out of the next trade.
- Cash earns nothing before the first trade: the run starts with `capital` at the close of the first trade date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backtest.book import Accrued, Book, hold, opening, weights, worth_daily
from backtest.compiled import compiled
from backtest.constraints import feasible
from backtest.costs import stack_rates
from backtest.errors import ConstraintError
from backtest.filling import AFTER, BOUGHT, COSTS, OWED, SOLD, WORTH
from backtest.market.history import History
from backtest.market.prices import Bools, Floats, Panel
from backtest.result import Result
from backtest.schedule import Ints
from backtest.setting import Setting, prepare
from backtest.strategy import Strategy, asked
from backtest.taxes import TaxTable
from backtest.terms import Constraints, Costs, Flow, Schedule
from backtest.trading import Decision, Moment, trade


class Step(NamedTuple):
    """The days since the step before, and what was traded at the close of the last of them."""

    accrued: Accrued | None  # NAV and charges of these days where custody accrues
    held: Book  # through these days
    moment: Moment | None


def simulate(
    panel: Panel,
    strategy: Strategy,
    schedule: Schedule,
    constraints: Constraints,
    costs: Costs,
    flows: tuple[Flow, ...] = (),
    taxes: TaxTable | None = None,
) -> Result:
    """Run a strategy over a panel: V variants, from the first trade date to the end of the panel, K moments.

    taxes: the table behind costs.taxes; the built-in one when None. Raises DataError when the window has no trade date
    or a price is missing for what is held, ConstraintError when the constraints leave no room, StrategyError when the
    strategy's wish is not a set of weights, SimulationError when a trade or a redemption cannot be made.
    """
    setting = prepare(panel, strategy, schedule, constraints, costs, flows, taxes, detail=True)
    return assemble(setting, list(play(setting)))


def play(setting: Setting) -> Iterator[Step]:
    """The run, in time order: each day on which something happens, what it leads to, and the days up to the next."""
    book, carry = opening(setting), None
    pending: dict[int, Decision] = {}
    day, last = setting.first_decision, len(setting.panel.dates) - 1
    daily = setting.strategy.should_trade is not None
    while True:
        if day in setting.trading or (day > setting.start and (daily or carry is not None)):
            accrued, held = hold(setting, book, day)
            moment = trade(setting, held, day, pending.pop(day, None), carry)
            book, carry = (held, carry) if moment is None else (moment.book, moment.carry)
            yield Step(accrued, held, moment)
        if (decision := _decide(setting, book, day)) is not None:
            pending[day + setting.lag] = decision
        if day == last:
            return
        visit_next = daily or carry is not None
        day = day + 1 if visit_next else setting.planned[bisect_right(setting.planned, day)]


def _decide(setting: Setting, book: Book, day: int) -> Decision | None:
    """Ask the strategy at the close of `day`, when it is a decision date or the strategy itself says so."""
    strategy, scheduled = setting.strategy, day in setting.decisions
    if not scheduled and (strategy.should_trade is None or day + setting.lag >= len(setting.panel.dates)):
        return None
    history = History(setting.panel, day, partial(weights, setting, book, day), setting.first_decision)
    rows = None if scheduled else asked(strategy, history)
    if rows is not None and not rows.any():
        return None
    rows = None if rows is None or rows.all() else rows
    wish = strategy.target_weights(history, rows)
    held = history.weights if setting.needs_held and book.positions[:, :-1].any() else None
    if held is not None and rows is not None:
        held = held[rows]
    if setting.limits.free and setting.full_days[day]:
        return Decision(day, rows, *_spread(wish, setting.nothing_binds[: len(wish)], rows))
    try:
        target = feasible(wish, setting.limits, setting.members(day), held)
    except ConstraintError as error:
        what = _numbered(setting, rows, str(error))
        raise ConstraintError(f"strategy {strategy.name}, {setting.panel.dates[day]}: {what}") from None
    return Decision(day, rows, *_spread(target.goal, target.binding, rows))


def _numbered(setting: Setting, rows: Bools | None, message: str) -> str:
    """The constraints number the rows that they were given; a message numbers the variants of the whole strategy."""
    if setting.all_variants == 1:
        return message
    head, _, rest = message.partition(": ")
    several = head.startswith("variant ")
    row = int(head.removeprefix("variant ")) - 1 if several else 0
    place = row if rows is None else int(np.flatnonzero(rows)[row])
    return f"variant {setting.first_variant + place + 1}: {rest if several else message}"


def _spread(goal: Floats, binding: Bools, rows: Bools | None) -> tuple[Floats, Bools]:
    """Targets of the variants that decided as targets of all: the others are left alone."""
    if rows is None:
        return goal, binding
    everyone = np.full((len(rows), goal.shape[1]), np.nan)
    bound = np.zeros((len(rows), binding.shape[1]), dtype=np.bool_)
    everyone[rows], bound[rows] = goal, binding
    return everyone, bound


def assemble(setting: Setting, steps: list[Step]) -> Result:
    """Steps stacked, and what was held worth at each close."""
    # Long because one line is needed for each field of Result.
    panel, start = setting.panel, setting.start
    moments = [step.moment for step in steps if step.moment is not None]
    days = np.array([m.book.day for m in moments], dtype=np.int64)
    rows, positions = _stacked([m.row for m in moments]), _stacked([m.book.positions for m in moments])
    nav, charges = _daily(setting, steps, days, rows, positions)
    units = positions[:, :, :-1]
    prices = _stacked([m.prices for m in moments])
    _keep_ordered(positions, prices)
    decided = np.array([m.decided for m in moments])
    worth, traded = rows[:, :, WORTH], rows[:, :, BOUGHT] + rows[:, :, SOLD]
    return Result(
        dates=panel.dates[start:],
        assets=panel.assets,
        capital=setting.costs.capital,
        constraints=setting.limits.names,
        nav=nav,
        flows=setting.flows[start:],
        charges=charges,
        trade_days=days - start,
        reasons=tuple(m.reason for m in moments),
        decision_days=np.where(decided < 0, np.datetime64("NaT", "D"), panel.dates[decided]),
        target_weights=_stacked([m.goal for m in moments]),
        units=units,
        order_prices=prices[:, :-1],
        order_costs=_stacked([m.order_costs for m in moments]),
        costs=rows[:, :, COSTS:],
        cash=positions[:, :, -1] * panel.cash[days][:, None],
        owed=rows[:, :, OWED],
        turnover=np.divide(0.5 * traded, worth, out=np.full(worth.shape, np.nan), where=worth > 0.0),
        binding=_stacked([m.binding for m in moments]),
        rates=stack_rates([m.rates for m in moments]),
        custody=setting.costs.custody_bps / 1e4,
    )


@compiled
def _keep_ordered(positions, prices):  # type: ignore[no-untyped-def]
    """Of prices (K, N + 1) those at which something was ordered; NaN where positions (K, V, N + 1) did not change."""
    moments, variants, assets = positions.shape
    for k in range(moments):
        for i in range(assets):
            ordered = False
            for v in range(variants):
                ordered |= positions[k, v, i] != (positions[k - 1, v, i] if k > 0 else 0.0)
            if not ordered:
                prices[k, i] = np.nan


def _stacked(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Arrays of one shape along a new first axis."""
    return np.concatenate(arrays).reshape(len(arrays), *arrays[0].shape)


def _daily(setting: Setting, steps: list[Step], days: Ints, rows: Floats, positions: Floats) -> tuple[Floats, Floats]:
    """NAV and custody (T, V): what each moment left is held up to the close of the next."""
    if setting.accrual is None:
        nav = worth_daily(setting.panel, days, positions)
        nav -= np.repeat(rows[:, :, OWED], np.diff(days, append=len(setting.panel.dates)), axis=0)
        charges = np.zeros_like(nav)
    else:
        accrued, first = [step.accrued for step in steps if step.accrued is not None], np.zeros((1, rows.shape[1]))
        nav = np.concatenate([first, *(a.nav for a in accrued)])
        charges = np.concatenate([first, *(a.charges for a in accrued)])
    nav[days - setting.start] = rows[:, :, AFTER]
    return nav, charges
