"""What a mandate declares: read strictly, and each of it a fact."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from backtest.declared import ProductRecord, Promotion, Risk
from backtest.facts.declared import declared_facts
from backtest.facts.said import said_in
from backtest.mandate import load_mandate, parse_mandate


@pytest.fixture(scope="module")
def demo():
    """The demo's mandate as a table, and a way to add to it."""
    path = Path(__file__).parents[2] / "examples" / "demo.toml"
    load_mandate(path)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def facts(demo, **tables):
    mandate = parse_mandate(demo | tables, "demo")
    found = declared_facts(said_in(mandate, "en"), mandate, mandate.reported_class)
    return {fact.id: fact.value for fact in found}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"high_yield_share": 0.2, "bond_share": 0.1}, "high_yield_share 0.2 is above bond_share 0.1"),
        ({"state_issuer": "United States"}, "state_issuer and state_limit belong together"),
        ({"state_limit": 0.4}, "state_issuer and state_limit belong together"),
        ({"gross_exposure_limit": 0.9}, "greater than or equal to 1"),
        ({"bond_share": 1.1}, "less than or equal to 1"),
        ({"leverage": 2}, "Extra inputs are not permitted"),
    ],
)
def test_a_risk_that_contradicts_itself_is_refused(table, said):
    with pytest.raises(ValidationError, match=said):
        Risk.model_validate(table)


def test_a_fund_that_declares_nothing_has_nothing(demo):
    found = facts(demo)
    assert found["risk.declared.bond_share"] == 0.0
    assert found["risk.declared.derivatives"] == "none"
    assert found["risk.declared.smaller_share"] is None
    assert not [fact_id for fact_id in found if fact_id.startswith(("record.", "promotion."))]


def test_what_is_declared_is_a_fact(demo):
    found = facts(
        demo,
        risk={"bond_share": 0.2, "gross_exposure_limit": 1.3, "principally": "index"},
        product_record={"document": "KIID", "dated": date(2026, 2, 1), "ongoing_charge": 0.008},
        promotion={"approver": "Approvers Ltd", "approved_on": date(2026, 11, 2), "approver_frn": 123456},
    )
    assert found["risk.declared.bond_share"] == 0.2
    assert found["risk.declared.gross_exposure"] == 1.3
    assert found["risk.declared.policy"] == "shares, so as to follow an index"
    assert found["record.ongoing_charge"] == 0.008
    assert found["record.objective"] is None
    assert found["promotion.frn"] == "123456"


def test_a_record_and_a_promotion_need_their_names_and_days():
    for model in (ProductRecord, Promotion):
        with pytest.raises(ValidationError, match="Field required"):
            model.model_validate({})


EU_ALONE = {"jurisdictions": ["EU"], "eu_regime": "mifid", "audience": "professional", "channel": "intermediary"}
BOTH = EU_ALONE | {"jurisdictions": ["UK", "EU"]}
ABROAD = EU_ALONE | {"jurisdictions": ["EU", "US"], "us_regime": "adviser"}


@pytest.mark.parametrize(
    ("distribution", "chosen", "subject", "scale"),
    [
        (None, None, "fund", "srri"),
        (EU_ALONE, None, "fund", "sri"),
        (ABROAD, None, "fund", "sri"),
        (BOTH, None, "fund", "srri"),
        (EU_ALONE, None, "index", "srri"),
        (EU_ALONE, "srri", "fund", "srri"),
        (BOTH, "sri", "fund", "sri"),
        (None, "sri", "fund", "sri"),
    ],
)
def test_the_scale_of_the_risk_class_is_that_of_the_readers_document(demo, distribution, chosen, subject, scale):
    tables = {"fund": demo["fund"] | {"subject": subject}, "report": demo["report"] | {"pages": 2}}
    tables |= {} if distribution is None else {"distribution": distribution}
    tables["report"] |= {} if chosen is None else {"risk_indicator": chosen}
    mandate = parse_mandate(demo | tables, "demo")
    assert mandate.risk_scale == scale
    assert mandate.summary_horizon == (mandate.fund.horizon_years if scale == "sri" else None)


@pytest.mark.parametrize(
    ("risk", "alone"),
    [
        ({}, True),
        ({"derivatives": "hedging"}, True),
        ({"derivatives": "investment"}, False),
        ({"gross_exposure_limit": 1.01}, False),
        ({"bond_share": 0.09}, True),
        ({"bond_share": 0.06, "otc_exposure": 0.04}, False),
        ({"principally": "funds"}, True),
        ({"principally": "deposits"}, False),
    ],
)
def test_no_summary_class_is_said_where_credit_or_leverage_has_a_part_in_it(demo, risk, alone):
    mandate = parse_mandate(demo | {"risk": risk, "report": demo["report"] | {"risk_indicator": "sri"}}, "demo")
    assert (mandate.summary_horizon is not None) == alone


@pytest.mark.parametrize(("scale", "fact_id"), [("srri", "record.risk_class"), ("sri", "record.summary_class")])
def test_the_class_of_the_product_record_is_on_the_scale_of_the_sheet(demo, scale, fact_id):
    record = {"document": "KID", "dated": date(2026, 2, 1), "risk_class": 4}
    found = facts(demo, product_record=record, report=demo["report"] | {"risk_indicator": scale})
    assert {i: v for i, v in found.items() if i in ("record.risk_class", "record.summary_class")} == {fact_id: 4}
