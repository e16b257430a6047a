"""What a check is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from backtest.disclosure import lexicon
from backtest.disclosure.document import Page
from backtest.disclosure.figures import Block
from backtest.disclosure.reading import Line, Passage, Reading
from backtest.disclosure.rule import Evidence, Outcome, Rule
from backtest.disclosure.ties import Ties
from backtest.disclosure.triggers import BASIS_OF
from backtest.facts import Facts
from backtest.words import ENGLISH, reader_words

PASS, FAIL, LOOK, NONE = Outcome.PASS, Outcome.FAIL, Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE
PRODUCTS = ("strategy", "actual")
"""Whose figures a sheet is about: the second word of their facts."""


@dataclass(frozen=True)
class Answer:
    """What one check says about one rule."""

    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Case:
    """All that is known about one document; built once by the review, read by every check."""

    reading: Reading
    facts: Facts
    has_facts: bool
    """False for a stranger's PDF: then `facts` holds only what its text shows."""
    blocks: tuple[Block, ...]
    passages: Mapping[str, tuple[Passage, ...]]
    """Where each rule's statement stands, by rule id: word for word, else in other words."""
    warnings: tuple[tuple[str, Passage], ...]
    """(rule id, passage) of every risk text found."""
    stale: tuple[tuple[str, str, Passage], ...]
    """(rule id, why it does not apply, passage) of risks the portfolio does not have."""
    drafts: tuple[str, ...]
    """Rules whose statement is worded in a way that nobody has confirmed."""
    predominant: float
    statements: Mapping[str, str] = field(default_factory=dict)
    """What each rule would have the sheet say, filled in, by rule id."""
    leads: Mapping[str, str] = field(default_factory=dict)
    """Why a rule's risk leads, by rule id, of those that do."""
    on: date = date.min
    """The day of the review."""
    language: str = ENGLISH
    """The language of the document: that of its facts, or of most of a stranger's words."""
    applying: frozenset[str] = frozenset()
    """The rules that apply, or may."""
    noted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Pages on whose notes or form fields a rule's statement stands, by rule id: not part of the page itself."""

    ended: Mapping[str, date] = field(default_factory=dict)
    """The last day of each rule that was no longer in force on the day of the review."""

    @cached_property
    def ties(self) -> Ties:
        """The numbers of the document held against its facts; those of a statement that stands word for word are its
        rule's."""
        exact = (p for text in self.statements.values() for p in self.reading.find(text))
        return Ties(self.reading, self.facts, frozenset(i for passage in exact for i in passage.indices))

    @property
    def performance_pages(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(block.page for block in self.blocks))

    def page(self, number: int) -> Page:
        return self.reading.pages[number - 1]

    @property
    def has_both(self) -> bool:
        """True when the facts hold actual figures beside simulated ones."""
        return {"actual", "simulated"} <= {f.basis for i, f in self.facts.facts.items() if i.startswith("perf.")}

    def about(self, rule: Rule) -> Case:
        """The case with those blocks alone that a rule on one kind of figures is about: on a document with both kinds,
        a block that says the other word and not this one is another rule's."""
        basis = BASIS_OF.get(rule.when)
        if basis is None or not self.has_both:
            return self
        other = "simulated" if basis == "actual" else "actual"
        kept = tuple(b for b in self.blocks if says(b, basis) or not says(b, other))
        return replace(self, blocks=kept)


def says(block: Block, basis: str) -> bool:
    """Whether a block calls its figures 'actual' or 'simulated', in any of our languages."""
    return bool(lexicon.forbidden(block.words, reader_words(basis)))


CheckFunction = Callable[[Case, Rule, Mapping[str, Any]], Answer]


def pages_of(case: Case, scope: str) -> tuple[int, ...]:
    """The pages a scope names; none for `any`."""
    if scope == "page1":
        return (1,)
    if scope == "every_performance_page":
        return case.performance_pages
    return tuple(page.number for page in case.reading.pages) if scope != "any" else ()


def lines_of(case: Case, page: int) -> list[Line]:
    return [line for line in case.reading.lines if line.page == page]


def evidence_of(case: Case, passages: Iterable[Passage]) -> tuple[Evidence, ...]:
    return tuple(evidence for passage in passages for evidence in case.reading.evidence(passage))
