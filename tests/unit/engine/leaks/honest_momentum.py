"""Honest: a window of its own for each variant, an event, published figures, nothing kept.

Finds: nothing
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history, *, days: int = 5, share: float = 0.5):
    """days: how far to look back, 1 to 30.
    share: of the portfolio in companies, 0.1 to 1.
    """
    prices, figures = history.prices, history.fundamental("sales")
    known = np.nan_to_num(figures[-1], nan=1.0) if len(figures) else np.ones(len(history.names))
    found = []
    for length in np.ravel(days).astype(int):
        start = prices[max(0, len(prices) - 1 - length)]
        found.append(shared_out(history, np.nan_to_num(prices[-1] / start, nan=1.0) * np.abs(known)))
    return np.array(found) * share


def should_trade(history, *, days: int = 5):
    fall = history.prices[-1, 1] / history.prices[-31:, 1].max() - 1.0
    return np.ravel(fall < -0.002 * np.ravel(days))
