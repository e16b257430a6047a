"""Feasible weights are the nearest ones: by the conditions that prove it, and by what must not change them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from backtest.constraints import check_room, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.terms import Constraints

THEMES = ("capex", "adopter", "other")
LABELS = {"theme": "themes", "sector": "sectors", "country": "countries", "currency": "currencies"}
DAY = np.array(["2020-01-31"], dtype="datetime64[D]")


def panel_of(themes, **labels):
    blank = ("x",) * len(themes)
    plain_labels = {"sectors": blank, "countries": blank, "currencies": blank, "issuers": (), "issuer_groups": ()}
    return SimpleNamespace(
        assets=tuple(f"A{i}" for i in range(len(themes))), themes=themes, **{**plain_labels, **labels}
    )


def random_panel(rng, count):
    """Random labels that overlap; often with several lines of an issuer and issuers of one group of companies."""
    pick = lambda labels: tuple(labels[i] for i in rng.integers(0, len(labels), count))  # noqa: E731
    groups = tuple(f"C{int(i)}" for i in rng.integers(0, max(1, int(count * rng.choice([0.4, 1, 3]))), count))
    issuers = tuple(f"{group}{'ab'[int(k)]}" for group, k in zip(groups, rng.integers(0, 2, count), strict=True))
    owners = rng.random() < 0.6
    return panel_of(
        pick(THEMES),
        sectors=pick(("Energy", "IT", "Health", "Banks")),
        countries=pick(("US", "GB", "FR")),
        currencies=pick(("USD", "EUR")),
        issuers=issuers if owners else (),
        issuer_groups=groups if owners and rng.random() < 0.8 else (),
    )


def random_terms(rng, panel, held):
    count, terms = len(panel.assets), {}
    if rng.random() < 0.6:
        terms["max_name"] = min(1.0, float(rng.uniform(1.0, 4.0) / count))
        terms["min_name"] = terms["max_name"] * float(rng.uniform(0.0, 0.3)) if rng.random() < 0.3 else None
    for dimension, field in LABELS.items():
        caps, floors = {}, {}
        for label in sorted(set(getattr(panel, field))):
            share = getattr(panel, field).count(label) / count
            if rng.random() < 0.4:
                caps[label] = min(1.0, float(rng.uniform(0.4, 1.6) * share))
            if rng.random() < 0.15:
                floors[label] = min(caps.get(label, 1.0), float(rng.uniform(0.0, 0.9) * share))
        if rng.random() < 0.6:
            terms[f"max_{dimension}"], terms[f"min_{dimension}"] = caps, floors
    for key in ("max_issuer", "max_issuer_group"):
        if rng.random() < 0.3:
            terms[key] = min(1.0, float(rng.uniform(1.2, 4.5) / count))
    terms["min_cash"] = 0.05 if rng.random() < 0.3 else 0.0
    terms["fully_invested"] = bool(rng.random() < 0.2)
    if held is not None and rng.random() < 0.8:
        terms["max_turnover"] = float(rng.uniform(0.01, 0.6))
    return Constraints(**terms)


def drawn_from(seed):
    """(panel, constraints, wish (N,), members (N,), held (N,) or None)"""
    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(rng.integers(3, 30))
    panel = random_panel(rng, count)
    wish = rng.exponential(1.0, count) ** rng.integers(1, 4) * (rng.random(count) < 0.8)
    wish[0] += 0.01
    wish *= rng.choice([1.0, 1.0, 0.7]) / wish.sum()
    held = None
    if rng.random() < 0.6:
        held = rng.exponential(1.0, count) * (rng.random(count) < 0.7)
        held = wish * rng.uniform(0.7, 1.3, count) if rng.random() < 0.3 else held
        held *= 0.97 / max(held.sum(), 1e-9)
    return panel, random_terms(rng, panel, held), wish, rng.random(count) < 0.93, held


def written_out(situation, wide):
    """The problem as bounds (N,), the sum to reach, and sums with their bounds. wide: what is held may stay."""
    panel, terms, wish, members, held = situation
    room, wished = 1.0 - terms.min_cash, np.where(members, wish, 0.0)
    total = room if terms.fully_invested else min(wish.sum(), room)
    cap = 1.0 if terms.max_name is None else terms.max_name
    low, high = np.where(wished > 0.0, terms.min_name or 0.0, 0.0), np.where(wished > 0.0, cap, 0.0)
    if wide:
        high = np.where((wished == 0.0) & (held > 0.0), np.where(members, cap, np.minimum(cap, held)), high)
    rows, lows, highs = [np.ones(len(wish))], [-np.inf], [np.inf]
    for dimension, field in LABELS.items():
        caps, floors = getattr(terms, f"max_{dimension}"), getattr(terms, f"min_{dimension}")
        for label in sorted({*caps, *floors}):
            rows.append((np.array(getattr(panel, field)) == label).astype(float))
            lows.append(floors.get(label, -np.inf))
            highs.append(caps.get(label, np.inf))
    issuers = panel.issuers or panel.assets
    for names, most in ((issuers, terms.max_issuer), (panel.issuer_groups or issuers, terms.max_issuer_group)):
        for name in sorted(set(names)) if most is not None else ():
            rows.append((np.array(names) == name).astype(float))
            lows.append(-np.inf)
            highs.append(most)
    return SimpleNamespace(
        wish=wished * (total / wish.sum()), total=total, low=low, high=high, rows=np.array(rows), lows=np.array(lows),
        highs=np.array(highs),
    )  # fmt: skip


def best(told, direction):
    """What weights that meet all of it reach most in a direction, or None when there are none: a linear programme."""
    capped, floored = np.isfinite(told.highs), np.isfinite(told.lows)
    found = linprog(
        -direction,
        A_ub=np.vstack([told.rows[capped], -told.rows[floored], np.zeros((1, len(direction)))]),
        b_ub=np.concatenate([told.highs[capped], -told.lows[floored], [0.0]]),
        A_eq=np.ones((1, len(direction))),
        b_eq=[told.total],
        bounds=list(zip(told.low, told.high, strict=True)) if (told.low <= told.high).all() else [(1.0, 1.0)],
    )
    return -found.fun if found.status == 0 else None


@st.composite
def simple_situations(draw, most=30, rows=4):
    """A wish (V, N) with zeros and cash, a name cap and theme caps that may bind, and members."""
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 10**9))))
    count, variants = int(rng.integers(2, most)), int(rng.integers(1, rows + 1))
    themes = tuple(THEMES[i] for i in rng.integers(0, 3, count))
    wish = rng.exponential(1.0, (variants, count)) ** rng.integers(1, 4) * (rng.random((variants, count)) < 0.8)
    wish[:, 0] += 0.01
    wish *= rng.choice([1.0, 1.0, 0.7], (variants, 1)) / wish.sum(axis=1, keepdims=True)
    max_name = None if rng.random() < 0.2 else min(1.0, float(rng.uniform(1.0, 4.0) / count))
    picked = [theme for theme in sorted(set(themes)) if rng.random() < 0.5]
    constraints = Constraints(max_name=max_name, max_theme={t: float(rng.uniform(0.1, 0.9)) for t in picked})
    return wish, themes, constraints, rng.random(count) < 0.9


@st.composite
def situations(draw):
    """A random mandate with groups that overlap, issuers, floors and turnover."""
    return drawn_from(draw(st.integers(0, 10**9)))


def simply(situation):
    wish, themes, constraints, members = situation
    try:
        return feasible(wish, lay_out(constraints, panel_of(themes)), members).goal
    except ConstraintError:
        assume(False)


def solved(situation):
    panel, constraints, wish, members, held = situation
    limits = lay_out(constraints, panel)
    try:
        return limits, feasible(wish[None], limits, members, None if held is None else held[None])
    except ConstraintError:
        assume(False)


def binds(limits, target, name):
    return name in limits.names and target.binding[0, limits.names.index(name)]


@settings(max_examples=250, deadline=None, derandomize=True)
@given(simple_situations())
def test_every_cap_is_kept_and_every_zero(situation):
    wish, themes, constraints, members = situation
    weights = simply(situation)
    np.testing.assert_allclose(weights.sum(axis=1), wish.sum(axis=1), atol=1e-12)
    assert (weights >= 0.0).all()
    assert (weights[:, ~members] == 0.0).all() and (weights[wish == 0.0] == 0.0).all()
    assert weights.max() <= (constraints.max_name or 1.0) + 1e-12
    for theme, cap in constraints.max_theme.items():
        assert weights[:, np.array(themes) == theme].sum(axis=1).max(initial=0.0) <= cap + 1e-12


@settings(max_examples=250, deadline=None, derandomize=True)
@given(simple_situations())
def test_the_conditions_of_karush_kuhn_and_tucker_hold(situation):
    """What a name gives up, wish - weight, is the common level plus its theme's own level, which is not negative and is
    zero unless the theme's cap is reached; names at zero give up no more than that, names at the name cap no less.
    The problem is convex, so this proves the nearest point."""
    wish, themes, constraints, members = situation
    weights = simply(situation)
    cap = constraints.max_name or 1.0
    label = np.array(themes)
    for row, given_ in zip(weights, wish, strict=True):
        eligible = (given_ > 0) & members
        pull = given_ - row
        lows, highs, full = {}, {}, {}
        for theme in set(themes):
            mine = eligible & (label == theme)
            # the level of a theme: at most the pull of a name above zero, at least that of a name below the name cap
            highs[theme] = min(pull[mine & (row > 1e-13)], default=np.inf)
            lows[theme] = max(pull[mine & (row < cap - 1e-13)], default=-np.inf)
            full[theme] = row[label == theme].sum() >= constraints.max_theme.get(theme, np.inf) - 1e-11
            assert lows[theme] <= highs[theme] + 1e-10
        # one common level; a theme at its cap may stand above it, no theme below
        common_low = max([lows[t] for t in lows if not full[t]], default=-np.inf)
        common_high = min(highs.values())
        assert common_low <= common_high + 1e-10


def keeps(told, weights):
    """Whether weights meet everything written out, to 1e-12."""
    sums = told.rows @ weights
    return (
        (weights >= told.low - 1e-12).all()
        and (weights <= told.high + 1e-12).all()
        and (sums >= told.lows - 1e-12).all()
        and (sums <= told.highs + 1e-12).all()
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(situations())
def test_every_constraint_is_kept_and_the_turnover_limit_too_unless_it_is_said_to_bind(situation):
    _, constraints, _, _, held = situation
    limits, target = solved(situation)
    goal, turning = target.goal[0], binds(limits, target, "max_turnover")
    told = written_out(situation, wide=bool(turning))
    assert keeps(told, goal)
    assert goal.sum() == pytest.approx(told.total, abs=1e-12)
    if held is not None and constraints.max_turnover is not None and not turning:
        assert 0.5 * np.abs(goal - held).sum() <= constraints.max_turnover + 1e-12


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations())
def test_no_feasible_weights_lie_further_in_the_direction_of_the_wish(situation):
    """The nearest point of a convex set is the one where (wish - weights) . (other - weights) <= 0 for every other."""
    limits, target = solved(situation)
    assume(not binds(limits, target, "max_turnover"))
    told, goal = written_out(situation, wide=False), target.goal[0]
    direction = told.wish - goal
    assert best(told, direction) <= direction @ goal + 1e-7


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations())
def test_solving_twice_changes_nothing(situation):
    _, constraints, _, members, held = situation
    limits, target = solved(situation)
    turning = binds(limits, target, "max_turnover")
    assume(not target.goal[:, ~members].any())  # what is left of a name that is no member goes on leaving
    assume(constraints.min_name is None or not turning)  # what stays unwished may lie below the floor of what is wished
    held = None if held is None else held[None]
    forced = held is not None and 0.5 * np.abs(target.goal - held).sum() > limits.turnover + 1e-11
    again = feasible(target.goal, limits, members, held)
    np.testing.assert_allclose(again.goal, target.goal, atol=1e-6 if forced else 1e-12)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(situations(), st.integers(0, 10**6))
def test_the_order_of_the_names_does_not_matter(situation, seed):
    panel, constraints, wish, members, held = situation
    _, target = solved(situation)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(wish))
    fields = {key: tuple(value[i] for i in order) if value else () for key, value in vars(panel).items()}
    mixed = (SimpleNamespace(**fields), constraints, wish[order], members[order], None if held is None else held[order])
    _, other = solved(mixed)
    np.testing.assert_allclose(other.goal[0], target.goal[0][order], atol=1e-8)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(situations(), st.floats(0.05, 1.0))
def test_a_fully_invested_fund_looks_at_proportions_only(situation, share):
    panel, constraints, wish, members, held = situation
    full = constraints.model_copy(update={"fully_invested": True})
    _, target = solved((panel, full, wish, members, held))
    _, other = solved((panel, full, share * wish, members, held))
    np.testing.assert_allclose(other.goal, target.goal, atol=1e-8)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_rows_do_not_depend_on_each_other(seed):
    panel, constraints, wish, members, held = drawn_from(seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    rows = np.array([rng.permutation(wish) for _ in range(4)])
    helds = None if held is None else np.array([rng.permutation(held) for _ in range(4)])
    limits = lay_out(constraints, panel)
    try:
        together = feasible(rows, limits, members, helds)
    except ConstraintError:
        assume(False)
    for v in range(4):
        alone = feasible(rows[v : v + 1], limits, members, None if helds is None else helds[v : v + 1])
        assert alone.goal[0].tobytes() == together.goal[v].tobytes()
        assert (alone.binding[0] == together.binding[v]).all()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations(), st.floats(0.001, 0.1), st.floats(0.0, 0.05), st.booleans())
def test_names_are_left_alone_only_within_their_band_and_no_group_breaks(situation, band, least, edge):
    panel, constraints, wish, members, held = situation
    assume(held is not None)
    plainly, target = solved(situation)
    update = {"no_trade_band": band, "min_trade": least, "trade_to": "edge" if edge else "target"}
    banded = constraints.model_copy(update=update)
    _, left = solved((panel, banded, wish, members, held))
    goal, answer = target.goal[0], left.goal[0]
    alone = np.isnan(answer)
    assert (np.abs(goal - held)[alone] <= max(band + least, least) + 1e-15).all()
    assert (members[alone] & (goal[alone] > 0.0)).all()
    assert (answer[goal == 0.0] == 0.0).all()
    np.testing.assert_allclose(answer[~alone], goal[~alone], atol=band + 1e-15 if edge else 0.0)
    turning = bool(binds(plainly, target, "max_turnover"))
    told = written_out((panel, banded, wish, members, held), wide=turning)
    assert keeps(told, np.where(alone, held, answer))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_5_10_40_holds_and_is_no_worse_than_any_set_of_largest_issuers(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(rng.integers(18, 40))
    panel = panel_of(("other",) * count)
    wish = rng.exponential(1.0, count) ** 2
    wish /= wish.sum()
    limits, members = lay_out(Constraints(ucits_5_10_40=True), panel), np.ones(count, dtype=bool)
    goal = feasible(wish[None], limits, members).goal[0]
    assert goal.max() <= 0.10 + 1e-12
    assert goal[goal > 0.05 + 1e-12].sum() <= 0.40 + 1e-12
    assert goal.sum() == pytest.approx(1.0, abs=1e-12)
    largest = np.argsort(-wish)
    for k in range(9):
        inside = np.isin(np.arange(count), largest[:k])
        cap = np.where(inside, min(0.10, 0.40 / max(k, 1)), 0.05)  # within the set of that k
        level = np.linspace(-1.0, 1.0, 4001)
        other = np.clip(wish - level[:, None], 0.0, cap)
        near = other[np.argmin(np.abs(other.sum(axis=1) - 1.0))]
        assert ((goal - wish) ** 2).sum() <= ((near - wish) ** 2).sum() + 2e-3


@settings(max_examples=150, deadline=None, derandomize=True)
@given(simple_situations(rows=1))
def test_members_that_have_room_are_never_refused_and_others_always(situation):
    """The check before the run agrees with what the largest possible portfolio can carry, found theme by theme."""
    _, themes, constraints, members = situation
    cap = constraints.max_name or 1.0
    label = np.array(themes)
    most = sum(min(cap * members[label == t].sum(), constraints.max_theme.get(t, np.inf)) for t in set(themes))
    limits = lay_out(constraints, panel_of(themes))
    assume(abs(most - 1.0) > 1e-9)
    if most < 1.0:
        with pytest.raises(ConstraintError):
            check_room(limits, members[None], DAY)
    else:
        check_room(limits, members[None], DAY)
        everything = np.full((1, len(members)), 1.0 / len(members))
        assert feasible(everything, limits, members).goal.sum() == pytest.approx(1.0, abs=1e-12)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(situations())
def test_the_check_before_the_run_agrees_with_a_linear_programme(situation):
    panel, constraints, _, members, _ = situation
    terms = constraints.model_copy(update={"min_name": None, "fully_invested": True})
    everything = np.full(len(members), 1.0 / len(members))
    told = written_out((panel, terms, everything, members, None), wide=False)
    room = best(told, np.zeros(len(members)))
    try:
        check_room(lay_out(constraints, panel), members[None], DAY)
        found = True
    except ConstraintError:
        found = False
    assert found == (room is not None)
