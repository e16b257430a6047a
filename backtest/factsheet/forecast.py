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
    "continued": _Look(inside=0.8 * MM, below=MM),
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
    "risk": _Look(below=2.4),
    "notes": _Look(gaps=1, inside=2.4),
}
TYPES: dict[str, tuple[float, float, int]] = {
    "h1 short": (21.0, 1.15, 700), "h1 middling": (18.0, 1.15, 700), "h1 long": (14.5, 1.15, 700),
    "h2": (9.2, 1.2, 700), "firm": (11.0, 0.0, 600), "figure": (8.7, 1.15, 600), "label": (7.6, 1.2, 400),
    "note": (7.2, 0.0, 0), "unit": (7.2, 0.0, 400), "ends": (7.2, 0.0, 0), "notes": (7.0, 1.25, 0),
    "small": (7.0, 1.25, 0), "thead": (7.2, 1.2, 0), "strip": (0.0, 0.0, 600), "risk-first": (0.0, 0.0, 600),
    "b": (0.0, 0.0, 600), "strong": (0.0, 0.0, 600),
}  # fmt: skip
"""Size, leading and weight by class or element; 0 for as around it."""
FIGURE_HEIGHT = TYPES["figure"][0] * TYPES["figure"][1]
"""Of a row of the product's 12-month figures, at least: they are as large as the tiles'."""
COLUMNS = {"side": 57.0 * MM, "main": 119.0 * MM, "wider": 98.0 * MM, "narrower": 78.6 * MM}
BESIDE = frozenset({"columns", "tiles", "pair", "firm-line", "continued", "indicator"})
SIDES = frozenset({"side", "narrower"})
"""Columns too narrow for boxes beside each other."""
SPACED = frozenset({"bars", "even"})
"""Tables that keep a gap from one of their kind right above them."""
SIDES_OF_CELL = 3.0
"""What a cell keeps free left and right of its text."""
FIRST_COLUMN = {"even": 0.30, "labels": 0.44, "main": 0.19, "narrower": 0.41}
"""Share of a table's width that its first column takes, by class; main and narrower for even ones in those columns."""


@dataclass
class _Node:
    tag: str
    classes: frozenset[str]
    width: float = 0.0
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
            width, height = (_number(told.get(side)) for side in ("width", "height"))
            node = _Node(tag, frozenset((told.get("class") or "").split()), width, height)
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
        if not self.drawing:
            self.open[-1].kids.append(data if data.strip() else " ")


def _number(length: str | None) -> float:
    found = re.match(r"[\d.]+", length or "")
    return float(found[0]) if found else 0.0


class _Way(NamedTuple):
    """How text is set where a box stands: level, size, leading, weight; and the column and the page it is in."""

    level: int
    size: float
    leading: float
    weight: int
    column: str = ""

    def at(self, node: _Node) -> _Way:
        way = self
        for name in (node.tag, *sorted(node.classes), *(f"{node.tag} {c}" for c in sorted(node.classes))):
            if name in TYPES:
                size, leading, weight = TYPES[name]
                way = way._replace(size=size or way.size, leading=leading or way.leading, weight=weight or way.weight)
            if name in COLUMNS:
                way = way._replace(column=name)
        return way._replace(weight=room.USUAL) if node.tag == "b" and way.column == "assumptions" else way


class Forecast:
    """The pages of one HTML page, to be asked for their heights at any setting."""

    def __init__(self, html: str, level: int = 0) -> None:
        """level: the one at which the charts in the page are drawn, for all pages."""
        reader = _Reader()
        reader.feed(html[html.find("<body") :])
        self._drawn = level
        self._pages = sorted(_sections(reader.root), key=lambda node: node.name)
        self._counted = _Counted()
        self._told: dict[tuple[int, int, int, bool], float] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def over(self, page: int, size: int, level: int, *, seen: bool = False) -> float:
        """Points by which a page, from 0, runs over at a size of type and a level; minus the room that is left.

        seen: down to its lowest line of text, so that what a box keeps free below its text is room.
        """
        asked = page, size, level, seen
        if asked not in self._told:
            way = _Way(level, room.TYPE_SIZES[size], LEADINGS[level], room.USUAL)
            model = _Model(level - self._drawn, seen, self._counted)
            high = model.stack(self._pages[page], PAGE_WIDTH, way)[1]
            self._told[asked] = high - PAGE_HEIGHTS[min(page, 2)]
        return self._told[asked]


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

    _lines: dict[tuple[int, float, int, float], int] = field(default_factory=dict)
    _columns: dict[tuple[int, float, int, str, float], list[float]] = field(default_factory=dict)

    def lines(self, node: _Node, way: _Way, width: float) -> int:
        place = (id(node), way.size, way.weight, width)
        if place not in self._lines:
            self._lines[place] = room.lines(_runs(node, way), width)
        return self._lines[place]

    def columns(self, node: _Node, rows: Sequence[_Row], width: float, way: _Way) -> Sequence[float]:
        place = (id(node), way.size, way.weight, way.column, width)
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
        high = max(0.0 if self.seen else look.least, high) + look.inside + look.cells * CELLS[way.level]
        return look.gaps * GAPS[way.level] + look.above, high, look.below

    def _look(self, node: _Node, way: _Way) -> _Look:
        if node.tag == "p" and way.column == "assumptions":
            return _Look(inside=0.4, cells=2.0)
        names = [name for name in (*sorted(node.classes), node.tag) if name in LOOKS]
        return LOOKS["closing" if "closing" in names else names[0]] if names else _Look()

    def stack(self, node: _Node, width: float, way: _Way) -> tuple[float, float, float]:
        """Boxes below each other; of two margins that meet, the larger counts."""
        if node.has("assumptions"):
            way = way._replace(column="assumptions", weight=room.STRONG)
        total = before = 0.0
        last = frozenset[str]()
        for kid in node.nodes():
            follows = node.has("risk-first") and total > 0.0
            above, high, below = self.box(kid, width, way._replace(weight=room.USUAL) if follows else way)
            if kid.classes & last & SPACED:
                above += GAPS[way.level]
            above += MM * follows
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
        padding, line = (2.8, 2.4) if node.has("scale") else (2 * CELLS[way.level], 0.4)
        total = 0.3 if any(kid.tag == "thead" for kid in node.nodes()) else 0.0  # the line below a head is thicker
        for cells, inside, main in rows:
            placed = enumerate(zip(cells, widths, strict=False))
            counts = (self.counted.lines(c, inside, wide - _padding(node, c, k)) for k, (c, wide) in placed)
            most = max(counts, default=1)
            least = FIGURE_HEIGHT if main and node.has("discrete") else 0.0
            total += max(most * inside.size * inside.leading, least) + padding + line
        return total


def _widths(node: _Node, kids: Sequence[_Node], width: float, way: _Way) -> list[float]:
    """Of boxes beside each other."""
    if node.has("indicator") and len(kids) == 2:
        return [0.44 * width, 0.56 * width - 4 * MM]
    if node.has("continued") and len(kids) == 2:
        strip = min(room.longest(_runs(kids[1], way)), 0.66 * width)
        return [width - strip - 8 * MM, strip]
    if node.has("firm-line") and len(kids) == 3:
        kind = max((room.longest(_runs(kid, way)) for kid in kids[2].nodes()), default=0.0)
        return [kids[0].width, width - kids[0].width - 3 * MM - kind, kind]
    gap = 2 * MM if node.has("tiles") else 0.0
    even = (width - gap * (len(kids) - 1)) / max(1, len(kids))
    return [next((COLUMNS[name] for name in kid.classes & COLUMNS.keys()), even) for kid in kids]


class _Row(NamedTuple):
    cells: list[_Node]
    way: _Way
    main: bool


def _rows(node: _Node, way: _Way) -> Iterator[_Row]:
    inside = way.at(node)
    for kid in node.nodes():
        if kid.tag == "tr":
            yield _Row(list(kid.nodes()), inside, kid.has("main-row"))
        else:
            yield from _rows(kid, inside)


def _column_widths(node: _Node, rows: Sequence[_Row], width: float, way: _Way) -> list[float]:
    count = max((len(cells) for cells, _, _ in rows), default=1)
    if node.has("bars"):
        widths = [18.0 * MM + SIDES_OF_CELL, *[12.6 * MM + SIDES_OF_CELL] * 2]
        return [width - sum(widths), *widths][:count]
    if node.has("scale"):
        return [width / count] * count
    if node.has("even") and count > 1:
        name = "labels" if node.has("labels") else way.column if way.column in FIRST_COLUMN else "even"
        first = width * FIRST_COLUMN[name] + SIDES_OF_CELL
        return [first, *[(width - first) / (count - 1)] * (count - 1)]
    return _auto_widths(node, rows, width, count)


def _auto_widths(node: _Node, rows: Sequence[_Row], width: float, count: int) -> list[float]:
    """Columns as wide as their content, or, where that is too much, as much narrower as each can be."""
    most, least = [0.0] * count, [0.0] * count
    for cells, inside, _ in rows:
        for k, cell in enumerate(cells):
            around = _padding(node, cell, k)
            runs = _runs(cell, inside)
            whole = room.longest(runs) + around
            most[k] = max(most[k], whole)
            least[k] = max(least[k], whole if _unbroken(node, cell) else room.widest_piece(runs) + around)
    if sum(most) <= width or sum(most) == sum(least):
        return [each * width / sum(most) for each in most]
    share = max(0.0, width - sum(least)) / (sum(most) - sum(least))
    return [low + share * (high - low) for low, high in zip(least, most, strict=True)]


def _unbroken(node: _Node, cell: _Node) -> bool:
    return cell.has("number") or (node.has("figures") and cell.tag == "td") or (node.has("facts") and cell.tag == "th")


def _padding(node: _Node, cell: _Node, k: int) -> float:
    """Left and right of the text of a row's k-th cell."""
    if node.has("facts"):
        return 4.0 if cell.tag == "th" else 1.5
    if node.has("holdings") and k:
        return 7.5 if cell.has("number") else 5.5
    return 0.0 if node.has("scale") else SIDES_OF_CELL


def _runs(node: _Node, outer: _Way) -> tuple[room.Run, ...]:
    return tuple(_runs_of(node, outer.at(node)))


def _runs_of(node: _Node, way: _Way) -> Iterator[room.Run]:
    for kid in node.kids:
        if isinstance(kid, str):
            yield kid, way.size, way.weight
        elif kid.tag == "br":
            yield room.BREAK, way.size, way.weight
        elif kid.tag != "svg":
            yield from _runs_of(kid, way.at(kid))
