"""Do the fonts draw what the text says? A lie of the table is found, and honest files of many makers are left alone."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from backtest.disclosure.checks.glyphs import glyph_truth
from backtest.disclosure.document import read_pdf
from backtest.disclosure.document.tounicode import claimed_texts
from backtest.disclosure.rule import Outcome

WORDS = "<p>Not 100% guaranteed: the final office offers −1.5% “efficient” fi ffi, 31 October 2026.</p>"


def with_table(pdf: bytes, old: bytes, new: bytes, name: str | None = None) -> bytes:
    """The PDF with one line of each font's table of texts changed, and the fonts under another name."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        changed = 0
        for item in opened.objects:
            if not isinstance(item, Dictionary):
                continue
            if isinstance(item.get("/ToUnicode"), pikepdf.Stream):
                table = item.ToUnicode.read_bytes()
                changed += table.count(old)
                item.ToUnicode = opened.make_stream(table.replace(old, new))
            if name is not None and "/BaseFont" in item:
                item.BaseFont = Name(f"/ABCDEF+{name}")
        assert changed
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


def answer(document):
    case = SimpleNamespace(reading=SimpleNamespace(document=document))
    return glyph_truth(case, None, {})


def code_of(pdf: bytes, letter: str) -> bytes:
    """The line of the first font's table that gives a letter."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        table = next(o.ToUnicode.read_bytes() for o in opened.objects
                     if isinstance(o, Dictionary) and isinstance(o.get("/ToUnicode"), pikepdf.Stream))  # fmt: skip
    text = f"<{ord(letter):04x}>".encode()
    return next(line for line in table.splitlines() if line.endswith(text) and line.count(b"<") == 2)


def test_our_own_pages_are_true(printed):
    document = read_pdf(printed(WORDS + f"<b>{WORDS}</b>"))
    assert document.glyph_faults == ()
    assert answer(document).outcome == Outcome.PASS


def test_a_letter_of_ours_that_is_said_to_be_another_is_a_breach(printed):
    """The page shows 100, the text says 900: what a search finds and what a client reads are two things."""
    pdf = printed(WORDS)
    line = code_of(pdf, "1")
    document = read_pdf(with_table(pdf, line, line.replace(b"<0031>", b"<0039>")))
    assert "900%" in "".join(c.text for c in document.characters)
    fault = document.glyph_faults[0]
    assert (fault.ours, fault.said, fault.pages) == (True, "9", (1,))
    found = answer(document)
    assert found.outcome == Outcome.FAIL
    assert "draws another shape than our font has where the text says '9' (page 1)" in found.reason


def test_a_letter_that_our_font_does_not_have_is_a_breach(printed):
    """The renderer draws a box, and the text is right all the same."""
    document = read_pdf(printed("<p>Funds in 中国 and elsewhere</p>"))
    faults = [fault for fault in document.glyph_faults if fault.said in "中国"]
    assert faults
    assert all(fault.ours and "a box or nothing" in fault.drawn for fault in faults)


def test_another_font_under_our_name_is_a_breach(printed, lato):
    document = read_pdf(with_table(printed(lato + WORDS), b"beginbfchar", b"beginbfchar", name="Jevons-Sans"))
    assert answer(document).outcome == Outcome.FAIL


def test_a_stranger_s_font_that_agrees_with_its_text_is_left_alone(printed, lato):
    assert read_pdf(printed(lato + WORDS)).glyph_faults == ()


def test_a_stranger_s_font_that_contradicts_its_text_is_for_a_person(printed, lato, with_cmap):
    pdf = with_cmap(printed(lato + WORDS))
    line = code_of(pdf, "1")
    document = read_pdf(with_table(pdf, line, line.replace(b"<0031>", b"<0039>")))
    assert [(f.ours, f.said, f.drawn) for f in document.glyph_faults] == [(False, "9", "'1'")]
    assert answer(document).outcome == Outcome.NEEDS_REVIEW


def test_a_standard_font_with_a_table_that_lies_is_for_a_person(draw):
    def dress(pdf, page):
        table = b"1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfchar <41> <0042> <43> <0043> endbfchar"
        page.Resources.Font.H = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica,
                                           ToUnicode=pdf.make_stream(table))  # fmt: skip

    document = read_pdf(draw("BT /H 12 Tf 20 200 Td (AC) Tj ET", dress))
    assert [(f.font, f.said, f.drawn) for f in document.glyph_faults] == [("Helvetica", "B", "'A'")]


def test_letters_that_are_all_one_shape_are_for_a_person(draw):
    def dress(pdf, page):
        table = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <61> <6a> <0061> endbfrange"
        page.Resources.Font.T = Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 1000, 1000], FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            FirstChar=97, LastChar=106, Widths=[500] * 10, Resources=Dictionary(),
            CharProcs=Dictionary(a=pdf.make_stream(b"500 0 0 0 500 700 d1 0 0 400 700 re f")),
            Encoding=Dictionary(Differences=[97, *[Name.a] * 10]), ToUnicode=pdf.make_stream(table),
        )  # fmt: skip

    faults = read_pdf(draw("BT /T 12 Tf 20 200 Td (abcdefghij) Tj ET", dress)).glyph_faults
    assert [str(fault)[:60] for fault in faults] == ["a font without a name draws the shape that it draws for 'b',"]


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        (b"2 beginbfchar <01> <0041> <0002> <00660069> endbfchar", {1: "A", 2: "fi"}),
        (b"1 beginbfrange <10> <12> <0061> endbfrange", {16: "a", 17: "b", 18: "c"}),
        (b"1 beginbfrange <10> <11> [<0061> <D835DC00>] endbfrange", {16: "a", 17: "\U0001d400"}),
        (b"1 beginbfrange <10> <ffffffffff> <0061> endbfrange", None),
        (b"beginbfchar <01> <00> <0> endbfchar nothing", {1: "\x00"}),
        (b"\x00\xff garbage", {}),
    ],
)
def test_the_table_of_texts_is_read(table, texts):
    found = claimed_texts(table)
    assert found == texts if texts is not None else len(found) <= 70_000
