"""A ledger in plain Python, written from the design's section 3 and not from the engine: the third witness.

Loops over floats; no matrix, no Newton. The post-trade value and the constraint multipliers are found by bisection.
One variant at a time. Reads the panel's arrays one number at a time and asks the strategy through History.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import numpy as np

from backtest.mandate import Constraints, Costs, Schedule
from backtest.market.history import History
from backtest.market.prices import Panel


def period(day: date, decide: str) -> tuple[int, int]:
    if decide == "week_end":
        return day.isocalendar()[:2]
    if decide == "month_end":
        return day.year, day.month
    return day.year, (day.month - 1) // 3


def bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero."""
    for _ in range(200):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


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


class Ledger:
    """Units and cash, and the rules of the house, one number at a time."""

    def __init__(self, panel: Panel, costs: Costs) -> None:
        self.panel, self.costs = panel, costs
        self.units = [0.0] * len(panel.assets)
        self.cash = costs.capital
        self.paid = 0.0

    def price(self, day: int, i: int) -> float:
        return float(self.panel.prices[day, i])

    def worth(self, day: int, i: int) -> float:
        return self.units[i] * self.price(day, i) if self.units[i] else 0.0

    def nav(self, day: int) -> float:
        return math.fsum([self.cash] + [self.worth(day, i) for i in range(len(self.units))])

    def gone(self, day: int, i: int) -> bool:
        return 0 <= int(self.panel.delisted[i]) <= day

    def may_hold(self, day: int, i: int) -> bool:
        return bool(self.panel.members[day, i]) and not self.gone(day, i)

    def sell_leavers(self, day: int) -> None:
        for i in range(len(self.units)):
            if int(self.panel.delisted[i]) == day and self.units[i]:
                proceeds = self.worth(day, i) * (1 - self.costs.delisting_haircut)
                self.cash += proceeds * (1 - self.costs.sell_rate)
                self.paid += proceeds * self.costs.sell_rate
                self.units[i] = 0.0

    def trade(self, day: int, target: list[float]) -> None:
        """To the target, or as near as the day allows: see the head of backtest/simulate.py."""
        names = range(len(self.units))
        open_ = [i for i in names if bool(self.panel.traded[day, i])]
        weight = {i: target[i] if self.may_hold(day, i) else 0.0 for i in open_}
        before = self.nav(day)
        stuck = math.fsum(self.worth(day, i) for i in names if i not in weight)

        def cost(values: dict[int, float]) -> float:
            return math.fsum(
                self.costs.buy_rate * max(values[i] - self.worth(day, i), 0.0)
                + self.costs.sell_rate * max(self.worth(day, i) - values[i], 0.0)
                for i in open_
            )

        def values_of(after: float) -> dict[int, float]:
            wanted = math.fsum(weight[i] * after for i in open_)
            room = max(after - stuck, 0.0)
            factor = 1.0 if wanted <= room or wanted == 0 else room / wanted
            return {i: weight[i] * after * factor for i in open_}

        after = bisect(lambda x: before - x - cost(values_of(x)), 0.0, before)
        values = values_of(after)
        self.paid += cost(values)
        self.cash = max(after - stuck - math.fsum(values.values()), 0.0)
        for i in open_:
            self.units[i] = values[i] / self.price(day, i)


def simulate_plainly(
    panel: Panel,
    function: Callable[[History], np.ndarray],
    schedule: Schedule,
    constraints: Constraints,
    costs: Costs,
) -> tuple[list[float], float]:
    """NAV on each day from the first trade date on, and all costs paid."""
    days = [d.item() for d in panel.dates]
    last = len(days) - 1
    ends = [
        t
        for t in range(last + 1)
        if t == last or period(days[t + 1], schedule.decide) != period(days[t], schedule.decide)
    ]
    decisions = [t for t in ends if t + schedule.lag <= last]
    book = Ledger(panel, costs)
    pending: dict[int, list[float]] = {}
    nav: list[float] = []
    for t in range(decisions[0], last + 1):
        if nav:
            book.cash *= float(panel.cash[t]) / float(panel.cash[t - 1])
        book.sell_leavers(t)
        if t in pending:
            book.trade(t, pending.pop(t))
        if nav or t == decisions[0] + schedule.lag:
            nav.append(book.nav(t))
        if t in decisions:
            whole = book.nav(t)
            held = [book.worth(t, i) / whole for i in range(len(book.units))]
            wish = [float(w) for w in np.ravel(function(History(panel, t, np.array([held]), decisions[0])))]
            eligible = [book.may_hold(t, i) for i in range(len(wish))]
            pending[t + schedule.lag] = nearest_weights(wish, eligible, panel.themes, constraints)
    return nav, book.paid
