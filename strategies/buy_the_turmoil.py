"""When the capex basket falls fast from its high, move a further step of its weight into adopters; unwind later.

Idea: turmoil around the theme moves all its names at once, and is a chance to buy those that win by using AI.
Source: the fund's founding thesis, written on 27 January 2025.
Must fail when: the basket recovers at once and leads again, as over the rest of 2025, or adopters fall as far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import distinct, equal_basket, moved, normal, spaced_falls


def target_weights(
    history: History, *, fall: float = 0.1, days: int = 20, step: float = 0.2, steps: int = 3, months: int = 12
) -> NDArray[np.float64]:
    """Weights (V, N), rows sum to one: the benchmark's, less a share of its capex weight, given to its adopters.

    The basket holds all capex names with prices, equally, each day anew. An event is a close that lies `fall` or more
    below the highest of the `days` closes before it; none follows within `days` days. Each event adds a step, which
    shrinks in equal parts on the first trading day of each month. Events before the first decision date count.

    fall: fall of the basket from its high that makes an event, as a fraction, 0.02 to 0.5.
    days: trading days within which it falls, and the least between two events, 2 to 250.
    step: share of the benchmark's capex weight that one step moves, 0 to 1.
    steps: most steps in force at once, 1 to 10.
    months: months over which a step is unwound, 1 to 60.
    """
    adopters = normal(np.where(history.theme("adopter"), history.benchmark_weights, 0.0))
    share = _moved_share(history, fall, days, step, steps, months)[:, :1]  # (V, 1)
    return moved(history.benchmark_weights, 1.0 - share * history.theme("capex"), adopters)


def should_trade(
    history: History, *, fall: float, days: int, step: float, steps: int, months: int
) -> NDArray[np.bool_]:
    """(V,) whether the share to move is another than a trading day ago: an event, or a month of the unwinding."""
    share = _moved_share(history, fall, days, step, steps, months)
    changed: NDArray[np.bool_] = np.abs(share[:, 0] - share[:, 1]) > 1e-12
    return changed


def _moved_share(history: History, fall: float, days: int, step: float, steps: int, months: int) -> NDArray[np.float64]:
    """(V, 2) share of the capex weight to move, at t and at the close before, found from the prices alone."""
    columns = (np.reshape(c, (-1, 1)) for c in (fall, days, step, steps, months))
    falls, windows, step_, steps_, months_ = np.broadcast_arrays(*columns)
    basket = equal_basket(history.prices[:, history.theme("capex")])
    events = np.zeros((len(falls), len(basket)), dtype=np.bool_)
    for value, mine in distinct(windows):
        events[mine] = spaced_falls(basket, falls[mine], int(value))
    month = history.dates.astype("datetime64[M]").astype(np.int64)
    variant, day = np.nonzero(events)
    shares = np.zeros((len(falls), 2))
    for k, today in enumerate(range(len(basket) - 1, max(len(basket) - 3, -1), -1)):
        left = np.maximum(1.0 - (month[today] - month[day]) / months_[variant, 0], 0.0) * (day <= today)
        active = np.minimum(np.bincount(variant, left, minlength=len(falls)), steps_[:, 0])
        shares[:, k] = np.minimum(step_[:, 0] * active, 1.0)
    return shares
