"""Characteristics: what a portfolio pays for what its companies earn, own and sell, and how large they are.

`weights` are (N,) fractions of NAV, long only; what they lack to one is cash. An amount that is unknown is NaN. Every
average comes with its coverage, the share of NAV that stands behind it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import (
    DAYS_PER_YEAR,
    HOLDING_THRESHOLD,
    LEAST_COVERAGE,
    REPORT_GAP_DAYS,
    STALE_REPORT_DAYS,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]


def trailing_year(amounts: Floats, ends: Dates, as_of: np.datetime64, reports_a_year: int) -> Floats:
    """(N,) what the latest twelve months of reports add up to: amounts (P, N) of one period each, the latest last.

    ends: (P, N) datetime64[D], the ends of the periods, NaT where amounts has NaN.  Quarters of 1, 2, 3, 4 and then 5
    give 14.  NaN where there are fewer reports than a year has, where one is missing between them, or where the latest
    is of a period that ended more than STALE_REPORT_DAYS before as_of.
    """
    count = amounts.shape[1]
    if len(amounts) < reports_a_year:
        return np.full(count, np.nan)
    last, opened = ends[-1], ends[-reports_a_year]
    usual = DAYS_PER_YEAR * (reports_a_year - 1) / reports_a_year
    unbroken = np.abs(_days(last, opened) - usual) <= REPORT_GAP_DAYS
    year = amounts[-reports_a_year:].sum(axis=0)
    return np.where(unbroken & _fresh(last, as_of), year, np.nan)


def latest(amounts: Floats, ends: Dates, as_of: np.datetime64) -> Floats:
    """(N,) the latest amounts of (P, N), ends as in trailing_year: of 1, 2 and then 3 it is 3.

    NaN where none is known, or the latest is of a period that ended more than STALE_REPORT_DAYS before as_of.
    """
    if not len(amounts):
        return np.full(amounts.shape[1], np.nan)
    return np.where(_fresh(ends[-1], as_of), amounts[-1], np.nan)


def price_to(weights: Floats, values: Floats, amounts: Floats) -> tuple[float, float]:
    """What the portfolio pays for one unit of an amount: the weighted harmonic mean of value / amount; and coverage.

    values: (N,) market values of the whole companies; amounts: (N,) theirs for the same money, losses below zero.
    Weights 0.5 and 0.5 at 10 and 30 times earnings give 15, not 20: half of the money buys 0.1 for each unit, half
    0.033. Losses count, so a holding that loses money makes the rest dearer. Names with an unknown amount or value are
    left out, and cash with them.  NaN when the coverage is under LEAST_COVERAGE, or when the portfolio's share of the
    amounts is not above zero.  Coverage: share of NAV, 0 to 1.
    """
    known = (weights > HOLDING_THRESHOLD) & (values > 0.0) & ~np.isnan(amounts)
    coverage = float(weights[known].sum())
    if coverage < LEAST_COVERAGE:
        return float("nan"), coverage
    bought = float((weights[known] * amounts[known] / values[known]).sum())
    return (coverage / bought if bought > 0.0 else float("nan")), coverage


def weighted_average(weights: Floats, values: Floats) -> tuple[float, float]:
    """The average of (N,) values by weight, and coverage: weights 0.45 and 0.15 at 40 and 80 give 50.

    Names without a value and cash are left out.  NaN under LEAST_COVERAGE.
    """
    known, coverage = _known(weights, values)
    if coverage < LEAST_COVERAGE:
        return float("nan"), coverage
    return float((weights[known] * values[known]).sum() / coverage), coverage


def weighted_median(weights: Floats, values: Floats) -> tuple[float, float]:
    """The value at which half of the weight is reached, from the smallest value up, and coverage.

    Weights 0.2, 0.2, 0.6 at 1, 5, 9 give 9; when exactly half is reached at one value it is that one: equal weights of
    four names at 1, 2, 3, 4 give 2.  Names without a value and cash are left out.  NaN under LEAST_COVERAGE.
    """
    known, coverage = _known(weights, values)
    if coverage < LEAST_COVERAGE:
        return float("nan"), coverage
    order = np.argsort(values[known], kind="stable")
    reached = np.cumsum(weights[known][order])
    half = np.round(reached / reached[-1], 12) >= 0.5  # so that exactly half does not depend on the last bit of a sum
    return float(values[known][order][half.argmax()]), coverage


def _known(weights: Floats, values: Floats) -> tuple[Bools, float]:
    known = (weights > HOLDING_THRESHOLD) & ~np.isnan(values)
    return known, float(weights[known].sum())


def _days(later: Dates, earlier: Dates | np.datetime64) -> Floats:
    """Calendar days between; NaN where a day is unknown."""
    days: Floats = (later - earlier) / np.timedelta64(1, "D")
    return days


def _fresh(ends: Dates, as_of: np.datetime64) -> Bools:
    return -_days(ends, as_of) <= STALE_REPORT_DAYS
