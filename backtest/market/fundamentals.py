"""Published fundamentals: what companies reported, and from which close on it was known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.errors import DataError, listed, nearest
from backtest.market import renames
from backtest.market.align import Bools, Dates, Floats, frozen
from backtest.market.cells import parse_day

Ints = NDArray[np.int64]

NEEDED = ("ticker", "field", "period_end", "published", "value")
FIGURE = ["asset", "field", "period_end", "published"]
"""What tells one row from another."""
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class _Field:
    """The rows of one field by asset, period and day known: R long, each the latest word from `known` to `until`."""

    asset: Ints
    period: Dates
    known: Ints
    until: Ints  # the day from which a restatement replaces it, itself left out
    value: Floats

    def at(self, day: int, assets: int) -> tuple[Ints, Ints, Ints, int]:
        """The rows known on a day, the row and column of each in a table (P, N) filled from below, and P."""
        alive = np.flatnonzero((self.known <= day) & (day < self.until))
        asset = self.asset[alive]
        number = np.bincount(asset, minlength=assets)
        periods = int(number.max(initial=0))
        return alive, periods - np.cumsum(number)[asset] + np.arange(len(alive)), asset, periods


@dataclass(frozen=True)
class Fundamentals:
    """Published figures of a panel of T days and N assets: R rows, in the order of `known`, then period; read-only.

    A later row of the same field, asset and period restates the earlier one from its own day on.
    """

    fields: tuple[str, ...]
    field: Ints  # (R,) index into fields
    asset: Ints  # (R,) index into the panel's assets
    period: Dates  # (R,) datetime64[D], the end of the period the figure is about
    known: Ints  # (R,) the first day at whose close it is known; 0 also for all before the window, T for never
    value: Floats  # (R,) finite

    def values(self, field: str, day: int, assets: int) -> Floats:
        """(P, N) the figures of a field known at the close of `day`, a new read-only array; KeyError for no field.

        The last row holds each name's latest period, the row above it the period before, and so on; P is the most
        periods that a name has; NaN at the top for names with fewer.
        """
        rows = self._by_field[field]
        alive, row, column, periods = rows.at(day, assets)
        table = np.full((periods, assets), np.nan)
        table[row, column] = rows.value[alive]
        table.setflags(write=False)
        return table

    def periods(self, field: str, day: int, assets: int) -> Dates:
        """(P, N) datetime64[D], the ends of the periods of `values`; NaT where that has NaN."""
        rows = self._by_field[field]
        alive, row, column, periods = rows.at(day, assets)
        table = np.full((periods, assets), np.datetime64("NaT", "D"))
        table[row, column] = rows.period[alive]
        table.setflags(write=False)
        return table

    @cached_property
    def _by_field(self) -> Mapping[str, _Field]:
        return {name: self._rows_of(k) for k, name in enumerate(self.fields)}

    def _rows_of(self, number: int) -> _Field:
        mine = np.flatnonzero(self.field == number)
        order = mine[np.lexsort((self.known[mine], self.period[mine], self.asset[mine]))]
        asset, period, known = self.asset[order], self.period[order], self.known[order]
        until = np.full(len(order), NEVER)
        again = (asset[1:] == asset[:-1]) & (period[1:] == period[:-1])
        until[:-1][again] = known[1:][again]
        return _Field(asset, period, known, until, self.value[order])


def parse_fundamentals(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Check a table of text: ticker, field, period_end, published, value; one row a figure, `where` its file.

    Returns asset, field, period_end, published, value, the value a finite number, in the units the file has.  Raises
    DataError for a file without publication dates, and with the line of a cell that is empty or cannot be read, or of
    a second row for one figure.
    """
    _require_columns(table, where)
    for column in ("ticker", "field"):
        empty = np.flatnonzero((table[column] == "").to_numpy())
        if len(empty):
            raise DataError(f"{where}, line {empty[0] + 2}: no {column}. Give it, or remove the row.")
    frame = pd.DataFrame(
        {
            "asset": table["ticker"],
            "field": table["field"],
            "period_end": _days(table, "period_end", where),
            "published": _days(table, "published", where),
            "value": _numbers(table, where),
        }
    )
    again = np.flatnonzero(frame.duplicated(FIGURE).to_numpy())
    if len(again):
        raise DataError(
            f"{where}, line {again[0] + 2}: {_named(table, again[0])} published on "
            f"{table['published'].iloc[again[0]]} has a row already. Keep one; a restatement has a later date."
        )
    return frame


def _require_columns(table: pd.DataFrame, where: str) -> None:
    columns = list(table.columns)
    if "published" not in columns:
        raise DataError(
            f"{where}: no column published. That is a snapshot, and to use today's figures for the past is look-ahead."
            f"{nearest('published', columns)} Give each figure with the day it was published: {listed(NEEDED)}."
        )
    for column in NEEDED:
        if column not in columns:
            raise DataError(
                f"{where}: no column {column}.{nearest(column, columns)} Found {listed(columns)}; "
                f"[data] fundamentals needs {listed(NEEDED)}."
            )


def _named(table: pd.DataFrame, row: int) -> str:
    """'sales of AA for 2024-03-31'"""
    figure = table.iloc[row]
    return f"{figure['field']} of {figure['ticker']} for {figure['period_end']}"


def _days(table: pd.DataFrame, column: str, where: str) -> pd.DatetimeIndex:
    """The dates of a column of text. Few differ, so each is read once."""
    codes, words = pd.factorize(table[column])
    days = [parse_day(word) for word in words]
    bad = [k for k, day in enumerate(days) if day is None]
    if bad:
        row = int(np.flatnonzero(np.isin(codes, bad))[0])
        found = table[column].iloc[row]
        raise DataError(
            f"{where}, line {row + 2}: {column} {found!r} is no date. Write YYYY-MM-DD, such as 2024-03-28."
            if found
            else f"{where}, line {row + 2}: no {column}. Give the date, or remove the row."
        )
    return pd.DatetimeIndex(np.array(days, dtype="datetime64[s]")[codes])


def _numbers(table: pd.DataFrame, where: str) -> Floats:
    numbers = np.array([_number(cell) for cell in table["value"]])
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        row = int(bad[0])
        found = repr(table["value"].iloc[row]) if table["value"].iloc[row] else "nothing"
        raise DataError(
            f"{where}, line {row + 2}: {_named(table, row)} is {found}, and a value is a finite number. "
            "Mend it, or remove the row."
        )
    return numbers


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def under_one_name(frame: pd.DataFrame, spans: Mapping[str, tuple[renames.Span, ...]], where: str) -> pd.DataFrame:
    """The figures with each old ticker replaced by the name it was on the day of publication. Raises DataError."""
    if not spans:
        return frame
    # One figure of one day is what may not differ under the two tickers: `child` is the name renames has for a part.
    figure = frame["field"] + " " + frame["period_end"].dt.strftime("%Y-%m-%d")
    events = frame.rename(columns={"published": "date"}).assign(child=figure)
    moved = renames.renamed(events, spans, "value", where)
    return moved.drop(columns="child").rename(columns={"date": "published"})


def known_figures(table: pd.DataFrame, assets: tuple[str, ...], days: Dates, first: int, delay: int) -> Fundamentals:
    """The figures of these assets with the day of the window from whose close on each is known.

    table: asset, field, period_end, published, value.  days: (D,) trading days of the files up to the window's end;
    first: the window's first row in them.  delay: trading days after publication; 0 is the close of that very day.
    """
    mine = table[table["asset"].isin(assets)]
    fields = tuple(sorted(set(mine["field"])))
    field, asset = (
        pd.Index(names).get_indexer(pd.Index(cells)).astype(np.int64)
        for names, cells in ((fields, mine["field"]), (assets, mine["asset"]))
    )
    period, published = (mine[c].to_numpy().astype("datetime64[D]") for c in ("period_end", "published"))
    known = np.clip(first_close(published, days, delay) - first, 0, len(days) - first)
    # Of two words on one figure that become known together, the later one counts.
    order = np.lexsort((published, known, period, asset, field))
    keys = np.column_stack([field, asset, period.astype(np.int64), known])[order]
    last: Bools = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (keys[1:] != keys[:-1]).any(axis=1)
    kept = order[last]
    kept = kept[np.lexsort((asset[kept], field[kept], period[kept], known[kept]))]
    value = mine["value"].to_numpy(dtype=np.float64)
    return Fundamentals(
        fields, frozen(field[kept]), frozen(asset[kept]), frozen(period[kept]), frozen(known[kept]), frozen(value[kept])
    )


def first_close(published: Dates, days: Dates, delay: int) -> Ints:
    """(R,) the row in `days` of the first close at which each publication is known; len(days) or more for never.

    A figure of a Saturday is known on Monday with a delay of 0 or 1: trading days are counted after the publication.
    Before the first of `days` weekdays are.
    """
    if delay == 0:
        return np.searchsorted(days, published, side="left").astype(np.int64)
    after = np.searchsorted(days, published, side="right").astype(np.int64) + delay - 1
    passed = np.busday_count(np.minimum(published, days[0]) + np.timedelta64(1, "D"), days[0])
    return np.where(published < days[0], np.maximum(after - passed, 0), after)
