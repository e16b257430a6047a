"""Statements as a whole: those that do not apply, those that nobody has confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of
from backtest.disclosure.rule import Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed


def stale_statements(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No risk is warned of whose trigger says that the portfolio does not have it."""
    if not case.has_facts:
        return Answer(LOOK, "no facts came with the document: whether each risk applies, a person must say")
    stale = [item for item in case.stale if item[0] not in options["ignore"]]
    if not stale:
        return Answer(PASS, "every risk that is warned of applies")
    reason = "; ".join(f"{name} does not apply: {why}" for name, why, _ in stale)
    return Answer(FAIL, reason, evidence_of(case, [passage for _, _, passage in stale]))


def wording_verified(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Compliance has confirmed the wording of every statement. A draft on the firm's own desk is for a person to look
    at; on a sheet that leaves the house it is a fault."""
    if not case.drafts:
        return Answer(PASS, "every statement is in a wording that is confirmed")
    drafts = listed(case.drafts, most=60)
    said = f"{len(case.drafts)} statements are drafts, their legal wording is not verified: {drafts}"
    shown = evidence_of(case, [p for rule_id in case.drafts for p in case.passages[rule_id][:1]])
    return Answer(LOOK if value(case.facts, "doc.channel") == "internal" else FAIL, said, shown)


CHECKS = (
    stale_statements,
    wording_verified,
)
