"""A page's characters in content order, with effective size, colour, box; what fake bold draws twice is read once."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backtest.disclosure.document.drawing import text_objects
from backtest.disclosure.document.model import BLACK, Box, Character, Colour, Page

FAR = 1e6
"""Farther than any page reaches: where a character goes whose place is no number."""
NOWHERE: Box = (-FAR, -FAR, -FAR, -FAR)
TWICE = 0.1
"""Share of the type size within which the same letter drawn again is fake bold; no letter is that narrow."""
CELL = 4.0
WIDER = 1.01
"""How much wider than need be the cells of a grid are, so that no rounding parts what is near."""
MIX = (1_000_003, 7_368_787, 1_299_709)
"""Primes that make one number of a letter and its cell."""
MARGINAL = 0.5
"""Share of the page that a picture covers when the page is a picture of a page."""
INVISIBLE = 3
SPACE = 32
"""The last of the signs that the reader makes up where words or lines are apart: spaces and ends of lines."""
HEAVY = (b"bold", b"black", b"heavy")


@dataclass(frozen=True)
class _Look:
    """What the characters of one text object share."""

    size: float
    upright: bool
    bold: bool
    colour: Colour
    mode: int


class Placer:
    """Turns PDF coordinates (origin bottom left, page not yet turned) into points from the page's top left."""

    def __init__(self, rotation: int, shown: Box, unit: float) -> None:
        self.rotation, self.shown, self.unit = rotation % 360, shown, unit

    def __call__(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        left, bottom, right, top = self.shown
        unit = self.unit
        if not self.rotation:
            return ((x0 - left) * unit, (top - y1) * unit, (x1 - left) * unit, (top - y0) * unit)
        if self.rotation == 90:
            return ((y0 - bottom) * unit, (x0 - left) * unit, (y1 - bottom) * unit, (x1 - left) * unit)
        if self.rotation == 180:
            return ((right - x1) * unit, (y0 - bottom) * unit, (right - x0) * unit, (y1 - bottom) * unit)
        return ((top - y1) * unit, (right - x1) * unit, (top - y0) * unit, (right - x0) * unit)

    def upright(self, a: float, b: float) -> bool:
        """Whether a line whose direction on the unturned page is (a, b) runs to the right as the page is shown."""
        x, y = {90: (b, -a), 180: (-a, -b), 270: (-b, a)}.get(self.rotation, (a, b))
        return x > 0 and abs(y) <= 0.02 * x


def read_page(page: pdfium.PdfPage, number: int, unit: float) -> tuple[Page, list[Character]]:
    """The page and its characters. unit: points in one unit of the page, 1 unless it says otherwise."""
    width, height = (side * unit for side in page.get_size())
    place = Placer(page.get_rotation(), page.get_bbox(), unit)
    text = page.get_textpage()
    try:
        found = without_doubles(*_characters(text.raw, number, place, _turns(page.raw)))
    finally:
        text.close()
    shown = Page(number, width, height, paper=_paper(page, place, width, height))
    pictures = tuple(place(*box) for box in _picture_boxes(page))
    return replace(shown, has_text=_has_text(page, shown, found), pictures=pictures), found


def _paper(page: pdfium.PdfPage, place: Placer, width: float, height: float) -> Box | None:
    """What is left of the page when it is trimmed; None where nothing is cut off, or nothing would be left."""
    left, top, right, bottom = place(*page.get_trimbox())
    trimmed = (max(0.0, left), max(0.0, top), min(width, right), min(height, bottom))
    empty = trimmed[2] - trimmed[0] < 1 or trimmed[3] - trimmed[1] < 1
    return None if empty or trimmed == (0.0, 0.0, width, height) else trimmed


def _turns(page: ctypes.c_void_p) -> dict[int, int]:
    """Address of a text object -> when it is drawn, those in forms where the form is."""
    return {ctypes.addressof(item.contents): turn for turn, item in enumerate(text_objects(page))}


def _characters(
    text: ctypes.c_void_p, number: int, place: Placer, turns: Mapping[int, int]
) -> tuple[list[Character], list[int]]:
    """The characters, and which text object each is of.

    One call into the library for each thing that each character has of its own; the rest once a text object.
    """
    sides = (ctypes.c_double * 4)()
    left_of = ctypes.addressof(sides)
    where = (left_of, left_of + 8, left_of + 16, left_of + 24)
    handle = ctypes.cast(text, ctypes.c_void_p).value
    unicode_of, owner_of, box_of = _plain_functions()
    generated = raw.FPDFText_IsGenerated
    looks: dict[int, _Look] = {}
    found: list[Character] = []
    owners: list[int] = []
    apart = False
    for index in range(raw.FPDFText_CountChars(text)):
        code = unicode_of(handle, index)
        if code <= SPACE and generated(text, index) == 1:
            apart = True
            continue
        address = owner_of(handle, index) or -index - 1
        look = looks.get(address)
        if look is None:
            look = looks[address] = _look(text, index, place)
        box_of(handle, index, *where)
        x0, x1, y0, y1 = sides[:]
        box = left, top, right, bottom = place(x0, y0, x1, y1)
        near = -FAR < left < FAR and -FAR < top < FAR and -FAR < right < FAR and -FAR < bottom < FAR
        found.append(
            Character(
                chr(code) if 0 < code < 0x110000 else "\ufffd", number, box if near else NOWHERE,
                look.size, look.upright, look.bold, look.colour, look.mode, apart, turns.get(address, 0),
            )
        )  # fmt: skip
        owners.append(address)
        apart = False
    return found, owners


@cache
def _plain_functions() -> tuple[Callable[..., int], Callable[..., int | None], Callable[..., int]]:
    """The library's own functions for the letter that a character is, for its text object and for its box, with
    addresses as plain numbers: asked once a letter, they cost half of what they do with pointers that Python can
    follow."""
    number, address = ctypes.c_int, ctypes.c_void_p
    unicode_of = ctypes.CFUNCTYPE(ctypes.c_uint, address, number)
    owner_of = ctypes.CFUNCTYPE(address, address, number)
    box_of = ctypes.CFUNCTYPE(number, address, number, address, address, address, address)
    return (
        unicode_of(_address(raw.FPDFText_GetUnicode)),
        owner_of(_address(raw.FPDFText_GetTextObject)),
        box_of(_address(raw.FPDFText_GetCharBox)),
    )


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _look(text: ctypes.c_void_p, index: int, place: Placer) -> _Look:
    owner = raw.FPDFText_GetTextObject(text, index)
    matrix = raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
    raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
    scale = min(math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)) * place.unit
    size = raw.FPDFText_GetFontSize(text, index) * scale
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    given = raw.FPDFText_GetFillColor(text, index, red, green, blue, alpha)
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), None)
    return _Look(
        size=abs(size) if math.isfinite(size) else 0.0,
        upright=place.upright(matrix.a, matrix.b),
        bold=any(word in name.value.lower() for word in HEAVY),  # most descriptors say 400, whatever the font
        colour=(red.value, green.value, blue.value) if given else BLACK,
        mode=max(0, raw.FPDFTextObj_GetTextRenderMode(owner)) if owner else 0,
    )


def without_doubles(characters: list[Character], owners: list[int]) -> list[Character]:
    """A letter at the place of the same letter before it is fake bold or a shadow; the letters of a ligature, which
    share a box and a text object, are not."""
    near_another = _near_another(characters)
    if not near_another.any():
        return characters
    kept: list[Character] = []
    last: tuple[Box, int] | None = None
    drawn: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    for character, owner, near_one in zip(characters, owners, near_another.tolist(), strict=True):
        if not character.text.isspace():
            x, y = character.box[0], character.box[1]
            again = near_one and last != (character.box, owner)
            if again and _is_drawn(drawn, character.text, x, y, _twice(character.size)):
                continue
            if near_one:
                drawn.setdefault((character.text, int(x // CELL), int(y // CELL)), []).append((x, y))
            last = (character.box, owner)
        kept.append(character)
    return kept


def _twice(size: float) -> float:
    """How near a letter of a size lies to the same letter when it is drawn twice, in points; half a cell at most, so
    that two cells beside each other hold all that is near."""
    return min(max(0.3, TWICE * size), CELL / 2)


def _near_another(characters: Sequence[Character]) -> npt.NDArray[np.bool_]:
    """Whether the same letter may stand so near that it is drawn twice; a few are named that are not. Told for all at
    once: letters that near share a cell of a grid, or of one moved by half a cell to the right, down, or both ways."""
    letters = np.array([ord(c.text) for c in characters], dtype=np.int64)
    places = np.array([c.box[:2] for c in characters], dtype=np.float64).reshape(-1, 2)
    shared = np.zeros(len(characters), dtype=np.bool_)
    for moved in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)):
        cells = np.floor(places / (WIDER * CELL) + moved).astype(np.int64)
        names = letters * MIX[0] + cells[:, 0] * MIX[1] + cells[:, 1] * MIX[2]  # two of one name are looked at
        order = np.argsort(names, kind="stable")
        same = names[order[1:]] == names[order[:-1]]
        shared[order[1:]] |= same
        shared[order[:-1]] |= same
    return shared


def _is_drawn(
    drawn: dict[tuple[str, int, int], list[tuple[float, float]]], text: str, x: float, y: float, near: float
) -> bool:
    left, right = int((x - near) // CELL), int((x + near) // CELL)
    top, bottom = int((y - near) // CELL), int((y + near) // CELL)
    for column in (left,) if left == right else (left, right):
        for row in (top,) if top == bottom else (top, bottom):
            for a, b in drawn.get((text, column, row), ()):
                if abs(x - a) <= near and abs(y - b) <= near:
                    return True
    return False


def _has_text(page: pdfium.PdfPage, shown: Page, characters: list[Character]) -> bool:
    """False for a page of ink whose words are no text: a scan, a picture of a page, words turned into outlines.

    A page number under a scan does not make it text, and neither does the invisible text that a scanner's software lays
    over it: what was recognised need not be what is seen. A blank page has nothing to read.
    """
    if all(c.text.isspace() for c in characters):
        return not _has_ink(page)
    outside = (not c.text.isspace() and c.mode != INVISIBLE and not shown.in_band(c.box) for c in characters)
    return any(outside) or _pictured(page) < MARGINAL


def _has_ink(page: pdfium.PdfPage) -> bool:
    scale = min(1.0, 1000 / max(1.0, *page.get_size()))
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), grayscale=True)
    return bool(bitmap.to_numpy().min() < 250)


def _pictured(page: pdfium.PdfPage) -> float:
    """Share of the page that its largest picture covers."""
    width, height = page.get_size()
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in _picture_boxes(page)]
    return float(max(areas, default=0.0) / max(1.0, width * height))


def _picture_boxes(page: pdfium.PdfPage) -> Iterator[Box]:
    """What each picture covers of the page as the file has it, before it is turned."""
    left, bottom, right, top = page.get_bbox()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        x0, y0, x1, y1 = item.get_bounds()
        box = (max(x0, left), max(y0, bottom), min(x1, right), min(y1, top))
        if box[0] < box[2] and box[1] < box[3]:
            yield box
