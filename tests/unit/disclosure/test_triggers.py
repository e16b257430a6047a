"""Each trigger at its threshold, just under it, and without its facts."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.triggers import PREDICATES, evaluate, options_of

RULES = {rule.id: rule for rule in load_packs()}
CALM = {"conc.strategy.holdings": 50, "conc.strategy.top10": 0.40, "conc.strategy.effective_names": 30.0}
SECTORS = {
    "expo.sector.it.strategy": 0.35, "expo.sector.it.benchmark": 0.20,
    "expo.theme.capex.strategy": 0.25, "expo.theme.adopter.strategy": 0.25,
}  # fmt: skip

CASES = [
    ("RSK-K04", {"class.initial_charge": 0.0}, False, False),
    ("RSK-K04", {"class.initial_charge": 0.0001}, True, False),
    ("RSK-K04", {"class.initial_charge": 0.01}, True, True),
    ("RSK-K06", {"fund.base_currency": "GBP", "expo.currency.GBP.strategy": 1.0}, False, False),
    ("RSK-K06", {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.001}, True, False),
    ("RSK-K06", {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.25}, True, True),
    ("RSK-K07", {"liq.worst_days": 5.0, "liq.slow_share": 0.0, "liq.volume_known": True}, False, False),
    ("RSK-K07", {"liq.worst_days": 5.1, "liq.slow_share": 0.09, "liq.volume_known": True}, True, False),
    ("RSK-K07", {"liq.worst_days": 12.0, "liq.slow_share": 0.10, "liq.volume_known": True}, True, True),
    ("RSK-K07", {"liq.volume_known": False}, True, False),
    ("RSK-K08", CALM, False, False),
    ("RSK-K08", CALM | {"conc.strategy.holdings": 49}, True, False),
    ("RSK-K08", CALM | {"conc.strategy.top10": 0.401}, True, False),
    ("RSK-K08", CALM | {"conc.strategy.effective_names": 29.9}, True, False),
    ("RSK-K08", CALM | {"conc.strategy.holdings": 29}, True, True),
    ("RSK-K08", CALM | {"conc.strategy.top10": 0.551}, True, True),
    ("RSK-K09", SECTORS, False, False),
    ("RSK-K09", SECTORS | {"expo.sector.it.strategy": 0.351}, True, False),
    ("RSK-K09", SECTORS | {"expo.sector.it.benchmark": 0.19}, True, False),
    ("RSK-K09", SECTORS | {"expo.theme.adopter.strategy": 0.26}, True, False),
    ("RSK-K09", SECTORS | {"expo.sector.it.strategy": 0.51}, True, True),
    ("RSK-K09", SECTORS | {"expo.theme.other.strategy": 0.9}, False, False),
    ("RSK-K13", {"expo.country.GB.strategy": 1.0}, False, False),
    ("RSK-K13", {"expo.country.TW.strategy": 0.02}, True, False),
    ("RSK-K13", {"expo.country.TW.strategy": 0.15}, True, True),
    ("RSK-X03", {"data.survivors_only": False}, False, True),
    ("RSK-X03", {"data.survivors_only": True}, True, True),
    ("RSK-X04", {"sim.trials": 1}, False, False),
    ("RSK-X04", {"sim.trials": 2}, True, False),
    ("RSK-X06", {"trade.strategy.turnover": 0.5}, False, False),
    ("RSK-X06", {"trade.strategy.turnover": 0.51}, True, False),
    ("RSK-X07", {"expo.theme.capex.strategy": 0.25}, False, False),
    ("RSK-X07", {"expo.theme.capex.strategy": 0.251}, True, False),
    ("RSK-X08", {"expo.theme.capex.strategy": 0.2, "expo.theme.capex.benchmark": 0.2}, False, False),
    ("RSK-X08", {"expo.theme.capex.strategy": 0.1, "expo.theme.capex.benchmark": 0.2}, True, False),
    ("RSK-X08", {"expo.theme.capex.strategy": 0.3, "expo.theme.capex.benchmark": 0.2}, False, False),
    ("RSK-X09", {"sim.start": date(2010, 1, 4), "sim.end": date(2024, 1, 4)}, False, False),
    ("RSK-X09", {"sim.start": date(2016, 1, 4), "sim.end": date(2024, 1, 4)}, True, False),
    ("RSK-X09", {"sim.start": date(2014, 1, 4), "sim.end": date(2034, 1, 4)}, True, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.20}, False, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.201}, True, False),
    ("RSK-X17", {"data.themes_assigned": date(2012, 1, 3), "sim.start": date(2012, 1, 3)}, False, True),
    ("RSK-X17", {"data.themes_assigned": date(2012, 1, 4), "sim.start": date(2012, 1, 3)}, True, True),
    ("PP-06", {"class.currency": "GBP"}, False, False),
    ("PP-06", {"class.currency": "USD"}, True, False),
    ("ILL-01", {"data.synthetic": True}, True, False),
    ("GEN-04", {"fund.subject": "index"}, False, False),
    ("GEN-04", {"fund.subject": "fund"}, True, False),
    ("GEN-15", {"benchmark.name": None}, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "values", "applies", "lead"), CASES)
def test_a_trigger_at_its_threshold(facts_of, rule_id, values, applies, lead):
    rule = RULES[rule_id]
    trigger = evaluate(rule.when, rule.when_options, facts_of(values))
    assert trigger.applies is applies, trigger.reason
    assert trigger.lead is lead or not applies
    assert trigger.reason


@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_without_facts_a_trigger_says_what_it_lacks(facts_of, name):
    options = next((dict(rule.when_options) for rule in RULES.values() if rule.when == name), {})
    trigger = evaluate(name, options, facts_of({}))
    assert trigger.applies is (True if name == "always" else None)
    assert name == "always" or "not known" in trigger.reason


def test_every_trigger_serves_a_rule():
    assert {rule.when for rule in RULES.values()} == set(PREDICATES)


def test_the_reason_carries_the_numbers(facts_of):
    rule = RULES["RSK-K08"]
    trigger = evaluate(rule.when, rule.when_options, facts_of(CALM | {"conc.strategy.top10": 0.561}))
    assert trigger.reason == "top ten 56.1% of NAV is above 40%"


def test_thresholds_are_data_and_the_code_has_none():
    assert options_of("volatile") == ("volatility_above", "class_from", "summary_class_from")
    assert RULES["RSK-X11"].when_options == {"volatility_above": 0.20, "class_from": 6, "summary_class_from": 5}


@pytest.mark.parametrize(
    ("text", "name", "applies"),
    [
        ({"text.performance": True, "text.simulated": True}, "has_simulated_performance", True),
        ({"text.performance": True, "text.simulated": False}, "has_simulated_performance", False),
        ({"text.performance": True, "text.simulated": False}, "has_actual_performance", True),
        ({"text.performance": True, "text.simulated": True}, "has_actual_performance", None),
        ({"text.performance": False, "text.simulated": True}, "has_performance", False),
        ({"text.performance": True, "text.simulated": False}, "has_performance", True),
    ],
)
def test_a_strangers_text_tells_what_it_can(facts_of, text, name, applies):
    assert evaluate(name, {}, facts_of(text)).applies is applies


def test_performance_is_known_from_the_basis_of_the_facts(facts_of):
    actual = facts_of({"perf.strategy.cumulative.1y": 0.1}, basis="actual")
    assert evaluate("has_actual_performance", {}, actual).applies is True
    assert evaluate("has_simulated_performance", {}, actual).applies is False


def test_gross_is_asked_of_the_product_not_of_the_index(facts_of):
    net = facts_of({"perf.strategy.cumulative.1y": 0.1}).facts
    index = facts_of({"perf.benchmark.cumulative.1y": 0.1}, charges="gross").facts
    facts = facts_of({})
    assert evaluate("has_gross_performance", {}, type(facts)({**net, **index}, {})).applies is False
