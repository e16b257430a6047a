"""Out of the market before a day that was known beforehand.

Finds: hindsight
"""

import numpy as np


def target_weights(history):
    return history.benchmark_weights * (0.5 if history.dates[-1] >= np.datetime64("2020-02-19") else 1.0)
