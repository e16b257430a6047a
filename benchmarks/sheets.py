"""The fact sheet: one sheet's steps in a process that has made one before, and batches of them."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from backtest.batch import Outcome, make_batch
from backtest.carried import load_run_mandate
from backtest.complete import check_complete
from backtest.disclosure.context import AUDIENCES
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import review
from backtest.disclosure.rule import Statement
from backtest.facts import Facts, facts_from_json
from backtest.factsheet import House, Sheet, attachments, build_page, make_sheet, render_html
from backtest.factsheet.fit import LEVELS
from backtest.factsheet.forecast import Forecast
from backtest.factsheet.sections import USUAL, lay_out
from backtest.factsheet.sheet import SIZES
from backtest.jobs import Job, addressed, plan_batch
from backtest.pipeline import run
from backtest.preview import preview
from backtest.render import lay_out as lay_page_out
from backtest.render import text_nodes, write_pdf
from backtest.words import languages
from benchmarks.timing import Table, megabytes, number, slope, verdict, verdict_below

EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"
CLASSES = 34
WARM, GLANCE, A_SECOND, FLAT, LINEAR = 0.9, 0.2, 2.0, 1.1, 1.1
LEFT_OUT = ("characteristics", "liquidity", "rebalances", "risk_figures", "concentration", "drawdown")
"""Sections that make room, in this order, where the demo's sheet takes more than the two pages that are timed."""


def tables(quick: bool) -> list[Table]:
    """The steps of a sheet; unless quick, batches of ten to 204 sheets."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        made = run(_many_classes(desk), desk / "runs", lambda stage, what: None).folder
        found = [_steps(made, quick)]
        return found if quick else [*found, _batches(made, desk)]


def _many_classes(desk: Path) -> Path:
    """The demo's mandate with more share classes, each at a charge of its own."""
    text = EXAMPLE.read_text(encoding="utf-8")
    more = "".join(
        f'\n[[share_class]]\nname = "X{k} GBP"\ncurrency = "GBP"\nongoing_charge = {0.002 + k / 1e4:.4f}\n'
        for k in range(1, CLASSES)
    )
    (desk / "classes.toml").write_text(text.replace("\n[distribution]", f"{more}\n[distribution]"), encoding="utf-8")
    return desk / "classes.toml"


def _two_pages(facts: Facts, statements: Sequence[Statement], quick: bool) -> tuple[House, Sheet]:
    """The demo's sheet as it is or, where it has grown, with as many sections left out as two pages ask for; in haste,
    with all of them left out."""
    for k in (len(LEFT_OUT),) if quick else range(len(LEFT_OUT) + 1):
        columns = {column: tuple(n for n in names if n not in LEFT_OUT[:k]) for column, names in USUAL.items()}
        house = House(layout=lay_out(columns if k else {}))
        sheet = make_sheet(facts, statements, identifier="benchmark", house=house)
        if sheet.pages == 2:
            return house, sheet
    raise AssertionError("no sheet of two pages: leave out more sections")


def _best(what: Callable[[], Any], rounds: int, warm: bool = True) -> tuple[float, float]:
    """Best wall time and best processor time; a first call, which reads fonts and templates, does not count."""
    if warm:
        what()
    walls, processors = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        what()
        walls.append(time.perf_counter() - start)
        processors.append(time.process_time() - used)
    return min(walls), min(processors)


def _steps(folder: Path, quick: bool) -> Table:
    own = facts_from_json((folder / "facts.json").read_text(encoding="utf-8"))
    facts = addressed(own, {"doc.audience": "professional"})  # a retail sheet's glossary takes a third page
    rules, on = load_packs(()), published(facts)
    statements = required_statements(facts, rules, on)
    house, sheet = _two_pages(facts, statements, quick)
    document = read_pdf(sheet.pdf)
    laid = lay_page_out(sheet.html)
    carried = attachments(facts, {})

    def whole() -> Sheet:
        return make_sheet(facts, statements, identifier="benchmark", attachments=carried, house=house)

    steps: dict[str, Callable[[], Any]] = {
        "a preview of a finished run, from its folder to HTML": lambda: preview(folder),
        WHOLE: whole,
        "of it: the page as HTML, charts included": lambda: render_html(build_page(facts, statements, house=house)),
        "of it: the heights of the pages foreseen": lambda: foreseen(sheet.html),
        "of it: one layout": lambda: lay_page_out(sheet.html),
        "of it: paint, tags, fonts and attachments": lambda: write_pdf(
            laid, created=date(2026, 1, 1), identifier="benchmark", attachments=carried
        ),
        "reading the PDF back": lambda: read_pdf(sheet.pdf),
        "is all of it there and to be seen": lambda: check_complete(sheet.html, document),
        "the review, every rule": lambda: review(read_pdf(sheet.pdf), facts, rules, on),
    }
    seconds = {name: _best(step, 1 if quick else 5, warm=not quick) for name, step in steps.items()}
    without = USED_UP.format(len(house.layout.names)) if house.layout.names != House().layout.names else ""
    return Table(
        "A fact sheet",
        f"The demo's sheet for professionals{without}: {sheet.pages} pages, "
        f"{sum(map(len, text_nodes(sheet.html))):,} characters, size of type {sheet.density.size}. Each step by "
        "itself, in one process that has made one before.",
        ("", "seconds", "processor seconds"),
        tuple((name, number(wall), number(processor)) for name, (wall, processor) in seconds.items()),
        (
            verdict_below("a warm sheet of two pages", seconds[WHOLE][0], WARM, "seconds"),
            verdict_below("a preview", next(iter(seconds.values()))[0], GLANCE, "seconds"),
        ),
    )


WHOLE = "one warm sheet of two pages: page, fit and PDF"
USED_UP = ", with {} sections so that it takes two pages"


def foreseen(html: str) -> list[float]:
    """The overrun of each page at the closest setting of each size of type."""
    told = Forecast(html)
    return [told.over(page, size, LEVELS - 1) for size in range(SIZES) for page in range(len(told))]


@dataclass(frozen=True)
class _Made:
    """A batch. processor: seconds of all its processes. largest: MB that one of those that made sheets held at most.
    grown: MB by which the one that hands them out grew."""

    sheets: int
    seconds: float
    processor: float
    pages: float
    largest: float
    grown: float

    def row(self, workers: int) -> tuple[str, ...]:
        what = f"{self.sheets} sheets, {workers} process{'es' * (workers > 1)}"
        cells = (self.seconds, self.sheets / self.seconds, self.processor / self.sheets, self.pages)
        return what, *map(number, cells), f"{self.largest:.0f}", f"{self.grown:+.0f}"


def _batch(folder: Path, target: Path, jobs: Sequence[Job], workers: int) -> _Made:
    highest = [0.0]

    def watch(_: Outcome) -> None:
        highest.extend(megabytes("VmHWM", child.pid or 0) or 0.0 for child in multiprocessing.active_children())

    held, used, start = megabytes("VmRSS") or 0.0, _processor_seconds(), time.perf_counter()
    outcomes = make_batch(folder, target, jobs, workers, watch)
    seconds = time.perf_counter() - start
    assert all(outcome.status == "made" for outcome in outcomes)
    pages = sum(outcome.pages for outcome in outcomes) / len(outcomes)
    grown = (megabytes("VmRSS") or 0.0) - held
    return _Made(len(outcomes), seconds, _processor_seconds() - used, pages, max(highest), grown)


def _batches(folder: Path, desk: Path) -> Table:
    """Ten sheets in one process and in two, then thirty, sixty and 204 of them in one go, in two."""
    loaded = load_run_mandate(folder)
    names = [c.name for c in loaded.mandate.share_class]
    every = {"languages": languages(), "audiences": AUDIENCES}
    plans = (
        (1, plan_batch(loaded, names[:5], audiences=AUDIENCES)),
        (2, plan_batch(loaded, names[:5], audiences=AUDIENCES)),
        (2, plan_batch(loaded, names[:5], **every)),
        (2, plan_batch(loaded, names[:10], **every)),
        (2, plan_batch(loaded, names, **every)),
    )
    made = [_batch(folder, desk / f"sheets-{k}", jobs, workers) for k, (workers, jobs) in enumerate(plans)]
    counts, walls, peaks = [m.sheets for m in made], [m.seconds for m in made], [m.largest for m in made]
    return Table(
        "A batch of sheets",
        "Sheets of one run: share classes for two audiences, in English and then in three languages, each set, read "
        "back, reviewed and written, all in one go. The start of the processes counts, and so do the figures of each "
        "class. Processor time is of all processes. The largest process is that which held the most of all that made "
        "sheets; the last column is by how much the process that hands them out grew meanwhile.",
        ("", "seconds", "sheets a second", "processor seconds a sheet", "pages a sheet", "largest process, MB",
         "the one above them, MB"),
        tuple(m.row(workers) for m, (workers, _) in zip(made, plans, strict=True)),
        (
            verdict("with two processes", max(n / s for n, s in zip(counts[1:], walls[1:], strict=True)), A_SECOND,
                    "sheets a second"),
            verdict_below("memory of 204 sheets over that of 30", peaks[-1] / peaks[2], FLAT, "times"),
            verdict_below("30, 60 and 204 sheets in three languages", slope(counts[2:], walls[2:]), LINEAR, "slope"),
        ),
    )  # fmt: skip


def _processor_seconds() -> float:
    """Of this process and of all its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
