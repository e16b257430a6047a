"""A review as one page for a browser: the gate, the open findings, pictures of the pages with the evidence boxed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from backtest.disclosure.document import Document
from backtest.disclosure.finding import Evidence, Finding, Outcome
from backtest.disclosure.plain import GATE_HEADING, UNVERIFIED
from backtest.disclosure.report.pictures import Chip, Mark, Picture, page_pictures
from backtest.disclosure.report.values import WORDS, clean, gate_lines
from backtest.disclosure.review import Review
from backtest.render import render_template, trusted

HEADINGS = {
    Outcome.FAIL: "Failed",
    Outcome.NEEDS_REVIEW: "A person must look",
    Outcome.PASS: "Passed",
    Outcome.NOT_APPLICABLE: "Does not apply",
}
MEANINGS = {
    Outcome.FAIL: "The document breaks the rule; the evidence shows where.",
    Outcome.NEEDS_REVIEW: "The tool could not tell, and says why.",
    Outcome.PASS: "No breach was found. That is not proof of compliance.",
    Outcome.NOT_APPLICABLE: "The rule is not in force, is for others, or nothing in the facts calls for it.",
}
TONES = {Outcome.FAIL: "fail", Outcome.NEEDS_REVIEW: "look", Outcome.PASS: "pass", Outcome.NOT_APPLICABLE: "none"}
PAPER_WIDTH = 480.0
"""Of a picture with its margins on the report's own page, in points."""
PAPER_HEIGHT = 640.0


def to_html(review: Review, document: Document | None = None) -> str:
    """One self-contained page; with pictures of the pages when the document is given."""
    return render_template("review", "report.html", report_context(review, document))


def report_context(
    review: Review,
    document: Document | None,
    address: Callable[[Picture], str] | None = None,
    printable: Callable[[str], str] = clean,
) -> dict[str, Any]:
    """What the page prints: strings, truth values and lists of them, nothing to reach into.

    address: where the page finds a picture; None carries it inside the page. printable: makes a text fit to print.
    """
    shown = [f for f in review.findings if f.outcome != Outcome.NOT_APPLICABLE]
    numbers = {finding.rule_id: number for number, finding in enumerate(shown, 1)}
    pictures = page_pictures(review, document, numbers) if document is not None else None
    pages = pictures.pages if pictures else ()
    pictured = {picture.page for picture in pages}
    return {
        "title": "Disclosure review",
        "conclusion": review.conclusion,
        "tone": "fail" if review.breaches else "look" if review.open else "pass",
        "gate_heading": GATE_HEADING.removeprefix("The gate: ").capitalize(),
        "gate_tone": _gate_tone(review),
        "gate": [printable(line) for line in gate_lines(review)],
        "particulars": _particulars(review),
        "unverified": _unverified(review),
        "drafts": _drafts(review),
        "counts": [
            {"name": HEADINGS[o], "count": str(review.counts[o.name.lower()]), "tone": TONES[o], "to": o.name.lower()}
            for o in reversed(Outcome)
        ],
        "sections": [_section(review, outcome, numbers, pictured, printable) for outcome in reversed(Outcome)],
        "pages_note": pictures.note if pictures else "",
        "pages": [_page(picture, (address or _inline)(picture)) for picture in pages],
    }


def _gate_tone(review: Review) -> str:
    if review.gate is None or not (review.gate.allowed or review.gate.refused):
        return "look"
    return "fail" if review.gate.refused else "pass"


def _particulars(review: Review) -> list[dict[str, str]]:
    return [
        {"name": "Document (SHA-256)", "value": review.pdf_sha256},
        {"name": "Pages", "value": str(review.pages)},
        {"name": "Rules in force on", "value": f"{review.on.day} {review.on:%B %Y}"},
        {"name": "For", "value": str(review.context)},
        {"name": "Facts", "value": "attached to the document" if review.has_facts else "none: text and layout only"},
        *({"name": "Rule pack", "value": f"{p.name} {p.version}, {p.sha256}"} for p in review.packs),
    ]


def _unverified(review: Review) -> str:
    if not review.unverified:
        return ""
    names = ", ".join(review.unverified)
    rules = _counted(len(review.unverified), "rule that was", "rules that were")
    return f"The source of {rules} asked has not been seen by anybody: {names}."


def _drafts(review: Review) -> str:
    if not review.drafts:
        return ""
    names = ", ".join(review.drafts)
    stand = _counted(len(review.drafts), "statement stands", "statements stand")
    return f"{stand} in the document in a wording that nobody has confirmed: {names}."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _section(
    review: Review, outcome: Outcome, numbers: dict[str, int], pictured: set[int], printable: Callable[[str], str]
) -> dict[str, Any]:
    found = [finding for finding in review.findings if finding.outcome == outcome]
    return {
        "heading": HEADINGS[outcome],
        "meaning": MEANINGS[outcome],
        "name": outcome.name.lower(),
        "tone": TONES[outcome],
        "word": WORDS[outcome],
        "first": outcome == Outcome.FAIL,
        "brief": outcome == Outcome.NOT_APPLICABLE,
        "findings": [_printed(finding, numbers, pictured, printable) for finding in found],
    }


def _printed(
    finding: Finding, numbers: dict[str, int], pictured: set[int], printable: Callable[[str], str]
) -> dict[str, Any]:
    failing = finding.outcome >= Outcome.NEEDS_REVIEW
    return {
        "id": finding.rule_id,
        "number": str(numbers.get(finding.rule_id, "")),
        "title": printable(finding.title),
        "severity": finding.severity,
        "reason": printable(finding.reason),
        "trigger": "" if _is_said(finding) else printable(_why(finding)),
        "statement": printable(finding.statement) if failing else "",
        "citations": ", ".join(finding.citations),
        "in_force": finding.in_force,
        "pack": finding.pack,
        "unverified": "" if finding.verified else UNVERIFIED,
        "evidence": [
            {
                "place": _place(e),
                "excerpt": printable(e.excerpt),
                "to": f"page-{e.page}" if e.page in pictured else "",
            }
            for e in finding.evidence
        ],
    }


def _is_said(finding: Finding) -> bool:
    """Whether why the rule applies needs no line of its own: the reason says it, or it always does."""
    return finding.reason.startswith(finding.trigger) or finding.when.startswith("always")


def _why(finding: Finding) -> str:
    unknown = finding.trigger.startswith("not known")
    return f"{'Whether it applies is' if unknown else 'Applies because:'} {finding.trigger}"


def _page(picture: Picture, source: str) -> dict[str, Any]:
    """A picture with its boxes, lines and numbers; the drawing is numbers of ours, so it is trusted markup."""
    scale = min(PAPER_WIDTH / picture.width, PAPER_HEIGHT / picture.height)
    left = _share(picture.gutter, picture.width)
    unplaced, places = "", _counted(len(picture.marks), "place", "places")
    if picture.unplaced:
        unplaced = f" {_counted(picture.unplaced, 'more number', 'more numbers')} found no room beside it."
    return {
        "id": f"page-{picture.page}",
        "name": f"Page {picture.page}",
        "caption": f"{places} boxed.{unplaced}",
        "source": source,
        "alt": f"Picture of page {picture.page} of the document, {places} boxed",
        "ratio": f"aspect-ratio: {picture.width:.2f} / {picture.height:.2f}",
        "size": f"width: {picture.width * scale:.2f}pt; height: {picture.height * scale:.2f}pt",
        "image": f"left: {left}; width: {_share(picture.width - 2 * picture.gutter, picture.width)}",
        "drawing": trusted(_drawing(picture)),
        "chips": [_chip(chip, picture) for chip in picture.chips],
    }


def _chip(chip: Chip, picture: Picture) -> dict[str, str]:
    place = f"left: {_share(chip.left, picture.width)}; top: {_share(chip.top, picture.height)}"
    size = f"width: {_share(picture.gutter * 0.62, picture.width)}; height: {_share(picture.chip, picture.height)}"
    said = f"{WORDS[chip.outcome]} {chip.rule_id}"
    return {
        "number": str(chip.number), "to": chip.rule_id, "tone": TONES[chip.outcome], "says": said,
        "style": f"{place}; {size}",
    }  # fmt: skip


def _drawing(picture: Picture) -> str:
    """The boxes and the lines to them as SVG, in points of the page with its margins."""
    title = f"<title>{len(picture.marks)} boxes, and lines from them to their numbers</title>"
    box = f"0 0 {picture.width:.2f} {picture.height:.2f}"
    parts = [f'<svg viewBox="{box}" preserveAspectRatio="none" role="img">{title}']
    for mark in picture.marks:
        parts += [_box(mark, picture.gutter), *(_tie(mark, tie) for tie in mark.ties)]
    return "".join(parts) + "</svg>"


COLOURS = {Outcome.FAIL: "#a3140a", Outcome.NEEDS_REVIEW: "#b36b00", Outcome.PASS: "#0b7d4b"}


def _box(mark: Mark, gutter: float) -> str:
    left, top, right, bottom = mark.box
    is_open = mark.outcome >= Outcome.NEEDS_REVIEW
    colour, thick, wash = COLOURS[mark.outcome], 1.4 if is_open else 0.7, 0.08 if is_open else 0
    return (
        f'<rect x="{gutter + left - 1:.1f}" y="{top - 1:.1f}" width="{right - left + 2:.1f}" '
        f'height="{bottom - top + 2:.1f}" fill="{colour}" fill-opacity="{wash}" stroke="{colour}" '
        f'stroke-width="{thick}"/>'
    )


def _tie(mark: Mark, tie: tuple[float, float, float, float]) -> str:
    x1, y1, x2, y2 = tie
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{COLOURS[mark.outcome]}" stroke-width="0.5"/>'
    )


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.3f}%"


def _inline(picture: Picture) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"


def _place(evidence: Evidence) -> str:
    left, top, right, bottom = evidence.box
    return f"page {evidence.page}, {left:.0f}–{right:.0f} pt from the left, {top:.0f}–{bottom:.0f} pt from the top"
