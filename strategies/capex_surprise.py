"""Cut the capex names that announce more spending than was expected, or whose capex grows fastest against sales.

Idea: spending beyond what was expected is the bill of a capital cycle, and returns on it come late if at all.
Source: the fund's founding thesis (60 to 65 billion guided for 2025 against 51 expected); Titman, Wei and Xie, Capital
Investments and Stock Returns, Journal of Financial and Quantitative Analysis, 2004.
Reads: capex_guidance, capex_expected, capex, sales.
Must fail when: the market pays for spending because demand is there, as for most of 2023 and 2024.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import latest, moved, normal, paired, rank, year_before


def target_weights(
    history: History, *, threshold: float = 0.1, cut: float = 0.5, fastest: float = 0.1
) -> NDArray[np.float64]:
    """Weights (V, N), rows sum to one: cut names give a share of their benchmark weight to adopters, by theirs.

    A surprise is guidance / expectation - 1 for the latest period for which both are known by t; it stands until a
    later one is. Growth is that of capex / sales over a year, from the latest published period; only those whose ratio
    rose can be among the fastest. A name without these figures keeps its benchmark weight.

    threshold: surprise above which a name is cut, as a fraction, 0 to 1.
    cut: share of its benchmark weight that a cut name gives up, 0 to 1.
    fastest: share of the capex names, those with the fastest growth of capex to sales, that are cut too, 0 to 1.
    """
    benchmark, capex = history.benchmark_weights, history.theme("capex")
    guided, expected = paired(history, "capex_guidance", "capex_expected")
    surprise = latest(np.divide(guided, expected, out=np.full(guided.shape, np.nan), where=expected > 0.0)) - 1.0
    chosen = capex & (surprise > np.reshape(threshold, (-1, 1)))  # (V, N)
    if np.any(np.greater(fastest, 0.0)):
        growth = _growth(history)
        held = capex & (benchmark > 0.0) & ~np.isnan(growth)
        place = (1.0 - rank(growth, held)) * (held.sum() - 1)  # 0 for the fastest
        among = place + 1e-9 < np.reshape(fastest, (-1, 1)) * held.sum()  # a place may be rounded
        chosen = chosen | (held & (growth > 0.0) & among)
    adopters = normal(np.where(history.theme("adopter"), benchmark, 0.0))
    return moved(benchmark, 1.0 - np.reshape(cut, (-1, 1)) * chosen, adopters)


def _growth(history: History) -> NDArray[np.float64]:
    """(N,) growth of capex / sales, the latest period over the one a year before, as a fraction; NaN unknown."""
    capex, sales = paired(history, "capex", "sales")
    ratio = np.divide(capex, sales, out=np.full(capex.shape, np.nan), where=(sales > 0.0) & (capex > 0.0))
    before = year_before(ratio, history.fundamental_periods("capex"))
    return (ratio[-1] if len(ratio) else before) / before - 1.0
