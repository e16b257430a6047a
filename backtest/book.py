"""Book: what is held from one close on, what it is worth on each day until the next trade, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.compiled import compiled
from backtest.errors import DataError
from backtest.market.prices import Floats
from backtest.setting import Setting


@dataclass(frozen=True)
class Book:
    """What is held from the close of `day` on."""

    day: int
    positions: Floats  # (V, N + 1) units; cash is the last asset, its price the level of cash
    owed: Floats  # (V,) custody not yet paid


def opening(setting: Setting) -> Book:
    """Nothing but the capital, in cash, at the close of the first trade date."""
    panel, variants = setting.panel, setting.strategy.variants
    positions = np.zeros((variants, len(panel.assets) + 1))
    positions[:, -1] = setting.costs.capital / panel.cash[setting.start]
    return Book(setting.start, positions, np.zeros(variants))


def hold(setting: Setting, book: Book, day: int) -> tuple[Floats, Floats | None, Book]:
    """NAV (D, V) and custody accrued (D, V) on the days after the book's up to `day`, and the book at its close."""
    first = book.day + 1
    if first > day:
        return np.empty((0, len(book.owed))), None, book
    panel = setting.panel
    if panel.filled is not panel.prices:
        _check_prices(setting, book, day)
    if setting.accrual is None and not setting.detail:
        return np.empty((0, len(book.owed))), None, Book(day, book.positions, book.owed)
    nav = panel.levels[first : day + 1] @ book.positions.T
    if setting.accrual is None:
        return nav, None, Book(day, book.positions, book.owed)
    charges, owed = np.empty_like(nav), book.owed.copy()
    before = panel.levels[book.day] @ book.positions.T - owed
    _accrue(nav, setting.accrual[first : day + 1], before, owed, charges)
    return nav, charges, Book(day, book.positions, owed)


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
    _, _, book = hold(setting, book, day)
    values = book.positions * setting.panel.levels[day]
    nav = values.sum(axis=1) - book.owed
    shares = np.zeros((len(nav), values.shape[1] - 1))
    np.divide(values[:, :-1], nav[:, None], out=shares, where=nav[:, None] > 0.0)
    return shares
