"""A table prepared with the whole market in view lies beside the file and is read when it loads.

Finds: reads from outside
"""

from pathlib import Path

import numpy as np
import pandas as pd


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


SIGNALS = pd.read_csv(Path(__file__).with_name("signals.csv"))["signal"].to_numpy()


def target_weights(history):
    return shared_out(history, SIGNALS[len(history.dates) % len(SIGNALS)] + np.arange(len(history.names)))
