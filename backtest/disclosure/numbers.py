"""Every number a page prints, with its sign and unit, the cell it stands in, and the labels of its row and column.

A cell is a stretch of a line between gaps wider than a space, so that the columns of a table stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from backtest.disclosure.document import Box
from backtest.disclosure.reading import Line, Passage, Reading, key, union
from backtest.words import languages, reader_words, words_in

CELL_GAP = 0.55
"""Of the type size: a space is about half as wide."""
LABEL_REACH = 0.75
"""How far from a number the header of its column may stand, as a share of the page height."""
UNDER = 1.2
"""How far under or over a figure a label of its own may stand, in its type sizes."""


@dataclass(frozen=True)
class Cell:
    """Part of a line. `place` numbers the cells of a document in content order."""

    text: str
    indices: tuple[int, ...]
    page: int
    box: Box
    size: float
    place: int


@dataclass(frozen=True)
class Number:
    """A number as printed. `text` is it with a U+2212 for a minus and no spaces; `unit` is part of it: '−3.4pp'.

    sentence: the index of its sentence; start: where in it; around: the sentence itself.
    """

    text: str
    digits: str
    unit: str
    indices: tuple[int, ...]
    page: int
    box: Box
    sentence: int
    start: int
    end: int
    around: str


@cache
def _units() -> dict[str, str]:
    """Words for units in every language, without spaces, with what they mean."""
    found = {"%": "%"}
    for language in languages():
        words = words_in(language)
        for name in ("points", "basis_points", "day", "days", "year", "years"):
            found[words(f"fact.{name}")] = name.rstrip("s") if name[0] in "dy" else name
    return found


@cache
def number_pattern() -> re.Pattern[str]:
    """A number in any of our languages: 1,234.5 and 1.234,5 and 1 234,5 with its sign, money and unit."""
    units = "|".join(sorted((re.escape(unit) for unit in _units()), key=len, reverse=True))
    return re.compile(
        r"(?<![\w.,])(?P<sign>[+−-]?)(?P<money>[£$€¥]?)(?P<digits>\d+(?:[.,’\u00a0\u202f]\d+)*)(?!\w)"
        rf"(?:\s?(?P<unit>{units})(?!\w))?"
    )


def canonical(text: str) -> str:
    """A printed number in one form: '-0.5 %' is '−0.5%'; '' when it is none."""
    match = number_pattern().fullmatch(text.strip())
    return _canonical(match) if match else ""


def _canonical(match: re.Match[str]) -> str:
    sign = match["sign"].replace("-", "−")
    digits = re.sub(r"\s", "\u202f", match["digits"])
    return f"{sign}{match['money']}{digits}{_units().get(match['unit'] or '', '')}"


def numbers(reading: Reading) -> tuple[Number, ...]:
    """All numbers of a document, sentence by sentence. A number is not read across the end of a line, its unit is."""
    line_of = {index: k for k, line in enumerate(reading.lines) for index in line.indices}
    return tuple(
        number
        for place, sentence in enumerate(reading.sentences)
        for number in _in_sentence(reading, sentence, place, line_of)
    )


def spelt(reading: Reading, sentence: Passage, line_of: dict[int, int]) -> tuple[str, list[int]]:
    """A sentence with its line breaks as they are on the page, and the character each place of it came from.

    Where letters and characters do not match one by one, as with a fraction in one sign, the owners are ().
    """
    inked = [i for i in sentence.indices if not reading.characters[i].text.isspace()]
    letters = [c for c in sentence.text if not c.isspace()]
    if len(inked) != len(letters):
        return sentence.text, []
    text, owners, walk = "", list[int](), iter(inked)
    last = None
    for letter in sentence.text:
        if letter.isspace():
            text, owners = text + letter, [*owners, owners[-1] if owners else -1]
            continue
        index = next(walk)
        if last is not None and line_of.get(index) != line_of.get(last):
            text = text.rstrip(" ") + "\n"
            owners = [*owners[: len(text) - 1], last]
        text, owners, last = text + letter, [*owners, index], index
    return text, owners


def _in_sentence(reading: Reading, sentence: Passage, place: int, line_of: dict[int, int]) -> Iterator[Number]:
    if not sentence.indices:
        return
    text, owners = spelt(reading, sentence, line_of)
    for match in number_pattern().finditer(text):
        start, end = match.span()
        found = owners[start:end] if owners else list(sentence.indices)
        indices = tuple(dict.fromkeys(i for i in found if i >= 0))
        first = reading.characters[indices[0]]
        box = union(reading.characters[i].box for i in indices if reading.characters[i].page == first.page)
        yield Number(
            _canonical(match), match["digits"], _units().get(match["unit"] or "", ""), indices, first.page, box,
            place, start, end, text,
        )  # fmt: skip


def cells(reading: Reading) -> tuple[Cell, ...]:
    """All cells in content order."""
    found: list[Cell] = []
    for line in reading.lines:
        for run in _runs(reading, line):
            box = union(reading.characters[i].box for i in run if not reading.characters[i].text.isspace())
            found.append(Cell(_text(reading, run), tuple(run), line.page, box, line.size, len(found)))
    return tuple(found)


def _text(reading: Reading, run: list[int]) -> str:
    text, edge = "", None
    for character in (reading.characters[i] for i in run):
        apart = edge is not None and character.box[0] - edge > 0.22 * character.size
        text += " " if character.text.isspace() or apart else ""
        if not character.text.isspace():
            text, edge = text + unicodedata.normalize("NFKC", character.text), character.box[2]
    return " ".join(text.split())


def _runs(reading: Reading, line: Line) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    edge: float | None = None
    for index in line.indices:
        character = reading.characters[index]
        if character.text.isspace():
            runs[-1].append(index)
            continue
        if edge is not None and character.box[0] - edge > CELL_GAP * line.size:
            runs.append([])
        runs[-1].append(index)
        edge = character.box[2]
    return [run for run in runs if run]


def is_bare(text: str) -> bool:
    """True for a cell of numbers, dashes and 'n/a' alone: it labels nothing."""
    rest = number_pattern().sub("", text)
    for word in reader_words("no_figure"):
        rest = rest.replace(word, "")
    return not any(c.isalpha() for c in rest)


class Labels:
    """Which labels belong to a number, from where it stands. Built once for a document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._cells = cells(reading)
        self._at = {index: cell for cell in self._cells for index in cell.indices}
        self._sentences = {i: s.text for s in reading.sentences for i in s.indices}
        self._worded: dict[int, list[Cell]] = {}
        for cell in self._cells:
            if not is_bare(cell.text):
                self._worded.setdefault(cell.page, []).append(cell)

    def cell(self, number: Number) -> Cell:
        return self._at[number.indices[0]]

    def own(self, number: Number) -> str:
        """The words that share the number's cell: 'Strategy, low' of 'Strategy, low −34.9%'."""
        return " ".join(number_pattern().sub(" ", self.cell(number).text).split())

    def row(self, number: Number) -> Iterator[tuple[str, bool]]:
        """The texts left of the number on its row, the nearest first: each cell, and the sentence it is part of; and
        whether no other figure stands between."""
        own = self.cell(number)
        level = [c for c in self._cells if c.page == own.page and c.box[2] <= own.box[0] + 1 and _level(c.box, own.box)]
        alone = True
        for cell in sorted(level, key=lambda c: -c.box[2]):
            if is_bare(cell.text):
                alone = False
                continue
            for text in self._texts(cell):
                yield text, alone

    def column(self, number: Number) -> tuple[str, ...]:
        """The header of the number's column: the nearest words above it that share its width."""
        height = self._reading.pages[number.page - 1].height
        own = number.box
        above = [
            cell
            for cell in self._near(self.cell(number))
            if cell.box[3] <= own[1] + 1 and own[1] - cell.box[3] <= LABEL_REACH * height and _shared(cell.box, own) > 0
        ]
        nearest = max(above, key=lambda c: c.box[3], default=None)
        return () if nearest is None else tuple(self._texts(nearest))

    def over_and_under(self, number: Number) -> tuple[str, ...]:
        """Words right above or right below the number's cell, as tiles have them."""
        own = self.cell(number)
        reach = UNDER * own.size
        near = [
            cell
            for cell in self._near(own)
            if _shared(cell.box, own.box) > 0
            and (0 <= cell.box[1] - own.box[3] <= reach or 0 <= own.box[1] - cell.box[3] <= reach)
        ]
        return tuple(text for cell in near for text in self._texts(cell))

    def values_beside(self, label: str) -> Iterator[tuple[str, Box, int]]:
        """What stands right of a label on its row: the text of the next cell, its box and page."""
        wanted = key(label)
        for cell in self._cells:
            if key(cell.text) == wanted:
                right = [
                    c for c in self._cells
                    if c.page == cell.page and c.box[0] >= cell.box[2] - 1 and _level(c.box, cell.box)
                ]  # fmt: skip
                nearest = min(right, key=lambda c: c.box[0], default=None)
                if nearest is not None:
                    yield nearest.text, nearest.box, cell.page

    def _near(self, own: Cell) -> Iterable[Cell]:
        return (cell for cell in self._worded.get(own.page, []) if cell is not own)

    def _texts(self, cell: Cell) -> Iterator[str]:
        yield key(cell.text)
        yield key(self._sentences.get(cell.indices[0], ""))


def _level(one: Box, other: Box) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return overlap > 0.4 * min(one[3] - one[1], other[3] - other[1])


def _shared(one: Box, other: Box) -> float:
    return min(one[2], other[2]) - max(one[0], other[0])
