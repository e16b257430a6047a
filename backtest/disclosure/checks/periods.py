"""The table of 12-month periods, recomputed from the line of the chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.reading import key
from backtest.disclosure.rule import Rule
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


CHECKS = (discrete_rounded,)
