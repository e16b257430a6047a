"""What trading costs, solved together with the trade, and what a share class charges. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.market.prices import Dates, Floats

DAYS_PER_YEAR = 365.25  # the year of annualised returns, so that a charge of 1 % lowers them by 1 %
MAX_STEPS = 100


def solve_trades(beside: Floats, held: Floats, weights: Floats, buy_rate: float, sell_rate: float) -> Floats:
    """The trades w X - h, (V, N), that leave exactly the value X which makes X + cost(trades) = beside + sum of h.

    held: h (V, N), values before the trade. beside: (V,) what else is shared out, cash first of all. weights: w (V, N),
    of X, not negative, sum at most one. Returns values bought (+) or sold (-). With 100 in cash, all of it for one
    asset at a rate of 0.01, the trade is 100 / 1.01. NaN in, NaN out.

    The equation is piecewise linear, increasing and convex in X, so Newton's method started above the root ends on the
    exact piece after a few steps: when no asset has changed sides, the step before was exact. On a piece, with B the
    assets bought, X (1 - s W + (b + s) W_B) = beside + (1 - s) H + (b + s) H_B.
    """
    both, total = buy_rate + sell_rate, held.sum(axis=1)
    constant = beside + (1.0 - sell_rate) * total
    slope = 1.0 - sell_rate * weights.sum(axis=1)
    bought = weights * (beside + total)[:, None] > held
    trades = held
    for _ in range(MAX_STEPS):
        side = bought.astype(np.float64)  # once, rather than inside both products
        worth = (constant + both * np.vecdot(held, side)) / (slope + both * np.vecdot(weights, side))
        trades = weights * worth[:, None] - held
        before, bought = bought, trades > 0.0
        if not np.count_nonzero(before != bought):
            break
    return trades


def two_sides(trades: Floats) -> tuple[Floats, Floats]:
    """Value bought and value sold, (V,) each and never negative, of trades (V, N)."""
    buys: Floats = np.maximum(trades, 0.0).sum(axis=1)
    return buys, np.maximum(buys - trades.sum(axis=1), 0.0)


def after_charges(nav: Floats, dates: Dates, ongoing_charge: float) -> Floats:
    """NAV net of a share class's ongoing charge, accrued daily by actual days over 365.25 and compounded.

    nav: (T,) or (T, V). dates: (T,). ongoing_charge: fraction a year; 0.01 takes 1 % off a flat NAV in a year.
    The first day bears no charge.
    """
    days: NDArray[np.float64] = (dates - dates[0]).astype("timedelta64[D]").astype(np.float64)
    factor = (1.0 - ongoing_charge) ** (days / DAYS_PER_YEAR)
    return nav * (factor if nav.ndim == 1 else factor[:, None])
