"""Every number a page prints, with its sign and unit, the cell it stands in, and the labels of its row and column.

A cell is a stretch of a line between gaps wider than a space, so that the columns of a table stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from backtest.disclosure.dates import YEAR
from backtest.disclosure.document import Box
from backtest.disclosure.reading import Line, Passage, Reading, key, union
from backtest.words import languages, reader_words, words_in

CELL_GAP = 0.55
"""Of the type size: a space is about half as wide."""
LABEL_REACH = 0.75
"""How far from a number the header of its column may stand, as a share of the page height."""
TIMES = ("day", "year")
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
    """A number as printed. `text` is it in one form, to compare, with its unit; `shown` as it reads.

    start, end: where in `around`, its sentence.
    """

    text: str
    shown: str
    digits: str
    unit: str
    indices: tuple[int, ...]
    page: int
    box: Box
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


@dataclass(frozen=True)
class Spelt:
    """A sentence with its line breaks as they are on the page, and the character each place of it came from.

    Where letters and characters do not match one by one, as with a fraction in one sign, every place has them all.
    """

    text: str
    owners: tuple[int, ...]
    indices: tuple[int, ...]

    def of(self, start: int, end: int) -> tuple[int, ...]:
        """The characters of text[start:end]."""
        return tuple(dict.fromkeys(self.owners[start:end])) or self.indices


def spelt(reading: Reading) -> tuple[Spelt, ...]:
    """All sentences, spelt out."""
    line_of = {index: k for k, line in enumerate(reading.lines) for index in line.indices}
    return tuple(_spelt(reading, sentence, line_of) for sentence in reading.sentences if sentence.indices)


def _spelt(reading: Reading, sentence: Passage, line_of: dict[int, int]) -> Spelt:
    inked = [i for i in sentence.indices if not reading.characters[i].text.isspace()]
    if len(inked) != sum(not c.isspace() for c in sentence.text):
        return Spelt(sentence.text, (), sentence.indices)
    letters, owners, walk = [], list[int](), iter(inked)
    for letter in sentence.text:
        if letter.isspace():
            letters.append(letter)
            owners.append(owners[-1] if owners else inked[0])
            continue
        index = next(walk)
        if owners and (line_of.get(index) != line_of.get(owners[-1]) or _lower(reading, owners[-1], index)):
            if letters[-1] == " ":
                letters[-1] = "\n"
            else:
                letters.append("\n")
                owners.append(owners[-1])
        elif owners and letters[-1] != " " and _parted(reading, owners[-1], index):
            letters.append(" ")
            owners.append(owners[-1])
        letters.append(letter)
        owners.append(index)
    return Spelt("".join(letters), tuple(owners), sentence.indices)


def _lower(reading: Reading, last: int, new: int) -> bool:
    """Whether a character stands clear of the one before it, as the ticks of a low chart do, though they are near."""
    one, two = reading.characters[last].box, reading.characters[new].box
    return two[1] >= one[3] or two[3] <= one[1] - 0.2 * (one[3] - one[1])


def numbers(reading: Reading, sentences: Iterable[Spelt]) -> tuple[Number, ...]:
    """All numbers, sentence by sentence. A number is not read across the end of a line, its unit is."""
    return tuple(
        _number(reading, sentence, match)
        for sentence in sentences
        for match in number_pattern().finditer(sentence.text)
    )


def _number(reading: Reading, sentence: Spelt, match: re.Match[str]) -> Number:
    indices = sentence.of(*match.span())
    page = reading.characters[indices[0]].page
    return Number(
        text=_canonical(match),
        shown=" ".join(match.group().split()),
        digits=match["digits"],
        unit=_units().get(match["unit"] or "", ""),
        indices=indices,
        page=page,
        box=box_of(reading, indices),
        start=match.start(),
        end=match.end(),
        around=sentence.text,
    )


def box_of(reading: Reading, indices: Iterable[int]) -> Box:
    """The box of some characters on the page of the first of them."""
    found = [reading.characters[i] for i in indices]
    return union(c.box for c in found if c.page == found[0].page)


def _parted(reading: Reading, last: int, new: int) -> bool:
    """Whether a word ends and a figure begins between two characters, as in the labels of a chart, drawn without
    spaces."""
    one, two = reading.characters[last], reading.characters[new]
    return one.text.isalpha() and (two.text.isdigit() or two.text in "+−") and two.box[0] - one.box[2] > 0.2 * two.size


def cells(reading: Reading) -> tuple[Cell, ...]:
    """All cells in content order."""
    found: list[Cell] = []
    for line in reading.lines:
        for run in _runs(reading, line):
            box = union(reading.characters[i].box for i in run if not reading.characters[i].text.isspace())
            found.append(Cell(_text(reading, run), tuple(run), line.page, box, line.size, len(found)))
    return tuple(found)


def _text(reading: Reading, run: list[int]) -> str:
    text, last = "", None
    for index in run:
        character = reading.characters[index]
        apart = last is not None and _parted(reading, last, index)
        text += " " if character.text.isspace() or apart else ""
        if not character.text.isspace():
            text, last = text + unicodedata.normalize("NFKC", character.text), index
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


@cache
def _no_figures() -> tuple[str, ...]:
    return reader_words("no_figure")


@cache
def is_bare(text: str) -> bool:
    """True for a cell of numbers, dashes and 'n/a' alone: it labels nothing. '5 years' may head a column."""
    rest = number_pattern().sub(lambda m: m["unit"] if _units().get(m["unit"] or "") in TIMES else "", text)
    for word in _no_figures():
        rest = rest.replace(word, "")
    return not any(c.isalpha() for c in rest)


class Labels:
    """Which labels belong to a number, from where it stands. Built once for a document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._cells = cells(reading)
        self._at = {index: cell for cell in self._cells for index in cell.indices}
        self._sentences = {i: s.text for s in reading.sentences for i in s.indices}
        self._on = _by_page(self._cells)
        self._worded = _by_page(cell for cell in self._cells if not is_bare(cell.text))
        self._years = _by_page(cell for cell in self._cells if YEAR.fullmatch(cell.text.strip()))

    def cell(self, number: Number) -> Cell:
        return self._at[number.indices[0]]

    def own(self, number: Number) -> str:
        """The words that share the number's cell: 'Strategy, low' of 'Strategy, low −34.9%'."""
        return " ".join(number_pattern().sub(" ", self.cell(number).text).split())

    def row(self, number: Number) -> Iterator[tuple[str, bool]]:
        """The texts left of the number on its row, the nearest first: each cell, and the sentence it is part of; and
        whether no other figure stands between."""
        own = self.cell(number)
        placed = self._on[own.page]
        left = placed.where(placed.level(own.box) & (placed.boxes[:, 2] <= own.box[0] + 1))
        alone = True
        for cell in sorted(left, key=lambda c: -c.box[2]):
            if not is_bare(cell.text):
                for text in self._texts(cell):
                    yield text, alone
            alone = alone and not number_pattern().search(cell.text)

    def column(self, number: Number) -> tuple[str, ...]:
        """The header of the number's column: the nearest words above it that share its width, after a year that stands
        nearer and may head it."""
        reach = LABEL_REACH * self._reading.pages[number.page - 1].height
        own, bottom = self.cell(number), number.box[1]

        def nearest(placed: _Placed) -> Cell | None:
            over = placed.boxes[:, 3]
            found = placed.where(placed.shares(number.box) & (over <= bottom + 1) & (bottom - over <= reach))
            return max((cell for cell in found if cell is not own), key=lambda c: c.box[3], default=None)

        words = nearest(self._worded.get(number.page, NOWHERE))
        year = nearest(self._years.get(number.page, NOWHERE))
        nearer = year is not None and (words is None or year.box[3] > words.box[3])
        heads = () if year is None or not nearer else (key(year.text),)
        return heads if words is None else (*heads, *self._texts(words))

    def over_and_under(self, number: Number) -> tuple[str, ...]:
        """Words right above or right below the number's cell, as tiles have them."""
        own = self.cell(number)
        placed, reach = self._worded.get(own.page, NOWHERE), UNDER * own.size
        below, above = placed.boxes[:, 1] - own.box[3], own.box[1] - placed.boxes[:, 3]
        touching = ((below >= 0) & (below <= reach)) | ((above >= 0) & (above <= reach))
        near = placed.where(placed.shares(own.box) & touching)
        return tuple(text for cell in near if cell is not own for text in self._texts(cell))

    def values_beside(self, label: str) -> Iterator[tuple[str, Box, int]]:
        """What stands right of a label on its row: the text of the next cell, its box and page."""
        wanted = key(label)
        for cell in self._cells:
            if key(cell.text) == wanted:
                placed = self._on[cell.page]
                right = placed.where(placed.level(cell.box) & (placed.boxes[:, 0] >= cell.box[2] - 1))
                nearest = min(right, key=lambda c: c.box[0], default=None)
                if nearest is not None:
                    yield nearest.text, nearest.box, cell.page

    def _texts(self, cell: Cell) -> Iterator[str]:
        yield key(cell.text)
        yield key(self._sentences.get(cell.indices[0], ""))


class _Placed:
    """The cells of one page, and their boxes as an array (n, 4), to ask all of them at once where they stand."""

    def __init__(self, found: Sequence[Cell]) -> None:
        self.cells = found
        self.boxes: NDArray[np.float64] = np.array([cell.box for cell in found], dtype=float).reshape(-1, 4)

    def where(self, chosen: NDArray[np.bool_]) -> list[Cell]:
        return list(compress(self.cells, chosen))

    def level(self, box: Box) -> NDArray[np.bool_]:
        """Those on the row of a box."""
        low, high = self.boxes[:, 1], self.boxes[:, 3]
        overlap = np.minimum(high, box[3]) - np.maximum(low, box[1])
        level: NDArray[np.bool_] = overlap > 0.4 * np.minimum(high - low, box[3] - box[1])
        return level

    def shares(self, box: Box) -> NDArray[np.bool_]:
        """Those that share some of the width of a box."""
        shared: NDArray[np.bool_] = np.minimum(self.boxes[:, 2], box[2]) > np.maximum(self.boxes[:, 0], box[0])
        return shared


NOWHERE = _Placed(())


def _by_page(found: Iterable[Cell]) -> dict[int, _Placed]:
    pages: dict[int, list[Cell]] = {}
    for cell in found:
        pages.setdefault(cell.page, []).append(cell)
    return {page: _Placed(on) for page, on in pages.items()}
