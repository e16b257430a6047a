"""The command line's start, and each stage of the demo.

    python -m benchmarks.stages FOLDER

runs the demo into FOLDER, which must not exist, in a process that has imported nothing, and prints its stages as JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.timing import Table, number

JEVONS = Path(sys.executable).with_name("jevons")
EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"


def help_seconds(runs: int) -> float:
    """Median wall time of `jevons --help` as a whole process, one warm-up left out."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([JEVONS, "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def first_results_seconds(folder: Path) -> tuple[float, float]:
    """Seconds from the start of `jevons demo` to its first line of results, and to its end."""
    start = time.perf_counter()
    with subprocess.Popen([JEVONS, "demo", folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = next((time.perf_counter() - start for line in process.stdout if "since start" in line), float("nan"))
        process.stdout.read()
    return first, time.perf_counter() - start


def stage_seconds(folder: Path) -> list[tuple[str, float]]:
    """Seconds of each stage of the demo, imports counted apart. To be asked in a process that has imported nothing."""
    start = time.perf_counter()
    from backtest.pipeline import run

    marks: list[tuple[str, float]] = [("imports", time.perf_counter())]

    def tell(stage: str, what: Any) -> None:
        marks.append((stage, time.perf_counter()))

    run(EXAMPLE, folder, tell)
    times = [start, *(moment for _, moment in marks)]
    return [(stage, after - before) for (stage, _), before, after in zip(marks, times, times[1:], strict=False)]


def tables(quick: bool) -> list[Table]:
    """The command as a whole and, unless quick, the demo and its stages."""
    rows = [("`jevons --help`, whole process", number(help_seconds(1 if quick else 7)))]
    if quick:
        return [_command(rows)]
    with tempfile.TemporaryDirectory() as folder:
        first, whole = first_results_seconds(Path(folder) / "a")
        rows += [("`jevons demo`, first results on the screen", number(first)), ("`jevons demo`", number(whole))]
        command = [sys.executable, "-m", "benchmarks.stages", str(Path(folder) / "b")]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    stages = tuple((str(stage), number(seconds)) for stage, seconds in found)
    return [_command(rows), Table("The stages of the demo", "One run, in a process of its own.", HEAD, stages)]


HEAD = ("", "seconds")


def _command(rows: list[tuple[str, str]]) -> Table:
    return Table("The command", "Wall time of whole processes.", HEAD, tuple(rows))


if __name__ == "__main__":
    print(json.dumps(stage_seconds(Path(sys.argv[1]))))
