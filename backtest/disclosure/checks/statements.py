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


def outdated_wording(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No statement stands in the words of a rule that has ended, nor in a wording that is listed as `former`."""
    current = {
        i
        for rule_id, text in case.statements.items()
        if rule_id not in case.ended
        for passage in case.reading.find(text)
        for i in passage.indices
    }
    ended = [
        (f"{i}, which ended on {day}", case.statements[i]) for i, day in case.ended.items() if i in case.statements
    ]
    old = [
        (name, passage)
        for name, text in (*ended, *(("a wording that was replaced", text) for text in options["former"]))
        for passage in case.reading.find(text)
        if not current.issuperset(passage.indices)
    ]
    if not old:
        return Answer(PASS, "no statement stands in words that were replaced")
    reason = "; ".join(f"{name}: {passage.text[:80]!r}" for name, passage in old)
    return Answer(FAIL, reason, evidence_of(case, [passage for _, passage in old]))


CHECKS = (
    outdated_wording,
    stale_statements,
    wording_verified,
)
