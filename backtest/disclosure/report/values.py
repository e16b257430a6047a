"""A review as plain values and as JSON; docs/review.schema.json describes them."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from backtest.disclosure.finding import Evidence, Finding, Outcome
from backtest.disclosure.review import Review

VERSION = 2
"""Of the JSON's form; docs/review.schema.json says the same number."""
WORDS = {Outcome.FAIL: "FAIL", Outcome.NEEDS_REVIEW: "LOOK", Outcome.PASS: "PASS", Outcome.NOT_APPLICABLE: "N/A"}
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a stranger's text may not bring into a report: controls, marks of direction, halves."""


def to_dict(review: Review) -> dict[str, Any]:
    """The review as plain values, findings worst first."""
    context = review.context
    return {
        "version": VERSION,
        "pdf_sha256": review.pdf_sha256,
        "pages": review.pages,
        "rules_in_force_on": review.on.isoformat(),
        "for": {
            "audience": context.audience,
            "jurisdictions": list(context.jurisdictions),
            "channel": context.channel,
            "uk_regime": context.uk_regime,
            "eu_regime": context.eu_regime,
            "us_regime": context.us_regime,
        },
        "facts": review.has_facts,
        "packs": [{"name": p.name, "version": p.version, "sha256": p.sha256} for p in review.packs],
        "gate": _gate(review),
        "conclusion": review.conclusion,
        "counts": review.counts,
        "breaches": [finding.rule_id for finding in review.breaches],
        "unverified": list(review.unverified),
        "drafts": list(review.drafts),
        "findings": [finding_to_dict(finding) for finding in review.findings],
    }


def to_json(review: Review) -> str:
    """Stable JSON: keys sorted, boxes rounded, a line end at the end."""
    return json.dumps(to_dict(review), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """One finding as plain values."""
    return {
        "rule": finding.rule_id,
        "title": finding.title,
        "severity": finding.severity,
        "outcome": finding.outcome.name.lower(),
        "reason": clean(finding.reason),
        "gate": finding.gate,
        "pack": finding.pack,
        "in_force": finding.in_force,
        "when": finding.when,
        "trigger": clean(finding.trigger),
        "statement": clean(finding.statement),
        "checks": [
            {"kind": c.kind, "asks": c.asks, "outcome": c.outcome.name.lower(), "reason": clean(c.reason)}
            for c in finding.checks
        ],
        "citations": list(finding.citations),
        "verified": finding.verified,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
    }


def gate_lines(review: Review) -> tuple[str, ...]:
    """The first question's answer: from the facts, or, without any, what a person must find out."""
    if review.gate is not None:
        return tuple(clean(line) for line in review.gate.lines)
    asked = tuple(f for f in review.findings if f.gate and f.outcome != Outcome.NOT_APPLICABLE)
    if not asked:
        return ("no rule of the gate applies to this document",)
    names = ", ".join(sorted(f.rule_id for f in asked))
    return (f"not known: no facts came with the document. Whether it may exist at all, a person must say ({names})",)


def clean(text: str) -> str:
    """Text without what is never drawn: a stranger's document cannot turn a line around or move a cursor."""
    return "".join(c for c in text if unicodedata.category(c) not in UNSEEN)


def _gate(review: Review) -> dict[str, Any] | None:
    """Neither allowed nor refused: a person must say."""
    if review.gate is None:
        return None
    return {"allowed": review.gate.allowed, "refused": review.gate.refused, "lines": list(review.gate.lines)}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"page": evidence.page, "box": list(evidence.box), "excerpt": clean(evidence.excerpt)}
