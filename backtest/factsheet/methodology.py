"""The methodology of an index: its rules, calendar, calculation, data, corrections and governance, from the same facts
as its sheet. It flows over as many pages as it needs and shows no performance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backtest.disclosure.require import published
from backtest.disclosure.rule import Statement
from backtest.facts import Facts
from backtest.factsheet import rows
from backtest.factsheet.house import House
from backtest.factsheet.rows import Printed, Row
from backtest.factsheet.theme import css_variables
from backtest.render import check_letters, render_pdf, render_template, text_nodes

INDEX = "index"
RULES = ("universe", "rules", "limits", "benchmark_weights")
CALENDAR = ("decided", "period", "rules_fixed", "themes_assigned")
CALCULATION = ("trade", "custody", "delisting", "dividend_tax")


@dataclass(frozen=True)
class Methodology:
    """A finished document: the page and its PDF."""

    html: str
    pdf: bytes


def make_methodology(facts: Facts, statements: Sequence[Statement], *, identifier: str, house: House) -> Methodology:
    """The methodology of the index these facts describe.

    statements: those of the sheet; what must stand on every page of it stands here too. Raises RenderError as a sheet
    does, and WordsError for a letter that the fonts do not have.
    """
    html = render_template("methodology", "page.html", build_methodology(facts, statements, house))
    check_letters(text_nodes(html))
    return Methodology(html, render_pdf(html, created=published(facts), identifier=identifier).pdf)


def build_methodology(facts: Facts, statements: Sequence[Statement], house: House) -> dict[str, Any]:
    """The context of the template: printed strings, and lists and dicts of them."""
    text = Printed(facts)
    return {
        "lang": text.language,
        "words": text.words.section("page") | text.words.section("methodology"),
        "theme_css": css_variables(house.theme),
        "name": text.needed("fund.name"),
        "firm": text.needed("fund.firm"),
        "as_of": text.needed("doc.as_of"),
        "document": text("doc.id"),
        "page_statements": [{"text": s.text} for s in statements if s.slot == "page"],
        "sections": [section for section in _sections(text) if any(section[part] for part in PARTS)],
    }


PARTS = ("paragraphs", "rows", "list")


def _sections(text: Printed) -> list[Row]:
    known = {row["key"]: row for row in rows.assumptions(text)}
    rules = [text(key) for key in ("sim.idea",) if text.known(key)]
    if text.known("sim.fails_when"):
        rules += [f"{text.words('page.must_fail')} {text('sim.fails_when')}"]
    basics = [("key_facts.base_currency", "fund.base_currency"), ("key_facts.benchmark", "benchmark.name"),
              ("key_facts.launch", "fund.launch")]  # fmt: skip
    given = [{"label": text.words(label), "value": text(key)} for label, key in basics if text.known(key)]
    return [
        _section(text, "purpose", [text("fund.objective")], given),
        _section(text, "rules", rules, _chosen(known, RULES)),
        _section(text, "calendar", (), _chosen(known, CALENDAR)),
        _section(text, "calculation", (), _chosen(known, CALCULATION), rows.numbered(text, "convention")),
        _section(text, "data", (), _data(text), rows.numbered(text, "accept")),
        _section(text, "corrections", [_or_not_stated(text, "index.corrections")]),
        _section(text, "governance", [*rows.issued(text), _or_not_stated(text, "index.governance")]),
    ]


def _section(
    text: Printed, title: str, paragraphs: Iterable[str], table: Iterable[Row] = (), sentences: Iterable[str] = ()
) -> Row:
    return {
        "title": text.words(f"methodology.{title}"),
        "paragraphs": list(paragraphs),
        "rows": [{"label": row["label"], "value": row["value"]} for row in table],
        "list": list(sentences),
    }


def _chosen(known: dict[str, Row], keys: Iterable[str]) -> list[Row]:
    return [known[key] for key in keys if key in known]


def _data(text: Printed) -> list[Row]:
    words = text.words
    period = words("assumptions.period_value", start=text("data.start"), end=text("data.end"))
    adjusted = text.of("adjustment", "data.price_adjustment", text("data.price_adjustment"))
    found = [("vendor", text("data.vendor")), ("days", period), ("adjustment", adjusted), ("cash", text("data.cash"))]
    return [{"label": words(f"methodology.{label}"), "value": value} for label, value in found]


def _or_not_stated(text: Printed, fact_id: str) -> str:
    """What the manager says; that nothing is said is said too, because a reader of rules must know it."""
    return text(fact_id) if text.known(fact_id) else text.words("methodology.not_stated")
