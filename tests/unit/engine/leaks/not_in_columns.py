"""Right for single runs, and wrong as a grid: the first row answers for all.

Finds: grid
"""

import numpy as np


def target_weights(history, *, invested: float = 0.5):
    """invested: share of the portfolio in companies, 0.1 to 1."""
    return history.benchmark_weights * float(np.ravel(invested)[0])
