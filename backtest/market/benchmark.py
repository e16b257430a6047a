"""The benchmark's weights and level, and cash: what the portfolio is measured against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.errors import DataError
from backtest.mandate import Data
from backtest.market.align import MAX_FILL_DAYS, Bools, Dates, Floats, as_of, carried
from backtest.market.raw import RawMarket

MIN_TRADED_DAYS = 20
"""Days of known traded value a name needs before it has a benchmark weight from traded value."""
DAYS_PER_YEAR = 365.0
"""A cash rate accrues by actual days over 365."""


def weights_and_members(
    raw: RawMarket, data: Data, days: Dates, values: Floats, traded_value: Floats, held: Bools
) -> tuple[Floats, Bools]:
    """(T, N) weights whose rows sum to one over members, and the members, from what is known at each close.

    shares: shares in issue x last close, in base currency.  traded_value: mean of close x volume over the trailing
    window; a name with fewer than MIN_TRADED_DAYS known days is not yet a member.  equal: one share each.
    """
    if data.benchmark_weights == "equal":
        size = held.astype(np.float64)
    elif data.benchmark_weights == "traded_value":
        if raw.volumes is None:
            raise DataError(
                '[data] benchmark_weights = "traded_value" needs [data] volumes. Give the file, or "equal".'
            )
        size, counts = _trailing_mean(traded_value, data.benchmark_window)
        held = held & (counts >= MIN_TRADED_DAYS)
    else:
        found = market_values(raw, days, values)
        if found is None:
            raise DataError(
                '[data] benchmark_weights = "shares" needs [data] shares. Give the file, or "traded_value" or "equal".'
            )
        size = found
        held = held & (size > 0.0)
    size = np.where(held & (size > 0.0), size, 0.0)
    total = size.sum(axis=1, keepdims=True)
    return np.divide(size, total, out=np.zeros_like(size), where=total > 0.0), held


def market_values(raw: RawMarket, days: Dates, values: Floats) -> Floats | None:
    """(T, N) shares in issue x `values`, the last close in base currency; NaN unknown, None without shares."""
    return None if raw.shares is None else _shares_in_issue(raw.shares, days, raw.universe.index) * values


def _shares_in_issue(shares: pd.DataFrame, days: Dates, assets: pd.Index) -> Floats:
    """(T, N) the latest count at or before each day: a file may hold one row per change."""
    stamps = shares.index.to_numpy().astype("datetime64[D]")
    table = carried(shares[list(assets)].to_numpy(dtype=np.float64))
    latest = np.searchsorted(stamps, days, side="right") - 1
    return np.where((latest >= 0)[:, None], table[np.maximum(latest, 0)], np.nan)


def _trailing_mean(values: Floats, window: int) -> tuple[Floats, NDArray[np.int64]]:
    """Mean of the known values among the last `window` rows, the current one included, and how many were known."""
    known = ~np.isnan(values)
    sums = np.cumsum(np.where(known, values, 0.0), axis=0)
    counts = np.cumsum(known, axis=0, dtype=np.int64)
    sums[window:] -= sums[:-window].copy()
    counts[window:] -= counts[:-window].copy()
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0), counts


def require_members(weights: Floats, days: Dates, data: Data) -> None:
    """Raises DataError when no name has a weight on some day."""
    empty = ~(weights.sum(axis=1) > 0.0)
    if empty.any():
        day = days[empty][-1]
        raise DataError(
            f'[data] benchmark_weights = "{data.benchmark_weights}": no name has a weight on {day}. '
            "Start the window later, or give data that begin earlier."
        )


def level(raw: RawMarket, days: Dates, rates: Mapping[str, Floats], own: Floats) -> Floats:
    """(T,) total-return level in base currency: the file's, converted at `rates` (T,); or `own` when there is none."""
    if raw.benchmark is None:
        return own
    values = as_of(raw.benchmark, days)
    if np.isnan(values).any():
        known = raw.benchmark.index
        raise DataError(
            f"{raw.where('benchmark')}, {days[np.isnan(values)][0]}: the benchmark has no level that day nor in the "
            f"{MAX_FILL_DAYS} trading days before; it runs from {known[0]:%Y-%m-%d} to {known[-1]:%Y-%m-%d}. "
            "Give a benchmark that covers the window, or change [data] start or end."
        )
    return values * rates[raw.benchmark_currency or ""]


def own_level(weights: Floats, prices: Floats, held: Bools) -> Floats:
    """(T,) 100 on the first day, then each day the return of the weights of the day before.

    The last price of a name that is a member no more is final: its return that day is zero.
    """
    growth = prices[1:] / prices[:-1] - 1.0
    returns = (weights[:-1] * np.where(held[1:] & ~np.isnan(growth), growth, 0.0)).sum(axis=1)
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + returns)])


def name(raw: RawMarket, data: Data) -> str:
    """What the sheet calls the benchmark: the mandate's name for it, else a plain description."""
    own = {"shares": "market value", "traded_value": "traded value", "equal": "equal weights"}[data.benchmark_weights]
    return data.benchmark_name or raw.benchmark_name or f"The universe by {own}"


def cash(raw: RawMarket, days: Dates) -> Floats:
    """(T,) level of cash, 1.0 on the first day: the file's; or a rate accrued by actual days; else constant.

    A rate stands until the next one is given, as a central bank's does; a level must be there on each day.
    """
    if raw.cash_level is not None:
        values = as_of(raw.cash_level, days)
        _cash_known(raw.where("cash_index"), values, days)
        relative: Floats = values / values[0]
        return relative
    if raw.cash_rate is None:
        return np.ones(len(days))
    rate = as_of(raw.cash_rate, days, most=None)
    _cash_known(raw.where("cash_rate"), rate, days)
    elapsed = np.diff(days).astype(np.int64) / DAYS_PER_YEAR
    return np.concatenate([[1.0], np.cumprod(1.0 + rate[:-1] * elapsed)])


def _cash_known(where: str, values: Floats, days: Dates) -> None:
    if np.isnan(values).any():
        raise DataError(
            f"{where}, {days[np.isnan(values)][0]}: cash is not known that day. "
            "Give it for the whole window, or change [data] start or end."
        )
