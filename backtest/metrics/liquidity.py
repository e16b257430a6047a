"""Liquidity: how many trading days it takes to sell, at a stated share of what the market trades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import LIQUIDATED, PARTICIPATION, VOLUME_DAYS

Floats = NDArray[np.float64]


def average_daily_value(traded_value: Floats, days: int = VOLUME_DAYS) -> Floats:
    """Average traded value over the last `days` rows; traded_value (T, N) in money, NaN unknown -> (N,).

    Unknown days are left out, a day without trading counts as zero: the caller says which is which. 4 and unknown give
    4; 4 and nothing traded give 2. A name with no known day: NaN. Value, not shares, so that a split does no harm.
    """
    recent = traded_value[-days:]
    known = ~np.isnan(recent)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, recent, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def days_to_sell(values: Floats, average: Floats) -> Floats:
    """Trading days to sell 90 % of each position at 20 % of its average daily traded value: 0.9 v / (0.2 a).

    values (..., N) and average (N,) in the same money -> (..., N). 1 million of a name that trades 3 million a day
    takes 1.5 days; nothing held takes 0. NaN when the average is unknown or zero: a name nobody trades cannot be sold.
    """
    tradable = average > 0.0
    days = LIQUIDATED * values / (PARTICIPATION * np.where(tradable, average, np.nan))
    return np.where(values == 0.0, 0.0, days)


def largest_participation(traded: Floats, averages: Floats) -> float | None:
    """The largest share of an average day's value that one order took; traded and averages (K, N) in the same money.

    1 million of a name that trades 4 million a day is 0.25; no order is 0.0. None when the value of a traded name is
    unknown or zero, as the share is then not known either.
    """
    orders = np.abs(traded)
    if ((orders > 0.0) & ~(averages > 0.0)).any():
        return None
    return float(np.divide(orders, averages, out=np.zeros_like(orders), where=orders > 0.0).max(initial=0.0))
