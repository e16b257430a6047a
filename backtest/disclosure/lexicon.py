"""Forbidden words, with negation and scope: 'guaranteed' is a promise, 'not guaranteed' is a warning.

A word is pardoned when
- a negation stands before it in the same clause, at most `window` words away ('cannot be guaranteed', 'far from
  certain'), right after it ('guarantees nothing', 'guaranteed by no one'), or inside a phrase with a gap ('will not
  prevail'). 'Not only' and 'no doubt' negate nothing, and who 'guarantees no losses' promises;
- it is part of a phrase that is allowed as a whole ('risk-free rate'), or of somebody's name ('Secure Trust Bank');
- it is spoken of, not said: 'the word “guaranteed”';
- the rule lists conditions, and one stands in the sentence: 'if prices rise, it will gain'; not 'even if'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from backtest.disclosure.phrases import GAP, any_phrase, phrase_pattern

WORD = re.compile(r"[\w’'%]+(?:-\w+)*|[,;:.!?()–—]")
CLAUSE_END = frozenset({
    ";", ":", ".", "!", "?", "(", ")", "–", "—", "but", "yet", "aber", "sondern", "jedoch", "mais", "cependant",
    "toutefois",
})  # fmt: skip
JOINING = frozenset({"or", "nor", "and", "oder", "noch", "und", "ou", "ni", "et"})
HOLLOW = frozenset({
    ("not", "only"), ("not", "just"), ("not", "merely"), ("no", "doubt"), ("no", "wonder"), ("no", "question"),
    ("without", "doubt"), ("without", "question"), ("nicht", "nur"), ("nicht", "bloß"), ("kein", "zweifel"),
    ("keine", "frage"), ("ohne", "zweifel"), ("ohne", "frage"), ("pas", "seulement"), ("non", "seulement"),
    ("aucun", "doute"), ("sans", "doute"), ("nul", "doute"),
})  # fmt: skip
"""Words that look like a negation and are none."""
CONCEDED = frozenset({"even", "as", "auch", "selbst", "même", "comme"})
"""Before a condition they take it away: 'even if'."""
AFTER = re.compile(
    r"^\s*(nothing\b|nichts\b|rien\b|(is|are|was|were|can|will|does|do|be)?\s*(not|never|cannot)\b(?!\s+only)"
    r"|(ist|sind|wird|werden|kann|gibt\s+es)?\s*(nicht|nie|niemals)\b(?!\s+nur)|pas\b(?!\s+seulement)|jamais\b"
    r"|(by|von|par)\s+(no\s?one|no-one|nobody|none|niemand(em)?|keinem|personne|aucun)\b)",
    re.IGNORECASE,
)
NONE_AFTER = re.compile(
    r"^\s*(no|neither|kein|keine|keinen|keinerlei|weder|aucune?)\s+(?!matter\b|doubt\b|question\b|(\w+\s+){0,2}"
    r"(loss|losses|risk|risks|verlust|verluste|risiko|risiken|perte|pertes|risque|risques)\b)",
    re.IGNORECASE,
)
"""'Guarantees no return' promises nothing; 'guarantees no loss' promises a great deal."""
NO_SUBJECT = re.compile(
    r"(?:^|[.;:,(]\s*|\b(?:and|but|und|aber|et|mais)\s+)(?:no|none|neither|kein|keine|keinerlei|aucune?)\s+"
    r"(?!other\b|andere|autre)(?:[\w’'-]+\s+){1,6}?(?:is|are|can\s+be|will\s+be|ist|sind|wird|werden|n’est|n’est\s+pas)\s+$",
    re.IGNORECASE,
)
"""'No level of income is' before the word: the whole subject is denied, however long it is."""
MENTION = re.compile(
    r"(?:word|term|phrase|expression|wort|wörter|begriff|ausdruck|mot|terme)s?\s+[“\"„«‘'](?P<said>[^”\"“»’']{1,60})",
    re.IGNORECASE,
)
NAME = re.compile(r"(?:[A-ZÀ-Þ][\w’'&-]*\s+){1,}[A-ZÀ-Þ][\w’'&-]*")
GERMAN = re.compile(r"\b(der|die|das|und|ist|sind|wird|werden|nicht|ein|eine|mit|von)\b")
JOINTS = frozenset({"the", "and", "for", "with", "from", "les", "des", "pour", "avec", "dans"})
"""Small words that a heading in capitals has too."""
GOODS = frozenset({
    "return", "returns", "income", "capital", "growth", "fund", "profit", "profits", "performance", "investment",
    "money", "gain", "gains", "outcome", "results", "rendement", "rendements", "revenus", "fonds", "placement",
})  # fmt: skip
"""A name is not made of these: 'Guaranteed Income' in capitals is a promise."""


@dataclass(frozen=True)
class Hit:
    """A forbidden word as it stands in a sentence: text[start:end]."""

    word: str
    start: int
    end: int


def forbidden(
    text: str,
    words: Iterable[str],
    negations: Sequence[str] = (),
    unless: Iterable[str] = (),
    window: int = 4,
    conditions: Iterable[str] = (),
    names: Iterable[str] = (),
) -> tuple[Hit, ...]:
    """The forbidden words of one sentence that nothing pardons, in order.

    words, unless: words or phrases; a final * lets the last word go on, so guarantee* finds guaranteed, and ' ... '
    lets up to four words stand between. A hyphen and a space are the same. Short words in capitals (KID) are matched
    in capitals only. negations may be of several words. names: of companies, funds and indices, as they are spelt.
    """
    listed = tuple(words)
    if not any(pattern.search(text) for pattern in _patterns(listed)):
        return ()
    if _conditional(text, frozenset(conditions)):
        return ()
    pardoned = list(_pardoned(text, tuple(unless), tuple(names)))
    found = set()
    for word in listed:
        for match in _pattern(word).finditer(text):
            start, end = match.start(), _word_end(text, match.end())
            inside = any(a <= start and match.end() <= b for a, b in pardoned)
            denied = GAP in word and _denied(match.group(), word, negations)
            if not inside and not denied and not _negated(text, start, end, negations, window):
                found.add(Hit(text[start:end], start, end))
    longest = [one for one in found if not any(o != one and o.start <= one.start and one.end <= o.end for o in found)]
    return tuple(sorted(longest, key=lambda hit: (hit.start, hit.end)))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(phrase_pattern(word), 0 if word.isupper() else re.IGNORECASE)


@cache
def _patterns(words: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """All words in one pattern or two, to pass over the many sentences that have none of them."""
    loud = [word for word in words if word.isupper()]
    quiet = [word for word in words if not word.isupper()]
    return tuple(
        re.compile(any_phrase(_pattern(word).pattern for word in some), flags)
        for some, flags in ((loud, 0), (quiet, re.IGNORECASE))
        if some
    )


def _pardoned(text: str, unless: tuple[str, ...], names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The stretches of a text in which nothing counts."""
    for phrase in unless:
        yield from (m.span() for m in _pattern(phrase).finditer(text))
    for name in names:
        yield from (m.span() for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text))
    yield from (m.span("said") for m in MENTION.finditer(text))
    yield from _proper_names(text)


def _proper_names(text: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words inside a sentence of small ones, such as Best Buy; not in German, where nouns are
    capitalised, not in a heading, and not what a product offers."""
    small = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word.islower() and word not in JOINTS]
    if GERMAN.search(text) or len(small) < 2:
        return
    for match in NAME.finditer(text):
        start = match.start()
        if not text[:start].strip():  # the first word of a sentence is capitalised whatever it is
            start = match.start() + match.group().index(" ") + 1
        run = text[start : match.end()].split()
        if len(run) > 1 and not GOODS & {word.casefold() for word in run}:
            yield start, match.end()


def _conditional(text: str, conditions: frozenset[str]) -> bool:
    words = _words(text)
    return any(
        word in conditions and (place == 0 or words[place - 1] not in CONCEDED) for place, word in enumerate(words)
    )


def _words(text: str) -> list[str]:
    return [word.casefold().replace("'", "’") for word in WORD.findall(text)]


def _denied(said: str, phrase: str, negations: Sequence[str]) -> bool:
    """Whether what fills the gap of a phrase denies it: 'will not prevail'."""
    return bool((set(_words(said)) - set(_words(phrase))) & {negation.casefold() for negation in negations})


def _word_end(text: str, end: int) -> int:
    """The end of the word that a * left unfinished."""
    rest = re.match(r"[\w’']*", text[end:])
    return end + (rest.end() if rest else 0)


def _negated(text: str, start: int, end: int, negations: Sequence[str], window: int) -> bool:
    if not negations:
        return False
    if AFTER.match(text[end:]) or NONE_AFTER.match(text[end:]):
        return not text[start:end].casefold().endswith("teed") or bool(AFTER.match(text[end:]))
    if NO_SUBJECT.search(text[:start]):
        return True
    phrases = tuple(tuple(_words(negation)) for negation in negations)
    return _negation_before(_words(text[:start]), phrases, window)


def _negation_before(before: list[str], negations: tuple[tuple[str, ...], ...], window: int) -> bool:
    """Walk back from the word; a comma is crossed only in a list that ends in 'or' or 'nor' just before the word."""
    listed = bool(before) and before[-1] in JOINING
    walked = 0
    for place in range(len(before) - 1, -1, -1):
        word = before[place]
        stands = any(_stands(before, place, negation) for negation in negations)
        if not stands and (word in CLAUSE_END or (word == "," and not listed)):
            return False
        if word == ",":
            continue
        walked += 1
        if walked > window or tuple(before[place : place + 2]) in HOLLOW:
            return False
        if stands:
            return True
    return False


def _stands(before: list[str], place: int, negation: tuple[str, ...]) -> bool:
    """Whether a negation ends at a place; one that ends in ’ begins a word, as n’ does in n’est."""
    if len(negation) == 1 and negation[0].endswith("’"):
        return before[place].startswith(negation[0])
    return tuple(before[max(0, place + 1 - len(negation)) : place + 1]) == negation
