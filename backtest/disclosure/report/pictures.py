"""Pictures of the pages, with the evidence boxed and numbered; a number leads to its finding.

Numbers stand in the margins beside the page, each tied to its box by a line, so that boxes that overlap stay legible.
All is computed here in points of the page; the templates place what they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backtest.disclosure.document import Box, Document, page_picture
from backtest.disclosure.finding import Outcome
from backtest.disclosure.review import Review

EVERY_PAGE_UP_TO = 8
"""A longer document is shown by its pages with open findings alone."""
MOST_PICTURES = 12
GUTTER = 0.1
"""Width of the margin on each side, as a share of the page's width."""
CHIP = 0.0195
"""Height of a number, as a share of the page's width: 11.6 points on A4."""
SAME = 3.0
"""Boxes whose edges differ by no more points than this are one box with two numbers."""


@dataclass(frozen=True)
class Chip:
    """A number in the margin: its finding, and the top left corner it stands at."""

    number: int
    rule_id: str
    outcome: Outcome
    left: float
    top: float


@dataclass(frozen=True)
class Mark:
    """A box on the page, and the findings whose evidence it is; the worst outcome colours it."""

    box: Box
    findings: tuple[tuple[int, str, Outcome], ...]
    ties: tuple[tuple[float, float, float, float], ...] = ()
    """Lines from its numbers to its edge: (x1, y1, x2, y2)."""

    @property
    def outcome(self) -> Outcome:
        return max(outcome for _, _, outcome in self.findings)


@dataclass(frozen=True)
class Picture:
    """One page: its PNG, its size in points with both margins, what is boxed on it, and the numbers beside it."""

    page: int
    width: float
    height: float
    gutter: float
    chip: float
    marks: tuple[Mark, ...]
    chips: tuple[Chip, ...]
    unplaced: int
    """Numbers for which the margins had no room; those of findings that passed go first."""
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Pictures:
    """The pages shown, and what to say about those that are not."""

    pages: tuple[Picture, ...]
    note: str


def page_pictures(review: Review, document: Document, numbers: Mapping[str, int], dpi: int = 110) -> Pictures:
    """Pictures of a document's pages: of all when it is short, else of those with open findings, MOST_PICTURES at most.

    numbers: the number of each finding, by rule id. The same document and review give the same pictures.
    """
    open_pages = {e.page for f in review.open for e in f.evidence}
    every = [page.number for page in document.pages]
    wanted = every if len(every) <= EVERY_PAGE_UP_TO else [number for number in every if number in open_pages]
    shown = wanted[:MOST_PICTURES]
    made = tuple(_picture(review, document, number, numbers, dpi) for number in shown)
    return Pictures(made, _note(len(every), len(wanted), len(shown)))


def _note(pages: int, wanted: int, shown: int) -> str:
    if pages <= EVERY_PAGE_UP_TO:
        return ""
    if not wanted:
        return f"The document has {pages} pages; none has an open finding at a place, so none is shown."
    cut = "" if shown == wanted else f" The first {shown} of {wanted} such pages are shown; the lists have them all."
    return f"The document has {pages} pages; only those with open findings are shown.{cut}"


def _picture(review: Review, document: Document, number: int, numbers: Mapping[str, int], dpi: int) -> Picture:
    page = document.pages[number - 1]
    gutter, chip = GUTTER * page.width, CHIP * page.width
    marks = _marks(review, number, numbers, (page.width, page.height))
    tied, chips, unplaced = _place(marks, page.width, page.height, gutter, chip)
    drawn = tuple(sorted(tied, key=lambda mark: (mark.outcome, mark.box)))  # the worst on top
    return Picture(
        number, page.width + 2 * gutter, page.height, gutter, chip, drawn, chips, unplaced,
        page_picture(document, number, dpi),
    )  # fmt: skip


def _marks(review: Review, page: int, numbers: Mapping[str, int], size: tuple[float, float]) -> list[Mark]:
    """The boxes of a page; boxes as good as equal are one, with the numbers of both."""
    marks: list[Mark] = []
    for finding in review.findings:
        for evidence in finding.evidence:
            if evidence.page != page or finding.rule_id not in numbers:
                continue
            box = _inside(evidence.box, size)
            told = (numbers[finding.rule_id], finding.rule_id, finding.outcome)
            same = next((i for i, mark in enumerate(marks) if _alike(mark.box, box)), None)
            if same is None:
                marks.append(Mark(box, (told,)))
            elif told not in marks[same].findings:
                marks[same] = Mark(marks[same].box, (*marks[same].findings, told))
    return marks


def _place(
    marks: Iterable[Mark], width: float, height: float, gutter: float, chip: float
) -> tuple[list[Mark], tuple[Chip, ...], int]:
    """Numbers in the margin nearer to their box, as near to its height as the others allow."""
    room = int(height / chip)
    asked = [(mark, told) for mark in marks for told in mark.findings]
    kept = sorted(asked, key=lambda item: -item[1][2])[: 2 * room]
    sides: tuple[list[tuple[Mark, tuple[int, str, Outcome]]], ...] = ([], [])
    for mark, told in sorted(kept, key=lambda item: (item[0].box[1], item[1][0])):
        side = int(mark.box[0] > width - mark.box[2])
        sides[side if len(sides[side]) < room else 1 - side].append((mark, told))
    chips: list[Chip] = []
    ties: dict[Mark, list[tuple[float, float, float, float]]] = {mark: [] for mark in marks}
    for side, items in enumerate(sides):
        tops = _spread([mark.box[1] for mark, _ in items], chip, height)
        for (mark, (number, rule_id, outcome)), top in zip(items, tops, strict=True):
            wide = gutter * 0.62
            left = 2.0 if side == 0 else width + 2 * gutter - wide - 2.0
            chips.append(Chip(number, rule_id, outcome, left, top))
            start = left + wide if side == 0 else left
            edge = gutter + (mark.box[0] if side == 0 else mark.box[2])
            middle = top + chip / 2
            ties[mark].append((start, middle, edge, min(max(middle, mark.box[1]), mark.box[3])))
    return [Mark(m.box, m.findings, tuple(ties[m])) for m in marks], tuple(chips), len(asked) - len(kept)


def _spread(wanted: list[float], size: float, height: float) -> list[float]:
    """Tops as near to `wanted`, which ascends, as things of `size` can stand below one another within `height`."""
    tops: list[float] = []
    for top in wanted:
        tops.append(max(top, tops[-1] + size if tops else 0.0))
    limit = height - size
    for i in range(len(tops) - 1, -1, -1):
        tops[i] = min(tops[i], limit)
        limit = tops[i] - size
    return tops


def _inside(box: Box, size: tuple[float, float]) -> Box:
    """The part of a box that is on the page, at least a point wide and high."""
    left, top = min(max(box[0], 0.0), size[0] - 1), min(max(box[1], 0.0), size[1] - 1)
    return left, top, max(min(box[2], size[0]), left + 1), max(min(box[3], size[1]), top + 1)


def _alike(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= SAME for a, b in zip(one, other, strict=True))
