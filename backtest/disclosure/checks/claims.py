"""What a sheet claims, and what must stand beside it: benefits and their risks, figures and their windows, words and
their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from backtest.disclosure import dates, lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of
from backtest.disclosure.checks.words import names_in
from backtest.disclosure.figures import PERCENT, gap
from backtest.disclosure.phrases import any_phrase, phrase_pattern
from backtest.disclosure.reading import SAME_SIZE, Passage, key
from backtest.disclosure.rule import Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed

SINCE = re.compile(rf"\b(?:since|from|seit|depuis|à partir)\s+(?:the\s+|dem\s+|le\s+)?(?:{dates.ONE})", re.IGNORECASE)
CONTENT = re.compile(r"[^\W\d_]{4,}")
LEAST_WORDS = 6
ARTICLES = r"(?:(?:the|an?|der|die|das|ein|eine|le|la|les|un|une)\s+|l[’'])?"
JOINED = r"(?:and|or|und|oder|et|ou)"
MEANS = r"(?:\s*[:–—]|\s+(?:is|are|means?|ist|sind|bedeutet|heißt|est|sont|désigne|signifie)\b)"
"""What follows a term where it is explained."""


def risk_beside_benefit(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A page that speaks of a benefit, the objective included, warns of a risk too; in the jurisdictions of `equal_in`
    in type no smaller than the benefit's, and no farther from it than `max_gap`, a share of the page's height."""
    warned = {case.reading.page_of(i).number for _, passage in case.warnings for i in passage.indices[:1]}
    spoken = {i for _, passage in case.warnings for i in passage.indices}
    claims = [s for s in case.reading.sentences if s.indices and s.indices[0] not in spoken and _said(case, s, options)]
    bare = [claim for claim in claims if case.reading.page_of(claim.indices[0]).number not in warned]
    if bare:
        return Answer(FAIL, f"{_saying(case, bare, options)} and warns of no risk", evidence_of(case, bare))
    speak = "1 sentence speaks" if len(claims) == 1 else f"{len(claims)} sentences speak"
    places = str(value(case.facts, "doc.jurisdictions") or "").replace(",", " ").split()
    equal = [place for place in options.get("equal_in", ()) if place in places]
    unequal = [claim for claim in claims if equal and not _is_balanced(case, claim, options["max_gap"])]
    if unequal:
        reason = f"{_saying(case, unequal, options)}, and no risk stands near it in type as large, as {equal[0]} asks"
        return Answer(FAIL, reason, evidence_of(case, unequal))
    near = ", near it and in type as large" if equal and claims else ""
    return Answer(PASS, f"{speak} of a benefit, each on a page that warns of a risk{near}")


def _saying(case: Case, claims: list[Passage], options: Mapping[str, Any]) -> str:
    pages = sorted({case.reading.page_of(claim.indices[0]).number for claim in claims})
    words = dict.fromkeys(repr(hit.word) for claim in claims for hit in _said(case, claim, options))
    return f"page {listed(map(str, pages))} says {listed(words)}"


def _is_balanced(case: Case, claim: Passage, max_gap: float) -> bool:
    """Whether a risk stands near a benefit, in type no smaller."""
    page, size = case.reading.page_of(claim.indices[0]), case.reading.smallest(claim)
    there = [p for _, p in case.warnings if page.number in case.reading.by_page(p)]
    box = case.reading.box(claim, page.number)
    return any(
        case.reading.smallest(warning) >= size - SAME_SIZE
        and gap(case.reading.box(warning, page.number), box) <= max_gap * page.height
        for warning in there
    )


def _said(case: Case, sentence: Passage, options: Mapping[str, Any]) -> tuple[lexicon.Hit, ...]:
    pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4))
    return lexicon.forbidden(sentence.text, options["words"], *pardons, options.get("conditions", ()))


def annualised_over_a_year(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No figure is called annualised, by one of `words`, beside one of the `short` periods; nor, as the facts have
    it, over less than a year."""
    facts = case.facts.facts.values()
    young = [
        f for f in facts
        if ".annualised." in f.id and f.value is not None and f.start and f.as_of and (f.as_of - f.start).days < 365
    ]  # fmt: skip
    if young:
        said = listed(f"{f.label} ({case.facts.printed(f.id)}) from {f.start} to {f.as_of}" for f in young)
        return Answer(FAIL, f"annualised over less than a year: {said}")
    about, short = _any(tuple(options["words"])), _any(tuple(options["short"]))
    stated = [s for s in case.reading.sentences if about.search(s.text) and short.search(s.text)]
    wrong = [s for s in stated if PERCENT.search(s.text) or len(s.text.split()) <= LEAST_WORDS]
    if wrong:
        reason = f"{wrong[0].text!r}: a period under a year is not annualised"
        return Answer(FAIL, reason, evidence_of(case, wrong))
    return Answer(PASS, "no figure of less than a year is annualised")


@cache
def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(any_phrase(map(phrase_pattern, words)), re.IGNORECASE)


def declared_window(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A sentence with a percentage that begins on a day begins on one of the declared windows' first days."""
    told = [
        (match, sentence)
        for sentence in case.reading.sentences
        if PERCENT.search(sentence.text)
        for match in SINCE.finditer(sentence.text)
    ]
    if not told:
        return Answer(PASS, "no sentence gives a figure a first day of its own")
    if not case.has_facts:
        return Answer(LOOK, f"figures are told {told[0][0].group()}: whether that is the declared window, look")
    first = _first_days(case)
    odd = [(match, s) for match, s in told if not _declared(dates.day_of(match, 1), first)]
    if not odd:
        return Answer(PASS, f"{len(told)} figures in sentences, each from the first day of a declared window")
    reason = (
        f"{listed(dict.fromkeys(m.group() for m, _ in odd))}: not the first day of a window that the sheet declares"
    )
    return Answer(FAIL, reason, evidence_of(case, [sentence for _, sentence in odd]))


def _first_days(case: Case) -> set[date]:
    facts = case.facts.facts
    named = (facts[i].value for i in ("sim.start", "fund.launch", "class.launch") if i in facts)
    return {d for d in (*named, *(f.start for f in facts.values())) if isinstance(d, date)}


def _declared(day: dates.Day | None, first: Iterable[date]) -> bool:
    return day is not None and any(
        (day.year, day.month) == (d.year, d.month) and day.day in (None, d.day) for d in first
    )


def said_once(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No risk is warned of twice: word for word, or in sentences that share `alike` of their longer words. `again`:
    rules whose words must stand in several places."""
    warned = [(i, p) for i, p in case.warnings if i not in options["again"] and p.indices]
    twice: list[tuple[str, Passage]] = []
    seen: list[tuple[str, Passage, frozenset[str]]] = []
    for rule_id, passage in warned:
        content = frozenset(word.casefold() for word in CONTENT.findall(passage.text))
        for other_id, other, words in seen:
            same = set(passage.indices) & set(other.indices)
            if not same and content and len(content & words) >= options["alike"] * len(content | words):
                twice.append((" and ".join(dict.fromkeys((other_id, rule_id))), passage))
                break
        else:
            seen.append((rule_id, passage, content))
    twice += [("a sentence", p) for p in _repeats(case, [p for _, p in warned])]
    if not twice:
        return Answer(PASS, f"{len(warned)} risk warnings, none said twice")
    reason = "; ".join(f"{who}: {passage.text[:80]!r} is said twice" for who, passage in twice)
    return Answer(FAIL, reason, evidence_of(case, [passage for _, passage in twice]))


def _repeats(case: Case, warned: list[Passage]) -> list[Passage]:
    """Sentences of a warning that stand again outside of it."""
    inside = {i for passage in warned for i in passage.indices}
    said = {key(s.text) for s in case.reading.sentences if s.indices and s.indices[0] in inside}
    return [
        s
        for s in case.reading.sentences
        if s.indices and s.indices[0] not in inside and len(s.text.split()) >= LEAST_WORDS and key(s.text) in said
    ]


def terms_explained(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each of `words` that is used is explained somewhere: it begins a sentence that says what it is, it stands in a
    glossary, or with its long form in brackets."""
    used, bare = [], []
    text = "\n".join(line.text for line in case.reading.lines)
    names = names_in(case.facts)
    for name in names:
        text = text.replace(name, " ")
    starts = [s.text for s in case.reading.sentences]
    for term in options["words"]:
        match = re.search(phrase_pattern(term), text, 0 if term.isupper() else re.IGNORECASE)
        if match is None:
            continue
        used.append(term)
        if not _explained(term, starts, text):
            bare.append(match.group())
    if not bare:
        return Answer(PASS, f"{len(used)} terms are used, each explained")
    shown = [p for term in bare for p in case.reading.find(term)[:1]]
    return Answer(FAIL, f"not explained: {listed(bare, most=20)}", evidence_of(case, shown))


def _explained(term: str, sentences: Iterable[str], text: str) -> bool:
    word = phrase_pattern(term)
    others = r"[\w\s’'-]{1,40}?"
    before, after = rf"(?:{others}\s{JOINED}\s(?:\w+\s)?)?", rf"(?:\s*\([^)]*\))?(?:\s{JOINED}\s{others})?"
    begins = re.compile(rf"^\W*{ARTICLES}{before}{word}{after}{MEANS}", re.IGNORECASE)
    bracket = re.compile(rf"(?:\({word}\)|{word}\s*\(\w[^)]{{6,}}\))", re.IGNORECASE)
    return any(begins.search(sentence) for sentence in sentences) or bool(bracket.search(text))


def beside_named_companies(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """On each page whose prose names a company of the commentary, the statement stands too."""
    named = str(value(case.facts, "doc.companies_named") or "").split("; ")
    words = [name for name in named if name]
    pattern = re.compile("|".join(phrase_pattern(word) for word in words), re.IGNORECASE) if words else None
    naming = [
        s for s in case.reading.sentences if pattern and s.text.endswith((".", "!", "?")) and pattern.search(s.text)
    ]
    said = {page for passage in case.passages.get(rule.id, ()) for page in case.reading.by_page(passage)}
    bare = [s for s in naming if not said & set(case.reading.by_page(s))]
    if not naming:
        return Answer(LOOK, f"no sentence was found that names {listed(words) or 'a company'}")
    if not bare:
        return Answer(PASS, f"{len(naming)} sentences name companies, each on a page that recommends none")
    pages = sorted({page for s in bare for page in case.reading.by_page(s)})
    reason = f"page {listed(map(str, pages))} names {listed(words)} and does not say that none is recommended"
    return Answer(FAIL, reason, evidence_of(case, bare))


CHECKS = (
    beside_named_companies,
    risk_beside_benefit,
    annualised_over_a_year,
    declared_window,
    said_once,
    terms_explained,
)
