"""Named checks over a document and its facts: few kinds, many rules. Thresholds come from the rule.

Each check answers with an outcome, a reason with its numbers, and evidence: page, box and words. It proves a breach;
that none was proved is not proof of compliance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from backtest.disclosure import dates, figures, lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, CheckFunction, evidence_of, lines_of, pages_of
from backtest.disclosure.figures import Block
from backtest.disclosure.prominence import (
    not_obscured,
    prominent,
    size_at_least_predominant,
    statement_near,
    statement_present,
    top_of_page1,
)
from backtest.disclosure.reading import Passage, excerpt, key, rounded
from backtest.disclosure.require import flag_answer
from backtest.disclosure.rule import Check, Evidence, Rule
from backtest.disclosure.ties import printed_percentages, untied
from backtest.disclosure.triggers import value
from backtest.errors import listed
from backtest.facts import Fact
from backtest.words import reader_words

MOST_EVIDENCE = 5


def run(case: Case, rule: Rule) -> Answer:
    """All checks of a rule: the worst outcome, with the reasons and evidence of those that share it."""
    answers = [CHECKS[check.kind](case, rule, check.options) for check in rule.checks]
    worst = max(answer.outcome for answer in answers)
    kept = [answer for answer in answers if answer.outcome == worst]
    reason = "; ".join(dict.fromkeys(answer.reason for answer in kept))
    evidence = tuple(dict.fromkeys(e for answer in kept for e in answer.evidence))
    return Answer(worst, reason, evidence[:MOST_EVIDENCE])


# Performance


def not_most_prominent(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """On page 1 performance is not the largest type, not the first block, and takes at most max_area of the page."""
    blocks, page = [b for b in case.blocks if b.page == 1], case.page(1)
    if not blocks:
        return Answer(PASS, "page 1 shows no performance figures")
    share = figures.covered(block.area for block in blocks) / (page.width * page.height)
    faults = [_largest_type(case, blocks), _first_block(case, blocks)]
    if share > options["max_area"]:
        faults.append(f"performance covers {share:.0%} of page 1; at most {options['max_area']:.0%}")
    found = "; ".join(fault for fault in faults if fault)
    evidence = tuple(Evidence(1, rounded(b.box), excerpt(b.words)) for b in blocks)
    return Answer(FAIL if found else PASS, found or f"performance covers {share:.0%} of page 1", evidence)


def _largest_type(case: Case, blocks: list[Block]) -> str:
    numbers = {line.indices: line for block in blocks for line in block.figures}
    largest = max((line.size for line in numbers.values()), default=0.0)
    rest = max((line.size for line in lines_of(case, 1) if line.indices not in numbers), default=0.0)
    return f"figures of {largest:.1f} pt are the largest type on page 1" if largest >= rest else ""


def _first_block(case: Case, blocks: list[Block]) -> str:
    """Something that is read, a sentence of eight words, stands above the first figures."""
    top = min(block.box[1] for block in blocks)
    read = [s for s in case.reading.sentences if len(s.text.split()) >= 8 and 1 in case.reading.by_page(s)]
    above = any(case.reading.box(sentence, 1)[1] < top for sentence in read)
    return "" if above else "performance is the first block of page 1"


def discrete_periods(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """`count` periods of exactly 12 months, back to back, each ending a month; 'no data' stands for a missing one."""
    texts = [" ".join(line.text for line in lines_of(case, page)) for page in case.performance_pages]
    periods = dates.periods(" ".join(texts))
    stubs = [p for p in periods if not p.is_year and 6 <= p.months <= 18 and not _is_whole_period(case, p)]
    years = dates.back_to_back([p for p in periods if p.is_year])
    blanks = sum(text.casefold().count(blank.casefold()) for text in texts for blank in reader_words("blank"))
    if stubs:
        return Answer(FAIL, f"{stubs[0]} is not a complete 12-month period that ends with a month")
    if len(years) >= options["count"]:
        return _values_of(case, years, options["count"])
    said = f"{len(years)} complete 12-month periods found, back to back; {options['count']} are needed"
    if not case.has_facts:
        return Answer(LOOK, f"{said}. They may be written in a form this reader does not know")
    if len(years) + blanks >= options["count"]:
        return _values_of(case, years, options["count"])
    return Answer(FAIL, said)


def _is_whole_period(case: Case, period: dates.Period) -> bool:
    """True for the reference period itself, which is no twelve-month row even when it lasts about a year."""
    start, end = (case.facts.facts.get(f"sim.{word}") for word in ("start", "end"))
    ends = [fact.value for fact in (start, end) if fact is not None and isinstance(fact.value, date)]
    return [dates.long_day(day) for day in ends] == [str(period.start), str(period.end)]


def _values_of(case: Case, years: tuple[dates.Period, ...], count: int) -> Answer:
    """The figures of the periods are those of the facts, and the latest period is the latest there is."""
    said = f"{len(years)} complete 12-month periods up to {years[-1].end_text}" if years else "no complete period yet"
    latest = case.facts.facts.get("perf.strategy.discrete.1")
    if latest is None:
        return Answer(PASS, said)
    if years and latest.as_of and not years[-1].ends_in(latest.as_of):
        return Answer(
            FAIL, f"the latest period ends {years[-1].end_text}; it should end {dates.long_day(latest.as_of)}"
        )
    printed = key(" ".join(line.text for page in case.performance_pages for line in lines_of(case, page)))
    facts = [
        case.facts.facts[i] for k in range(1, count + 1) if (i := f"perf.strategy.discrete.{k}") in case.facts.facts
    ]
    figures_of = [case.facts.printed(fact.id) for fact in facts]
    lost = [text for text in figures_of if key(text).rstrip("%") not in printed]
    return Answer(FAIL, f"figures of 12-month periods are missing: {listed(lost)}") if lost else Answer(PASS, said)


def performance_labelled(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every block of performance figures carries one of `words` in its heading, labels or axis."""
    bare = [b for b in case.blocks if not lexicon.forbidden(b.words, options["words"])]
    if not bare:
        return Answer(PASS, f"{len(case.blocks)} blocks of figures, each labelled")
    reason = f"{len(bare)} of {len(case.blocks)} blocks of figures do not say {options['words'][0]!r}"
    return Answer(FAIL, reason, tuple(Evidence(b.page, rounded(b.box), excerpt(b.words)) for b in bare))


# Words and facts


def absent_words(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """None of `words` stands in the document unless a negation or a phrase in `unless` pardons it."""
    found: list[tuple[str, Passage]] = []
    for sentence in case.reading.sentences:
        hits = lexicon.forbidden(
            sentence.text,
            options["words"],
            options.get("negations", ()),
            options.get("unless", ()),
            options.get("window", 4),
        )
        found += [(hit.word, sentence) for hit in hits]
    if not found:
        return Answer(PASS, f"none of its {len(options['words'])} words and phrases is used")
    words = listed(dict.fromkeys(repr(word) for word, _ in found))
    return Answer(FAIL, f"says {words}", evidence_of(case, [passage for _, passage in found]))


def no_figures_about(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No figure stands under a heading or beside a label with one of `words`, and no sentence has one and a percentage.

    The words alone are no fault: a sheet may say that it shows none of this.
    """
    pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4))

    def about(text: str) -> bool:
        return bool(lexicon.forbidden(text, options["words"], *pardons))

    found = figures.blocks_about(case.reading, about, about)
    if not found:
        return Answer(PASS, f"no figure goes with any of its {len(options['words'])} words and phrases")
    hits = [hit.word for block in found for hit in lexicon.forbidden(block.words, options["words"], *pardons)]
    evidence = tuple(Evidence(b.page, rounded(b.box), excerpt(b.words)) for b in found)
    return Answer(FAIL, f"figures go with {listed(dict.fromkeys(repr(word) for word in hits))}", evidence)


def contains_facts(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each listed fact is printed on the pages of `scope`, as facts print."""
    if not case.has_facts:
        return Answer(LOOK, f"no facts came with the document: look for {listed(options['facts'], most=20)}")
    texts = {page: _key_of(case, page) for page in pages_of(case, options["scope"])}
    if options["scope"] == "any":
        texts = {0: "".join(_key_of(case, page.number) for page in case.reading.pages)}
    missing, unknown = [], []
    for fact_id in options["facts"]:
        fact = case.facts.facts.get(fact_id)
        if fact is None or fact.value is None:
            unknown.append(fact_id)
            continue
        lost = [page for page, text in texts.items() if _printed(case, fact) not in text]
        if lost:
            place = f" on page {listed(map(str, lost))}" if lost != [0] else ""
            missing.append(f"{fact.label.lower()} ({case.facts.printed(fact_id)}){place}")
    if missing:
        return Answer(FAIL, f"not printed: {'; '.join(missing)}")
    if unknown:
        return Answer(LOOK, f"not among the facts: {listed(unknown)}")
    texts_of = [case.facts.printed(fact_id) for fact_id in options["facts"]]
    shown = [passages[0] for text in texts_of if (passages := case.reading.find(text))]
    return Answer(PASS, f"printed: {listed(texts_of, most=20)}", evidence_of(case, shown))


def _key_of(case: Case, page: int) -> str:
    return key(" ".join(line.text for line in lines_of(case, page)))


def _printed(case: Case, fact: Fact) -> str:
    return key(case.facts.printed(fact.id).replace("_", " "))


def days_between(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """From the date `first` to the date `last` at most `at_most` days."""
    first, last = value(case.facts, options["first"]), value(case.facts, options["last"])
    if first is None or last is None:
        return Answer(LOOK, f"{options['first']} and {options['last']} are not among the facts")
    days = (last - first).days
    reason = f"{days} days from {options['first']} to {options['last']}; at most {options['at_most']}"
    return Answer(PASS if 0 <= days <= options["at_most"] else FAIL, reason)


def flag(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A fact has one of the allowed values."""
    allowed, said = flag_answer(Check("flag", dict(options)), case.facts)
    if allowed is None:
        return Answer(LOOK, said)
    return Answer(PASS if allowed else FAIL, said)


def stale_statements(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No risk is warned of whose trigger says that the portfolio does not have it."""
    if not case.has_facts:
        return Answer(LOOK, "no facts came with the document: whether each risk applies, a person must say")
    stale = [item for item in case.stale if item[0] not in options["ignore"]]
    if not stale:
        return Answer(PASS, "every risk that is warned of applies")
    reason = "; ".join(f"{name} does not apply: {why}" for name, why, _ in stale)
    return Answer(FAIL, reason, evidence_of(case, [passage for _, _, passage in stale]))


def wording_verified(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Compliance has confirmed the wording of every statement. A draft on the firm's own desk is for a person to look
    at; on a sheet that leaves the house it is a fault."""
    if not case.drafts:
        return Answer(PASS, "every statement is in a wording that is confirmed")
    drafts = listed(case.drafts, most=60)
    said = f"{len(case.drafts)} statements are drafts, their legal wording is not verified: {drafts}"
    shown = evidence_of(case, [p for rule_id in case.drafts for p in case.passages[rule_id][:1]])
    return Answer(LOOK if value(case.facts, "doc.channel") == "internal" else FAIL, said, shown)


def tie_out(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every percentage printed with a decimal is the formatted value of a fact."""
    if not case.has_facts:
        return Answer(LOOK, "no facts came with the document: its figures cannot be tied to a source")
    allowed = printed_percentages(case.facts) | set(options["ignore"])
    loose = [(number, line) for line in case.reading.lines for number in untied(line.text, allowed)]
    if not loose:
        return Answer(PASS, "every percentage with a decimal is a fact")
    reason = f"not among the facts: {listed(dict.fromkeys(number for number, _ in loose))}"
    return Answer(FAIL, reason, tuple(Evidence(line.page, rounded(line.box), excerpt(line.text)) for _, line in loose))


CHECKS: Mapping[str, CheckFunction] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            statement_present, statement_near, top_of_page1, prominent, size_at_least_predominant, not_obscured,
            not_most_prominent, discrete_periods, performance_labelled, absent_words, no_figures_about, contains_facts,
            days_between, flag, stale_statements, wording_verified, tie_out,
        )
    }
)  # fmt: skip
