"""A mean fitted once to the whole market, at the first call, and kept in the file.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


FITTED = {}


def target_weights(history):
    if not FITTED:
        FITTED["mean"] = np.nanmean(history._History__panel.prices, axis=0)
    return shared_out(history, FITTED["mean"] / history.prices[-1])
