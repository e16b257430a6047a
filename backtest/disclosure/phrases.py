"""Words and phrases as patterns: how a rule's words are looked for in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

START = r"(?<!\w)"
"""How every pattern of a phrase begins."""
GAP = "..."
"""Up to four words may stand where a phrase has three points: 'will ... prevail' finds 'will in time prevail'."""
GAP_WORDS = r"(?:[\s\-]+[\w’'-]+){0,4}?[\s\-]+"
HOLLOW = r"(?![\s\-]+(?:only|just|merely|simply|nur|bloß|allein|seulement|uniquement)\b)"
"""After 'not' these words deny nothing: 'not only a reliable indicator' praises, 'not a reliable indicator' warns."""
DENIALS = ("not", "nicht", "kein", "keine", "keinen", "pas", "non")


@cache
def phrase_pattern(phrase: str) -> str:
    """A word or phrase as a pattern: spaces and hyphens are the same thing; a final * lets the last word go on; three
    points between words are up to four words of the same sentence ("not ... reliable indicator").

    A word may be cut by a hyphen anywhere, as it is at the end of a line.
    """
    parts = [part.split() for part in re.sub(r"-", " ", phrase.rstrip("*")).split(GAP)]
    told = [r"[\s\-]+".join("-?".join(map(re.escape, word)) for word in words) for words in parts]
    gaps = [HOLLOW + GAP_WORDS if words and words[-1] in DENIALS else GAP_WORDS for words in parts]
    joined = "".join(text + gap for text, gap in zip(told, [*gaps[:-1], ""], strict=True))
    return rf"{START}{joined}" + ("" if phrase.endswith("*") else r"(?!\w)")


@cache
def any_word(group: tuple[str, ...]) -> re.Pattern[str]:
    """Any of a group's words, each as the beginning of a word."""
    return re.compile(any_phrase(phrase_pattern(word.rstrip("*") + "*") for word in group), re.IGNORECASE)


def any_phrase(patterns: Iterable[str]) -> str:
    """Any of some patterns of phrases, as one. That a word begins is asked once at each place, not once a phrase."""
    return rf"{START}(?:{'|'.join(pattern.removeprefix(START) for pattern in patterns)})"
