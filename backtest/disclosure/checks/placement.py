"""Where a risk stands that leads, and what goes with a word wherever it is said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from backtest.disclosure import figures, lexicon
from backtest.disclosure.case import FAIL, NONE, PASS, Answer, Case, evidence_of
from backtest.disclosure.phrases import any_phrase, phrase_pattern
from backtest.disclosure.reading import Passage
from backtest.disclosure.rule import Rule


def lead_placed(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A risk that leads stands on page 1, or within `max_gap` of the page height of performance figures."""
    if rule.id not in case.leads:
        return Answer(PASS, "it does not lead")
    found, limit = case.passages[rule.id], options["max_gap"]
    good = [passage for passage in found if _leads(case, passage, limit)]
    if good:
        return Answer(PASS, "it leads, and stands on page 1 or beside performance", evidence_of(case, good))
    reason = (
        f"it leads ({case.leads[rule.id]}), and stands neither on page 1 nor within {limit:.2f} of a page of figures"
    )
    return Answer(FAIL, reason, evidence_of(case, found))


def _leads(case: Case, passage: Passage, limit: float) -> bool:
    pages = case.reading.by_page(passage)
    near = [
        figures.gap(case.reading.box(passage, block.page), block.box) / case.page(block.page).height
        for block in case.blocks
        if block.page in pages
    ]
    return 1 in pages or min(near, default=1.0) <= limit


def said_with(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Where one of `words` is said, a passage says all of `needs`: anywhere, or where there is a `max_gap` on the same
    page and within so much of its height of each sentence that says the word. Without the words, nothing is asked."""
    spoken = [sentence for sentence in case.reading.sentences if _says(sentence.text, options)]
    if not spoken:
        return Answer(NONE, f"none of its {len(options['words'])} words and phrases is used")
    found, limit = case.reading.says(options["needs"]), options.get("max_gap")
    bare = spoken if not found else [s for s in spoken if limit is not None and _nearest(case, s, found) > limit]
    if not bare:
        return Answer(PASS, "what must go with it is said", evidence_of(case, found))
    wanted = " and ".join(repr(group[0]) for group in options["needs"])
    beside = " beside it" if found else ""
    return Answer(FAIL, f"it is said without what must go with it{beside}: {wanted}", evidence_of(case, bare))


def _nearest(case: Case, sentence: Passage, found: Iterable[Passage]) -> float:
    """How far the nearest of some passages stands from a sentence, in heights of a page that has both."""
    gaps = [
        figures.gap(case.reading.box(sentence, page), case.reading.box(passage, page)) / case.page(page).height
        for passage in found
        for page in case.reading.by_page(passage)
        if page in case.reading.by_page(sentence)
    ]
    return min(gaps, default=math.inf)


def _says(text: str, options: Mapping[str, Any]) -> bool:
    """A word is meant as a word, names included, unless the rule gives negations that take it back."""
    if "negations" in options:
        return bool(lexicon.forbidden(text, options["words"], options["negations"], window=options.get("window", 4)))
    return any(pattern.search(text) for pattern in _patterns(tuple(options["words"])))


@cache
def _patterns(words: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Words in capitals are found in capitals only."""
    loud, quiet = [w for w in words if w.isupper()], [w for w in words if not w.isupper()]
    return tuple(
        re.compile(any_phrase(map(phrase_pattern, some)), flags)
        for some, flags in ((loud, 0), (quiet, re.IGNORECASE))
        if some
    )


CHECKS = (
    lead_placed,
    said_with,
)
