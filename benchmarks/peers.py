"""The peers, each as it is meant to be used: vectorbt with both its engines, bt, skfolio; and the floor beneath all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market.prices import Floats, Panel
from benchmarks.market import CAPITAL, RATE
from benchmarks.timing import Contender, Timed

Ints = NDArray[np.int64]


def frame(panel: Panel, values: Floats) -> pd.DataFrame:
    """(T, N) under the panel's dates and tickers."""
    return pd.DataFrame(values, index=pd.DatetimeIndex(panel.dates), columns=list(panel.assets))


def vectorbt_run(panel: Panel, days: Ints, wish: Floats, engine: str, with_value: bool) -> Callable[[], Any]:
    """Target percentages wish (K, V, N) on the trade days (K,), cash shared by the names of a variant, sells first."""
    import vectorbt as vbt

    variants = wish.shape[1]
    size = np.full((len(panel.dates), wish.shape[1] * wish.shape[2]), np.nan)
    size[days] = wish.reshape(len(wish), -1)
    columns = pd.MultiIndex.from_product([range(variants), panel.assets], names=["variant", "asset"])
    close = pd.DataFrame(np.tile(panel.prices, variants), index=pd.DatetimeIndex(panel.dates), columns=columns)

    def run() -> Any:
        portfolio = vbt.Portfolio.from_orders(
            close, size, size_type="targetpercent", fees=RATE, init_cash=CAPITAL, group_by="variant",
            cash_sharing=True, call_seq="auto", freq="1D", engine=engine,
        )  # fmt: skip
        return portfolio.value() if with_value else portfolio

    return run


def vectorbt(panel: Panel, days: Ints, wish: Floats, engine: str = "rust", what: str = "") -> list[Contender]:
    """Orders only, and with the daily NAV."""
    label = {"rust": "Rust", "numba": "Numba"}[engine]
    name, share = f"vectorbt `from_orders`, {label}, warm{what}", wish.shape[1]
    return [
        Contender(f"{name}, orders only", vectorbt_run(panel, days, wish, engine, False), share=share),
        Contender(f"{name}, and its NAV", vectorbt_run(panel, days, wish, engine, True), _last_value, share),
    ]


def _last_value(value: Any) -> float:
    return float(np.asarray(value)[-1].flat[0])


def bt(panel: Panel, days: Ints, wish: Floats) -> Contender:
    """bt with the weights (K, N) of each trade day, fractions of units allowed."""
    import bt as package

    dates, prices = pd.DatetimeIndex(panel.dates), frame(panel, panel.prices)
    weights = pd.DataFrame(wish, index=dates[days], columns=list(panel.assets))

    def run() -> Any:
        algos = [package.algos.RunOnDate(*dates[days]), package.algos.WeighTarget(weights), package.algos.Rebalance()]
        test = package.Backtest(
            package.Strategy("bt", algos),
            prices,
            initial_capital=CAPITAL,
            commissions=_commission,
            integer_positions=False,
            progress_bar=False,
        )
        return package.run(test)

    return Contender("bt, fractions of units", run, lambda done: float(done.prices["bt"].iloc[-1]) / 100.0 * CAPITAL)


def _commission(units: float, price: float) -> float:
    return abs(units) * price * RATE


def skfolio(panel: Panel) -> Contender:
    """Walk forward with equal weights, fitted on a month and held for the next."""
    from skfolio.model_selection import WalkForward, cross_val_predict
    from skfolio.optimization import EqualWeighted

    returns = frame(panel, panel.prices).pct_change().iloc[1:]

    def run() -> Any:
        months = WalkForward(test_size=1, train_size=1, freq="ME")
        return np.asarray(cross_val_predict(EqualWeighted(), returns, cv=months).cumulative_returns)

    return Contender("skfolio walk-forward, equal weights, no costs", run)


def floor(panel: Panel, variants: int) -> Contender:
    """All prices (T, N) times one set of units (N, V): less than that no daily NAV of constant holdings can take."""
    shape = len(panel.assets) if variants == 1 else (len(panel.assets), variants)
    units = np.random.Generator(np.random.PCG64(4)).random(shape)
    return Contender("floor: all prices times all units", lambda: panel.prices @ units, share=variants)


def seconds_of(timed: Sequence[Timed], *words: str) -> float:
    """What the first one took whose name holds all the words."""
    return next(t.seconds for t in timed if all(word in t.name for word in words))
