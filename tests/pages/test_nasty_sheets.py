"""Sheets of facts that nobody hopes for: they fit, whole, or one sentence says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backtest.disclosure.require import fill
from backtest.disclosure.rule import Statement, placeholders
from backtest.errors import RenderError, WordsError
from backtest.facts import Facts
from backtest.factsheet import build_page, make_sheet, render_html
from backtest.factsheet import sheet as sheets
from backtest.render import text_nodes

LONG_NAME = (
    "The <script>alert(1)</script> & Daughters Worldwide Artificial Intelligence Adopters and "
    "Beneficiaries Fund of Funds No. 7"
)


NEVER_TOGETHER = ("PP-05", "PP-07", "DOC-01", "DOC-01-2027", "GEN-18")
"""Actual performance, gross performance, another year's document, another audience."""


def whole(sheet, shown) -> bool:
    seen = shown(sheet.pdf)
    return [node for node in text_nodes(sheet.html) if not seen.has(node)] == []


def sayable(rule, facts) -> bool:
    """Asked of a sheet for the UK, with figures that this fund has."""
    named = (facts.facts.get(name) for text in rule.statement.values() for name in placeholders(text))
    return {"UK", "all"} & set(rule.jurisdictions) != set() and all(
        f is not None and f.value is not None for f in named
    )


def test_every_statement_that_can_be_asked_for_and_a_name_of_120_characters_fit(changed, rules, shown):
    facts = changed(fund__name=LONG_NAME, sim__trials=12, class__initial_charge=0.05)
    every = tuple(
        Statement(rule.id, rule.title, fill(rule, facts), rule.slot, rule.id in ("RSK-X03", "RSK-X17"), "")
        for rule in rules
        if rule.slot is not None and rule.id not in NEVER_TOGETHER and sayable(rule, facts)
    )
    assert len(every) >= 40  # no fund has all of them: bonds, leverage, hedges, unlisted and much cash at once
    sheet = make_sheet(facts, every, identifier="x")
    assert sheet.pages == 3
    assert sheet.density.size <= 4
    assert whole(sheet, shown)
    assert "<script>" not in sheet.html
    assert shown(sheet.pdf).has("<script>alert(1)</script>", 1)


def test_facts_without_values_and_without_series_still_make_a_sheet(demo_facts, shown):
    """The day after a launch: one holding, no history, nothing optional given, nothing that a rule asks for."""
    kept = ("fund.name", "fund.firm", "doc.as_of", "top10.1.name")
    facts = {k: f if k in kept else replace(f, value=None) for k, f in demo_facts.facts.items()}
    sheet = make_sheet(Facts(facts, {}), (), identifier="x")
    assert sheet.pages == 2
    assert whole(sheet, shown)
    assert sheet.html.count("no data") >= 15


def test_optional_facts_that_are_missing_altogether_print_as_such(demo_facts):
    kept = {k: demo_facts.facts[k] for k in ("fund.name", "fund.firm", "doc.as_of")}
    html = render_html(build_page(Facts(kept, {}), ()))
    assert "n/a" in html
    assert "None" not in html


@pytest.mark.parametrize("missing", ["fund.name", "fund.firm", "doc.as_of"])
def test_what_a_sheet_cannot_be_without_is_named(demo_facts, missing):
    facts = {k: f for k, f in demo_facts.facts.items() if k != missing}
    with pytest.raises(RenderError, match=rf"facts, {missing}: missing"):
        make_sheet(Facts(facts, demo_facts.series), (), identifier="x")


@pytest.mark.parametrize(("slot", "page", "mend"), [("top", 1, "objective"), ("important", 3, "important information")])
def test_a_page_that_cannot_fit_is_one_sentence(demo_facts, demo_statements, monkeypatch, slot, page, mend):
    monkeypatch.setattr(sheets, "TRIES", ((3, 4),))
    long = Statement("X-1", "Long", "A very long statement that goes on. " * 400, slot, False, "")
    with pytest.raises(RenderError, match=rf"page {page}.* does not fit.*{mend}"):
        make_sheet(demo_facts, (*demo_statements, long), identifier="x")


def test_a_statement_for_a_slot_no_sheet_has_is_an_error(demo_facts):
    lost = Statement("X-1", "Lost", "Nobody will read this.", "cover", False, "")
    with pytest.raises(RenderError, match=r"X-1: no such slot 'cover'"):
        build_page(demo_facts, (lost,))


def test_a_statement_that_a_template_forgets_is_an_error(demo_statements):
    html = "".join(f"<p>{s.text}</p>" for s in demo_statements[1:])
    with pytest.raises(RenderError, match=rf"{demo_statements[0].rule_id} is not on the sheet"):
        sheets._check_statements(html, demo_statements)


def test_a_character_no_font_has_is_an_error(changed, demo_statements):
    with pytest.raises(WordsError, match="the fonts of a sheet have no '成'"):
        make_sheet(changed(fund__objective="成長"), demo_statements, identifier="x")
