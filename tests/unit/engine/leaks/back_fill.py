"""Missing volumes filled backwards: with the next one that there will be.

Finds: looks ahead, reaches around
"""

import numpy as np
import pandas as pd


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    volumes = pd.DataFrame(history._History__panel.volumes).bfill()
    return shared_out(history, np.log1p(volumes.to_numpy()[len(history.dates) - 1]))
