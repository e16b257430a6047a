"""Trading: how much was turned over and what it cost, per year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DAYS_PER_YEAR, SHORTEST_ANNUALISED_DAYS

Floats = NDArray[np.float64]


def turnover_per_year(turnover: Floats, days: float) -> Floats:
    """One-way turnover a year, the first purchase left out: sum of turnover[1:] / (days / 365.25).

    turnover (K,) or (K, V): half of purchases plus sales over NAV, of each trade in order, the first purchase first.
    days: calendar days of the window. Trades of 10 % in each of four quarters of one year give 0.40; 0 when nothing
    was traded after the first purchase. NaN under one year.
    """
    return _per_year(turnover[1:].sum(axis=0), days)


def cost_drag_per_year(costs: Floats, nav: Floats, days: float) -> Floats:
    """Trading costs a year as a fraction of average NAV: sum of costs / mean NAV / (days / 365.25). Never negative.

    costs (K,) or (K, V) in money, the first purchase included: it is in the returns too. nav (T,) or (T, V), daily.
    Costs of 20 a year on an average NAV of 10,000 give 0.002: 0.2 % a year was lost to trading. The ongoing charge is
    not in it. NaN under one year, or without a NAV.
    """
    if len(nav) == 0:
        return np.full(nav.shape[1:], np.nan)[()]
    return _per_year(costs.sum(axis=0) / nav.mean(axis=0), days)


def _per_year(total: Floats, days: float) -> Floats:
    if days < SHORTEST_ANNUALISED_DAYS:
        return np.full(np.shape(total), np.nan)[()]
    return total * DAYS_PER_YEAR / days
