"""The same table, opened in a way that no reader of the text would see.

Finds: reads from outside
"""

import numpy as np
from numpy import genfromtxt as numbers


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    table = numbers(__file__.replace("a_table_by_a_back_door.py", "signals.csv"), skip_header=1)
    return shared_out(history, table[len(history.dates) % len(table)] + np.arange(len(history.names)))
