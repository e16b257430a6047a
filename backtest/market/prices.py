"""Raw tables in, one Panel out: aligned, in the base currency, dividends reinvested."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.errors import DataError, listed
from backtest.mandate import Data, Mandate
from backtest.market import benchmark
from backtest.market.align import MAX_FILL_DAYS, Bools, Dates, Floats, aligned, as_of, carried, frozen, next_close
from backtest.market.fundamentals import Fundamentals, known_figures
from backtest.market.panel import Panel, read_panel, write_panel
from backtest.market.raw import RawMarket
from backtest.market.spin_offs import distributions, of_universe
from backtest.market.universe import inside_listing, last_days, members

BPS_PER_UNIT = 10_000.0

__all__ = ["Bools", "Dates", "Floats", "Panel", "build_panel", "read_panel", "write_panel"]


def build_panel(raw: RawMarket, mandate: Mandate) -> Panel:
    """Align, convert and compound the raw tables into the panel of the mandate's window.

    Trading days are those on which at least half of the names listed, and not long silent, have a close. Everything
    is computed from the first day of the files, forwards, and cut to the window at the end: no figure depends on a
    later day, and levels and trailing averages do not start anew with the window.  Raises DataError.
    """
    data, base, universe = mandate.data, mandate.fund.base_currency, raw.universe
    days, closes, first = _trading_days(raw, data)
    traded = ~np.isnan(closes)
    delisted = last_days(traded, universe, days)
    held = members(traded, inside_listing(universe, days))
    rates = _rates(raw, base, days, first)
    per_unit = np.column_stack([rates[c] for c in universe["currency"]])
    prices = _local_levels(raw, data, days, closes, rates) * per_unit
    prices[np.arange(len(days))[:, None] > np.where(delisted < 0, len(days), delisted)] = np.nan
    volumes = aligned(raw.volumes, days, universe.index)
    value = closes * volumes * per_unit
    last = carried(closes) * per_unit
    weights, held = benchmark.weights_and_members(raw, data, days, last, value, held)
    window = slice(first, None)
    benchmark.require_members(weights[window], days[window], data)
    cut = {currency: frozen(rate[window]) for currency, rate in sorted(rates.items())}
    sizes = benchmark.market_values(raw, days[window], last[window])
    own = benchmark.own_level(weights[window], prices[window], held[window])
    # Long because there is one line for each field of Panel.
    return Panel(
        base_currency=base,
        dates=frozen(days[window]),
        assets=tuple(universe.index),
        names=tuple(universe["name"]),
        themes=tuple(universe["theme"]),
        sectors=tuple(universe["sector"]),
        countries=tuple(universe["country"]),
        currencies=tuple(universe["currency"]),
        prices=frozen(prices[window]),
        closes=frozen(closes[window]),
        traded=frozen(traded[window]),
        volumes=frozen(volumes[window]),
        traded_value=frozen(value[window]),
        members=frozen(held[window]),
        benchmark_weights=frozen(weights[window]),
        benchmark=frozen(benchmark.level(raw, days[window], cut, own)),
        benchmark_name=benchmark.name(raw, data),
        cash=frozen(benchmark.cash(raw, days[window])),
        fx=cut,
        delisted=frozen(np.where(delisted >= first, delisted - first, -1)),
        issuers=tuple(universe["issuer"]) if "issuer" in universe else (),
        issuer_groups=tuple(universe["issuer_group"]) if "issuer_group" in universe else (),
        half_spreads=_half_spreads(raw, days[window]),
        interest=_interest(raw, mandate, days[window]),
        actual_closes=data.price_adjustment == "none",
        fundamentals=_fundamentals(raw, data, days, first),
        market_values=None if sizes is None else frozen(sizes),
    )


def _trading_days(raw: RawMarket, data: Data) -> tuple[Dates, Floats, int]:
    """Days up to the window's end on which half of the members have a close; those closes; the window's first row."""
    start, end = (day.to_datetime64().astype("datetime64[D]") for day in raw.days(data.start, data.end)[[0, -1]])
    days = raw.closes.index.to_numpy().astype("datetime64[D]")
    days = days[days <= end]
    table = raw.closes[list(raw.universe.index)].to_numpy(dtype=np.float64)[: len(days)]
    listing = inside_listing(raw.universe, days)
    table = np.where(listing, table, np.nan)
    seen = ~np.isnan(table)
    kept = (seen.sum(axis=1) * 2 >= members(seen, listing).sum(axis=1)) & seen.any(axis=1)
    if not (kept & (days >= start)).any():
        raise DataError(
            f"{raw.where('closes')}: no trading day from {start} to {end}: on no day does half of the universe have a "
            "close. Change [data] start or end."
        )
    return days[kept], table[kept], int(np.searchsorted(days[kept], start))


# ----------------------------------------------------------------------------------------- total return and currency


def _local_levels(raw: RawMarket, data: Data, days: Dates, closes: Floats, rates: Mapping[str, Floats]) -> Floats:
    """(T, N) total-return level in local currency, starting at the first close; carried over days without one.

    Growth from one close to the next is (close x ratio + dividend x (1 - withholding)) / previous close: a holder of
    one old share has `ratio` new ones and the dividend, which buys more at that day's close; what a spin-off was worth
    is a dividend without tax.  An event on a day without a close waits for the next one.
    """
    ratios, paid = np.ones(closes.shape), np.zeros(closes.shape)
    if data.price_adjustment == "none":
        _place(raw.splits, "ratio", raw.universe, days, closes, ratios, np.multiply)
    if data.price_adjustment != "total_return":
        _place(raw.dividends, "amount", raw.universe, days, closes, paid, np.add)
        paid *= 1.0 - np.array([data.withholding_tax.rate(c) for c in raw.universe["country"]])
        spun = distributions(raw, days, closes, ratios, rates)
        _place(spun, "amount", raw.universe, days, closes, paid, np.add)
    before = np.full(closes.shape, np.nan)
    before[1:] = carried(closes)[:-1]
    growth = (closes * ratios + paid) / before
    seen = ~np.isnan(closes)
    is_first = seen & np.isnan(before)
    steps = np.where(is_first, closes, np.where(seen, growth, 1.0))
    levels = np.asarray(np.cumprod(steps, axis=0), dtype=np.float64)
    levels[~np.maximum.accumulate(seen, axis=0)] = np.nan
    return levels


def _place(
    events: pd.DataFrame,
    value: str,
    universe: pd.DataFrame,
    days: Dates,
    closes: Floats,
    into: Floats,
    combine: np.ufunc,
) -> None:
    """Write each event of the universe into the row of its day, or of the asset's next close after it.

    Events after its last close have nobody to reach and are left out; the first close starts a level of its own.
    """
    column = {ticker: j for j, ticker in enumerate(universe.index)}
    mine = events[events["asset"].isin(column)]
    rows = np.searchsorted(days, mine["date"].to_numpy().astype("datetime64[D]"))
    upcoming = next_close(closes)
    for row, asset, amount in zip(rows, mine["asset"], mine[value], strict=True):
        j = column[asset]
        target = upcoming[row, j] if row < len(days) else -1
        if target >= 0:
            into[target, j] = combine(into[target, j], amount)


def _rates(raw: RawMarket, base: str, days: Dates, first: int) -> dict[str, Floats]:
    """Currency -> (T,) base currency for one unit of it. Raises DataError for a hole inside the window."""
    children = of_universe(raw.spin_offs, raw.universe, "currency")
    benchmarks = [raw.benchmark_currency] if raw.benchmark_currency else []
    wanted = sorted({*raw.universe["currency"], *children, base, *benchmarks})
    if wanted == [base]:
        return {base: np.ones(len(days))}
    per_anchor = {c: _rate(raw, c, days, first) for c in wanted}
    return {c: np.ones(len(days)) if c == base else per_anchor[base] / per_anchor[c] for c in wanted}


def _rate(raw: RawMarket, currency: str, days: Dates, first: int) -> Floats:
    """(T,) units of the currency for one unit of fx_base, the day's rate or that of up to five trading days before."""
    if currency == raw.fx_base:
        return np.ones(len(days))
    if currency not in raw.fx.columns:
        raise DataError(
            f"{raw.where('fx')}: no rates for {currency}. Add a column of units per 1 {raw.fx_base}; "
            f"found {listed(raw.fx.columns)}."
        )
    rate = as_of(raw.fx[currency], days)
    if np.isnan(rate[first:]).any():
        day = days[first:][np.isnan(rate[first:])][0]
        raise DataError(
            f"{raw.where('fx')}, {day}: no rate for {currency} that day nor in the {MAX_FILL_DAYS} before. "
            "Add the rates, or move [data] start and end."
        )
    return rate


# ------------------------------------------------------------------------ half-spreads, fundamentals, interest rates


def _half_spreads(raw: RawMarket, days: Dates) -> Floats | None:
    """(T, N) fractions of traded value: the latest row at or before each day, NaN where it has an empty cell."""
    table = raw.half_spreads
    if table is None:
        return None
    stamps = table.index.to_numpy().astype("datetime64[D]")
    latest = np.searchsorted(stamps, days, side="right") - 1
    rows = table.reindex(columns=raw.universe.index).to_numpy(dtype=np.float64)
    return frozen(np.where((latest >= 0)[:, None], rows[np.maximum(latest, 0)], np.nan) / BPS_PER_UNIT)


def _fundamentals(raw: RawMarket, data: Data, days: Dates, first: int) -> Fundamentals | None:
    if raw.fundamentals is None:
        return None
    return known_figures(raw.fundamentals, tuple(raw.universe.index), days, first, data.fundamentals_delay)


def _interest(raw: RawMarket, mandate: Mandate, days: Dates) -> Mapping[str, Floats]:
    """Currency -> (T,) yearly rate, standing until the next one; NaN before the first one.

    Raises DataError when the base currency, or that of a hedged class, has no rate on some day.
    """
    if raw.currency_rates is None:
        return {}
    table = raw.currency_rates
    rates = {str(c): frozen(as_of(table[c], days, most=None)) for c in sorted(table.columns)}
    hedged = {c.currency for c in mandate.share_class if c.hedged}
    for currency in sorted((hedged | {mandate.fund.base_currency}) & set(rates) if hedged else ()):
        if np.isnan(rates[currency]).any():
            raise DataError(
                f"{raw.where('currency_rates')}, {days[np.isnan(rates[currency])][0]}: no rate for {currency} that day "
                "nor before it, and a share class is hedged. Give the rate from the window's first day on."
            )
    return rates
