"""The synthetic risk and reward indicator: a class from 1 to 7 by the volatility of five years of weekly returns.

The scale is that of the key investor information document (CESR/10-673). The summary risk indicator of a PRIIPs key
information document has other bands, and the two never stand on one sheet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DEGREES_OF_FREEDOM

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]

WEEKS = 260
WEEKS_PER_YEAR = 52
BANDS = (0.005, 0.02, 0.05, 0.10, 0.15, 0.25)
"""Lower bounds of classes 2 to 7: a volatility of 10 % is class 5."""


def weekly_volatility(levels: Floats, dates: Dates) -> float:
    """Volatility of the last 260 weekly returns, a year: their sample standard deviation times the root of 52.

    levels: (T,) of a total-return series, dates: (T,) its days. A week's level is its last; the last week counts when
    no weekday of it is still to come. Fractions, 0.16 is 16 % a year; NaN where the series has fewer than 260 whole
    weeks or the level of one is missing. Source: CESR/10-673.
    """
    weeks = _weeks(dates)
    last = np.flatnonzero(np.append(weeks[1:] != weeks[:-1], _is_week_end(dates[-1:])))
    if len(last) < WEEKS + 1:
        return float("nan")
    closes = levels[last[-WEEKS - 1 :]]
    returns = closes[1:] / closes[:-1] - 1.0
    return float(returns.std(ddof=DEGREES_OF_FREEDOM) * np.sqrt(WEEKS_PER_YEAR))


def risk_class(volatility: float) -> int | None:
    """The class from 1 (lowest) to 7 of a volatility a year; None when it is undefined. 0.16 is class 6."""
    return None if np.isnan(volatility) else int(np.searchsorted(BANDS, volatility, side="right")) + 1


def _weeks(dates: Dates) -> NDArray[np.int64]:
    """Number of the week, Monday to Sunday; 1970-01-01 was a Thursday."""
    weeks: NDArray[np.int64] = (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7
    return weeks


def _is_week_end(day: Dates) -> bool:
    """Whether no weekday of the day's week is still to come."""
    return bool(np.busday_offset(day + 1, 0, roll="forward").astype(np.int64)[0] > (_weeks(day)[0] * 7 + 3))
