"""What every chart is made of: colours, lines, scales, words, and the place where a chart is parted in two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from html import escape

from backtest.facts import Series
from backtest.words import ENGLISH

LABEL_GAP = 8.0
"""From the end of the time axis to the labels of the lines, points."""
ROW = 9.0
"""Height of a row of words above the plot, points."""
SWATCH = 11.0
"""Length of the piece of line that stands before its name there."""
COLOUR = re.compile(r"^#[0-9a-f]{6}$")
FAMILY_NAME = re.compile(r"^[A-Za-z0-9 ]{1,40}$")

Point = tuple[float, float]


@dataclass(frozen=True)
class Theme:
    """Colours of a chart, #rrggbb, and its font family. Lines also differ in weight and dashes, for grey print."""

    strategy: str = "#0a5651"
    baseline: str = "#b85c00"
    benchmark: str = "#687581"
    capex: str = "#b85c00"
    adopter: str = "#0a5651"
    other: str = "#687581"
    grid: str = "#dde3e8"
    axis: str = "#55616d"
    text: str = "#46535f"
    band: str = "#f0f4f6"
    fill: str = "#d5e6e4"
    family: str = "Jevons Sans"

    def __post_init__(self) -> None:
        for field in fields(self):
            found, allowed = getattr(self, field.name), FAMILY_NAME if field.name == "family" else COLOUR
            if not isinstance(found, str) or not allowed.fullmatch(found):
                raise ValueError(f"theme, {field.name}: found {found!r}; allowed is {allowed.pattern}")


@dataclass(frozen=True)
class Line:
    """One line of a chart. label: printed at its right end; width in points; dash as SVG writes it, '' for none."""

    series: Series
    label: str
    colour: str
    width: float = 1.0
    dash: str = ""
    bold: bool = False
    filled: bool = False
    key: str = ""
    """What it is called in the row above the plot, for a line that ends before the axis does."""


@dataclass(frozen=True)
class Look:
    """Size of a chart and its margins, points; `label_room` is kept free on the right for the ends of the lines.
    language: of its months, its numbers and what it says of itself."""

    width: float
    height: float
    label_room: float = 78.0
    top: float = 5.0
    bottom: float = 13.0
    left: float = 26.0
    size: float = 7.0
    language: str = ENGLISH


@dataclass(frozen=True)
class Scale:
    """From values to points: `low` stands at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class Parted:
    """A chart of two parts that are not linked: simulated up to `day`, shaded and named, and actual from it on.

    simulated: the name in the row above the plot; band: that inside the plot, where it has room; actual: that of what
    follows, with its first day.
    """

    day: date
    simulated: str
    band: str
    actual: str


def width_of(words: str, look: Look, *, bold: bool = False) -> float:
    """About what words take in the font of the charts, points."""
    return len(words) * look.size * (0.58 if bold else 0.54)


def text_at(
    x: float, y: float, words: str, look: Look, colour: str, *, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def key_places(lines: Sequence[Line], parted: Parted, look: Look) -> list[tuple[Line, float, int]]:
    """Where each line with a key stands above the plot: its left edge and its row, 0 the highest. Names that do not fit
    beside each other go on in the next row."""
    places = []
    left, row = look.left + width_of(f"{parted.simulated} ", look, bold=True), 0
    for line in (line for line in lines if line.key):
        room = SWATCH + 3 + width_of(line.key, look, bold=line.bold)
        if left + room > look.width and left > look.left:
            left, row = look.left, row + 1
        places.append((line, left, row))
        left += room + 9
    return places


def key_rows(lines: Sequence[Line], parted: Parted, look: Look) -> int:
    return 1 + max((row for _, _, row in key_places(lines, parted, look)), default=0)


def draw_key(lines: Sequence[Line], parted: Parted, look: Look, theme: Theme) -> list[str]:
    """The rows above the plot: what is simulated, and a piece of each of its lines with its name."""
    drawn = [text_at(look.left, look.size, parted.simulated, look, theme.text, bold=True)]
    for line, left, row in key_places(lines, parted, look):
        base = look.size + row * ROW
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        drawn.append(
            f'<path d="M{left:.1f} {base - 2.4:.1f}h{SWATCH:g}" fill="none" stroke="{line.colour}" '
            f'stroke-width="{line.width}"{dash}/>'
        )
        drawn.append(text_at(left + SWATCH + 3, base, line.key, look, line.colour, bold=line.bold))
    return drawn


def draw_parts(parted: Parted, x: Scale, y: Scale, look: Look, theme: Theme) -> list[str]:
    """The shaded part, the day on which it ends, and the names of both in the row above the plot."""
    edge = min(max(x(parted.day.toordinal()), x.start), x.end)
    base, parts, right = look.top - 3, [], x.start
    if edge > x.start:
        parts.append(
            f'<rect x="{x.start:.1f}" y="{look.top:.1f}" width="{edge - x.start:.1f}" '
            f'height="{y.start - look.top:.1f}" fill="{theme.band}"/>'
        )
        right = x.start + width_of(parted.band, look, bold=True)
        if right <= edge - 3:
            parts.append(text_at(x.start, base, parted.band, look, theme.text, bold=True))
    parts.append(
        f'<path d="M{edge:.1f} {look.top - ROW:.1f}V{y.start:.1f}" stroke="{theme.axis}" stroke-width="0.7" '
        'stroke-dasharray="2 2" fill="none"/>'
    )
    left = min(edge + 3, look.width - width_of(parted.actual, look, bold=True) - 1)
    if left < edge:  # the name would cross the line of its day: it ends before it
        left = edge - 3 - width_of(parted.actual, look, bold=True)
        parts = [part for part in parts if parted.band not in part or left > right + 6]
    return [*parts, text_at(left, base, parted.actual, look, theme.text, bold=True)]
