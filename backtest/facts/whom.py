"""Facts of whom a sheet is for, from the mandate alone: so the gate can be asked before anything is simulated."""

from __future__ import annotations

from backtest.facts.fact import Fact, Facts
from backtest.facts.given import given
from backtest.mandate import Mandate, ShareClass


def whom_facts(mandate: Mandate, share_class: ShareClass) -> list[Fact]:
    """Countries, their regimes, clients, channel, and what their rules ask of firm and reader."""
    whom = mandate.distribution
    charge = whom.anticipated_charge
    gap = None if charge is None else charge - share_class.ongoing_charge
    return [
        given("doc.audience", "Audience", whom.audience),
        given("doc.channel", "Channel", whom.channel),
        given("doc.jurisdictions", "Jurisdictions", ", ".join(whom.jurisdictions)),
        given("doc.uk_regime", "UK regime", whom.uk_regime),
        given("doc.eu_regime", "EU regime", whom.eu_regime),
        given("doc.us_regime", "US regime", whom.us_regime),
        given("doc.client_currency", "Currency of the clients", whom.client_currency),
        given("doc.simulation_case", "Case of the simulation", whom.simulation_case),
        given("doc.counsel_note", "Advice on the simulation", whom.counsel_note),
        given("doc.audience_policy", "Policy on the audience", whom.audience_policy),
        given("doc.anticipated_charge", "Charge to the reader", charge, "percent", 2),
        given("doc.charge_gap", "Charge to the reader above that of the figures", gap, "percent", 2),
        given("doc.records_years", "Years for which records are kept", whom.records_years, "years"),
        given("doc.claims_gips", "Claims compliance with GIPS", whom.claims_gips, "flag"),
        given("doc.gips_report_from", "GIPS reports", whom.gips_report_from),
    ]


def foreseen_facts(mandate: Mandate) -> Facts:
    """What a mandate says of its sheet before there are figures: the subject, the readers, and that it simulates."""
    known = [
        given("fund.subject", "Subject", mandate.fund.subject),
        given("fund.management", "Management", mandate.fund.management),
        given("data.synthetic", "Invented data", mandate.data.source == "sample", "flag"),
        given("text.performance", "Shows performance", True, "flag"),
        given("text.simulated", "Shows simulated performance", True, "flag"),
        *whom_facts(mandate, mandate.reported_class),
    ]
    return Facts({fact.id: fact for fact in known}, {})
