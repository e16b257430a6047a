"""Where performance stands, which periods it covers, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backtest.disclosure import dates, figures, lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, lines_of
from backtest.disclosure.figures import Block
from backtest.disclosure.reading import Line, excerpt, key, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.errors import listed
from backtest.words import reader_words


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
    periods = (*dates.periods(" ".join(texts)), *_in_columns(case))
    years = dates.back_to_back([p for p in periods if p.is_year])
    stubs = [p for p in periods if not p.is_year and 6 <= p.months <= 18 and not _is_whole_period(case, p)]
    if not case.has_facts:  # another house's sheet may show the year so far elsewhere: only one in the chain is a fault
        stubs = [p for p in stubs if years and (p.begins == years[-1].end.number or p.end.number == years[0].begins)]
        stubs = [p for p in stubs if not p.start.ends_month or not p.end.ends_month or p.months < 12]
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


def _in_columns(case: Case) -> tuple[dates.Period, ...]:
    """Periods that no line spells: a date above another at the head of a column, and a year above its figure."""
    found: list[dates.Period] = []
    for page in case.performance_pages:
        lines = lines_of(case, page)
        days = [(line, day) for line in lines if (day := dates.single(line.text))]
        for upper, start in days:
            under = [end for lower, end in days if _right_under(upper, lower) and end.number > start.number]
            found += [dates.Period(start, end) for end in under]
        shown = [line for block in case.blocks if block.page == page for line in block.figures]
        for line in lines:
            year = dates.calendar_year(line.text)
            if year and any(figures.DECIMAL.search(f.text) and _right_under(line, f) for f in shown):
                found.append(year)
    return tuple(found)


def _right_under(upper: Line, lower: Line) -> bool:
    """`lower` stands below `upper`, in its column, with nothing of a line's height between them."""
    across = min(upper.box[2], lower.box[2]) - max(upper.box[0], lower.box[0])
    return across > 0 and 0 <= lower.box[1] - upper.box[3] <= 1.3 * upper.size


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


CHECKS = (
    not_most_prominent,
    discrete_periods,
    performance_labelled,
)
