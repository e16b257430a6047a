"""The glossary: for retail readers, of words that are on the sheet."""

from __future__ import annotations

import pytest

from backtest.facts import Fact, Facts
from backtest.factsheet import Density, build_page, render_html
from backtest.factsheet.glossary import ALWAYS, WHERE_KNOWN, glossary
from backtest.factsheet.rows import Printed
from backtest.render import text_nodes
from backtest.words import languages, words_in


def facts(**given: object) -> Facts:
    known = {"fund.name": "F", "fund.firm": "G", "doc.as_of": "30 October 2026", "doc.audience": "retail"}
    known |= {key.replace("__", "."): value for key, value in given.items()}
    return Facts({k: Fact(k, k, v, "text", 0, None, "mandate", "test") for k, v in known.items()}, {})


@pytest.mark.parametrize(
    ("pages", "audience", "expected"), [(3, "retail", True), (2, "retail", True), (3, "professional", False)]
)
def test_it_stands_on_every_sheet_for_retail_readers(pages, audience, expected):
    html = render_html(build_page(facts(doc__audience=audience), (), Density(pages=pages)))
    assert ("What the words mean" in text_nodes(html)) is expected


def test_terms_of_figures_that_are_not_there_are_left_out():
    always = [words_in("en")(f"glossary.{key}.term") for key in ALWAYS]
    assert [row["term"] for row in glossary(Printed(facts()))] == sorted(always, key=str.casefold)
    shown = {row["term"] for row in glossary(Printed(facts(risk__strategy__srri="6")))}
    assert "SRRI" in shown
    assert "High-water mark" not in shown


@pytest.mark.parametrize("language", languages())
def test_every_term_is_a_word_of_the_sheet(language):
    """A word that no sheet says needs no meaning."""
    texts = words_in(language).texts
    said = " ".join(t for key, t in texts.items() if not key.startswith(("glossary.", "finding."))).casefold()
    for key in [*ALWAYS, *WHERE_KNOWN.values()]:
        word = texts[f"glossary.{key}.term"].split(" (")[-1].rstrip(")")
        assert word.casefold() in said, (key, word)


@pytest.mark.parametrize("language", languages())
def test_meanings_are_short_plain_sentences(language):
    for key, meaning in words_in(language).section("glossary").items():
        if key.endswith(".meaning"):
            assert meaning.endswith(".")
            assert len(meaning) <= (120 if language == "en" else 160), meaning
