"""What trying several ways does to the best of them."""

from __future__ import annotations

import math

from scipy.stats import norm

EULER_MASCHERONI = 0.5772156649015329


def expected_best(deviation: float, trials: int) -> float:
    """How far the best of `trials` figures is expected to lie above their mean when luck alone tells them apart.

    deviation: their standard deviation, in the figure's unit; 0.1 over 10 trials gives 0.157. One trial has nothing to
    stand out from: 0. NaN when the deviation is. Raises ValueError for fewer than one trial or a negative deviation.
    The trials are taken as independent draws of one normal law; strategies that resemble each other are fewer than
    they look, and their best stands out less. Bailey and Lopez de Prado, The Deflated Sharpe Ratio, 2014.
    """
    if trials < 1 or deviation < 0.0:
        raise ValueError(f"{trials} trials with a deviation of {deviation}: at least one trial, no negative deviation")
    if trials == 1:
        return 0.0 if not math.isnan(deviation) else math.nan
    high, higher = norm.ppf(1.0 - 1.0 / trials), norm.ppf(1.0 - 1.0 / (trials * math.e))
    return float(deviation * ((1.0 - EULER_MASCHERONI) * high + EULER_MASCHERONI * higher))
