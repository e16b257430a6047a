"""From a run's files to the days that metrics/attribution.py splits: what was held at each close, earned and paid."""

from __future__ import annotations

import numpy as np

from backtest.errors import RunError
from backtest.market.panel import Panel
from backtest.metrics.attribution import BENCHMARK_DIFFERENCE, CASH, TRADING_COSTS, Days, Floats, contributions
from backtest.metrics.performance import last_on_or_before
from backtest.result import Result, orders_of, segment_of

CUSTODY = "custody"
DELISTING = "delisting haircut"
OTHERS = (TRADING_COSTS, CASH, CUSTODY, DELISTING, BENCHMARK_DIFFERENCE)
BELONGS = 1e-9
"""What parts and whole may differ by before the files are not of one run."""


def days_of(panel: Panel, result: Result, last: int) -> Days:
    """The first variant's days from the first trade to row `last` of the result's days, last included.

    The first row is the purchase: its return is the cost of it, over the capital, and its weights are those after it.
    From then on weights are those of the close before, after its trade; units stand still between trades, so all of
    them come from one product. Money that comes or goes is no return. Custody not yet paid lowers the weight of cash.
    Raises RunError when the fund is worth nothing on some day, or when market and result do not belong together.
    """
    offset, count = last_on_or_before(panel.dates, result.dates[0]), last + 1
    span, nav = slice(offset, offset + count), result.nav[:count, 0]
    if not (nav > 0.0).all():
        first = result.dates[np.flatnonzero(~(nav > 0.0))[0]]
        raise RunError(f"{first}: the fund is worth nothing, and no return can be split from then on. End before it.")
    before = np.append(result.capital, nav[:-1])
    segment = segment_of(result)[:count]
    prices, levels = panel.prices[span], panel.cash[span]
    units = result.units[segment, 0]
    closing = np.where(units == 0.0, 0.0, units * prices) / nav[:, np.newaxis]
    cash = (result.cash[:, 0] / panel.cash[offset + result.trade_days])[segment] * levels / nav
    index = np.nan_to_num(panel.benchmark_weights[span])
    days = Days(
        returns=_growth(prices),
        weights=np.vstack([closing[:1], closing[:-1]]),
        benchmark_weights=np.vstack([index[:1], index[:-1]]),
        fund=(nav - result.flows[:count]) / before - 1.0,
        benchmark=_growth(panel.benchmark[span]),
        cash=np.append(0.0, cash[:-1]) * _growth(levels),
        costs=_costs(result, before),
        charges={CUSTODY: result.charges[:count, 0] / before, DELISTING: _haircuts(result, panel, offset, before)},
    )
    _check(days)
    return days


def _growth(levels: Floats) -> Floats:
    """Return from the row before, same shape; zero on the first."""
    found = np.zeros(levels.shape)
    found[1:] = levels[1:] / levels[:-1] - 1.0
    return found


def _costs(result: Result, before: Floats) -> Floats:
    """(T, N) cost of each order over the value at the close before."""
    done = np.flatnonzero(result.trade_days < len(before))
    days = result.trade_days[done]
    costs = np.zeros((len(before), len(result.assets)))
    costs[days] = result.order_costs[done, 0] / before[days, np.newaxis]
    return costs


def _haircuts(result: Result, panel: Panel, offset: int, before: Floats) -> Floats:
    """(T,) what names that left were sold for under their last price, over the value at the close before."""
    done = np.flatnonzero(result.trade_days < len(before))
    days = result.trade_days[done]
    under = np.nan_to_num(panel.prices[offset + days] - result.order_prices[done])
    lost = np.zeros(len(before))
    lost[days] = (np.maximum(-orders_of(result)[done, 0], 0.0) * under).sum(axis=1) / before[days]
    return lost


def _check(days: Days) -> None:
    found = contributions(days)
    apart = abs(found.names.sum() + sum(found.others.values()) - found.fund)
    if not apart <= BELONGS * (1.0 + abs(found.fund)):
        raise RunError(
            f"what the holdings earned differs from the fund's return by {apart:.1e}: market and result are not of one "
            "run. Run the mandate again."
        )
