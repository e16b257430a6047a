"""The demo's sheet in each language: in that language alone, in letters of our fonts, and no breach found."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backtest.artifacts import templates_folder
from backtest.disclosure.document import read_pdf
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import Review, review
from backtest.disclosure.rule import Outcome
from backtest.errors import WordsError
from backtest.facts import Facts, format_day, format_month
from backtest.facts.build import build_facts
from backtest.factsheet import attachments, make_sheet
from backtest.mandate import StrategyChoice, load_mandate
from backtest.market.prices import build_panel
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.render import text_nodes
from backtest.render.glyphs import check_letters
from backtest.simulate import simulate
from backtest.strategy import load_strategy
from backtest.words import languages, words_in

ROOT = Path(__file__).parents[2]
every = pytest.mark.parametrize("language", languages())
other = pytest.mark.parametrize("language", [language for language in languages() if language != "en"])


@pytest.fixture(scope="module")
def facts_in():
    """A function: the demo's facts in a language."""
    loaded = load_mandate(ROOT / "examples" / "demo.toml")
    mandate, panel = loaded.mandate, build_panel(read_market(loaded), loaded.mandate)
    chosen = (mandate.strategy, StrategyChoice(name="hold_benchmark"))
    strategies = [load_strategy(one, loaded.folder) for one in chosen]
    results = [simulate(panel, one, mandate.schedule, mandate.constraints, mandate.costs) for one in strategies]
    measures = measure(panel, *results, mandate, where="demo.toml")

    def build(language: str, texts: bool = True) -> Facts:
        said = mandate if texts else mandate.model_copy(update={"texts": {}})
        return build_facts(said, panel, strategies[0], measures, document_id="0123456789ab", language=language)

    return build


@pytest.fixture(scope="module")
def sheets(facts_in, rules):
    """By language: facts, statements, the page and its PDF."""
    made = {}
    for language in languages():
        facts = facts_in(language)
        statements = required_statements(facts, rules, published(facts))
        attached = attachments(facts, {"mandate": "0" * 64})
        made[language] = facts, statements, make_sheet(facts, statements, identifier="demo", attachments=attached)
    return made


def reviewed(pdf: bytes, facts: Facts, rules) -> Review:
    return review(read_pdf(pdf), facts, rules, published(facts))


@every
def test_no_breach_is_found_and_drafts_are_the_only_question(sheets, rules, language):
    facts, statements, sheet = sheets[language]
    found = reviewed(sheet.pdf, facts, rules)
    assert found.conclusion.startswith("No breach found")
    assert [f.rule_id for f in found.open] == ([] if language == "en" else ["LNG-01"])
    if language != "en":
        assert found.open[0].outcome == Outcome.NEEDS_REVIEW
        assert all(statement.rule_id in found.open[0].reason for statement in statements)


@every
def test_the_same_rules_ask_in_every_language(sheets, language):
    assert [s.rule_id for s in sheets[language][1]] == [s.rule_id for s in sheets["en"][1]]


@other
def test_nothing_on_the_sheet_is_english(sheets, language):
    """No text of the English catalogue or packs that the language says otherwise, and none of the mandate's."""
    sheet = sheets[language][2]
    english = words_in("en").texts
    said = {
        text
        for key, text in english.items()
        if "{" not in text and len(text) > 5 and text != words_in(language).texts[key]
    }
    said |= {statement.text for statement in sheets["en"][1]} | {str(sheets["en"][0].facts["fund.objective"].value)}
    assert said.isdisjoint(text_nodes(sheet.html))
    assert f'lang="{language}"' in sheet.html


@other
def test_page_numbers_are_in_the_language_too(sheets, shown, language):
    pages = shown(sheets[language][2].pdf).pages
    words = words_in(language)
    for number, page in enumerate(pages, 1):
        line = f"{words('page.page_number')} {number} {words('page.page_of')} {len(pages)}"
        assert "".join(line.split()) in "".join(page.split())


@other
def test_figures_are_those_of_the_english_sheet(sheets, language):
    english, spoken = sheets["en"][0], sheets[language][0]
    assert english.facts.keys() == spoken.facts.keys()
    for fact_id, fact in english.facts.items():
        if not isinstance(fact.value, str):
            assert spoken.facts[fact_id].value == fact.value, fact_id
    assert english.series == spoken.series


@other
def test_no_label_of_a_chart_is_cut(sheets, language):
    """Each end of a line is ink on the page, whole."""
    document = read_pdf(sheets[language][2].pdf)
    for page in {character.page for character in document.characters}:
        indices = [i for i, c in enumerate(document.characters) if c.page == page and 6.4 < c.size < 7.3]
        assert document.visibility(indices).visible > 0.995


@other
@pytest.mark.parametrize("rule_id", ["GEN-13", "SIM-04", "RSK-K08", "INT-01"])
def test_a_statement_that_is_not_there_is_missed(rules, sheets, language, rule_id):
    """Broken on purpose: the statement replaced by words that say nothing."""
    facts, statements, _ = sheets[language]
    spoilt = [replace(s, text="Lorem ipsum dolor sit amet.") if s.rule_id == rule_id else s for s in statements]
    found = reviewed(make_sheet(facts, spoilt, identifier="demo").pdf, facts, rules)
    assert rule_id in [f.rule_id for f in found.failures]


@other
def test_a_figure_that_is_not_a_fact_is_found(rules, sheets, language):
    facts, _, sheet = sheets[language]
    other_facts = dict(facts.facts)
    fact = other_facts["perf.strategy.cumulative.10y"]
    other_facts["perf.strategy.cumulative.10y"] = replace(fact, value=float(fact.value) + 0.111)
    found = reviewed(sheet.pdf, replace(facts, facts=other_facts), rules)
    assert "TIE-02" in [f.rule_id for f in found.failures]


@other
def test_a_promise_in_the_language_is_found(rules, sheets, language):
    facts, statements, _ = sheets[language]
    promise = {"de": "Der Erfolg ist garantiert.", "fr": "Le succès est garanti."}[language]
    value = replace(facts.facts["fund.objective"], value=promise)
    spoilt = replace(facts, facts={**facts.facts, "fund.objective": value})
    found = reviewed(make_sheet(spoilt, statements, identifier="demo").pdf, spoilt, rules)
    assert [f.rule_id for f in found.breaches] == ["TXT-01"]


@other
def test_a_mandate_without_the_managers_words_makes_no_sheet(facts_in, language):
    with pytest.raises(WordsError, match=re.escape(f"[texts.{language}] firm_authorisation: missing")):
        facts_in(language, texts=False)


# Letters


@every
def test_the_fonts_have_every_letter_of_a_language(language):
    words = words_in(language)
    check_letters([*words.texts.values(), *(word for found in words.lists.values() for word in found)])
    for path in sorted((templates_folder() / "disclosures").glob(f"*/languages/{language}.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["rules"].values()
        check_letters(text for entry in entries for text in (entry.get("title", ""), entry.get("text", "")))
    days = [date(2026, month, 1) for month in range(1, 13)]
    check_letters(text(day, language) for day in days for text in (format_day, format_month))


def test_a_language_without_fonts_is_refused_before_anything_is_drawn(sheets, monkeypatch):
    facts, statements, _ = sheets["en"]
    monkeypatch.setattr("backtest.factsheet.sheet.lay_out", lambda *_, **__: pytest.fail("it was drawn"))
    text = replace(facts.facts["fund.objective"], value="資本を増やすこと。")
    with pytest.raises(WordsError, match=re.escape("the fonts of a sheet have no '資' (U+8CC7")) as error:
        make_sheet(replace(facts, facts={**facts.facts, "fund.objective": text}), statements, identifier="demo")
    assert error.value.exit_code == 2


def test_what_is_never_drawn_needs_no_letter():
    check_letters(["soft\u00adhyphen\u200b\n"])
