"""Strategies made of others: what [[strategy.parts]] says, and how a composing strategy is asked.

The mandate names each part like a strategy, with the share of the portfolio that follows it:

    [strategy]
    name = "blend"
    [[strategy.parts]]
    name = "cut_capex"
    share = 0.6
    months = 12

The parameters of the parts stand beside those of the whole, as `parts.1.months`, so that each may be a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backtest.errors import StrategyError
from backtest.market.history import History
from backtest.market.prices import Bools, Floats
from backtest.strategy.ask import SUM_TOLERANCE, Strategy, asked
from backtest.strategy.parameters import Parameter, Value, settled

MAX_DEPTH, MAX_PARTS = 4, 50
SHARE = Parameter("share", "share of the portfolio that follows this part", 0.0, 1.0, False, None)
SHARE_KEY = re.compile(r"(parts\.\d+\.)+share")
PART_KEY = re.compile(r"parts\.(\d+)\.(.+)")


@dataclass(frozen=True)
class Composed:
    """The functions of a strategy that composes others; called with the parameters of the whole."""

    name: str
    function: Callable[..., Any]
    parts: tuple[Strategy, ...]
    asks: Callable[..., Any] | None = None
    """The composing file's own should_trade, if it has one."""

    def target_weights(self, history: History, **flat: Value) -> Any:
        """What the composing function makes of its parts: callables of history, weights (V, N) or (1, N), checked."""
        own = {key: value for key, value in flat.items() if not key.startswith("parts.")}
        parts = tuple(_bound(self.name, k, part) for k, part in self._settled(flat))
        shares = tuple(flat[f"parts.{k}.share"] for k, _ in self._settled(flat))
        return self.function(history, parts=parts, shares=shares, **own)

    def should_trade(self, history: History, **flat: Value) -> Bools:
        """(V,) whether any part, or the composing strategy itself, wants to decide today."""
        wanted = np.zeros(1, dtype=np.bool_)
        for k, part in self._settled(flat):
            try:
                wanted = wanted | asked(part, history)
            except StrategyError as error:
                raise StrategyError(f"part {k} of {self.name}: {error}") from None
        if self.asks is not None:
            own = {key: value for key, value in flat.items() if not key.startswith("parts.")}
            wanted = wanted | asked(Strategy(self.name, self.asks, own, should_trade=self.asks), history)
        return wanted

    def _settled(self, flat: Mapping[str, Value]) -> Iterator[tuple[int, Strategy]]:
        """Each part by number, from 1, with its own parameters taken from those of the whole."""
        for k, part in enumerate(self.parts, start=1):
            yield k, replace(part, parameters={name: flat[f"parts.{k}.{name}"] for name in part.parameters})


def _bound(name: str, number: int, part: Strategy) -> Callable[[History], Floats]:
    def weights(history: History) -> Floats:
        try:
            return part.target_weights(history)
        except StrategyError as error:
            raise StrategyError(f"part {number} of {name}: {error}") from None

    return weights


def split_parts(name: str, given: Mapping[str, Any], depth: int, where: str) -> tuple[dict[str, Any], ...]:
    """The tables of [[strategy.parts]], keys such as `parts.1.months` put into theirs. StrategyError for no tables."""
    tables = given.get("parts")
    here = _tables(where)
    if not isinstance(tables, list | tuple) or not tables or not all(isinstance(t, Mapping) for t in tables):
        raise StrategyError(
            f"{where} parts: found {tables!r}; {name} is made of other strategies. "
            f'Add tables {here}, each with name = "..." or path = "...", share and the parameters of its own.'
        )
    if len(tables) > MAX_PARTS or depth >= MAX_DEPTH:
        raise StrategyError(
            f"{here}: {len(tables)} parts at depth {depth + 1}; at most {MAX_PARTS} parts and {MAX_DEPTH} levels "
            "are allowed. Take some away."
        )
    own = [dict(table) for table in tables]
    for key, value in given.items():
        if match := PART_KEY.fullmatch(key):
            if not 1 <= int(match[1]) <= len(own):
                raise StrategyError(f"{where} {key}: no such part; {name} has {len(own)}, counted from 1.")
            own[int(match[1]) - 1][match[2]] = value
    return tuple(own)


def part_place(where: str, number: int) -> str:
    """'[[strategy.parts]] 2', where a message about the second part points."""
    return f"{_tables(where)} {number}"


def _tables(where: str) -> str:
    return "[[strategy.parts" + ".parts" * where.count("parts") + "]]"


def settle_share(strategy: Strategy, given: object, where: str) -> Value:
    """The share of a part: a number or a column, 0 to 1. StrategyError when it is missing or out of range."""
    if any(p.name == "share" for p in strategy.allowed):
        raise StrategyError(
            f"{where} share: {strategy.name} has a parameter of that name, which cannot be told from the share of "
            "the part. Rename the parameter in the strategy's file."
        )
    if given is None:
        raise StrategyError(f"{where} share: missing. Give the {SHARE.meaning}, 0 to 1; what is left over is cash.")
    return settled(SHARE, given, where)


def check_shares(name: str, parameters: Mapping[str, Value], where: str) -> None:
    """StrategyError when the shares of the parts of one composing strategy sum to more than one in some variant."""
    groups: dict[str, Any] = {}
    for key, value in parameters.items():
        if SHARE_KEY.fullmatch(key):
            prefix = key.removesuffix("share").rstrip(".").rpartition("parts.")[0]
            groups[prefix] = groups.get(prefix, 0.0) + np.asarray(value, dtype=np.float64)
    for prefix, total in groups.items():
        if np.max(total) > 1.0 + SUM_TOLERANCE:
            inside = f", {prefix.rstrip('.')}" if prefix else ""
            raise StrategyError(
                f"{where} parts{inside}: the shares of {name} sum to {np.max(total):.10g}; "
                "at most 1 is allowed, and what is left over is cash."
            )


def flattened(parts: tuple[Strategy, ...], shares: tuple[Value, ...]) -> dict[str, Value]:
    """The parameters and shares of the parts under their names in the whole."""
    flat: dict[str, Value] = {}
    for k, (part, share) in enumerate(zip(parts, shares, strict=True), start=1):
        flat[f"parts.{k}.share"] = share
        flat |= {f"parts.{k}.{name}": value for name, value in part.parameters.items()}
    return flat


def flattened_allowed(parts: tuple[Strategy, ...]) -> tuple[Parameter, ...]:
    """What the parts allow, under their names in the whole; their shares left out."""
    return tuple(replace(p, name=f"parts.{k}.{p.name}") for k, part in enumerate(parts, start=1) for p in part.allowed)
