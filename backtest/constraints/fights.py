"""Which constraints fight, when no weights meet them: linear programmes, asked only once something has failed.

The smallest set is found by leaving out one constraint after the other for as long as the rest still fight. Import this
module where something has failed and not before: scipy's solvers take most of a second to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from backtest.constraints.limits import DIMENSIONS, UCITS_GROUP, UCITS_INDEX, UCITS_ISSUER, Group, Limits
from backtest.constraints.solver import COMPANY, ISSUER, RULE_EACH, RULE_SUM, Ints
from backtest.errors import ConstraintError
from backtest.market.prices import Bools, Floats

UNIT = 1e4  # weights per unit of the programme, whose own tolerance is 1e-7
TOTAL, MAX_NAME, MIN_NAME, RULE = "total", "max_name", "min_name", "ucits_5_10_40"


@dataclass(frozen=True)
class Problem:
    """What is asked of the weights: members that may be held, the sum they reach, and the names that a wish holds."""

    limits: Limits
    eligible: Bools  # (N,)
    total: float
    wished: Bools | None  # (N,) names to which min_name applies; None before the simulation
    most: Floats | None = None  # (N,) what each may weigh before any limit; None: all of it

    @property
    def demands(self) -> tuple[str, ...]:
        """Names of all that is asked, the sum first."""
        skip = {"membership", "untraded", "min_cash", "max_turnover", "no_trade_band", "min_trade", "max_adv_share"}
        skip |= {MIN_NAME} if self.wished is None else set()
        return (TOTAL, *(name for name in self.limits.names if name not in skip))


@dataclass(frozen=True)
class Rows:
    """low <= matrix @ weights <= high."""

    matrix: csr_array
    low: Floats
    high: Floats


def solution(problem: Problem, demands: Sequence[str] | None = None) -> Floats | None:
    """Weights (N,) that meet the demands, all of the problem's unless some are named; None when there are none."""
    asked = problem.demands if demands is None else demands
    count = len(problem.eligible)
    rows = [_rows(problem, name) for name in asked if name != RULE]
    matrix = vstack([csr_array((0, count)), *(r.matrix for r in rows)], format="csr")
    low = UNIT * np.concatenate([[], *(r.low for r in rows)])
    high = UNIT * np.concatenate([[], *(r.high for r in rows)])
    most = np.ones(count) if problem.most is None else problem.most
    upper, whole = np.where(problem.eligible, UNIT * most, 0.0), np.zeros(count)
    if RULE in asked:
        matrix, low, high, upper, whole = _with_rule(problem, matrix, low, high, upper)
    answer = milp(
        np.zeros(matrix.shape[1]),
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(0.0, upper),
        integrality=whole,
    )
    return None if answer.x is None else np.asarray(answer.x[:count] / UNIT)


def _rows(problem: Problem, name: str) -> Rows:
    """One demand as rows; the caps of issuers in all their shapes."""
    limits, count = problem.limits, len(problem.eligible)
    terms = limits.constraints
    if name == TOTAL:
        return Rows(csr_array(np.ones((1, count))), np.array([problem.total]), np.array([problem.total]))
    if name == MAX_NAME:
        return Rows(eye_array(count, format="csr"), np.full(count, -np.inf), np.full(count, _name_cap(limits)))
    if name == MIN_NAME and problem.wished is not None:
        least = np.where(problem.wished, limits.layout.least, 0.0)
        return Rows(eye_array(count, format="csr"), least, np.full(count, np.inf))
    caps = {
        "max_issuer": (ISSUER, terms.max_issuer),
        "max_issuer_group": (COMPANY, terms.max_issuer_group),
        "ucits_group_20": (COMPANY, UCITS_GROUP),
        "ucits_index_20": (ISSUER, UCITS_INDEX),
    }
    if name in caps:
        kind, cap = caps[name]
        matrix = _owners(limits.layout.names[kind])
        return Rows(matrix, np.full(matrix.shape[0], -np.inf), np.full(matrix.shape[0], cap))
    group = next(g for g in limits.groups if name in (g.cap, g.floor))
    matrix = csr_array((np.ones(len(group.assets)), (np.zeros_like(group.assets), group.assets)), shape=(1, count))
    if name == group.cap:
        return Rows(matrix, np.array([-np.inf]), np.array([group.high]))
    return Rows(matrix, np.array([group.low]), np.array([np.inf]))


def _owners(owner: Ints) -> csr_array:
    """(J, N) ones where an asset belongs to an owner."""
    return csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(int(owner.max()) + 1, len(owner)))


def _with_rule(
    problem: Problem, matrix: csr_array, low: Floats, high: Floats, upper: Floats
) -> tuple[csr_array, Floats, Floats, Floats, Floats]:
    """The programme with 5/10/40: whether an issuer may exceed 5 per cent (0 or 1), and what it adds to the 40."""
    owners = _owners(problem.limits.layout.names[ISSUER])
    issuers, count = owners.shape
    one, none = eye_array(issuers, format="csr"), csr_array((issuers, issuers))
    each, summed = RULE_EACH * UNIT, csr_array(np.ones((1, issuers)))
    blocks = [
        hstack([matrix, csr_array((matrix.shape[0], 2 * issuers))]),
        hstack([owners, -(UCITS_ISSUER - RULE_EACH) * UNIT * one, none]),  # at most 5 per cent, or 10
        hstack([owners, each * one, -one]),  # what exceeds 5 per cent is added up
        hstack([csr_array((1, count + issuers)), summed]),
    ]
    limit = np.concatenate([high, np.full(2 * issuers, each), [RULE_SUM * UNIT]])
    floor = np.concatenate([low, np.full(2 * issuers + 1, -np.inf)])
    bounds = np.concatenate([upper, np.ones(issuers), np.full(issuers, UNIT)])
    whole = np.concatenate([np.zeros(count), np.ones(issuers), np.zeros(issuers)])
    return vstack(blocks, format="csr"), floor, limit, bounds, whole


def fighting(problem: Problem) -> tuple[str, ...]:
    """A smallest set of demands that cannot be met together."""
    kept = list(problem.demands)
    for name in problem.demands:
        fewer = [other for other in kept if other != name]
        if solution(problem, fewer) is None:
            kept = fewer
    return tuple(kept)


def explain_room(limits: Limits, members: Bools, day: np.datetime64) -> None:
    """Raise what is wrong on a decision date whose members leave no room."""
    where = f"[constraints], decision date {day}: "
    if not members.any():
        raise ConstraintError(
            f"{where}no asset is a member, so nothing can be held. "
            "Start later, or mend the listing dates in the universe."
        )
    if _simple(limits):
        raise ConstraintError(
            f"{where}the members cannot carry a fully invested portfolio: {_arithmetic(limits, members)} < "
            f"{limits.room:g}. Raise {_caps_in_force(limits)}, or widen the universe."
        )
    problem = Problem(limits, members, limits.room, None)
    fight = fighting(problem)
    mend = ", or widen the universe" if _more_names_help(problem, fight) else ""
    told = _told(problem, fight, "member")
    raise ConstraintError(f"{where}these cannot hold together: {told}. {_loosen(fight)}{mend}.")


def explain_wish(
    limits: Limits, wish: Floats, scale: float, members: Bools, held: Floats, variant: int | None
) -> Floats:
    """Raise why no weights keep the constraints; or, where some do after all, return them, (N,).

    held: (N,), or (0,) when a holding gives no right to weight. variant: its position, None when there is one only.
    """
    wished = (wish > 0.0) & members
    eligible = wished if len(held) == 0 else wished | (held > 0.0)
    total = float(scale * wish.sum())
    most = np.where(members, 1.0, held) if len(held) else np.ones(len(wish))
    problem = Problem(limits, eligible, total, wished, most)
    found = solution(problem)
    if found is not None:
        return found
    whose = _variant(variant)
    if _simple(limits) and limits.constraints.min_name is None and (members | ~eligible).all():
        raise ConstraintError(
            f"{whose}the strategy wishes weight for {int(eligible.sum())} members only, which can carry "
            f"{_arithmetic(limits, eligible)} < {total:.4g}. Names with a wish of zero stay at zero: let the "
            f"strategy spread its wish over more members, or raise {_caps_in_force(limits)} in [constraints]."
        )
    for group in limits.groups:
        if group.low > 0.0 and not eligible[group.assets].any():
            raise ConstraintError(
                f"{whose}{group.floor} {group.low:g}: the strategy wishes nothing in {group.label} that is a member. "
                f"Names with a wish of zero stay at zero: let it wish weight there, or lower {group.floor} in "
                "[constraints]."
            )
    fight, noun = fighting(problem), "wished member" if (eligible == wished).all() else "possible holding"
    raise ConstraintError(
        f"{whose}these cannot hold together: {_told(problem, fight, noun)}. Names with a wish of zero stay "
        f"at zero: {_loosen(fight, start='loosen')} in [constraints], or let the strategy wish for other names."
    )


def refuse_cash(variant: int | None) -> None:
    """Raise when a fully invested portfolio is wanted and nothing is wished."""
    raise ConstraintError(
        f"{_variant(variant)}fully_invested is set in [constraints] and the strategy wishes cash only, which cannot be "
        "scaled up. Let it wish weight for some member, or leave fully_invested out."
    )


def refuse_wish(limits: Limits, variant: int | None) -> None:
    """Raise when weights exist that keep the constraints by so little that the solver does not reach them."""
    raise ConstraintError(
        f"{_variant(variant)}the constraints leave next to no room for this wish, less than can be told from rounding. "
        f"Loosen one of {', '.join(limits.names[2:])} in [constraints] a little."
    )


def _variant(variant: int | None) -> str:
    return "" if variant is None else f"variant {variant + 1}: "


def _loosen(fight: Sequence[str], start: str = "Loosen") -> str:
    return f"{start} {'it' if len([name for name in fight if name != TOTAL]) == 1 else 'one of them'}"


def _told(problem: Problem, fight: Sequence[str], noun: str) -> str:
    """The fighting demands with their numbers, and what of the assets makes them fight."""
    terms = problem.limits.constraints
    groups = [g for g in problem.limits.groups if g.cap in fight or g.floor in fight]
    parts = []
    for name in fight:
        group = next((g for g in groups if name in (g.cap, g.floor)), None)
        if name == TOTAL:
            parts.append(f"weights that sum to {problem.total:.6g}")
        elif group is not None:
            parts.append(f"{name} {group.high if name == group.cap else group.low:g}")
        else:
            number = getattr(terms, name, None)
            parts.append(name if number is None or isinstance(number, bool) else f"{name} {number:g}")
    return "; ".join([*parts, *_remarks(problem, fight, groups, noun)])


def _remarks(problem: Problem, fight: Sequence[str], groups: Sequence[Group], noun: str) -> list[str]:
    """What a reader would look up next: how many names there are, and which label lies within which."""
    may, names = problem.eligible, problem.limits.layout.names
    remarks = []
    floors, caps = [g for g in groups if g.floor in fight], [g for g in groups if g.cap in fight]
    for floor in floors:
        mine = floor.assets[may[floor.assets]]
        for cap in caps:
            if cap.dimension != floor.dimension and len(mine) and np.isin(mine, cap.assets).all():
                remarks.append(f"every {noun} of {floor.label} is in {cap.label}")
    if {MAX_NAME, MIN_NAME} & set(fight):
        within = [g for g in groups if g in floors or MIN_NAME in fight]
        remarks += [f"{g.label} has {_counted(int(may[g.assets].sum()), noun)}" for g in within]
        remarks += [] if within else [f"there {_is(int(may.sum()))} {_counted(int(may.sum()), noun)}"]
    for kind, noun_of, keys in (
        (ISSUER, "issuer", {"max_issuer", RULE, "ucits_index_20"}),
        (COMPANY, "group of companies", {"max_issuer_group", "ucits_group_20"}),
    ):
        if keys & set(fight):
            owners = len(np.unique(names[kind][may]))
            remarks.append(f"the {noun}s belong to {_counted(owners, noun_of)}")
    return remarks


def _counted(count: int, noun: str) -> str:
    plural = noun.replace("group of", "groups of") if "group of" in noun else f"{noun}s"
    return f"{count if count else 'no'} {noun if count == 1 else plural}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _more_names_help(problem: Problem, fight: Sequence[str]) -> bool:
    """Whether the demands could be met if there were as many names as one likes, with any labels."""
    groups = [g for g in problem.limits.groups if g.cap in fight or g.floor in fight]
    labels: dict[str, list[str | None]] = {}
    for dimension in DIMENSIONS:
        known = sorted(g.label for g in groups if g.dimension == dimension)
        labels[dimension] = [*known, *([] if dimension == "theme" and len(known) == 3 else [None])]
    kinds = list(product(*labels.values()))
    rows, low, high = [np.ones(len(kinds))], [problem.total], [problem.total]
    if TOTAL not in fight:
        low, high = [0.0], [1.0]
    for group in groups:
        at = list(DIMENSIONS).index(group.dimension)
        rows.append(np.array([float(kind[at] == group.label) for kind in kinds]))
        low.append(group.low if group.floor in fight else 0.0)
        high.append(group.high if group.cap in fight else 1.0)
    asked = LinearConstraint(np.array(rows), low, high)
    answer = milp(np.zeros(len(kinds)), constraints=asked, bounds=Bounds(0.0, 1.0))
    return answer.x is not None


def _simple(limits: Limits) -> bool:
    """Whether max_name and the caps of one kind of label are all that limits the room, so that it can be added up."""
    terms = limits.constraints
    issuers = terms.max_issuer is not None or terms.max_issuer_group is not None
    floors = any(group.low > 0.0 for group in limits.groups)
    dimensions = {group.dimension for group in limits.groups}
    return len(dimensions) <= 1 and not (issuers or floors or terms.ucits_5_10_40 or terms.ucits_index_20)


def _arithmetic(limits: Limits, eligible: Bools) -> str:
    """'8 members x max_name 0.1 = 0.8', label by label where labels are capped."""
    cap, count = _name_cap(limits), int(eligible.sum())
    if not limits.groups:
        return f"{count} members x max_name {cap:g} = {count * cap:.4g}"
    parts, room, others = [], 0.0, count
    for group in limits.groups:
        mine = int(eligible[group.assets].sum())
        if mine * cap <= group.high:
            parts.append(f"{group.label} {mine} x max_name {cap:g} = {mine * cap:.4g}")
        else:
            parts.append(f"{group.label} at most max_{group.dimension} {group.high:g}")
        room += min(mine * cap, group.high)
        others -= mine
    plural = DIMENSIONS[limits.groups[0].dimension]
    parts.append(f"other {plural} {others} x max_name {cap:g} = {others * cap:.4g}")
    return f"{'; '.join(parts)}; together {room + others * cap:.4g}"


def _name_cap(limits: Limits) -> float:
    return 1.0 if limits.constraints.max_name is None else limits.constraints.max_name


def _caps_in_force(limits: Limits) -> str:
    names = [MAX_NAME] if _name_cap(limits) < 1.0 else []
    names += [group.cap for group in limits.groups]
    return " or ".join(names) if names else "no cap (none is set)"
