"""Two reviews compared: which outcomes changed, why, and which words."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure import report
from backtest.disclosure.report.diff import compared, read_review, redline, to_lines
from backtest.errors import RunError

BETTER = "<p>Shares can fall. You may get back less than you put in.</p><p>It is a fund.</p>"


@pytest.fixture(scope="module")
def told(reviewed):
    return report.to_dict(reviewed)


@pytest.fixture
def other(told):
    return copy.deepcopy(told)


def finding(told, rule_id):
    return next(f for f in told["findings"] if f["rule"] == rule_id)


def change(difference, rule_id):
    return next(c for c in (*difference.outcomes, *difference.others) if c.rule == rule_id)


def test_the_same_review_twice_differs_in_nothing(told, other):
    difference = compared(told, other)
    assert (difference.setting, difference.outcomes, difference.others) == ((), (), ())
    assert difference.same == len(told["findings"])
    assert not difference.worse


def test_a_document_made_better_and_made_worse(read, put, told):
    good = report.to_dict(put(read(BETTER)))
    better, worse = compared(told, good), compared(good, told)
    assert change(better, "TXT-01").old == "fail"
    assert change(better, "TXT-01").new == "pass"
    assert not better.worse
    assert worse.worse
    assert change(worse, "TXT-01").worse
    assert worse.setting[0].startswith("document: ")
    assert any("found: " in why and "guaranteed" in why for why in change(worse, "TXT-01").why)
    assert any("{+It is definitely guaranteed.+}" in words for words in change(worse, "TXT-01").words)


def test_the_day_and_the_dates_of_a_rule_are_reasons(stranger, put, told):
    later = report.to_dict(put(stranger, on=date(2027, 7, 1)))
    difference = compared(told, later)
    assert "rules in force on: 2026-11-23 -> 2027-07-01" in difference.setting
    gone = change(difference, "DOC-01")
    assert gone.new == "not_applicable"
    assert any(why.startswith("facts: ") and "not on 2027-07-01" in why for why in gone.why)


def test_thresholds_packs_and_severities_are_reasons(told, other):
    after = finding(other, "PP-05")
    after["severity"] = "MAJOR"
    after["when"] = "has performance (above 2)"
    after["checks"][1]["asks"] = "The statement is within 5% of the page height."
    other["packs"][0]["version"] = "2027.01"
    difference = compared(told, other)
    why = change(difference, "PP-05").why
    assert "severity: BLOCK -> MAJOR" in why
    assert any(reason.startswith("threshold: ") and "has performance (above 2)" in reason for reason in why)
    assert any(reason.startswith("threshold: ") and "within 5%" in reason for reason in why)
    assert any(said.startswith("pack ") and "2027.01" in said for said in difference.setting)
    assert not difference.worse


def test_facts_are_reasons(told, other):
    finding(other, "PP-05")["trigger"] = "12 figures"
    assert any(why.endswith("-> 12 figures") for why in change(compared(told, other), "PP-05").why)


def test_whom_it_is_for_is_a_reason(told, other):
    other["for"]["audience"] = "professional"
    assert compared(told, other).setting == ("audience: retail -> professional",)


def test_a_statement_is_redlined_word_by_word(told, other):
    finding(other, "PP-05")["statement"] = finding(told, "PP-05")["statement"].replace("not", "never")
    assert any("[-not-] {+never+}" in words for words in change(compared(told, other), "PP-05").words)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Shares can fall.", "Shares may fall.", "Shares [-can-] {+may+} fall."),
        ("a b", "a b", ""),
        ("a  b", "a b", ""),
        ("", "a b", "{+a b+}"),
        ("a b", "", "[-a b-]"),
    ],
)
def test_redlines(old, new, said):
    assert redline(old, new) == said


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [("pass", "needs_review", True), ("needs_review", "fail", True), ("not_applicable", "fail", True),
     ("fail", "pass", False), ("not_applicable", "pass", False), ("fail", "not_applicable", False)],
)  # fmt: skip
def test_what_is_worse(told, other, old, new, worse):
    before = copy.deepcopy(told)
    finding(before, "TXT-01")["outcome"], finding(other, "TXT-01")["outcome"] = old, new
    assert compared(before, other).worse is worse


def test_a_rule_that_came_or_went_is_said(told, other):
    other["findings"] = [f for f in other["findings"] if f["rule"] != "TXT-01"]
    gone, came = compared(told, other), compared(other, told)
    assert change(gone, "TXT-01").why == ("the rule is no longer in the packs",)
    assert not gone.worse
    assert change(came, "TXT-01").why == ("the rule is new in the packs",)
    assert came.worse


def test_lines_say_the_ways_and_count_them(told, other):
    finding(other, "TXT-01")["outcome"] = "pass"
    lines = to_lines(compared(told, other), 80)
    assert lines[0].split() == ["FAIL", "->", "PASS", "TXT-01", "BLOCK", "better"]
    assert lines[-1].startswith("diff: 0 worse, 1 better or no longer asked, 0 with the same outcome changed")
    assert json.loads(json.dumps(compared(told, other).to_dict()))["worse"] is False


def test_the_same_two_give_the_same_lines(told, read, put):
    good = report.to_dict(put(read(BETTER)))
    assert to_lines(compared(told, good), 80) == to_lines(compared(copy.deepcopy(told), copy.deepcopy(good)), 80)


def test_a_review_is_read_back(tmp_path, reviewed, told):
    path = tmp_path / "review.json"
    path.write_text(report.to_json(reviewed), encoding="utf-8")
    assert read_review(path) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not a review in JSON"), ("[]", "not a review in JSON"),
     ('{"findings": []}', "form 1; this compares form 2"),
     ('{"findings": [], "version": 2}', "not whole (pdf_sha256)")],
)  # fmt: skip
def test_what_is_no_review_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "review.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunError) as error:
        read_review(path)
    assert said in str(error.value)


def test_a_review_that_is_not_there_or_not_whole(tmp_path, reviewed, told):
    with pytest.raises(RunError, match="cannot be read"):
        read_review(tmp_path / "none.json")
    broken = copy.deepcopy(told)
    broken["findings"][0]["outcome"] = "perhaps"
    (tmp_path / "a.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(RunError, match="not whole"):
        read_review(tmp_path / "a.json")


def test_a_severity_alone_is_told_without_making_it_worse(reviewed, told):
    milder = replace(reviewed, findings=tuple(replace(f, severity="INFO") for f in reviewed.findings))
    difference = compared(told, report.to_dict(milder))
    assert difference.outcomes == ()
    assert any("severity: BLOCK -> INFO" in change.why for change in difference.others)
