"""One finding, or one rule, told in full: why it applies, what its checks ask and found, evidence, law, words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from backtest.disclosure.finding import Outcome
from backtest.disclosure.gate import is_gate
from backtest.disclosure.plain import (
    UNVERIFIED,
    addressed_in_words,
    check_in_words,
    dates_in_words,
    successor,
    trigger_in_words,
)
from backtest.disclosure.report.values import WORDS
from backtest.disclosure.require import applies, context_of, fill
from backtest.disclosure.rule import Rule
from backtest.errors import RuleError, listed, nearest
from backtest.facts import Facts

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


def rule_rows(
    rule_id: str, rules: Sequence[Rule], facts: Facts | None = None, on: date | None = None
) -> tuple[tuple[str, str], ...]:
    """(name, what is said) of one rule, the first row its id and title; with facts, whether it applies and why.

    on: the day whose rules apply; without one nothing is said of being in force. Raises RuleError for an unknown id.
    """
    known = {rule.id: rule for rule in rules}
    if rule_id not in known:
        raise RuleError(f"{rule_id}: no such rule.{nearest(rule_id, known)} `jevons rules list` has them all.")
    rule = known[rule_id]
    following = successor(rule, rules)
    rows = [
        (rule.id, f"{rule.severity_said}  {rule.title}"),
        ("gate", "this rule asks whether the document may exist at all" if is_gate(rule) else ""),
        *_of_run(rule, facts, on),
        ("law", f"{', '.join(rule.citations)}{'' if rule.verified else f' ({UNVERIFIED})'}"),
        ("source", rule.source),
        ("in force", f"{dates_in_words(rule)}{_standing(rule, on)}"),
        ("successor", f"{following.id}, {dates_in_words(following)}" if following else ""),
        ("for", addressed_in_words(rule)),
        ("asks when", trigger_in_words(rule)),
        *_statements(rule, facts),
        ("said by", ", ".join(rule.said_by)),
        *(("check", check_in_words(check)) for check in rule.checks),
        ("languages", _languages(rule)),
        ("pack", f"{rule.pack} {rule.pack_version}"),
    ]
    return tuple((name, says) for name, says in rows if says)


def rows_to_lines(rows: Iterable[tuple[str, str]], width: int) -> tuple[str, ...]:
    """Rows for a terminal of `width` columns."""
    return tuple(line for name, says in rows for line in _row(name, says, width))


def _of_run(rule: Rule, facts: Facts | None, on: date | None) -> list[tuple[str, str]]:
    """Whether the rule applies to a run, and why, with the numbers."""
    if facts is None or on is None:
        return []
    trigger = applies(rule, facts, on, context_of(facts))
    answer = {True: "yes", False: "no", None: "the facts do not say"}[trigger.applies]
    return [("applies", answer), ("why", trigger.reason)]


def _standing(rule: Rule, on: date | None) -> str:
    return "" if on is None else f"; {'in force' if rule.in_force(on) else 'not in force'} on {on}"


def _statements(rule: Rule, facts: Facts | None) -> list[tuple[str, str]]:
    """The sentence, filled with a run's facts where it can be."""
    if not rule.statement:
        return []
    if facts is not None:
        try:
            return [("statement", f"“{fill(rule.in_language(facts.language), facts)}”")]
        except RuleError as error:
            return [*_statements(rule, None), ("not filled", str(error))]
    return [("statement", f"“{text}”") for text in rule.statement.values()]


def _languages(rule: Rule) -> str:
    if not rule.statement:
        return ""
    return ", ".join(f"{code} ({'confirmed' if w.verified else 'draft'})" for code, w in sorted(rule.wordings.items()))


def _row(name: str, text: str, width: int) -> list[str]:
    folded = textwrap.wrap(text, max(width - TAKES, 20), break_on_hyphens=False) or [""]
    return [f"{name:{TAKES}}{folded[0]}", *(f"{'':{TAKES}}{line}" for line in folded[1:])]


def _word(outcome: str) -> str:
    return WORDS[Outcome[outcome.upper()]]


def _some(found: Mapping[str, Any]) -> str:
    return f"Allowed: {listed(sorted(found), most=20)}."
