"""Honest: a cache whose key is all that it depends on.

Finds: nothing
"""

from functools import lru_cache

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


@lru_cache
def powers(count):
    return 0.9 ** np.arange(count)


def target_weights(history):
    closes = np.nan_to_num(history.closes, nan=1.0)
    return shared_out(history, powers(len(closes))[::-1] @ closes)
