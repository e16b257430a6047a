"""Names that are left alone: near enough to their goal, or with too small a trade. Kernels."""

from __future__ import annotations

import numpy as np

from backtest.compiled import compiled
from backtest.constraints.solver import (
    CELL,
    HIGH,
    ISSUER,
    LINES,
    LOW,
    MEMBERS,
    ORDER,
    RULE_EACH,
    RULE_SUM,
    TOLERANCE,
    Ints,
    Layout,
)
from backtest.market.prices import Bools, Floats

AT_GOAL, IN_BAND, TOO_SMALL, AT_EDGE = 0, 1, 2, 3


@compiled
def leave_alone(
    lay: Layout, goal: Floats, held: Floats, members: Bools, band: float, least_trade: float, edge: bool, rule: bool,
    binding: Bools,
) -> None:  # fmt: skip
    """Set the names of each row of goal (V, N) that are left alone to NaN, and those that go to the edge of their band.

    binding: (V, 2) whether the band and the smallest trade left anything alone that was not at its goal. A row whose
    other names would then break a cap or a floor gives up its left-alone names in that group, until none is broken.
    """
    kind = np.empty(goal.shape[1], np.int64)
    result = np.empty(goal.shape[1])
    for v in range(goal.shape[0]):
        for name in range(goal.shape[1]):
            kind[name], result[name] = first_choice(
                goal[v, name], held[v, name], members[name], lay.upper[name], lay.least, band, least_trade, edge
            )
        while release(lay, goal[v], result, kind, rule):
            pass
        for name in range(goal.shape[1]):
            if kind[name] == IN_BAND or kind[name] == TOO_SMALL:
                binding[v, kind[name] - 1] = binding[v, kind[name] - 1] or goal[v, name] != held[v, name]
                goal[v, name] = np.nan
            elif kind[name] == AT_EDGE:
                goal[v, name] = result[name]


@compiled
def first_choice(
    goal: float, held: float, member: bool, upper: float, least: float, band: float, least_trade: float, edge: bool
) -> tuple[int, float]:
    """What is done with a name, and its weight after it, before groups are looked at. An exit is always made."""
    apart = abs(goal - held)
    if not member or goal == 0.0:
        return AT_GOAL, goal
    stays = held <= upper + TOLERANCE and held >= least - TOLERANCE
    if band > 0.0 and apart <= band and stays:
        return IN_BAND, held
    if 0.0 < apart < least_trade and stays:
        return TOO_SMALL, held
    if edge and apart > band:
        reached = goal + band if held > goal else goal - band
        if least - TOLERANCE <= reached <= upper + TOLERANCE:
            if apart - band < least_trade and stays:
                return TOO_SMALL, held
            return AT_EDGE, reached
    return AT_GOAL, goal


@compiled
def release(lay: Layout, goal: Floats, result: Floats, kind: Ints, rule: bool) -> bool:
    """Bring names of groups that would be broken back to their goal. True when any was brought back."""
    # Long because groups, issuers, companies and the 5/10/40 rule follow each other.
    sums = np.zeros(lay.groups.shape[1])
    for name in range(goal.shape[0]):
        if result[name] != 0.0:
            cell = lay.names[CELL, name]
            for k in range(lay.cell_start[cell], lay.cell_start[cell + 1]):
                sums[lay.cell_groups[k]] += result[name]
    broken = np.zeros(lay.cell_start.shape[0] - 1, np.bool_)
    for c in range(broken.shape[0]):
        for k in range(lay.cell_start[c], lay.cell_start[c + 1]):
            g = lay.cell_groups[k]
            inside = lay.groups[LOW, g] - TOLERANCE <= sums[g] <= lay.groups[HIGH, g] + TOLERANCE
            broken[c] = broken[c] or not inside
    changed = False
    for name in range(goal.shape[0]):
        if broken[lay.names[CELL, name]]:
            changed = restore(goal, result, kind, name) or changed
    for p in range(lay.companies):
        company = 0.0
        for i in range(lay.owner_start[MEMBERS, p], lay.owner_start[MEMBERS, p + 1]):
            issuer = 0.0
            for at in range(lay.owner_start[LINES, i], lay.owner_start[LINES, i + 1]):
                issuer += result[lay.names[ORDER, at]]
            company += issuer
            if issuer > lay.owner_high[LINES, i] + TOLERANCE:
                for at in range(lay.owner_start[LINES, i], lay.owner_start[LINES, i + 1]):
                    changed = restore(goal, result, kind, lay.names[ORDER, at]) or changed
        if company > lay.owner_high[MEMBERS, p] + TOLERANCE:
            first, end = lay.owner_start[MEMBERS, p], lay.owner_start[MEMBERS, p + 1]
            for at in range(lay.owner_start[LINES, first], lay.owner_start[LINES, end]):
                changed = restore(goal, result, kind, lay.names[ORDER, at]) or changed
    if rule:
        changed = release_large(lay, goal, result, kind) or changed
    return changed


@compiled
def release_large(lay: Layout, goal: Floats, result: Floats, kind: Ints) -> bool:
    """Names of the issuers above 5 per cent go back to their goals when those issuers exceed 40 per cent together."""
    sums = np.zeros(goal.shape[0])
    for name in range(goal.shape[0]):
        sums[lay.names[ISSUER, name]] += result[name]
    large = 0.0
    for j in range(sums.shape[0]):
        large += sums[j] if sums[j] > RULE_EACH + TOLERANCE else 0.0
    changed = False
    if large > RULE_SUM + TOLERANCE:
        for name in range(goal.shape[0]):
            if sums[lay.names[ISSUER, name]] > RULE_EACH + TOLERANCE:
                changed = restore(goal, result, kind, name) or changed
    return changed


@compiled
def restore(goal: Floats, result: Floats, kind: Ints, name: int) -> bool:
    """A name back to its goal; False when it was there."""
    if kind[name] == AT_GOAL:
        return False
    kind[name], result[name] = AT_GOAL, goal[name]
    return True
