"""Rules whose substance another rule's statement conveys: printed once, looked for by each.

A client who reads the same risk twice reads neither. So a rule may name, under `said_by`, the rules whose sentence
already says what it asks for; loading proves that the sentence does, in each language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from backtest.disclosure.phrases import any_word
from backtest.disclosure.rule import PLACEHOLDER, Rule
from backtest.errors import RuleError, listed, nearest
from backtest.words import ENGLISH


def check_said_by(rules: Mapping[str, Rule]) -> None:
    """Raise RuleError unless every rule named under `said_by` exists, has a statement, and that statement conveys each
    of the other's concepts, in English and in every language in which both are worded."""
    for rule in rules.values():
        for name in rule.said_by:
            _check(rule, rules.get(name), name, rules)


def speaker_of(rule: Rule, rules: Mapping[str, Rule], on_the_sheet: Callable[[Rule], bool]) -> Rule | None:
    """The rule whose sentence says what `rule` asks for: the first named that is on the sheet anyway, else the first.

    None for a rule that says it itself or has nothing to say.
    """
    named = [rules[name] for name in rule.said_by if name in rules and rules[name].slot is not None]
    return next((one for one in named if on_the_sheet(one)), named[0] if named else None)


def _check(rule: Rule, speaker: Rule | None, name: str, known: Iterable[str]) -> None:
    where = f"rule {rule.id} ({rule.pack}), statement.said_by"
    if speaker is None:
        raise RuleError(f"{where}: no such rule: {name}.{nearest(name, known)}")
    if not speaker.statement:
        raise RuleError(f"{where}: {name} has no statement of its own. Name a rule that prints one.")
    for language in (ENGLISH, *sorted(set(rule.wordings) & set(speaker.wordings))):
        text = _text(speaker, language)
        lost = [group for group in rule.in_language(language).concepts if not _hits(text, group)]
        if lost:
            raise RuleError(
                f"{where}: the statement of {name} in language {language!r} does not say {listed(map(repr, lost[0]))}. "
                f"Word {name} so that it does, or give {rule.id} a statement of its own."
            )


def _text(rule: Rule, language: str) -> str:
    return rule.in_language(language).statement.get(language, "")


def _hits(text: str, group: Iterable[str]) -> bool:
    """A word that is a placeholder is hit by the same placeholder."""
    named = [word for word in group if PLACEHOLDER.search(word)]
    return any(word in text for word in named) or bool(any_word(tuple(group)).search(text))
