"""When a strategy is asked, and when its answer is traded."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.schedule import decision_days, flow_days, trading_plan
from backtest.terms import Flow, Schedule


def weekdays(start: str, end: str) -> np.ndarray:
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return days[np.is_busday(days)]


def dates_of(dates, decide):
    return [str(d) for d in dates[decision_days(dates, decide)]]


def decided(dates, /, **schedule):
    """Decision dates and trade dates of a schedule, as text."""
    plan = trading_plan(dates, Schedule(**schedule))
    return [str(d) for d in dates[plan.decisions]], [str(d) for d in dates[plan.trades]]


JANUARY = weekdays("2024-01-01", "2024-01-31")  # a Monday to a Wednesday, 23 trading days


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


# Counted, fixed and event-driven calendars


def test_every_tenth_trading_day_is_counted_from_the_first_day_of_the_window():
    decisions, trades = decided(JANUARY, decide="every_n_days", every_days=10)
    assert decisions == ["2024-01-01", "2024-01-15", "2024-01-29"]
    assert trades == ["2024-01-02", "2024-01-16", "2024-01-30"]


def test_every_tenth_trading_day_is_counted_from_the_decision_of_the_first_investment():
    decisions, trades = decided(
        JANUARY, decide="every_n_days", every_days=10, first_investment=date(2024, 1, 6), lag=2
    )  # a Saturday: traded on Monday the 8th, decided two trading days before
    assert decisions == ["2024-01-04", "2024-01-18"]
    assert trades == ["2024-01-08", "2024-01-22"]


def test_fixed_dates_stand_for_the_trading_day_before_and_two_on_one_day_count_once():
    wanted = (date(2024, 1, 14), date(2024, 1, 12), date(2024, 1, 3), date(2024, 2, 29))
    decisions, trades = decided(JANUARY, decide="dates", dates=wanted)
    assert decisions == ["2024-01-03", "2024-01-12"]
    assert trades == ["2024-01-04", "2024-01-15"]


def test_a_fixed_date_after_the_last_trading_day_is_left_out_although_that_day_would_stand_for_it():
    decisions, _ = decided(
        weekdays("2024-01-01", "2024-01-12"), decide="dates", dates=(date(2024, 1, 3), date(2024, 1, 13))
    )
    assert decisions == ["2024-01-03"]


def test_an_event_driven_schedule_asks_on_the_first_day():
    assert decided(JANUARY, decide="event") == (["2024-01-01"], ["2024-01-02"])
    assert decided(JANUARY, decide="event", first_investment=date(2024, 1, 20)) == (["2024-01-19"], ["2024-01-22"])


def test_a_first_investment_comes_before_the_calendar_and_skips_what_lies_before_it():
    dates = weekdays("2024-01-15", "2024-04-10")
    decisions, trades = decided(dates, first_investment=date(2024, 2, 15))
    assert decisions == ["2024-02-14", "2024-02-29", "2024-03-29"]
    assert trades == ["2024-02-15", "2024-03-01", "2024-04-01"]


def test_the_first_investment_may_be_decided_on_the_first_day_of_the_window():
    decisions, trades = decided(JANUARY, first_investment=date(2024, 1, 3), lag=2)
    assert (decisions, trades) == (["2024-01-01"], ["2024-01-03"])


def test_a_first_investment_decided_on_a_day_of_the_calendar_is_one_decision():
    decisions, _ = decided(weekdays("2024-01-15", "2024-03-10"), first_investment=date(2024, 2, 1))
    assert decisions == ["2024-01-31", "2024-02-29"]


# What a user reads


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (
            {"decide": "dates", "dates": (date(2023, 12, 29), date(2024, 1, 3))},
            "[schedule] dates: 2023-12-29 lies before the first trading day of the window, 2024-01-01. "
            "Give a later date, or an earlier [data] start.",
        ),
        (
            {"decide": "dates", "dates": (date(2024, 2, 1),)},
            "the window 2024-01-01 to 2024-01-31 (23 trading days) has no decision date (dates) followed by a trade "
            "date 1 trading day(s) later. Widen [data] start and end, or give earlier dates in [schedule].",
        ),
        (
            {"first_investment": date(2024, 2, 1)},
            "[schedule] first_investment: 2024-02-01 lies after the last trading day of the window, 2024-01-31. "
            "Give an earlier date, or a later [data] end.",
        ),
        (
            {"first_investment": date(2024, 1, 2), "lag": 2},
            "[schedule] first_investment: 2024-01-02 needs a decision 2 trading day(s) before it, and the window "
            "begins on 2024-01-01. Give a later date, or an earlier [data] start.",
        ),
    ],
)
def test_what_does_not_fit_the_window_is_said_with_its_date(schedule, message):
    with pytest.raises(DataError) as error:
        trading_plan(JANUARY, Schedule(**schedule))
    assert str(error.value) == message


def test_a_window_no_longer_than_the_lag_cannot_start():
    with pytest.raises(DataError) as error:
        trading_plan(weekdays("2024-01-01", "2024-01-03"), Schedule(decide="event", lag=3))
    assert str(error.value) == (
        "the window 2024-01-01 to 2024-01-03 (3 trading days) has no decision date (event) followed by a trade date "
        "3 trading day(s) later. Widen [data] start and end."
    )


# Flows


def test_flows_fall_on_their_trading_day_or_the_next_and_add_up():
    flows = (
        Flow(date=date(2024, 1, 13), amount=1000.0),
        Flow(date=date(2024, 1, 15), amount=-400.0),
        Flow(date=date(2024, 1, 31), amount=5.0),
    )
    money = flow_days(JANUARY, flows, first_trade=3)
    assert {str(JANUARY[t]): money[t] for t in np.flatnonzero(money)} == {"2024-01-15": 600.0, "2024-01-31": 5.0}
    assert money.dtype == np.float64 and len(money) == len(JANUARY)


def test_no_flows_are_zeros():
    assert flow_days(JANUARY, (), first_trade=0).tolist() == [0.0] * 23


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (
            date(2024, 1, 6),  # a Saturday, whose Monday is the first trade date
            "[[flow]] 2024-01-06: falls on or before the first trade date, 2024-01-08. "
            "Give a later date; what the run starts with is [costs] capital.",
        ),
        (
            date(2024, 2, 1),
            "[[flow]] 2024-02-01: lies after the last trading day of the window, 2024-01-31. "
            "Leave it out, or give a later [data] end.",
        ),
    ],
)
def test_a_flow_outside_the_run_is_named(day, message):
    with pytest.raises(DataError) as error:
        flow_days(JANUARY, (Flow(date=day, amount=1.0),), first_trade=5)
    assert str(error.value) == message
