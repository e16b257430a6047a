"""The embedded sample market, simulated by the machine itself: the figures must agree with one another."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest.classes import after_charges
from backtest.facts import facts_from_json, facts_to_json, format_fact
from backtest.facts.build import build_facts
from backtest.mandate import LoadedMandate, StrategyChoice
from backtest.market.prices import build_panel
from backtest.market.quality import examine
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.metrics.summary import summary_to_dict
from backtest.simulate import simulate
from backtest.strategy import load_strategy


@pytest.fixture(scope="module")
def run(kit, tmp_path_factory):
    mandate = kit.mandate()
    folder = tmp_path_factory.mktemp("mandate")
    raw = read_market(LoadedMandate(mandate=mandate, path=folder / "mandate.toml", text=""))
    findings, panel = examine(raw, mandate), build_panel(raw, mandate)
    strategies = [load_strategy(c, Path(folder)) for c in (mandate.strategy, StrategyChoice(name="hold_benchmark"))]
    results = [simulate(panel, s, mandate.schedule, mandate.constraints, mandate.costs) for s in strategies]
    measures = measure(panel, *results, mandate)
    facts = build_facts(mandate, panel, strategies[0], measures, document_id="sample", findings=findings)
    return mandate, panel, results, measures, facts


def test_every_fact_is_well_formed_and_prints(run):
    *_, facts = run
    assert facts_from_json(facts_to_json(facts)) == facts
    assert all(format_fact(fact) for fact in facts.facts.values())


def test_the_performance_is_that_of_the_nav_after_charges(run):
    mandate, _, (result, _), measures, facts = run
    nav = after_charges(result.nav, result.dates, mandate.reported_class.ongoing_charge)[:, 0]
    series = pd.Series(nav, index=pd.DatetimeIndex(result.dates))[: pd.Timestamp(measures.summary.as_of)]
    assert facts.facts["perf.strategy.cumulative.start"].value == pytest.approx(series.iloc[-1] / result.capital - 1)
    ends = series.resample("ME").last()
    for k in range(1, 6):
        year = ends.iloc[-1 - 12 * (k - 1)] / ends.iloc[-1 - 12 * k] - 1
        assert facts.facts[f"perf.strategy.discrete.{k}"].value == pytest.approx(year)
    daily = series.pct_change().dropna()
    assert facts.facts["risk.strategy.volatility"].value == pytest.approx(daily.std() * np.sqrt(252))


def test_exposures_of_each_kind_sum_to_all_of_nav(run):
    *_, facts = run
    totals = defaultdict(float)
    for key, fact in facts.facts.items():
        if key.startswith("expo."):
            _, kind, _, who = key.split(".")
            totals[kind, who] += fact.value
    assert set(totals) == {
        (k, w) for k in ("theme", "sector", "country", "currency", "size") for w in ("strategy", "benchmark")
    } | {("theme", "start")}
    for total in totals.values():
        assert total == pytest.approx(1.0, abs=0.0005)


def test_doing_nothing_stays_close_to_the_benchmark_and_below_it(run):
    """The baseline differs from the index by costs, charges and the days between rebalances only."""
    *_, facts = run
    assert facts.facts["risk.baseline.tracking_error"].value < 0.01
    own, index = (facts.facts[f"perf.{who}.annualised.start"].value for who in ("baseline", "benchmark"))
    assert own < index


def test_the_summary_holds_the_same_figures_as_the_facts(run):
    *_, measures, facts = run
    found = summary_to_dict(measures.summary)
    for who in ("strategy", "baseline", "benchmark"):
        for period, figures in found["performance"][who]["periods"].items():
            assert facts.facts[f"perf.{who}.cumulative.{period}"].value == figures["cumulative"]
    assert facts.facts["conc.strategy.active_share"].value == found["concentration"]["strategy"]["active_share"]


def test_a_dollar_class_changes_returns_and_not_holdings(run):
    mandate, panel, results, pounds, _ = run
    dollars = measure(panel, *results, mandate, next(c for c in mandate.share_class if c.currency == "USD"))
    assert dollars.summary.concentration == pounds.summary.concentration
    rate = panel.fx["USD"][-len(results[0].dates) :]
    free = results[0].nav[:, 0] / results[0].capital * rate[0] / rate
    np.testing.assert_allclose(dollars.lines.growth["strategy"], 100 * free[: len(dollars.lines.dates)], rtol=1e-12)
