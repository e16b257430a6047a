"""A picture of a page among pages of text: said, and nothing is taken for sure that may stand on it."""

from __future__ import annotations

import io
from datetime import date
from types import SimpleNamespace

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from backtest.disclosure.case import Answer
from backtest.disclosure.checks.unread import with_unread
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import review
from backtest.disclosure.rule import Context, Evidence, Outcome

ON = date(2026, 11, 23)
SHEET = (
    "<p>Example Asset Management</p><h1>Example Fund</h1>"
    "<p>The value of an investment can fall as well as rise, and you may get back less than you put in.</p>"
    "<p>The fund is guaranteed to return a good deal, and there is no risk of loss.</p>"
)


def with_picture(pdf: bytes, *, share: float = 1.0, text: str = "", mode: int = 0) -> bytes:
    """One page more: a picture that covers a share of its height, and a line of text in a standard font."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.add_blank_page(page_size=(400, 600))
        page = opened.pages[-1].obj
        picture = opened.make_stream(bytes([90]))
        picture.update(Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
                                  ColorSpace=Name.DeviceGray))  # fmt: skip
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(XObject=Dictionary(P=picture), Font=Dictionary(F=font))
        drawn = f"q 400 0 0 {600 * share} 0 0 cm /P Do Q" if share else ""
        said = f"BT {mode} Tr /F 9 Tf {text} Tj ET" if text else ""
        page.Contents = opened.make_stream(f"{drawn} {said}".encode())
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("added", "unread"),
    [
        ({}, (2,)),
        ({"text": "1 0 0 1 190 12 Tm (Page 2 of 2)"}, (2,)),
        ({"text": "1 0 0 1 50 300 Tm (Words that were recognised)", "mode": 3}, (2,)),
        ({"text": "1 0 0 1 50 300 Tm (Words that are set)"}, ()),
        ({"share": 0.3, "text": "1 0 0 1 190 12 Tm (Page 2 of 2)"}, ()),
        ({"share": 0.0}, ()),
    ],
    ids=["a scan", "a scan with a page number", "a scan with hidden words", "a picture with words", "a small picture",
         "a blank page"],
)  # fmt: skip
def test_pages_whose_ink_is_no_text_are_named(printed, added, unread):
    document = read_pdf(with_picture(printed(SHEET), **added))
    assert document.pages_without_text == unread
    assert document.has_text


def test_words_that_are_drawn_as_lines_are_no_text(draw):
    assert read_pdf(draw("20 200 m 60 240 l 3 w S")).pages_without_text == (1,)


def test_nothing_is_sure_of_a_document_with_an_unread_page(printed):
    """What stands on page 1 is still found and still a breach; what is missing from it may stand on page 2."""
    plain, mixed = printed(SHEET), with_picture(printed(SHEET))
    before, after = ({f.rule_id: f for f in review(read_pdf(pdf, 100), None, load_packs(), ON, Context()).findings}
                     for pdf in (plain, mixed))  # fmt: skip
    silent = [name for name, finding in before.items() if finding.outcome == Outcome.PASS
              and {check.kind for check in finding.checks} == {"absent_words"}]  # fmt: skip
    assert silent
    for name in silent:
        assert after[name].outcome == Outcome.NEEDS_REVIEW
        assert "page 2 is a picture without text" in after[name].reason
    broken = [rule for rule, finding in before.items() if finding.outcome == Outcome.FAIL]
    assert {after[rule].outcome for rule in broken} == {Outcome.FAIL, Outcome.NEEDS_REVIEW}
    missing = [rule for rule in broken if before[rule].reason == "the statement is not in the document"]
    assert missing
    assert {after[rule].outcome for rule in missing} == {Outcome.NEEDS_REVIEW}
    said = [rule for rule in broken if any(check.kind == "absent_words" for check in before[rule].checks)]
    assert said
    assert {after[rule].outcome for rule in said} == {Outcome.FAIL}


CASE = SimpleNamespace(
    noted={},
    passages={"GEN-01": ("it",)},
    performance_pages=(1,),
    reading=SimpleNamespace(
        pages=[SimpleNamespace(number=number) for number in (1, 2, 3)],
        document=SimpleNamespace(pages_without_text=(2,)),
        by_page=lambda passage: {1: []},
    ),
)
"""As much of a case as the question needs: page 2 of three was not read, the statement stands on page 1."""
SEEN = (Evidence(1, (0, 0, 1, 1), "it"),)


@pytest.mark.parametrize(
    ("kind", "scope", "outcome", "evidence", "stands"),
    [
        ("statement_present", "any", Outcome.PASS, SEEN, True),
        ("statement_present", "any", Outcome.FAIL, (), False),
        ("statement_present", "page1", Outcome.FAIL, (), True),
        ("statement_present", "every_page", Outcome.FAIL, SEEN, True),
        ("statement_present", "every_performance_page", Outcome.PASS, SEEN, False),
        ("statement_present", "every_performance_page", Outcome.FAIL, SEEN, True),
        ("top_of_page1", None, Outcome.FAIL, SEEN, True),
        ("prominent", None, Outcome.FAIL, SEEN, True),
        ("prominent", None, Outcome.FAIL, (), False),
        ("absent_words", None, Outcome.PASS, (), False),
        ("absent_words", None, Outcome.FAIL, SEEN, True),
        ("tie_out", None, Outcome.PASS, (), False),
        ("flag", None, Outcome.FAIL, (), True),
        ("some_new_kind", None, Outcome.PASS, (), False),
    ],
)
def test_which_answers_stand(kind, scope, outcome, evidence, stands):
    rule = type("Rule", (), {"id": "GEN-01"})
    options = {"scope": scope} if scope else {}
    answer = with_unread(CASE, rule, kind, options, Answer(outcome, "so", evidence))
    assert answer.outcome == (outcome if stands else Outcome.NEEDS_REVIEW)
