"""Laws of the calendar: of every window of trading days, however many holidays it has, and of every schedule."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtest.errors import DataError
from backtest.schedule import decision_days, flow_days, trading_plan
from backtest.terms import Flow, Schedule

START = date(2019, 12, 2)
CALM = (HealthCheck.too_slow, HealthCheck.filter_too_much)
"""What is drawn depends on which modules are loaded beside this one: a busy or a larger test run is no failure."""
PERIODIC = ("week_end", "month_end", "quarter_end")


@st.composite
def windows(draw):
    """Ascending days (T,), 1 to 300, weekends and random holidays left out."""
    count, seed = draw(st.integers(1, 300)), draw(st.integers(0, 10**6))
    days = np.datetime64(START + timedelta(days=draw(st.integers(0, 60)))) + np.arange(2 * count + 10)
    days = days[np.is_busday(days)]
    open_ = np.random.Generator(np.random.PCG64(seed)).random(len(days)) < 0.9
    return days[open_ | (np.arange(len(days)) < 1)][:count]


KINDS = (*PERIODIC, "every_n_days", "dates", "event")


@st.composite
def schedules(draw, kinds=KINDS, begun=False):
    """Any schedule of some kinds; begun: with a first investment in the first months, where most windows have it."""
    decide = draw(st.sampled_from(kinds))
    day = st.integers(0, 500).map(lambda n: START + timedelta(days=n))
    first = st.integers(0, 120).map(lambda n: START + timedelta(days=n)) if begun else st.none() | day
    return Schedule(
        decide=decide,
        every_days=draw(st.integers(1, 60)) if decide == "every_n_days" else None,
        dates=tuple(draw(st.sets(day, min_size=1, max_size=8))) if decide == "dates" else (),
        first_investment=draw(first),
        lag=draw(st.integers(1, 20)),
    )


def plan_or_skip(dates, schedule):
    try:
        return trading_plan(dates, schedule)
    except DataError:
        assume(False)


def days_of(dates, /, **schedule):
    return set(trading_plan(dates, Schedule(**schedule)).decisions.tolist())


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), schedule=schedules())
def test_trades_follow_their_decisions_by_the_lag_inside_the_window(dates, schedule):
    plan = plan_or_skip(dates, schedule)
    assert len(plan.decisions) > 0
    np.testing.assert_array_equal(plan.trades, plan.decisions + schedule.lag)
    assert (np.diff(plan.decisions) > 0).all()
    assert plan.decisions[0] >= 0 and plan.trades[-1] < len(dates)


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), schedule=schedules(begun=True))
def test_the_first_trade_is_the_first_trading_day_from_the_first_investment_on(dates, schedule):
    plan = plan_or_skip(dates, schedule)
    wanted = np.datetime64(schedule.first_investment)
    assert dates[plan.trades[0]] >= wanted
    assert (dates[: plan.trades[0]] < wanted).all()


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), schedule=schedules((*PERIODIC, "dates"), begun=True))
def test_a_first_investment_only_cuts_the_calendar_and_adds_one_day(dates, schedule):
    """Of calendars that do not count from it."""
    plan = plan_or_skip(dates, schedule)
    free = plan_or_skip(dates, schedule.model_copy(update={"first_investment": None}))
    later = free.decisions[free.decisions > plan.decisions[0]]
    np.testing.assert_array_equal(plan.decisions[1:], later)


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), schedule=schedules(), keep=st.floats(0.1, 1.0))
def test_cutting_the_end_of_the_window_moves_no_earlier_trade(dates, schedule, keep):
    """What is decided and traded by a day does not depend on how long the window goes on: no look-ahead.

    The last day of a cut window ends its period there, but with a lag of a day or more nothing comes of it.
    """
    cut = dates[: max(1, int(len(dates) * keep))]
    whole, part = plan_or_skip(dates, schedule), plan_or_skip(cut, schedule)
    inside = whole.trades < len(cut)
    np.testing.assert_array_equal(whole.decisions[inside], part.decisions)


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows())
def test_quarter_ends_are_month_ends_and_each_period_has_one(dates):
    months, quarters = decision_days(dates, "month_end"), decision_days(dates, "quarter_end")
    assert set(quarters.tolist()) <= set(months.tolist())
    assert len(months) == len(np.unique(dates.astype("datetime64[M]")))
    weeks = decision_days(dates, "week_end")
    mondays = dates.astype(int) - (dates.astype(int) + 3) % 7
    assert len(weeks) == len(np.unique(mondays))


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), n=st.integers(1, 20), k=st.integers(1, 5))
def test_every_nk_days_are_among_every_n_days_and_every_day_is_every_date(dates, n, k):
    assume(len(dates) > 1)
    often = days_of(dates, decide="every_n_days", every_days=n)
    assert days_of(dates, decide="every_n_days", every_days=n * k) <= often
    assert days_of(dates, decide="event") <= often
    all_days = tuple(d.item() for d in dates)
    assert days_of(dates, decide="dates", dates=all_days) == days_of(dates, decide="every_n_days", every_days=1)


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(dates=windows(), decide=st.sampled_from(PERIODIC), lag=st.integers(1, 20))
def test_a_periodic_calendar_given_as_dates_is_the_same_calendar(dates, decide, lag):
    plan = plan_or_skip(dates, Schedule(decide=decide, lag=lag))
    fixed = tuple(d.item() for d in dates[plan.decisions])
    again = trading_plan(dates, Schedule(decide="dates", dates=fixed, lag=lag))
    np.testing.assert_array_equal(plan.decisions, again.decisions)


@settings(deadline=None, derandomize=True, suppress_health_check=CALM)
@given(
    dates=windows(),
    flows=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 1000)), max_size=10),
    seed=st.integers(0, 100),
)
def test_no_money_is_lost_or_early_and_the_order_of_flows_does_not_matter(dates, flows, seed):
    asked = [Flow(date=START + timedelta(days=d), amount=float(a)) for d, a in flows]
    asked = [f for f in asked if dates[0] < np.datetime64(f.date) <= dates[-1]]
    money = flow_days(dates, tuple(asked), first_trade=0)
    assert money.sum() == sum(f.amount for f in asked)
    for t in range(len(dates)):
        by_now = sum(f.amount for f in asked if np.datetime64(f.date) <= dates[t])
        assert money[: t + 1].sum() == by_now
    shuffled = np.random.Generator(np.random.PCG64(seed)).permutation(len(asked))
    np.testing.assert_array_equal(money, flow_days(dates, tuple(asked[i] for i in shuffled), first_trade=0))
