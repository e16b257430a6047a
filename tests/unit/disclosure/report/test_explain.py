"""One finding and one rule told in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure import report
from backtest.disclosure.packs import load_packs
from backtest.disclosure.report.explain import explained, finding_of, rows_to_lines, rule_rows
from backtest.errors import RuleError

RULES = load_packs()
ON = date(2026, 11, 23)


def told(review, rule_id, width=100):
    return " ".join(" ".join(explained(finding_of(report.to_dict(review), rule_id), width)).split())


def test_a_finding_is_told_with_law_checks_evidence_and_the_words_wanted(reviewed):
    said = told(reviewed, "PP-05")
    for words in (
        "FAIL PP-05 BLOCK",
        "why the text shows performance figures and does not call them simulated",
        "law COBS 4.6.2R(4)",
        "in force from 2018-01-03",
        "wanted “",
        "The statement is within 10% of the page height of each block of performance. FAIL: the statement is not in",
    ):
        assert words in said


def test_evidence_is_told_with_page_box_and_words(reviewed):
    said = told(reviewed, "TXT-01")
    assert "evidence page 1, " in said
    assert "pt from the left" in said
    assert "“It is definitely guaranteed.”" in said


def test_a_rule_that_does_not_apply_says_why(reviewed):
    assert "why the text does not call its figures simulated or back-tested" in told(reviewed, "SIM-04")


def test_the_gate_and_an_unverified_source_are_said(reviewed):
    assert "may exist at all" in told(reviewed, "SIM-01")
    unseen = tuple(replace(f, verified=False) for f in reviewed.findings)
    assert "COBS 4.2.5G (source unverified)" in told(replace(reviewed, findings=unseen), "TXT-01")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_lines_fold_to_the_terminal(reviewed, width):
    lines = explained(finding_of(report.to_dict(reviewed), "PP-05"), width)
    assert max(map(len, lines[1:])) <= width


def test_an_id_that_was_not_asked_is_one_sentence(reviewed):
    with pytest.raises(RuleError, match=r"TXT-1: not among the rules of this review\. Did you mean TXT-\d+\? Allowed"):
        finding_of(report.to_dict(reviewed), "TXT-1")


def test_a_rule_alone_tells_law_dates_successor_and_checks():
    rows = dict(rule_rows("DOC-01", RULES))
    assert rows["DOC-01"].startswith("BLOCK")
    assert rows["in force"] == "from 2018-01-03 to 2026-04-05"
    assert rows["successor"] == "DOC-01-2026, from 2026-04-06 to 2027-06-07"
    assert rows["law"].startswith("COBS 4.13")
    assert "{fund.documents_from}" in rows["statement"]
    assert "applies" not in rows
    assert max(map(len, rows_to_lines(rule_rows("DOC-01", RULES), 80))) <= 80


def test_with_facts_a_rule_says_whether_it_applies_with_the_numbers(facts_of):
    facts = facts_of({"fund.base_currency": "GBP", "class.currency": "GBP", "expo.currency.USD.strategy": 0.6,
                      "doc.audience": "retail", "doc.jurisdictions": "UK"})  # fmt: skip
    rows = dict(rule_rows("RSK-K06", RULES, facts, ON))
    assert rows["applies"] == "yes"
    assert rows["why"] == "60.0% of NAV is not in GBP"
    assert "other currencies than GBP" in rows["statement"]
    assert rows["in force"] == "from 2018-01-03; in force on 2026-11-23"


def test_a_rule_not_in_force_says_so(facts_of):
    facts = facts_of({"doc.audience": "retail", "doc.jurisdictions": "UK"})
    rows = dict(rule_rows("DOC-01-2027", RULES, facts, ON))
    assert rows["applies"] == "no"
    assert "not in force on 2026-11-23" in rows["in force"]


def test_a_figure_that_is_not_known_is_said_and_the_sentence_left_open(facts_of):
    rows = dict(rule_rows("DOC-01", RULES, facts_of({"fund.subject": "fund"}), ON))
    assert "there is no such fact" in rows["not filled"]
    assert "{fund.documents_from}" in rows["statement"]


def test_an_unknown_rule_is_one_sentence():
    with pytest.raises(RuleError, match=r"SIM-4: no such rule\. Did you mean SIM-04\?"):
        rule_rows("SIM-4", RULES)
