"""The longest past ever handed out is kept: in a run it is today's, and after it an earlier day knows the later ones.

Finds: keeps state
"""

import numpy as np

KEPT = []


def target_weights(history):
    if not KEPT or len(history.prices) > len(KEPT[0]):
        KEPT[:] = [history.prices]
    score = np.where(history.members, np.nan_to_num(KEPT[0][-1] / np.nanmean(KEPT[0], axis=0), nan=1.0), 0.0)
    return score / score.sum()
