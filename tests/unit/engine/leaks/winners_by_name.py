"""The survivors, written down by somebody who had seen the end.

Finds: hindsight
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


WINNERS = ("A001", "A004")


def target_weights(history):
    return shared_out(history, 1.0 + np.isin(history.names, WINNERS))
