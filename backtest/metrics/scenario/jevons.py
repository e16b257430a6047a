"""Jevons: AI gets cheaper. Is more or less spent on it, who pays, who saves, and where does a rotation break even?

Spending is price x volume. When the unit cost falls by a, volume grows to (1 - a) ** -e, e being the price elasticity
of demand, so spending becomes (1 - a) ** (1 - e) of what it was: less for e below one, more above. Jevons (1865), The
Coal Question, chapter 7, saw coal on the far side of one; nothing here assumes that AI is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from backtest.metrics.scenario.parts import (
    BASIS,
    Basis,
    Bools,
    Floats,
    LeftOut,
    checked_margins,
    checked_range,
    checked_weights,
    contributions,
    group_sums,
    left_out,
)

COST_FALLS = (0.0, 0.25, 0.50, 0.75, 0.90, 0.95)
ELASTICITIES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MOST_FALL, MOST_ELASTIC = 0.99, 5.0
CAPEX, ADOPTER = "capex", "adopter"
SCANNED = 501
"""Points at which the sign of the active effect is looked at before the root is polished."""
NOTHING = 1e-14
"""An active effect this small everywhere is rounding: the two portfolios do not differ."""


@dataclass(frozen=True)
class JevonsGrid:
    """The whole grid, cost falls (A,) by elasticities (E,). Fractions; NaN effects count as unmoved in the totals."""

    cost_falls: Floats  # (A,)
    elasticities: Floats  # (E,)
    spend: Floats  # (A, E) spending on AI, as a multiple of today's
    effects: Floats  # (A, E, N) fraction of the name's own value; 0 for other themes, NaN unknown
    totals: Floats  # (A, E) portfolio
    benchmark_totals: Floats  # (A, E)
    theme_totals: Mapping[str, Floats]  # theme -> (A, E), contributions to the portfolio
    break_even: Floats  # (A,) lowest elasticity at which portfolio and benchmark do equally well; NaN: none in range
    left_out: tuple[LeftOut, ...]
    assumptions: tuple[str, ...]
    capex_break_even: float = 1.0
    """The elasticity at which the revenue of capex names does not change, whatever the fall in cost."""
    basis: Basis = BASIS

    @property
    def active(self) -> Floats:
        """(A, E) portfolio less benchmark: above zero where the rotation helps."""
        return self.totals - self.benchmark_totals


@dataclass(frozen=True)
class _World:
    """What the effects are computed from; every array (N,)."""

    capex: Bools
    adopter: Bools
    ai_revenue: Floats
    leverage: Floats
    saving: Floats
    """Change of an adopter's profit for a cost fall of one."""


def spend_scale(cost_falls: Floats, elasticities: Floats) -> Floats:
    """Spending on AI as a multiple of today's, (1 - a) ** (1 - e); shapes broadcast.

    cost_falls: a, 0 to 0.99; elasticities: e, 0 to 5, a positive number for demand that grows as the price falls.
    Half the cost at e = 0 halves it (0.5); at e = 1 it is 1.0 whatever a; at e = 2 it doubles. NaN stays NaN.
    """
    return np.asarray((1.0 - cost_falls) ** (1.0 - elasticities))


def jevons_grid(
    weights: Floats,
    benchmark_weights: Floats,
    margins: Floats,
    ai_cost_share: Floats | float,
    *,
    assets: Sequence[str],
    themes: Sequence[str],
    ai_revenue_share: Floats | float = 1.0,
    fixed_cost_share: float = 0.0,
    savings_kept: float = 1.0,
    cost_falls: Sequence[float] = COST_FALLS,
    elasticities: Sequence[float] = ELASTICITIES,
) -> JevonsGrid:
    """The effect on names, portfolio and benchmark of AI that costs less, for every (cost fall, elasticity).

    weights, benchmark_weights, margins (N,): operating margins as fractions of sales, published by the date.
    ai_cost_share: share of an adopter's costs that AI can do, 0 to 1, (N,) or one for all; there is no default.
    ai_revenue_share: share of a capex name's sales that is spending on AI, 0 to 1.  fixed_cost_share: share of a capex
    name's costs that does not follow its sales, 0 to 1.  savings_kept: share of its saving that an adopter keeps.
    Capex sales follow the spending; an adopter with margin m gains a x share x (1 - m) / m of its profit: a margin of
    0.20, a share of 0.10 and half the cost give +20 %. NaN inputs, and margins not above zero where a margin is needed,
    leave the name out, with its weight, as unmoved. Raises ValueError for what is out of range.
    """
    held = checked_weights(weights, "weights", len(assets))
    index = checked_weights(benchmark_weights, "benchmark_weights", len(assets))
    falls = checked_range(np.asarray(cost_falls), "cost_falls", 0.0, MOST_FALL)
    responses = checked_range(np.asarray(elasticities), "elasticities", 0.0, MOST_ELASTIC)
    fixed = float(checked_range(np.asarray(fixed_cost_share), "fixed_cost_share", 0.0, 1.0))
    kept = float(checked_range(np.asarray(savings_kept), "savings_kept", 0.0, 1.0))
    own = checked_margins(margins, assets)
    cost = _shares(ai_cost_share, "ai_cost_share", len(assets))
    sales = _shares(ai_revenue_share, "ai_revenue_share", len(assets))
    positive = np.where(own > 0.0, own, np.nan)
    world = _World(
        capex=np.asarray(themes) == CAPEX,
        adopter=np.asarray(themes) == ADOPTER,
        ai_revenue=sales,
        leverage=1.0 + fixed * (1.0 - positive) / positive if fixed else np.ones(len(assets)),
        saving=cost * kept * (1.0 - positive) / positive,
    )
    effects = _effects(world, falls[:, None], responses)
    gains, theirs = (np.nan_to_num(contributions(w, effects)) for w in (held, index))
    unknown = np.isnan(_effects(world, np.array([0.5]), np.array([0.5])))[0]
    return JevonsGrid(
        cost_falls=falls,
        elasticities=responses,
        spend=spend_scale(falls[:, None], responses),
        effects=effects,
        totals=gains.sum(axis=-1),
        benchmark_totals=theirs.sum(axis=-1),
        theme_totals=group_sums(gains, themes),
        break_even=np.array([_break_even(world, held - index, fall) for fall in falls]),
        left_out=left_out(assets, held, unknown & world.adopter, "no positive operating margin or no AI cost share")
        + left_out(assets, held, unknown & world.capex, "no AI revenue share, or no positive operating margin"),
        assumptions=_assumptions(world, sales, fixed, kept),
    )


def _effects(world: _World, falls: Floats, responses: Floats) -> Floats:
    """(..., N) change in value, a fraction; falls and responses broadcast to (...)."""
    change = spend_scale(falls, responses)[..., None] - 1.0
    capex = np.maximum(-1.0, world.ai_revenue * change * world.leverage)
    saved = np.broadcast_to(falls, change.shape[:-1])[..., None] * world.saving
    return np.where(world.capex, capex, np.where(world.adopter, saved, 0.0))


def _break_even(world: _World, active: Floats, fall: float) -> float:
    """The lowest elasticity from 0 to 5 at which the active effect is zero; NaN when there is none or no difference."""

    def gained(responses: Floats) -> Floats:
        return np.asarray(np.nan_to_num(contributions(active, _effects(world, np.array(fall), responses))).sum(axis=-1))

    points = np.linspace(0.0, MOST_ELASTIC, SCANNED)
    values = gained(points)
    if np.abs(values).max() <= NOTHING:
        return float("nan")
    crossed = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) <= 0.0)
    if not crossed.size:
        return float("nan")
    low, high = points[crossed[0]], points[crossed[0] + 1]
    return float(brentq(lambda e: float(gained(np.array(e))), low, high, xtol=1e-12))


def _shares(values: Floats | float, what: str, count: int) -> Floats:
    """(N,) shares from 0 to 1; NaN is unknown and stays."""
    found = np.broadcast_to(np.asarray(values, dtype=np.float64), (count,))
    checked_range(found[~np.isnan(found)], what, 0.0, 1.0)
    return found


def _assumptions(world: _World, sales: Floats, fixed: float, kept: float) -> tuple[str, ...]:
    shares = sales[world.capex & ~np.isnan(sales)]
    told = "nothing known"
    if shares.size:
        told = _percent(shares[0]) if np.ptp(shares) == 0.0 else f"{_percent(shares.min())} to {_percent(shares.max())}"
    return (
        "Spending on AI is price times volume: when the unit cost falls by a, it becomes (1 − a) to the power (1 − e).",
        f"The share of a capex name's sales that is spending on AI is {told}; it follows the spending, and other sales "
        "do not move.",
        f"{_percent(fixed)} of a capex name's costs are fixed. Value follows profit at a constant multiple; nobody "
        "loses more than everything.",
        "An adopter's costs fall by a times the share that AI can do, at constant sales. "
        f"It keeps {_percent(kept)} of the saving; where competition is keen it would keep less.",
        "Value follows operating profit at a constant multiple, so a thin margin makes a large effect.",
        "Names of other themes and cash do not move. Names without the figures needed are left out as unmoved.",
    )


def _percent(fraction: float) -> str:
    return f"{100.0 * fraction:.0f}%"
