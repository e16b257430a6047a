"""JSON by its schema, and lines for a terminal: the gate first, what is unverified marked, words cleaned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from backtest.disclosure import report
from backtest.disclosure.finding import Outcome
from backtest.disclosure.gate import GateDecision
from backtest.disclosure.report.values import VERSION, clean, gate_lines

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "review.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def faults(found):
    return [error.message for error in VALIDATOR.iter_errors(found)]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == VERSION


@pytest.mark.parametrize("name", ["stranger", "scan", "hostile", "long_document"])
def test_every_report_keeps_to_the_schema(request, put, name):
    assert faults(json.loads(report.to_json(put(request.getfixturevalue(name))))) == []


def test_a_report_with_a_gate_keeps_to_the_schema(reviewed):
    gated = replace(reviewed, gate=GateDecision(False, True, ("UK retail", "Refused by SIM-01")), drafts=("SIM-04",))
    assert faults(report.to_dict(gated)) == []


@pytest.mark.parametrize(
    ("key", "value"), [("version", 1), ("pages", 0), ("counts", {}), ("breaches", ["nothing"]), ("extra", 1)]
)
def test_the_schema_refuses_what_is_no_review(reviewed, key, value):
    assert faults(report.to_dict(reviewed) | {key: value}) != []


def test_the_schema_knows_every_key_of_a_finding(reviewed):
    told = report.to_dict(reviewed)
    assert set(told) == set(SCHEMA["properties"])
    assert set(told["findings"][0]) == set(SCHEMA["$defs"]["finding"]["properties"])


def test_the_gate_is_printed_first(reviewed):
    gated = replace(reviewed, gate=GateDecision(True, False, ("UK retail, channel public", "Allowed by SIM-01")))
    assert report.to_table(gated)[:2] == ("gate: UK retail, channel public", "gate: Allowed by SIM-01")
    assert not any(line.startswith("gate:") for line in report.to_table(gated, gate=False))


def test_without_facts_the_gate_is_a_persons_question(reviewed):
    assert reviewed.gate is None or not reviewed.gate.allowed
    first = report.to_table(replace(reviewed, gate=None))[0]
    assert first.startswith("gate: not known: no facts came with the document.")
    assert "a person must say (SIM-01" in first


def test_without_a_rule_of_the_gate_that_is_said(reviewed):
    quiet = replace(reviewed, gate=None, findings=tuple(f for f in reviewed.findings if not f.gate))
    assert gate_lines(quiet) == ("no rule of the gate applies to this document",)


@pytest.mark.parametrize("width", [60, 80, 140, 200])
def test_lines_fold_to_the_terminal(reviewed, width):
    lines = report.to_table(reviewed, width=width)
    assert max(map(len, lines)) <= width
    flat = " ".join(" ".join(lines).split())
    for finding in reviewed.findings:
        assert finding.rule_id in flat
        assert " ".join(finding.reason.split()) in flat


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_citation_is_not_torn_apart(reviewed, width):
    lines = report.to_table(reviewed, width=width)
    for finding in reviewed.findings:
        law = f"[{finding.citations[0]}{'' if finding.verified else ', source unverified'}]"
        assert any(law in line for line in lines), law


def test_rules_that_do_not_apply_are_counted_unless_asked_for(reviewed):
    lines = report.to_table(reviewed, every=False, width=80)
    count = reviewed.counts["not_applicable"]
    assert f"N/A   {count} rules do not apply; --all lists them" in lines
    assert sum(line.startswith("N/A") for line in lines) == 1
    assert sum(line.startswith("N/A") for line in report.to_table(reviewed)) == count


def test_unverified_sources_and_drafts_are_marked(reviewed):
    first = replace(reviewed.findings[0], verified=False)
    marked = replace(reviewed, findings=(first, *reviewed.findings[1:]), drafts=("SIM-04",))
    lines = report.to_table(marked)
    assert ", source unverified]" in next(line for line in lines if first.rule_id in line)
    assert any(line.strip().startswith("source unverified: ") and first.rule_id in line for line in lines[-2:])
    assert lines[-1].strip() == "draft wording: SIM-04"
    assert first.rule_id in report.to_dict(marked)["unverified"]


def test_a_rule_that_does_not_apply_counts_not_as_unverified(reviewed):
    away = replace(reviewed.findings[0], verified=False, outcome=Outcome.NOT_APPLICABLE)
    assert away.rule_id not in replace(reviewed, findings=(away,)).unverified


def test_what_is_never_drawn_leaves_the_words():
    assert clean("a\u202eb\x1b[31mc\ud800d\u200be") == "ab[31mcde"
    assert clean("Grüße, 中文 – “x”") == "Grüße, 中文 – “x”"


def test_a_document_cannot_move_the_cursor_or_turn_a_line(hostile, put):
    found = put(hostile)
    said = report.to_json(found) + "\n".join(report.to_table(found))
    assert "\u202e" not in said
    assert "\x1b" not in said


def test_each_check_is_told_with_its_threshold_and_its_finding(reviewed):
    finding = next(f for f in report.to_dict(reviewed)["findings"] if f["rule"] == "PP-05")
    assert [check["kind"] for check in finding["checks"]][:2] == ["statement_present", "statement_near"]
    assert "within 10% of the page height" in finding["checks"][1]["asks"]
    assert finding["checks"][0]["outcome"] == "fail"
    assert finding["trigger"] == "the text shows performance figures and does not call them simulated"
    assert finding["statement"]
