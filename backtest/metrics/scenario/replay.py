"""Replays: the holdings of a date, bought at the start of an episode of the past and held to its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from backtest.metrics.performance import Dates, Day, cumulative_return, last_on_or_before, max_drawdown
from backtest.metrics.scenario.parts import (
    BASIS,
    Basis,
    Bools,
    Floats,
    LeftOut,
    checked_weights,
    contributions,
    group_sums,
    left_out,
    named,
)


@dataclass(frozen=True)
class Episode:
    """A window of history, from the close of `start` to the close of `end`, as YYYY-MM-DD."""

    id: str
    title: str
    start: str
    end: str


EPISODES: Mapping[str, Episode] = MappingProxyType(
    {
        episode.id: episode
        for episode in (
            Episode("2018_q4", "Fourth quarter of 2018", "2018-09-20", "2018-12-24"),
            Episode("march_2020", "March 2020", "2020-02-19", "2020-03-23"),
            Episode("fall_2022", "Fall of 2022", "2022-01-03", "2022-10-12"),
            Episode("sell_off_2025_01_27", "Sell-off of 27 January 2025", "2025-01-24", "2025-01-27"),
        )
    }
)
"""Closing high to closing low of the S&P 500 (the index provider's closes); in 2025 the one day."""

ASSUMPTIONS = (
    "The holdings are bought at the close of the first day and held: no trading, no costs.",
    "A name without a price at the start is left out, and the others take its weight in proportion to theirs.",
    "A name whose prices end inside the episode is kept at its last price.",
    "Cash earns its own rate where one is given, else nothing.",
    "A theme's basket holds the portfolio's own names of that theme, in proportion to their weights.",
)


@dataclass(frozen=True)
class Replay:
    """One episode's answer. Where `reason` is not empty it could not be played: paths are empty, figures NaN.

    Paths start at 1.0. `contributions` (N,) and `cash_contribution` sum to `total`, and so do `theme_contributions`.
    """

    episode: Episode
    reason: str
    dates: Dates  # (D,) trading days, first and last included
    weights: Floats  # (N,) as bought, after the rest has stood in
    path: Floats  # (D,)
    benchmark_path: Floats  # (D,) NaN without a benchmark
    theme_paths: Mapping[str, Floats]  # theme -> (D,); only themes that are held
    contributions: Floats  # (N,) fractions of the starting value
    cash_contribution: float
    theme_contributions: Mapping[str, float]  # every theme, and "cash"
    left_out: tuple[LeftOut, ...]
    ended: tuple[str, ...]
    """Held names whose prices end before the episode does."""
    assumptions: tuple[str, ...] = ASSUMPTIONS
    basis: Basis = BASIS

    @property
    def total(self) -> float:
        """Return of the portfolio over the episode, a fraction: -0.1781 is a loss of 17.81 %. NaN: not played."""
        return float(cumulative_return(self.path, 1.0))

    @property
    def benchmark_total(self) -> float:
        """Return of the benchmark, a fraction. NaN without one."""
        return float(cumulative_return(self.benchmark_path, 1.0))

    @property
    def max_drawdown(self) -> float:
        """Deepest fall of the portfolio from its highest close within the episode, zero or negative."""
        return float(max_drawdown(self.path, 1.0))

    @property
    def benchmark_max_drawdown(self) -> float:
        """The same of the benchmark."""
        return float(max_drawdown(self.benchmark_path, 1.0))

    @property
    def theme_totals(self) -> dict[str, float]:
        """Return of each theme's basket, a fraction."""
        return {theme: float(cumulative_return(path, 1.0)) for theme, path in self.theme_paths.items()}


def replay(
    episode: Episode,
    dates: Dates,
    prices: Floats,
    weights: Floats,
    *,
    assets: Sequence[str],
    themes: Sequence[str],
    benchmark: Floats | None = None,
    cash: Floats | None = None,
) -> Replay:
    """Holdings bought at the close of the episode's start and held to its end, day by day.

    dates (T,) ascending; prices (T, N) total return in one currency, NaN without a price; weights (N,); benchmark and
    cash: levels (T,). Day one and the last day are the last trading days on or before the episode's. An episode that
    the dates do not cover, or of which no held name has a price, is answered with its reason, not with an error.
    Half in a name that falls by 0.2 and half in cash is a total of -0.1. Raises ValueError for weights that are none.
    """
    wanted = checked_weights(weights, "weights", len(assets))
    first, last, reason = _days(episode, dates)
    window = np.asarray(prices[first : last + 1], dtype=np.float64)
    priced = _priced(window, len(assets))
    if not reason and wanted.sum() > 0.0 and not (priced & (wanted > 0.0)).any():
        reason = f"no name held has a price on {dates[first]}, when the episode starts"
    missing = left_out(assets, wanted, ~priced, f"no price on {dates[first] if len(dates) else episode.start}")
    if reason:
        return _not_played(episode, reason, len(assets), () if last < first else missing)
    bought = np.where(priced, wanted, 0.0)
    bought = bought * wanted.sum() / bought.sum() if bought.sum() > 0.0 else bought
    growth = _growth(window, priced)
    cash_growth = np.ones(len(window)) if cash is None else cash[first : last + 1] / cash[first]
    gains = contributions(bought, growth[-1] - 1.0)
    cash_gain = float((1.0 - bought.sum()) * (cash_growth[-1] - 1.0))
    return Replay(
        episode=episode,
        reason="",
        dates=dates[first : last + 1],
        weights=bought,
        path=growth @ bought + (1.0 - bought.sum()) * cash_growth,
        benchmark_path=_levels(benchmark, first, last),
        theme_paths=_baskets(growth, bought, themes),
        contributions=gains,
        cash_contribution=cash_gain,
        theme_contributions={t: float(s) for t, s in group_sums(gains, themes).items()} | {"cash": cash_gain},
        left_out=missing,
        ended=named(assets, np.isnan(window[-1]) & (bought > 0.0)),
    )


def replay_all(
    dates: Dates,
    prices: Floats,
    weights: Floats,
    *,
    assets: Sequence[str],
    themes: Sequence[str],
    benchmark: Floats | None = None,
    cash: Floats | None = None,
    episodes: Iterable[Episode] = tuple(EPISODES.values()),
) -> tuple[Replay, ...]:
    """`replay` of each episode, in order of the episodes: the four built in, 2018 to 2025, unless others are given."""
    return tuple(
        replay(e, dates, prices, weights, assets=assets, themes=themes, benchmark=benchmark, cash=cash)
        for e in episodes
    )


def _days(episode: Episode, dates: Dates) -> tuple[int, int, str]:
    """Rows of the first and last day and, where the dates do not cover the episode, the reason."""
    start, end = Day(episode.start), Day(episode.end)
    if end <= start:
        raise ValueError(f"episode {episode.id}: it ends on {end} and starts on {start}; the end must come later.")
    if len(dates) == 0 or dates[0] > start or dates[-1] < end:
        held = f"run from {dates[0]} to {dates[-1]}" if len(dates) else "are empty"
        return 0, -1, f"the prices {held}; the episode runs from {start} to {end}"
    first, last = last_on_or_before(dates, start), last_on_or_before(dates, end)
    return first, last, "" if last > first else f"no trading day after {dates[first]} up to {end}"


def _priced(window: Floats, count: int) -> Bools:
    """(N,) names with a price on the first day."""
    return window[0] > 0.0 if len(window) else np.zeros(count, dtype=bool)


def _growth(window: Floats, priced: Bools) -> Floats:
    """(D, N) value of 1.0 bought at the start, at the last price where there is none; 1.0 where none was bought."""
    seen = np.where(np.isnan(window), 0, np.arange(len(window))[:, None])
    carried = np.take_along_axis(window, np.maximum.accumulate(seen, axis=0), axis=0)
    return np.where(priced, carried / np.where(priced, window[0], 1.0), 1.0)


def _levels(levels: Floats | None, first: int, last: int) -> Floats:
    if levels is None:
        return np.full(last - first + 1, np.nan)
    return np.asarray(levels[first : last + 1] / levels[first])


def _baskets(growth: Floats, bought: Floats, themes: Sequence[str]) -> dict[str, Floats]:
    held = group_sums(bought, themes)
    values = group_sums(growth * bought, themes)
    return {theme: values[theme] / total for theme, total in held.items() if total > 0.0}


def _not_played(episode: Episode, reason: str, count: int, missing: tuple[LeftOut, ...]) -> Replay:
    nothing = np.zeros(0)
    return Replay(
        episode=episode,
        reason=reason,
        dates=np.zeros(0, dtype="datetime64[D]"),
        weights=np.full(count, np.nan),
        path=nothing,
        benchmark_path=nothing,
        theme_paths={},
        contributions=np.full(count, np.nan),
        cash_contribution=np.nan,
        theme_contributions={},
        left_out=missing,
        ended=(),
    )
