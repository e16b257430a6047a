"""How time and memory grow with names, days and variants: slopes of log over log; 1.0: twice as much takes twice."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backtest.simulate import simulate
from benchmarks.market import MONTHLY, NO_LIMITS, PROPORTIONAL, Sizes, from_table, plain_market
from benchmarks.timing import Contender, Table, number, race, slope, verdict_below
from benchmarks.variants import blocks, swept

MOST = 1.1
NOTE = """\
Seconds for growing sizes, month-end decisions, 10 basis points a side. The slope is that of a straight line
through all sizes, log over log; the last step is the slope between the two largest, where what is fixed no
longer flatters. Names and days: one run. Variants: `trace`, blocks included, each thrown away."""
MEMORY_NOTE = """\
Peak of what a run allocates, megabytes, the market not counted. Kept: all lines of all variants. Thrown away:
block by block, where more variants than fill the blocks at work take no more."""


@dataclass(frozen=True)
class Sweep:
    """One row: what grows, through which sizes, and the work at each size."""

    name: str
    sizes: tuple[int, ...]
    work: Callable[[int], Callable[[], Any]]


def sweeps(sizes: Sizes) -> tuple[Sweep, Sweep, Sweep]:
    """Names and days for one run, variants for a sweep on a smaller market."""
    full = sizes.days >= 1000
    names = (100, 300, 1000, 3000) if full else (20, 40, 80)
    days = (500, 1000, 2500, 5000, 10_000) if full else (130, 260, 520)
    variants = (1, 10, 100, 1000, 10_000) if full else (1, 8, 64)
    small = (100, 500) if full else (20, 130)
    return (
        Sweep(f"names, {sizes.days:,} days", names, lambda n: _single(n, sizes.days)),
        Sweep(f"days, {sizes.names} names", days, lambda t: _single(sizes.names, t)),
        Sweep(f"variants, {small[0]} names, {small[1]} days", variants, lambda v: _many(*small, v)),
    )


def tables(sizes: Sizes) -> tuple[Table, Table]:
    """Time and memory."""
    return _time(sizes), _memory(sizes)


def _time(sizes: Sizes) -> Table:
    rows, verdicts = [], []
    for sweep in sweeps(sizes):
        seconds = [t.seconds for t in race([Contender(str(n), sweep.work(n)) for n in sweep.sizes], sizes.rounds)]
        rows.append(_row(sweep, seconds))
        verdicts.append(_judged(sweep, seconds))
    return Table("How time grows", NOTE, ("", "sizes", "seconds", "slope", "last step"), tuple(rows), tuple(verdicts))


def _memory(sizes: Sizes) -> Table:
    rows, verdicts = [], []
    for sweep in memory_sweeps(sizes):
        peaks = [_allocated(sweep.work(n)) for n in sweep.sizes]
        rows.append(_row(sweep, peaks))
        verdicts.append(_judged(sweep, peaks))
    return Table(
        "How memory grows", MEMORY_NOTE, ("", "sizes", "MB", "slope", "last step"), tuple(rows), tuple(verdicts)
    )


def memory_sweeps(sizes: Sizes) -> tuple[Sweep, ...]:
    """What `trace` allocates."""
    full = sizes.days >= 1000
    names = (100, 300, 1000) if full else (20, 40)
    days = (500, 1000, 2500, 5000) if full else (130, 260)
    variants = (100, 1000, 5000) if full else (100, 200)
    small = (100, 500) if full else (20, 130)
    return (
        Sweep("names, 64 variants kept", names, lambda n: _many(n, small[1], 64, keep=True)),
        Sweep("days, 64 variants kept", days, lambda t: _many(small[0], t, 64, keep=True)),
        Sweep("variants kept", variants, lambda v: _many(*small, v, keep=True)),
        Sweep("variants thrown away", variants, lambda v: _many(*small, v)),
    )


def _row(sweep: Sweep, amounts: Sequence[float]) -> tuple[str, ...]:
    sizes, last = sweep.sizes, slope(sweep.sizes[-2:], amounts[-2:])
    listed, found = ", ".join(f"{n:,}" for n in sizes), "; ".join(number(a) for a in amounts)
    return sweep.name, listed, found, f"{slope(sizes, amounts):.2f}", f"{last:.2f}"


def _judged(sweep: Sweep, amounts: Sequence[float]) -> str:
    return verdict_below(sweep.name, slope(sweep.sizes, amounts), MOST, "slope")


def _single(names: int, days: int) -> Callable[[], Any]:
    panel = plain_market(names, days)
    strategy = from_table(panel, panel.benchmark_weights)
    return lambda: simulate(panel, strategy, MONTHLY, NO_LIMITS, PROPORTIONAL)


def _many(names: int, days: int, variants: int, keep: bool = False) -> Callable[[], Any]:
    panel = plain_market(names, days)
    return (lambda: list(blocks(panel, variants))) if keep else (lambda: swept(panel, variants))


def _allocated(run: Callable[[], Any]) -> float:
    """Peak of what a run allocates, megabytes, after one run in which everything is compiled and read."""
    run()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / 1024.0**2
    finally:
        tracemalloc.stop()
