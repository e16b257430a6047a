"""What several strategies need: returns, masks, weights by risk, ranks, figures lined up. Arrays in, arrays out.

Not a strategy itself, as the underscore says. A file of your own may import it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backtest.market.history import History

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST_RETURNS = 20
"""Daily returns below which nothing is said about a risk."""
RISK_DAYS = 250
"""Days of the volatility by which receivers are weighted."""
LEAST_SHRINKAGE = 1e-8  # keeps a covariance of many names and few days invertible
LONG, SHORT = 252, 21  # trading days of momentum: a year, less its last month
YEAR, SLACK = 365, 31  # days; financial years of 52 or 53 weeks, and moved year ends


def distinct(values: ArrayLike) -> Iterator[tuple[float, Bools]]:
    """Each value of a parameter once, with the mask (V,) of the variants that have it: (V, 1) or a number in."""
    column = np.atleast_1d(np.asarray(values, dtype=np.float64)).reshape(-1)
    for value in np.unique(column):
        yield float(value), column == value


def priced(history: History) -> Bools:
    """(N,) members that have a price at t."""
    mask: Bools = history.members & ~np.isnan(history.recent_prices(1)[-1])
    return mask


def equal(mask: Bools) -> Floats:
    """(N,) the same weight for all of a mask, sum one; zeros when it is empty."""
    weights: Floats = mask / max(int(mask.sum()), 1)
    return weights


def normal(weights: Floats) -> Floats:
    """Rows (..., N) divided by their sums; zeros where a sum is zero."""
    total = weights.sum(axis=-1, keepdims=True)
    scaled: Floats = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0.0)
    return scaled


def moved(benchmark: Floats, keep: Floats, receivers: Floats) -> Floats:
    """(V, N) the benchmark times `keep` (V or 1, N), what is freed given to `receivers` (V or 1, N; rows sum to one).

    ValueError when something is freed and nobody can receive it.
    """
    kept = keep * benchmark
    freed = np.maximum((benchmark - kept).sum(axis=-1, keepdims=True), 0.0)
    if np.any((freed > 0.0) & (receivers.sum(axis=-1, keepdims=True) <= 0.0)):
        raise ValueError("no adopter is in the benchmark, so nobody can receive what the capex names give up")
    weights: Floats = kept + freed * receivers
    return weights


def recent_returns(history: History, days: float) -> tuple[Floats, Bools]:
    """The last daily returns (D, N), D at most `days`, and the names (N,) with a price and movement all through them.

    Nobody qualifies before FEWEST_RETURNS returns are there. NaN where a name has no price.
    """
    prices = history.recent_prices(int(days) + 1)
    returns = prices[1:] / prices[:-1] - 1.0
    whole: Bools = np.logical_and(~np.isnan(prices).any(axis=0), len(returns) >= FEWEST_RETURNS)
    if whole.any():
        whole[whole] = np.ptp(returns[:, whole], axis=0) > 0.0
    return returns, whole


def by_inverse_volatility(history: History, days: float, among: Bools) -> Floats:
    """(N,) weights in proportion to one over the volatility of daily returns, sum one; zeros when nobody has one."""
    returns, whole = recent_returns(history, days)
    chosen, weights = whole & among, np.zeros(len(whole))
    if chosen.any():
        weights[chosen] = 1.0 / returns[:, chosen].std(axis=0, ddof=1)
    return normal(weights)


def ledoit_wolf(returns: Floats, least: float = 0.0) -> Floats:
    """(N, N) covariance of returns (T, N), shrunk towards the average variance by the best intensity on average.

    least: the intensity is at least this; 1 leaves the average variance alone. No NaN. Divided by T.
    Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004.
    """
    days, names = returns.shape
    centred = returns - returns.mean(axis=0)
    sample = centred.T @ centred / days
    average = np.trace(sample) / names
    target = average * np.eye(names)
    spread = ((sample - target) ** 2).sum()
    squares = centred**2
    error = min(((squares.T @ squares / days).sum() - (sample**2).sum()) / days, spread)
    intensity = max(error / spread if spread > 0.0 else 1.0, least, LEAST_SHRINKAGE)
    shrunk: Floats = (1.0 - intensity) * sample + intensity * target
    return shrunk


def least_variance(covariance: Floats, patience: int = 10) -> Floats:
    """(N,) the long-only weights, sum one, of the least variance; exact. covariance: (N, N) positive definite.

    Up to scale they solve C x - 1 = y with x, y >= 0 and x y = 0, found by exchanging all names that violate it. When
    their number has not fallen for `patience` rounds, one is exchanged at a time, which cannot cycle (Murty, 1974).
    Judice and Pires, A block principal pivoting algorithm for large-scale linear complementarity problems, 1994.
    """
    scaled = covariance / np.mean(np.diag(covariance))
    names, left = len(scaled), patience
    inside, fewest = np.ones(names, dtype=np.bool_), names + 1
    for _ in range(20 * names):  # far more than are needed: what is exchanged after them is rounding
        x, y = np.zeros(names), np.zeros(names)
        x[inside] = np.linalg.solve(scaled[np.ix_(inside, inside)], np.ones(int(inside.sum())))
        y[~inside] = scaled[~inside][:, inside] @ x[inside] - 1.0
        wrong = (inside & (x < 0.0)) | (~inside & (y < -1e-11))
        if not wrong.any():
            break
        fewest, left = (int(wrong.sum()), patience) if wrong.sum() < fewest else (fewest, left - 1)
        inside = inside ^ (wrong if left > 0 else np.arange(names) == np.flatnonzero(wrong)[-1])
    return normal(np.maximum(x, 0.0))


def rank(values: Floats, among: Bools) -> Floats:
    """(N,) share of the others in `among` with a lower value, equal ones counted half; NaN outside, 0.5 alone."""
    known = among & ~np.isnan(values)
    ranks, mine = np.full(len(values), np.nan), values[known]
    lower = (mine[:, None] > mine).sum(axis=1) + 0.5 * ((mine[:, None] == mine).sum(axis=1) - 1)
    ranks[known] = lower / (len(mine) - 1) if len(mine) > 1 else 0.5
    return ranks


def paired(history: History, field: str, other: str) -> tuple[Floats, Floats]:
    """(P, N) figures of `field`, and those of `other` for the same period of the same name; NaN where it has none."""
    values, periods = history.fundamental(field), history.fundamental_periods(field)
    partners, ends = history.fundamental(other), history.fundamental_periods(other)
    found = np.full(values.shape, np.nan)
    for row in range(len(partners)):
        found = np.where(periods == ends[row], partners[row], found)
    return values, found


def latest(table: Floats) -> Floats:
    """(N,) the lowest figure of each column of (P, N) that is not NaN."""
    found = np.full(table.shape[1], np.nan)
    for row in table:
        found = np.where(np.isnan(row), found, row)
    return found


def year_before(table: Floats, periods: NDArray[np.datetime64]) -> Floats:
    """(N,) the figure of the period that ended a year, give or take a month, before each name's latest; else NaN."""
    if not len(table):
        return np.full(table.shape[1], np.nan)
    age = (periods[-1] - periods).astype("timedelta64[D]").astype(np.float64)
    off = np.where(np.isnat(periods) | np.isnan(table), np.inf, np.abs(age - YEAR))
    nearest = off.argmin(axis=0)[None]
    close = np.take_along_axis(off, nearest, axis=0)[0] <= SLACK
    return np.where(close, np.take_along_axis(table, nearest, axis=0)[0], np.nan)


def momentum(history: History) -> Floats:
    """(N,) total return from 252 to 21 trading days ago, as a fraction; NaN where a price is missing."""
    prices = history.recent_prices(LONG + 1)
    if len(prices) <= LONG:
        return np.full(prices.shape[1], np.nan)
    found: Floats = prices[-1 - SHORT] / prices[0] - 1.0
    return found


def equal_basket(prices: Floats) -> Floats:
    """(T,) level of a basket of all names (T, N) with prices, held equally, each day anew; 1.0 on the first day."""
    returns = prices[1:] / prices[:-1] - 1.0
    known = ~np.isnan(returns)
    mean = np.where(known, returns, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.cumprod(np.concatenate([[1.0], 1.0 + mean]))


def trailing_high(level: Floats, days: int) -> Floats:
    """(T,) the highest of the last `days` values of a level (T,), each day's own included."""
    high, width = level, 1
    while width < days:  # the highest of a window twice as wide is the higher of two highest
        step = min(width, days - width)
        high = np.concatenate([np.maximum.accumulate(high[:step]), np.maximum(high[step:], high[:-step])])
        width += step
    return high


def spaced_falls(level: Floats, falls: Floats, days: int) -> Bools:
    """(V, T) days on which a level (T,) lies by `falls` (V, 1) or more below the highest of the `days` before.

    After one such day the next `days` days do not count. The spacing starts with the first day of the level.
    """
    low = level <= (1.0 - falls) * trailing_high(level, days + 1)  # (V, T)
    count = len(level)
    coming = np.minimum.accumulate(np.where(low, np.arange(count), count)[:, ::-1], axis=1)[:, ::-1]
    coming = np.pad(coming, ((0, 0), (0, 1)), constant_values=count)  # the next low day at or after each day
    found, rows, day = np.zeros((len(falls), count + 1), dtype=np.bool_), np.arange(len(falls)), coming[:, 0]
    while (day < count).any():
        found[rows, day] = True
        day = coming[rows, np.minimum(day + days + 1, count)]
    return found[:, :count]
