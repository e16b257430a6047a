"""When a strategy is asked, and when its answer is traded."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.mandate import Schedule
from backtest.schedule import decision_days, trading_plan


def weekdays(start: str, end: str) -> np.ndarray:
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return days[np.is_busday(days)]


def dates_of(dates, decide):
    return [str(d) for d in dates[decision_days(dates, decide)]]


def test_month_ends_are_the_last_trading_days():
    dates = weekdays("2024-01-15", "2024-04-10")
    assert dates_of(dates, "month_end") == ["2024-01-31", "2024-02-29", "2024-03-29", "2024-04-10"]


def test_quarter_ends():
    assert dates_of(weekdays("2023-11-01", "2024-07-05"), "quarter_end") == [
        "2023-12-29", "2024-03-29", "2024-06-28", "2024-07-05",
    ]  # fmt: skip


def test_week_ends_when_friday_is_a_holiday_and_over_new_year():
    dates = weekdays("2020-12-21", "2021-01-06")
    dates = dates[(dates != np.datetime64("2020-12-25")) & (dates != np.datetime64("2021-01-01"))]
    assert dates_of(dates, "week_end") == ["2020-12-24", "2020-12-31", "2021-01-06"]


def test_weeks_before_1970_end_on_fridays_too():
    assert dates_of(weekdays("1969-12-22", "1970-01-05"), "week_end") == ["1969-12-26", "1970-01-02", "1970-01-05"]


def test_a_sunday_ends_its_week():
    dates = np.array(["2024-01-04", "2024-01-07", "2024-01-08"], dtype="datetime64[D]")  # Thursday, Sunday, Monday
    assert dates_of(dates, "week_end") == ["2024-01-07", "2024-01-08"]


def test_a_trade_follows_its_decision_by_the_lag_and_the_last_is_dropped_beyond_the_window():
    dates = weekdays("2024-01-15", "2024-03-29")
    decisions, trades = trading_plan(dates, Schedule(decide="month_end", lag=2))
    assert [str(d) for d in dates[decisions]] == ["2024-01-31", "2024-02-29"]
    assert [str(d) for d in dates[trades]] == ["2024-02-02", "2024-03-04"]


def test_a_window_without_a_trade_date_says_so():
    with pytest.raises(DataError) as error:
        trading_plan(weekdays("2024-01-15", "2024-01-31"), Schedule())
    assert str(error.value) == (
        "the window 2024-01-15 to 2024-01-31 (13 trading days) has no decision date (month_end) followed by a trade "
        "date 1 trading day(s) later. Widen [data] start and end, or decide more often in [schedule]."
    )


def test_an_empty_window_says_so():
    with pytest.raises(DataError, match="the window holds no trading day"):
        trading_plan(np.array([], dtype="datetime64[D]"), Schedule())
