"""What is known of a PDF's pages, and how much of a PDF is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]

DPI = 300
BAND = 0.08
"""Share of the page height at its top and bottom where headers and footers stand."""
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class ReadLimits:
    """How much of a PDF is read; more is refused in one sentence. side: longest edge of a page, in
    points; drawings: how often a form may draw other forms."""

    file_bytes: int = 50_000_000
    pages: int = 200
    characters: int = 2_000_000
    objects: int = 400_000
    stream_bytes: int = 64_000_000
    picture_pixels: int = 120_000_000
    side: float = 14_400.0
    drawings: int = 100_000


READ_LIMITS = ReadLimits()


class Character(NamedTuple):
    """One character as drawn; a tuple, since a pack has half a million of them and a tuple is made three times as fast
    as a frozen dataclass. `size` is effective, in points, after all scaling; `page` counts from 1.

    upright: its line runs from left to right as the page is shown.  colour: of its fill, (red, green, blue), 0 to 255,
    as the file says; whether it shows, only its ink can tell.  mode: 0 fill, 1 stroke, 2 both, 3 invisible, 4 to 7 the
    same and a clip for what is painted next.  apart: a word begins here, by the widths of the letters, though the file
    has no space.  turn: when the page draws the run of text that it belongs to; the reader puts runs on one line in
    order from left to right, and the page may not.
    """

    text: str
    page: int
    box: Box
    size: float
    upright: bool
    bold: bool
    colour: Colour = BLACK
    mode: int = 0
    apart: bool = False
    turn: int = 0


@dataclass(frozen=True)
class Page:
    """A page as it is shown, after its rotation and unit.

    has_text: False where it has ink and none of it is text.  paper: what is left when a printer has trimmed it, None
    where that is all of it.  pictures: where its pictures stand, logos included.
    """

    number: int
    width: float
    height: float
    has_text: bool = True
    paper: Box | None = None
    pictures: tuple[Box, ...] = ()

    def holds(self, box: Box) -> bool:
        """Whether a box stands wholly on the paper, give or take a point."""
        left, top, right, bottom = self.paper or (0.0, 0.0, self.width, self.height)
        return box[0] >= left - 1 and box[1] >= top - 1 and box[2] <= right + 1 and box[3] <= bottom + 1

    def in_band(self, box: Box) -> bool:
        """True for what stands in the top or bottom margin band."""
        return box[3] <= BAND * self.height or box[1] >= (1 - BAND) * self.height


@dataclass(frozen=True)
class Visibility:
    """How a passage reaches the eye: share of characters seen, WCAG contrast of the weaker ones, share struck out."""

    visible: float
    contrast: float
    struck: float
