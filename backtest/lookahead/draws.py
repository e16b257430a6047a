"""Sets of parameters drawn over their ranges, one by one and as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtest.strategy import Parameter

ENDS = 0.3
"""The chance that a drawn number is an end of its range: that is where strategies break."""


@dataclass(frozen=True)
class Grid:
    """Sets that differ in numbers only, asked in one call: `parameters` has a column (V, 1) for each number."""

    parameters: Mapping[str, Any]
    sets: tuple[int, ...]  # (V,) which of the drawn sets each variant is


def draw_sets(
    allowed: Sequence[Parameter], given: Mapping[str, Any], count: int, seed: int
) -> tuple[Mapping[str, Any], ...]:
    """Up to `count` different sets: the given values, every low end, every high end, then by chance.

    given: a value for each parameter, and what is none of them (a blend's parts), which stays. Texts take their words
    in turn; one that may be any text stays as it is.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    sets, free = [dict(given)], [p for p in allowed if not p.text or p.words]
    for number in range(1, 4 * count):
        drawn = sets[0] | {p.name: _drawn(p, number, rng) for p in free}
        if drawn not in sets:
            sets.append(drawn)
    return tuple(sets[:count])


def grids(allowed: Sequence[Parameter], sets: Sequence[Mapping[str, Any]]) -> tuple[Grid, ...]:
    """The sets as columns: one grid for all that share their words, in the order of the sets."""
    numbers, texts = ([p.name for p in allowed if p.text is wanted] for wanted in (False, True))
    groups: dict[str, list[int]] = {}
    for i, drawn in enumerate(sets):
        groups.setdefault(repr([drawn[name] for name in texts]), []).append(i)
    return tuple(_grid(sets, numbers, members) for members in groups.values())


def _grid(sets: Sequence[Mapping[str, Any]], numbers: list[str], members: list[int]) -> Grid:
    columns = {name: np.array([[sets[i][name]] for i in members], dtype=np.float64) for name in numbers}
    return Grid({**sets[members[0]], **columns}, tuple(members))


def _drawn(parameter: Parameter, number: int, rng: np.random.Generator) -> Any:
    """The value in set `number`: 1 has the low ends, 2 the high ones, the later ones either or what lies between."""
    if parameter.text:
        return parameter.words[number % len(parameter.words)]
    low, high = parameter.low, parameter.high
    chance = rng.random()
    if number == 1 or (number > 2 and chance < ENDS / 2):
        value = low
    elif number == 2 or (number > 2 and chance > 1 - ENDS / 2):
        value = high
    else:
        value = float(rng.integers(int(low), int(high) + 1)) if parameter.whole else float(rng.uniform(low, high))
    return int(value) if parameter.whole else value


def in_words(parameters: Mapping[str, Any], row: int = 0) -> str:
    """'capex_target = 0.5, months = 6': one set, or the row of a grid; 'no parameters' when there are none."""
    picked = {k: v[min(row, len(v) - 1), 0] if isinstance(v, np.ndarray) else v for k, v in parameters.items()}
    shown = [f"{k} = {v:g}" if isinstance(v, int | float) else f"{k} = {v}" for k, v in picked.items() if k != "parts"]
    return ", ".join(shown) or "no parameters"
