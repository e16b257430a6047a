"""Hold a capex name in proportion to how cheap it is, against its own past and against the universe.

Idea: the theme can be right and the valuation wrong; a name that costs more than it ever did is held less.
Source: the fund's founding thesis; Asness, Moskowitz and Pedersen, Value and Momentum Everywhere, 2013.
Reads: the field that the parameter `field` names.
Must fail when: dear names become dearer for years, as in 2023 and 2024, or what looks cheap is about to earn less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import distinct, moved, normal, priced, rank

FEWEST = 4  # earlier figures of its own before a name is judged by them


def target_weights(
    history: History, *, field: str = "ev_to_sales", dear_when: str = "by_name", strength: float = 0.5,
    own: float = 0.5, periods: int = 20,
) -> NDArray[np.float64]:  # fmt: skip
    """Weights (V, N), rows sum to one: each capex name at its benchmark weight times 1 - strength x dearness.

    Dearness, 0 to 1, is the share of its own earlier figures, and of the members' latest ones, that are cheaper. What
    is freed goes to adopters by benchmark weight. A name without a figure keeps its benchmark weight; one with fewer
    than four earlier figures is held against the universe only.

    field: the published field by which a name is judged, any text.
    dear_when: figures that mean dear; by_name: low ones of a field that ends in yield, one of by_name, high, low.
    strength: share of its weight that the dearest name gives up, 0 to 1.
    own: share of a name's own past in its dearness, the universe has the rest, 0 to 1.
    periods: latest periods that make a name's own past, 4 to 80.
    """
    low = field.endswith("yield") if dear_when == "by_name" else dear_when == "low"
    figures = history.fundamental(field) * (-1.0 if low else 1.0)  # (P, N), dear when high
    now = figures[-1] if len(figures) else np.full(len(history.names), np.nan)
    universe = rank(now, priced(history))
    dearness = np.empty((max(np.size(own), np.size(periods)), len(now)))
    shares = np.broadcast_to(np.reshape(own, (-1, 1)), (len(dearness), 1))
    for value, mine in distinct(np.broadcast_to(np.reshape(periods, (-1, 1)), (len(dearness), 1))):
        past = _own_rank(figures[-1 - int(value) : -1], now)
        own_share = np.where(np.isnan(past), 0.0, shares[mine])
        dearness[mine] = own_share * np.nan_to_num(past) + (1.0 - own_share) * universe
    judged = history.theme("capex") & ~np.isnan(universe)
    adopters = normal(np.where(history.theme("adopter"), history.benchmark_weights, 0.0))
    keep = 1.0 - np.reshape(strength, (-1, 1)) * np.where(judged, dearness, 0.0)
    return moved(history.benchmark_weights, keep, adopters)


def _own_rank(past: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) share of the earlier figures (P, N) that are lower, equal ones counted half; NaN with fewer than four."""
    count = (~np.isnan(past)).sum(axis=0)
    lower = (past < now).sum(axis=0) + 0.5 * (past == now).sum(axis=0)
    return np.where((count >= FEWEST) & ~np.isnan(now), lower / np.maximum(count, 1), np.nan)
