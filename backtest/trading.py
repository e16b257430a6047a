"""The trade of one day: what is due, what can be traded towards, and how it was filled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backtest.book import Book, of_variant
from backtest.compiled import compiled, frozen_view
from backtest.constraints import MAX_ADV_SHARE, MEMBERSHIP, UNTRADED
from backtest.costs import Rates
from backtest.errors import SimulationError
from backtest.filling import ASSET, BROKE, NO_DEPTH, OWED, SHORT, STATUS, TOO_DEAR, WORTH, fill
from backtest.market.prices import Bools, Floats
from backtest.setting import Setting

TINY = 1e-300  # nothing divided by nothing is nothing held


class Decision(NamedTuple):
    """Feasible target weights decided at the close of `day`."""

    day: int
    rows: Bools | None  # (V,) the variants that decided; None for all
    goal: Floats  # (V, N) NaN where a name is left alone
    binding: Bools  # (V, C)


class Carry(NamedTuple):
    """What the limit on volume has kept from being traded so far."""

    goal: Floats  # (V, N)
    unfinished: Bools  # (V, N)
    members: Bools  # (V, N) or (1, N) what might be held when it was decided


class Moment(NamedTuple):
    """One close at which something was traded."""

    reason: str
    decided: int  # the decision day behind it; -1 without one
    goal: Floats  # (V, N)
    prices: Floats  # (N + 1,) haircuts included
    book: Book
    row: Floats  # (V, 12) see filling.Fill
    order_costs: Floats  # (V, N)
    binding: Bools  # (V, C)
    rates: Rates
    carry: Carry | None


def trade(setting: Setting, book: Book, day: int, decision: Decision | None, carry: Carry | None) -> Moment | None:
    """Trade what is due at the close of `day`; None when there is nothing to do."""
    leaving, flow = _leaving(setting, book, day), float(setting.flows[day])
    if decision is None and carry is None and leaving is None and flow == 0.0:
        return None
    rates, prices = setting.rates.on(day), setting.panel.levels[day]
    if leaving is not None:
        rates = rates.for_leavers(leaving)
        prices = prices * np.append(np.where(leaving, 1.0 - setting.costs.delisting_haircut, 1.0), 1.0)
    if decision is not None and decision.rows is None and setting.full_days[day]:
        goal, binding = decision.goal, decision.binding
    else:
        goal, binding = _goal(setting, book, prices, decision, carry, flow)
    if leaving is not None:
        goal = np.where(leaving, 0.0, goal)
    done = fill(book.positions, prices, goal, flow, book.owed, rates, setting.detail)
    if done.troubled:
        _check_fill(setting, day, flow, done.row)
    if leaving is not None:
        done.positions[:, :-1][:, leaving] = 0.0  # less than an order leaves too
    waiting = None
    if done.waiting or carry is not None:
        waiting = _carried(goal, done.unfinished, carry, decision, _members_then(setting, day, decision, carry))
    if waiting is not None:
        binding = binding.copy()
        binding[:, setting.limits.names.index(MAX_ADV_SHARE)] |= waiting.unfinished.any(axis=1)
    return Moment(
        reason=_reason(decision, carry, flow),
        decided=-1 if decision is None else decision.day,
        goal=goal,
        prices=prices,
        book=Book(day, done.positions, done.row[:, OWED].copy()),
        row=done.row,
        order_costs=done.order_costs,
        binding=binding,
        rates=rates,
        carry=waiting,
    )


def _reason(decision: Decision | None, carry: Carry | None, flow: float) -> str:
    if decision is not None:
        return "rebalance"
    return "carry_over" if carry is not None else "flow" if flow != 0.0 else "delisting"


def _leaving(setting: Setting, book: Book, day: int) -> Bools | None:
    """(N,) names held by any variant whose last day with a price is `day`; None when there is none."""
    if day not in setting.leaving_days:
        return None
    leaving: Bools = (setting.leaves == day) & book.positions[:, :-1].any(axis=0)
    return leaving if leaving.any() else None


def _goal(
    setting: Setting, book: Book, prices: Floats, decision: Decision | None, carry: Carry | None, flow: float
) -> tuple[Floats, Bools]:
    """What can be traded towards on this day (V, N), NaN for what is left alone, and what bound (V, C)."""
    names, members = setting.limits.names, setting.members(book.day)
    shape = (len(book.owed), len(members))
    goal = np.full(shape, np.nan) if decision is None else decision.goal.copy()
    binding = np.zeros((shape[0], len(names)), dtype=np.bool_) if decision is None else decision.binding.copy()
    undecided, then = _undecided(decision, shape), _members_then(setting, book.day, decision, carry)
    nothing = np.empty((0, 0))
    waiting = (nothing, nothing.astype(np.bool_)) if carry is None else (carry.goal, carry.unfinished)
    shares = nothing if flow == 0.0 else _shares(book, prices)
    outside, still = np.zeros(shape[0], dtype=np.bool_), np.zeros(shape[0], dtype=np.bool_)
    day = (frozen_view(then), frozen_view(members), frozen_view(setting.panel.traded[book.day]))
    _settle(goal, undecided[:, 0], *waiting, shares, *day, book.positions, outside, still)
    binding[:, names.index(MEMBERSHIP)] |= outside
    binding[:, names.index(UNTRADED)] |= still
    return goal, binding


def _shares(book: Book, prices: Floats) -> Floats:
    """(V, N) what is held, as fractions of NAV before the trade: money that comes or goes keeps them."""
    values = book.positions * prices
    before = np.maximum(values.sum(axis=1) - book.owed, TINY)
    shares: Floats = values[:, :-1] / before[:, None]
    return shares


@compiled
def _settle(goal, undecided, carried, unfinished, shares, then, members, traded, positions, outside, still):  # type: ignore[no-untyped-def]
    """Into goal (V, N) what is carried over, sold for want of membership, kept for a flow, or left for want of a close.

    outside, still: (V,) whether membership or a missing close had a say.
    """
    for v in range(goal.shape[0]):
        for i in range(goal.shape[1]):
            wish, held = goal[v, i], positions[v, i] > 0.0
            if unfinished.size > 0 and undecided[v] and unfinished[v, i]:
                wish = carried[v, i]
            lost = then[min(v, then.shape[0] - 1), i] and not members[i]
            if lost and (wish > 0.0 or (held and wish != wish and not undecided[v])):
                wish, outside[v] = 0.0, True
            if shares.size > 0 and undecided[v] and wish != wish:
                wish = shares[v, i]
            if not traded[i] and (wish > 0.0 or (held and wish == wish)):
                wish, still[v] = np.nan, True
            goal[v, i] = wish


def _undecided(decision: Decision | None, shape: tuple[int, ...]) -> Bools:
    """(V, 1) the variants for which nothing was decided."""
    if decision is None:
        return np.ones((shape[0], 1), dtype=np.bool_)
    return np.zeros((shape[0], 1), dtype=np.bool_) if decision.rows is None else ~decision.rows[:, None]


def _members_then(setting: Setting, day: int, decision: Decision | None, carry: Carry | None) -> Bools:
    """(V or 1, N) what might be held when it was decided: who was no member then is sold as decided."""
    then = setting.members(day if decision is None else decision.day)[None, :]
    if carry is None:
        return then
    shape = (len(carry.goal), then.shape[1])
    return np.asarray(np.where(_undecided(decision, shape), carry.members, then), dtype=np.bool_)


def _carried(
    goal: Floats, unfinished: Bools, carry: Carry | None, decision: Decision | None, members: Bools
) -> Carry | None:
    """What is to be tried again tomorrow, names that had no close today among it."""
    if carry is not None:
        waits = carry.unfinished & np.isnan(goal) & _undecided(decision, goal.shape)
        goal, unfinished = np.where(waits, carry.goal, goal), unfinished | waits
    return Carry(goal, unfinished, members) if unfinished.any() else None


def _check_fill(setting: Setting, day: int, flow: float, row: Floats) -> None:
    """Raise SimulationError for a trade that cannot be made. What is owed beyond the cash there is may wait."""
    refused = np.flatnonzero((row[:, STATUS] > SHORT) | ((row[:, STATUS] == SHORT) & (flow < 0.0)))
    if not len(refused):
        return
    v = int(refused[0])
    panel, asset, whose = setting.panel, setting.panel.assets[int(row[v, ASSET])], of_variant(setting, v)
    where = f"{panel.dates[day]}, {asset}"
    if row[v, STATUS] == NO_DEPTH:
        raise SimulationError(
            f"{where}: to be traded{whose}, but no traded value or volatility is known for the days before. [costs] "
            "impact and [constraints] max_adv_share need [data] volumes; give them, start later, or switch both off."
        )
    if row[v, STATUS] == TOO_DEAR:
        raise SimulationError(
            f"{where}: the order{whose} would cost as much as it is worth, because so little of it is traded. Lower "
            "[costs] capital or impact_coefficient, or limit orders with [constraints] max_adv_share."
        )
    if row[v, STATUS] == BROKE:
        raise SimulationError(
            f"{panel.dates[day]}: the orders{whose} would cost more than the {row[v, WORTH]:,.2f} there is. Lower "
            "[costs] commission_fixed and commission_minimum, or start with more [costs] capital."
        )
    there = row[v, WORTH] - flow if row[v, WORTH] <= 0.0 else -flow - row[v, OWED]
    raise SimulationError(
        f"{panel.dates[day]}: the redemption of {-flow:,.2f} cannot be paid{whose}: no more than {there:,.2f} can be "
        "raised that day. Lower the [[flow]], or move it."
    )
