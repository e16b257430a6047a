"""Small random markets, strategies and mandates for the tests of the engine. Loaded by path: tests are no package.

Every market has late listings, names that leave, suspensions, members that come and go, and a moving cash series;
prices are geometric random walks with fat jumps, so that costs, caps and drift all matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import strategies as st

from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.strategy import Strategy
from backtest.terms import Constraints, Costs, Schedule

THEMES = ("capex", "adopter", "other")


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def trading_days(count: int, start: str = "2020-01-01") -> np.ndarray:
    """The first `count` weekdays from `start` on."""
    days = np.arange(np.datetime64(start), np.datetime64(start) + 2 * count + 10)
    return days[np.is_busday(days)][:count]


def panel_of(prices: np.ndarray, **changes: object) -> Panel:
    """A panel around given prices (T, N): all names trade and are members while they have a price; equal weights."""
    days, count = prices.shape
    listed = ~np.isnan(prices)
    last = np.array([np.flatnonzero(column)[-1] if column.any() else -1 for column in listed.T], dtype=np.int64)
    nan = np.full(prices.shape, np.nan)
    panel = Panel(
        base_currency="USD",
        dates=trading_days(days),
        assets=tuple(f"A{i:03d}" for i in range(count)),
        names=tuple(f"Company {i}" for i in range(count)),
        themes=tuple(THEMES[i % 3] for i in range(count)),
        sectors=("Industry",) * count,
        countries=("US",) * count,
        currencies=("USD",) * count,
        prices=prices,
        closes=prices,
        traded=listed,
        volumes=nan,
        traded_value=nan,
        members=listed,
        benchmark_weights=np.divide(listed, np.maximum(listed.sum(axis=1, keepdims=True), 1)),
        benchmark=np.ones(days),
        benchmark_name="Test index",
        cash=np.ones(days),
        fx={"USD": np.ones(days)},
        delisted=np.where(last < days - 1, last, -1),
    )
    return freeze(replace(panel, **changes))


def freeze(panel: Panel) -> Panel:
    """The same panel with every array read-only: who writes to it fails."""
    series = (*panel.fx.values(), *panel.interest.values())
    for value in (*vars(panel).values(), *series):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return panel


def random_panel(seed: int, days: int = 90, names: int = 8, troubles: bool = True) -> Panel:
    """A random market; with `troubles`: late listings, delistings, suspensions, membership that comes and goes."""
    rng = generator(seed)
    steps = rng.normal(0.0003, 0.02, (days, names)) + rng.choice([0.0, -0.2, 0.15], (days, names), p=[0.98, 0.01, 0.01])
    prices = rng.uniform(1.0, 300.0, names) * np.exp(np.cumsum(steps, axis=0))
    traded = np.ones((days, names), dtype=np.bool_)
    members = np.ones((days, names), dtype=np.bool_)
    for i in range(names if troubles else 0):
        if i == 1:  # one name that is always there, so that somebody can always hold the portfolio
            continue
        _trouble(rng, rng.integers(0, 6), prices[:, i], traded[:, i], members[:, i])
    listed = ~np.isnan(prices)
    members &= listed
    sizes = np.where(members, np.nan_to_num(prices) * rng.uniform(0.5, 4.0, names), 0.0)
    return panel_of(
        prices,
        traded=traded & listed,
        members=members,
        benchmark_weights=sizes / sizes.sum(axis=1, keepdims=True),
        cash=np.cumprod(np.r_[1.0, 1.0 + rng.uniform(-0.0001, 0.0003, days - 1)]),
    )


CURRENCIES = ("USD", "EUR", "GBP")
COUNTRIES = ("US", "FR", "GB", "IT", "HK", "DE")
SECTORS = ("Industry", "Energy", "Health")
SEASONING = 5  # days between a listing and membership: volatility and volume are known when a name is first bought


def rich_panel(seed: int, days: int = 90, names: int = 8, troubles: bool = True) -> Panel:
    """The market of random_panel(seed, ...) with currencies, countries, local closes, volumes and half-spreads.

    The prices are those of random_panel, but with `troubles` single days without a close, whose price is carried
    forward. Closes lack what dividends brought; some volumes and half-spreads are unknown.
    """
    panel, rng = random_panel(seed, days, names, troubles), generator(seed + 10**7)
    panel = _with_gaps(panel, rng) if troubles else panel
    fx = {c: np.exp(np.cumsum(rng.normal(0.0, 0.005, days)) + rng.normal(0.0, 0.3)) for c in CURRENCIES}
    fx["USD"] = np.ones(days)
    currencies = tuple(str(c) for c in rng.choice(CURRENCIES, names))
    dividends = np.cumsum(rng.random((days, names)) < 0.02, axis=0) * 0.01
    values = panel.prices * np.exp(rng.normal(0.0, 0.5, names) - dividends)  # of a share, in the base currency
    rates = np.column_stack([fx[c] for c in currencies])
    volumes = np.rint(np.exp(rng.normal(0.0, 0.5, (days, names)) + rng.uniform(8.0, 16.0, names)))
    volumes = np.where(panel.traded & (rng.random((days, names)) < 0.95), volumes, np.nan)
    lately = np.vstack([np.ones((SEASONING, names), dtype=np.bool_), ~np.isnan(panel.prices[:-SEASONING])])
    lately[:SEASONING] = ~np.isnan(panel.prices[0])
    members = panel.members & lately
    sizes = np.where(members, panel.benchmark_weights, 0.0)
    table = np.repeat(rng.uniform(0.0, 0.004, (days // 20 + 1, names)), 20, axis=0)[:days]
    table[:, rng.random(names) < 0.3] = np.nan
    return freeze(
        replace(
            panel,
            currencies=currencies,
            countries=tuple(str(c) for c in rng.choice(COUNTRIES, names)),
            sectors=tuple(str(s) for s in rng.choice(SECTORS, names)),
            issuers=tuple(f"I{i // 2}" if i < 4 else f"I{i}" for i in range(names)),
            closes=np.where(panel.traded, values / rates, np.nan),
            fx=fx,
            volumes=volumes,
            traded_value=np.where(panel.traded, values * volumes, np.nan),
            members=members,
            benchmark_weights=sizes / sizes.sum(axis=1, keepdims=True),
            half_spreads=np.where(rng.random((days, 1)) < 0.1, np.nan, table),
        )
    )


def _with_gaps(panel: Panel, rng: np.random.Generator) -> Panel:
    """Some closes fewer, never a name's first or last one."""
    prices, traded = panel.prices.copy(), panel.traded.copy()
    listed = ~np.isnan(prices)
    inside = listed & np.roll(listed, 1, axis=0) & np.roll(listed, -1, axis=0)
    gaps = inside & (rng.random(prices.shape) < 0.04)
    gaps[[0, -1]] = False
    for day in range(1, len(prices)):
        prices[day] = np.where(gaps[day], prices[day - 1], prices[day])
    return replace(panel, prices=prices, traded=traded & ~gaps)


def _trouble(rng: np.random.Generator, kind: int, price: np.ndarray, traded: np.ndarray, member: np.ndarray) -> None:
    days = len(price)
    first = int(rng.integers(1, days - 1))
    if kind == 0:
        price[: first // 2] = np.nan
    elif kind == 1:
        price[first:] = np.nan
    elif kind == 2:
        for day in range(first, min(days, first + int(rng.integers(1, 30)))):
            traded[day], price[day] = False, price[day - 1]
    elif kind == 3:
        member[first:] = False
    elif kind == 4:
        member[:first] = False


def strategy_of(function: Callable[..., object], name: str = "test", **parameters: object) -> Strategy:
    return Strategy(name=name, function=function, parameters=parameters)


def constant(weights: np.ndarray) -> Strategy:
    """The same wish on every date: (N,), or (V, N) through a parameter of V rows."""
    rows = np.atleast_2d(weights)
    column = np.arange(len(rows), dtype=np.float64)[:, None]
    return strategy_of(lambda history, *, row: rows[row[:, 0].astype(int)], "constant", row=column)


def restless(seed: int, variants: int = 1, cash: bool = True) -> Strategy:
    """A wish that is drawn anew on each date, some weights zero; the draw depends on the date and the variant only."""

    def target_weights(history: History, *, row: np.ndarray) -> np.ndarray:
        day = int(history.dates[-1].astype(int))
        return np.array([_draw(generator(hash((seed, day, int(v))) % 2**32), history, cash) for v in row[:, 0]])

    return strategy_of(target_weights, "restless", row=np.arange(variants, dtype=np.float64)[:, None])


def eventful(seed: int, variants: int = 1, chance: float = 0.15, cash: bool = True) -> Strategy:
    """The wishes of restless(seed, ...), and a should_trade that says yes by chance of date and variant alone."""

    def should_trade(history: History, *, row: np.ndarray) -> np.ndarray:
        day = int(history.dates[-1].astype(int))
        return np.array([generator(hash((seed, day, int(v), 1)) % 2**32).random() < chance for v in row[:, 0]])

    return replace(restless(seed, variants, cash), name="eventful", should_trade=should_trade)


def _draw(rng: np.random.Generator, history: History, cash: bool) -> np.ndarray:
    count = len(history.names)
    raw = rng.exponential(1.0, count) * (rng.random(count) < 0.8)
    raw[1] += 0.1
    raw = np.where(history.members, raw, 0.0)
    return raw / raw.sum() * (rng.choice([1.0, 1.0, 0.9, 0.3]) if cash else 1.0)


# Mandates, for hypothesis

rarely = st.integers(0, 3).map(lambda n: n == 0)


def sometimes(values):
    """Zero more often than not."""
    return st.one_of(st.just(0.0), st.just(0.0), values)


@st.composite
def costs(draw) -> Costs:
    """Each kind of cost, more often off than on but for the haircut."""
    impact, bps = draw(rarely), sometimes(st.floats(0.1, 100))
    return Costs(
        commission_bps=draw(bps),
        commission_fixed=draw(sometimes(st.floats(0.1, 10))),
        commission_minimum=draw(sometimes(st.floats(0.1, 20))),
        half_spread_bps=draw(bps),
        buy_tax_bps=draw(bps),
        sell_tax_bps=draw(bps),
        taxes=draw(st.sampled_from(["none", "by_country"])),
        impact=impact,
        impact_coefficient=draw(st.floats(0.1, 1.0)),
        impact_days=draw(st.integers(10, 30)),
        fx_bps=draw(bps),
        custody_bps=draw(sometimes(st.floats(1, 300))),
        delisting_haircut=draw(st.just(0.0) | st.floats(0.01, 1) | st.floats(0.01, 1)),  # few markets lose a company
        capital=10 ** draw(st.floats(4, 6 if impact else 9)),  # far beyond the daily value impact eats whole orders
    )


@st.composite
def constraints(draw, event: bool) -> Constraints:
    """Limits, loose enough for most wishes. event: no bands, so that a row of NaN means that nothing was decided."""
    band = 0.0 if event else draw(sometimes(st.floats(0.01, 0.1)))
    return Constraints(
        fully_invested=draw(rarely),
        min_cash=draw(sometimes(st.floats(0.0, 0.1))),
        max_name=draw(st.none() | st.none() | st.floats(0.5, 0.95)),
        max_theme=draw(st.dictionaries(st.sampled_from(THEMES[:2]), st.floats(0.6, 1.0), max_size=1)),
        max_turnover=draw(st.none() | st.none() | st.none() | st.floats(0.05, 1.0)),
        min_trade=0.0 if event else draw(sometimes(st.floats(0.0, 0.02))),
        no_trade_band=band,
        trade_to=draw(st.sampled_from(["target", "edge"])) if band else "target",
        max_adv_share=draw(st.none() | st.floats(0.001, 0.2)),
        adv_days=draw(st.integers(5, 30)),
        whole_shares=draw(rarely),
    )


@st.composite
def schedules(draw, panel) -> Schedule:
    """Each calendar, beginning where every member has a past."""
    decide = draw(st.sampled_from(["week_end", "week_end", "month_end", "every_n_days", "dates", "event", "event"]))
    day = st.integers(7, len(panel.dates) - 10).map(lambda t: panel.dates[t].item())
    weekday = st.tuples(day, st.integers(0, 2)).map(lambda both: both[0] + timedelta(days=both[1]))
    late = decide in {"every_n_days", "event"} or draw(rarely)  # else they begin before any volatility is known
    return Schedule(
        decide=decide,
        every_days=draw(st.integers(1, 12)) if decide == "every_n_days" else None,
        dates=tuple(draw(st.sets(weekday, min_size=1, max_size=8))) if decide == "dates" else (),
        first_investment=draw(weekday) if late else None,
        lag=draw(st.integers(1, 4)),
    )
