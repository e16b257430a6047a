"""Equal weight, inverse volatility, minimum variance and broaden, on markets worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import StrategyError


def zigzag(days, *steps):
    """Prices that go up and down by a fixed share in turn, so that volatility is in proportion to the step."""
    signs = np.where(np.arange(days) % 2 == 0, 1.0, -1.0)[:, None]
    return 100.0 * np.cumprod(1.0 + signs * np.array(steps), axis=0)


def test_equal_weight_holds_members_with_a_price(markets, shipped, history_of):
    prices = np.ones((5, 4))
    prices[:, 3] = np.nan
    members = np.array([[True, True, False, False]] * 5)
    panel = markets.panel_of(prices, members=members)
    assert shipped("equal_weight").target_weights(history_of(panel, 4)).tolist() == [[0.5, 0.5, 0.0, 0.0]]


def test_half_the_volatility_is_twice_the_weight(markets, shipped, history_of):
    panel = markets.panel_of(zigzag(60, 0.01, 0.02, 0.04))
    weights = shipped("inverse_volatility", days=40).target_weights(history_of(panel, 59))[0]
    np.testing.assert_allclose(weights, [4 / 7, 2 / 7, 1 / 7], rtol=1e-12)


@pytest.mark.parametrize("name", ["inverse_volatility", "minimum_variance"])
def test_who_has_no_past_or_never_moved_gets_nothing(markets, shipped, history_of, name):
    prices = zigzag(60, 0.01, 0.02, 0.02, 0.02)
    prices[:30, 1] = np.nan  # listed half a window ago
    prices[:, 2] = 50.0  # suspended all through the window
    panel = markets.panel_of(prices)
    weights = shipped(name, days=40).target_weights(history_of(panel, 59))[0]
    assert (weights[[1, 2]] == 0.0).all() and weights[[0, 3]].sum() == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("name", ["inverse_volatility", "minimum_variance"])
def test_a_market_younger_than_twenty_returns_is_held_equally(markets, shipped, history_of, name):
    panel = markets.panel_of(zigzag(60, 0.01, 0.02, 0.04))
    strategy = shipped(name, days=40)
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 19))[0], 1 / 3, rtol=1e-15)
    assert np.ptp(strategy.target_weights(history_of(panel, 20))[0]) > 0.1


def test_windows_differ_by_variant(markets, shipped, history_of):
    prices = np.vstack([zigzag(60, 0.04, 0.01), zigzag(60, 0.01, 0.04)])
    panel = markets.panel_of(prices)
    days = np.array([[20.0], [119.0], [20.0]])
    weights = shipped("inverse_volatility", days=days).target_weights(history_of(panel, 119, variants=3))
    np.testing.assert_array_equal(weights[0], weights[2])
    np.testing.assert_allclose(weights[0], [0.8, 0.2], rtol=1e-12)
    assert abs(weights[1, 0] - 0.5) < 0.1


def test_two_names_without_correlation_share_by_variance(markets, shipped, history_of):
    """Variances 1 and 4, no correlation, always: sample error (25 - 17) / 64, spread 4.5, so the intensity is 1 / 36.

    Variances become 1 + 1.5 / 36 and 4 - 1.5 / 36, whose inverses stand as 19 to 5; shrunk all the way, one half each.
    """
    turns = np.arange(64)
    moves = np.column_stack([np.where(turns % 2, 0.01, -0.01), np.where(turns // 2 % 2, 0.02, -0.02)])
    panel = markets.panel_of(100.0 * np.vstack([[1.0, 1.0], np.cumprod(1.0 + moves, axis=0)]))
    column = np.array([[0.0], [1.0]])
    weights = shipped("minimum_variance", days=64, shrinkage=column).target_weights(history_of(panel, 64, variants=2))
    np.testing.assert_allclose(weights, [[19 / 24, 5 / 24], [0.5, 0.5]], rtol=1e-9)


def test_broaden_moves_no_further_than_it_must(markets, shipped, history_of):
    """Weights 0.7, 0.1, 0.1, 0.1 count for 1 / 0.52 names; two names need |w|^2 = 0.5: 1/4 of 0.27 away, 0.25 left."""
    weights = np.array([[0.7, 0.1, 0.1, 0.1]] * 3)
    panel = markets.panel_of(np.ones((3, 4)), benchmark_weights=weights)
    wanted = np.array([[1.5], [2.0], [4.0], [9.0]])
    found = shipped("broaden", effective_names=wanted).target_weights(history_of(panel, 2, variants=4))
    share = np.sqrt(0.25 / 0.27)
    np.testing.assert_allclose(found[0], weights[0], atol=1e-15)
    np.testing.assert_allclose(found[1], 0.25 + share * (weights[0] - 0.25), rtol=1e-12)
    np.testing.assert_allclose(found[2:], 0.25, rtol=1e-7)


def test_nobody_to_hold_is_an_error_with_the_date(markets, shipped, history_of):
    panel = markets.panel_of(np.ones((5, 2)), members=np.zeros((5, 2), dtype=bool), benchmark_weights=np.zeros((5, 2)))
    for name in ("equal_weight", "inverse_volatility", "minimum_variance", "hold_benchmark", "broaden"):
        with pytest.raises(StrategyError, match=rf"strategy {name}, 2020-01-07: the weights sum to 0"):
            shipped(name).target_weights(history_of(panel, 4))
