"""docs/rules.md, made from the packs: every rule with its law, trigger, thresholds, dates, statement, checks, examples.

The gate comes first in each pack, because it is the first question: may the sheet exist at all?
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from backtest.disclosure.gate import is_gate
from backtest.disclosure.plain import (
    GATE_HEADING,
    UNVERIFIED,
    addressed_in_words,
    check_in_words,
    dates_in_words,
    gate_first,
    successor,
    trigger_in_words,
)
from backtest.disclosure.rule import Rule
from backtest.errors import RuleError, listed

Examples = Mapping[str, tuple[tuple[str, str], ...]]
"""Rule id -> (outcome, what the example shows) of each of its examples."""

EXAMPLES_FILE = "examples.toml"
VERDICTS = {"fail": "fails", "pass": "passes", "not_applicable": "does not apply", "needs_review": "a person must look"}
HEAD = """# The rules

Made from the packs in `templates/disclosures` by `make rules`; edit those, not this page. It holds {count} rules.
{unverified} of them have a source that nobody has seen: they are marked **source unverified** here and in every report.
How a rule is written is in [writing-a-rule.md](writing-a-rule.md). Nothing here is legal advice.
"""


def read_examples(folder: Path) -> Examples:
    """The examples of each rule: <folder>/<rule id>/examples.toml. Raises RuleError for a file that is none."""
    if not folder.is_dir():
        raise RuleError(f"{folder}: no such folder of examples. Give the one that holds <rule id>/{EXAMPLES_FILE}.")
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for path in sorted(folder.glob(f"*/{EXAMPLES_FILE}")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            found[path.parent.name] = tuple((str(e["outcome"]), str(e["why"])) for e in table["example"])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RuleError(f"{path}: not a file of examples: {error}. Each [[example]] has why and outcome.") from None
    return found


def rules_to_markdown(rules: Iterable[Rule], examples: Examples) -> str:
    """The page, grouped by pack, the gate first; the same rules give the same bytes."""
    every = tuple(sorted(rules, key=lambda rule: rule.pack))
    unverified = sum(not rule.verified for rule in every)
    parts = [HEAD.format(count=len(every), unverified=unverified or "None")]
    for pack, group in groupby(every, key=lambda rule: rule.pack):
        parts.append(_pack(pack, gate_first(group), every, examples))
    return "\n".join(parts)


def _pack(pack: str, rules: tuple[Rule, ...], every: tuple[Rule, ...], examples: Examples) -> str:
    rows = [
        f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity_said} | {_cell(rule.title)} | {_cell(_laws(rule))} |"
        for rule in rules
    ]
    head = f"## Pack `{pack}`, version {rules[0].pack_version}\n"
    table = "\n".join(["| rule | severity | what it asks | law |", "|---|---|---|---|", *rows, ""])
    parts = [head, table]
    for gate, group in groupby(rules, key=is_gate):
        parts.append(f"### {GATE_HEADING}\n" if gate else "### The page\n")
        parts += [_rule(rule, every, examples.get(rule.id, ())) for rule in group]
    return "\n".join(parts)


def _rule(rule: Rule, every: tuple[Rule, ...], examples: tuple[tuple[str, str], ...]) -> str:
    following = successor(rule, every)
    after = f"; then [{following.id}](#{following.id.lower()})" if following else ""
    mark = "" if rule.verified else f" **{UNVERIFIED}**"
    lines = [
        f"#### {rule.id}\n",
        f"**{_text(rule.title)}.** {rule.severity_said}.{mark}\n",
        f"- Law: {_text(', '.join(rule.citations))}. Source: {_text(rule.source)}.",
        f"- In force: {dates_in_words(rule)}{after}. For: {addressed_in_words(rule)}.",
        f"- Applies when: {_text(trigger_in_words(rule)).rstrip('.')}.",
    ]
    lines += [f"- Statement ({rule.slot}): “{_text(text)}”" for text in rule.statement.values()]
    lines += [f"- Said by the statement of {listed(rule.said_by)}: printed once."] if rule.said_by else []
    if rule.said_by:
        lines.append(f"- Said by the statement of {' or '.join(f'[{i}](#{i.lower()})' for i in rule.said_by)} as well.")
    if rule.wordings and rule.statement:
        lines.append(f"- Other languages: {_languages(rule)}.")
    lines += [f"- Check `{check.kind}`: {_text(check_in_words(check))}" for check in rule.checks]
    lines += [f"- Example, {VERDICTS.get(outcome, outcome)}: {_text(why)}." for outcome, why in examples]
    return "\n".join(lines) + "\n"


def _laws(rule: Rule) -> str:
    return ", ".join(rule.citations) + ("" if rule.verified else f" ({UNVERIFIED})")


def _languages(rule: Rule) -> str:
    return ", ".join(f"{code} ({'confirmed' if w.verified else 'draft'})" for code, w in sorted(rule.wordings.items()))


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _text(text: str) -> str:
    """Nothing in a pack may become markup of the page."""
    for character in "\\*_<>[]`":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
