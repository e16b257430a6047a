"""How closely a sheet is set: where the fitting begins, what it tries next, and what it need not try.

A level is 0, the roomiest, to LEVELS - 1, the closest. A layout takes most of the time of a sheet, so a forecast of the
page's height says where to begin, and after each layout how far to go. What fits is seen in a layout alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from backtest.factsheet.forecast import LEADINGS, Forecast
from backtest.render import LaidOut

LEVELS = len(LEADINGS)
SLACK, WIDE_SLACK = 2.0, 3.0
"""Points by which a forecast may be wrong, with a layout of as many pages to hold it against, and without: what runs
over by more than that in it is not tried."""
NEARLY = 0.5
"""Points by which the forecast from a layout of the same size of type may be wrong: its lines break alike."""
PAGE = "page-{}"
"""The mark of the place where a page begins."""


def fits(told: Forecast, size: int, slack: Sequence[float] = ()) -> bool:
    """Will every page fit at the closest level at this size of type? slack: points to take off each page."""
    taken = slack or (0.0,) * len(told)
    return all(told.over(page, size, LEVELS - 1) <= taken[page] for page in range(len(told)))


def slack(told: Forecast, size: int, levels: Sequence[int], over: Sequence[float]) -> tuple[float, ...]:
    """For each page, SLACK and by how much the forecast is too high, where a layout showed that at this setting."""
    return tuple(
        SLACK + max(0.0, told.over(page, size, levels[page], seen=True) - over[page]) for page in range(len(told))
    )


def begin(told: Forecast, size: int) -> tuple[int, ...]:
    """Levels to begin with: from the page alone, so that the same facts always end at the same levels."""
    return tuple(
        next((k for k in range(LEVELS) if told.over(page, size, k) <= 0.0), LEVELS - 1) for page in range(len(told))
    )


def overrun(laid: LaidOut, pages: int = 2) -> tuple[float, ...]:
    """Points by which each page runs over, from where the next one starts; minus the room that is left.

    30.0: text of 30 points stands on a page too many. -30.0: 30 points are free at its foot.
    """
    starts = [1, *(laid.starts.get(PAGE.format(page), 1) for page in range(2, pages + 1)), laid.pages + 1]
    return tuple(
        _over(laid.heights[start : max(start, after - 1)], laid.rooms[max(0, after - 2)])
        for start, after in pairwise(starts)
    )


def _over(beyond: Sequence[float], room: float) -> float:
    return max(1.0, sum(beyond)) if beyond else min(0.0, -room)


def of_boxes(told: Forecast, size: int, levels: Sequence[int], over: Sequence[float]) -> tuple[float, ...]:
    """The overrun with what boxes keep free below their last line, where a page fits: it must fit too."""
    return tuple(
        each if each > 0 else min(0.0, each + told.over(page, size, level) - told.over(page, size, level, seen=True))
        for page, (level, each) in enumerate(zip(levels, over, strict=False))
    )


def next_level(heights: Sequence[float], level: int, over: float, low: int, high: int) -> int:
    """The level to try after `level`, which ran over by `over` points, within low to high; `level` itself to stop.

    heights: what the page takes at each level, in the forecast, from any zero; it falls from level to level.
    """
    reached = (k for k in range(low, high + 1) if over + heights[k] - heights[level] <= (0.0 if over > 0 else NEARLY))
    return next(reached, high)
