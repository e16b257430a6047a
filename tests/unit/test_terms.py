"""The terms of a simulation refuse what contradicts itself, in one sentence that says how to mend it."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from backtest.errors import MandateError
from backtest.facts import Facts, facts_from_json, facts_to_json
from backtest.facts.given import given
from backtest.facts.said import NO_TEXTS, Said
from backtest.facts.terms import class_terms, term_facts
from backtest.factsheet.rows import Printed, assumptions, charges
from backtest.mandate import Mandate, parse_mandate
from backtest.words import words_in

ENGLISH = Said(words_in("en"), words_in("en"), NO_TEXTS)
DEMO = tomllib.loads((Path(__file__).parents[2] / "examples" / "demo.toml").read_text(encoding="utf-8"))


def with_terms(**sections: object) -> Mandate:
    """The demo's mandate with keys added to its sections, or sections of its own."""
    table = dict(DEMO)
    for name, keys in sections.items():
        table[name] = {**table.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return parse_mandate(table, "mandate.toml")


def said(**sections: object) -> str:
    with pytest.raises(MandateError) as caught:
        with_terms(**sections)
    return str(caught.value)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"schedule": {"decide": "every_n_days"}}, "every_days belongs to decide"),
        ({"schedule": {"every_days": 5}}, "every_days belongs to decide"),
        ({"schedule": {"decide": "dates"}}, "dates belongs to decide"),
        ({"schedule": {"decide": "fortnight"}}, "[schedule] decide: found 'fortnight'"),
        ({"constraints": {"max_theme": {"capex": 0.1}, "min_theme": {"capex": 0.2}}},
         "min_theme.capex 0.2 is above max_theme.capex 0.1; lower the floor or raise the cap"),
        ({"constraints": {"max_sector": {"Energy": 0.1}, "min_sector": {"Energy": 0.3}}}, "min_sector.Energy 0.3"),
        ({"constraints": {"min_name": 0.2}}, "min_name 0.2 is above max_name 0.08; lower the floor"),
        ({"constraints": {"ucits_5_10_40": True, "ucits_index_20": True}}, "keep the one that applies"),
        ({"constraints": {"trade_to": "edge"}}, 'trade_to = "edge" needs a no_trade_band'),
        ({"constraints": {"max_adv_share": 0.0}}, "[constraints] max_adv_share: found 0.0"),
        ({"constraints": {"max_country": {"Germany": 0.1}}}, "[constraints] max_country"),
        ({"costs": {"tax_table": "mine.toml"}}, 'tax_table needs taxes = "by_country"'),
        ({"costs": {"commission_bps": 1001}}, "[costs] commission_bps: found 1001"),
        ({"costs": {"commision_minimum": 5}}, "Did you mean commission_minimum?"),
        ({"flow": [{"date": "someday", "amount": 1.0}]}, "[flow 1] date: found 'someday'"),
        ({"flow": [{"date": date(2020, 1, 31), "amount": 0.0}]}, "[flow 1] amount: found 0.0. An amount of 0 is no"),
    ],
)  # fmt: skip
def test_a_contradiction_is_one_sentence(sections, expected):
    assert expected in said(**sections)


def test_a_fixed_date_given_twice_is_refused():
    day = date(2020, 1, 31)
    assert "dates holds a day twice" in said(schedule={"decide": "dates", "dates": [day, day]})


def test_whole_shares_need_closes_as_they_were_traded():
    data = {"source": "files", "closes": "c.csv", "universe": "u.csv", "vendor": "v", "price_adjustment": "splits"}
    assert "whole_shares needs closes as they were traded" in said(data=data, constraints={"whole_shares": True})
    assert with_terms(constraints={"whole_shares": True}).constraints.whole_shares


def test_every_term_that_is_set_is_a_fact_and_stands_on_the_sheet():
    """What the figures rest on must be readable beside them; what is not set is not spoken of."""
    mandate = with_terms(
        constraints={
            "fully_invested": True, "min_cash": 0.01, "min_name": 0.001, "min_theme": {"adopter": 0.2},
            "max_sector": {"Energy": 0.2}, "min_sector": {"Energy": 0.0}, "max_country": {"US": 0.6},
            "min_country": {"GB": 0.05}, "max_currency": {"USD": 0.7}, "min_currency": {"GBP": 0.05}, "max_issuer": 0.1,
            "max_issuer_group": 0.2, "ucits_5_10_40": True, "max_turnover": 0.3, "min_trade": 0.0005,
            "no_trade_band": 0.001, "trade_to": "edge", "max_adv_share": 0.2, "adv_days": 20, "whole_shares": True,
        },
        costs={
            "commission_fixed": 1.0, "commission_minimum": 5.0, "buy_tax_bps": 1, "sell_tax_bps": 1,
            "taxes": "by_country", "impact": True, "impact_coefficient": 0.7, "impact_days": 30, "fx_bps": 2,
            "custody_bps": 1.5,
        },
    )  # fmt: skip
    base = given("fund.base_currency", "Base currency", mandate.fund.base_currency)
    facts = {fact.id: fact for fact in (base, *term_facts(ENGLISH, mandate))}
    text = Printed(Facts(facts=facts, series={}))
    shown = {row["label"]: row["value"] for row in assumptions(text)}
    for key, value in mandate.constraints.model_dump().items():
        names = [f"sim.limit.{key}.{name}" for name in value] if isinstance(value, dict) else [f"sim.limit.{key}"]
        if key not in ("max_name", "max_theme", "trade_to", "adv_days") and value:
            assert all(name in facts for name in names), key
            assert all(text(name) in shown["Limits"] for name in names), key
    assert "minimum in United Kingdom 5.00%" in shown["Limits"] and "the UCITS limits on issuers" in shown["Limits"]
    for part in (
        "commission of at least GBP 5.00",
        ", GBP 1.00 for each order",
        "by country and date",
        "currency 2.0 bp on",
    ):
        assert part in shown["Each trade"]
    assert "market impact of 0.70 times" in shown["Each trade"] and shown["Custody"] == "1.5 bp a year"


def test_limits_on_sectors_have_ids_whatever_their_names_are_made_of():
    names = {"Oil & gas": 0.3, "Oil, gas": 0.2, "Information technology": 0.4, "Énergie": 0.1}
    facts = [
        f
        for f in term_facts(ENGLISH, with_terms(constraints={"max_sector": names}))
        if f.id.startswith("sim.limit.max_sector.")
    ]
    assert {f.label: f.value for f in facts} == {f"maximum in {name}": value for name, value in names.items()}
    assert len({f.id for f in facts}) == 4
    assert facts_from_json(facts_to_json(Facts({f.id: f for f in facts}, {}))).facts == {f.id: f for f in facts}


def test_a_plain_mandate_states_what_it_always_did():
    facts = {fact.id for fact in term_facts(ENGLISH, with_terms())}
    assert facts == {
        "sim.commission", "sim.half_spread", "sim.buy_tax", "sim.sell_tax", "sim.delisting_haircut", "sim.capital",
        "sim.max_name", "sim.max_theme.capex",
    }  # fmt: skip


def test_a_performance_fee_stands_among_the_charges():
    share = {"name": "P", "currency": "GBP", "ongoing_charge": 0.005, "performance_fee": 0.2, "hedged": True}
    facts = {fact.id: fact for fact in class_terms(ENGLISH, with_terms(share_class=[share]).share_class[0])}
    assert set(facts) == {"class.hedged", "class.performance_fee", "class.fee_basis"}
    rows = {row["label"]: row["value"] for row in charges(Printed(Facts(facts=facts, series={})))}
    assert rows["Performance fee"] == "20.00% of the gain above the high-water mark, paid each year"
