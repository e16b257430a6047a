"""What is said when the constraints leave no room: before the simulation, and at a decision."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from backtest.constraints import check_room, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.terms import Constraints

THEMES = ("capex", "capex", "adopter", "other")
DAYS = np.array(["2020-01-31", "2020-02-28"], dtype="datetime64[D]")


def panel_of(themes=THEMES, **labels):
    count = len(themes)
    given = {
        "assets": tuple(f"A{i}" for i in range(count)),
        "themes": themes,
        "sectors": ("IT",) * count,
        "countries": ("US",) * count,
        "currencies": ("USD",) * count,
        "issuers": (),
        "issuer_groups": (),
    }
    return SimpleNamespace(**{**given, **labels})


def checked(terms, panel, members=None, days=DAYS[:1]):
    members = np.ones((len(days), len(panel.assets)), dtype=bool) if members is None else np.array(members)
    check_room(lay_out(Constraints(**terms), panel), members, days)


def refused(terms, panel, members=None, days=DAYS[:1]):
    with pytest.raises(ConstraintError) as error:
        checked(terms, panel, members, days)
    return str(error.value)


def decided(wish, members=None, held=None, panel=None, **terms):
    wish, panel = np.atleast_2d(np.array(wish, dtype=float)), panel or panel_of()
    members = np.ones(wish.shape[1], dtype=bool) if members is None else np.array(members)
    with pytest.raises(ConstraintError) as error:
        feasible(wish, lay_out(Constraints(**terms), panel), members, held)
    return str(error.value)


def test_a_label_that_no_asset_has():
    with pytest.raises(ConstraintError) as error:
        lay_out(Constraints(max_sector={"Enrgy": 0.2}), panel_of(sectors=("Energy", "Energy", "IT", "IT")))
    assert str(error.value) == (
        "[constraints] max_sector.Enrgy: no asset of the universe has sector Enrgy. Did you mean Energy? "
        "The sectors are: Energy, IT."
    )
    with pytest.raises(ConstraintError, match=r"min_currency\.EUR: no asset .* currency EUR.* are: USD\."):
        lay_out(Constraints(min_currency={"EUR": 0.2}), panel_of())
    with pytest.raises(ConstraintError, match=r"max_theme\.adopter: no asset .*The themes are: other\."):
        lay_out(Constraints(max_theme={"adopter": 0.2}), panel_of(("other",) * 4))


def test_members_that_cannot_carry_the_portfolio_under_a_name_cap():
    assert refused({"max_name": 0.1}, panel_of(("other",) * 8), days=DAYS) == (
        "[constraints], decision date 2020-01-31: the members cannot carry a fully invested portfolio: "
        "8 members x max_name 0.1 = 0.8 < 1. Raise max_name, or widen the universe."
    )


def test_room_that_falls_short_by_little_falls_short():
    message = refused({"max_name": 0.1249}, panel_of(("other",) * 8))
    assert "8 members x max_name 0.1249 = 0.9992 < 1" in message


def test_what_the_cash_floor_keeps_back_need_not_be_carried():
    checked({"max_name": 0.12, "min_cash": 0.04}, panel_of(("other",) * 8))
    assert "= 0.8 < 0.96." in refused({"max_name": 0.1, "min_cash": 0.04}, panel_of(("other",) * 8))


def test_the_first_date_without_room_is_named_and_groups_are_added_up():
    terms = {"max_name": 0.4, "max_theme": {"capex": 0.3, "adopter": 0.2}}
    members = [[True] * 4, [True, True, True, False]]
    assert refused(terms, panel_of(), members, DAYS).startswith(
        "[constraints], decision date 2020-01-31: the members cannot carry"
    )
    assert refused(terms, panel_of(), members[1:], DAYS[1:]) == (
        "[constraints], decision date 2020-02-28: the members cannot carry a fully invested portfolio: "
        "adopter at most max_theme 0.2; capex at most max_theme 0.3; other themes 0 x max_name 0.4 = 0; together 0.5 "
        "< 1. Raise max_name or max_theme.adopter or max_theme.capex, or widen the universe."
    )


def test_a_group_short_of_names_is_counted_by_its_names():
    message = refused({"max_name": 0.1, "max_theme": {"capex": 0.3}}, panel_of())
    assert "capex 2 x max_name 0.1 = 0.2; other themes 2 x max_name 0.1 = 0.2; together 0.4" in message
    countries = panel_of(countries=("US", "US", "US", "GB"))
    message = refused({"max_name": 0.4, "max_country": {"US": 0.5}}, countries)
    assert "US at most max_country 0.5; other countries 1 x max_name 0.4 = 0.4; together 0.9 < 1" in message


def test_no_member_at_all_is_another_sentence():
    assert refused({}, panel_of(), [[False] * 4]) == (
        "[constraints], decision date 2020-01-31: no asset is a member, so nothing can be held. "
        "Start later, or mend the listing dates in the universe."
    )


def test_room_that_is_only_just_enough_is_enough():
    panel = panel_of(("other",) * 10)
    checked({"max_name": 0.1}, panel)
    wish = np.linspace(0.01, 0.19, 10)[None]
    target = feasible(wish, lay_out(Constraints(max_name=0.1), panel), np.ones(10, dtype=bool))
    assert target.goal == pytest.approx(np.full((1, 10), 0.1), abs=1e-13)
    checked({"max_theme": {"capex": 0.3, "adopter": 0.3, "other": 0.4}, "max_name": 0.4}, panel_of())
    checked({"ucits_5_10_40": True}, panel_of(("other",) * 16))


def test_a_floor_that_lies_within_a_smaller_cap():
    panel = panel_of(sectors=("Energy", "Energy", "IT", "IT"), countries=("US", "US", "GB", "GB"))
    assert refused({"max_country": {"US": 0.2}, "min_sector": {"Energy": 0.3}}, panel) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: min_sector.Energy 0.3; "
        "max_country.US 0.2; every member of Energy is in US. Loosen one of them, or widen the universe."
    )


def test_floors_that_add_up_to_more_than_all_are_not_mended_by_more_names():
    panel = panel_of(sectors=("Energy", "Energy", "IT", "IT"))
    assert refused({"min_sector": {"Energy": 0.6, "IT": 0.5}, "max_name": 0.9}, panel) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: weights that sum to 1; "
        "min_sector.Energy 0.6; min_sector.IT 0.5. Loosen one of them."
    )


def test_a_floor_for_too_few_names():
    panel = panel_of(("other",) * 8, sectors=("Energy",) * 2 + ("IT",) * 6)
    assert refused({"max_name": 0.2, "min_sector": {"Energy": 0.6}}, panel) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: max_name 0.2; min_sector.Energy 0.6; "
        "Energy has 2 members. Loosen one of them, or widen the universe."
    )


def test_issuers_and_groups_of_companies_that_are_too_few():
    assert refused({"ucits_5_10_40": True}, panel_of(("other",) * 12)) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: weights that sum to 1; ucits_5_10_40; "
        "the members belong to 12 issuers. Loosen it, or widen the universe."
    )
    groups = panel_of(("other",) * 20, issuer_groups=tuple("ABCDEFGH" * 3)[:20])
    assert refused({"ucits_5_10_40": True, "max_issuer_group": 0.1}, groups) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: weights that sum to 1; "
        "max_issuer_group 0.1; the members belong to 8 groups of companies. Loosen it, or widen the universe."
    )
    lines = panel_of(("other",) * 8, issuers=("A", "A", "B", "B", "C", "C", "D", "D"))
    assert "max_issuer 0.2; the members belong to 4 issuers" in refused({"max_issuer": 0.2}, lines)
    assert "ucits_index_20; the members belong to 4 issuers" in refused({"ucits_index_20": True}, lines)


def test_a_floor_on_names_is_left_to_the_decision_for_a_strategy_may_wish_few():
    checked({"min_name": 0.2}, panel_of(("other",) * 8))


def test_only_different_sets_of_members_are_looked_at_and_every_date_is():
    panel = panel_of(sectors=("Energy", "Energy", "IT", "IT"))
    days = np.arange("2020-01-01", "2020-01-21", dtype="datetime64[D]")
    members = np.ones((20, 4), dtype=bool)
    members[17, :2] = False
    message = refused({"min_sector": {"Energy": 0.3}}, panel, members, days)
    assert message == (
        "[constraints], decision date 2020-01-18: these cannot hold together: min_sector.Energy 0.3. "
        "Loosen it, or widen the universe."
    )


def test_a_wish_whose_own_zeros_leave_no_room_is_another_sentence():
    message = (
        "the strategy wishes weight for 2 members only, which can carry 2 members x max_name "
        "0.3 = 0.6 < 1. Names with a wish of zero stay at zero: let the strategy spread its wish over more members, "
        "or raise max_name in [constraints]."
    )
    assert decided([0.6, 0.4, 0.0, 0.0], max_name=0.3) == message
    assert decided([[0.25] * 4, [0.6, 0.4, 0.0, 0.0]], max_name=0.3) == f"variant 2: {message}"


def test_a_wish_for_names_that_are_no_members_only():
    message = decided([1.0, 0.0, 0.0, 0.0], members=[False, True, True, True])
    assert "wishes weight for 0 members only" in message
    assert "raise no cap (none is set)" in message


def test_a_floor_in_which_nothing_is_wished():
    assert decided([0.5, 0.5, 0.0, 0.0], min_theme={"adopter": 0.1}) == (
        "min_theme.adopter 0.1: the strategy wishes nothing in adopter that is a member. Names with a wish of zero "
        "stay at zero: let it wish weight there, or lower min_theme.adopter in [constraints]."
    )


def test_wished_names_that_cannot_fill_a_floor():
    assert decided([0.5, 0.3, 0.2, 0.0], min_theme={"adopter": 0.3}, max_name=0.25) == (
        "these cannot hold together: max_name 0.25; min_theme.adopter 0.3; adopter has 1 wished member. Names with a "
        "wish of zero stay at zero: loosen one of them in [constraints], or let the strategy wish for other names."
    )


def test_a_floor_on_names_that_more_names_are_wished_for_than_it_allows():
    assert decided([0.5, 0.3, 0.2, 0.0], min_name=0.4) == (
        "these cannot hold together: weights that sum to 1; min_name 0.4; there are 3 wished members. Names with a "
        "wish of zero stay at zero: loosen it in [constraints], or let the strategy wish for other names."
    )


def test_a_floor_on_names_above_the_cap_on_issuers():
    message = decided([0.5, 0.3, 0.2, 0.0], min_name=0.2, max_issuer=0.1)
    assert message.startswith("these cannot hold together: min_name 0.2; max_issuer 0.1; there are 3 wished members;")


def test_fully_invested_cannot_scale_up_nothing():
    assert decided([[0.5, 0.5, 0.0, 0.0], [0.0] * 4], fully_invested=True) == (
        "variant 2: fully_invested is set in [constraints] and the strategy wishes cash only, which cannot be scaled "
        "up. Let it wish weight for some member, or leave fully_invested out."
    )


def test_what_is_held_gives_room_under_a_turnover_limit():
    """Without a holding in the floor's theme the wish fails; with one, the holding fills the floor."""
    wish, held = np.array([[0.5, 0.5, 0.0, 0.0]]), np.array([[0.4, 0.4, 0.2, 0.0]])
    limits = lay_out(Constraints(min_theme={"adopter": 0.1}, max_turnover=0.5), panel_of())
    with pytest.raises(ConstraintError, match="wishes nothing in adopter"):
        feasible(wish, limits, np.ones(4, dtype=bool))
    target = feasible(wish, limits, np.ones(4, dtype=bool), held)
    np.testing.assert_allclose(target.goal[0], [0.45, 0.45, 0.1, 0.0], atol=1e-12)


def test_floors_of_the_lines_of_an_issuer_that_exceed_its_cap_together():
    panel = panel_of(("other",) * 10, issuers=("A", "A", "A", *(f"I{i}" for i in range(7))))
    message = decided([0.1] * 10, panel=panel, min_name=0.05, max_issuer=0.14)
    assert message.startswith("these cannot hold together: min_name 0.05; max_issuer 0.14; there are 10 wished members")
    message = decided([0.1] * 10, panel=panel_of(("other",) * 10, issuer_groups=panel.issuers), min_name=0.05,
                      max_issuer_group=0.14)  # fmt: skip
    assert message.startswith("these cannot hold together: min_name 0.05; max_issuer_group 0.14;")
