"""A high kept between calls: after a run, an earlier day knows the highs of later ones.

Finds: keeps state
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


HIGHS = []


def target_weights(history):
    HIGHS.append(np.nan_to_num(history.prices[-1]))
    return shared_out(history, history.prices[-1] / np.max(HIGHS, axis=0))
