"""What a review answers: outcomes, statements a sheet must carry, evidence, findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Severity = Literal["BLOCK", "MAJOR", "MINOR", "INFO"]
Slot = Literal["page", "header", "top", "performance", "risk", "simulation", "documents", "important"]
SEVERITIES: tuple[Severity, ...] = ("BLOCK", "MAJOR", "MINOR", "INFO")


def worst(severities: Iterable[Severity]) -> Severity:
    """The severest of some: BLOCK before MAJOR before MINOR before INFO."""
    return min(severities, key=SEVERITIES.index)


class Outcome(IntEnum):
    """Ordered: the worst outcome of a set is its maximum."""

    NOT_APPLICABLE = 0
    PASS = 1
    NEEDS_REVIEW = 2
    FAIL = 3


@dataclass(frozen=True)
class Statement:
    """A sentence a sheet must carry because a rule says so, placeholders already filled.

    slot: where it belongs. `page` on every page; `header` beside the title; `top` on page 1 before the first figure;
    `performance` touching every block of performance figures, on each page that has them; `risk` among the key risks;
    `simulation` in the box on how the figures were simulated; `documents` and `important` in the important information.
    lead: it also belongs beside the performance or first among the risks.
    """

    rule_id: str
    title: str
    text: str
    slot: Slot
    lead: bool
    reason: str
    """Why it applies, with the numbers: 'top ten 56.1% of NAV is above 40%'."""
    basis: str = ""
    """Of which figures it speaks, 'actual' or 'simulated', when it speaks of one kind alone."""
    link: str = ""
    """The address that the sentence leads to when it is clicked."""


@dataclass(frozen=True)
class Evidence:
    """Where in the PDF: page from 1, box (left, top, right, bottom) in points from the page's top left, the words."""

    page: int
    box: tuple[float, float, float, float]
    excerpt: str


@dataclass(frozen=True)
class Checked:
    """What one check of a rule asks, thresholds included, and what it found."""

    kind: str
    asks: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Finding:
    """One rule's outcome on one document."""

    rule_id: str
    title: str
    severity: Severity
    outcome: Outcome
    reason: str
    citations: tuple[str, ...]
    verified: bool
    evidence: tuple[Evidence, ...] = ()
    gate: bool = False
    """The rule asks whether the document may exist at all."""
    pack: str = ""
    in_force: str = ""
    when: str = ""
    """What makes the rule apply, thresholds included."""
    trigger: str = ""
    """Why it applies to this document or does not, with the numbers."""
    statement: str = ""
    """The sentence wanted, in the document's language, with the facts that are known; '' when none is."""
    checks: tuple[Checked, ...] = ()
