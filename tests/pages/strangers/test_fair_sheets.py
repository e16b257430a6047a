"""Sheets that other houses would print, by other programs: what a compliance officer would let pass is no breach, and
the same sheet without one of its warnings is.

Twenty sheets of ten layouts by three programs, in four wordings, their twelve-month periods headed in twelve ways.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sheet_drawn as drawn
import sheet_layouts as layouts
from printers import PRINTERS
from sheet_words import BRIEF, GUIDE, LEGAL, PERIODS, PLAIN

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import review
from backtest.disclosure.rule import Context, Outcome

ON = date(2026, 11, 23)
RULES = load_packs()
SHEETS = {
    "chromium, one column": ("chromium", layouts.single, PLAIN, "long dates"),
    "chromium, sidebar": ("chromium", layouts.sidebar, GUIDE, "short dates"),
    "chromium, dark band": ("chromium", layouts.band, LEGAL, "dots"),
    "chromium, two columns": ("chromium", layouts.columns, BRIEF, "year to"),
    "chromium, footnotes": ("chromium", layouts.footnoted, PLAIN, "twelve months ended"),
    "chromium, three blocks on a wide page": ("chromium", layouts.landscape, GUIDE, "months"),
    "chromium, two pages": ("chromium", layouts.two_pages, LEGAL, "dashed months"),
    "chromium, sidebar, a second house": ("chromium", layouts.sidebar, PLAIN, "american"),
    "office, one column": ("office", layouts.single, GUIDE, "month to month"),
    "office, footnotes": ("office", layouts.footnoted, LEGAL, "quarter"),
    "office, two columns": ("office", layouts.columns, BRIEF, "american"),
    "office, two pages": ("office", layouts.two_pages, PLAIN, "iso"),
    "office, dark band": ("office", layouts.band, GUIDE, "long dates"),
    "reportlab, report": ("reportlab", drawn.report, LEGAL, "apostrophe"),
    "reportlab, newspaper": ("reportlab", drawn.newspaper, BRIEF, "long dates"),
    "reportlab, leaflet": ("reportlab", drawn.leaflet, PLAIN, "short dates"),
    "reportlab, report, a second house": ("reportlab", drawn.report, GUIDE, "dots"),
    "reportlab, newspaper, a second house": ("reportlab", drawn.newspaper, LEGAL, "year to"),
    "reportlab, leaflet, a second house": ("reportlab", drawn.leaflet, BRIEF, "twelve months ended"),
    "reportlab, report, a third house": ("reportlab", drawn.report, PLAIN, "months"),
}
FAULTS = {
    "no warning about the past": ({"past": "Figures are unaudited."}, "PP-05"),
    "no warning about capital": ({"capital": "The fund is open to all."}, "GEN-13"),
    "a promise": ({"objective": "The Fund is a safe home for savings, and its return is guaranteed."}, "TXT-01"),
}
ONE_OF_EACH = ("chromium, sidebar, a second house", "office, two pages", "reportlab, report, a third house")


def sheets():
    """What is printed: each fair sheet, and one sheet of each program with each fault, by a name for a file."""
    asked = {f"{number:02}": (*SHEETS[name], {}) for number, name in enumerate(SHEETS)}
    for sheet in ONE_OF_EACH:
        for number, (change, _) in enumerate(FAULTS.values()):
            asked[f"{list(SHEETS).index(sheet):02}-{number}"] = (*SHEETS[sheet], change)
    first = ONE_OF_EACH[0]
    asked[f"{list(SHEETS).index(first):02}-documents"] = (*SHEETS[first], {"documents": "Write to us for more."})
    return asked


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The PDFs of all sheets by name; each program is started once."""
    made, waiting = {}, {printer: {} for printer in PRINTERS}
    for name, (printer, layout, wording, periods, change) in sheets().items():
        page = layout(replace(wording, **change), PERIODS[periods])
        (made if printer == "reportlab" else waiting[printer])[name] = page
    for printer, pages in waiting.items():
        made |= PRINTERS[printer](pages, tmp_path_factory.mktemp(printer))
    return made


def test_what_it_cannot_know_is_a_question(printed):
    """Whether a stranger's sheet is about a fund, and so needs its documents named, a person must say."""
    number = f"{list(SHEETS).index(ONE_OF_EACH[0]):02}-documents"
    found, breaches = answers(printed[number])
    assert breaches == ()
    assert found["DOC-01-2026"].outcome == Outcome.NEEDS_REVIEW
    assert "whether this is a fund" in found["DOC-01-2026"].reason


def answers(pdf):
    reviewed = review(read_pdf(pdf), None, RULES, ON, Context(audience="retail", jurisdictions=("UK",)))
    return {finding.rule_id: finding for finding in reviewed.findings}, reviewed.breaches


@pytest.mark.parametrize("number", range(len(SHEETS)), ids=SHEETS)
def test_a_fair_sheet_has_no_breach(printed, number):
    found, breaches = answers(printed[f"{number:02}"])
    assert {finding.rule_id: finding.reason for finding in breaches} == {}
    for rule_id in ("PP-02", "PP-05", "GEN-13"):  # and not because nothing was found
        assert found[rule_id].outcome == Outcome.PASS, found[rule_id].reason


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("sheet", ONE_OF_EACH)
def test_the_same_sheet_with_a_fault_is_a_breach(printed, sheet, fault):
    _, rule_id = FAULTS[fault]
    number = f"{list(SHEETS).index(sheet):02}-{list(FAULTS).index(fault)}"
    found, breaches = answers(printed[number])
    assert [finding.rule_id for finding in breaches] == [rule_id], found[rule_id].reason
