"""Where a page shows performance, or figures of another subject, found from the page itself: figures and their words.

A figure counts as performance when the heading above it, its row label, or the label under it speaks of performance.
Neighbouring figures make a block. No tag or attribute of the writer is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, pairwise

from backtest.disclosure.document import Box
from backtest.disclosure.neighbours import Lines, is_subtitle, same_row
from backtest.disclosure.phrases import any_phrase, phrase_pattern
from backtest.disclosure.reading import Line, Reading, union
from backtest.words import reader_words

NUMBER = re.compile(r"[+−-]?[£$€¥]?\d+(?:[.,’\u00a0\u202f]\d+)*\s?%?(?![\w.])")
"""In any of our languages: 1,234.5 and 1.234,5 and 1 234,5."""
DECIMAL = re.compile(r"\d[.,]\d{1,2}(?!\d)|\.\d|\d,\d{4,}|%")
"""A figure rather than a count: a decimal, or a percentage; a comma before three digits parts thousands."""
PERCENT = re.compile(r"\d\s?(?:%|(?:per\s?cent|percent|Prozent|pour\s?cent)\b)", re.IGNORECASE)
NOT_A_NUMBER = re.compile(r"[A-Za-z]{2,}")
HEADING_WORDS = 14
LABEL_WORDS = 9
PROSE_WORDS = 8
REACH = 0.75
"""How far above a figure its heading may stand, as a share of the page height."""
CELL = 0.75
"""A header cell is set no smaller than this share of its figures."""
COLUMN = 0.08
"""Left edges closer than this share of the page width belong to one column."""
ROW_GAP, SIDE_GAP = 0.08, 0.25
"""Figures closer than this, in shares of page height and width, belong to one block."""


Speaks = Callable[[str], bool]
"""Does a text speak of what is looked for?"""


@dataclass(frozen=True)
class Block:
    """A region of figures of one subject on one page. `texts`: its heading and labels, without prose, each by itself,
    and its figures."""

    page: int
    box: Box
    texts: tuple[str, ...]
    figures: tuple[Line, ...]
    area: Box
    """The box without its heading: what the figures themselves take."""

    @property
    def words(self) -> str:
        """All its texts, parted by a stop, as each begins anew: capitals inside a sentence would read as a name."""
        return ". ".join(self.texts)


@dataclass(frozen=True)
class _Found:
    line: Line
    labels: tuple[Line, ...]


def performance_blocks(reading: Reading, left_out: Collection[int] = ()) -> tuple[Block, ...]:
    """All blocks in page order. `left_out`: characters of statements, whose own numbers are no performance."""
    about, told = _any("performance"), _any("told")
    return blocks_about(reading, lambda text: bool(about.search(text)), lambda text: bool(told.search(text)), left_out)


@cache
def _any(kind: str) -> re.Pattern[str]:
    """The reviewer's words of one kind, in every language that a sheet may be written in."""
    return re.compile(any_phrase(map(phrase_pattern, reader_words(kind))), re.IGNORECASE)


def blocks_about(reading: Reading, about: Speaks, told: Speaks, left_out: Collection[int] = ()) -> tuple[Block, ...]:
    """All blocks of figures whose heading or label is `about` a subject, and all sentences with a percentage in which
    it is `told`; in page order."""
    out, about = set(left_out), cache(about)
    prose = out | _prose(reading)
    lines: dict[int, list[Line]] = {page.number: [] for page in reading.pages}
    for line in reading.lines:
        if prose.isdisjoint(line.indices):
            lines[line.page].append(line)
    blocks: list[Block] = []
    for page in reading.pages:
        here = Lines(tuple(lines[page.number]), frozenset(filter(is_figure, lines[page.number])))
        found = _figures_about(here, about, page.width, page.height)
        blocks += _grouped(found, about, page.number, page.width, page.height)
    return tuple(blocks + _in_prose(reading, told, out, blocks))


def _prose(reading: Reading) -> set[int]:
    """Characters of sentences: text that runs on is neither a figure nor its label."""
    ended = (sentence for sentence in reading.sentences if sentence.text.endswith((".", "!", "?")))
    return {index for sentence in ended if len(sentence.text.split()) >= PROSE_WORDS for index in sentence.indices}


def is_figure(line: Line) -> bool:
    """True for a number, a row of numbers, or a short label with a decimal or a percentage."""
    words = NOT_A_NUMBER.findall(_any("no_figure").sub("", line.text))
    numbers = [m.group() for m in NUMBER.finditer(line.text)]
    if not words:
        return bool(numbers) or bool(_any("no_figure").search(line.text))
    return len(words) <= LABEL_WORDS and any(DECIMAL.search(n) for n in numbers) and not line.text.endswith(".")


def _figures_about(lines: Lines, about: Speaks, width: float, height: float) -> list[_Found]:
    headings = [_with_subtitle(line, lines) for line in lines.words if _is_heading(line, about, lines, width)]
    labels_of = frozenset(lines.words) - lines.subtitles
    found = []
    for figure in (line for line in lines.all if line in lines.figures):
        heading = _heading(figure, headings, width, height)
        edge = heading[0].box[0] - COLUMN * width if heading else 0.0
        row, below = (
            [line for line in near if line in labels_of and line.box[0] >= edge]
            for near in (lines.row(figure), lines.under(figure))
        )
        labels = [*heading, *_beside(figure, row), *_under(figure, below)]
        if any(about(label.text) for label in labels) or about(figure.text):
            found.append(_Found(figure, tuple(labels)))
    return found


def _is_heading(line: Line, about: Speaks, lines: Lines, width: float) -> bool:
    """Short, bold or larger than its neighbours, and not the label of a row of figures."""
    if len(line.text.split()) > HEADING_WORDS or not NOT_A_NUMBER.search(line.text) or line.text.endswith("."):
        return False
    larger = line.size >= lines.typical + 0.4
    if not line.bold and not larger and not about(line.text):
        return False
    row = lines.row(line)
    if any(is_subtitle(line, other) for other in row):
        return False
    right = [other for other in row if other.box[0] >= line.box[2]]
    nearest = min(right, key=lambda other: other.box[0], default=None)
    far = nearest is not None and nearest.box[0] - line.box[2] > (0.1 if larger else 0.3) * width
    return nearest is None or nearest not in lines.figures or far


def _with_subtitle(heading: Line, lines: Lines) -> Line:
    """The heading together with the words that go on after it, and those of the line that it goes on with."""
    before = lines.continued(heading)
    row = (line for line in lines.row(heading) if line not in lines.figures)
    after = [line for line in row if is_subtitle(line, heading)]
    text = " ".join([*([before.text] if before else []), heading.text, *(line.text for line in after)])
    return replace(heading, text=text, box=union([heading.box, *(line.box for line in after)]))


def _beside(figure: Line, row: Iterable[Line]) -> list[Line]:
    """The label of the figure's row: the nearest words on its left."""
    left = [line for line in row if line.box[2] <= figure.box[0] + 1]
    return [max(left, key=lambda line: line.box[2])] if left else []


def _under(figure: Line, below: Iterable[Line]) -> list[Line]:
    """A short label right under a figure, as tiles have it."""
    labels = (
        line
        for line in below
        if line.size < figure.size and _overlap(figure, line) > 0 and len(line.text.split()) <= LABEL_WORDS
    )
    return list(islice(labels, 1))


def _heading(figure: Line, headings: list[Line], width: float, height: float) -> list[Line]:
    """The cells that head the figure's column, and the heading of the section it stands in.

    A cell stands right over its figures, in type of their size, often in bold; a section's heading is larger, or stands
    where the text begins. The section is the one whose left edge lies furthest right of those that do not start right
    of the figure, and a plain heading has a stronger one above it.
    """
    above = [
        line
        for line in headings
        if line.box[3] <= figure.box[1] + 2
        and figure.box[1] - line.box[3] <= REACH * height
        and line.box[0] <= max(figure.box[0] + 5, figure.box[2] - (line.box[2] - line.box[0]))
    ]
    cells = [line for line in above if _is_of_size(line, figure) and _overlap(figure, line) > 0]
    beside = [line for line in above if line not in cells and any(same_row(line, cell) for cell in cells)]
    sections = [line for line in above if line not in cells and line not in beside]
    over = sorted(cells, key=lambda line: -line.box[3])[:2]
    if not sections:
        return over
    column = max(line.box[0] for line in sections) - COLUMN * width
    sections = [line for line in sections if line.box[0] >= column]
    nearest = max(sections, key=lambda line: line.box[3])
    near = [cell for cell in over if cell.box[1] >= nearest.box[3] - 2]
    if nearest.bold:
        return [*near, nearest]
    # A plain header cell such as "12 months" heads its table, and the table stands under a heading of its own.
    stronger = [line for line in sections if line.bold or line.size >= nearest.size + 0.4]
    return [*near, nearest, *sorted(stronger, key=lambda line: line.box[3])[-1:]]


def _is_of_size(cell: Line, figure: Line) -> bool:
    """Type that a header cell of the figure may have: a little smaller at most, so a large figure's section is none."""
    return CELL * figure.size <= cell.size <= figure.size + 0.4


def _overlap(one: Line, other: Line) -> float:
    return min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])


def _grouped(found: list[_Found], about: Speaks, page: int, width: float, height: float) -> list[Block]:
    groups: list[list[_Found]] = []
    for item in found:
        near = [g for g in groups if any(_close(item.line.box, member.line.box, width, height) for member in g)]
        groups = [g for g in groups if g not in near]
        groups.append([*(member for g in near for member in g), item])
    return [_block(group, about, page) for group in groups if _enough(group)]


def _close(one: Box, other: Box, width: float, height: float) -> bool:
    across, down = _apart(one[0], one[2], other[0], other[2]), _apart(one[1], one[3], other[1], other[3])
    return across <= SIDE_GAP * width and down <= ROW_GAP * height


def _apart(a0: float, a1: float, b0: float, b1: float) -> float:
    return max(0.0, max(a0, b0) - min(a1, b1))


def _enough(group: list[_Found]) -> bool:
    return len(group) > 1 or any(PERCENT.search(item.line.text) for item in group)


def _block(group: list[_Found], about: Speaks, page: int) -> Block:
    figures = tuple(item.line for item in group)
    labels = {label.indices: label for item in group for label in item.labels}
    area = union(line.box for line in figures)
    near = [label.box for label in labels.values() if about(label.text)]
    texts = (*(label.text for label in labels.values()), " ".join(line.text for line in figures))
    return Block(page, union([area, *near]), texts, figures, area)


def _in_prose(reading: Reading, told: Speaks, out: set[int], blocks: Iterable[Block]) -> list[Block]:
    """Sentences that tell a percentage of the subject in words: each is a block of its own."""
    taken = {index for block in blocks for line in block.figures for index in line.indices}
    found = []
    for sentence in reading.sentences:
        figure = PERCENT.search(sentence.text) and told(sentence.text)
        if not figure or not sentence.indices or (out | taken) & set(sentence.indices):
            continue
        for page in reading.by_page(sentence):
            box = reading.box(sentence, page)
            found.append(Block(page, box, (sentence.text,), (), box))
    return found


def gap(one: Box, other: Box) -> float:
    """Distance between two boxes in points, 0 when they touch or overlap."""
    return math.hypot(_apart(one[0], one[2], other[0], other[2]), _apart(one[1], one[3], other[1], other[3]))


def covered(boxes: Iterable[Box]) -> float:
    """Area covered by boxes, in square points; what several cover is counted once."""
    found = list(boxes)
    edges = sorted({x for box in found for x in (box[0], box[2])})
    total = 0.0
    for left, right in pairwise(edges):
        spans = sorted((box[1], box[3]) for box in found if box[0] <= left and box[2] >= right)
        reach = -math.inf
        for top, bottom in spans:
            total += (right - left) * max(0.0, bottom - max(top, reach))
            reach = max(reach, bottom)
    return total
