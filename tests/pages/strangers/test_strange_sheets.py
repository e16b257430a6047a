"""Sheets drawn in strange ways: each gets the answer that a compliance officer gives who sees it."""

from __future__ import annotations

from datetime import date

import pytest
import sheet_strange as strange
from sheet_strange import changed, said, sheet
from sheet_words import ROWS

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import review
from backtest.disclosure.rule import Context, Outcome

RULES = load_packs()
COMMA = tuple((name, tuple(value.replace(".", ",") for value in values)) for name, values in ROWS)
YOUNG = tuple((name, ("n/a", "n/a", *values[2:])) for name, values in ROWS)
NOWHERE = sheet(past=lambda page, y: y - 24)
PRAISE = "Past performance is not only a reliable indicator of future results, it is all you need."
DENIED = "Your capital is not at risk. Its value cannot fall, and you will never get back less than you put in."


def answers(pdf):
    reviewed = review(read_pdf(pdf), None, RULES, date(2026, 11, 23), Context("retail", ("UK",)))
    return {finding.rule_id: finding for finding in reviewed.findings}, [f.rule_id for f in reviewed.breaches]


FAIR = {
    "as it should be": sheet(),
    "broken by hyphens": sheet(past=lambda page, y: strange.lines(page, y, (
        "These figures refer to the past. Past perfor-", "mance is not a reliable indi-", "cator of future results."))),
    "with soft hyphens": sheet(past=said("These figures refer to the past. Past per\u00adfor\u00admance is not a re"
                                         "\u00adliable indicator of future results.")),
    "decimal commas": sheet(rows=COMMA),
    "no figures before its launch": sheet(rows=YOUNG),
}  # fmt: skip


@pytest.mark.parametrize("name", FAIR)
def test_what_an_officer_waves_through_is_no_breach(name):
    found, breaches = answers(FAIR[name])
    assert breaches == []
    for rule_id in ("PP-02", "PP-05", "GEN-13"):
        assert found[rule_id].outcome == Outcome.PASS, found[rule_id].reason


FOUL = {
    "white on white": (sheet(past=strange.white), ["GEN-09", "PP-05"], "PP-05", "0.0% of it is visible"),
    "under a picture": (sheet(past=strange.under_a_picture), ["GEN-09", "PP-05"], "PP-05", "0.0% of it is visible"),
    "in type of 3 pt": (sheet(past=said(" ".join(strange.PAST), size=3)), ["GEN-08", "PP-05"], "PP-05", "type of 3.0"),
    "up the margin": (sheet(past=strange.up_the_margin), ["GEN-09", "PP-05"], "PP-05", "it is rotated"),
    "on a layer that is off": (
        changed(sheet(), strange.on_a_layer_that_is_off), ["GEN-09", "PP-05"], "PP-05", "0.0% of it is visible",
    ),
    "in a note to open": (sheet(past=strange.in_a_note_to_open), ["PP-05"], "PP-05", "not in the document"),
    "given in place of a greeting": (
        changed(sheet(past=said(strange.GREETING)), strange.for_a_greeting), ["PP-05"], "PP-05", "not in the document",
    ),
    "praise in its words": (sheet(past=said(PRAISE)), ["PP-05"], "PP-05", "not in the document"),
    "the risk denied": (sheet(capital=said(DENIED)), ["GEN-13"], "GEN-13", "not in the document"),
    "figures spelt out in prose": (
        sheet(past=said(""), rows=(), periods=(), heading="Aim", objective="It returned 12.4 per cent last year."),
        ["PP-05"], "PP-05", "not in the document",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUL)
def test_what_an_officer_stops_is_a_breach(name):
    pdf, wanted, rule_id, reason = FOUL[name]
    found, breaches = answers(pdf)
    assert breaches == wanted
    assert reason in found[rule_id].reason


ASKED = {
    "in a form field": (sheet(past=strange.in_a_field), "PP-05", "a field of a form on page 1"),
    "in a note that shows": (changed(NOWHERE, strange.in_a_note_that_shows), "PP-05", "stands in a note"),
    "performance in a picture": (
        sheet(past=said(""), rows=(), periods=(), heading="The fund", besides=strange.a_chart),
        "PP-05", "a picture may show actual performance",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_the_reviewer_cannot_know_is_a_question(name):
    pdf, rule_id, reason = ASKED[name]
    found, breaches = answers(pdf)
    assert breaches == []
    assert found[rule_id].outcome == Outcome.NEEDS_REVIEW
    assert reason in found[rule_id].reason
