"""The embedded sample market: invented companies, invented prices, the same bytes on every machine.

An illustration, and every sheet made from it says so. Capex names lead a rally of two and a half years, fall on one
day, and have long stretches in which they do neither: cutting them wins over some windows and loses over others.

The same everywhere: random bits come raw from PCG64, whose stream is fixed; they become bell-shaped numbers by adding
integers (no logarithm, no exponential); prices compound by multiplication; and everything handed out is rounded far
above the last bit, in which processors may differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import sample_fundamentals
from backtest.market.raw import InputFile, RawMarket
from backtest.market.sample_companies import COMPANIES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEED = 2
FIRST_DAY, LAST_DAY = "2014-10-31", "2026-10-30"
EVENT_DAY = "2025-05-14"
RALLY = ("2022-11-01", "2025-05-13")
WITHHOLDING = 0.15
"""Taken off dividends in the sample's benchmark, which is a net total-return index in GBP."""

SHUT_EVERYWHERE = ("01-01", "05-01", "12-25", "12-26")
SHUT_IN = {"US": ("07-04",), "GB": ("08-25",), "JP": ("01-02", "11-03"), "DE": ("10-03",), "FR": ("07-14",), "NL": ()}
LISTED = {"QLMN": "2017-09-13", "FRWN": "2021-03-09"}
BANKRUPT, BANKRUPT_DAY = "PNMW", "2020-11-20"
TAKEN_OVER, OFFER_DAY, TAKEN_OVER_DAY = "TDWK", "2023-01-24", "2023-04-28"
SUSPENDED, SUSPENSION = "YRNM", ("2019-06-03", "2019-07-05")

# From this day on: drift a year, volatility a year.
MARKET = (
    ("2014-10-31", 0.11, 0.115),
    ("2018-02-01", -0.05, 0.16),
    ("2019-01-02", 0.15, 0.11),
    ("2020-09-01", -2.20, 0.34),
    ("2020-10-15", 0.42, 0.19),
    ("2021-09-01", -0.13, 0.18),
    ("2022-11-01", 0.15, 0.12),
    ("2025-05-14", 0.09, 0.145),
)
CAPEX = (
    ("2014-10-31", 0.01, 0.06),
    ("2018-06-01", -0.10, 0.08),
    ("2020-11-02", 0.03, 0.08),
    ("2022-11-01", 0.24, 0.10),
    ("2025-05-14", -0.10, 0.13),
    ("2026-03-02", 0.04, 0.11),
)
ADOPTER = (
    ("2014-10-31", 0.00, 0.03),
    ("2018-06-01", 0.04, 0.03),
    ("2020-11-02", 0.00, 0.03),
    ("2022-11-01", -0.03, 0.03),
    ("2025-05-14", 0.06, 0.04),
)
CASH = (
    ("2014-10-31", 0.0050),
    ("2016-08-08", 0.0025),
    ("2018-03-12", 0.0075),
    ("2020-09-21", 0.0010),
    ("2022-02-07", 0.0100),
    ("2022-09-05", 0.0275),
    ("2023-03-06", 0.0450),
    ("2024-08-05", 0.0425),
    ("2025-06-09", 0.0375),
    ("2026-05-04", 0.0350),
)
RATES = {"USD": (1.2524, 0.075, 4), "GBP": (0.7830, 0.070, 4), "JPY": (140.68, 0.090, 2)}
"""Currency: units for 1 EUR on the first day, volatility a year, decimals."""


@dataclass(frozen=True)
class _Cast:
    """The companies as arrays, N long."""

    tickers: tuple[str, ...]
    universe: pd.DataFrame
    value: Floats
    beta: Floats
    own: Floats
    dividend_yield: Floats

    def mask(self, column: str, value: str) -> Bools:
        return (self.universe[column] == value).to_numpy()


def generate(seed: int = SEED) -> RawMarket:
    """The sample market: 62 invented names over twelve years of weekdays; raw closes, dividends, splits and the rest.

    The benchmark is a net total-return index of the whole universe by market value, in GBP; the cash rate is in GBP.
    Fundamentals are quarterly; see sample_fundamentals.figures.
    """
    days, cast = _days(), _cast()
    total = _total_returns(days, cast, seed)
    fx = _fx(days, seed)
    closes, ratios, amounts = _raw_prices(cast, total, _ex_day_yields(days, cast))
    shares, is_open = _shares(cast, closes, ratios, fx), _open_days(days, cast)
    market = _Market(
        closes=np.where(is_open, closes, np.nan),
        volumes=np.where(is_open, _volumes(shares, total, seed), np.nan),
        shares=shares,
        ratios=_moved(ratios, 1.0, is_open),
        amounts=_moved(amounts, 0.0, is_open),
        fx=fx,
    )
    raw = _pack(days, cast, market)
    noise = _normals(seed + 3, len(sample_fundamentals.quarter_ends()), sample_fundamentals.NOISES * len(cast.tickers))
    companies = sample_fundamentals.Companies(days, cast.universe, market.closes, shares, _per_euro(cast, fx))
    # Not among the inputs, whose hash names the runs: the figures follow from the prices and the seed.
    return replace(raw, fundamentals=sample_fundamentals.figures(companies, noise))


def _days() -> NDArray[np.datetime64]:
    days = np.arange(FIRST_DAY, np.datetime64(LAST_DAY) + 1, dtype="datetime64[D]")
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return days[(weekday < 5) & ~_falls_on(days, SHUT_EVERYWHERE)]


def _falls_on(days: NDArray[np.datetime64], month_days: tuple[str, ...]) -> Bools:
    return np.array([str(day)[5:] in month_days for day in days], dtype=np.bool_)


def _cast() -> _Cast:
    rows = [line.split("|") for line in COMPANIES.strip().splitlines()]
    tickers = tuple(row[0] for row in rows)
    columns = ["name", "sector", "theme", "country", "currency"]
    universe = pd.DataFrame([row[1:6] for row in rows], columns=columns, index=pd.Index(tickers, name="ticker"))
    gone = {BANKRUPT: BANKRUPT_DAY, TAKEN_OVER: TAKEN_OVER_DAY}
    for column, known in (("listed", LISTED), ("delisted", gone)):
        universe[column] = pd.DatetimeIndex(np.array([known.get(t, "NaT") for t in tickers], dtype="datetime64[s]"))
    numbers = np.array([[float(cell) for cell in row[6:]] for row in rows])
    return _Cast(tickers, universe, *(np.ascontiguousarray(numbers[:, k]) for k in range(4)))


# ------------------------------------------------------------------------------------------------------------- chance


def _normals(seed: int, rows: int, columns: int) -> Floats:
    """(rows, columns) bell-shaped numbers, mean 0, deviation 1, within 6: twelve 16-bit integers added up."""
    count = rows * columns
    raw = np.random.PCG64(seed).random_raw(3 * count).reshape(3, count)
    pieces = [(raw >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    sums = sum(piece.sum(axis=0, dtype=np.uint64) for piece in pieces)
    return (np.asarray(sums, dtype=np.float64) / 65536.0 - 5.99990844726562500).reshape(rows, columns)


def _path(days: NDArray[np.datetime64], regimes: tuple[tuple[str, float, float], ...], noise: Floats) -> Floats:
    """(T,) daily returns with the drift and volatility of each regime; noise is centred within each one."""
    yearly = np.empty(len(days))
    starts = [int(np.searchsorted(days, np.datetime64(first))) for first, _, _ in regimes] + [len(days)]
    for (_, drift, volatility), a, b in zip(regimes, starts[:-1], starts[1:], strict=True):
        centred = noise[a:b] - noise[a:b].mean()
        yearly[a:b] = drift / 252.0 + centred * (volatility / np.sqrt(252.0))
    return yearly


def _total_returns(days: NDArray[np.datetime64], cast: _Cast, seed: int) -> Floats:
    """(T, N) daily total returns in local currency: market, themes, sectors and each name's own, then the events."""
    count, names = len(days), len(cast.tickers)
    sectors = sorted(set(cast.universe["sector"]))
    noise = _normals(seed, count, 3 + len(sectors) + names)
    market = _path(days, MARKET, noise[:, 0])
    capex, adopter = _path(days, CAPEX, noise[:, 1]), _path(days, ADOPTER, noise[:, 2])
    in_capex, in_adopter = cast.mask("theme", "capex"), cast.mask("theme", "adopter")
    strength = 0.7 + 0.6 * np.arange(names) * 7 % 11 / 10.0
    total = market[:, None] * cast.beta + capex[:, None] * in_capex * strength + adopter[:, None] * in_adopter
    for k, sector in enumerate(sectors):
        wave = noise[:, 3 + k] - noise[:, 3 + k].mean()
        total = total + (wave * (0.06 / np.sqrt(252.0)))[:, None] * cast.mask("sector", sector)
    own = noise[:, 3 + len(sectors) :]
    own = own - 0.75 * own.mean(axis=0)
    surprise = (np.arange(count)[:, None] + 11 * np.arange(names)) % 63 == 0  # results come once a quarter
    total = total + own * np.where(surprise, 3.0, 0.95) * (cast.own / np.sqrt(252.0))
    total[0] = 0.0
    return _with_events(days, cast, total)


def _with_events(days: NDArray[np.datetime64], cast: _Cast, total: Floats) -> Floats:
    """The day capex names fall and adopters hold; a bankruptcy; a takeover; a suspension that ends with a fall."""
    names = np.arange(len(cast.tickers))
    event = int(np.searchsorted(days, np.datetime64(EVENT_DAY)))
    in_capex = cast.mask("theme", "capex")
    fall = -0.05 - 0.25 * (((names - 1) * 3 % 17) / 16.0) ** 2
    hold = np.where(cast.mask("theme", "adopter"), 0.004, -0.006) + ((names * 3) % 7 - 3) * 0.003
    total[event] = np.where(in_capex, fall, hold)
    column = {ticker: j for j, ticker in enumerate(cast.tickers)}
    end = int(np.searchsorted(days, np.datetime64(BANKRUPT_DAY)))
    total[end - 40 : end + 1, column[BANKRUPT]] = total[end - 40 : end + 1, column[BANKRUPT]] - 0.075
    offer = int(np.searchsorted(days, np.datetime64(OFFER_DAY)))
    total[offer, column[TAKEN_OVER]] = 0.31
    total[offer + 1 :, column[TAKEN_OVER]] *= 0.05
    first, last = (int(np.searchsorted(days, np.datetime64(d))) for d in SUSPENSION)
    total[first : last + 1, column[SUSPENDED]] = 0.0
    total[last + 1, column[SUSPENDED]] = -0.18
    return total


# ------------------------------------------------------------------------------------------------------------- tables


def _ex_day_yields(days: NDArray[np.datetime64], cast: _Cast) -> Floats:
    """(T, N) dividend as a fraction of the close before: four a year in the US, two elsewhere."""
    rows, names = np.arange(len(days))[:, None], np.arange(len(cast.tickers))
    often = np.where(cast.mask("country", "US"), 63, 126)
    return np.where((rows + 17 * names) % often == often - 1, cast.dividend_yield * often / 252.0, 0.0)


def _raw_prices(cast: _Cast, total: Floats, yields: Floats) -> tuple[Floats, Floats, Floats]:
    """Unadjusted closes, split ratios (1.0 on most days) and dividends per share, each (T, N)."""
    names = np.arange(len(cast.tickers))
    yen = cast.mask("currency", "JPY")
    start = (24.0 + (names * 37) % 97) * np.where(yen, 60.0, 1.0)
    steps = 1.0 + total - yields
    steps[0] = start
    path = np.asarray(np.cumprod(steps, axis=0), dtype=np.float64)
    ratios = _split_ratios(path, np.where(yen, 12000.0, 190.0))
    closes = path / np.cumprod(ratios, axis=0)
    before = np.vstack([closes[:1], closes[:-1]])
    amounts = np.where(yields > 0.0, np.where(yen, np.round(before * yields, 1), np.round(before * yields, 4)), 0.0)
    return np.where(yen, np.round(closes, 1), np.round(closes, 2)), ratios, amounts


def _split_ratios(path: Floats, too_dear: Floats) -> Floats:
    """(T, N) a 4:1 split sixteen trading days after a close above `too_dear`, again and again; 10:1 far above."""
    ratios = np.ones_like(path)
    for j in range(path.shape[1]):
        price, day = path[:, j].copy(), 0
        while (above := np.flatnonzero(price[day:] > too_dear[j])).size:
            day = day + int(above[0]) + 16
            if day >= len(price):
                break
            ratio = 10.0 if price[day] > 2.0 * too_dear[j] else 4.0
            ratios[day, j] = ratio
            price[day:] /= ratio
    return ratios


def _fx(days: NDArray[np.datetime64], seed: int) -> pd.DataFrame:
    """Units of each currency for 1 EUR. The noise is centred, so that no currency wins by design."""
    noise = _normals(seed + 1, len(days), len(RATES))
    table = {}
    for k, (currency, (start, volatility, decimals)) in enumerate(RATES.items()):
        steps = 1.0 + (noise[:, k] - noise[:, k].mean()) * (volatility / np.sqrt(252.0))
        steps[0] = start
        table[currency] = np.round(np.cumprod(steps), decimals)
    return pd.DataFrame(table, index=_index(days))


def _shares(cast: _Cast, closes: Floats, ratios: Floats, fx: pd.DataFrame) -> Floats:
    """(T, N) shares in issue: the starting value over the starting price, multiplied by each split."""
    start: Floats = np.round(cast.value * 1e9 * _per_euro(cast, fx) / closes[0] / 1e5) * 1e5
    grown: Floats = start * np.cumprod(ratios, axis=0)
    return grown


def _per_euro(cast: _Cast, fx: pd.DataFrame) -> Floats:
    """(N,) units of each company's currency for 1 EUR on the first day."""
    return np.array([1.0 if c == "EUR" else float(fx[c].iloc[0]) for c in cast.universe["currency"]])


def _volumes(shares: Floats, total: Floats, seed: int) -> Floats:
    """(T, N) shares traded: some 0.3 % of those in issue, more on days of large moves, in hundreds."""
    chance = 1.0 + 0.28 * _normals(seed + 2, *shares.shape)
    busy = 1.0 + np.minimum(20.0 * np.abs(total), 4.0)
    return np.round(shares * 0.0025 * np.maximum(chance, 0.2) * busy / 100.0) * 100.0


def _open_days(days: NDArray[np.datetime64], cast: _Cast) -> Bools:
    """(T, N) True where there is a close: listed, exchange open, not suspended."""
    is_open = np.ones((len(days), len(cast.tickers)), dtype=np.bool_)
    for country, shut in SHUT_IN.items():
        is_open[np.ix_(_falls_on(days, shut), cast.mask("country", country))] = False
    listed = cast.universe["listed"].to_numpy().astype("datetime64[D]")
    delisted = cast.universe["delisted"].to_numpy().astype("datetime64[D]")
    is_open &= np.isnat(listed) | (days[:, None] >= listed)
    is_open &= np.isnat(delisted) | (days[:, None] <= delisted)
    first, last = (np.datetime64(d) for d in SUSPENSION)
    is_open[(days >= first) & (days <= last), cast.tickers.index(SUSPENDED)] = False
    return is_open


@dataclass(frozen=True)
class _Market:
    """The tables as arrays, (T, N), and the rates."""

    closes: Floats  # NaN where there is none
    volumes: Floats  # NaN where there is none
    shares: Floats
    ratios: Floats  # 1.0 on most days
    amounts: Floats  # 0.0 on most days
    fx: pd.DataFrame


def _moved(values: Floats, nothing: float, is_open: Bools) -> Floats:
    """Events on days without a close wait for the asset's next one: no exchange has an ex-date while it is shut."""
    moved = np.where(is_open, values, nothing)
    for row, j in np.argwhere((values != nothing) & ~is_open):
        later = np.flatnonzero(is_open[row:, j])
        if later.size:
            moved[row + later[0], j] = values[row, j]
    return moved


def _long(days: NDArray[np.datetime64], cast: _Cast, values: Floats, nothing: float, name: str) -> pd.DataFrame:
    rows, columns = np.nonzero(values != nothing)
    assets = pd.array([cast.tickers[j] for j in columns], dtype=object)
    return pd.DataFrame({"date": _index(days[rows]), "asset": assets, name: values[rows, columns]})


def _benchmark(days: NDArray[np.datetime64], cast: _Cast, market: _Market) -> Floats:
    """(T,) net total return in GBP: each day the return of the market values of the close before; 1000 at the start.

    Counts the names with a close in the last five weekdays and not yet delisted.
    """
    table = pd.DataFrame(market.closes)
    carried, held = table.ffill().to_numpy(), table.ffill(limit=5).notna().to_numpy()
    delisted = cast.universe["delisted"].to_numpy().astype("datetime64[D]")
    held = held & (np.isnat(delisted) | (days[:, None] <= delisted))
    pounds = market.fx["GBP"].to_numpy()[:, None] / np.column_stack(
        [np.ones(len(days)) if c == "EUR" else market.fx[c].to_numpy() for c in cast.universe["currency"]]
    )
    sizes = np.where(held, carried * market.shares * pounds, 0.0)
    received = market.closes[1:] * market.ratios[1:] + market.amounts[1:] * (1.0 - WITHHOLDING)
    growth = np.where(np.isnan(received), 1.0, received / carried[:-1]) * (pounds[1:] / pounds[:-1])
    growth = np.where(np.isnan(growth) | ~held[1:], 1.0, growth)
    returns = (sizes[:-1] * growth).sum(axis=1) / sizes[:-1].sum(axis=1)
    return np.round(1000.0 * np.concatenate([[1.0], np.cumprod(returns)]), 4)


def _cash_rate(days: NDArray[np.datetime64]) -> pd.Series[float]:
    rates = np.zeros(len(days))
    for first, rate in CASH:
        rates[days >= np.datetime64(first)] = rate
    return pd.Series(rates, index=_index(days), name="cash_rate")


def _pack(days: NDArray[np.datetime64], cast: _Cast, market: _Market) -> RawMarket:
    def wide(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=_index(days), columns=pd.Index(cast.tickers, dtype=object))

    benchmark = _benchmark(days, cast, market)
    parts = (
        market.closes,
        market.volumes,
        market.shares,
        market.ratios,
        market.amounts,
        market.fx.to_numpy(),
        benchmark,
    )
    digest = hashlib.sha256(COMPANIES.encode())
    for part in parts:
        digest.update(np.ascontiguousarray(part, dtype="<f8").tobytes())
    return RawMarket(
        closes=wide(market.closes),
        universe=cast.universe,
        dividends=_long(days, cast, market.amounts, 0.0, "amount"),
        splits=_long(days, cast, market.ratios, 1.0, "ratio"),
        fx=market.fx,
        fx_base="EUR",
        volumes=wide(market.volumes),
        shares=wide(market.shares),
        benchmark=pd.Series(benchmark, index=_index(days), name="benchmark"),
        benchmark_currency="GBP",
        benchmark_name="Sample market index, net total return (invented)",
        cash_rate=_cash_rate(days),
        synthetic=True,
        inputs=(InputFile("sample", "the sample market", digest.hexdigest(), len(days)),),
    )


def _index(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[s]"), name="date")
