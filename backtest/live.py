"""A live record beside the benchmark: the actual part of a class's figures, which begins anew where the record does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.mandate import ShareClass
from backtest.market.prices import Bools, Floats, Panel
from backtest.market.record import Record, record_until
from backtest.metrics.conventions import DAYS_PER_YEAR
from backtest.metrics.performance import last_on_or_before, month_ends
from backtest.metrics.summary import LiveSummary, Track, calendar_days, day, summarise_performance
from backtest.views import Window, cash_of, view_of

LIVE = ("actual", "actual_benchmark")


@dataclass(frozen=True)
class Live:
    """A record up to the as-of date, with benchmark and cash on its own days, as the class's holder sees them."""

    record: Record
    month_end: Bools  # (T,) of the record's days
    cash: Floats  # (T,)
    tracks: dict[str, Track]  # of LIVE

    @property
    def start(self) -> np.datetime64:
        first: np.datetime64 = self.record.dates[0]
        return first


def live_of(panel: Panel, record: Record, share_class: ShareClass, window: Window) -> Live:
    """The record beside the benchmark, both from its first price on. On a day that the market was closed and the record
    has a price, the benchmark has its last value before."""
    launch = share_class.launch or record.start
    kept = record_until(record, day(window.dates[-1]), panel.dates, launch)
    first = last_on_or_before(panel.dates, kept.dates[0])
    days = panel.dates[first : window.panel_days.stop]
    span = Window(days, month_ends(days), first)
    view = view_of(panel, share_class, span)
    at = np.searchsorted(days, kept.dates, side="right") - 1
    index = (panel.benchmark[span.panel_days] / view.rate)[at]
    tracks = {
        "actual": Track(kept.levels, float(kept.levels[0])),
        "actual_benchmark": Track(index, float(index[0])),
    }
    return Live(kept, month_ends(record.dates)[: len(kept.dates)], cash_of(panel, view, span)[at], tracks)


def live_summary(live: Live, horizon_years: float | None = None) -> LiveSummary:
    """Figures of the record. horizon_years: for which a summary risk indicator is asked, None for none."""
    dates, tracks = live.record.dates, live.tracks
    against = {"actual": tracks["actual_benchmark"], "actual_benchmark": None}
    return LiveSummary(
        start=day(dates[0]),
        end=day(dates[-1]),
        years=calendar_days(dates) / DAYS_PER_YEAR,
        record=live.record.written,
        performance={
            who: summarise_performance(tracks[who], dates, live.month_end, live.cash, against[who], horizon_years)
            for who in LIVE
        },
    )
