"""Setting: what stays the same through a run, found before its first day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.constraints import Limits, check_room, lay_out
from backtest.costs import RateBook, lay_out_costs
from backtest.market.prices import Bools, Dates, Floats, Panel
from backtest.schedule import Ints, flow_days, trading_plan
from backtest.strategy import Strategy
from backtest.taxes import TaxTable
from backtest.terms import Constraints, Costs, Flow, Schedule

DAYS_PER_YEAR = 365.25  # the year of annualised returns, so that custody of 1 % lowers them by 1 %


@dataclass(frozen=True)
class Setting:
    """What stays the same through a run."""

    panel: Panel
    strategy: Strategy
    limits: Limits
    constraints: Constraints
    costs: Costs
    rates: RateBook
    lag: int
    decisions: frozenset[int]
    planned: tuple[int, ...]  # days on which something is known to happen, ascending
    trading: frozenset[int]  # planned days on which holdings may change
    start: int  # the first trade date
    first_decision: int
    leaves: Ints  # (N,) last day with a price of a name that leaves; beyond the window for the others
    leaving_days: frozenset[int]
    full_days: Bools  # (T,) days on which every name is traded and may be held
    flows: Floats  # (T,)
    accrual: Floats | None  # (T,) share of NAV that custody takes since the close before; None without custody
    nothing_binds: Bools  # (V, C) False
    first_variant: int  # the number of the first variant of this block, from 0
    all_variants: int  # how many there are in all blocks, for messages
    detail: bool  # whether the NAV of each day and the cost of each order are wanted

    def members(self, day: int) -> Bools:
        """(N,) what may be held from the close of `day` on."""
        if self.full_days[day]:
            everybody: Bools = self.panel.members[day]
            return everybody
        allowed: Bools = self.panel.members[day] & (self.leaves > day)
        return allowed

    @property
    def needs_held(self) -> bool:
        """Whether the constraints look at what is held."""
        limits = self.constraints
        return limits.max_turnover is not None or limits.no_trade_band > 0.0 or limits.min_trade > 0.0


def prepare(
    panel: Panel,
    strategy: Strategy,
    schedule: Schedule,
    constraints: Constraints,
    costs: Costs,
    flows: tuple[Flow, ...] = (),
    taxes: TaxTable | None = None,
    detail: bool = False,
) -> Setting:
    """Everything the loop needs, after the constraints were found to leave room on each decision date."""
    # Long because one line is needed for each field of Setting.
    plan, last = trading_plan(panel.dates, schedule), len(panel.dates) - 1
    start, leaves = int(plan.trades[0]), np.where(panel.delisted >= 0, panel.delisted, last + 1)
    money = flow_days(panel.dates, flows, start)
    limits = lay_out(constraints, panel)
    there = panel.members[plan.decisions]
    if leaves.min() <= last:
        there &= leaves > plan.decisions[:, None]
    check_room(limits, there, panel.dates[plan.decisions])
    leaving = set(leaves[(leaves > start) & (leaves <= last)].tolist())
    trading = {*plan.trades.tolist(), *leaving, *np.flatnonzero(money).tolist(), last}
    full = panel.full_days.copy()
    full[leaves.min() :] = False
    return Setting(
        panel=panel,
        strategy=strategy,
        limits=limits,
        constraints=constraints,
        costs=costs,
        rates=lay_out_costs(costs, constraints, panel, taxes),
        lag=schedule.lag,
        decisions=frozenset(plan.decisions.tolist()),
        planned=tuple(sorted(trading.union(plan.decisions.tolist()))),
        trading=frozenset(trading),
        start=start,
        first_decision=int(plan.decisions[0]),
        leaves=leaves,
        leaving_days=frozenset(leaving),
        full_days=full,
        flows=money,
        accrual=accrual(panel.dates, costs.custody_bps / 1e4),
        nothing_binds=np.zeros((strategy.variants, len(limits.names)), dtype=np.bool_),
        first_variant=0,
        all_variants=strategy.variants,
        detail=detail,
    )


def accrual(dates: Dates, yearly: float) -> Floats | None:
    """(T,) share of NAV that a yearly charge takes from each close to the next, by actual days over 365.25.

    A charge of 0.01 takes 1 % off a flat NAV in a year. 0 on the first day; None without a charge.
    """
    if yearly == 0.0:
        return None
    days = np.diff(dates, prepend=dates[:1]).astype(np.float64)
    share: Floats = 1.0 - (1.0 - yearly) ** (days / DAYS_PER_YEAR)
    return share
