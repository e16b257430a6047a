"""Laws of the summary risk indicator: what must hold for any prices, and what is left unsaid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.metrics.risk_indicator import (
    Moments,
    equivalent_volatility,
    market_risk_class,
    moments,
    summary_indicator,
    value_at_risk,
)

END = np.datetime64("2026-10-30")
HORIZONS = st.floats(1.0, 10.0)


def weekdays(years: float, end: np.datetime64 = END) -> np.ndarray:
    days = np.arange(end - round(365.25 * years), end + 1)
    return days[np.is_busday(days)]


def path(seed: int, days: int, deviation: float = 0.01) -> np.ndarray:
    """A jagged line with thick tails."""
    steps = deviation * np.random.default_rng(seed).standard_t(5, days - 1)
    return 100.0 * np.exp(np.concatenate([[0.0], np.cumsum(steps)]))


def of_normal(deviation: float, years: float) -> float:
    return equivalent_volatility(value_at_risk(Moments(1280, deviation, 0.0, 0.0), 256 * years), years)


@given(st.floats(0.001, 0.03), HORIZONS)
def test_for_normal_returns_it_is_their_volatility(deviation, years):
    """3.842 is 1.96 squared, so with no skewness and no tails the value at risk turns back into the deviation."""
    assert of_normal(deviation, years) == pytest.approx(deviation * 16.0, abs=2e-4)


@given(st.floats(0.0, 0.05), st.floats(0.0, 0.05), HORIZONS)
def test_for_normal_returns_it_never_falls_as_volatility_rises(one, other, years):
    low, high = sorted((one, other))
    assert of_normal(low, years) <= of_normal(high, years) + 1e-12
    assert market_risk_class(of_normal(low, years)) <= market_risk_class(of_normal(high, years))


@given(st.floats(0.002, 0.03), st.floats(-1.0, 0.0), st.floats(0.0, 10.0))
def test_a_longer_tail_of_losses_never_lowers_it(deviation, skewness, kurtosis):
    tailed = value_at_risk(Moments(1280, deviation, skewness, kurtosis), 1280)
    assert tailed <= value_at_risk(Moments(1280, deviation, 0.0, 0.0), 1280) + 0.146 * skewness**2 * deviation
    assert value_at_risk(Moments(1280, deviation, skewness, kurtosis + 1.0), 1280) < tailed


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.01, 100.0))
def test_the_unit_of_money_does_not_matter(seed, factor):
    dates = weekdays(5.5)
    levels = path(seed, len(dates))
    found, again = (summary_indicator(one, dates, 5.0) for one in (levels, factor * levels))
    assert again[0] == pytest.approx(found[0], rel=1e-9)
    assert again[1] == found[1]


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(-0.001, 0.001))
def test_a_steady_drift_does_not_matter(seed, drift):
    """The value at risk is about the risk-neutral mean: what was earned on average does not lower the class."""
    dates = weekdays(5.5)
    levels = path(seed, len(dates))
    found = summary_indicator(levels, dates, 5.0)
    again = summary_indicator(levels * np.exp(drift * np.arange(len(dates))), dates, 5.0)
    assert again[0] == pytest.approx(found[0], rel=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.1, 10.0))
def test_moments_scale_as_their_powers(seed, factor):
    returns = np.random.default_rng(seed).standard_t(5, 500)
    one, other = moments(returns), moments(factor * returns)
    assert other.deviation == pytest.approx(factor * one.deviation)
    assert other.skewness == pytest.approx(one.skewness)
    assert other.excess_kurtosis == pytest.approx(one.excess_kurtosis)


def test_the_order_of_returns_does_not_matter_and_what_lies_before_five_years_does_not_count():
    dates = weekdays(7.0)
    levels = path(3, len(dates))
    inside = dates >= np.datetime64("2021-10-29")  # the last price on or before five years before the end
    assert summary_indicator(levels, dates, 5.0) == summary_indicator(levels[inside], dates[inside], 5.0)
    wild = levels.copy()
    wild[~inside] *= np.where(np.arange((~inside).sum()) % 2, 2.0, 1.0)
    assert summary_indicator(wild, dates, 5.0) == summary_indicator(levels, dates, 5.0)
    steps = np.diff(np.log(levels))
    turned = np.exp(np.concatenate([[0.0], np.cumsum(steps[::-1])]))
    whole = dates[-len(dates[inside]) :]
    assert summary_indicator(turned[: len(whole)], whole, 5.0)[0] == pytest.approx(
        summary_indicator(np.exp(np.concatenate([[0.0], np.cumsum(steps[-(len(whole) - 1) :])])), whole, 5.0)[0]
    )


def test_two_years_of_daily_prices_are_enough_and_a_day_less_is_not():
    dates = np.concatenate([[np.datetime64("2024-10-30")], weekdays(1.99)])
    levels = path(1, len(dates))
    assert summary_indicator(levels, dates, 5.0)[1] is not None
    volatility, found = summary_indicator(levels[1:], dates[1:], 5.0)
    assert (math.isnan(volatility), found) == (True, None)


@pytest.mark.parametrize(
    ("every", "years", "added", "known"),
    [(7, 4.05, 0, True), (7, 3.9, 0, False), (30, 5.2, 1, True), (30, 4.9, 1, False), (3, 5.2, 0, False),
     (91, 5.2, 0, False)],
)  # fmt: skip
def test_weekly_prices_need_four_years_and_monthly_ones_five(every, years, added, known):
    """Returns of one hundredth up and down in turn; 0.01 x the root of the periods a year is the volatility."""
    count = int(365.25 * years / every) + 1
    dates = END - every * np.arange(count)[::-1]
    volatility, found = summary_indicator(np.exp(0.01 * (np.arange(count) % 2)), dates, 5.0)
    if not known:
        assert (math.isnan(volatility), found) == (True, None)
        return
    per_year = {7: 52, 30: 12}[every]
    assert volatility == pytest.approx(0.01 * math.sqrt(per_year), rel=0.02)
    assert found == market_risk_class(volatility) + added


def test_a_flat_line_is_of_the_lowest_class():
    dates = weekdays(5.5)
    volatility, found = summary_indicator(np.full(len(dates), 100.0), dates, 5.0)
    assert volatility == pytest.approx(0.0, abs=1e-4)
    assert found == 1


@pytest.mark.parametrize("bad", [math.nan, 0.0, -1.0])
def test_a_price_that_is_missing_or_not_above_zero_leaves_it_unsaid(bad):
    dates = weekdays(5.5)
    levels = path(1, len(dates))
    levels[-10] = bad
    volatility, found = summary_indicator(levels, dates, 5.0)
    assert (math.isnan(volatility), found) == (True, None)


def test_no_series_at_all_says_nothing():
    for count in (0, 1):
        volatility, found = summary_indicator(np.full(count, 1.0), weekdays(5.0)[:count], 5.0)
        assert (math.isnan(volatility), found) == (True, None)


def test_a_value_at_risk_that_no_volatility_has_is_unsaid():
    assert math.isnan(equivalent_volatility(1.93, 5.0))
    assert market_risk_class(equivalent_volatility(1.93, 5.0)) is None
