"""What calls for a rule of the EU, of the US or of GIPS: currencies, charges, claims, names."""

from __future__ import annotations

import re

from backtest.disclosure.phrases import phrase_pattern
from backtest.disclosure.triggers.known import RISK_CLASSES, Trigger, flag, percent, unknown, value
from backtest.disclosure.triggers.performance import has_actual_performance, has_simulated_performance
from backtest.disclosure.triggers.product import subject_is_fund
from backtest.facts import Facts

STERLING = "GBP"


def performance_in_another_currency(facts: Facts) -> Trigger:
    """Figures in a currency that is not the clients': sterling in the UK, that of the Member State in the EU."""
    currency = value(facts, "class.currency") or value(facts, "fund.base_currency")
    if currency is None:
        return unknown("class.currency", "the currency of the figures")
    places = (value(facts, "doc.jurisdictions") or "UK").replace(",", " ").split()
    theirs = {"UK": STERLING, "EU": value(facts, "doc.client_currency")}
    asked = [theirs[place] for place in places if place in theirs]
    others = [money for money in asked if money is not None and money != currency]
    if others:
        return Trigger(True, f"figures are in {currency}, the clients’ currency is {others[0]}")
    if None in asked:
        return unknown("doc.client_currency", f"whether the clients’ currency is {currency}")
    return Trigger(False, f"figures are in {currency}, as the clients’ money is")


def fund_with_a_benchmark(facts: Facts) -> Trigger:
    is_fund = subject_is_fund(facts)
    if is_fund.applies is not True:
        return is_fund
    name = value(facts, "benchmark.name")
    return Trigger(bool(name), f"a fund compared with {name}" if name else "no benchmark is shown")


def ucits_with_actual_performance(facts: Facts) -> Trigger:
    structure = value(facts, "fund.structure")
    if structure is None:
        return unknown("fund.structure", "whether the fund is a UCITS")
    return has_actual_performance(facts) if structure == "ucits" else Trigger(False, f"the structure is {structure}")


def name_has_a_term(facts: Facts, *, terms: list[str]) -> Trigger:
    """The fund's name speaks of sustainability, of impact or of a transition. terms: as words are looked for, those in
    capitals in capitals alone: a fund of Sri Lanka is no SRI fund."""
    name = value(facts, "fund.name")
    if name is None:
        return unknown("fund.name", "the name of the fund")
    searched = (re.search(phrase_pattern(t) + r"\w*", name, 0 if t.isupper() else re.IGNORECASE) for t in terms)
    found = next((match.group() for match in searched if match), None)
    return Trigger(found is not None, f"the name says {found!r}" if found else "the name has none of the terms")


def gross_shown(facts: Facts) -> Trigger:
    figures = [f for i, f in facts.facts.items() if i.startswith("perf.strategy.")]
    if figures:
        gross = sum(f.charges == "gross" for f in figures)
        return Trigger(gross > 0, f"{gross} of {len(figures)} figures are before charges")
    return unknown("perf.strategy", "whether figures are net or gross")


def gross_characteristics(facts: Facts, *, prefixes: list[str]) -> Trigger:
    """Volatility, Sharpe ratio, contribution and the like, computed from returns before charges."""
    found = [f for i, f in facts.facts.items() if i.startswith(tuple(prefixes)) and f.value is not None]
    if not found:
        return unknown(prefixes[0].rstrip("."), "whether characteristics are net or gross")
    gross = [f.label for f in found if f.charges == "gross"]
    said = f"before charges: {', '.join(gross[:3])}" if gross else "no characteristic is before charges"
    return Trigger(bool(gross), said)


def reader_pays_more(facts: Facts) -> Trigger:
    """The reader would pay a higher charge than the one taken off these figures."""
    charge, taken = value(facts, "doc.anticipated_charge"), value(facts, "class.ongoing_charge")
    if charge is None:
        stated = "doc.anticipated_charge" in facts.facts
        said = "no other charge to the reader is stated"
        return Trigger(False, said) if stated else unknown("doc.anticipated_charge", "what the reader would pay")
    if taken is None:
        return unknown("class.ongoing_charge", "the charge in the figures")
    reason = f"the reader would pay {percent(charge, 2)} a year, the figures are after {percent(taken, 2)}"
    return Trigger(charge > taken, reason)


def claims_gips(facts: Facts) -> Trigger:
    return flag(facts, "doc.claims_gips", "the firm claims compliance with GIPS", "no claim of compliance with GIPS")


def claims_gips_beside_a_simulation(facts: Facts) -> Trigger:
    claim, simulated = claims_gips(facts), has_simulated_performance(facts)
    if claim.applies is not True:
        return claim
    return Trigger(simulated.applies, f"{claim.reason}; {simulated.reason}")


def risk_class_shown(facts: Facts) -> Trigger:
    known = [fact_id for fact_id in RISK_CLASSES if fact_id in facts.facts]
    if not known:
        return unknown("risk.strategy.srri", "whether a risk class is shown")
    found = next(((fact_id, number) for fact_id in known if (number := value(facts, fact_id)) is not None), None)
    if found is None:
        return Trigger(False, "no class can be computed")
    return Trigger(True, f"class {found[1]} on the {found[0].rsplit('.', 1)[1].upper()} scale")


PREDICATES = (
    performance_in_another_currency, fund_with_a_benchmark, ucits_with_actual_performance, name_has_a_term, gross_shown,
    gross_characteristics, reader_pays_more, claims_gips, claims_gips_beside_a_simulation, risk_class_shown,
)  # fmt: skip
