"""An event that is fired once and remembered, not recomputed from the past.

Finds: keeps state
"""

import numpy as np

FIRED = set()


def target_weights(history):
    return history.benchmark_weights


def should_trade(history):
    fell = history.prices[-1, 1] < history.prices[0, 1] * 2
    first = fell and not FIRED
    FIRED.add("fired")
    return np.array([bool(first)])
