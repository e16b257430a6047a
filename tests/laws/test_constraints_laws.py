"""Feasible weights are the nearest ones: by the conditions that prove it, and by what must not change them."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from backtest.constraints import check_room, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.terms import Constraints

oracle = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "oracles" / "test_nearest_weights.py"), run_name="oracle")
)
THEMES = ("capex", "adopter", "other")
DAY = np.array(["2020-01-31"], dtype="datetime64[D]")


def panel_of(themes):
    blank = ("x",) * len(themes)
    return SimpleNamespace(
        assets=tuple(f"A{i}" for i in range(len(themes))), themes=themes, sectors=blank, countries=blank,
        currencies=blank, issuers=(), issuer_groups=(),
    )  # fmt: skip


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
    """A random mandate with groups that overlap, issuers, floors and turnover, as the oracle's cases."""
    return oracle.situation(draw(st.integers(10**6, 10**9)))


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


@settings(max_examples=200, deadline=None, derandomize=True)
@given(situations())
def test_every_constraint_is_kept_or_the_turnover_limit_is_said_to_give_way(situation):
    panel, constraints, wish, members, held = situation
    limits, target = solved(situation)
    goal = target.goal[0]
    turning = binds(limits, target, "max_turnover")
    told = oracle.plain(panel, constraints, wish, members, held, wide=bool(turning))
    assert goal.sum() == pytest.approx(told["total"], abs=1e-12)
    assert (goal >= np.array(told["low"]) - 1e-12).all() and (goal <= np.array(told["high"]) + 1e-12).all()
    for assets, low, high in told["sums"]:
        assert low - 1e-12 <= goal[assets].sum() <= high + 1e-12
    if held is not None and constraints.max_turnover is not None and not turning:
        assert 0.5 * np.abs(goal - held).sum() <= constraints.max_turnover + 1e-11


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations())
def test_no_feasible_weights_lie_further_in_the_direction_of_the_wish(situation):
    """The nearest point of a convex set is the one where (wish - weights) . (other - weights) <= 0 for every other."""
    panel, constraints, wish, members, held = situation
    limits, target = solved(situation)
    assume(not binds(limits, target, "max_turnover"))
    told = oracle.plain(panel, constraints, wish, members, held, wide=False)
    goal = target.goal[0]
    direction = np.array(told["wish"]) - goal
    rows = np.zeros((len(told["sums"]), len(goal)))
    for row, (assets, _, _) in zip(rows, told["sums"], strict=True):
        row[assets] = 1.0
    low, high = (np.array([entry[k] for entry in told["sums"]]) for k in (1, 2))
    further = linprog(
        -direction,
        A_ub=np.vstack([rows, -rows]) if len(rows) else None,
        b_ub=np.concatenate([high, -low]) if len(rows) else None,
        A_eq=np.ones((1, len(goal))),
        b_eq=[told["total"]],
        bounds=list(zip(told["low"], told["high"], strict=True)),
    )
    assert further.status == 0
    assert -further.fun <= direction @ goal + 1e-7


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations())
def test_solving_twice_changes_nothing(situation):
    panel, constraints, wish, members, held = situation
    limits, target = solved(situation)
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
@given(st.integers(10**6, 10**9))
def test_rows_do_not_depend_on_each_other(seed):
    panel, constraints, wish, members, held = oracle.situation(seed)
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
    after = np.where(alone, held, answer)
    told = oracle.plain(panel, banded, wish, members, held, wide=bool(binds(plainly, target, "max_turnover")))
    assert (after <= np.array(told["high"]) + 1e-12).all()
    for assets, low, high in told["sums"]:
        assert low - 1e-12 <= after[assets].sum() <= high + 1e-12


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
    told = oracle.plain(panel, terms, everything, members, None, wide=False)
    rows = np.zeros((len(told["sums"]), len(members)))
    for row, (assets, _, _) in zip(rows, told["sums"], strict=True):
        row[assets] = 1.0
    low, high = (np.array([entry[k] for entry in told["sums"]]) for k in (1, 2))
    room = linprog(
        np.zeros(len(members)),
        A_ub=np.vstack([rows, -rows]) if len(rows) else None,
        b_ub=np.concatenate([high, -low]) if len(rows) else None,
        A_eq=np.ones((1, len(members))),
        b_eq=[told["total"]],
        bounds=list(zip(told["low"], told["high"], strict=True)),
    )
    try:
        check_room(lay_out(constraints, panel), members[None], DAY)
        found = True
    except ConstraintError:
        found = False
    assert found == (room.status == 0)
