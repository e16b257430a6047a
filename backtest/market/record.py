"""The live record of a share class: its own prices since launch, the only source of actual performance.

One strict CSV file for each class that has one. A cell that is not what it must be ends the run in one sentence: a
sheet that prints a price nobody paid cannot be called back.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from backtest.errors import DataError, listed, nearest
from backtest.mandate import LoadedMandate
from backtest.market.align import Dates, Floats
from backtest.market.cells import parse_day
from backtest.terms import ShareClass

NEEDED, OPTIONAL = ("date", "nav"), ("distribution", "currency")
MAX_BYTES = 20_000_000
LONGEST_GAP = 6
"""Calendar days from one price to the next: the longest holiday of a market that is open every weekday has five."""
LATEST_END = 5
"""Calendar days by which a record may end before the day for which the sheet is made."""
LEAST_SHARE = 0.9
"""Of the market's trading days that have a price: fewer are not daily prices, and no volatility a year follows."""
LARGEST_MOVE = 0.5
"""A change of one day beyond this is a split of units or a slip of the pen."""


@dataclass(frozen=True)
class Record:
    """What one unit of a share class became, day by day, in its own currency and net of its charges.

    dates: (T,) ascending, from launch on. levels: (T,) total return, the first price at the start; distributions are
    reinvested on their day at that day's price. written: the path as the mandate has it.
    """

    share_class: str
    written: str
    dates: Dates
    levels: Floats

    @property
    def start(self) -> date:
        """The go-live date: figures from this day's price on are actual."""
        found = self.dates[0].astype("datetime64[D]").item()
        assert isinstance(found, date)
        return found


def read_records(loaded: LoadedMandate) -> dict[str, Record]:
    """The record of each share class that names one, by the name of the class. Raises DataError."""
    return {
        one.name: read_record(loaded.folder / one.record, one, str(one.record))
        for one in loaded.mandate.share_class
        if one.record is not None
    }


def read_record(path: Path, share_class: ShareClass, written: str) -> Record:
    """A record from a CSV file with the columns date and nav, and perhaps distribution and currency.

    nav: the class's price in its own currency, net of its charges. With a column distribution it is the price after
    distributions, and the column holds what a unit paid on that day, empty for nothing; without one, nav is total
    return. currency, where it is given, must be that of the class on every row.

    Raises DataError for a file that is not there or not a table of these columns, a row before launch, dates that do
    not ascend, a gap of more than LONGEST_GAP days, a price that is not above zero, or one that moves beyond
    LARGEST_MOVE in a day.
    """
    where = f"[[share_class]] {share_class.name}, record {written}"
    table = _table(path, where)
    dates = _dates(table, share_class, where)
    prices = np.array([_number(row["nav"], f"{where}, {day}", "nav") for row, day in zip(table, dates, strict=True)])
    paid = np.array([
        _number(row.get("distribution") or "0", f"{where}, {day}", "distribution")
        for row, day in zip(table, dates, strict=True)
    ])  # fmt: skip
    if paid[0] > 0.0:
        raise DataError(f"{where}, {dates[0]}: a distribution on the first day, which no holder was paid. Remove it.")
    growth = (prices[1:] + paid[1:]) / prices[:-1]
    wild = np.flatnonzero(np.abs(growth - 1.0) > LARGEST_MOVE)
    if len(wild):
        k = int(wild[0])
        raise DataError(
            f"{where}, {dates[k + 1]}: nav {prices[k + 1]:g} after {prices[k]:g} on {dates[k]}, a change of "
            f"{growth[k] - 1.0:+.0%} in a day; at most {LARGEST_MOVE:.0%} is believed. Mend the price, or put earlier "
            "prices on the footing of today's units."
        )
    levels = prices[0] * np.concatenate([[1.0], np.cumprod(growth)])
    return Record(share_class.name, written, dates, levels)


def record_until(record: Record, as_of: date, trading_days: Dates, launch: date) -> Record:
    """The record up to the day for which the sheet is made.

    trading_days: those of the market, ascending. Raises DataError when the record starts after launch, has no price for
    too many trading days, ends too early, or begins before the market's data do.
    """
    where = f"[[share_class]] {record.share_class}, record {record.written}"
    kept = record.dates <= np.datetime64(as_of, "D")
    if not kept.any():
        raise DataError(
            f"{where}: starts on {record.start}, after the as-of date {as_of}. Leave record out until then."
        )
    dates = record.dates[kept]
    if dates[0] < trading_days[0]:
        raise DataError(
            f"{where}: starts on {record.start}, before the prices of [data], which start on {trading_days[0]}; the "
            "benchmark has no value there. Give prices from launch on."
        )
    missed = trading_days[(trading_days >= np.datetime64(launch, "D")) & (trading_days < dates[0])]
    if len(missed):
        raise DataError(
            f"{where}: starts on {record.start}, after launch on {launch}; there is no price for {missed[0]}. Give the "
            "prices from launch on: a record with its beginning left out is not the record."
        )
    if (np.datetime64(as_of, "D") - dates[-1]).astype(int) > LATEST_END:
        raise DataError(
            f"{where}: ends on {dates[-1]}, more than {LATEST_END} days before the as-of date {as_of}. Add the prices "
            "that are missing, or set [report] as_of to an earlier day."
        )
    open_days = trading_days[(trading_days >= dates[0]) & (trading_days <= dates[-1])]
    share = len(dates) / max(1, len(open_days))
    if share < LEAST_SHARE:
        raise DataError(
            f"{where}: {len(dates)} prices for {len(open_days)} trading days; at least {LEAST_SHARE:.0%} need one. "
            "Give daily prices."
        )
    return Record(record.share_class, record.written, dates, record.levels[kept])


def _table(path: Path, where: str) -> list[Mapping[str, str]]:
    """The rows as text, by the name of their column."""
    lines = list(csv.reader(_text(path, where).splitlines()))
    header = [name.strip().lower() for name in lines[0]] if lines else []
    for name in NEEDED:
        if name not in header:
            raise DataError(f"{where}: no column {name}; found {listed(header) or 'none'}. It needs {listed(NEEDED)}.")
    for name in header:
        if name not in (*NEEDED, *OPTIONAL):
            known = (*NEEDED, *OPTIONAL)
            raise DataError(f"{where}: no such column {name[:40]!r}.{nearest(name, known)} Allowed: {listed(known)}.")
        if header.count(name) > 1:
            raise DataError(f"{where}: column {name} appears {header.count(name)} times; keep one.")
    rows = list(_rows(lines[1:], header, where))
    if len(rows) < 2:
        raise DataError(f"{where}: {len(rows)} rows; a record has two or more. Add the prices since launch.")
    return rows


def _text(path: Path, where: str) -> str:
    if not path.is_file():
        raise DataError(f"{where}: no such file. Give the path of a CSV file, relative to the mandate's folder.")
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{where}: {path.stat().st_size:,} bytes; a record has at most {MAX_BYTES:,}.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{where}: not UTF-8 text. Save the file as UTF-8 and run again.") from None


def _rows(lines: Sequence[Sequence[str]], header: Sequence[str], where: str) -> Iterator[Mapping[str, str]]:
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise DataError(
                f"{where}, line {number}: {len(cells)} cells; the header names {len(header)}. Mend the line."
            )
        yield dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _dates(table: Sequence[Mapping[str, str]], share_class: ShareClass, where: str) -> Dates:
    """The days of the rows, each after the one before it, from launch on; and the currency of each row is right."""
    found: list[np.datetime64] = []
    for row in table:
        day = parse_day(row["date"])
        if day is None:
            raise DataError(f"{where}: date {row['date'][:40]!r} cannot be read. Write dates as YYYY-MM-DD.")
        if share_class.launch is not None and day < np.datetime64(share_class.launch, "D"):
            raise DataError(
                f"{where}: a price of {day}, before launch on {share_class.launch}. Remove it, or mend launch: a class "
                "has no actual figures before it exists."
            )
        if found and day <= found[-1]:
            raise DataError(f"{where}: {day} comes after {found[-1]}; dates must ascend, one row each. Sort the rows.")
        if found and (day - found[-1]).astype(int) > LONGEST_GAP:
            raise DataError(
                f"{where}: no price from {found[-1]} to {day}; at most {LONGEST_GAP} days may pass between two. Add "
                "the prices that are missing."
            )
        currency = row.get("currency", share_class.currency)
        if currency != share_class.currency:
            raise DataError(
                f"{where}, {day}: currency {currency[:40]!r}, and the class is in {share_class.currency}. Give its "
                "prices in its own currency."
            )
        found.append(day)
    return np.array(found, dtype="datetime64[D]")


def _number(cell: str, where: str, column: str) -> float:
    """A finite number: a price above zero, or a distribution of zero or more."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    least = "above zero" if column == "nav" else "zero or more"
    if not math.isfinite(value) or value < 0.0 or (column == "nav" and value == 0.0):
        raise DataError(f"{where}: {column} is {cell[:40]!r}; it must be a number {least}, such as 104.27. Mend it.")
    return value
