"""Our measures against other libraries on the same series; where they differ, the test says why and by how much."""

import empyrical
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from backtest.metrics.concentration import effective_number, herfindahl
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

RANDOM = np.random.Generator(np.random.PCG64(20261031))
DATES = pd.bdate_range("2015-12-31", "2022-10-31")
RETURNS = RANDOM.normal(0.0004, 0.012, len(DATES))
BENCHMARK = 0.8 * RETURNS + RANDOM.normal(0.0001, 0.004, len(DATES))
CASH = np.full(len(DATES), 0.02 / 252) * RANDOM.uniform(0.5, 1.5, len(DATES))
LEVELS = 100.0 * np.cumprod(1.0 + RETURNS)
DAYS = DATES.to_numpy().astype("datetime64[D]")


def test_returns_are_those_of_pandas_and_empyrical():
    series = pd.Series(np.concatenate([[100.0], LEVELS]))
    np.testing.assert_allclose(daily_returns(LEVELS, 100.0), series.pct_change().to_numpy()[1:], rtol=1e-10)
    assert cumulative_return(LEVELS, 100.0) == pytest.approx(empyrical.cum_returns_final(RETURNS), rel=1e-10)


def test_drawdowns_are_those_of_pandas_with_the_start_in_front():
    series = pd.Series(np.concatenate([[100.0], LEVELS]))
    expected = series / series.cummax() - 1.0
    np.testing.assert_allclose(drawdowns(LEVELS, 100.0), expected.to_numpy()[1:], atol=1e-12)
    assert max_drawdown_trough(LEVELS, 100.0) == expected.to_numpy()[1:].argmin()


@pytest.mark.parametrize("returns", [RETURNS, np.array([-0.05, 0.01, 0.02]), np.array([0.01, 0.02])])
def test_maximum_drawdown_is_that_of_empyrical(returns):
    """empyrical puts the starting value in front too; vectorbt's accessor does not, skfolio turns the sign."""
    assert max_drawdown(np.cumprod(1.0 + returns), 1.0) == pytest.approx(empyrical.max_drawdown(returns), rel=1e-10)


def test_volatility_is_that_of_empyrical():
    assert volatility(RETURNS) == pytest.approx(empyrical.annual_volatility(RETURNS), rel=1e-12)
    assert volatility(RETURNS) == pytest.approx(pd.Series(RETURNS).std() * np.sqrt(252), rel=1e-12)


def test_volatility_on_a_year_of_365_days_is_a_fifth_more():
    """empyrical with 365 days a year, as vectorbt assumes for daily data, gives ours x sqrt(365 / 252)."""
    theirs = empyrical.annual_volatility(RETURNS, annualization=365)
    assert theirs / volatility(RETURNS) == pytest.approx(1.2035, abs=1e-4)


def test_sharpe_ratio_is_that_of_empyrical_above_the_same_cash():
    assert sharpe_ratio(RETURNS, CASH) == pytest.approx(empyrical.sharpe_ratio(RETURNS, CASH), rel=1e-10)


def test_sharpe_ratio_of_a_constant_is_undefined_here_and_huge_or_infinite_elsewhere():
    flat = np.full(300, 0.0013)
    assert np.isnan(sharpe_ratio(flat, np.zeros(300)))
    with np.errstate(divide="ignore"):
        theirs = empyrical.sharpe_ratio(flat)
    assert theirs > 1e10


def test_annualised_return_uses_the_calendar_where_empyrical_counts_rows():
    """empyrical: growth ** (252 / rows). Ours: growth ** (365.25 / calendar days). Put rows in, and they agree."""
    total = cumulative_return(LEVELS, 100.0)
    theirs = empyrical.annual_return(RETURNS)
    assert annualised_return(total, len(RETURNS) * 365.25 / 252) == pytest.approx(theirs, rel=1e-10)
    ours = annualised_return(total, float((DAYS[-1] - DAYS[0]).astype(int)))
    assert ours != pytest.approx(theirs, rel=1e-4)
    assert (1.0 + ours) ** ((DAYS[-1] - DAYS[0]).astype(int) / 365.25) == pytest.approx(1.0 + total)


def test_annualised_return_of_equal_years_is_their_geometric_mean():
    years = np.array([1.10, 0.95, 1.20, 1.02])
    assert annualised_return(np.prod(years) - 1.0, 1461) == pytest.approx(stats.gmean(years) - 1.0, rel=1e-12)


def test_tracking_error_is_the_volatility_of_the_difference_in_pandas():
    theirs = (pd.Series(RETURNS) - pd.Series(BENCHMARK)).std() * np.sqrt(252)
    assert tracking_error(RETURNS, BENCHMARK) == pytest.approx(theirs, rel=1e-12)


def test_information_ratio_compounds_where_empyrical_averages():
    """empyrical.excess_sharpe: mean daily active return / its deviation, per day. Ours: compounded annual returns over
    the annual tracking error. Averaged instead of compounded, ours is theirs x sqrt(252).
    """
    error = tracking_error(RETURNS, BENCHMARK)
    averaged = information_ratio(RETURNS.mean() * 252, BENCHMARK.mean() * 252, error)
    assert averaged == pytest.approx(empyrical.excess_sharpe(RETURNS, BENCHMARK) * np.sqrt(252), rel=1e-10)
    days = float((DAYS[-1] - DAYS[0]).astype(int))
    own, other = (annualised_return(np.prod(1.0 + r) - 1.0, days) for r in (RETURNS, BENCHMARK))
    assert information_ratio(own, other, error) == pytest.approx((own - other) / error)


def test_month_ends_are_those_of_pandas():
    expected = pd.Series(DATES, index=DATES).resample("ME").last()
    assert DAYS[month_ends(DAYS)].tolist() == expected.to_numpy().astype("datetime64[D]").tolist()


def test_discrete_years_are_those_of_pandas():
    """Year ends of October: resample to them and take the change; the first is no whole year and ours is undefined."""
    yearly = pd.Series(LEVELS, index=DATES).resample("YE-OCT").last().pct_change().to_numpy()
    found = discrete_returns(LEVELS, 100.0, DAYS, month_ends(DAYS), 7)
    np.testing.assert_allclose(found[::-1][1:], yearly[1:], rtol=1e-10)
    assert np.isnan(found[-1])


def test_effective_number_is_the_exponential_of_renyi_entropy_of_order_two():
    """exp(H2) with H2 = -log(sum p ** 2), and never more than the exponential of Shannon's entropy."""
    weights = RANDOM.dirichlet(np.ones(40))
    assert effective_number(weights) == pytest.approx(np.exp(-np.log((weights**2).sum())), rel=1e-12)
    assert effective_number(weights) <= np.exp(stats.entropy(weights))
    assert herfindahl(weights) == pytest.approx(np.var(weights) * 40 + 1 / 40, rel=1e-10)
