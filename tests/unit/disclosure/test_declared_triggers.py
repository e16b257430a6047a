"""Triggers of what is declared, and of what is measured for the rules alone: at each threshold and beside it."""

from __future__ import annotations

import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.triggers import evaluate

RULES = {rule.id: rule for rule in load_packs()}
FUND = {"fund.subject": "fund", "fund.structure": "ucits"}
D = "risk.declared."
SELLS = FUND | {"liq.worst_days": 5.0, "liq.volume_known": True}
CALM = {"trade.strategy.turnover": 0.5, "trade.strategy.participation": 0.1}
DOLLARS = {"fund.base_currency": "USD", "class.currency": "GBP"}
HELD = {"expo.country.GB.strategy": 1.0}

# rule, facts, applies, lead
CASES = [
    ("RSK-K02", {"hold.shares": 0.0}, False, False),
    ("RSK-K02", {"hold.shares": 0.001}, True, True),
    ("RSK-K06", DOLLARS | {"expo.currency.USD.strategy": 1.0}, True, True),
    ("RSK-K06", DOLLARS | {"expo.currency.GBP.strategy": 1.0}, False, False),
    (
        "RSK-K06",
        {
            "fund.base_currency": "USD", "class.currency": "GBP", "class.is_hedged": True,
            "expo.currency.USD.strategy": 1.0,
        },
        False,
        False,
    ),
    (
        "RSK-K06",
        FUND | {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.5, f"{D}hedged_currency_share": 0.6},
        True,
        False,
    ),
    (
        "RSK-K06",
        FUND | {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.5, f"{D}hedged_currency_share": 0.5},
        True,
        True,
    ),
    (
        "RSK-K06",
        FUND | {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.5, f"{D}hedged_currency_share": 1.0},
        False,
        False,
    ),
    ("RSK-K10", {"cap.below.2000": 0.0}, False, False),
    ("RSK-K10", {"cap.below.2000": 0.001}, True, False),
    ("RSK-K10", {"cap.below.2000": 0.149}, True, False),
    ("RSK-K10", {"cap.below.2000": 0.15}, True, True),
    ("RSK-K10", {f"{D}smaller_share": 0.15}, True, True),
    ("RSK-K10", {f"{D}smaller_share": 0.0}, False, False),
    ("RSK-K10", FUND, None, False),
    ("RSK-K11", FUND, False, False),
    ("RSK-K11", FUND | {f"{D}unlisted_share": 0.001}, True, False),
    ("RSK-K11", FUND | {f"{D}unlisted_share": 0.05}, True, True),
    ("RSK-K12", SELLS, False, False),
    ("RSK-K12", SELLS | {"liq.worst_days": 5.1}, True, False),
    ("RSK-K12", SELLS | {"liq.volume_known": False}, True, False),
    ("RSK-K12", SELLS | {f"{D}unlisted_share": 0.001}, True, False),
    ("RSK-K12", SELLS | {"liq.worst_days": 5.1, "fund.structure": "aif"}, False, False),
    ("RSK-K14", HELD, False, False),
    ("RSK-K14", HELD | {"expo.country.CN.strategy": 0.001}, True, False),
    ("RSK-K14", FUND | HELD | {f"{D}sanctioned": 1}, True, True),
    ("RSK-K15", FUND | {f"{D}bond_limit": 0.1}, False, False),
    ("RSK-K15", FUND | {f"{D}bond_limit": 0.101}, True, False),
    ("RSK-K15", FUND | {f"{D}bond_share": 0.001}, True, False),
    ("RSK-K15", FUND | {f"{D}bond_share": 0.199}, True, False),
    ("RSK-K15", FUND | {f"{D}bond_share": 0.2}, True, True),
    ("RSK-K16", FUND, False, False),
    ("RSK-K16", FUND | {f"{D}bond_share": 0.199}, True, False),
    ("RSK-K16", FUND | {f"{D}bond_share": 0.2}, True, True),
    ("RSK-K17", FUND, False, False),
    ("RSK-K17", FUND | {f"{D}high_yield_share": 0.099}, True, False),
    ("RSK-K17", FUND | {f"{D}high_yield_share": 0.1}, True, True),
    ("RSK-K18", FUND | {"hold.cash": 0.1, f"{D}cash_limit": 0.1}, False, False),
    ("RSK-K18", FUND | {"hold.cash": 0.101}, True, False),
    ("RSK-K18", FUND | {"hold.cash": 0.0, f"{D}cash_limit": 0.101}, True, False),
    ("RSK-K18", FUND | {"hold.cash": 0.2}, True, False),
    ("RSK-K18", FUND | {"hold.cash": 0.201}, True, True),
    ("RSK-K19", FUND, False, False),
    ("RSK-K19", FUND | {"class.is_hedged": True}, True, False),
    ("RSK-K19", FUND | {f"{D}derivatives": "hedging"}, True, False),
    ("RSK-K19", FUND | {f"{D}otc_exposure": 0.05}, True, False),
    ("RSK-K19", FUND | {f"{D}otc_exposure": 0.051}, True, True),
    ("RSK-K20", FUND, False, False),
    ("RSK-K20", FUND | {"class.distributing": True}, True, False),
    ("RSK-K21", FUND | {f"{D}derivatives": "none"}, False, False),
    ("RSK-K21", FUND | {f"{D}derivatives": "hedging"}, True, False),
    ("RSK-K21", FUND | {f"{D}derivatives": "investment"}, True, True),
    ("RSK-K22", FUND | {f"{D}gross_exposure": 1.0}, False, False),
    ("RSK-K22", FUND | {f"{D}gross_exposure": 1.001}, True, False),
    ("RSK-K22", FUND | {f"{D}gross_exposure": 1.1}, True, False),
    ("RSK-K22", FUND | {f"{D}gross_exposure": 1.101}, True, True),
    ("RSK-K23", FUND | {f"{D}derivatives": "investment"}, False, False),
    ("RSK-K23", FUND | {f"{D}hedged_currency_share": 0.1}, True, False),
    ("RSK-K24", FUND | {f"{D}derivatives": "hedging", "hold.cash": 0.05}, False, False),
    ("RSK-K24", FUND | {f"{D}derivatives": "hedging", "hold.cash": 0.051}, True, False),
    ("RSK-K24", FUND | {"hold.cash": 0.5}, False, False),
    ("RSK-X06", CALM, False, False),
    ("RSK-X06", CALM | {"trade.strategy.participation": 0.101}, True, False),
    ("RSK-X06", CALM | {"trade.strategy.turnover": 0.501}, True, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.1, "risk.strategy.srri": 5}, False, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.1, "risk.strategy.srri": 6}, True, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.1, "risk.strategy.sri": 4}, False, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.1, "risk.strategy.sri": 5}, True, False),
    ("RSK-X11", {"risk.strategy.volatility": 0.1, "risk.strategy.sri": 4, "risk.actual.sri": 5}, True, False),
    ("DOC-09", FUND | {"risk.strategy.volatility": 0.1, "risk.strategy.sri": 5}, True, True),
    ("DOC-09", FUND | {"risk.strategy.volatility": 0.201}, True, True),
    ("DOC-09", {"fund.subject": "index", "risk.strategy.volatility": 0.201}, False, False),
    ("RSK-X13", {"fund.base_currency": "GBP", "expo.currency.GBP.strategy": 1.0}, False, False),
    ("RSK-X13", {"fund.base_currency": "GBP", "expo.currency.USD.strategy": 0.001}, True, False),
    ("RSK-X15", FUND | {"ucits.breaches": 0, "ucits.rebalances": 9}, False, False),
    ("RSK-X15", FUND | {"ucits.breaches": 1, "ucits.rebalances": 9}, True, False),
    ("RSK-X15", {"fund.structure": "aif", "ucits.breaches": 1}, False, False),
    ("RSK-X15", FUND, None, False),
    ("RSK-X16", {"expo.theme.capex.strategy": 0.0, "expo.sector.semiconductors.strategy": 0.0}, False, False),
    ("RSK-X16", {"expo.theme.capex.strategy": 0.001}, True, False),
    ("RSK-X16", {"expo.theme.other.strategy": 1.0, "expo.sector.semiconductors.strategy": 0.001}, True, False),
    ("RSK-X16", {"expo.theme.other.strategy": 1.0, "expo.country.CN.strategy": 0.001}, True, False),
    ("RSK-91", {"fund.structure": "nurs"}, False, False),
    ("RSK-91", {"fund.structure": "ucits"}, True, False),
    ("DOC-07", FUND | {f"{D}state_limit": 0.35}, False, False),
    ("DOC-07", FUND | {f"{D}state_limit": 0.351, f"{D}state_issuer": "A state"}, True, True),
    ("DOC-08", FUND | {f"{D}kind": "shares"}, False, False),
    ("DOC-08", FUND | {f"{D}kind": "index"}, True, True),
    ("GEN-14", FUND, False, False),
    ("GEN-14", FUND | {"fund.objective": "To grow an ISA"}, True, False),
    ("GEN-14", FUND | {"fund.objective": "To hire a taxi"}, False, False),
    ("GEN-16", FUND, False, False),
    ("GEN-16", FUND | {"record.document": "Prospectus"}, True, False),
    ("GEN-17", FUND, False, False),
    ("GEN-17", FUND | {"promotion.approver": "A firm"}, True, False),
    ("PP-09", FUND | {"record.benchmark_role": "comparator"}, False, False),
    ("PP-09", FUND | {"record.benchmark_role": "constraint"}, True, False),
    ("DSC-D07", FUND | {"doc.commentary": "We sold."}, True, False),
    ("DSC-D10", {"data.vendor": "A vendor", "data.synthetic": True}, False, False),
    ("DSC-D10", {"data.vendor": "A vendor", "data.synthetic": False}, True, False),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "values", "applies", "lead"), CASES)
def test_a_trigger_at_its_threshold(facts_of, rule_id, values, applies, lead):
    rule = RULES[rule_id]
    trigger = evaluate(rule.when, rule.when_options, facts_of(values))
    assert trigger.applies is applies, trigger.reason
    assert trigger.lead is lead or not applies
    assert trigger.reason


@pytest.mark.parametrize("rule_id", sorted({case[0] for case in CASES}))
def test_a_strangers_document_declares_nothing_and_denies_nothing(facts_of, rule_id):
    rule = RULES[rule_id]
    trigger = evaluate(rule.when, rule.when_options, facts_of({"text.performance": True}))
    assert trigger.applies is None, trigger.reason
    assert "not known" in trigger.reason


@pytest.mark.parametrize(
    ("rule_id", "values", "reason"),
    [
        ("RSK-K10", {"cap.below.2000": 0.123}, "12.3% of NAV is in companies worth less than 2,000 million"),
        ("RSK-K22", FUND | {f"{D}gross_exposure": 1.3}, "exposure up to 130% of net assets"),
        ("RSK-X06", CALM | {"trade.strategy.participation": 0.25}, "an order took 25.0% of a day's trading, above 10%"),
        ("RSK-X15", FUND | {"ucits.breaches": 3, "ucits.rebalances": 60}, "not kept at 3 of 60 rebalances"),
        ("RSK-X16", {"expo.theme.capex.strategy": 0.171}, "17.1% of NAV is in theme capex"),
    ],
)
def test_the_reason_carries_the_numbers(facts_of, rule_id, values, reason):
    rule = RULES[rule_id]
    assert evaluate(rule.when, rule.when_options, facts_of(values)).reason == reason


def test_both_kinds_of_performance(facts_of):
    actual = facts_of({"perf.live.cumulative.1y": 0.1}, basis="actual")
    simulated = facts_of({"perf.strategy.cumulative.1y": 0.1})
    both = type(actual)({**actual.facts, **simulated.facts}, {})
    assert evaluate("actual_beside_simulated", {}, both).applies is True
    assert evaluate("actual_beside_simulated", {}, actual).applies is False
    assert evaluate("has_no_simulation", {}, actual).applies is True
    assert evaluate("has_no_simulation", {}, both).applies is False
