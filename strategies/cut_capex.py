"""Cut capex names towards a share of their benchmark weight; give what is freed to adopters.

Idea: the AI capex cycle carries an asymmetric risk, and adopters share the benefit without paying the bill.
Source: the fund's founding thesis; for capital cycles in general, Chancellor (ed.), Capital Returns, 2015.
Must fail when: capex spending keeps paying, as in 2023 and 2024, or adopters fall with the market that they belong to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History


def target_weights(history: History, *, capex_target: float = 0.5, months: int = 6) -> NDArray[np.float64]:
    """Target weights on the decision date, (N,) or, when a parameter is a column (V, 1), (V, N); rows sum to one.

    The glide is straight in whole months since the first decision date: on that date progress is 0 and the weights are
    the benchmark's. Every adopter grows by the same factor. Nobody to receive what is freed: ValueError.

    capex_target: share of the capex names' benchmark weight to keep, 0 to 1.
    months: length of the glide in months, 1 to 60.
    """
    benchmark = history.benchmark_weights  # (N,)
    capex, adopter = history.theme("capex"), history.theme("adopter")  # (N,)
    progress = np.minimum(1.0, history.months_since_start / months)  # (V, 1)
    keep = 1.0 - (1.0 - capex_target) * progress  # (V, 1)
    freed = (1.0 - keep) * benchmark[capex].sum()  # (V, 1)
    kept, receivers = np.where(capex, benchmark, 0.0), np.where(adopter, benchmark, 0.0)  # (N,)
    if receivers.sum() <= 0.0:
        if np.any(freed > 0.0):
            raise ValueError("no adopter is in the benchmark, so nobody can receive what the capex names give up")
        return benchmark
    wish: NDArray[np.float64] = keep * kept + (benchmark - kept)
    wish += freed * (receivers / receivers.sum())
    return wish
