"""Hold the long-only portfolio of the least variance, by a shrunk covariance of daily returns.

Idea: of all portfolios this one needs no forecast of returns; shrinkage keeps it from trusting chance correlations.
Source: Clarke, de Silva and Thorley, Minimum-Variance Portfolios in the U.S. Equity Market, Journal of Portfolio
Management, 2006; Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004.
Must fail when: volatile names lead, correlations of the past break, or one quiet name (an agreed takeover) draws in
half of the portfolio; caps on names belong with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import distinct, equal, least_variance, ledoit_wolf, priced, recent_returns


def target_weights(history: History, *, days: int = 250, shrinkage: float = 0.0) -> NDArray[np.float64]:
    """Weights (V, N) of the decision date; rows sum to one. Shrunk towards the average variance without correlation.

    A name without a price on some day of the window, or that never moved in it, gets nothing. While the market is
    younger than 20 returns, all members are held equally; a market younger than the window is taken as it is.

    days: trading days of the covariance, 20 to 1000.
    shrinkage: least intensity of the shrinkage; the best one by Ledoit and Wolf stands when it is higher, 0 to 1.
    """
    members = priced(history)
    columns = np.broadcast_arrays(np.reshape(days, (-1, 1)), np.reshape(shrinkage, (-1, 1)))
    rows = np.empty((len(columns[0]), len(members)))
    for length, mine in distinct(columns[0]):
        returns, whole = recent_returns(history, length)
        chosen = whole & members
        for least, same in distinct(columns[1][mine]):
            weights = equal(members)
            if chosen.any():
                weights = np.zeros(len(members))
                weights[chosen] = least_variance(ledoit_wolf(returns[:, chosen], least))
            rows[np.flatnonzero(mine)[same]] = weights
    return rows
