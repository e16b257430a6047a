"""Triggers of the packs for the EU, the US and GIPS, at their thresholds, with the numbers in their reasons."""

from __future__ import annotations

import pytest

from backtest.disclosure.triggers import evaluate

TERMS = {"terms": ["transformation", "sustainab*", "ESG"]}


def whom(currency, places="UK", client=None):
    return {"class.currency": currency, "doc.jurisdictions": places} | (
        {"doc.client_currency": client} if client else {}
    )


def charged(reader):
    return {"doc.anticipated_charge": reader, "class.ongoing_charge": 0.0075}


@pytest.mark.parametrize(
    ("name", "options", "facts", "applies", "reason"),
    [
        ("performance_in_another_currency", {}, whom("GBP"), False, "figures are in GBP, as the clients’ money is"),
        ("performance_in_another_currency", {}, whom("EUR"), True, "figures are in EUR, the clients’ currency is GBP"),
        ("performance_in_another_currency", {}, whom("EUR", "EU", "EUR"), False, "figures are in EUR"),
        ("performance_in_another_currency", {}, whom("EUR", "UK, EU", "EUR"), True, "the clients’ currency is GBP"),
        ("performance_in_another_currency", {}, whom("EUR", "EU"), None, "doc.client_currency"),
        ("performance_in_another_currency", {}, whom("USD", "US"), False, "figures are in USD"),
        ("reader_pays_more", {}, charged(0.0076), True, "0.76% a year"),
        ("reader_pays_more", {}, charged(0.0075), False, "after 0.75%"),
        ("reader_pays_more", {}, {}, None, "doc.anticipated_charge"),
        ("name_has_a_term", TERMS, {"fund.name": "AI Transformation Fund"}, True, "the name says 'Transformation'"),
        ("name_has_a_term", TERMS, {"fund.name": "World Sustainable Fund"}, True, "the name says 'Sustainable'"),
        ("name_has_a_term", {"terms": ["SRI", "green"]}, {"fund.name": "Greenwich Sri Lanka Fund"}, False, "none of"),
        ("name_has_a_term", TERMS, {"fund.name": "World Fund"}, False, "the name has none of the terms"),
        ("name_has_a_term", TERMS, {}, None, "fund.name"),
        ("claims_gips", {}, {"doc.claims_gips": True}, True, "the firm claims compliance with GIPS"),
        ("claims_gips", {}, {"doc.claims_gips": False}, False, "no claim"),
        ("claims_gips_beside_a_simulation", {}, {"doc.claims_gips": True, "perf.strategy.x": 0.1}, True, "1 figures"),
        ("fund_with_a_benchmark", {}, {"fund.subject": "fund", "benchmark.name": "Index"}, True, "compared with Index"),
        ("fund_with_a_benchmark", {}, {"fund.subject": "index", "benchmark.name": "Index"}, False, "an index"),
        ("ucits_with_actual_performance", {}, {"fund.structure": "aif"}, False, "the structure is aif"),
        ("risk_class_shown", {}, {"risk.strategy.srri": 6}, True, "class 6 on the SRRI scale"),
        ("risk_class_shown", {}, {"risk.strategy.sri": 4}, True, "class 4 on the SRI scale"),
        ("risk_class_shown", {}, {"risk.strategy.sri": 4, "risk.actual.sri": 5}, True, "class 5 on the SRI scale"),
        ("risk_class_shown", {}, {"risk.strategy.sri": 4, "risk.actual.sri": None}, True, "class 4 on the SRI scale"),
        ("risk_class_shown", {}, {"risk.actual.srri": 6}, True, "class 6 on the SRRI scale"),
        ("risk_class_shown", {}, {"risk.strategy.sri": None}, False, "no class can be computed"),
        ("risk_class_shown", {}, {}, None, "risk.strategy.srri"),
    ],
)  # fmt: skip
def test_a_trigger_answers_with_its_numbers(facts_of, name, options, facts, applies, reason):
    answer = evaluate(name, options, facts_of(facts))
    assert answer.applies is applies, answer.reason
    assert reason in answer.reason


@pytest.mark.parametrize(("charges", "applies"), [("gross", True), ("net", False)])
def test_figures_before_charges_are_counted(facts_of, charges, applies):
    figures = facts_of({"perf.strategy.cumulative.1y": 0.1, "risk.strategy.sharpe": 0.4}, charges=charges)
    assert evaluate("gross_shown", {}, figures).applies is applies
    assert evaluate("gross_characteristics", {"prefixes": ["risk.strategy."]}, figures).applies is applies
