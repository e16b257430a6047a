"""One language, and a plain one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from backtest.disclosure import language
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of
from backtest.disclosure.checks.words import names_in
from backtest.disclosure.readability import Score, score
from backtest.disclosure.reading import Passage
from backtest.disclosure.rule import Rule
from backtest.errors import listed


def one_language(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every sentence of at least `least_words` words is in the language of the sheet, or of most of a stranger's.

    Names, codes and figures do not count, nor do the statements of the rules in `ignore`, whose words are prescribed in
    one language. `sure`: how likely another language must be before it is one.
    """
    names = names_in(case.facts)
    prescribed = {i for rule_id in options.get("ignore", ()) for p in case.passages.get(rule_id, ()) for i in p.indices}
    own_words = [s for s in case.reading.sentences if not prescribed & set(s.indices)]
    texts = [(s, " ".join(words)) for s in own_words if (words := language.plain_words(s.text, names))]
    judged = [(s, text) for s, text in texts if len(text.split()) >= options["least_words"]]
    if not judged:
        return Answer(LOOK, f"no sentence has {options['least_words']} words: too little to know the language by")
    own = case.facts.language if case.has_facts else _commonest(judged)
    others_of = {text: _other(text, own, options["sure"]) for text in dict.fromkeys(text for _, text in judged)}
    strange = [(other, sentence) for sentence, text in judged if (other := others_of[text])]
    if not strange:
        return Answer(PASS, f"{len(judged)} sentences, all in {own!r}")
    others = listed(dict.fromkeys(found for found, _ in strange))
    reason = f"{len(strange)} of {len(judged)} sentences are not in {own!r} but in {others}"
    return Answer(FAIL, reason, evidence_of(case, [sentence for _, sentence in strange]))


def _other(text: str, own: str, sure: float) -> str:
    """The language that a text is in when it surely is in another than it should be, else ''."""
    if language.plainly(text, own):
        return ""
    found, likely = language.detect(text)
    return found if found != own and likely >= sure else ""


def _commonest(judged: list[tuple[Passage, str]]) -> str:
    counted = Counter[str]()
    for _, text in judged:
        plain = [code for code in language.COMMON if language.plainly(text, code)]
        counted[plain[0] if plain else language.detect(text)[0]] += len(text.split())
    return max(sorted(counted), key=lambda code: counted[code])


def readable(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The risk warnings of each page reach `warn` on Flesch's scale of their language, `aim` being wanted, and no
    sentence of them is longer than `longest` words. `ignore`: rules whose words the law gives."""
    code = case.language
    pages: dict[int, list[Passage]] = {}
    for rule_id, passage in case.warnings:
        if rule_id not in options["ignore"] and passage.indices:
            pages.setdefault(case.reading.page_of(passage.indices[0]).number, []).append(passage)
    blocks = {page: " ".join(dict.fromkeys(p.text for p in found)) for page, found in pages.items()}
    scores = {page: made for page, text in blocks.items() if (made := score(text, code))}
    if not scores:
        return Answer(LOOK, f"no risk warning was found that could be measured in {code!r}")
    said = "; ".join(_said(page, made) for page, made in sorted(scores.items()))
    least = options["warn"].get(code, options["warn"]["en"])
    long = [p for found in pages.values() for p in found if _longest(p, code) > options["longest"]]
    faults = [f"page {page} is under {least}" for page, made in sorted(scores.items()) if made.ease < least]
    faults += [f"a sentence of {_longest(p, code)} words; at most {options['longest']}" for p in long]
    hard = [p for page, made in scores.items() if made.ease < least for p in pages[page]]
    if faults:
        return Answer(FAIL, f"{'; '.join(dict.fromkeys(faults))}. {said}", evidence_of(case, [*long, *hard]))
    short = [f"page {page}" for page, made in sorted(scores.items()) if made.ease < options["aim"]]
    wanted = f"; {options['aim']} is aimed at, which {listed(short)} does not reach" if short else ""
    return Answer(PASS, f"{said}{wanted}")


def _longest(passage: Passage, code: str) -> int:
    made = score(passage.text, code)
    return made.longest if made else 0


def _said(page: int, made: Score) -> str:
    grade = f", grade {made.grade:.1f}" if made.grade is not None else ""
    return f"risk text of page {page}: reading ease {made.ease:.0f}{grade}, longest sentence {made.longest} words"


CHECKS = (
    one_language,
    readable,
)
