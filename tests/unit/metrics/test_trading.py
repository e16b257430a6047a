import numpy as np
import pytest

from backtest.metrics.trading import cost_drag_per_year, turnover_per_year


def test_the_first_purchase_is_no_turnover():
    assert turnover_per_year(np.array([0.5, 0.1, 0.1, 0.1, 0.1]), 365.25) == pytest.approx(0.40)
    assert turnover_per_year(np.array([0.5]), 730.5) == 0.0


def test_turnover_is_per_year():
    assert turnover_per_year(np.array([0.5, 0.3, 0.3]), 730.5) == pytest.approx(0.30)


def test_cost_drag_counts_the_first_purchase():
    assert cost_drag_per_year(np.array([10.0, 10.0]), np.full(9, 10_000.0), 365.25) == pytest.approx(0.002)


def test_under_one_year_nothing_is_annual():
    assert np.isnan(turnover_per_year(np.array([0.5, 0.1]), 364))
    assert np.isnan(cost_drag_per_year(np.array([1.0]), np.ones(3), 364))


def test_no_nav_no_cost_drag():
    assert np.isnan(cost_drag_per_year(np.array([1.0]), np.array([]), 1000))


def test_variants_are_columns():
    turnover = np.array([[0.5, 0.5], [0.1, 0.2]])
    np.testing.assert_allclose(turnover_per_year(turnover, 365.25), [0.1, 0.2])
    np.testing.assert_allclose(cost_drag_per_year(np.array([[1.0, 2.0]]), np.full((4, 2), 100.0), 365.25), [0.01, 0.02])
