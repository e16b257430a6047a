"""What is the document about, in which language, and what does the product charge?"""

from __future__ import annotations

import re
from dataclasses import replace

from backtest.disclosure.phrases import any_phrase, phrase_pattern
from backtest.disclosure.triggers.known import Trigger, article, flag, percent, unknown, value
from backtest.facts import Facts


def subject_is_fund(facts: Facts) -> Trigger:
    subject = value(facts, "fund.subject")
    if subject is None:
        return unknown("fund.subject", "whether this is a fund")
    return Trigger(subject == "fund", f"the subject is {article(str(subject))}")


def initial_charge(facts: Facts, *, lead_from: float) -> Trigger:
    charge = value(facts, "class.initial_charge")
    if charge is None:
        return unknown("class.initial_charge", "the initial charge")
    return Trigger(charge > 0, f"initial charge {percent(charge)}", lead=charge >= lead_from)


def benchmark_shown(facts: Facts) -> Trigger:
    if "benchmark.name" not in facts.facts:
        return unknown("benchmark.name", "whether a benchmark is shown")
    name = value(facts, "benchmark.name")
    return Trigger(True, f"compared with {name}") if name else Trigger(False, "no benchmark is shown")


def is_ucits(facts: Facts) -> Trigger:
    structure = value(facts, "fund.structure")
    if structure is None:
        return unknown("fund.structure", "whether this is a UCITS")
    return Trigger(structure == "ucits", f"the structure is {structure}")


def product_record_given(facts: Facts) -> Trigger:
    """The mandate says what the product's own document says."""
    return _given(facts, "record.document", "the product's document is {}", "no product record is given")


def promoted_for_another(facts: Facts) -> Trigger:
    """An authorised firm approved the sheet for a firm that is not."""
    return _given(facts, "promotion.approver", "approved by {}", "the firm communicates it itself")


def benchmark_binds(facts: Facts, *, roles: list[str]) -> Trigger:
    """The product's document makes the benchmark a target or a constraint."""
    given = _given(facts, "record.benchmark_role", "the benchmark is a {}", "the product's document names no such role")
    return replace(given, applies=given.applies and value(facts, "record.benchmark_role") in roles)


def has_commentary(facts: Facts) -> Trigger:
    """The manager comments, and may name companies."""
    return _given(facts, "doc.commentary", "there is a commentary", "there is no commentary")


def companies_named(facts: Facts) -> Trigger:
    """The commentary names companies. Of a stranger's document nobody knows which words are companies."""
    if value(facts, "doc.channel") is None and "doc.commentary" not in facts.facts:
        return unknown("doc.commentary", "whether its prose names companies")
    named = value(facts, "doc.companies_named")
    return Trigger(bool(named), f"the commentary names {named}" if named else "no commentary names a company")


def outside_data(facts: Facts) -> Trigger:
    """Prices come from somebody else."""
    vendor, invented = value(facts, "data.vendor"), value(facts, "data.synthetic")
    if vendor is None or invented is None:
        return unknown("data.vendor", "whose prices they are")
    return Trigger(not invented, "prices are invented" if invented else f"prices are those of {vendor}")


def speaks_of(facts: Facts, *, words: list[str]) -> Trigger:
    """Some fact, by its text or its label, has one of the words; of a stranger's document its page must tell."""
    if "fund.subject" not in facts.facts:
        return unknown("fund.subject", "what the document speaks of")
    pattern = re.compile(any_phrase(map(phrase_pattern, words)), re.IGNORECASE)
    texts = [
        (f"{fact.label}: {fact.value}" if isinstance(fact.value, str) else fact.label)
        for fact in facts.facts.values()
        if fact.value is not None
    ]
    hit = next((match.group() for text in texts if (match := pattern.search(text))), None)
    return Trigger(hit is not None, f"the facts speak of {hit!r}" if hit else "no fact speaks of it")


def _given(facts: Facts, fact_id: str, yes: str, no: str) -> Trigger:
    """Whether a mandate gives something; of a document without a mandate it is not known."""
    found = value(facts, fact_id)
    if found is None and "fund.subject" not in facts.facts:
        return unknown(fact_id, "what the mandate would say")
    return Trigger(found is not None, no if found is None else yes.format(found))


def in_translation(facts: Facts) -> Trigger:
    language = value(facts, "doc.language")
    if language is None:
        return unknown("doc.language", "the language of the document")
    return Trigger(language != "en", f"the document is in language {language!r}")


def synthetic_data(facts: Facts) -> Trigger:
    return flag(facts, "data.synthetic", "prices are invented", "prices are a vendor's")


PREDICATES = (
    subject_is_fund,
    is_ucits,
    product_record_given,
    promoted_for_another,
    benchmark_binds,
    has_commentary,
    companies_named,
    outside_data,
    speaks_of,
    initial_charge,
    benchmark_shown,
    in_translation,
    synthetic_data,
)
