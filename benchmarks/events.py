"""Rebalancing on every day, decided by the strategy itself, many variants at once, against vectorbt doing the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.trace import Trace, trace
from benchmarks import peers
from benchmarks.market import EVENT, NO_LIMITS, PROPORTIONAL, Sizes, cut_capex, plain_market, wishes
from benchmarks.timing import HEAD, Contender, Table, in_milliseconds, race, verdict
from benchmarks.variants import middle_nav

NOTE = """\
{names} names, {days:,} days, 10 basis points a side, {variants} variants of `cut_capex` whose `should_trade`
says yes for every variant on every day: {trades:,} rebalances each. It is asked with the drifted weights of
that day. Ours keeps the same daily lines as in the sweep. vectorbt is given the same weights on the same days,
one variant. Times are for each variant."""


def every_day(history: History) -> NDArray[np.bool_]:
    """Whether each variant trades: all of them, once asked for what they hold, as an event-driven strategy would."""
    found: NDArray[np.bool_] = np.isfinite(history.weights.sum(axis=1))
    return found


def blocks(panel: Panel, variants: int) -> Iterator[Trace]:
    strategy = replace(cut_capex(variants), should_trade=every_day)
    return trace(panel, strategy, EVENT, NO_LIMITS, PROPORTIONAL)


def table(sizes: Sizes) -> Table:
    panel, variants = plain_market(sizes.names, sizes.days), max(1, sizes.variants // 10)
    days, wish = wishes(panel, cut_capex(1), EVENT, daily=True)
    contenders = [
        Contender(
            f"jevons, `trace`, {variants} variants",
            lambda: list(blocks(panel, variants)),
            lambda kept: middle_nav(kept, variants),
            variants,
        ),
        Contender("jevons, `trace`, 1 variant", lambda: list(blocks(panel, 1))),
        *peers.vectorbt(panel, days, wish),
        peers.floor(panel, variants),
    ]
    timed = race(contenders, sizes.rounds)
    ours, nav = timed[0], peers.seconds_of(timed, "Rust", "its NAV")
    return Table(
        title="Rebalancing every day, for each variant",
        note=NOTE.format(names=sizes.names, days=sizes.days, variants=variants, trades=len(days)),
        head=HEAD,
        rows=in_milliseconds(timed, ours),
        verdicts=(verdict("faster than vectorbt's Rust engine with its NAV, a variant", nav / ours.seconds, 30),),
    )
