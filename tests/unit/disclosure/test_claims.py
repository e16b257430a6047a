"""What a sheet claims and what must stand beside it: the parts that a page of examples cannot show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure.case import Case
from backtest.disclosure.checks.claims import annualised_over_a_year, declared_window, said_once, terms_explained
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.reading import Reading
from backtest.disclosure.rule import Outcome
from backtest.facts import Fact, Facts

RULES = {rule.id: rule for rule in load_packs()}


@pytest.fixture
def case_of(printed):
    def make(markup: str, facts: Facts | None = None, **more: object) -> Case:
        reading = Reading(read_pdf(printed(markup)))
        return Case(reading, facts or Facts({}, {}), facts is not None, (), {}, (), (), (), 9.0, **more)

    return make


def asked(check, case, rule_id, **options):
    rule = RULES[rule_id]
    known = next(c.options for c in rule.checks if c.kind == check.__name__)
    return check(case, rule, {**known, **options})


@pytest.mark.parametrize(("start", "outcome"), [(date(2026, 5, 29), Outcome.FAIL), (date(2024, 5, 31), Outcome.PASS)])
def test_the_facts_of_half_a_year_are_not_annualised(case_of, start, outcome):
    fact = Fact("perf.strategy.annualised.start", "A year", 0.08, "percent", 1, date(2026, 10, 30), "simulated", "t",
                start=start)  # fmt: skip
    answer = asked(annualised_over_a_year, case_of("<p>None</p>", Facts({fact.id: fact}, {})), "PP-10")
    assert answer.outcome == outcome, answer.reason
    undefined = replace(fact, value=None)
    answer = asked(annualised_over_a_year, case_of("<p>None</p>", Facts({fact.id: undefined}, {})), "PP-10")
    assert answer.outcome == Outcome.PASS


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("It rose 12% since March 2020.", Outcome.NEEDS_REVIEW),
        ("It rose 12% from 23 March 2020 to the end.", Outcome.NEEDS_REVIEW),
        ("Sie stieg um 12 % seit März 2020.", Outcome.NEEDS_REVIEW),
        ("It has been so since March 2020.", Outcome.PASS),
    ],
)
def test_a_strangers_window_is_for_a_person_to_judge(case_of, text, outcome):
    assert asked(declared_window, case_of(f"<p>{text}</p>"), "PP-11").outcome == outcome


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("The drawdown was deep.", "drawdown"),
        ("Drawdown is the fall from the highest value so far.", ""),
        ("Volatility and tracking error are the sample standard deviation.", ""),
        ("We show the SRRI.", "SRRI"),
        ("We show the synthetic risk and reward indicator (SRRI).", ""),
        ("Tracking error: how much the result differs.", ""),
        ("An alphabet is no alpha-numeric thing.", "alpha"),
        ("Our betas are small.", ""),
    ],
)
def test_a_term_is_explained_where_it_begins_a_sentence_or_stands_in_brackets(case_of, text, missing):
    answer = asked(terms_explained, case_of(f"<p>{text}</p>"), "TXT-08")
    assert answer.reason == (f"not explained: {missing}" if missing else answer.reason)
    assert answer.outcome == (Outcome.FAIL if missing else Outcome.PASS)


def test_two_wordings_of_one_risk_are_said_twice(case_of):
    one, two = "Shares of small companies can fall sharply.", "Small companies have shares that can fall sharply."
    case = case_of(f"<p>{one}</p><p>{two}</p><p>Prices move with exchange rates.</p>")
    warnings = tuple(zip(("RSK-A01", "RSK-B01", "RSK-C01"), case.reading.sentences, strict=True))
    answer = asked(said_once, replace(case, warnings=warnings), "RSK-93")
    assert answer.outcome == Outcome.FAIL
    assert "RSK-A01 and RSK-B01" in answer.reason
    assert "RSK-C01" not in answer.reason
