"""A wish in, a feasible target out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from backtest.compiled import frozen_view
from backtest.constraints.bands import leave_alone
from backtest.constraints.checks import ALIKE, holds, kept, mark_rows, scaled
from backtest.constraints.limits import Limits
from backtest.constraints.solver import IMPOSSIBLE, Ints, project
from backtest.market.prices import Bools, Floats


@dataclass(frozen=True)
class Target:
    """What to trade to, and which of the limits' names it took."""

    goal: Floats  # (V, N) weights; NaN where a name is left alone
    binding: Bools  # (V, C), read-only when nothing binds


def feasible(wish: Floats, limits: Limits, members: Bools, held: Floats | None = None) -> Target:
    """The nearest weights to a wish (V, N) that keep every constraint.

    wish: long only, each row sums to at most one, no NaN. members: (N,) what may be held.
    held: (V, N) drifted weights, or None before the first purchase: then turnover, band and min_trade do not apply.
    A wish of (0.5, 0.3, 0.2) under max_name 0.4 gives (0.4, 0.35, 0.25) and binds max_name. A wish that keeps every
    constraint comes back itself, to the bit. A wish of zero stays zero, unless only that would exceed the turnover
    limit; then what is held may stay in part. Where the limits force more turnover than allowed, they win, with the
    least turnover that meets them.
    Rows do not depend on each other. Raises ConstraintError when the wish's own zeros, the members or the limits
    leave no weights. Source: the Karush-Kuhn-Tucker conditions of a projection onto a box and sums.
    """
    wish, members = frozen_view(wish), frozen_view(members)
    if limits.free and holds(wish, members):
        return Target(wish, _nothing(len(wish), len(limits.names)))
    scale, ok = np.empty(len(wish)), np.empty(len(wish), dtype=np.bool_)
    terms = limits.constraints
    scaling = scaled(wish, limits.room, terms.fully_invested, scale)
    if scaling >= 0:
        from backtest.constraints.fights import refuse_cash

        refuse_cash(scaling if len(wish) > 1 else None)
    fine = kept(limits.layout, wish, scale, members, terms.ucits_5_10_40, ok)
    turning = held is not None and limits.turnover < np.inf
    if fine and not turning and scaling == ALIKE:
        goal, binding = wish, _nothing(len(wish), len(limits.names))
    else:
        goal, binding = _projected(wish, scale, ok, limits, members, held if turning else None)
    return _left_alone(Target(goal, binding), limits, members, held)


def _projected(
    wish: Floats, scale: Floats, ok: Bools, limits: Limits, members: Bools, held: Floats | None
) -> tuple[Floats, Bools]:
    """(goal, binding) of the rows, those that keep everything unchanged."""
    goal, state = np.empty(wish.shape), np.empty(len(wish), dtype=np.int64)
    mine = frozen_view(np.empty((len(wish), 0)) if held is None else held)
    terms = (limits.turnover, limits.constraints.ucits_5_10_40)
    failed = project(limits.layout, wish, scale, ok, members, mine, *terms, wish[0, :0], goal, state)
    if failed:
        _rescue(wish, scale, ok, limits, members, mine, goal, state)
    binding = np.zeros((len(wish), len(limits.names)), dtype=np.bool_)
    mark_rows(limits.layout, limits.marks, wish, scale, members, goal, state, binding)
    return goal, binding


def _rescue(
    wish: Floats, scale: Floats, ok: Bools, limits: Limits, members: Bools, held: Floats, goal: Floats, state: Ints
) -> None:
    """Rows without weights: with other issuers above 5 per cent than the largest ones there may be some."""
    from backtest.constraints.fights import explain_wish, refuse_wish

    terms = (limits.turnover, limits.constraints.ucits_5_10_40)
    for v in np.flatnonzero(state == IMPOSSIBLE).tolist():
        whose, one = v if len(wish) > 1 else None, slice(v, v + 1)
        guide = frozen_view(explain_wish(limits, wish[v], scale[v], members, held[v], whose))
        row = (wish[one], scale[one], ok[one], members, held[one])
        if project(limits.layout, *row, *terms, guide, goal[one], state[one]):
            refuse_wish(limits, whose)


def _left_alone(target: Target, limits: Limits, members: Bools, held: Floats | None) -> Target:
    """The target with the names that the band and the smallest trade leave alone."""
    terms = limits.constraints
    if held is None or (terms.no_trade_band == 0.0 and terms.min_trade == 0.0):
        return target
    goal, alone = target.goal.copy(), np.zeros((len(target.goal), 2), dtype=np.bool_)
    band, least = terms.no_trade_band, terms.min_trade
    edge, rule = terms.trade_to == "edge", terms.ucits_5_10_40
    leave_alone(limits.layout, goal, frozen_view(held), members, band, least, edge, rule, alone)
    binding = target.binding.copy()
    for column, name in enumerate(("no_trade_band", "min_trade")):
        if name in limits.names:
            binding[:, limits.names.index(name)] = alone[:, column]
    return Target(goal, binding)


@lru_cache(maxsize=64)
def _nothing(variants: int, names: int) -> Bools:
    """Nothing binds."""
    nothing = np.zeros((variants, names), dtype=np.bool_)
    nothing.flags.writeable = False
    return nothing
