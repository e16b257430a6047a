"""Calendar years of a record, on the sheet of a UCITS for retail readers in the EU, and only there."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import review
from backtest.facts.build import build_facts
from backtest.factsheet import attachments, make_sheet
from backtest.factsheet.parts import calendar
from backtest.factsheet.rows import Printed
from backtest.mandate import StrategyChoice, parse_mandate
from backtest.market.record import Record
from backtest.measure import measure
from backtest.simulate import simulate
from backtest.strategy import load_strategy

TEN = runpy.run_path(str(Path(__file__).parent / "ten_mandates.py"))
RULES = load_packs()
FUND = {
    "structure": "ucits", "base_currency": "GBP", "documents_from": "www.example.com/documents",
    "investor_rights_from": "www.example.com/rights",
    "benchmark_use": "It is there to compare with, and the fund may hold what it does not.",
}  # fmt: skip
EUROPE = {"jurisdictions": ["EU"], "eu_regime": "mifid", "audience": "retail", "channel": "public",
          "client_currency": "GBP"}  # fmt: skip


def facts_of(start, launch, structure="ucits", **distribution):
    """A record alone, from `start` on: 100 on its first day, three hundredths of a per cent more each day."""
    table = TEN["TABLE"] | {
        "fund": TEN["TABLE"]["fund"] | FUND | {"structure": structure, "launch": launch},
        "data": {"source": "files", "closes": "closes.csv", "universe": "universe.csv", "vendor": "Example Prices"},
        "strategy": {"name": "equal_weight"},
        "share_class": [{"name": "A GBP", "currency": "GBP", "ongoing_charge": 0.0075, "launch": start,
                         "record": "nav.csv"}],
        "distribution": EUROPE | distribution,
        "report": {"rules_fixed": "2026-10-30", "published": "2026-11-10", "simulated": False},
    }  # fmt: skip
    mandate, panel = parse_mandate(table, "record.toml"), TEN["market"](60)
    strategy, base = (load_strategy(c, TEN["ROOT"]) for c in (mandate.strategy, StrategyChoice(name="hold_benchmark")))
    results = [simulate(panel, one, mandate.schedule, mandate.constraints, mandate.costs) for one in (strategy, base)]
    days = panel.dates[panel.dates >= np.datetime64(start)]
    record = Record("A GBP", "nav.csv", days, 1.0003 ** np.arange(len(days)))
    return build_facts(mandate, panel, strategy, measure(panel, *results, mandate, record=record), document_id="0" * 12)


@pytest.fixture(scope="module")
def facts():
    return facts_of("2019-12-02", "2017-03-01")


@pytest.fixture(scope="module")
def sheet(facts):
    statements = required_statements(facts, RULES, published(facts))
    return make_sheet(facts, statements, identifier="0" * 12, attachments=attachments(facts, {}))


def test_the_years_since_launch_stand_with_their_figures_or_with_no_data(sheet, facts, shown):
    page = shown(sheet.pdf)
    assert page.has("Actual returns in calendar years", 1)
    assert page.has("Calendar year 2018 2019 2020", 1)
    assert page.has("Calendar year 2021 2022 2023 2024 2025", 1)
    assert page.has(f"Share class no data no data {facts.printed('perf.actual.calendar.2020')}", 1)
    figures = [facts.printed(f"perf.actual.calendar.{year}") for year in range(2021, 2026)]
    assert page.has(f"Share class {' '.join(figures)}", 1)
    assert facts.facts["perf.actual.calendar.2021"].value == pytest.approx(1.0003**261 - 1.0)


def test_its_review_finds_the_years_and_no_breach(sheet, facts):
    """Six calendar years with figures are not taken for the five 12-month periods, which end with October."""
    found = review(read_pdf(sheet.pdf), facts, RULES, published(facts))
    assert not found.failures, [(f.rule_id, f.reason) for f in found.failures]
    answer = next(f for f in found.findings if f.rule_id == "PP-03")
    assert (answer.outcome.name, answer.reason) == ("PASS", "8 calendar years up to 2025")
    assert next(f for f in found.findings if f.rule_id == "PP-02").outcome.name == "PASS"


def test_a_changed_figure_of_a_year_is_found(sheet, facts):
    one = facts.facts["perf.actual.calendar.2023"]
    other = replace(facts, facts={**facts.facts, one.id: replace(one, value=0.0456)})
    found = review(read_pdf(sheet.pdf), other, RULES, published(facts))
    reasons = {f.rule_id: f.reason for f in found.failures}
    assert "2023" in reasons["TIE-02"]


@pytest.mark.parametrize(
    ("start", "launch", "columns"),
    [
        ("2021-06-01", "2021-06-01", [["2022", "2023", "2024", "2025"]]),
        ("2021-06-01", "2020-06-01", [["2021", "2022", "2023", "2024", "2025"]]),
        ("2021-06-01", "2001-06-01", [[str(y) for y in range(2016, 2021)], [str(y) for y in range(2021, 2026)]]),
        ("2025-06-02", "2025-06-02", []),
    ],
)
def test_years_before_launch_are_not_counted_and_ten_are_the_most(start, launch, columns):
    assert [years["columns"] for years in calendar(Printed(facts_of(start, launch)))] == columns


@pytest.mark.parametrize(
    "changes",
    [{"structure": "aif"}, {"audience": "professional"},
     {"jurisdictions": ["UK"], "eu_regime": None, "client_currency": None}],
)  # fmt: skip
def test_nobody_else_is_shown_calendar_years(changes):
    assert calendar(Printed(facts_of("2020-06-01", "2017-03-01", **changes))) == []
