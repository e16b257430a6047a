"""Hold members in inverse proportion to their volatility, so that each brings about the same risk of its own.

Idea: volatility can be forecast from the past and returns hardly, so the weights use what is known.
Source: Leote de Carvalho, Lu and Moulin, Demystifying Equity Risk-Based Strategies, 2012.
Must fail when: volatile names lead a rising market, or quiet names are one and the same bet, as on bond yields.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import by_inverse_volatility, distinct, equal, priced


def target_weights(history: History, *, days: int = 250) -> NDArray[np.float64]:
    """Weights (V, N) of the decision date; rows sum to one.

    A name without a price on some day of the window, or that never moved in it, gets nothing. While the market is
    younger than 20 returns, all members are held equally; a market younger than the window is taken as it is.

    days: trading days of the volatility, 20 to 1000.
    """
    members = priced(history)
    rows = np.empty((np.size(days), len(members)))
    for value, mine in distinct(days):
        weights = by_inverse_volatility(history, value, members)
        rows[mine] = weights if weights.any() else equal(members)
    return rows
