"""RawMarket: the tables as they came, checked for form and not yet for sense."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from backtest.errors import DataError


@dataclass(frozen=True)
class InputFile:
    """One input and the proof of which bytes it was."""

    name: str  # the mandate's key: closes, dividends, ...
    path: str  # as written in the mandate
    sha256: str
    rows: int


@dataclass(frozen=True)
class RawMarket:
    """What the sources hold. Indexes named `date` ascend, without time of day; nothing is aligned or converted yet."""

    closes: pd.DataFrame  # date x ticker, local currency, NaN where there was no close
    universe: pd.DataFrame  # by ticker: name, sector, theme, country, currency, listed, delisted (NaT when not given)
    dividends: pd.DataFrame  # date, asset, amount: per share, gross, local currency, on the ex-date
    splits: pd.DataFrame  # date, asset, ratio: new shares for one old share, on the first day of the new price
    fx: pd.DataFrame  # date x currency: units for one unit of fx_base
    fx_base: str
    volumes: pd.DataFrame | None = None  # date x ticker, shares
    shares: pd.DataFrame | None = None  # date x ticker, shares in issue, on the same footing as the closes
    benchmark: pd.Series[float] | None = None  # total-return level
    benchmark_currency: str | None = None
    benchmark_name: str | None = None
    cash_level: pd.Series[float] | None = None  # total-return level in base currency
    cash_rate: pd.Series[float] | None = None  # per year, as a fraction, simple, actual days over 365
    currency_rates: pd.DataFrame | None = None  # date x currency, as the cash rate
    half_spreads: pd.DataFrame | None = None  # date x ticker, basis points; a row stands until the next one
    ticker_changes: pd.DataFrame | None = None  # date, old, new: made good already; kept for the record
    # date, asset, child, ratio, currency: shares of `child`, quoted in `currency`, for one of `asset`, on the ex-date;
    # the children that are not in the universe have columns of their own in `closes`
    spin_offs: pd.DataFrame | None = None
    # asset, field, period_end, published, value: one row a figure; a later `published` restates it
    fundamentals: pd.DataFrame | None = None
    synthetic: bool = False
    inputs: tuple[InputFile, ...] = ()

    def where(self, name: str) -> str:
        """How the input is called in messages: its path as written in the mandate."""
        return next((i.path for i in self.inputs if i.name == name), "the sample market" if self.synthetic else name)

    def days(self, start: object, end: object) -> pd.DatetimeIndex:
        """Days with closes from `start` to `end`, both included; None is open."""
        index = pd.DatetimeIndex(self.closes.index)
        first = index[0] if start is None else pd.Timestamp(str(start))
        last = index[-1] if end is None else pd.Timestamp(str(end))
        if start is not None and end is not None and first > last:
            raise DataError(
                f"[data] start {first:%Y-%m-%d} is after end {last:%Y-%m-%d}. "
                "Put the earlier day in start, the later one in end."
            )
        inside = index[(index >= first) & (index <= last)]
        if not len(inside):
            window = " ".join(f"{word} {day:%Y-%m-%d}" for word, day in _given(start, end, first, last))
            raise DataError(
                f"{self.where('closes')}: no trading day {window}; the file holds "
                f"{index[0]:%Y-%m-%d} to {index[-1]:%Y-%m-%d}. Change [data] start or end."
            )
        return inside


def _given(start: object, end: object, first: pd.Timestamp, last: pd.Timestamp) -> list[tuple[str, pd.Timestamp]]:
    """The ends of the window that the mandate sets, for a message."""
    ends = (("from", start, first), ("to", end, last))
    return [(word, day) for word, wanted, day in ends if wanted is not None]
