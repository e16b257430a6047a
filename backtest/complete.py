"""Is the whole page in the PDF? What the HTML says, held against what the finished file shows inside its pages.

A renderer loses text without a word: a float, a position, a fixed height, a line that may not wrap. So each piece of
text is looked for, once for each time it is written, in the characters that stand inside the paper. And what the PDF
says where is kept as one hash, which another version of a library may leave unchanged where bytes differ.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from backtest.disclosure.document import Character, Document, Page
from backtest.errors import RenderError
from backtest.render import text_nodes

SPLIT = re.compile(r'<section [^>]*id="page-(\d+)"')
EDGE = 0.5
"""Points by which a box may reach over the edge of the paper; and to which sizes and places are rounded in the hash."""
DROPPED = frozenset("\u00ad\u2010\u2011-\ufffe\u0002\u200b\u200c\u200d\u2060\ufeff")
"""Hyphens and joiners come and go at the ends of lines."""
USED = "\0"
LONG = 24
"""Characters of a text that is hardly part of another by chance."""


def check_complete(html: str, document: Document) -> None:
    """Raise RenderError naming the first text of the page that the PDF does not show inside a page, and how many.

    Sections with the id page-1, page-2... must be found on the page of that number.
    """
    shown = _shown(document)
    parts = SPLIT.split(html)
    missing = [(text, 0) for text in _missing(text_nodes(parts[0]), "".join(shown))] if len(parts) == 1 else []
    for number, part in zip(map(int, parts[1::2]), parts[2::2], strict=True):
        on_page = shown[number - 1] if number <= len(shown) else ""
        missing += [(text, number) for text in _missing(text_nodes(f"<p {part}"), on_page)]
    if missing:
        text, number = missing[0]
        where = f"page {number} of the PDF" if number else "the PDF"
        raise RenderError(
            f"{where} does not show {text[:120]!r} ({len(missing)} texts are lost or cut in all). "
            f"Nothing may be left out: shorten the text, or mend the template or style that hides it."
        )


def _missing(nodes: Sequence[str], shown: str) -> list[str]:
    """The texts not found in `shown`, each place counting for one text only.

    They mostly come in order, so a text is taken where the last one ended, and a long one from there on. What is left,
    the labels of charts among it, is looked for last. A text is missing when it is not found without that order either.
    """
    wanted = list(map(key, nodes))
    rest, after, left = shown, 0, []
    for place, text in enumerate(wanted):
        at = rest.find(text, after) if len(text) >= LONG else after
        if at >= 0 and rest.startswith(text, at):
            rest, after = _used(rest, at, text), at + len(text)
        else:
            left.append(place)
    missing = _unplaced(wanted, left, rest)
    return [nodes[place] for place in (missing and _unplaced(wanted, range(len(nodes)), shown))]


def _unplaced(wanted: Sequence[str], places: Sequence[int], shown: str) -> list[int]:
    """Places whose text is not in `shown`, looked for longest first, so that '6.0%' is not taken out of '26.0%'."""
    missing = []
    for place in sorted(places, key=lambda place: -len(wanted[place])):
        at = shown.find(wanted[place])
        if at < 0:
            missing.append(place)
        else:
            shown = _used(shown, at, wanted[place])
    return sorted(missing)


def _used(shown: str, at: int, wanted: str) -> str:
    return shown[:at] + USED * len(wanted) + shown[at + len(wanted) :]


def key(text: str) -> str:
    """Text as it survives the ends of lines: compatible forms, no spaces, no hyphens."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in DROPPED)


def _shown(document: Document) -> list[str]:
    """For each page, the key of the characters that stand wholly on the paper."""
    pages = {page.number: page for page in document.pages}
    found: dict[int, list[str]] = {number: [] for number in pages}
    for character in document.characters:
        if _inside(character, pages[character.page]):
            found[character.page].append(character.text)
    return [key("".join(found[number])) for number in sorted(found)]


def _inside(character: Character, page: Page) -> bool:
    left, top, right, bottom = character.box
    return left >= -EDGE and top >= -EDGE and right <= page.width + EDGE and bottom <= page.height + EDGE


def semantic_hash(document: Document) -> str:
    """SHA-256 over (page, text run, size, x, y) in content order, sizes and places to half a point.

    The same words at the same places give the same hash, whatever the file's identifier, dates and compression.
    """
    digest = hashlib.sha256()
    for run in _runs(document.characters):
        first = run[0]
        place = (first.size, first.box[0], first.box[3])
        rounded = "\0".join(str(round(value / EDGE)) for value in place)
        digest.update(f"{first.page}\0{''.join(c.text for c in run)}\0{rounded}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _runs(characters: Sequence[Character]) -> list[list[Character]]:
    """Characters that follow each other on one line in one size."""
    runs: list[list[Character]] = []
    for character in characters:
        last = runs[-1][-1] if runs else None
        if last is not None and _follows(last, character):
            runs[-1].append(character)
        else:
            runs.append([character])
    return runs


def _follows(last: Character, character: Character) -> bool:
    same = last.page == character.page and round(last.size / EDGE) == round(character.size / EDGE)
    ahead = -1.0 <= character.box[0] - last.box[2] <= character.size
    return same and ahead and character.box[1] < last.box[3] and last.box[1] < character.box[3]
