"""The review: a finished PDF, the rules in force on a day, and the facts if there are any -> each rule's outcome.

It shares no code with the writer and believes nothing the file says about itself. Facts are used to know which rules
apply and which figures are right; whether a statement is on the page is read from the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from backtest.disclosure import checks, figures
from backtest.disclosure.case import Answer, Case
from backtest.disclosure.context import Context
from backtest.disclosure.document import Document
from backtest.disclosure.finding import Checked, Finding, Outcome, Severity
from backtest.disclosure.gate import GateDecision, decide, is_gate
from backtest.disclosure.language import of_document
from backtest.disclosure.phrases import any_word
from backtest.disclosure.plain import check_in_words, dates_in_words, trigger_in_words
from backtest.disclosure.reading import Passage, Reading, key, predominant_size
from backtest.disclosure.require import applies, context_of
from backtest.disclosure.rule import Rule, placeholders
from backtest.disclosure.triggers import Trigger
from backtest.errors import listed
from backtest.facts import Fact, Facts
from backtest.garbage import uncollected
from backtest.words import ENGLISH, language_name, languages, reader_words

__all__ = ["Context", "Pack", "Review", "review"]

RANK: Mapping[Severity, int] = {"BLOCK": 0, "MAJOR": 1, "MINOR": 2, "INFO": 3}
RISK_SLOTS = frozenset({"top", "performance", "risk", "simulation"})
NOTHING = Facts({}, {})
CHART = 0.04
"""Share of a page that a picture covers when it may be a chart: a logo is smaller."""
NO_TEXT = "the PDF has no text layer, as a scan has none: its words cannot be read"
FOREIGN = "the document is in {name}; the reviewer reads {known}: a person who knows the language must read it"


@dataclass(frozen=True)
class Pack:
    """Which rules were asked, so that the same review can be made again."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Review:
    """Every rule's outcome on one document, worst first."""

    pdf_sha256: str
    on: date
    context: Context
    has_facts: bool
    packs: tuple[Pack, ...]
    gate: GateDecision | None
    pages: int
    findings: tuple[Finding, ...]
    drafts: tuple[str, ...] = ()
    """Rules whose statement the document carries in a wording that nobody has confirmed."""

    @property
    def unverified(self) -> tuple[str, ...]:
        """Rules that were put to the document and whose source nobody has seen."""
        return tuple(f.rule_id for f in self.findings if not f.verified and f.outcome != Outcome.NOT_APPLICABLE)

    @property
    def breaches(self) -> tuple[Finding, ...]:
        """Findings that must not leave the house: BLOCK rules that fail."""
        return tuple(f for f in self.findings if f.severity == "BLOCK" and f.outcome == Outcome.FAIL)

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.outcome == Outcome.FAIL)

    @property
    def open(self) -> tuple[Finding, ...]:
        """Findings a person must look at: failures and what the tool could not tell."""
        return tuple(f for f in self.findings if f.outcome >= Outcome.NEEDS_REVIEW)

    @property
    def counts(self) -> dict[str, int]:
        """Number of rules by outcome, every outcome named."""
        found = Counter(finding.outcome for finding in self.findings)
        return {outcome.name.lower(): found[outcome] for outcome in reversed(Outcome)}

    @property
    def checks(self) -> int:
        """Rules that were put to the document."""
        return sum(1 for f in self.findings if f.outcome != Outcome.NOT_APPLICABLE)

    @property
    def unread(self) -> str:
        """Why no rule could be put to the document at all, '' when it was read: it has no text, or in no language of
        ours."""
        reasons = {(finding.outcome, finding.reason) for finding in self.findings}
        outcome, reason = next(iter(reasons), (None, ""))
        return reason if len(reasons) == 1 and outcome == Outcome.NEEDS_REVIEW and len(self.findings) > 1 else ""

    @property
    def conclusion(self) -> str:
        """One sentence. A tool can prove a breach, not compliance."""
        if self.unread:
            return f"Not reviewed: {self.unread}."
        looks = self.counts["needs_review"]
        questions = f", and look at {_count(looks, 'open question')}" if looks else ""
        person = f"A person must sign{questions}."
        if self.breaches:
            names = ", ".join(f.rule_id for f in self.breaches)
            return f"{_count(len(self.breaches), 'breach', 'breaches')} found: {names}. This document must not be used."
        others = self.counts["fail"]
        found = f"{_count(others, 'finding')} below BLOCK" if others else "No breach found"
        return f"{found} by {_count(self.checks, 'check')}. {person}"


@uncollected()
def review(
    document: Document, facts: Facts | None, rules: Iterable[Rule], on: date, context: Context | None = None
) -> Review:
    """Put every rule to a document.

    facts: the sheet's own, from its facts.json; None for a stranger's PDF, whose `context` then says whom it is for.
    """
    asked, facts = tuple(rules), _in_order(facts)
    known = context_of(facts) if facts is not None else context or Context()
    findings, drafts = (
        _findings(document, facts, asked, on, known)
        if document.has_text
        else ([_about(_spoken(rule, facts), facts, known) for rule in asked], ())
    )
    return Review(
        pdf_sha256=document.sha256,
        on=on,
        context=known,
        has_facts=facts is not None,
        packs=tuple(sorted({Pack(r.pack, r.pack_version, r.pack_sha256) for r in asked}, key=lambda p: p.name)),
        gate=decide(facts or NOTHING, asked, on, known),
        pages=len(document.pages),
        findings=tuple(sorted(findings, key=lambda f: (-f.outcome, RANK[f.severity], f.rule_id))),
        drafts=drafts,
    )


def _in_order(facts: Facts | None) -> Facts | None:
    """The facts by id: what a finding names first must not hang on whether they were just made or read from a file."""
    return None if facts is None else replace(facts, facts=dict(sorted(facts.facts.items())))


def _findings(
    document: Document, facts: Facts | None, rules: tuple[Rule, ...], on: date, context: Context
) -> tuple[list[Finding], tuple[str, ...]]:
    """Each rule's finding, and the rules whose statements are drafts."""
    reading = Reading(document)
    language = facts.language if facts is not None else _language_of(reading)
    if language not in languages():
        why = FOREIGN.format(name=language_name(language), known=listed(map(language_name, languages())))
        return [_about(rule, facts, context, why) for rule in rules], ()
    rules = tuple(rule.in_language(language) for rule in rules)
    by_id = {rule.id: rule for rule in rules}
    passages = {rule.id: _passages(reading, rule, facts, by_id) for rule in rules if rule.speaks}
    spoken = {i for found in passages.values() for p in found for i in p.indices}
    document.look(spoken)  # all at once, so that each page is drawn once
    blocks = figures.performance_blocks(reading, spoken)
    given = facts if facts is not None else _from_text(reading, _shows_performance(reading, blocks), context)
    triggers = {rule.id: applies(rule, given, on, context) for rule in rules}
    case = Case(
        reading=reading,
        facts=given,
        has_facts=facts is not None,
        blocks=blocks,
        passages=passages,
        warnings=_warnings(rules, triggers, passages),
        stale=_stale(rules, triggers, passages, context, on),
        drafts=_drafts(rules, triggers, language),
        predominant=predominant_size(reading, spoken | _margins(reading) | _small_print(reading)),
        statements={rule.id: said for rule in rules for t in rule.statement.values() if (said := _filled(t, facts))},
        leads={name: trigger.reason for name, trigger in triggers.items() if trigger.applies and trigger.lead},
        on=on,
        language=language,
        applying=frozenset(name for name, trigger in triggers.items() if trigger.applies is not False),
        noted=_noted(document, rules, facts),
        ended={rule.id: rule.valid_to for rule in rules if rule.valid_to is not None and rule.valid_to < on},
    )
    return [_finding(case, rule, triggers[rule.id], context) for rule in rules], case.drafts


def _finding(case: Case, rule: Rule, trigger: Trigger, context: Context) -> Finding:
    answers = checks.ask(case, rule) if trigger.applies is not False else ()
    answer = checks.worst_of(answers) if answers else Answer(Outcome.NOT_APPLICABLE, trigger.reason)
    if trigger.applies is None and answer.outcome == Outcome.FAIL:
        reason = f"{trigger.reason}; if the rule applies: {answer.reason}"
        answer = Answer(Outcome.NEEDS_REVIEW, reason, answer.evidence)
    told = tuple(
        Checked(check.kind, check_in_words(check), said.outcome, said.reason)
        for check, said in zip(rule.checks, answers, strict=False)
    )
    return replace(
        _about(rule, case.facts, context), outcome=answer.outcome, reason=answer.reason, evidence=answer.evidence,
        trigger=trigger.reason, checks=told,
    )  # fmt: skip


def _spoken(rule: Rule, facts: Facts | None) -> Rule:
    return rule.in_language(facts.language) if facts is not None else rule


def _language_of(reading: Reading) -> str:
    """The language of a stranger's document; English where there are too few words to tell."""
    return of_document(sentence.text for sentence in reading.sentences) or ENGLISH


def _about(rule: Rule, facts: Facts | None, context: Context, why: str = NO_TEXT) -> Finding:
    """What is known of a finding before the document is read: it is for a person."""
    return Finding(
        rule.id, rule.title, rule.severity_for(context), Outcome.NEEDS_REVIEW, why, rule.citations, rule.verified,
        gate=is_gate(rule), pack=rule.pack, in_force=dates_in_words(rule), when=trigger_in_words(rule),
        statement=_wanted(rule, facts),
    )  # fmt: skip


def _wanted(rule: Rule, facts: Facts | None) -> str:
    """The statement a rule asks for, with the facts that are known, and '[documents from]' where one is not."""
    text = next(iter(rule.statement.values()), "")
    for name in placeholders(text):
        fact = facts.facts.get(name) if facts is not None else None
        known = facts is not None and fact is not None and fact.value is not None
        shown = facts.printed(name) if facts is not None and known else f"[{name.split('.', 1)[1].replace('_', ' ')}]"
        text = text.replace(f"{{{name}}}", shown)
    return text


def _passages(reading: Reading, rule: Rule, facts: Facts | None, rules: Mapping[str, Rule]) -> tuple[Passage, ...]:
    """Where a rule's statement stands: word for word if it does, its own or that of a rule that says it for it, else
    where other words say the same."""
    sayers = [rule, *(rules[name] for name in rule.said_by if name in rules)]
    texts = [_filled(text, facts) for one in sayers for text in one.statement.values()]
    exact = tuple(passage for text in texts if text is not None for passage in reading.find(text))
    if exact:
        return exact
    found = reading.says(_concepts(rule, facts))
    return tuple(p for p in found if not any_word(rule.denied).search(p.text)) if rule.denied else found


def _concepts(rule: Rule, facts: Facts | None) -> list[tuple[str, ...]]:
    """The rule's groups of words with facts filled in; a group that needs a fact nobody gave is left out."""
    filled = [[_filled(word, facts) for word in group] for group in rule.concepts]
    return [tuple(word for word in group if word is not None) for group in filled if any(group)]


def _filled(text: str, facts: Facts | None) -> str | None:
    """The text with its facts; None when one of them is not known."""
    for name in placeholders(text):
        fact = facts.facts.get(name) if facts is not None else None
        if fact is None or fact.value is None:
            return None
        text = text.replace(f"{{{name}}}", facts.printed(name)) if facts is not None else text
    return text


def _warnings(
    rules: Iterable[Rule], triggers: Mapping[str, Trigger], passages: Mapping[str, tuple[Passage, ...]]
) -> tuple[tuple[str, Passage], ...]:
    """The risk texts of the rules that apply, or may."""
    return tuple(
        (rule.id, passage)
        for rule in rules
        if rule.slot in RISK_SLOTS and triggers[rule.id].applies is not False
        for passage in passages[rule.id]
    )


def _stale(
    rules: Iterable[Rule],
    triggers: Mapping[str, Trigger],
    passages: Mapping[str, tuple[Passage, ...]],
    context: Context,
    on: date,
) -> tuple[tuple[str, str, Passage], ...]:
    """Risks that are warned of though the portfolio does not have them. Words that belong to a rule that applies do
    not count against one that does not."""
    asked = [r for r in rules if r.id.startswith("RSK-") and r.speaks and r.in_force(on) and not r.addresses(context)]
    wanted = [r for r in rules if triggers[r.id].applies is not False and (r.slot in RISK_SLOTS or r.said_by)]
    right = {i for r in wanted for p in passages[r.id] for i in p.indices}
    return tuple(
        (rule.id, triggers[rule.id].reason, passage)
        for rule in asked
        if triggers[rule.id].applies is False
        for passage in passages[rule.id]
        if not right & set(passage.indices)
    )


def _drafts(rules: Iterable[Rule], triggers: Mapping[str, Trigger], language: str) -> tuple[str, ...]:
    """The rules whose statement the sheet carries in a wording that nobody has confirmed."""
    return tuple(
        rule.id
        for rule in rules
        if rule.slot is not None and triggers[rule.id].applies is not False and language in rule.wordings
        and not rule.wordings[language].verified
    )  # fmt: skip


def _noted(document: Document, rules: Iterable[Rule], facts: Facts | None) -> dict[str, tuple[int, ...]]:
    """For each rule whose statement stands in a note or a field of a form, the pages of those."""
    found: dict[str, tuple[int, ...]] = {}
    for rule in rules if document.notes else ():
        texts = [text for one in rule.statement.values() if (text := _filled(one, facts)) is not None]
        groups = _concepts(rule, facts)
        pages = [
            note.page for note in document.notes
            if any(key(text) in key(note.text) for text in texts)
            or (groups and all(any_word(group).search(note.text) for group in groups))
        ]  # fmt: skip
        if pages:
            found[rule.id] = tuple(dict.fromkeys(pages))
    return found


def _shows_performance(reading: Reading, blocks: Iterable[figures.Block]) -> bool | None:
    """None where the text shows none and a picture may."""
    if any(blocks):
        return True
    pictured = any(
        (box[2] - box[0]) * (box[3] - box[1]) > CHART * page.width * page.height
        for page in reading.pages
        for box in page.pictures
    )
    return None if pictured or reading.document.pages_without_text else False


def _from_text(reading: Reading, has_performance: bool | None, context: Context) -> Facts:
    """What a stranger's document shows of itself, and for whom the reviewer says it is."""
    simulated = bool(reading.says([reader_words("simulated")]))
    shown: dict[str, str | bool | None] = {
        "text.performance": has_performance,
        "text.simulated": simulated,
        "doc.audience": context.audience,
        "doc.uk_regime": context.uk_regime,
    }
    source = "the document's text"
    made = {
        i: Fact(i, i, v, "text" if isinstance(v, str) else "flag", 0, None, "mandate", source) for i, v in shown.items()
    }
    return Facts(made, {})


def _margins(reading: Reading) -> set[int]:
    pages = reading.pages
    return {i for i, c in enumerate(reading.characters) if pages[c.page - 1].in_band(c.box)}


def _small_print(reading: Reading) -> set[int]:
    """Characters under a heading of small print, up to the next heading in another size or weight."""
    found: set[int] = set()
    small, heading = tuple(key(words) for words in reader_words("small_print")), None
    for line in reading.lines:
        if len(line.text.split()) <= 4 and key(line.text).startswith(small):
            heading = line
        elif heading is not None and (line.bold, line.size) == (heading.bold, heading.size):
            heading = None
        if heading is not None:
            found |= set(line.indices)
    return found


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
