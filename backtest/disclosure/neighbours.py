"""The lines of one page, and which of them stand on one row or under one another: found once, by the height at which
they begin, so that no line is held against all others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from backtest.disclosure.reading import Line

ROW = 0.4
"""Share of the lower line's height by which two lines of one row overlap."""
BELOW = 1.2
"""How far under a line another still belongs to it, in its type size."""
CLOSE = 0.55
"""How far apart two lines of one label are, in its type size; rows of a table stand further apart."""


@dataclass(frozen=True)
class Lines:
    """Lines of one page in content order. figures: those that are figures rather than words."""

    all: tuple[Line, ...]
    figures: frozenset[Line]
    _rows: dict[Line, tuple[Line, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def typical(self) -> float:
        """The middle of the type sizes of a page that has lines."""
        return sorted(line.size for line in self.all)[len(self.all) // 2]

    @cached_property
    def words(self) -> tuple[Line, ...]:
        """The lines that are no figures."""
        return tuple(line for line in self.all if line not in self.figures)

    @cached_property
    def subtitles(self) -> frozenset[Line]:
        """Words that go on right after a heading."""
        return frozenset(
            line
            for line in self.words
            if any(other not in self.figures and is_subtitle(line, other) for other in self.row(line))
        )

    def row(self, line: Line) -> tuple[Line, ...]:
        """The other lines on the row of one of them."""
        if line not in self._rows:
            near = self._beginning(line.box[1] - self._tallest, line.box[3])
            self._rows[line] = tuple(other for other in near if same_row(line, other))
        return self._rows[line]

    def under(self, line: Line) -> tuple[Line, ...]:
        """The lines that begin right under one of them."""
        reach = BELOW * line.size
        near = self._beginning(line.box[3], line.box[3] + reach + 1)
        return tuple(other for other in near if 0 <= other.box[1] - line.box[3] <= reach)

    def continued(self, line: Line) -> Line | None:
        """The words that this line goes on with: right above, in its type, from its edge; None where it begins."""
        near = self._beginning(line.box[1] - self._tallest - CLOSE * line.size, line.box[1])
        return next((other for other in near if other not in self.figures and goes_on(line, other)), None)

    def _beginning(self, top: float, bottom: float) -> Iterable[Line]:
        """The lines whose upper edge lies between two heights."""
        tops, places = self._by_top
        found = places[bisect_left(tops, top) : bisect_right(tops, bottom)]
        return (self.all[place] for place in sorted(found))

    @cached_property
    def _by_top(self) -> tuple[list[float], list[int]]:
        places = sorted(range(len(self.all)), key=lambda place: self.all[place].box[1])
        return [self.all[place].box[1] for place in places], places

    @cached_property
    def _tallest(self) -> float:
        return max((line.box[3] - line.box[1] for line in self.all), default=0.0)


def same_row(one: Line, other: Line) -> bool:
    """Whether two lines stand beside each other."""
    overlap = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return one is not other and overlap > ROW * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def goes_on(line: Line, above: Line) -> bool:
    """`line` is the next line of what `above` begins, as a label of two lines is set."""
    same_type = line.bold == above.bold and abs(line.size - above.size) < 0.2
    return same_type and abs(line.box[0] - above.box[0]) < 1 and 0 <= line.box[1] - above.box[3] <= CLOSE * line.size


def is_subtitle(line: Line, heading: Line) -> bool:
    """`line` goes on right after `heading`, on its row, in lighter type."""
    lighter = heading.size > line.size + 0.4 or (heading.bold and not line.bold)
    return lighter and same_row(line, heading) and 0 <= line.box[0] - heading.box[2] <= 1.5 * heading.size
