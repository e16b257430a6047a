"""The markets, wishes and mandates that are timed: seeded random walks, alike on every machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backtest.mandate import StrategyChoice
from backtest.market.history import History
from backtest.market.prices import Floats, Panel
from backtest.schedule import trading_plan
from backtest.strategy import Strategy, load_strategy
from backtest.terms import Constraints, Costs, Schedule

MONTHLY, EVENT = Schedule(), Schedule(decide="event")
RATE = 0.001  # a side
PROPORTIONAL = Costs(commission_bps=RATE * 1e4)
NO_LIMITS = Constraints()
CAPITAL = PROPORTIONAL.capital

THEMES = ("capex", "adopter", "other")
SECTORS = ("Energy", "Materials", "Industrials", "Discretionary", "Staples", "Health", "Financials",
           "Technology", "Communication", "Utilities", "Real estate")  # fmt: skip
COUNTRIES = {"US": "USD", "GB": "GBP", "FR": "EUR", "IT": "EUR", "HK": "HKD", "DE": "EUR"}
COUNTRY_OF = ("US", "US", "US", "GB", "FR", "US", "US", "IT", "HK", "DE")
GIANTS = 12  # names of the rich market that are large enough for 5/10/40


@dataclass(frozen=True)
class Sizes:
    """How large a market, how many variants, and how often each contender has its turn."""

    names: int
    days: int
    variants: int
    rounds: int


FULL = Sizes(names=500, days=2520, variants=1000, rounds=5)
QUICK = Sizes(names=60, days=260, variants=60, rounds=1)


def plain_market(names: int, days: int) -> Panel:
    """Capitalisation weights; all names listed throughout and of one country; volumes unknown."""
    rng = np.random.Generator(np.random.PCG64(1))
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, (days, names)), axis=0))
    sizes = prices * rng.pareto(1.5, names)
    always, unknown = np.ones(prices.shape, dtype=np.bool_), np.full(prices.shape, np.nan)
    return Panel(
        base_currency="USD",
        dates=_weekdays(days),
        assets=tuple(f"A{i:04d}" for i in range(names)),
        names=tuple(f"Company {i}" for i in range(names)),
        themes=tuple(THEMES[i % 3] for i in range(names)),
        sectors=("Industry",) * names,
        countries=("US",) * names,
        currencies=("USD",) * names,
        prices=prices,
        closes=prices,
        traded=always,
        volumes=unknown,
        traded_value=unknown,
        members=always,
        benchmark_weights=sizes / sizes.sum(axis=1, keepdims=True),
        benchmark=np.ones(days),
        benchmark_name="Random walks",
        cash=np.ones(days),
        fx={"USD": np.ones(days)},
        delisted=np.full(names, -1),
    )


def rich_market(names: int, days: int) -> Panel:
    """The same prices with giants, countries, currencies, sectors, double lines, volumes, half-spreads and interest."""
    plain, rng = plain_market(names, days), np.random.Generator(np.random.PCG64(2))
    countries = tuple(COUNTRY_OF[i * 7 % len(COUNTRY_OF)] for i in range(names))
    currencies = tuple(COUNTRIES[c] for c in countries)
    fx = {c: np.exp(np.cumsum(rng.normal(0.0, 0.004, days))) for c in sorted(set(COUNTRIES.values()))}
    fx["USD"] = np.ones(days)
    sizes = plain.prices * (0.2 + rng.pareto(1.5, names).clip(max=10.0))
    sizes[:, :GIANTS] = plain.prices[:, :GIANTS] * 0.02 * names * rng.uniform(2.0, 4.0, GIANTS)
    weights = sizes / sizes.sum(axis=1, keepdims=True)
    closes = plain.prices / np.column_stack([fx[c] for c in currencies])
    value = 20.0 * CAPITAL * weights * np.exp(rng.normal(0.0, 0.6, weights.shape))
    return replace(
        plain,
        sectors=tuple(SECTORS[i % len(SECTORS)] for i in range(names)),
        countries=countries,
        currencies=currencies,
        issuers=tuple(f"I{_first_line(i, names):04d}" for i in range(names)),
        issuer_groups=tuple(f"G{_first_line(i, names) // 2:04d}" for i in range(names)),
        closes=closes,
        traded_value=value,
        volumes=np.rint(value / plain.prices),
        benchmark_weights=weights,
        half_spreads=np.broadcast_to(rng.uniform(0.0002, 0.002, names), weights.shape),
        cash=1.00008 ** np.arange(days, dtype=np.float64),
        fx=fx,
    )


def _weekdays(days: int) -> NDArray[np.datetime64]:
    calendar = np.arange(np.datetime64("2014-01-01"), np.datetime64("2014-01-01") + 2 * days + 10)
    found: NDArray[np.datetime64] = calendar[np.is_busday(calendar)][:days]
    return found


def _first_line(i: int, names: int) -> int:
    """Every tenth name is a second line of the one before."""
    return i - 1 if i % 10 == 1 and names > 1 else i


def restless_wish(panel: Panel) -> Floats:
    """(T, N) the benchmark's weights, tilted anew at random on every day: enough trade for every limit to matter."""
    rng = np.random.Generator(np.random.PCG64(3))
    tilted = panel.benchmark_weights * np.exp(rng.normal(0.0, 0.4, panel.benchmark_weights.shape))
    wish: Floats = tilted / tilted.sum(axis=1, keepdims=True)
    return wish


def from_table(panel: Panel, rows: Floats) -> Strategy:
    """A strategy that returns row t of a table (T, N) on day t of the panel."""
    row_of: dict[np.datetime64, Floats] = dict(zip(panel.dates, rows, strict=True))

    def target_weights(history: History) -> Floats:
        return row_of[history.date]

    return Strategy("from_table", target_weights)


def cut_capex(variants: int) -> Strategy:
    """The shipped strategy with capex_target spread evenly over `variants` values from 0 to 1."""
    shipped = load_strategy(StrategyChoice(name="cut_capex"), Path())
    column = np.linspace(0.0, 1.0, variants)[:, None] if variants > 1 else np.array([[0.5]])
    return replace(shipped, parameters={**shipped.parameters, "capex_target": column})


def wishes(
    panel: Panel, strategy: Strategy, schedule: Schedule, daily: bool = False
) -> tuple[NDArray[np.int64], Floats]:
    """Trade days (K,) and the wish (K, V, N) traded on each. daily: on every day from the schedule's first one on."""
    decisions = trading_plan(panel.dates, schedule).decisions
    if daily:
        decisions = np.arange(decisions[0], len(panel.dates) - schedule.lag)
    nothing = np.zeros((strategy.variants, len(panel.assets)))
    wish = [strategy.target_weights(History(panel, int(d), nothing, int(decisions[0]))) for d in decisions]
    return decisions + schedule.lag, np.array(wish)
