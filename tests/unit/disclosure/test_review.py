"""The review as a whole: order, words, strangers, scans, and the same bytes each time."""

from __future__ import annotations

import io
import json
from datetime import date

import pikepdf
import pytest

from backtest.disclosure import report
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import Context, review
from backtest.disclosure.rule import Outcome

ON = date(2026, 11, 23)
RULES = load_packs()
STRANGER = (
    "<style>td { padding-right: 14pt }</style><h1>Some Fund</h1>"
    "<p>Shares can fall. You may get back less than you put in.</p>"
    "<h3>Performance</h3><table><tr><td>Fund</td><td>+1.2%</td><td>−3.4%</td></tr></table>"
    "<p>It is definitely guaranteed.</p>"
)


@pytest.fixture(scope="module")
def stranger(printed):
    return read_pdf(printed(STRANGER), 100)


@pytest.fixture(scope="module")
def reviewed(stranger):
    return review(stranger, None, RULES, ON, Context())


def outcome(reviewed, rule_id):
    return next(f for f in reviewed.findings if f.rule_id == rule_id).outcome


def test_every_rule_gets_one_answer(reviewed):
    assert sorted(f.rule_id for f in reviewed.findings) == [rule.id for rule in RULES]
    assert sum(reviewed.counts.values()) == len(RULES)


def test_the_worst_stands_first(reviewed):
    order = [(-f.outcome, ["BLOCK", "MAJOR", "MINOR", "INFO"].index(f.severity)) for f in reviewed.findings]
    assert order == sorted(order)


def test_a_strangers_text_and_layout_are_judged(reviewed):
    assert outcome(reviewed, "TXT-01") == Outcome.FAIL
    assert outcome(reviewed, "PP-05") == Outcome.FAIL
    assert outcome(reviewed, "GEN-13") == Outcome.PASS
    assert outcome(reviewed, "SIM-04") == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("rule_id", ["TIE-01", "GEN-01", "RSK-X08", "ILL-01", "INT-01", "RSK-90"])
def test_what_facts_alone_can_tell_a_person_must_look_at(reviewed, rule_id):
    finding = next(f for f in reviewed.findings if f.rule_id == rule_id)
    assert finding.outcome == Outcome.NEEDS_REVIEW
    assert "known" in finding.reason or "no facts" in finding.reason


def test_breaches_are_the_failures_that_block(reviewed):
    assert {f.severity for f in reviewed.breaches} == {"BLOCK"}
    assert {f.outcome for f in reviewed.breaches} == {Outcome.FAIL}
    assert reviewed.conclusion.startswith(f"{len(reviewed.breaches)} breaches found: ")


def test_the_conclusion_never_says_compliant(reviewed):
    said = report.to_json(reviewed) + report.to_html(reviewed) + "\n".join(report.to_table(reviewed))
    assert "compliant" not in said.casefold()


def test_no_breach_is_not_compliance(stranger):
    rules = tuple(rule for rule in RULES if rule.id in ("GEN-03", "GEN-13"))
    quiet = review(stranger, None, rules, ON, Context())
    assert quiet.conclusion == "No breach found by 2 checks. A person must sign."
    assert quiet.breaches == ()


def test_evidence_gives_page_box_and_words(reviewed):
    evidence = next(f for f in reviewed.findings if f.rule_id == "TXT-01").evidence[0]
    assert evidence.page == 1
    assert evidence.excerpt == "It is definitely guaranteed."
    assert evidence.box[0] < evidence.box[2]
    assert evidence.box[1] < evidence.box[3]


def test_the_same_input_gives_the_same_bytes(printed):
    pdf = printed(STRANGER)
    first, second = (review(read_pdf(pdf, 100), None, RULES, ON, Context()) for _ in range(2))
    assert report.to_json(first) == report.to_json(second)
    assert report.to_html(first) == report.to_html(second)
    assert report.to_table(first) == report.to_table(second)


def test_the_order_of_the_rules_does_not_matter(stranger, reviewed):
    backwards = review(stranger, None, RULES[::-1], ON, Context())
    assert report.to_json(backwards) == report.to_json(reviewed)


def test_json_names_the_document_the_day_and_the_packs(stranger, reviewed):
    told = json.loads(report.to_json(reviewed))
    assert told["pdf_sha256"] == stranger.sha256
    assert told["rules_in_force_on"] == "2026-11-23"
    packs = sorted({(rule.pack, rule.pack_version, rule.pack_sha256) for rule in RULES})
    told_packs = [(pack["name"], pack["version"], pack["sha256"]) for pack in told["packs"]]
    assert sorted(told_packs) == packs
    assert told["gate"]["lines"][0] == "UK non-mifid, retail, channel not known"
    assert not told["gate"]["allowed"]
    assert told["counts"]["fail"] == len([f for f in told["findings"] if f["outcome"] == "fail"])


def test_the_page_escapes_what_the_document_says(printed):
    words = "It is guaranteed &lt;script&gt;alert(1)&lt;/script&gt; they say."
    page = report.to_html(review(read_pdf(printed(f"<p>{words}</p>"), 100), None, RULES, ON, Context()))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_stands_alone(reviewed):
    page = report.to_html(reviewed)
    assert '<html lang="en">' in page
    assert not any(outside in page for outside in ("http://", "https://", "src=", "@import", "url("))


def test_lines_for_the_terminal_name_outcome_rule_page_and_law(reviewed):
    line = next(line for line in report.to_table(reviewed) if "TXT-01" in line)
    assert line.split()[:3] == ["FAIL", "TXT-01", "BLOCK"]
    assert "page 1" in line
    assert "says 'guaranteed'" in line
    assert line.endswith("[COBS 4.2.5G]")


def test_only_what_is_open_can_be_shown(reviewed):
    assert not any(line.startswith(("PASS", "N/A")) for line in report.to_table(reviewed, only_open=True))


def test_a_scan_is_left_to_a_person():
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400))
    out = io.BytesIO()
    pdf.save(out)
    found = review(read_pdf(out.getvalue()), None, RULES, ON, Context())
    assert {f.outcome for f in found.findings} == {Outcome.NEEDS_REVIEW}
    assert all("no text layer" in f.reason for f in found.findings)
    assert found.breaches == ()


def test_a_rule_outside_its_dates_does_not_apply(stranger):
    early = review(stranger, None, RULES, date(2017, 1, 1), Context())
    assert {f.outcome for f in early.findings} == {Outcome.NOT_APPLICABLE}


WORDS_OF = {
    "Italian": "Il valore degli investimenti e il reddito che ne deriva possono diminuire così come aumentare. I "
    "rendimenti passati non sono indicativi di quelli futuri. Il fondo investe in azioni di società quotate nel Regno "
    "Unito. Prima di investire leggere il prospetto informativo e il documento contenente le informazioni chiave.",
    "Polish": "Wartość inwestycji oraz dochód z niej mogą zarówno spadać, jak i rosnąć. Wyniki osiągnięte w "
    "przeszłości nie są wskaźnikiem przyszłych wyników. Fundusz inwestuje głównie w akcje spółek notowanych na "
    "giełdzie w Londynie. Przed podjęciem decyzji należy zapoznać się z prospektem informacyjnym funduszu.",
}


@pytest.mark.parametrize("name", WORDS_OF)
def test_a_language_that_nobody_here_reads_is_one_sentence(printed, name):
    reviewed = review(read_pdf(printed(f"<p>{WORDS_OF[name]}</p>"), 72), None, RULES, ON)
    assert {f.outcome for f in reviewed.findings} == {Outcome.NEEDS_REVIEW}
    said = f"Not reviewed: the document is in {name}; the reviewer reads English, German, French"
    assert reviewed.conclusion.startswith(said)
    assert [line for line in report.to_table(reviewed) if "RSK" in line and not line.startswith(" ")] == []


def test_a_german_document_of_another_house_is_read_in_german(printed):
    text = (
        "Dies ist eine Marketing-Anzeige der Beispiel Kapitalverwaltung. Ihr Kapital ist gefährdet. Der Wert einer "
        "Anlage und die Erträge daraus können sowohl fallen als auch steigen. Sie erhalten möglicherweise weniger "
        "zurück, als Sie angelegt haben. Lesen Sie vor der Anlage den Verkaufsprospekt und die Produktübersicht."
    )
    reviewed = review(read_pdf(printed(f"<p>{text}</p>"), 72), None, RULES, ON)
    found = {f.rule_id: f for f in reviewed.findings}
    assert reviewed.unread == ""
    assert found["GEN-13"].outcome == Outcome.PASS, found["GEN-13"].reason
