"""A malformed rule is refused with one sentence: file, key, what was found, what is allowed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure.checks import CHECKS
from backtest.disclosure.packs import load_packs, read_pack
from backtest.disclosure.prominence import PLACES
from backtest.disclosure.rule import CHECK_OPTIONS, CITATION, Context, placeholders
from backtest.errors import RuleError

PACK = 'name = "own"\nversion = "1"\ntitle = "Our own"\nowner = "Compliance"\n'
RULE = """id = "GEN-99"
title = "A rule of our own"
citations = ["COBS 4.2.1R"]
source = "our own reading"
verified = true
valid_from = 2020-01-01
jurisdictions = ["UK"]
audiences = ["retail"]
severity = "MAJOR"
when = "initial_charge"
when_options = { lead_from = 0.01 }

[statement]
slot = "risk"
en = "An initial charge of {class.initial_charge} is taken."

[[check]]
kind = "statement_present"
scope = "any"
"""


@pytest.fixture
def pack(tmp_path):
    """A pack of one rule, with a change made to it."""

    def make(old="", new="", name="GEN-99.toml", head=PACK):
        assert old in RULE
        (tmp_path / "pack.toml").write_text(head, encoding="utf-8")
        (tmp_path / name).write_text(RULE.replace(old, new, 1) if old else RULE, encoding="utf-8")
        return tmp_path

    return make


def test_a_good_rule_is_read_whole(pack):
    rule = read_pack(pack())[0]
    assert (rule.id, rule.pack, rule.pack_version, rule.severity) == ("GEN-99", "own", "1", "MAJOR")
    assert rule.valid_from == date(2020, 1, 1)
    assert rule.valid_to is None
    assert rule.statement == {"en": "An initial charge of {class.initial_charge} is taken."}
    assert rule.checks[0].options == {"scope": "any"}
    assert len(rule.pack_sha256) == 64


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity =", "severety =", "no such key: severety. Did you mean severity? Allowed: "),
        ('severity = "MAJOR"', 'severity = "HUGE"', "severity: found 'HUGE'. Allowed: BLOCK, MAJOR, MINOR, INFO"),
        ('title = "A rule of our own"\n', "", "title is missing. A rule needs id, title,"),
        ('title = "A rule of our own"', 'title = ""', "title: found ''; it must be a text that is not empty"),
        ('id = "GEN-99"', 'id = "GEN-98"', "id: found 'GEN-98'; it must be the file's name, 'GEN-99'"),
        ('id = "GEN-99"', 'id = "general"', "id: found 'general'; an id looks like SIM-04 or RSK-K06"),
        ('"COBS 4.2.1R"', '"COBS four"', "'COBS four' is not a citation. Allowed forms: COBS 4.6.6R(4)"),
        ('["COBS 4.2.1R"]', "[]", "citations: found []; give at least one"),
        ("verified = true", 'verified = "yes"', "verified: found 'yes'; it must be true or false"),
        ("2020-01-01", '"2020-01-01"', "valid_from: found '2020-01-01'; write a date without quotes"),
        ("2020-01-01", "2020-01-01\nvalid_to = 2019-12-31", "valid_to: 2019-12-31 is before valid_from, 2020-01-01"),
        ('["UK"]', '["FR"]', "jurisdictions: found 'FR'. Allowed: UK, EU, US, all"),
        ('["retail"]', '["retial"]', "audiences: found 'retial'. Did you mean retail? Allowed: retail, professional"),
        ('["retail"]', '{ mifd = ["retail"] }', "audiences: no such key: mifd. Did you mean mifid? Allowed: mifid,"),
        ('["retail"]', "{ EU_mifid = [] }", "audiences.EU_mifid: found []; give a list of at least one of"),
        ('["retail"]', "{}", "audiences: an empty table; name at least one of mifid, non_mifid, UK, EU, US,"),
        ('"initial_charge"', '"inital_charge"', "when: found 'inital_charge'. Did you mean initial_charge?"),
        ("lead_from = 0.01", "leads_from = 0.01", "when_options of initial_charge: no such key: leads_from. Did you"),
        ("{ lead_from = 0.01 }", "{}", "when_options: initial_charge needs lead_from. Its thresholds: lead_from"),
        ('slot = "risk"', 'slot = "risks"', "statement.slot: found 'risks'. Did you mean risk?"),
        (
            "{class.initial_charge}",
            "{charge}",
            "statement.en: {charge} is not a fact id; it looks like {class.currency}",
        ),
        ("{class.initial_charge}", "{class.initial_charge", "statement.en: a brace without its partner"),
        ('scope = "any"', 'scope = "some"', "check statement_present, scope: found 'some'. Allowed: any, page1"),
        ('scope = "any"', "scope = 3", "check statement_present, scope: found 3, which is not of the right type"),
        ('scope = "any"', 'scoop = "any"', "check statement_present: no such key: scoop. Did you mean scope?"),
        (
            "statement_present",
            "statement_absent",
            "check.kind: found 'statement_absent'. Did you mean statement_present",
        ),
        ('"MAJOR"', '{ EU = "BLOCK" }', "severity: nothing is said for UK. Name each jurisdiction, or all"),
        ('"MAJOR"', '{ UK = "HUGE" }', "severity.UK: found 'HUGE'. Allowed: BLOCK, MAJOR, MINOR, INFO"),
        ('"MAJOR"', '{ FR = "BLOCK" }', "severity: no such key: FR. Allowed: UK, EU, US, all"),
        ('slot = "risk"', 'said_by = "GEN-13"', "statement with said_by: no such key: en. Allowed: said_by, concepts"),
        ("[statement]", "[stateement]", "no such key: stateement. Did you mean statement?"),
        ("verified = true", "verified = tru", "not valid TOML"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(pack, old, new, said):
    with pytest.raises(RuleError) as caught:
        read_pack(pack(old, new))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(pack(old, new)))


BORROWED = "[statement]\nsaid_by = {names}\nconcepts = {concepts}\n\n"


def borrowing(pack, names, concepts):
    """The pack of one rule, which prints nothing of its own."""
    own = RULE[RULE.index("[statement]") : RULE.index("[[check]]")]
    return pack(own, BORROWED.format(names=names, concepts=concepts))


@pytest.mark.parametrize(
    ("names", "concepts", "said"),
    [
        ('"somewhere"', '[["x"]]', "statement.said_by: found ['somewhere']; give the id of a rule, or a list of them"),
        ('"GEN-13"', "[]", "statement.concepts: missing. They say what the other rule's words must convey"),
    ],
)
def test_a_badly_borrowed_statement_is_refused(pack, names, concepts, said):
    with pytest.raises(RuleError, match=re.escape(said)):
        read_pack(borrowing(pack, names, concepts))


@pytest.mark.parametrize(
    ("names", "concepts", "said"),
    [
        ('"GEN-14-1999"', '[["x"]]', "rule GEN-99 (own), statement.said_by: no such rule: GEN-14-1999"),
        ('"GEN-01"', '[["x"]]', "GEN-01 has no statement of its own. Name a rule that prints one"),
        ('"GEN-13"', '[["fall"], ["moon"]]', "the statement of GEN-13 in language 'en' does not say 'moon'. Word"),
    ],
)
def test_a_statement_that_does_not_say_what_is_borrowed_from_it_is_refused(pack, names, concepts, said):
    with pytest.raises(RuleError, match=re.escape(said)):
        load_packs([borrowing(pack, names, concepts)])


def test_a_borrowed_statement_is_no_statement_of_ones_own(pack):
    rules = {rule.id: rule for rule in load_packs([borrowing(pack, '["GEN-13"]', '[["fall"], ["get back less"]]')])}
    assert rules["GEN-99"].said_by == ("GEN-13",)
    assert rules["GEN-99"].speaks
    assert not rules["GEN-99"].statement
    assert rules["GEN-99"].slot is None
    assert not rules["GEN-01"].speaks


@pytest.mark.parametrize(
    ("jurisdictions", "severity"),
    [(("UK",), "MAJOR"), (("EU",), "BLOCK"), (("UK", "EU"), "BLOCK"), (("US",), "MINOR"), (("UK", "US"), "MAJOR")],
)
def test_the_worst_of_a_documents_jurisdictions_counts(pack, jurisdictions, severity):
    table = 'jurisdictions = ["all"]\naudiences = ["retail"]\nseverity = { EU = "BLOCK", UK = "MAJOR", all = "MINOR" }'
    plain = RULE[RULE.index("jurisdictions") : RULE.index("when =")]
    rule = read_pack(pack(plain, table + "\n"))[0]
    assert rule.severity == "BLOCK"
    assert rule.severity_said == "BLOCK (EU), MAJOR (UK), MINOR (elsewhere)"
    assert rule.severity_for(Context(jurisdictions=jurisdictions)) == severity


def test_a_jurisdiction_that_the_rule_does_not_speak_to_does_not_count(pack):
    rule = read_pack(pack('["UK"]\n', '["UK", "EU"]\n'))[0]
    named = replace(rule, severities={"UK": "MINOR", "EU": "MAJOR"}, severity="MAJOR")
    assert named.severity_for(Context(jurisdictions=("UK", "US"))) == "MINOR"
    assert named.severity_for(Context(jurisdictions=("US",))) == "MAJOR"


def test_a_check_of_a_statement_needs_one(pack):
    statement = RULE[RULE.index("[statement]") : RULE.index("[[check]]")]
    with pytest.raises(RuleError, match=r"check statement_present: there is no \[statement\] to look for"):
        read_pack(pack(statement, ""))


def test_a_folder_without_pack_toml_is_no_pack(tmp_path):
    with pytest.raises(RuleError, match=r"no rule pack: pack\.toml is missing"):
        load_packs([tmp_path])


def test_an_unknown_key_of_the_pack_is_refused(pack):
    with pytest.raises(RuleError, match=r"no such key: verzion\. Did you mean version\?"):
        read_pack(pack(head=PACK.replace("version", "verzion")))


def test_a_firm_adds_a_rule_of_its_own(pack):
    assert "GEN-99" in {rule.id for rule in load_packs([pack()])}


def test_a_firm_replaces_a_rule(pack):
    folder = pack('id = "GEN-99"', 'id = "RSK-K04"', name="RSK-K04.toml")
    rules = {rule.id: rule for rule in load_packs([folder])}
    assert rules["RSK-K04"].pack == "own"
    assert len(rules) == len(load_packs())


def test_two_packs_of_a_firm_may_not_fight(pack, tmp_path):
    folder = pack()
    other = tmp_path / "other"
    other.mkdir()
    for name in ("pack.toml", "GEN-99.toml"):
        (other / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"rule GEN-99 is also in .*\. Keep it in one of them"):
        load_packs([folder, other])


def test_rules_come_sorted_whatever_the_folder(pack):
    ids = [rule.id for rule in load_packs([pack()])]
    assert ids == sorted(ids)


def test_the_check_kinds_of_the_loader_are_those_that_exist():
    assert set(CHECK_OPTIONS) == set(CHECKS)
    assert set(PLACES) < set(CHECKS)


@pytest.mark.parametrize(
    ("citation", "good"),
    [
        ("COBS 4.6.6R(4)", True), ("COBS 4.5A.3R(2)(c)", True), ("COBS 4.13", True), ("PRIN 2A.5.3R", True),
        ("Reg (EU) 2017/565 Art 44(5)(c)", True), ("FCA 2025-12-11", True), ("House INT-01", True),
        ("PS25/20", True), ("ESMA34-45-1272", True), ("cobs 4.6", False), ("COBS", False), ("see COBS 4.6", False),
        ("COBS 4.6.6R(4) and others", False), ("Art 44", False), ("House rules", False),
    ],
)  # fmt: skip
def test_citations_have_a_form(citation, good):
    assert bool(CITATION.fullmatch(citation)) is good


def test_a_rule_knows_whom_it_addresses():
    rule = next(rule for rule in load_packs() if rule.id == "SIM-04")
    assert rule.addresses(Context("retail", ("UK",), "public", "non_mifid")) is None
    assert rule.addresses(Context("professional", ("UK",), "public", "mifid")) is None
    assert "the audience is professional" in rule.addresses(Context("professional", ("UK",), "public", "non_mifid"))


def test_a_rule_is_in_force_on_its_first_and_last_day():
    rule = next(rule for rule in load_packs() if rule.id == "DOC-01")
    assert rule.in_force(date(2026, 4, 5))
    assert not rule.in_force(date(2026, 4, 6))


def syllables(word):
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word.lower()))))


def reading_ease(text):
    """Flesch (1948): 206.835 - 1.015 words a sentence - 84.6 syllables a word."""
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", text) if s]
    words = re.findall(r"[A-Za-z]+", text)
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(syllables, words)) / len(words)


SPOKEN = [rule for rule in load_packs() if rule.statement and rule.slot in ("top", "risk", "simulation", "page")]


@pytest.mark.parametrize("rule", SPOKEN, ids=lambda rule: rule.id)
def test_statements_are_short_and_plain(rule):
    text = re.sub(r"\{[^}]+\}", "ten", rule.statement["en"])
    assert max(len(sentence.split()) for sentence in re.split(r"(?<=[.!?])\s+", text)) <= 30
    assert reading_ease(text) >= 50 or rule.slot == "page"


def test_statements_read_easily_on_the_whole():
    ease = [reading_ease(re.sub(r"\{[^}]+\}", "ten", rule.statement["en"])) for rule in SPOKEN]
    assert sum(ease) / len(ease) >= 60


def test_placeholders_are_the_fact_ids_in_order():
    assert placeholders("{a.b} and {c.d}") == ("a.b", "c.d")
