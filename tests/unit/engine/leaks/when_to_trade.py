"""Weights are honest; the day to trade is chosen by tomorrow's cash.

Finds: looks ahead, reaches around
"""

import numpy as np


def target_weights(history):
    return history.benchmark_weights


def should_trade(history):
    cash, day = history._History__panel.cash, len(history.dates)
    return np.array([bool(cash[min(day, len(cash) - 1)] / cash[day - 1] > 1.0001)])
