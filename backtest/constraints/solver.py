"""The nearest weights of one variant: Newton's method on the multipliers of a projection. Kernels only.

The problem: min 1/2 |w - wish|^2 with low <= w <= high, sum w = total, low_g <= sum of a group <= high_g, all lines of
an issuer and all issuers of a company together under their caps, and half of sum |w - held| <= most (turnover).
Given a multiplier for the sum (x[0]), one for each group (x[1 + g], positive at its cap, negative at its floor), one
for the issuers of the 5/10/40 rule (x[1 + G]) and one for turnover (x[2 + G]), the weights are known name by name: the
wish less the multipliers of its groups, drawn towards what is held by half the last one, and clipped. Issuers and
companies settle their caps among their own lines. What is left is a concave, piecewise quadratic function of few
multipliers, whose gradient is how far each sum is from where it must be. Newton's method ends on the exact piece after
a few steps. When it does not, it starts again with an exact line search: then every step climbs, so it cannot cycle.

Names that share all their groups form a cell; a row walks runs of names of one cell. Many values stand in few arrays,
each kernel is called from one place, and all kernels of the solver stand in this file: Numba compiles a kernel anew
into each one that calls it, and its cache does not see that a kernel in another file has changed. A loop that adds up
does not store into another array: where arrays lie in memory would then decide in which order is added.
"""
# This file is long because of that.

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backtest.compiled import compiled
from backtest.market.prices import Bools, Floats

Ints = NDArray[np.int64]

TOLERANCE = 1e-12  # how far a constraint may be broken
SETTLED = 1e-13  # how near Newton's method comes
SINGULAR = 1e-9  # a pivot that lost all but this of its diagonal depends on those before it
FAST_STEPS, SAFE_STEPS, SEARCH_STEPS, LEVEL_STEPS = 20, 400, 60, 200
FAR = 1e5  # a multiplier beyond this: no weights meet the constraints
STEEP = 2.0  # a turnover multiplier beyond this: the limits may force more turnover than is allowed
STEEPER = 4  # times it is raised eightfold to find the least turnover

HELD_BACK, FORCED, IMPOSSIBLE = 2, 3, -1  # how a row ended, beside 0 as wished and 1 projected
RULED = 10  # added when the 5/10/40 rule decided which issuers may exceed 5 per cent
RULE_SUM, RULE_EACH = 0.40, 0.05  # issuers above 5 per cent are at most 40 per cent together
RULE_FREE, RULE_MOST = 4, 8  # that many at 10 per cent are 40; that many at 5 per cent are too

ORDER, CELL, ISSUER, COMPANY = 0, 1, 2, 3  # rows of Layout.names
LOW, HIGH = 0, 1  # rows of Layout.groups and of Row.name
WISH, HELD, WEIGHT, PULL, KEPT = 2, 3, 4, 5, 6  # further rows of Row.name; pull: the wish less the multipliers
START, OF_CELL, EXTRA, NAME = 0, 1, 2, 3  # rows of Row.run; extra: 1 for issuers that the 5/10/40 rule adds up
SUM, FREE, SIGN = 0, 1, 2  # rows of Row.run_sum: weight, names between their bounds, those bought less those sold
LINES, MEMBERS = 0, 1  # rows of owners: issuers with lines, companies with issuers
FULL = 2  # rows FULL + LINES and FULL + MEMBERS of Row.owner: 1 at its cap
LEVEL, CELL_SUM, CELL_FREE, CELL_SIGN = 0, 1, 2, 3  # rows of Row.cell
NAMES, RUNS, TURNS = 0, 1, 2  # Row.tally; turns: 1 when turnover counts
TOTAL, MOST, GONE = 0, 1, 2  # Row.aim; gone: held of names that may carry no weight


class Layout(NamedTuple):
    """Constraints over N names, G groups, C cells, I issuers and P companies that must be watched line by line."""

    upper: Floats  # (N,) the tightest cap on the name alone
    names: Ints  # (4, N) order: by cell, then the lines of watched companies, by issuer; cell, issuer, company: numbers
    cell_start: Ints  # (C + 1,)
    cell_groups: Ints  # groups of cell c, ascending: cell_groups[cell_start[c]:cell_start[c + 1]]
    groups: Floats  # (2, G) floors and caps
    owner_start: Ints  # (2, I + 1) first place in the order of an issuer's lines; first issuer of a company
    owner_high: Floats  # (2, I) caps of issuers and companies
    companies: int  # P, at most I
    least: float  # min_name


class Row(NamedTuple):
    """The workspace of one row: the names that may carry weight, in the order of the layout, and their runs."""

    name: Floats  # (7, N)
    run: Ints  # (4, N + 1)
    run_sum: Floats  # (3, N)
    cell: Floats  # (4, 2 C) what the runs of a cell share, and behind it what those share that the 5/10/40 rule adds up
    owner: Ints  # (4, I + 1) first run of an issuer, first issuer of a company, and which of them are full
    owner_high: Floats  # (2, I)
    tally: Ints  # (3,)
    aim: Floats  # (3,)


@compiled
def weigh(row: Row, lay: Layout, x: Floats, sums: Floats) -> None:
    """The weights at multipliers x, and what every constraint adds up to: total, groups, rule, turnover."""
    # Long because each name is touched in one loop, and each run in one more.
    last = x.shape[0] - 1
    half, turns, runs, extra = 0.5 * x[last], row.tally[TURNS] == 1, row.tally[RUNS], x[last - 1]
    start, of_cell, is_extra = row.run[START], row.run[OF_CELL], row.run[EXTRA]
    lows, highs, wishes, helds = row.name[LOW], row.name[HIGH], row.name[WISH], row.name[HELD]
    weights, pulls = row.name[WEIGHT], row.name[PULL]
    run_sum, run_free, run_sign = row.run_sum[SUM], row.run_sum[FREE], row.run_sum[SIGN]
    cell_start, cell_groups, cells = lay.cell_start, lay.cell_groups, lay.cell_start.shape[0] - 1
    levels, cell_sums = row.cell[LEVEL], row.cell[CELL_SUM]
    for c in range(cells):
        level = x[0]
        for k in range(cell_start[c], cell_start[c + 1]):
            level += x[1 + cell_groups[k]]
        levels[c], levels[cells + c] = level, level + extra
        cell_sums[c] = cell_sums[cells + c] = 0.0
    for r in range(runs):
        level = levels[of_cell[r] + cells * is_extra[r]]
        for j in range(start[r], start[r + 1]):
            pull = pulls[j] = wishes[j] - level
            weights[j] = min(max(drawn(pull, helds[j], half) if turns else pull, lows[j]), highs[j])
        total, free, sign = 0.0, 0.0, 0.0
        for j in range(start[r], start[r + 1]):
            total += weights[j]
            if lows[j] < weights[j] < highs[j] and (weights[j] != helds[j] or half == 0.0):
                free += 1.0
                sign += 1.0 if weights[j] > helds[j] else -1.0
        run_sum[r], run_free[r], run_sign[r] = total, free, sign
    if lay.companies > 0:
        settle(row, lay.companies, half)
    for k in range(last + 1):
        sums[k] = 0.0
    for r in range(runs):
        cell_sums[of_cell[r] + cells * is_extra[r]] += run_sum[r]
    for c in range(cells):
        total = cell_sums[c] + cell_sums[cells + c]
        sums[0] += total
        sums[last - 1] += cell_sums[cells + c]
        for k in range(cell_start[c], cell_start[c + 1]):
            sums[1 + cell_groups[k]] += total
    if turns:
        sums[last] = turnover(row)


@compiled
def drawn(pull: float, held: float, half: float) -> float:
    """Where a name goes before its bounds: by `half` towards what is held, and no further than that."""
    if pull > held + half:
        return pull - half
    if pull < held - half:
        return pull + half
    return held


@compiled
def turnover(row: Row) -> float:
    """One way, with what is held of names that may carry no weight."""
    away = row.aim[GONE]
    for j in range(row.tally[NAMES]):
        away += abs(row.name[WEIGHT, j] - row.name[HELD, j])
    one_way: float = 0.5 * away
    return one_way


@compiled
def settle(row: Row, companies: int, half: float) -> None:
    """Bring watched issuers and companies under their caps: their lines sink by one level of their own."""
    for p in range(companies):
        first, end, level = row.owner[MEMBERS, p], row.owner[MEMBERS, p + 1], 0.0
        row.owner[FULL + MEMBERS, p] = 0
        if within(row, first, end, row.owner_high[MEMBERS, p]):
            continue
        for again in range(2):
            total = 0.0
            for i in range(first, end):
                total += sink(row, half, i, level)
            if again == 1 or total <= row.owner_high[MEMBERS, p]:
                break
            row.owner[FULL + MEMBERS, p] = 1
            level = company_level(row, half, first, end, row.owner_high[MEMBERS, p])


@compiled
def within(row: Row, first: int, end: int, cap: float) -> bool:
    """Whether issuers keep their caps, and their company its own, without sinking: as nearly all of them do."""
    company = 0.0
    for i in range(first, end):
        total = 0.0
        for r in range(row.owner[LINES, i], row.owner[LINES, i + 1]):
            total += row.run_sum[SUM, r]
        row.owner[FULL + LINES, i] = 0
        if total > row.owner_high[LINES, i]:
            return False
        company += total
    return company <= cap


@compiled
def lines_at(row: Row, half: float, issuer: int, level: float) -> tuple[float, float, float]:
    """An issuer's lines at a level, into the row: their sum, how many move, and a level at which none is left."""
    first, end, turns = row.owner[LINES, issuer], row.owner[LINES, issuer + 1], row.tally[TURNS] == 1
    for r in range(first, end):
        j = row.run[START, r]
        low, high, held = row.name[LOW, j], row.name[HIGH, j], row.name[HELD, j]
        pull = row.name[PULL, j] - level
        weight = min(max(drawn(pull, held, half) if turns else pull, low), high)
        free = low < weight < high and (weight != held or half == 0.0)
        row.name[WEIGHT, j] = row.run_sum[SUM, r] = weight
        row.run_sum[FREE, r] = 1.0 if free else 0.0
        row.run_sum[SIGN, r] = (1.0 if weight > held else -1.0) if free else 0.0
    total, moving, bottom = 0.0, 0.0, 0.0
    for r in range(first, end):
        j = row.run[START, r]
        bottom = max(bottom, row.name[PULL, j] - row.name[LOW, j] + half)
        total += row.run_sum[SUM, r]
        moving += row.run_sum[FREE, r]
    return total, moving, bottom


@compiled
def sink(row: Row, half: float, issuer: int, level: float) -> float:
    """The issuer's lines at a level, or at the higher one at which they are at its cap; their sum."""
    cap = row.owner_high[LINES, issuer]
    row.owner[FULL + LINES, issuer] = 0
    low, high, total = level, np.inf, 0.0
    for _ in range(LEVEL_STEPS):
        total, moving, bottom = lines_at(row, half, issuer, level)
        high = min(high, bottom)
        if row.owner[FULL + LINES, issuer] == 0:
            if total <= cap:
                break
            row.owner[FULL + LINES, issuer] = 1
        if total > cap:
            low = level
        else:
            high = level
        if abs(total - cap) <= 1e-16 or high - low <= 1e-17:
            break
        newton = level + (total - cap) / max(moving, 1.0)
        level = newton if moving > 0.0 and low < newton < high else 0.5 * (low + high)
    return total


@compiled
def company_level(row: Row, half: float, first: int, end: int, cap: float) -> float:
    """The level at which the issuers of a company, each under its own cap, are at the company's."""
    low, high, level = 0.0, np.inf, 0.0
    for _ in range(LEVEL_STEPS):
        total, moving, most = 0.0, 0.0, 0.0
        for i in range(first, end):
            lines, free, bottom = lines_at(row, half, i, level)
            most = max(most, bottom)
            total += min(lines, row.owner_high[LINES, i])
            moving += free if lines <= row.owner_high[LINES, i] else 0.0
        high = min(high, most)
        if total > cap:
            low = level
        else:
            high = level
        if abs(total - cap) <= 1e-16 or high - low <= 1e-17:
            break
        newton = level + (total - cap) / max(moving, 1.0)
        level = newton if moving > 0.0 and low < newton < high else 0.5 * (low + high)
    return level


@compiled
def aims(row: Row, lay: Layout, x: Floats, sums: Floats, place: Ints, gaps: Floats, fixed: bool) -> tuple[int, float]:
    """Which multipliers are in play, and how far each of their sums is above where it must be.

    place: position of a multiplier in the step, -1 when it is out of play. gaps: filled by position. Returns how many
    are in play, and the largest gap. fixed: the multiplier of turnover is given.
    """
    last = x.shape[0] - 1
    place[:] = -1
    place[0] = 0
    gaps[0] = sums[0] - row.aim[TOTAL]
    worst, count = abs(gaps[0]), 1
    for k in range(1, last + 1):
        low, high = -np.inf, RULE_SUM
        if k == last:
            high = np.inf if fixed or row.tally[TURNS] == 0 else row.aim[MOST]
        elif k < last - 1:
            low, high = lay.groups[LOW, k - 1], lay.groups[HIGH, k - 1]
        if k == last and high == np.inf:
            continue
        if x[k] > 0.0 or (x[k] == 0.0 and sums[k] > high + SETTLED):
            gap = sums[k] - high
        elif x[k] < 0.0 or sums[k] < low - SETTLED:
            gap = sums[k] - low
        else:
            continue
        place[k] = count
        gaps[count] = gap
        worst = max(worst, abs(gap))
        count += 1
    return count, worst


@compiled
def curvature(row: Row, lay: Layout, place: Ints, count: int, hessian: Floats, found: Ints) -> None:
    """How fast each sum in play falls with each multiplier in play; lower triangle."""
    # Long because it gathers, cell by cell, the positions that its names share: ascending, turnover's last.
    turn, extra = place[place.shape[0] - 1], place[place.shape[0] - 2]
    of_cell, is_extra = row.run[OF_CELL], row.run[EXTRA]
    run_free, run_sign = row.run_sum[FREE], row.run_sum[SIGN]
    cell_start, cell_groups, cells = lay.cell_start, lay.cell_groups, lay.cell_start.shape[0] - 1
    cell_free, cell_sign = row.cell[CELL_FREE], row.cell[CELL_SIGN]
    for a in range(count):
        for b in range(a + 1):
            hessian[a, b] = 0.0
    for c in range(2 * cells):
        cell_free[c] = cell_sign[c] = 0.0
    for r in range(row.tally[RUNS]):
        cell_free[of_cell[r] + cells * is_extra[r]] += run_free[r]
        cell_sign[of_cell[r] + cells * is_extra[r]] += run_sign[r]
    found[0] = 0
    for c in range(2 * cells):
        free, cell = cell_free[c], c if c < cells else c - cells
        if free == 0.0:
            continue
        shared = 1
        for k in range(cell_start[cell], cell_start[cell + 1]):
            at = place[1 + cell_groups[k]]
            if at >= 0:
                found[shared] = at
                shared += 1
        if c >= cells and extra >= 0:
            found[shared] = extra
            shared += 1
        for a in range(shared):
            for b in range(a + 1):
                hessian[found[a], found[b]] += free
        if turn >= 0:
            for a in range(shared):
                hessian[turn, found[a]] += 0.5 * cell_sign[c]
            hessian[turn, turn] += 0.25 * free
    if lay.companies > 0:
        take_blocks(row, lay, place, count, hessian)


@compiled
def take_blocks(row: Row, lay: Layout, place: Ints, count: int, hessian: Floats) -> None:
    """Lines at a common cap keep their sum, what one gives up the others take: so less of the curvature is left."""
    # Long because full issuers and, without those, full companies take the same steps.
    turn, extra, block = place[place.shape[0] - 1], place[place.shape[0] - 2], np.empty(count)
    lines, members, full = row.owner[LINES], row.owner[MEMBERS], row.owner[FULL + LINES]
    issuers = members[lay.companies]
    for owner in range(issuers + lay.companies):
        whole = owner - issuers
        first, end = owner, owner + 1
        if whole >= 0:
            first, end = members[whole], members[whole + 1]
        if (row.owner[FULL + MEMBERS, whole] if whole >= 0 else full[owner]) == 0:
            continue
        for a in range(count):
            block[a] = 0.0
        moving = 0.0
        for i in range(first, end):
            if whole >= 0 and full[i] == 1:
                continue
            for r in range(lines[i], lines[i + 1]):
                if row.run_sum[FREE, r] == 0.0:
                    continue
                moving += 1.0
                cell = row.run[OF_CELL, r]
                for k in range(lay.cell_start[cell], lay.cell_start[cell + 1]):
                    at = place[1 + lay.cell_groups[k]]
                    if at >= 0:
                        block[at] += 1.0
                if row.run[EXTRA, r] == 1 and extra >= 0:
                    block[extra] += 1.0
                if turn >= 0:
                    block[turn] += 0.5 * row.run_sum[SIGN, r]
        block[0] = moving
        for a in range(count):
            if block[a] != 0.0:
                for b in range(a + 1):
                    hessian[a, b] -= block[a] * block[b] / moving


@compiled
def newton_step(hessian: Floats, gaps: Floats, step: Floats, count: int) -> bool:
    """step = gaps / hessian by Cholesky's L D L'. False when a sum is off its aim that nothing in play can move.

    Then the step goes only where the curvature vanishes: straight up, until a name comes off its bound.
    """
    clear = True
    for a in range(count):
        diagonal = pivot = hessian[a, a]
        rest = gaps[a]
        for b in range(a):
            entry = hessian[a, b]
            for c in range(b):
                entry -= hessian[a, c] * hessian[b, c]  # row a still holds L times D
            hessian[a, b] = entry
        for b in range(a):
            entry = hessian[a, b] / hessian[b, b]
            pivot -= entry * hessian[a, b]
            rest -= entry * step[b]
        for b in range(a):
            hessian[a, b] /= hessian[b, b]
        if pivot <= SINGULAR * diagonal or diagonal <= SINGULAR:
            pivot = np.inf  # it takes no part in the steps of the others, nor makes one
            clear = clear and abs(rest) <= TOLERANCE
        hessian[a, a] = pivot
        step[a] = rest
    for a in range(count):
        if clear:
            step[a] /= hessian[a, a]
        elif hessian[a, a] < np.inf:
            step[a] = 0.0
    for a in range(count - 1, -1, -1):
        for b in range(a):
            step[b] -= hessian[a, b] * step[a]
    return clear


@compiled
def blocked(x: Floats, place: Ints, gaps: Floats, step: Floats) -> int:
    """Take multipliers at zero that the step would push over it out of play; how many are left, 0 when all are."""
    count, some = 0, False
    for k in range(x.shape[0]):
        at = place[k]
        if at >= 0:
            if k > 0 and x[k] == 0.0 and step[at] * gaps[at] < 0.0:
                some = True
                place[k] = -1
            else:
                gaps[count] = gaps[at]
                step[count] = step[at]
                place[k] = count
                count += 1
    return count if some else 0


@compiled
def solve(row: Row, lay: Layout, x: Floats, fixed: bool) -> bool:
    """The row's nearest weights, from multipliers x on, which end as those of the answer. False: none was found.

    fixed: keep the multiplier of turnover as given.
    """
    # Long because the quick and the sure way share each kernel's one call.
    size, last = x.shape[0], x.shape[0] - 1
    sums, gaps, step, origin = np.empty(size), np.empty(size), np.empty(size), x.copy()
    place, found, hessian = np.empty(size, np.int64), np.empty(size, np.int64), np.empty((size, size))
    sure, known, worst, stuck = False, False, np.inf, np.inf
    for number in range(FAST_STEPS + SAFE_STEPS):
        if not known:
            weigh(row, lay, x, sums)
        stuck = 0.7 * worst
        count, worst = aims(row, lay, x, sums, place, gaps, fixed)
        far = False
        for k in range(size):
            far = far or abs(x[k]) > FAR
        if worst <= (0.5 * TOLERANCE if sure else SETTLED) or (sure and (far or (not fixed and x[last] > STEEP))):
            break
        clear, left = True, count
        while left > 0:
            count = left
            curvature(row, lay, place, count, hessian, found)
            clear = newton_step(hessian, gaps, step, count)
            left = blocked(x, place, gaps, step) if sure else 0
        if not sure and (far or not clear or worst > stuck or number == FAST_STEPS):
            sure, known = True, not far
            if far:
                x[:] = origin
            continue
        length, known = 1.0, False
        if sure:
            length, known = search(row, lay, x, sums, place, gaps, step)
        if length == 0.0:
            break
        for k in range(size):
            if place[k] >= 0:
                new = x[k] + length * step[place[k]]
                side = x[k] if x[k] != 0.0 else gaps[place[k]]
                x[k] = 0.0 if k > 0 and new * side <= 1e-14 * x[k] * x[k] else new
    return worst <= TOLERANCE


@compiled
def search(
    row: Row, lay: Layout, x: Floats, sums: Floats, place: Ints, gaps: Floats, step: Floats
) -> tuple[float, bool]:
    """The length at which the climb along a step ends, rather a little less, before any multiplier crosses zero;
    and whether the row holds the weights there.
    """
    start, reach, steepest = 0.0, np.inf, 0.0
    aim, trial = np.empty(x.shape[0]), x.copy()
    for k in range(x.shape[0]):
        at = place[k]
        if at >= 0:
            aim[k] = sums[k] - gaps[at]
    for k in range(x.shape[0]):
        at = place[k]
        if at >= 0:
            start += gaps[at] * step[at]
            steepest = max(steepest, abs(step[at]))
            if k > 0 and x[k] * step[at] < 0.0:
                reach = min(reach, -x[k] / step[at])
    low, high, low_slope, high_slope, length = 0.0, np.inf, start, 0.0, min(1.0, reach)
    for _ in range(SEARCH_STEPS):
        for k in range(x.shape[0]):
            if place[k] >= 0:
                trial[k] = x[k] + length * step[place[k]]
        weigh(row, lay, trial, sums)
        slope = 0.0
        for k in range(x.shape[0]):
            if place[k] >= 0:
                slope += (sums[k] - aim[k]) * step[place[k]]
        if slope >= 0.0:
            low, low_slope = length, slope
            if slope <= 0.1 * start or length == reach:
                break
        else:
            high, high_slope = length, slope
        if high == np.inf:
            if length * steepest > FAR:
                break
            length = min(4.0 * length, reach)
        elif high - low <= 1e-13 * high:
            break
        else:
            length = low + (high - low) * min(max(low_slope / (low_slope - high_slope), 0.05), 0.95)
    return low, low == length


@compiled
def gather(
    row: Row, lay: Layout, wish: Floats, scale: float, members: Bools, held: Floats, wide: bool, above: Ints
) -> bool:
    """Lay a row out for the solver: the names that may carry weight. False: a floor is above a cap.

    held: (0,) or (N,). wide: what is held may carry weight whatever is wished. above: (J,) or (0,) when the 5/10/40
    rule is left out: 1 for issuers that may exceed 5 per cent, 0 for all others.
    """
    # Long because names come in three kinds: single ones, those that the rule adds up, and lines of watched companies.
    issuers, singles, count = lay.owner_high.shape[1], lay.owner_start[LINES, 0], lay.names.shape[1]
    rule, fits, names, runs, last_cell, gone = above.shape[0] > 0, True, 0, 0, -1, 0.0
    issuer = 0
    for at in range((2 * singles if rule else singles) + count - singles):
        watched = at >= (2 * singles if rule else singles)
        place = at - (singles if rule and at >= singles else 0)  # names above 5 per cent in a second turn
        name = lay.names[ORDER, place]
        extra = above[lay.names[ISSUER, name]] if rule else 0
        if rule and not watched and extra != (1 if at >= singles else 0):
            continue
        while watched and issuer < issuers and place >= lay.owner_start[LINES, issuer]:
            row.owner[LINES, issuer] = runs
            high = lay.owner_high[LINES, issuer]
            row.owner_high[LINES, issuer] = min(high, RULE_EACH) if rule and extra == 0 else high
            issuer += 1
        mine, member, wished = held[name] if held.shape[0] > 0 else 0.0, members[name], wish[name] > 0.0
        low, high = 0.0, lay.upper[name]
        if wished and member:
            low = lay.least
        elif not wide or mine <= 0.0:
            high = 0.0
        elif not member:
            high = min(high, mine)
        if rule and extra == 0 and not watched:
            high = min(high, RULE_EACH)
        if high <= 0.0:
            gone += mine
            continue
        fits = fits and low <= high
        if watched or extra == 1 or lay.names[CELL, name] != last_cell:
            last_cell = lay.names[CELL, name]
            row.run[START, runs], row.run[OF_CELL, runs], row.run[EXTRA, runs] = names, last_cell, extra
            runs += 1
        row.run[NAME, names] = name
        row.name[LOW, names], row.name[HIGH, names] = low, high
        row.name[WISH, names], row.name[HELD, names] = scale * wish[name] if member else 0.0, mine
        names += 1
    row.run[START, runs] = names
    row.owner[LINES, issuers] = runs
    for p in range(issuers):
        row.owner[MEMBERS, p], row.owner_high[MEMBERS, p] = lay.owner_start[MEMBERS, p], lay.owner_high[MEMBERS, p]
    row.owner[MEMBERS, issuers] = lay.owner_start[MEMBERS, issuers]
    row.tally[NAMES], row.tally[RUNS], row.tally[TURNS] = names, runs, 1 if wide else 0
    row.aim[GONE] = gone
    return fits and owners_fit(row, lay.companies)


@compiled
def owners_fit(row: Row, companies: int) -> bool:
    """Whether the floors of the lines of every watched issuer, and of every company, lie under its cap."""
    for p in range(companies):
        company = 0.0
        for i in range(row.owner[MEMBERS, p], row.owner[MEMBERS, p + 1]):
            issuer = 0.0
            for r in range(row.owner[LINES, i], row.owner[LINES, i + 1]):
                issuer += row.name[LOW, row.run[START, r]]
            if issuer > row.owner_high[LINES, i] + TOLERANCE:
                return False
            company += issuer
        if company > row.owner_high[MEMBERS, p] + TOLERANCE:
            return False
    return True


@compiled
def keeps_rule(row: Row, lay: Layout) -> bool:
    """Whether issuers above 5 per cent are at most 40 per cent together."""
    issuer_sum, total = np.zeros(lay.upper.shape[0]), 0.0
    for j in range(row.tally[NAMES]):
        issuer_sum[lay.names[ISSUER, row.run[NAME, j]]] += row.name[WEIGHT, j]
    for j in range(issuer_sum.shape[0]):
        if issuer_sum[j] > RULE_EACH + TOLERANCE:
            total += issuer_sum[j]
    return total <= RULE_SUM + TOLERANCE


@compiled
def largest(lay: Layout, weights: Floats, members: Bools, ranked: Ints) -> int:
    """The issuers of most weight among the members, descending, into ranked; how many there are."""
    issuer_sum = np.zeros(lay.upper.shape[0])
    for name in range(weights.shape[0]):
        if members[name]:
            issuer_sum[lay.names[ISSUER, name]] += weights[name]
    for k in range(ranked.shape[0]):
        best = 0
        for j in range(1, issuer_sum.shape[0]):
            if issuer_sum[j] > issuer_sum[best]:
                best = j
        if issuer_sum[best] <= 0.0:
            return k
        ranked[k] = best
        issuer_sum[best] = -1.0
    count: int = ranked.shape[0]
    return count


@compiled
def begin(x: Floats, anew: bool, push: int) -> None:
    """Multipliers to start from: as they are, from nothing, or, to push turnover down, along the way they went."""
    last = x.shape[0] - 1
    steep = STEEP * 8.0 ** (push - 1) if push > 0 else 0.0
    factor = steep / x[last] if push > 0 and x[last] > 0.0 else 0.0
    for k in range(last):
        if anew or push > 0:
            x[k] = 0.0 if anew else factor * x[k]
    x[last] = steep


@compiled
def nearest(
    row: Row, lay: Layout, wish: Floats, scale: float, members: Bools, held: Floats, wide: bool, rule: bool,
    guide: Floats, x: Floats, out: Floats,
) -> int:  # fmt: skip
    """The nearest weights of a variant into out: 1 found, 2 the limits force more turnover and this is the least, -1.

    Under 5/10/40, when the nearest weights break it: the nearest over the sets of the k largest issuers that may exceed
    5 per cent. Four issuers at 10 per cent need no common cap, so fewer allow nothing that four do not. Under the
    turnover limit the largest holdings are tried too, so that what is held can be kept; and those of a guide. RULED is
    added then.
    """
    # Long because the solver is called from one place.
    ranked, above, count = np.empty(RULE_MOST, np.int64), np.empty(0, np.int64), 0
    best_state, best_over, best = -1, np.inf, np.inf
    for trial in range(1 + 3 * (RULE_MOST + 1)):
        if trial > 0:
            source, k = (trial - 1) // (RULE_MOST + 1), (trial - 1) % (RULE_MOST + 1)
            if (source == 1 and not wide) or (source == 2 and guide.shape[0] == 0):
                continue
            if k == 0:
                count = largest(lay, wish if source == 0 else held if source == 1 else guide, members, ranked)
            if k < min(RULE_FREE, count) or k > count:
                continue
            above = np.zeros(lay.upper.shape[0], np.int64)
            for j in range(k):
                above[ranked[j]] = 1
        state, over = -1, np.inf
        for push in range(1 + STEEPER if wide else 1):
            if push == 0 and not gather(row, lay, wish, scale, members, held, wide, above):
                break
            begin(x, trial > 0 and push == 0, push)
            solved = solve(row, lay, x, push > 0)
            least = turnover(row) if wide else 0.0
            if push == 0 and not solved:
                continue
            if not solved or (push > 0 and least >= over - TOLERANCE):
                break
            state, over = 2 if push > 0 and least > row.aim[MOST] + TOLERANCE else 1, least
            for j in range(row.tally[NAMES]):
                row.name[KEPT, j] = row.name[WEIGHT, j]
            if push == 0:
                break
        if state < 0:
            continue
        if trial == 0 and rule and not keeps_rule(row, lay):
            continue
        over, apart = over if state == 2 else 0.0, 0.0
        for j in range(row.tally[NAMES]):
            apart += (row.name[KEPT, j] - row.name[WISH, j]) ** 2
        if over < best_over - 1e-9 or (over <= best_over + 1e-9 and apart < best - 1e-15):
            best_state, best_over, best = state + (RULED if trial > 0 else 0), over, apart
            out[:] = 0.0
            for j in range(row.tally[NAMES]):
                out[row.run[NAME, j]] = row.name[KEPT, j]
        if trial == 0:
            break
    return best_state


@compiled
def project(
    lay: Layout, wish: Floats, scale: Floats, kept: Bools, members: Bools, held: Floats, most: float, rule: bool,
    guide: Floats, goal: Floats, state: Ints,
) -> int:  # fmt: skip
    """The nearest weights to every row of scale x wish, (V, N), into goal.

    kept: (V,) rows that break nothing but, perhaps, the turnover limit. held: (V, N), or (V, 0) when turnover does not
    matter. guide: (N,) weights whose largest issuers may exceed 5 per cent, or (0,). state: (V,) 0 the wish itself,
    1 projected, 2 held back by the turnover limit, 3 beyond it because the limits force more, -1 no weights found.
    RULED is added where 5/10/40 took part. Returns how many rows have none.
    """
    # Long because the workspace is laid out here, once for all rows.
    names, issuers = lay.upper.shape[0], lay.owner_high.shape[1]
    row = Row(
        np.empty((7, names)),
        np.empty((4, names + 1), np.int64),
        np.empty((3, names)),
        np.empty((4, 2 * (lay.cell_start.shape[0] - 1))),
        np.zeros((4, issuers + 1), np.int64),
        np.empty((2, issuers)),
        np.zeros(3, np.int64),
        np.zeros(3),
    )
    x = np.zeros(lay.groups.shape[1] + 3)
    limited, failed = held.shape[1] > 0, 0
    for v in range(wish.shape[0]):
        for name in range(names):
            goal[v, name] = scale[v] * wish[v, name]
        total, away = 0.0, 0.0
        for name in range(names):
            total += goal[v, name]
            away += abs(goal[v, name] - held[v, name]) if limited else 0.0
        row.aim[TOTAL], row.aim[MOST] = total, most
        x[:] = 0.0
        state[v] = 0
        for wide in range(2 if limited else 1):  # first what is wished alone, then, if it turns too much, what is held
            if (wide == 1 or kept[v]) and state[v] >= 0 and (not limited or 0.5 * away <= most + TOLERANCE):
                break
            if wide == 0 and kept[v]:
                continue
            if state[v] < 0:
                x[:] = 0.0
            found = nearest(row, lay, wish[v], scale[v], members, held[v], wide == 1, rule, guide, x, goal[v])
            if found > 0:
                state[v] = found + wide
            else:  # where the limits alone can be met, they are
                state[v] = FORCED if wide == 1 and state[v] >= 0 else IMPOSSIBLE
            away = 0.0
            for name in range(names):
                away += abs(goal[v, name] - held[v, name]) if limited else 0.0
        failed += 1 if state[v] < 0 else 0
    return failed
