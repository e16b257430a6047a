"""A PDF that cannot be read ends in one sentence; one that can gives characters as they are drawn."""

from __future__ import annotations

import hashlib
import io
from types import SimpleNamespace

import pikepdf
import pytest

from backtest.disclosure.document import ReadLimits, attachment, read_pdf
from backtest.disclosure.document.opening import check_pages
from backtest.disclosure.reading import Reading
from backtest.errors import DocumentError


@pytest.fixture
def plain(printed):
    return printed("<p>Twelve words of plain text stand here, and no more.</p>")


def changed(pdf, **save):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        out = io.BytesIO()
        opened.save(out, **save)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a PDF"),
        (b"hello", "not a PDF. Give a file that starts with %PDF"),
        (b"PK\x03\x04 an office file", "not a PDF"),
        (b"%PDF-1.7\n" + b"\x00" * 500, "a damaged PDF"),
        (b"%PDF-1.7\n%%EOF", "a damaged PDF"),
    ],
)
def test_what_is_no_pdf_is_refused(data, said):
    with pytest.raises(DocumentError, match=said):
        read_pdf(data)


def test_half_a_pdf_is_read_or_refused_but_never_breaks(plain):
    for size in range(20, len(plain), 997):
        try:
            read_pdf(plain[:size])
        except DocumentError as error:
            assert str(error).startswith("the PDF: ")


def test_an_encrypted_pdf_is_refused(plain):
    locked = changed(plain, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(DocumentError, match=r"encrypted\. Save it without a password"):
        read_pdf(locked)


def test_an_encrypted_pdf_that_opens_without_a_password_is_read(plain):
    """Printers and banks lock a PDF against changes only; anyone may read it, so it can be reviewed."""
    locked = changed(plain, encryption=pikepdf.Encryption(owner="o", user=""))
    document = read_pdf(locked)
    assert document.sha256 == hashlib.sha256(locked).hexdigest()
    found = Reading(document).find("Twelve words of plain text stand here, and no more.")
    assert document.visibility(found[0].indices).visible == 1.0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"nothing\.pdf: no such file"):
        read_pdf(tmp_path / "nothing.pdf")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"file_bytes": 1000}, "the PDF: more than 1,000 bytes; no more are read"),
        ({"pages": 0}, "1 pages; at most 0 are read"),
        ({"characters": 10}, "more than 10 characters"),
        ({"objects": 3}, r"\d+ objects; at most 3 are read"),
        ({"side": 100.0}, "page 1: 420 x 595 points; at most 100 points a side are read"),
        ({"stream_bytes": 100}, r"object \d+ grows to more than 100 bytes when it is unpacked"),
    ],
)
def test_what_is_read_has_limits(plain, limits, said):
    with pytest.raises(DocumentError, match=said):
        read_pdf(plain, limits=ReadLimits(**limits))


def test_a_scan_has_no_text():
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    out = io.BytesIO()
    pdf.save(out)
    assert read_pdf(out.getvalue()).has_text is False


def test_attachments_come_back_by_name(plain):
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        pdf.attachments["facts.json"] = b'{"a": 1}'
        out = io.BytesIO()
        pdf.save(out)
    document = read_pdf(out.getvalue())
    assert attachment(document, "facts.json") == b'{"a": 1}'
    assert attachment(document, "other.json") is None


def test_effective_size_counts_all_scaling(printed):
    markup = '<p style="font-size: 10pt">As is</p><p style="font-size: 10pt; transform: scale(0.5)">Halved</p>'
    document = read_pdf(printed(markup))
    sizes = {c.text: round(c.size, 2) for c in document.characters}
    assert sizes["A"] == 10.0
    assert sizes["H"] == 5.0


def test_boxes_are_measured_from_the_top_left(printed):
    first = read_pdf(printed("<p>X</p>")).characters[0]
    assert 30 < first.box[0] < 45  # 12 mm of margin are 34 points
    assert 30 < first.box[1] < first.box[3] < 70


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_placed_as_it_is_seen(printed, turn):
    with pikepdf.open(io.BytesIO(printed("<p>X</p>"))) as pdf:
        pdf.pages[0].obj.Rotate = turn
        out = io.BytesIO()
        pdf.save(out)
    document = read_pdf(out.getvalue())
    page, letter = document.pages[0], document.characters[0]
    across, down = letter.box[0] / page.width, letter.box[1] / page.height
    assert (across > 0.5, down > 0.5) == {90: (True, False), 180: (True, True), 270: (False, True)}[turn]


def test_fake_bold_is_read_once(printed):
    with pikepdf.open(io.BytesIO(printed("<p>Bold</p>"))) as pdf:
        page = pdf.pages[0]
        page.contents_coalesce()
        body = page.obj.Contents.read_bytes()
        page.obj.Contents.write(b"q " + body + b" Q q " + body + b" Q")
        out = io.BytesIO()
        pdf.save(out)
    text = "".join(c.text for c in read_pdf(out.getvalue()).characters)
    assert text.strip() == "Bold"


def test_contrast_is_the_wcag_number(printed):
    """#767676 on white is 4.54:1 and black on white 21:1, as the WCAG 2.2 formula gives."""
    document = read_pdf(
        printed('<p style="font-size: 12pt">Black</p><p style="font-size: 12pt; color: #767676">Grey</p>')
    )
    reading = Reading(document)
    seen = [document.visibility(reading.find(word)[0].indices).contrast for word in ("Black", "Grey")]
    assert seen == pytest.approx([21.0, 4.54], abs=0.01)


def test_text_over_a_picture_layer_in_a_form_is_measured(printed):
    """WeasyPrint draws opacity through a form; text inside a form counts as text."""
    document = read_pdf(printed('<div style="opacity: 0.9"><p>In a form</p></div>'))
    seen = document.visibility(Reading(document).find("In a form")[0].indices)
    assert seen.visible == 1.0
    assert 10 < seen.contrast < 21


@pytest.mark.parametrize(("top", "visible"), [(8, 0.0), (15, 1.0)])
def test_a_letter_mostly_covered_is_not_seen(printed, top, visible):
    """The part that shows has full contrast; it is the share of ink that counts."""
    cover = f'<div style="position: absolute; left: 0; right: 0; top: {top}pt; height: 20pt; background: #fff"></div>'
    markup = f'<div style="position: relative; font-size: 20pt; line-height: 20pt">HHHH{cover}</div>'
    document = read_pdf(printed(markup))
    seen = document.visibility(Reading(document).find("HHHH")[0].indices)
    assert seen.visible == visible
    assert seen.contrast == pytest.approx(21.0)


def test_resources_may_be_inherited(printed):
    """A page that leaves its resources to the page tree hides its forms from nobody."""
    with pikepdf.open(io.BytesIO(printed('<div style="opacity: 0.99"><p>In a form</p></div>'))) as pdf:
        page = pdf.pages[0].obj
        pdf.Root.Pages.Resources = page.Resources
        del page["/Resources"]
        out = io.BytesIO()
        pdf.save(out)
    document = read_pdf(out.getvalue())
    assert document.visibility(Reading(document).find("In a form")[0].indices).contrast > 15


def test_nothing_is_visible_of_nothing(plain):
    assert read_pdf(plain).visibility(()).visible == 0.0


def test_a_character_has_the_colour_of_its_fill(draw):
    document = read_pdf(draw("0.2 0.4 0.6 rg BT /F 12 Tf 20 200 Td (Blue) Tj 1 g (white) Tj ET"))
    colours = {c.text: c.colour for c in document.characters}
    assert colours["B"] == (51, 102, 153)
    assert colours["w"] == (255, 255, 255)


def test_a_character_has_its_rendering_mode(draw):
    document = read_pdf(draw("BT /F 12 Tf 20 200 Td (A) Tj 3 Tr (B) Tj 7 Tr (C) Tj ET"))
    assert {c.text: c.mode for c in document.characters} == {"A": 0, "B": 3, "C": 7}


@pytest.mark.parametrize("shift", ["0 0", "0.3 0", "0.4 0.2"], ids=["in place", "beside", "beside and above"])
def test_letters_drawn_twice_with_a_small_shift_are_read_once(draw, shift):
    once = "BT /F 12 Tf 20 200 Td (Will all tell? ...) Tj ET"
    found = read_pdf(draw(f"{once} q 1 0 0 1 {shift} cm {once} Q")).characters
    assert "".join(c.text for c in found) == "Will all tell? ..."


def test_each_letter_drawn_twice_in_turn_is_read_once(draw):
    letters = " ".join(f"1 0 0 1 {20 + 9 * k} 200 Tm ({c}) Tj 1 0 0 1 {20.2 + 9 * k} 200 Tm ({c}) Tj"
                       for k, c in enumerate("BOLD"))  # fmt: skip
    assert "".join(c.text for c in read_pdf(draw(f"BT /F 12 Tf {letters} ET")).characters) == "BOLD"


def test_words_are_found_in_the_order_of_drawing_too(draw):
    """A statement whose lines are set from the lowest up, beside a word of another column."""
    drawn = "BT /F 9 Tf 20 180 Td (Prices can fall) Tj 90 20 Td (Other) Tj -90 -10 Td (as well as rise.) Tj ET"
    reading = Reading(read_pdf(draw(drawn)))
    assert [c.turn for c in reading.characters if c.text in "PO"] == [0, 1]
    assert reading.find("Other")


def test_the_unit_of_a_page_scales_all_of_it(draw):
    def dress(pdf, page):
        page.UserUnit = 2

    document = read_pdf(draw("BT /F 12 Tf 20 200 Td (A) Tj ET", dress))
    page, letter = document.pages[0], document.characters[0]
    assert (page.width, page.height, letter.size) == (600, 600, 24)
    assert 40 <= letter.box[0] < letter.box[2] < 80
    assert 180 < letter.box[1] < letter.box[3] < 205


def test_readers_that_find_different_pages_are_not_believed():
    two, one = SimpleNamespace(pages=["a", "b"]), ["a"]
    with pytest.raises(DocumentError, match="one reader finds 1 pages in it, another 2"):
        check_pages(two, one, "the PDF", ReadLimits())


SHOWN, CLAIMED = "Nothing at all is said here", "You may get back less than you put in"
MARKED = "/Span {} BDC BT /F 9 Tf 20 150 Td (" + SHOWN + ") Tj ET EMC"


def _named(pdf, page):
    page.Resources.Properties = pikepdf.Dictionary(P=pikepdf.Dictionary(ActualText=CLAIMED))


def _in_a_form(pdf, page):
    form = pdf.make_stream(MARKED.format(f"<< /ActualText ({CLAIMED}) >>").encode())
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 300, 300])
    form.Resources = pikepdf.Dictionary(Font=page.Resources.Font)
    page.Resources.XObject = pikepdf.Dictionary(X=form)


@pytest.mark.parametrize(
    ("operators", "dress"),
    [
        (MARKED.format(f"<< /ActualText ({CLAIMED}) >>"), None),
        (MARKED.format(f"<< /Actual#54ext ({CLAIMED}) >>"), None),
        (MARKED.format("/P"), _named),
        ("/X Do", _in_a_form),
    ],
    ids=["as it is written", "its name spelt otherwise", "among the resources", "in a form"],
)
def test_words_that_the_file_gives_for_its_letters_are_not_believed(draw, operators, dress):
    """pdfium reads them in place of the letters: a greeting would be read as a warning."""
    reading = Reading(read_pdf(draw(operators, dress)))
    assert [line.text for line in reading.lines] == [SHOWN]
    assert reading.find(CLAIMED) == ()
    everything = range(len(reading.characters))
    assert reading.document.visibility(everything).visible == 1.0
