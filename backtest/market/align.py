"""Lining up tables with trading days: carry forward, look back, never ahead."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)
Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_FILL_DAYS = 5
"""Weekdays over which a rate or a level may be carried forward; a longer hole is an error."""


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A C-contiguous copy that cannot be written to."""
    copy = np.array(array, order="C", copy=True)
    copy.setflags(write=False)
    return copy


def aligned(table: pd.DataFrame | None, days: Dates, assets: pd.Index) -> Floats:
    """(T, N) the table's cells on these days; NaN where it has none."""
    if table is None:
        return np.full((len(days), len(assets)), np.nan)
    index = pd.DatetimeIndex(days.astype("datetime64[s]"))
    return table.reindex(index=index, columns=assets).to_numpy(dtype=np.float64)


def carried(values: Floats) -> Floats:
    """The last known value of each column, carried forward over NaN."""
    rows = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, rows), axis=0)
    return np.where(last >= 0, np.take_along_axis(values, np.maximum(last, 0), axis=0), np.nan)


def next_close(closes: Floats) -> NDArray[np.int64]:
    """(T, N) the first row at or after each row that has a close, else -1."""
    count = len(closes)
    rows = np.where(np.isnan(closes), count, np.arange(count)[:, None])
    following = np.minimum.accumulate(rows[::-1], axis=0)[::-1]
    return np.where(following < count, following, -1)


def as_of(series: pd.Series[float], days: Dates, most: int | None = MAX_FILL_DAYS) -> Floats:
    """(T,) the latest value at or before each day, NaN when more than `most` weekdays have passed since."""
    known = series.dropna()
    stamps = known.index.to_numpy().astype("datetime64[D]")
    if not len(stamps):
        return np.full(len(days), np.nan)
    latest = np.searchsorted(stamps, days, side="right") - 1
    row = np.maximum(latest, 0)
    fresh = (latest >= 0) & (most is None or np.busday_count(stamps[row], days) <= (most or 0))
    return np.where(fresh, known.to_numpy(dtype=np.float64)[row], np.nan)
