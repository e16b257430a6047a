"""How closely a sheet is set: the first guess from its text, and the next try from how far the last one ran over.

A level is 0, the roomiest, to LEVELS - 1, the closest. Charts and white space take about STEP points less at each, so
one layout tells how many levels to go; each trial saved is most of a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from backtest.render import LaidOut, text_nodes

LEVELS = 7
STEP = 31.0
"""Points that one level saves on a page, a little less than measured: where less is free, no roomier one fits."""
SECOND = "page-2"
FULL = (5440, 4900)
"""Characters that fill page 1 and page 2 of the usual sheet at the closest level. A wrong guess costs time, no more."""
A_LEVEL = (165, 330)
"""Characters whose room one level takes."""
A_SIZE = 0.06
"""Share more of text that each smaller size of type holds."""


def guess(html: str, size: int) -> tuple[int, int]:
    """Levels to begin with, from the text of the page alone, so that the same facts always end at the same levels."""
    parts = html.split(f'id="{SECOND}"')
    levels = []
    for full, a_level, part in zip(FULL, A_LEVEL, (parts[0], parts[-1]), strict=True):
        free = full * (1 + A_SIZE * size) - sum(map(len, text_nodes(f"<p {part}")))
        levels.append(min(LEVELS - 1, max(0, LEVELS - 1 - math.floor(free / a_level))))
    return levels[0], levels[1]


def overrun(laid: LaidOut) -> tuple[float, float]:
    """Points by which page 1 and page 2 run over, from where the second one starts; minus the room that is left.

    30.0: text of 30 points stands on a page too many. -30.0: 30 points are free at its foot.
    """
    second = laid.starts.get(SECOND, 1)
    return (
        _over(laid.heights[1 : second - 1], laid.rooms[max(0, second - 2)]),
        _over(laid.heights[second:], laid.rooms[-1]),
    )


def _over(beyond: Sequence[float], room: float) -> float:
    return max(1.0, sum(beyond)) if beyond else min(0.0, -room)


def next_level(level: int, over: float, low: int, high: int) -> int:
    """The level to try after `level`, which ran over by `over` points, within low to high; `level` itself to stop."""
    return min(high, max(low, level + math.ceil(over / STEP)))
