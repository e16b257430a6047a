"""Means of whatever the first call is given, kept for all later ones, and for earlier days.

Finds: keeps state
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


FITTED = {}


def target_weights(history):
    if not FITTED:
        FITTED["mean"] = np.nanmean(history.prices, axis=0)
    return shared_out(history, FITTED["mean"] / history.prices[-1])
