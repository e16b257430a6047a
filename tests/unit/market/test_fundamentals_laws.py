"""Laws of published figures: what is known is what a plain filter finds, and nothing later moves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.market import sample
from backtest.market.fundamentals import Fundamentals, first_close, known_figures

DAYS, ASSETS = 24, 4


def random_figures(seed: int) -> Fundamentals:
    """Figures of two fields, restated now and then, some known from the start and some never."""
    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(rng.integers(0, 120))
    known = np.where(rng.random(count) < 0.2, 0, rng.integers(0, DAYS + 1, count))
    periods = np.datetime64("2020-03-31") + 91 * rng.integers(0, 6, count)
    keys = np.column_stack([rng.integers(0, 2, count), rng.integers(0, ASSETS, count), periods.astype(int), known])
    kept = np.sort(np.unique(keys, axis=0, return_index=True)[1]) if count else np.array([], dtype=np.int64)
    kept = kept[np.lexsort((periods[kept], known[kept]))]
    field, asset = (np.ascontiguousarray(keys[kept, k]) for k in (0, 1))
    return Fundamentals(("capex", "sales"), field, asset, periods[kept], known[kept], rng.normal(size=len(kept)))


def by_brute_force(figures: Fundamentals, field: str, day: int) -> tuple[np.ndarray, np.ndarray]:
    """One company and one row at a time, in words of their own."""
    stories: list[dict[np.datetime64, float]] = [{} for _ in range(ASSETS)]
    for r in np.argsort(figures.known, kind="stable"):
        if figures.fields[figures.field[r]] == field and figures.known[r] <= day:
            stories[figures.asset[r]][figures.period[r]] = figures.value[r]
    most = max(len(story) for story in stories)
    values, periods = np.full((most, ASSETS), np.nan), np.full((most, ASSETS), np.datetime64("NaT", "D"))
    for j, story in enumerate(stories):
        for back, period in enumerate(sorted(story, reverse=True), start=1):
            values[-back, j], periods[-back, j] = story[period], period
    return values, periods


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(0, DAYS - 1), field=st.sampled_from(["capex", "sales"]))
def test_what_is_known_is_what_a_plain_filter_finds(seed, day, field):
    figures = random_figures(seed)
    values, periods = by_brute_force(figures, field, day)
    np.testing.assert_array_equal(figures.values(field, day, ASSETS), values)
    np.testing.assert_array_equal(figures.periods(field, day, ASSETS), periods)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(0, DAYS - 1))
def test_changing_what_is_known_later_moves_nothing(seed, day):
    """Later rows get other values, other days among the later ones, another order, or vanish."""
    figures, rng = random_figures(seed), np.random.Generator(np.random.PCG64(seed + 1))
    later = figures.known > day
    scrambled = replace(
        figures,
        value=np.where(later, rng.normal(size=len(later)), figures.value),
        known=np.where(later, rng.integers(day + 1, DAYS + 2, len(later)), figures.known),
        period=np.where(later, figures.period + rng.integers(-400, 400, len(later)), figures.period),
    )
    order = np.concatenate([rng.permutation(np.flatnonzero(later)), np.flatnonzero(~later)])
    arrays = ("field", "asset", "period", "known", "value")
    moved = replace(scrambled, **{name: getattr(scrambled, name)[order] for name in arrays})
    cut = replace(figures, **{name: getattr(figures, name)[~later] for name in arrays})
    for other in (scrambled, moved, cut):
        for field in figures.fields:
            assert other.values(field, day, ASSETS).tobytes() == figures.values(field, day, ASSETS).tobytes()
            assert other.periods(field, day, ASSETS).tobytes() == figures.periods(field, day, ASSETS).tobytes()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), delay=st.integers(0, 10))
def test_the_first_close_is_counted_day_by_day(seed, delay):
    rng = np.random.Generator(np.random.PCG64(seed))
    days = np.sort(rng.choice(np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]"), 30, replace=False))
    published = days[0] + rng.integers(0, 70, 40)
    for day, found in zip(published, first_close(published, days, delay), strict=True):
        after = [t for t in range(len(days)) if (days[t] >= day if delay == 0 else days[t] > day)]
        wanted = max(delay, 1) - 1
        assert min(int(found), len(days)) == (after[wanted] if wanted < len(after) else len(days))


FIGURES = sample.generate().fundamentals
TICKERS = tuple(sorted(set(FIGURES["asset"]))[::6])
TRADING = sample.generate().closes.index.to_numpy().astype("datetime64[D]")


@settings(max_examples=25, deadline=None)
@given(
    evening=st.integers(600, len(TRADING) - 1),
    first=st.integers(0, 500),
    delay=st.integers(0, 10),
    back=st.integers(0, 60),
)
def test_files_that_end_on_an_evening_tell_what_longer_ones_tell_of_it(evening, first, delay, back):
    """From raw figures to the table a strategy gets: the days and rows that come later, and a window that starts
    elsewhere, change nothing."""
    stamps = FIGURES["published"].to_numpy().astype("datetime64[D]")
    short = FIGURES[stamps <= TRADING[evening]].sample(frac=1.0, random_state=back)
    whole = known_figures(FIGURES, TICKERS, TRADING, first, delay)
    cut = known_figures(short, TICKERS, TRADING[: evening + 1], 0, delay)
    day = evening - back
    for field in cut.fields:
        there = cut.values(field, day, len(TICKERS))
        assert there.tobytes() == whole.values(field, day - first, len(TICKERS)).tobytes(), field
        periods = whole.periods(field, day - first, len(TICKERS))
        assert cut.periods(field, day, len(TICKERS)).tobytes() == periods.tobytes()
    known = whole.known[whole.known < len(TRADING) - first]
    assert (np.diff(known) >= 0).all() and known.min() >= 0
