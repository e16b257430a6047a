"""The checks of the data doctor: one function each, from a view of the window to its findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from backtest.errors import listed
from backtest.mandate import Mandate
from backtest.market.align import Bools, Dates, Floats
from backtest.market.raw import RawMarket
from backtest.market.universe import STALE_DAYS, last_days

SPLIT_RATIOS = (2, 3, 4, 5, 10, 20)
SPLIT_TOLERANCE = 0.03
JUMP = 0.60
STALE_RUN = 20
SPIN_OFF = 0.10
SURVIVOR_YEARS = 3
WINDOW_DAYS = 7
CASH_FALL = -0.001


@dataclass(frozen=True)
class DataFinding:
    """One oddity. `fatal` stops the run unless accepted, `warning` and `note` are for the reader of the run."""

    id: str
    severity: Literal["fatal", "warning", "note"]
    asset: str | None
    date: date | None
    message: str
    accepted_reason: str | None = None


@dataclass(frozen=True)
class View:
    """The window's tables as arrays: days with closes, (T, N) inside the listing, and the close before each one."""

    raw: RawMarket
    mandate: Mandate
    days: Dates
    assets: tuple[str, ...]
    closes: Floats
    before: Floats  # the latest earlier close inside the window; NaN for the first
    ratios: Floats  # listed split ratio of the day, 1.0 on most days or when the closes contain it
    paid: Floats  # dividends of the day, 0.0 on most days or when the closes contain them
    spun: Bools  # a spin-off is listed that day


def _unlisted_splits(view: View) -> Iterator[DataFinding]:
    """SPLIT-01: the close falls to 1/n or rises to n times the one before, and nothing listed that day explains it."""
    if view.mandate.data.price_adjustment != "none":
        return
    change = view.closes / view.before
    listed_that_day = (view.ratios != 1.0) | view.spun | (view.paid > SPIN_OFF * view.before)
    for n in SPLIT_RATIOS:
        for factor, name in ((1.0 / n, f"{n}:1"), (float(n), f"1:{n}")):
            like = (np.abs(change / factor - 1.0) <= SPLIT_TOLERANCE) & ~listed_that_day
            for row, j in np.argwhere(like):
                yield _unlisted_split(view, int(row), int(j), name)


def _unlisted_split(view: View, row: int, j: int, name: str) -> DataFinding:
    asset, day, raw = view.assets[j], view.days[row], view.raw
    unlisted = "no splits file lists" if raw.where("splits") == "splits" else f"{raw.where('splits')} does not list"
    text = (
        f"{raw.where('closes')}, {day}: {asset} close {view.closes[row, j]:.10g} after {view.before[row, j]:.10g} "
        f"looks like a {name} split that {unlisted}{_near(view, asset, day)}. "
        f"Add the split, or accept finding SPLIT-01 for {asset} in [[accept]] with a reason."
    )
    return DataFinding("SPLIT-01", "fatal", asset, day.item(), text)


def _near(view: View, asset: str, day: np.datetime64) -> str:
    """' on that day (it lists 10 on 2024-06-11)' when the file has one within a week."""
    mine = view.raw.splits[view.raw.splits["asset"] == asset]
    for when, ratio in zip(mine["date"], mine["ratio"], strict=True):
        if abs(np.datetime64(when, "D") - day) <= np.timedelta64(7, "D"):
            return f" on that day (it lists {ratio:g} on {when:%Y-%m-%d})"
    return ""


def _invisible_splits(view: View) -> Iterator[DataFinding]:
    """SPLIT-02: a split is listed and the close stays closer to the one before than to what the split makes of it."""
    if view.mandate.data.price_adjustment != "none":
        return
    # Ratios near one are spin-offs; they hide in the day's own move and cannot be told apart.
    large = (view.ratios >= 1.5) | (view.ratios <= 1.0 / 1.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.abs(np.log(view.closes / view.before))
        shown = np.abs(np.log(view.closes * view.ratios / view.before))
    for row, j in np.argwhere(large & (moved < shown)):
        asset, day, raw = view.assets[j], view.days[row], view.raw
        text = (
            f"{raw.where('splits')}, {day}: {asset} has a split of {view.ratios[row, j]:g}, but the close is "
            f"{view.closes[row, j]:.10g} after {view.before[row, j]:.10g}. If the closes are adjusted already, write "
            f'price_adjustment = "splits"; else remove the split, or accept finding SPLIT-02 for {asset} in [[accept]].'
        )
        yield DataFinding("SPLIT-02", "fatal", asset, day.item(), text)


def _jumps(view: View) -> Iterator[DataFinding]:
    """JUMP-01: more than 60 % up or down from one close to the next, listed splits and dividends counted in."""
    change = (view.closes * view.ratios + view.paid) / view.before - 1.0
    for row, j in np.argwhere(np.abs(change) > JUMP):
        asset, day = view.assets[j], view.days[row]
        moved = f"from {view.before[row, j]:.10g} to {view.closes[row, j]:.10g}"
        text = f"{asset} moved {change[row, j]:+.1%} on {day}, {moved}."
        yield DataFinding("JUMP-01", "warning", asset, day.item(), text)


def _counted_twice(view: View) -> Iterator[DataFinding]:
    """SPIN-01: a dividend above a tenth of the close before, a split, a spin-off: two on one day may be one, twice."""
    yield from _spun_and_split(view)
    splits = view.raw.splits
    large = view.paid > SPIN_OFF * view.before
    for row, j in np.argwhere(large):
        asset, day = view.assets[j], view.days[row]
        same = splits[(splits["asset"] == asset) & (splits["date"] == pd.Timestamp(str(day)))]
        if len(same):
            text = (
                f"{asset} has a dividend of {view.paid[row, j]:.10g} after a close of {view.before[row, j]:.10g} "
                f"and a split of {same['ratio'].iloc[0]:g} on {day}: is one spin-off counted twice? Remove one."
            )
            yield DataFinding("SPIN-01", "warning", asset, day.item(), text)


def _spun_and_split(view: View) -> Iterator[DataFinding]:
    """Suppliers write a spin-off as a split of a ratio near one, or as a dividend; the list of spin-offs has it too."""
    for row, j in np.argwhere(view.spun & ((view.ratios != 1.0) | (view.paid > SPIN_OFF * view.before))):
        asset, day = view.assets[j], view.days[row]
        split = view.ratios[row, j] != 1.0
        other = f"a split of {view.ratios[row, j]:g}" if split else f"a dividend of {view.paid[row, j]:.10g}"
        text = f"{asset} has a spin-off and {other} on {day}: is one spin-off counted twice? Remove one."
        yield DataFinding("SPIN-01", "warning", asset, day.item(), text)


def _stale(view: View) -> Iterator[DataFinding]:
    """STALE-01: one finding per asset, dated at the start of its longest run of one close without volume."""
    if view.raw.volumes is None:
        quiet = np.ones(view.closes.shape, dtype=np.bool_)
        volume = ""
    else:
        table = view.raw.volumes.reindex(index=_stamps(view.days), columns=list(view.assets)).to_numpy(dtype=np.float64)
        quiet, volume = ~(table > 0.0), " and no volume"
    same = (view.closes == view.before) & quiet
    for j, asset in enumerate(view.assets):
        start, length = _longest_run(same[:, j])
        if length >= STALE_RUN:
            day = view.days[start]
            close = f"{view.closes[start, j]:.10g}{volume}"
            text = f"{asset} has the same close, {close}, on {length} trading days from {day}."
            yield DataFinding("STALE-01", "warning", asset, day.item(), text)


def _longest_run(flags: Bools) -> tuple[int, int]:
    """Start and length of the longest run of True; (0, 0) without any."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    best = int(lengths.argmax())
    return int(starts[best]), int(lengths[best])


def _gaps(view: View) -> Iterator[DataFinding]:
    """GAP-01: more than five trading days without a close between two closes: a suspension, or a hole in the file."""
    for j, asset in enumerate(view.assets):
        rows = np.flatnonzero(~np.isnan(view.closes[:, j]))
        for k in np.flatnonzero(np.diff(rows) > STALE_DAYS + 1):
            first, count = view.days[rows[k] + 1], int(rows[k + 1] - rows[k] - 1)
            text = (
                f"{asset} has no close on {count} trading days from {first}; its price stands still until it returns."
            )
            yield DataFinding("GAP-01", "note", asset, first.item(), text)


def _outside_listing(view: View) -> Iterator[DataFinding]:
    table = view.raw.closes.loc[_stamps(view.days), list(view.assets)].to_numpy(dtype=np.float64)
    outside = ~np.isnan(table) & np.isnan(view.closes)
    for j in np.flatnonzero(outside.any(axis=0)):
        day = view.days[int(outside[:, j].argmax())]
        count = int(outside[:, j].sum())
        text = f"{view.assets[j]} has {count} closes outside its listing, from {day}; they are left out."
        yield DataFinding("LIST-01", "note", view.assets[j], day.item(), text)


def _survivors(view: View) -> Iterator[DataFinding]:
    """SURV-01: the mandate says so, or nobody leaves over more than three years."""
    years = (view.days[-1] - view.days[0]).astype(int) / 365.25
    if view.mandate.data.survivors_only:
        text = "The universe holds survivors only: companies that failed or were bought before today are missing."
    elif years > SURVIVOR_YEARS and (last_days(~np.isnan(view.closes), view.raw.universe, view.days) < 0).all():
        text = (
            f"No company leaves the universe in {years:.1f} years: it seems to hold survivors only. "
            "Add those that left, or write survivors_only = true in [data]."
        )
    else:
        return
    yield DataFinding("SURV-01", "warning", None, None, text)


def _young_themes(view: View) -> Iterator[DataFinding]:
    assigned, start = view.mandate.data.themes_assigned, view.days[0].item()
    if assigned is not None and assigned > start:
        text = f"Themes were assigned on {assigned}; the window starts on {start}: until then they are hindsight."
        yield DataFinding("THEME-01", "warning", None, assigned, text)
    elif assigned is None and not view.raw.synthetic:
        text = "The mandate does not say when themes were assigned; write themes_assigned in [data]."
        yield DataFinding("THEME-01", "warning", None, None, text)


def _strangers(view: View) -> Iterator[DataFinding]:
    raw, changes = view.raw, view.raw.ticker_changes
    # The end of a chain of changes is what the universe calls a name.
    ends = set() if changes is None else set(changes["new"]) - set(changes["old"])
    spun = set() if raw.spin_offs is None else set(raw.spin_offs["asset"])
    told = set() if raw.fundamentals is None else set(raw.fundamentals["asset"])
    tickers = {"dividends": set(raw.dividends["asset"]), "splits": set(raw.splits["asset"])}
    for key, found in (tickers | {"ticker_changes": ends, "spin_offs": spun, "fundamentals": told}).items():
        unknown = sorted(found - set(view.assets))
        if unknown:
            text = f"{view.raw.where(key)}: {listed(unknown, most=5)}: not in the universe; these rows are left out."
            yield DataFinding("TICK-01", "note", None, None, text)


def _instant_figures(view: View) -> Iterator[DataFinding]:
    """FUND-01: most figures of a field bear the last day of their period as the day of publication."""
    figures = view.raw.fundamentals
    if figures is None:
        return
    mine = figures[figures["asset"].isin(view.assets)]
    for name, rows in mine.groupby("field"):
        same = int((rows["published"] == rows["period_end"]).sum())
        if 2 * same > len(rows):
            text = (
                f"{view.raw.where('fundamentals')}: {same} of {len(rows)} figures of {name} are published on the last "
                "day of their period. That suits a valuation of the day; for what companies report weeks later it is "
                "look-ahead: give the days of publication."
            )
            yield DataFinding("FUND-01", "warning", None, None, text)


def _old_figures(view: View) -> Iterator[DataFinding]:
    figures = view.raw.fundamentals
    if figures is None:
        return
    where, end = view.raw.where("fundamentals"), view.days[-1]
    published = figures.loc[figures["asset"].isin(view.assets), "published"].to_numpy().astype("datetime64[D]")
    known = published[published <= end]
    if not len(known):
        text = f"{where}: no figure is published by {end}, so no strategy sees one."
        yield DataFinding("FUND-02", "warning", None, end.item(), text)
    elif end - known.max() > np.timedelta64(366, "D"):
        text = f"{where}: nothing is published after {known.max()}; its last figures stand until {end}."
        yield DataFinding("FUND-02", "warning", None, known.max().item(), text)


def _adjusted_value(view: View) -> Iterator[DataFinding]:
    data = view.mandate.data
    if data.benchmark_weights == "traded_value" and data.price_adjustment == "total_return":
        text = "Traded value comes from closes adjusted for dividends: it understates the past of names that paid much."
        yield DataFinding("ADJ-01", "warning", None, None, text)


def _no_cash(view: View) -> Iterator[DataFinding]:
    if view.raw.cash_level is None and view.raw.cash_rate is None:
        text = (
            "[data] gives neither cash_rate nor cash_index: cash earns nothing, and the Sharpe ratio is over nothing."
        )
        yield DataFinding("CASH-01", "warning", None, None, text)


def _old_cash(view: View) -> Iterator[DataFinding]:
    rates = view.raw.cash_rate
    if rates is None:
        return
    last = rates.index[-1].to_datetime64().astype("datetime64[D]")
    if view.days[-1] - last > np.timedelta64(366, "D"):
        text = f"{view.raw.where('cash_rate')} ends on {last}; its last rate stands until {view.days[-1]}."
        yield DataFinding("CASH-02", "warning", None, last.item(), text)


def _falling_cash(view: View) -> Iterator[DataFinding]:
    """CASH-03: a bill fund hardly ever falls; one that does on an ex-date is not adjusted for that dividend."""
    if view.raw.cash_level is None:
        return
    inside = view.raw.cash_level[_stamps(view.days[[0]])[0] : _stamps(view.days[[-1]])[0]]
    change = inside.pct_change()
    for day, fall in change[change < CASH_FALL].items():
        when = pd.Timestamp(str(day)).date()
        text = f"{view.raw.where('cash_index')} falls by {-fall:.2%} on {when}: is a dividend missing from it?"
        yield DataFinding("CASH-03", "warning", None, when, text)


def _short_window(view: View) -> Iterator[DataFinding]:
    data, first, last = view.mandate.data, view.days[0].item(), view.days[-1].item()
    if data.start is not None and (first - data.start).days > WINDOW_DAYS:
        text = f"[data] start is {data.start}; the closes begin on {first}, and so does the window."
        yield DataFinding("WIN-01", "warning", None, first, text)
    if data.end is not None and (data.end - last).days > WINDOW_DAYS:
        text = f"[data] end is {data.end}; the closes end on {last}, and so does the window."
        yield DataFinding("WIN-01", "warning", None, last, text)


CHECKS = (
    _unlisted_splits,
    _invisible_splits,
    _jumps,
    _counted_twice,
    _stale,
    _gaps,
    _outside_listing,
    _survivors,
    _young_themes,
    _strangers,
    _instant_figures,
    _old_figures,
    _adjusted_value,
    _no_cash,
    _old_cash,
    _falling_cash,
    _short_window,
)


def _stamps(days: Dates) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[s]"))
