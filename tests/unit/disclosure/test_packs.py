"""Statements in other languages: each says what the English one says, and is called a draft until it is confirmed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backtest.disclosure import lexicon
from backtest.disclosure.packs import load_packs
from backtest.disclosure.phrases import phrase_pattern
from backtest.disclosure.rule import placeholders
from backtest.errors import RuleError
from backtest.words import languages, words_in

RULES = {rule.id: rule for rule in load_packs()}
OTHERS = [language for language in languages() if language != "en"]
WORDED = [(rule.id, language) for rule in RULES.values() if rule.statement for language in OTHERS]
LISTED = [
    (rule.id, language)
    for rule in RULES.values()
    if any("words" in check.options for check in rule.checks)
    for language in OTHERS
]


@pytest.mark.parametrize(("rule_id", "language"), WORDED)
def test_every_statement_is_worded_with_the_facts_of_the_english_one_and_is_a_draft(rule_id, language):
    rule, wording = RULES[rule_id], RULES[rule_id].wordings[language]
    assert set(placeholders(wording.text)) == set(placeholders(rule.statement["en"]))
    assert wording.title
    assert wording.text != rule.statement["en"]
    assert not wording.verified


@pytest.mark.parametrize(("rule_id", "language"), WORDED)
def test_a_wording_says_all_that_its_rule_looks_for(rule_id, language):
    """Each group of words by which other wordings are known hits our own."""
    wording = RULES[rule_id].wordings[language]
    assert len(wording.concepts) == len(RULES[rule_id].concepts)
    for group in wording.concepts:
        hits = (
            w in wording.text if "{" in w else re.search(phrase_pattern(f"{w}*"), wording.text, re.I) for w in group
        )
        assert any(hits), group


@pytest.mark.parametrize(("rule_id", "language"), LISTED)
def test_lists_of_words_are_longer_in_another_language_and_never_shorter(rule_id, language):
    english, spoken = RULES[rule_id], RULES[rule_id].in_language(language)
    for ours, theirs in zip(english.checks, spoken.checks, strict=True):
        if "words" in ours.options:
            assert set(ours.options["words"]) < set(theirs.options["words"])


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_of_ours_says_what_our_rules_forbid(language):
    texts = {key: text for key, text in words_in(language).texts.items() if not key.startswith("finding")}
    texts |= {rule_id: RULES[rule_id].wordings[language].text for rule_id, code in WORDED if code == language}
    spoken = [RULES[i].in_language(language) for i in sorted(RULES) if i != "DOC-04"]  # the documents' names change
    lists = [c.options for rule in spoken for c in rule.checks if c.kind == "absent_words"]
    for key, text in texts.items():
        for options in lists:
            pardons = (options.get("negations", ()), options.get("unless", ()))
            assert not lexicon.forbidden(text, options["words"], *pardons), key


def test_english_rules_are_themselves():
    assert all(rule.in_language("en") is rule for rule in RULES.values())


def test_a_rule_without_a_wording_has_no_statement_in_that_language():
    rule = RULES["GEN-13"].in_language("it")
    assert rule.statement == {}
    assert rule.checks == RULES["GEN-13"].checks


# A pack of the firm's own

HEAD = 'name = "firm"\nversion = "1"\ntitle = "Ours"\nowner = "Compliance"\n'
GOOD = """language = "de"
verified = true

[rules.GEN-13]
title = "Verlustrisiko"
text = "Wert und Erträge können fallen. Sie können Geld verlieren."
concepts = [["verlieren"]]
"""


def pack(folder: Path, text: str, name: str = "de.toml") -> Path:
    (folder / "languages").mkdir(parents=True)
    (folder / "pack.toml").write_text(HEAD, encoding="utf-8")
    (folder / "languages" / name).write_text(text, encoding="utf-8")
    return folder


def test_a_firm_words_a_rule_of_ours_and_confirms_it(tmp_path):
    found = {rule.id: rule for rule in load_packs([pack(tmp_path / "firm", GOOD)])}
    rule = found["GEN-13"]
    assert rule.in_language("de").statement == {"de": "Wert und Erträge können fallen. Sie können Geld verlieren."}
    assert rule.wordings["de"].verified
    assert rule.wordings["fr"] == RULES["GEN-13"].wordings["fr"]
    assert rule.pack == "house and firm"
    assert rule.pack_sha256 != RULES["GEN-13"].pack_sha256
    assert found["SIM-04"] == RULES["SIM-04"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[rules.GEN-13]", "[rules.GEN-99]", "no such rule: GEN-99. Did you mean"),
        (
            "Geld verlieren",
            "{class.currency} verlieren",
            "GEN-13.text: names class.currency; the English statement",
        ),
        ("Geld verlieren", "Geld {verlieren", "a brace without its partner"),
        ("verified = true\n", "", "it needs verified = true or false"),
        ('language = "de"', 'language = "fr"', "found 'fr'; it must be the file's name and one of de, fr"),
        ('title = "Verlustrisiko"\n', "", "title: found None; it must be a text that is not empty"),
        ("concepts =", "concept =", "no such key: concept. Did you mean concepts?"),
        ('[["verlieren"]]', '["verlieren"]', "a group is a list of words or phrases"),
        ('text = "Wert', 'words = []\ntext = "Wert', "rules.GEN-13.words: found []; it must be a list of words"),
        (
            'title = "Ver',
            'verified = "yes"\ntitle = "Ver',
            "GEN-13.verified: found 'yes'; it must be true or false",
        ),
    ],
)
def test_a_language_that_contradicts_its_rules_is_refused(tmp_path, old, new, said):
    assert old in GOOD
    with pytest.raises(RuleError, match=re.escape(said)) as error:
        load_packs([pack(tmp_path / "firm", GOOD.replace(old, new, 1))])
    assert "de.toml" in str(error.value)
    assert error.value.exit_code == 2


def test_a_language_without_words_for_the_sheet_is_refused(tmp_path):
    text = GOOD.replace('"de"', '"it"')
    with pytest.raises(RuleError, match="found 'it'; it must be the file's name and one of de, fr"):
        load_packs([pack(tmp_path / "firm", text, "it.toml")])
