"""Do the letters on the page look like the letters in the file?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
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


CHECKS = (glyph_truth,)
