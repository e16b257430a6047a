"""How closely a sheet is set: the first guess from its text, and the next try from how far the last one ran over.

A level is 0, the roomiest, to LEVELS - 1, the closest. Charts and white space take about STEP points less at each, so
one layout tells how many levels to go; each trial saved is most of a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from backtest.render import LaidOut, text_nodes

LEVELS = 7
STEP = 31.0
"""Points that one level saves on a page, a little less than measured: where less is free, no roomier one fits."""
SIZE_SAVES = 40.0
"""Points that one size less of type saves on a page at the closest level, more than measured: none that fits is passed
over."""
PAGE = "page-{}"
"""The mark of the place where a page begins."""
FULL = {2: (5440, 4900), 3: (4400, 2600, 7500)}
"""Characters that fill each page of a sheet of two or three at the closest level. A wrong guess costs time, no more."""
A_LEVEL = (165, 330, 330)
"""Characters whose room one level takes."""
A_SIZE = 0.06
"""Share more of text that each smaller size of type holds."""


def guess(html: str, size: int, pages: int = 2) -> tuple[int, ...]:
    """Levels to begin with, from the text of the page alone, so that the same facts always end at the same levels."""
    levels, rest = [], html
    for page, (full, a_level) in enumerate(zip(FULL[pages], A_LEVEL, strict=False), 1):
        part, _, rest = rest.partition(f'id="{PAGE.format(page + 1)}"')
        free = full * (1 + A_SIZE * size) - sum(map(len, text_nodes(part if page == 1 else f"<p {part}")))
        levels.append(min(LEVELS - 1, max(0, LEVELS - 1 - math.floor(free / a_level))))
    return tuple(levels)


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


def sizes(over: float) -> int:
    """How many sizes smaller the type must be at least, when the closest setting still runs over by so many points."""
    return max(1, math.ceil(over / SIZE_SAVES))


def next_level(level: int, over: float, low: int, high: int) -> int:
    """The level to try after `level`, which ran over by `over` points, within low to high; `level` itself to stop."""
    return min(high, max(low, level + math.ceil(over / STEP)))
