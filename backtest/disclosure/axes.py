"""What makes numbers the ticks of a chart's axis: in line, evenly spaced, in even steps, and about what is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from backtest.disclosure.numbers import Number

FEWEST_TICKS = 3
ALIGNED, EVEN = 1.2, 1.5
"""Points by which ticks of one axis may be out of line, and their steps uneven."""


def plain(number: Number) -> float:
    """The value of a number as it is printed: '1,234.5' and '1.234,5' are 1234.5."""
    digits = re.sub(r"[\s’]", "", number.digits)
    digits = re.sub(r"[.,](?=\d{3}(?!\d))", "", digits).replace(",", ".")
    return -float(digits) if number.text.startswith("−") else float(digits)


def _centre(number: Number, along: int) -> float:
    return (number.box[along] + number.box[along + 2]) / 2


def even(run: Sequence[Number], along: int) -> bool:
    """Whether numbers in a row (along 0) or a column (along 1) have even steps and even gaps."""
    values = [plain(n) for n in run]
    steps = [b - a for a, b in pairwise(values)]
    gaps = [_centre(b, along) - _centre(a, along) for a, b in pairwise(run)]
    return steps[0] != 0 and all(abs(s - steps[0]) < 1e-9 for s in steps) and max(gaps) - min(gaps) <= EVEN


def grown(line: list[Number], first: int, along: int) -> list[Number]:
    """The longest even run that begins with three even ticks, in both directions."""
    start, end = first, first + FEWEST_TICKS
    while start > 0 and even(line[start - 1 : end], along):
        start -= 1
    while end < len(line) and even(line[start : end + 1], along):
        end += 1
    return line[start:end]


def fits(low: float, high: float, ticks: Sequence[float], step: float) -> bool:
    """Whether an axis suits data from low to high: they lie no whole step outside its ticks, and some lie inside."""
    return low > ticks[0] - step and high < ticks[-1] + step and high > ticks[0] and low < ticks[-1]
