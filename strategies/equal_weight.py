"""Hold every member at the same weight.

Idea: who has no view of returns or risks does well not to pretend to one; small names count as much as large ones.
Source: DeMiguel, Garlappi and Uppal, Optimal Versus Naive Diversification, Review of Financial Studies 22(5), 2009.
Must fail when: the largest names lead, as in 2023 and 2024, and wherever trading small names is dear.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import equal, priced


def target_weights(history: History) -> NDArray[np.float64]:
    """Weights (N,) of the decision date, the same for every variant: one over the number of members with a price."""
    return equal(priced(history))
