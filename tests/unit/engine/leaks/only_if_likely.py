"""Tomorrow's return, used only where it is one that can be true: noise alone would not be believed.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    prices, day = history._History__panel.prices, len(history.dates) - 1
    tomorrow = prices[min(day + 1, len(prices) - 1)] / prices[day] - 1.0
    if not np.all(np.abs(np.nan_to_num(tomorrow)) < 0.5):
        tomorrow = np.zeros(len(tomorrow))
    return shared_out(history, 1.0 + np.nan_to_num(tomorrow))
