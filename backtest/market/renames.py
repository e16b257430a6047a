"""Ticker changes: a company that traded under one ticker and then another is one name, called by the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.errors import DataError, nearest
from backtest.market.align import Bools, Dates
from backtest.market.cells import parse_day

NEEDED = ("date", "old", "new")
ALWAYS = (np.datetime64("0001-01-01"), np.datetime64("9999-12-31"))


@dataclass(frozen=True)
class Span:
    """A ticker from `first` up to the day before `end`."""

    ticker: str
    first: np.datetime64
    end: np.datetime64


def parse_ticker_changes(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Check a table of text: date, old, new; in the order of dates. Raises DataError with file, line and ticker."""
    for line, row in enumerate(table.to_dict("records"), start=2):
        here = f"{where}, line {line}"
        if parse_day(row["date"]) is None:
            raise DataError(f"{here}: date {row['date']!r} cannot be read. Write dates as YYYY-MM-DD.")
        if not row["old"] or not row["new"] or row["old"] == row["new"]:
            found = f"old {row['old']!r} and new {row['new']!r}"
            raise DataError(f"{here}: found {found}. Give two different tickers, or remove the row.")
    for word in ("old", "new"):
        twice = table[table.duplicated(["date", word])]
        if len(twice):
            day, ticker = twice.iloc[0][["date", word]]
            raise DataError(f"{where}, {day}: {ticker} stands twice as {word}. Keep one of the rows.")
    days = pd.DatetimeIndex(np.array([parse_day(d) for d in table["date"]], dtype="datetime64[s]"))
    parsed = pd.DataFrame({"date": days, "old": table["old"].to_numpy(), "new": table["new"].to_numpy()})
    return parsed.sort_values("date", kind="stable", ignore_index=True)


def spans_of(names: Iterable[str], changes: pd.DataFrame, where: str) -> dict[str, tuple[Span, ...]]:
    """The tickers each name traded under, the last one first; names without a change are left out.

    A ticker may pass from one company to another: a row reaches back to the day on which its old ticker was last given
    up by somebody else.  Raises DataError for a name that is somebody's old ticker and nobody's since.
    """
    rows = [
        (np.datetime64(day, "D"), str(old), str(new))
        for day, old, new in zip(changes["date"], changes["old"], changes["new"], strict=True)
    ]
    touched = {ticker for _, old, new in rows for ticker in (old, new)}
    return {name: _walk_back(name, rows, where) for name in names if name in touched}


def _walk_back(name: str, rows: list[tuple[np.datetime64, str, str]], where: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    ticker, end = name, ALWAYS[1]
    while True:
        # On a day on which one company leaves a ticker and another takes it, the one that takes it counts.
        earlier = [(day, new == ticker, old, new) for day, old, new in rows if day < end and ticker in (old, new)]
        if not earlier:
            return (*spans, Span(ticker, ALWAYS[0], end))
        day, is_ours, old, new = max(earlier, key=lambda row: row[:2])
        if not is_ours and not spans:
            raise DataError(
                f"{where}, {day}: {name} became {new}, and the universe still calls it {name}. Write {new} there."
            )
        spans.append(Span(ticker, day, end))
        if not is_ours:
            return tuple(spans)
        ticker, end = old, day


def spliced(table: pd.DataFrame, spans: Mapping[str, tuple[Span, ...]], where: str) -> pd.DataFrame:
    """The date x ticker table in which each name's column holds what it was under each of its tickers.

    The columns of old tickers go.
    A table without the old ticker's column has the past under the new one, and there it is taken.  Raises DataError
    for a cell of a ticker on a day on which it was not the name's, unless it repeats the name's own value.
    """
    days = table.index.to_numpy().astype("datetime64[D]")
    present = {name: _present(mine, table.columns) for name, mine in spans.items()}
    owned = _owned(present, days)
    joined: dict[str, NDArray[np.float64]] = {}
    for name, mine in present.items():
        if not any(span.ticker in table.columns for span in mine):
            continue
        values = np.full(len(days), np.nan)
        for span in mine:
            if span.ticker in table.columns:
                inside = _inside(span, days)
                values[inside] = table[span.ticker].to_numpy(dtype=np.float64)[inside]
        for ticker in sorted({span.ticker for span in mine} & set(table.columns)):
            _refuse_strays(table[ticker].to_numpy(dtype=np.float64), values, owned[ticker], days, (ticker, name, where))
        joined[name] = values
    used = {span.ticker for name in joined for span in present[name]}
    kept = [column for column in table.columns if column not in joined and column not in used]
    return pd.concat([table[kept], pd.DataFrame(joined, index=table.index)], axis=1)


def require_columns(closes: pd.DataFrame, spans: Mapping[str, tuple[Span, ...]], where: str, closes_path: str) -> None:
    """Raises DataError when the past of a name is neither under its old ticker nor under its new one."""
    days = closes.index.to_numpy().astype("datetime64[D]")
    for name, mine in spans.items():
        for span, before in pairwise(mine):
            known = name in closes.columns and closes[name].notna().to_numpy()[days < span.first].any()
            if before.ticker not in closes.columns and not known and (days < span.first).any():
                raise DataError(
                    f"{where}, {span.first}: {before.ticker} has no column in {closes_path}, and {name} no close "
                    f"before that day.{nearest(before.ticker, closes.columns)} Add the column, or remove the row."
                )


def _present(mine: tuple[Span, ...], columns: pd.Index) -> tuple[Span, ...]:
    """The spans with a column; the time of one without is the next ticker's."""
    kept: list[Span] = []
    for span in mine:
        if kept and span.ticker not in columns:
            kept[-1] = replace(kept[-1], first=span.first)
        else:
            kept.append(span)
    return tuple(kept)


def _inside(span: Span, days: Dates) -> Bools:
    inside: Bools = (days >= span.first) & (days < span.end)
    return inside


def _owned(spans: Mapping[str, tuple[Span, ...]], days: Dates) -> dict[str, Bools]:
    """Ticker -> (T,) days on which it belongs to one of the names."""
    owned: dict[str, Bools] = {}
    for mine in spans.values():
        for span in mine:
            owned[span.ticker] = owned.get(span.ticker, np.zeros(len(days), dtype=np.bool_)) | _inside(span, days)
    return owned


def _refuse_strays(
    cells: NDArray[np.float64],
    values: NDArray[np.float64],
    owned: Bools,
    days: Dates,
    words: tuple[str, str, str],
) -> None:
    stray = ~np.isnan(cells) & ~owned & ~(cells == values)
    if stray.any():
        row, (ticker, name, where) = int(stray.argmax()), words
        other = f"{values[row]:.10g}" if not np.isnan(values[row]) else "no value"
        raise DataError(
            f"{where}, {days[row]}: {ticker} has {cells[row]:.10g} on a day on which it was not the ticker of {name}, "
            f"which has {other}. Empty the cell, or mend the date in [data] ticker_changes."
        )


def renamed(
    events: pd.DataFrame, spans: Mapping[str, tuple[Span, ...]], value: str, where: str, column: str = "asset"
) -> pd.DataFrame:
    """The events with each old ticker in `column` replaced by the name it was on that day.

    An event that is given under both tickers counts once; with two values it is a DataError.  An event under the new
    ticker before it was taken is the name's: lists of events often carry today's tickers.
    """
    holders: dict[str, list[tuple[Span, str]]] = {}
    for name, mine in spans.items():
        for span in mine:
            holders.setdefault(span.ticker, []).append((span, name))
    days = events["date"].to_numpy().astype("datetime64[D]")
    labels = [_name_on(ticker, day, holders) for ticker, day in zip(events[column], days, strict=True)]
    moved = events.assign(_label=events[column].to_numpy())
    moved[column] = pd.array(labels, dtype=object)
    if not (moved["_label"] != moved[column]).to_numpy().any():
        return events
    keys = [key for key in ("date", "asset", "child") if key in moved]
    several = moved.groupby(keys)["_label"].transform("nunique") > 1
    for key, group in moved[several].groupby(keys):
        lists = [sorted(rows[value]) for _, rows in group.groupby("_label")]
        if any(values != lists[0] for values in lists):
            day, asset = key[0], key[1]
            pairs = zip(group["_label"], group[value], strict=True)
            both = " and ".join(f"{ticker} {number:g}" for ticker, number in pairs)
            raise DataError(
                f"{where}, {day:%Y-%m-%d}: {asset} has one {value} under each of its tickers, and they differ: {both}. "
                "Keep the right one."
            )
    first = moved.groupby(keys)["_label"].transform("first")
    kept = moved[first == moved["_label"]].drop(columns="_label")
    return kept.sort_values(keys, kind="stable", ignore_index=True)


def _name_on(ticker: str, day: np.datetime64, holders: Mapping[str, list[tuple[Span, str]]]) -> str:
    """The name that bore the ticker on that day; the ticker itself when no name did."""
    return next((name for span, name in holders.get(ticker, ()) if span.first <= day < span.end), ticker)
