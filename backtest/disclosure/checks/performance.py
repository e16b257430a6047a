"""Where performance stands, which periods it covers, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from backtest.disclosure import dates, figures, lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, PRODUCTS, Answer, Case, lines_of, says
from backtest.disclosure.figures import Block
from backtest.disclosure.reading import Line, excerpt, key, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed
from backtest.words import reader_words

PERCENTAGE = re.compile(r"[+−-]?\d[\d.,]*\s?%")
NO_PERIODS = Answer(PASS, "no discrete periods among the facts")


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
    years = dates.back_to_back(_up_to_the_latest(case, [p for p in periods if p.is_year]))
    stubs = [p for p in periods if not p.is_year and 6 <= p.months <= 18 and not _is_whole_period(case, p)]
    if not case.has_facts:  # another house's sheet may show the year so far elsewhere: only one in the chain is a fault
        stubs = [p for p in stubs if years and (p.begins == years[-1].end.number or p.end.number == years[0].begins)]
        stubs = [p for p in stubs if not p.start.ends_month or not p.end.ends_month or p.months < 12]
    blanks = sum(text.casefold().count(blank.casefold()) for text in texts for blank in reader_words("blank"))
    if stubs:
        return Answer(FAIL, f"{stubs[0]} is not a complete 12-month period that ends with a month")
    if case.has_both:
        return _of_both(case, periods, options["count"])
    if len(years) >= options["count"]:
        return _values_of(case, years, options["count"])
    said = f"{len(years)} complete 12-month periods found, back to back; {options['count']} are needed"
    if not case.has_facts:
        return Answer(LOOK, f"{said}. They may be written in a form this reader does not know")
    if len(years) + blanks >= options["count"]:
        return _values_of(case, years, options["count"])
    return Answer(FAIL, said)


def _up_to_the_latest(case: Case, years: list[dates.Period]) -> list[dates.Period]:
    """The periods that end as those of the facts do, where there are some: calendar years may stand beside them."""
    facts = (case.facts.facts.get(f"perf.{product}.discrete.1") for product in PRODUCTS)
    ends = [fact.as_of for fact in facts if fact is not None and fact.as_of is not None]
    return [year for year in years if any(year.end.month == end.month for end in ends)] or years


def _of_both(case: Case, periods: tuple[dates.Period, ...], count: int) -> Answer:
    """The periods of a record and those of the simulation before it, each up to its own last month."""
    answers = []
    for product in (p for p in PRODUCTS if f"perf.{p}.discrete.1" in case.facts.facts):
        last = case.facts.facts[f"perf.{product}.discrete.1"].as_of
        end = 0 if last is None else 12 * last.year + last.month
        own = [p for p in periods if p.is_year and p.end.month == (end - 1) % 12 + 1]
        years = dates.back_to_back([p for p in own if end - 12 * count < p.end.number <= end])
        said = f"{len(years)} complete 12-month periods of {product} figures found; {count} are needed"
        answers.append(_values_of(case, years, count, product) if len(years) == count else Answer(FAIL, said))
    return max(answers, key=lambda answer: answer.outcome, default=NO_PERIODS)


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
    for part in ("sim", "live"):
        ends = [value(case.facts, f"{part}.{word}") for word in ("start", "end")]
        if [dates.long_day(day) for day in ends if isinstance(day, date)] == [str(period.start), str(period.end)]:
            return True
    return False


def _values_of(case: Case, years: tuple[dates.Period, ...], count: int, product: str = "") -> Answer:
    """The figures of the periods are those of the facts, and the latest period is the latest there is.

    product: strategy or actual; the one whose figures there are when it is not said.
    """
    product = product or next((p for p in PRODUCTS if f"perf.{p}.discrete.1" in case.facts.facts), PRODUCTS[0])
    said = f"{len(years)} complete 12-month periods up to {years[-1].end_text}" if years else "no complete period yet"
    latest = case.facts.facts.get(f"perf.{product}.discrete.1")
    if latest is None:
        return Answer(PASS, said)
    if years and latest.as_of and not years[-1].ends_in(latest.as_of):
        return Answer(
            FAIL, f"the latest period ends {years[-1].end_text}; it should end {dates.long_day(latest.as_of)}"
        )
    printed = key(" ".join(line.text for page in case.performance_pages for line in lines_of(case, page)))
    facts = [
        case.facts.facts[i] for k in range(1, count + 1) if (i := f"perf.{product}.discrete.{k}") in case.facts.facts
    ]
    figures_of = [case.facts.printed(fact.id) for fact in facts]
    lost = [text for text in figures_of if key(text).rstrip("%") not in printed]
    return Answer(FAIL, f"figures of 12-month periods are missing: {listed(lost)}") if lost else Answer(PASS, said)


def performance_labelled(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every block of performance figures carries one of `words` in its heading, labels or axis.

    Beside a live record a block may call its figures actual instead, if each of them is one of the actual facts.
    """
    bare = [b for b in case.blocks if not lexicon.forbidden(b.words, options["words"])]
    if case.has_both:
        bare = [b for b in bare if not says(b, "actual") or _not_actual(case, b)]
    if not bare:
        return Answer(PASS, f"{len(case.blocks)} blocks of figures, each labelled")
    reason = f"{len(bare)} of {len(case.blocks)} blocks of figures do not say {options['words'][0]!r}"
    called = [number for b in bare if says(b, "actual") for number in _not_actual(case, b)]
    if called:
        reason += f"; called actual and not among the actual facts: {listed(dict.fromkeys(called))}"
    return Answer(FAIL, reason, tuple(Evidence(b.page, rounded(b.box), excerpt(b.words)) for b in bare))


def _not_actual(case: Case, block: Block) -> tuple[str, ...]:
    """Percentages of a block that no actual fact prints."""
    facts = case.facts.facts
    allowed = {key(case.facts.printed(i)) for i, fact in facts.items() if fact.basis == "actual"}
    shown = (number for line in block.figures for number in PERCENTAGE.findall(line.text))
    return tuple(number for number in shown if key(number) not in allowed)


def parts_not_linked(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No figure and no line reaches over the day on which actual figures begin, and each page with performance says
    that day."""
    live = value(case.facts, "live.start")
    if not isinstance(live, date):
        return Answer(LOOK, "whether actual figures are linked to simulated ones, a person must say")
    linked = [
        fact.id
        for fact in case.facts.facts.values()
        if fact.value is not None
        and fact.id.startswith(("perf.", "risk."))
        and _reaches_over(fact.basis, fact.start, fact.as_of, live)
    ]
    linked += [
        line.id
        for line in case.facts.series.values()
        if line.id.startswith(("growth.", "drawdown.")) and line.dates
        and _reaches_over(line.basis, line.dates[0], line.dates[-1], live)
    ]  # fmt: skip
    if linked:
        return Answer(FAIL, f"reaches over {dates.long_day(live)}, when actual figures begin: {listed(linked)}")
    day = key(case.facts.printed("live.start"))
    silent = [p for p in case.performance_pages if day not in key(" ".join(x.text for x in lines_of(case, p)))]
    if silent:
        said = f"actual figures begin on {case.facts.printed('live.start')}"
        return Answer(FAIL, f"page {listed(map(str, silent))} does not say that {said}")
    return Answer(PASS, f"actual figures begin anew on {dates.long_day(live)}, and each page with performance says so")


def _reaches_over(basis: str, start: date | None, end: date | None, live: date) -> bool:
    if basis == "simulated":
        return end is not None and end > live
    return basis == "actual" and start is not None and start < live


CHECKS = (
    not_most_prominent,
    discrete_periods,
    performance_labelled,
    parts_not_linked,
)
