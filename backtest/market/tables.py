"""One file in, one strict table out: the only place where market files are opened.

A file is read once: the bytes that are hashed are the bytes that are parsed. CSV is UTF-8 (a byte-order mark is
accepted) with one header line; Parquet is flat. Everything else ends in one sentence.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from numpy.typing import NDArray

from backtest.errors import DataError, listed, nearest
from backtest.market.cells import dates_of, numbers_of
from backtest.market.raw import InputFile

Array = NDArray[Any]

MAX_BYTES = 500_000_000
MAX_ROWS = 5_000_000
MAX_COLUMNS = 20_000
MAX_CELLS = 100_000_000
EMPTY_CELLS = ["", "N/A", "NA", "NaN", "nan", "null"]
DATE_NAMES = ("date", "", "__index_level_0__")
OHLC_WORDS = {"open", "high", "low", "close", "adj close", "adj_close", "volume", "ticker", "symbol"}


@dataclass(frozen=True)
class Source:
    """A file the mandate names: its key in [data], its path as written, and where it lies."""

    key: str
    written: str
    path: Path


@dataclass(frozen=True)
class _Opened:
    """A parsed file whose value columns are as they came; `dates` are still text or timestamps."""

    source: Source
    columns: tuple[str, ...]
    table: pa.Table
    sha256: str

    def input_file(self) -> InputFile:
        return InputFile(self.source.key, self.source.written, self.sha256, self.table.num_rows)


Least = Literal["above zero", "zero or more", "any"]


def read_wide(source: Source, *, what: str, least: Least = "above zero") -> tuple[pd.DataFrame, InputFile]:
    """Read a date x column table of numbers: closes, volumes, shares, rates.

    what: the noun for one cell, 'close'; least: how small it may be.  Returns float64, ascending dates, NaN for empty
    cells; columns that are empty throughout and have no name are dropped.  Raises DataError.
    """
    opened = _open(source, text=())
    _refuse_one_asset_tables(opened)
    date_column = _date_column(opened)
    dates = dates_of(source.written, opened.table.column(date_column))
    names = [name for name in opened.columns if name != date_column]
    values = np.empty((len(dates), len(names)))
    for j, name in enumerate(names):
        values[:, j] = numbers_of(source.written, opened.table.column(name), dates, name, what)
    kept = [j for j, name in enumerate(names) if not (_nameless(name) and np.isnan(values[:, j]).all())]
    frame = _ascending(source, dates, values[:, kept], [names[j] for j in kept])
    _check_range(source, frame, what, least)
    return frame, opened.input_file()


def read_series(
    source: Source, columns: Sequence[str], *, what: str, positive: bool
) -> tuple[pd.Series[float], InputFile]:
    """Read one column of a dated table, the one of `columns` that is there. Raises DataError when two are."""
    opened = _open(source, text=("ticker", "symbol"))
    found = [c for c in opened.columns if c.strip().lower() in columns]
    if len(found) != 1:
        trouble = f"both {found[0]} and {found[1]}, and only one can be meant" if found else "no such column"
        raise DataError(
            f"{source.written}: [data] {source.key} needs one column {' or '.join(columns)} beside the date; "
            f"found {trouble} (columns: {listed(opened.columns)}). Keep the date and the right column."
        )
    dates = dates_of(source.written, opened.table.column(_date_column(opened)))
    values = numbers_of(source.written, opened.table.column(found[0]), dates, found[0], what)
    frame = _ascending(source, dates, values[:, None], [found[0]]).dropna()
    if frame.empty:
        raise DataError(f"{source.written}: column {found[0]} is empty. Give at least one {what}.")
    if positive:
        _check_range(source, frame, what, "above zero")
    return frame[found[0]].rename(source.key), opened.input_file()


def read_long(source: Source, value: str, labels: Sequence[str] = ()) -> tuple[pd.DataFrame, InputFile]:
    """Read a long table `date, ticker, <labels>, <value>`: dividends, splits, spin-offs. Returns date, asset, the rest.

    Rows come in the order of dates, then assets; labels are columns of text, '' where the table has no such column.
    A table with a header and no rows is correct here: no dividend was paid.  Raises DataError.
    """
    opened = _open(source, text=("ticker", *labels), rows_needed=False)
    lowered = {c.strip().lower(): c for c in opened.columns}
    missing = [c for c in ("date", "ticker", value) if c not in lowered]
    if missing:
        raise DataError(
            f"{source.written}: no column {missing[0]}; found {listed(opened.columns)}. "
            f"[data] {source.key} needs date, ticker and {value}."
        )
    dates = dates_of(source.written, opened.table.column(lowered["date"]))
    numbers = numbers_of(source.written, opened.table.column(lowered[value]), dates, value, value)
    words = {label: _words(opened, lowered.get(label)) for label in ("ticker", *labels)}
    frame = pd.DataFrame({"date": _index(dates), "asset": words.pop("ticker"), **words, value: numbers})
    bad = np.flatnonzero(~(numbers > 0.0) | (frame["asset"] == "").to_numpy())
    if len(bad):
        row = frame.iloc[bad[0]]
        raise DataError(
            f"{source.written}, {row['date']:%Y-%m-%d}: {row['asset'] or 'no ticker'} with {value} {row[value]:g}; "
            f"every row needs a ticker and a {value} above zero. Mend or remove the row."
        )
    # Two dividends of different amounts on one day occur in life (ordinary and special); two splits do not, and a
    # company may spin off two others on a day, each of them once.
    _refuse_repeats(source, frame, value, [*labels[:1], *([] if value == "ratio" else [value])])
    return frame.sort_values(["date", "asset"], kind="stable", ignore_index=True), opened.input_file()


def _words(opened: _Opened, column: str | None) -> pd.api.extensions.ExtensionArray:
    """(T,) the cells of a column of text; '' for empty ones and for a column that is not there."""
    cells = [None] * opened.table.num_rows if column is None else opened.table.column(column).to_pylist()
    return pd.array(["" if cell is None else str(cell).strip() for cell in cells], dtype=object)


def read_text(source: Source, needed: Sequence[str], rows_needed: bool = True) -> tuple[pd.DataFrame, InputFile]:
    """Read a table of text (the universe); column names are lowered. Empty cells are ''. Raises DataError."""
    opened = _open(source, text=None, rows_needed=rows_needed)
    lowered = [c.strip().lower() for c in opened.columns]
    for column in needed:
        if column not in lowered:
            raise DataError(
                f"{source.written}: no column {column}.{nearest(column, lowered)} Found {listed(opened.columns)}; "
                f"[data] {source.key} needs {listed(needed)}."
            )
    cells = {
        low: [("" if v is None else str(v).strip()) for v in opened.table.column(name).to_pylist()]
        for low, name in zip(lowered, opened.columns, strict=True)
    }
    return pd.DataFrame(cells, dtype=object), opened.input_file()


# ---------------------------------------------------------------------------------------------------- opening


def _open(source: Source, text: Sequence[str] | None, rows_needed: bool = True) -> _Opened:
    """Bytes to an arrow table. text: names of the columns that hold text, None for all of them."""
    content = _content(source)
    table = _from_csv(source, content, text) if source.path.suffix.lower() == ".csv" else _from_parquet(source, content)
    if rows_needed and table.num_rows == 0:
        raise DataError(f"{source.written}: a header and no rows. Give at least one row of {source.key}.")
    return _Opened(source, tuple(table.column_names), table, hashlib.sha256(content).hexdigest())


def _content(source: Source) -> bytes:
    path, written = source.path, source.written
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise DataError(f"{written}: [data] {source.key} is a .csv or .parquet file, not {path.suffix or 'nameless'}.")
    if not path.is_file():
        raise DataError(
            f"{written}: no such file. [data] {source.key} is a path relative to the mandate's folder; "
            f"looked for {path}."
        )
    size = path.stat().st_size
    if size == 0:
        raise DataError(
            f"{written}: the file is empty. Give a header line and rows, or take {source.key} out of [data]."
        )
    if size > MAX_BYTES:
        raise DataError(f"{written}: {size:,} bytes; at most {MAX_BYTES:,} are read. Cut the file to the window.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{written}: cannot be read: {error.strerror}. Check the file's permissions.") from None


def _from_csv(source: Source, content: bytes, text: Sequence[str] | None) -> pa.Table:
    body = content.removeprefix(b"\xef\xbb\xbf")
    header = _header(source, body)
    _check_size(source, body.count(b"\n") - 1, len(header))
    try:
        return _parse_csv(body, header, text)
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise DataError(f"{source.written}{_ragged(str(error), header)}") from None
    # A cell is not a number: read everything as text, so that the check of its column can name the cell.
    return _parse_csv(body, header, None)


def _parse_csv(body: bytes, header: list[str], text: Sequence[str] | None) -> pa.Table:
    def kind(position: int, name: str) -> pa.DataType:
        is_text = text is None or position == 0 or name.strip().lower() in (*text, "date")
        return pa.string() if is_text else pa.float64()

    return pa_csv.read_csv(
        io.BytesIO(body),
        read_options=pa_csv.ReadOptions(use_threads=False, skip_rows=1, column_names=header),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: kind(i, name) for i, name in enumerate(header)},
            null_values=EMPTY_CELLS,
            strings_can_be_null=True,
            check_utf8=True,
        ),
    )


def _header(source: Source, body: bytes) -> list[str]:
    try:
        line = body.split(b"\n", 1)[0].decode("utf-8")
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{source.written}: not UTF-8 text. Save the file as UTF-8.") from None
    names = next(csv.reader([line.rstrip("\r")]), [])
    if not any(name.strip() for name in names):
        raise DataError(f"{source.written}: the first line is blank; it must name the columns.")
    # Only the first column may do without a name (a saved index); others are told apart by their position.
    names = [name if name.strip() or i == 0 else f"Unnamed: {i}" for i, name in enumerate(names)]
    _refuse_twins(source, names)
    return names


def _from_parquet(source: Source, content: bytes) -> pa.Table:
    try:
        file = pa_parquet.ParquetFile(io.BytesIO(content))
        _check_size(source, file.metadata.num_rows, file.metadata.num_columns)
        _refuse_twins(source, file.schema_arrow.names)
        return file.read(use_threads=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, ValueError) as error:
        raise DataError(
            f"{source.written}: not a readable Parquet file ({_first_line(error)}). Write it again."
        ) from None


def _check_size(source: Source, rows: int, columns: int) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise DataError(
            f"{source.written}: {rows:,} rows of {columns:,} columns; at most {MAX_ROWS:,} rows, "
            f"{MAX_COLUMNS:,} columns and {MAX_CELLS:,} cells are read. Cut the file to the universe and the window."
        )


def _refuse_twins(source: Source, names: Sequence[str]) -> None:
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise DataError(
            f"{source.written}: column {twins[0]!r} appears {Counter(names)[twins[0]]} times. "
            "Each column needs a name of its own; keep the right one."
        )


def _refuse_one_asset_tables(opened: _Opened) -> None:
    """Open, high, low and close of one asset, or of many below each other, are not a date x ticker table."""
    words = {c.strip().lower() for c in opened.columns} & OHLC_WORDS
    # LOW and OPEN are tickers too; the others are not.
    if not words & {"close", "adj close", "adj_close", "ticker", "symbol"}:
        return
    layout = "a long table, one row per date and ticker" if words & {"ticker", "symbol"} else "one asset's table"
    raise DataError(
        f"{opened.source.written}: looks like {layout} (columns: {listed(opened.columns)}). "
        f"[data] {opened.source.key} needs dates down and one column per ticker; pivot it."
    )


# ---------------------------------------------------------------------------------------------------- cells


def _date_column(opened: _Opened) -> str:
    for name in opened.columns:
        if name.strip().lower() in DATE_NAMES:
            return name
    raise DataError(
        f"{opened.source.written}: no date column; found {listed(opened.columns)}. Name the column of dates 'date'."
    )


def _ascending(source: Source, dates: Array, values: Array, names: list[str]) -> pd.DataFrame:
    order = np.argsort(dates, kind="stable")
    ordered = dates[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        raise DataError(f"{source.written}: {ordered[twice[0]]} appears more than once. Keep one row per date.")
    return pd.DataFrame(values[order], index=_index(ordered), columns=pd.Index(names, dtype=object))


def _index(dates: Array) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(dates.astype("datetime64[s]"), name="date")


def _check_range(source: Source, frame: pd.DataFrame, what: str, least: Least) -> None:
    values = frame.to_numpy()
    bad = values <= 0.0 if least == "above zero" else values < 0.0
    if least == "any" or not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    raise DataError(
        f"{source.written}, {frame.index[row]:%Y-%m-%d}: {frame.columns[column]} has {what} {values[row, column]:g}; "
        f"a {what} is {least}. Mend it, or leave the cell empty where there was none."
    )


def _refuse_repeats(source: Source, frame: pd.DataFrame, value: str, apart: Sequence[str]) -> None:
    again = frame.duplicated(["date", "asset", *apart])
    if again.any():
        row = frame[again].iloc[0]
        raise DataError(
            f"{source.written}, {row['date']:%Y-%m-%d}: {row['asset']} has two rows with a {value}, "
            f"the second {row[value]:g}. Keep one."
        )


def _nameless(name: str) -> bool:
    return not name.strip() or name.startswith("Unnamed:")


def _ragged(message: str, header: list[str]) -> str:
    found = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", message)
    if found:
        return f", line {found[1]}: {found[3]} cells where the header names {len(header)}. Mend that line."
    return f": not a well-formed CSV ({message.splitlines()[0][:120]}). Mend the file."


def _first_line(error: Exception) -> str:
    return next(_lines(str(error)), "no reason given")[:120]


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip())
