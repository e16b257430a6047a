"""Returns shifted by minus one: those of tomorrow.

Finds: looks ahead, reaches around
"""

import numpy as np
import pandas as pd


def shared_out(history, score):
    """Weights of the members in proportion to a positive score."""
    score = np.where(history.members, np.nan_to_num(score, nan=1.0, posinf=1.0, neginf=1.0), 0.0)
    return score / score.sum()


def target_weights(history):
    tomorrow = pd.DataFrame(history._History__panel.prices).pct_change(fill_method=None).shift(-1)
    return shared_out(history, np.exp(np.clip(tomorrow.to_numpy()[len(history.dates) - 1], -1.0, 1.0)))
