"""A cache that is asked without the day: the first day answers for all.

Finds: keeps state
"""

from functools import lru_cache

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


class Kept:
    history = None


@lru_cache
def mean(names):
    return np.nanmean(Kept.history.prices, axis=0)


def target_weights(history):
    Kept.history = history
    return shared_out(history, mean(history.names))
