"""A list as a default value: it lives on from call to call.

Finds: keeps state
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def smoothed(prices, seen=[]):  # noqa: B006  the fault is the point
    seen.append(np.nan_to_num(prices, nan=1.0))
    return np.mean(seen, axis=0)


def target_weights(history):
    return shared_out(history, smoothed(history.prices[-1]))
