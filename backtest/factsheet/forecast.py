"""How high each page of a sheet will be at a setting, told from its HTML without a layout.

A model of sheet.css in as few numbers as do: boxes stand below or beside each other, and text takes lines. It is held
against real layouts in the tests, and it decides nothing alone: it says where the fitting begins and which of its
trials cannot succeed. Points throughout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

from backtest.factsheet import room
from backtest.render import text_width

MM = 72.0 / 25.4
GAPS = (8.0, 7.0, 6.0, 5.0, 4.4, 3.8, 3.2)
CELLS = (2.3, 2.0, 1.7, 1.4, 1.1, 0.8, 0.5)
LEADINGS = (1.32, 1.32, 1.32, 1.29, 1.26, 1.23, 1.2)
"""Of each level: the room above a block, above and below a cell's text, and a line in sizes of its type."""
PAGE_HEIGHTS = (297.0 * MM - 13.5 * MM, 297.0 * MM - 24.5 * MM, 297.0 * MM - 24.5 * MM)
PAGE_WIDTH = 182.0 * MM
PAIR_GAP = 5.6 * MM
VOID = frozenset({"meta", "br", "link", "img"})
INLINE = frozenset({"span", "b", "strong", "i", "em", "sub", "sup", "br", "a"})
CHARTS = {"growth": 12.0, "drawdown": 7.0, "themes": 6.0}
"""Points that each chart loses at a level."""


class _Look(NamedTuple):
    """What a class adds to a box. gaps: above it, in gaps of the level. inside, across: padding and borders, both sides
    together. cells: in cells of the level. least: its height at least."""

    gaps: float = 0.0
    above: float = 0.0
    below: float = 0.0
    inside: float = 0.0
    across: float = 0.0
    cells: float = 0.0
    least: float = 0.0


LOOKS = {
    "band": _Look(inside=12.6 * MM),
    "line": _Look(above=MM),
    "strip": _Look(inside=2.8 * MM),
    "continued": _Look(inside=1.8 * MM),
    "risk-first": _Look(above=3 * MM, inside=4 * MM + 1.4, across=6 * MM + 3.7),
    "warning": _Look(gaps=1, below=2.0, inside=2.4 * MM, across=4.8 * MM + 2.4),
    "h1": _Look(above=2.4 * MM),
    "h2": _Look(gaps=1, below=2.0, inside=2.0),
    "chart": _Look(above=2.0),
    "source": _Look(gaps=1),
    "closing": _Look(gaps=1, inside=2.4, least=10.5 * MM),
    "tile": _Look(inside=2.4 * MM, across=2.4 * MM + 2.0),
    "panel": _Look(inside=3 * MM, across=4.8 * MM),
    "indicator": _Look(above=2.0),
    "scale": _Look(above=1.2, below=1.2),
    "risk": _Look(below=2.4),
    "notes": _Look(gaps=1, inside=2.4),
}
TYPES: dict[str, tuple[float, float, bool | None]] = {
    "h1 short": (21.0, 1.15, True), "h1 middling": (18.0, 1.15, True), "h1 long": (14.5, 1.15, True),
    "h2": (9.2, 1.2, True), "firm": (11.0, 0.0, True), "figure": (8.7, 1.15, True), "label": (7.6, 1.2, False),
    "note": (7.2, 0.0, None), "unit": (7.2, 0.0, False), "ends": (7.2, 0.0, None), "notes": (7.0, 1.25, None),
    "small": (7.0, 1.25, None), "thead": (7.2, 1.2, None), "strip": (0.0, 0.0, True), "risk-first": (0.0, 0.0, True),
    "b": (0.0, 0.0, True), "strong": (0.0, 0.0, True),
}  # fmt: skip
"""Size, leading and weight by class or element; 0 and None for as around it."""
COLUMNS = {"side": 57.0 * MM, "main": 119.0 * MM, "wider": 98.0 * MM, "narrower": 78.6 * MM}
BESIDE = frozenset({"columns", "tiles", "pair", "firm-line", "continued", "indicator"})
SIDES = frozenset({"side", "narrower"})
"""Columns too narrow for boxes beside each other."""
SPACED = frozenset({"bars", "even"})
"""Tables that keep a gap from one of their kind right above them."""
FIRST_COLUMN = {"bars": 0.0, "even": 0.30, "labels": 0.44, "main": 0.19, "narrower": 0.41}
"""Share of a table's width that its first column takes, by class; main and narrower for even ones in those columns."""


@dataclass
class _Node:
    tag: str
    classes: frozenset[str]
    height: float = 0.0
    name: str = ""
    kids: list[_Node | str] = field(default_factory=list)

    def nodes(self) -> Iterator[_Node]:
        return (kid for kid in self.kids if isinstance(kid, _Node))

    def has(self, *names: str) -> bool:
        return not self.classes.isdisjoint(names)


class _Reader(HTMLParser):
    """The body as a tree; drawings keep their height alone."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Node("root", frozenset())
        self.open = [self.root]
        self.drawing = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if not self.drawing:
            high = re.match(r"[\d.]+", told.get("height") or "")
            node = _Node(tag, frozenset((told.get("class") or "").split()), float(high[0]) if high else 0.0)
            node.name = told.get("id") or ""
            self.open[-1].kids.append(node)
            if tag not in VOID:
                self.open.append(node)
        self.drawing += tag == "svg" or (self.drawing > 0 and tag not in VOID)

    def handle_endtag(self, tag: str) -> None:
        if self.drawing > 1:
            self.drawing -= 1
            return
        self.drawing = 0
        if tag not in VOID and len(self.open) > 1:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.drawing and tag in VOID:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self.drawing and data.strip():
            self.open[-1].kids.append(data)


class _Way(NamedTuple):
    """How text is set where a box stands: level, size, leading, weight; and the column and the page it is in."""

    level: int
    size: float
    leading: float
    bold: bool
    column: str = ""

    def at(self, node: _Node) -> _Way:
        way = self
        for name in (node.tag, *sorted(node.classes), *(f"{node.tag} {c}" for c in sorted(node.classes))):
            if name in TYPES:
                size, leading, bold = TYPES[name]
                way = way._replace(
                    size=size or way.size, leading=leading or way.leading, bold=way.bold if bold is None else bold
                )
            if name in COLUMNS:
                way = way._replace(column=name)
        return way


class Forecast:
    """The pages of one HTML page, to be asked for their heights at any setting."""

    def __init__(self, html: str, level: int = 0) -> None:
        """level: the one at which the charts in the page are drawn, for all pages."""
        reader = _Reader()
        reader.feed(html[html.find("<body") :])
        self._drawn = level
        self._pages = sorted(_sections(reader.root), key=lambda node: node.name)
        self._counted = _Counted()

    def __len__(self) -> int:
        return len(self._pages)

    def over(self, page: int, size: int, level: int, *, seen: bool = False) -> float:
        """Points by which a page, from 0, runs over at a size of type and a level; minus the room that is left.

        seen: down to its lowest line of text, so that what a box keeps free below its text is room.
        """
        way = _Way(level, room.TYPE_SIZES[size], LEADINGS[level], False)
        model = _Model(level - self._drawn, seen, self._counted)
        return model.stack(self._pages[page], PAGE_WIDTH, way)[1] - PAGE_HEIGHTS[min(page, 2)]


def _sections(node: _Node) -> Iterator[_Node]:
    for kid in node.nodes():
        if kid.tag == "section" and kid.name.startswith("page-"):
            yield kid
        else:
            yield from _sections(kid)


@dataclass(frozen=True)
class _Counted:
    """What the levels do not change: how many lines a box's text takes, and how wide a table's columns are, by the box,
    how its text is set, and its width. Each is counted once for all levels."""

    _lines: dict[tuple[int, float, bool, float], int] = field(default_factory=dict)
    _columns: dict[tuple[int, float, bool, str, float], list[float]] = field(default_factory=dict)

    def lines(self, node: _Node, way: _Way, width: float) -> int:
        place = (id(node), way.size, way.bold, width)
        if place not in self._lines:
            self._lines[place] = room.lines(_runs(node, way), width)
        return self._lines[place]

    def columns(
        self, node: _Node, rows: Sequence[tuple[list[_Node], _Way]], width: float, way: _Way
    ) -> Sequence[float]:
        place = (id(node), way.size, way.bold, way.column, width)
        if place not in self._columns:
            self._columns[place] = _column_widths(node, rows, width, way)
        return self._columns[place]


@dataclass(frozen=True)
class _Model:
    """Heights of boxes. deeper: levels between the charts as they are drawn and as they will be. seen: without what a
    box keeps free below its text."""

    deeper: int
    seen: bool
    counted: _Counted

    def box(self, node: _Node, width: float, outer: _Way) -> tuple[float, float, float]:
        """Room above, height, room below."""
        look, way = self._look(node, outer), outer.at(node)
        inner = width - look.across
        if node.tag == "svg":
            high = node.height
        elif node.tag == "table":
            return look.gaps * GAPS[way.level] + look.above, self.table(node, width, way), look.below
        elif node.has("notes"):
            high = -(-self.counted.lines(node, way, (inner - 6 * MM) / 2) // 2) * way.size * way.leading
        elif node.has("two"):
            high = sum(map(sum, (self.box(kid, (inner - PAIR_GAP) / 2, way) for kid in node.nodes()))) / 2
        elif node.classes & BESIDE:
            high = self.beside(node, inner, way)
        elif any(kid.tag not in INLINE for kid in node.nodes()):
            high = self.stack(node, inner, way)[1]
        else:
            high = self.counted.lines(node, way, inner) * way.size * way.leading
        if node.has("chart"):
            high -= self.deeper * sum(CHARTS[name] for name in node.classes & CHARTS.keys())
        high = max(0.0 if self.seen else look.least, high + look.inside + look.cells * CELLS[way.level])
        return look.gaps * GAPS[way.level] + look.above, high, look.below

    def _look(self, node: _Node, way: _Way) -> _Look:
        if node.tag == "p" and way.column == "assumptions":
            return _Look(inside=0.4, cells=2.0)
        names = [name for name in (*sorted(node.classes), node.tag) if name in LOOKS]
        return LOOKS["closing" if "closing" in names else names[0]] if names else _Look()

    def stack(self, node: _Node, width: float, way: _Way) -> tuple[float, float, float]:
        """Boxes below each other; of two margins that meet, the larger counts."""
        if node.has("assumptions"):
            way = way._replace(column="assumptions", bold=True)
        total = before = 0.0
        last = frozenset[str]()
        for kid in node.nodes():
            above, high, below = self.box(kid, width, way)
            if kid.classes & last & SPACED:
                above += GAPS[way.level]
            total, before, last = total + max(above, before) + high, below, kid.classes
        return 0.0, total + before, 0.0

    def beside(self, node: _Node, width: float, way: _Way) -> float:
        """Boxes beside each other: the highest counts."""
        kids = list(node.nodes())
        if node.has("indicator") and way.column in SIDES:
            return self.stack(node, width, way)[1]
        if node.has("pair"):
            items = [sum(self.box(item, (width - PAIR_GAP) / 2, way)) for kid in kids for item in kid.nodes()]
            return max(0.0, max(map(sum, room.halves(items, items))) - LOOKS["risk"].below)
        highs = []
        for kid, wide in zip(kids, _widths(node, kids, width, way), strict=True):
            above, high, below = self.box(kid, wide, way)
            highs.append(above + high + below)
        return max(highs, default=0.0)

    def table(self, node: _Node, width: float, way: _Way) -> float:
        rows = list(_rows(node, way))
        widths = self.counted.columns(node, rows, width, way)
        total = 0.0
        for cells, inside in rows:
            most = max((self.counted.lines(c, inside, w - 3.0) for c, w in zip(cells, widths, strict=False)), default=1)
            padding = 2.8 if node.has("scale") else 2 * CELLS[way.level]
            total += most * inside.size * inside.leading + padding + 0.4
        return total


def _widths(node: _Node, kids: Sequence[_Node], width: float, way: _Way) -> list[float]:
    """Of boxes beside each other."""
    if node.has("indicator") and len(kids) == 2:
        return [0.44 * width, 0.56 * width - 4 * MM]
    if node.has("continued") and len(kids) == 2:
        strip = min(_longest(kids[1], way), 0.66 * width)
        return [width - strip - 4 * MM, strip]
    gap = 2 * MM if node.has("tiles") else 0.0
    even = (width - gap * (len(kids) - 1)) / max(1, len(kids))
    return [next((COLUMNS[name] for name in kid.classes & COLUMNS.keys()), even) for kid in kids]


def _rows(node: _Node, way: _Way) -> Iterator[tuple[list[_Node], _Way]]:
    inside = way.at(node)
    for kid in node.nodes():
        if kid.tag == "tr":
            yield list(kid.nodes()), inside
        else:
            yield from _rows(kid, inside)


def _column_widths(node: _Node, rows: Sequence[tuple[list[_Node], _Way]], width: float, way: _Way) -> list[float]:
    count = max((len(cells) for cells, _ in rows), default=1)
    if node.has("bars"):
        return [width - 18.0 * MM - 25.2 * MM, 18.0 * MM, 12.6 * MM, 12.6 * MM][:count]
    if node.has("even", "scale") and count > 1:
        share = FIRST_COLUMN["labels" if node.has("labels") else way.column if way.column in FIRST_COLUMN else "even"]
        share = 1 / count if node.has("scale") else share
        return [width * share, *[width * (1 - share) / (count - 1)] * (count - 1)]
    wants = [max(_longest(cells[k], inside) for cells, inside in rows if k < len(cells)) + 4.0 for k in range(count)]
    if node.has("facts"):
        return [wants[0], width - wants[0]]
    short = [want if want < 0.2 * width else 0.0 for want in wants]
    rest = sum(want for want, kept in zip(wants, short, strict=True) if not kept)
    left = width - sum(short)
    return [kept or want * left / rest for want, kept in zip(wants, short, strict=True)]


def _longest(cell: _Node, way: _Way) -> float:
    return sum(text_width(" ".join(text.split()) + " ", size, bold=bold) for text, size, bold in _runs(cell, way))


def _runs(node: _Node, outer: _Way) -> tuple[room.Run, ...]:
    return tuple(_runs_of(node, outer.at(node)))


def _runs_of(node: _Node, way: _Way) -> Iterator[room.Run]:
    for kid in node.kids:
        if isinstance(kid, str):
            yield kid, way.size, way.bold
        elif kid.tag == "br":
            yield room.BREAK, way.size, way.bold
        elif kid.tag != "svg":
            yield from _runs_of(kid, way.at(kid))
