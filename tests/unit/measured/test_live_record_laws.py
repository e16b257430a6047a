"""Laws of a live record: neither part knows of the other, and scale means nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from backtest.facts.measured import measured_facts, measured_series
from backtest.facts.said import said_in
from backtest.market.record import Record
from backtest.measure import measure

STARTS = (23, 60, 61, 83, 206, 262, 263, 283, 500, 523, 640, 777, 880, 900)
"""Days of the panel on which a record starts, month ends and the days around them among the rest."""


@pytest.fixture(scope="module")
def market(kit):
    return kit, kit.case(kit.panel())


def measured(market, start: int, seed: int, scale: float = 1.0):
    """What is measured when the record starts on the panel's day `start`, with prices drawn from the seed."""
    kit, case = market
    dates = case.panel.dates[start:]
    steps = np.random.Generator(np.random.PCG64(seed)).normal(0.0, 0.01, len(dates))
    steps[0] = 0.0
    record = Record("A", "nav.csv", dates, scale * np.exp(np.cumsum(steps)))
    launch = {"launch": dates[0].astype("datetime64[D]").item()}
    share_class = kit.mandate().reported_class.model_copy(update=launch)
    return measure(case.panel, case.strategy, case.baseline, kit.mandate(), share_class, record=record), record


def facts_of(market, found):
    kit, case = market
    facts = measured_facts(said_in(kit.mandate(), "en"), found.summary, case.panel, "Prices")
    return {fact.id: fact for fact in facts}


drawn = pytest.mark.parametrize(("start", "seed"), list(zip(STARTS, range(len(STARTS)), strict=True)))


@drawn
def test_no_figure_and_no_line_reaches_over_the_first_day_of_the_record(market, start, seed):
    found, record = measured(market, start, seed)
    day: date = record.start
    for fact in facts_of(market, found).values():
        if fact.id.startswith(("perf.", "risk.")) or fact.id.endswith((".turnover", ".cost_drag")):
            if fact.value is None or fact.id.startswith("trade.rebalances."):
                continue
            assert fact.as_of <= day if fact.basis == "simulated" else fact.start >= day, fact.id
    for line in measured_series(found.lines):
        if line.id.startswith(("growth.", "drawdown.")):
            assert line.dates[-1] <= day if line.basis == "simulated" else line.dates[0] == day, line.id


@drawn
def test_what_the_record_says_moves_nothing_simulated(market, start, seed):
    one, other = (measured(market, start, s)[0] for s in (seed, seed + 1))
    assert one.summary.performance == other.summary.performance
    assert one.summary.live.performance["actual"] != other.summary.live.performance["actual"]
    assert one.summary.live.performance["actual_benchmark"] == other.summary.live.performance["actual_benchmark"]


@drawn
@pytest.mark.parametrize("scale", [0.25, 8.0, 1024.0])
def test_the_price_at_which_a_class_is_launched_means_nothing(market, start, seed, scale):
    """Powers of two, so that not even rounding tells them apart."""
    one, other = measured(market, start, seed)[0], measured(market, start, seed, scale)[0]
    assert one.summary.live == other.summary.live
    np.testing.assert_array_equal(one.lines.live_growth["actual"], other.lines.live_growth["actual"])


@pytest.mark.parametrize("start", STARTS)
def test_what_is_simulated_is_what_a_sheet_of_that_day_shows(market, start):
    """Cut at the launch, the simulated figures are those that a sheet without a record shows as of that day."""
    kit, case = market
    found, record = measured(market, start, 0)
    plain = measure(case.panel, case.strategy, case.baseline, kit.mandate(as_of=record.start))
    assert found.summary.performance == plain.summary.performance
    np.testing.assert_array_equal(found.lines.growth["strategy"], plain.lines.growth["strategy"])


def test_a_record_of_the_index_itself_has_its_figures(market):
    kit, case = market
    dates = case.panel.dates[400:]
    record = Record("A", "nav.csv", dates, case.panel.benchmark[400:] * 3.0)
    terms = kit.mandate().reported_class.model_copy(update={"launch": dates[0].astype("datetime64[D]").item()})
    live = measure(case.panel, case.strategy, case.baseline, kit.mandate(), terms, record=record).summary.live
    actual, index = live.performance["actual"], live.performance["actual_benchmark"]
    assert actual.periods["1y"].cumulative == pytest.approx(index.periods["1y"].cumulative)
    assert (actual.tracking_error, actual.beta) == (pytest.approx(0.0, abs=1e-12), pytest.approx(1.0))


def test_a_record_as_long_as_the_simulation_leaves_nothing_simulated(market):
    kit, case = market
    dates = case.panel.dates[10:]  # the first trade is on the 22nd day
    record = Record("A", "nav.csv", dates, np.linspace(100.0, 150.0, len(dates)))
    terms = kit.mandate().reported_class.model_copy(update={"launch": dates[0].astype("datetime64[D]").item()})
    found = measure(case.panel, case.strategy, case.baseline, kit.mandate(), terms, record=record)
    assert found.summary.performance == {} and found.lines.growth == {}
    assert {fact.basis for i, fact in facts_of(market, found).items() if i.startswith(("perf.", "risk."))} == {"actual"}


def test_a_class_without_a_record_is_measured_as_before(market):
    kit, case = market
    plain = measure(case.panel, case.strategy, case.baseline, kit.mandate())
    assert plain.summary.live is None and plain.summary.until == plain.summary.as_of
    assert plain.lines.live_dates is None and plain.lines.live_growth == {}
