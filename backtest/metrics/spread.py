"""Spread: how far weights keep to the limits that a UCITS has for one body and for the large ones together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LARGE_BODY = 0.05
"""A body above this counts towards the sum of large ones. UCITS Directive Art 52(2)."""
ONE_BODY, LARGE_TOGETHER, ONE_GROUP = 0.10, 0.40, 0.20
ROUNDING = 1e-9
"""What the arithmetic of a projection may leave over a limit."""


@dataclass(frozen=True)
class Spread:
    """Per day, (D,), as fractions of NAV: the largest body, the bodies above 5 % together, the largest group."""

    largest: Floats
    large_together: Floats
    largest_group: Floats

    @property
    def breached(self) -> NDArray[np.bool_]:
        """(D,) True on days on which 5/10/40 or 20 % in a group is not kept."""
        over: NDArray[np.bool_] = (
            (self.largest > ONE_BODY + ROUNDING)
            | (self.large_together > LARGE_TOGETHER + ROUNDING)
            | (self.largest_group > ONE_GROUP + ROUNDING)
        )
        return over


def spread(weights: Floats, bodies: tuple[str, ...], groups: tuple[str, ...]) -> Spread:
    """Spread of weights (D, N) over the issuers `bodies` (N,) and their groups of companies `groups` (N,).

    Fractions of NAV; lines of one issuer are added up. 0.06 in seven names and 0.58 in many small ones: the largest is
    0.06 and the large ones together are 0.42, which is above 0.40. No names: zeros. UCITS Directive Art 52.
    """
    by_body, by_group = _by(weights, bodies), _by(weights, groups)
    large = np.where(by_body > LARGE_BODY + ROUNDING, by_body, 0.0)
    return Spread(by_body.max(axis=1, initial=0.0), large.sum(axis=1), by_group.max(axis=1, initial=0.0))


@dataclass(frozen=True)
class SpreadSummary:
    """The worst of each limit over all rebalances, and how often one of them was not kept."""

    rebalances: int
    breaches: int
    first_breach: date | None
    largest: float
    large_together: float
    largest_group: float


def summarise_spread(found: Spread, days: NDArray[np.datetime64]) -> SpreadSummary:
    """Spread over the rebalances of `days` (D,). Without a rebalance nothing is held: zeros."""
    over = np.flatnonzero(found.breached)
    first = days[over[0]].astype("datetime64[D]").item() if len(over) else None
    return SpreadSummary(
        rebalances=len(days),
        breaches=len(over),
        first_breach=first,
        largest=float(found.largest.max(initial=0.0)),
        large_together=float(found.large_together.max(initial=0.0)),
        largest_group=float(found.largest_group.max(initial=0.0)),
    )


def _by(weights: Floats, names: tuple[str, ...]) -> Floats:
    """(D, B) weights added up by name, in the order of names."""
    kinds, place = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    total = np.zeros((len(weights), len(kinds)))
    np.add.at(total.T, place, weights.T)
    return total
