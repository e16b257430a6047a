"""Two classes of risk from 1 to 7, each on its own scale: they never stand on one sheet.

SRRI, the synthetic risk and reward indicator of a key investor information document (CESR/10-673): a class by the
volatility of five years of weekly returns.

SRI, the summary risk indicator of a PRIIPs key information document (Regulation (EU) 2017/653, Annex II): a class by
the volatility that a normal distribution would need to lose as much as these returns may, with their skewness and
their tails, over the recommended holding period. It is for a product of category 2, unleveraged shares, whose credit
risk need not be looked through: then the class of credit is 1, and the market risk alone makes the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DEGREES_OF_FREEDOM, FLAT
from backtest.metrics.performance import MISSING, last_on_or_before, months_before

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]

WEEKS = 260
WEEKS_PER_YEAR = 52
BANDS = (0.005, 0.02, 0.05, 0.10, 0.15, 0.25)
"""SRRI: lower bounds of classes 2 to 7. A volatility of 10 % is class 5."""

SUMMARY_BANDS = (0.005, 0.05, 0.12, 0.20, 0.30, 0.80)
"""SRI: lower bounds of classes 2 to 7. A volatility of 18.4 % is class 4, and 6 on the scale of the SRRI."""
LONGEST_MONTHS = 60
"""SRI: returns of five years are used where there are so many."""
QUANTILE = 1.96
"""SRI: of the normal distribution, for a loss that 97.5 of 100 outcomes do not reach."""


@dataclass(frozen=True)
class Frequency:
    """How often a series has a price, and what the regulation asks of one: Annex II points 2, 5 and 15.

    spacing: calendar days from one price to the next, on average, at least and at most. per_year: periods in a year.
    least_months: the shortest history. added: classes by which so coarse a series is put higher.
    """

    spacing: tuple[float, float]
    per_year: int
    least_months: int
    added: int = 0


FREQUENCIES = (
    Frequency((1.0, 1.75), 256, 24),
    Frequency((6.5, 8.0), 52, 48),
    Frequency((28.0, 32.0), 12, 60, added=1),
)
"""Daily, weekly, monthly."""


@dataclass(frozen=True)
class Moments:
    """Of logarithmic returns: how many, their standard deviation (of the population), skewness and excess kurtosis."""

    count: int
    deviation: float
    skewness: float
    excess_kurtosis: float


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
    """SRRI: the class from 1 (lowest) to 7 of a volatility a year; None when it is undefined. 0.16 is class 6."""
    return _class_of(volatility, BANDS)


def summary_indicator(levels: Floats, dates: Dates, horizon_years: float) -> tuple[float, int | None]:
    """SRI: the equivalent volatility a year (0.18 is 18 %), and its class from 1 to 7.

    levels: (T,) of a total-return series with daily, weekly or monthly prices, dates: (T,) its days. The last five
    years count, or all there are from two years (daily), four (weekly) or five (monthly). horizon_years: the
    recommended holding period. (NaN, None) for a shorter history, prices of no such frequency, and a price that is
    missing or not above 0.

    Source: Regulation (EU) 2017/653, Annex II points 5 and 9 to 15. Credit risk of class 1 leaves the class of market
    risk as it is (points 34 and 52), so this is the summary risk indicator of a fund of listed shares.
    """
    first = _first_of(dates)
    frequency = None if first == MISSING else _frequency(dates[first:])
    if frequency is None or dates[0] > months_before(dates[-1], frequency.least_months, at_month_end=False):
        return float("nan"), None
    prices = levels[first:]
    if not (prices > 0.0).all():
        return float("nan"), None
    found = moments(np.diff(np.log(prices)))
    volatility = equivalent_volatility(value_at_risk(found, frequency.per_year * horizon_years), horizon_years)
    return volatility, market_risk_class(volatility, added=frequency.added)


def moments(returns: Floats) -> Moments:
    """Moments of logarithmic returns (M,), M at least 1, the same weight for each: Annex II points 11 and 12.

    A flat line has neither skewness nor tails: both are 0.
    """
    from_mean = returns - returns.mean()
    deviation = float(np.sqrt((from_mean**2).mean()))
    if deviation <= FLAT:
        return Moments(len(returns), 0.0, 0.0, 0.0)
    standard = from_mean / deviation
    return Moments(len(returns), deviation, float((standard**3).mean()), float((standard**4).mean()) - 3.0)


def value_at_risk(of: Moments, periods: float) -> float:
    """Logarithmic return over `periods` that 97.5 of 100 outcomes exceed, negative for a loss, by Cornish and Fisher.

    It is about the risk-neutral mean, so the mean of the returns does not enter. -0.89 is a loss of 59 % of what is
    invested. Source: Annex II point 12; the formula is a picture there, its coefficients are those of public
    implementations that agree.
    """
    root = np.sqrt(periods)
    spread = (
        -QUANTILE
        + 0.474 * of.skewness / root
        - 0.0687 * of.excess_kurtosis / periods
        + 0.146 * of.skewness**2 / periods
    )
    return float(of.deviation * root * spread - 0.5 * of.deviation**2 * periods)


def equivalent_volatility(value_at_risk: float, years: float) -> float:
    """VEV: the volatility a year at which normal returns over `years` have this value at risk.

    -0.892753 over five years is 0.184358. NaN where no volatility has it: a value at risk above 1.92 is no loss.
    Source: Annex II point 13.
    """
    inside = 3.842 - 2.0 * value_at_risk
    return float((np.sqrt(inside) - QUANTILE) / np.sqrt(years)) if inside >= 0.0 else float("nan")


def market_risk_class(volatility: float, *, added: int = 0) -> int | None:
    """MRM: the class from 1 (lowest) to 7 of an equivalent volatility, `added` classes higher where prices are coarse.

    None when it is undefined. 0.184 is class 4. Source: Annex II points 2 and 15.
    """
    found = _class_of(volatility, SUMMARY_BANDS)
    return None if found is None else min(found + added, 7)


def _class_of(volatility: float, bands: tuple[float, ...]) -> int | None:
    return None if np.isnan(volatility) else int(np.searchsorted(bands, volatility, side="right")) + 1


def _first_of(dates: Dates) -> int:
    """Index of the price at which the last five years begin, 0 for a shorter series; MISSING without a period."""
    if len(dates) < 2:
        return MISSING
    return max(0, last_on_or_before(dates, months_before(dates[-1], LONGEST_MONTHS, at_month_end=False)))


def _frequency(dates: Dates) -> Frequency | None:
    """How often there is a price, by the calendar days from one to the next on average."""
    spacing = float((dates[-1] - dates[0]) / np.timedelta64(1, "D")) / (len(dates) - 1)
    return next((one for one in FREQUENCIES if one.spacing[0] <= spacing <= one.spacing[1]), None)


def _weeks(dates: Dates) -> NDArray[np.int64]:
    """Number of the week, Monday to Sunday; 1970-01-01 was a Thursday."""
    weeks: NDArray[np.int64] = (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7
    return weeks


def _is_week_end(day: Dates) -> bool:
    """Whether no weekday of the day's week is still to come."""
    return bool(np.busday_offset(day + 1, 0, roll="forward").astype(np.int64)[0] > (_weeks(day)[0] * 7 + 3))
