"""One sheet, three days: which documents it must name changes with the day of the review, and nothing else does."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.review import review
from backtest.disclosure.rule import Outcome

DOCUMENTS = ("DOC-01", "DOC-01-2026", "DOC-01-2027", "DOC-04")
OUTDATED = "RSK-92"
"""It finds the wording of rules that have ended, so it answers by the day too."""
ASKED = {
    date(2026, 1, 31): {"DOC-01": Outcome.PASS},
    date(2026, 11, 30): {"DOC-01-2026": Outcome.PASS},
    date(2027, 7, 1): {"DOC-01-2027": Outcome.PASS, "DOC-04": Outcome.FAIL},
}


@pytest.fixture(scope="module")
def outcomes(desk, edit_of):
    """Outcome by rule of one and the same PDF, written in November 2026, on each day."""
    edit = edit_of({})
    document, facts = read_pdf(desk.print_page(desk.page(edit)), 200), desk.facts(edit)
    return {day: {f.rule_id: f.outcome for f in review(document, facts, desk.rules, day).findings} for day in ASKED}


@pytest.mark.parametrize("day", ASKED)
def test_the_documents_asked_for_are_those_of_the_day(outcomes, day):
    asked = {rule: outcomes[day][rule] for rule in DOCUMENTS if outcomes[day][rule] != Outcome.NOT_APPLICABLE}
    assert asked == ASKED[day]


def test_every_other_rule_that_was_in_force_all_along_answers_alike(outcomes, desk):
    first, *others = (outcomes[day] for day in ASKED)
    assert [outcomes[day][OUTDATED] for day in ASKED] == [Outcome.PASS, Outcome.PASS, Outcome.FAIL]
    days = list(ASKED)
    steady = [
        r.id for r in desk.rules if r.in_force(days[0]) == r.in_force(days[-1]) and r.id not in (*DOCUMENTS, OUTDATED)
    ]
    assert len(steady) > 50
    for other in others:
        assert {rule: other[rule] for rule in steady} == {rule: first[rule] for rule in steady}
