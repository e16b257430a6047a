"""How things are timed, in rounds of contenders, and how findings are printed, as Markdown with targets met or not."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BURST_SECONDS = 0.3  # a fast contender is run so long at a stretch: its first run after another finds cold caches
REST_SECONDS = 0.3  # before each: the threads of the library of products spin for a while after the one before
SLOW_SECONDS = 3.0  # a contender that takes longer than this takes part in one round only


@dataclass(frozen=True)
class Contender:
    """Something to be timed, and how to read the last NAV from what it returns, where it has one."""

    name: str
    run: Callable[[], Any]
    last_nav: Callable[[Any], float] | None = None
    share: int = 1  # variants in one run: times are for each


@dataclass(frozen=True)
class Timed:
    """What one contender took."""

    name: str
    seconds: float  # best of all its runs, for each variant
    last_nav: float  # NaN where it has none


@dataclass(frozen=True)
class Table:
    """One table of findings. Cells are text; the first column names the row."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verdicts: tuple[str, ...] = ()


def race(contenders: Sequence[Contender], rounds: int) -> list[Timed]:
    """Best time of each contender over some rounds, all of them taking turns: a busy minute is a busy one for all.

    Each runs once before that does not count, so that compilation and first use are left out.
    """
    outcomes, slow = [], []
    for contender in contenders:
        start = time.perf_counter()
        outcomes.append(contender.run())
        slow.append(time.perf_counter() - start > SLOW_SECONDS)
    navs = [np.nan if c.last_nav is None else c.last_nav(o) for c, o in zip(contenders, outcomes, strict=True)]
    outcomes.clear()
    best = [np.inf] * len(contenders)
    for turn in range(rounds):
        for i, contender in enumerate(contenders):
            if turn == 0 or not slow[i]:
                best[i] = min(best[i], _burst(contender.run, BURST_SECONDS if rounds > 1 else 0.0))
    return [Timed(c.name, b / c.share, nav) for c, b, nav in zip(contenders, best, navs, strict=True)]


def _burst(run: Callable[[], Any], least: float) -> float:
    """Best of as many runs as fill `least` seconds, at least one; the collector of garbage waits meanwhile."""
    time.sleep(REST_SECONDS if least > 0.0 else 0.0)
    best, begin = np.inf, time.perf_counter()
    gc.collect()
    gc.disable()
    try:
        while True:
            start = time.perf_counter()
            run()
            end = time.perf_counter()
            best = min(best, end - start)
            if end - begin >= least:
                return float(best)
    finally:
        gc.enable()


def in_milliseconds(timed: Sequence[Timed], ours: Timed) -> tuple[tuple[str, ...], ...]:
    """Rows for the head HEAD: name, ms, ratio to ours, last NAV against ours."""
    return tuple((t.name, number(t.seconds * 1e3), number(t.seconds / ours.seconds), _gap(t, ours)) for t in timed)


HEAD = ("", "ms", "times ours", "last NAV against ours")


def _gap(timed: Timed, ours: Timed) -> str:
    gap = timed.last_nav / ours.last_nav - 1.0
    return "" if np.isnan(gap) or timed is ours else f"{gap:+.4%}"


def verdict(what: str, found: float, wanted: float, unit: str = "times") -> str:
    """'what: 151 times, at least 150 wanted: reached'."""
    return f"{what}: {number(found)} {unit}, at least {wanted:,g} wanted: {_reached(found >= wanted)}"


def verdict_below(what: str, found: float, most: float, unit: str = "times") -> str:
    """'what: 8.2 times, at most 10 wanted: reached'."""
    return f"{what}: {number(found)} {unit}, at most {most:,g} wanted: {_reached(found <= most)}"


def _reached(reached: bool) -> str:
    return "reached" if reached else "NOT reached"


def number(value: float) -> str:
    """Three significant digits, thousands apart: 0.0123, 4.57, 1,230."""
    if value == 0.0:
        return "0"
    places = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    return f"{value:,.{places}f}" if places else f"{float(f'{value:.3g}'):,.0f}"


def slope(sizes: Sequence[float], amounts: Sequence[float]) -> float:
    """Least-squares slope of log amount over log size: 1.0 when twice the size takes twice as much."""
    return float(np.polyfit(np.log(sizes), np.log(amounts), 1)[0])


def markdown(table: Table) -> str:
    """The table under its title, the note between them and the verdicts below."""
    rule = ["---", *("---:" for _ in table.head[1:])]
    lines = [f"## {table.title}", "", table.note, "", _line(table.head), _line(rule), *map(_line, table.rows)]
    if table.verdicts:
        lines += ["", *(f"- {verdict}" for verdict in table.verdicts)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def peak_megabytes() -> float:
    """The most memory this process has had in use so far.

    Where the kernel tells it, its own mark is read: `ru_maxrss` of a process counts what its parent had in use when it
    was started.
    """
    marked = megabytes("VmHWM")
    if marked is not None:
        return marked
    import resource
    import sys

    unit = 1024.0**2 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def megabytes(mark: str, process: int | str = "self") -> float | None:
    """What the kernel says of a process's memory: VmRSS, what it holds, or VmHWM, the most it ever held; None where it
    does not say, or the process has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024.0 for line in status.splitlines() if line.startswith(f"{mark}:")), None)
