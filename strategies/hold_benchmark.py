"""Hold the benchmark's own weights and do nothing else: the baseline every other strategy is shown against.

Idea: an index of the universe, bought at cost and rebalanced on the same dates, is what a client gets without any view.
Source: Sharpe, The Arithmetic of Active Management, Financial Analysts Journal 47(1), 1991.
Must fail when: anything weighted differently does better; it cannot beat its own universe, and it pays to trade.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History


def target_weights(history: History) -> NDArray[np.float64]:
    """Benchmark weights of the decision date, (N,), the same for every variant; they sum to one over members."""
    return history.benchmark_weights
