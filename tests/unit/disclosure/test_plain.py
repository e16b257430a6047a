"""Rules in plain words, and the page that is made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure import plain
from backtest.disclosure.packs import load_packs
from backtest.disclosure.reference import read_examples, rules_to_markdown
from backtest.disclosure.rule import CHECK_OPTIONS, Check
from backtest.errors import RuleError

RULES = {rule.id: rule for rule in load_packs()}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_check_and_trigger_of_every_rule_has_words(rule):
    for check in rule.checks:
        said = plain.check_in_words(check)
        assert len(said) > 15
        assert "{" not in said
    assert plain.trigger_in_words(rule)


def test_thresholds_are_in_the_words():
    assert plain.check_in_words(Check("statement_near", {"max_gap": 0.1})) == (
        "The statement is within 10% of the page height of each block of performance."
    )
    assert "above 0" in plain.trigger_in_words(RULES["RSK-K06"])
    assert plain.check_in_words(Check("flag", {"fact": "data.synthetic", "allowed": [False]})) == (
        "The fact data.synthetic has one of the values: no."
    )


def test_a_kind_without_a_sentence_speaks_by_its_docstring():
    kind = next(kind for kind in CHECK_OPTIONS if kind not in plain.SENTENCES)
    assert plain.check_in_words(Check(kind, {"ignore": ["a", "b"]})).endswith("(ignore: a, b)")


def test_an_option_left_out_does_not_stop_the_words():
    assert plain.check_in_words(Check("statement_present", {})) == "The statement is on the pages that need it."


def test_a_rule_is_followed_by_its_successor():
    following = plain.successor(RULES["DOC-01"], RULES.values())
    assert following is not None
    assert following.id == "DOC-01-2026"
    assert plain.gap_to(RULES["DOC-01"], following) == ""
    last = plain.successor(following, RULES.values())
    assert last is not None
    assert last.id == "DOC-01-2027"
    assert plain.gap_to(following, last) == ""
    assert plain.successor(last, RULES.values()) is None


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (None, "has no end"),
        (date(2027, 6, 1), "a gap: DOC-01-2026 ends on 2027-06-01"),
        (date(2027, 7, 1), "an overlap"),
    ],
)
def test_a_gap_and_an_overlap_are_said(end, said):
    assert said in plain.gap_to(replace(RULES["DOC-01-2026"], valid_to=end), RULES["DOC-01-2027"])


def test_the_gate_comes_first():
    first = plain.gate_first(RULES.values())
    assert [rule.id for rule in first][:2] == ["SIM-01", "SIM-02"]
    page = rules_to_markdown([rule for rule in RULES.values() if rule.pack == "uk"], {})
    assert page.index(plain.GATE_HEADING) < page.index("#### SIM-01") < page.index("### The page")


def test_severities_by_jurisdiction_and_the_rules_that_say_it_are_told():
    rule = replace(RULES["GEN-15"], severities={"UK": "MAJOR", "EU": "BLOCK"}, said_by=("SIM-04", "PP-05"))
    page = rules_to_markdown([rule], {})
    assert f"{rule.severity_said}." in page
    assert "EU" in rule.severity_said
    assert "Said by the statement of [SIM-04](#sim-04) or [PP-05](#pp-05) as well." in page


def test_the_page_says_what_is_unverified():
    rule = replace(RULES["TXT-01"], verified=False)
    page = rules_to_markdown([rule], {})
    assert "(source unverified)" in page
    assert "**source unverified**" in page.split("#### TXT-01")[1]
    assert "source unverified" not in rules_to_markdown([replace(rule, verified=True)], {}).split("## Pack")[1]


def test_the_page_holds_nothing_of_a_pack_as_markup():
    rule = replace(RULES["TXT-01"], title="A *bold* | <b>x</b> [link](x)")
    page = rules_to_markdown([rule], {})
    assert "A \\*bold\\* \\| \\<b\\>x\\</b\\> \\[link\\](x)" in page


def test_the_page_shows_the_examples(tmp_path):
    folder = tmp_path / "TXT-01"
    folder.mkdir()
    (folder / "examples.toml").write_text('[[example]]\nwhy = "it says safe"\noutcome = "fail"\n', encoding="utf-8")
    assert "Example, fails: it says safe." in rules_to_markdown(RULES.values(), read_examples(tmp_path))


def test_examples_that_cannot_be_read_are_an_error(tmp_path):
    with pytest.raises(RuleError, match="no such folder of examples"):
        read_examples(tmp_path / "none")
    (tmp_path / "TXT-01").mkdir()
    (tmp_path / "TXT-01" / "examples.toml").write_text("[[example]]\nwhy = 1\n", encoding="utf-8")
    with pytest.raises(RuleError, match="why and outcome"):
        read_examples(tmp_path)
