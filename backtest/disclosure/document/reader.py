"""A PDF read once: its pages and characters, and on request the ink, the fonts and what else it carries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium

from backtest.disclosure.document.carried import ActiveContent, Note, active_content, attachments_of, links_of, notes_of
from backtest.disclosure.document.characters import read_page
from backtest.disclosure.document.drawing import has_stand_ins
from backtest.disclosure.document.glyphs import GlyphFault, glyph_faults
from backtest.disclosure.document.ink import Ink, Seen
from backtest.disclosure.document.model import DPI, READ_LIMITS, Character, Page, ReadLimits, Visibility
from backtest.disclosure.document.opening import bytes_of, damage, opened, unit_of
from backtest.disclosure.document.standins import without_stand_ins
from backtest.errors import DocumentError
from backtest.garbage import uncollected

WIDEST_GAP = 3.0
"""The widest gap between two characters of one line, in the type size: a word space in a justified narrow column."""


@dataclass(frozen=True)
class Document:
    """A PDF read once: pages, and all characters in content order, duplicates of fake bold left out.

    attachments: files attached to it, by name.  active: what it would do by itself or when it is opened; nothing of it
    is ever run.
    """

    sha256: str
    pages: tuple[Page, ...]
    characters: tuple[Character, ...]
    attachments: Mapping[str, bytes]
    data: bytes = field(repr=False)
    dpi: int = DPI
    active_content: tuple[ActiveContent, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses that its links lead to."""
    notes: tuple[Note, ...] = ()
    """Words that notes and form fields show on its pages; no part of `characters`."""

    @property
    def has_text(self) -> bool:
        """False for a scan: then nothing can be said about its words."""
        return any(page.has_text for page in self.pages) and any(not c.text.isspace() for c in self.characters)

    @property
    def pages_without_text(self) -> tuple[int, ...]:
        """Pages whose ink is no text, counted from 1: a picture of a page among pages that can be read."""
        return tuple(page.number for page in self.pages if not page.has_text)

    @cached_property
    def glyph_faults(self) -> tuple[GlyphFault, ...]:
        """Where a font draws another letter than the text says; see `glyphs`."""
        with damage("the PDF"):
            return glyph_faults(self.data)

    @cached_property
    def _ink(self) -> Ink:
        return Ink(self.data, self.dpi)

    @cached_property
    def _seen(self) -> dict[int, Seen]:
        return {}

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """For each page, the index of its first character, and one more for the end."""
        numbers = np.fromiter((c.page for c in self.characters), dtype=np.int64, count=len(self.characters))
        return tuple(int(i) for i in np.searchsorted(numbers, np.arange(1, len(self.pages) + 2)))

    def look(self, indices: Iterable[int]) -> None:
        """Draw and measure the characters at `indices`, page by page: asked for together, each page is drawn once."""
        wanted: dict[int, list[int]] = {}
        for index in dict.fromkeys(indices):
            character = self.characters[index]
            if index not in self._seen and not character.text.isspace():
                wanted.setdefault(character.page, []).append(index)
        for number in sorted(wanted):
            there = range(self._starts[number - 1], self._starts[number])
            inked = {i: self.characters[i] for i in there if not self.characters[i].text.isspace()}
            with damage("the PDF"):
                self._seen.update(self._ink.measure(self.pages[number - 1], inked, wanted[number]))

    @cached_property
    def _visibilities(self) -> dict[tuple[int, ...], Visibility]:
        return {}

    def visibility(self, indices: Iterable[int]) -> Visibility:
        """How the characters at `indices`, in the order in which they are read, reach the eye; worked out once, though
        several rules ask for the same words."""
        place = tuple(indices)
        if place not in self._visibilities:
            self._visibilities[place] = self._visibility(place)
        return self._visibilities[place]

    def _visibility(self, indices: tuple[int, ...]) -> Visibility:
        marked = [i for i in indices if not self.characters[i].text.isspace()]
        if not marked:
            return Visibility(0.0, 1.0, 0.0)
        self.look(marked)
        lost = self._scattered(marked)
        seen = [self._seen[i] for i in marked]
        contrasts = np.array([s.contrast for s in seen])
        visible = np.array([s.is_seen and i not in lost for i, s in zip(marked, seen, strict=True)])
        struck = [s.struck for i, s in zip(marked, seen, strict=True) if self.characters[i].text.isalnum()]
        low = float(np.percentile(contrasts, 10)) if len(contrasts) > 1 else float(contrasts[0])
        return Visibility(float(visible.mean()), low, float(np.mean(struck)) if struck else 0.0)

    def _scattered(self, marked: list[int]) -> set[int]:
        """Letters that an eye does not come to from the one before nor leave for the one after, two of them at least:
        strewn over the page in the right order of the file, or set from right to left. One alone may be all that a cell
        of a table says, and so may figures and dashes."""
        follows = [_follows(self.characters[i], self.characters[j]) for i, j in pairwise(marked)]
        links = [False, *follows, False]
        alone = [not (before or after or not self.characters[i].text.isalpha()) and self.characters[i].upright
                 for i, before, after in zip(marked, links[:-1], links[1:], strict=True)]  # fmt: skip
        near = [False, *alone, False]
        return {i for k, i in enumerate(marked) if alone[k] and (near[k] or near[k + 2])}


def _follows(one: Character, other: Character) -> bool:
    """Whether `other` stands where the eye goes from `one` on the same line; letters of a ligature share their box."""
    if one.box == other.box and one.page == other.page:
        return True
    size = max(one.size, other.size, 1.0)
    level = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1]) > -0.35 * size
    return one.page == other.page and level and -0.5 * size <= other.box[0] - one.box[2] <= WIDEST_GAP * size


@uncollected()
def read_pdf(source: Path | bytes, dpi: int = DPI, limits: ReadLimits = READ_LIMITS) -> Document:
    """Read a PDF from a path or from bytes. Raises DocumentError with one sentence when it cannot be read."""
    data, name = bytes_of(source, limits)
    found: list[Character] = []
    pages: list[Page] = []
    with opened(data, name, limits) as (objects, drawn):
        carried, active = attachments_of(objects, limits), active_content(objects)
        links, notes, bare = links_of(objects), notes_of(objects), _Bare(data)
        for number in range(1, len(drawn) + 1):
            shown, there = _read(drawn, bare, number, unit_of(objects, number))
            if max(shown.width, shown.height) > limits.side:
                size = f"{shown.width:,.0f} x {shown.height:,.0f} points"
                raise DocumentError(
                    f"{name}, page {number}: {size}; at most {limits.side:,.0f} points a side are read."
                )
            pages.append(shown)
            found.extend(there)
            if len(found) > limits.characters:
                raise DocumentError(f"{name}: more than {limits.characters:,} characters; that is no fact sheet.")
    digest = hashlib.sha256(data).hexdigest()
    return Document(digest, tuple(pages), tuple(found), carried, data, dpi, active, links, notes)


def _read(drawn: pdfium.PdfDocument, bare: _Bare, number: int, unit: float) -> tuple[Page, list[Character]]:
    """A page as its letters are drawn, whatever words the file gives for them."""
    page = drawn[number - 1]
    if has_stand_ins(page.raw):
        page.close()
        page = bare.pages[number - 1]
    try:
        return read_page(page, number, unit)
    finally:
        page.close()


@dataclass(frozen=True)
class _Bare:
    """The PDF without words that stand in for its letters, made when a page asks for it."""

    data: bytes = field(repr=False)

    @cached_property
    def pages(self) -> pdfium.PdfDocument:
        return pdfium.PdfDocument(without_stand_ins(self.data))


def attachment(document: Document, name: str) -> bytes | None:
    """The bytes of an attached file, None when there is none of that name."""
    return document.attachments.get(name)
