"""A review as JSON, as a page, and as lines for a terminal. Same review, same bytes."""

from __future__ import annotations

import json
from typing import Any

from backtest.disclosure.review import Review
from backtest.disclosure.rule import Evidence, Finding, Outcome
from backtest.render import render_template

WORDS = {Outcome.FAIL: "FAIL", Outcome.NEEDS_REVIEW: "LOOK", Outcome.PASS: "PASS", Outcome.NOT_APPLICABLE: "N/A"}
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


def to_dict(review: Review) -> dict[str, Any]:
    """The review as plain values, findings worst first."""
    context = review.context
    return {
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
        "gate": None if review.gate is None else {"allowed": review.gate.allowed, "lines": list(review.gate.lines)},
        "conclusion": review.conclusion,
        "counts": review.counts,
        "breaches": [finding.rule_id for finding in review.breaches],
        "findings": [_finding(finding) for finding in review.findings],
    }


def to_json(review: Review) -> str:
    """Stable JSON: keys sorted, boxes rounded, a line end at the end."""
    return json.dumps(to_dict(review), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def to_html(review: Review) -> str:
    """One self-contained page."""
    return render_template("review", "report.html", report_context(review))


def to_table(review: Review, *, only_open: bool = False) -> tuple[str, ...]:
    """Lines for a terminal: outcome, rule, severity, where, what was found, the law; then the conclusion.

    only_open: leave out what passed and what does not apply.
    """
    shown = review.open if only_open else review.findings
    rows = [_row(finding) for finding in shown]
    width = max((len(row[3]) for row in rows), default=0)
    lines = [f"{a:4}  {b:11}  {c:5}  {d:{width}}  {e}  [{f}]" for a, b, c, d, e, f in rows]
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in review.counts.items())
    return (*lines, f"review: {review.conclusion}", f"        {counts}")


def report_context(review: Review) -> dict[str, Any]:
    """What the page prints: strings, truth values and lists of them, nothing to reach into."""
    context = review.context
    return {
        "title": "Disclosure review",
        "conclusion": review.conclusion,
        "tone": "fail" if review.breaches else "look" if review.open else "pass",
        "particulars": [
            {"name": "Document (SHA-256)", "value": review.pdf_sha256},
            {"name": "Pages", "value": str(review.pages)},
            {"name": "Rules in force on", "value": f"{review.on.day} {review.on:%B %Y}"},
            {"name": "For", "value": str(context)},
            {
                "name": "Facts",
                "value": "attached to the document" if review.has_facts else "none: text and layout only",
            },
            *({"name": "Rule pack", "value": f"{p.name} {p.version}, {p.sha256}"} for p in review.packs),
        ],
        "gate": list(review.gate.lines) if review.gate else [],
        "counts": [
            {"name": HEADINGS[outcome], "count": str(review.counts[outcome.name.lower()]), "tone": _tone(outcome)}
            for outcome in reversed(Outcome)
        ],
        "sections": [_section(review, outcome) for outcome in reversed(Outcome)],
    }


def _section(review: Review, outcome: Outcome) -> dict[str, Any]:
    found = [finding for finding in review.findings if finding.outcome == outcome]
    return {
        "heading": HEADINGS[outcome],
        "meaning": MEANINGS[outcome],
        "tone": _tone(outcome),
        "word": WORDS[outcome],
        "brief": outcome == Outcome.NOT_APPLICABLE,
        "findings": [_printed(finding) for finding in found],
    }


def _printed(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.rule_id,
        "title": finding.title,
        "severity": finding.severity,
        "reason": finding.reason,
        "citations": ", ".join(finding.citations),
        "unverified": not finding.verified,
        "evidence": [{"place": _place(e), "excerpt": e.excerpt} for e in finding.evidence],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule_id,
        "title": finding.title,
        "severity": finding.severity,
        "outcome": finding.outcome.name.lower(),
        "reason": finding.reason,
        "citations": list(finding.citations),
        "verified": finding.verified,
        "evidence": [{"page": e.page, "box": list(e.box), "excerpt": e.excerpt} for e in finding.evidence],
    }


def _row(finding: Finding) -> tuple[str, str, str, str, str, str]:
    pages = sorted({e.page for e in finding.evidence})
    where = f"page {', '.join(map(str, pages))}" if pages else ""
    law = finding.citations[0] + ("" if finding.verified else ", unverified")
    return WORDS[finding.outcome], finding.rule_id, finding.severity, where, finding.reason, law


def _place(evidence: Evidence) -> str:
    left, top, right, bottom = evidence.box
    return f"page {evidence.page}, {left:.0f}–{right:.0f} pt from the left, {top:.0f}–{bottom:.0f} pt from the top"


def _tone(outcome: Outcome) -> str:
    return {Outcome.FAIL: "fail", Outcome.NEEDS_REVIEW: "look", Outcome.PASS: "pass"}.get(outcome, "none")
