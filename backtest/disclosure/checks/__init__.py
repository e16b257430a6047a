"""Named checks over a document and its facts: few kinds, many rules. Thresholds come from the rule.

Each check answers with an outcome, a reason with its numbers, and evidence: page, box and words. It proves a breach;
that none was proved is not proof of compliance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from backtest.disclosure import prominence
from backtest.disclosure.case import Answer, Case, CheckFunction
from backtest.disclosure.checks import (
    abroad,
    agreement,
    claims,
    facts,
    firm,
    glyphs,
    language,
    numbers,
    performance,
    periods,
    placement,
    statements,
    words,
)
from backtest.disclosure.checks.unread import with_unread
from backtest.disclosure.rule import Outcome, Rule

MOST_EVIDENCE = 5

CHECKS: Mapping[str, CheckFunction] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            *prominence.CHECKS,
            *performance.CHECKS,
            *words.CHECKS,
            *facts.CHECKS,
            *firm.CHECKS,
            *abroad.CHECKS,
            *statements.CHECKS,
            *numbers.CHECKS,
            *glyphs.CHECKS,
            *language.CHECKS,
            *claims.CHECKS,
            *placement.CHECKS,
            *periods.CHECKS,
            *agreement.CHECKS,
        )
    }
)


def ask(case: Case, rule: Rule) -> tuple[Answer, ...]:
    """What each check of a rule answers, in the rule's order; of pages that were not read nothing is taken for sure."""
    answers = [(check, CHECKS[check.kind](case, rule, check.options)) for check in rule.checks]
    return tuple(with_unread(case, rule, check.kind, check.options, answer) for check, answer in answers)


def worst_of(answers: Iterable[Answer]) -> Answer:
    """The worst outcome of a rule's checks, with the reasons and evidence of those that share it.

    A check that finds nothing to hold the rule to, NOT_APPLICABLE, answers for all of them.
    """
    every = tuple(answers)
    nothing = next((answer for answer in every if answer.outcome == Outcome.NOT_APPLICABLE), None)
    if nothing is not None:
        return nothing
    worst = max(answer.outcome for answer in every)
    kept = [answer for answer in every if answer.outcome == worst]
    reason = "; ".join(dict.fromkeys(answer.reason for answer in kept))
    evidence = tuple(dict.fromkeys(e for answer in kept for e in answer.evidence))
    return Answer(worst, reason, evidence[:MOST_EVIDENCE])


def run(case: Case, rule: Rule) -> Answer:
    """All checks of a rule, as one answer."""
    return worst_of(ask(case, rule))
