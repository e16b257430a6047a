"""Weights by chance, without a seed.

Finds: not repeatable
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    return shared_out(history, np.random.default_rng().uniform(0.5, 1.5, len(history.names)))
