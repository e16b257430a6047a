"""Checks on one statement: where it stands, and whether it can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from backtest.disclosure import figures
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of, pages_of
from backtest.disclosure.document import Box
from backtest.disclosure.figures import Block
from backtest.disclosure.reading import Passage, excerpt, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.errors import listed

# Where a statement stands


def statement_present(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The statement is on the pages that need it. scope: any, page1, every_page, every_performance_page."""
    found = case.passages[rule.id]
    if not found:
        return Answer(FAIL, "the statement is not in the document")
    pages = {page for passage in found for page in case.reading.by_page(passage)}
    missing = [page for page in pages_of(case.about(rule), options["scope"]) if page not in pages]
    evidence = evidence_of(case, found)
    if missing:
        return Answer(FAIL, f"the statement is not on page {listed(map(str, missing))}", evidence)
    return Answer(PASS, f"found on page {listed(map(str, sorted(pages)))}", evidence)


def statement_near(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every block of performance figures has the statement within max_gap of the page height."""
    found, limit = case.passages[rule.id], options["max_gap"]
    if not found:
        return Answer(FAIL, "the statement is not in the document")
    worst = Answer(PASS, "no block of performance figures was found")
    farthest = -1.0
    for block in case.about(rule).blocks:
        distance, reason, evidence = _nearest(case, block, found)
        if distance > farthest:
            farthest = distance
            worst = Answer(FAIL if distance > limit else PASS, f"{reason}; at most {limit:.2f}", evidence)
    return worst


def _nearest(case: Case, block: Block, found: Iterable[Passage]) -> tuple[float, str, tuple[Evidence, ...]]:
    """(distance in page heights, where the nearest passage stands, evidence) for one block."""
    here = [(case.reading.box(p, block.page), p) for p in found if block.page in case.reading.by_page(p)]
    shown = Evidence(block.page, rounded(block.box), excerpt(block.words))
    if not here:
        return float("inf"), f"page {block.page} shows performance without the statement", (shown,)
    box, passage = min(here, key=lambda item: figures.gap(item[0], block.box))
    height = case.page(block.page).height
    distance = figures.gap(box, block.box) / height
    reason = f"the warning stands {distance:.2f} of a page {_side(box, block.box)} the figures of page {block.page}"
    return distance, reason, (Evidence(block.page, rounded(box), excerpt(passage.text)), shown)


def _side(box: Box, block: Box) -> str:
    if box[1] >= block[3]:
        return "below"
    return "above" if box[3] <= block[1] else "beside"


def top_of_page1(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The statement stands in the top part of page 1, so not only in the last block."""
    found, limit = case.passages[rule.id], options["max_top"]
    if not found:
        return Answer(FAIL, "the statement is not in the document")
    first = [p for p in found if 1 in case.reading.by_page(p)]
    if not first:
        return Answer(FAIL, "the statement is not on page 1", evidence_of(case, found))
    height = case.page(1).height
    best = min(first, key=lambda p: case.reading.box(p, 1)[1])
    place = case.reading.box(best, 1)[1] / height
    reason = f"stands {place:.2f} of a page from the top of page 1; at most {limit:.2f}"
    return Answer(PASS if place <= limit else FAIL, reason, evidence_of(case, [best]))


# How a statement looks


def prominent(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The copies that look as they must are enough: the rule's other checks hold for them alone."""
    found = case.passages[rule.id]
    if not found:
        return Answer(FAIL, "the statement is not in the document")
    faults = {passage: _faults(case, passage, options) for passage in found}
    good = tuple(passage for passage in found if not faults[passage])
    others = [check for check in rule.checks if check.kind in PLACES]
    alone = replace(case, passages={**case.passages, rule.id: good})
    if good and all(PLACES[c.kind](alone, rule, c.options).outcome == PASS for c in others):
        said = "it is prominent" if len(found) == 1 else f"{len(good)} of {len(found)} copies are prominent"
        return Answer(PASS, said, evidence_of(case, good))
    if not any(faults.values()):
        return Answer(PASS, "every copy is prominent", evidence_of(case, good))
    poor = [passage for passage in found if faults[passage]]
    return Answer(FAIL, "; ".join(dict.fromkeys(faults[p] for p in poor)), evidence_of(case, poor))


def _faults(case: Case, passage: Passage, options: Mapping[str, Any]) -> str:
    """Why a passage is not prominent, with numbers; '' when it is."""
    wanted = case.predominant if options["min_size"] == "predominant" else float(options["min_size"])
    return "; ".join(
        fault
        for fault in (
            _too_small(case, passage, wanted, options["min_size"]),
            _obscured(case, passage, options),
            "" if options["margin_band"] else _in_margin(case, passage),
        )
        if fault
    )


def _too_small(case: Case, passage: Passage, wanted: float, rule_of: object) -> str:
    size = case.reading.smallest(passage)
    named = "the predominant size is" if rule_of == "predominant" else "at least"
    return f"type of {size:.1f} pt; {named} {wanted:.1f} pt" if size < wanted - 0.05 else ""


def _obscured(case: Case, passage: Passage, options: Mapping[str, Any]) -> str:
    seen = case.reading.document.visibility(passage.indices)
    turned = sum(not case.reading.characters[i].upright for i in passage.indices)
    faults = [
        (seen.visible < options["min_visible"], f"{seen.visible:.1%} of it is visible"),
        (
            seen.visible > 0 and seen.contrast < options["min_contrast"] - 0.005,
            f"contrast {seen.contrast:.1f}:1; at least {options['min_contrast']}:1",
        ),
        (seen.struck > options["max_struck"], f"{seen.struck:.0%} of it is struck out"),
        (turned > 0.1 * len(passage.indices), "it is rotated"),
    ]
    return "; ".join(text for wrong, text in faults if wrong)


def _in_margin(case: Case, passage: Passage) -> str:
    for page in case.reading.by_page(passage):
        if case.page(page).in_band(case.reading.box(passage, page)):
            return f"on page {page} it stands in the margin, where headers and footers are"
    return ""


def size_at_least_predominant(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every risk text is as large as the predominant text."""
    if not case.warnings:
        return Answer(LOOK, "no risk text was recognised")
    small = [(name, p) for name, p in case.warnings if _too_small(case, p, case.predominant, "predominant")]
    if not small:
        return Answer(PASS, f"{len(case.warnings)} risk texts, predominant size {case.predominant:.1f} pt")
    sizes = ", ".join(f"{name} {case.reading.smallest(p):.1f} pt" for name, p in small)
    reason = f"risk text below the predominant size of {case.predominant:.1f} pt: {sizes}"
    return Answer(FAIL, reason, evidence_of(case, [p for _, p in small]))


def not_obscured(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Every risk text reaches the eye: visible, contrasting, not struck out, not turned."""
    if not case.warnings:
        return Answer(LOOK, "no risk text was recognised")
    hidden = [(name, p, fault) for name, p in case.warnings if (fault := _obscured(case, p, options))]
    if not hidden:
        return Answer(PASS, f"{len(case.warnings)} risk texts are plain to see")
    reason = "; ".join(f"{name}: {fault}" for name, _, fault in hidden)
    return Answer(FAIL, reason, evidence_of(case, [p for _, p, _ in hidden]))


PLACES = {"statement_present": statement_present, "statement_near": statement_near, "top_of_page1": top_of_page1}


CHECKS = (
    statement_present,
    statement_near,
    top_of_page1,
    prominent,
    size_at_least_predominant,
    not_obscured,
)
