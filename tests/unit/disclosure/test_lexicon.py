"""Promises are found, warnings are pardoned."""

from __future__ import annotations

import pytest

from backtest.disclosure.lexicon import forbidden
from backtest.disclosure.packs import load_packs

RULES = {rule.id: rule.checks[0].options for rule in load_packs() if rule.checks[0].kind == "absent_words"}


def hits(rule_id, text):
    options = dict(RULES[rule_id])
    words = options.pop("words")
    options.pop("label", None)
    return [hit.word for hit in forbidden(text, words, **options)]


@pytest.mark.parametrize(
    "warning",
    [
        "The value can fall as well as rise and is not guaranteed.",
        "Income cannot be guaranteed.",
        "There is no guarantee of that.",
        "We do not guarantee a level of income.",
        "No promise, warranty or guarantee is given.",
        "Capital is neither protected nor guaranteed.",
        "The fund guarantees nothing.",
        "A guarantee is not given.",
        "The Sharpe ratio uses the risk-free rate.",
        "No investment is safe.",
        "It isn't safe.",
        "Securities are held by a custodian.",
        "Safeguards are in place.",
    ],
)
def test_a_warning_is_no_promise(warning):
    assert hits("TXT-01", warning) == []


@pytest.mark.parametrize(
    ("promise", "word"),
    [
        ("Your capital is guaranteed.", "guaranteed"),
        ("Guaranteed income for life", "Guaranteed"),
        ("It is not only guaranteed but cheap.", "guaranteed"),
        ("There is no doubt that it is safe.", "safe"),
        ("There is no fee, and returns are guaranteed.", "guaranteed"),
        ("Costs are not high; your money is safe.", "safe"),
        ("We do not charge for it: the return is guaranteed.", "guaranteed"),
        ("A risk-free return? Yes: risk-free.", "risk-free"),
        ("Not many funds of this kind on sale today are guaranteed.", "guaranteed"),
        ("A secure income", "secure"),
        ("You are certain to gain.", "certain to"),
        ("This is not a loss but guaranteed.", "guaranteed"),
    ],
)
def test_a_promise_is_found_whatever_stands_near(promise, word):
    assert word in hits("TXT-01", promise)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Our target return is 8%.", ["target return"]),
        ("Earnings are projected to double.", ["projected"]),
        ("This is not a forecast.", []),
        ("No projection is made.", []),
        ("The index aims to track its market.", []),
    ],
)
def test_the_future_is_not_told(text, found):
    assert hits("FUT-01", text) == found


@pytest.mark.parametrize("text", ["the KID", "a K-I-D"])
def test_capitals_are_matched_in_capitals(text):
    assert bool(forbidden("a kid", ["KID"])) is False
    assert bool(forbidden(text, ["KID"])) is True


def test_a_word_cut_by_a_line_end_is_found():
    assert [hit.word for hit in forbidden("It is guar-anteed.", ["guarantee*"])] == ["guar-anteed"]


def test_a_star_lets_a_word_go_on_and_its_absence_does_not():
    assert forbidden("unsafe safely", ["safe"]) == ()
    assert [h.word for h in forbidden("projections", ["projection*"])] == ["projections"]


def test_the_window_is_counted_in_words():
    text = "not one two three guaranteed"
    assert forbidden(text, ["guaranteed"], ["not"], window=4) == ()
    assert len(forbidden(text, ["guaranteed"], ["not"], window=3)) == 1
