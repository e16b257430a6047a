"""Size: which companies of a benchmark are its large, its mid and its small ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import LARGE_UP_TO, MID_UP_TO

LARGE, MID, SMALL, OUTSIDE = "large", "mid", "small", "outside"


def size_groups(market_weights: NDArray[np.float64]) -> tuple[str, ...]:
    """The group of each name by its place in the market; market_weights (N,) by market value, summing to one.

    From the largest name down, large are those that begin below 70 % of the market's value, mid those that begin below
    90 %, small the rest: 0.5, 0.3, 0.15, 0.05 are large, large, mid, small. A name without weight or with an unknown
    one (NaN) is outside. Equal weights keep their order. Index providers cut the market in the same way.
    """
    known = np.nan_to_num(market_weights)
    order = np.argsort(-known, kind="stable")
    below = np.empty(len(known))
    below[order] = np.cumsum(known[order]) - known[order]
    rounded = np.round(below, 12)  # so that a name that begins at exactly 70 % does not depend on the last bit of a sum
    named = np.select([known <= 0.0, rounded < LARGE_UP_TO, rounded < MID_UP_TO], [OUTSIDE, LARGE, MID], SMALL)
    return tuple(str(name) for name in named)


def share_below(weights: NDArray[np.float64], values: NDArray[np.float64], cut: float) -> float | None:
    """The share of NAV in companies whose market value is below `cut`; weights (N,), values (N,) in the same money.

    0.1 in a company of 500 million and the rest in one of 5 billion give 0.1 at a cut of 2 billion; one of exactly
    2 billion is not below it. None when the value of a name that is held is unknown (NaN). Nothing held: 0.0.
    """
    held = weights > 0.0
    if np.isnan(values[held]).any():
        return None
    return float(weights[held & (values < cut)].sum())
