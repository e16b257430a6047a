"""A QuantStats tear sheet beside our preview and our two-page sheet: the time of each, and what each contains.

All three start from the same simulated line of the demo's share class and its benchmark, and end in one file. Ours work
out every figure of the sheet on the way, holdings, exposures, costs and statements too; QuantStats has the line alone.
QuantStats is given the returns, so it asks no network for prices.
"""

from __future__ import annotations

import logging
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.rule import Statement
from backtest.facts import Facts
from backtest.facts.build import build_facts
from backtest.factsheet import attachments, build_page, make_sheet, render_html
from backtest.mandate import Mandate, load_mandate
from backtest.market.sources import read_market
from backtest.measure import Measures, measure
from backtest.pipeline import Backtest, simulate_both
from benchmarks.timing import Table, number

EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"
QUICK_START = date(2023, 11, 1)
PEER = "QuantStats, HTML"
PREVIEW, SHEET = "Jevons preview, HTML", "Jevons sheet, PDF"
QUIETER = ("matplotlib", "matplotlib.font_manager", "fontTools", "fontTools.subset")


@dataclass(frozen=True)
class _Desk:
    """What all three are made from."""

    mandate: Mandate
    backtest: Backtest

    def measured(self) -> Measures:
        return measure(self.backtest.panel, self.backtest.result, self.backtest.baseline, self.mandate)

    def facts(self) -> Facts:
        return build_facts(
            self.mandate, self.backtest.panel, self.backtest.strategy, self.measured(), document_id="benchmark"
        )


def tables(quick: bool) -> list[Table]:
    """Two tables: the time of each, and what each contains."""
    desk = _desk(quick)
    makers: dict[str, Callable[[], bytes]] = {
        PEER: _quantstats(desk.measured()),
        PREVIEW: lambda: _preview(desk),
        SHEET: lambda: _sheet(desk),
    }
    made, seconds = {}, {}
    for name, make in makers.items():
        first = make()  # fonts, templates and modules are read here, and do not count
        start, busy = time.perf_counter(), time.process_time()
        second = make()
        seconds[name] = (time.perf_counter() - start, time.process_time() - busy)
        made[name] = (first, second)
    return [_times(seconds, made), _contents(desk, made)]


def _desk(quick: bool) -> _Desk:
    loaded = load_mandate(EXAMPLE)
    if quick:
        data = loaded.mandate.data.model_copy(update={"start": QUICK_START})
        loaded = loaded.model_copy(update={"mandate": loaded.mandate.model_copy(update={"data": data})})
    return _Desk(loaded.mandate, simulate_both(loaded, read_market(loaded)))


def _quantstats(measures: Measures) -> Callable[[], bytes]:
    """Its tear sheet of the class's line against the benchmark's, both from their first day on."""
    import matplotlib

    matplotlib.use("Agg")
    for name in QUIETER:  # it asks for Arial on each page, and says so each time
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import quantstats

    days = pd.DatetimeIndex(measures.lines.dates.astype("datetime64[s]"))
    lines = {who: pd.Series(measures.lines.growth[who], days) for who in ("strategy", "benchmark")}
    strategy, benchmark = (line.pct_change().dropna().rename(who.capitalize()) for who, line in lines.items())

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tearsheet.html"
            quantstats.reports.html(strategy, benchmark=benchmark, output=str(path), title="Simulated line")
            return path.read_bytes()

    return make


def _statements(facts: Facts) -> tuple[Statement, ...]:
    return tuple(required_statements(facts, load_packs(()), published(facts)))


def _preview(desk: _Desk) -> bytes:
    facts = desk.facts()
    return render_html(build_page(facts, _statements(facts))).encode()


def _sheet(desk: _Desk) -> bytes:
    facts = desk.facts()
    carried = attachments(facts, {})
    return make_sheet(facts, _statements(facts), identifier="benchmark", attachments=carried).pdf


def _times(seconds: Mapping[str, tuple[float, float]], made: Mapping[str, tuple[bytes, bytes]]) -> Table:
    return Table(
        "A tear sheet and a fact sheet",
        "From the same simulated line to one file, in one process, warm. Ours work out holdings, exposures, costs and "
        "statements too.",
        ("", "seconds", "of the processor", "times the sheet", "kB"),
        tuple(
            (name, number(took), number(busy), number(took / seconds[SHEET][0]), f"{len(made[name][0]) / 1e3:,.0f}")
            for name, (took, busy) in seconds.items()
        ),
    )


class Page(HTMLParser):
    """What a page of HTML has: elements by name, what tells those who cannot see them, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.count: dict[str, int] = {}
        self.charts = self.alternatives = self.scopes = 0
        self.addresses: set[str] = set()
        self.words: list[str] = []
        self._inside: list[str] = []
        self._is_chart = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self._inside.append(tag)
        found = {name: value or "" for name, value in attrs}
        self.scopes += tag == "th" and bool(found.get("scope"))
        if tag in ("svg", "img"):
            self._is_chart = "mark" not in found.get("class", "").split()  # the firm's mark is none
            self.charts += self._is_chart
            self.alternatives += self._is_chart and bool(found.get("alt"))
        loads = found.get("src", "") if tag != "link" else found.get("href", "")
        if re.match(r"(https?:)?//", loads):
            self.addresses.add(loads)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        named = self._inside[-2:] == ["svg", "title"] and bool(data.strip())
        self.alternatives += self._is_chart and named
        if not {"style", "script"} & set(self._inside):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _contents(desk: _Desk, made: Mapping[str, tuple[bytes, bytes]]) -> Table:
    facts = desk.facts()
    statements = _statements(facts)
    pages = {name: Page(made[PREVIEW if name == SHEET else name][0].decode()) for name in made}
    document = read_pdf(made[SHEET][0])
    printed = {name: _key(page.text) for name, page in pages.items()} | {
        SHEET: _key("".join(character.text for character in document.characters))
    }
    rows = {
        "charts": {name: page.charts for name, page in pages.items()},
        "charts with an alternative text": {name: page.alternatives for name, page in pages.items()},
        "tables": {name: page.count.get("table", 0) for name, page in pages.items()},
        "header cells": {name: page.count.get("th", 0) for name, page in pages.items()},
        "header cells with a scope": {name: page.scopes for name, page in pages.items()},
        f"of the {len(statements)} statements that the rules require": {
            name: sum(_key(s.text) in text for s in statements) for name, text in printed.items()
        },
        "addresses that it loads from elsewhere": {name: len(page.addresses) for name, page in pages.items()},
        "files of data inside": dict.fromkeys(pages, 0) | {SHEET: len(document.attachments)},
        "different files from two runs": {name: len(set(both)) for name, both in made.items()},
    }
    return Table(
        "What a tear sheet and a fact sheet contain",
        "Counted on the files just made. Charts, tables and header cells of the sheet are those of its page.",
        ("", *made),
        tuple((what, *(str(cells[name]) for name in made)) for what, cells in rows.items()),
    )


def _key(text: str) -> str:
    """The text without spaces and hyphens, which differ between a page and what is read from a PDF."""
    return re.sub(r"[\s\u00ad\u2010\u2011\u0002\ufffe-]", "", text).casefold()
