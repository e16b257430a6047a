"""The gate, and the statements a sheet must carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure.gate import decide, gate
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import applies, context_of, fill, required_statements
from backtest.errors import GateError, RuleError

ON = date(2026, 11, 23)
RULES = load_packs()


def whom(subject="fund", channel="public", synthetic=False, audience="retail", regime="non_mifid"):
    return {
        "fund.subject": subject, "data.synthetic": synthetic, "doc.channel": channel, "doc.audience": audience,
        "doc.jurisdictions": "UK", "doc.uk_regime": regime,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        (whom(), True),
        (whom(subject="index"), True),
        (whom(subject="strategy"), False),
        (whom(subject="strategy", channel="one_to_one"), False),
        (whom(subject="strategy", channel="internal"), True),
        (whom(subject="strategy", audience="professional", regime="mifid"), False),
        (whom(subject="strategy", audience="professional", regime="non_mifid"), True),
        (whom(synthetic=True), False),
        (whom(synthetic=True, audience="professional"), False),
        (whom(synthetic=True, channel="internal"), True),
    ],
)
def test_the_gate_follows_subject_data_channel_and_audience(facts_of, facts, allowed):
    assert decide(facts_of(facts), RULES, ON).allowed is allowed


def test_a_closed_gate_says_which_rule_what_was_found_and_how_to_mend_it(facts_of):
    with pytest.raises(GateError) as caught:
        gate(facts_of(whom(subject="strategy")), RULES, ON)
    text = str(caught.value)
    assert "Refused for UK non-mifid, retail, by SIM-01, COBS 4.6.6R(1): " in text
    assert "(fund.subject is strategy; allowed: fund, index)" in text
    assert 'channel = "internal"' in text


def test_the_gate_says_what_internal_means(facts_of):
    lines = gate(facts_of(whom(subject="strategy", channel="internal")), RULES, ON).lines
    assert any("it can never be released" in line for line in lines)


def test_an_unknown_subject_does_not_pass_the_gate(facts_of):
    facts = whom()
    del facts["fund.subject"]
    with pytest.raises(GateError, match=r"fund\.subject is not known; allowed: fund, index"):
        gate(facts_of(facts), RULES, ON)


FULL = whom() | {
    "class.initial_charge": 0.03, "class.ongoing_charge": 0.0075, "class.currency": "USD", "fund.base_currency": "GBP",
    "fund.documents_from": "www.example.com", "fund.documents_language": "English", "fund.horizon_years": 5,
    "sim.commission": 0.0003, "sim.half_spread": 0.0005, "sim.trials": 1, "doc.as_of": date(2026, 10, 31),
    "sim.start": date(2010, 1, 4), "sim.end": date(2026, 10, 31), "data.themes_assigned": date(2009, 1, 5),
    "data.survivors_only": True, "benchmark.name": "An index", "risk.strategy.volatility": 0.1,
    "conc.strategy.holdings": 20, "conc.strategy.top10": 0.6, "conc.strategy.effective_names": 15.0,
    "expo.sector.it.strategy": 0.2, "expo.theme.capex.strategy": 0.1, "expo.theme.capex.benchmark": 0.2,
    "expo.currency.EUR.strategy": 0.6, "expo.country.US.strategy": 0.6, "liq.worst_days": 1.0, "liq.volume_known": True,
    "trade.strategy.turnover": 0.1, "perf.strategy.cumulative.1y": 0.1,
}  # fmt: skip


def statements(facts_of, **changes):
    return {s.rule_id: s for s in required_statements(facts_of(FULL | changes), RULES, ON)}


def test_leading_statements_come_first_then_by_rule(facts_of):
    found = required_statements(facts_of(FULL), RULES, ON)
    assert [s.lead for s in found] == sorted((s.lead for s in found), reverse=True)
    leading = [s.rule_id for s in found if s.lead]
    assert leading == sorted(leading)
    assert {"RSK-X03", "RSK-K04", "RSK-K06", "RSK-K08"} <= set(leading)


def test_placeholders_are_filled_as_facts_print(facts_of):
    found = statements(facts_of)
    assert "60.0% of it is in its ten largest" in found["RSK-K08"].text
    assert found["PP-06"].text.startswith("Figures are in USD.")
    assert "{" not in "".join(s.text for s in found.values())


def test_a_statement_says_why_it_is_there(facts_of):
    assert statements(facts_of)["RSK-K08"].reason.startswith("20 holdings, below 50; top ten 60.0% of NAV is above 40%")


def test_what_does_not_apply_is_not_required(facts_of):
    assert "RSK-K04" not in statements(facts_of, **{"class.initial_charge": 0.0})
    assert "PP-05" not in statements(facts_of)
    assert "INT-01" not in statements(facts_of)
    assert "INT-01" in statements(facts_of, **{"doc.channel": "internal"})


def test_when_the_facts_do_not_say_the_statement_is_required(facts_of):
    facts = dict(FULL)
    del facts["liq.worst_days"]
    assert "RSK-K07" in {s.rule_id for s in required_statements(facts_of(facts), RULES, ON)}


def test_the_documents_named_change_on_their_day(facts_of):
    """The same sheet, on the last and the first day of each: the KIID alone, either document, the product summary."""
    days = [date(2026, 4, 5), date(2026, 4, 6), date(2027, 6, 7), date(2027, 6, 8)]
    named = [[s for s in required_statements(facts_of(FULL), RULES, day) if s.rule_id[:6] == "DOC-01"] for day in days]
    assert [[s.rule_id for s in found] for found in named] == [
        ["DOC-01"], ["DOC-01-2026"], ["DOC-01-2026"], ["DOC-01-2027"],
    ]  # fmt: skip
    texts = [found[0].text for found in named]
    assert ["key investor document" in text for text in texts] == [True, True, True, False]
    assert ["product summary" in text for text in texts] == [False, True, True, True]


def test_a_fact_without_a_value_is_asked_for(facts_of):
    with pytest.raises(
        RuleError, match=r"rule DOC-01-2026: its statement needs fund\.documents_from .*, which has no value"
    ):
        statements(facts_of, **{"fund.documents_from": None})


def test_an_unknown_placeholder_is_named(facts_of):
    rule = replace(RULES[0], statement={"en": "Costs {class.costs}."})
    with pytest.raises(RuleError, match=r"names \{class\.costs\}, and there is no such fact"):
        fill(rule, facts_of(FULL))


def test_nothing_but_fact_ids_is_interpreted(facts_of):
    """A fact whose text looks like a placeholder or a template stays text."""
    rule = replace(RULES[0], statement={"en": "From {fund.documents_from}."})
    facts = facts_of(FULL | {"fund.documents_from": "{class.currency} {{ 7 * 7 }} {0.__class__}"})
    assert fill(rule, facts) == "From {class.currency} {{ 7 * 7 }} {0.__class__}."


def test_a_sentence_that_needs_the_figure_that_is_unknown_is_left_to_a_person(facts_of):
    """A run of five months has no turnover a year: a sheet can be made, and the review asks a person."""
    assert "RSK-X06" in statements(facts_of, **{"trade.strategy.turnover": 0.9})
    facts = facts_of(FULL | {"trade.strategy.turnover": None})
    rule = next(r for r in RULES if r.id == "RSK-X06")
    assert applies(rule, facts, ON, context_of(facts)).applies is None
    assert "RSK-X06" not in {s.rule_id for s in required_statements(facts, RULES, ON)}


STERLING = {key: value for key, value in FULL.items() if not key.startswith("expo.currency.")} | {
    "class.currency": "GBP",
    "expo.currency.GBP.strategy": 1.0,
}


def borrowed(when="subject_is_fund", said_by=("RSK-K06", "GEN-13"), **changes):
    """The rules, and one that prints nothing of its own."""
    own = {rule.id: rule for rule in RULES}["RSK-K05"]
    one = replace(own, id="RSK-Z99", when=when, said_by=said_by, statement={}, slot=None, **changes)
    return (*RULES, one)


def test_what_another_statement_says_is_printed_once(facts_of):
    facts = facts_of(STERLING)
    assert required_statements(facts, borrowed(), ON) == required_statements(facts, RULES, ON)


def test_the_first_of_the_named_that_stands_on_the_sheet_anyway_is_enough(facts_of):
    """Nothing is in a foreign currency, so GEN-13 says it."""
    found = {s.rule_id for s in required_statements(facts_of(STERLING), borrowed(), ON)}
    assert "GEN-13" in found
    assert "RSK-K06" not in found


def test_a_borrowed_statement_is_printed_even_where_its_own_rule_does_not_ask_for_it(facts_of):
    rules = borrowed(said_by=("RSK-K06",))
    statement = next(s for s in required_statements(facts_of(STERLING), rules, ON) if s.rule_id == "RSK-K06")
    assert "other currencies than GBP" in statement.text
    assert statement.reason == "the subject is a fund"


def test_a_borrowed_statement_leads_when_one_of_those_that_ask_for_it_leads(facts_of):
    facts = facts_of(STERLING)
    rules = borrowed(when="initial_charge", when_options={"lead_from": 0.01}, said_by=("GEN-13",))
    by = {s.rule_id: s.lead for s in required_statements(facts, rules, ON)}
    assert by["GEN-13"]
    assert not {s.rule_id: s.lead for s in required_statements(facts, RULES, ON)}["GEN-13"]
