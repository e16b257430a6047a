"""Checks that facts alone can answer, before there is a page: the gate asks them, and so does the review.

Each answers (True, False or None, what was found and what is allowed); None where a fact is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from backtest.disclosure.triggers.known import dated, value
from backtest.errors import listed
from backtest.facts import Facts

Said = tuple[bool | None, str]


def flag(facts: Facts, options: Mapping[str, Any]) -> Said:
    """A fact has one of the allowed values."""
    fact_id, allowed = options["fact"], options["allowed"]
    found = value(facts, fact_id)
    if found is None:
        return None, f"{fact_id} is not known; allowed: {listed(map(_word, allowed))}"
    return found in allowed, f"{fact_id} is {_word(found)}; allowed: {listed(map(_word, allowed))}"


def given(facts: Facts, options: Mapping[str, Any]) -> Said:
    """A fact that the firm must state has a value; what our own facts leave empty was not stated."""
    fact_id = options["fact"]
    found = value(facts, fact_id)
    if found is not None:
        return True, f"{fact_id} is {_word(found)}"
    return (False, f"{fact_id} is not stated") if fact_id in facts.facts else (None, f"{fact_id} is not known")


def at_least(facts: Facts, options: Mapping[str, Any]) -> Said:
    """A fact that is a number is `least` or more."""
    fact_id, least = options["fact"], options["least"]
    found = value(facts, fact_id)
    if found is None:
        stated = "stated" if fact_id in facts.facts else "known"
        return (False if stated == "stated" else None), f"{fact_id} is not {stated}; at least {least:g}"
    return found >= least, f"{fact_id} is {found:.4g}; at least {least:g}"


def latest_quarter_end(facts: Facts, options: Mapping[str, Any]) -> Said:
    """The figures end with the last calendar quarter before publication, at most `days_before` its last day."""
    end, published = value(facts, "doc.as_of"), value(facts, "doc.published")
    if not isinstance(end, date) or not isinstance(published, date):
        return None, "doc.as_of and doc.published are not both known"
    quarter = _quarter_end_by(published)
    good = quarter - timedelta(days=options["days_before"]) <= end <= quarter
    return good, f"the figures end {dated(end)}; the latest calendar quarter ended {dated(quarter)}"


def after_charges(facts: Facts, options: Mapping[str, Any]) -> Said:
    """No figure of the product's performance is before charges."""
    figures = [f for i, f in facts.facts.items() if i.startswith("perf.strategy.")]
    if not figures:
        return None, "whether figures are net or gross is not known"
    gross = sum(f.charges == "gross" for f in figures)
    return gross == 0, f"{gross} of {len(figures)} figures are before charges"


def no_actual_beside(facts: Facts, options: Mapping[str, Any]) -> Said:
    """Simulated and actual performance of the product do not stand on the same sheet."""
    bases = {f.basis for i, f in facts.facts.items() if i.startswith("perf.") and f.value is not None}
    if not bases:
        return None, "whether actual performance is shown is not known"
    both = {"actual", "simulated"} <= bases
    return not both, f"performance on the sheet is {' and '.join(sorted(bases))}"


def _quarter_end_by(day: date) -> date:
    """The last day of the last calendar quarter that ended on or before a day."""
    after = day + timedelta(days=1)
    month = (after.month - 1) // 3 * 3 + 1
    return date(after.year, month, 1) - timedelta(days=1)


def _word(found: object) -> str:
    return {True: "true", False: "false"}.get(found, str(found)) if isinstance(found, bool) else str(found)


ANSWERS: Mapping[str, Callable[[Facts, Mapping[str, Any]], Said]] = MappingProxyType(
    {one.__name__: one for one in (flag, given, at_least, latest_quarter_end, after_charges, no_actual_beside)}
)
