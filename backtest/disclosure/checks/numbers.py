"""Printed figures, each held to the fact it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backtest.disclosure import recomputed
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.rule import Evidence, Rule
from backtest.disclosure.ties import Loose
from backtest.errors import listed

NO_FACTS = "no facts came with the document: its figures cannot be tied to a source"
MOST_SHOWN = 12


def tie_out(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every number, day and code printed is a fact, or stands in words that a fact or a rule gives. `ignore`: numbers
    that need no source, as they are printed."""
    if not case.has_facts:
        return Answer(LOOK, NO_FACTS)
    untied = [loose for loose in case.ties.untied if loose.text not in options["ignore"]]
    if not untied:
        return Answer(PASS, f"every one of {case.ties.count} numbers has its source among the facts")
    shown = listed(dict.fromkeys(loose.text for loose in untied), most=MOST_SHOWN)
    return Answer(FAIL, f"not among the facts: {shown}", _evidence(untied))


def figures_in_place(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A figure is that of the row, column, line of a chart or sentence that it stands in."""
    if not case.has_facts:
        return Answer(LOOK, NO_FACTS)
    ties = case.ties
    if not ties.misplaced:
        return Answer(PASS, f"{ties.places_found} of {ties.count} numbers stand beside a label, and are that label's")
    reasons = dict.fromkeys(loose.why for loose in ties.misplaced)
    return Answer(FAIL, "; ".join(list(reasons)[:MOST_SHOWN]), _evidence(ties.misplaced))


def recomputed_figures(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Returns, drawdowns, volatility, tracking error, beta, theme weights and sums of holdings, worked out anew from
    the data behind the charts, are those of the facts."""
    if not case.has_facts:
        return Answer(LOOK, "no facts came with the document: no figure can be worked out anew")
    count, wrong = recomputed.disagreements(case.facts, case.reading.document.attachments)
    if wrong:
        return Answer(FAIL, "; ".join(recomputed.said(other, case.facts.language) for other in wrong[:MOST_SHOWN]))
    if not count:
        return Answer(LOOK, "no data came with the document: no figure can be worked out anew")
    return Answer(PASS, f"{count} figures worked out anew from the attached data, all as the facts have them")


def _evidence(found: Iterable[Loose]) -> tuple[Evidence, ...]:
    return tuple(Evidence(loose.page, loose.box, loose.text) for loose in found)


CHECKS = (
    tie_out,
    figures_in_place,
    recomputed_figures,
)
