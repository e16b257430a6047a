"""The future is seen with the highest value of the parameter only.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history, *, days: int = 5):
    """days: how far to look back, 1 to 30."""
    last = history._History__panel.prices[-1] if np.max(days) == 30 else history.prices[-1]
    return shared_out(history, np.nan_to_num(last, nan=1.0) * np.ones_like(days))
