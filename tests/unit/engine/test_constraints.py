"""A wish and limits in, feasible weights out; what is left alone; and who is named when constraints fight."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from backtest.constraints import MAX_ADV_SHARE, MEMBERSHIP, UNTRADED, check_room, feasible, lay_out
from backtest.errors import ConstraintError
from backtest.terms import Constraints

ALONE = None  # how a name that is left alone is written here
DATES = np.array(["2020-01-31"], dtype="datetime64[D]")
ZEROS = "Names with a wish of zero stay at zero: "


def panel_of(count=4, **labels):
    """Four names whose labels overlap: capex is Energy, GB lies within it. Other counts are alike in all."""
    known = {
        "themes": ("capex", "capex", "adopter", "other"),
        "sectors": ("Energy", "Energy", "Tech", "Tech"),
        "countries": ("US", "GB", "US", "US"),
        "currencies": ("USD", "GBP", "USD", "USD"),
    }
    alike = {"themes": "other", "sectors": "Tech", "countries": "US", "currencies": "USD"}
    same = known if count == 4 else {key: (label,) * count for key, label in alike.items()}
    owners = {"issuers": (), "issuer_groups": ()}
    return SimpleNamespace(assets=tuple(f"A{i}" for i in range(count)), **(same | owners | labels))


def limits_of(panel=None, **terms):
    return lay_out(Constraints(**terms), panel or panel_of())


def nearest(wish, panel=None, members=None, held=None, **terms):
    """(weights, names of what binds) of one variant under the terms."""
    limits = limits_of(panel or panel_of(len(wish)), **terms)
    members = np.ones(len(wish), dtype=bool) if members is None else np.array(members)
    rows = None if held is None else np.array([held], dtype=float)
    target = feasible(np.array([wish], dtype=float), limits, members, rows)
    weights = [ALONE if np.isnan(w) else round(w, 13) for w in target.goal[0].tolist()]
    return weights, tuple(name for name, binds in zip(limits.names, target.binding[0], strict=True) if binds)


def refused(wish, **more):
    with pytest.raises(ConstraintError) as error:
        nearest(wish, **more)
    return str(error.value)


def without_room(panel=None, **terms):
    """What is said before the simulation when all are members."""
    panel = panel or panel_of()
    with pytest.raises(ConstraintError) as error:
        check_room(limits_of(panel, **terms), np.ones((1, len(panel.assets)), dtype=bool), DATES)
    return str(error.value)


# What is nearest: name caps, theme caps, zeros and members.


@pytest.mark.parametrize(
    "terms",
    [{}, {"max_name": 0.4, "max_theme": {"capex": 0.7}}, {"max_name": 0.4, "min_cash": 0.0, "ucits_index_20": False}],
)
def test_a_wish_that_keeps_everything_comes_back_to_the_bit(terms):
    wish = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.1 + 0.2]])
    target = feasible(wish, limits_of(**terms), np.ones(4, dtype=bool))
    np.testing.assert_array_equal(target.goal, wish)
    assert np.shares_memory(target.goal, wish)
    assert target.binding.shape == (2, len(limits_of(**terms).names)) and not target.binding.any()


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
    assert nearest([0.4, 0.3, 0.2, 0.1], members=[True, False, True, True]) == ([0.5, 0.0, 0.3, 0.2], ("membership",))


def test_each_variant_is_solved_for_itself():
    wish = np.array([[0.5, 0.3, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4], [0.25, 0.25, 0.25, 0.25]])
    limits, everyone = limits_of(max_name=0.3, max_theme={"capex": 0.45}), np.ones(4, dtype=bool)
    together = feasible(wish, limits, everyone)
    for row, weights, binding in zip(wish, together.goal, together.binding, strict=True):
        alone = feasible(row[None], limits, everyone)
        np.testing.assert_array_equal(alone.goal[0], weights)
        np.testing.assert_array_equal(alone.binding[0], binding)
    assert limits.names[2:] == ("max_name", "max_theme.capex")
    assert together.binding[:, 2:].tolist() == [[True, True], [True, False], [False, True]]


# Cash.


def test_a_cash_floor_scales_the_wish_down_in_proportion():
    assert nearest([0.5, 0.3, 0.2, 0.0], min_cash=0.1) == ([0.45, 0.27, 0.18, 0.0], ("min_cash",))
    assert nearest([0.4, 0.3, 0.2, 0.0], min_cash=0.1) == ([0.4, 0.3, 0.2, 0.0], ())


def test_the_scaled_wish_is_what_the_weights_are_nearest_to():
    assert nearest([0.5, 0.3, 0.2, 0.0], min_cash=0.1, max_name=0.35) == (
        [0.35, 0.32, 0.23, 0.0],
        ("min_cash", "max_name"),
    )


def test_fully_invested_scales_the_wish_up_to_what_the_cash_floor_leaves():
    assert nearest([0.4, 0.2, 0.2, 0.0], fully_invested=True) == ([0.5, 0.25, 0.25, 0.0], ())
    assert nearest([0.4, 0.2, 0.2, 0.0], fully_invested=True, min_cash=0.2) == ([0.4, 0.2, 0.2, 0.0], ())
    assert nearest([0.4, 0.2, 0.2, 0.0], fully_invested=True, max_name=0.4)[0] == [0.4, 0.3, 0.3, 0.0]


def test_a_wish_for_cash_only_stays_cash():
    assert nearest([0.0, 0.0, 0.0, 0.0], max_name=0.5, min_cash=0.1) == ([0.0, 0.0, 0.0, 0.0], ())


# Floors, caps by label, issuers and companies.


def test_min_name_raises_what_is_wished_and_leaves_zeros_alone():
    assert nearest([0.5, 0.45, 0.05, 0.0], min_name=0.1) == ([0.475, 0.425, 0.1, 0.0], ("min_name",))


@pytest.mark.parametrize(
    "dimension, label", [("theme", "capex"), ("sector", "Energy"), ("country", "US"), ("currency", "USD")]
)
def test_each_kind_of_label_is_capped_and_has_its_floor(dimension, label):
    inside = np.isin(np.arange(4), [0, 1] if label in ("capex", "Energy") else [0, 2, 3])
    wish = np.where(inside, 0.6 / inside.sum(), 0.4 / (~inside).sum())
    for key, bound in ((f"max_{dimension}", 0.45), (f"min_{dimension}", 0.75)):
        weights, binding = nearest(wish.tolist(), **{key: {label: bound}})
        expected = np.where(inside, bound / inside.sum(), (1.0 - bound) / (~inside).sum())
        np.testing.assert_allclose(weights, expected, atol=1e-13)
        assert binding == (f"{key}.{label}",)
    assert nearest(wish.tolist(), **{f"max_{dimension}": {label: 1.0}, f"min_{dimension}": {label: 0.0}})[1] == ()


def test_a_cap_of_zero_shows_only_where_it_was_wished_against():
    assert nearest([0.5, 0.3, 0.1, 0.1], max_sector={"Energy": 0.0}) == ([0.0, 0.0, 0.5, 0.5], ("max_sector.Energy",))
    weights, binding = nearest([0.0, 0.0, 0.5, 0.3], max_sector={"Energy": 0.0}, max_name=0.45)
    assert weights == [0.0, 0.0, 0.45, 0.35]
    assert binding == ("max_name",)


def test_caps_and_floors_that_overlap_hold_together():
    weights, binding = nearest([0.4, 0.3, 0.2, 0.1], max_sector={"Energy": 0.5}, max_country={"US": 0.6})
    assert weights == [0.1, 0.4, 0.3, 0.2]
    assert binding == ("max_sector.Energy", "max_country.US")
    weights, binding = nearest([0.1, 0.1, 0.4, 0.4], min_theme={"capex": 0.4}, max_country={"US": 0.7})
    assert weights == [0.1, 0.3, 0.3, 0.3]
    assert binding == ("min_theme.capex", "max_country.US")


def test_all_lines_of_an_issuer_count_together():
    lines = panel_of(issuers=("a", "a", "b", "c"))
    assert nearest([0.3, 0.2, 0.3, 0.2], lines, max_issuer=0.4) == ([0.25, 0.15, 0.35, 0.25], ("max_issuer",))
    assert nearest([0.3, 0.2, 0.3, 0.2], max_issuer=0.28) == ([0.28, 0.22, 0.28, 0.22], ("max_issuer",))


def test_all_issuers_of_a_company_count_together():
    panel = panel_of(issuers=("a", "b", "b", "c"), issuer_groups=("x", "x", "x", "y"))
    assert nearest([0.3, 0.2, 0.1, 0.3], panel, max_issuer_group=0.54) == (
        [0.28, 0.18, 0.08, 0.36],
        ("max_issuer_group",),
    )
    weights, binding = nearest([0.3, 0.2, 0.2, 0.1], panel, max_issuer=0.28, max_issuer_group=0.55)
    assert weights == [0.27, 0.14, 0.14, 0.25]
    assert binding == ("max_issuer", "max_issuer_group")


# UCITS.


def test_a_wish_within_5_10_40_is_left_alone():
    wish = [0.1] * 4 + [0.0375] * 16
    assert nearest(wish, ucits_5_10_40=True) == (wish, ())


def test_issuers_above_five_per_cent_are_forty_together():
    weights, binding = nearest([0.1] * 4 + [0.06] + [0.03375] * 16, ucits_5_10_40=True)
    assert weights == [0.1] * 4 + [0.05] + [0.034375] * 16
    assert binding == ("ucits_5_10_40",)


def test_more_than_four_issuers_may_exceed_five_per_cent_below_ten_each():
    weights, binding = nearest([0.09] * 5 + [0.034375] * 16, ucits_5_10_40=True)
    assert weights == [0.08] * 5 + [0.0375] * 16
    assert binding == ("ucits_5_10_40",)


def test_an_issuer_is_at_most_ten_per_cent_and_its_lines_are_one():
    weights, binding = nearest([0.18] + [0.041] * 20, ucits_5_10_40=True)
    assert weights == [0.1] + [0.045] * 20
    assert binding == ("ucits_5_10_40",)
    lines = panel_of(20, issuers=("a", "a", *(f"i{i}" for i in range(18))))
    weights, binding = nearest([0.08, 0.056, *[0.048] * 18], lines, ucits_5_10_40=True)
    assert weights == [0.062, 0.038, *[0.05] * 18]
    assert binding == ("ucits_5_10_40",)


def test_a_group_of_companies_is_at_most_twenty_per_cent():
    panel = panel_of(
        21, issuers=tuple(f"i{i}" for i in range(21)), issuer_groups=("x",) * 5 + tuple("abcdefghijklmnop")
    )
    weights, binding = nearest([0.05] * 5 + [0.046875] * 16, panel, ucits_5_10_40=True)
    assert weights == [0.04] * 5 + [0.05] * 16
    assert binding == ("ucits_group_20",)


def test_a_fund_that_replicates_an_index_may_hold_twenty_per_cent_of_an_issuer():
    wish = [0.3, 0.2, 0.2, 0.15, 0.1, 0.05]
    weights, binding = nearest(wish, ucits_index_20=True)
    np.testing.assert_allclose(weights, [0.2, 0.2, 0.2, 0.15 + 0.1 / 3, 0.1 + 0.1 / 3, 0.05 + 0.1 / 3], atol=1e-12)
    assert binding == ("ucits_index_20",)


# Turnover.


def test_the_first_purchase_is_free_of_the_turnover_limit():
    assert nearest([0.6, 0.4, 0.0, 0.0], max_turnover=0.1) == ([0.6, 0.4, 0.0, 0.0], ())


def test_turnover_holds_back_and_what_is_held_may_stay_though_it_is_not_wished():
    weights, binding = nearest([0.6, 0.4, 0.0, 0.0], held=[0.2, 0.2, 0.3, 0.3], max_turnover=0.1)
    assert weights == [0.3, 0.2, 0.25, 0.25]
    assert binding == ("max_turnover",)


def test_turnover_within_the_limit_is_not_touched():
    assert nearest([0.6, 0.4, 0.0, 0.0], held=[0.5, 0.5, 0.0, 0.0], max_turnover=0.1) == ([0.6, 0.4, 0.0, 0.0], ())
    assert nearest([0.6, 0.4, 0.0, 0.0], held=[0.6, 0.4, 0.0, 0.0], max_turnover=0.0) == ([0.6, 0.4, 0.0, 0.0], ())


def test_a_name_that_is_no_member_may_stay_in_part_and_does_not_rise():
    members = [True, True, False, True]
    weights, binding = nearest([0.5, 0.5, 0.0, 0.0], members=members, held=[0.2, 0.2, 0.6, 0.0], max_turnover=0.1)
    assert weights == [0.25, 0.25, 0.5, 0.0]
    assert binding == ("max_turnover",)
    weights, binding = nearest([0.4, 0.1, 0.5, 0.0], members=members, held=[0.45, 0.45, 0.1, 0.0], max_turnover=0.1)
    assert weights[2] <= 0.1
    assert binding == ("membership", "max_turnover")


def test_limits_win_over_turnover_with_the_least_that_meets_them():
    weights, binding = nearest([0.25] * 4, held=[0.9, 0.1, 0.0, 0.0], max_turnover=0.05, max_name=0.3)
    np.testing.assert_allclose(
        weights, [0.3] + [0.7 / 3] * 3, atol=1e-9
    )  # 0.6 must be sold, and what is bought is near
    assert binding == ("max_name", "max_turnover")


def test_a_variant_held_back_does_not_hold_back_another():
    limits = limits_of(max_turnover=0.1)
    wish, held = np.array([[0.6, 0.4, 0.0, 0.0]] * 2), np.array([[0.2, 0.2, 0.3, 0.3], [0.55, 0.45, 0.0, 0.0]])
    target = feasible(wish, limits, np.ones(4, dtype=bool), held)
    np.testing.assert_allclose(target.goal, [[0.3, 0.2, 0.25, 0.25], [0.6, 0.4, 0.0, 0.0]], atol=1e-12)
    assert target.binding[:, limits.names.index("max_turnover")].tolist() == [True, False]


# What is left alone: the band and the smallest trade.

HELD = [0.31, 0.25, 0.24, 0.2]


def test_names_within_their_band_are_left_alone():
    weights, binding = nearest([0.3, 0.3, 0.2, 0.2], held=HELD, no_trade_band=0.02)
    assert weights == [ALONE, 0.3, 0.2, ALONE]
    assert binding == ("no_trade_band",)


def test_the_first_purchase_knows_no_band_and_no_smallest_trade():
    assert nearest([0.3, 0.3, 0.38, 0.02], no_trade_band=0.05, min_trade=0.1)[0] == [0.3, 0.3, 0.38, 0.02]


def test_a_band_binds_only_where_something_would_have_been_traded():
    assert nearest([0.3, 0.3, 0.2, 0.2], held=[0.3, 0.3, 0.2, 0.2], no_trade_band=0.02) == ([ALONE] * 4, ())


def test_a_smaller_trade_is_not_made():
    weights, binding = nearest([0.3, 0.3, 0.2, 0.2], held=HELD, min_trade=0.02)
    assert weights == [ALONE, 0.3, 0.2, 0.2]
    assert binding == ("min_trade",)


def test_an_exit_is_always_made_and_a_small_entry_is_not():
    held = [0.31, 0.29, 0.38, 0.01]
    for terms in ({"no_trade_band": 0.02}, {"min_trade": 0.015}):
        assert nearest([0.3, 0.3, 0.4, 0.0], held=held, **terms)[0][3] == 0.0
        assert nearest([0.3, 0.3, 0.39, 0.01], held=[0.35, 0.35, 0.3, 0.0], **terms)[0][3] is ALONE


def test_a_name_that_is_no_member_is_not_left_alone():
    members, held = [True, True, True, False], [0.33, 0.33, 0.24, 0.1]
    weights, binding = nearest([0.4, 0.3, 0.2, 0.1], members=members, held=held, no_trade_band=0.2)
    assert weights == [ALONE, ALONE, ALONE, 0.0]
    assert binding == ("membership", "no_trade_band")


def test_a_name_held_above_its_cap_is_traded():
    weights, _ = nearest([0.4, 0.3, 0.2, 0.1], held=[0.41, 0.3, 0.19, 0.1], no_trade_band=0.02, max_name=0.4)
    assert weights == [0.4, ALONE, ALONE, ALONE]
    weights, _ = nearest([0.4, 0.3, 0.2, 0.1], held=[0.41, 0.3, 0.19, 0.1], no_trade_band=0.02, max_issuer=0.4)
    assert weights == [0.4, ALONE, ALONE, ALONE]


@pytest.mark.parametrize(
    "terms, held",
    [
        ({"max_theme": {"capex": 0.4}}, [0.21, 0.21, 0.33, 0.25]),
        ({"min_sector": {"Energy": 0.4}}, [0.19, 0.19, 0.36, 0.26]),
        ({"max_issuer": 0.4}, [0.21, 0.21, 0.33, 0.25]),
        ({"max_issuer_group": 0.4}, [0.21, 0.21, 0.33, 0.25]),
    ],
)
def test_names_whose_group_would_be_broken_are_traded_after_all(terms, held):
    panel = panel_of(issuers=("a", "a", "b", "c"))
    weights, _ = nearest([0.2, 0.2, 0.35, 0.25], panel, held=held, no_trade_band=0.03, **terms)
    assert weights == [0.2, 0.2, ALONE, ALONE]
    level = [0.21, 0.19, 0.35, 0.25]  # above and below make up for each other
    assert nearest([0.2, 0.2, 0.35, 0.25], panel, held=level, no_trade_band=0.03, **terms)[0] == [ALONE] * 4


def test_large_issuers_beyond_forty_per_cent_are_traded_after_all():
    wish = [0.1] * 4 + [0.0375] * 16
    held = [0.1] * 4 + [0.055] + [0.02] + [0.0375] * 14
    weights, _ = nearest(wish, held=held, no_trade_band=0.02, ucits_5_10_40=True)
    assert weights == [0.1] * 4 + [0.0375] + [ALONE] * 15


def test_trading_to_the_edge_of_the_band_stops_on_the_side_of_what_is_held():
    held, to_edge = [0.7, 0.1, 0.1, 0.1], {"no_trade_band": 0.05, "trade_to": "edge"}
    assert nearest([0.4, 0.2, 0.2, 0.2], held=held, **to_edge)[0] == [0.45, 0.15, 0.15, 0.15]
    assert nearest([0.4, 0.2, 0.2, 0.2], held=[0.42, 0.18, 0.2, 0.2], **to_edge)[0] == [ALONE] * 4


def test_an_edge_beyond_a_cap_is_not_gone_to():
    held, to_edge = [0.7, 0.1, 0.1, 0.1], {"no_trade_band": 0.05, "trade_to": "edge"}
    assert nearest([0.4, 0.2, 0.2, 0.2], held=held, max_name=0.4, **to_edge)[0] == [0.4, 0.15, 0.15, 0.15]
    both = [0.5, 0.3, 0.1, 0.1]
    weights, _ = nearest([0.4, 0.2, 0.2, 0.2], held=both, max_sector={"Energy": 0.65}, **to_edge)
    assert weights == [0.4, 0.2, 0.15, 0.15]


def test_an_exit_is_not_stopped_at_the_edge_of_its_band():
    held, to_edge = [0.3, 0.3, 0.2, 0.2], {"no_trade_band": 0.05, "trade_to": "edge"}
    assert nearest([0.4, 0.4, 0.2, 0.0], held=held, **to_edge) == ([0.35, 0.35, ALONE, 0.0], ())


def test_a_trade_to_the_edge_that_would_be_too_small_is_not_made():
    terms = {"no_trade_band": 0.05, "trade_to": "edge", "min_trade": 0.02}
    weights, binding = nearest([0.4, 0.2, 0.2, 0.2], held=[0.46, 0.14, 0.2, 0.2], **terms)
    assert weights == [ALONE] * 4
    assert binding == ("min_trade",)


# Names of what can bind, and labels.


def test_the_names_are_those_the_mandate_sets_in_one_order():
    everything = limits_of(
        max_adv_share=0.1, min_trade=0.01, no_trade_band=0.01, max_turnover=0.3, ucits_5_10_40=True, max_issuer=0.5,
        max_issuer_group=0.6, max_currency={"USD": 0.9}, max_country={"US": 0.9}, min_sector={"Tech": 0.1},
        max_theme={"capex": 0.4, "adopter": 0.5}, min_theme={"capex": 0.1}, min_name=0.01, max_name=0.5, min_cash=0.1,
    )  # fmt: skip
    assert everything.names == (
        MEMBERSHIP, UNTRADED, "min_cash", "max_name", "min_name", "max_theme.adopter", "max_theme.capex",
        "min_theme.capex", "min_sector.Tech", "max_country.US", "max_currency.USD", "max_issuer", "max_issuer_group",
        "ucits_5_10_40", "ucits_group_20", "max_turnover", "no_trade_band", "min_trade", MAX_ADV_SHARE,
    )  # fmt: skip
    assert limits_of(fully_invested=True).names == (MEMBERSHIP, UNTRADED)
    assert limits_of(ucits_index_20=True).names == (MEMBERSHIP, UNTRADED, "ucits_index_20")


@pytest.mark.parametrize(
    "terms, text",
    [
        (
            {"max_sector": {"Enrgy": 0.3}},
            "[constraints] max_sector.Enrgy: no asset of the universe has sector Enrgy. Did you mean Energy? The "
            "sectors are: Energy, Tech.",
        ),
        (
            {"min_country": {"FR": 0.1}},
            "[constraints] min_country.FR: no asset of the universe has country FR. The countries are: GB, US.",
        ),
        (
            {"max_currency": {"USX": 0.1}},
            "[constraints] max_currency.USX: no asset of the universe has currency USX. Did you mean USD? The "
            "currencies are: GBP, USD.",
        ),
    ],
)
def test_a_label_that_nobody_carries_is_refused(terms, text):
    with pytest.raises(ConstraintError) as error:
        limits_of(**terms)
    assert str(error.value) == text


def test_a_theme_that_nobody_carries_is_refused_and_many_labels_are_cut():
    with pytest.raises(ConstraintError, match=r"max_theme\.capex: no asset of the universe has theme capex\."):
        limits_of(panel_of(themes=("other",) * 4), max_theme={"capex": 0.3})
    many = panel_of(30, sectors=tuple(f"S{i:02d}" for i in range(30)))
    with pytest.raises(ConstraintError, match=r"The sectors are: S00, .*, S11 and 18 more\.$"):
        limits_of(many, max_sector={"Steel": 0.2})


# Constraints that fight.


def test_three_caps_that_overlap_are_named_with_their_numbers():
    assert without_room(max_sector={"Tech": 0.3}, max_country={"GB": 0.2}, max_currency={"USD": 0.5}) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: weights that sum to 1; max_country.GB "
        "0.2; max_currency.USD 0.5. Loosen one of them, or widen the universe."
    )


def test_floors_on_every_theme_are_not_mended_by_more_names():
    assert without_room(min_theme={"capex": 0.5, "adopter": 0.3, "other": 0.3}) == (
        "[constraints], decision date 2020-01-31: these cannot hold together: weights that sum to 1; min_theme.adopter "
        "0.3; min_theme.capex 0.5; min_theme.other 0.3. Loosen one of them."
    )


def test_a_floor_whose_wished_names_are_no_members():
    assert refused([0.1, 0.1, 0.4, 0.4], members=[True, False, True, True], min_country={"GB": 0.1}) == (
        f"min_country.GB 0.1: the strategy wishes nothing in GB that is a member. {ZEROS}let it wish weight there, or "
        "lower min_country.GB in [constraints]."
    )


def test_a_wish_among_constraints_that_fight_over_it():
    assert refused([0.0, 0.2, 0.4, 0.4], max_country={"GB": 0.3}, min_sector={"Energy": 0.4}) == (
        "these cannot hold together: min_sector.Energy 0.4; max_country.GB 0.3; every wished member of Energy is in "
        f"GB. {ZEROS}loosen one of them in [constraints], or let the strategy wish for other names."
    )


@pytest.mark.parametrize("terms", [{"max_issuer": 0.3}, {"max_issuer_group": 0.3}])
def test_floors_of_lines_beyond_the_cap_of_their_owner_fight_with_it(terms):
    panel = panel_of(issuers=("a", "a", "b", "c"))
    text = refused([0.25] * 4, panel=panel, min_name=0.2, **terms)
    assert text.startswith(f"these cannot hold together: min_name 0.2; {next(iter(terms))} 0.3;")


def test_what_is_held_of_a_name_that_is_no_member_gives_no_more_room_than_that():
    members, held = [True, False, True, True], [0.5, 0.2, 0.0, 0.0]
    text = refused([1.0, 0.0, 0.0, 0.0], members=members, held=held, max_name=0.5, max_turnover=0.1)
    assert "max_name" in text and "next to no room" not in text


@pytest.mark.parametrize(
    "terms, good, bad",
    [
        ({"max_name": 0.3}, [0.25] * 4, [0.6, 0.4, 0.0, 0.0]),
        ({"min_country": {"GB": 0.1}}, [0.25] * 4, [0.5, 0.0, 0.5, 0.0]),
        ({"min_name": 0.2, "max_country": {"US": 0.5}}, [0.3, 0.4, 0.3, 0.0], [0.25] * 4),
        ({"fully_invested": True}, [0.25] * 4, [0.0] * 4),
    ],
)
def test_the_variant_that_failed_is_numbered_where_there_are_several(terms, good, bad):
    limits, everyone = limits_of(**terms), np.ones(4, dtype=bool)
    with pytest.raises(ConstraintError, match=r"^variant 3: "):
        feasible(np.array([good, good, bad, bad]), limits, everyone)
    with pytest.raises(ConstraintError) as error:
        feasible(np.array([bad]), limits, everyone)
    assert "variant" not in str(error.value)
