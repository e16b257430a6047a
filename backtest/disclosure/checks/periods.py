"""The table of 12-month periods: recomputed from the line of the chart, and held against other performance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, PRODUCTS, Answer, Case, lines_of
from backtest.disclosure.neighbours import same_row
from backtest.disclosure.reading import Line, excerpt, key, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.facts import Fact, Series
from backtest.facts.fact import round_half_up
from backtest.words import words_in

SAME = 1e-9
"""What arithmetic may leave between a figure and the line it is recomputed from."""


def discrete_rounded(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Growth over each 12-month period is ((P1 - P0) / P0) x 100 to `decimals`, and one without data says so."""
    found = [fact for i, fact in case.facts.facts.items() if i.startswith("perf.") and ".discrete." in i]
    if not found:
        return Answer(LOOK, "no facts came with the document: its 12-month periods cannot be recomputed")
    digits = options["decimals"]
    coarse = [fact for fact in found if fact.precision != digits]
    if coarse:
        return Answer(FAIL, f"rounded to {coarse[0].precision} decimals, not {digits}: {coarse[0].label}")
    if any(fact.value is None for fact in found) and not _says_no_data(case):
        return Answer(FAIL, "a period without data does not say so")
    wrong = [text for fact in found if (text := _off(case, fact, digits))]
    if wrong:
        return Answer(FAIL, "; ".join(wrong))
    return Answer(PASS, f"{len(found)} figures of 12-month periods, to {digits} decimal{'s'[: digits != 1]}")


def _says_no_data(case: Case) -> bool:
    blank = key(words_in(case.facts.language)("fact.no_data"))
    return any(blank in key(line.text) for line in case.reading.lines)


def _off(case: Case, fact: Fact, digits: int) -> str:
    """What a figure should be by the line of the chart; '' when it is that, or there is no line to tell."""
    line = case.facts.series.get(f"growth.{fact.id.split('.')[1]}")
    values = _ends(line, fact) if line is not None else None
    if values is None or not isinstance(fact.value, int | float):
        return ""
    growth = values[1] / values[0] - 1.0
    if abs(growth - fact.value) < SAME:
        return ""
    shown, wanted = (round_half_up(one, digits, 100) for one in (fact.value, growth))
    return f"{fact.label} to {fact.as_of} is {shown}%, and the line of the chart gives {wanted}%"


def _ends(line: Series, fact: Fact) -> tuple[float, float] | None:
    """The levels at the beginning and the end of a figure's period."""
    levels = dict(zip(line.dates, line.values, strict=True))
    first, last = (levels.get(day) if day is not None else None for day in (fact.start, fact.as_of))
    return None if not first or last is None else (first, last)


def discrete_prominent(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The product's 12-month figures are at least `least_size` times as large as any other figure of performance, bold
    where others are (`weight`), and stand no later than the first page of others (`page`)."""
    if not case.has_facts:
        return Answer(LOOK, "which figures are those of 12-month periods, a person must say: no facts came along")
    if not any(_values(case, product) for product in PRODUCTS):
        return Answer(PASS, "no 12-month period of the product has a figure yet")
    own = [line for product in PRODUCTS for line in _row_of(case, product)]
    if not own:
        return Answer(LOOK, "the row of the product's 12-month figures was not found")
    taken = {line.indices for line in own}
    others = [line for block in case.blocks for line in block.figures if line.indices not in taken]
    size, bold, page = min(line.size for line in own), all(line.bold for line in own), min(line.page for line in own)
    larger = [line for line in others if size < options["least_size"] * line.size]
    heavier = [line for line in others if options["weight"] and line.bold and not bold]
    earlier = [line for line in others if options["page"] and line.page < page]
    faults = [
        (larger, f"in smaller type, {size:.1f} pt"), (heavier, "in lighter type"), (earlier, f"first on page {page}"),
    ]  # fmt: skip
    for found, how in faults:
        if found:
            worst = max(found, key=lambda line: line.size)
            shown = (Evidence(worst.page, rounded(worst.box), excerpt(worst.text)),)
            said = f"{excerpt(worst.text)!r} is {worst.size:.1f} pt on page {worst.page}"
            return Answer(FAIL, f"the 12-month figures stand {how}, and other performance, {said}", shown)
    return Answer(PASS, f"the 12-month figures, {size:.1f} pt, are no less prominent than {len(others)} other figures")


def _row_of(case: Case, product: str) -> list[Line]:
    """The lines of the row in which all of a product's 12-month figures stand; [] when there is none."""
    printed = _values(case, product)
    if not printed:
        return []
    cells = [*printed, *_values(case, product, blank=True)]
    for page in case.performance_pages:
        lines = lines_of(case, page)
        for first in (line for line in lines if printed[0] in _closed(line.text)):
            row = [line for line in lines if line is first or same_row(line, first)]
            if all(any(text in _closed(line.text) for line in row) for text in cells):
                return [line for line in row if any(text in _closed(line.text) for text in printed)]
    return []


def _values(case: Case, product: str, *, blank: bool = False) -> list[str]:
    """A product's 12-month figures as the sheet prints them, or the words of those without data."""
    facts = case.facts.facts.items()
    mine = [i for i, f in facts if i.startswith(f"perf.{product}.discrete.") and (f.value is None) == blank]
    return [_closed(case.facts.printed(fact_id)) for fact_id in mine]


def _closed(text: str) -> str:
    """Without spaces: "16,9 %" has one of several kinds."""
    return "".join(text.split())


CHECKS = (discrete_rounded, discrete_prominent)
