"""Rules in plain words: what triggers one, what each of its checks looks for, when it is in force, what comes after it.

A kind of check or a trigger that has no sentence here speaks by the first sentence of its own docstring, so a new one
needs no entry.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from backtest.disclosure.checks import CHECKS
from backtest.disclosure.context import CHANNELS
from backtest.disclosure.gate import is_gate
from backtest.disclosure.rule import Check, Rule
from backtest.disclosure.triggers import PREDICATES
from backtest.errors import listed

UNVERIFIED = "source unverified"
GATE_HEADING = "The gate: may this sheet exist?"
PLACES = MappingProxyType(
    {
        "any": "somewhere in the document",
        "page1": "on page 1",
        "every_page": "on every page",
        "every_performance_page": "on every page that shows performance",
    }
)
# Each sentence is filled with the check's own options; `scope` arrives in words.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "statement_present": "The statement stands {scope}.",
        "statement_near": "The statement is within {max_gap:.0%} of the page height of each block of performance.",
        "prominent": "It is plain to see: type of at least {min_size}, contrast of at least {min_contrast}:1, "
        "{min_visible:.1%} of it visible, at most {max_struck:.0%} struck through, {margin_band}.",
        "lead_placed": "A risk that leads stands on page 1, or within {max_gap:.0%} of the page height of performance.",
        "not_obscured": "Every risk text is plain to see: contrast of at least {min_contrast}:1, {min_visible:.1%} of "
        "it visible, at most {max_struck:.0%} struck through.",
        "absent_words": "The document does not say: {words}.",
        "no_figures_about": "No figure stands beside: {words}.",
        "top_of_page1": "The statement stands in the top {max_top:.0%} of page 1.",
        "not_most_prominent": "Performance on page 1 is neither largest nor first, and fills at most {max_area:.0%}.",
        "discrete_periods": "{count} periods of exactly 12 months, back to back, or “no data”.",
        "wording_verified": "Compliance has confirmed the wording of every statement in the document's language.",
        "tie_out": "Every number, day and code printed is a fact, or stands in words that a fact or a rule gives.",
        "days_between": "From {first} to {last} there are at most {at_most} days.",
        "flag": "The fact {fact} has one of the values: {allowed}.",
    }
)
FACT = re.compile(r"\{([^{}]+)\}")
BASE = re.compile(r"-\d{4}$")
MOST_WORDS = 60


def check_in_words(check: Check) -> str:
    """What a check looks for, thresholds included: 'The statement stands on page 1.'"""
    options = {key: _option(key, value) for key, value in check.options.items()}
    template = SENTENCES.get(check.kind)
    if template is not None:
        try:
            return template.format(**options)
        except (KeyError, ValueError):
            pass  # an option was left out, or is not of the usual kind: then as for any other check
    first = _first_sentence(CHECKS[check.kind].__doc__ or check.kind.replace("_", " "))
    said = "; ".join(f"{key.replace('_', ' ')}: {_word(value)}" for key, value in options.items())
    return f"{first} ({said})" if said else first


def trigger_in_words(rule: Rule) -> str:
    """What makes a rule apply, with its thresholds: 'foreign currency (above 0; lead from 0.25)'."""
    if rule.when == "always":
        return "always: every document it is addressed to"
    doc = inspect.getdoc(PREDICATES[rule.when]) or ""
    said = "; ".join(f"{key.replace('_', ' ')} {_word(value)}" for key, value in rule.when_options.items())
    thresholds = f" ({said})" if said else ""
    explained = f": {_first_sentence(doc)}" if doc else ""
    return f"{rule.when.replace('_', ' ')}{thresholds}{explained}"


def dates_in_words(rule: Rule) -> str:
    """'from 2018-01-03', 'from 2018-01-03 to 2027-06-07'."""
    return f"from {rule.valid_from}" + (f" to {rule.valid_to}" if rule.valid_to else "")


def addressed_in_words(rule: Rule) -> str:
    """Jurisdictions, audiences (by UK regime where they differ) and, when not all, channels."""
    where = "every jurisdiction" if "all" in rule.jurisdictions else listed(rule.jurisdictions)
    if rule.audiences_by_regime:
        kinds = {regime: " and ".join(found) for regime, found in rule.audiences_by_regime.items()}
        who = "; ".join(f"{key.replace('_', ' ', 1).replace('_', '-')}: {found}" for key, found in kinds.items())
    else:
        who = " and ".join(rule.audiences)
    through = "" if set(rule.channels) == set(CHANNELS) else f"; channel {listed(rule.channels)}"
    return f"{where}; {who} clients{through}"


def family_of(rule_id: str) -> str:
    """The id without the year of a successor: DOC-01-2027 -> DOC-01."""
    return BASE.sub("", rule_id)


def successor(rule: Rule, rules: Iterable[Rule]) -> Rule | None:
    """The rule that takes over when this one ends: same id but for a year, the first to begin after it."""
    later = [
        r for r in rules if r.id != rule.id and family_of(r.id) == family_of(rule.id) and r.valid_from > rule.valid_from
    ]
    return min(later, key=lambda r: (r.valid_from, r.id), default=None)


def gap_to(rule: Rule, following: Rule) -> str:
    """'' when the successor begins the day after the rule ends; else what is wrong, in words."""
    if rule.valid_to is None:
        return f"{rule.id} has no end, and its successor {following.id} begins on {following.valid_from}"
    wanted = rule.valid_to + timedelta(days=1)
    if following.valid_from == wanted:
        return ""
    kind = "a gap" if following.valid_from > wanted else "an overlap"
    return f"{kind}: {rule.id} ends on {rule.valid_to}, its successor {following.id} begins on {following.valid_from}"


def gate_first(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules in the order in which they are read: those of the gate, then the others, each by id."""
    return tuple(sorted(rules, key=lambda rule: (not is_gate(rule), rule.id)))


def _option(key: str, value: Any) -> Any:
    """An option as its sentence prints it; numbers stay numbers, so that the sentence can say them as per cent."""
    if key == "scope":
        return PLACES.get(value, value)
    if key == "min_size":
        return "the predominant size" if value == "predominant" else f"{value:g} pt"
    if key == "margin_band":
        return "in the margin too" if value else "not in the margin"
    return _list(value) if isinstance(value, list) else value


def _list(values: list[Any]) -> str:
    return listed([_word(value) for value in values], most=MOST_WORDS)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_word(one)}" for key, one in value.items())
    return _list(value) if isinstance(value, list) else FACT.sub(_fact_in_words, str(value))


def _fact_in_words(match: re.Match[str]) -> str:
    """'{fund.firm}' of a text that a check looks for, as '[firm]'."""
    return f"[{match.group(1).split('.', 1)[-1].replace('_', ' ')}]"


def _first_sentence(doc: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(doc.split()), maxsplit=1)[0]
