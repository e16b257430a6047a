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


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """What a line of text takes in type of `size` points, in points, unkerned: kerning makes it a little less."""
    letter_to_width, per_em = _advances(WEIGHTS[600 if bold else 400])
    return size * sum(letter_to_width.get(letter, per_em) for letter in text) / per_em


@cache
def _advances(file: str) -> tuple[dict[str, int], int]:
    font = TTFont(_folder() / file)
    return {chr(code): font["hmtx"][glyph][0] for code, glyph in font.getBestCmap().items()}, font["head"].unitsPerEm


def _folder() -> Path:
    return templates_folder() / "factsheet" / "fonts"


@cache
def letters() -> frozenset[str]:
    """The characters that the font has in each of its weights."""
    return frozenset.intersection(*(frozenset(_advances(file)[0]) for file in WEIGHTS.values()))


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
