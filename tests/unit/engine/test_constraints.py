"""Caps in, feasible weights out; and what is said when none are."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.constraints import check_full_investment, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.mandate import Constraints

THEMES = ("capex", "capex", "adopter", "other")
ALL = np.ones(4, dtype=bool)


def nearest(wish, members=ALL, themes=THEMES, **caps):
    weights, binding = feasible(np.atleast_2d(wish), lay_out(Constraints(**caps), themes), members)
    return weights[0].round(14).tolist(), binding


def test_a_wish_that_keeps_every_cap_comes_back_to_the_bit():
    wish = np.array([[0.4, 0.3, 0.2, 0.1]])
    weights, binding = feasible(wish, lay_out(Constraints(max_name=0.4, max_theme={"capex": 0.7}), THEMES), ALL)
    assert weights is wish
    assert binding == ()


def test_a_name_cap_hands_the_excess_on_in_equal_parts():
    assert nearest([0.5, 0.3, 0.2, 0.0], max_name=0.4) == ([0.4, 0.35, 0.25, 0.0], ("max_name",))


def test_a_theme_cap_takes_equally_from_its_names_and_gives_equally_to_the_others():
    assert nearest([0.5, 0.3, 0.1, 0.1], max_theme={"capex": 0.4}) == ([0.3, 0.1, 0.3, 0.3], ("max_theme.capex",))


def test_handing_on_can_make_the_next_cap_bind():
    weights, binding = nearest([0.5, 0.3, 0.1, 0.1], max_name=0.33, max_theme={"capex": 0.4, "adopter": 0.28})
    assert weights == [0.3, 0.1, 0.28, 0.32]
    assert binding == ("max_name", "max_theme.adopter", "max_theme.capex")


def test_a_wish_of_zero_stays_zero_and_cash_stays_cash():
    weights, _ = nearest([0.5, 0.0, 0.1, 0.0], max_name=0.35)
    assert weights == [0.35, 0.0, 0.25, 0.0]


def test_a_name_that_is_no_member_gets_nothing_and_the_result_says_so():
    members = np.array([True, False, True, True])
    assert nearest([0.4, 0.3, 0.2, 0.1], members) == ([0.5, 0.0, 0.3, 0.2], ("membership",))


def test_each_variant_is_solved_for_itself():
    wish = np.array([[0.5, 0.3, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4], [0.25, 0.25, 0.25, 0.25]])
    caps = lay_out(Constraints(max_name=0.3, max_theme={"capex": 0.45}), THEMES)
    together, _ = feasible(wish, caps, ALL)
    for row, weights in zip(wish, together, strict=True):
        np.testing.assert_allclose(feasible(row[None], caps, ALL)[0][0], weights, atol=1e-15)


def test_members_that_cannot_carry_the_portfolio_under_a_name_cap():
    caps = lay_out(Constraints(max_name=0.1), ("other",) * 8)
    with pytest.raises(ConstraintError) as error:
        check_full_investment(
            np.ones((2, 8), dtype=bool), np.array(["2020-01-31", "2020-02-28"], dtype="datetime64[D]"), caps
        )
    assert str(error.value) == (
        "[constraints], decision date 2020-01-31: the members cannot carry a fully invested portfolio: "
        "8 members x max_name 0.1 = 0.8 < 1. Raise max_name, or widen the universe."
    )


def test_room_that_falls_short_by_little_falls_short():
    caps, date = lay_out(Constraints(max_name=0.1249), ("other",) * 8), np.array(["2020-01-31"], dtype="datetime64[D]")
    with pytest.raises(ConstraintError, match=r"8 members x max_name 0\.1249 = 0\.9992 < 1"):
        check_full_investment(np.ones((1, 8), dtype=bool), date, caps)


def test_the_first_date_without_room_is_named_and_themes_are_added_up():
    caps = lay_out(Constraints(max_name=0.4, max_theme={"capex": 0.3, "adopter": 0.2}), THEMES)
    members = np.array([[True] * 4, [True, True, True, False]])
    with pytest.raises(ConstraintError) as error:
        check_full_investment(members[[1]], np.array(["2020-02-28"], dtype="datetime64[D]"), caps)
    assert str(error.value) == (
        "[constraints], decision date 2020-02-28: the members cannot carry a fully invested portfolio: "
        "adopter at most max_theme 0.2; capex at most max_theme 0.3; other themes 0 x max_name 0.4 = 0; together 0.5 "
        "< 1. Raise max_name or max_theme.adopter or max_theme.capex, or widen the universe."
    )


def test_a_theme_short_of_names_is_counted_by_its_names():
    caps = lay_out(Constraints(max_name=0.1, max_theme={"capex": 0.3}), THEMES)
    with pytest.raises(
        ConstraintError, match=r"capex 2 x max_name 0\.1 = 0\.2; other themes 2 x max_name 0\.1 = 0\.2; together 0\.4"
    ):
        check_full_investment(np.ones((1, 4), dtype=bool), np.array(["2020-01-31"], dtype="datetime64[D]"), caps)


def test_no_member_at_all_is_another_sentence():
    with pytest.raises(ConstraintError, match="decision date 2020-01-31: no asset is a member, so nothing can be held"):
        check_full_investment(
            np.zeros((1, 4), dtype=bool),
            np.array(["2020-01-31"], dtype="datetime64[D]"),
            lay_out(Constraints(), THEMES),
        )


def test_room_that_is_only_just_enough_is_enough():
    caps = lay_out(Constraints(max_name=0.1), ("other",) * 10)
    check_full_investment(np.ones((1, 10), dtype=bool), np.array(["2020-01-31"], dtype="datetime64[D]"), caps)
    weights, _ = feasible(np.linspace(0.01, 0.19, 10)[None], caps, np.ones(10, dtype=bool))
    assert weights == pytest.approx(np.full((1, 10), 0.1), abs=1e-15)


def test_a_wish_whose_own_zeros_leave_no_room_is_another_sentence():
    with pytest.raises(ConstraintError) as error:
        nearest([0.6, 0.4, 0.0, 0.0], max_name=0.3)
    assert str(error.value) == (
        "the strategy wishes weight for 2 members only, which can carry 2 members x max_name "
        "0.3 = 0.6 < 1. Names with a wish of zero stay at zero: let the strategy spread its wish over more members, "
        "or raise max_name in [constraints]."
    )


def test_a_wish_for_names_that_are_no_members_only():
    with pytest.raises(ConstraintError, match=r"wishes weight for 0 members only.*raise no cap \(none is set\)"):
        nearest([1.0, 0.0, 0.0, 0.0], members=np.array([False, True, True, True]))
