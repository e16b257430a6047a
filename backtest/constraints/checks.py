"""What a row of weights breaks or reaches. Kernels; each pass touches every name once."""

from __future__ import annotations

import numpy as np

from backtest.compiled import compiled
from backtest.constraints.limits import Marks
from backtest.constraints.solver import (
    CELL,
    COMPANY,
    HELD_BACK,
    HIGH,
    IMPOSSIBLE,
    ISSUER,
    LINES,
    LOW,
    MEMBERS,
    ORDER,
    RULE_EACH,
    RULE_SUM,
    RULED,
    TOLERANCE,
    Ints,
    Layout,
)
from backtest.market.prices import Bools, Floats

UCITS_ISSUER, UCITS_INDEX, UCITS_GROUP = 0.10, 0.20, 0.20
(
    MEMBERSHIP, MIN_CASH, MAX_NAME, MIN_NAME, MAX_ISSUER, MAX_ISSUER_GROUP, UCITS_5_10_40,
    UCITS_GROUP_20, UCITS_INDEX_20, MAX_TURNOVER,
) = range(10)  # fmt: skip  # places in MARKED of limits.py
ALIKE, SCALED = -2, -1


@compiled
def holds(wish: Floats, members: Bools) -> bool:
    """Whether every row wishes members only: all there is to see where nothing is limited."""
    for v in range(wish.shape[0]):
        for name in range(wish.shape[1]):
            if wish[v, name] > 0.0 and not members[name]:
                return False
    return True


@compiled
def scaled(wish: Floats, room: float, fully: bool, scale: Floats) -> int:
    """What each row is multiplied by, so that it sums to what it may: 1.0 to the bit where it does already.

    Returns ALIKE when all rows are left as they are, SCALED when some are not, and otherwise the first row that is to
    be fully invested and wishes nothing.
    """
    answer = ALIKE
    for v in range(wish.shape[0]):
        total = 0.0
        for name in range(wish.shape[1]):
            total += wish[v, name]
        scale[v] = 1.0
        if total > 0.0 and (total > room + TOLERANCE or (fully and total < room - TOLERANCE)):
            scale[v] = room / total
            answer = SCALED
        if fully and total == 0.0:
            return v
    return answer


@compiled
def kept(lay: Layout, wish: Floats, scale: Floats, members: Bools, rule: bool, ok: Bools) -> bool:
    """ok (V,): whether a row of scale x wish keeps every constraint but the turnover limit; and whether all do."""
    # Long because each name is touched once, in one loop.
    cells, singles = lay.cell_start.shape[0] - 1, lay.owner_start[LINES, 0]
    cell_sum, group_sum = np.empty(cells), np.empty(lay.groups.shape[1])
    grouped = lay.groups.shape[1] > 0
    everyone = True
    for v in range(wish.shape[0]):
        ok[v] = True
        large = 0.0
        cell_sum[:] = 0.0
        for at in range(singles):
            name = lay.names[ORDER, at]
            weight = scale[v] * wish[v, name]
            if weight > 0.0:
                broken = not members[name] or weight > lay.upper[name] + TOLERANCE or weight < lay.least - TOLERANCE
                ok[v] = ok[v] and not broken
                large += weight if weight > RULE_EACH + TOLERANCE else 0.0
                if grouped:
                    cell_sum[lay.names[CELL, name]] += weight
        for p in range(lay.companies):
            company = 0.0
            for i in range(lay.owner_start[MEMBERS, p], lay.owner_start[MEMBERS, p + 1]):
                issuer = 0.0
                for at in range(lay.owner_start[LINES, i], lay.owner_start[LINES, i + 1]):
                    name = lay.names[ORDER, at]
                    weight = scale[v] * wish[v, name]
                    if weight > 0.0:
                        broken = not members[name] or weight > lay.upper[name] + TOLERANCE
                        ok[v] = ok[v] and not broken and weight >= lay.least - TOLERANCE
                        issuer += weight
                        cell_sum[lay.names[CELL, name]] += weight
                large += issuer if issuer > RULE_EACH + TOLERANCE else 0.0
                ok[v] = ok[v] and issuer <= lay.owner_high[LINES, i] + TOLERANCE
                company += issuer
            ok[v] = ok[v] and company <= lay.owner_high[MEMBERS, p] + TOLERANCE
        group_sum[:] = 0.0
        for c in range(cells):
            for k in range(lay.cell_start[c], lay.cell_start[c + 1]):
                group_sum[lay.cell_groups[k]] += cell_sum[c]
        for g in range(lay.groups.shape[1]):
            ok[v] = ok[v] and lay.groups[LOW, g] - TOLERANCE <= group_sum[g] <= lay.groups[HIGH, g] + TOLERANCE
        ok[v] = ok[v] and not (rule and large > RULE_SUM + TOLERANCE)
        everyone = everyone and ok[v]
    return everyone


@compiled
def largest_sum(owner: Ints, weights: Floats, sums: Floats) -> float:
    """The largest sum of weights of one owner; sums: all of them."""
    sums[:] = 0.0
    for name in range(weights.shape[0]):
        sums[owner[name]] += weights[name]
    most: float = sums.max()
    return most


@compiled
def mark(
    lay: Layout, marks: Marks, weights: Floats, scale: float, members: Bools, broken: bool, binding: Bools
) -> None:
    """Add to binding (C,) what the row of scale x weights breaks, or, when `broken` is false, what it reaches."""
    # Long because each kind of constraint has its own words.
    margin = TOLERANCE if broken else -TOLERANCE
    row, sums = np.empty(weights.shape[0]), np.empty(weights.shape[0])
    most, least, outside = 0.0, np.inf, False
    for name in range(weights.shape[0]):
        row[name] = scale * weights[name]
        most = max(most, row[name])
        if row[name] > 0.0:
            outside = outside or not members[name]
            least = min(least, row[name])
    if broken and outside:
        binding[marks.places[MEMBERSHIP]] = True
    if most > marks.caps[0] + margin:
        binding[marks.places[MAX_NAME]] = True
    if marks.places[MIN_NAME] >= 0 and lay.least > 0.0 and least < lay.least - margin:
        binding[marks.places[MIN_NAME]] = True
    mark_groups(lay, marks, row, margin, broken, binding)
    if marks.places[MAX_ISSUER] >= 0 or marks.places[UCITS_5_10_40] >= 0 or marks.places[UCITS_INDEX_20] >= 0:
        issuer = largest_sum(lay.names[ISSUER], row, sums)
        if issuer > marks.caps[1] + margin:
            binding[marks.places[MAX_ISSUER]] = True
        if marks.places[UCITS_INDEX_20] >= 0 and issuer > UCITS_INDEX + margin:
            binding[marks.places[UCITS_INDEX_20]] = True
        large = 0.0
        for j in range(sums.shape[0]):
            large += sums[j] if sums[j] > RULE_EACH + TOLERANCE else 0.0
        if marks.places[UCITS_5_10_40] >= 0 and (issuer > UCITS_ISSUER + margin or large > RULE_SUM + margin):
            binding[marks.places[UCITS_5_10_40]] = True
    if marks.places[MAX_ISSUER_GROUP] >= 0 or marks.places[UCITS_GROUP_20] >= 0:
        company = largest_sum(lay.names[COMPANY], row, sums)
        if company > marks.caps[2] + margin:
            binding[marks.places[MAX_ISSUER_GROUP]] = True
        if marks.places[UCITS_GROUP_20] >= 0 and company > UCITS_GROUP + margin:
            binding[marks.places[UCITS_GROUP_20]] = True


@compiled
def mark_groups(lay: Layout, marks: Marks, row: Floats, margin: float, broken: bool, binding: Bools) -> None:
    """Caps and floors of groups. A cap of zero is reached always, and shown only where the wish broke it."""
    sums = np.zeros(lay.groups.shape[1])
    for name in range(row.shape[0]):
        if row[name] != 0.0:
            cell = lay.names[CELL, name]
            for k in range(lay.cell_start[cell], lay.cell_start[cell + 1]):
                sums[lay.cell_groups[k]] += row[name]
    for g in range(lay.groups.shape[1]):
        if (
            marks.groups[HIGH, g] >= 0
            and sums[g] > lay.groups[HIGH, g] + margin
            and (broken or lay.groups[HIGH, g] > 0.0)
        ):
            binding[marks.groups[HIGH, g]] = True
        if marks.groups[LOW, g] >= 0 and sums[g] < lay.groups[LOW, g] - margin:
            binding[marks.groups[LOW, g]] = True


@compiled
def mark_rows(
    lay: Layout, marks: Marks, wish: Floats, scale: Floats, members: Bools, goal: Floats, state: Ints, binding: Bools
) -> None:
    """binding (V, C): what the scaled wish broke and what the goal reaches, in rows not left as wished."""
    for v in range(wish.shape[0]):
        if marks.places[MIN_CASH] >= 0 and scale[v] < 1.0:
            binding[v, marks.places[MIN_CASH]] = True
        if marks.places[MAX_TURNOVER] >= 0 and state[v] % RULED >= HELD_BACK and state[v] != IMPOSSIBLE:
            binding[v, marks.places[MAX_TURNOVER]] = True
        if state[v] >= RULED:
            binding[v, marks.places[UCITS_5_10_40]] = True
        if state[v] > 0:
            for broken in (True, False):
                weights, factor = (wish[v], scale[v]) if broken else (goal[v], 1.0)
                mark(lay, marks, weights, factor, members, broken, binding[v])
