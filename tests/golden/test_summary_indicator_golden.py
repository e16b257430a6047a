"""The summary risk indicator of a PRIIPs key information document, against figures worked out elsewhere.

Source: the rule book's section 2.4, its own test vector for Regulation (EU) 2017/653, Annex II points 11 to 15: daily
returns with a standard deviation of 0.0115, a skewness of -0.3 and an excess kurtosis of 3.0, over 1,280 days, which
are five years of 256 days.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from backtest.metrics.risk_indicator import (
    Moments,
    equivalent_volatility,
    market_risk_class,
    moments,
    risk_class,
    summary_indicator,
    value_at_risk,
)

VECTOR = Moments(count=1280, deviation=0.0115, skewness=-0.3, excess_kurtosis=3.0)


def test_the_vector_of_the_rule_book():
    found = value_at_risk(VECTOR, 5 * 256)
    assert found == pytest.approx(-0.892753, abs=5e-7)
    volatility = equivalent_volatility(found, 5.0)
    assert volatility == pytest.approx(0.184358, abs=5e-7)
    assert market_risk_class(volatility) == 4


def test_each_coefficient_counts_where_returns_are_far_from_normal():
    """A year of weeks, s = 0.03, skewness -2, excess kurtosis 6, by hand with the formula of the same section:
    0.216333 x (-1.96 - 0.131464 - 0.007927 + 0.011231) - 0.0234 = -0.475138."""
    assert value_at_risk(Moments(52, 0.03, -2.0, 6.0), 52) == pytest.approx(-0.475138, abs=1e-6)


def test_the_same_volatility_is_another_class_on_the_other_scale():
    assert (market_risk_class(0.184358), risk_class(0.184358)) == (4, 6)


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [(0.0, 1), (0.00499, 1), (0.005, 2), (0.0499, 2), (0.05, 3), (0.1199, 3), (0.12, 4), (0.1999, 4), (0.20, 5),
     (0.2999, 5), (0.30, 6), (0.7999, 6), (0.80, 7), (3.0, 7), (math.nan, None)],
)  # fmt: skip
def test_the_bands_of_annex_ii(volatility, expected):
    """Point 2: a class begins at its lower bound."""
    assert market_risk_class(volatility) == expected


@pytest.mark.parametrize(("volatility", "expected"), [(0.184, 5), (0.9, 7), (math.nan, None)])
def test_monthly_prices_put_a_product_one_class_higher_and_never_above_seven(volatility, expected):
    """Point 15."""
    assert market_risk_class(volatility, added=1) == expected


def test_moments_by_hand():
    """Four returns -1, -1, -1, 3 hundredths: mean 0, M2 = 3, M3 = 6, M4 = 21 in powers of a hundredth."""
    found = moments(np.array([-0.01, -0.01, -0.01, 0.03]))
    assert found.count == 4
    assert found.deviation == pytest.approx(0.01 * math.sqrt(3.0))
    assert found.skewness == pytest.approx(6.0 / 3.0**1.5)
    assert found.excess_kurtosis == pytest.approx(21.0 / 9.0 - 3.0)


def test_a_path_whose_returns_take_two_values_from_prices_to_class():
    """Five years of days that rise and fall by one hundredth in turn: s = 0.01, no skewness, excess kurtosis -2.

    VaR = 0.01 x 35.7771 x (-1.96 + 0.0687 x 2 / 1280) - 0.5 x 0.0001 x 1280 = -0.765193 by hand, and
    VEV = (sqrt(3.842 + 2 x 0.765193) - 1.96) / sqrt(5) = 0.160031; the root of 256 times s is 0.16.
    """
    dates = np.arange(np.datetime64("2021-11-01"), np.datetime64("2026-11-03"))
    dates = dates[np.is_busday(dates)]
    dates = dates[-(len(dates) - 1) // 2 * 2 - 1 :]  # an even number of returns
    levels = np.exp(0.01 * (np.arange(len(dates)) % 2))
    volatility, found = summary_indicator(levels, dates, 5.0)
    assert volatility == pytest.approx(0.160031, abs=1e-6)
    assert found == 4
