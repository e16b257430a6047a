"""buy_the_turmoil: when an event is one, how steps add up and unwind, and when it asks to trade."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.strategy import asked

DAYS = 150


def market(markets, falls):
    """A capex name that falls by what `falls` says on its days, an adopter and another that stand still."""
    prices = np.full((DAYS, 3), 100.0)
    for day, share in falls.items():
        prices[day:, 0] *= 1.0 - share
    return markets.panel_of(prices)  # 2020-01-01 on; themes capex, adopter, other; equal weights


def share_moved(strategy, history):
    return 1.0 - 3.0 * strategy.target_weights(history)[:, 0]


def test_a_fall_moves_a_step_that_unwinds_by_the_month(markets, shipped, history_of):
    panel = market(markets, {30: 0.12})  # 12 February 2020
    strategy = shipped("buy_the_turmoil", fall=0.1, days=20, step=0.4, steps=3, months=4)
    first_of_month = {str(d)[:7]: t for t, d in reversed(list(enumerate(panel.dates)))}
    assert share_moved(strategy, history_of(panel, 29)) == pytest.approx(0.0)
    assert share_moved(strategy, history_of(panel, 30)) == pytest.approx(0.4)
    expected = {"2020-03": 0.3, "2020-04": 0.2, "2020-05": 0.1, "2020-06": 0.0, "2020-07": 0.0}
    for month, share in expected.items():
        assert share_moved(strategy, history_of(panel, first_of_month[month])) == pytest.approx(share, abs=1e-12)
    asks = [t for t in range(DAYS) if asked(strategy, history_of(panel, t))[0]]
    assert asks == [30, *(first_of_month[m] for m in ("2020-03", "2020-04", "2020-05", "2020-06"))]


def test_what_is_freed_goes_to_adopters(markets, shipped, history_of):
    strategy = shipped("buy_the_turmoil", fall=0.1, step=0.4)
    weights = strategy.target_weights(history_of(market(markets, {30: 0.12}), 30))
    np.testing.assert_allclose(weights, [[0.2, 1 / 3 + 0.4 / 3, 1 / 3]], rtol=1e-12)


def test_a_slow_fall_is_no_event(markets, shipped, history_of):
    """Two falls of six per cent: 11.6 per cent below the close of day 29, which counts for the days of the window."""
    strategy = shipped("buy_the_turmoil", fall=0.1, days=np.array([[10.0], [11.0]]), months=60)
    panel = market(markets, {30: 0.06, 39: 0.06})
    assert (share_moved(strategy, history_of(panel, 39, variants=2)) > 0.1).tolist() == [True, True]
    panel = market(markets, {30: 0.06, 40: 0.06})
    assert (share_moved(strategy, history_of(panel, 40, variants=2)) > 0.1).tolist() == [False, True]


def test_a_further_step_waits_for_the_window_and_steps_are_capped(markets, shipped, history_of):
    panel = market(markets, {30: 0.2, 35: 0.2, 52: 0.2, 74: 0.2})
    strategy = shipped("buy_the_turmoil", fall=0.1, days=20, step=0.3, steps=2, months=60)
    left = lambda months: 1.0 - months / 60  # noqa: E731
    assert share_moved(strategy, history_of(panel, 50)) == pytest.approx(0.3 * left(1))  # 35 came too soon after 30
    second = 0.3 * (left(2) + left(0) if panel.dates[52] >= np.datetime64("2020-04-01") else left(1) + left(0))
    assert share_moved(strategy, history_of(panel, 52)) == pytest.approx(second)
    assert share_moved(strategy, history_of(panel, 74)) == pytest.approx(0.6)  # three in force, two count


def test_a_slump_that_goes_on_is_a_new_event_after_the_window(markets, shipped, history_of):
    panel = market(markets, dict.fromkeys(range(30, 90), 0.02))
    strategy = shipped("buy_the_turmoil", fall=0.1, days=20, step=0.1, steps=10, months=60)
    asks = [t for t in range(90) if asked(strategy, history_of(panel, t))[0]]
    events = [t for t in asks if panel.dates[t].astype("datetime64[M]") == panel.dates[t - 1].astype("datetime64[M]")]
    assert events == [35, 56, 77]  # six falls of 2 % are 11.4 %; then every 21 days


def test_more_than_all_cannot_be_moved(markets, shipped, history_of):
    strategy = shipped("buy_the_turmoil", fall=0.1, days=5, step=1.0, steps=10)
    panel = market(markets, {30: 0.2, 40: 0.2, 50: 0.2})
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 50))[0], [0.0, 2 / 3, 1 / 3], atol=1e-15)


def test_the_first_day_has_no_event(markets, shipped, history_of):
    panel = market(markets, {})
    strategy = shipped("buy_the_turmoil")
    assert not asked(strategy, history_of(panel, 0))[0]
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 0))[0], 1 / 3)
