"""Shocks: a theme, a sector or a name moves by a given fraction, and the rest by its beta to what moved."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtest.metrics.scenario.parts import (
    BASIS,
    Basis,
    Bools,
    Floats,
    Ints,
    LeftOut,
    checked_weights,
    contributions,
    group_sums,
    left_out,
    named,
)

WINDOW_DAYS = 252
SHORTEST_DAYS = 60
"""A beta on fewer common days than this is not estimated."""


@dataclass(frozen=True)
class ShockedBasket:
    """The names that one shock moves: `members` (N,); a name belongs to the narrowest shock that names it."""

    label: str
    move: float
    members: Bools


@dataclass(frozen=True)
class Shock:
    """What each name, theme, the portfolio and the benchmark gain or lose. Contributions sum to the totals."""

    baskets: tuple[ShockedBasket, ...]
    betas: Floats  # (N, K) to the baskets together; NaN for shocked names and where there are too few days
    days: Ints  # (N,) days each beta stands on
    effects: Floats  # (N,) fraction of the name's own value, never below -1
    contributions: Floats  # (N,) fractions of NAV
    benchmark_contributions: Floats  # (N,)
    theme_contributions: Mapping[str, float]
    benchmark_theme_contributions: Mapping[str, float]
    left_out: tuple[LeftOut, ...]
    floored: tuple[str, ...]
    """Names whose beta would have taken more than everything."""
    assumptions: tuple[str, ...]
    basis: Basis = BASIS

    @property
    def total(self) -> float:
        """The portfolio's gain or loss, a fraction of NAV: -0.08 is a loss of 8 %."""
        return float(self.contributions.sum())

    @property
    def benchmark_total(self) -> float:
        """The benchmark's gain or loss, a fraction."""
        return float(self.benchmark_contributions.sum())

    @property
    def active(self) -> float:
        """Portfolio less benchmark: above zero when the portfolio loses less."""
        return self.total - self.benchmark_total


def shocked(
    shocks: Mapping[str, float], *, assets: Sequence[str], themes: Sequence[str], sectors: Sequence[str]
) -> tuple[ShockedBasket, ...]:
    """Which names each shock moves, by how much; {'capex': -0.2, 'NVDA': -0.4} moves NVDA by -0.4, other capex by -0.2.

    shocks: {label: fraction}, -1 or more; a label is a theme, a sector or an asset, or says which ('theme:capex',
    'sector:Energy', 'name:NVDA'). A name goes with its own shock before its sector's, and its sector's before its
    theme's; a basket left without names is dropped. Raises ValueError for a label that is unknown or means two things.
    """
    kinds = {"theme": themes, "sector": sectors, "name": assets}  # from the widest to the narrowest
    if not shocks:
        raise ValueError("no shock is given; name a theme, a sector or an asset and a fraction, such as capex = -0.2.")
    asked: list[tuple[int, str, float]] = []
    for label, move in shocks.items():
        if not (np.isfinite(move) and move >= -1.0):
            raise ValueError(f"shock {label}: found {move:g}; allowed are fractions from -1 up, such as -0.2.")
        kind, own = _meaning(label, kinds)
        if (list(kinds).index(kind), own) in [(rank, other) for rank, other, _ in asked]:
            raise ValueError(f"shock {label}: {kind} {own} is shocked twice. Keep one of the two.")
        asked.append((list(kinds).index(kind), own, float(move)))
    owner = np.full(len(assets), -1)
    for place in sorted(range(len(asked)), key=lambda k: asked[k][0]):
        rank, own, _ = asked[place]
        owner[np.asarray(list(kinds.values())[rank]) == own] = place
    return tuple(ShockedBasket(label, asked[k][2], owner == k) for k, label in enumerate(shocks) if (owner == k).any())


def shock(
    baskets: Sequence[ShockedBasket],
    returns: Floats,
    weights: Floats,
    benchmark_weights: Floats,
    *,
    assets: Sequence[str],
    themes: Sequence[str],
    window: int = WINDOW_DAYS,
) -> Shock:
    """The effect of shocks on each name, on the portfolio and on the benchmark.

    baskets: from `shocked`; returns (T, N): simple daily returns up to the date, NaN where there is none, of which the
    last `window` days are used. A name that is not shocked moves by the sum of its betas x the baskets' moves, and by
    the median of the others' betas where it has fewer than 60 days in common with them: `left_out` lists it. No
    shrinkage. All of one half shocked by -0.2 and a beta of 0.5 in the other half is -0.15. NaN where no beta is known.
    """
    if not baskets:
        raise ValueError("baskets: no basket is shocked; make at least one with `shocked`.")
    held = checked_weights(weights, "weights", len(assets))
    index = checked_weights(benchmark_weights, "benchmark_weights", len(assets))
    hit: Bools = np.logical_or.reduce([basket.members for basket in baskets])
    factors = np.column_stack([_basket_returns(returns[-window:], index, basket.members) for basket in baskets])
    betas, days = betas_to(factors, returns[-window:])
    betas[hit] = np.nan
    known: Bools = ~np.asarray(np.isnan(betas).any(axis=1))
    usual = np.median(betas[known], axis=0) if known.any() else np.full(len(baskets), np.nan)
    moves = np.array([basket.move for basket in baskets])
    raw = np.where(known[:, None], betas, usual) @ moves
    for basket in baskets:
        raw = np.where(basket.members, basket.move, raw)
    effects = np.maximum(raw, -1.0)
    gains, theirs = contributions(held, effects), contributions(index, effects)
    reason = f"no beta on {SHORTEST_DAYS} common days or more: it moves by the median beta of the others"
    return Shock(
        baskets=tuple(baskets),
        betas=betas,
        days=days,
        effects=effects,
        contributions=gains,
        benchmark_contributions=theirs,
        theme_contributions=_plain(group_sums(gains, themes)),
        benchmark_theme_contributions=_plain(group_sums(theirs, themes)),
        left_out=left_out(assets, held, ~known & ~hit, reason),
        floored=named(assets, raw < -1.0),
        assumptions=_assumptions(len(returns[-window:])),
    )


def betas_to(factors: Floats, returns: Floats) -> tuple[Floats, Ints]:
    """Ordinary least squares of each name's returns on the factors together, with an intercept; betas and days used.

    factors (T, K), returns (T, N) -> (N, K), (N,). A day counts for a name when the name and all factors have a
    return. A name that always moves half as much has a beta of 0.5. NaN under 60 days, and when the factors do not tell
    each other apart on those days: then no beta is the right one.
    """
    count, size = returns.shape[1], factors.shape[1]
    betas, days = np.full((count, size), np.nan), np.zeros(count, dtype=np.int64)
    there = ~np.isnan(factors).any(axis=1, keepdims=True) & ~np.isnan(returns)
    patterns, which = np.unique(there, axis=1, return_inverse=True)
    for number, rows in enumerate(patterns.T):  # names with the same days are fitted at once
        names = np.flatnonzero(which.ravel() == number)
        days[names] = rows.sum()
        if rows.sum() >= SHORTEST_DAYS:
            x = factors[rows] - factors[rows].mean(axis=0)
            fitted, _, rank, _ = np.linalg.lstsq(x, returns[np.ix_(rows, names)], rcond=1e-10)
            betas[names] = fitted.T if rank == size else np.nan
    return betas, days


def _basket_returns(returns: Floats, index: Floats, members: Bools) -> Floats:
    """(T,) daily return of a basket at the benchmark's weights, equal ones where it holds none; NaN without any."""
    own = np.where(members, index, 0.0)
    shares = own if own.sum() > 0.0 else members.astype(np.float64)
    there = shares * ~np.isnan(returns)
    total = there.sum(axis=1)
    gained = (there * np.nan_to_num(returns)).sum(axis=1)
    return np.where(total > 0.0, gained / np.where(total > 0.0, total, 1.0), np.nan)


def _meaning(label: str, kinds: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """(kind, own label) of what a user wrote."""
    kind, colon, own = label.partition(":")
    if colon and kind in kinds:
        if own in kinds[kind]:
            return kind, own
        raise ValueError(f"shock {label}: no such {kind}.{_close(own, kinds[kind])}")
    found = [name for name, labels in kinds.items() if label in labels]
    if len(found) == 1:
        return found[0], label
    if found:
        ways = " or ".join(f"{name}:{label}" for name in found)
        raise ValueError(f"shock {label}: it is a {' and a '.join(found)}. Write {ways}.")
    every = [item for labels in kinds.values() for item in dict.fromkeys(labels)]
    raise ValueError(f"shock {label}: no theme, sector or name is called so.{_close(label, every)}")


def _close(label: str, allowed: Sequence[str]) -> str:
    names = list(dict.fromkeys(allowed))
    near = difflib.get_close_matches(label, names, n=1, cutoff=0.6)
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return (f" Did you mean {near[0]}?" if near else "") + f" Allowed: {shown}."


def _plain(sums: Mapping[str, Floats]) -> dict[str, float]:
    return {label: float(value) for label, value in sums.items()}


def _assumptions(days: int) -> tuple[str, ...]:
    return (
        "The names of a shocked basket move by the shock. The others move by their betas to the shocked baskets.",
        f"Betas are ordinary least squares on the last {days} daily returns, several baskets together, not shrunk.",
        "A basket has the weights of the benchmark, equal ones where the benchmark holds none of it.",
        "A name with too short a history moves by the median beta of the others. No name loses more than everything.",
        "Cash does not move.",
    )
