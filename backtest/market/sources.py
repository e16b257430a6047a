"""Sources: what the mandate names in [data], read strictly into a RawMarket."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from backtest.errors import DataError, listed, nearest
from backtest.mandate import Data, LoadedMandate
from backtest.market import sample
from backtest.market.raw import InputFile, RawMarket
from backtest.market.tables import Source, read_long, read_series, read_text, read_wide
from backtest.market.universe import NEEDED, parse_universe

__all__ = ["InputFile", "RawMarket", "read_market"]

MAX_CASH_RATE = 1.0


def read_market(loaded: LoadedMandate) -> RawMarket:
    """Read every file [data] names, or make the sample market. Raises DataError in one sentence.

    Nothing is aligned, converted or judged here: see quality.examine and prices.build_panel.
    """
    data = loaded.mandate.data
    if data.source == "sample":
        raw = _sample(data)
    else:
        raw = _read_files(data, loaded.folder, loaded.mandate.fund.base_currency)
    raw.days(data.start, data.end)
    return raw


def _sample(data: Data) -> RawMarket:
    if data.price_adjustment != "none":
        raise DataError(
            f'[data] price_adjustment: found "{data.price_adjustment}", but the sample market holds raw closes. '
            'Write price_adjustment = "none" or leave the key out.'
        )
    return sample.generate()


class _Reader:
    """Reads the files [data] names, one after the other, and keeps the list of what was read."""

    def __init__(self, data: Data, folder: Path) -> None:
        self.data, self.folder = data, folder
        self.inputs: list[InputFile] = []

    def source(self, key: str) -> Source | None:
        written: Path | None = getattr(self.data, key)
        return None if written is None else Source(key, written.as_posix(), (self.folder / written).resolve())

    def wide(self, key: str, what: str, zero_allowed: bool = False) -> pd.DataFrame | None:
        if (source := self.source(key)) is None:
            return None
        frame, file = read_wide(source, what=what, zero_allowed=zero_allowed)
        self.inputs.append(file)
        return frame

    def events(self, key: str, value: str, called: str) -> pd.DataFrame:
        if (source := self.source(key)) is None:
            return pd.DataFrame({"date": pd.DatetimeIndex([]), "asset": [], called: []})
        frame, file = read_long(source, value)
        self.inputs.append(file)
        return frame.rename(columns={value: called})

    def series(self, key: str, columns: tuple[str, ...], what: str, positive: bool) -> pd.Series[float] | None:
        if (source := self.source(key)) is None:
            return None
        values, file = read_series(source, columns, what=what, positive=positive)
        self.inputs.append(file)
        return values

    def universe(self) -> pd.DataFrame:
        if (source := self.source("universe")) is None:
            raise DataError('[data] universe is needed when source = "files". Give its path.')
        text, file = read_text(source, NEEDED)
        self.inputs.append(file)
        return parse_universe(text, source.written)

    def where(self, key: str) -> str:
        """The path of a file, as written in the mandate."""
        return next((i.path for i in self.inputs if i.name == key), key)


def _benchmark_columns(data: Data) -> tuple[str, ...]:
    return (data.benchmark_column.strip().lower(),) if data.benchmark_column else ("close", "adj close")


def _read_files(data: Data, folder: Path, base: str) -> RawMarket:
    reader = _Reader(data, folder)
    closes, universe = reader.wide("closes", "close"), reader.universe()
    if closes is None:
        raise DataError('[data] closes is needed when source = "files". Give its path.')
    _every_name_has_prices(reader, universe, closes)
    volumes = reader.wide("volumes", "volume", zero_allowed=True)
    shares = reader.wide("shares", "number of shares")
    _every_name_has_a_column(reader, universe, "volumes", volumes)
    _every_name_has_a_column(reader, universe, "shares", shares)
    dividends, splits = reader.events("dividends", "dividend", "amount"), reader.events("splits", "ratio", "ratio")
    _spelled_alike(dividends, universe, reader.where("dividends"))
    _spelled_alike(splits, universe, reader.where("splits"))
    rates = reader.series("cash_rate", ("rate",), "rate", positive=False)
    _rate_is_a_fraction(rates, reader.where("cash_rate"))
    return RawMarket(
        closes=closes[list(universe.index)],
        universe=universe,
        dividends=dividends,
        splits=splits,
        fx=_needed_rates(reader, reader.wide("fx", "rate"), universe, base),
        fx_base=data.fx_base,
        volumes=volumes,
        shares=shares,
        benchmark=reader.series("benchmark", _benchmark_columns(data), "level", positive=True),
        benchmark_currency=data.benchmark_currency or base,
        benchmark_name=data.benchmark_name,
        cash_level=reader.series("cash_index", ("close", "adj close"), "level", positive=True),
        cash_rate=rates,
        inputs=tuple(reader.inputs),
    )


def _every_name_has_prices(reader: _Reader, universe: pd.DataFrame, closes: pd.DataFrame) -> None:
    where, closes_path = reader.where("universe"), reader.where("closes")
    for ticker in universe.index:
        if ticker not in closes.columns:
            raise DataError(
                f"{where}: {ticker} has no column in {closes_path}.{nearest(ticker, closes.columns)} "
                "Add its closes, or take it out of the universe."
            )
        if closes[ticker].isna().all():
            raise DataError(
                f"{closes_path}: {ticker} has a column and not one close. Add its closes, or take it out of {where}."
            )


def _every_name_has_a_column(reader: _Reader, universe: pd.DataFrame, key: str, table: pd.DataFrame | None) -> None:
    missing = [] if table is None else [t for t in universe.index if t not in table.columns]
    if missing and table is not None:
        raise DataError(
            f"{reader.where(key)}: no column for {listed(missing, most=5)} of the universe."
            f"{nearest(missing[0], table.columns)} Add the column (cells may be empty), or take {key} out of [data]."
        )


def _spelled_alike(events: pd.DataFrame, universe: pd.DataFrame, where: str) -> None:
    """BF.B beside BF-B is a slip that would lose dividends; a ticker unlike any other is merely not in the universe."""
    plain = {_plain(t): t for t in universe.index}
    for asset in sorted(set(events["asset"]) - set(universe.index)):
        if (twin := plain.get(_plain(asset))) is not None:
            raise DataError(
                f"{where}: ticker {asset} is not in the universe, which writes {twin}. Spell it the same way in both."
            )


def _plain(ticker: str) -> str:
    return "".join(c for c in ticker.upper() if c.isalnum())


def _needed_rates(reader: _Reader, fx: pd.DataFrame | None, universe: pd.DataFrame, base: str) -> pd.DataFrame:
    """The columns of the rates file that this run needs. Raises DataError for a currency without rates."""
    data = reader.data
    wanted = sorted({*universe["currency"], base, *([data.benchmark_currency] if data.benchmark_currency else [])})
    if wanted == [base]:
        return pd.DataFrame(index=pd.DatetimeIndex([], name="date"))
    if fx is None:
        raise DataError(
            f"[data] fx: missing, and the run needs rates between {listed(wanted)}. "
            f"Give a file of units per 1 {data.fx_base}."
        )
    known = [c for c in fx.columns if not fx[c].isna().all()]
    needed = [c for c in wanted if c != data.fx_base]
    for currency in needed:
        if currency not in known:
            users = universe.index[universe["currency"] == currency]
            raise DataError(
                f"{reader.where('fx')}: no rates for {currency}, the currency of "
                f"{listed(users, most=3) or 'the fund or the benchmark'}. Found {listed(known)}. "
                f"Add a column of units per 1 {data.fx_base}."
            )
    return fx[needed]


def _rate_is_a_fraction(rates: pd.Series[float] | None, where: str) -> None:
    if rates is None:
        return
    too_large = np.abs(rates.to_numpy()) > MAX_CASH_RATE
    if too_large.any():
        row = int(too_large.argmax())
        day, rate = rates.index[row], rates.to_numpy()[row]
        raise DataError(
            f"{where}, {day:%Y-%m-%d}: rate {rate:g} is {rate:.0%} a year. "
            "Rates are fractions: write 0.045 for 4.5 per cent."
        )
