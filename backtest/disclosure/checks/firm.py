"""What the facts alone answer: the checks of the gate, put to a finished document as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.answers import ANSWERS
from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case
from backtest.disclosure.rule import Rule


def flag(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A fact has one of the allowed values."""
    return _answer(case, "flag", options)


def given(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A fact that the firm must state has a value."""
    return _answer(case, "given", options)


def at_least(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """A fact that is a number is `least` or more."""
    return _answer(case, "at_least", options)


def latest_quarter_end(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """The figures end with the last calendar quarter before publication."""
    return _answer(case, "latest_quarter_end", options)


def after_charges(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No figure of the product's performance is before charges."""
    return _answer(case, "after_charges", options)


def no_actual_beside(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Simulated and actual performance of the product do not stand on the same sheet."""
    return _answer(case, "no_actual_beside", options)


def _answer(case: Case, kind: str, options: Mapping[str, Any]) -> Answer:
    good, said = ANSWERS[kind](case.facts, options)
    return Answer({True: PASS, False: FAIL, None: LOOK}[good], said)


CHECKS = (flag, given, at_least, latest_quarter_end, after_charges, no_actual_beside)
