"""The height of a page told beforehand, held against the page laid out."""

from __future__ import annotations

import pytest

from backtest.disclosure.require import published, required_statements
from backtest.disclosure.rule import Statement
from backtest.factsheet import Density, build_page, fit, render_html
from backtest.factsheet import sheet as sheets
from backtest.factsheet.forecast import Forecast
from backtest.jobs import addressed
from backtest.render import lay_out

CLOSE = 2.0
"""Points, a fifth of a line: what a box keeps free below its last line is not always foreseen, a line always is."""


def told_and_laid(facts, statements, density):
    told = Forecast(render_html(build_page(facts, statements, Density(pages=density.pages))))
    laid = lay_out(render_html(build_page(facts, statements, density)))
    levels = (density.first, density.second, density.third)[: density.pages]
    foreseen = [told.over(page, density.size, level, seen=True) for page, level in enumerate(levels)]
    return foreseen, fit.overrun(laid, density.pages)


@pytest.mark.parametrize(
    "density", [Density(6, 6, 4), Density(6, 6, 3), Density(6, 5, 4), Density(4, 3, 2, 2, 3), Density(1, 0, 0, 0, 3)]
)
def test_a_page_that_fits_is_foreseen_to_a_fifth_of_a_line(demo_facts, demo_statements, density):
    foreseen, seen = told_and_laid(demo_facts, demo_statements, density)
    assert len(foreseen) == len(seen) == density.pages
    for page, (told, real) in enumerate(zip(foreseen, seen, strict=True), 1):
        if real < 0:
            assert told == pytest.approx(real, abs=CLOSE), f"page {page}"
        else:
            assert told > -CLOSE, f"page {page}"
    assert min(seen) < 0


def test_long_texts_are_foreseen_too(demo_facts, demo_statements):
    words = "A statement that goes on over the whole width of the sheet, with more than its title says. " * 4
    long = tuple(Statement(f"X-{k}", f"Risk {k}", f"{words}{k}", "risk", False, "") for k in range(6))
    foreseen, seen = told_and_laid(demo_facts, (*demo_statements, *long), Density(6, 6, 3, 4, 3))
    assert foreseen[2] == pytest.approx(seen[2], abs=CLOSE)
    assert seen[2] < 0


def test_most_sheets_are_laid_out_once(demo_facts, rules, monkeypatch):
    """The demo at several lengths of its risks, and in other languages: at most one of them is laid out twice."""
    laid_out = []

    def counted(html, css="", resources=None):
        laid_out.append(html)
        return lay_out(html, css, resources or {})

    monkeypatch.setattr(sheets, "lay_out", counted)
    counts = []
    for shorter, language in ((0, "en"), (3, "en"), (6, "en"), (0, "de"), (0, "fr")):
        facts = addressed(demo_facts, {"doc.language": language})
        laid_out.clear()
        sheets.make_sheet(facts, required_statements(facts, rules, published(facts))[shorter:], identifier="x")
        counts.append(len(laid_out))
    assert sum(counts) <= len(counts) + 1


def test_the_search_ends_at_the_same_setting_wherever_it_begins(demo_facts, demo_statements, monkeypatch):
    ends = set()
    for begin in ((6, 6, 6), (0, 0, 0), (3, 6, 2)):
        monkeypatch.setattr(fit, "begin", lambda told, size, begin=begin: begin[: len(told)])
        found = sheets.make_sheet(demo_facts, demo_statements[6:], identifier="x")
        ends.add(found.density)
    assert len(ends) == 1
