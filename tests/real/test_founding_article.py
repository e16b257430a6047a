"""The article that the thesis comes from, printed and reviewed as any stranger's page: each of its claims is flagged,
and none of its warnings is taken for a promise. It is read where it lies; nothing of it is copied here."""

from __future__ import annotations

from datetime import date
from html import escape
from pathlib import Path

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import review
from backtest.disclosure.rule import Context, Outcome

ARTICLE = Path(__file__).parents[3] / "shared" / "founding-article.txt"
pytestmark = pytest.mark.skipif(not ARTICLE.is_file(), reason="the founding article is not beside this checkout")
CLAIMS = ("definitely", "will prevail", "amazing", "crystal clear", "seen as a chance")
WORDS = ("TXT-01", "TXT-02", "TXT-06", "TXT-07")


@pytest.fixture(scope="module")
def findings(print_page):
    lines = ARTICLE.read_text(encoding="utf-8").splitlines()
    body = "".join(f"<p>{escape(line)}</p>" for line in lines if line.strip())
    style = "<style>@page { size: A4; margin: 18mm } body { font: 9pt 'Jevons Sans' }</style>"
    pdf = print_page(f'<html lang="en"><title>Article</title>{style}{body}</html>')
    found = review(read_pdf(pdf, 150), None, load_packs(), date(2026, 11, 23), Context())
    return {finding.rule_id: finding for finding in found.findings}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_flagged(findings, claim):
    said = [findings[rule_id].reason.casefold() for rule_id in WORDS if findings[rule_id].outcome == Outcome.FAIL]
    assert any(claim in reason for reason in said), said


def test_no_warning_is_taken_for_a_promise(findings):
    """Its risk text says twice that nothing is guaranteed."""
    assert findings["TXT-01"].outcome == Outcome.PASS, findings["TXT-01"].reason


def test_warnings_at_the_very_end_are_too_late(findings):
    """They stand after all claims, on the last page."""
    assert findings["GEN-13"].outcome == Outcome.FAIL
    assert "not on page 1" in findings["GEN-13"].reason


@pytest.mark.parametrize("rule_id", ["DSC-D04", "DSC-D05", "DSC-D06", "DOC-05"])
def test_what_it_does_say_is_found(findings, rule_id):
    assert findings[rule_id].outcome in (Outcome.PASS, Outcome.NEEDS_REVIEW), findings[rule_id].reason
    assert "not in the document" not in findings[rule_id].reason
