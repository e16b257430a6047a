"""Book: what is held from one close on, what it is worth on each day until the next trade, and what it owes."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from backtest.compiled import compiled
from backtest.errors import DataError
from backtest.market.prices import Floats, Panel
from backtest.schedule import Ints
from backtest.setting import Setting


class Book(NamedTuple):
    """What is held from the close of `day` on."""

    day: int
    positions: Floats  # (V, N + 1) units; cash is the last asset, its price the level of cash
    owed: Floats  # (V,) custody not yet paid


class Accrued(NamedTuple):
    """Days on which custody accrued."""

    nav: Floats  # (D, V) what is owed taken off
    charges: Floats  # (D, V)


def opening(setting: Setting) -> Book:
    """Nothing but the capital, in cash, at the close of the first trade date."""
    panel, variants = setting.panel, setting.strategy.variants
    positions = np.zeros((variants, len(panel.assets) + 1))
    positions[:, -1] = setting.costs.capital / panel.cash[setting.start]
    return Book(setting.start, positions, np.zeros(variants))


def hold(setting: Setting, book: Book, day: int) -> tuple[Accrued | None, Book]:
    """The days after the book's up to `day`: what custody took of them, where it does, and the book at the last close.

    Without custody nothing happens on them: what they are worth is for who wants to know, see worth().
    """
    if setting.panel.filled is not setting.panel.prices:
        _check_prices(setting, book, day)
    if setting.accrual is None or book.day == day:
        return None, book if book.day == day else Book(day, book.positions, book.owed)
    nav, owed = worth(setting.panel, book.positions, slice(book.day + 1, day + 1)), book.owed.copy()
    charges = np.empty_like(nav)
    before = worth(setting.panel, book.positions, book.day) - owed
    _accrue(nav, setting.accrual[book.day + 1 : day + 1], before, owed, charges)
    return Accrued(nav, charges), Book(day, book.positions, owed)


def worth(panel: Panel, positions: Floats, days: slice | int, out: Floats | None = None) -> Floats:
    """(D, V) what positions (V, N + 1) come to at each close, before anything owed."""
    value: Floats = np.matmul(panel.levels[days], positions.T, out=out)
    return value


FEW = 4  # variants: for more than so many the library's product is faster than the plain sums below


def worth_daily(panel: Panel, days: Ints, positions: Floats) -> Floats:
    """(T, V) what positions (K, V, N + 1), held each from one of (K,) `days` on, come to at each close from the first
    of them to the panel's end."""
    ends = np.append(days, len(panel.dates))
    value = np.empty((ends[-1] - ends[0], positions.shape[1]))
    if positions.shape[1] <= FEW:
        _add_up(panel.levels, positions, ends, value)
        return value
    for k, (first, last) in enumerate(pairwise(ends.tolist())):
        worth(panel, positions[k], slice(first, last), value[first - ends[0] : last - ends[0]])
    return value


@compiled
def _add_up(levels, positions, ends, value):  # type: ignore[no-untyped-def]
    """One pass over the levels of all days: a product for each stretch would take longer to call than to compute."""
    for k in range(positions.shape[0]):
        for d in range(ends[k], ends[k + 1]):
            for v in range(positions.shape[1]):
                total = 0.0
                for i in range(positions.shape[2]):
                    total += levels[d, i] * positions[k, v, i]
                value[d - ends[0], v] = total


@compiled
def _accrue(nav, share, before, owed, charges):  # type: ignore[no-untyped-def]
    """Each day a share of the NAV of the day before is owed, and taken off nav (D, V); owed (V,) ends on the last."""
    days, variants = nav.shape
    for v in range(variants):
        last, debt = before[v], owed[v]
        for d in range(days):
            charges[d, v] = max(last, 0.0) * share[d]
            debt += charges[d, v]
            nav[d, v] -= debt
            last = nav[d, v]
        owed[v] = debt


def _check_prices(setting: Setting, book: Book, day: int) -> None:
    """Nothing that is held may lose its price on the way."""
    panel = setting.panel
    doubtful = np.flatnonzero(book.positions[:, :-1].any(axis=0) & (panel.priced_until < day))
    for i in doubtful:
        missing = np.flatnonzero(np.isnan(panel.prices[book.day + 1 : day + 1, i]))
        if not len(missing):
            continue
        v = int(np.flatnonzero(book.positions[:, i])[0])
        raise DataError(
            f"{panel.assets[i]}, {panel.dates[book.day + 1 + missing[0]]}: held{of_variant(setting, v)}, but without a "
            "price. Give its closes, or the day of its delisting in the universe."
        )


def of_variant(setting: Setting, v: int) -> str:
    return f" by variant {setting.first_variant + v + 1}" if setting.all_variants > 1 else ""


def weights(setting: Setting, book: Book, day: int) -> Floats:
    """(V, N) fractions of NAV at the close of `day`, drifted since the last trade."""
    _, book = hold(setting, book, day)
    shares = np.empty((len(book.owed), book.positions.shape[1] - 1))
    _shares(book.positions, setting.panel.levels[day], book.owed, shares)
    return shares


@compiled
def _shares(positions, prices, owed, shares):  # type: ignore[no-untyped-def]
    """Into shares (V, N) what each name is of NAV; zeros for a fund that has none."""
    for v in range(shares.shape[0]):
        nav = -owed[v]
        for i in range(positions.shape[1]):
            nav += positions[v, i] * prices[i]
        part = 1.0 / nav if nav > 0.0 else 0.0
        for i in range(shares.shape[1]):
            shares[v, i] = positions[v, i] * prices[i] * part
