"""Result: what a simulation hands on. Data only: no metrics, no plots, no logging on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Result:
    """One simulated run of V variants over T days, N assets and K moments at which something was traded.

    Values are in the base currency. The first day is the first trade date; `nav[0]` is what is left of `capital`
    after the cost of the first trade. Units are of total-return series: a unit's price includes reinvested dividends.
    """

    dates: Dates  # (T,) trading days, from the first trade date to the last day of the window
    assets: tuple[str, ...]  # (N,)
    capital: float
    nav: Floats  # (T, V) after trading costs, before charges
    trade_days: Ints  # (K,) index into dates, ascending; delistings included
    is_rebalance: NDArray[np.bool_]  # (K,) False where only a delisted position was sold
    orders: Floats  # (K, V, N) units bought (+) or sold (-)
    order_prices: Floats  # (K, N) price of one unit at which the order was filled, haircut included; NaN if untraded
    costs: Floats  # (K, V) cost of the trade in base currency, never negative
    turnover: Floats  # (K, V) one-way: half of buys plus sells over NAV before the trade; the first purchase is 0.5
    units: Floats  # (K, V, N) held from that day's close until the next trade
    cash: Floats  # (K, V) cash right after the trade, in base currency
    target_weights: Floats  # (K, V, N) feasible targets; NaN rows where only a delisted position was sold
    decision_days: Dates  # (K,) the decision date behind each trade; NaT for delistings
    binding: tuple[tuple[str, ...], ...]  # (K,) names of the constraints that bound in any variant


def segment_of(result: Result) -> Ints:
    """(T,) for each day the index of the trade whose holdings stand at its close."""
    return np.searchsorted(result.trade_days, np.arange(len(result.dates)), side="right") - 1
