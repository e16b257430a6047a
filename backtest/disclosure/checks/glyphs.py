"""What no text tells: whether the letters look like those in the file, and what stands in pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.finding import Evidence
from backtest.disclosure.reading import rounded
from backtest.disclosure.rule import Rule
from backtest.errors import listed


def glyph_truth(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Our fonts draw each letter as they have it; another's font does not contradict the text that goes with it."""
    faults = case.reading.document.glyph_faults
    if not faults:
        return Answer(PASS, "no font draws another letter than the text says, as far as fonts can tell")
    ours = [fault for fault in faults if fault.ours]
    told = ours or list(faults)
    pages = sorted({page for fault in told for page in fault.pages})
    where = f" (page {listed(map(str, pages))})" if pages else ""
    return Answer(FAIL if ours else LOOK, f"{listed(map(str, told), most=5)}{where}")


def pictures_read(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No picture covers more than `most` of a page: a chart or a warning in it cannot be read.

    Our own sheets draw their charts in text and lines, so there it is a fault; elsewhere a person must look.
    """
    found = [
        (page, box, (box[2] - box[0]) * (box[3] - box[1]) / (page.width * page.height))
        for page in case.reading.pages
        for box in page.pictures
    ]
    large = [(page, box, share) for page, box, share in found if share > options["most"]]
    if not large:
        return Answer(PASS, f"no picture covers more than {options['most']:.0%} of a page")
    said = listed(f"{share:.0%} of page {page.number}" for page, _, share in large)
    reason = f"a picture covers {said}; what it shows is no text, and no check can read it"
    evidence = tuple(Evidence(page.number, rounded(box), "a picture") for page, box, _ in large)
    return Answer(FAIL if case.has_facts else LOOK, reason, evidence)


def nothing_active(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The file runs no script, starts nothing, plays nothing and has no form that sends. Attached files are no fault:
    ours carry their facts."""
    active = [one for one in case.reading.document.active_content if one.kind not in options["unless"]]
    if not active:
        return Answer(PASS, "the file runs nothing")
    said = listed(dict.fromkeys(f"{one.kind} ({one.said})" if one.said else one.kind for one in active), most=5)
    return Answer(FAIL, f"the file would act when it is opened or touched: {said}. Nothing of it was run here")


CHECKS = (glyph_truth, nothing_active, pictures_read)
