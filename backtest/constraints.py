"""Caps in, feasible weights out: the nearest weights to a wish that keep every constraint. Pure functions.

A wish is long only and sums to at most one; what it leaves out is cash. The feasible weights keep its sum, stay zero
where the wish is zero, hold members only, and keep the name cap and the theme caps. Among all such weights they are
the nearest in Euclidean distance, so a cap that binds hands the excess on in equal parts, not in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtest.errors import ConstraintError
from backtest.mandate import Constraints
from backtest.market.prices import Bools, Dates, Floats

TOLERANCE = 1e-12
MAX_STEPS = 200

MEMBERSHIP = "membership"
MAX_NAME = "max_name"
MAX_THEME = "max_theme"


@dataclass(frozen=True)
class Caps:
    """The mandate's caps laid out over N assets. Themes without a cap are not listed."""

    max_name: float  # 1.0 where the mandate sets none
    themes: tuple[str, ...]  # (G,) capped themes
    max_theme: tuple[float, ...]  # (G,)
    masks: tuple[Bools, ...]  # (G,) each (N,): the assets of the theme


def lay_out(constraints: Constraints, themes: Sequence[str]) -> Caps:
    """Caps of a mandate over the assets whose themes are given, (N,)."""
    capped = sorted(constraints.max_theme.items())
    labels = np.asarray(themes, dtype=object)
    return Caps(
        max_name=1.0 if constraints.max_name is None else constraints.max_name,
        themes=tuple(theme for theme, _ in capped),
        max_theme=tuple(cap for _, cap in capped),
        masks=tuple(np.asarray(labels == theme, dtype=np.bool_) for theme, _ in capped),
    )


def feasible(wish: Floats, caps: Caps, members: Bools) -> tuple[Floats, tuple[str, ...]]:
    """The nearest feasible weights (V, N) to a wish (V, N), and the names of the constraints that bound in any variant.

    members: (N,) what may be held.
    A wish of (0.5, 0.3, 0.2) under max_name 0.4 gives (0.4, 0.35, 0.25) and ('max_name',). A wish that already keeps
    every constraint comes back unchanged, to the bit. Raises ConstraintError when the wish's own zeros, or the
    members, leave too little room. Source: the Karush-Kuhn-Tucker conditions of a projection onto a box and sums.
    """
    broken = _reached(wish, caps, TOLERANCE)
    if not members.all() and wish[:, ~members].any():
        broken = (*broken, MEMBERSHIP)
    if not broken:
        return wish, ()
    total = wish.sum(axis=1)
    eligible = (wish > 0.0) & members
    _check_room(eligible, total, caps)
    upper = np.where(eligible, caps.max_name, 0.0)
    weights = _project(wish, upper, total, caps)
    return weights, tuple(sorted({*broken, *_reached(weights, caps, -TOLERANCE)}))


def _reached(weights: Floats, caps: Caps, margin: float) -> tuple[str, ...]:
    """Caps that the weights of any variant exceed by more than `margin`; below zero: that they come as near as that."""
    bound = [MAX_NAME] if caps.max_name < 1.0 and weights.max() > caps.max_name + margin else []
    for theme, cap, mask in zip(caps.themes, caps.max_theme, caps.masks, strict=True):
        if (weights @ mask).max() > cap + margin:
            bound.append(f"{MAX_THEME}.{theme}")
    return tuple(bound)


def _project(wish: Floats, upper: Floats, total: Floats, caps: Caps) -> Floats:
    """Nearest point, by adding themes to the set held at their caps until no other one is over.

    For one multiplier the weights are clip(wish - level, 0, upper). A theme over its cap at that level is at its cap
    in the solution too: holding it there leaves more to the others, whose level can only fall. So the set only
    grows, and at most G + 1 rounds are needed.
    """
    held = np.zeros((len(caps.themes), len(wish)), dtype=np.bool_)  # (G, V) themes at their cap
    while True:
        free, rest = upper.copy(), total.copy()
        for g, mask in enumerate(caps.masks):
            free[np.ix_(held[g], mask)] = 0.0
            rest -= held[g] * caps.max_theme[g]
        weights = _share_out(wish, free, rest)
        over = _over(weights, caps)
        if not over.any():
            break
        held |= over
    for g, mask in enumerate(caps.masks):
        rows = np.flatnonzero(held[g])
        cap = np.full(len(rows), caps.max_theme[g])
        inside = np.where(mask, upper[rows], 0.0)
        weights[rows] += _share_out(wish[rows], inside, cap)
    return weights


def _over(weights: Floats, caps: Caps) -> Bools:
    sums = np.array([weights @ mask for mask in caps.masks]).reshape(len(caps.masks), len(weights))
    return np.asarray(sums > np.array(caps.max_theme).reshape(-1, 1) + TOLERANCE, dtype=np.bool_)


def _share_out(wish: Floats, upper: Floats, total: Floats) -> Floats:
    """clip(wish - level, 0, upper) (V, N) with the level of each row such that the row sums to total (V,).

    The sum falls piecewise linearly with the level, so Newton's method inside a shrinking bracket ends on the exact
    piece. A total outside what upper allows is met as nearly as can be.
    """
    low, high = (wish - upper).min(axis=1), wish.max(axis=1)
    level = np.clip((wish.sum(axis=1) - total) / wish.shape[1], low, high)
    for _ in range(MAX_STEPS):
        moved = wish - level[:, None]
        weights = np.clip(moved, 0.0, upper)
        excess = weights.sum(axis=1) - total
        low, high = np.where(excess > 0.0, level, low), np.where(excess < 0.0, level, high)
        if not (np.abs(excess) > 1e-15).any() or not (high - low > 1e-17).any():
            break
        free = ((moved > 0.0) & (moved < upper)).sum(axis=1)
        newton = level + excess / np.maximum(free, 1)
        inside = (free > 0) & (newton > low) & (newton < high)
        level = np.where(excess == 0.0, level, np.where(inside, newton, 0.5 * (low + high)))
    return np.asarray(weights, dtype=np.float64)


def _check_room(eligible: Bools, total: Floats, caps: Caps) -> None:
    """Raise when the assets that may carry weight cannot carry the total, in any variant."""
    room = _room(eligible, caps)
    short = np.flatnonzero(room < total - TOLERANCE)
    if len(short) == 0:
        return
    v = short[0]
    raise ConstraintError(
        f"the strategy wishes weight for {int(eligible[v].sum())} members only, which can carry "
        f"{_arithmetic(eligible[v], caps)} < {total[v]:.4g}. Names with a wish of zero stay at zero: let the "
        f"strategy spread its wish over more members, or raise {_caps_in_force(caps)} in [constraints]."
    )


def _room(eligible: Bools, caps: Caps) -> Floats:
    """The most weight that the eligible assets (V, N) can carry, (V,)."""
    room: Floats = np.zeros(len(eligible))
    uncapped = np.ones(eligible.shape[1], dtype=np.bool_)
    for cap, mask in zip(caps.max_theme, caps.masks, strict=True):
        room += np.minimum((eligible & mask).sum(axis=1) * caps.max_name, cap)
        uncapped &= ~mask
    room += (eligible & uncapped).sum(axis=1) * caps.max_name
    return room


def check_full_investment(members: Bools, dates: Dates, caps: Caps) -> None:
    """Raise ConstraintError when on any decision date the members cannot carry a fully invested portfolio.

    members: (K, N) on each decision date. dates: (K,). Run before the simulation; a strategy that would hold cash is
    held to it too, because constraints that forbid full investment are a mistake in the mandate.
    """
    short = np.flatnonzero(_room(members, caps) < 1.0 - TOLERANCE)
    if len(short) == 0:
        return
    k = short[0]
    if not members[k].any():
        raise ConstraintError(
            f"[constraints], decision date {dates[k]}: no asset is a member, so nothing can be held. "
            "Start later, or mend the listing dates in the universe."
        )
    raise ConstraintError(
        f"[constraints], decision date {dates[k]}: the members cannot carry a fully invested portfolio: "
        f"{_arithmetic(members[k], caps)} < 1. Raise {_caps_in_force(caps)}, or widen the universe."
    )


def _arithmetic(eligible: Bools, caps: Caps) -> str:
    """'8 members x max_name 0.1 = 0.8', theme by theme where themes are capped."""
    room = _room(eligible[None, :], caps)[0]
    if not caps.themes:
        return f"{int(eligible.sum())} members x max_name {caps.max_name:g} = {room:.4g}"
    parts, uncapped = [], eligible.copy()
    for theme, cap, mask in zip(caps.themes, caps.max_theme, caps.masks, strict=True):
        parts.append(_theme_room(theme, int((eligible & mask).sum()), cap, caps.max_name))
        uncapped &= ~mask
    others = int(uncapped.sum())
    parts.append(f"other themes {others} x max_name {caps.max_name:g} = {others * caps.max_name:.4g}")
    return f"{'; '.join(parts)}; together {room:.4g}"


def _theme_room(theme: str, count: int, cap: float, max_name: float) -> str:
    if count * max_name <= cap:
        return f"{theme} {count} x max_name {max_name:g} = {count * max_name:.4g}"
    return f"{theme} at most max_theme {cap:g}"


def _caps_in_force(caps: Caps) -> str:
    names = [MAX_NAME] if caps.max_name < 1.0 else []
    names += [f"{MAX_THEME}.{theme}" for theme in caps.themes]
    return " or ".join(names) if names else "no cap (none is set)"
