"""Margin compression: margins fall by some points, sales and the multiple of profit stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtest.metrics.scenario.parts import (
    BASIS,
    Basis,
    Bools,
    Floats,
    LeftOut,
    checked_margins,
    checked_range,
    checked_weights,
    contributions,
    group_sums,
    left_out,
    named,
)

MarginKind = Literal["gross", "operating"]
FALLS = (0.10, 0.15)
"""Points of margin, as fractions: the range that the founding text gives for the margins of chip makers."""


@dataclass(frozen=True)
class MarginCompression:
    """One row for each fall of the margin. Contributions of a row sum to its total; NaN effects count as unmoved."""

    kind: MarginKind
    falls: Floats  # (K,) absolute points as fractions, 0.10 is ten points
    margins: Floats  # (N,) as published
    effects: Floats  # (K, N) fraction of the name's own value, -1 to 0; 0 for names not chosen, NaN unknown
    contributions: Floats  # (K, N) fractions of NAV
    benchmark_contributions: Floats  # (K, N)
    theme_contributions: Mapping[str, Floats]  # theme -> (K,)
    totals: Floats  # (K,) NaN when no chosen holding has a margin
    benchmark_totals: Floats  # (K,)
    wiped_out: tuple[tuple[str, ...], ...]
    """For each fall, the chosen names that lose everything: their margin is no larger than the fall."""
    left_out: tuple[LeftOut, ...]
    assumptions: tuple[str, ...]
    basis: Basis = BASIS

    @property
    def active(self) -> Floats:
        """(K,) portfolio less benchmark: above zero when the portfolio loses less."""
        return self.totals - self.benchmark_totals


def margin_compression(
    weights: Floats,
    benchmark_weights: Floats,
    margins: Floats,
    *,
    assets: Sequence[str],
    themes: Sequence[str],
    chosen: Sequence[str] = ("capex",),
    falls: Sequence[float] = FALLS,
    kind: MarginKind = "gross",
) -> MarginCompression:
    """What names and portfolio lose when margins fall by `falls` points at constant sales and a constant multiple.

    weights, benchmark_weights, margins (N,): margins are fractions of sales, published by the date; falls: 0 to 1;
    chosen: the themes it happens to. Value follows profit, so a fall d of a margin m costs d / m, at most all: from a
    margin of 0.60, 0.15 points cost 25 %. A margin that is NaN, or not above zero (a multiple of a loss means nothing),
    gives NaN; the name is left out with its weight and counts as unmoved. Raises ValueError for an unknown theme.
    """
    held = checked_weights(weights, "weights", len(assets))
    index = checked_weights(benchmark_weights, "benchmark_weights", len(assets))
    drops = np.atleast_1d(checked_range(np.asarray(falls), "falls", 0.0, 1.0))
    hit = _chosen(chosen, themes)
    own = checked_margins(margins, assets)
    known = own > 0.0
    ratio = drops[:, None] / np.where(known, own, np.nan)
    effects = np.where(hit, -np.minimum(1.0, ratio), 0.0)
    gains, theirs = (np.nan_to_num(contributions(w, effects)) for w in (held, index))
    no_figure = hit & np.isnan(own)
    return MarginCompression(
        kind=kind,
        falls=drops,
        margins=own,
        effects=effects,
        contributions=gains,
        benchmark_contributions=theirs,
        theme_contributions=group_sums(gains, themes),
        totals=_totals(gains, held, hit, known),
        benchmark_totals=_totals(theirs, index, hit, known),
        wiped_out=tuple(named(assets, row == -1.0) for row in effects),
        left_out=left_out(assets, held, no_figure, f"no {kind} margin is published")
        + left_out(assets, held, hit & ~known & ~no_figure, f"the {kind} margin is not above zero"),
        assumptions=_assumptions(kind, chosen),
    )


def _chosen(chosen: Sequence[str], themes: Sequence[str]) -> Bools:
    if isinstance(chosen, str):
        raise ValueError(f"chosen: found the text {chosen!r}; give a list of themes.")
    unknown = [theme for theme in chosen if theme not in themes]
    if unknown or not chosen:
        allowed = ", ".join(sorted(set(themes)))
        raise ValueError(f"chosen: found {', '.join(unknown) or 'nothing'}; allowed are the themes {allowed}.")
    return np.isin(np.asarray(themes), list(chosen))


def _totals(gains: Floats, weights: Floats, hit: Bools, known: Bools) -> Floats:
    """(K,) sums; NaN when chosen names are held and none of them has a margin."""
    exposed = hit & (weights > 0.0)
    blind = exposed.any() and not (exposed & known).any()
    return np.where(blind, np.nan, gains.sum(axis=-1))


def _assumptions(kind: MarginKind, chosen: Sequence[str]) -> tuple[str, ...]:
    cost = " Operating costs that stay as they are would make the loss larger." if kind == "gross" else ""
    return (
        f"The {kind} margin of every name of {', '.join(chosen)} falls by the same points; other names do not move.",
        f"Sales stay as they are, and so does the multiple of {kind} profit that the market pays.{cost}",
        "A name whose margin is no larger than the fall loses everything; nobody loses more.",
        "A name without a positive published margin is left out and counts as unmoved, so the loss may be understated.",
    )
