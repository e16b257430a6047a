"""A firm's pack: every fault is listed, and what it does to the built-in rules is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backtest.artifacts import templates_folder
from backtest.disclosure.audit import audit
from backtest.disclosure.compare import compare
from backtest.disclosure.finding import Outcome
from backtest.disclosure.packs import built_in, choose, chosen_rules, load_packs
from backtest.disclosure.review import Context, review
from backtest.disclosure.rule import Check
from backtest.errors import RuleError
from backtest.reviewing import check_pack

RULES = {rule.id: rule for rule in load_packs()}
NEW = """id = "FRM-01"
title = "Nothing is called amazing"
citations = ["House FRM-01"]
source = "the firm's style guide"
verified = true
valid_from = 2020-01-01
jurisdictions = ["all"]
audiences = ["retail", "professional"]
severity = "MINOR"
when = "always"
[[check]]
kind = "absent_words"
words = ["amazing"]
"""
BROKEN = """id = "BAD-02"
title = ""
citations = ["nonsense"]
source = "s"
verified = "yes"
valid_from = 2020-01-01
valid_to = 2019-01-01
jurisdictions = ["FR"]
audiences = ["children"]
severity = "BAD"
when = "foreign_curency"
colour = 1
[[check]]
kind = "statement_present"
scope = "any"
[[check]]
kind = "absent_word"
[[check]]
kind = "not_most_prominent"
max_area = "large"
"""


def ours(rule_id: str) -> Path:
    return next((templates_folder() / "disclosures").glob(f"*/{rule_id}.toml"))


@pytest.fixture
def pack(tmp_path):
    """A firm's pack; call it with files by name."""
    folder = tmp_path / "firm"
    folder.mkdir()
    (folder / "pack.toml").write_text('name = "firm"\nversion = "1"\n', encoding="utf-8")

    def write(**files: str) -> Path:
        for name, text in files.items():
            (folder / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
        return folder

    return write


def changed(rule_id: str, *pairs: tuple[str, str]) -> str:
    text = ours(rule_id).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_sound_pack_has_no_fault_and_is_counted(pack):
    found = audit(pack(FRM_01=NEW))
    assert found.faults == ()
    assert [(v.rule, v.does) for v in found.verdicts] == [("FRM-01", "adds")]
    assert found.checked["rules"] == 1
    assert found.checked["checks"] == 1


def test_every_fault_of_a_rule_is_listed(pack):
    faults = audit(pack(BAD_01=BROKEN)).faults
    for words in ("no such key: colour", "id: found 'BAD-02'", "title: found ''", "'nonsense' is not a citation",
                  "verified: found 'yes'", "valid_to: 2019-01-01 is before", "jurisdictions: found 'FR'",
                  "audiences: found 'children'", "severity: found 'BAD'", "Did you mean foreign_currency?",
                  "there is no [statement] to look for", "Did you mean absent_words?", "max_area: found 'large'",
                  ):  # fmt: skip
        assert any(words in fault for fault in faults), words
    assert len(faults) == len(set(faults)) == 13
    assert all("BAD-01.toml" in fault for fault in faults)


def test_faults_of_several_files_are_listed(pack):
    faults = audit(pack(BAD_01=BROKEN, FRM_02="[[")).faults
    assert any("FRM-02.toml: not valid TOML" in fault for fault in faults)
    assert any("BAD-01.toml" in fault for fault in faults)


def test_a_threshold_of_the_wrong_kind_is_a_fault(pack):
    text = changed("RSK-K06", ("above = 0.0", 'above = "much"'))
    assert any("above: found 'much'; foreign_currency needs a float" in f for f in audit(pack(RSK_K06=text)).faults)


def test_a_missing_key_is_a_fault_and_the_others_are_still_read(pack):
    text = NEW.replace('source = "the firm\'s style guide"\n', "").replace('"MINOR"', '"LOW"')
    faults = audit(pack(FRM_01=text)).faults
    assert any("source is missing" in fault for fault in faults)
    assert any("severity: found 'LOW'" in fault for fault in faults)


def test_a_name_of_a_built_in_pack_is_a_fault(pack):
    folder = pack(FRM_01=NEW)
    (folder / "pack.toml").write_text('name = "uk"\nversion = "1"\n', encoding="utf-8")
    assert any("'uk' is a built-in pack's" in fault for fault in audit(folder).faults)


def test_a_folder_without_a_pack_is_an_error(tmp_path):
    with pytest.raises(RuleError, match=r"pack\.toml is missing"):
        audit(tmp_path)


@pytest.mark.parametrize(("day", "said"), [("2027-06-20", "an overlap"), ("2027-05-01", "a gap")])
def test_a_gap_and_an_overlap_with_a_successor_are_faults(pack, day, said):
    text = changed("DOC-01-2026", ("valid_to = 2027-06-07", f"valid_to = {day}"))
    faults = audit(pack(**{"DOC_01-2026": text})).faults
    assert any(fault.startswith(f"{said}: DOC-01-2026 ends on {day}") for fault in faults), faults


def test_placeholders_are_held_to_the_facts_of_a_run(pack):
    folder = pack(RSK_K06=changed("RSK-K06", ("{class.currency}", "{class.curency}")))
    assert any("{class.curency}" in fault for fault in audit(folder, ["class.currency"]).faults)
    assert any("--run RUN" in note for note in audit(folder).notes)


def test_translations_that_are_missing_or_drafts_are_said(pack):
    folder = pack(SIM_04=ours("SIM-04").read_text(encoding="utf-8"))
    assert any(note.startswith("language de: no wording of SIM-04") for note in audit(folder).notes)
    (folder / "languages").mkdir()
    source = (ours("SIM-04").parent / "languages" / "de.toml").read_text(encoding="utf-8")
    entry = source[source.index("[rules.SIM-04]") :].split("\n\n")[0]
    (folder / "languages" / "de.toml").write_text(f'language = "de"\nverified = false\n{entry}\n', encoding="utf-8")
    notes = audit(folder).notes
    assert any(note.startswith("language de: drafts that nobody has confirmed: SIM-04") for note in notes)
    assert any(note.startswith("language fr: no wording") for note in notes)


def test_a_fault_in_a_language_is_listed(pack):
    folder = pack(FRM_01=NEW)
    (folder / "languages").mkdir()
    (folder / "languages" / "de.toml").write_text('language = "fr"\nverified = false\n', encoding="utf-8")
    assert any("language: found 'fr'" in fault for fault in audit(folder).faults)


def test_what_is_unverified_and_what_ends_without_a_successor_is_said(pack):
    text = NEW.replace("verified = true", "verified = false").replace(
        "valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2030-01-01"
    )
    notes = audit(pack(FRM_01=text)).notes
    assert "source unverified: FRM-01" in notes
    assert "without a successor: FRM-01 ends on 2030-01-01" in notes


def with_check(rule, place, **options):
    checks = list(rule.checks)
    checks[place] = Check(checks[place].kind, checks[place].options | options)
    return replace(rule, checks=tuple(checks))


SIM = RULES["SIM-04"]
K08 = RULES["RSK-K08"]


@pytest.mark.parametrize(
    ("rule", "built", "does", "said"),
    [
        (with_check(SIM, 1, max_gap=0.05), SIM, "tightens", "statement near max gap: 0.1 -> 0.05"),
        (with_check(SIM, 1, max_gap=0.5), SIM, "loosens", "statement near max gap: 0.1 -> 0.5"),
        (with_check(SIM, 2, min_contrast=7.0), SIM, "tightens", "prominent min contrast: 4.5 -> 7.0"),
        (with_check(SIM, 2, margin_band=True), SIM, "loosens", "margin band: False -> True"),
        (with_check(SIM, 0, scope="any"), SIM, "loosens", "scope: every_performance_page -> any"),
        (replace(SIM, severity="MINOR"), SIM, "loosens", "severity: BLOCK -> MINOR"),
        (replace(K08, severity="BLOCK"), K08, "tightens", "severity: MAJOR -> BLOCK"),
        (replace(K08, when_options=K08.when_options | {"top10_above": 0.2}), K08, "tightens", "top10 above"),
        (replace(K08, when_options=K08.when_options | {"holdings_below": 5}), K08, "loosens", "holdings below"),
        (replace(SIM, when="always"), SIM, "replaces", "trigger: has_simulated_performance -> always"),
        (replace(SIM, statement={"en": "x"}), SIM, "replaces", "another statement"),
        (replace(SIM, checks=SIM.checks[:1]), SIM, "replaces", "checks: "),
        (replace(SIM, severities={"UK": "MAJOR"}), SIM, "replaces", "severity: BLOCK -> MAJOR (UK)"),
        (replace(SIM, said_by=("PP-05",)), SIM, "replaces", "other rules may say it"),
        (SIM, SIM, "repeats", ""),
        (SIM, None, "adds", ""),
    ],
)  # fmt: skip
def test_what_a_rule_does_to_the_built_in_one(rule, built, does, said):
    verdict = compare(rule, built)
    assert verdict.does == does
    assert said in " ".join((*verdict.stricter, *verdict.looser, *verdict.other))


def test_a_list_of_forbidden_words_is_tighter_when_longer():
    rule = RULES["TXT-01"]
    words = rule.checks[0].options["words"]
    assert compare(with_check(rule, 0, words=[*words, "amazing"]), rule).does == "tightens"
    assert compare(with_check(rule, 0, words=words[1:]), rule).does == "loosens"


def test_examples_are_reviewed_and_a_wrong_one_is_said(pack, printed, tmp_path):
    folder, examples = pack(FRM_01=NEW), tmp_path / "examples" / "FRM-01"
    examples.mkdir(parents=True)
    (examples / "fail-says-it.pdf").write_bytes(printed("<p>It is amazing.</p>"))
    (examples / "pass-quiet.pdf").write_bytes(printed("<p>It is a fund.</p>"))
    (examples / "pass-wrong.pdf").write_bytes(printed("<p>Amazing.</p>"))
    _, tried = check_pack(folder, examples.parent, None, date(2026, 11, 23))
    assert [(one.file, one.right) for one in tried] == [
        ("fail-says-it.pdf", True), ("pass-quiet.pdf", True), ("pass-wrong.pdf", False),
    ]  # fmt: skip
    assert "fail: says 'Amazing'" in tried[2].said
    with pytest.raises(RuleError, match="no such folder of examples"):
        check_pack(folder, tmp_path / "none", None, None)


def test_packs_are_chosen_by_name_and_by_path(pack):
    folder = pack(FRM_01=NEW)
    choice = choose(["uk", str(folder), "uk"])
    assert (choice.names, choice.folders, choice.jurisdictions) == (("uk",), (folder,), ("UK",))
    packs = {part for rule in chosen_rules(choice) for part in rule.pack.split(" and ")}
    assert packs <= {"uk", "house", "firm"}
    assert {"uk", "firm"} <= packs
    assert len(chosen_rules(choose([]))) == len(RULES)


def test_an_unknown_pack_is_one_sentence_with_what_is_allowed():
    with pytest.raises(RuleError) as error:
        choose(["ukk"])
    assert "pack 'ukk': neither a built-in pack nor a folder. Did you mean uk?" in str(error.value)
    assert all(name in str(error.value) for name in built_in())


def test_a_firms_rule_speaks_in_the_review(pack, read_of):
    rules = chosen_rules(choose(["uk", str(pack(FRM_01=NEW))]))
    found = review(read_of("<p>Amazing.</p>"), None, rules, date(2026, 11, 23), Context())
    assert next(f for f in found.findings if f.rule_id == "FRM-01").outcome == Outcome.FAIL


@pytest.fixture(scope="module")
def read_of(printed):
    from backtest.disclosure.document import read_pdf

    return lambda markup: read_pdf(printed(markup), 100)


def test_the_built_in_packs_themselves_have_no_fault(tmp_path):
    for name in built_in():
        folder = tmp_path / name
        shutil.copytree(templates_folder() / "disclosures" / name, folder)
        faults = audit(folder).faults
        assert [f for f in faults if "is a built-in pack's" not in f] == []
