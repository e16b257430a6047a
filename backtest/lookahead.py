"""The proof that a strategy does not look ahead: change all that follows a day, and its weights of that day stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from backtest.errors import StrategyError
from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.strategy import Strategy


def scrambled_after(panel: Panel, day: int, seed: int) -> Panel:
    """The same market up to the close of `day`, and noise after it: every number, every membership, every departure."""
    rng = np.random.Generator(np.random.PCG64(seed))
    noise: dict[str, Any] = {}
    for name in ("prices", "closes", "volumes", "traded_value", "benchmark_weights", "benchmark", "cash"):
        noise[name] = getattr(panel, name).copy()
        noise[name][day + 1 :] = rng.exponential(100.0, noise[name][day + 1 :].shape)
    for name in ("traded", "members"):
        noise[name] = getattr(panel, name).copy()
        noise[name][day + 1 :] = rng.random(noise[name][day + 1 :].shape) < 0.5
    noise["fx"] = {k: np.where(np.arange(len(v)) > day, rng.exponential(1.0, len(v)), v) for k, v in panel.fx.items()}
    later = np.where(rng.random(len(panel.assets)) < 0.5, -1, len(panel.dates) - 1)
    noise["delisted"] = np.where((panel.delisted >= 0) & (panel.delisted <= day), panel.delisted, later)
    return replace(panel, **noise)


def prove_no_look_ahead(strategy: Strategy, panel: Panel, start_day: int, days: Iterable[int], seed: int = 0) -> None:
    """Scramble everything after each of `days`; StrategyError when the strategy's wish moves by as much as a bit.

    A proof by example, not for all markets: it finds a strategy that reads what comes after, by whatever way.
    """
    for day in days:
        weights = np.tile(panel.benchmark_weights[day], (strategy.variants, 1))
        wish = strategy.target_weights(History(panel, day, weights, start_day))
        for attempt in range(2):
            other = scrambled_after(panel, day, seed + attempt)
            again = strategy.target_weights(History(other, day, weights, start_day))
            moved = np.flatnonzero((wish != again).any(axis=0))
            if len(moved):
                raise StrategyError(
                    f"strategy {strategy.name}, {panel.dates[day]}: looks ahead: its weight of {panel.assets[moved[0]]}"
                    " moves when later data are scrambled. Use what History offers, which ends at the decision date."
                )
