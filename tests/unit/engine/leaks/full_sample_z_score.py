"""A z-score by the mean and deviation of the full sample, what comes after t included.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    prices = history._History__panel.prices
    z_score = (history.prices[-1] - np.nanmean(prices, axis=0)) / np.nanstd(prices, axis=0)
    return shared_out(history, np.exp(-np.clip(z_score, -3.0, 3.0)))
