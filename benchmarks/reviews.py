"""The review of a PDF: two pages of a sheet, and packs of such pages, each in a process of its own.

python -m benchmarks.reviews FILE ROUNDS      prints wall seconds, processor seconds and megabytes of one review
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from datetime import date
from itertools import cycle, islice
from pathlib import Path

import pikepdf

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import review
from backtest.pipeline import run
from benchmarks.timing import Table, number, peak_megabytes, slope, verdict_below

EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"
ON = date(2026, 11, 23)
PAGES, QUICK_PAGES = (2, 10, 50, 100), (2, 4)
FIRST = "2.pdf"
A_SHEET, A_PACK, MEMORY, LINEAR = 1.0, 25.0, 1024.0, 1.1


def tables(quick: bool) -> list[Table]:
    """Seconds and memory over the number of pages."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        sheet = (run(EXAMPLE, desk / "runs", lambda stage, what: None).folder / "factsheet.pdf").read_bytes()
        counts = QUICK_PAGES if quick else PAGES
        found = []
        for count in counts:
            path = desk / f"{count}.pdf"
            path.write_bytes(_pack(sheet, count))
            found.append(_measured(path, 1 if count > counts[0] or quick else 5))
        return [_table(counts, found)]


def _table(counts: tuple[int, ...], found: list[tuple[float, float, float]]) -> Table:
    walls, processors, peaks = zip(*found, strict=True)
    rows = tuple(
        (f"{count} pages", number(wall), number(processor), f"{peak:.0f}")
        for count, wall, processor, peak in zip(counts, walls, processors, peaks, strict=True)
    )
    return Table(
        "A review",
        "The demo's sheet cut to two pages, and packs of so many of its pages, read and put to every rule as a "
        "stranger's document, in a process that has reviewed a sheet before; the larger ones once.",
        ("", "seconds", "processor seconds", "MB"), rows,
        (
            verdict_below("two pages of a sheet", walls[0], A_SHEET, "seconds"),
            verdict_below(f"a pack of {counts[-1]} pages", walls[-1], A_PACK, "seconds"),
            verdict_below("memory", peaks[-1], MEMORY, "MB"),
            verdict_below("slope of processor time over pages", slope(counts, processors), LINEAR, "as a power"),
        ),
    )  # fmt: skip


def _pack(sheet: bytes, count: int) -> bytes:
    """`count` pages: the sheet's in turn, from the first again after the last; nothing that is attached."""
    with pikepdf.open(io.BytesIO(sheet)) as source, pikepdf.new() as made:
        made.pages.extend(islice(cycle(list(source.pages)), count))
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()


def _measured(path: Path, rounds: int) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "benchmarks.reviews", str(path), str(rounds)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    wall, processor, peak = map(float, done.stdout.split())
    return wall, processor, peak


def main() -> None:
    path, rounds = Path(sys.argv[1]), int(sys.argv[2])
    rules = load_packs(())
    first = path.with_name(FIRST)
    review(read_pdf(first), None, rules, ON)
    walls, processors = [], []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        review(read_pdf(path), None, rules, ON)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    print(min(walls), min(processors), peak_megabytes())


if __name__ == "__main__":
    main()
