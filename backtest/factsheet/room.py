"""How much room text takes, from the widths of its letters: a guess before any layout, which decides nothing alone.

A layout costs most of the time of a sheet. So what can be told beforehand is told beforehand: where two columns of
paragraphs part, and at which setting a sheet begins to be fitted. Points throughout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

from backtest.render import text_width

TYPE_SIZES = (8.2, 7.9, 7.6, 7.3, 7.0)
"""Points of each size of type, as sheet.css has them."""
BREAK = "\n"
"""A run of its own: the words that follow begin on a new line."""
BREAKING = (" ", "\t", "\r", "\n", "\f")
SPACES = re.compile(f"[{''.join(BREAKING)}]+")
"""Between two words; a no-break space is part of one."""
SEAM = re.compile(r"(?<=[/-])(?=[^\W\d])")
"""Where a line may break inside a word: after a slash or a hyphen, before a letter."""
NOTHING = 1e-6
"""Points by which sums of the same widths may differ: a line is as wide as its words."""
USUAL, STRONG = 400, 600
"""Weights of type."""
Run = tuple[str, float, int]
"""Text of one style: the words, their size and their weight."""


T = TypeVar("T")


def lines(runs: Iterable[Run], width: float) -> int:
    """How many lines the runs take, one after the other, in a column so wide; 0 for no words. A word is not cut, but
    may go on in the next line after a slash or a hyphen: 'www.example.com/' and 'documents'.
    """
    count, used = 0, 0.0
    for word, size, weight, apart in words(runs):
        if word == BREAK:
            used = math.inf
            continue
        before = _width(" ", size, weight) if apart else 0.0
        for piece in SEAM.split(word):
            wide = _width(piece, size, weight)
            if count and used + before + wide <= width + NOTHING:
                used += before + wide
            else:
                count, used = count + 1, wide
            before = 0.0
    return count


def longest(runs: Iterable[Run]) -> float:
    """The width of the longest line of the runs, where only a BREAK begins another."""
    found = used = 0.0
    for word, size, weight, apart in words(runs):
        before = _width(" ", size, weight) if apart and used else 0.0
        used = 0.0 if word == BREAK else used + before + _width(word, size, weight)
        found = max(found, used)
    return found


def widest_piece(runs: Iterable[Run]) -> float:
    """The width of what cannot be cut: the narrowest that a column of the runs can be."""
    spelt = ((piece, size, weight) for word, size, weight, _ in words(runs) for piece in SEAM.split(word))
    return max((_width(piece, size, weight) for piece, size, weight in spelt if piece != BREAK), default=0.0)


def words(runs: Iterable[Run]) -> Iterator[tuple[str, float, int, bool]]:
    """Each word, its size and weight, and whether a space stands before it: none between 'term' and ':'."""
    apart = False
    for text, size, weight in runs:
        if text == BREAK:
            yield text, size, weight, False
            continue
        apart = apart or text.startswith(BREAKING)
        for word in filter(None, SPACES.split(text)):
            yield word, size, weight, apart
            apart = True
        apart = text.endswith(BREAKING) or (apart and text == "")


@lru_cache(maxsize=8192)
def _width(word: str, size: float, weight: int) -> float:
    return text_width(word, size, weight=weight)


def halves(items: Sequence[T], heights: Sequence[float]) -> tuple[list[T], list[T]]:
    """The items in two columns, in their order, the higher one as low as can be; of two ways alike, the longer first.

    heights: what each item takes.
    """
    sums = [0.0, *accumulate(heights)]
    whole = sums[-1]
    parting = min(range(len(sums)), key=lambda k: (round(max(sums[k], whole - sums[k]), 6), -k))
    return list(items[:parting]), list(items[parting:])
