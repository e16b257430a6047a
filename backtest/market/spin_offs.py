"""Spin-offs: the worth of the shares of a child that holders of the parent were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from backtest.errors import DataError
from backtest.market.align import Bools, Dates, Floats, aligned, next_close
from backtest.market.raw import RawMarket

MOST_DAYS = 10
"""Trading days, the ex-date's included, within which the child must have a close."""


class _SpinOff(NamedTuple):
    date: pd.Timestamp
    asset: str
    child: str
    ratio: float
    currency: str


def distributions(
    raw: RawMarket, days: Dates, closes: Floats, ratios: Floats, rates: Mapping[str, Floats]
) -> pd.DataFrame:
    """What each spin-off paid for one share of the parent: date, asset, amount in the parent's currency.

    closes, ratios: (T, N) of the universe, with listed splits (1.0 on most days); rates: currency -> (T,) base currency
    for one unit.  The amount is ratio x the child's first close on or after the ex-date, converted at that day's rate,
    and the date is that day: 0.5 shares of a child at 12 pay 6.  A spin-off whose child has not traded by the last of
    `days` pays nothing yet.  Raises DataError when MOST_DAYS pass without a close of the child, or without a rate.
    """
    spin_offs = raw.spin_offs
    if spin_offs is None:
        return pd.DataFrame({"date": pd.DatetimeIndex([]), "asset": [], "amount": []})
    column = {ticker: j for j, ticker in enumerate(raw.universe.index)}
    upcoming = next_close(closes)
    found = []
    mine = spin_offs.loc[spin_offs["asset"].isin(column), list(_SpinOff._fields)]
    for one in map(_SpinOff._make, mine.itertuples(index=False)):
        j, ex = column[one.asset], int(np.searchsorted(days, np.datetime64(one.date, "D")))
        if not (~np.isnan(closes[:ex, j])).any():
            continue  # Nobody held the parent before the ex-date as far as the closes reach.
        child = closes[:, column[one.child]] if one.child in column else _closes_of(raw, one.child, days)
        paid = _first_close(child, ex, raw, one)
        reached = upcoming[paid, j] if paid >= 0 else -1
        if reached < 0:
            continue
        amount = float(one.ratio * child[paid] * _exchange(raw, one, rates, days, paid))
        # The ratio is for a share as of the ex-date; a split of the parent since then has made more shares of it.
        shares = float(np.prod(ratios[ex:reached, j]))
        found.append((days[paid], one.asset, amount / shares))
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(np.array([day for day, _, _ in found], dtype="datetime64[s]")),
            "asset": pd.array([asset for _, asset, _ in found], dtype=object),
            "amount": np.array([amount for _, _, amount in found], dtype=np.float64),
        }
    )


def of_universe(spin_offs: pd.DataFrame | None, universe: pd.DataFrame, column: str) -> list[str]:
    """The children, or their currencies, of the spin-offs whose parents are in the universe: each once."""
    if spin_offs is None:
        return []
    return [str(v) for v in dict.fromkeys(spin_offs.loc[spin_offs["asset"].isin(universe.index), column])]


def on_ex_dates(raw: RawMarket, days: Dates, assets: tuple[str, ...]) -> Bools:
    """(T, N) a spin-off of the asset is listed for that day, or for a day without trading since the one before."""
    listed = np.zeros((len(days), len(assets)), dtype=np.bool_)
    if raw.spin_offs is None:
        return listed
    column = {ticker: j for j, ticker in enumerate(assets)}
    mine = raw.spin_offs[raw.spin_offs["asset"].isin(column)]
    when = mine["date"].to_numpy().astype("datetime64[D]")
    for day, row, asset in zip(when, np.searchsorted(days, when), mine["asset"], strict=True):
        if days[0] <= day <= days[-1]:
            listed[row, column[asset]] = True
    return listed


def _closes_of(raw: RawMarket, child: str, days: Dates) -> Floats:
    """(T,) closes of a child outside the universe; NaN where there was none."""
    return aligned(raw.closes, days, pd.Index([child]))[:, 0]


def _first_close(child: Floats, ex: int, raw: RawMarket, one: _SpinOff) -> int:
    """The row of the child's first close on or after the ex-date; -1 when it may still come."""
    traded = np.flatnonzero(~np.isnan(child[ex : ex + MOST_DAYS]))
    if len(traded):
        return ex + int(traded[0])
    if ex + MOST_DAYS > len(child):
        return -1
    raise DataError(
        f"{raw.where('spin_offs')}, {one.date:%Y-%m-%d}: {one.child} has no close on the {MOST_DAYS} trading days "
        f"from then on, so nobody knows what holders of {one.asset} were given. Add its closes, or mend the date."
    )


def _exchange(raw: RawMarket, one: _SpinOff, rates: Mapping[str, Floats], days: Dates, at: int) -> float:
    """Units of the parent's currency for one unit of the child's, on that day."""
    parent = str(raw.universe.at[one.asset, "currency"])
    if one.currency == parent:
        return 1.0
    rate = float(rates[one.currency][at] / rates[parent][at])
    if np.isnan(rate):
        raise DataError(
            f"{raw.where('fx')}, {days[at]}: no rate between {one.currency} and {parent} that day, on which "
            f"{one.asset} spun off {one.child}. Add the rates."
        )
    return rate
