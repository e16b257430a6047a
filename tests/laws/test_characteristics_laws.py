"""What is true of a portfolio's characteristics whatever it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.metrics.characteristics import price_to, weighted_average, weighted_median

quick = settings(max_examples=80, deadline=None, derandomize=True, database=None)


@st.composite
def holdings(draw, losses=False):
    """Weights that fill at least half of NAV, market values, and amounts of 1 to 50 % of them."""
    count = draw(st.integers(1, 20))
    raw = np.array(draw(st.lists(st.integers(1, 1000), min_size=count, max_size=count)), dtype=np.float64)
    values = np.array(draw(st.lists(st.integers(1, 10**6), min_size=count, max_size=count)), dtype=np.float64)
    least = -0.05 if losses else 0.01
    yields = np.array(draw(st.lists(st.floats(least, 0.5), min_size=count, max_size=count)))
    return raw / raw.sum() * draw(st.floats(0.6, 1.0)), values, values * yields


@quick
@given(holdings())
def test_price_to_earnings_lies_between_the_cheapest_and_the_dearest_and_below_the_mean(portfolio):
    weights, values, earned = portfolio
    found, coverage = price_to(weights, values, earned)
    each = values / earned
    assert each.min() * (1 - 1e-9) <= found <= each.max() * (1 + 1e-9)
    assert found <= (weights * each).sum() / weights.sum() * (1 + 1e-9)
    assert coverage == pytest.approx(weights.sum())


@quick
@given(holdings())
def test_a_portfolio_by_market_value_pays_what_the_market_pays(portfolio):
    """The whole market at its own weights: all values over all earnings, which is how an index states it."""
    _, values, earned = portfolio
    found, _ = price_to(values / values.sum(), values, earned)
    assert found == pytest.approx(values.sum() / earned.sum())


@quick
@given(holdings(losses=True), st.floats(0.01, 100.0))
def test_the_currency_that_money_is_counted_in_moves_no_ratio(portfolio, rate):
    weights, values, earned = portfolio
    one, other = price_to(weights, values, earned), price_to(weights, values * rate, earned * rate)
    np.testing.assert_allclose(other, one, rtol=1e-6, equal_nan=True)


@quick
@given(holdings(), st.floats(1.01, 10.0))
def test_more_earnings_make_it_cheaper_in_proportion(portfolio, factor):
    weights, values, earned = portfolio
    assert price_to(weights, values, earned * factor)[0] == pytest.approx(price_to(weights, values, earned)[0] / factor)


@quick
@given(holdings(), st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(portfolio, shuffle):
    weights, values, earned = portfolio
    order = list(range(len(weights)))
    shuffle.shuffle(order)
    assert price_to(weights[order], values[order], earned[order]) == pytest.approx(price_to(weights, values, earned))
    assert weighted_average(weights[order], values[order]) == pytest.approx(weighted_average(weights, values))
    assert weighted_median(weights[order], values[order]) == pytest.approx(weighted_median(weights, values))


@quick
@given(holdings())
def test_half_of_the_weight_is_at_the_median_or_below_and_half_at_it_or_above(portfolio):
    weights, values, _ = portfolio
    found, _ = weighted_median(weights, values)
    assert found in values
    assert weights[values <= found].sum() >= weights.sum() / 2 - 1e-9
    assert weights[values >= found].sum() >= weights.sum() / 2 - 1e-9


@quick
@given(holdings())
def test_a_name_that_is_not_held_says_nothing(portfolio):
    weights, values, earned = portfolio
    more = [np.append(weights, 0.0), np.append(values, 1e9), np.append(earned, -1e9)]
    assert price_to(*more) == pytest.approx(price_to(weights, values, earned))
    assert weighted_median(*more[:2]) == pytest.approx(weighted_median(weights, values))
