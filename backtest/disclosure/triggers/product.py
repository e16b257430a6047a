"""What is the document about, in which language, and what does the product charge?"""

from __future__ import annotations

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


def in_translation(facts: Facts) -> Trigger:
    language = value(facts, "doc.language")
    if language is None:
        return unknown("doc.language", "the language of the document")
    return Trigger(language != "en", f"the document is in language {language!r}")


def synthetic_data(facts: Facts) -> Trigger:
    return flag(facts, "data.synthetic", "prices are invented", "prices are a vendor's")


PREDICATES = (
    subject_is_fund,
    initial_charge,
    benchmark_shown,
    in_translation,
    synthetic_data,
)
