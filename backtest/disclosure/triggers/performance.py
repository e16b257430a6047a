"""Is there performance, and of what kind?"""

from __future__ import annotations

from backtest.disclosure.triggers.known import Trigger, unknown, value
from backtest.facts import Facts

PRODUCT = ("perf.strategy.", "perf.baseline.", "perf.actual.")
"""Facts of the product itself and of doing nothing, simulated or actual."""
BASIS_OF = {"has_actual_performance": "actual", "has_simulated_performance": "simulated"}
"""Triggers of rules that speak of one kind of figures alone."""


def always(facts: Facts) -> Trigger:
    return Trigger(True, "applies to every document of this kind")


def has_performance(facts: Facts) -> Trigger:
    return _performance(facts, None)


def has_simulated_performance(facts: Facts) -> Trigger:
    return _performance(facts, "simulated")


def has_actual_performance(facts: Facts) -> Trigger:
    return _performance(facts, "actual")


def actual_beside_simulated(facts: Facts) -> Trigger:
    """A live record and a simulation on one document."""
    found = [_performance(facts, basis) for basis in ("actual", "simulated")]
    if None in [trigger.applies for trigger in found]:
        return Trigger(None, "; ".join(trigger.reason for trigger in found))
    return Trigger(all(trigger.applies for trigger in found), " and ".join(trigger.reason for trigger in found))


def has_no_simulation(facts: Facts) -> Trigger:
    """No simulated performance is shown."""
    found = _performance(facts, "simulated")
    return Trigger(None if found.applies is None else not found.applies, found.reason)


def has_gross_performance(facts: Facts) -> Trigger:
    """Performance of the product itself before charges; an index has none and is left out."""
    figures = [f for i, f in facts.facts.items() if i.startswith(PRODUCT)]
    if not figures:
        return unknown("perf.strategy", "whether figures are net or gross")
    gross = [f.id for f in figures if f.charges == "gross"]
    return Trigger(bool(gross), f"{len(gross)} of {len(figures)} figures are before charges")


def _performance(facts: Facts, basis: str | None) -> Trigger:
    kind = f"{basis} performance" if basis else "performance"
    figures = [f for i, f in facts.facts.items() if i.startswith("perf.")]
    if figures:
        count = sum(1 for f in figures if basis is None or f.basis == basis)
        return Trigger(count > 0, f"{count} figures of {kind} among the facts")
    shown = value(facts, "text.performance")
    if shown is None and "text.performance" in facts.facts:
        return Trigger(None, f"no performance figures were found in the text; a picture may show {kind}")
    if shown is None:
        return unknown("perf", f"whether {kind} is shown")
    if not shown:
        return Trigger(False, "no performance figures were found in the text")
    return _performance_in_text(bool(value(facts, "text.simulated")), basis, kind)


def _performance_in_text(simulated: bool, basis: str | None, kind: str) -> Trigger:
    """What a stranger's text tells: a document that speaks of simulation may still show actual figures too."""
    if basis is None:
        return Trigger(True, "the text shows performance figures")
    if basis == "simulated":
        said = "calls its figures" if simulated else "does not call its figures"
        return Trigger(simulated, f"the text {said} simulated or back-tested")
    if simulated:
        return Trigger(None, f"the text speaks of simulated figures; whether it shows {kind} too, a person must say")
    return Trigger(True, "the text shows performance figures and does not call them simulated")


PREDICATES = (
    always,
    has_performance,
    has_simulated_performance,
    has_actual_performance,
    actual_beside_simulated,
    has_no_simulation,
    has_gross_performance,
)
