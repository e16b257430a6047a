"""Risk: dispersion of daily returns, and return per unit of it.

`returns` are simple daily returns, (T,) or (T, V), without the first one of a simulated series: the cost of entry is
not the market's movement. All results are annual, for 252 trading days, with the sample standard deviation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DEGREES_OF_FREEDOM, FLAT, LEAST_TRACKING_ERROR, TRADING_DAYS_PER_YEAR

Floats = NDArray[np.float64]
Numbers = Floats | float


def volatility(returns: Floats) -> Floats:
    """Annualised standard deviation of daily returns, std(r, ddof 1) x sqrt(252); scalar or (V,), never negative.

    Daily returns +1 %, -1 %, +1 %, -1 % give 0.1833; a flat line gives 0. NaN under two returns or when any is NaN.
    """
    if len(returns) < 2:
        return np.full(returns.shape[1:], np.nan)[()]
    deviation = np.asarray(np.std(returns, axis=0, ddof=DEGREES_OF_FREEDOM))
    return np.asarray(deviation * np.sqrt(TRADING_DAYS_PER_YEAR))[()]


def tracking_error(returns: Floats, benchmark_returns: Floats) -> Floats:
    """Volatility of the daily difference from the benchmark, annualised; scalar or (V,), zero for the benchmark itself.

    returns (T,) or (T, V), benchmark_returns (T,). NaN as for volatility. Roll (1992).
    """
    return volatility(returns - _like(benchmark_returns, returns))


def beta(returns: Floats, benchmark_returns: Floats) -> Floats:
    """Covariance of daily returns with the benchmark's over the benchmark's variance; scalar or (V,).

    returns (T,) or (T, V), benchmark_returns (T,). A portfolio that moves half as much, in step, has 0.5; the benchmark
    itself 1; one that moves against it is negative. NaN under two returns, for a benchmark that does not move, or when
    any return is NaN. Sharpe (1964).
    """
    if len(returns) < 2:
        return np.full(returns.shape[1:], np.nan)[()]
    own, other = returns - returns.mean(axis=0), benchmark_returns - benchmark_returns.mean()
    moving = np.sqrt(np.mean(other**2)) > FLAT
    return np.asarray((own * _like(other, own)).sum(axis=0) / (np.sum(other**2) if moving else np.nan))[()]


def information_ratio(annualised: Numbers, benchmark_annualised: Numbers, error: Numbers) -> Floats:
    """Annualised return less the benchmark's, per unit of tracking error; any shape.

    8 % against 6 % with a tracking error of 4 % is 0.5; behind the benchmark it is negative.
    NaN when either return is NaN (under one year) or the tracking error is below LEAST_TRACKING_ERROR. Grinold and Kahn
    (2000).
    """
    active = np.asarray(annualised, dtype=float) - np.asarray(benchmark_annualised, dtype=float)
    close = np.asarray(error, dtype=float) < LEAST_TRACKING_ERROR
    return _per_unit(active, np.where(close, 0.0, error))


def sharpe_ratio(returns: Floats, cash_returns: Floats) -> Floats:
    """Mean daily return above cash x 252, over the annualised volatility of that excess; scalar or (V,).

    returns (T,) or (T, V), cash_returns (T,). Positive when the mean return beats cash: excess returns of +2 %, 0 %
    give 11.22. Adding a constant to both series leaves it unchanged. NaN under two returns, when the excess does not
    move, or when any return is NaN. Sharpe (1994).
    """
    excess = returns - _like(cash_returns, returns)
    if len(excess) < 2:
        return np.full(excess.shape[1:], np.nan)[()]
    return _per_unit(excess.mean(axis=0) * TRADING_DAYS_PER_YEAR, volatility(excess))


def _per_unit(reward: Floats, risk: Floats) -> Floats:
    moving = risk > FLAT * np.sqrt(TRADING_DAYS_PER_YEAR)
    return np.where(moving, reward / np.where(moving, risk, np.nan), np.nan)[()]


def _like(one: Floats, many: Floats) -> Floats:
    """One series (T,) shaped to broadcast against (T,) or (T, V)."""
    return one.reshape(one.shape + (1,) * (many.ndim - one.ndim))
