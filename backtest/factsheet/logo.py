"""A firm's logo, checked before anything is rendered; and the shapes that stand for a firm without one.

An SVG is rebuilt from the elements and attributes that a drawing needs, so that nothing else of the file reaches
the page: no script, no style, no reference to anywhere, no nested copies. A PNG is checked and stays in memory.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.parsers import expat

from backtest.charts import COLOUR
from backtest.errors import HouseError, listed, nearest
from backtest.factsheet.theme import HouseTheme, contrast

ELEMENTS = ("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title",
            "linearGradient", "stop")  # fmt: skip
ATTRIBUTES = frozenset({
    "id", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "d", "points",
    "transform", "fill", "fill-opacity", "fill-rule", "clip-rule", "stroke", "stroke-width", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-opacity", "opacity", "offset", "stop-color",
    "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "preserveAspectRatio", "version",
})  # fmt: skip
DROPPED = frozenset({"xmlns", "xml:space", "xml:lang", "class", "role", "aria-label", "aria-hidden", "focusable"})
"""Attributes that say nothing to a drawing: left out, not refused."""
PLAIN = re.compile(r"^[A-Za-z0-9 .,#%()+\-_]*$")
"""What a value may be made of: no colon, so no scheme; no quotes, so no way out."""
INSIDE = re.compile(r"^url\(#[A-Za-z0-9_.-]{1,60}\)$")
LONG_VALUES = frozenset({"d", "points"})
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
MOST_ELEMENTS, MOST_SVG_BYTES, MOST_DEPTH = 200, 50_000, 20
MOST_PIXELS, MOST_PNG_BYTES = 4_000_000, 200_000
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_ADDRESS = "res:logo"
PAINTED = re.compile(r' (?:fill|stroke|stop-color)="((?!url)[^"]*)"')
NAMED = {"black": "#000000", "white": "#ffffff"}
LEAST_CONTRAST = 3.0
HEIGHT, MOST_WIDTH = 26.0, 130.0
"""Points: the room of a logo in the header."""


@dataclass(frozen=True)
class Logo:
    """A checked logo. `drawing` is the rebuilt inside of an SVG, '' for a PNG; width and height keep its shape."""

    width: float
    height: float
    drawing: str = ""
    png: bytes = b""


def load_logo(path: Path) -> Logo:
    """The logo in an SVG or PNG file.

    Raises HouseError for a file that is missing, too large, of another kind, or that holds what is not allowed.
    """
    if not path.is_file():
        raise HouseError(f"[report] logo: {path} is not there. Give the path of an SVG or PNG file.")
    most = MOST_PNG_BYTES if path.suffix.lower() == ".png" else MOST_SVG_BYTES
    size = path.stat().st_size
    if size > most:
        raise HouseError(f"{path}: {size:,} bytes; a logo of this kind has at most {most:,}. Save it smaller.")
    data = path.read_bytes()
    if path.suffix.lower() == ".png":
        return _png(data, path)
    if path.suffix.lower() == ".svg":
        return _svg(data, path)
    raise HouseError(f"{path}: a logo is an .svg or a .png file. Save it as one of these.")


def check_visible(logo: Logo, theme: HouseTheme, where: str) -> None:
    """Raise HouseError when no colour of a drawing can be seen on the theme's header. A PNG's colours are not read."""
    painted = set(PAINTED.findall(logo.drawing))
    if logo.png or not painted <= {"none", "black", "white"} | {c for c in painted if COLOUR.fullmatch(c.lower())}:
        return  # a colour by name, a gradient's own name, a short form: not judged
    shown = {NAMED.get(colour, colour.lower()) for colour in painted - {"none"}} or {"#000000"}
    best = max(contrast(colour, theme.colours.header) for colour in shown)
    if best < LEAST_CONTRAST:
        raise HouseError(
            f"{where}: no colour of the logo reaches {LEAST_CONTRAST:g}:1 on the header {theme.colours.header} of "
            f"theme {theme.name}; the best has {best:.2f}:1. Take the logo made for such a ground, or change [colours] "
            "header."
        )


def mark(logo: Logo | None, firm: str, theme: HouseTheme) -> str:
    """Markup of the logo, or of the theme's shape, for the page's header. Its alternative text is the firm's name."""
    if logo is None:
        colour = theme.colours.mark
        return (
            '<svg class="mark" width="20pt" height="20pt" viewBox="0 0 20 20" role="img">'
            f"<title>{escape(firm)}</title>{_SHAPES[theme.mark].format(colour=colour)}</svg>"
        )
    scale = min(HEIGHT / logo.height, MOST_WIDTH / logo.width)
    width, height = logo.width * scale, logo.height * scale
    if logo.png:
        return (
            f'<img class="mark" src="{PNG_ADDRESS}" alt="{escape(firm)}" '
            f'style="width: {width:.2f}pt; height: {height:.2f}pt">'
        )
    return logo.drawing.replace("<svg", f'<svg class="mark" width="{width:.2f}pt" height="{height:.2f}pt" role="img"', 1
                                ).replace(">", f"><title>{escape(firm)}</title>", 1)  # fmt: skip


def resources(logo: Logo | None) -> dict[str, bytes]:
    """What a render must hold in memory for the logo, by address."""
    return {PNG_ADDRESS: logo.png} if logo and logo.png else {}


_SHAPES = {
    "columns": '<path d="M1 19V9h4.5v10zM7.75 19V5h4.5v14zM14.5 19V1H19v18z" fill="{colour}"/>',
    "peaks": '<path d="M0 18L7 4l3.4 6.8L13 7l7 11z" fill="{colour}"/>',
    "rings": '<circle cx="7" cy="10" r="5.5" fill="none" stroke="{colour}" stroke-width="2.4"/>'
    '<circle cx="13" cy="10" r="5.5" fill="none" stroke="{colour}" stroke-width="2.4"/>',
}  # fmt: skip


# PNG


def _png(data: bytes, path: Path) -> Logo:
    """Width and height stand in the first chunk, which must be IHDR: PNG specification, third edition, 11.2.1."""
    if data[:8] != PNG_HEAD or data[12:16] != b"IHDR" or len(data) < 33 or b"IEND" not in data[-12:]:
        raise HouseError(f"{path}: not a whole PNG, whatever its name says. Save the picture as PNG again.")
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width * height <= MOST_PIXELS:
        raise HouseError(
            f"{path}: {width:,} x {height:,} pixels; a logo has at most {MOST_PIXELS:,} in all. Save it smaller."
        )
    return Logo(float(width), float(height), png=data)


# SVG


class _Rebuilt:
    """Reads an SVG and writes it anew from what is allowed. Anything else raises HouseError."""

    def __init__(self, path: Path) -> None:
        self.path, self.parts, self.count = path, list[str](), 0
        self.open: list[str] = []
        self.width = self.height = 0.0

    def refuse(self, what: str) -> HouseError:
        return HouseError(f"{self.path}: {what} Save a plain SVG of paths and shapes, or a PNG.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        self.count += 1
        if space not in ("", SVG_NAMESPACE) or name not in ELEMENTS or (name == "svg") != (self.count == 1):
            raise self.refuse(
                f"<{name}> is not allowed in a logo.{nearest(name, ELEMENTS)} Allowed: {listed(ELEMENTS)}."
            )
        if self.count > MOST_ELEMENTS or len(self.open) >= MOST_DEPTH:
            raise self.refuse(f"more than {MOST_ELEMENTS} elements, or nested more than {MOST_DEPTH} deep.")
        kept = {key: value for key, value in attributes.items() if key not in DROPPED}
        for key, value in kept.items():
            self.check(name, key, value)
        if name == "svg":
            self.shape(kept)
            kept = {"viewBox": kept.get("viewBox", f"0 0 {self.width:g} {self.height:g}")}
        kept = {key: _renamed(key, value) for key, value in kept.items()}
        self.open.append(name)
        if name != "title":  # the firm's name takes its place
            self.parts.append("".join([f"<{name}", *(f' {key}="{value}"' for key, value in kept.items()), ">"]))

    def check(self, name: str, key: str, value: str) -> None:
        most = MOST_SVG_BYTES if key in LONG_VALUES else 200
        flat = " ".join(value.split())
        if key.rpartition(" ")[2] not in ATTRIBUTES or " " in key:
            raise self.refuse(f"<{name}> has {key.rpartition(' ')[2]!r}, which is not allowed in a logo.")
        inside = key in ("fill", "stroke") and INSIDE.fullmatch(flat)
        if len(flat) > most or ("url" in flat.casefold() and not inside) or not (inside or PLAIN.fullmatch(flat)):
            raise self.refuse(f"<{name} {key}>: found {flat[:60]!r}, which is not allowed in a logo.")

    def shape(self, kept: dict[str, str]) -> None:
        """Width and height from the viewBox, else from the attributes."""
        box = [_number(part) for part in re.split(r"[ ,]+", kept.get("viewBox", "").strip()) if part]
        self.width, self.height = (
            (box[2], box[3]) if len(box) == 4 else (_number(kept.get("width", "")), _number(kept.get("height", "")))
        )
        if not (0 < self.width < 1e5 and 0 < self.height < 1e5 and 0.02 < self.width / self.height < 50):
            raise self.refuse("no viewBox of four numbers with a width and a height.")

    def end(self, tag: str) -> None:
        self.open.pop()
        if tag.rpartition(" ")[2] != "title":
            self.parts.append(f"</{tag.rpartition(' ')[2]}>")

    def text(self, words: str) -> None:
        if words.strip() and self.open[-1:] != ["title"]:
            raise self.refuse(f"text {words.strip()[:40]!r} outside a title; turn letters into paths.")

    def forbid(self, *_: object) -> None:
        raise self.refuse("it declares a document type, entities or processing instructions.")


def _renamed(key: str, value: str) -> str:
    """Names inside the logo get a prefix, so that they never meet those of the page."""
    flat = " ".join(value.split())
    return f"logo-{flat}" if key == "id" else flat.replace("url(#", "url(#logo-") if key in ("fill", "stroke") else flat


def _svg(data: bytes, path: Path) -> Logo:
    rebuilt = _Rebuilt(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = rebuilt.start, rebuilt.end
    parser.CharacterDataHandler = rebuilt.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = rebuilt.forbid
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise HouseError(f"{path}: not well-formed SVG: {error}. Save the logo again.") from None
    return Logo(rebuilt.width, rebuilt.height, "".join(rebuilt.parts))


def _number(text: str) -> float:
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)(?:px|pt)?\s*", text)
    return float(found[1]) if found else 0.0
