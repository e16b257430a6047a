"""No rule without examples: each has at least one page that fails for exactly that reason, one that passes, and one to
which it does not apply."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.rule import Outcome

HERE = Path(__file__).parent
FOLDERS = sorted(p.parent for p in HERE.glob("*/examples.toml"))
EXAMPLES = [
    pytest.param(folder.name, example, id=f"{folder.name}: {example['why']}")
    for folder in FOLDERS
    for example in tomllib.loads((folder / "examples.toml").read_text(encoding="utf-8"))["example"]
]
RULE_IDS = [rule.id for rule in load_packs()]


def test_every_rule_has_a_folder_and_every_folder_a_rule():
    assert sorted(p.name for p in HERE.iterdir() if p.is_dir() and p.name != "__pycache__") == sorted(RULE_IDS)


@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_every_rule_has_examples_that_fail_that_pass_and_that_do_not_apply(rule_id):
    outcomes = {example.values[1]["outcome"] for example in EXAMPLES if example.values[0] == rule_id}
    assert outcomes >= {"fail", "pass", "not_applicable"}


@pytest.mark.parametrize(("rule_id", "example"), EXAMPLES)
def test_the_rule_answers_its_example(desk, edit_of, rule_id, example):
    edit = edit_of({k: v for k, v in example.items() if k not in ("why", "outcome", "reason", "also")})
    review = desk.review(edit)
    finding = next(f for f in review.findings if f.rule_id == rule_id)
    assert finding.outcome.name.lower() == example["outcome"], finding.reason
    assert example.get("reason", "") in finding.reason
    if example["outcome"] in ("fail", "pass"):
        expected = {rule_id} if example["outcome"] == "fail" else set()
        failed = {f.rule_id: f.reason for f in review.findings if f.outcome == Outcome.FAIL}
        if not rule_id.startswith("TIE-"):  # what an example adds to the sheet need not be among its facts
            failed = {name: reason for name, reason in failed.items() if not name.startswith("TIE-")}
        expected |= set(example.get("also", ()))
        assert expected <= set(failed), failed
        assert set(failed) - said_by_one_of(desk, failed) <= expected, failed


def said_by_one_of(desk, failed):
    """The rules that print nothing of their own and look for the statement of one that failed."""
    return {rule.id for rule in desk.rules if failed.keys() & set(rule.said_by)}
