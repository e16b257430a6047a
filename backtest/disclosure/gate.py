"""The first question: may a sheet with simulated performance exist for these readers?

The table of templates/disclosures/gate.toml has a row for each set of rules and audience; a row's conditions are rules
of the packs that facts alone can answer. It is asked before anything is simulated, again before a page is made, and it
is the first line of every review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from backtest.artifacts import templates_folder
from backtest.disclosure.answers import ANSWERS
from backtest.disclosure.context import AUDIENCES, REGIMES, Context
from backtest.disclosure.require import context_of
from backtest.disclosure.rule import CITATION, ID, Rule
from backtest.disclosure.tables import read_table, refuse_unknown, some_of, text_of
from backtest.disclosure.triggers import evaluate, value
from backtest.errors import GateError, RuleError
from backtest.facts import Facts

Verdict = Literal["Allowed", "Refused", "Not known"]
REFUSED: Verdict = "Refused"
GIPS = "GIPS"
PLACES = (*(f"{j}_{regime}" for j, regimes in REGIMES.items() for regime in regimes), GIPS)
ROW_KEYS = ("place", "audiences", "law", "source", "verified", "says", "rules")
DESK = "the sheet may exist on the desk alone"
INTERNAL = "channel internal: the sheet may exist; each page says it is not for distribution; it can never be released"


@dataclass(frozen=True)
class Row:
    """One cell of the table, or two that say the same. rules: its conditions, by id."""

    place: str
    audiences: tuple[str, ...]
    law: tuple[str, ...]
    verified: bool
    says: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class GateDecision:
    """Whether a simulated sheet may exist: whom for, and one line per jurisdiction and further rule that was asked."""

    allowed: bool
    refused: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.lines)


def gate(facts: Facts, rules: Iterable[Rule], on: date) -> GateDecision:
    """The gate's answer; raises GateError, with the rule and the law, when no sheet may be made."""
    decision = decide(facts, rules, on)
    if not decision.allowed:
        raise _closed(decision, facts)
    return decision


def foresee(facts: Facts, rules: Iterable[Rule], on: date) -> GateDecision:
    """The answer by what a mandate says, before anything is simulated: raises GateError for what no result could mend.

    What only the simulation will show, such as its length, is left open.
    """
    decision = decide(facts, rules, on)
    if decision.refused:
        raise _closed(decision, facts)
    return decision


def decide(facts: Facts, rules: Iterable[Rule], on: date, context: Context | None = None) -> GateDecision:
    """The gate's answer without raising. context: of a stranger's PDF, whose facts do not say whom it is for."""
    whom = context or context_of(facts)
    by_id = {rule.id: rule for rule in rules}
    rows = [(place, _row(place, whom.audience)) for place in _places(facts, whom)]
    named = {rule_id for row in table() for rule_id in row.rules}
    answers = [_of_row(place, row, by_id, facts, on, whom) for place, row in rows]
    others = [by_id[i] for i in sorted(by_id.keys() - named) if is_gate(by_id[i])]
    answers += [_line(verdict, said) for rule in others for verdict, said in _asked(rule, facts, on, whom)]
    lines = [str(whom), *(line for _, line in answers), *([INTERNAL] if whom.channel == "internal" else [])]
    verdicts = {verdict for verdict, _ in answers}
    return GateDecision(verdicts <= {"Allowed"}, REFUSED in verdicts, tuple(lines))


def is_gate(rule: Rule) -> bool:
    """True for a rule that belongs to the gate: a condition of its table, or made of `flag` checks alone."""
    if rule.id in {rule_id for row in table() for rule_id in row.rules}:
        return all(check.kind in ANSWERS for check in rule.checks)
    return all(check.kind == "flag" for check in rule.checks)


@cache
def table() -> tuple[Row, ...]:
    """The rows of the gate. Raises RuleError for a key, a place, a law or an id that is not one."""
    path = templates_folder() / "disclosures" / "gate.toml"
    return read_gate(path)


def read_gate(path: Path) -> tuple[Row, ...]:
    """The rows of one file, each cell of it answered once."""
    found = read_table(path)
    refuse_unknown(path, found, ("row",))
    rows = tuple(_parsed(path, entry) for entry in found.get("row", ()))
    cells = [(row.place, audience) for row in rows for audience in row.audiences]
    for place in PLACES:
        for audience in AUDIENCES:
            if cells.count((place, audience)) != 1:
                times = cells.count((place, audience))
                raise RuleError(f"{path}: {place}, {audience}: {times} rows answer it; there must be one.")
    return rows


def _parsed(path: Path, entry: Mapping[str, Any]) -> Row:
    refuse_unknown(path, entry, ROW_KEYS, "row")
    (place,) = some_of(path, "row.place", [entry.get("place")], PLACES)
    text_of(path, entry, "source")
    for key, pattern in (("law", CITATION), ("rules", ID)):
        for word in entry.get(key, ()):
            if not pattern.fullmatch(word):
                raise RuleError(f"{path}, row {place}, {key}: {word!r} is not one.")
    if not entry.get("law") or not isinstance(entry.get("verified"), bool):
        raise RuleError(f"{path}, row {place}: it needs a law, and verified = true or false.")
    audiences = some_of(path, "row.audiences", entry.get("audiences"), AUDIENCES)
    law, rules = tuple(entry["law"]), tuple(entry.get("rules", ()))
    return Row(place, audiences, law, entry["verified"], text_of(path, entry, "says"), rules)


def _places(facts: Facts, whom: Context) -> list[str]:
    """One for each jurisdiction, and GIPS for a firm that claims compliance with it."""
    found = [f"{j}_{whom.regime(j) or ''}" for j in whom.jurisdictions]
    return [*found, *([GIPS] if value(facts, "doc.claims_gips") is True else [])]


def _row(place: str, audience: str) -> Row | None:
    return next((row for row in table() if row.place == place and audience in row.audiences), None)


def _of_row(
    place: str, row: Row | None, rules: Mapping[str, Rule], facts: Facts, on: date, whom: Context
) -> tuple[Verdict, str]:
    """The line of one jurisdiction: its verdict, the law, and what decided it."""
    name = place.replace("_", " ", 1).replace("_", "-").strip()
    if row is None:
        return "Not known", f"Not known for {name}, {whom.audience}: under which regime the document is given out"
    law = row.law[0] + ("" if row.verified else ", unverified")
    if whom.channel == "internal":
        return "Allowed", f"Allowed for {name}, {whom.audience}: {DESK}; outside it, {row.says} ({law})"
    found = [item for rule_id in row.rules if rule_id in rules for item in _asked(rules[rule_id], facts, on, whom)]
    for verdict in (REFUSED, "Not known"):
        said = [text for one, text in found if one == verdict]
        if said:
            return verdict, f"{verdict} for {name}, {whom.audience}, by {'; '.join(said)}"
    return "Allowed", f"Allowed for {name}, {whom.audience}, by {law}: {row.says}"


def _line(verdict: Verdict, said: str) -> tuple[Verdict, str]:
    return verdict, f"{verdict} by {said}"


def _asked(rule: Rule, facts: Facts, on: date, whom: Context) -> list[tuple[Verdict, str]]:
    """Each of a rule's checks, where the rule is in force, speaks to these readers, and there is a simulation."""
    if not rule.in_force(on) or rule.addresses(whom):
        return []
    if evaluate(rule.when, rule.when_options, facts).applies is False:
        return []
    answers = [ANSWERS[check.kind](facts, check.options) for check in rule.checks if check.kind in ANSWERS]
    words: Mapping[bool | None, Verdict] = {True: "Allowed", False: REFUSED, None: "Not known"}
    law = rule.citations[0] + ("" if rule.verified else ", unverified")
    return [(words[ok], f"{rule.id}, {law}: {rule.title} ({said})") for ok, said in answers]


def _closed(decision: GateDecision, facts: Facts) -> GateError:
    reasons = " ".join(f"{line}." for line in decision.lines if line.startswith((REFUSED, "Not known")))
    return GateError(
        f"no sheet is made for channel {context_of(facts).channel}. {reasons} "
        'Change the mandate, or set [distribution] channel = "internal" for a sheet that stays on your own desk.'
    )
