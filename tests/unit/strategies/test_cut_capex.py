"""cut_capex: who receives what is freed. The glide is tested with the reading of its parameters."""

from __future__ import annotations

import numpy as np

from backtest.strategy import varied

THEMES = ("capex", "adopter", "adopter", "other")
WEIGHTS = (0.4, 0.3, 0.1, 0.2)


def market(markets, **changes):
    signs = np.where(np.arange(120) % 2 == 0, 1.0, -1.0)[:, None]
    prices = 100.0 * np.cumprod(1.0 + signs * np.array([0.01, 0.01, 0.02, 0.01]), axis=0)
    return markets.panel_of(prices, themes=THEMES, benchmark_weights=np.tile(WEIGHTS, (120, 1)), **changes)


def test_receivers_take_by_weight_equally_or_by_inverse_volatility(markets, shipped, history_of):
    """0.2 is freed: 3 to 1 by weight, one half each, 2 to 1 by volatilities that stand 1 to 2."""
    strategy = shipped("cut_capex", capex_target=0.5, months=1, receivers=np.array([[0.0], [1.0], [2.0]]))
    found = strategy.target_weights(history_of(market(markets), 100, variants=3))
    expected = [[0.2, 0.45, 0.15, 0.2], [0.2, 0.4, 0.2, 0.2], [0.2, 0.3 + 0.4 / 3, 0.1 + 0.2 / 3, 0.2]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    alone = varied(strategy, {"receivers": 1}).target_weights(history_of(market(markets), 100))
    np.testing.assert_allclose(alone, expected[1:2], rtol=1e-12)


def test_receivers_without_a_past_take_by_weight(markets, shipped, history_of):
    strategy = shipped("cut_capex", capex_target=0.5, months=1, receivers=2)
    found = strategy.target_weights(history_of(market(markets), 100))
    young = markets.panel_of(np.ones((120, 4)), themes=THEMES, benchmark_weights=np.tile(WEIGHTS, (120, 1)))
    np.testing.assert_allclose(found[0, 1] - 0.3, 0.4 / 3, rtol=1e-12)
    np.testing.assert_allclose(strategy.target_weights(history_of(young, 100)), [[0.2, 0.45, 0.15, 0.2]], rtol=1e-12)
