"""Asking a strategy: its wish as checked weights, and whether it wants to decide today."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backtest.compiled import compiled
from backtest.errors import StrategyError
from backtest.market.history import History
from backtest.market.prices import Bools, Floats
from backtest.strategy.parameters import Parameter, Value

SUM_TOLERANCE = 1e-9
ROUNDING = 1e-14


@dataclass(frozen=True)
class Strategy:
    """A strategy with its parameters settled: each a number or a word, or a column (V, 1) with one row per variant.

    One that composes others holds their parameters too, under names such as `parts.2.months`, and their shares, such
    as `parts.2.share`. `allowed` lists all parameters but the shares, whose sum is at most one.
    """

    name: str
    function: Callable[..., Any]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    idea: str = ""
    fails_when: str = ""
    sha256: str = ""
    should_trade: Callable[..., Any] | None = None
    allowed: tuple[Parameter, ...] = ()
    source: str = ""
    reads: str = ""
    parts: tuple[str, ...] = ()
    """The names of the strategies that one which composes is made of."""

    @cached_property
    def variants(self) -> int:
        """V: the common length of the columns among the parameters; 1 when all are numbers. StrategyError otherwise."""
        columns = {k: np.shape(v) for k, v in self.parameters.items() if np.ndim(v) > 0}
        for key, shape in columns.items():
            if len(shape) != 2 or shape[1] != 1 or shape[0] < 1:
                raise StrategyError(
                    f"strategy {self.name}, {key}: an array of shape {shape}; "
                    "give one number, or a column of shape (V, 1) with one row per variant."
                )
        lengths = {shape[0] for shape in columns.values()}
        if len(lengths) > 1:
            found = ", ".join(f"{k} {s[0]}" for k, s in columns.items())
            raise StrategyError(f"strategy {self.name}: columns of different lengths ({found}); give each the same.")
        return lengths.pop() if lengths else 1

    @cached_property
    def asked_with(self) -> Mapping[str, Any]:
        """Those parameters that `should_trade` names."""
        if self.should_trade is None:
            return {}
        wanted = inspect.signature(self.should_trade).parameters
        every = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in wanted.values())
        return {k: v for k, v in self.parameters.items() if every or k in wanted}

    def target_weights(self, history: History, rows: Bools | None = None) -> Floats:
        """The strategy's wish (V, N) at the close of the history's last day, checked; the rest to one is cash.

        rows: (V,) the variants whose wish counts today; the others are left out, whatever they are. None: all.

        Raises StrategyError with strategy, date and what was found when the function fails, or its weights are not
        numbers, not finite, negative, of the wrong shape, zero altogether, or sum to more than one.
        """
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                found = self.function(history, **self.parameters)
        except StrategyError:
            raise
        except Exception as error:
            what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            raise StrategyError(
                f"{self._where(history)}: {what}. Mend the strategy, or the universe it is given."
            ) from error
        try:
            return checked_wish(found, (self.variants, len(history.names)), history.names, rows)
        except StrategyError as error:
            raise StrategyError(f"{self._where(history)}: {error}") from None

    def _where(self, history: History) -> str:
        return f"strategy {self.name}, {history.date}"


def checked_wish(found: object, shape: tuple[int, ...], names: tuple[str, ...], rows: Bools | None = None) -> Floats:
    """A strategy's answer as weights (V, N), or StrategyError. (N,) and (1, N) stand for all variants alike."""
    try:
        wish = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise StrategyError(f"returned {type(found).__name__}; return an array of weights {shape}.") from None
    variants, assets = shape
    if wish.shape not in {(assets,), (1, assets), (variants, assets)}:
        raise StrategyError(
            f"returned weights of shape {wish.shape}; return {shape}, one row per variant and one column per asset."
        )
    wish = wish[None, :] if wish.shape == (assets,) else wish
    if rows is not None:
        wish, variants = wish[rows] if len(wish) == variants else wish, int(rows.sum())
    low, high, are_weights = _sums(wish)
    if not are_weights:
        raise StrategyError(_not_a_weight(wish, names))
    if low <= 0.0:
        raise StrategyError("the weights sum to 0; at least one asset must receive weight.")
    if high > 1.0 + SUM_TOLERANCE:
        raise StrategyError(f"the weights sum to {high:.10g}; at most 1 is allowed, and what is left out is cash.")
    if low < 1.0 - ROUNDING or high > 1.0 + ROUNDING:  # what is within the tolerance is not meant as cash
        total = wish.sum(axis=1)
        wish = wish / np.where(total < 1.0 - SUM_TOLERANCE, 1.0, total)[:, None]
    return wish if len(wish) == variants else np.repeat(wish, variants, axis=0)


@compiled
def _sums(wish):  # type: ignore[no-untyped-def]
    """The least and the greatest sum of a row, and whether every weight is a finite number of zero or more."""
    low, high, are_weights = np.inf, -np.inf, True
    for v in range(wish.shape[0]):
        total, below = 0.0, 0
        for i in range(wish.shape[1]):
            total += wish[v, i]
            below += wish[v, i] < 0.0
        are_weights &= below == 0 and total < np.inf  # a sum with NaN in it is less than nothing
        low, high = min(low, total), max(high, total)
    return low, high, are_weights


def _not_a_weight(wish: Floats, names: tuple[str, ...]) -> str:
    v, i = np.argwhere(~(np.isfinite(wish) & (wish >= 0.0)))[0]
    return (
        f"wishes {wish[v, i]:g} of {names[i]}; a weight is a number of zero or more. "
        "Look for a division by zero, a missing price or a short position."
    )


def asked(strategy: Strategy, history: History) -> Bools:
    """(V,) whether each variant decides today by the strategy's own `should_trade`; all False when it has none.

    `should_trade` receives those parameters that it names. StrategyError when it fails, or for an answer of another
    type or shape.
    """
    rows = strategy.variants
    if strategy.should_trade is None:
        return np.zeros(rows, dtype=np.bool_)
    try:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = np.asarray(strategy.should_trade(history, **strategy.asked_with))
    except StrategyError:
        raise
    except Exception as error:
        what = f"should_trade: {type(error).__name__}: {error}. Mend the strategy."
        raise StrategyError(f"strategy {strategy.name}, {history.date}: {what}") from error
    if found.dtype != np.bool_ or found.size not in {1, rows}:
        raise StrategyError(
            f"strategy {strategy.name}, {history.date}: should_trade returned {found.dtype} of shape "
            f"{found.shape}; return one truth value per variant, shape ({rows},)."
        )
    return np.broadcast_to(found.reshape(-1), (rows,))
