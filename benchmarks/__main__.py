"""`make bench`: every timing in one run, as ratios against peers where there are peers, in Markdown.

    python -m benchmarks [--quick]

--quick: small sizes, once each, in less than a minute: shows that everything runs; its ratios mean nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from collections.abc import Iterator
from importlib.metadata import version

from benchmarks import events, everything, growth, reviews, sheets, single, stages, tear_sheets, variants
from benchmarks.market import FULL, QUICK
from benchmarks.timing import Table, markdown

PEERS = ("vectorbt", "bt", "skfolio", "quantstats", "numpy")


def tables(quick: bool) -> Iterator[Table]:
    """Every table, in the order of the page."""
    sizes = QUICK if quick else FULL
    yield from stages.tables(quick)
    yield from sheets.tables(quick)
    yield from reviews.tables(quick)
    yield from tear_sheets.tables(quick)
    yield single.table(sizes, numba=not quick)
    yield from everything.tables(sizes)
    yield from variants.tables(sizes)
    yield events.table(sizes)
    yield from growth.tables(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Timings in one run, as ratios.")
    parser.add_argument("--quick", action="store_true", help="small sizes, once each: only shows that all of it runs")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")  # the peers warn of what pandas will change in their code
    print("# Timings\n")
    if quick:
        print("Quick: small sizes, once each. The ratios mean nothing.\n")
    packages = ", ".join(f"{name} {version(name)}" for name in PEERS)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}.\n")
    for table in tables(quick):
        print(markdown(table), flush=True)


if __name__ == "__main__":
    main()
