"""Other futures: markets that are one with the given one up to the close of a day, and differ in all that follows.

The fields of a panel are found by looking, so that a new one is changed without being mentioned here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.market.align import Bools
from backtest.market.fundamentals import Fundamentals
from backtest.market.prices import Panel

LEVELS = ("prices", "closes", "benchmark", "cash")
"""Fields whose days follow from one another; the others stand for themselves."""

Future = Callable[[Panel, int, int], Panel]
Change = Callable[[NDArray[Any]], NDArray[Any]]


def scrambled_after(panel: Panel, day: int, seed: int) -> Panel:
    """The same market up to the close of `day`, and noise after it: every number, every membership, every departure.

    Figures that were published later have other values and come out on other days after `day`, or never.
    """
    rng, last = np.random.Generator(np.random.PCG64(seed)), len(panel.dates) - 1

    def noise(values: NDArray[Any]) -> NDArray[Any]:
        changed = values.copy()
        later = changed[day + 1 :]
        is_mask = values.dtype == np.bool_
        changed[day + 1 :] = rng.random(later.shape) < 0.5 if is_mask else rng.exponential(100.0, later.shape)
        return changed

    leaves = np.where(rng.random(len(panel.assets)) < 0.5, -1, last)
    delisted = np.where((panel.delisted >= 0) & (panel.delisted <= day), panel.delisted, leaves)
    return _changed(panel, noise, delisted=delisted, fundamentals=_republished(panel.fundamentals, day, last, rng))


def reordered_after(panel: Panel, day: int, seed: int) -> Panel:
    """The same market up to the close of `day`; after it the steps of the days that came, in another order.

    Levels go on from the close of `day`, and every step is one the market has made: a strategy that believes only
    what could be true is found as well.
    """
    rng, last = np.random.Generator(np.random.PCG64(seed)), len(panel.dates) - 1
    order = np.concatenate([np.arange(day + 1), day + 1 + rng.permutation(last - day)])
    left = np.where((panel.delisted >= 0) & (panel.delisted <= day), panel.delisted, -1)
    figures = panel.fundamentals
    if figures is not None:
        later = np.flatnonzero((figures.known > day) & (figures.known <= last))
        known = figures.known.copy()
        known[later] = known[rng.permutation(later)]
        figures = _sorted(replace(figures, known=known))
    paths = {name: _read_only(_path(getattr(panel, name), day, order)) for name in LEVELS}
    fx = MappingProxyType({currency: _read_only(_path(rate, day, order)) for currency, rate in panel.fx.items()})
    return _changed(panel, lambda values: values[order], delisted=left, fundamentals=figures, fx=fx, **paths)


def _path(levels: NDArray[Any], day: int, order: NDArray[np.int64]) -> NDArray[Any]:
    """Levels (T, ...) whose steps after `day` come in another order; what has no level at `day` is put in that order.

    NaN stays where it is: a name that is not listed on a day does not become so.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.ones_like(levels)
        steps[1:] = levels[1:] / levels[:-1]
    steps[~np.isfinite(steps)] = 1.0
    later = order[day + 1 :]
    path = np.where(np.isnan(levels[day]), levels[later], levels[day] * np.cumprod(steps[later], axis=0))
    return np.concatenate([levels[: day + 1], np.where(np.isnan(levels[day + 1 :]), np.nan, path)])


def cut_after(panel: Panel, day: int, seed: int = 0) -> Panel:
    """The market that ends at the close of `day`. seed: not used, nothing is drawn."""
    left = np.where(panel.delisted < day, panel.delisted, -1)
    figures = _known_by(panel.fundamentals, day)
    dates = _read_only(panel.dates[: day + 1].copy())
    return _changed(panel, lambda values: values[: day + 1].copy(), delisted=left, fundamentals=figures, dates=dates)


def blanked_after(panel: Panel, day: int, seed: int) -> Panel:
    """The same days, and after `day` not one number: NaN, no close, nothing published.

    seed: even, nobody is a member after `day`; odd, everybody is.
    """

    def blank(values: NDArray[Any]) -> NDArray[Any]:
        changed = values.copy()
        changed[day + 1 :] = bool(seed % 2) if values.dtype == np.bool_ else np.nan
        return changed

    left = np.where((panel.delisted >= 0) & (panel.delisted <= day), panel.delisted, -1)
    return _changed(panel, blank, delisted=left, fundamentals=_known_by(panel.fundamentals, day))


WAYS: Mapping[str, Future] = MappingProxyType(
    {"scrambled": scrambled_after, "reordered": reordered_after, "cut off": cut_after, "blanked": blanked_after}
)
"""What can be done to the days after t."""


def _changed(panel: Panel, change: Change, **others: Any) -> Panel:
    """The panel with every dated number and mask changed, in currencies and rates too; read-only as the panel is."""
    days, found = len(panel.dates), dict(others)
    for field in fields(panel):
        value = getattr(panel, field.name)
        if field.name in {"dates", "delisted", *others}:  # (T,), which has no noise; (N,), which could be as long
            continue
        if isinstance(value, np.ndarray) and len(value) == days:
            found[field.name] = _read_only(change(value))
        elif isinstance(value, Mapping):
            found[field.name] = MappingProxyType({key: _read_only(change(series)) for key, series in value.items()})
    return replace(panel, **found)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _republished(figures: Fundamentals | None, day: int, last: int, rng: np.random.Generator) -> Fundamentals | None:
    """Other values, known on other days after `day`, for the rows that nobody knew at its close."""
    if figures is None:
        return None
    later = figures.known > day
    value = np.where(later, rng.exponential(100.0, len(later)), figures.value)
    known = np.where(later, rng.integers(day + 1, last + 2, len(later)), figures.known)
    return _sorted(replace(figures, value=value, known=known))


def _known_by(figures: Fundamentals | None, day: int) -> Fundamentals | None:
    """Only the rows known at the close of `day`; the fields stay, or asking for one would fail."""
    return None if figures is None else _rows(figures, figures.known <= day)


def _sorted(figures: Fundamentals) -> Fundamentals:
    return _rows(figures, np.lexsort((figures.period, figures.known)))


def _rows(figures: Fundamentals, rows: Bools | NDArray[np.int64]) -> Fundamentals:
    return Fundamentals(
        figures.fields,
        _read_only(figures.field[rows]),
        _read_only(figures.asset[rows]),
        _read_only(figures.period[rows]),
        _read_only(figures.known[rows]),
        _read_only(figures.value[rows]),
    )
