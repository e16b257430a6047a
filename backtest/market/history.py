"""History: the read-only past, and the only thing a strategy ever sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from backtest.errors import StrategyError, listed, nearest
from backtest.market.align import frozen
from backtest.market.fundamentals import Fundamentals
from backtest.market.prices import Bools, Dates, Floats, Panel

CASH_RATE_DAYS = 21


class History:
    """What is known at the close of one trading day t. Every array is a read-only copy that ends at t.

    T counts the days up to and including t, N the assets (the same columns on every day), V the variants.
    Copies, not views: an array handed out has no base that reaches into the future.
    """

    __slots__ = ("__day", "__panel", "__start", "__weights")

    def __init__(self, panel: Panel, day: int, weights: Floats | Callable[[], Floats], start_day: int) -> None:
        """panel: the whole market; day: index of t; start_day: first decision date; weights: (V, N) as held at t.

        Weights may come as a function that makes them anew, asked once and only by a strategy that looks at what it
        holds.
        """
        if not 0 <= start_day <= day < len(panel.dates):
            raise ValueError(f"day {day} and start_day {start_day} do not fit a panel of {len(panel.dates)} days")
        self.__panel = panel
        self.__day = day
        self.__start = start_day
        self.__weights = weights if callable(weights) else frozen(weights)

    @property
    def date(self) -> np.datetime64:
        """The day t, datetime64[D]."""
        day: np.datetime64 = self.__panel.dates[self.__day]
        return day

    @property
    def dates(self) -> Dates:
        """(T,) datetime64[D], ascending; the last one is t."""
        return frozen(self.__panel.dates[: self.__day + 1])

    @property
    def names(self) -> tuple[str, ...]:
        """(N,) tickers, in the order of every array's last axis."""
        return self.__panel.assets

    @property
    def prices(self) -> Floats:
        """(T, N) total-return levels in base currency; NaN before listing and after delisting."""
        return frozen(self.__panel.prices[: self.__day + 1])

    def recent_prices(self, days: int) -> Floats:
        """(D, N) the last `days` rows of `prices`, fewer at the start: who is asked often copies only what is needed.

        The last two closes give today's return. Raises ValueError for fewer than one day.
        """
        if days < 1:
            raise ValueError(f"recent_prices({days}): at least 1 day")
        return frozen(self.__panel.prices[max(0, self.__day + 1 - days) : self.__day + 1])

    @property
    def closes(self) -> Floats:
        """(T, N) closes in local currency; NaN where there was none."""
        return frozen(self.__panel.closes[: self.__day + 1])

    @property
    def volumes(self) -> Floats:
        """(T, N) shares traded; NaN unknown."""
        return frozen(self.__panel.volumes[: self.__day + 1])

    @property
    def members(self) -> Bools:
        """(N,) names that may be held as of t."""
        return frozen(self.__panel.members[self.__day])

    @property
    def benchmark(self) -> Floats:
        """(T,) total-return level of the benchmark in base currency."""
        return frozen(self.__panel.benchmark[: self.__day + 1])

    @property
    def benchmark_weights(self) -> Floats:
        """(N,) fractions, sum one, zero for names that are not members at t."""
        return frozen(self.__panel.benchmark_weights[self.__day])

    @property
    def weights(self) -> Floats:
        """(V, N) fractions of NAV as held at t, drifted since the last trade; zeros before the first one."""
        if callable(self.__weights):
            fresh = self.__weights()  # made for this history alone, so that no copy is needed
            fresh.setflags(write=False)
            self.__weights = fresh
        return self.__weights

    @property
    def months_since_start(self) -> float:
        """Whole calendar months since the first decision date: 31 October to 28 November is 1.0."""
        months = self.__panel.dates[[self.__start, self.__day]].astype("datetime64[M]").astype(np.int64)
        return float(months[1] - months[0])

    @property
    def cash_rate(self) -> float:
        """Yearly simple rate that cash earned over the last 21 trading days, as a fraction; NaN on the first day."""
        first = max(0, self.__day - CASH_RATE_DAYS)
        days = (self.__panel.dates[self.__day] - self.__panel.dates[first]).astype(np.int64)
        growth = self.__panel.cash[self.__day] / self.__panel.cash[first] - 1.0
        return float(growth * 365.0 / days) if days else float("nan")

    def theme(self, name: str) -> Bools:
        """(N,) mask of the names in a theme: capex, adopter or other."""
        return _mask(self.__panel.themes, name, "theme", always=("capex", "adopter", "other"))

    def sector(self, name: str) -> Bools:
        """(N,) mask of the names in a sector, spelled as in the universe."""
        return _mask(self.__panel.sectors, name, "sector")

    def country(self, name: str) -> Bools:
        """(N,) mask of the names in a country, ISO 3166 alpha-2 ('US')."""
        return _mask(self.__panel.countries, name, "country")

    def fundamental(self, field: str) -> Floats:
        """(P, N) figures of a field published and known by t, restated ones as restated by t.

        Row -1 holds each name's latest period, row -2 its period before, and so on, so that one row may hold different
        periods of different names. NaN at the top for names with fewer than P periods; (0, N) when none is known.
        Raises StrategyError for an unknown field, or when the mandate gives no fundamentals.
        """
        return self.__figures("fundamental", field).values(field, self.__day, len(self.__panel.assets))

    def fundamental_periods(self, field: str) -> Dates:
        """(P, N) datetime64[D], the end of the period of each figure of `fundamental(field)`; NaT where that is NaN."""
        return self.__figures("fundamental_periods", field).periods(field, self.__day, len(self.__panel.assets))

    def __figures(self, asked: str, field: str) -> Fundamentals:
        figures = self.__panel.fundamentals
        if figures is None:
            raise StrategyError(
                f"history.{asked}({field!r}): the mandate gives no fundamentals. "
                "Only figures with their publication dates can be given; a snapshot of today would be look-ahead."
            )
        if field not in figures.fields:
            raise StrategyError(
                f"history.{asked}({field!r}): no such field.{nearest(field, figures.fields)} "
                f"Allowed: {listed(figures.fields, most=30)}."
            )
        return figures


@lru_cache(maxsize=256)  # a strategy asks for the same few masks on every decision date
def _mask(labels: tuple[str, ...], name: str, what: str, always: tuple[str, ...] = ()) -> Bools:
    known = always or tuple(sorted(set(labels)))
    if name not in known:
        raise StrategyError(
            f"history.{what}({name!r}): no such {what}.{nearest(name, known)} Allowed: {listed(known)}."
        )
    mask = np.array([label == name for label in labels], dtype=np.bool_)
    mask.setflags(write=False)
    return mask
