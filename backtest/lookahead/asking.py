"""Asking a strategy as the engine does, and holding two answers against each other to the bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtest.errors import StrategyError
from backtest.market.history import History
from backtest.market.prices import Bools, Floats, Panel
from backtest.strategy import Strategy, asked

Fresh = Callable[[Mapping[str, Any]], Strategy]
"""Loads the strategy anew, with these parameters, so that nothing is left of earlier calls."""


@dataclass(frozen=True)
class Question:
    """A market, a day t in it, and the first decision date. A strategy is told what it holds: some drift, the same
    for all who are asked about the day."""

    panel: Panel
    day: int
    start: int

    def history(self, variants: int) -> History:
        rng = np.random.Generator(np.random.PCG64(self.day))
        held = self.panel.benchmark_weights[self.day] * rng.uniform(0.5, 1.5, len(self.panel.assets))
        return History(self.panel, self.day, np.tile(0.99 * held / held.sum(), (variants, 1)), self.start)


@dataclass(frozen=True)
class Answer:
    """What a strategy said: weights (V, N), whether it wants to trade (V,) if it is event-driven; or its refusal."""

    weights: Floats | None
    trades: Bools | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Difference:
    """Where two answers part: the variant, the asset (-1: not about a weight), and both answers in words."""

    row: int
    asset: int
    before: str
    after: str
    amount: float = float("nan")  # after less before, a fraction of the portfolio


def ask(strategy: Strategy, question: Question) -> Answer:
    """The strategy's answer at the close of the day. Whatever it raises is an answer too."""
    history = question.history(strategy.variants)
    try:
        trades = asked(strategy, history).copy() if strategy.should_trade is not None else None
        # A copy: a strategy that hands out an array of its own may write to it later.
        return Answer(strategy.target_weights(history).copy(), trades)
    except StrategyError as error:
        return Answer(None, refusal=str(error))
    except Exception as error:  # should_trade is asked as it is
        return Answer(None, refusal=f"should_trade: {type(error).__name__}: {error}")


def difference(before: Answer, after: Answer) -> Difference | None:
    """The first asset, then the first variant, in which two answers differ by as much as a bit; None: they do not."""
    if before.weights is None or after.weights is None:
        old_words, new_words = before.refusal or "gives weights", after.refusal or "gives weights"
        return None if old_words == new_words else Difference(0, -1, old_words, new_words)
    moved = before.weights != after.weights
    if moved.any():
        asset = int(np.flatnonzero(moved.any(axis=0))[0])
        row = int(np.flatnonzero(moved[:, asset])[0])
        old, new = float(before.weights[row, asset]), float(after.weights[row, asset])
        return Difference(row, asset, f"{old:.6f}", f"{new:.6f}", new - old)
    if before.trades is not None and after.trades is not None and (before.trades != after.trades).any():
        row = int(np.flatnonzero(before.trades != after.trades)[0])
        words = ("should_trade says no", "should_trade says yes")
        return Difference(row, -1, words[int(before.trades[row])], words[int(after.trades[row])])
    return None
