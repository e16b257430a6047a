"""A strategy's parameters: read from signature and docstring, checked against what the mandate gives.

Each parameter has a line in the docstring of `target_weights`, which ends with what is allowed:

    months: length of the glide in months, 1 to 60.
    dear_when: which figures mean dear, one of high, low.
    field: the published field to judge by, any text.

The first is a number, a whole one when annotated `int`; the others are annotated `str`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from backtest.errors import StrategyError, listed, nearest
from backtest.market.prices import Floats

Value = float | str | Floats
"""A number or a word, the same for all variants, or a column (V, 1) of numbers with one row per variant."""

NUMBER = r"(-?\d+(?:\.\d+)?)"
RANGE = re.compile(rf"(?:^[ ]*|[ ]{{2}})(\w+): ([^\n]+?), {NUMBER} to {NUMBER}\.(?=\s|$)", re.MULTILINE)
WORDS = re.compile(r"(?:^[ ]*|[ ]{2})(\w+): ([^\n]+?), (?:one of (\w+(?:, \w+)+)|any text)\.(?=\s|$)", re.MULTILINE)
COMPOSING = ("parts", "shares")
"""Keywords of a strategy that composes others: they receive what [[strategy.parts]] says and have no range."""
MAX_TEXT = 200


@dataclass(frozen=True)
class Parameter:
    """One keyword of a strategy: what it means, what is allowed and its default (None: required).

    Of a number the range, both ends included; of a text the words allowed, none of them standing for any text.
    """

    name: str
    meaning: str
    low: float
    high: float
    whole: bool
    default: float | str | None
    text: bool = False
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What may be given, in words: '0 to 1', 'one of high, low' or 'any text'."""
        if self.text:
            return f"one of {', '.join(self.words)}" if self.words else "any text"
        return f"{self.low:g} to {self.high:g}"

    def __str__(self) -> str:
        return f"{self.name} ({self.allowed})"


def read_parameters(function: Callable[..., Any], path: Path) -> tuple[Parameter, ...]:
    """The keyword parameters of `target_weights`, ranges from its docstring. StrategyError when one has no range."""
    text = inspect.getdoc(function) or ""
    ranges = {m[0]: m for m in RANGE.findall(text)}
    words = {m[0]: m for m in WORDS.findall(text)}
    first, *keywords = inspect.signature(function).parameters.values() or (None,)
    if first is None:
        raise StrategyError(f"{path}: target_weights takes no history; write target_weights(history, *, ...).")
    for keyword in keywords:
        if keyword.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise StrategyError(
                f"{path}, {keyword.name}: parameters stand after the star: "
                f"target_weights(history, *, {keyword.name}=...)."
            )
    own = [k for k in keywords if k.name not in COMPOSING]
    return tuple(_text(k, words, path) if _is(k, str) else _number(k, ranges, path) for k in own)


def composes(function: Callable[..., Any]) -> bool:
    """Whether a strategy is made of others: it has the keywords `parts` and `shares`."""
    return set(COMPOSING) <= set(inspect.signature(function).parameters)


def _is(keyword: inspect.Parameter, kind: type) -> bool:
    return keyword.annotation is kind or str(keyword.annotation).strip("'\"") == kind.__name__


def _default(keyword: inspect.Parameter) -> Any:
    return None if keyword.default is inspect.Parameter.empty else keyword.default


def _number(keyword: inspect.Parameter, ranges: Mapping[str, tuple[str, ...]], path: Path) -> Parameter:
    if keyword.name not in ranges:
        raise StrategyError(
            f"{path}, {keyword.name}: no range in the docstring of target_weights. "
            f"Add the line '{keyword.name}: what it means, 0 to 1.'"
        )
    _, meaning, low, high = ranges[keyword.name]
    return Parameter(keyword.name, meaning, float(low), float(high), _is(keyword, int), _default(keyword))


def _text(keyword: inspect.Parameter, words: Mapping[str, tuple[str, ...]], path: Path) -> Parameter:
    if keyword.name not in words:
        raise StrategyError(
            f"{path}, {keyword.name}: the docstring of target_weights does not say which words it takes. "
            f"Add the line '{keyword.name}: what it means, one of this, that.' or '..., any text.'"
        )
    _, meaning, allowed = words[keyword.name]
    known = tuple(allowed.split(", ")) if allowed else ()
    nan = float("nan")
    return Parameter(keyword.name, meaning, nan, nan, False, _default(keyword), text=True, words=known)


def settle_parameters(
    strategy: str, allowed: tuple[Parameter, ...], given: Mapping[str, Any], where: str = "[strategy]"
) -> Mapping[str, Value]:
    """Given values over defaults, each checked. StrategyError names the key, what was found and what is allowed.

    where: the table of the mandate that the values come from, for messages.
    """
    known = {p.name: p for p in allowed}
    takes = listed(str(p) for p in allowed) or "none"
    for key in given:
        if key not in known:
            raise StrategyError(
                f"{where} {key}: no such parameter of {strategy}.{nearest(key, known)} Allowed: {takes}."
            )
    missing = [p.name for p in allowed if p.default is None and p.name not in given]
    if missing:
        raise StrategyError(f"{where} {missing[0]}: missing; {strategy} needs it. Allowed: {takes}.")
    return MappingProxyType({p.name: settled(p, given.get(p.name, p.default), where) for p in allowed})


def settled(parameter: Parameter, value: Any, where: str) -> Value:
    """A word that is allowed, one number inside the range, or a column (V, 1) of such numbers."""
    if parameter.text:
        return _settled_text(parameter, value, where)
    try:
        numbers = np.asarray(value)
    except ValueError:
        numbers = np.asarray(None)
    numeric = numbers.dtype.kind in "iuf" and numbers.size > 0
    if not numeric or not _inside(numbers.astype(np.float64), parameter):
        kind = "a whole number" if parameter.whole else "a number"
        raise StrategyError(
            f"{where} {parameter.name}: found {value!r}. "
            f"Give {kind} from {parameter.low:g} to {parameter.high:g}: {parameter.meaning}."
        )
    if numbers.ndim == 0:
        return int(numbers) if parameter.whole else float(numbers)
    return numbers.astype(np.float64)


def _settled_text(parameter: Parameter, value: Any, where: str) -> str:
    fits = isinstance(value, str) and 0 < len(value) <= MAX_TEXT and (not parameter.words or value in parameter.words)
    if isinstance(value, str) and fits:
        return str(value)
    close = nearest(value, parameter.words) if isinstance(value, str) else ""
    hint = " Text is the same for all variants." if isinstance(value, list | tuple | np.ndarray) else ""
    kind = f"one of {', '.join(parameter.words)}" if parameter.words else f"a text of 1 to {MAX_TEXT} characters"
    raise StrategyError(f"{where} {parameter.name}: found {value!r}.{close} Give {kind}: {parameter.meaning}.{hint}")


def _inside(numbers: Floats, parameter: Parameter) -> bool:
    fits = (numbers >= parameter.low) & (numbers <= parameter.high)
    if parameter.whole:
        fits &= numbers == np.floor(numbers)
    return bool(fits.all())
