"""A sweep: many variants of one strategy through `trace`, against vectorbt and the bare matrix product.

    python -m benchmarks.variants NAMES DAYS VARIANTS keep|drop

prints how much memory this process has had in use, in megabytes. It is run so by `table`, one process for each figure,
because the peak of a process never falls.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from backtest.market.prices import Panel
from backtest.trace import Trace, trace
from benchmarks import peers
from benchmarks.market import MONTHLY, NO_LIMITS, PROPORTIONAL, Sizes, cut_capex, plain_market, wishes
from benchmarks.timing import (
    HEAD,
    Contender,
    Table,
    Timed,
    in_milliseconds,
    number,
    peak_megabytes,
    race,
    verdict,
    verdict_below,
)

AT_ONCE = 4  # variants in one call of vectorbt, whose memory grows with them
MOST_GIGABYTES = 1.5
SAME = 1.05  # peaks that differ by less are the same: allocators round
NOTE = """\
{names} names, {days:,} days, month-end decisions, 10 basis points a side; `cut_capex` with {variants:,} values
of capex_target. For every variant ours keeps a daily NAV, a daily Herfindahl index, the daily exposure to each
theme, turnover and costs, (T, V) each. Times are for each variant. vectorbt yields orders and a daily NAV; it
runs one variant, and {at_once} in one call. The floor is the product of all prices with the units of
{variants:,} variants, which would yield the NAV alone and only if nobody ever traded."""
MEMORY_NOTE = """\
The most memory in use by a process of its own that runs the sweep and nothing else, the interpreter, its
libraries and the market included."""


def blocks(panel: Panel, variants: int) -> Iterator[Trace]:
    return trace(panel, cut_capex(variants), MONTHLY, NO_LIMITS, PROPORTIONAL)


def swept(panel: Panel, variants: int) -> int:
    """Run a sweep and throw each block away; the number of variants seen."""
    return sum(block.nav.shape[1] for block in blocks(panel, variants))


def tables(sizes: Sizes) -> tuple[Table, Table]:
    """Times for each variant, and the memory of a sweep."""
    panel, variants = plain_market(sizes.names, sizes.days), sizes.variants
    middle = cut_capex(1)
    days, wish = wishes(panel, middle, MONTHLY)
    contenders = [
        Contender(
            f"jevons, `trace`, {variants:,} variants",
            lambda: list(blocks(panel, variants)),
            lambda kept: middle_nav(kept, variants),
            variants,
        ),
        Contender("jevons, `trace`, 1 variant", lambda: list(blocks(panel, 1))),
        *peers.vectorbt(panel, days, wish),
        *peers.vectorbt(panel, days, np.repeat(wish, AT_ONCE, axis=1), what=f", {AT_ONCE} at once"),
        peers.floor(panel, variants),
        peers.floor(panel, 1),
    ]
    timed = race(contenders, sizes.rounds)
    return _times(timed, sizes), _memory(sizes)


def _times(timed: list[Timed], sizes: Sizes) -> Table:
    ours, floor = timed[0], timed[-2]
    theirs = min(t.seconds for t in timed if "its NAV" in t.name)
    named = [Timed(f"{t.name}, V = {v:,}", t.seconds, t.last_nav) for t, v in ((floor, sizes.variants), (timed[-1], 1))]
    return Table(
        title="A sweep, for each variant",
        note=NOTE.format(names=sizes.names, days=sizes.days, variants=sizes.variants, at_once=AT_ONCE),
        head=HEAD,
        rows=in_milliseconds([*timed[:-2], *named], ours),
        verdicts=(
            verdict("faster than vectorbt's Rust engine with its NAV, a variant", theirs / ours.seconds, 400),
            verdict_below("longer than the bare product", ours.seconds / floor.seconds, 10),
        ),
    )


def middle_nav(kept: list[Trace], variants: int) -> float:
    """The last NAV at a capex_target of one half, between the two variants beside it."""
    last = np.concatenate([block.nav[-1] for block in kept])
    return float(np.interp(0.5, np.linspace(0.0, 1.0, variants), last))


def _memory(sizes: Sizes) -> Table:
    few, many = sizes.variants, 4 * sizes.variants
    kept, dropped, more = (_peak(sizes, *case) for case in ((few, "keep"), (few, "drop"), (many, "drop")))
    return Table(
        title="The memory of a sweep",
        note=MEMORY_NOTE,
        head=("", "MB"),
        rows=(
            ("the market alone", number(_peak(sizes, 0, "drop"))),
            (f"{few:,} variants, all lines kept", number(kept)),
            (f"{few:,} variants, each block thrown away", number(dropped)),
            (f"{many:,} variants, each block thrown away", number(more)),
        ),
        verdicts=(
            verdict_below(f"{few:,} variants, all lines kept", kept / 1024.0, MOST_GIGABYTES, "GB"),
            verdict_below(f"{many:,} variants take the memory of {few:,}", more / dropped, SAME),
        ),
    )


def _peak(sizes: Sizes, variants: int, what: str) -> float:
    size = [str(n) for n in (sizes.names, sizes.days, variants)]
    command = [sys.executable, "-m", "benchmarks.variants", *size, what]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main(names: int, days: int, variants: int, what: str) -> None:
    panel = plain_market(names, days)
    if variants:
        kept = list(blocks(panel, variants)) if what == "keep" else swept(panel, variants)
        del kept
    print(peak_megabytes())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
