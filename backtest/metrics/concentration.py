"""Concentration: how few names, groups and bets a portfolio stands on.

`weights` are (..., N) fractions of NAV, long only; what they lack to one is cash.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import HOLDING_THRESHOLD

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROUNDING = 1e-9
"""A cash weight closer to zero than this is what the arithmetic left over."""


def cash_weight(weights: Floats) -> Floats:
    """Cash as a share of NAV, 1 - sum of weights; (...,). Weights of 0.6 and 0.3 leave 0.1; overdrawn is negative.

    What is closer to zero than 1e-9 is zero. NaN when a weight is NaN.
    """
    cash = 1.0 - weights.sum(axis=-1)
    return np.where(np.abs(cash) < ROUNDING, 0.0, cash)[()]


def number_of_holdings(weights: Floats) -> Ints:
    """How many names weigh more than one millionth of NAV; (..., N) -> (...,). 0.5, 0.2, 0.0 are 2.

    A NaN weight is not a holding.
    """
    return np.asarray((weights > HOLDING_THRESHOLD).sum(axis=-1))[()]


def herfindahl(weights: Floats) -> Floats:
    """Herfindahl-Hirschman index, sum of squared weights; cash left out and the rest rescaled to one.

    weights (..., N) -> (...,), from 1 / N (equal) to 1 (one name). Weights 0.5, 0.3, 0.2 give 0.38.
    No holdings: NaN. Hirschman (1964); Herfindahl (1950).
    """
    invested = weights.sum(axis=-1)
    squares = np.square(weights).sum(axis=-1)
    held = invested > HOLDING_THRESHOLD
    return np.where(held, squares / np.where(held, np.square(invested), np.nan), np.nan)[()]


def effective_number(weights: Floats) -> Floats:
    """Effective number of names, 1 / sum of squared weights: how many equal holdings would be as concentrated.

    weights: (..., N), fractions of NAV, cash left out and the rest rescaled to one. Returns (...,), in names, 1 to N.
    Equal weights of four names give 4.0; one name gives 1.0. No holdings: NaN. Hirschman (1964); Herfindahl (1950).
    """
    return 1.0 / herfindahl(weights)


def top_weight(weights: Floats, count: int) -> Floats:
    """Share of NAV in the `count` largest names; (...,). Cash stays in NAV: 0.4, 0.3 and 0.1 of cash 0.2, count 2: 0.7.

    Fewer names than `count`: all of them. No names at all: 0. NaN when a weight is NaN.
    """
    largest = -np.sort(-weights, axis=-1)[..., :count].sum(axis=-1)
    return np.where(np.isnan(weights).any(axis=-1), np.nan, largest)[()]


def exposures(weights: Floats, groups: Bools) -> Floats:
    """Share of NAV in each group; weights (..., N), groups (G, N) masks -> (..., G).

    Weights 0.4, 0.3, 0.1 with the first and the last in one group give it 0.5. Groups that part the names sum with cash
    to one. NaN when a weight is NaN.
    """
    return np.asarray(weights @ groups.T.astype(float))


def active_share(weights: Floats, benchmark: Floats) -> Floats:
    """Half the sum of absolute differences in weight from the benchmark, cash counted as a name of its own.

    weights (..., N), benchmark (N,) or (..., N) -> (...,): 0 for the benchmark itself, 1 when nothing is shared.
    Weights 0.6, 0.4 against 0.5, 0.5 give 0.1. NaN when a weight is NaN. Cremers and Petajisto (2009).
    """
    names = np.abs(weights - benchmark).sum(axis=-1)
    cash = np.abs(cash_weight(weights) - cash_weight(benchmark))
    return np.asarray(0.5 * (names + cash))[()]
