"""Which letters the fonts of a sheet have: asked before anything is drawn, so that no box stands for one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from fontTools.ttLib import TTFont

from backtest.artifacts import templates_folder
from backtest.errors import WordsError

UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories that are never drawn: controls, joiners, line ends."""


@cache
def letters() -> frozenset[str]:
    """The characters that the font has in each of its weights."""
    weights = sorted((templates_folder() / "factsheet" / "fonts").glob("*.ttf"))
    return frozenset.intersection(*(frozenset(map(chr, TTFont(path).getBestCmap())) for path in weights))


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
