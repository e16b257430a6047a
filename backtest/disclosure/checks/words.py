"""Words that may not be said, or not beside a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure import figures, lexicon
from backtest.disclosure.case import FAIL, PASS, Answer, Case, evidence_of
from backtest.disclosure.reading import Passage, excerpt, rounded
from backtest.disclosure.rule import Evidence, Rule
from backtest.errors import listed
from backtest.facts import Facts


def absent_words(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """None of `words` stands in the document unless something pardons it: a negation, a condition, a phrase in
    `unless`, or that it is part of a name. `label` says of what kind the words are: 'promissory: says ...'. `said_for`:
    rules whose statements need the words, where they apply: what a client elsewhere must be told."""
    names = names_in(case.facts)
    needed = {i for rule_id in options.get("said_for", ()) if rule_id in case.applying
              for passage in case.passages[rule_id] for i in passage.indices}  # fmt: skip
    found: list[tuple[str, Passage]] = []
    for number in sorted(case.reading.sentences_with(options["words"])):
        sentence = case.reading.sentences[number]
        if sentence.indices and needed.issuperset(sentence.indices):
            continue
        hits = lexicon.forbidden(
            sentence.text,
            options["words"],
            options.get("negations", ()),
            options.get("unless", ()),
            options.get("window", 4),
            options.get("conditions", ()),
            names,
        )
        found += [(hit.word, sentence) for hit in hits]
    if not found:
        return Answer(PASS, f"none of its {len(options['words'])} words and phrases is used")
    words = listed(dict.fromkeys(repr(word) for word, _ in found))
    kind = f"{options['label']}: " if "label" in options else ""
    return Answer(FAIL, f"{kind}says {words}", evidence_of(case, [passage for _, passage in found]))


def names_in(facts: Facts) -> tuple[str, ...]:
    """What things are called: firm, fund, class, benchmark, companies. A name is nobody's claim."""
    found = (f.value for i, f in facts.facts.items() if i == "fund.firm" or i.endswith(".name"))
    return tuple(name for name in found if isinstance(name, str) and name)


def no_figures_about(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """No figure stands under a heading or beside a label with one of `words`, and no sentence has one and a percentage.

    The words alone are no fault: a sheet may say that it shows none of this.
    """
    pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4))

    def about(text: str) -> bool:
        return bool(lexicon.forbidden(text, options["words"], *pardons))

    found = figures.blocks_about(case.reading, about, about)
    if not found:
        return Answer(PASS, f"no figure goes with any of its {len(options['words'])} words and phrases")
    texts = [text for block in found for text in block.texts]
    hits = [hit.word for text in texts for hit in lexicon.forbidden(text, options["words"], *pardons)]
    evidence = tuple(Evidence(b.page, rounded(b.box), excerpt(b.words)) for b in found)
    return Answer(FAIL, f"figures go with {listed(dict.fromkeys(repr(word) for word in hits))}", evidence)


CHECKS = (
    absent_words,
    no_figures_about,
)
