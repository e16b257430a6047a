"""Sources: what the mandate names in [data], read strictly into a RawMarket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from backtest.errors import DataError, listed, nearest
from backtest.mandate import Data, LoadedMandate
from backtest.market import renames, sample
from backtest.market.fundamentals import parse_fundamentals, under_one_name
from backtest.market.raw import InputFile, RawMarket
from backtest.market.spin_offs import of_universe
from backtest.market.tables import Least, Source, read_long, read_series, read_text, read_wide
from backtest.market.universe import NEEDED, parse_universe

__all__ = ["InputFile", "RawMarket", "read_market"]

MAX_CASH_RATE = 1.0
MAX_HALF_SPREAD_BPS = 1000.0


def read_market(loaded: LoadedMandate) -> RawMarket:
    """Read every file [data] names, or make the sample market. Raises DataError in one sentence.

    Nothing is aligned, converted or judged here: see quality.examine and prices.build_panel.
    """
    data = loaded.mandate.data
    if data.source == "sample":
        raw = _sample(data, loaded.folder)
    else:
        raw = _read_files(data, loaded.folder, loaded.mandate.fund.base_currency)
    raw.days(data.start, data.end)
    return raw


def _sample(data: Data, folder: Path) -> RawMarket:
    if data.price_adjustment != "none":
        raise DataError(
            f'[data] price_adjustment: found "{data.price_adjustment}", but the sample market holds raw closes. '
            'Write price_adjustment = "none" or leave the key out.'
        )
    for key in ("ticker_changes", "spin_offs"):
        if getattr(data, key) is not None:
            raise DataError(f"[data] {key}: the sample market has none. Take the key out.")
    raw, reader = sample.generate(), _Reader(data, folder)
    half_spreads, currency_rates = _half_spreads(reader, raw.universe), _currency_rates(reader)
    fundamentals = raw.fundamentals if data.fundamentals is None else _fundamentals(reader, raw.universe)
    inputs = (*raw.inputs, *reader.inputs)
    return replace(
        raw, half_spreads=half_spreads, currency_rates=currency_rates, fundamentals=fundamentals, inputs=inputs
    )


class _Reader:
    """Reads the files [data] names, one after the other, and keeps the list of what was read."""

    def __init__(self, data: Data, folder: Path) -> None:
        self.data, self.folder = data, folder
        self.inputs: list[InputFile] = []
        self.spans: dict[str, tuple[renames.Span, ...]] = {}
        """The tickers that names of the universe had before; set once the changes are read."""

    def source(self, key: str) -> Source | None:
        written: Path | None = getattr(self.data, key)
        return None if written is None else Source(key, written.as_posix(), (self.folder / written).resolve())

    def wide(self, key: str, what: str, least: Least = "above zero") -> pd.DataFrame | None:
        """A table with a column for each currency, or for each ticker as the file calls it."""
        if (source := self.source(key)) is None:
            return None
        frame, file = read_wide(source, what=what, least=least)
        self.inputs.append(file)
        return frame

    def by_name(self, key: str, what: str, least: Least = "above zero") -> pd.DataFrame | None:
        """A table with a column for each name, whatever its ticker was on the day."""
        frame = self.wide(key, what, least)
        return None if frame is None else renames.spliced(frame, self.spans, self.where(key))

    def events(self, key: str, value: str, called: str) -> pd.DataFrame:
        if (source := self.source(key)) is None:
            return pd.DataFrame({"date": pd.DatetimeIndex([]), "asset": [], called: []})
        frame, file = read_long(source, value)
        self.inputs.append(file)
        return renames.renamed(frame, self.spans, value, source.written).rename(columns={value: called})

    def ticker_changes(self) -> pd.DataFrame | None:
        if (source := self.source("ticker_changes")) is None:
            return None
        text, file = read_text(source, renames.NEEDED, rows_needed=False)
        self.inputs.append(file)
        return renames.parse_ticker_changes(text, source.written)

    def spin_offs(self) -> pd.DataFrame | None:
        if (source := self.source("spin_offs")) is None:
            return None
        frame, file = read_long(source, "ratio", labels=("child", "currency"))
        self.inputs.append(file)
        for column in ("child", "asset"):
            frame = renames.renamed(frame, self.spans, "ratio", source.written, column)
        return frame

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
    changes = reader.ticker_changes()
    if changes is not None:
        closes = _under_one_name(reader, universe, closes, changes)
    _every_name_has_prices(reader, universe, closes)
    volumes = reader.by_name("volumes", "volume", "zero or more")
    shares = reader.by_name("shares", "number of shares")
    _every_name_has_a_column(reader, universe, "volumes", volumes)
    _every_name_has_a_column(reader, universe, "shares", shares)
    dividends, splits = reader.events("dividends", "dividend", "amount"), reader.events("splits", "ratio", "ratio")
    _spelled_alike(dividends["asset"], universe, reader.where("dividends"))
    _spelled_alike(splits["asset"], universe, reader.where("splits"))
    spin_offs = _spin_offs(reader, universe, closes)
    rates = reader.series("cash_rate", ("rate",), "rate", positive=False)
    if rates is not None:
        _rates_are_fractions(rates.to_frame(), reader.where("cash_rate"))
    return RawMarket(
        closes=closes[_names_and_children(universe, spin_offs)],
        universe=universe,
        dividends=dividends,
        splits=splits,
        fx=_needed_rates(reader, reader.wide("fx", "rate"), universe, base, spin_offs),
        fx_base=data.fx_base,
        volumes=volumes,
        shares=shares,
        benchmark=reader.series("benchmark", _benchmark_columns(data), "level", positive=True),
        benchmark_currency=data.benchmark_currency or base,
        benchmark_name=data.benchmark_name,
        cash_level=reader.series("cash_index", ("close", "adj close"), "level", positive=True),
        cash_rate=rates,
        currency_rates=_currency_rates(reader),
        half_spreads=_half_spreads(reader, universe),
        ticker_changes=changes,
        spin_offs=spin_offs,
        fundamentals=_fundamentals(reader, universe),
        inputs=tuple(reader.inputs),
    )


def _under_one_name(
    reader: _Reader, universe: pd.DataFrame, closes: pd.DataFrame, changes: pd.DataFrame
) -> pd.DataFrame:
    """The closes with each name's past under its old tickers. Every table that is read from here on is treated so."""
    where = reader.where("ticker_changes")
    _spelled_alike(changes["new"], universe, where)
    # On the last evening of the files nobody can know a change that comes later.
    known = changes[changes["date"] <= closes.index[-1]]
    reader.spans = renames.spans_of(universe.index, known, where)
    renames.require_columns(closes, reader.spans, where, reader.where("closes"))
    return renames.spliced(closes, reader.spans, reader.where("closes"))


def _spin_offs(reader: _Reader, universe: pd.DataFrame, closes: pd.DataFrame) -> pd.DataFrame | None:
    """The spin-offs with the currency of each child; those of companies outside the universe are kept as they are."""
    spin_offs = reader.spin_offs()
    if spin_offs is None:
        return None
    where = reader.where("spin_offs")
    if reader.data.price_adjustment == "total_return":
        raise DataError(
            f'{where}: closes with price_adjustment = "total_return" contain what spin-offs were worth. '
            "Take spin_offs out of [data], or give closes as they were traded."
        )
    _spelled_alike([*spin_offs["asset"], *spin_offs["child"]], universe, where)
    known = universe["currency"].to_dict()
    currencies = []
    for day, asset, child, given in spin_offs[["date", "asset", "child", "currency"]].itertuples(index=False):
        here = f"{where}, {day:%Y-%m-%d}"
        if child in ("", asset):
            raise DataError(f"{here}: {asset} has child {child!r}. Give the ticker of the company that was spun off.")
        if asset in known and child not in closes.columns:
            raise DataError(
                f"{here}: {asset} spun off {child}, which has no column in {reader.where('closes')}."
                f"{nearest(child, closes.columns)} Add the child's closes."
            )
        if given and (not re.fullmatch("[A-Z]{3}", given) or known.get(child, given) != given):
            allowed = f"the universe says {known[child]}" if child in known else "give three capital letters"
            raise DataError(f"{here}: {child} has currency {given!r}; {allowed}. Mend it, or leave the cell empty.")
        currencies.append(known.get(child) or given or known.get(asset, ""))
    return spin_offs.assign(currency=pd.array(currencies, dtype=object))


def _names_and_children(universe: pd.DataFrame, spin_offs: pd.DataFrame | None) -> list[str]:
    """The columns of closes that are needed: the universe, then children of its names that are not part of it."""
    return list(dict.fromkeys([*universe.index, *of_universe(spin_offs, universe, "child")]))


def _half_spreads(reader: _Reader, universe: pd.DataFrame) -> pd.DataFrame | None:
    """The half-spreads of the universe, in basis points. Raises DataError for one below 0 or above 1000."""
    table = reader.by_name("half_spreads", "half-spread", "zero or more")
    if table is None:
        return None
    where = reader.where("half_spreads")
    _spelled_alike(table.columns, universe, where)
    mine = table[[ticker for ticker in universe.index if ticker in table.columns]]
    if mine.columns.empty:
        raise DataError(
            f"{where}: no column for any ticker of the universe; found {listed(table.columns)}. "
            "Name the columns by ticker, or take half_spreads out of [data]."
        )
    bps = mine.to_numpy(dtype=np.float64)
    wide = np.argwhere(bps > MAX_HALF_SPREAD_BPS)
    if len(wide):
        row, column = wide[0]
        raise DataError(
            f"{where}, {mine.index[row]:%Y-%m-%d}: {mine.columns[column]} has half-spread {bps[row, column]:g}; "
            f"at most {MAX_HALF_SPREAD_BPS:g} basis points are taken. Mend it, or empty the cell."
        )
    return mine


def _fundamentals(reader: _Reader, universe: pd.DataFrame) -> pd.DataFrame | None:
    """Published figures, each under the name its ticker was. Raises DataError; see fundamentals.parse_fundamentals."""
    if (source := reader.source("fundamentals")) is None:
        return None
    text, file = read_text(source, ())
    reader.inputs.append(file)
    figures = under_one_name(parse_fundamentals(text, source.written), reader.spans, source.written)
    _spelled_alike(figures["asset"], universe, source.written)
    if not figures["asset"].isin(universe.index).any():
        raise DataError(
            f"{source.written}: no row of any ticker of the universe; found {listed(sorted(set(figures['asset'])))}. "
            "Name the companies by ticker, or take fundamentals out of [data]."
        )
    return figures


def _currency_rates(reader: _Reader) -> pd.DataFrame | None:
    table = reader.wide("currency_rates", "rate", "any")
    if table is None:
        return None
    where = reader.where("currency_rates")
    strange = [c for c in table.columns if not re.fullmatch("[A-Z]{3}", c)]
    if strange:
        raise DataError(f"{where}: column {strange[0]!r} is no currency; give three capital letters such as GBP.")
    _rates_are_fractions(table, where)
    return table


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


def _spelled_alike(tickers: Iterable[str], universe: pd.DataFrame, where: str) -> None:
    """BF.B beside BF-B is a slip that would lose dividends; a ticker unlike any other is merely not in the universe."""
    plain = {_plain(t): t for t in universe.index}
    for asset in sorted(set(tickers) - set(universe.index)):
        if (twin := plain.get(_plain(asset))) is not None:
            raise DataError(
                f"{where}: ticker {asset} is not in the universe, which writes {twin}. Spell it the same way in both."
            )


def _plain(ticker: str) -> str:
    return "".join(c for c in ticker.upper() if c.isalnum())


def _needed_rates(
    reader: _Reader, fx: pd.DataFrame | None, universe: pd.DataFrame, base: str, spin_offs: pd.DataFrame | None
) -> pd.DataFrame:
    """The columns of the rates file that this run needs. Raises DataError for a currency without rates."""
    data = reader.data
    children = of_universe(spin_offs, universe, "currency")
    benchmark = [data.benchmark_currency] if data.benchmark_currency else []
    wanted = sorted({*universe["currency"], *children, base, *benchmark})
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
                f"{listed(users, most=3) or 'the fund, the benchmark or a spin-off'}. Found {listed(known)}. "
                f"Add a column of units per 1 {data.fx_base}."
            )
    return fx[needed]


def _rates_are_fractions(rates: pd.DataFrame, where: str) -> None:
    """rates: date x one column or more, NaN where there is none."""
    too_large = np.argwhere(np.abs(rates.to_numpy()) > MAX_CASH_RATE)
    if len(too_large):
        row, column = too_large[0]
        day, rate = rates.index[row], float(rates.to_numpy()[row, column])
        whose = "" if rates.columns[column] == "cash_rate" else f"{rates.columns[column]} "
        raise DataError(
            f"{where}, {day:%Y-%m-%d}: {whose}rate {rate:g} is {rate:.0%} a year. "
            "Rates are fractions: write 0.045 for 4.5 per cent."
        )
