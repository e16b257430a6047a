"""One loop over the days on which something is decided or traded -> Result; all variants at once.

The time line of every strategy: it decides at the close of t, knowing History up to t; the trade is filled at the
close of t + lag; costs are solved with the trade. Between trades holdings are constant, so the NAV of a segment is a
matrix product.

What the rules leave open is settled here:
- A name that leaves is sold at the close of its last day with a price, haircut and sell cost off. From that close on it
  is no member: a later wish for it is treated like a wish for any non-member, and what was already decided for it waits
  in cash until the next trade.
- A name that ceases to be a member is sold on the next trade date; until then it is held.
- A name without a price on the trade date keeps its units. The others take their weights of the whole, all reduced by
  one factor when they would overdraw cash; what they leave is cash.
- Cash earns nothing before the first trade: the run starts with `capital` at the close of the first trade date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from backtest.constraints import MEMBERSHIP, Caps, check_full_investment, feasible, lay_out
from backtest.costs import solve_trades, two_sides
from backtest.errors import ConstraintError
from backtest.mandate import Constraints, Costs, Schedule
from backtest.market.history import History
from backtest.market.prices import Bools, Floats, Panel
from backtest.result import Result
from backtest.schedule import Ints, trading_plan
from backtest.strategy import Strategy, asked

UNTRADED = "untraded"
TINY = 1e-300  # nothing divided by nothing is nothing held


@dataclass(frozen=True)
class Setting:
    """What stays the same through a run."""

    panel: Panel
    strategy: Strategy
    caps: Caps
    costs: Costs
    decisions: frozenset[int]
    first_decision: int
    leaves: Ints  # (N,) last day with a price of a name that leaves; beyond the window for the others
    leaving_days: frozenset[int]
    complete: frozenset[int]  # planned days on which every name is traded and may be held

    def members(self, day: int) -> Bools:
        """(N,) what may be held from the close of `day` on."""
        if day in self.complete:
            everybody: Bools = self.panel.members[day]
            return everybody
        allowed: Bools = self.panel.members[day] & (self.leaves > day)
        return allowed

    def prices(self, day: int) -> Floats:
        """(N,) prices of a day; next to nothing where there is none: nothing is held there, and 0 / TINY is 0."""
        row: Floats = self.panel.prices[day]
        return row if day in self.complete else np.fmax(row, TINY)


@dataclass(frozen=True)
class Holdings:
    """What is held from the close of `day` on."""

    day: int
    units: Floats  # (V, N)
    cash: Floats  # (V,) at that close

    def cash_on(self, day: int, panel: Panel) -> Floats:
        """(V,) the cash with its interest up to the close of `day`."""
        return self.cash * float(panel.cash[day] / panel.cash[self.day])


@dataclass(frozen=True)
class Decision:
    """Feasible target weights decided at the close of `day`."""

    day: int
    rows: Bools | None  # (V,) the variants that decided; None for all
    target: Floats  # (V, N)
    binding: tuple[str, ...]


@dataclass(frozen=True)
class Fill:
    """A trade as it was filled: values bought and sold, and what was held after it."""

    holdings: Holdings
    bought: Floats  # (V,)
    sold: Floats  # (V,)


@dataclass(frozen=True)
class Moment:
    """One close at which something was traded; the arrays are those of Result, without the leading K."""

    decision: Decision | None
    holdings: Holdings
    orders: Floats  # (V, N)
    order_prices: Floats  # (N,)
    bought: Floats  # (V,) values
    sold: Floats  # (V,)
    nav: Floats  # (V,) before the trade
    binding: tuple[str, ...]


def simulate(panel: Panel, strategy: Strategy, schedule: Schedule, constraints: Constraints, costs: Costs) -> Result:
    """Run a strategy over a panel: V variants, from the first trade date to the end of the panel, K moments.

    Raises DataError when the window has no trade date, ConstraintError when the constraints leave no room on a decision
    date, and StrategyError when the strategy's wish is not a set of weights.
    """
    decisions, trades = trading_plan(panel.dates, schedule)
    setting = _setting(panel, strategy, constraints, costs, (decisions, trades))
    variants, start = strategy.variants, int(trades[0])
    holdings = Holdings(start, np.zeros((variants, len(panel.assets))), np.full(variants, costs.capital))
    pending: dict[int, Decision] = {}
    moments: list[Moment] = []
    for day in _event_days(setting, trades):
        moment = _trade(setting, holdings, day, pending.pop(day, None))
        if moment is not None:
            moments.append(moment)
            holdings = moment.holdings
        decision = _decide(setting, holdings, day)
        if decision is not None:
            pending[day + schedule.lag] = decision
    return _result(setting, moments, start)


def _setting(
    panel: Panel, strategy: Strategy, constraints: Constraints, costs: Costs, plan: tuple[Ints, Ints]
) -> Setting:
    """Everything the loop needs, after the constraints were found to leave room on each decision date."""
    decisions, trades = plan
    leaves = np.where(panel.delisted >= 0, panel.delisted, len(panel.dates))
    caps = lay_out(constraints, panel.themes)
    members = panel.members[decisions] & (leaves > decisions[:, None])
    check_full_investment(members, panel.dates[decisions], caps)
    days, leaving = frozenset(decisions.tolist()), frozenset(leaves.tolist())
    events = np.union1d(decisions, trades)
    events = events[events < leaves.min()]
    complete = frozenset(events[(panel.members[events] & panel.traded[events]).all(axis=1)].tolist())
    return Setting(panel, strategy, caps, costs, days, int(decisions[0]), leaves, leaving, complete)


def _event_days(setting: Setting, trades: Ints) -> list[int]:
    """Days on which something may be decided, traded or delisted; every day for a strategy with `should_trade`."""
    end = len(setting.panel.dates)
    if setting.strategy.should_trade is not None:
        return list(range(setting.first_decision, end))
    leaving = (day for day in setting.leaving_days if trades[0] < day < end)
    return sorted({*setting.decisions, *trades.tolist(), *leaving})


def _decide(setting: Setting, holdings: Holdings, day: int) -> Decision | None:
    """Ask the strategy at the close of `day`, when it is a decision date or the strategy itself says so."""
    panel, strategy = setting.panel, setting.strategy
    scheduled = day in setting.decisions
    if not scheduled and strategy.should_trade is None:
        return None
    history = History(panel, day, partial(_weights, setting, holdings, day), setting.first_decision)
    rows = None if scheduled else asked(strategy, history)
    if rows is not None and not rows.any():
        return None
    wish = strategy.target_weights(history)
    try:
        target, binding = feasible(wish, setting.caps, setting.members(day))
    except ConstraintError as error:
        raise ConstraintError(f"strategy {strategy.name}, {panel.dates[day]}: {error}") from None
    return Decision(day, rows, target, binding)


def _weights(setting: Setting, holdings: Holdings, day: int) -> Floats:
    """(V, N) fractions of NAV at the close of `day`, drifted since the last trade."""
    values = holdings.units * setting.prices(day)
    nav = values.sum(axis=1) + holdings.cash_on(day, setting.panel)
    weights: Floats = values / np.maximum(nav, TINY)[:, None]
    return weights


def _trade(setting: Setting, holdings: Holdings, day: int, decision: Decision | None) -> Moment | None:
    """Sell what leaves on `day`, then trade what was decided; None when there is nothing to do."""
    gone = _leaving(setting, holdings, day)
    if decision is None and gone is None:
        return None
    costs, prices = setting.costs, setting.prices(day)
    before = Holdings(day, holdings.units, holdings.cash_on(day, setting.panel))
    nav = before.units @ prices + before.cash
    binding: tuple[str, ...] = ()
    if gone is not None:
        prices[gone] *= 1.0 - costs.delisting_haircut
        after = _sell(before, gone, prices, costs.sell_rate)
    if decision is not None:
        left = before if gone is None else after.holdings
        fill, binding = _rebalance(setting, left, decision, prices)
        after = fill if gone is None else replace(fill, sold=after.sold + fill.sold)
    orders = after.holdings.units - before.units
    return Moment(decision, after.holdings, orders, prices, after.bought, after.sold, nav, binding)


def _leaving(setting: Setting, holdings: Holdings, day: int) -> Bools | None:
    """(N,) names held by any variant whose last day with a price is `day`; None when there is none."""
    if day not in setting.leaving_days:
        return None
    leaving: Bools = (setting.leaves == day) & holdings.units.any(axis=0)
    return leaving if leaving.any() else None


def _sell(before: Holdings, leaving: Bools, prices: Floats, sell_rate: float) -> Fill:
    """Everything in `leaving` sold for cash."""
    proceeds = before.units[:, leaving] @ prices[leaving]
    cash = before.cash + proceeds - sell_rate * proceeds
    return Fill(Holdings(before.day, np.where(leaving, 0.0, before.units), cash), np.zeros(len(cash)), proceeds)


def _rebalance(setting: Setting, before: Holdings, decision: Decision, prices: Floats) -> tuple[Fill, tuple[str, ...]]:
    """Trade to the target as nearly as the day allows, and what bound."""
    held, target, binding = before.units * prices, decision.target, decision.binding
    frozen: Bools | None = None
    if before.day not in setting.complete:
        members, traded = setting.members(before.day), setting.panel.traded[before.day]
        if (outside := target.any(axis=0) & ~members).any():
            target, binding = np.where(outside, 0.0, target), (*binding, MEMBERSHIP)
        if (still := (target.any(axis=0) | held.any(axis=0)) & ~traded).any():
            frozen, binding = still, (*binding, UNTRADED)
    trades = _trades(before.cash, held, target, frozen, setting.costs)
    if decision.rows is not None:
        trades[~decision.rows] = 0.0
    bought, sold = two_sides(trades)
    cost = setting.costs.buy_rate * bought + setting.costs.sell_rate * sold
    cash = np.maximum(before.cash - (bought - sold) - cost, 0.0)  # rounding may leave -1e-16 of the whole
    units = (held + trades) / prices
    if frozen is not None or decision.rows is not None:
        units = np.where(trades == 0.0, before.units, units)
    return Fill(Holdings(before.day, units, cash), bought, sold), tuple(sorted(set(binding)))


def _trades(cash: Floats, held: Floats, target: Floats, frozen: Bools | None, costs: Costs) -> Floats:
    """Values (V, N) to buy or sell, so that each asset that can be traded has its weight of what is left after costs.

    frozen: (N,) assets that cannot be traded. Where they and the weights of the others overdraw cash together, the
    others share what is left beside the frozen value, all reduced by one factor.
    """
    if frozen is None:
        return solve_trades(cash, held, target, costs.buy_rate, costs.sell_rate)
    free, weights = np.where(frozen, 0.0, held), np.where(frozen, 0.0, target)
    trades = solve_trades(cash + held[:, frozen].sum(axis=1), free, weights, costs.buy_rate, costs.sell_rate)
    over = cash - _spent(trades, costs) < 0.0
    if over.any():
        reduced = weights[over] / weights[over].sum(axis=1, keepdims=True)
        trades[over] = solve_trades(cash[over], free[over], reduced, costs.buy_rate, costs.sell_rate)
    return trades


def _spent(trades: Floats, costs: Costs) -> Floats:
    """(V,) cash that trades take, costs included."""
    bought, sold = two_sides(trades)
    return bought * (1.0 + costs.buy_rate) - sold * (1.0 - costs.sell_rate)


def _result(setting: Setting, moments: Sequence[Moment], start: int) -> Result:
    """Moments stacked. Longer than most: one line per field of Result."""
    panel, costs = setting.panel, setting.costs
    days = np.array([m.holdings.day for m in moments], dtype=np.int64)
    decided = [None if m.decision is None else panel.dates[m.decision.day] for m in moments]
    orders = np.array([m.orders for m in moments])
    bought, sold = np.array([m.bought for m in moments]), np.array([m.sold for m in moments])
    nav = np.array([m.nav for m in moments])
    return Result(
        dates=panel.dates[start:],
        assets=panel.assets,
        capital=costs.capital,
        nav=_nav(panel, moments, start),
        trade_days=days - start,
        is_rebalance=np.array([m.decision is not None for m in moments], dtype=np.bool_),
        orders=orders,
        order_prices=np.where(orders.any(axis=1), [m.order_prices for m in moments], np.nan),
        costs=costs.buy_rate * bought + costs.sell_rate * sold,
        turnover=np.divide(0.5 * (bought + sold), nav, out=np.full(nav.shape, np.nan), where=nav > 0.0),
        units=np.array([m.holdings.units for m in moments]),
        cash=np.array([m.holdings.cash for m in moments]),
        target_weights=np.array([_target(setting, m) for m in moments]),
        decision_days=np.array(decided, dtype="datetime64[D]"),
        binding=tuple(m.binding for m in moments),
        buy_rate=costs.buy_rate,
        sell_rate=costs.sell_rate,
    )


def _target(setting: Setting, moment: Moment) -> Floats:
    """The target (V, N) that was traded: names that left since the decision out, NaN rows where nothing was decided."""
    if moment.decision is None:
        return np.full(moment.orders.shape, np.nan)
    target = moment.decision.target
    if MEMBERSHIP in moment.binding:
        target = np.where(setting.members(moment.holdings.day), target, 0.0)
    rows = moment.decision.rows
    return target if rows is None else np.where(rows[:, None], target, np.nan)


def _nav(panel: Panel, moments: Sequence[Moment], start: int) -> Floats:
    """NAV (T', V): one product of prices and units per segment, and the cash with its interest."""
    days = [m.holdings.day for m in moments]
    nav = np.empty((len(panel.dates) - start, len(moments[0].holdings.cash)))
    for moment, day, end in zip(moments, days, [*days[1:], len(panel.dates)], strict=True):
        prices, units = panel.prices[day:end], moment.holdings.units
        if np.count_nonzero(units) < units.size:  # a missing price times no units is nothing, not NaN
            held = units.any(axis=0)
            prices, units = prices[:, held], units[:, held]
        np.matmul(prices, units.T, out=nav[day - start : end - start])
    segment = np.repeat(np.arange(len(days)), np.diff([*days, len(panel.dates)]))
    cash = np.array([m.holdings.cash for m in moments]) / panel.cash[days][:, None]
    nav += cash[segment] * panel.cash[start:, None]
    return nav
