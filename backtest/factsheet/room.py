"""How much room text takes, from the widths of its letters: a guess before any layout, which decides nothing alone.

A layout costs most of the time of a sheet. So what can be told beforehand is told beforehand: where two columns of
paragraphs part, and at which setting a sheet begins to be fitted. Points throughout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

from backtest.render import text_width

TYPE_SIZES = (8.2, 7.9, 7.6, 7.3, 7.0)
"""Points of each size of type, as sheet.css has them."""
KERNED = 0.99
"""What kerning leaves of the width of a word."""
BREAK = "\n"
"""A run of its own: the words that follow begin on a new line."""
SEAM = re.compile(r"(?<=[/-])(?=[^\W\d])")
"""Where a line may break inside a word: after a slash or a hyphen, before a letter."""
Run = tuple[str, float, bool]
"""Text of one style: the words, their size, and whether they are bold."""


T = TypeVar("T")


def lines(runs: Iterable[Run], width: float) -> int:
    """How many lines the runs take, one after the other, in a column so wide; 0 for no words. A word is not cut, but
    may go on in the next line after a slash or a hyphen: 'www.example.com/' and 'documents'.

    Kerning is taken for what it mostly is, so the answer is now and then a line too many or too few.
    """
    count, used = 0, 0.0
    for text, size, bold in runs:
        if text == BREAK:
            used = math.inf
            continue
        space = _width(" ", size, bold)
        for word in text.split():
            before = space
            for piece in SEAM.split(word):
                wide = _width(piece, size, bold)
                if count and used + before + wide <= width:
                    used += before + wide
                else:
                    count, used = count + 1, wide
                before = 0.0
    return count


@lru_cache(maxsize=8192)
def _width(word: str, size: float, bold: bool) -> float:
    return KERNED * text_width(word, size, bold=bold)


def halves(items: Sequence[T], heights: Sequence[float]) -> tuple[list[T], list[T]]:
    """The items in two columns, in their order, the higher one as low as can be; of two ways alike, the longer first.

    heights: what each item takes.
    """
    sums = [0.0, *accumulate(heights)]
    whole = sums[-1]
    parting = min(range(len(sums)), key=lambda k: (round(max(sums[k], whole - sums[k]), 6), -k))
    return list(items[:parting]), list(items[parting:])
