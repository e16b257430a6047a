"""The glossary: on a third page, for retail readers, of words that are on the sheet."""

from __future__ import annotations

import pytest

from backtest.facts import Fact, Facts
from backtest.factsheet import Density, build_page, render_html
from backtest.factsheet.glossary import ALWAYS, WHERE_KNOWN, glossary
from backtest.factsheet.rows import Printed
from backtest.render import text_nodes


def facts(**given: object) -> Facts:
    known = {"fund.name": "F", "fund.firm": "G", "doc.as_of": "30 October 2026", "doc.audience": "retail"}
    known |= {key.replace("__", "."): value for key, value in given.items()}
    return Facts({k: Fact(k, k, v, "text", 0, None, "mandate", "test") for k, v in known.items()}, {})


@pytest.mark.parametrize(
    ("pages", "audience", "expected"), [(3, "retail", True), (2, "retail", False), (3, "professional", False)]
)
def test_it_stands_on_a_third_page_for_retail_readers(pages, audience, expected):
    html = render_html(build_page(facts(doc__audience=audience), (), Density(pages=pages)))
    assert ("What the words mean" in text_nodes(html)) is expected


def test_terms_of_figures_that_are_not_there_are_left_out():
    assert [row["term"] for row in glossary(Printed(facts()))] == sorted(ALWAYS, key=str.casefold)
    shown = {row["term"] for row in glossary(Printed(facts(risk__strategy__srri="6")))}
    assert "SRRI" in shown
    assert "High-water mark" not in shown


def test_every_term_is_a_word_of_the_sheet(demo_words):
    """A word that no sheet says needs no meaning."""
    for term in [*ALWAYS, *(term for term, _ in WHERE_KNOWN.values())]:
        word = term.split(" (")[-1].rstrip(")")
        assert word.casefold() in demo_words or term == "High-water mark", term


@pytest.fixture(scope="module")
def demo_words() -> str:
    """All text of the templates, rows and notes, as a sheet of two pages may print it."""
    from pathlib import Path

    root = Path(__file__).parents[2]
    files = [
        *(root / "templates" / "factsheet" / "sections").glob("*.html"),
        *(root / "backtest" / "factsheet").glob("*.py"),
    ]
    files += [*(root / "backtest" / "facts").glob("*.py"), root / "backtest" / "charts.py"]
    files += [root / "backtest" / "metrics" / "conventions.py"]
    return "\n".join(
        f.read_text(encoding="utf-8") for f in files if f.name not in ("glossary.py", "glossary.html")
    ).casefold()


def test_meanings_are_short_plain_sentences():
    for meaning in [*ALWAYS.values(), *(meaning for _, meaning in WHERE_KNOWN.values())]:
        assert meaning.endswith(".")
        assert len(meaning) <= 120
