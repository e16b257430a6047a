"""How long a simulation takes, against vectorbt and bt, on the same prices, dates, weights and costs, in one run.

    python benchmarks/simulation.py

500 names, 2,520 days, month-end decisions traded a day later, 10 basis points a side, benchmark weights that drift.
Each contender is run several times in this process and its best time counts; imports and compilation are left out. The
floor is the bare product of all prices with one vector of units: less than that no daily NAV can cost.
"""

from __future__ import annotations

import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtest.mandate import Constraints, Costs, Schedule, StrategyChoice
from backtest.market.prices import Panel
from backtest.schedule import trading_plan
from backtest.simulate import simulate
from backtest.strategy import Strategy, load_strategy

NAMES, DAYS, RATE = 500, 2520, 0.001
COSTS = Costs(commission_bps=RATE * 1e4)
THEMES = ("capex", "adopter", "other")


def market(names: int = NAMES, days: int = DAYS) -> Panel:
    """Seeded random walks; capitalisation weights; all names listed throughout."""
    rng = np.random.Generator(np.random.PCG64(1))
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, (days, names)), axis=0))
    sizes = prices * rng.pareto(1.5, names)
    calendar = np.arange(np.datetime64("2014-01-01"), np.datetime64("2014-01-01") + 2 * days)
    always, unknown = np.ones(prices.shape, dtype=np.bool_), np.full(prices.shape, np.nan)
    return Panel(
        base_currency="USD",
        dates=calendar[np.is_busday(calendar)][:days],
        assets=tuple(f"A{i:03d}" for i in range(names)),
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


def best(run: Callable[[], Any], times: int) -> float:
    """Shortest of several runs, in seconds, after one that does not count."""
    run()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        spent.append(time.perf_counter() - start)
    return min(spent)


def ours(panel: Panel, strategy: Strategy, constraints: Constraints | None = None) -> Callable[[], np.ndarray]:
    return lambda: simulate(panel, strategy, Schedule(), constraints or Constraints(), COSTS).nav


def column_of_targets(strategy: Strategy, variants: int) -> Strategy:
    """The same strategy with capex_target spread over `variants` values."""
    column = np.linspace(0.0, 1.0, variants)[:, None]
    return Strategy("cut_capex", strategy.function, {**strategy.parameters, "capex_target": column})


def vectorbt_run(panel: Panel, with_value: bool) -> Callable[[], Any]:
    """Target percentages on the trade dates, cash shared, sells first, Rust engine."""
    import vectorbt as vbt

    decisions, trades = trading_plan(panel.dates, Schedule())
    size = np.full(panel.prices.shape, np.nan)
    size[trades] = panel.benchmark_weights[decisions]
    close = pd.DataFrame(panel.prices, index=pd.DatetimeIndex(panel.dates), columns=list(panel.assets))

    def run() -> Any:
        portfolio = vbt.Portfolio.from_orders(
            close, size, size_type="targetpercent", fees=RATE, init_cash=1e8, group_by=True, cash_sharing=True,
            call_seq="auto", freq="1D", engine="rust",
        )  # fmt: skip
        return portfolio.value() if with_value else portfolio

    return run


def bt_run(panel: Panel) -> Callable[[], Any]:
    import bt

    decisions, trades = trading_plan(panel.dates, Schedule())
    dates = pd.DatetimeIndex(panel.dates)
    prices = pd.DataFrame(panel.prices, index=dates, columns=list(panel.assets))
    weights = pd.DataFrame(panel.benchmark_weights[decisions], index=dates[trades], columns=list(panel.assets))

    def run() -> Any:
        algos = [bt.algos.RunOnDate(*dates[trades]), bt.algos.WeighTarget(weights), bt.algos.Rebalance()]
        strategy = bt.Strategy("bt", algos)
        return bt.run(
            bt.Backtest(strategy, prices, 1e8, commissions=commission, integer_positions=False, progress_bar=False)
        )

    return run


def commission(units: float, price: float) -> float:
    return abs(units) * price * RATE


def main() -> None:
    warnings.simplefilter("ignore")
    panel = market()
    hold = load_strategy(StrategyChoice(name="hold_benchmark"), Path())
    cut = load_strategy(StrategyChoice(name="cut_capex"), Path())
    caps = Constraints(max_name=0.02, max_theme={"capex": 0.25})
    rows = [
        ("jevons, hold_benchmark", best(ours(panel, hold), 15)),
        ("jevons, cut_capex", best(ours(panel, cut), 15)),
        ("jevons, cut_capex, caps that bind", best(ours(panel, cut, caps), 10)),
        ("jevons, cut_capex, 100 variants (each)", best(ours(panel, column_of_targets(cut, 100)), 2) / 100),
        ("vectorbt from_orders, Rust", best(vectorbt_run(panel, with_value=False), 4)),
        ("vectorbt from_orders, Rust, and its NAV", best(vectorbt_run(panel, with_value=True), 4)),
        ("bt", best(bt_run(panel), 1)),
        ("floor: prices times units, once", best(lambda: panel.prices @ panel.benchmark_weights[0], 15)),
    ]
    reference = rows[0][1]
    print(
        f"{NAMES} names, {DAYS} days, monthly, {RATE:.2%} a side; "
        f"{platform.machine()}, Python {platform.python_version()}"
    )
    print(f"{'':42}{'ms':>12}{'times ours':>12}")
    for name, seconds in rows:
        print(f"{name:42}{seconds * 1e3:12.2f}{seconds / reference:12.2f}")


if __name__ == "__main__":
    main()
