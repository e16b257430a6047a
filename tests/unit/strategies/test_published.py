"""The strategies that read published figures: which figures count, which names, and who keeps its weight."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import StrategyError

QUARTERS = ("2018-12-31", "2019-03-31", "2019-06-30", "2019-09-30", "2019-12-31")
THEMES = ("capex", "capex", "capex", "adopter", "adopter", "other")


def plain(markets, days=20, **changes):
    """Six names at one sixth each: three capex names, two adopters, another."""
    return markets.panel_of(np.ones((days, 6)), themes=THEMES, **changes)


def series(*values, known=0, until=QUARTERS):
    """Figures of the last quarters, all known from one day on."""
    return [(period, known, value) for period, value in zip(until[-len(values) :], values, strict=True)]


def sixths(*weights):
    return np.array(weights) / 6.0


# capex_surprise


def surprising(guided, expected, known=3):
    return {
        "capex_guidance": {0: [("2020-12-31", known, guided)], 1: [("2020-12-31", 0, 52.0)]},
        "capex_expected": {0: [("2020-12-31", 0, expected)], 1: [("2020-12-31", 0, 51.0)]},
        "capex": {},
        "sales": {},
    }


def test_guidance_above_what_was_expected_is_cut_from_the_day_it_is_known(markets, shipped, figures, history_of):
    panel = figures(plain(markets), surprising(62.5, 51.0))
    strategy = shipped("capex_surprise", threshold=0.2, cut=0.5)
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 2))[0], 1 / 6, rtol=1e-12)
    after = strategy.target_weights(history_of(panel, 3))[0]
    np.testing.assert_allclose(after, sixths(0.5, 1, 1, 1.25, 1.25, 1), rtol=1e-12)


def test_the_threshold_is_a_share_of_what_was_expected(markets, shipped, figures, history_of):
    """62.5 against 51 is a surprise of 22.5 per cent."""
    panel = figures(plain(markets), surprising(62.5, 51.0))
    column = np.array([[0.22], [0.23], [0.01]])
    weights = shipped("capex_surprise", threshold=column, cut=1.0).target_weights(history_of(panel, 9, variants=3))
    np.testing.assert_allclose(weights[:, :2], sixths([0, 1], [1, 1], [0, 0]), atol=1e-15)


def test_guidance_is_held_against_the_expectation_of_its_own_year(markets, shipped, figures, history_of):
    given = surprising(62.5, 70.0)
    given["capex_expected"][0].append(("2021-12-31", 0, 40.0))  # of a later year, for which nobody has guided yet
    panel = figures(plain(markets), given)
    weights = shipped("capex_surprise", threshold=0.1, cut=1.0).target_weights(history_of(panel, 9))
    np.testing.assert_allclose(weights[0], 1 / 6, rtol=1e-12)


def test_the_fastest_growth_of_capex_to_sales_is_cut(markets, shipped, figures, history_of):
    """Capex to sales over a year: 10 to 20 per cent, 10 to 15, 20 to 10; no surprises."""
    given = surprising(51.0, 51.0) | {
        "capex": {0: series(1, 1, 1, 1, 2), 1: series(1, 1, 1, 1, 3), 2: series(2, 1, 1, 1, 1)},
        "sales": {0: series(10, 10, 10, 10, 10), 1: series(10, 10, 10, 10, 20), 2: series(10, 10, 10, 10, 10)},
    }
    panel = figures(plain(markets), given)
    column = np.array([[0.0], [0.1], [0.34], [1.0]])
    weights = shipped("capex_surprise", threshold=1.0, cut=1.0, fastest=column)
    found = weights.target_weights(history_of(panel, 9, variants=4))
    np.testing.assert_allclose(found[:, :3], sixths([1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1]), atol=1e-15)
    np.testing.assert_allclose(found[:, 3], sixths(1, 1.5, 2, 2), rtol=1e-12)


def test_a_quarter_that_is_missing_is_not_taken_for_a_year(markets, shipped, figures, history_of):
    """Without the quarter a year before, four rows back is another quarter: no growth, no cut."""
    sparse = [row for row in series(1, 1, 1, 1, 5, until=QUARTERS) if row[0] != "2018-12-31"]
    given = surprising(51.0, 51.0) | {
        "capex": {0: [("2018-09-30", 0, 1.0), *sparse]},
        "sales": {0: series(10, 10, 10, 10, 10)},
    }
    panel = figures(plain(markets), given)
    weights = shipped("capex_surprise", threshold=1.0, cut=1.0, fastest=1.0).target_weights(history_of(panel, 9))
    np.testing.assert_allclose(weights[0], 1 / 6, rtol=1e-12)


def test_without_published_figures_the_strategy_says_so(markets, shipped, history_of):
    for name in ("capex_surprise", "adopter_evidence", "valuation_discipline"):
        with pytest.raises(StrategyError, match="the mandate gives no fundamentals"):
            shipped(name).target_weights(history_of(plain(markets), 9))


# valuation_discipline


def dear(field="ev_to_sales", sign=1.0):
    """The first name is dearer than ever and than anyone, the second cheaper; the third has no figure."""
    flat = series(4, 4, 4, 4, 4)
    return {
        field: {
            0: [(p, k, sign * v) for p, k, v in series(5, 6, 7, 8, 9)],
            1: [(p, k, sign * v) for p, k, v in series(5, 4, 3, 2, 1)],
            3: [(p, k, sign * v) for p, k, v in flat],
            5: [(p, k, sign * v) for p, k, v in flat],
        }
    }


def test_the_dearest_gives_and_the_cheapest_keeps(markets, shipped, figures, history_of):
    panel = figures(plain(markets), dear())
    column = np.array([[0.0], [0.5], [1.0]])
    found = shipped("valuation_discipline", strength=column).target_weights(history_of(panel, 9, variants=3))
    expected = [[1, 1, 1, 1, 1, 1], [0.5, 1, 1, 1.25, 1.25, 1], [0, 1, 1, 1.5, 1.5, 1]]
    np.testing.assert_allclose(found, sixths(*expected), atol=1e-15)


def test_a_yield_is_dear_when_low_and_so_is_what_the_mandate_says(markets, shipped, figures, history_of):
    """The same order with the sign turned: what was dear by its multiple is dear by its yield."""
    for field, dear_when in (("forward_earnings_yield", "by_name"), ("turned", "low")):
        panel = figures(plain(markets), dear(field, -1.0))
        strategy = shipped("valuation_discipline", field=field, dear_when=dear_when, strength=1.0)
        found = strategy.target_weights(history_of(panel, 9))[0]
        np.testing.assert_allclose(found, sixths(0, 1, 1, 1.5, 1.5, 1), atol=1e-15)
    other = shipped("valuation_discipline", field="turned", dear_when="by_name", strength=1.0)
    assert other.target_weights(history_of(panel, 9))[0, 1] == 0.0  # read the other way, the second is the dear one


def test_own_past_and_universe_weigh_as_told(markets, shipped, figures, history_of):
    """Dearer than three of four earlier figures (0.75), and between the two others of the universe (0.5)."""
    given = {"ev_to_sales": {0: series(1, 2, 9, 3, 4), 3: series(1), 5: series(9)}}
    panel = figures(plain(markets), given)
    own = np.array([[0.0], [1.0], [0.4]])
    found = shipped("valuation_discipline", strength=1.0, own=own).target_weights(history_of(panel, 9, variants=3))
    np.testing.assert_allclose(found[:, 0], sixths(0.5, 0.25, 1 - 0.4 * 0.75 - 0.6 * 0.5), rtol=1e-12)


def test_the_own_past_is_no_longer_than_its_periods(markets, shipped, figures, history_of):
    older = ("2018-03-31", "2018-06-30", "2018-09-30", *QUARTERS)
    given = {"ev_to_sales": {0: series(9, 9, 9, 1, 1, 1, 1, 4, until=older)}}
    panel = figures(plain(markets), given)
    periods = np.array([[4.0], [7.0]])
    found = shipped("valuation_discipline", strength=1.0, own=1.0, periods=periods)
    weights = found.target_weights(history_of(panel, 9, variants=2))
    np.testing.assert_allclose(weights[:, 0], sixths(0.0, 1 - 4 / 7), atol=1e-15)


def test_a_short_past_leaves_the_universe(markets, shipped, figures, history_of):
    given = {"ev_to_sales": {0: series(1, 2, 3, 9), 3: series(1), 5: series(2)}}
    panel = figures(plain(markets), given)
    found = shipped("valuation_discipline", strength=0.5, own=0.7).target_weights(history_of(panel, 9))
    assert found[0, 0] == pytest.approx(0.5 / 6)  # three earlier figures are too few; dearest of the universe


# adopter_evidence


def improving():
    """Margins of the two adopters over a year: up five points, down five; the second earns more for each employee."""
    return {
        "operating_margin": {3: series(0.10, 0.1, 0.1, 0.1, 0.15), 4: series(0.30, 0.3, 0.3, 0.3, 0.25)},
        "revenue_per_employee": {3: series(100, 100, 100, 100, 90), 4: series(300, 300, 300, 300, 330)},
    }


def test_weight_moves_to_the_adopter_that_improves(markets, shipped, figures, history_of):
    panel = figures(plain(markets), improving())
    revenue = np.array([[0.0], [1.0], [0.5]])
    strategy = shipped("adopter_evidence", tilt=0.5, momentum=0.0, revenue=revenue)
    found = strategy.target_weights(history_of(panel, 9, variants=3))
    np.testing.assert_allclose(found[:, 3:5], sixths([1.5, 0.5], [0.5, 1.5], [1, 1]), rtol=1e-12)
    np.testing.assert_allclose(found[:, [0, 1, 2, 5]], 1 / 6, rtol=1e-15)


def test_momentum_is_the_year_without_its_last_month(markets, shipped, figures, history_of):
    prices = np.ones((300, 6))
    prices[200:, 3] = 2.0  # within the year: momentum of the first adopter
    prices[290:, 4] = 5.0  # within the last month: does not count
    panel = figures(markets.panel_of(prices, themes=THEMES), improving())
    strategy = shipped("adopter_evidence", tilt=1.0, momentum=1.0)
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 299))[0, 3:5], sixths(2, 0), atol=1e-15)
    early = strategy.target_weights(history_of(panel, 240))[0]  # no year of prices yet
    np.testing.assert_allclose(early, 1 / 6, rtol=1e-12)


def test_an_adopter_without_evidence_keeps_its_weight(markets, shipped, figures, history_of):
    given = improving()
    del given["operating_margin"][4], given["revenue_per_employee"][4]
    panel = figures(plain(markets), given)
    found = shipped("adopter_evidence", tilt=1.0).target_weights(history_of(panel, 9))
    np.testing.assert_allclose(found[0], 1 / 6, rtol=1e-12)


def test_one_of_the_two_figures_is_evidence_enough(markets, shipped, figures, history_of):
    given = improving()
    given["revenue_per_employee"] = {}
    panel = figures(plain(markets), given)
    found = shipped("adopter_evidence", tilt=0.5, momentum=0.0, revenue=1.0).target_weights(history_of(panel, 9))
    np.testing.assert_allclose(found[0, 3:5], sixths(1.5, 0.5), rtol=1e-12)


def test_the_only_adopter_judged_cannot_lose_its_weight(markets, shipped, figures, history_of):
    """At full tilt the last of the ranks would be sold, but there is nobody to buy instead."""
    benchmark = np.array([[0.2, 0.2, 0.2, 0.2, 0.0, 0.2]] * 20)
    panel = figures(plain(markets, benchmark_weights=benchmark), improving())
    found = shipped("adopter_evidence", tilt=1.0, momentum=0.0).target_weights(history_of(panel, 9))
    np.testing.assert_allclose(found[0], benchmark[0], atol=1e-15)
