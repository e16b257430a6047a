"""Facts held against each other, against limits, and against the record of their approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backtest.disclosure import lexicon
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.rule import Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed

ROUNDING = 1e-9
"""What arithmetic may leave over a limit."""
NO_RECORD = "there is no record of an approval: a named person must approve the document"


def facts_agree(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each pair of facts prints alike; a pair whose first fact is not given is not asked."""
    apart, alike = [], 0
    for first, second in options["pairs"]:
        if value(case.facts, first) is None:
            continue
        if value(case.facts, second) is None:
            return Answer(LOOK, f"not among the facts: {second}")
        one, other = case.facts.printed(first), case.facts.printed(second)
        alike += one == other
        apart += [f"{case.facts.facts[first].label} {one}, and the sheet {other}"] if one != other else []
    if apart:
        return Answer(FAIL, "; ".join(apart))
    return Answer(PASS if alike else LOOK, f"{alike} figures and texts agree")


def fact_at_most(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A fact is at most a limit, rounding apart; one that is not given is taken for `absent` where the rule says so."""
    found = value(case.facts, options["fact"])
    found = options.get("absent") if found is None else found
    if found is None:
        return Answer(LOOK, f"not among the facts: {options['fact']}")
    label = case.facts.facts[options["fact"]].label if options["fact"] in case.facts.facts else options["fact"]
    said = f"{label[:1].lower()}{label[1:]} {100 * found:.2f}%; at most {100 * options['at_most']:.0f}%"
    return Answer(PASS if found <= options["at_most"] + ROUNDING else FAIL, said)


def approval_recorded(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A record of approval exists, is of these very bytes, and holds all it needs; without one, a person must look."""
    if not _recorded(case):
        return Answer(LOOK, NO_RECORD)
    approved = value(case.facts, "approval.pdf_sha256")
    if approved is not None and approved != case.reading.document.sha256:
        return Answer(FAIL, f"the record approves other bytes: {str(approved)[:12]}, and this is {_hash(case)}")
    missing = [fact_id for fact_id in options["needs"] if value(case.facts, fact_id) is None]
    if missing:
        return Answer(FAIL, f"the record of the approval lacks {listed(missing, most=20)}")
    return Answer(PASS, f"the record of the approval is of these bytes, {_hash(case)}")


def approval_in_date(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The approval has not expired on the day of the review."""
    if not _recorded(case):
        return Answer(LOOK, NO_RECORD)
    expires = value(case.facts, "approval.expires_on")
    if not isinstance(expires, date):
        return Answer(LOOK, "the record of the approval does not say when it expires")
    said = f"the approval expires on {expires}; the review is of {case.on}"
    return Answer(FAIL if expires < case.on else PASS, said)


def approved_by_a_person(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A named person approved; never a tool, by whatever of the words in `machines` it is called."""
    if not _recorded(case):
        return Answer(LOOK, NO_RECORD)
    name = str(value(case.facts, "approval.by") or "")
    if not name.strip():
        return Answer(FAIL, "the record of the approval names nobody")
    if lexicon.forbidden(name, options["machines"]):
        return Answer(FAIL, f"approved by {name!r}, which is no person: a tool never approves")
    return Answer(PASS, f"approved by {name}")


def _recorded(case: Case) -> bool:
    return any(fact_id.startswith("approval.") for fact_id in case.facts.facts)


def _hash(case: Case) -> str:
    return case.reading.document.sha256[:12]


CHECKS = (
    facts_agree,
    fact_at_most,
    approval_recorded,
    approval_in_date,
    approved_by_a_person,
)
