"""Panel: the market of one run, and its files, which whoever opens the run folder can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet
from numpy.typing import NDArray

from backtest.errors import RunError
from backtest.market.align import Bools, Dates, Floats, frozen


@dataclass(frozen=True)
class Panel:
    """The market of one run: T trading days, N assets, everything read-only.

    Prices and the benchmark are total-return levels in the base currency. A name's price is carried forward over days
    on which it did not trade, so that holdings can be valued; `traded` says which days are real. Before listing and
    after delisting a price is NaN.
    """

    base_currency: str
    dates: Dates  # (T,) datetime64[D], ascending
    assets: tuple[str, ...]  # (N,) tickers
    names: tuple[str, ...]  # (N,) company names
    themes: tuple[str, ...]  # (N,) capex, adopter or other
    sectors: tuple[str, ...]  # (N,)
    countries: tuple[str, ...]  # (N,) ISO 3166 alpha-2
    currencies: tuple[str, ...]  # (N,) ISO 4217, of the listing
    prices: Floats  # (T, N) total-return level in base currency; NaN outside the listing
    closes: Floats  # (T, N) close in local currency as it came; NaN where there is none
    traded: Bools  # (T, N) there is a close that day
    volumes: Floats  # (T, N) shares; NaN unknown
    traded_value: Floats  # (T, N) close x volume in base currency; NaN unknown
    members: Bools  # (T, N) may be held as of that day's close
    benchmark_weights: Floats  # (T, N) rows sum to one over members
    benchmark: Floats  # (T,) total-return level in base currency
    benchmark_name: str
    cash: Floats  # (T,) total-return level of cash in base currency, 1.0 on the first day
    fx: Mapping[str, Floats]  # currency -> (T,) base currency for one unit of it
    delisted: NDArray[np.int64]  # (N,) index of the last day with a price if the name leaves before the end, else -1


TABLES = ("prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
"""(T, N) fields: one file each, days down and tickers across."""
LABELS = ("names", "themes", "sectors", "countries", "currencies")
FILES = (*(f"{name}.parquet" for name in TABLES), "series.parquet", "assets.parquet")


def write_panel(panel: Panel, folder: Path) -> list[Path]:
    """Write the panel into an existing folder; the same panel gives the same bytes. Returns the files, in order.

    series.parquet holds benchmark, cash and a column fx_<currency> each; assets.parquet a row for each name.
    """
    dates = pa.array(panel.dates, type=pa.date32())
    for name in TABLES:
        table: NDArray[np.generic] = getattr(panel, name)
        columns = {asset: np.ascontiguousarray(table[:, j]) for j, asset in enumerate(panel.assets)}
        _write({"date": dates, **columns}, folder / f"{name}.parquet")
    rates = {f"fx_{currency}": rate for currency, rate in sorted(panel.fx.items())}
    facts = {"base_currency": panel.base_currency, "benchmark_name": panel.benchmark_name}
    levels = {"date": dates, "benchmark": panel.benchmark, "cash": panel.cash, **rates}
    _write(levels, folder / "series.parquet", facts)
    labels = {name: list(getattr(panel, name)) for name in LABELS}
    _write({"ticker": list(panel.assets), **labels, "delisted": panel.delisted}, folder / "assets.parquet")
    return [folder / name for name in FILES]


def read_panel(folder: Path) -> Panel:
    """The panel that write_panel wrote. Raises RunError when a file is missing, unreadable or does not fit."""
    series, assets = _read(folder / "series.parquet"), _read(folder / "assets.parquet")
    tickers = tuple(str(t) for t in assets["ticker"].to_pylist())
    facts = series.schema.metadata or {}
    values = {
        "base_currency": facts[b"base_currency"].decode(),
        "benchmark_name": facts[b"benchmark_name"].decode(),
        "dates": frozen(np.array(series["date"].to_pylist(), dtype="datetime64[D]")),
        "assets": tickers,
        "benchmark": frozen(series["benchmark"].to_numpy()),
        "cash": frozen(series["cash"].to_numpy()),
        "fx": {c[3:]: frozen(series[c].to_numpy()) for c in series.column_names if c.startswith("fx_")},
        "delisted": frozen(assets["delisted"].to_numpy()),
        **{name: tuple(str(v) for v in assets[name].to_pylist()) for name in LABELS},
        **{name: _matrix(folder / f"{name}.parquet", tickers, series.num_rows) for name in TABLES},
    }
    return Panel(**{field.name: values[field.name] for field in fields(Panel)})


def _write(columns: dict[str, object], path: Path, facts: dict[str, str] | None = None) -> None:
    table = pa.table(columns).replace_schema_metadata(facts)
    numbers = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    # Byte streams apart: prices hardly repeat, so a dictionary only costs; their leading bytes do, and compress.
    pa_parquet.write_table(
        table, path, compression="zstd", use_dictionary=others, use_byte_stream_split=numbers, write_statistics=False
    )


def _read(path: Path) -> pa.Table:
    try:
        return pa_parquet.read_table(path, use_threads=False)
    except (OSError, pa.ArrowInvalid):
        raise RunError(f"{path}: missing or not a Parquet file. Run the mandate again.") from None


def _matrix(path: Path, tickers: tuple[str, ...], rows: int) -> NDArray[np.generic]:
    table = _read(path)
    if tuple(table.column_names[1:]) != tickers or table.num_rows != rows:
        raise RunError(f"{path}: its days or tickers differ from series.parquet and assets.parquet. Run again.")
    return frozen(np.column_stack([table[ticker].to_numpy() for ticker in tickers]))
