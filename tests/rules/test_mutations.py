"""Take a sheet that breaks no rule and spoil one statement: the rule that asks for it must notice each time."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import required_statements
from backtest.disclosure.rule import Outcome

HERE = Path(__file__).parent
SPOILED = {
    "removed": lambda rule_id: {"drop": [rule_id]},
    "shrunk": lambda rule_id: {"style": {rule_id: "font-size: 3pt"}},
    "paled": lambda rule_id: {"style": {rule_id: "color: #ddd"}},
    "reworded to nothing": lambda rule_id: {"say": {rule_id: "Words that say none of this."}},
}
WITH_STATEMENT = [rule.id for rule in load_packs() if rule.statement]
KEYS = ("why", "outcome", "reason", "also")


def passing(rule_id):
    """The edits of the rule's first passing example that carries its statement unchanged."""
    examples = tomllib.loads((HERE / rule_id / "examples.toml").read_text(encoding="utf-8"))["example"]
    good = (e for e in examples if e["outcome"] == "pass" and not {"say", "drop", "move", "style"} & e.keys())
    return {key: value for key, value in next(good).items() if key not in KEYS}


@pytest.mark.parametrize("rule_id", WITH_STATEMENT)
@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_statement_is_noticed(desk, edit_of, rule_id, how):
    edit = edit_of(passing(rule_id) | SPOILED[how](rule_id))
    finding = desk.review(edit, only=(rule_id,)).findings[0]
    assert finding.outcome == Outcome.FAIL, finding.reason


@pytest.mark.parametrize("rule_id", WITH_STATEMENT)
def test_what_the_sheet_must_carry_is_what_the_review_asks_for(desk, edit_of, rule_id):
    """The statement is required exactly on the sheet where the review finds that the rule applies."""
    from_facts = desk.facts(edit_of(passing(rule_id)))
    edit = edit_of(passing(rule_id))
    required = {s.rule_id for s in required_statements(from_facts, desk.rules, edit.on)}
    applied = {f.rule_id for f in desk.review(edit).findings if f.outcome != Outcome.NOT_APPLICABLE}
    served = {name for rule in desk.rules if rule.id in applied for name in rule.said_by}
    assert applied & set(WITH_STATEMENT) <= required <= (applied & set(WITH_STATEMENT)) | served
