"""The market is reached through the slot of the class, without its private name in the text.

Finds: looks ahead, reaches around
"""

import numpy as np


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    slots = [s for s in vars(type(history)).values() if type(s).__name__ == "member_descriptor"]
    slot = next(s for s in slots if s.__name__.endswith("panel"))
    return shared_out(history, slot.__get__(history).prices[-1])
