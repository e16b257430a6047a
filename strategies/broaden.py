"""Stay as near to the benchmark as a wanted number of effective names allows.

Idea: a benchmark that leans on few names is one bet; as AI gets cheaper the opportunity is expected to broaden.
Source: the fund's founding thesis; Hirschman, The Paternity of an Index, American Economic Review 54(5), 1964.
Must fail when: the few largest names go on leading, as in 2023 and 2024; then every step away from them costs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History
from strategies._shared import equal, priced


def target_weights(history: History, *, effective_names: float = 30.0) -> NDArray[np.float64]:
    """Weights (V, N), rows sum to one: the nearest to the benchmark's (least sum of squared differences) of those whose
    effective number of names, one over the sum of squared weights, is at least what is wanted.

    On the line from equal weights e to the benchmark's b: |e + s (b - e)|^2 = 1/M + s^2 |b - e|^2 for M members. More
    names wanted than there are members: equal weights. A benchmark that is broad enough is left as it is.

    effective_names: wanted effective number of names, 1 to 500.
    """
    benchmark, members = history.benchmark_weights, priced(history)
    middle = equal(members)
    away = ((benchmark - middle) ** 2).sum()
    room = np.maximum(1.0 / np.reshape(effective_names, (-1, 1)) - 1.0 / members.sum(), 0.0)  # (V, 1)
    if away <= room.min():
        return benchmark
    share = np.minimum(np.sqrt(room / away), 1.0)
    wish: NDArray[np.float64] = middle + share * (benchmark - middle)
    return wish
