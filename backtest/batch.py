"""One finished run, many sheets: each share class, language and audience, in a pool of processes.

The run is read once, and its figures are cut once for each class; a sheet is set and reviewed in a process that may die
without taking the others along. What was finished under the same facts, rules and code is kept when the same command
runs again.
"""

from __future__ import annotations

import csv
import gc
import io
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from backtest import artifacts
from backtest.carried import load_run_mandate
from backtest.disclosure.packs import load_packs
from backtest.disclosure.rule import Rule
from backtest.errors import GateError, JevonsError, RunError
from backtest.facts import Facts, facts_from_json, facts_to_json
from backtest.facts.build import build_facts
from backtest.factsheet import House, load_house
from backtest.jobs import Job, address, addressed
from backtest.mandate import LoadedMandate
from backtest.market.panel import read_panel
from backtest.market.quality import findings_from_rows
from backtest.market.record import read_records
from backtest.measure import Measures, measure
from backtest.pipeline import commentary_in, make_and_review
from backtest.result import read_result
from backtest.strategy import load_strategy

JOB = "job.json"
MANIFEST, TABLE = "manifest.json", "manifest.csv"
TASKS_PER_PROCESS = 50
AHEAD = 2
"""Tasks for each process that are made ready before it has time for them."""


@dataclass(frozen=True)
class Limits:
    """What one sheet may take; a process that takes more ends, and its sheet is reported. memory: bytes."""

    processor_seconds: int = 60
    wall_seconds: int = 120
    memory: int = 4 << 30

    def __str__(self) -> str:
        return f"{self.processor_seconds} s of processor time, {self.wall_seconds} s in all, {self.memory >> 20:,} MB"


LIMITS = Limits()

Status = Literal["made", "kept", "refused", "failed"]


@dataclass(frozen=True)
class _Said:
    """The facts of a class in a language, as JSON, the same for every audience; and their SHA-256."""

    text: str
    sha256: str


@dataclass(frozen=True)
class Outcome:
    """What became of a sheet. kept: an earlier batch made it. refused: the gate says that it may not exist. says: why
    there is none, or ''."""

    job: Job
    status: Status
    says: str = ""
    pages: int = 0
    breaches: int = 0
    needs_review: int = 0
    sheet_sha256: str = ""

    @property
    def good(self) -> bool:
        return self.status in ("made", "kept") and self.breaches == 0

    def to_dict(self) -> dict[str, Any]:
        """One flat row of the manifest: it tells what is there, not when it was made."""
        row = asdict(self)
        return {**row.pop("job"), **row, "status": "made" if self.status == "kept" else self.status}


def make_batch(
    run: Path,
    target: Path,
    jobs: Sequence[Job],
    workers: int | None = None,
    tell: Callable[[Outcome], None] | None = None,
    limits: Limits = LIMITS,
) -> tuple[Outcome, ...]:
    """Make all jobs of a finished run below `target`, with a manifest of them all; tell(outcome) hears of each.

    workers: processes, one for each core when None. One sheet that fails does not stop the others. Raises RunError when
    the run is not whole.
    """
    artifacts.check_manifest(run)
    loaded = load_run_mandate(run)
    packs = tuple(loaded.folder / pack for pack in loaded.mandate.report.packs)
    rules = load_packs(packs)
    stamp, house = _stamp(rules), load_house(loaded.mandate.report, loaded.folder)
    inputs = artifacts.read_json(run / artifacts.MANIFEST)["inputs"]
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{target}: cannot be the sheets' folder ({error.strerror}). Give another --into.") from None
    done: dict[str, Outcome] = {}

    def settle(outcome: Outcome) -> None:
        done[outcome.job.name] = outcome
        if tell is not None:
            tell(outcome)

    def tasks() -> Iterator[_Task]:
        """Those that are still to be made, one by one: a batch of thousands never holds more than a few."""
        for job, said, changed in _facts_of(run, loaded, jobs, rules):
            if isinstance(said, JevonsError):
                settle(Outcome(job, "failed", str(said)))
                continue
            parts = [stamp, said.sha256, *(changed[name] for name in sorted(changed))]
            key = artifacts.sha256("\0".join(parts).encode())
            task = _Task(job, said.text, changed, packs, house, inputs, target, limits, key)
            kept = _kept(task)
            if kept is None:
                yield task
            else:
                settle(kept)

    for outcome in _run_all(tasks(), workers or os.cpu_count() or 1):
        settle(outcome)
    outcomes = tuple(done[job.name] for job in jobs)
    _write_manifest(target, run.name, outcomes)
    return outcomes


def _stamp(rules: Iterable[Rule]) -> str:
    packs = sorted({f"{rule.pack}\0{rule.pack_sha256}" for rule in rules})
    return artifacts.sha256("\0".join([artifacts.code_version()["sha256"], *packs]).encode())


# What the sheets say


def _facts_of(
    run: Path, loaded: LoadedMandate, jobs: Sequence[Job], rules: Sequence[Rule]
) -> Iterator[tuple[Job, _Said | JevonsError, Mapping[str, str]]]:
    """The facts of each job, or why it has none. Figures are measured once for each class and said once for each
    language, since jobs go by class, then by language; with what each sheet's address changes in them. The mandate's
    own sheet keeps its facts."""
    own = facts_from_json((run / artifacts.FACTS).read_text(encoding="utf-8"))
    panel = read_panel(run / artifacts.PANEL)
    (strategy, _), (baseline, _) = read_result(run / artifacts.RESULT), read_result(run / artifacts.BASELINE)
    written = load_strategy(loaded.mandate.strategy, loaded.folder)
    findings = findings_from_rows(artifacts.read_json(run / artifacts.FINDINGS))
    classes = {c.name: c for c in loaded.mandate.share_class}
    records = read_records(loaded)

    @lru_cache(maxsize=1)
    def measured(name: str) -> Measures:
        return measure(
            panel, strategy, baseline, loaded.mandate, classes[name], where=artifacts.MANDATE, record=records.get(name)
        )

    @lru_cache(maxsize=1)
    def said(name: str, language: str) -> _Said | JevonsError:
        try:
            facts = build_facts(
                loaded.mandate, panel, written, measured(name), document_id="", findings=findings,
                share_class=classes[name], commentary=commentary_in(loaded, language, rules), language=language,
            )  # fmt: skip
        except JevonsError as error:
            return error
        text = facts_to_json(facts)
        return _Said(text, artifacts.sha256(text.encode()))

    for job in jobs:
        yield job, said(job.share_class, job.language), address(job, own)


# One sheet, in a process of its own


@dataclass(frozen=True)
class _Task:
    job: Job
    said: str  # as _Said has it
    changed: Mapping[str, str]
    packs: tuple[Path, ...]
    house: House
    inputs: Mapping[str, str]
    target: Path
    limits: Limits
    key: str  # what the sheet is made of


def _make(task: _Task) -> Outcome:
    """Set and review one sheet into its folder, which appears whole or not at all."""
    _limit(task.limits)
    try:
        facts = addressed(_read(task.said), task.changed)
        with artifacts.staged(task.target / task.job.name) as folder:
            (folder / artifacts.FACTS).write_text(facts_to_json(facts), encoding="utf-8")
            sheet, reviewed = make_and_review(folder, facts, _rules(task.packs), task.house, task.inputs)
            outcome = Outcome(
                task.job,
                "made",
                pages=sheet.pages,
                breaches=len(reviewed.breaches),
                needs_review=sum(f.outcome.name == "NEEDS_REVIEW" for f in reviewed.findings),
                sheet_sha256=artifacts.sha256(sheet.pdf),
            )
            artifacts.write_json(folder / JOB, {"key": task.key, "outcome": outcome.to_dict()})
        return outcome
    except GateError as error:
        return Outcome(task.job, "refused", str(error))
    except JevonsError as error:
        return Outcome(task.job, "failed", str(error))
    except MemoryError:
        return Outcome(task.job, "failed", f"it needs more memory than it may take ({task.limits})")
    finally:
        signal.alarm(0)
        gc.collect()  # a layout is full of circles: left to Python they pile up, by some 6 MB a sheet


@lru_cache(maxsize=1)
def _read(said: str) -> Facts:
    """Facts that several audiences share, read once in a process: their sheets follow each other."""
    return facts_from_json(said)


@lru_cache(maxsize=1)
def _rules(packs: tuple[Path, ...]) -> tuple[Rule, ...]:
    return load_packs(packs)


def _limit(limits: Limits) -> None:
    """Processor time and wall time of one sheet, set anew for each; a process that passes them is ended."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + limits.processor_seconds, hard))
    signal.alarm(limits.wall_seconds)


def _start(memory: int) -> None:
    """A process of the pool: memory has an end, and the keyboard is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _run_all(tasks: Iterator[_Task], workers: int) -> Iterator[Outcome]:
    """The outcomes as they come, in one pool after another: processes that end keep the memory flat, and a pool that is
    told to renew its own may wait for ever (CPython, gh-115634)."""
    for first in tasks:
        rest = islice(tasks, workers * TASKS_PER_PROCESS - 1)
        yield from _run_stint(chain([first], rest), workers, first.limits)


def _run_stint(tasks: Iterator[_Task], workers: int, limits: Limits) -> Iterator[Outcome]:
    """The outcomes of one pool's tasks, of which AHEAD for each process are begun at a time. When a process dies, what
    was begun is tried once more, each task alone, and the rest is left to the next pool."""
    begun: list[_Task] = []
    waiting: dict[Future[Outcome], _Task] = {}
    try:
        with _pool(workers, limits) as pool:
            while True:
                for task in islice(tasks, AHEAD * workers - len(begun)):
                    begun.append(task)
                    waiting[pool.submit(_make, task)] = task
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    begun.remove(waiting.pop(future))
                    yield outcome
    except BrokenProcessPool:
        yield from map(_alone, begun)


def _alone(task: _Task) -> Outcome:
    with _pool(1, task.limits) as pool:
        future: Future[Outcome] = pool.submit(_make, task)
        try:
            return future.result()
        except BrokenProcessPool:
            return Outcome(task.job, "failed", f"its process was ended; a sheet may take {task.limits}")


def _pool(workers: int, limits: Limits) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _start, (limits.memory,))


# What is kept, and the manifest


def _kept(task: _Task) -> Outcome | None:
    """The outcome of an earlier batch, when its sheet was made of the same and is still whole."""
    folder = task.target / task.job.name
    if not (folder / JOB).is_file() or not (folder / artifacts.SHEET).is_file():
        return None
    recorded = artifacts.read_json(folder / JOB)
    row = recorded.get("outcome", {})
    sheet = artifacts.sha256_of_file(folder / artifacts.SHEET)
    if recorded.get("key") != task.key or row.get("sheet_sha256") != sheet:
        return None
    return Outcome(
        task.job,
        "kept",
        pages=row["pages"],
        breaches=row["breaches"],
        needs_review=row["needs_review"],
        sheet_sha256=sheet,
    )


def _write_manifest(target: Path, run: str, outcomes: Sequence[Outcome]) -> None:
    """manifest.json and manifest.csv: every sheet asked for, in the order asked; written beside, then renamed."""
    rows = [outcome.to_dict() for outcome in outcomes]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]) if rows else ["name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
    texts = {MANIFEST: artifacts.to_json({"run": run, "sheets": rows}), TABLE: table.getvalue()}
    for name, text in texts.items():
        beside = target / f".{name}"
        beside.write_text(text, encoding="utf-8")
        beside.rename(target / name)


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
