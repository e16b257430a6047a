"""The command line's start, and each stage of the demo."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

JEVONS = Path(sys.executable).with_name("jevons")
EXAMPLE = Path(__file__).parents[1] / "examples" / "demo.toml"


def help_seconds(runs: int = 7) -> float:
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
    """Seconds of each stage of the demo in one process, imports counted apart."""
    start = time.perf_counter()
    from backtest.pipeline import run

    marks: list[tuple[str, float]] = [("imports", time.perf_counter())]

    def tell(stage: str, what: Any) -> None:
        marks.append((stage, time.perf_counter()))

    run(EXAMPLE, folder, tell)
    times = [start, *(moment for _, moment in marks)]
    return [(stage, after - before) for (stage, _), before, after in zip(marks, times, times[1:], strict=False)]


def main() -> None:
    print(f"jevons --help: {help_seconds():.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        first, whole = first_results_seconds(Path(folder) / "a")
        print(f"jevons demo: first results after {first:.2f} s, all of it {whole:.2f} s\n")
        print("| stage of the demo | seconds |\n|---|---:|")
        for stage, seconds in stage_seconds(Path(folder) / "b"):
            print(f"| {stage} | {seconds:.3f} |")
    print()


if __name__ == "__main__":
    main()
