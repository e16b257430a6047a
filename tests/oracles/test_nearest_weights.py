"""A general solver for convex problems, cvxpy with CLARABEL, finds the same nearest weights, or none either.

The problem is written here a second time, as one would write it on paper: caps, floors and turnover over all names.
5/10/40 is not convex: on small cases every set of issuers that may exceed 5 per cent is tried.
cvxpy may warn, on import and of inaccurate answers; both are silenced here and nowhere else.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.constraints import check_room, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.terms import Constraints

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import cvxpy as cp

CASES, SETS = 250, 24
CLOSE = 1e-6  # in weights
TIGHT = {"solver": "CLARABEL", "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-11}
DIMENSIONS = {"theme": "themes", "sector": "sectors", "country": "countries", "currency": "currencies"}
DAY = np.array(["2020-01-31"], dtype="datetime64[D]")


@dataclass(frozen=True)
class Case:
    panel: SimpleNamespace
    terms: Constraints
    wish: np.ndarray  # (N,)
    members: np.ndarray  # (N,)
    held: np.ndarray | None  # (N,), None before the first purchase


def panel_of(**labels):
    """The labels of N assets, as a panel carries them; dimensions left out have one label for all."""
    count = len(next(iter(labels.values())))
    same = {"themes": "other", "sectors": "E", "countries": "US", "currencies": "USD"}
    plain = {key: (label,) * count for key, label in same.items()} | {"issuers": (), "issuer_groups": ()}
    return SimpleNamespace(assets=tuple(f"A{i}" for i in range(count)), **(plain | labels))


def random_panel(rng, count):
    """Labels that overlap across dimensions, companies with up to two issuers, issuers with several lines."""
    pick = lambda choices: tuple(choices[i] for i in rng.integers(0, len(choices), count))  # noqa: E731
    number = max(1, int(count * rng.choice([0.4, 1.0, 3.0])))
    companies = tuple(f"C{i}" for i in rng.integers(0, number, count))
    issuers = tuple(f"{company}{'ab'[k]}" for company, k in zip(companies, rng.integers(0, 2, count), strict=True))
    share_lines = rng.random() < 0.6
    return panel_of(
        themes=pick(("capex", "adopter", "other")),
        sectors=pick(("E", "F", "G", "H")),
        countries=pick(("US", "GB", "FR")),
        currencies=pick(("USD", "EUR")),
        issuers=issuers if share_lines else (),
        issuer_groups=companies if share_lines and rng.random() < 0.8 else (),
    )


def random_terms(rng, panel, turnover):
    """Caps and floors around the shares that labels have among the names, so that some bind and some cannot be met."""
    count, terms = len(panel.assets), {}
    if rng.random() < 0.6:
        terms["max_name"] = min(1.0, rng.uniform(1.3, 4.0) / count)
        if rng.random() < 0.3:
            terms["min_name"] = terms["max_name"] * rng.uniform(0.0, 0.3)
    for dimension, field in DIMENSIONS.items():
        labels = getattr(panel, field)
        caps, floors = {}, {}
        for label in sorted(set(labels)):
            share = labels.count(label) / count
            if rng.random() < 0.4:
                caps[label] = min(1.0, rng.uniform(0.5, 1.6) * share)
            if rng.random() < 0.2:
                floors[label] = min(caps.get(label, 1.0), share * rng.uniform(0.0, 1.1))
        if rng.random() < 0.5:
            terms |= {f"max_{dimension}": caps, f"min_{dimension}": floors}
    for key, odds, low, high in (("max_issuer", 0.3, 1.5, 4.0), ("max_issuer_group", 0.3, 2.0, 5.0)):
        if rng.random() < odds:
            terms[key] = min(1.0, rng.uniform(low, high) / count)
    terms |= {"min_cash": 0.05} if rng.random() < 0.3 else {}
    terms |= {"fully_invested": True} if rng.random() < 0.2 else {}
    terms |= {"max_turnover": rng.uniform(0.01, 0.6)} if turnover else {}
    return Constraints(**terms)


def random_wish(rng, count):
    """Even and uneven wishes with zeros, some of which leave cash."""
    wish = rng.exponential(1.0, count) ** rng.integers(1, 4) * (rng.random(count) < 0.8)
    wish[0] += 0.01
    return wish * rng.choice([1.0, 1.0, 0.7]) / wish.sum()


def random_case(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(rng.integers(3, 25))
    panel, wish, held = random_panel(rng, count), random_wish(rng, count), None
    if rng.random() < 0.6:
        far = rng.exponential(1.0, count) * (rng.random(count) < 0.7)
        held = wish * rng.uniform(0.7, 1.3, count) if rng.random() < 0.3 else 0.97 * far / max(far.sum(), 1e-9)
        held /= max(held.sum(), 1.0)
    terms = random_terms(rng, panel, turnover=held is not None and rng.random() < 0.8)
    return Case(panel, terms, wish, rng.random(count) < 0.93, held)


def ours(case):
    """(goal, names of what binds), or None when no weights are found."""
    held = None if case.held is None else case.held[None]
    try:
        limits = lay_out(case.terms, case.panel)
        target = feasible(case.wish[None], limits, case.members, held)
    except ConstraintError:
        return None
    return target.goal[0], {name for name, binds in zip(limits.names, target.binding[0], strict=True) if binds}


def where(labels, label):
    return np.flatnonzero(np.array(labels) == label)


def scaled(case):
    """The wish, scaled to what may be invested; what is no member counts in the sum, and gets nothing."""
    total, room = case.wish.sum(), 1.0 - case.terms.min_cash
    aim = room if case.terms.fully_invested else min(total, room)
    return np.where(case.members, case.wish * (aim / total), 0.0), aim


def demands(case, weights, keep_held):
    """Every constraint but turnover. keep_held: what is held may be kept even where nothing is wished."""
    terms, panel, wished = case.terms, case.panel, (case.wish > 0.0) & case.members
    upper = np.full(len(case.wish), 1.0 if terms.max_name is None else terms.max_name)
    held = case.held if keep_held else np.zeros(len(upper))
    upper = np.where(case.members, upper, np.minimum(upper, held))
    upper = np.where(wished | (held > 0.0), upper, 0.0)
    asked = [weights >= np.where(wished, terms.min_name or 0.0, 0.0), weights <= upper]
    asked.append(cp.sum(weights) == scaled(case)[1])
    for dimension, field in DIMENSIONS.items():
        labels = getattr(panel, field)
        caps, floors = getattr(terms, f"max_{dimension}"), getattr(terms, f"min_{dimension}")
        asked += [cp.sum(weights[where(labels, label)]) <= cap for label, cap in caps.items()]
        asked += [cp.sum(weights[where(labels, label)]) >= floor for label, floor in floors.items()]
    issuers = panel.issuers or panel.assets
    for cap, owners in ((terms.max_issuer, issuers), (terms.max_issuer_group, panel.issuer_groups or issuers)):
        if cap is not None:
            asked += [cp.sum(weights[where(owners, owner)]) <= cap for owner in sorted(set(owners))]
    return asked


def minimised(aim, asked):
    """Whether the solver found a minimum."""
    problem = cp.Problem(cp.Minimize(aim), asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem.solve(**TIGHT)
    return problem.status in ("optimal", "optimal_inaccurate")


def theirs(case):
    """(situation, weights): "met" when turnover does not matter, "held back", "forced" beyond it, "impossible"."""
    weights = cp.Variable(len(case.wish))
    apart, alone = cp.sum_squares(weights - scaled(case)[0]), demands(case, weights, keep_held=False)
    found, most = minimised(apart, alone), case.terms.max_turnover
    if most is None or case.held is None:
        return ("met", weights.value) if found else ("impossible", None)
    if found and 0.5 * np.abs(weights.value - case.held).sum() <= most:
        return "met", weights.value
    turnover, asked = 0.5 * cp.norm1(weights - case.held), demands(case, weights, keep_held=True)
    if minimised(apart, [*asked, turnover <= most]):
        return "held back", weights.value
    if not minimised(turnover, asked):
        return "impossible", None
    least = float(turnover.value)
    assert minimised(apart, [*asked, turnover <= least + 1e-10])
    return "forced", weights.value


@pytest.fixture(scope="module")
def answers():
    """(case, our answer, their situation, their weights) of every case."""
    cases = [random_case(seed) for seed in range(CASES)]
    return [(case, ours(case), *theirs(case)) for case in cases]


def test_the_weights_are_those_of_the_general_solver(answers):
    for seed, (_, mine, _, weights) in enumerate(answers):
        if mine is not None and weights is not None:
            np.testing.assert_allclose(mine[0], weights, atol=CLOSE, rtol=0.0, err_msg=f"seed {seed}")


def test_both_find_the_same_cases_impossible(answers):
    wrong = [seed for seed, (_, mine, _, weights) in enumerate(answers) if (mine is None) != (weights is None)]
    assert wrong == []


def test_turnover_binds_where_it_holds_back_and_where_it_is_exceeded(answers):
    for case, mine, situation, weights in answers:
        if mine is not None:
            assert ("max_turnover" in mine[1]) == (situation in ("held back", "forced"))
        if situation in ("held back", "forced"):
            turnover, most = 0.5 * np.abs(mine[0] - case.held).sum(), case.terms.max_turnover
            least = 0.5 * np.abs(weights - case.held).sum()
            assert turnover <= (most + 1e-12 if situation == "held back" else least + 1e-8)


def test_the_cases_held_every_situation(answers):
    """A comparison of easy cases would prove little: each situation came up often, and each constraint bound."""
    often = Counter(situation for _, _, situation, _ in answers)
    assert often["met"] >= 60 and often["held back"] >= 20 and often["forced"] >= 10
    assert 20 <= often["impossible"] <= CASES / 3
    bound = Counter(name.split(".")[0] for _, mine, _, _ in answers if mine is not None for name in mine[1])
    kinds = {f"{side}_{dimension}" for side in ("max", "min") for dimension in DIMENSIONS}
    kinds |= {"membership", "min_cash", "max_name", "min_name", "max_issuer", "max_issuer_group", "max_turnover"}
    assert {kind: bound[kind] for kind in kinds if bound[kind] < 3} == {}
    found = [case for case, mine, _, _ in answers if mine is not None]
    assert sum(case.terms.fully_invested for case in found) >= 10
    several = [len(set(case.panel.issuers)) < len(case.wish) for case in found if case.panel.issuers]
    assert sum(several) >= 10  # issuers with several lines


def test_the_room_of_members_is_what_the_general_solver_finds():
    """check_room refuses what no weights meet and nothing else, floors and overlaps included; min_name is left out."""
    verdicts = Counter()
    for seed in range(1000, 1100):
        case = random_case(seed)
        terms = case.terms.model_copy(update={"max_turnover": None, "min_name": None, "fully_invested": True})
        even = np.full(len(case.wish), 1.0 / len(case.wish))
        asked = Case(case.panel, terms, even, case.members, None)
        weights = cp.Variable(len(even))
        there_is = bool(case.members.any()) and minimised(cp.sum(weights), demands(asked, weights, keep_held=False))
        try:
            check_room(lay_out(terms, case.panel), case.members[None], DAY)
            found = True
        except ConstraintError:
            found = False
        assert found == there_is, f"seed {seed}"
        verdicts[found] += 1
    assert min(verdicts[True], verdicts[False]) >= 20


def rule_case(seed, sectors, lines):
    """A wish of 7 or 8 issuers whose large ones exceed 40 per cent together, in sectors or with lines if asked."""
    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(rng.integers(7, 9))
    owner = [*range(count), *(rng.integers(0, count, 3).tolist() if lines else [])]
    issuers, sector = tuple(f"I{i}" for i in owner), tuple("EFG"[i] for i in rng.integers(0, 3, len(owner)))
    wish = rng.exponential(1.0, len(owner)) ** rng.choice([0.5, 1.0])
    wish *= rng.uniform(0.42, 0.05 * count + 0.21) / wish.sum()
    caps = {s: rng.uniform(0.15, 0.45) for s in sorted(set(sector)) if sectors and rng.random() < 0.6}
    terms = Constraints(ucits_5_10_40=True, max_sector=caps)
    return Case(panel_of(sectors=sector, issuers=issuers), terms, wish, np.ones(len(owner), dtype=bool), None)


def nearest_of_sets(case):
    """(distance of the best set, its weights, distance of the best set of the k largest issuers); infinite when none.

    A set holds the issuers that may exceed 5 per cent, at most 10 each and 40 together; all sets are tried.
    """
    issuers = sorted(set(case.panel.issuers))
    owns = np.array([[float(mine == issuer) for mine in case.panel.issuers] for issuer in issuers])
    weights, cap = cp.Variable(len(case.wish)), cp.Parameter(len(issuers))
    large = cp.Parameter(len(issuers), nonneg=True)
    asked = [*demands(case, weights, keep_held=False), owns @ weights <= cap, large @ (owns @ weights) <= 0.4]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(weights - case.wish)), asked)
    order = np.argsort(-(owns @ case.wish), kind="stable")
    best, of_largest, chosen = np.inf, np.inf, None
    for chosen_set in product((0.0, 1.0), repeat=len(issuers)):
        picked = np.array(chosen_set)
        if min(0.1 * picked.sum(), 0.4) + 0.05 * (1.0 - picked).sum() < case.wish.sum() - 1e-9:
            continue  # these caps do not add up to what is wished
        cap.value, large.value = 0.05 + 0.05 * picked, picked
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem.solve(**TIGHT)
        if problem.status not in ("optimal", "optimal_inaccurate"):
            continue
        if problem.value < best:
            best, chosen = problem.value, weights.value.copy()
        if picked[order[: int(picked.sum())]].all():
            of_largest = min(of_largest, problem.value)
    return best, chosen, of_largest


def test_5_10_40_is_the_nearest_over_all_sets_of_issuers():
    broken = Counter()
    for seed in range(SETS):
        case = rule_case(seed, sectors=False, lines=False)
        (_, weights, _), mine = nearest_of_sets(case), ours(case)
        assert (mine is None) == (weights is None), f"seed {seed}"
        if mine is None:
            broken["impossible"] += 1
            continue
        broken["wish"] += case.wish[case.wish > 0.05].sum() > 0.4
        np.testing.assert_allclose(mine[0], weights, atol=CLOSE, rtol=0.0, err_msg=f"seed {seed}")
        assert "ucits_5_10_40" in mine[1] or np.array_equal(mine[0], case.wish)
    assert broken["wish"] >= 12 and broken["impossible"] >= 1


@pytest.mark.parametrize("sectors, lines", [(True, False), (False, True)])
def test_5_10_40_within_sectors_and_over_lines_lies_between_the_best_set_and_the_best_of_the_largest(sectors, lines):
    """There the k largest issuers need not be the best set: never worse than those, never better than can be."""
    met = Counter()
    for seed in range(100, 100 + SETS // 2):
        case = rule_case(seed, sectors, lines)
        (best, weights, of_largest), mine = nearest_of_sets(case), ours(case)
        assert (mine is None) == (weights is None), f"seed {seed}"
        if mine is not None:
            apart = ((mine[0] - case.wish) ** 2).sum()
            assert best - 1e-9 <= apart <= of_largest + 1e-9, f"seed {seed}"
            met["binds"] += "ucits_5_10_40" in mine[1]
    assert met["binds"] >= 6
