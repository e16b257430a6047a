"""Rule packs as folders: pack.toml says name and version, every other TOML is one rule and is named after it.

languages/<code>.toml says the rules' statements in another language. A firm's pack may replace rules, and may word any
rule in a language, so that a draft of ours becomes the wording its own compliance has confirmed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backtest.artifacts import templates_folder
from backtest.disclosure.borrowed import check_said_by
from backtest.disclosure.context import JURISDICTIONS
from backtest.disclosure.rule import (
    Rule,
    Wording,
    check_places,
    concepts_of,
    parse_rule,
    placeholders,
)
from backtest.disclosure.tables import read_table, refuse_unknown, text_of
from backtest.errors import RuleError, listed, nearest
from backtest.words import ENGLISH, languages

LANGUAGES = "languages"
HEAD = "pack.toml"
HOUSE = "house"
WORDING_KEYS = ("title", "text", "concepts", "verified")
LISTS = ("words", "negations", "unless", "conditions")


@dataclass(frozen=True)
class Choice:
    """Which packs a person asks for: built-in ones by name, a firm's own by path."""

    names: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Those that the named packs are for; none for a pack that is for every place."""
        return tuple(name.upper() for name in self.names if name.upper() in JURISDICTIONS)


def built_in() -> tuple[str, ...]:
    """The names of the packs that ship."""
    return tuple(sorted(path.parent.name for path in (templates_folder() / "disclosures").glob("*/pack.toml")))


def choose(words: Iterable[str]) -> Choice:
    """Built-in packs by name and a firm's own by path, as written. Raises RuleError for a word that is neither."""
    names, folders, known = [], [], built_in()
    for word in dict.fromkeys(words):
        if word in known:
            names.append(word)
        elif Path(word).is_dir():
            folders.append(Path(word))
        else:
            raise RuleError(
                f"pack {word!r}: neither a built-in pack nor a folder.{nearest(word, known)} "
                f"Allowed: {listed(known)}, or the path of a folder that holds pack.toml."
            )
    return Choice(tuple(names), tuple(folders))


def chosen_rules(choice: Choice) -> tuple[Rule, ...]:
    """The rules of the packs asked for; those of the house always, all of them when no pack is named."""
    rules = load_packs(choice.folders)
    if not choice.names:
        return rules
    own = {name_and_version(folder / HEAD)[0] for folder in choice.folders}
    kept = {*choice.names, *own, HOUSE}
    return tuple(rule for rule in rules if kept & set(rule.pack.split(" and ")))


def load_packs(firm_packs: Iterable[Path] = ()) -> tuple[Rule, ...]:
    """The built-in packs and then a firm's own by path; a firm's rule replaces the built-in one of the same id.

    Sorted by id. Raises RuleError with file, key, what was found and what is allowed.
    """
    rules: dict[str, Rule] = {}
    built_in = [path.parent for path in sorted((templates_folder() / "disclosures").glob("*/pack.toml"))]
    for folders in (built_in, list(firm_packs)):
        owners: dict[str, Path] = {}
        for folder in folders:
            for rule in read_pack(folder):
                if rule.id in owners:
                    raise RuleError(f"{folder}: rule {rule.id} is also in {owners[rule.id]}. Keep it in one of them.")
                owners[rule.id] = folder
                rules[rule.id] = rule
        for folder in folders:
            rules |= _worded(folder, rules)
    check_said_by(rules)
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def read_pack(folder: Path) -> tuple[Rule, ...]:
    """The rules of one pack, sorted by id, each with the pack's name, version and hash; in English alone."""
    head = folder / "pack.toml"
    if not head.is_file():
        raise RuleError(f"{folder}: no rule pack: pack.toml is missing. Give the folder that holds pack.toml.")
    name, version = name_and_version(head)
    files = sorted(p for p in folder.glob("*.toml") if p != head)
    digest = _digest([head, *files, *_languages(folder)])
    return tuple(parse_rule(read_table(p), p, name, version, digest) for p in files)


def name_and_version(head: Path) -> tuple[str, str]:
    """What pack.toml says of the pack. Raises RuleError."""
    table = read_table(head)
    refuse_unknown(head, table, ("name", "version", "title", "owner"))
    return text_of(head, table, "name"), text_of(head, table, "version")


def _digest(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(p.name.encode() + b"\0" + p.read_bytes() for p in files)).hexdigest()


def _worded(folder: Path, rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules that a pack's languages word, with that wording. One of another pack is from then on of both."""
    name, _ = name_and_version(folder / "pack.toml")
    worded: dict[str, Rule] = {}
    for path in _languages(folder):
        for rule_id, wording in _wordings(path, rules).items():
            rule = worded.get(rule_id, rules[rule_id])
            rule = rule if name in rule.pack.split(" and ") else _of_both(rule, name, folder)
            worded[rule_id] = replace(rule, wordings={**rule.wordings, wording.language: wording})
    return worded


def _of_both(rule: Rule, name: str, folder: Path) -> Rule:
    """A rule of another pack that this one words: whoever reads a review must see that both spoke."""
    digest = hashlib.sha256(f"{rule.pack_sha256}{_digest(_languages(folder))}".encode()).hexdigest()
    return replace(rule, pack=f"{rule.pack} and {name}", pack_sha256=digest)


def _languages(folder: Path) -> list[Path]:
    return sorted((folder / LANGUAGES).glob("*.toml"))


def _wordings(path: Path, rules: Mapping[str, Rule]) -> dict[str, Wording]:
    """What one file of a language says, by rule id."""
    table = read_table(path)
    refuse_unknown(path, table, ("language", "verified", "rules"))
    language = text_of(path, table, "language")
    if language != path.stem or language == ENGLISH or language not in languages():
        others = [known for known in languages() if known != ENGLISH]
        raise RuleError(
            f"{path}, language: found {language!r}; it must be the file's name and one of {listed(others, most=40)}."
        )
    entries, verified = table.get("rules"), table.get("verified")
    if not isinstance(entries, dict) or not isinstance(verified, bool):
        raise RuleError(f"{path}: it needs verified = true or false, and a table [rules.ID] for each rule.")
    for rule_id in entries:
        if rule_id not in rules:
            raise RuleError(f"{path}: no such rule: {rule_id}.{nearest(rule_id, rules)}")
    return {key: _wording(path, rules[key], language, entry, verified) for key, entry in entries.items()}


def _wording(path: Path, rule: Rule, language: str, entry: Any, verified: bool) -> Wording:
    where = f"rules.{rule.id}"
    if not isinstance(entry, dict):
        raise RuleError(f"{path}, {where}: found {entry!r}; it must be a table [{where}].")
    refuse_unknown(path, entry, (*WORDING_KEYS, *LISTS), where)
    lists = {key: _list(path, f"{where}.{key}", entry[key]) for key in LISTS if key in entry}
    confirmed = entry.get("verified", verified)
    if not isinstance(confirmed, bool):
        raise RuleError(f"{path}, {where}.verified: found {confirmed!r}; it must be true or false.")
    if not rule.statement:
        concepts = concepts_of(path, entry.get("concepts", [])) if rule.said_by else ()
        return Wording(language, concepts=concepts, lists=lists, verified=confirmed)
    title, text = (text_of(path, entry, key) for key in ("title", "text"))
    check_places(text, f"{path}, {where}.text")
    if set(placeholders(text)) != set(placeholders(rule.statement[ENGLISH])):
        raise RuleError(
            f"{path}, {where}.text: names {listed(placeholders(text)) or 'no fact'}; the English statement names "
            f"{listed(placeholders(rule.statement[ENGLISH])) or 'none'}. Name the same."
        )
    return Wording(language, title, text, concepts_of(path, entry.get("concepts", [])), lists, confirmed)


def _list(path: Path, where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise RuleError(f"{path}, {where}: found {value!r}; it must be a list of words.")
    return tuple(value)
