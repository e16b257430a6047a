"""A firm's pack held to account: every fault in it, and what each of its rules does to the built-in ones.

All faults are listed, not the first alone: each group of keys of a rule is read by itself, beside a rule that is sound.
A pack that loosens a built-in rule is allowed, and said plainly.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from backtest.disclosure import packs
from backtest.disclosure.compare import Verdict, compare
from backtest.disclosure.plain import family_of, gap_to, gate_first, successor
from backtest.disclosure.rule import Rule, parse_rule, placeholders
from backtest.disclosure.tables import read_table
from backtest.disclosure.triggers import PREDICATES
from backtest.errors import RuleError, listed
from backtest.words import ENGLISH, languages

SOUND: Mapping[str, Any] = {
    "id": "AA-01", "title": "t", "citations": ["House AA-01"], "source": "s", "verified": False,
    "valid_from": date(2018, 1, 3), "jurisdictions": ["all"], "audiences": ["retail"],
    "severity": "INFO", "when": "always", "check": [{"kind": "absent_words", "words": ["w"]}],
}  # fmt: skip
GROUPS = (
    ("id",), ("title",), ("citations",), ("source",), ("verified",), ("valid_from", "valid_to"),
    ("jurisdictions",), ("jurisdictions", "severity"), ("audiences",), ("channels",), ("when", "when_options"),
    ("statement", "check"),
)  # fmt: skip
"""Keys that are read together, because each says what the other may be."""
TYPES: Mapping[str, tuple[type, ...]] = {"float": (int, float), "int": (int,), "str": (str,), "bool": (bool,)}


@dataclass(frozen=True)
class Audit:
    """What was found in one pack. faults: one sentence each; notes: what is allowed and should be known."""

    folder: str
    name: str
    version: str
    rules: tuple[Rule, ...]
    verdicts: tuple[Verdict, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    checked: Mapping[str, int] = field(default_factory=dict)
    """What was looked at, and how many there were."""


def audit(folder: Path, known_facts: Iterable[str] | None = None) -> Audit:
    """Everything that can be said of a pack without a document.

    known_facts: the ids of a run's facts, for the placeholders of statements; None when there is no run.
    Raises RuleError when the folder holds no pack at all.
    """
    head = folder / packs.HEAD
    if not head.is_file():
        raise RuleError(f"{folder}: no rule pack: pack.toml is missing. Give the folder that holds pack.toml.")
    faults: list[str] = []
    name, version = _head(folder, faults)
    files = sorted(path for path in folder.glob("*.toml") if path != head)
    rules = tuple(rule for path in files for rule in _rule(path, name, version, faults))
    ours = {rule.id: rule for rule in packs.load_packs()}
    if not faults:
        rules = _whole(folder, rules, faults)
    faults += _dates(rules, ours) + _places(rules, known_facts)
    return Audit(
        str(folder), name, version, gate_first(rules), tuple(compare(rule, ours.get(rule.id)) for rule in rules),
        tuple(dict.fromkeys(faults)), _notes(rules, ours, known_facts), _counted(rules, files),
    )  # fmt: skip


def _head(folder: Path, faults: list[str]) -> tuple[str, str]:
    try:
        name, version = packs.name_and_version(folder / packs.HEAD)
    except RuleError as error:
        faults.append(str(error))
        return folder.name, ""
    if name in packs.built_in():
        faults.append(f"{folder / packs.HEAD}, name: {name!r} is a built-in pack's. Give the firm's own another name.")
    return name, version


def _rule(path: Path, pack: str, version: str, faults: list[str]) -> list[Rule]:
    """The rule when it is sound; else nothing, and each of its faults among `faults`."""
    try:
        table = read_table(path)
    except RuleError as error:
        faults.append(str(error))
        return []
    mine = _types(path, table)
    try:
        rule = parse_rule(table, path, pack, version)
        faults += mine
        return [rule]
    except RuleError as error:
        found = [*_in_groups(table, path), *mine]
        faults += found if str(error) in found else [str(error), *found]
        return []


def _in_groups(table: Mapping[str, Any], path: Path) -> list[str]:
    """The faults of a rule's keys, each group beside keys that are sound, each check by itself."""
    found: list[str] = []
    for group in GROUPS:
        given = {key: table[key] for key in group if key in table}
        for part in _one_check_each(given):
            fault = _fault(part, path, group == ("id",))
            if fault and fault not in found:
                found.append(fault)
    return found


def _one_check_each(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    checks = given.get("check")
    if not isinstance(checks, list) or not checks:
        return [dict(given)] if given else []
    return [{**given, "check": [check]} for check in checks]


def _fault(part: Mapping[str, Any], path: Path, as_itself: bool) -> str:
    """What parse_rule says of some keys among sound ones; '' when nothing."""
    where = path if as_itself else path.with_name(f"{SOUND['id']}.toml")
    try:
        parse_rule({**SOUND, **part}, where, "audit")
    except RuleError as error:
        return str(error).replace(str(where), str(path))
    return ""


def _types(path: Path, table: Mapping[str, Any]) -> list[str]:
    """Thresholds of the trigger that are not of the kind it reckons with."""
    predicate, options = PREDICATES.get(str(table.get("when"))), table.get("when_options", {})
    if predicate is None or not isinstance(options, dict):
        return []
    faults = []
    for name, parameter in inspect.signature(predicate).parameters.items():
        wanted = str(parameter.annotation).split("[")[0]
        allowed = (list,) if wanted == "list" else TYPES.get(wanted)
        value = options.get(name)
        wrong = isinstance(value, bool) and wanted != "bool"
        if name in options and allowed and (wrong or not isinstance(value, allowed)):
            faults.append(f"{path}, when_options, {name}: found {value!r}; {table['when']} needs a {wanted}.")
    return faults


def _whole(folder: Path, rules: tuple[Rule, ...], faults: list[str]) -> tuple[Rule, ...]:
    """The pack's rules as they are once its languages have been read beside the built-in packs."""
    try:
        mine = {rule.id for rule in rules}
        return tuple(rule for rule in packs.load_packs([folder]) if rule.id in mine)
    except RuleError as error:
        faults.append(str(error))
        return rules


def _dates(rules: Iterable[Rule], ours: Mapping[str, Rule]) -> list[str]:
    """Gaps and overlaps between a rule and its successor, where the pack has a part in them."""
    mine = {rule.id: rule for rule in rules}
    every = {**ours, **mine}
    families = {family_of(rule_id) for rule_id in mine}
    faults = []
    for rule in every.values():
        following = successor(rule, every.values()) if family_of(rule.id) in families else None
        fault = gap_to(rule, following) if following else ""
        if fault:
            faults.append(f"{fault}. Let the one begin on the day after the other ends.")
    return faults


def _places(rules: Iterable[Rule], known: Iterable[str] | None) -> list[str]:
    if known is None:
        return []
    ids = set(known)
    return [
        f"rule {rule.id}: its statement names {{{name}}}, and the run has no such fact. Name one that facts.json has."
        for rule in rules
        for text in rule.statement.values()
        for name in placeholders(text)
        if name not in ids
    ]


def _notes(rules: tuple[Rule, ...], ours: Mapping[str, Rule], known: Iterable[str] | None) -> tuple[str, ...]:
    notes = []
    for language in sorted(code for code in languages() if code != ENGLISH):
        lacking = [rule.id for rule in rules if rule.statement and language not in rule.wordings]
        drafts = [rule.id for rule in rules if language in rule.wordings and not rule.wordings[language].verified]
        if lacking:
            notes.append(f"language {language}: no wording of {listed(lacking, most=20)}; such a sheet cannot be made")
        if drafts:
            notes.append(f"language {language}: drafts that nobody has confirmed: {listed(drafts, most=20)}")
    unseen = [rule.id for rule in rules if not rule.verified]
    if unseen:
        notes.append(f"source unverified: {listed(unseen, most=20)}")
    if known is None and any(placeholders(t) for rule in rules for t in rule.statement.values()):
        notes.append("placeholders were held to their form alone; --run RUN holds them to the facts of a run")
    every = {**ours, **{rule.id: rule for rule in rules}}.values()
    ended = [f"{r.id} ends on {r.valid_to}" for r in rules if r.valid_to and not successor(r, every)]
    return (*notes, *(f"without a successor: {text}" for text in ended))


def _counted(rules: tuple[Rule, ...], files: list[Path]) -> dict[str, int]:
    return {
        "files": len(files),
        "rules": len(rules),
        "citations": sum(len(rule.citations) for rule in rules),
        "checks": sum(len(rule.checks) for rule in rules),
        "statements": sum(bool(rule.statement) for rule in rules),
        "wordings": sum(len(rule.wordings) for rule in rules),
    }
