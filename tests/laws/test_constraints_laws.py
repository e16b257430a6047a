"""Feasible weights are the nearest ones: by the conditions that prove it, and against a general solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from backtest.constraints import check_full_investment, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.mandate import Constraints

THEMES = ("capex", "adopter", "other")


@st.composite
def situations(draw, most=30, rows=4):
    """A wish (V, N) with zeros and cash, caps that may bind, and members; room for all of it."""
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 10**9))))
    count, variants = int(rng.integers(2, most)), int(rng.integers(1, rows + 1))
    themes = tuple(THEMES[i] for i in rng.integers(0, 3, count))
    wish = rng.exponential(1.0, (variants, count)) ** rng.integers(1, 4) * (rng.random((variants, count)) < 0.8)
    wish[:, 0] += 0.01
    wish *= rng.choice([1.0, 1.0, 0.7], (variants, 1)) / wish.sum(axis=1, keepdims=True)
    max_name = None if rng.random() < 0.2 else min(1.0, float(rng.uniform(1.0, 4.0) / count))
    picked = [theme for theme in THEMES if rng.random() < 0.5]
    constraints = Constraints(max_name=max_name, max_theme={t: float(rng.uniform(0.1, 0.9)) for t in picked})
    members = rng.random(count) < 0.9
    return wish, themes, constraints, members


def solved(situation):
    wish, themes, constraints, members = situation
    try:
        return feasible(wish, lay_out(constraints, themes), members)
    except ConstraintError:
        assume(False)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(situations())
def test_every_constraint_is_kept(situation):
    wish, themes, constraints, members = situation
    weights, _ = solved(situation)
    np.testing.assert_allclose(weights.sum(axis=1), wish.sum(axis=1), atol=1e-12)
    assert (weights >= 0.0).all()
    assert (weights[:, ~members] == 0.0).all() and (weights[wish == 0.0] == 0.0).all()
    assert weights.max() <= (constraints.max_name or 1.0) + 1e-12
    for theme, cap in constraints.max_theme.items():
        assert weights[:, np.array(themes) == theme].sum(axis=1).max(initial=0.0) <= cap + 1e-12


@settings(max_examples=300, deadline=None, derandomize=True)
@given(situations())
def test_the_conditions_of_karush_kuhn_and_tucker_hold(situation):
    """What a name gives up, wish - weight, is the common level plus its theme's own level, which is not negative and is
    zero unless the theme's cap is reached; names at zero give up no more than that, names at the name cap no less.
    The problem is convex, so this proves the nearest point."""
    wish, themes, constraints, members = situation
    weights, _ = solved(situation)
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


@settings(max_examples=60, deadline=None, derandomize=True)
@given(situations(most=9, rows=1))
def test_a_general_solver_finds_the_same_point(situation):
    """scipy's SLSQP on the same quadratic programme, to 1e-6."""
    wish, themes, constraints, members = situation
    weights, binding = solved(situation)
    assume(binding)
    cap = constraints.max_name or 1.0
    bounds = [(0.0, cap if m and w > 0 else 0.0) for w, m in zip(wish[0], members, strict=True)]
    label, total = np.array(themes), wish.sum()
    rules = [{"type": "eq", "fun": lambda w: w.sum() - total, "jac": lambda w: np.ones_like(w)}]
    for theme, limit in constraints.max_theme.items():
        mask = (label == theme).astype(float)
        rules.append({"type": "ineq", "fun": lambda w, m=mask, c=limit: c - m @ w, "jac": lambda w, m=mask: -m})
    start = np.array([high for _, high in bounds])
    start *= total / start.sum()
    answer = minimize(
        lambda w: 0.5 * ((w - wish[0]) ** 2).sum(),
        start,
        jac=lambda w: w - wish[0],
        bounds=bounds,
        constraints=rules,
        options={"ftol": 1e-16, "maxiter": 500},
    )
    if answer.success or answer.status == 8:  # 8: no further descent, reached at this precision
        ours, theirs = (((w - wish[0]) ** 2).sum() for w in (weights[0], answer.x))
        assert ours <= theirs + 1e-9
        np.testing.assert_allclose(weights[0], answer.x, atol=1e-6)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations())
def test_solving_twice_changes_nothing(situation):
    _, themes, constraints, members = situation
    weights, _ = solved(situation)
    again, _ = feasible(weights, lay_out(constraints, themes), members)
    np.testing.assert_allclose(again, weights, atol=1e-12)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(situations(rows=1))
def test_members_that_have_room_are_never_refused_and_others_always(situation):
    """The check before the run agrees with what the largest possible portfolio can carry, found theme by theme."""
    _, themes, constraints, members = situation
    cap = constraints.max_name or 1.0
    label = np.array(themes)
    most = sum(min(cap * members[label == t].sum(), constraints.max_theme.get(t, np.inf)) for t in set(themes))
    caps, date = lay_out(constraints, themes), np.array(["2020-01-31"], dtype="datetime64[D]")
    assume(abs(most - 1.0) > 1e-9)
    if most < 1.0:
        with pytest.raises(ConstraintError):
            check_full_investment(members[None], date, caps)
    else:
        check_full_investment(members[None], date, caps)
        everything = np.full((1, len(members)), 1.0 / len(members))
        weights, _ = feasible(everything, caps, members)
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
