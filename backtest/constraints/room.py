"""Before the simulation: whether the members of each decision date leave room for a fully invested portfolio."""

from __future__ import annotations

import numpy as np

from backtest.constraints.checks import kept
from backtest.constraints.limits import Limits
from backtest.constraints.solver import LOW, TOLERANCE, project
from backtest.market.prices import Bools, Dates


def check_room(limits: Limits, members: Bools, dates: Dates) -> None:
    """Raise ConstraintError on the first decision date whose members cannot carry a fully invested portfolio.

    members: (K, N) on each decision date. dates: (K,). What min_cash keeps back is left out. A strategy that would hold
    cash is held to it too, because constraints that forbid full investment are a mistake in the mandate. min_name is
    not: it binds only names that the strategy wishes.
    """
    if (members == members[:1]).all():
        members = members[:1]
    seen: set[bytes] = set()
    for row, day in zip(np.ascontiguousarray(members), dates, strict=False):
        key = row.tobytes()
        if key not in seen:
            seen.add(key)
            if not _roomy(limits, row):
                from backtest.constraints.fights import explain_room

                explain_room(limits, row, day)


def _roomy(limits: Limits, members: Bools) -> bool:
    """Whether the members can carry all that is to be invested; by adding up where constraints do not overlap."""
    layout = limits.layout
    if len({group.dimension for group in limits.groups}) <= 1 and not (
        layout.companies or (layout.groups[LOW] > 0.0).any() or limits.constraints.ucits_5_10_40
    ):
        upper = np.where(members, layout.upper, 0.0)
        ungrouped, room = upper.sum(), 0.0
        for group in limits.groups:
            mine = upper[group.assets].sum()
            ungrouped -= mine
            room += min(mine, group.high)
        return bool(members.any() and room + ungrouped >= limits.room - TOLERANCE)
    if _projects(limits, members):
        return True
    from backtest.constraints.fights import Problem, solution

    return solution(Problem(limits, members, limits.room, None)) is not None


def _projects(limits: Limits, members: Bools) -> bool:
    """Whether the solver finds weights near to equal ones. Where it does not, the linear programme has the word."""
    layout = limits.layout._replace(least=0.0)
    upper = np.where(members, layout.upper, 0.0)
    if not upper.any():
        return False
    wish = np.minimum(upper, limits.room / np.count_nonzero(upper))[None]
    wish *= limits.room / wish.sum()
    members = members.view()
    for array in (wish, members):
        array.flags.writeable = False
    scale, ok, state = np.ones(1), np.empty(1, dtype=np.bool_), np.empty(1, dtype=np.int64)
    rule = limits.constraints.ucits_5_10_40
    if kept(layout, wish, scale, members, rule, ok):
        return True
    nothing = wish[:, :0]
    project(layout, wish, scale, ok, members, nothing, np.inf, rule, nothing[0], np.empty(wish.shape), state)
    return bool(state[0] > 0)
