"""The fact sheet: one sheet's steps in a process that has made one before, and batches of them."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backtest.batch import make_batch, plan_batch
from backtest.carried import load_run_mandate
from backtest.complete import check_complete
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import review
from backtest.facts import facts_from_json
from backtest.factsheet import build_page, make_sheet, render_html
from backtest.pipeline import run
from backtest.preview import preview
from backtest.words import languages
from benchmarks.timing import Table, number, verdict, verdict_below

EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"
CLASSES = "".join(
    f'\n[[share_class]]\nname = "{letter} GBP"\ncurrency = "GBP"\nongoing_charge = 0.00{k}\n'
    for k, letter in enumerate("CDEF", 2)
)
AUDIENCES = ("retail", "professional")
WARM, GLANCE, A_SECOND, FLAT = 0.9, 0.2, 2.0, 1.1


def tables(quick: bool) -> list[Table]:
    """The steps of a sheet; unless quick, batches of ten with one process and with two."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        text = EXAMPLE.read_text(encoding="utf-8").replace("\n[distribution]", f"{CLASSES}\n[distribution]")
        (desk / "five.toml").write_text(text, encoding="utf-8")
        made = run(desk / "five.toml", desk / "runs", lambda stage, what: None).folder
        found = [_steps(made, 1 if quick else 5)]
        return found if quick else [*found, _batches(made, desk)]


def _best(what: Callable[[], Any], rounds: int) -> float:
    """Best wall time; the first call, which reads fonts and templates, does not count."""
    what()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _steps(folder: Path, rounds: int) -> Table:
    facts = facts_from_json((folder / "facts.json").read_text(encoding="utf-8"))
    rules, on = load_packs(()), published(facts)
    statements = required_statements(facts, rules, on)
    sheet = make_sheet(facts, statements, identifier="benchmark")
    document = read_pdf(sheet.pdf)
    steps: dict[str, Callable[[], Any]] = {
        "a preview of a finished run, from its folder to HTML": lambda: preview(folder),
        "the page as HTML, charts included": lambda: render_html(build_page(facts, statements)),
        "one warm sheet of two pages: page, fit and PDF": lambda: make_sheet(facts, statements, identifier="benchmark"),
        "reading the PDF back": lambda: read_pdf(sheet.pdf),
        "is all of it there and to be seen": lambda: check_complete(sheet.html, document),
        "the review, every rule": lambda: review(read_pdf(sheet.pdf), facts, rules, on),
    }
    seconds = {name: _best(step, rounds) for name, step in steps.items()}
    warm = seconds["one warm sheet of two pages: page, fit and PDF"]
    return Table(
        "A fact sheet", "The demo's sheet, in one process; each step by itself.", ("", "seconds"),
        tuple((name, number(value)) for name, value in seconds.items()),
        (
            verdict_below("a warm sheet", warm, WARM, "seconds"),
            verdict_below("a preview", next(iter(seconds.values())), GLANCE, "seconds"),
        ),
    )  # fmt: skip


def _batches(folder: Path, desk: Path) -> Table:
    """Ten sheets in one process and in two, then sixty in two: the same classes, in three languages, and twice."""
    loaded = load_run_mandate(folder)
    english = plan_batch(loaded, audiences=AUDIENCES)
    every = plan_batch(loaded, languages=languages(), audiences=AUDIENCES)
    rows, rates, peaks = [], [], []
    for workers, jobs, into in ((1, english, ("a",)), (2, english, ("b",)), (2, every, ("c", "d"))):
        start = time.perf_counter()
        outcomes = [o for name in into for o in make_batch(folder, desk / name, jobs, workers)]
        seconds = time.perf_counter() - start
        assert all(outcome.good for outcome in outcomes)
        rates.append(len(outcomes) / seconds)
        peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        what = f"{len(outcomes)} sheets, {workers} process{'es' * (workers > 1)}"
        rows.append((what, number(seconds), number(rates[-1]), f"{peaks[-1]:.0f}"))
    return Table(
        "A batch of sheets",
        "Sheets of one run: five share classes for two audiences, in English and then in three languages, each set, "
        "read back, reviewed and written. The start of the processes counts, and so do the figures of each class. The "
        "largest process is the largest so far.",
        ("", "seconds", "sheets a second", "largest process, MB"), tuple(rows),
        (
            verdict("with two processes", rates[-1], A_SECOND, "sheets a second"),
            verdict_below("memory of sixty sheets over that of ten", peaks[-1] / peaks[0], FLAT, "times"),
        ),
    )  # fmt: skip
