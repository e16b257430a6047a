"""The demo's facts and statements, and its sheet, made once; and a reader of what a PDF shows."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import required_statements
from backtest.facts import Fact, Facts
from backtest.facts.build import build_facts
from backtest.factsheet import Sheet, attachments, make_sheet
from backtest.mandate import StrategyChoice, load_mandate
from backtest.market.prices import build_panel
from backtest.market.quality import examine
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.simulate import simulate
from backtest.strategy import load_strategy

ROOT = Path(__file__).parents[2]
DROPPED = "\u00ad\u2010\u2011-\ufffe\u0002\u200b\u200c\u200d\u2060\ufeff"


def key(text: str) -> str:
    """Text as it survives line breaks: no spaces, no hyphens."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in DROPPED)


@dataclass(frozen=True)
class Shown:
    """What a reader sees of a PDF: for each page, the characters that stand inside it, in order."""

    pages: tuple[str, ...]

    @property
    def all(self) -> str:
        return key("".join(self.pages))

    def has(self, text: str, page: int | None = None) -> bool:
        return key(text) in (self.all if page is None else key(self.pages[page - 1]))


@pytest.fixture(scope="session")
def shown():
    """A function from PDF bytes to what they show."""

    def read(pdf: bytes) -> Shown:
        with pypdfium2.PdfDocument(pdf) as document:
            return Shown(tuple(_inside(document[i]) for i in range(len(document))))

    return read


def _inside(page: pypdfium2.PdfPage) -> str:
    width, height = page.get_size()
    text = page.get_textpage()
    found = []
    for i in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(i)
        if left >= 0 and bottom >= 0 and right <= width and top <= height:
            found.append(text.get_text_range(i, 1))
    return "".join(found)


@pytest.fixture(scope="session")
def demo_facts() -> Facts:
    """The facts of the demo mandate, worked out from the sample market."""
    loaded = load_mandate(ROOT / "examples" / "demo.toml")
    raw, mandate = read_market(loaded), loaded.mandate
    panel = build_panel(raw, mandate)
    strategy = load_strategy(mandate.strategy, loaded.folder)
    baseline = load_strategy(StrategyChoice(name="hold_benchmark"), loaded.folder)
    terms = (mandate.schedule, mandate.constraints, mandate.costs)
    results = [simulate(panel, one, *terms) for one in (strategy, baseline)]
    measures = measure(panel, *results, mandate, where="demo.toml")
    return build_facts(mandate, panel, strategy, measures, document_id="0123456789ab", findings=examine(raw, mandate))


@pytest.fixture(scope="session")
def rules():
    return load_packs(())


@pytest.fixture(scope="session")
def demo_statements(demo_facts, rules):
    return required_statements(demo_facts, rules, published(demo_facts))


@pytest.fixture(scope="session")
def demo_sheet(demo_facts, demo_statements) -> Sheet:
    attached = attachments(demo_facts, {"mandate": "0" * 64})
    return make_sheet(demo_facts, demo_statements, identifier="demo", attachments=attached)


@pytest.fixture(scope="session")
def demo_pdf(demo_sheet):
    with pikepdf.open(io.BytesIO(demo_sheet.pdf)) as pdf:
        yield pdf


def published(facts: Facts) -> date:
    value = facts.facts["doc.published"].value
    assert isinstance(value, date)
    return value


@pytest.fixture(scope="session")
def changed(demo_facts):
    """A function: the demo's facts with some values replaced, by id."""

    def change(**values: object) -> Facts:
        named = {name.replace("__", "."): value for name, value in values.items()}
        facts: dict[str, Fact] = dict(demo_facts.facts)
        for name, value in named.items():
            facts[name] = replace(facts[name], value=value)
        return Facts(facts, demo_facts.series)

    return change
