"""A trade and its cost, solved together, for every variant at once. Pure: arrays in, arrays out.

The value z after the trade satisfies z + cost(goal z - h) = V: h are the values held before, V their sum and the
available cash, goal the target weights. So the portfolio lands on target and never overdraws cash. Where names that
are left alone or limited leave too little cash, all traded goals shrink by one factor. Cost grows with the size of each
order, so each equation has one root; Newton's method, kept inside a bracket, finds it in a few passes over a row.
"""

# mypy: disable-error-code="no-untyped-def"
# The kernels take plain arrays: Numba reads their types from the first call, and this file's one door is typed.

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from backtest.compiled import compiled
from backtest.costs import BUY, BUY_TAX, COMPONENTS, FX, IMPACT, MOST, SELL, SELL_TAX, SHARE, SPREAD, Rates
from backtest.market.prices import Bools, Floats

DUST = 1e-12  # of the portfolio: a smaller difference is rounding and no order
EXACT = 1e-15
WHOLE = 1e-9  # of a share: as near as that to a whole number is that number
MAX_STEPS = 200
NO_COSTS, NO_MARKS = np.empty((0, 0)), np.empty((0, 0), dtype=np.bool_)

FILLED, SHORT, TOO_DEAR, NO_DEPTH, BROKE = 0.0, 1.0, 2.0, 3.0, 4.0
"""How a fill ended: well; cash cannot be raised; an order costs what it is worth; volume or volatility unknown; all
orders together cost more than there is."""

OWED, BOUGHT, SOLD, WORTH, AFTER, STATUS, ASSET, COSTS = range(8)
"""Columns of Fill.row; from COSTS on one for each of COMPONENTS."""


class Fill(NamedTuple):
    """A trade as it was filled, one row per variant. Cash is the last asset, its price the level of cash."""

    positions: Floats  # (V, N + 1) units held after it
    row: Floats  # (V, 12) money: owed, bought, sold, worth before and after; status, its asset; costs by COMPONENTS
    order_costs: Floats  # (V, N) money; empty unless asked for
    unfinished: Bools  # (V, N) names that met their limit, or waited for the cash of one that did; empty without limits
    troubled: bool  # whether any row has a status other than FILLED
    waiting: bool  # whether any name of any row is unfinished


def fill(
    positions: Floats, prices: Floats, goal: Floats, flow: float, owed: Floats, rates: Rates, detail: bool = False
) -> Fill:
    """Trade positions (V, N + 1) at prices (N + 1,) to goal (V, N), fractions of the value after the trade.

    goal: NaN leaves a name alone; what a row lacks to one is cash. flow: money that joins cash before the trade.
    owed: (V,) money that leaves it; a row that neither trades nor has a flow pays nothing yet. detail: whether each
    order's cost is wanted. With 100 in cash, all of it for one asset at a rate of 0.01, the trade is 100 / 1.01. Never
    raises: see STATUS. Source: the self-financing condition of the design.
    """
    variants, assets = goal.shape
    after, row = np.empty((variants, assets + 1)), np.zeros((variants, COSTS + len(COMPONENTS)))
    order_costs = np.zeros((variants, assets)) if detail else NO_COSTS
    unfinished = np.zeros((variants, assets), dtype=np.bool_) if rates.limited else NO_MARKS
    table, terms, simple = rates.kernel
    troubled, waiting = _fill(
        positions, prices, goal, float(flow), owed, table, terms, simple, after, row, order_costs, unfinished
    )
    return Fill(after, row, order_costs, unfinished, troubled, waiting)


@compiled
def _fill(positions, prices, goal, flow, owed, table, terms, simple, after, row, order_costs, unfinished):
    # Long because the life of one row is told in one place, in order.
    variants, assets = goal.shape
    held, trade, per_money = np.empty(assets), np.empty(assets), 1.0 / prices
    troubled = waiting = False
    for v in range(variants):
        cash = positions[v, assets] * prices[assets] + flow - owed[v]
        worth = _values(positions[v], prices, held) + cash
        row[v, WORTH] = worth
        if flow == 0.0 and _idle(held, goal[v], worth):
            _stand_by(positions[v], goal[v], held, worth, owed[v], after[v], row[v])
            continue
        blind = -1 if simple else _unknown_depth(held, goal[v], table)
        if blind >= 0 or not worth > 0.0:
            trade[:] = 0.0
        elif simple:
            size = _solve_simple(held, goal[v], table, terms, worth)
            _plan(size, held, goal[v], table, worth, True, trade)
        else:
            size = _solve(held, goal[v], table, terms, worth, _solve_simple(held, goal[v], table, terms, worth))
            if _lack(size, held, goal[v], table, terms, cash, worth, trade) > 4.0 * EXACT * worth:
                _shrink(size, held, goal[v], table, terms, cash, worth, trade)
            if unfinished.size > 0:
                waiting |= _mark_unfinished(size, held, goal[v], table, worth, trade, unfinished[v])
            _to_whole_shares(held, goal[v], table, trade)
        left = cash - _book(positions[v], per_money, goal[v], held, trade, table, terms, after[v], row[v])
        if simple and left < -4.0 * EXACT * worth:
            _shrink(size, held, goal[v], table, terms, cash, worth, trade)
            left = cash - _book(positions[v], per_money, goal[v], held, trade, table, terms, after[v], row[v])
        row[v, AFTER] = worth - (cash - left - row[v, BOUGHT] + row[v, SOLD])
        after[v, assets] = max(left, 0.0) / prices[assets]
        if left < -16.0 * EXACT * abs(worth):
            row[v, OWED] = -left
            if row[v, STATUS] == FILLED:
                row[v, STATUS] = BROKE if row[v, AFTER] < 0.0 and flow >= 0.0 else SHORT
        if blind >= 0:
            row[v, STATUS], row[v, ASSET] = NO_DEPTH, blind
        troubled |= row[v, STATUS] != FILLED
        if order_costs.size > 0:
            _each_cost(trade, table, terms, order_costs[v])
    return troubled, waiting


@compiled
def _values(positions, prices, held):
    """held[i] = units x price; returns their sum."""
    total = 0.0
    for i in range(held.shape[0]):  # a loop that sums stores nothing: see backtest/compiled.py
        held[i] = positions[i] * prices[i]
    for i in range(held.shape[0]):
        total += held[i]
    return total


@compiled
def _idle(held, goal, worth):
    """Whether a row has nothing to trade, or nothing to trade with."""
    if not worth > 0.0:
        return True
    for i in range(held.shape[0]):  # noqa: SIM110  a kernel has no generators
        if goal[i] > 0.0 or (goal[i] == 0.0 and held[i] > 0.0):
            return False
    return True


@compiled
def _stand_by(positions, goal, held, worth, owed, after, row):
    """Everything stays; what is sold for nothing goes, and a fund that has nothing left owes nothing."""
    for i in range(held.shape[0]):
        after[i] = 0.0 if goal[i] == 0.0 and held[i] == 0.0 else positions[i]
    after[held.shape[0]] = positions[held.shape[0]]
    row[OWED] = owed if worth > 0.0 else 0.0
    row[AFTER] = max(worth, 0.0)


@compiled
def _unknown_depth(held, goal, table):
    """The first name that may be traded and whose impact or limit is unknown; -1 when there is none."""
    for i in range(held.shape[0]):
        unknown = np.isnan(table[IMPACT, i]) or np.isnan(table[MOST, i])
        if unknown and (goal[i] > 0.0 or (goal[i] == 0.0 and held[i] > 0.0)):
            return i
    return -1


@compiled
def _solve_simple(held, goal, table, terms, worth):
    """The value after the trade when cost is a rate on each side. The equation is piecewise linear and convex, so that
    Newton's method from above ends on the exact piece; for other costs it is where to start."""
    commission, size = terms[0], worth
    for _ in range(MAX_STEPS):
        cost, slope = 0.0, 1.0
        for i in range(held.shape[0]):
            weight = goal[i] if goal[i] == goal[i] else 0.0
            value = weight * size - held[i] if goal[i] == goal[i] else 0.0
            rate = table[BUY, i] + commission if value > 0.0 else -(table[SELL, i] + commission)
            cost += rate * value
            slope += rate * weight
        step = (size + cost - worth) / slope
        size -= step
        if not abs(step) > EXACT * worth:
            break
    return size


@compiled
def _solve(held, goal, table, terms, worth, size):
    """The value after the trade for all costs, from the solution without fixed costs and impact."""
    low, high = 0.0, worth
    for _ in range(MAX_STEPS):
        gap, slope = _gap(size, held, goal, table, terms, worth)
        if gap > 0.0:
            high = min(high, size)
        else:
            low = max(low, size)
        new = size - gap / slope
        if not (low <= new <= high):
            new = 0.5 * (low + high)
        if not abs(new - size) > EXACT * worth:
            break
        size = new
    return size


@compiled
def _gap(size, held, goal, table, terms, worth):
    """size + cost(goal size - held) - worth, and its slope."""
    commission, fixed, minimum, _, _, _, _ = terms
    gap, slope = size - worth, 1.0
    for i in range(held.shape[0]):
        value = goal[i] * size - held[i]
        most, amount = table[MOST, i], min(abs(value), table[MOST, i])
        if not amount > DUST * worth:  # not a number: left alone
            continue
        rate = table[BUY, i] if value > 0.0 else table[SELL, i]
        own, steep = fixed + commission * amount, commission
        if own < minimum:
            own, steep = minimum, 0.0
        push = table[IMPACT, i] * sqrt(amount)
        gap += own + (rate + push) * amount
        if amount < most:
            slope += (goal[i] if value > 0.0 else -goal[i]) * (steep + rate + 1.5 * push)
    return gap, slope


@compiled
def _plan(size, held, goal, table, worth, simple, trade):
    """trade[i]: value to buy (+) or sell (-), within the limits."""
    for i in range(held.shape[0]):
        value = goal[i] * size - held[i] if goal[i] == goal[i] else 0.0
        trade[i] = value if abs(value) > DUST * worth else 0.0
    if simple:
        return
    for i in range(held.shape[0]):
        trade[i] = max(min(trade[i], table[MOST, i]), -table[MOST, i])


@compiled
def _to_whole_shares(held, goal, table, trade):
    """Purchases down and sales up to whole shares, so that cash still suffices; an exit sells fractions too."""
    for i in range(held.shape[0]):
        value, share = trade[i], table[SHARE, i]
        if share > 0.0 and value > 0.0:
            trade[i] = np.floor(value / share + WHOLE) * share
        elif share > 0.0 and value < 0.0 and not (goal[i] == 0.0 and value == -held[i]):
            trade[i] = max(-np.ceil(-value / share - WHOLE) * share, -held[i])


@compiled
def _book(positions, per_money, goal, held, trade, table, terms, after, row):
    """Positions after the trade, and what it took: bought, sold and costs into row. Returns the cash that it needs."""
    commission, fixed, minimum, has_impact, has_spread, has_tax, has_fx = terms
    bought = sold = spread = tax = push = fx = own = 0.0
    for i in range(held.shape[0]):
        bought += max(trade[i], 0.0)
        sold += max(-trade[i], 0.0)
    for i in range(held.shape[0]):
        value = trade[i]
        gone = value == -held[i] and (value != 0.0 or goal[i] == 0.0)
        unit = positions[i] if value == 0.0 else (held[i] + value) * per_money[i]
        after[i] = 0.0 if gone else unit
    if has_spread > 0.0:
        spread = _at_rates(trade, table[SPREAD], table[SPREAD])
    if has_tax > 0.0:
        tax = _at_rates(trade, table[BUY_TAX], table[SELL_TAX])
    if has_fx > 0.0:
        fx = _at_rates(trade, table[FX], table[FX])
    if fixed > 0.0 or minimum > 0.0:
        for i in range(held.shape[0]):
            if trade[i] != 0.0:
                own += max(fixed + commission * abs(trade[i]), minimum)
    else:
        own = commission * (bought + sold)
    if has_impact > 0.0:
        push = _impact(trade, table, row)
    row[BOUGHT], row[SOLD] = bought, sold
    row[COSTS], row[COSTS + 1], row[COSTS + 2], row[COSTS + 3], row[COSTS + 4] = own, spread, tax, push, fx
    return bought - sold + own + spread + tax + push + fx


@compiled
def _at_rates(trade, on_purchases, on_sales):
    """What rates of value on each side come to."""
    total = 0.0
    for i in range(trade.shape[0]):
        total += on_purchases[i] * max(trade[i], 0.0) + on_sales[i] * max(-trade[i], 0.0)
    return total


@compiled
def _impact(trade, table, row):
    """Cost of the market's answer to each order, summed; an order that loses all it sells is too dear."""
    total = 0.0
    for i in range(trade.shape[0]):
        if trade[i] == 0.0:
            continue
        amount = abs(trade[i])
        push = table[IMPACT, i] * sqrt(amount)
        total += push * amount
        if push + table[SELL, i] >= 1.0:
            row[STATUS], row[ASSET] = TOO_DEAR, i
    return total


@compiled
def _each_cost(trade, table, terms, cost):
    """cost[i]: what order i costs, all components together."""
    commission, fixed, minimum, has_impact, _, _, _ = terms
    for i in range(trade.shape[0]):
        if trade[i] == 0.0:
            continue
        amount = abs(trade[i])
        rate = table[BUY, i] if trade[i] > 0.0 else table[SELL, i]
        cost[i] = max(fixed + commission * amount, minimum) + rate * amount
        if has_impact > 0.0:
            cost[i] += table[IMPACT, i] * sqrt(amount) * amount


@compiled
def _lack(size, held, goal, table, terms, cash, worth, trade):
    """Cash that the trades at this size need beyond what there is; leaves them in `trade`."""
    _plan(size, held, goal, table, worth, False, trade)
    need = -cash
    commission, fixed, minimum, has_impact, _, _, _ = terms
    for i in range(held.shape[0]):
        value = trade[i]
        if value == 0.0:
            continue
        amount = abs(value)
        rate = table[BUY, i] if value > 0.0 else table[SELL, i]
        if has_impact > 0.0:
            rate += table[IMPACT, i] * sqrt(amount)
        need += value + max(fixed + commission * amount, minimum) + rate * amount
    return need


@compiled
def _shrink(size, held, goal, table, terms, cash, worth, trade):
    """The largest size at which cash suffices, by false position with the Illinois rule; plans its trades.

    When even selling all that may be sold leaves too little, that is what is done.
    """
    low, high = 0.0, size
    under = _lack(low, held, goal, table, terms, cash, worth, trade)
    if under >= 0.0:
        return
    over = _lack(high, held, goal, table, terms, cash, worth, trade)
    for step in range(MAX_STEPS):
        new = high - over * (high - low) / (over - under)
        if step > 30 or not (low < new < high):
            new = 0.5 * (low + high)
        lack = _lack(new, held, goal, table, terms, cash, worth, trade)
        if lack > 0.0:
            high, over, under = new, lack, 0.5 * under
        else:
            low, under, over = new, lack, 0.5 * over
        if (lack <= 0.0 and lack > -EXACT * worth) or not high - low > EXACT * worth:
            break
    _plan(_spared(low, size, held, goal, table, terms, cash, worth, trade), held, goal, table, worth, False, trade)


@compiled
def _spared(low, high, held, goal, table, terms, cash, worth, trade):
    """A size above `low` at which one name is held exactly, so that its order and its fixed commission are spared and
    cash suffices after all; the largest of them, else `low`."""
    fee, total, best = terms[1] + terms[2], 0.0, low
    if fee == 0.0:
        return low
    for i in range(held.shape[0]):
        total += goal[i] if goal[i] > 0.0 else 0.0
    for i in range(held.shape[0]):
        alone = held[i] / goal[i] if goal[i] > 0.0 else 0.0
        near = best < alone <= high and 0.5 * total * (alone - low) <= fee  # further up, what is spared is not enough
        if near and _lack(alone, held, goal, table, terms, cash, worth, trade) <= 0.0:
            best = alone
    return best


@compiled
def _mark_unfinished(size, held, goal, table, worth, trade, unfinished):
    """Names that a limit kept from their goal, and those that waited for the cash of a sale so kept."""
    limited = False
    for i in range(held.shape[0]):
        limited |= abs(goal[i] * size - held[i]) > table[MOST, i]
    for i in range(held.shape[0]):
        wanted = goal[i] * size - held[i]
        done = trade[i] if wanted > 0.0 else -trade[i]
        unfinished[i] = limited and abs(wanted) - done > DUST * worth
    return limited
