"""The number of days that are still to come: known only to who knows the end.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    left = len(history._History__panel.dates) - len(history.dates)
    return shared_out(history, np.ones(len(history.names))) * (1.0 if left > 5 else 0.5)
