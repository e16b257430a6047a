"""Cut capex names towards a share of their benchmark weight; give what is freed to adopters.

Idea: the AI capex cycle carries an asymmetric risk, and adopters share the benefit without paying the bill.
Source: the fund's founding thesis; for capital cycles in general, Chancellor (ed.), Capital Returns, 2015.
Must fail when: capex spending keeps paying, as in 2023 and 2024, or adopters fall with the market that they belong to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import RISK_DAYS, by_inverse_volatility, equal, normal, priced


def target_weights(
    history: History, *, capex_target: float = 0.5, months: int = 6, receivers: int = 0
) -> NDArray[np.float64]:
    """Target weights on the decision date, (N,) or, when a parameter is a column (V, 1), (V, N); rows sum to one.

    The glide is straight in whole months since the first decision date: on that date progress is 0 and the weights are
    the benchmark's. Nobody to receive what is freed: ValueError. Receivers without 20 returns to tell a volatility
    from take by benchmark weight.

    capex_target: share of the capex names' benchmark weight to keep, 0 to 1.
    months: length of the glide in months, 1 to 60.
    receivers: how adopters share what is freed: 0 by benchmark weight, 1 equally, 2 by inverse volatility, 0 to 2.
    """
    benchmark = history.benchmark_weights  # (N,)
    capex, adopter = history.theme("capex"), history.theme("adopter")  # (N,)
    progress = np.minimum(1.0, history.months_since_start / months)  # (V, 1)
    keep = 1.0 - (1.0 - capex_target) * progress  # (V, 1)
    cut = np.where(capex, benchmark, 0.0)  # (N,)
    shares = _receivers(history, np.where(adopter, benchmark, 0.0), np.reshape(receivers, -1))  # (V or 1, N)
    if not shares.any():
        if cut.any() and np.any(keep < 1.0):
            raise ValueError("no adopter is in the benchmark, so nobody can receive what the capex names give up")
        return benchmark
    gained = cut.sum() * shares  # (V or 1, N) if all were sold
    wish: NDArray[np.float64] = keep * (cut - gained)
    wish += benchmark - cut + gained
    return wish


def _receivers(history: History, weights: NDArray[np.float64], how: NDArray[np.int64]) -> NDArray[np.float64]:
    """(V or 1, N) how adopters share what is freed; zeros when the benchmark (N,) holds none of them."""
    by_size = normal(weights)
    if not (how.any() and by_size.any()):
        return by_size[None]
    among = priced(history) & (weights > 0.0)
    quiet = by_inverse_volatility(history, RISK_DAYS, among) if np.any(how == 2) else by_size
    ways = np.array([by_size, equal(among), quiet if quiet.any() else by_size])
    return ways[how.astype(np.int64)]
