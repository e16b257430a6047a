"""The methodology of an index: from the same facts as its sheet, whole, archival, without a figure of performance."""

from __future__ import annotations

from dataclasses import replace

import page as validator
import pytest

from backtest import artifacts
from backtest.artifacts import examples_folder
from backtest.complete import check_complete
from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import Reading
from backtest.disclosure.require import published, required_statements
from backtest.errors import MandateError, WordsError
from backtest.facts import Fact, Facts
from backtest.factsheet import House
from backtest.factsheet.methodology import make_methodology
from backtest.mandate import load_mandate
from backtest.pipeline import render_again, run
from backtest.render import text_nodes

CORRECTIONS = "An error that moves the level by more than 0.1% is put right from the day it began."
GOVERNANCE = "The index committee answers for these rules & announces a change 60 days before <it takes effect>."


def stated(facts: Facts, **texts: str | None) -> Facts:
    """The facts of an index whose mandate says these texts."""
    made = {key: Fact(key, key, value, "text", 0, None, "mandate", "test") for key, value in texts.items()}
    made = {f"index.{key}": replace(fact, id=f"index.{key}") for key, fact in made.items()}
    return Facts({**facts.facts, **made}, facts.series)


@pytest.fixture(scope="module")
def made(changed, rules):
    facts = stated(changed(fund__subject="index"), corrections=CORRECTIONS, governance=GOVERNANCE)
    return facts, make_methodology(
        facts, required_statements(facts, rules, published(facts)), identifier="m", house=House()
    )


def test_it_says_rules_calendar_calculation_data_corrections_and_governance_in_that_order(made):
    facts, methodology = made
    nodes = text_nodes(methodology.html)
    heads = ["What the index is for", "Rules", "Calendar", "Calculation", "Data", "Corrections", "Governance"]
    found = [node for node in nodes if node in heads]
    assert list(dict.fromkeys(found)) == heads
    assert {CORRECTIONS, GOVERNANCE, facts.printed("fund.objective"), facts.printed("sim.idea")} <= set(nodes)
    assert all(facts.printed(key) in nodes for key in facts.facts if key.startswith("convention."))
    lag, when = facts.printed("sim.lag"), facts.printed("sim.decide")
    assert any(lag in node and when in node for node in nodes)


def test_nothing_of_it_is_lost_and_it_is_archival_and_accessible(made):
    _, methodology = made
    check_complete(methodology.html, read_pdf(methodology.pdf))
    for profile in ("3a", "ua1"):
        name = {"3a": "pdfa-3a", "ua1": "pdfua-1"}[profile]
        assert validator.validate_pdf_bytes(methodology.pdf, profile=name).failures == []


def test_what_stands_on_every_page_of_a_sheet_stands_here_and_no_performance(made):
    facts, methodology = made
    reading = Reading(read_pdf(methodology.pdf))
    for said in ("Illustration: invented companies and prices.", "Internal use only: not for distribution."):
        assert reading.find(said)
    printed = [facts.printed(key) for key in facts.facts if key.startswith("perf.")]
    figures = [text for text in printed if "%" in text]
    assert not [text for text in figures if reading.find(text)]


def test_what_the_mandate_does_not_say_is_said_to_be_missing(changed):
    facts = stated(changed(fund__subject="index"), corrections=None, governance=None)
    html = make_methodology(facts, (), identifier="m", house=House()).html
    assert text_nodes(html).count("The mandate does not say.") == 2


def test_the_same_facts_give_the_same_bytes(made):
    facts, methodology = made
    statements = ()
    again = [make_methodology(facts, statements, identifier="m", house=House()).pdf for _ in range(2)]
    assert again[0] == again[1]
    assert methodology.pdf != again[0]


def as_index(folder, text: str) -> None:
    demo = (examples_folder() / "demo.toml").read_text(encoding="utf-8").split("\n# The manager's own words")[0]
    (folder / "index.toml").write_text(demo.replace('subject = "fund"', 'subject = "index"') + text, encoding="utf-8")


def test_a_run_of_an_index_brings_it_and_renders_it_again(tmp_path):
    as_index(tmp_path, f'\n[methodology]\ncorrections = "{CORRECTIONS}"\n')
    finished = run(tmp_path / "index.toml", tmp_path / "runs", lambda stage, what: None)
    made = (finished.folder / artifacts.METHODOLOGY).read_bytes()
    assert Reading(read_pdf(made)).find(CORRECTIONS)
    assert artifacts.METHODOLOGY in artifacts.read_json(finished.folder / artifacts.MANIFEST)["artifacts"]
    again = render_again(finished.folder, tmp_path / "again")
    assert (again.parent / artifacts.METHODOLOGY).read_bytes() == made


def test_a_fund_has_none_and_may_not_ask_for_one(tmp_path):
    demo = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "fund.toml").write_text(demo + '\n[methodology]\ncorrections = "x"\n', encoding="utf-8")
    with pytest.raises(MandateError, match=r"\[methodology\] belongs to an index"):
        load_mandate(tmp_path / "fund.toml")


def test_a_letter_that_the_fonts_do_not_have_is_refused(changed):
    facts = stated(changed(fund__subject="index"), corrections="訂正", governance=None)
    with pytest.raises(WordsError, match="no '訂'"):
        make_methodology(facts, (), identifier="m", house=House())
