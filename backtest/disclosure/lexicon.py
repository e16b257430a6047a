"""Forbidden words, with negation: 'guaranteed' is a promise, 'not guaranteed' is a warning.

A word is pardoned when a negation stands before it in the same clause, at most `window` words away ('cannot be
guaranteed', 'no promise or guarantee'), or right after it ('guarantees nothing'); or when it is part of a phrase that
is allowed as a whole ('risk-free rate'). 'Not only' and 'no doubt' negate nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backtest.disclosure.phrases import phrase_pattern

WORD = re.compile(r"[\w’'%]+(?:-\w+)*|[,;:.!?()–—]")
CLAUSE_END = frozenset({";", ":", ".", "!", "?", "(", ")", "–", "—", "but", "yet"})
JOINING = frozenset({"or", "nor", "and"})
HOLLOW = (("not", "only"), ("not", "just"), ("not", "merely"), ("no", "doubt"), ("no", "wonder"), ("without", "doubt"))
AFTER = re.compile(
    r"^\s*(nothing\b|(is|are|was|were|can|will|does|do|be)?\s*(not|never|cannot)\b(?!\s+only))", re.IGNORECASE
)


@dataclass(frozen=True)
class Hit:
    """A forbidden word as it stands in a sentence: text[start:end]."""

    word: str
    start: int
    end: int


def forbidden(
    text: str, words: Iterable[str], negations: Sequence[str] = (), unless: Iterable[str] = (), window: int = 4
) -> tuple[Hit, ...]:
    """The forbidden words of one sentence that nothing pardons, in order.

    words, unless: words or phrases; a final * lets the last word go on, so guarantee* finds guaranteed. A hyphen and a
    space are the same. Short words in capitals (KID) are matched in capitals only.
    """
    pardoned = [m.span() for phrase in unless for m in re.finditer(phrase_pattern(phrase), text, re.IGNORECASE)]
    found = []
    for word in words:
        flags = 0 if word.isupper() else re.IGNORECASE
        for match in re.finditer(phrase_pattern(word), text, flags):
            start, end = match.start(), _word_end(text, match.end())
            inside = any(a <= start and match.end() <= b for a, b in pardoned)
            if not inside and not _negated(text, start, end, negations, window):
                found.append(Hit(text[start:end], start, end))
    return tuple(sorted(found, key=lambda hit: (hit.start, hit.end)))


def _word_end(text: str, end: int) -> int:
    """The end of the word that a * left unfinished."""
    rest = re.match(r"[\w’']*", text[end:])
    return end + (rest.end() if rest else 0)


def _negated(text: str, start: int, end: int, negations: Sequence[str], window: int) -> bool:
    if not negations:
        return False
    if AFTER.match(text[end:]):
        return True
    before = [word.casefold().replace("'", "’") for word in WORD.findall(text[:start])]
    return _negation_before(before, frozenset(n.casefold() for n in negations), window)


def _negation_before(before: list[str], negations: frozenset[str], window: int) -> bool:
    """Walk back from the word; a comma is crossed only in a list that ends in 'or' or 'nor' just before the word."""
    listed = bool(before) and before[-1] in JOINING
    walked = 0
    for place in range(len(before) - 1, -1, -1):
        word = before[place]
        if word in CLAUSE_END or (word == "," and not listed):
            return False
        if word == ",":
            continue
        walked += 1
        if walked > window:
            return False
        follower = before[place + 1] if place + 1 < len(before) else ""
        if word in negations and (word, follower) not in HOLLOW:
            return True
    return False
