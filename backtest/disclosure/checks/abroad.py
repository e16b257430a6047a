"""What rules of the EU, of the US and of GIPS look for: links, small print, exact words, net beside gross, scales."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from backtest.disclosure import lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of, lines_of
from backtest.disclosure.checks.words import names_in
from backtest.disclosure.figures import DECIMAL, Block
from backtest.disclosure.neighbours import same_row
from backtest.disclosure.phrases import any_word
from backtest.disclosure.reading import SAME_SIZE, Line, Passage, excerpt, key, rounded
from backtest.disclosure.rule import PLACEHOLDER, Evidence, Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed
from backtest.words import reader_words

MARK = re.compile(r"^\s*(?:[*†‡§¹²³⁴]|\(?\d\)\s)")
"""How a footnote begins."""
YEAR = re.compile(r"(?:19|20)\d\d")
SATURDAY = 5
"""The first day of a week's end, as `weekday` counts."""
NEXT_ROW = 2.0
"""Sizes of type from the head of a column down to its first figure, at most."""


def live_links(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The address of each listed fact is the target of a link in the PDF, not only printed."""
    targets = [_address(link) for link in case.reading.document.links]
    unknown = [fact_id for fact_id in options["facts"] if value(case.facts, fact_id) is None]
    if unknown:
        said = f"{len(targets)} links in the PDF; not among the facts: {listed(unknown)}"
        return Answer(FAIL if case.has_facts or not targets else LOOK, said)
    wanted = {fact_id: str(value(case.facts, fact_id)) for fact_id in options["facts"]}
    dead = [text for text in wanted.values() if not any(t.startswith(_address(text)) for t in targets)]
    if dead:
        return Answer(FAIL, f"no live link leads to {listed(dead)}")
    return Answer(PASS, f"live links lead to {listed(wanted.values())}")


def _address(text: str) -> str:
    """An address without what browsers add to it."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", text.strip().casefold()).rstrip("/")


def not_by_link_alone(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No sentence sends the reader elsewhere for what must be said here: the risks are said in the document."""
    sent = [s for s in case.reading.sentences if any_word(tuple(options["phrases"])).search(s.text)]
    if sent and not case.warnings:
        return Answer(FAIL, "the reader is sent elsewhere for risks, and none is said here", evidence_of(case, sent))
    if not case.warnings:
        return Answer(LOOK, "no risk text was recognised, and nobody is sent elsewhere for one")
    return Answer(PASS, f"{len(case.warnings)} risk texts stand in the document")


def not_only_small_print(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each risk that is said is said outside footnotes, headers and footers as well."""
    if not case.warnings:
        return Answer(LOOK, "no risk text was recognised")
    found: dict[str, list[Passage]] = {}
    for name, passage in case.warnings:
        found.setdefault(name, []).append(passage)
    hidden = {name: passages for name, passages in found.items() if all(_is_small_print(case, p) for p in passages)}
    if hidden:
        shown = evidence_of(case, [p for passages in hidden.values() for p in passages])
        return Answer(FAIL, f"said in footnotes or margins alone: {listed(hidden)}", shown)
    return Answer(PASS, f"{len(found)} risks are said in the text")


def _is_small_print(case: Case, passage: Passage) -> bool:
    pages = case.reading.by_page(passage)
    margins = all(case.page(page).in_band(case.reading.box(passage, page)) for page in pages)
    return margins or bool(MARK.match(_line_of(case, passage).text))


def _line_of(case: Case, passage: Passage) -> Line:
    first = passage.indices[0]
    return next(line for line in case.reading.lines if first in line.indices)


def exact_text(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each of `texts` stands in the document word for word and sign for sign; a fact that is not known may be any."""
    whole = " ".join(" ".join(line.text for line in case.reading.lines).split())
    joined = re.sub(r"(?<=\w)[\u00ad\u2010-] (?=[a-z])", "", whole)
    lost = [text for text in options["texts"] if not any(_pattern(case, text).search(t) for t in (whole, joined))]
    if lost:
        named = [PLACEHOLDER.sub(lambda place: f"[{place.group(1).split('.', 1)[-1]}]", text) for text in lost]
        return Answer(FAIL, f"not in the document word for word: {listed(map(repr, named))}")
    return Answer(PASS, f"{len(options['texts'])} exact texts found")


def _pattern(case: Case, text: str) -> re.Pattern[str]:
    parts = re.split(PLACEHOLDER, text)
    names = {part: value(case.facts, part) for part in parts[1::2]}
    spelt = [
        re.escape(part) if k % 2 == 0 else re.escape(str(names[part])) if names[part] else r"\S.{0,120}?"
        for k, part in enumerate(parts)
    ]
    if len(spelt) > 2 and not parts[0] and not names[parts[1]]:
        spelt[1] = r"(?<=\S)\s?"  # any text before the words: looked for from the words, not from each letter
    return re.compile("".join(spelt).replace(r"\ ", r"\s"))


def net_beside_gross(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Figures called gross have figures called net in the same block, in type of the same size."""
    gross = [b for b in case.blocks if any_word(tuple(options["gross"])).search(b.words)]
    if not gross:
        return Answer(FAIL, "figures before charges are shown, and none is called gross")
    alone = [b for b in gross if not any_word(tuple(options["net"])).search(b.words)]
    if alone:
        return Answer(FAIL, "figures called gross stand without net ones beside them", _of_blocks(alone))
    uneven = [b for b in gross if _spread(b) > SAME_SIZE]
    if uneven:
        return Answer(FAIL, "gross and net figures are not of the same size", _of_blocks(uneven))
    return Answer(PASS, "net figures stand beside gross ones, in the same size", _of_blocks(gross))


def _spread(block: Block) -> float:
    sizes = [line.size for line in block.figures]
    return max(sizes) - min(sizes)


def _of_blocks(blocks: Iterable[Block]) -> tuple[Evidence, ...]:
    return tuple(Evidence(b.page, rounded(b.box), excerpt(b.words)) for b in blocks)


def total_beside_extract(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A page that shows a characteristic before charges calls it so, and has the total portfolio gross and net."""
    if not case.has_facts:
        return Answer(LOOK, "no facts came with the document: whether a characteristic is before charges is not known")
    gross, net = any_word(tuple(options["gross"])), any_word(tuple(options["net"]))
    prefixes = tuple(options["prefixes"])
    labels = [key(f.label) for i, f in case.facts.facts.items() if i.startswith(prefixes) and f.charges == "gross"]
    faults = []
    for page in case.reading.pages:
        text = " ".join(line.text for line in lines_of(case, page.number))
        words = " ".join(block.words for block in case.blocks if block.page == page.number)
        if any(label in key(words) for label in labels):
            faults += [] if gross.search(text) else [f"page {page.number} does not call its characteristics gross"]
            both = gross.search(words) and net.search(words)
            faults += [] if both else [f"page {page.number} lacks the total portfolio, gross and net"]
    return Answer(FAIL if faults else PASS, "; ".join(faults) or "the total portfolio stands beside each extract")


def standard_periods(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Performance over each of `columns`, in any of its wordings, each in type as large and as heavy as the others, up
    to the last calendar year-end or later. `years`: how long each is; in place of what is longer than the record its
    whole life will do, in one of the words `life`."""
    words = " ".join(block.words for block in case.blocks)
    lacking = [
        (wordings[0], years)
        for wordings, years in zip(options["columns"], options["years"], strict=True)
        if not any_word(tuple(wordings)).search(words)
    ]
    lived, life = _years_of_record(case), any_word(tuple(options["life"])).search(words)
    if life and lived is None and lacking:
        said = f"since when there are figures, a person must say: nothing over {listed(name for name, _ in lacking)}"
        return Answer(LOOK, f"{said}, but {life.group()!r}")
    lost = [name for name, years in lacking if not (life and lived is not None and lived < years)]
    if lost:
        old = f"; the record is {lived:.1f} years old" if lived is not None else ""
        return Answer(FAIL if case.has_facts else LOOK, f"no performance is shown over {listed(lost)}{old}")
    uneven = _uneven(case, options["columns"])
    if uneven:
        return Answer(FAIL, f"some of the periods are set larger or heavier than {listed(uneven)}")
    end, published = value(case.facts, "doc.as_of"), value(case.facts, "doc.published")
    if not isinstance(end, date) or not isinstance(published, date):
        return Answer(LOOK, "the periods are there; until when they go, a person must say")
    if end < date(published.year - 1, 12, 31) and (end.month, end.day) != (12, 31):
        return Answer(FAIL, f"the periods end {end}, before the last calendar year-end, {published.year - 1}-12-31")
    return Answer(PASS, f"{len(options['columns'])} periods, up to {end}")


def _uneven(case: Case, columns: Sequence[Sequence[str]]) -> list[str]:
    """The columns, by their first wording, whose figures are smaller or lighter than those of another: of figures under
    or beside several heads of one column, the largest counts."""
    cells = [line for page in case.performance_pages for line in lines_of(case, page)]
    shown = [line for line in cells if DECIMAL.search(line.text)]
    looks = dict[str, tuple[float, bool]]()
    for wordings in columns:
        heads = [line for line in cells if any_word(tuple(wordings)).search(line.text)]
        found = [figure for head in heads for figure in _figures_of(head, shown)]
        if found:
            looks[wordings[0]] = max(one.size for one in found), any(one.bold for one in found)
    largest, bold = max((look[0] for look in looks.values()), default=0.0), any(look[1] for look in looks.values())
    return [name for name, look in looks.items() if look[0] < largest - SAME_SIZE or look[1] < bold]


def _figures_of(head: Line, figures: Sequence[Line]) -> list[Line]:
    """Those right below a head, or the one beside it."""
    beside = min((f for f in figures if _beside(head, f)), key=lambda f: f.box[0], default=None)
    below = [figure for figure in figures if _heads(head, figure)]
    return below or ([beside] if beside else [])


def _beside(head: Line, figure: Line) -> bool:
    return same_row(head, figure) and figure.box[0] >= head.box[2]


def _years_of_record(case: Case) -> float | None:
    """How long there have been actual figures; None where the facts do not say."""
    begun = value(case.facts, "live.start") or value(case.facts, "fund.launch")
    end = value(case.facts, "doc.as_of")
    return (end - begun).days / 365.25 if isinstance(begun, date) and isinstance(end, date) else None


def calendar_years(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """`count` calendar years, back to back, up to the last complete one, each with its figure or with "no data"; fewer
    for a fund that is younger. A year on the axis of a chart has neither."""
    found = {year for page in case.performance_pages for year in _years_with_figures(lines_of(case, page))}
    end, days = value(case.facts, "doc.as_of"), (value(case.facts, key) for key in ("fund.launch", "live.start"))
    last = end.year - (0 if _ends_year(end) else 1) if isinstance(end, date) else max(found, default=0)
    lived = last - min((day.year for day in days if isinstance(day, date)), default=last - options["count"])
    wanted = max(0, min(options["count"], lived))
    lost = [str(year) for year in range(last - wanted + 1, last + 1) if year not in found]
    if lost:
        return Answer(FAIL if case.has_facts else LOOK, f"calendar years that are not shown: {listed(lost)}")
    return Answer(PASS, f"{wanted} calendar years up to {last}")


def _years_with_figures(lines: Sequence[Line]) -> set[int]:
    """Years that head a column of figures, or begin a row of them."""
    shown = [line for line in lines if DECIMAL.search(line.text) or _is_blank(line.text)]
    heads = [line for line in lines if YEAR.fullmatch(line.text.strip())]
    return {int(head.text) for head in heads if any(_heads(head, one) or _beside(head, one) for one in shown)}


def _heads(head: Line, figure: Line) -> bool:
    """`figure` stands below `head`, in its column, on the next row."""
    across = min(head.box[2], figure.box[2]) - max(head.box[0], figure.box[0])
    return across > 0 and 0 <= figure.box[1] - head.box[3] <= NEXT_ROW * head.size


def _is_blank(text: str) -> bool:
    return any(blank.casefold() in text.casefold() for blank in reader_words("blank"))


def _ends_year(day: date) -> bool:
    """Whether the day is the last weekday of its year, or later."""
    later = (date(day.year, 12, number) for number in range(day.day + 1, 32))
    return day.month == 12 and all(one.weekday() >= SATURDAY for one in later)


def one_risk_scale(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A risk class names its scale, that of the facts, and never two scales stand on one sheet."""
    computed = "SRI" if any(f"risk.{who}.sri" in case.facts.facts for who in ("strategy", "actual")) else "SRRI"
    other = "SRRI" if computed == "SRI" else "SRI"
    found = {
        scale: [s for s in case.reading.sentences if any_word(tuple(options[scale.casefold()])).search(s.text)]
        for scale in (computed, other)
    }
    mine, theirs = found[computed], found[other]
    if theirs:
        beside = f" beside the {computed}" if mine else f", and the class is computed on the scale of the {computed}"
        return Answer(FAIL, f"names the scale of the {other}{beside}", evidence_of(case, theirs))
    if not mine:
        return Answer(FAIL if case.has_facts else LOOK, "a risk class is computed, and its scale is not named")
    return Answer(PASS, "one scale is named", evidence_of(case, mine))


def classified_words(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Words on sustainability stand only where the product's classification, a fact, is one of `allowed`."""
    names = names_in(case.facts)
    pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4), (), names)
    hits = [(h.word, s) for s in case.reading.sentences for h in lexicon.forbidden(s.text, options["words"], *pardons)]
    if not hits:
        return Answer(PASS, f"none of its {len(options['words'])} words is used")
    said = listed(dict.fromkeys(repr(word) for word, _ in hits))
    found, shown = value(case.facts, options["fact"]), evidence_of(case, [s for _, s in hits])
    if found is None:
        return Answer(LOOK, f"says {said}; the product's classification is not known", shown)
    agrees = found in options["allowed"]
    return Answer(PASS if agrees else FAIL, f"says {said}; the product's classification is {found}", shown)


def absent_while_pending(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """None of `words` is said while the rule that would allow it is not known to be in force."""
    names = names_in(case.facts)
    pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4), (), names)
    hits = [(h.word, s) for s in case.reading.sentences for h in lexicon.forbidden(s.text, options["words"], *pardons)]
    day = value(case.facts, "doc.published")
    later = isinstance(day, date) and day > options["last_seen"]
    status = f"its status on {day} is not known" if later else "it was not approved"
    filed = f"{options['filing']}, filed {options['filed']}, was pending on {options['last_seen']}; {status}"
    if not hits:
        return Answer(PASS, f"nothing is projected ({filed})")
    said = listed(dict.fromkeys(repr(word) for word, _ in hits))
    return Answer(FAIL, f"says {said}; {filed}", evidence_of(case, [s for _, s in hits]))


CHECKS = (
    live_links, not_by_link_alone, not_only_small_print, exact_text, net_beside_gross, total_beside_extract,
    standard_periods, calendar_years, one_risk_scale, classified_words, absent_while_pending,
)  # fmt: skip
