"""A table of sentences in three languages, each with all that the lexicon must find in it and nothing else."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from backtest.disclosure.lexicon import forbidden
from backtest.disclosure.packs import load_packs

TABLE = tomllib.loads(Path(__file__).with_name("lexicon_sentences.toml").read_text(encoding="utf-8"))
SENTENCES = [
    pytest.param(language, text, expected, id=f"{language}: {text}")
    for language, rows in TABLE.items()
    for text, expected in rows.items()
]
KINDS = {
    "TXT-01": "promissory", "TXT-02": "exaggerated", "TXT-06": "absolute", "TXT-07": "promissory",
    "FUT-01": "forecast", "GEN-03": "endorsement", "PP-11": "cherry-picked",
}  # fmt: skip
FOUNDING = (
    ("We have been crystal clear that the opportunity for AI is immense and nothing in the news changes that.",
     {"crystal clear", "immense", "nothing in the news changes that"}),
    ("In fact, it can only help the speed of adoption.", {"can only help"}),
    ("Set against this backdrop, AI is definitely the right thesis.", {"definitely", "the right thesis"}),
    ("Users of AI to drive productivity and stronger moats will prevail.", {"will prevail"}),
    ("This is early in the cycle and there will be some amazing investment opportunities.",
     {"there will be some amazing investment opportunities", "amazing"}),
    ("Any turmoil should be seen as a chance to position portfolios to AI use case winners.",
     {"seen as a chance", "winners"}),
    ("The value of an investment can fall as well as rise and is not guaranteed.", set()),
    ("Do not guarantee a level of income.", set()),
    ("May be exposed to counterparty risk: any contract may be at risk if the counterparty fails.", set()),
    ("It should not be construed as advice, an offer to buy or sell, or a solicitation.", set()),
    ("No representation or warranty, express or implied, is made as to its accuracy.", set()),
)  # fmt: skip


@cache
def lists(language: str) -> dict[str, dict]:
    rules = [rule.in_language(language) for rule in load_packs() if rule.id in KINDS]
    return {rule.id: next(c.options for c in rule.checks if c.kind == "absent_words") for rule in rules}


def found(language: str, text: str) -> list[tuple[str, str]]:
    hits = []
    for rule_id, options in lists(language).items():
        known = {key: value for key, value in options.items() if key != "label"}
        hits += [(rule_id, hit.word) for hit in forbidden(text, **known)]
    return sorted(hits)


@pytest.mark.parametrize(("language", "text", "expected"), SENTENCES)
def test_a_sentence_says_what_the_table_says(language, text, expected):
    assert found(language, text) == sorted(tuple(hit.split(" ", 1)) for hit in expected.split("; ") if hit)


def test_the_table_is_no_sample():
    assert len(SENTENCES) >= 120
    assert {rule_id for _, _, hits in (p.values for p in SENTENCES) for rule_id in KINDS if rule_id in hits} == {*KINDS}


def test_each_class_is_named_in_its_rule():
    assert {rule_id: options["label"] for rule_id, options in lists("en").items()} == KINDS


@pytest.mark.parametrize(("text", "claims"), FOUNDING)
def test_every_claim_of_the_founding_text_is_found_and_no_warning(text, claims):
    assert {word for _, word in found("en", text)} == claims
