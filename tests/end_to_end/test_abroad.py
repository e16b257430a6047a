"""A sheet for each jurisdiction, from its mandate to its own review, and what the same sheet lacks elsewhere."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from backtest import artifacts
from backtest.disclosure.document import read_pdf
from backtest.disclosure.finding import Outcome
from backtest.disclosure.packs import load_packs
from backtest.disclosure.reading import Reading
from backtest.disclosure.require import elsewhere, published
from backtest.disclosure.review import review
from backtest.factsheet import House
from backtest.pipeline import make_and_review

TEN = runpy.run_path(str(Path(__file__).parents[1] / "pages" / "ten_mandates.py"))
RULES = load_packs()
FILES = {"source": "files", "closes": "closes.csv", "universe": "universe.csv", "vendor": "Example Prices"}
INDEX = {"structure": "none", "name": "Harrow Steady Index", "subject": "index", "base_currency": "EUR"}
FUND = {
    "structure": "aif",
    "benchmark_use": "It is there to compare with, and the fund may hold what it does not.",
    "documents_from": "www.example.com/documents", "investor_rights_from": "www.example.com/rights",
}  # fmt: skip
REPORT = {"rules_fixed": "2026-10-30", "published": "2026-11-10"}
SHEETS = {
    "EU MiFID professional": {
        "fund": FUND,
        "distribution": {"jurisdictions": ["EU"], "eu_regime": "mifid", "audience": "professional",
                         "channel": "intermediary", "client_currency": "EUR"},
    },
    "EU retail index": {
        "fund": INDEX | {"base_currency": "GBP"},
        "distribution": {"jurisdictions": ["EU"], "eu_regime": "mifid", "audience": "retail", "channel": "public",
                         "client_currency": "EUR"},
    },
    "US adviser": {
        "fund": {"subject": "strategy", "name": "Harrow Steady Strategy", "structure": "none"},
        "distribution": {"jurisdictions": ["US"], "us_regime": "adviser", "audience": "professional",
                         "channel": "one_to_one", "audience_policy": "P7", "records_years": 6,
                         "anticipated_charge": 0.0125},
    },
    "UK with GIPS": {
        "fund": {"structure": "aif"},
        "distribution": {"jurisdictions": ["UK"], "uk_regime": "mifid", "audience": "professional",
                         "channel": "one_to_one", "claims_gips": True, "gips_report_from": "www.example.com/gips"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each sheet, its facts and its own review, made once."""
    done = {}

    def make(name):
        if name not in done:
            sections = {"data": FILES, "report": REPORT, **SHEETS[name]}
            facts = TEN["built"](TEN["market"](60), **sections)
            folder = tmp_path_factory.mktemp("sheet")
            done[name] = folder, facts, make_and_review(folder, facts, RULES, House(), {"mandate": "0" * 64})[1]
        return done[name]

    return make


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_of_ours_passes_its_own_review(made, name):
    _, _, reviewed = made(name)
    assert reviewed.gate.allowed, reviewed.gate
    assert [(f.rule_id, f.reason) for f in reviewed.failures] == []


@pytest.mark.parametrize(
    ("name", "shown", "other"),
    [("EU MiFID professional", "SRI", "SRRI"), ("EU retail index", "SRRI", "SRI"), ("UK with GIPS", "SRRI", "SRI")],
)
def test_a_fund_for_europe_alone_has_the_class_of_its_investor_document(made, name, shown, other):
    folder, facts, _ = made(name)
    document = read_pdf(folder / artifacts.SHEET)
    text = " ".join(" ".join(line.text for line in Reading(document).lines).split())
    assert f"({shown}), 1 to 7" in text
    assert f"({other})" not in text
    assert f"risk.strategy.{shown.lower()}" in facts.facts
    assert f"risk.strategy.{other.lower()}" not in facts.facts


def again(made, name, *places):
    """The same sheet reviewed for other jurisdictions: {rule: reason} of what fails."""
    folder, facts, _ = made(name)
    document = read_pdf(folder / artifacts.SHEET)
    found = review(document, elsewhere(facts, places), RULES, published(facts))
    return {f.rule_id: f.reason for f in found.findings if f.outcome == Outcome.FAIL}


def test_the_sheet_for_europe_lacks_what_the_united_states_ask_for(made):
    failed = again(made, "EU MiFID professional", "US")
    assert failed["US-08"] == "the statement is not in the document"
    assert "doc.records_years is not stated" in failed["APP-02"]


def test_the_sheet_for_the_united_states_lacks_what_europe_asks_for(made):
    failed = again(made, "US adviser", "EU")
    assert failed["SIM-01"] == "fund.subject is strategy; allowed: fund, index"


def test_the_sheet_for_british_readers_lacks_the_links_of_europe(made):
    failed = again(made, "UK with GIPS", "EU")
    assert {"DOC-02", "DOC-03", "GEN-05"} <= failed.keys()


def test_links_of_a_european_sheet_are_live_and_lead_to_the_documents(made):
    folder, _, _ = made("EU MiFID professional")
    links = read_pdf(folder / artifacts.SHEET).links
    assert {"https://www.example.com/documents", "https://www.example.com/rights"} <= set(links)
