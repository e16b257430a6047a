"""The SRRI: weeks, bands, and what is not said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from backtest.metrics.risk_indicator import BANDS, WEEKS, risk_class, weekly_volatility


def weekdays(start: str, end: str) -> np.ndarray:
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return days[np.is_busday(days)]


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [(0.0, 1), (0.00499, 1), (0.005, 2), (0.02, 3), (0.05, 4), (0.0999, 4), (0.10, 5), (0.15, 6), (0.184, 6),
     (0.2499, 6), (0.25, 7), (0.9, 7), (math.nan, None)],
)  # fmt: skip
def test_the_bands_of_the_guideline(volatility, expected):
    """CESR/10-673: a class begins at its lower bound. 18.4 % is 6, though it is 4 on the scale of a PRIIPs KID."""
    assert risk_class(volatility) == expected


def test_bands_ascend():
    assert list(BANDS) == sorted(BANDS)


def test_it_is_the_deviation_of_weekly_returns_as_pandas_cuts_the_weeks():
    dates = weekdays("2018-01-01", "2026-10-30")
    levels = 100.0 * np.exp(np.cumsum(np.random.default_rng(2).normal(0.0, 0.01, len(dates))))
    weekly = pd.Series(levels, pd.DatetimeIndex(dates)).resample("W-SUN").last().pct_change().dropna()
    assert weekly_volatility(levels, dates) == pytest.approx(weekly.iloc[-WEEKS:].std() * math.sqrt(52.0), rel=1e-12)


def test_a_week_that_goes_on_does_not_count():
    """Data that end on a Wednesday end, for this figure, on the Friday before; a Thursday before a weekend of three
    days is no end of a week either, for nobody knows the holidays to come."""
    dates = weekdays("2018-01-01", "2026-10-28")
    levels = 100.0 * np.exp(np.cumsum(np.random.default_rng(2).normal(0.0, 0.01, len(dates))))
    assert weekly_volatility(levels, dates) == weekly_volatility(levels[:-3], dates[:-3])
    wild = levels.copy()
    wild[-1] *= 3.0
    assert weekly_volatility(wild, dates) == weekly_volatility(levels, dates)


def test_a_week_without_its_friday_ends_on_its_last_trading_day():
    dates = weekdays("2018-01-01", "2026-10-30")
    levels = 100.0 * np.exp(np.cumsum(np.random.default_rng(2).normal(0.0, 0.01, len(dates))))
    friday = int(np.flatnonzero(dates == np.datetime64("2026-04-03"))[0])
    weekly = pd.Series(np.delete(levels, friday), pd.DatetimeIndex(np.delete(dates, friday))).resample("W-SUN").last()
    found = weekly_volatility(np.delete(levels, friday), np.delete(dates, friday))
    assert found == pytest.approx(weekly.pct_change().iloc[-WEEKS:].std() * math.sqrt(52.0), rel=1e-12)


def test_less_than_five_years_say_nothing():
    dates = weekdays("2021-11-08", "2026-10-30")
    assert math.isnan(weekly_volatility(np.full(len(dates), 100.0), dates))
    dates = weekdays("2021-10-25", "2026-10-30")
    assert weekly_volatility(np.full(len(dates), 100.0), dates) == 0.0
    gap = np.full(len(dates), 100.0)
    gap[dates == np.datetime64("2024-05-10")] = math.nan  # a Friday
    assert math.isnan(weekly_volatility(gap, dates))
