"""When a strategy is asked, and when its answer is traded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backtest.errors import DataError
from backtest.mandate import Schedule
from backtest.market.prices import Dates

Ints = NDArray[np.int64]
Decide = Literal["week_end", "month_end", "quarter_end"]

PERIODS: dict[str, Callable[[Dates], Ints]] = {
    "week_end": lambda dates: (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7,  # 1970-01-01 was a Thursday
    "month_end": lambda dates: dates.astype("datetime64[M]").astype(np.int64),
    "quarter_end": lambda dates: dates.astype("datetime64[M]").astype(np.int64) // 3,
}


def decision_days(dates: Dates, decide: Decide) -> Ints:
    """Indices into `dates` (T,) of the last trading day of each week (Monday to Sunday), month or quarter.

    The last day of the window counts too, whether or not its period is over; with a lag of at least one day nothing
    can be traded on it, so no decision rests on knowing that the window ends.
    """
    period = PERIODS[decide](dates)
    return np.flatnonzero(np.append(period[1:] != period[:-1], True)).astype(np.int64)


def trading_plan(dates: Dates, schedule: Schedule) -> tuple[Ints, Ints]:
    """Decision days and their trade days, (K,) each: trade day = decision day + lag, dropped beyond the window.

    Raises DataError when nothing could ever be traded.
    """
    if len(dates) == 0:
        raise DataError("the window holds no trading day. Widen [data] start and end.")
    decisions = decision_days(dates, schedule.decide)
    decisions = decisions[decisions + schedule.lag < len(dates)]
    if len(decisions) == 0:
        raise DataError(
            f"the window {dates[0]} to {dates[-1]} ({len(dates)} trading days) has no decision date "
            f"({schedule.decide}) followed by a trade date {schedule.lag} trading day(s) later. "
            "Widen [data] start and end, or decide more often in [schedule]."
        )
    return decisions, decisions + schedule.lag
