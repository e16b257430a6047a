import numpy as np
import pandas as pd
import pytest

from backtest.metrics.performance import (
    annualised_return,
    calendar_periods,
    calendar_returns,
    cumulative_return,
    daily_returns,
    discrete_periods,
    discrete_returns,
    drawdowns,
    last_on_or_before,
    latest_month_end,
    max_drawdown,
    max_drawdown_trough,
    month_ends,
    months_before,
    period_start,
    return_between,
    with_base,
    worst_twelve_months,
)

FLAT_LINE = np.full(5, 100.0)
LOSS_ON_DAY_ONE = np.array([95.0, 95.95, 97.869])
ONE_DAY = np.array([99.0])
NOTHING = np.array([])


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def business_days(start, end):
    every = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return every[np.is_busday(every)]


def test_the_base_stands_in_front_of_every_variant():
    levels = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(with_base(levels, np.array([9.0, 8.0])), [[9.0, 8.0], [1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(with_base(levels, 7.0)[0], [7.0, 7.0])


def test_the_entry_cost_is_the_first_daily_return():
    np.testing.assert_allclose(daily_returns(LOSS_ON_DAY_ONE, 100.0), [-0.05, 0.01, 0.02])


def test_cumulative_return_counts_from_the_base():
    assert cumulative_return(LOSS_ON_DAY_ONE, 100.0) == pytest.approx(-0.02131)
    assert cumulative_return(FLAT_LINE, 100.0) == 0.0
    assert cumulative_return(ONE_DAY, 100.0) == pytest.approx(-0.01)


@pytest.mark.parametrize("base", [0.0, -1.0, np.nan])
def test_a_base_that_is_not_positive_has_no_return(base):
    assert np.isnan(cumulative_return(FLAT_LINE, base))


def test_no_level_no_figure():
    assert np.isnan(cumulative_return(NOTHING, 100.0))
    assert np.isnan(max_drawdown(NOTHING, 100.0))
    assert max_drawdown_trough(NOTHING, 100.0) == -1
    assert np.isnan(cumulative_return(np.empty((0, 3)), 1.0)).tolist() == [True] * 3
    assert np.isnan(max_drawdown(np.empty((0, 3)), 1.0)).tolist() == [True] * 3


def test_doubling_in_four_years():
    assert annualised_return(1.0, 1461) == pytest.approx(2.0**0.25 - 1.0)


def test_never_annualised_under_one_year():
    assert np.isnan(annualised_return(0.10, 364))
    assert annualised_return(0.10, 365) == pytest.approx(1.10 ** (365.25 / 365) - 1.0)


def test_annualised_return_of_a_total_loss_and_of_less_than_nothing():
    assert annualised_return(-1.0, 730.5) == -1.0
    assert np.isnan(annualised_return(-1.2, 730.5))


def test_annualised_return_keeps_the_shape():
    found = annualised_return(np.array([0.21, np.nan]), 730.5)
    assert found[0] == pytest.approx(0.10) and np.isnan(found[1])


def test_drawdown_on_the_first_day_counts_because_the_starting_value_is_a_peak():
    np.testing.assert_allclose(drawdowns(np.array([95.0, 102.0, 51.0]), 100.0), [-0.05, 0.0, -0.5])
    assert max_drawdown(LOSS_ON_DAY_ONE, 100.0) == pytest.approx(-0.05)
    assert max_drawdown_trough(LOSS_ON_DAY_ONE, 100.0) == 0


def test_a_series_that_never_falls_has_no_trough():
    assert max_drawdown(FLAT_LINE, 100.0) == 0.0
    assert max_drawdown_trough(FLAT_LINE, 100.0) == -1


def test_the_trough_is_the_first_day_of_the_deepest_fall():
    assert max_drawdown_trough(np.array([100.0, 90.0, 100.0, 90.0]), 100.0) == 1


def test_a_missing_level_makes_the_drawdown_undefined_from_there_on():
    levels = np.array([99.0, np.nan, 98.0])
    np.testing.assert_array_equal(np.isnan(drawdowns(levels, 100.0)), [False, True, True])
    assert np.isnan(max_drawdown(levels, 100.0))
    assert max_drawdown_trough(levels, 100.0) == -1


@pytest.mark.parametrize(
    ("last", "is_end"),
    [
        ("2026-10-30", True),  # a Friday; the 31st is a Saturday
        ("2026-10-29", False),
        ("2026-10-31", True),  # a session on a Saturday
        ("2026-02-27", True),
        ("2026-12-31", True),
        ("2024-02-28", False),  # the 29th was a Thursday
    ],
)
def test_the_last_date_is_a_month_end_when_no_weekday_of_its_month_follows(last, is_end):
    assert month_ends(days("2023-01-31", last))[-1] == is_end


def test_a_month_ends_on_its_last_trading_day_even_before_a_holiday():
    """Good Friday was 29 March 2024: the next session is the witness that the 28th ended the month."""
    assert month_ends(days("2024-03-27", "2024-03-28", "2024-04-01")).tolist() == [False, True, False]
    assert month_ends(days("2024-03-27", "2024-03-28")).tolist() == [False, False]


def test_no_dates_no_month_ends():
    assert month_ends(days()).tolist() == []


@pytest.mark.parametrize(
    ("day", "months", "at_month_end", "expected"),
    [
        ("2026-03-31", 1, False, "2026-02-28"),
        ("2024-03-31", 1, False, "2024-02-29"),
        ("2026-02-27", 1, True, "2026-01-31"),
        ("2026-10-15", 3, False, "2026-07-15"),
        ("2026-01-15", 1, False, "2025-12-15"),
        ("2024-02-29", 12, False, "2023-02-28"),
        ("2024-02-29", 12, True, "2023-02-28"),
        ("2025-02-28", 12, True, "2024-02-29"),
        ("2026-10-30", 120, True, "2016-10-31"),
    ],
)
def test_months_before(day, months, at_month_end, expected):
    assert months_before(np.datetime64(day), months, at_month_end=at_month_end) == np.datetime64(expected)


def test_last_on_or_before():
    some = days("2026-01-02", "2026-01-05")
    assert [last_on_or_before(some, np.datetime64(d)) for d in ("2026-01-01", "2026-01-04", "2026-01-05")] == [-1, 0, 1]


@pytest.mark.parametrize(
    ("as_of", "at_month_end", "period", "expected"),
    [
        ("2022-10-31", True, "1m", "2022-09-30"),
        ("2022-10-31", True, "3m", "2022-07-29"),  # the 31st was a Sunday
        ("2022-10-31", True, "ytd", "2021-12-31"),
        ("2022-10-31", True, "1y", "2021-10-29"),
        ("2022-10-31", True, "3y", "2019-10-31"),
        ("2022-02-28", True, "1m", "2022-01-31"),  # month end to month end, not the 28th
        ("2022-10-18", False, "1m", "2022-09-16"),  # the 18th was a Sunday
        ("2022-10-18", False, "start", "2019-01-01"),
    ],
)
def test_where_a_period_begins(as_of, at_month_end, period, expected):
    dates = business_days("2019-01-01", as_of)
    assert dates[period_start(dates, period, at_month_end=at_month_end)] == np.datetime64(expected)


def test_a_period_longer_than_the_history_has_no_beginning():
    dates = business_days("2019-01-01", "2022-10-31")
    assert period_start(dates, "5y", at_month_end=True) == -1
    assert period_start(business_days("2022-01-03", "2022-10-31"), "ytd", at_month_end=True) == -1


def test_a_period_that_begins_with_the_series_bears_the_entry_cost():
    levels = np.array([99.0, 110.0])
    assert return_between(levels, 100.0, 0, 1) == pytest.approx(0.10)
    assert return_between(levels, 100.0, 1, 1) == 0.0
    assert np.isnan(return_between(levels, 100.0, -1, 1))
    assert np.isnan(return_between(levels, 100.0, 0, -1))


def test_discrete_periods_end_on_month_ends_twelve_months_apart():
    dates = business_days("2019-01-31", "2022-10-18")
    found = discrete_periods(dates, month_ends(dates), 4)
    assert [(str(dates[start]), str(dates[end])) for start, end in found[:3]] == [
        ("2021-09-30", "2022-09-30"),
        ("2020-09-30", "2021-09-30"),
        ("2019-09-30", "2020-09-30"),
    ]
    assert found[3][0] == -1 and str(dates[found[3][1]]) == "2019-09-30"


def test_a_year_that_the_series_does_not_hold_whole_is_undefined():
    dates = business_days("2020-10-01", "2022-09-30")
    levels = np.linspace(100.0, 200.0, len(dates))
    found = discrete_returns(levels, 100.0, dates, month_ends(dates), 3)
    assert np.isnan(found).tolist() == [False, True, True]


def test_a_series_that_begins_on_a_month_end_holds_the_year_from_there():
    dates = business_days("2020-09-30", "2022-09-30")
    levels = np.full(len(dates), 99.0)
    found = discrete_returns(levels, 100.0, dates, month_ends(dates), 3)
    np.testing.assert_allclose(found, [0.0, -0.01, np.nan])


def test_a_series_shorter_than_a_month_has_no_discrete_period():
    dates = business_days("2022-09-05", "2022-09-20")
    assert discrete_periods(dates, month_ends(dates), 2) == [(-1, -1), (-1, -1)]
    assert latest_month_end(dates, month_ends(dates)) == np.datetime64("2022-08")


def test_variants_are_columns():
    dates = business_days("2020-09-30", "2022-09-30")
    levels = np.column_stack([np.linspace(100.0, 150.0, len(dates)), np.linspace(100.0, 50.0, len(dates))])
    found = discrete_returns(levels, np.array([100.0, 100.0]), dates, month_ends(dates), 2)
    assert found.shape == (2, 2)
    np.testing.assert_allclose(
        found[:, 1], discrete_returns(levels[:, 1], 100.0, dates, month_ends(dates), 2), rtol=1e-12
    )
    assert max_drawdown(levels, 100.0).tolist() == [0.0, -0.5]


def test_a_month_without_trading_ends_no_period():
    """The market was shut in September 2021: no year ends there and none begins; the one before is whole."""
    dates = business_days("2019-09-30", "2022-09-30")
    dates = dates[dates.astype("datetime64[M]") != np.datetime64("2021-09")]
    found = discrete_returns(np.full(len(dates), 100.0), 100.0, dates, month_ends(dates), 3)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0.0])


def test_the_worst_twelve_months_run_from_month_end_to_month_end():
    dates = business_days("2020-01-01", "2021-12-31")
    ends = month_ends(dates)
    level = np.full(len(dates), 100.0)
    level[dates > np.datetime64("2020-06-15")] = 80.0  # a fall within the year to June, and of each year that holds it
    level[dates > np.datetime64("2021-06-15")] = 120.0
    assert worst_twelve_months(level, 100.0, dates, ends) == pytest.approx(-0.2)
    assert worst_twelve_months(level[::-1] * 0.0 + 100.0, 100.0, dates, ends) == 0.0
    both = worst_twelve_months(np.column_stack([level, 2.0 * level]), np.array([100.0, 200.0]), dates, ends)
    np.testing.assert_allclose(both, -0.2)


def test_a_series_of_less_than_twelve_months_has_no_worst_ones():
    dates = business_days("2020-01-01", "2020-12-30")
    assert np.isnan(worst_twelve_months(np.full(len(dates), 100.0), 100.0, dates, month_ends(dates)))


def test_the_worst_twelve_months_are_those_of_pandas():
    dates = business_days("2015-01-01", "2021-03-31")
    level = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.01, len(dates))))
    monthly = pd.Series(level, pd.DatetimeIndex(dates)).resample("ME").last()
    expected = (monthly / monthly.shift(12) - 1.0).min()
    assert worst_twelve_months(level, 100.0, dates, month_ends(dates)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("end", "years"),
    [("2026-10-30", [2025, 2024, 2023]), ("2026-12-31", [2026, 2025, 2024]), ("2026-12-30", [2025, 2024, 2023]),
     ("2026-01-30", [2025, 2024, 2023])],
)  # fmt: skip
def test_calendar_years_are_complete_and_begin_with_the_close_of_the_december_before(end, years):
    dates = business_days("2021-06-01", end)
    ends = month_ends(dates) if end != "2026-12-30" else np.append(month_ends(dates)[:-1], False)
    periods = calendar_periods(dates, ends, 3)
    assert [int(str(dates[last])[:4]) for _, last in periods] == years
    assert all(str(dates[last])[5:7] == str(dates[first])[5:7] == "12" for first, last in periods)
    levels = 100.0 * 1.001 ** np.arange(len(dates))
    found = calendar_returns(levels, 100.0, dates, ends, 3)
    assert found == pytest.approx([1.001 ** (last - first) - 1.0 for first, last in periods])


def test_the_year_of_launch_is_no_calendar_year_and_one_from_the_last_day_of_december_is():
    dates = business_days("2023-12-29", "2026-10-30")
    levels = np.linspace(100.0, 120.0, len(dates))
    found = calendar_returns(levels, 99.0, dates, month_ends(dates), 4)
    assert found[1] == pytest.approx(levels[dates == np.datetime64("2024-12-31")][0] / 99.0 - 1.0)
    assert np.isnan(found).tolist() == [False, False, True, True]
