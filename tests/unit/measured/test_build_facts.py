import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from backtest.artifacts import examples_folder
from backtest.facts import facts_from_json, facts_to_json, format_fact, measured
from backtest.facts.build import build_facts, commentary_facts
from backtest.facts.given import _decided
from backtest.facts.said import NO_TEXTS, Said, sentence_case
from backtest.factsheet import rows
from backtest.factsheet.rows import Printed, bars
from backtest.mandate import parse_mandate
from backtest.market.quality import DataFinding
from backtest.measure import measure
from backtest.words import words_in

WHO = ("strategy", "baseline", "benchmark")
DEMO = tomllib.loads((examples_folder() / "demo.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def facts(kit, case, strategy, findings):
    measures = measure(case.panel, case.strategy, case.baseline, kit.mandate())
    return build_facts(kit.mandate(), case.panel, strategy, measures, document_id="abc123", findings=findings)


PROMISED = """
fund: name firm firm_authorisation firm_address objective subject structure base_currency launch domicile
fund: documents_from documents_language horizon_years
class: name isin currency ongoing_charge initial_charge launch
doc: as_of published audience channel jurisdictions uk_regime language id
data: vendor start end price_adjustment survivors_only synthetic themes_assigned findings_accepted names countries
data: withholding cash
sim: start end years strategy idea fails_when decide lag trials rules_fixed commission half_spread buy_tax sell_tax
sim: delisting_haircut max_name max_theme.capex capital rebalances param.months param.capex_target
benchmark: name weights
perf.<all>.cumulative: 1m 3m ytd 1y 3y 5y 10y start
perf.<all>.annualised: 3y 5y 10y start
perf.<all>.discrete: 1 2 3 4 5
risk.<all>: volatility max_drawdown max_drawdown_trough sharpe
risk.<runs>: tracking_error
risk.strategy: information_ratio
trade.<runs>: turnover cost_drag
conc.<held>: holdings hhi effective_names top10 largest
conc.strategy: active_share
expo.theme.capex: strategy benchmark start
expo.theme.adopter: strategy benchmark start
expo.theme.other: strategy benchmark start
expo.theme.cash: strategy
expo.sector.cash: strategy
expo.country.cash: strategy
top10.1: name sector country theme weight active
liq: worst_days slow_share volume_known
"""
REBALANCES = {f"trade.rebalances.{k}.{part}" for k in (1, 2, 3, 4) for part in ("date", "turnover", "cost")}
GROUPS = {"<all>": WHO, "<runs>": ("strategy", "baseline"), "<held>": ("strategy", "benchmark"), "": ("",)}


def ids_promised():
    """The ids that sheet, rules and review are written against."""
    for line in PROMISED.strip().splitlines():
        stem, _, ends = line.partition(": ")
        group = next(g for g in GROUPS if g in stem)
        yield from (f"{stem.replace(group, who)}.{end}" for who in GROUPS[group] for end in ends.split())


def test_every_promised_fact_is_there(facts):
    assert not {*ids_promised(), *REBALANCES, "accept.1"} - set(facts.facts)


def test_every_promised_series_is_there(facts):
    promised = [f"{kind}.{who}" for kind in ("growth", "drawdown") for who in WHO]
    themes = ["theme.capex.strategy", "theme.adopter.strategy", "theme.other.strategy", "theme.capex.benchmark"]
    assert set(facts.series) == {*promised, *themes}
    assert all(len(one.dates) == len(one.values) for one in facts.series.values())


def test_facts_go_through_json_unchanged(facts):
    assert facts_from_json(facts_to_json(facts)) == facts


def test_every_fact_prints(facts):
    for fact in facts.facts.values():
        printed = format_fact(fact)
        assert printed
        if isinstance(fact.value, float):
            assert re.fullmatch(r"[+−]?[\d,]+(\.\d+)?(%| pp| bp| days?| years?)?", printed), fact.id


def test_performance_is_simulated_dated_and_net_or_gross(facts):
    for key, fact in facts.facts.items():
        if key.startswith("perf."):
            assert fact.basis == "simulated" and fact.as_of is not None
            assert fact.charges == ("gross" if ".benchmark." in key else "net")
            assert (fact.start is None) == (fact.value is None) or ".discrete." in key or ".annualised." in key


def test_exposures_of_each_kind_sum_to_all_of_nav(facts):
    totals = defaultdict(float)
    for key, fact in facts.facts.items():
        if key.startswith("expo."):
            _, kind, _, who = key.split(".")
            totals[kind, who] += fact.value
    assert len(totals) == 11
    for total in totals.values():
        assert total == pytest.approx(1.0, abs=1e-9)


def test_cash_counts_in_its_own_currency(facts, kit, case):
    own = facts.facts["expo.currency.GBP.strategy"].value
    names = facts.facts["expo.country.GB.strategy"].value
    assert own == pytest.approx(names + facts.facts["expo.theme.cash.strategy"].value)
    assert "expo.currency.cash.strategy" not in facts.facts


def test_groups_that_find_no_row_of_their_own_are_added_up_in_the_last(kit, case, strategy, monkeypatch):
    """A table of exposures shows so many groups, and what is left of the whole is not lost."""
    for module in (measured, rows):
        monkeypatch.setattr(module, "SHOWN_GROUPS", 3)
    measures = measure(case.panel, case.strategy, case.baseline, kit.mandate())
    found = build_facts(kit.mandate(), case.panel, strategy, measures, document_id="x")
    count = sum(key.startswith("expo.sector.") and key.endswith(".strategy") for key in found.facts)
    shown = bars(Printed(found), "sector")
    assert [row["label"] for row in shown][2:] == [f"{count - 2} others"]
    for who in ("strategy", "benchmark"):
        kept = sorted(
            (f for key, f in found.facts.items() if key.startswith("expo.sector.") and key.endswith(".strategy")),
            key=lambda f: -f.value,
        )[:2]
        own = [found.facts[f.id.replace("strategy", who)].value for f in kept]
        assert found.facts[f"rest.sector.{who}"].value + sum(own) == pytest.approx(1.0)
    assert shown[2]["strategy"] == found.printed("rest.sector.strategy")
    assert not [key for key in found.facts if key.startswith("rest.currency")]


@pytest.mark.parametrize(
    ("days", "language", "expected"),
    [(21, "en", "every 21 trading days"), (5, "de", "alle 5 Handelstage"), (1, "en", "each trading day")],
)
def test_so_many_days_apart_are_said_with_their_number(days, language, expected):
    mandate = parse_mandate({**DEMO, "schedule": {"decide": "every_n_days", "every_days": days}}, "mandate.toml")
    assert _decided(Said(words_in(language), words_in("en"), NO_TEXTS), mandate) == expected


def test_a_currency_that_only_cash_is_in_is_still_shown(kit, case, strategy):
    panel = replace(case.panel, currencies=("USD",) * 6)
    measures = measure(panel, case.strategy, case.baseline, kit.mandate())
    found = build_facts(kit.mandate(), panel, strategy, measures, document_id="x").facts
    assert found["expo.currency.GBP.strategy"].value == pytest.approx(found["expo.theme.cash.strategy"].value)


def test_cash_that_is_only_rounding_is_not_listed(kit, strategy):
    full = kit.case(kit.panel(), cash=0.0004)
    measures = measure(full.panel, full.strategy, full.baseline, kit.mandate())
    found = build_facts(kit.mandate(), full.panel, strategy, measures, document_id="x").facts
    assert not [key for key in found if ".cash." in key]


def test_two_spellings_of_a_sector_are_one(kit, case, strategy):
    panel = replace(case.panel, sectors=("Health Care", "Health care", "Energy", "Energy", "Energy", "Energy"))
    measures = measure(panel, case.strategy, case.baseline, kit.mandate())
    found = build_facts(kit.mandate(), panel, strategy, measures, document_id="x").facts
    assert found["expo.sector.health-care.strategy"].value == pytest.approx(found["expo.theme.capex.strategy"].value)


def test_the_sheet_reads_in_the_words_of_the_field(facts):
    printed = {key: format_fact(fact) for key, fact in facts.facts.items()}
    assert printed["sim.lag"] == "1 day"
    assert printed["sim.commission"] == "3.0 bp"
    assert printed["sim.capital"] == "1,000,000"
    assert printed["sim.param.months"] == "6" and printed["sim.param.capex_target"] == "0.5"
    assert printed["sim.max_theme.capex"] == "30.0%"
    assert printed["class.ongoing_charge"] == "0.75%"
    assert printed["doc.as_of"] == "30 December 2022"
    assert printed["doc.published"] == "30 December 2022"
    assert printed["data.withholding"] == "15%"
    assert printed["data.synthetic"] == "yes"
    assert printed["fund.horizon_years"] == "5 years"
    assert printed["perf.strategy.discrete.4"] == "no data"
    assert printed["perf.strategy.cumulative.10y"] == "n/a"
    assert facts.facts["expo.sector.information-technology.strategy"].label == "Information technology"
    assert facts.facts["expo.country.US.strategy"].label == "United States"
    assert facts.facts["expo.currency.USD.strategy"].label == "USD"


def test_without_market_values_there_are_no_characteristics_and_no_convention_on_them(facts):
    assert not [key for key in facts.facts if key.startswith("char.")]
    assert "convention.16" in facts.facts and "convention.17" not in facts.facts


def test_accepted_findings_are_facts_and_the_others_are_not(facts):
    assert facts.facts["accept.1"].value == "GAP-01, AAA: no close on one day. Accepted: a local holiday."
    assert facts.facts["data.findings_accepted"].value == 1
    assert "accept.2" not in facts.facts


def test_survivors_seen_in_the_data_are_survivors_whatever_the_mandate_says(kit, case, strategy, findings):
    """The data doctor's SURV-01 raises the flag even when the mandate does not."""
    measures = measure(case.panel, case.strategy, case.baseline, kit.mandate())
    seen = DataFinding("SURV-01", "warning", None, None, "nobody leaves")

    def flag(*found):
        built = build_facts(kit.mandate(), case.panel, strategy, measures, document_id="x", findings=found)
        return built.facts["data.survivors_only"].value

    assert (flag(), flag(seen)) == (False, True)


def test_the_last_four_rebalances_come_latest_first(facts, case):
    dates = [facts.facts[f"trade.rebalances.{k}.date"].value for k in range(1, 5)]
    assert dates == sorted(dates, reverse=True)
    last = case.strategy.trade_days[-1]
    assert dates[0] == case.strategy.dates[last].item()
    cost = case.strategy.costs[-1, 0].sum()
    before = case.strategy.nav[last, 0] + cost
    assert facts.facts["trade.rebalances.1.cost"].value == pytest.approx(cost / before * 1e4)
    assert "trade.rebalances.5.date" not in facts.facts


def test_the_top_ten_agree_with_the_concentration(facts):
    weights = [facts.facts[f"top10.{k}.weight"].value for k in range(1, 7)]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(facts.facts["conc.strategy.top10"].value)
    assert weights[0] == facts.facts["conc.strategy.largest"].value


def test_the_charts_agree_with_the_table(facts):
    for who in WHO:
        growth, falls = facts.series[f"growth.{who}"], facts.series[f"drawdown.{who}"]
        assert growth.values[-1] / 100 - 1 == pytest.approx(facts.facts[f"perf.{who}.cumulative.start"].value)
        assert min(falls.values) == facts.facts[f"risk.{who}.max_drawdown"].value
        trough = facts.facts[f"risk.{who}.max_drawdown_trough"].value
        assert falls.values[falls.dates.index(trough)] == min(falls.values)
    theme = facts.series["theme.capex.strategy"]
    assert theme.values[0] == pytest.approx(facts.facts["expo.theme.capex.start"].value)
    assert theme.values[-1] == pytest.approx(facts.facts["expo.theme.capex.strategy"].value)
    assert theme.dates[0] == facts.facts["sim.start"].value and theme.dates[-1] == facts.facts["doc.as_of"].value


def test_the_day_of_publication_is_the_one_given(kit, case, strategy):
    mandate = kit.mandate(published=date(2023, 1, 16))
    measures = measure(case.panel, case.strategy, case.baseline, mandate)
    found = build_facts(mandate, case.panel, strategy, measures, document_id="x").facts
    assert found["doc.published"].value == date(2023, 1, 16) and found["doc.as_of"].value == date(2022, 12, 30)


def test_withholding_by_country_is_spelt_out(kit, case, strategy):
    mandate = kit.mandate()
    tax = mandate.data.withholding_tax.model_copy(update={"default": 0.15315, "by_country": {"US": 0.003, "GB": 0.0}})
    mandate = mandate.model_copy(update={"data": mandate.data.model_copy(update={"withholding_tax": tax})})
    measures = measure(case.panel, case.strategy, case.baseline, mandate)
    found = build_facts(mandate, case.panel, strategy, measures, document_id="x").facts
    assert found["data.withholding"].value == "15.315%; United Kingdom 0%; United States 0.3%"


def test_total_return_prices_bear_no_withholding_tax(kit, case, strategy):
    mandate = kit.mandate()
    mandate = mandate.model_copy(update={"data": mandate.data.model_copy(update={"price_adjustment": "total_return"})})
    measures = measure(case.panel, case.strategy, case.baseline, mandate)
    found = build_facts(mandate, case.panel, strategy, measures, document_id="x").facts
    assert found["data.withholding"].value.startswith("none")


def test_a_short_window_still_has_every_fact(kit, strategy):
    """Two weeks: figures are undefined, none is missing and none is zero in disguise."""
    short = kit.case(kit.panel(start="2022-09-01", end="2022-09-20"), first=3)
    measures = measure(short.panel, short.strategy, short.baseline, kit.mandate())
    found = build_facts(kit.mandate(), short.panel, strategy, measures, document_id="x")
    assert not set(ids_promised()) - set(found.facts)
    assert found.facts["doc.as_of"].value == date(2022, 9, 20)
    for key in ("perf.strategy.annualised.start", "trade.strategy.turnover", "risk.strategy.information_ratio"):
        assert found.facts[key].value is None
    assert facts_from_json(facts_to_json(found)) == found


def test_the_same_inputs_give_the_same_bytes_in_any_process():
    """Whatever the hash seed, the time zone and the language of the machine."""
    texts = {
        subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, str(Path(__file__).with_name("conftest.py"))],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, language in (("1", "Asia/Tokyo", "C"), ("2", "America/New_York", "C.UTF-8"))
    }
    assert len(texts) == 1 and len(texts.pop()) == 65


IN_A_PROCESS = """
import hashlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("makers", sys.argv[1])
makers = sys.modules["makers"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(makers)
from backtest.facts import facts_to_json
from backtest.facts.build import build_facts, commentary_facts
from backtest.measure import measure
from backtest.strategy import Strategy
case, mandate = makers.make_case(makers.make_panel()), makers.make_mandate()
measures = measure(case.panel, case.strategy, case.baseline, mandate)
strategy = Strategy(name="cut_capex", function=print, parameters={"b": 1.0, "a": 0.25})
text = facts_to_json(build_facts(mandate, case.panel, strategy, measures, document_id="x"))
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_given_class_is_the_one_described(kit, case, strategy):
    other = next(c for c in kit.mandate().share_class if c.name == "B")
    measures = measure(case.panel, case.strategy, case.baseline, kit.mandate(), other)
    found = build_facts(kit.mandate(), case.panel, strategy, measures, document_id="x", share_class=other).facts
    assert found["class.name"].value == "B" and found["class.currency"].value == "USD"


def test_permuting_the_assets_changes_no_fact(kit, case, strategy, facts, findings):
    """Names in another order are the same portfolio."""
    order = np.array([4, 2, 0, 5, 1, 3])

    def turned(values):
        return tuple(values[i] for i in order)

    panel = replace(
        case.panel,
        **{
            k: turned(getattr(case.panel, k))
            for k in ("assets", "names", "themes", "sectors", "countries", "currencies")
        },
        **{
            k: getattr(case.panel, k)[:, order]
            for k in ("prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
        },
    )
    runs = [
        replace(run, assets=turned(run.assets), units=run.units[:, :, order], order_prices=run.order_prices[:, order])
        for run in (case.strategy, case.baseline)
    ]
    measures = measure(panel, *runs, kit.mandate())
    found = build_facts(kit.mandate(), panel, strategy, measures, document_id="x", findings=findings).facts
    for key, fact in found.items():
        if isinstance(fact.value, float):
            assert fact.value == pytest.approx(facts.facts[key].value, abs=1e-12), key
        elif key != "doc.id":
            assert fact.value == facts.facts[key].value, key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Information Technology", "Information technology"),
        ("Equity REITs", "Equity REITs"),
        ("IT", "IT"),
        ("energy", "Energy"),
        ("", ""),
    ],
)
def test_sentence_case(text, expected):
    assert sentence_case(text) == expected


def test_country_names():
    assert [Said(words_in("en"), words_in("en"), NO_TEXTS).country(code) for code in ("GB", "US", "DE", "XQ")] == [
        "United Kingdom",
        "United States",
        "Germany",
        "XQ",
    ]
    german = words_in("de")
    assert [Said(german, german, NO_TEXTS).country(code) for code in ("US", "GB")] == ["USA", "Vereinigtes Königreich"]


def test_a_commentary_names_companies_with_or_without_their_legal_form():
    names = ("Orrinlake Systems Inc", "Tarnwick Payments", "Vale", "Marlowick Bank plc")
    said = "Orrinlake Systems rose, and so did Tarnwick Payments. The Valley fund was sold."
    facts = {fact.id: fact.value for fact in commentary_facts(said, names, date(2026, 10, 30))}
    assert facts == {"doc.commentary": said, "doc.companies_named": "Orrinlake Systems; Tarnwick Payments"}
    assert commentary_facts(None, names, None) == []
    assert commentary_facts("Costs fell.", names, None)[1].value is None
