"""Panel: the market of one run, and its files, which whoever opens the run folder can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet
from numpy.typing import NDArray

from backtest.errors import RunError
from backtest.market.align import Bools, Dates, Floats, frozen
from backtest.market.fundamentals import Fundamentals


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
    issuers: tuple[str, ...] = ()  # (N,) issuer of each line; empty: each line is its own issuer
    issuer_groups: tuple[str, ...] = ()  # (N,) group of companies; empty: each issuer is its own group
    half_spreads: Floats | None = None  # (T, N) fraction of traded value; NaN where the table holds none
    # currency -> (T,) yearly simple rate, fraction; NaN before its first rate
    interest: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    actual_closes: bool = True  # False where the supplier had adjusted the closes
    fundamentals: Fundamentals | None = None  # published figures, each from the close at which it was known
    market_values: Floats | None = None  # (T, N) shares in issue x last close in base currency; NaN unknown

    @cached_property
    def full_days(self) -> Bools:
        """(T,) days on which every name is a member, has a close of that day and a price. Read-only, computed once."""
        full: Bools = np.all(self.members & self.traded & ~np.isnan(self.prices), axis=1)
        full.setflags(write=False)
        return full

    @cached_property
    def filled(self) -> Floats:
        """(T, N) prices with 0.0 where there is none, so that nothing held there is worth nothing and not NaN.

        Read-only, computed once; `prices` itself when none is missing.
        """
        missing = np.isnan(self.prices)
        if not missing.any():
            return self.prices
        filled = np.where(missing, 0.0, self.prices)
        filled.setflags(write=False)
        return filled

    @cached_property
    def priced_until(self) -> NDArray[np.int64]:
        """(N,) the last day of the first unbroken row of prices of each name; -1 without any."""
        priced = ~np.isnan(self.prices)
        first = priced.argmax(axis=0)
        missing = ~priced & (np.arange(len(priced))[:, None] > first)
        until = np.where(missing.any(axis=0), missing.argmax(axis=0), len(priced)) - 1
        return np.where(priced.any(axis=0), until, -1)

    @cached_property
    def levels(self) -> Floats:
        """(T, N + 1) `filled`, and the level of cash as the last asset: what positions are worth is one product."""
        levels = np.column_stack([self.filled, self.cash])
        levels.setflags(write=False)
        return levels


TABLES = ("prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
"""(T, N) fields: one file each, days down and tickers across."""
OPTIONAL_TABLES = ("half_spreads", "market_values")
"""More such fields, for the runs that have them."""
FUNDAMENTALS = "fundamentals"
"""One row a figure, for the runs that have them."""
LABELS = ("names", "themes", "sectors", "countries", "currencies")
OPTIONAL_LABELS = ("issuers", "issuer_groups")
FILES = (*(f"{name}.parquet" for name in TABLES), "series.parquet", "assets.parquet")


def write_panel(panel: Panel, folder: Path) -> list[Path]:
    """Write the panel into an existing folder; the same panel gives the same bytes. Returns the files, in order.

    series.parquet holds benchmark, cash and a column fx_<currency> and rate_<currency> each; assets.parquet a row for
    each name; half_spreads, market_values and fundamentals have files only when the panel has them.
    """
    dates = pa.array(panel.dates, type=pa.date32())
    tables = [name for name in (*TABLES, *OPTIONAL_TABLES) if getattr(panel, name) is not None]
    for name in tables:
        table: NDArray[np.generic] = getattr(panel, name)
        columns = {asset: np.ascontiguousarray(table[:, j]) for j, asset in enumerate(panel.assets)}
        _write({"date": dates, **columns}, folder / f"{name}.parquet")
    rates = {f"fx_{currency}": rate for currency, rate in sorted(panel.fx.items())}
    rates |= {f"rate_{currency}": rate for currency, rate in sorted(panel.interest.items())}
    facts = {"base_currency": panel.base_currency, "benchmark_name": panel.benchmark_name}
    facts["actual_closes"] = "true" if panel.actual_closes else "false"
    levels = {"date": dates, "benchmark": panel.benchmark, "cash": panel.cash, **rates}
    _write(levels, folder / "series.parquet", facts)
    given = [name for name in OPTIONAL_LABELS if getattr(panel, name)]
    labels = {name: list(getattr(panel, name)) for name in (*LABELS, *given)}
    _write({"ticker": list(panel.assets), **labels, "delisted": panel.delisted}, folder / "assets.parquet")
    if panel.fundamentals is not None:
        _write_fundamentals(panel.fundamentals, panel, folder / f"{FUNDAMENTALS}.parquet")
    extra = [name for name in (*OPTIONAL_TABLES, FUNDAMENTALS) if getattr(panel, name) is not None]
    for name in {*OPTIONAL_TABLES, FUNDAMENTALS} - set(extra):
        # An older panel's file in the same folder would be read as this one's.
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    return [*(folder / name for name in FILES), *(folder / f"{name}.parquet" for name in extra)]


def read_panel(folder: Path) -> Panel:
    """The panel that write_panel wrote. Raises RunError when a file is missing, unreadable or does not fit."""
    series, assets = _read(folder / "series.parquet"), _read(folder / "assets.parquet")
    tickers = tuple(str(t) for t in assets["ticker"].to_pylist())
    facts = series.schema.metadata or {}
    tables = [*TABLES, *(name for name in OPTIONAL_TABLES if (folder / f"{name}.parquet").exists())]
    labels = [name for name in (*LABELS, *OPTIONAL_LABELS) if name in assets.column_names]
    dates = frozen(np.array(series["date"].to_pylist(), dtype="datetime64[D]"))
    figures = folder / f"{FUNDAMENTALS}.parquet"
    values = {
        "base_currency": facts[b"base_currency"].decode(),
        "benchmark_name": facts[b"benchmark_name"].decode(),
        "actual_closes": facts.get(b"actual_closes") != b"false",
        "dates": dates,
        "assets": tickers,
        "benchmark": frozen(series["benchmark"].to_numpy()),
        "cash": frozen(series["cash"].to_numpy()),
        "fx": _by_currency(series, "fx_"),
        "interest": _by_currency(series, "rate_"),
        "delisted": frozen(assets["delisted"].to_numpy()),
        "fundamentals": _read_fundamentals(figures, tickers, dates) if figures.exists() else None,
        **{name: tuple(str(v) for v in assets[name].to_pylist()) for name in labels},
        **{name: _matrix(folder / f"{name}.parquet", tickers, series.num_rows) for name in tables},
    }
    return Panel(**{field.name: values[field.name] for field in fields(Panel) if field.name in values})


def _by_currency(series: pa.Table, prefix: str) -> dict[str, Floats]:
    """Currency -> (T,) of the columns whose names begin so."""
    names = [name for name in series.column_names if name.startswith(prefix)]
    return {name.removeprefix(prefix): frozen(series[name].to_numpy()) for name in names}


def _write_fundamentals(figures: Fundamentals, panel: Panel, path: Path) -> None:
    """In words: ticker, field, period_end, value, and `known`, the day of its first close; empty for never."""
    days = np.append(panel.dates, np.datetime64("NaT", "D"))
    columns = {
        "ticker": np.array(panel.assets, dtype=object)[figures.asset],
        "field": np.array(figures.fields, dtype=object)[figures.field],
        "period_end": pa.array(figures.period, type=pa.date32()),
        "known": pa.array(days[figures.known], type=pa.date32()),
        "value": figures.value,
    }
    _write(columns, path, {"fields": json.dumps(figures.fields)})


def _read_fundamentals(path: Path, tickers: tuple[str, ...], dates: Dates) -> Fundamentals:
    table = _read(path)
    fields = tuple(json.loads((table.schema.metadata or {}).get(b"fields", b"[]")))
    known = np.array(table["known"].to_pylist(), dtype="datetime64[D]")
    never = np.isnat(known)
    rows = np.where(never, len(dates), np.searchsorted(dates, np.where(never, dates[-1], known)))
    asset, field = (
        pd.Index(names).get_indexer(pd.Index(table[column].to_pylist(), dtype=object)).astype(np.int64)
        for column, names in (("ticker", tickers), ("field", fields))
    )
    fits = (asset >= 0) & (field >= 0) & (never | np.isin(known, dates))
    if not fits.all():
        raise RunError(f"{path}: its days or tickers differ from series.parquet and assets.parquet. Run again.")
    period = np.array(table["period_end"].to_pylist(), dtype="datetime64[D]")
    value = table["value"].to_numpy()
    return Fundamentals(fields, frozen(field), frozen(asset), frozen(period), frozen(rows), frozen(value))


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
