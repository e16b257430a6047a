"""Every figure of the demo's sheet stands at the place of its fact: change a fact, and its place is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import Reading
from backtest.disclosure.ties import Ties
from backtest.facts import Facts

CHANGED = {
    "perf.strategy.cumulative.1m": "'Strategy, 1 month'",
    "perf.baseline.cumulative.5y": "'Doing nothing, 5 years'",
    "perf.benchmark.cumulative.start": "'Benchmark, Since start'",
    "perf.strategy.discrete.3": "'Strategy, Oct 2023 – Oct 2024'",
    "perf.strategy.annualised.5y": "'Simulated return a year, 5 years'",
    "risk.strategy.max_drawdown": "'Simulated maximum drawdown'",
    "risk.baseline.volatility": "'Simulated volatility'",
    "risk.strategy.sharpe": "'Sharpe ratio, Strategy'",
    "trade.baseline.turnover": "'Turnover a year, one way, Doing nothing'",
    "conc.benchmark.top10": "'Ten largest holdings, Benchmark'",
    "expo.sector.energy.strategy": "'Energy, Portfolio'",
    "expo.currency.USD.benchmark": "'USD, Benchmark'",
    "expo.theme.capex.start": "'Capex, First purchase'",
    "expo.theme.adopter.strategy": "'Adopters, 30 October 2026'",
    "top10.4.active": "'Tarnwick Payments, Active'",
    "trade.rebalances.2.turnover": "'Turnover, one way, 1 September 2026'",
    "liq.worst_days": "'Slowest position of 1% of NAV or more'",
    "class.ongoing_charge": "'Ongoing charge, a year'",
    "fund.horizon_years": "'Hold for at least'",
    "sim.half_spread": "'5.0'",
    "sim.rebalances": "'143'",
    "risk.strategy.srri": "'6'",
}


@pytest.fixture(scope="module")
def reading(demo_sheet) -> Reading:
    return Reading(read_pdf(demo_sheet.pdf))


def test_most_numbers_have_a_place_of_their_own(reading, demo_facts):
    ties = Ties(reading, demo_facts)
    assert ties.misplaced == ()
    assert ties.places_found > ties.count / 2


@pytest.mark.parametrize(("fact_id", "place"), CHANGED.items())
def test_a_changed_fact_is_missed_at_its_place(reading, demo_facts, fact_id, place):
    fact = demo_facts.facts[fact_id]
    other = replace(fact, value=fact.value + (1 if fact.precision == 0 else 0.0777))
    ties = Ties(reading, Facts({**demo_facts.facts, fact_id: other}, demo_facts.series))
    assert any(loose.why.startswith(place) for loose in ties.misplaced), [loose.why for loose in ties.misplaced]


def test_two_rows_exchanged_are_found(reading, demo_facts):
    """The page as it would be if the writer had mixed up strategy and doing nothing over five years."""
    one, two = "perf.strategy.cumulative.5y", "perf.baseline.cumulative.5y"
    facts = dict(demo_facts.facts)
    mixed = {one: replace(facts[one], value=facts[two].value), two: replace(facts[two], value=facts[one].value)}
    ties = Ties(reading, Facts({**facts, **mixed}, demo_facts.series))
    assert [loose.why.split(" shows")[0] for loose in ties.misplaced] == [
        "'Strategy, 5 years'", "'Doing nothing, 5 years'",
    ]  # fmt: skip


EXCHANGED = (
    ("conc.strategy.effective_names", "conc.benchmark.effective_names"),
    ("conc.strategy.hhi", "conc.benchmark.hhi"),
    ("risk.strategy.beta", "risk.strategy.sharpe"),
)


@pytest.mark.parametrize("pair", EXCHANGED, ids=[one for one, _ in EXCHANGED])
def test_two_figures_without_a_unit_exchanged_are_found(reading, demo_facts, pair):
    """They have no sign by which to tell them from the ticks of an axis, and are told by where they stand."""
    one, two = (demo_facts.facts[fact_id] for fact_id in pair)
    assert demo_facts.printed(one.id) != demo_facts.printed(two.id)
    mixed = {one.id: replace(one, value=two.value), two.id: replace(two, value=one.value)}
    ties = Ties(reading, Facts({**demo_facts.facts, **mixed}, demo_facts.series))
    assert len(ties.misplaced) >= 2, [loose.why for loose in ties.misplaced]
