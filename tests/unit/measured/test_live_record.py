"""A small record, worked by hand: actual figures from its first price on, simulated ones up to it, none over both.

The market opens every weekday of 2021 to 2023 and the benchmark stands at 50 until the end of 2022, then at 60. The
class is launched on 30 September 2022 at 100. It stands at 110 at the end of 2022, falls to 99 at the end of June 2023,
and ends 2023 at 121.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.market.record import Record
from backtest.measure import measure

LAUNCH = date(2022, 9, 30)
STEPS = {"2022-09-30": 100.0, "2022-12-30": 110.0, "2023-06-30": 99.0, "2023-12-29": 121.0}


def record_of(dates: np.ndarray) -> Record:
    """The price of each day is the last one of STEPS."""
    days = dates[dates >= np.datetime64(LAUNCH)]
    steps = np.array(list(STEPS), dtype="datetime64[D]")
    prices = np.array(list(STEPS.values()))
    return Record("A", "nav.csv", days, prices[np.searchsorted(steps, days, side="right") - 1])


@pytest.fixture(scope="module")
def found(kit):
    panel = kit.panel(start="2021-01-01", end="2023-12-29")
    level = np.where(panel.dates <= np.datetime64("2022-12-30"), 50.0, 60.0)
    case = kit.case(replace(panel, benchmark=level))
    mandate = kit.mandate()
    share_class = mandate.reported_class.model_copy(update={"launch": LAUNCH})
    record = record_of(panel.dates)
    return measure(case.panel, case.strategy, case.baseline, mandate, share_class, record=record)


def test_the_record_gives_the_returns_of_its_own_days(found):
    live = found.summary.live
    actual, index = live.performance["actual"], live.performance["actual_benchmark"]
    assert (live.start, live.end) == (LAUNCH, date(2023, 12, 29))
    assert actual.periods["start"].cumulative == pytest.approx(0.21)  # 121 / 100 - 1
    assert actual.periods["1y"].cumulative == pytest.approx(0.10)  # 121 / 110 - 1
    assert actual.periods["ytd"].cumulative == pytest.approx(0.10)
    assert actual.periods["3y"].cumulative is None
    days = (date(2023, 12, 29) - LAUNCH).days  # 455
    assert actual.periods["start"].annualised == pytest.approx(1.21 ** (365.25 / days) - 1.0)
    assert index.periods["start"].cumulative == pytest.approx(0.20)  # 60 / 50 - 1
    assert index.periods["1y"].cumulative == pytest.approx(0.20)


def test_its_drawdown_is_its_own(found):
    """From 110 to 99, 10 % below; what the simulation did before has no part in it."""
    actual = found.summary.live.performance["actual"]
    assert actual.max_drawdown == pytest.approx(-0.10)
    assert actual.max_drawdown_trough == date(2023, 6, 30)
    assert found.summary.live.performance["actual_benchmark"].max_drawdown == 0.0


def test_its_volatility_is_that_of_three_steps_in_its_days(found):
    """Daily returns are 0 but for +10 %, -10 % and 121 / 99 - 1."""
    days = int(np.busday_count("2022-09-30", "2023-12-30"))
    returns = np.zeros(days - 1)
    returns[:3] = 0.10, -0.10, 121.0 / 99.0 - 1.0
    expected = returns.std(ddof=1) * np.sqrt(252.0)
    assert found.summary.live.performance["actual"].volatility == pytest.approx(expected)


def test_the_year_of_the_launch_has_no_data_and_the_year_after_it_is_whole(found):
    actual = found.summary.live.performance["actual"].discrete
    assert [year.cumulative for year in actual] == [pytest.approx(0.10), None, None, None, None]
    assert (actual[0].start, actual[0].end) == (date(2022, 12, 30), date(2023, 12, 29))


def test_the_simulated_years_end_with_the_last_month_before_the_record(found):
    """30 September 2022 ends a month, so that it ends a simulated year too: the one from September 2021."""
    summary = found.summary
    assert summary.until == LAUNCH and summary.as_of == date(2023, 12, 29)
    latest = summary.performance["strategy"].discrete[0]
    assert (latest.start, latest.end) == (date(2021, 9, 30), LAUNCH)
    line = found.lines.growth["strategy"]
    first = np.searchsorted(found.lines.dates, np.datetime64("2021-09-30"))
    assert latest.cumulative == pytest.approx(line[-1] / line[first] - 1.0)


def test_both_lines_begin_at_a_hundred_and_the_simulated_ones_end_where_the_record_begins(found):
    lines = found.lines
    assert lines.dates[-1] == lines.live_dates[0] == np.datetime64(LAUNCH)
    assert {who: line[0] for who, line in lines.live_growth.items()} == {"actual": 100.0, "actual_benchmark": 100.0}
    assert lines.live_growth["actual"][-1] == pytest.approx(121.0)
    assert {who: line[0] for who, line in lines.live_drawdown.items()} == {"actual": 0.0, "actual_benchmark": 0.0}
    assert lines.growth["benchmark"][0] == 100.0
