"""One finding told in full: why the rule applies, what each check asks and found, the evidence, the law, the words."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from backtest.disclosure.finding import Outcome
from backtest.disclosure.plain import UNVERIFIED
from backtest.disclosure.report.values import WORDS
from backtest.errors import RuleError, listed, nearest

TAKES = 12
"""Columns that a name takes before what is said of it."""


def finding_of(review: Mapping[str, Any], rule_id: str) -> dict[str, Any]:
    """The finding of one rule in a review's values. Raises RuleError for a rule that was not asked."""
    found = {finding["rule"]: finding for finding in review["findings"]}
    if rule_id not in found:
        raise RuleError(f"{rule_id}: not among the rules of this review.{nearest(rule_id, found)} {_some(found)}")
    return dict(found[rule_id])


def explained(finding: Mapping[str, Any], width: int) -> tuple[str, ...]:
    """Lines for a terminal of `width` columns."""
    mark = "" if finding["verified"] else f" ({UNVERIFIED})"
    lines = [f"{_word(finding['outcome']):4}  {finding['rule']}  {finding['severity']}  {finding['title']}"]
    if finding["gate"]:
        lines += _row("gate", "this rule asks whether the document may exist at all", width)
    lines += _row("found", finding["reason"], width)
    lines += _row("asks when", finding["when"], width)
    if finding["trigger"]:
        lines += _row("why", finding["trigger"], width)
    lines += _row("in force", finding["in_force"], width)
    lines += _row("law", f"{', '.join(finding['citations'])}{mark}", width)
    lines += _row("pack", finding["pack"], width)
    if finding["statement"]:
        lines += _row("wanted", f"“{finding['statement']}”", width)
    for check in finding["checks"]:
        lines += _row("check", f"{check['asks']}", width)
        lines += _row("", f"{_word(check['outcome'])}: {check['reason']}", width)
    for item in finding["evidence"]:
        left, top, right, bottom = item["box"]
        box = f"{left:.0f}–{right:.0f} pt from the left, {top:.0f}–{bottom:.0f} pt from the top"
        lines += _row("evidence", f"page {item['page']}, {box}", width)
        lines += _row("", f"“{item['excerpt']}”", width)
    return tuple(lines)


def _row(name: str, text: str, width: int) -> list[str]:
    folded = textwrap.wrap(text, max(width - TAKES, 20), break_on_hyphens=False) or [""]
    return [f"{name:{TAKES}}{folded[0]}", *(f"{'':{TAKES}}{line}" for line in folded[1:])]


def _word(outcome: str) -> str:
    return WORDS[Outcome[outcome.upper()]]


def _some(found: Mapping[str, Any]) -> str:
    return f"Allowed: {listed(sorted(found), most=20)}."
