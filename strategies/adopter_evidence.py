"""Among adopters, prefer those whose margins or revenue per employee improve, and whose prices have momentum.

Idea: use of AI that pays shows in the accounts; momentum says that others begin to see it.
Source: the fund's founding thesis; Novy-Marx, The Other Side of Value, 2013, for profits; Jegadeesh and Titman, Returns
to Buying Winners and Selling Losers, 1993, for momentum.
Reads: operating_margin, revenue_per_employee.
Must fail when: margins rise with the cycle and not with AI, or momentum turns, as in spring 2009 and November 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import momentum as momentum_of
from strategies._shared import normal, priced, rank, year_before


def target_weights(
    history: History, *, tilt: float = 0.5, momentum: float = 0.5, revenue: float = 0.5
) -> NDArray[np.float64]:
    """Weights (V, N), rows sum to one: the benchmark's, tilted among the adopters that have evidence of their own.

    Evidence ranks the change over a year of the operating margin, in points, and of revenue per employee, as a
    fraction; one of the two is enough. An adopter without either keeps its benchmark weight; the others keep theirs in
    total. Momentum is the return from twelve months ago to one; without a year of prices its rank is the middle.

    tilt: how far weights move, 0 keeps them, at 1 the best adopter doubles and the worst is sold, 0 to 1.
    momentum: share of momentum in the score, evidence has the rest, 0 to 1.
    revenue: share of revenue per employee in the evidence, the margin has the rest, 0 to 1.
    """
    benchmark = history.benchmark_weights
    adopters = history.theme("adopter") & priced(history) & (benchmark > 0.0)
    margin, before = _over_a_year(history, "operating_margin")
    by_margin = rank(margin - before, adopters)
    efficiency, before = _over_a_year(history, "revenue_per_employee")
    by_revenue = rank(efficiency / np.where(before > 0.0, before, np.nan) - 1.0, adopters)
    share = np.where(np.isnan(by_margin), 1.0, np.where(np.isnan(by_revenue), 0.0, np.reshape(revenue, (-1, 1))))
    evidence = share * np.nan_to_num(by_revenue) + (1.0 - share) * np.nan_to_num(by_margin)  # (V or 1, N)
    judged = adopters & ~(np.isnan(by_margin) & np.isnan(by_revenue))
    if not judged.any():
        return benchmark
    weight = np.reshape(momentum, (-1, 1))
    pull = rank(momentum_of(history), judged)
    score = weight * np.where(np.isnan(pull), 0.5, pull) + (1.0 - weight) * evidence
    factor = 1.0 + np.reshape(tilt, (-1, 1)) * (2.0 * score - 1.0)
    tilted = normal(np.where(judged, benchmark * factor, 0.0))
    kept = np.where(
        tilted.any(axis=1, keepdims=True), tilted * benchmark[judged].sum(), np.where(judged, benchmark, 0.0)
    )
    wish: NDArray[np.float64] = np.where(judged, kept, benchmark)
    return wish


def _over_a_year(history: History, field: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) the latest figure, and the one of the period a year before; NaN unknown."""
    figures = history.fundamental(field)
    before = year_before(figures, history.fundamental_periods(field))
    return (figures[-1] if len(figures) else before), before
