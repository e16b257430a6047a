"""Figures worked by hand or published. Each says where it comes from; none was copied from a run of this code."""

import numpy as np
import pytest

from backtest.metrics.concentration import active_share, effective_number, herfindahl, top_weight
from backtest.metrics.liquidity import average_daily_value, days_to_sell
from backtest.metrics.performance import (
    annualised_return,
    cumulative_return,
    daily_returns,
    discrete_returns,
    drawdowns,
    max_drawdown,
    max_drawdown_trough,
    month_ends,
)
from backtest.metrics.risk import information_ratio, sharpe_ratio, tracking_error, volatility
from backtest.metrics.trading import cost_drag_per_year, turnover_per_year

FIRST_DAY_LOSS = 100.0 * np.cumprod([0.95, 1.01, 1.02])


def test_maximum_drawdown_of_minus_five_plus_one_plus_two_per_cent():
    """By hand: 100, 95, 95.95, 97.869. The peak is the starting 100, the low 95: -5 %.

    Other conventions give 0.0 (the start is no peak) or +0.05 (positive drawdowns); ours is -0.05.
    """
    assert max_drawdown(FIRST_DAY_LOSS, 100.0) == pytest.approx(-0.05, abs=1e-15)
    assert max_drawdown_trough(FIRST_DAY_LOSS, 100.0) == 0
    np.testing.assert_allclose(drawdowns(FIRST_DAY_LOSS, 100.0), [-0.05, -0.0405, -0.02131], atol=1e-15)


def test_growth_formula_of_the_table_of_past_performance():
    """COBS 4.6.4G: pgr = ((P1 - P0) / P0) x 100. By hand: from 125 to 140 is +12 %, from 140 to 133 is -5 %."""
    assert cumulative_return(np.array([140.0]), 125.0) == pytest.approx(0.12)
    assert cumulative_return(np.array([133.0]), 140.0) == pytest.approx(-0.05)


def test_annualised_return_of_the_index_of_five_hundred_us_companies_2018_to_2022():
    """Published calendar-year total returns of the S&P 500: -4.38, 31.49, 18.40, 28.71, -18.11 % (index provider's
    fact sheet); the same sheet gives 9.42 % a year for the five years. Last trading days: 2017-12-29, 2022-12-30.
    """
    total = np.prod(1.0 + np.array([-0.0438, 0.3149, 0.1840, 0.2871, -0.1811])) - 1.0
    days = (np.datetime64("2022-12-30") - np.datetime64("2017-12-29")).astype(int)
    assert days == 1827
    assert annualised_return(total, float(days)) == pytest.approx(0.0942, abs=0.0001)


def test_discrete_years_of_a_line_drawn_by_hand():
    """Levels 100 until the end of 2019, 110 through 2020, 99 through 2021: +10 % and -10 %; before that, no data."""
    every = np.arange(np.datetime64("2019-12-31"), np.datetime64("2022-01-01"))
    dates = every[np.is_busday(every)]
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    levels = np.select([year == 2019, year == 2020], [100.0, 110.0], 99.0)
    found = discrete_returns(levels, 100.0, dates, month_ends(dates), 3)
    np.testing.assert_allclose(found, [-0.1, 0.1, np.nan], atol=1e-15)


def test_volatility_by_hand():
    """Returns 1, 2, 3, 4 %: mean 2.5, squared deviations 2.25 + 0.25 + 0.25 + 2.25 = 5, over n - 1 = 3.

    sqrt(5 / 3) % = 1.29099 % a day; x sqrt(252) = 15.87451: 20.49390 % a year.
    """
    assert volatility(np.array([0.01, 0.02, 0.03, 0.04])) == pytest.approx(0.2049390, abs=1e-7)


def test_sharpe_ratio_by_hand():
    """Excess returns 1, 2, 3, 4 %: 2.5 / 1.29099 = 1.93649 a day; x 15.87451 = 30.74085 a year."""
    cash = np.array([0.001, 0.0, 0.002, 0.001])
    excess = np.array([0.01, 0.02, 0.03, 0.04])
    assert sharpe_ratio(excess + cash, cash) == pytest.approx(30.74085, abs=1e-5)


def test_tracking_error_and_information_ratio_by_hand():
    """Active returns +1, -1, +1, -1 %: squared deviations 4, over 3: 1.154701 % a day, 18.33030 % a year.

    10 % a year against 7 %: 3 / 18.33030 = 0.163663.
    """
    benchmark = np.array([0.02, 0.03, -0.01, 0.0])
    error = tracking_error(benchmark + np.array([0.01, -0.01, 0.01, -0.01]), benchmark)
    assert error == pytest.approx(0.1833030, abs=1e-7)
    assert information_ratio(0.10, 0.07, error) == pytest.approx(0.163663, abs=1e-6)


def test_herfindahl_of_four_firms():
    """US Department of Justice, Herfindahl-Hirschman Index: four firms of 30, 30, 20 and 20 per cent have
    900 + 900 + 400 + 400 = 2,600 points of 10,000. Effective number: 10,000 / 2,600 = 3.846.
    """
    shares = np.array([0.30, 0.30, 0.20, 0.20])
    assert herfindahl(shares) == pytest.approx(0.2600)
    assert effective_number(shares) == pytest.approx(3.846, abs=0.0005)
    assert effective_number(0.5 * shares) == pytest.approx(3.846, abs=0.0005)  # half in cash: rescaled
    assert top_weight(0.5 * shares, 2) == pytest.approx(0.30)  # of NAV: not rescaled


def test_active_share_by_hand():
    """50, 30, 20, 0 % against 25 % each: (25 + 5 + 5 + 25) / 2 = 30 %."""
    assert active_share(np.array([0.5, 0.3, 0.2, 0.0]), np.full(4, 0.25)) == pytest.approx(0.30)


def test_days_to_sell_by_hand():
    """5 million of a name that trades 1.5 million a day: 4.5 million at 0.3 million a day takes 15 days."""
    average = average_daily_value(np.array([[1.0e6], [2.0e6]]))
    assert days_to_sell(np.array([5.0e6]), average)[0] == pytest.approx(15.0)


def test_entry_cost_by_hand():
    """1,000 in cash, 0.1 % paid on the purchase, then flat: -0.1 % in all, -0.1 % drawdown, no volatility."""
    nav = np.full(4, 999.0)
    assert cumulative_return(nav, 1000.0) == pytest.approx(-0.001)
    assert max_drawdown(nav, 1000.0) == pytest.approx(-0.001)
    np.testing.assert_allclose(daily_returns(nav, 1000.0), [-0.001, 0.0, 0.0, 0.0], atol=1e-15)
    assert volatility(daily_returns(nav, 1000.0)[1:]) == 0.0


def test_turnover_and_cost_drag_by_hand():
    """Two years of 365.25 days: a first purchase (one-way 50 %, cost 1.00), then 10 %, 20 % and 30 % (cost 0.20, 0.40,
    0.60) on a NAV of 1,000: turnover (10 + 20 + 30) / 2 = 30 % a year; cost 2.20 / 1,000 / 2 = 0.11 % a year.
    """
    assert turnover_per_year(np.array([0.5, 0.1, 0.2, 0.3]), 730.5) == pytest.approx(0.30)
    assert cost_drag_per_year(np.array([1.0, 0.2, 0.4, 0.6]), np.full(500, 1000.0), 730.5) == pytest.approx(0.0011)
