"""Whom a rule speaks to: jurisdictions, their regimes, clients and channels; and what must be known to say so."""

from __future__ import annotations

import pytest

from backtest.disclosure.context import CHANNELS, Addressees, Context

BOTH = ("retail", "professional")
OUTSIDE = ("one_to_one", "intermediary", "public")


def rule(jurisdictions=("UK",), audiences=BOTH, channels=CHANNELS, **by_regime):
    return Addressees(tuple(jurisdictions), tuple(audiences), tuple(channels), by_regime)


UK_AND_EU = rule(("UK", "EU"), UK_mifid=BOTH, UK_non_mifid=("retail",))
FUND_MANAGERS = rule(("EU",), EU_fund_manager=BOTH)


@pytest.mark.parametrize(
    ("asked", "context", "spoken_to"),
    [
        (rule(), Context(), True),
        (rule(), Context(jurisdictions=("EU",), eu_regime="mifid"), False),
        (rule(), Context(jurisdictions=("EU", "UK"), eu_regime="mifid"), True),
        (rule(("all",)), Context(jurisdictions=("US",), us_regime="adviser"), True),
        (UK_AND_EU, Context("professional", ("UK",), uk_regime="non_mifid"), False),
        (UK_AND_EU, Context("professional", ("UK",), uk_regime="mifid"), True),
        (UK_AND_EU, Context("professional", ("EU",), eu_regime="fund_manager"), True),
        (UK_AND_EU, Context("professional", ("UK", "EU"), eu_regime="mifid"), True),
        (FUND_MANAGERS, Context("professional", ("EU",), eu_regime="fund_manager"), True),
        (FUND_MANAGERS, Context("professional", ("EU",), eu_regime="mifid"), False),
        (FUND_MANAGERS, Context("professional", ("EU",)), True),
        (rule(audiences=("retail",)), Context("professional"), False),
        (rule(channels=OUTSIDE), Context(channel="internal"), False),
        (rule(channels=OUTSIDE), Context(channel="public"), True),
    ],
)
def test_a_rule_speaks_to_its_own(asked, context, spoken_to):
    assert (asked.why_not(context) is None) is spoken_to


@pytest.mark.parametrize(
    ("asked", "context", "expected"),
    [
        (rule(), Context(), None),
        (rule(channels=OUTSIDE), Context(), "not known: the channel; the rule is for one_to_one, intermediary, public"),
        (FUND_MANAGERS, Context(jurisdictions=("EU",)), "not known: the regime in the EU, mifid or fund_manager"),
        (FUND_MANAGERS, Context(jurisdictions=("EU",), eu_regime="mifid"), None),
        (UK_AND_EU, Context(jurisdictions=("EU",)), None),
        (UK_AND_EU, Context("professional", ("EU",)), None),
        (rule(("US",), US_adviser=BOTH, US_broker_dealer=BOTH), Context(jurisdictions=("US",)), None),
        (
            rule(("UK", "EU"), UK_mifid=BOTH, UK_non_mifid=BOTH, EU_mifid=BOTH),
            Context(jurisdictions=("UK", "EU")),
            None,
        ),
    ],
)
def test_what_must_be_known_first_is_named_only_where_it_matters(asked, context, expected):
    assert asked.unsure(context) == expected


def test_the_reason_names_the_clients_and_the_regime():
    context = Context("professional", ("UK",), uk_regime="non_mifid")
    assert UK_AND_EU.why_not(context) == "the rule is for retail clients under non_mifid; the audience is professional"
    other = FUND_MANAGERS.why_not(Context(jurisdictions=("EU",), eu_regime="mifid"))
    assert other == "the rule does not speak to anybody under mifid"


def test_a_context_says_each_place_with_its_regime():
    context = Context("professional", ("UK", "EU", "US"), "public", "non_mifid", "fund_manager")
    assert str(context) == "UK non-mifid, EU fund-manager, US regime not known, professional, channel public"
