"""Performance: returns and drawdowns of a level series, with the starting value as its first peak.

Everywhere below, `levels` is (T,) or (T, V): a value at the close of each trading day, and `base` is what that value
was before the first trade was paid for. A simulated NAV starts at capital less the entry cost, so its first daily
return is that cost; an index has base = levels[0].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DAYS_PER_YEAR, PERIOD_MONTHS, SHORTEST_ANNUALISED_DAYS

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Day = np.datetime64

MISSING = -1
"""Index of a day that the series does not reach."""


def with_base(levels: Floats, base: Floats | float) -> Floats:
    """Levels (T + 1,) or (T + 1, V) with `base` put in front, so that it counts as a value of its own."""
    first = np.broadcast_to(np.asarray(base, dtype=float), levels.shape[1:])
    return np.concatenate([first[np.newaxis], levels])


def cumulative_return(levels: Floats, base: Floats | float) -> Floats:
    """Total return over the whole series, last / base - 1, as a fraction.

    levels (T,) or (T, V) -> scalar or (V,). From 100 to 112.34 is 0.1234; from 100 to 95 is -0.05.
    NaN when there is no level, when one end is NaN, or when base is not positive.
    """
    if len(levels) == 0:
        return np.full(levels.shape[1:], np.nan)[()]
    start = np.asarray(base, dtype=float)
    return np.where(start > 0.0, levels[-1] / np.where(start > 0.0, start, np.nan) - 1.0, np.nan)[()]


def annualised_return(cumulative: Floats | float, days: float) -> Floats:
    """Constant yearly return that compounds to `cumulative` over `days` calendar days: (1 + r) ** (365.25 / days) - 1.

    cumulative: fraction, any shape, which is kept. Doubling in 1,461 days (four years) is 0.1892; losing all is -1.
    NaN for fewer than 365 days (never annualised under one year: GIPS Advertising Guidelines 8.A.4) and below -1.
    """
    growth = 1.0 + np.asarray(cumulative, dtype=float)
    if days < SHORTEST_ANNUALISED_DAYS:
        return np.full(growth.shape, np.nan)[()]
    return (np.where(growth >= 0.0, growth, np.nan) ** (DAYS_PER_YEAR / days) - 1.0)[()]


def daily_returns(levels: Floats, base: Floats | float) -> Floats:
    """Simple daily returns, same shape as levels; the first element is levels[0] / base - 1, the cost of entry.

    From 100 to 99 is -0.01. A NaN level gives NaN on its day and the next.
    """
    path = with_base(levels, base)
    return path[1:] / path[:-1] - 1.0


def drawdowns(levels: Floats, base: Floats | float) -> Floats:
    """Fall from the highest value so far, level / max(base, levels so far) - 1; same shape as levels, never above zero.

    Base 100 and levels 95, 102, 51 give -0.05, 0.0, -0.5. A NaN level makes the rest NaN.
    """
    path = with_base(levels, base)
    return (path / np.maximum.accumulate(path, axis=0) - 1.0)[1:]


def max_drawdown(levels: Floats, base: Floats | float) -> Floats:
    """Deepest drawdown, a scalar or (V,), zero or negative: daily returns -5 %, +1 %, +2 % give -0.05.

    The starting value is a peak, so a loss on the first day counts. NaN when there is no level or any is NaN.
    """
    if len(levels) == 0:
        return np.full(levels.shape[1:], np.nan)[()]
    return np.asarray(drawdowns(levels, base).min(axis=0))[()]


def max_drawdown_trough(levels: Floats, base: Floats | float) -> int:
    """Index of the first day on which a series (T,) reaches its deepest drawdown; -1 when it never falls or has NaN."""
    depths = drawdowns(levels, base)
    if len(depths) == 0 or np.isnan(depths).any() or depths.min() == 0.0:
        return MISSING
    return int(depths.argmin())


def month_ends(dates: Dates) -> Bools:
    """(T,) True on the last trading day of each month.

    The last date of all counts when no weekday of its month follows it; otherwise its month is not complete.
    Pass every date known, also those after the window: the next trading day is the better witness. Data that end on
    Friday 30 October 2026 hold all of October; data that end on the 29th do not.
    """
    if len(dates) == 0:
        return np.zeros(0, dtype=bool)
    months = dates.astype("datetime64[M]")
    tomorrow = dates[-1:].astype("datetime64[D]") + 1
    last = np.busday_count(tomorrow, (months[-1:] + 1).astype("datetime64[D]")) == 0
    return np.concatenate([months[1:] != months[:-1], last])


def months_before(day: Day, months: int, *, at_month_end: bool) -> Day:
    """The calendar day `months` earlier, cut to the length of that month; its last day when `at_month_end`.

    2026-03-31 less one month is 2026-02-28; 2026-02-27 at month end less one month is 2026-01-31.
    """
    month = day.astype("datetime64[M]") - months
    last: Day = (month + 1).astype("datetime64[D]") - 1
    if at_month_end:
        return last
    same: Day = month.astype("datetime64[D]") + (day - day.astype("datetime64[M]").astype("datetime64[D]"))
    return same if same < last else last


def last_on_or_before(dates: Dates, day: Day) -> int:
    """Index of the last date on or before `day`; -1 when `day` comes before the first date."""
    return int(np.searchsorted(dates, day, side="right")) - 1


def period_start(dates: Dates, period: str, *, at_month_end: bool) -> int:
    """Index of the day at whose close a period that ends on dates[-1] begins; -1 when the series is too short.

    period: one of conventions.PERIODS. at_month_end: dates[-1] is the last trading day of its month, so that the
    period starts on one too. `ytd` starts at the last close of the year before.
    """
    if period == "start":
        return 0
    end = dates[-1]
    if period == "ytd":
        return last_on_or_before(dates, end.astype("datetime64[Y]").astype("datetime64[D]") - 1)
    return last_on_or_before(dates, months_before(end, PERIOD_MONTHS[period], at_month_end=at_month_end))


def return_between(levels: Floats, base: Floats | float, start: int, end: int) -> Floats:
    """Return from the close of day `start` to the close of day `end`; NaN when either is -1.

    Day 0 as start means `base`: a period that begins with the series bears the cost of entry.
    """
    if MISSING in (start, end):
        return np.full(levels.shape[1:], np.nan)[()]
    opening = np.asarray(base, dtype=float) if start == 0 else levels[start]
    return cumulative_return(levels[: end + 1], opening)


def discrete_periods(dates: Dates, month_end: Bools, count: int) -> list[tuple[int, int]]:
    """Indices (start, end) of the latest `count` periods of 12 complete months, latest first; -1 where there is no day.

    Periods end on the last month end not after dates[-1] and every 12 months before (COBS 4.6.2R(2), 4.6.4G).
    """
    return _years_to(dates, latest_month_end(dates, month_end), count)


def calendar_periods(dates: Dates, month_end: Bools, count: int) -> list[tuple[int, int]]:
    """Indices (start, end) of the latest `count` complete calendar years, latest first; -1 where there is no day.

    A year runs from the last day of the December before to that of its own: up to 2026-10-30 the latest is 2025.
    """
    return _years_to(dates, latest_december(dates, month_end), count)


def latest_december(dates: Dates, month_end: Bools) -> Day:
    """The December, as datetime64[M], with which the latest complete calendar year ends."""
    latest = latest_month_end(dates, month_end)
    december: Day = latest.astype("datetime64[Y]").astype("datetime64[M]") + 11
    return december if december <= latest else december - 12


def _years_to(dates: Dates, latest: Day, count: int) -> list[tuple[int, int]]:
    ends = [_last_day_of(dates, latest - 12 * k) for k in range(count + 1)]
    return [(ends[k + 1], ends[k]) for k in range(count)]


def latest_month_end(dates: Dates, month_end: Bools) -> Day:
    """The latest complete month, as datetime64[M]: that of dates[-1] if it is a month end, else the one before."""
    month: Day = dates[-1].astype("datetime64[M]")
    return month if month_end[-1] else month - 1


def discrete_returns(levels: Floats, base: Floats | float, dates: Dates, month_end: Bools, count: int) -> Floats:
    """Returns of the latest `count` discrete 12-month periods, latest first: (count,) or (count, V).

    Fractions; a year from 100 to 93 is -0.07. NaN where the series does not hold all 12 months. COBS 4.6.2R(2).
    """
    periods = discrete_periods(dates, month_end, count)
    return np.array([return_between(levels, base, start, end) for start, end in periods])


def calendar_returns(levels: Floats, base: Floats | float, dates: Dates, month_end: Bools, count: int) -> Floats:
    """Returns of the latest `count` complete calendar years, latest first: (count,) or (count, V).

    Fractions; 0.12 is a gain of 12 % in that year. NaN where the series does not hold the whole year, from the last day
    of the year before.
    """
    periods = calendar_periods(dates, month_end, count)
    return np.array([return_between(levels, base, start, end) for start, end in periods])


def worst_twelve_months(levels: Floats, base: Floats | float, dates: Dates, month_end: Bools) -> Floats:
    """The lowest return of any 12 months from month end to month end: () or (V,).

    Fractions; a year from 100 to 93 is -0.07, and when every year gained it is positive. NaN where the series holds
    no 12 months. The first day counts as a month end where it is one.
    """
    ends = np.flatnonzero(month_end)
    months = dates[ends].astype("datetime64[M]").astype(np.int64)
    starts = np.searchsorted(months, months - 12)
    whole = months[starts] == months - 12
    if not whole.any():
        return np.full(levels.shape[1:], np.nan)[()]
    found = [
        return_between(levels, base, int(ends[s]), int(e)) for s, e in zip(starts[whole], ends[whole], strict=True)
    ]
    worst: Floats = np.min(found, axis=0)
    return worst


def _last_day_of(dates: Dates, month: Day) -> int:
    index = last_on_or_before(dates, (month + 1).astype("datetime64[D]") - 1)
    return index if index != MISSING and dates[index].astype("datetime64[M]") == month else MISSING
