"""What a predicate answers, how it reads facts, and how it words its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from backtest.facts import Facts

RISK_CLASSES = ("risk.actual.srri", "risk.actual.sri", "risk.strategy.srri", "risk.strategy.sri")
"""Facts of the risk class, the one that a sheet prefers first; of the two scales it has one."""


@dataclass(frozen=True)
class Trigger:
    """`applies` None: the facts do not say. `lead`: the statement also stands first, or beside the performance."""

    applies: bool | None
    reason: str
    lead: bool = False


def value(facts: Facts, fact_id: str) -> Any:
    """A fact's unrounded value, None when it is absent or undefined."""
    fact = facts.facts.get(fact_id)
    return None if fact is None else fact.value


def family(facts: Facts, prefix: str, who: str = "strategy") -> dict[str, tuple[str, float]]:
    """{key: (label, value)} of facts named `<prefix>.<key>.<who>`, undefined ones left out."""
    found: dict[str, tuple[str, float]] = {}
    for fact_id, fact in facts.facts.items():
        parts = fact_id.split(".")
        if (
            ".".join(parts[:2]) == prefix
            and len(parts) == 4
            and parts[3] == who
            and isinstance(fact.value, int | float)
        ):
            found[parts[2]] = (fact.label, float(fact.value))
    return found


def flag(facts: Facts, fact_id: str, yes: str, no: str) -> Trigger:
    found = value(facts, fact_id)
    if found is None:
        return unknown(fact_id, f"whether {yes}")
    return Trigger(bool(found), yes if found else no)


def unknown(fact_id: str, what: str) -> Trigger:
    return Trigger(None, f"not known, for want of a fact {fact_id}: {what}")


def over(hit: bool, text: str) -> str:
    return text if hit else ""


def any_of(hits: list[str], calm: str, lead: bool = False) -> Trigger:
    found = [hit for hit in hits if hit]
    return Trigger(bool(found), "; ".join(found) or calm, lead=lead and bool(found))


def percent(fraction: float, digits: int = 1) -> str:
    return f"{100 * fraction:.{digits}f}%".replace("-", "−")


def points(fraction: float) -> str:
    return f"{100 * fraction:.1f} points".replace("-", "−")


def dated(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
