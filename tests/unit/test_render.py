"""A render fetches nothing, hides nothing, and gives the same bytes."""

from __future__ import annotations

import gc
import io
import logging
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from backtest import render
from backtest.disclosure.document import read_pdf
from backtest.errors import RenderError
from backtest.render import templates

ROOT = Path(__file__).parents[2]
CSS = 'body { font-family: "Jevons Sans" } svg { display: block }'
DAY = date(2026, 1, 30)


def page(body: str) -> str:
    return f'<html lang="en"><head><title>A title</title></head><body><h1>Heading</h1>{body}</body></html>'


def pdf_of(body: str, **words) -> render.RenderedPdf:
    return render.render_pdf(page(body), CSS, created=DAY, identifier="one", **words)


# ruff: noqa: E501
FETCHES = {
    "image": '<img src="http://127.0.0.1:9/x.png" alt="x">',
    "local file": '<img src="file:///etc/hostname" alt="x">',
    "relative file": '<img src="setup.sh" alt="x">',
    "style import": '<style>@import "http://127.0.0.1:9/a.css";</style>',
    "background": '<div style="background: url(http://127.0.0.1:9/a.png)">a</div>',
    "font": "<style>@font-face { font-family: Z; src: url(http://127.0.0.1:9/z.ttf) }</style><p style='font-family: Z'>z</p>",
    "object": '<object data="http://127.0.0.1:9/"></object>',
    "embed": '<embed src="http://127.0.0.1:9/">',
    "stylesheet": '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">',
    "attachment": '<link rel="attachment" href="file:///etc/hostname">',
    "list style": '<ul style="list-style: url(http://127.0.0.1:9/a.png)"><li>a</li></ul>',
    "content": '<style>p::before { content: url(http://127.0.0.1:9/a.png) }</style><p>a</p>',
    "image in a drawing": '<svg width="9" height="9"><title>t</title><image href="http://127.0.0.1:9/a.png" width="5" height="5"/></svg>',
    "unlisted font": "<style>@font-face { font-family: Z; src: url(res:fonts/OFL.txt) }</style><p style='font-family: Z'>z</p>",
    "script link": '<p><a href="javascript:alert(1)">x</a></p>',
    "file link": '<p><a href="file:///etc/hostname">x</a></p>',
}  # fmt: skip


@pytest.mark.parametrize("body", FETCHES.values(), ids=FETCHES.keys())
def test_nothing_is_fetched_and_the_render_stops(body):
    with pytest.raises(RenderError):
        pdf_of(body)


def test_harmless_links_pass():
    assert pdf_of('<p><a href="https://www.example.com/">x</a> <a href="mailto:a@example.com">y</a></p>').pages == 1


def test_a_glyph_we_do_not_have_stops_the_render():
    with pytest.raises(RenderError, match=r"\.notdef glyph"):
        pdf_of("<p>日本</p>")


def test_a_silenced_log_speaks_during_a_render():
    logger = logging.getLogger("weasyprint")
    logger.setLevel(logging.CRITICAL)
    try:
        with pytest.raises(RenderError, match=r"\.notdef glyph"):
            pdf_of("<p>日本</p>")
        assert logger.level == logging.CRITICAL
    finally:
        logger.setLevel(logging.NOTSET)


def test_an_unknown_property_stops_the_render():
    with pytest.raises(RenderError, match="text-shadow"):
        pdf_of('<p style="text-shadow: 1px 1px red">x</p>')


def test_too_much_nesting_and_too_many_pages_are_one_sentence():
    with pytest.raises(RenderError, match="cannot be set"):
        pdf_of("<div>" * 2500 + "x" + "</div>" * 2500)
    with pytest.raises(RenderError, match="61 pages; at most 60"):
        pdf_of('<div style="break-after: page">x</div>' * 60 + "y")
    with pytest.raises(RenderError, match="at most 3,000,000"):
        pdf_of("x" * 3_000_001)


def test_the_pdf_is_tagged_dated_titled_and_carries_its_attachment():
    made = pdf_of("<p>Words</p>", attachments=[render.Attachment("facts.json", b'{"a": 1}', "the facts")])
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        assert bytes(pdf.attachments["facts.json"].get_file().read_bytes()) == b'{"a": 1}'
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == "A title"
            assert str(metadata["pdfuaid:part"]) == "1"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["xmp:CreateDate"].startswith("2026-01-30")
        assert pdf.check_pdf_syntax() == []


def test_only_vendored_fonts_are_used_whatever_is_asked_for():
    made = pdf_of('<p style="font-family: Arial, DejaVu Sans">x <b>y</b> <code>z</code></p>')
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        fonts = {
            str(font.BaseFont) for font in pdf.objects if isinstance(font, pikepdf.Dictionary) and "/BaseFont" in font
        }
    assert fonts
    assert all("Jevons-Sans" in name for name in fonts)


def test_the_same_page_gives_the_same_bytes_in_another_process(tmp_path):
    code = (
        "import sys; from datetime import date; from backtest import render\n"
        f"html, css = {page('<p>Same − bytes</p>')!r}, {CSS!r}\n"
        "sys.stdout.buffer.write(render.render_pdf(html, css, created=date(2026, 1, 30), identifier='one').pdf)"
    )
    surroundings = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "3", "HOME": str(tmp_path)}
    environment = os.environ | surroundings | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert done.stdout == pdf_of("<p>Same − bytes</p>").pdf


def test_another_identifier_or_date_gives_other_bytes():
    html = page("<p>x</p>")
    one = render.render_pdf(html, CSS, created=DAY, identifier="one").pdf
    assert one != render.render_pdf(html, CSS, created=DAY, identifier="two").pdf
    assert one != render.render_pdf(html, CSS, created=date(2026, 1, 31), identifier="one").pdf


def test_pages_rendered_before_leave_no_trace():
    html = page("<p>Same − bytes</p>")
    one = render.render_pdf(html, CSS, created=DAY, identifier="one").pdf
    with pytest.raises(RenderError):
        pdf_of("<style>@font-face { font-family: 'Jevons Sans'; src: url(res:fonts/JevonsSans-Bold.ttf) }</style>")
    pdf_of("<p lang='de' style='font-size: 30pt; font-weight: 700'>Anders</p>")
    assert render.render_pdf(html, CSS, created=DAY, identifier="one").pdf == one


def test_a_page_laid_out_once_may_be_written_twice():
    laid = render.lay_out(page("<p>Words</p>"), CSS)
    words = {"created": DAY, "attachments": [render.Attachment("a.json", b"{}", "a")]}
    first = render.write_pdf(laid, identifier="one", **words)
    assert render.write_pdf(laid, identifier="two", **words) != first
    assert render.write_pdf(laid, identifier="one", **words) == first


def test_heights_and_rooms_are_points():
    laid = render.lay_out(page('<div style="margin-top: 100pt">x</div>'), CSS + "@page { size: A4; margin: 20pt }")
    assert laid.heights[0] + laid.rooms[0] == pytest.approx(297 / 25.4 * 72 - 40)
    assert 100 < laid.heights[0] < 250


def test_the_collector_runs_again_after_a_page():
    assert gc.isenabled()
    pdf_of("<p>x</p>")
    with pytest.raises(RenderError):
        pdf_of("<p>日本</p>")
    assert gc.isenabled()


def test_depths_follow_the_text():
    shallow, deep = pdf_of("<p>x</p>"), pdf_of('<div style="margin-top: 150mm">x</div>')
    assert shallow.depths[0] < 0.3 < 0.5 < deep.depths[0] < 1.0


@pytest.fixture
def template(tmp_path, monkeypatch):
    """Write a template into a templates folder of the test's own, and render it."""
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(templates, "templates_folder", lambda: tmp_path)

    def rendered(text: str, **context: object) -> str:
        (tmp_path / "own" / "page.html").write_text(text, encoding="utf-8")
        return render.render_template("own", "page.html", context)

    return rendered


def test_text_is_escaped_and_our_own_markup_is_not(template):
    assert template("{{ name }}", name="<script>") == "&lt;script&gt;"
    assert template("{{ name }}", name="{{ 7 * 7 }}") == "{{ 7 * 7 }}"
    assert template("{{ chart }}", chart=render.trusted("<svg></svg>")) == "<svg></svg>"


@pytest.mark.parametrize(
    "attack",
    ["{{ ''.__class__.__mro__ }}", "{{ name.__init__.__globals__ }}", "{{ rows.append('x') }}",
     "{% include '../../etc/passwd' %}", "{{ missing }}", "{{ cycler.__init__.__globals__.os }}"],
)  # fmt: skip
def test_the_sandbox_refuses(template, attack):
    with pytest.raises(RenderError, match=r"page\.html"):
        template(attack, name="n", rows=["a"])


def test_a_number_or_an_object_may_not_reach_a_template(template):
    with pytest.raises(RenderError, match="a float reached a template"):
        template("{{ x }}", x={"deep": [1.5]})


def test_text_nodes_are_what_a_reader_should_see():
    html = page("<p>One <b>two</b></p><svg><title>alt</title><text>three</text></svg><style>p { color: red }</style>")
    assert render.text_nodes(html) == ["Heading", "One", "two", "three"]


@pytest.mark.parametrize("weight", [400, 600, 700])
@pytest.mark.parametrize("text", ["|Doing nothing, low −37.3%|", "|Index, tiefst −37,1\u00a0%|", "|AVAToToLTWaYPA.|"])
def test_the_width_of_a_text_is_what_the_renderer_makes_of_it(text, weight):
    """Between two strokes, as far apart as the text is wide: kerning counts, the room beside a letter does not."""
    body = f'<p style="font-size: 20pt; font-weight: {weight}">{text}</p>'
    characters = [c for c in read_pdf(pdf_of(body).pdf).characters if abs(c.size - 20.0) < 0.1]
    strokes = [c.box for c in characters if c.text == "|"]
    between = strokes[1][0] - strokes[0][0]
    assert render.text_width(text[:-1], 20.0, weight=weight) == pytest.approx(between, abs=0.2)


def test_kerning_brings_letters_together():
    apart = sum(render.text_width(letter, 20.0) for letter in "AVA")
    assert render.text_width("AVA", 20.0) < apart - 0.5
    assert render.text_width("", 20.0) == 0.0
    assert render.text_width("\u4e00\u4e01", 20.0) == 40.0
