import numpy as np
import pytest

from backtest.metrics.liquidity import average_daily_value, days_to_sell, largest_participation


def test_the_average_is_over_the_last_sixty_days():
    traded = np.vstack([np.full((10, 1), 1e9), np.full((60, 1), 5.0)])
    assert average_daily_value(traded).tolist() == [5.0]


def test_unknown_days_are_left_out_and_silent_days_count_as_zero():
    traded = np.array([[4.0, 4.0, np.nan], [np.nan, 0.0, np.nan]])
    np.testing.assert_array_equal(average_daily_value(traded), [4.0, 2.0, np.nan])


def test_days_to_sell_ninety_per_cent_at_a_fifth_of_the_volume():
    assert days_to_sell(np.array([1e6]), np.array([3e6])).tolist() == [pytest.approx(1.5)]


def test_a_name_nobody_trades_cannot_be_sold_and_nothing_held_needs_no_day():
    found = days_to_sell(np.array([1.0, 1.0, 0.0]), np.array([0.0, np.nan, np.nan]))
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0.0])


def test_variants_are_rows():
    values = np.array([[1.0, 2.0], [2.0, 0.0]])
    np.testing.assert_allclose(days_to_sell(values, np.array([9.0, 9.0])), [[0.5, 1.0], [1.0, 0.0]])


def test_the_largest_order_of_a_days_trading():
    traded = np.array([[1.0, -2.0], [0.0, 0.5]])
    assert largest_participation(traded, np.array([[4.0, 4.0], [4.0, 1.0]])) == 0.5


def test_an_order_in_a_name_of_unknown_volume_makes_the_share_unknown():
    traded = np.array([[1.0, 0.0]])
    assert largest_participation(traded, np.array([[np.nan, 4.0]])) is None
    assert largest_participation(traded, np.array([[0.0, 4.0]])) is None
    assert largest_participation(traded, np.array([[10.0, np.nan]])) == 0.1
    assert largest_participation(np.zeros((0, 2)), np.zeros((0, 2))) == 0.0
