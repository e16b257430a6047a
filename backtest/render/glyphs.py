"""Which letters the fonts of a sheet have: asked before anything is drawn, so that no box stands for one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from backtest.artifacts import templates_folder
from backtest.errors import WordsError
from backtest.render.pdf import WEIGHTS

UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories that are never drawn: controls, joiners, line ends."""


def text_width(text: str, size: float, *, weight: int = 400) -> float:
    """What a line of text takes in type of `size` points, in points, kerning included, as the renderer sets it."""
    face = _face(WEIGHTS[weight])
    advances = sum(face.advances.get(letter, face.per_em) for letter in text)
    return size * (advances + sum(map(face.kern, text, text[1:]))) / face.per_em


class _Face:
    """The measures of a font, in its own units. advances: the width of each letter; per_em: units in its size."""

    def __init__(self, font: TTFont) -> None:
        self._glyphs: dict[str, str] = {chr(code): glyph for code, glyph in font.getBestCmap().items()}
        self._pairs = [table for lookup in font["GPOS"].table.LookupList.Lookup for table in lookup.SubTable]
        self._known: dict[tuple[str, str], int] = {}
        self.advances: dict[str, int] = {letter: font["hmtx"][glyph][0] for letter, glyph in self._glyphs.items()}
        self.per_em: int = font["head"].unitsPerEm

    def kern(self, left: str, right: str) -> int:
        """By how much two letters stand farther apart than their widths say: 'A' and 'V' by -40, closer."""
        pair = left, right
        if pair not in self._known:
            self._known[pair] = self._read(self._glyphs.get(left, ""), self._glyphs.get(right, ""))
        return self._known[pair]

    def _read(self, left: str, right: str) -> int:
        """From the first of the font's tables that knows the pair; a table of classes knows each pair it covers."""
        for table in self._pairs:
            if left not in table.Coverage.glyphs:
                continue
            if table.Format == 1:
                records = table.PairSet[table.Coverage.glyphs.index(left)].PairValueRecord
                found = [record.Value1 for record in records if record.SecondGlyph == right]
            else:
                row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)]
                found = [row.Class2Record[table.ClassDef2.classDefs.get(right, 0)].Value1]
            if found:
                return getattr(found[0], "XAdvance", 0)
        return 0


@cache
def _face(file: str) -> _Face:
    """lazy: the font has a table of 25,000 pairs, and a page needs some hundreds."""
    return _Face(TTFont(_folder() / file, lazy=True))


def _folder() -> Path:
    return templates_folder() / "factsheet" / "fonts"


@cache
def letters() -> frozenset[str]:
    """The characters that the font has in each of its weights."""
    return frozenset.intersection(*(frozenset(_face(file).advances) for file in WEIGHTS.values()))


def check_letters(texts: Iterable[str]) -> None:
    """Raise WordsError for the first character that the fonts cannot print, with the text that it stands in."""
    for text in texts:
        for character in text:
            if character not in letters() and unicodedata.category(character) not in UNSEEN:
                name = unicodedata.name(character, "no name")
                raise WordsError(
                    f"{text[:60]!r}: the fonts of a sheet have no {character!r} (U+{ord(character):04X}, {name}). "
                    "Write it in letters that they have; see docs/languages.md."
                )
