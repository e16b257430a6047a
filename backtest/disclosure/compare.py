"""A firm's rule beside the built-in one of the same id: does it add, replace, tighten or loosen, and by what?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backtest.disclosure.finding import SEVERITIES
from backtest.disclosure.plain import addressed_in_words
from backtest.disclosure.rule import Rule

ADDS, REPLACES, TIGHTENS, LOOSENS, SAME = "adds", "replaces", "tightens", "loosens", "repeats"
HIGHER = ("min_", "count", "words", "facts", "labels")
LOWER = ("max_", "at_most", "above", "below_by", "lead_", "negations", "unless", "ignore", "allowed", "margin_band")
"""How the names of options begin of which the higher, or the lower, is the stricter; `..._below` is higher."""
SCOPES = ("any", "page1", "every_performance_page", "every_page")
"""From the loosest place for a statement to the strictest."""


@dataclass(frozen=True)
class Verdict:
    """What one rule of a firm does. stricter, looser, other: what differs, in words."""

    rule: str
    does: str
    stricter: tuple[str, ...] = ()
    looser: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def compare(mine: Rule, ours: Rule | None) -> Verdict:
    """tightens: stricter in something, looser in nothing, the rest the same. loosens: looser in anything.
    replaces: its trigger, checks or words are others, so that no threshold can be set beside another alone."""
    if ours is None:
        return Verdict(mine.id, ADDS)
    stricter: list[str] = []
    looser: list[str] = []
    other = _others(mine, ours)
    for name, one, two in _pairs(mine, ours):
        way = _way(name, one, two)
        said = f"{name.replace('_', ' ')}: {_word(one)} -> {_word(two)}"
        (stricter if way > 0 else looser if way < 0 else other).append(said)
    does = LOOSENS if looser else REPLACES if other else TIGHTENS if stricter else SAME
    return Verdict(mine.id, does, tuple(stricter), tuple(looser), tuple(other))


def _others(mine: Rule, ours: Rule) -> list[str]:
    """What differs and is neither stricter nor looser by itself."""
    said = []
    if mine.when != ours.when:
        said.append(f"trigger: {ours.when} -> {mine.when}")
    if [c.kind for c in mine.checks] != [c.kind for c in ours.checks]:
        kinds = [", ".join(check.kind for check in rule.checks) for rule in (ours, mine)]
        said.append(f"checks: {kinds[0]} -> {kinds[1]}")
    if mine.statement != ours.statement:
        said.append("another statement")
    if (mine.valid_from, mine.valid_to) != (ours.valid_from, ours.valid_to):
        said.append("other dates")
    if (mine.severities or ours.severities) and mine.severities != ours.severities:
        said.append(f"severity: {ours.severity_said} -> {mine.severity_said}")
    if mine.said_by != ours.said_by:
        said.append("other rules may say it")
    if addressed_in_words(mine) != addressed_in_words(ours):
        said.append(f"addressed to: {addressed_in_words(ours)} -> {addressed_in_words(mine)}")
    return said


def _pairs(mine: Rule, ours: Rule) -> Iterable[tuple[str, Any, Any]]:
    """(name, built-in value, firm's value) of severity and of every threshold that both have."""
    if mine.severity != ours.severity:
        yield "severity", ours.severity, mine.severity
    if mine.when == ours.when:
        yield from _options("", ours.when_options, mine.when_options)
    if [c.kind for c in mine.checks] == [c.kind for c in ours.checks]:
        for one, two in zip(ours.checks, mine.checks, strict=True):
            yield from _options(f"{one.kind} ", one.options, two.options)


def _options(prefix: str, one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    for key in sorted({*one, *two}):
        if one.get(key) != two.get(key):
            yield f"{prefix}{key}", one.get(key), two.get(key)


def _way(name: str, one: Any, two: Any) -> int:
    """1 when `two` is the stricter, -1 when `one` is, 0 when two values that differ cannot be ordered."""
    option = name.split(" ")[-1]
    if option == "severity":
        return _more(-SEVERITIES.index(one), -SEVERITIES.index(two))
    if option == "scope" and one in SCOPES and two in SCOPES:
        return _more(SCOPES.index(one), SCOPES.index(two))
    if option == "below" or option.endswith("_below") or option.startswith(HIGHER):
        return _more(one, two)
    if option.endswith("_above") or option.startswith(LOWER):
        return -_more(one, two)
    return 0


def _more(one: Any, two: Any) -> int:
    """1 when `two` is more than `one`, -1 when it is less, 0 when that has no meaning."""
    if isinstance(one, list) and isinstance(two, list):
        return 1 if set(one) < set(two) else -1 if set(two) < set(one) else 0
    if isinstance(one, int | float) and isinstance(two, int | float):
        return (two > one) - (two < one)
    return 0


def _word(value: Any) -> str:
    return f"{len(value)} entries" if isinstance(value, list) else "none" if value is None else str(value)
