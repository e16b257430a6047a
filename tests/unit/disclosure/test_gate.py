"""The gate: its table has one answer for each cell, and each answer is a line with its rule and its law."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.artifacts import templates_folder
from backtest.disclosure.context import AUDIENCES, Context
from backtest.disclosure.gate import PLACES, decide, foresee, gate, is_gate, read_gate, table
from backtest.disclosure.packs import load_packs
from backtest.errors import GateError, RuleError

ON = date(2026, 11, 23)
RULES = load_packs()
BROKER = {
    "fund.subject": "index", "fund.management": "passive", "data.synthetic": False, "doc.channel": "one_to_one",
    "doc.audience": "professional", "doc.jurisdictions": "US", "doc.us_regime": "broker_dealer",
    "doc.as_of": date(2026, 9, 30), "doc.published": date(2026, 11, 10), "sim.years": 10.0,
    "perf.strategy.cumulative.1y": 0.1,
}  # fmt: skip


def whom(places, audience="professional", channel="one_to_one", **others):
    known = {
        "fund.subject": "index", "fund.management": "active", "data.synthetic": False, "doc.channel": channel,
        "doc.audience": audience, "doc.jurisdictions": places, "text.performance": True, "text.simulated": True,
    }  # fmt: skip
    return known | {key.replace("__", "."): value for key, value in others.items()}


def test_every_cell_is_answered_once_and_its_conditions_are_rules_that_facts_can_answer():
    cells = [(row.place, audience) for row in table() for audience in row.audiences]
    assert sorted(cells) == sorted((place, audience) for place in PLACES for audience in AUDIENCES)
    by_id = {rule.id: rule for rule in RULES}
    for row in table():
        for rule_id in row.rules:
            assert is_gate(by_id[rule_id]), rule_id
            assert by_id[rule_id].severity == "BLOCK"


def test_each_jurisdiction_has_its_line_and_gips_one_more(facts_of):
    facts = whom(
        "UK, EU, US", doc__eu_regime="mifid", doc__us_regime="adviser", doc__uk_regime="mifid",
        doc__audience_policy="P7", doc__claims_gips=True,
    )  # fmt: skip
    decision = gate(facts_of(facts), RULES, ON)
    assert decision.lines[0] == "UK mifid, EU mifid, US adviser, professional, channel one_to_one"
    assert [line.split(":")[0] for line in decision.lines[1:]] == [
        "Allowed for UK mifid, professional, by COBS 4.5A.12R",
        "Allowed for EU mifid, professional, by Reg (EU) 2017/565 Art 44(5)",
        "Allowed for US adviser, professional, by 17 CFR 275.206(4)-1(d)(6)",
        "Allowed for GIPS, professional, by GIPS 2020 4.C.48",
    ]


def test_one_jurisdiction_that_refuses_is_enough(facts_of):
    facts = whom("UK, EU", doc__eu_regime="fund_manager", doc__uk_regime="mifid", doc__simulation_case="own_strategy")
    decision = decide(facts_of(facts), RULES, ON)
    assert not decision.allowed
    assert decision.lines[1].startswith("Allowed for UK mifid, professional")
    assert decision.lines[2].startswith("Refused for EU fund-manager, professional, by SIM-12, ESMA34-45-1272")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"sim.years": 9.99}, "sim.years is 9.99; at least 10"),
        ({"doc.as_of": date(2026, 10, 30)}, "the latest calendar quarter ended 30 September 2026"),
        ({"doc.as_of": date(2026, 6, 30)}, "the latest calendar quarter ended 30 September 2026"),
        ({"doc.as_of": date(2026, 9, 27)}, None),
        ({"doc.as_of": date(2026, 9, 26)}, "the figures end 26 September 2026"),
        ({"doc.as_of": date(2026, 12, 31), "doc.published": date(2026, 12, 31)}, None),
        ({"fund.management": "active"}, "fund.management is active; allowed: passive"),
        ({"doc.audience": "retail"}, "doc.audience is retail; allowed: professional"),
    ],
)
def test_a_broker_dealers_institutions_see_ten_years_of_a_passive_index(facts_of, changed, reason):
    decision = decide(facts_of(BROKER | changed), RULES, ON)
    assert decision.allowed is (reason is None)
    assert reason is None or reason in str(decision)


def test_figures_before_charges_and_figures_beside_actual_ones_are_refused(facts_of):
    gross = decide(facts_of(BROKER, charges="gross"), RULES, ON)
    assert "1 of 1 figures are before charges" in str(gross)
    both = facts_of(BROKER)
    actual = facts_of({"perf.strategy.cumulative.5y": 0.2}, basis="actual")
    both = type(both)({**both.facts, **actual.facts}, {})
    assert "performance on the sheet is actual and simulated" in str(decide(both, RULES, ON))


def test_what_only_the_simulation_will_show_is_left_open_before_it(facts_of):
    before = {k: v for k, v in BROKER.items() if k not in ("sim.years", "doc.as_of", "perf.strategy.cumulative.1y")}
    before |= {"text.performance": True, "text.simulated": True}
    assert not foresee(facts_of(before), RULES, ON).allowed
    with pytest.raises(GateError, match=r"sim\.years is not known; at least 10"):
        gate(facts_of(before), RULES, ON)
    with pytest.raises(GateError, match="by SIM-10, FINRA letter 2013, unverified"):
        foresee(facts_of(before | {"fund.management": "active"}), RULES, ON)


def test_the_desk_is_open_and_its_line_still_says_what_holds_outside(facts_of):
    decision = gate(facts_of(whom("EU", channel="internal", doc__eu_regime="fund_manager")), RULES, ON)
    assert "on the desk alone; outside it, only the simulation of a new class" in str(decision)
    assert "it can never be released" in decision.lines[-1]


def test_a_strangers_regime_is_asked_for(facts_of):
    decision = decide(facts_of({}), RULES, ON, Context("retail", ("EU",)))
    assert not decision.allowed
    assert decision.lines[1] == "Not known for EU, retail: under which regime the document is given out"


GOOD = (templates_folder() / "disclosures" / "gate.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('place = "UK_mifid"', 'place = "UK_mfid"', "row.place: found 'UK_mfid'. Did you mean UK_mifid? Allowed:"),
        ('place = "UK_mifid"', 'place = "EU_mifid"', "UK_mifid, retail: 0 rows answer it; there must be one."),
        ('law = ["COBS 4.6.6R"]', 'law = ["the COBS"]', "row UK_non_mifid, law: 'the COBS' is not one."),
        ('law = ["COBS 4.6.6R"]', "law = []", "row UK_non_mifid: it needs a law, and verified = true or false."),
        ('rules = ["SIM-09"]', 'rules = ["nine"]', "row US_broker_dealer, rules: 'nine' is not one."),
        ("verified = true", "verifid = true", "row: no such key: verifid. Did you mean verified?"),
        ("audiences = [", "audience = [", "row: no such key: audience. Did you mean audiences?"),
    ],
)
def test_a_broken_table_is_one_sentence_with_its_place(tmp_path, old, new, said):
    path = tmp_path / "gate.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_gate(path)
    assert said in str(caught.value)
