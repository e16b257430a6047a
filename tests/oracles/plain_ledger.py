"""A ledger in plain Python, written from the work order and not from the engine: the third witness.

This file is long because a witness that shares code with the accused is none.
Loops over floats, sums by math.fsum, roots by bisection; no matrix, no Newton, no numpy in the money. One variant at a
time. It reads the panel's arrays one number at a time, and asks the strategy through History or is told the targets.

Where the work order leaves room, the ledger reads it so:
- A rebalance is a variant's own: on a day on which others decided and it did not, it does what it would do alone.
- Days before a name's listing are no days without trade: they are unknown.
- A window of trading days before the trade date that reaches before the panel's first day is cut there. A window of n
  daily returns holds the returns of its n days, the first of them from the close before the window.
- "Hit most" and "traded less than the goal wanted" are judged by goal z - h with the z of the first solution, before
  missing cash shrinks it, and by the x before the rounding to whole shares: purchases that missing cash cut are tried
  again, sales that it made larger are not. Unfinished names that have no close that day keep waiting.
- "No longer a member" is a name that was one when its goal was decided; tried again, it has goal 0 from that day on.
- "The largest z" is taken at its word where fixed costs make orders vanish at single values of z.
- A count of shares within 1e-9 of a whole number is that number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.terms import Constraints, Costs, Flow, Schedule

COMPONENTS = ("commission", "spread", "tax", "impact", "fx")
NO_ORDER = 1e-12  # of the value before the trade
ROUNDING = 1e-14  # of the same: less than this is no missing cash

Goal = tuple[float, int]
"""A weight of the post-trade value, and the day on which it was decided."""
Ask = Callable[[int], Sequence[float] | None]
"""Day -> goal weights of the decision on that day, NaN for a name left alone; None when nothing is decided."""


class LedgerError(Exception):
    """The ledger cannot go on, and neither should the engine."""


@dataclass(frozen=True)
class Moment:
    """Right after one trade."""

    units: tuple[float, ...]  # (N,)
    values: tuple[float, ...]  # (N,) bought (+) or sold (-), money
    costs: tuple[float, ...]  # (5,) by COMPONENTS
    order_costs: tuple[float, ...]  # (N,) all components
    cash: float
    owed: float
    turnover: float
    hit: bool  # some order was cut to its share of the traded value
    short: bool  # purchases shrank because cash lacked


@dataclass(frozen=True)
class Account:
    """What the ledger found, each day from the first trade date on."""

    first: int  # index of the first trade date in the panel's dates
    nav: tuple[float, ...]
    flows: tuple[float, ...]
    charges: tuple[float, ...]
    cash: tuple[float, ...]
    owed: tuple[float, ...]
    moments: dict[int, Moment]  # by index in the panel's dates

    @property
    def costs(self) -> tuple[float, ...]:
        """(5,) all costs by COMPONENTS."""
        return tuple(math.fsum(m.costs[c] for m in self.moments.values()) for c in range(len(COMPONENTS)))


def bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero: the last float at which it is above, or `low` where it never is."""
    while low < (middle := (low + high) / 2) < high:
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return low


# The calendar


def period(day: date, decide: str) -> tuple[int, int]:
    if decide == "week_end":
        return day.isocalendar()[:2]
    if decide == "month_end":
        return day.year, day.month
    return day.year, (day.month - 1) // 3


def first_on_or_after(days: list[date], wanted: date) -> int:
    return next(t for t, day in enumerate(days) if day >= wanted)


def decisions_of(days: list[date], schedule: Schedule) -> list[int]:
    """Days on which the calendar asks and whose trade falls inside the window; of an event its first decision only."""
    last = len(days) - 1
    start = 0
    if schedule.first_investment is not None:
        start = first_on_or_after(days, schedule.first_investment) - schedule.lag
    if schedule.decide == "event":
        found = {start}
    elif schedule.decide == "every_n_days":
        found = {t for t in range(start, last + 1) if (t - start) % (schedule.every_days or 0) == 0}
    elif schedule.decide == "dates":
        found = {max(t for t in range(last + 1) if days[t] <= day) for day in schedule.dates if day <= days[last]}
    else:
        kind = schedule.decide
        found = {t for t in range(last + 1) if t == last or period(days[t + 1], kind) != period(days[t], kind)}
    if schedule.first_investment is not None:
        found = {start} | {t for t in found if t > start}
    return sorted(t for t in found if t + schedule.lag <= last)


# Its own projection, for names and themes


def nearest_weights(
    wish: list[float], eligible: list[bool], themes: tuple[str, ...], constraints: Constraints
) -> list[float]:
    """Euclidean projection by nested bisection over the multipliers."""
    total, count = math.fsum(wish), len(wish)
    cap = 1.0 if constraints.max_name is None else constraints.max_name
    groups: dict[str, list[int]] = {}
    for i in range(count):
        groups.setdefault(themes[i], []).append(i)

    def weight(i: int, level: float) -> float:
        return min(max(wish[i] - level, 0.0), cap) if eligible[i] and wish[i] > 0 else 0.0

    def group_total(group: list[int], level: float) -> float:
        return math.fsum(weight(i, level) for i in group)

    def capped(theme: str, level: float) -> float:
        return min(group_total(groups[theme], level), constraints.max_theme.get(theme, math.inf))

    if (
        all(e or w == 0 for e, w in zip(eligible, wish, strict=True))
        and max(wish) <= cap
        and all(math.fsum(wish[i] for i in groups[t]) <= constraints.max_theme.get(t, math.inf) for t in groups)
    ):
        return wish
    level = bisect(lambda x: math.fsum(capped(t, x) for t in groups) - total, -2.0, 2.0)
    result = [0.0] * count
    for theme, group in groups.items():
        limit, own = constraints.max_theme.get(theme, math.inf), level
        if group_total(group, level) > limit:
            own = bisect(lambda x, g=group, c=limit: group_total(g, x) - c, level, 2.0)
        for i in group:
            result[i] = weight(i, own)
    return result


class Market:
    """What one day of the panel and the terms say about one name."""

    def __init__(self, panel: Panel, constraints: Constraints, costs: Costs) -> None:
        self.panel, self.constraints, self.costs = panel, constraints, costs
        self.days: list[date] = [d.item() for d in panel.dates]
        self.names = range(len(panel.assets))
        self.taxes: list[tuple[str, date, date, bool, bool, float]] = []  # country, from, to, on buys, on sales, rate
        if costs.taxes == "by_country":
            from backtest.taxes import load_taxes

            self.taxes = [
                (
                    t.country,
                    t.valid_from,
                    t.valid_to or date.max,
                    t.side != "sell",
                    t.side != "buy",
                    t.rate_bps / 10_000,
                )
                for t in load_taxes(costs.tax_table).rows
            ]

    def leaves(self, day: int, i: int) -> bool:
        return int(self.panel.delisted[i]) == day

    def may_hold(self, day: int, i: int) -> bool:
        return bool(self.panel.members[day, i]) and not 0 <= int(self.panel.delisted[i]) <= day

    def open(self, day: int, i: int) -> bool:
        return bool(self.panel.traded[day, i])

    def close(self, day: int, i: int) -> float:
        return float(self.panel.prices[day, i])

    def price(self, day: int, i: int) -> float:
        """What one unit fetches."""
        return self.close(day, i) * (1 - self.costs.delisting_haircut if self.leaves(day, i) else 1.0)

    def share(self, day: int, i: int) -> float:
        """The price of one share in the base currency."""
        return float(self.panel.closes[day, i]) * float(self.panel.fx[self.panel.currencies[i]][day])

    def years(self, day: int) -> float:
        return (self.days[day] - self.days[day - 1]).days / 365.25

    def half_spread(self, day: int, i: int) -> float:
        if self.panel.half_spreads is not None and not math.isnan(self.panel.half_spreads[day, i]):
            return float(self.panel.half_spreads[day, i])
        return self.costs.half_spread_bps / 10_000

    def tax(self, day: int, i: int, buys: bool) -> float:
        flat = (self.costs.buy_tax_bps if buys else self.costs.sell_tax_bps) / 10_000
        country, today = self.panel.countries[i], self.days[day]
        return flat + math.fsum(
            rate
            for where, start, end, on_buys, on_sales, rate in self.taxes
            if where == country and start <= today <= end and (on_buys if buys else on_sales)
        )

    def average_value(self, day: int, i: int, window: int) -> float:
        """Mean traded value of the trading days before `day` since the listing, unknown values left out.

        A listed name's day without a close counts as nothing traded.
        """
        known, closed = [], 0
        for t in range(max(day - window, 0), day):
            value = float(self.panel.traded_value[t, i])
            if math.isnan(self.close(t, i)):
                continue
            if not self.open(t, i):
                closed += 1
            elif not math.isnan(value):
                known.append(value)
        if not known:
            raise LedgerError(f"{self.days[day]} {self.panel.assets[i]}: no traded value is known")
        return math.fsum(known) / (len(known) + closed)

    def volatility(self, day: int, i: int, window: int) -> float:
        steps = [self.close(t, i) / self.close(t - 1, i) - 1 for t in range(max(day - window, 1), day)]
        steps = [step for step in steps if not math.isnan(step)]
        if len(steps) < 2:
            raise LedgerError(f"{self.days[day]} {self.panel.assets[i]}: no volatility is known")
        mean = math.fsum(steps) / len(steps)
        return math.sqrt(math.fsum((step - mean) ** 2 for step in steps) / (len(steps) - 1))

    def impact(self, day: int, i: int) -> float:
        """What |x| ** 1.5 is multiplied with."""
        if not self.costs.impact or self.leaves(day, i):
            return 0.0
        value = self.average_value(day, i, self.costs.impact_days)
        if value == 0.0:
            raise LedgerError(f"{self.days[day]} {self.panel.assets[i]}: nothing was traded")
        return self.costs.impact_coefficient * self.volatility(day, i, self.costs.impact_days) / math.sqrt(value)

    def most(self, day: int, i: int) -> float:
        """The largest order, in money."""
        if self.constraints.max_adv_share is None or self.leaves(day, i):
            return math.inf
        return self.constraints.max_adv_share * self.average_value(day, i, self.constraints.adv_days)


@dataclass(frozen=True)
class Order:
    """One name that a trade may touch: its value before, its goal, and what trading it costs."""

    held: float
    goal: float
    most: float
    share: float  # 0.0: any fraction of a share can be traded
    rates: dict[bool, tuple[float, float, float]]  # bought? -> half-spread, tax, fx
    impact: float

    def wanted(self, after: float) -> float:
        return self.goal * after - self.held

    def value(self, after: float, least: float) -> float:
        wanted = self.wanted(after)
        cut = max(-self.most, min(wanted, self.most))
        return 0.0 if (self.held == 0 and self.goal == 0) or abs(cut) <= least else cut

    def falls_short(self, value: float, after: float, least: float) -> bool:
        wanted = self.wanted(after)
        return math.copysign(1.0, wanted) * value < abs(wanted) - least

    def rounded(self, value: float) -> float:
        """Purchases down and sales up to whole shares; all that is held when the goal is 0 and nothing forbids it."""
        if self.share == 0.0 or value == 0.0 or (self.goal == 0.0 and value == -self.held):
            return value
        if value > 0:
            return math.floor(value / self.share + 1e-9) * self.share
        return -min(math.ceil(-value / self.share - 1e-9) * self.share, self.held)

    def costs(self, value: float, terms: Costs) -> tuple[float, ...]:
        """By COMPONENTS."""
        if value == 0.0:
            return (0.0,) * len(COMPONENTS)
        size = abs(value)
        spread, tax, fx = self.rates[value > 0]
        commission = max(terms.commission_minimum, terms.commission_fixed + terms.commission_bps / 10_000 * size)
        return commission, spread * size, tax * size, self.impact * size * math.sqrt(size), fx * size


class Ledger:
    """Units, cash and what is owed, and the rules of the house, one number at a time."""

    def __init__(self, market: Market) -> None:
        self.market, self.terms = market, market.costs
        self.units = [0.0 for _ in market.names]
        self.cash, self.owed = market.costs.capital, 0.0
        self.unfinished: dict[int, Goal] = {}

    def nav(self, day: int) -> float:
        worth = [self.units[i] * self.market.close(day, i) for i in self.market.names if self.units[i]]
        return math.fsum([*worth, self.cash, -self.owed])

    def weights(self, day: int) -> list[float]:
        nav = self.nav(day)
        return [self.units[i] * self.market.close(day, i) / nav if self.units[i] else 0.0 for i in self.market.names]

    def accrue(self, day: int) -> float:
        """Interest on cash and a day's custody, which is returned."""
        charge = self.nav(day - 1) * (1 - (1 - self.terms.custody_bps / 10_000) ** self.market.years(day))
        self.cash *= float(self.market.panel.cash[day]) / float(self.market.panel.cash[day - 1])
        self.owed += charge
        return charge

    def goals(self, day: int, target: Sequence[float] | None, decided: int, flow: float) -> dict[int, Goal]:
        """What this day's trade wants of each name that it may touch."""
        market, goals = self.market, {}
        if target is not None:
            goals = {i: (goal, decided) for i, goal in enumerate(target)}
            self.unfinished = {}
        elif flow:
            whole = self.worth_before(day) - flow
            goals = {i: (self.units[i] * market.price(day, i) / whole, day) for i in market.names if self.units[i]}
        goals |= self.unfinished
        for i, (_, since) in goals.items():
            if market.may_hold(since, i) and not market.may_hold(day, i):
                goals[i] = 0.0, since
        goals = {i: goal for i, goal in goals.items() if market.open(day, i) and not math.isnan(goal[0])}
        return goals | {i: (0.0, day) for i in market.names if market.leaves(day, i) and self.units[i]}

    def worth_before(self, day: int) -> float:
        """Value before the day's trade, leaving names at what they fetch; the flow is in the cash already."""
        worth = [self.units[i] * self.market.price(day, i) for i in self.market.names if self.units[i]]
        return math.fsum([*worth, self.cash, -self.owed])

    def order(self, day: int, i: int, goal: float) -> Order:
        market, terms = self.market, self.terms
        held = self.units[i] * market.price(day, i) if self.units[i] else 0.0
        idle = held == 0.0 and goal == 0.0  # of an order that is none nothing needs to be known
        foreign = market.panel.currencies[i] != market.panel.base_currency
        fx = terms.fx_bps / 10_000 if foreign else 0.0
        return Order(
            held=held,
            goal=goal,
            most=math.inf if idle else market.most(day, i),
            share=market.share(day, i) if market.constraints.whole_shares and market.open(day, i) else 0.0,
            rates={b: (market.half_spread(day, i), market.tax(day, i, b), fx) for b in (True, False)},
            impact=0.0 if idle else market.impact(day, i),
        )

    def solve(self, orders: list[Order], before: float, available: float) -> tuple[float, float]:
        """The post-trade value that fits the costs, and what missing cash shrinks it to (the same when none lacks)."""
        least = NO_ORDER * before

        def cost(after: float) -> float:
            return math.fsum(c for o in orders for c in o.costs(o.value(after, least), self.terms))

        def left(after: float) -> float:
            return available - math.fsum(o.value(after, least) for o in orders) - cost(after)

        if cost(before) == 0.0:
            fitting = before
        elif cost(0.0) > before:
            raise LedgerError("the costs of selling everything are more than it is worth")
        else:
            fitting = bisect(lambda after: before - after - cost(after), 0.0, before)
        if left(fitting) >= -ROUNDING * before:
            return fitting, fitting
        shrunk = bisect(left, 0.0, fitting)
        alone = [o.held / o.goal for o in orders if o.goal > 0 and shrunk < o.held / o.goal <= fitting]
        return fitting, max([shrunk, *(after for after in alone if left(after) >= -least)])

    def stand_by(self) -> Moment:
        none = (0.0,) * len(self.units)
        return Moment(
            units=tuple(self.units),
            values=none,
            costs=(0.0,) * len(COMPONENTS),
            order_costs=none,
            cash=self.cash,
            owed=self.owed,
            turnover=0.0,
            hit=False,
            short=False,
        )

    def trade(self, day: int, goals: dict[int, Goal], flow: float) -> Moment:
        before, available = self.worth_before(day), self.cash - self.owed
        if before <= 0.0:
            raise LedgerError("more is taken out than there is")
        orders = {i: self.order(day, i, goal) for i, (goal, _) in goals.items()}
        if flow == 0.0 and not any(order.goal > 0 or order.held > 0 for order in orders.values()):
            self.units = [0.0 if i in orders and self.market.leaves(day, i) else u for i, u in enumerate(self.units)]
            return self.stand_by()  # what is owed is paid out of a trade, and this is none
        fitting, after = self.solve(list(orders.values()), before, available)
        least = NO_ORDER * before
        cut = {i: order.value(after, least) for i, order in orders.items()}
        filled = {i: order.rounded(cut[i]) for i, order in orders.items()}
        paid = {i: order.costs(filled[i], self.terms) for i, order in orders.items()}
        components = tuple(math.fsum(each[c] for each in paid.values()) for c in range(len(COMPONENTS)))
        left = math.fsum([available, *(-x for x in filled.values()), *(-c for c in components)])
        if flow < 0 and left < -NO_ORDER * before:
            raise LedgerError("what is taken out cannot be raised")
        hit = any(abs(order.value(fitting, least)) >= order.most for order in orders.values())
        self.unfinished = {i: goal for i, goal in self.unfinished.items() if i not in orders}  # they wait for a close
        if hit:
            self.unfinished |= {i: goals[i] for i, order in orders.items() if order.falls_short(cut[i], fitting, least)}
        for i, value in filled.items():
            self.units[i] += value / self.market.price(day, i) if value else 0.0
            if value == -orders[i].held or self.market.leaves(day, i):  # dust that is no order leaves too
                self.units[i] = 0.0
        self.cash, self.owed = max(left, 0.0), max(-left, 0.0)
        values = tuple(filled.get(i, 0.0) for i in self.market.names)
        turnover = math.fsum(abs(x) for x in values) / 2 / before
        return Moment(
            units=tuple(self.units),
            values=values,
            costs=components,
            order_costs=tuple(math.fsum(paid.get(i, ())) for i in self.market.names),
            cash=self.cash,
            owed=self.owed,
            turnover=turnover,
            hit=hit,
            short=bool(orders) and after < fitting,
        )


def simulate_plainly(
    panel: Panel,
    schedule: Schedule,
    constraints: Constraints,
    costs: Costs,
    flows: Sequence[Flow] = (),
    *,
    function: Callable[[History], np.ndarray] | None = None,
    targets: Ask | None = None,
) -> Account:
    """The run of one variant. Give `targets` to follow decided weights, or `function` to decide and project itself.

    With decide = "event", `targets` is asked on every day from the first decision on.
    """
    market = Market(panel, constraints, costs)
    days, last = market.days, len(market.days) - 1
    decisions = decisions_of(days, schedule)
    start, first = decisions[0], decisions[0] + schedule.lag
    money: dict[int, list[float]] = {}
    for flow in flows:
        money.setdefault(first_on_or_after(days, flow.date), []).append(flow.amount)
    book = Ledger(market)

    def decide(day: int) -> Sequence[float] | None:
        if targets is not None:
            return targets(day)
        assert function is not None
        wish = [float(w) for w in np.ravel(function(History(panel, day, np.array([book.weights(day)]), start)))]
        return nearest_weights(wish, [market.may_hold(day, i) for i in market.names], panel.themes, constraints)

    pending: dict[int, Sequence[float] | None] = {}
    moments: dict[int, Moment] = {}
    lines: list[tuple[float, ...]] = []
    for t in range(start, last + 1):
        if t >= first:
            charge = book.accrue(t) if t > first else 0.0
            flow_today, target = math.fsum(money.get(t, [])), pending.pop(t, None)
            book.cash += flow_today
            goals = book.goals(t, target, t - schedule.lag, flow_today)
            if target is not None or flow_today or goals:
                moments[t] = book.trade(t, goals, flow_today)
            lines.append((book.nav(t), flow_today, charge, book.cash, book.owed))
        if t in decisions or (schedule.decide == "event" and t > start and t + schedule.lag <= last):
            pending[t + schedule.lag] = decide(t)
    return Account(first, *(tuple(column) for column in zip(*lines, strict=True)), moments)
