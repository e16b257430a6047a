"""Scenarios worked by hand. The arithmetic stands in each test; none was copied from a run of this code."""

import numpy as np
import pytest

from backtest.metrics.scenario import (
    EPISODES,
    Episode,
    jevons_grid,
    margin_compression,
    replay,
    shock,
    shocked,
    spend_scale,
)

DATES = np.array(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"], dtype="datetime64[D]")
WEEK = Episode("week", "A week", "2025-01-02", "2025-01-07")
ASSETS, THEMES = ("AAA", "BBB", "CCC", "DDD"), ("capex", "capex", "adopter", "other")
SECTORS = ("Tech", "Energy", "Banks", "Banks")


def test_three_names_and_cash_through_four_days():
    """0.5 in A (100, 80, 60, 90), 0.3 in C (50, 50, 55, 60), 0.2 in cash (1.00 to 1.01, a straight line by hand).

    A grows 1, 0.8, 0.6, 0.9; C 1, 1, 1.1, 1.2.
    Day 2: 0.5 x 0.8 + 0.3 x 1.0 + 0.2 = 0.90; day 3: 0.30 + 0.33 + 0.2 = 0.83; day 4: 0.45 + 0.36 + 0.2 x 1.01 = 1.012.
    Drawdown: 0.83 / 1.00 - 1 = -0.17. Contributions: A 0.5 x -0.1 = -0.05, C 0.3 x 0.2 = 0.06, cash 0.002.
    """
    prices = np.array([[100.0, 50.0], [80.0, 50.0], [60.0, 55.0], [90.0, 60.0]])
    cash = np.array([1.0, 1.0, 1.0, 1.01])
    found = replay(
        WEEK, DATES, prices, np.array([0.5, 0.3]), assets=("AAA", "CCC"), themes=("capex", "adopter"),
        benchmark=np.array([10.0, 9.0, 9.5, 11.0]), cash=cash,
    )  # fmt: skip
    np.testing.assert_allclose(found.path, [1.0, 0.90, 0.83, 1.012], atol=1e-15)
    np.testing.assert_allclose(found.theme_paths["capex"], [1.0, 0.8, 0.6, 0.9], atol=1e-15)
    np.testing.assert_allclose(found.benchmark_path, [1.0, 0.9, 0.95, 1.1], atol=1e-15)
    assert found.total == pytest.approx(0.012, abs=1e-15)
    assert found.max_drawdown == pytest.approx(-0.17, abs=1e-15)
    assert found.benchmark_total == pytest.approx(0.1)
    assert found.benchmark_max_drawdown == pytest.approx(-0.1)
    assert found.theme_totals == pytest.approx({"capex": -0.1, "adopter": 0.2})
    assert found.theme_contributions == pytest.approx({"capex": -0.05, "adopter": 0.06, "cash": 0.002})


def test_a_name_not_yet_listed_is_stood_in_for_by_the_rest():
    """0.4, 0.2, 0.3 and cash 0.1; the third has no price on day one, so the first two share its 0.3 as 2 to 1.

    They become 0.6 and 0.3. Growth 1.1 and 0.8: 0.66 + 0.24 + 0.1 = 1.00.
    """
    prices = np.array([[100.0, 100.0, np.nan], [100.0, 100.0, 7.0], [100.0, 100.0, 8.0], [110.0, 80.0, 9.0]])
    found = replay(
        WEEK, DATES, prices, np.array([0.4, 0.2, 0.3]), assets=ASSETS[:3], themes=("capex", "adopter", "capex")
    )
    np.testing.assert_allclose(found.weights, [0.6, 0.3, 0.0], atol=1e-15)
    assert found.total == pytest.approx(0.0, abs=1e-15)
    assert [(name.asset, name.weight, name.reason) for name in found.left_out] == [
        ("CCC", 0.3, "no price on 2025-01-02")
    ]


def test_the_dates_of_the_episodes():
    """S&P 500 closes, published: 2,930.75 to 2,351.10; 3,386.15 to 2,237.40; 4,796.56 to 3,577.03 on these days."""
    assert {e.id: (e.start, e.end) for e in EPISODES.values()} == {
        "2018_q4": ("2018-09-20", "2018-12-24"),
        "march_2020": ("2020-02-19", "2020-03-23"),
        "fall_2022": ("2022-01-03", "2022-10-12"),
        "sell_off_2025_01_27": ("2025-01-24", "2025-01-27"),
    }


def alternating(*betas):
    """(80, N) returns: +1 % and -1 % times a beta, plus 0.001, so that every beta is known by hand."""
    market = np.where(np.arange(80) % 2 == 0, 0.01, -0.01)
    return 0.001 + market[:, None] * np.array(betas)


def test_a_shock_to_a_theme_and_betas_for_the_rest():
    """A and B are capex and move with the basket; C moves half as much, D against it by a fifth.

    Capex -20 %: C -10 %, D +4 %. Portfolio 0.2, 0.1, 0.4, 0.3: -0.04 - 0.02 - 0.04 + 0.012 = -0.088.
    Benchmark 0.25 each: -0.05 - 0.05 - 0.025 + 0.01 = -0.115. Active: +0.027.
    """
    baskets = shocked({"capex": -0.2}, assets=ASSETS, themes=THEMES, sectors=SECTORS)
    found = shock(
        baskets, alternating(1.0, 1.0, 0.5, -0.2), np.array([0.2, 0.1, 0.4, 0.3]), np.full(4, 0.25),
        assets=ASSETS, themes=THEMES,
    )  # fmt: skip
    np.testing.assert_allclose(found.betas[2:, 0], [0.5, -0.2], atol=1e-12)
    np.testing.assert_allclose(found.effects, [-0.2, -0.2, -0.1, 0.04], atol=1e-12)
    np.testing.assert_allclose(found.contributions, [-0.04, -0.02, -0.04, 0.012], atol=1e-12)
    assert found.total == pytest.approx(-0.088)
    assert found.benchmark_total == pytest.approx(-0.115)
    assert found.active == pytest.approx(0.027)
    assert found.theme_contributions == pytest.approx({"capex": -0.06, "adopter": -0.04, "other": 0.012})


def test_two_baskets_at_once():
    """C = 0.5 x A + 0.25 x D by construction: A -20 % and D +8 % move C by -0.10 + 0.02 = -8 %."""
    one = np.tile([0.01, -0.01, 0.01, -0.01], 20)
    two = np.tile([0.01, 0.01, -0.01, -0.01], 20)
    returns = np.column_stack([one, 0.5 * one + 0.25 * two, two])
    labels = {"assets": ("AAA", "CCC", "DDD"), "themes": ("capex", "adopter", "other")}
    baskets = shocked({"AAA": -0.2, "DDD": 0.08}, **labels, sectors=("x", "y", "z"))
    found = shock(baskets, returns, np.full(3, 0.2), np.full(3, 1 / 3), **labels)
    np.testing.assert_allclose(found.effects, [-0.2, -0.08, 0.08], atol=1e-12)


def test_margins_of_the_founding_text():
    """A gross margin of 0.75 that falls by 0.10 or 0.15 costs 0.10 / 0.75 = 13.33 % or 20 %; of 0.12: 83.33 % or all.

    Portfolio 0.3 and 0.1, benchmark 0.2 and 0.2, the rest elsewhere.
    """
    found = margin_compression(
        np.array([0.3, 0.1, 0.4, 0.0]), np.array([0.2, 0.2, 0.3, 0.3]), np.array([0.75, 0.12, 0.5, np.nan]),
        assets=ASSETS, themes=THEMES,
    )  # fmt: skip
    np.testing.assert_allclose(found.effects, [[-2 / 15, -5 / 6, 0.0, 0.0], [-0.2, -1.0, 0.0, 0.0]], atol=1e-15)
    np.testing.assert_allclose(found.totals, [-0.04 - 1 / 12, -0.06 - 0.1], atol=1e-15)
    np.testing.assert_allclose(found.benchmark_totals, [-0.4 / 15 - 1 / 6, -0.04 - 0.2], atol=1e-15)
    np.testing.assert_allclose(found.active, found.totals - found.benchmark_totals)
    assert found.wiped_out == ((), ("BBB",))


def test_spending_when_the_cost_halves():
    """Price 0.5. Inelastic demand: volume 1, spending 0.5. e = 1: volume 2, spending 1. e = 2: volume 4, spending 2.

    A cost that falls by 90 % with e = 1.5: volume 0.1 ** -1.5 = 31.62, spending 3.162, the square root of ten.
    """
    np.testing.assert_allclose(spend_scale(np.array(0.5), np.array([0.0, 1.0, 2.0])), [0.5, 1.0, 2.0], atol=1e-15)
    assert spend_scale(np.array(0.9), np.array(1.5)) == pytest.approx(np.sqrt(10.0))


ROTATED, INDEX = np.array([0.1, 0.0, 0.6, 0.3]), np.array([0.4, 0.0, 0.3, 0.3])
MARGINS = np.array([0.4, 0.4, 0.2, 0.1])


def test_the_grid_of_jevons():
    """Cost halves. Capex: 0.5 - 1 = -50 %, 0, +100 % at e = 0, 1, 2. An adopter with margin 0.2 of whose costs 10 % can
    be done by AI: costs 0.80 become 0.80 x 0.95 = 0.76, margin 0.24, profit +20 %.

    Portfolio 0.1 and 0.6: -0.05 + 0.12, 0.12, 0.1 + 0.12. Benchmark 0.4 and 0.3: -0.2 + 0.06, 0.06, 0.4 + 0.06.
    """
    found = jevons_grid(
        ROTATED, INDEX, MARGINS, 0.1, assets=ASSETS, themes=THEMES, cost_falls=[0.5], elasticities=[0.0, 1.0, 2.0]
    )
    np.testing.assert_allclose(found.effects[0, :, 0], [-0.5, 0.0, 1.0], atol=1e-15)
    np.testing.assert_allclose(found.effects[0, :, 2], 0.2, atol=1e-15)
    np.testing.assert_allclose(found.totals[0], [0.07, 0.12, 0.22], atol=1e-15)
    np.testing.assert_allclose(found.benchmark_totals[0], [-0.14, 0.06, 0.46], atol=1e-15)
    np.testing.assert_allclose(found.active[0], [0.21, 0.06, -0.24], atol=1e-15)
    np.testing.assert_allclose(found.theme_totals["capex"][0], [-0.05, 0.0, 0.1], atol=1e-15)


def test_the_elasticity_at_which_the_rotation_breaks_even():
    """Active: -0.3 x (S - 1) + 0.3 x 0.2 = 0 at S = 1.2, and S = 0.5 ** (1 - e): e = 1 + ln 1.2 / ln 2 = 1.263034."""
    found = jevons_grid(ROTATED, INDEX, MARGINS, 0.1, assets=ASSETS, themes=THEMES, cost_falls=[0.5])
    assert found.break_even[0] == pytest.approx(1.0 + np.log(1.2) / np.log(2.0), abs=1e-9)
    assert found.break_even[0] == pytest.approx(1.263034, abs=1e-6)
    assert found.capex_break_even == 1.0


def test_fixed_costs_make_profit_swing_more_than_sales():
    """Margin 0.4, half of the costs of 0.6 fixed. Sales fall to 0.5: costs 0.3 + 0.3 x 0.5 = 0.45, profit 0.05 of 0.40.

    That is -87.5 %. With three quarters fixed: costs 0.45 + 0.075 = 0.525, a loss: everything is lost, not more.
    """
    grid = {"assets": ASSETS, "themes": THEMES, "cost_falls": [0.5], "elasticities": [0.0]}
    half = jevons_grid(ROTATED, INDEX, MARGINS, 0.1, fixed_cost_share=0.5, **grid)
    assert half.effects[0, 0, 0] == pytest.approx(-0.875)
    most = jevons_grid(ROTATED, INDEX, MARGINS, 0.1, fixed_cost_share=0.75, **grid)
    assert most.effects[0, 0, 0] == -1.0


def test_part_of_the_sales_and_part_of_the_saving():
    """A quarter of sales is AI: at e = 0 and half the cost sales fall by 12.5 %. An adopter that keeps half: +10 %."""
    found = jevons_grid(
        ROTATED, INDEX, MARGINS, 0.1, assets=ASSETS, themes=THEMES, ai_revenue_share=0.25, savings_kept=0.5,
        cost_falls=[0.5], elasticities=[0.0],
    )  # fmt: skip
    np.testing.assert_allclose(found.effects[0, 0], [-0.125, -0.125, 0.1, 0.0], atol=1e-15)
