import json
from datetime import date

import numpy as np
import pytest

from backtest.metrics.performance import month_ends
from backtest.metrics.summary import (
    Track,
    calendar_days,
    defined,
    largest_holdings,
    summarise_concentration,
    summarise_exposures,
    summarise_liquidity,
    summarise_performance,
    summarise_trading,
)


def business_days(start, end):
    every = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return every[np.is_busday(every)]


def summary_of(start, end, benchmark=None, levels=None):
    dates = business_days(start, end)
    random = np.random.Generator(np.random.PCG64(3))
    levels = 100.0 * np.cumprod(1.0 + random.normal(0.0, 0.01, len(dates))) if levels is None else levels(len(dates))
    track = Track(levels, 100.0)
    other = Track(np.linspace(50.0, 60.0, len(dates)), 50.0) if benchmark else None
    return summarise_performance(track, dates, month_ends(dates), np.ones(len(dates)), other)


def test_undefined_is_none():
    assert defined(np.float64("nan")) is None
    assert defined(np.inf) is None
    assert defined(np.float64(0.5)) == 0.5 and type(defined(np.float64(0.5))) is float


def test_calendar_days():
    assert calendar_days(business_days("2020-01-01", "2021-01-01")) == 366.0


def test_under_one_year_there_is_no_annual_return_and_no_information_ratio():
    found = summary_of("2021-01-29", "2021-12-31", benchmark=True)
    assert found.periods["start"].cumulative is not None
    assert found.periods["start"].annualised is None
    assert found.information_ratio is None
    assert found.tracking_error is not None
    assert [year.cumulative for year in found.discrete] == [None] * 5


def test_periods_know_their_dates():
    found = summary_of("2019-12-31", "2022-12-30", benchmark=True)
    three = found.periods["3y"]
    assert (three.start, three.end) == (date(2019, 12, 31), date(2022, 12, 30))
    assert three == found.periods["start"]
    assert three.annualised == pytest.approx((1 + three.cumulative) ** (365.25 / 1095) - 1)
    assert found.periods["5y"].start is None and found.periods["5y"].cumulative is None
    assert found.periods["1y"].annualised is None
    assert [(y.start, y.end) for y in found.discrete] == [
        (date(2021, 12, 31), date(2022, 12, 30)),
        (date(2020, 12, 31), date(2021, 12, 31)),
        (date(2019, 12, 31), date(2020, 12, 31)),
        (date(2018, 12, 31), date(2019, 12, 31)),
        (date(2017, 12, 29), date(2018, 12, 31)),
    ]
    assert [y.cumulative is None for y in found.discrete] == [False, False, False, True, True]


def test_the_entry_cost_is_in_returns_and_drawdown_but_not_in_volatility():
    flat = summary_of("2019-12-31", "2022-12-30", levels=lambda count: np.full(count, 99.0))
    assert flat.periods["start"].cumulative == pytest.approx(-0.01)
    assert flat.max_drawdown == pytest.approx(-0.01)
    assert flat.max_drawdown_trough == date(2019, 12, 31)
    assert flat.volatility == 0.0
    assert flat.sharpe is None


def test_information_ratio_is_annualised_active_return_over_tracking_error():
    found = summary_of("2019-12-31", "2022-12-30", benchmark=True)
    active = found.periods["start"].annualised - (1.2 ** (365.25 / 1095) - 1)
    assert found.information_ratio == pytest.approx(active / found.tracking_error)


def test_one_day_is_a_window():
    found = summary_of("2022-12-30", "2022-12-30", benchmark=True)
    assert found.volatility is None and found.sharpe is None and found.tracking_error is None
    assert found.periods["start"].cumulative is not None and found.periods["1m"].cumulative is None


def test_trading_reports_each_rebalance_and_skips_delistings():
    dates = business_days("2020-01-01", "2021-12-31")
    nav = np.full(len(dates), 999.0)
    found = summarise_trading(
        dates,
        nav,
        np.array([0, 10, 20]),
        np.array([True, False, True]),
        np.array([0.5, 0.01, 0.2]),
        np.array([1.0, 0.0, 1.0]),
    )
    assert [(one.day, one.turnover, one.cost) for one in found.rebalances] == [
        (date(2020, 1, 1), 0.5, 0.001),
        (date(2020, 1, 29), 0.2, 0.001),
    ]
    assert found.turnover == pytest.approx(0.21 * 365.25 / 730)


def test_concentration_of_nothing():
    found = summarise_concentration(np.zeros(3), np.full(3, 1 / 3))
    assert (found.holdings, found.hhi, found.effective_names, found.top10, found.largest) == (0, None, None, 0.0, 0.0)
    assert found.active_share == pytest.approx(1.0)
    assert summarise_concentration(np.zeros(3)).active_share is None


def test_exposures_are_sorted_and_cash_comes_last():
    rows = summarise_exposures(np.array([0.2, 0.5, 0.0, 0.0]), np.array([0.3, 0.3, 0.4, 0.0]), list("abcd"))
    assert [row.group for row in rows] == ["b", "a", "c", "cash"]
    assert rows[-1].strategy == pytest.approx(0.3) and rows[-1].benchmark == 0.0


def test_equal_holdings_are_listed_by_ticker():
    found = largest_holdings(np.array([0.3, 0.4, 0.3, 0.0]), np.array([0.1, 0.5, 0.4, 0.0]), list("zxyw"), 10)
    assert [one.asset for one in found] == ["x", "y", "z"]
    assert [one.active for one in found] == [pytest.approx(-0.1), pytest.approx(-0.1), pytest.approx(0.2)]
    assert len(largest_holdings(np.full(12, 1 / 12), np.zeros(12), [f"{i:02}" for i in range(12)], 10)) == 10


def test_liquidity_looks_at_positions_that_matter():
    weights = np.array([0.500, 0.490, 0.009, 0.0])
    traded = np.array([[900.0, 220.5, 0.0001, np.nan]])
    found = summarise_liquidity(weights, traded, 1000.0)
    assert found.worst_days == pytest.approx(10.0)
    assert found.slow_share == pytest.approx(0.009)
    assert found.volume_known is True


def test_liquidity_without_volume_is_unknown_not_zero():
    found = summarise_liquidity(np.array([0.5, 0.5]), np.full((3, 2), np.nan), 1000.0)
    assert (found.worst_days, found.slow_share, found.volume_known) == (None, None, False)


def test_liquidity_with_one_volume_missing_says_so():
    found = summarise_liquidity(np.array([0.5, 0.5]), np.array([[225.0, np.nan]]), 1000.0)
    assert (found.worst_days, found.slow_share, found.volume_known) == (pytest.approx(10.0), 0.0, False)


def test_many_small_positions_have_no_slowest_one():
    found = summarise_liquidity(np.full(200, 0.005), np.full((3, 200), 1e9), 1000.0)
    assert (found.worst_days, found.slow_share, found.volume_known) == (None, 0.0, True)
    json.dumps(found.__dict__, allow_nan=False)


def test_a_single_year_is_shown_cumulative_only():
    """365 days could be annualised; one year needs no annualised figure beside its cumulative one."""
    found = summary_of("2019-12-31", "2021-12-31").periods["1y"]
    assert (found.end - found.start).days == 365
    assert found.cumulative is not None and found.annualised is None
