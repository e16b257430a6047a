"""Printed figures, each held to the fact it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.reading import excerpt, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.disclosure.ties import printed_percentages, untied
from backtest.errors import listed


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


CHECKS = (tie_out,)
