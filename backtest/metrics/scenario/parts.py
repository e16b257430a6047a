"""What all scenarios share: the basis of their figures, the names they leave out, sums by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import HOLDING_THRESHOLD

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Basis = Literal["hypothetical"]

BASIS: Basis = "hypothetical"
NOTICE = (
    "Hypothetical figures for the manager's own use. They are neither results nor a forecast, and never belong on a "
    "sheet that shows simulated performance."
)
ROUNDING = 1e-9
"""Weights may exceed one by what arithmetic leaves over."""


@dataclass(frozen=True)
class LeftOut:
    """A held name of which the scenario cannot tell anything by itself: its weight in the portfolio, and why."""

    asset: str
    weight: float
    reason: str


def group_sums(values: Floats, labels: Sequence[str]) -> dict[str, Floats]:
    """Sum of values (..., N) over the names of each group, by label in alphabetical order; each (...,).

    Values 0.1, 0.2, 0.3 of groups a, b, a give {'a': 0.4, 'b': 0.2}. A NaN makes the sum of its group NaN.
    Raises ValueError unless there is one label for each name.
    """
    if values.shape[-1] != len(labels):
        raise ValueError(f"{len(labels)} labels for {values.shape[-1]} names; give one label for each name.")
    found = np.asarray(labels)
    return {str(label): values[..., found == label].sum(axis=-1) for label in np.unique(found)}


def contributions(weights: Floats, effects: Floats) -> Floats:
    """Weight x effect, with 0 where nothing is held whatever the effect: weights (N,), effects (..., N) -> (..., N).

    0.1 of a name that loses 0.2 contributes -0.02. A NaN effect counts only where the name is held.
    """
    return np.where(weights == 0.0, 0.0, weights * effects)


def named(assets: Sequence[str], which: Bools) -> tuple[str, ...]:
    """The names of `which` (N,), in their order: the first of A, B for True, False."""
    return tuple(asset for asset, chosen in zip(assets, which, strict=True) if chosen)


def left_out(assets: Sequence[str], weights: Floats, which: Bools, reason: str) -> tuple[LeftOut, ...]:
    """One line for each name of `which` (N,) that is held (more than 1e-6 of NAV), largest weight first."""
    held = [int(i) for i in np.flatnonzero(which & (weights > HOLDING_THRESHOLD))]
    largest = sorted(held, key=lambda i: (-weights[i], assets[i]))
    return tuple(LeftOut(assets[i], float(weights[i]), reason) for i in largest)


def checked_weights(weights: Floats, what: str, count: int) -> Floats:
    """Weights as floats (N,); ValueError when their number, sign or sum is wrong. A NaN is an error, not a zero."""
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != (count,):
        raise ValueError(f"{what}: found shape {found.shape}; it must be one weight for each of {count} names.")
    if not np.isfinite(found).all() or (found < 0.0).any() or found.sum() > 1.0 + ROUNDING:
        raise ValueError(
            f"{what}: from {found.min():g} to {found.max():g}, in sum {found.sum():g}; weights are fractions of NAV "
            "from 0 to 1 that sum to at most 1."
        )
    return found


def checked_range(values: Floats, what: str, low: float, high: float) -> Floats:
    """Values as floats of any shape; ValueError when one is outside low to high or not finite."""
    found = np.asarray(values, dtype=np.float64)
    wrong = found[~((found >= low) & (found <= high))]
    if wrong.size:
        raise ValueError(f"{what}: found {wrong.flat[0]:g}; allowed is {low:g} to {high:g}.")
    return found


def checked_margins(margins: Floats, assets: Sequence[str]) -> Floats:
    """Margins as floats (N,), NaN unknown; ValueError with the name of one above 1, which is no fraction of sales."""
    found = np.asarray(margins, dtype=np.float64)
    if found.shape != (len(assets),):
        raise ValueError(f"margins: found shape {found.shape}; it must be one margin for each of {len(assets)} names.")
    wrong = np.flatnonzero(found > 1.0)
    if wrong.size:
        place = int(wrong[0])
        raise ValueError(
            f"margins, {assets[place]}: found {found[place]:g}; a margin is a fraction of sales, at most 1. "
            "Divide per cent by 100."
        )
    return found
