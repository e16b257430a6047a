"""A review as lines for a terminal: the gate first, then the findings worst first, then the conclusion."""

from __future__ import annotations

import textwrap

from backtest.disclosure.finding import Finding, Outcome
from backtest.disclosure.plain import UNVERIFIED
from backtest.disclosure.report.values import WORDS, clean, gate_lines
from backtest.disclosure.review import Review

INDENT = 6
TIE = "\ue000"
"""Stands for a space at which no line is folded."""
ENOUGH = 56
"""Columns that a reason needs to stand beside its rule; with fewer it stands below."""


def to_table(
    review: Review, *, only_open: bool = False, every: bool = True, gate: bool = True, width: int | None = None
) -> tuple[str, ...]:
    """Lines for a terminal: the gate; then outcome, rule, severity, where, what was found, the law; the conclusion.

    A document that could not be read at all has one line, not one a rule.
    only_open: leave out what passed and what does not apply. every: list what does not apply; else one line counts it.
    gate: False where it was printed before. width: fold lines to so many columns; None leaves each finding on one line.
    """
    lines = [line for text in (gate_lines(review) if gate else ()) for line in _folded(f"gate: {text}", width)]
    found = () if review.unread else review.open if only_open else review.findings
    shown = [f for f in found if every or f.outcome != Outcome.NOT_APPLICABLE]
    places = max((len(_where(finding)) for finding in shown), default=0)
    lines += [line for finding in shown for line in _finding(finding, places, width)]
    if not every and not only_open and review.counts["not_applicable"]:
        lines += _folded(f"N/A   {review.counts['not_applicable']} rules do not apply; --all lists them", width)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in review.counts.items())
    return (
        *lines,
        *_folded(f"review: {review.conclusion}", width, "        "),
        *_folded(f"        {counts}", width, "        "),
        *_notes(review, width),
    )


def _notes(review: Review, width: int | None) -> list[str]:
    """What no reader may overlook: sources nobody has seen, wordings nobody has confirmed."""
    notes = []
    if review.unverified:
        notes.append(f"        {UNVERIFIED}: {', '.join(review.unverified)}")
    if review.drafts:
        notes.append(f"        draft wording: {', '.join(review.drafts)}")
    return [line for note in notes for line in _folded(note, width, "        ")]


def _finding(finding: Finding, places: int, width: int | None) -> list[str]:
    head = f"{WORDS[finding.outcome]:4}  {finding.rule_id:11}  {finding.severity:5}  {_where(finding):{places}}"
    reason = clean(finding.reason)
    law = f"[{finding.citations[0]}{'' if finding.verified else f', {UNVERIFIED}'}]"
    if width is None:
        return [f"{head}  {reason}  {law}"]
    room = width - len(head) - 2
    if room >= ENOUGH:
        folded = _wrapped(reason, law, room)
        return [f"{head}  {folded[0]}", *(f"{'':{len(head) + 2}}{line}" for line in folded[1:])]
    below = _wrapped(reason, law, max(width - INDENT, 20))
    return [head.rstrip(), *(f"{'':{INDENT}}{line}" for line in below)]


def _wrapped(reason: str, law: str, width: int) -> list[str]:
    """Lines of the reason and its law, which stays in one piece where a line has room for it."""
    kept = law.replace(" ", TIE) if len(law) <= width else law
    return [line.replace(TIE, " ") for line in textwrap.wrap(f"{reason}  {kept}", width, break_on_hyphens=False)]


def _where(finding: Finding) -> str:
    pages = sorted({e.page for e in finding.evidence})
    return f"page {', '.join(map(str, pages))}" if pages else ""


def _folded(text: str, width: int | None, indent: str = "      ") -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True)
