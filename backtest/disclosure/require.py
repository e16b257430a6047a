"""Before a page is made: may it exist at all, and which statements must it carry?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from backtest.disclosure.borrowed import speaker_of
from backtest.disclosure.context import Context
from backtest.disclosure.rule import PLACEHOLDER, Rule, Statement, placeholders
from backtest.disclosure.triggers import BASIS_OF, Trigger, evaluate, value
from backtest.errors import RuleError, RunError
from backtest.facts import Facts


def context_of(facts: Facts) -> Context:
    """Whom the document is for, from its facts."""
    known = Context()
    jurisdictions = value(facts, "doc.jurisdictions")
    return Context(
        audience=value(facts, "doc.audience") or known.audience,
        jurisdictions=tuple(jurisdictions.replace(",", " ").split()) if jurisdictions else known.jurisdictions,
        channel=value(facts, "doc.channel"),
        uk_regime=value(facts, "doc.uk_regime") or known.uk_regime,
        eu_regime=value(facts, "doc.eu_regime"),
        us_regime=value(facts, "doc.us_regime"),
    )


def elsewhere(facts: Facts, jurisdictions: tuple[str, ...]) -> Facts:
    """The facts of a sheet that is looked at as if it were for other jurisdictions; for none, the facts as they are."""
    fact_id = "doc.jurisdictions"
    if not jurisdictions or fact_id not in facts.facts:
        return facts
    fact = replace(facts.facts[fact_id], value=", ".join(jurisdictions))
    return replace(facts, facts={**facts.facts, fact_id: fact})


def published(facts: Facts) -> date:
    """The day whose rules apply: the day on which the sheet is published."""
    day = value(facts, "doc.published")
    if not isinstance(day, date):
        raise RunError("facts.json, doc.published: no date. Run the mandate again.")
    return day


def applies(rule: Rule, facts: Facts, on: date, context: Context) -> Trigger:
    """Whether a rule concerns this document: in force, addressed to it, and triggered. None: the facts do not say."""
    if not rule.in_force(on):
        until = f" to {rule.valid_to}" if rule.valid_to else ""
        return Trigger(False, f"in force from {rule.valid_from}{until}, not on {on}")
    elsewhere = rule.addresses(context)
    if elsewhere:
        return Trigger(False, elsewhere)
    unsure = rule.addressees.unsure(context)
    if unsure:
        return Trigger(None, unsure)
    return evaluate(rule.when, rule.when_options, facts)


def required_statements(facts: Facts, rules: Iterable[Rule], on: date) -> tuple[Statement, ...]:
    """The statements a sheet must carry, filled in, leading ones first, then by rule id.

    They are in the language of the facts. A rule whose trigger cannot tell is taken to apply, unless its sentence needs
    the very figure that is unknown: the review then asks a person. A rule that another's sentence serves prints nothing
    of its own; that sentence then stands on the sheet even where its own rule does not ask for it. Raises RuleError for
    a placeholder that no fact fills, and for a statement that nobody worded in that language.
    """
    context, by_id = context_of(facts), {rule.id: rule for rule in rules}
    triggers = {rule.id: applies(rule, facts, on, context) for rule in by_id.values() if rule.speaks}
    said: dict[str, Trigger] = {}
    for rule in sorted(by_id.values(), key=lambda rule: bool(rule.said_by)):
        trigger = triggers.get(rule.id)
        if trigger is None or trigger.applies is False:
            continue
        speaker = rule if rule.slot is not None else speaker_of(rule, by_id, lambda one: one.id in said)
        if speaker is not None and (trigger.applies or _can_be_said(speaker, facts)):
            said[speaker.id] = _also(said.get(speaker.id), trigger)
    found = [_statement(by_id[rule_id], trigger, facts) for rule_id, trigger in said.items()]
    return tuple(sorted(found, key=lambda s: (not s.lead, s.rule_id)))


def _also(first: Trigger | None, second: Trigger) -> Trigger:
    """What makes a sentence stand on a sheet when several rules ask for it; it leads as soon as one of them does."""
    return second if first is None else replace(first, lead=first.lead or second.lead)


def _statement(english: Rule, trigger: Trigger, facts: Facts) -> Statement:
    rule = english.in_language(facts.language)
    if rule.slot is None:
        raise RuleError(f"rule {rule.id}: it has no statement to print.")
    title = rule.heading or rule.title
    basis = BASIS_OF.get(rule.when, "")
    link = str(value(facts, rule.link) or "") if rule.link else ""
    return Statement(rule.id, title, fill(rule, facts), rule.slot, trigger.lead, trigger.reason, basis, link)


def _can_be_said(rule: Rule, facts: Facts) -> bool:
    """Whether every figure of the rule's sentence has a value."""
    return all(value(facts, name) is not None for text in rule.statement.values() for name in placeholders(text))


def fill(rule: Rule, facts: Facts) -> str:
    """The rule's statement with each {fact.id} replaced by that fact as printed; nothing else is interpreted."""
    text = rule.statement.get(facts.language)
    if text is None:
        raise RuleError(
            f"rule {rule.id} ({rule.pack}): its statement has no wording in language {facts.language!r}. "
            f"Add it to languages/{facts.language}.toml of a pack of your own."
        )
    for name in placeholders(text):
        fact = facts.facts.get(name)
        if fact is None:
            raise RuleError(f"rule {rule.id}: its statement names {{{name}}}, and there is no such fact.")
        if fact.value is None:
            raise RuleError(
                f"rule {rule.id}: its statement needs {name} ({fact.label}), which has no value. "
                f"Give it in the mandate, or replace the rule in a pack of your own."
            )
    return PLACEHOLDER.sub(lambda match: facts.printed(match.group(1)), text)
