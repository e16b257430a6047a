"""Cells to dates and numbers: the first one that is neither ends in a sentence that names it."""

from __future__ import annotations

import math
import re

import numpy as np
import pyarrow as pa

from backtest.errors import DataError
from backtest.market.align import Dates, Floats

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]00:00(:00(\.0+)?)?)?")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})")


def parse_day(text: str) -> np.datetime64 | None:
    """A calendar day from 'YYYY-MM-DD' (midnight may follow), or None."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return np.datetime64(text[:10], "D")
    except ValueError:
        return None


def dates_of(where: str, column: pa.ChunkedArray) -> Dates:
    """(T,) datetime64[D] from text, timestamps or dates; the first bad one ends in a sentence."""
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            raise DataError(_zoned(where, f"a timestamp in {column.type.tz}"))
        return _midnights(where, column.to_pandas().to_numpy())
    if pa.types.is_date(column.type):
        return np.array(column.to_pylist(), dtype="datetime64[D]")
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise DataError(f"{where}: the date column holds {column.type}, not dates. Write dates as YYYY-MM-DD.")
    cells = column.to_pylist()
    days = [parse_day(cell) if cell is not None else None for cell in cells]
    bad = next((i for i, day in enumerate(days) if day is None), None)
    if bad is not None:
        raise DataError(_bad_date(where, cells[bad], bad))
    return np.array(days, dtype="datetime64[D]")


def _midnights(where: str, stamps: Dates) -> Dates:
    days = stamps.astype("datetime64[D]")
    if np.isnat(days).any():
        raise DataError(_bad_date(where, None, int(np.isnat(days).argmax())))
    if (days != stamps).any():
        stamp = stamps[(days != stamps).argmax()]
        raise DataError(f"{where}: {stamp} has a time of day; daily data needs dates. Keep the date only.")
    return days


def _bad_date(where: str, cell: str | None, row: int) -> str:
    line = row + 2
    if cell is None or not cell.strip():
        hint = "it looks like a second header line; keep one" if row == 0 else "give the date or remove the row"
        return f"{where}, line {line}: no date; {hint}."
    if _ZONED.fullmatch(cell):
        return _zoned(where, cell)
    return f"{where}, line {line}: date {cell!r} cannot be read. Write dates as YYYY-MM-DD, such as 2024-03-28."


def _zoned(where: str, found: str) -> str:
    return (
        f"{where}: {found} has a time zone, and the same moment falls on different trading days in "
        "different zones. Write the exchange's trading day as YYYY-MM-DD."
    )


def numbers_of(where: str, column: pa.ChunkedArray, dates: Dates, name: str, what: str) -> Floats:
    """(T,) float64, NaN for empty cells. Text that is no number, and infinities, end in a sentence."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = np.array([_number(cell) for cell in column.to_pylist()])
        bad, cells = np.isinf(values), column
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        values = column.cast(pa.float64()).to_numpy()
        bad, cells = np.isinf(values), column
    else:
        raise DataError(f"{where}: column {name} holds {kind}, not numbers. Give plain numbers such as 12.34.")
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{where}, {dates[row]}: {name} has {what} {cells[row].as_py()!r}, which is not a number. "
            "Give a plain number such as 12.34, or leave the cell empty."
        )
    return values


def _number(cell: str | None) -> float:
    """A finite number, NaN for an empty cell, inf for anything else."""
    if cell is None:
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        return math.inf
    return math.inf if math.isnan(value) else value
