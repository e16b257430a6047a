"""Which rules a PDF is put to, and for which place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from backtest.disclosure.require import context_of, elsewhere
from backtest.errors import RunError
from backtest.facts import Fact, Facts
from backtest.reviewing import ReviewRequest, review_and_report, rules_and_facts

FACTS = Facts({"doc.jurisdictions": Fact("doc.jurisdictions", "for", "UK", "text", 0, None, "mandate", "test")}, {})
ON = date(2026, 11, 23)


def test_a_sheet_can_be_looked_at_as_if_for_other_places():
    assert context_of(elsewhere(FACTS, ("EU", "US"))).jurisdictions == ("EU", "US")
    assert FACTS.facts["doc.jurisdictions"].value == "UK"
    assert elsewhere(FACTS, ()) is FACTS
    assert elsewhere(Facts({}, {}), ("EU",)).facts == {}


def test_a_named_pack_says_the_place_and_a_named_place_comes_first():
    assert ReviewRequest(Path("a.pdf"), packs=("uk",)).places == ("UK",)
    assert ReviewRequest(Path("a.pdf"), packs=("house",)).places == ()
    assert ReviewRequest(Path("a.pdf"), packs=("house",)).context.jurisdictions == ("UK",)
    assert ReviewRequest(Path("a.pdf"), packs=("uk",), jurisdictions=("EU",)).context.jurisdictions == ("EU",)


@pytest.mark.parametrize("wrong", [{"audience": "retial"}, {"regime": "mifd"}, {"jurisdictions": ("FR",)}])
def test_a_word_that_there_is_not_is_one_sentence(wrong):
    with pytest.raises(RunError, match=r"there is none\..* Allowed: "):
        _ = ReviewRequest(Path("a.pdf"), **wrong).context


def test_reports_are_made_when_asked_for_alone(print_page, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(print_page("<p>It is guaranteed.</p>"))
    asked = ReviewRequest(path, ON, packs=("uk",))
    alone, page = review_and_report(asked), review_and_report(asked, page=True)
    assert (alone.page, alone.paper) == (None, None)
    assert alone.review == page.review
    assert page.page is not None
    assert "data:image/png" in page.page


def test_without_a_run_there_are_rules_alone():
    rules, facts, day = rules_and_facts((), None, None)
    assert len(rules) > 50
    assert (facts, day) == (None, None)
