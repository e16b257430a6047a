"""Small random markets and strategies for the tests of the engine. Loaded by path, because tests are no package.

Every market has late listings, names that leave, suspensions, members that come and go, and a moving cash series;
prices are geometric random walks with fat jumps, so that costs, caps and drift all matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.strategy import Strategy

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
    for value in vars(panel).values():
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


def _draw(rng: np.random.Generator, history: History, cash: bool) -> np.ndarray:
    count = len(history.names)
    raw = rng.exponential(1.0, count) * (rng.random(count) < 0.8)
    raw[1] += 0.1
    raw = np.where(history.members, raw, 0.0)
    return raw / raw.sum() * (rng.choice([1.0, 1.0, 0.9, 0.3]) if cash else 1.0)
