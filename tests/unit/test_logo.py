"""A logo is a drawing or a picture, and can be nothing else."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from xml.etree import ElementTree

import pytest

from backtest.errors import HouseError
from backtest.factsheet.logo import MOST_WIDTH, check_visible, load_logo, mark, resources
from backtest.factsheet.theme import HouseTheme
from backtest.render import render_pdf

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
DRAWING = (
    f'<svg {NAMESPACE} viewBox="0 0 40 20" class="x"><title>old</title><linearGradient id="a"><stop offset="0" '
    'stop-color="#123456"/></linearGradient><g fill="url(#a)"><path d="M1 1L9 9Z"/><rect x="1" y="2" width="3" '
    'height="4"/></g></svg>'
)


def svg(inside: str = "", head: str = "", attributes: str = 'viewBox="0 0 10 10"') -> str:
    return f"{head}<svg {NAMESPACE} {attributes}>{inside}</svg>"


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x10\x80\x70" * min(width, 9) for _ in range(min(height, 9)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def saved(tmp_path, data: str | bytes, name: str = "logo.svg"):
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def message(path) -> str:
    with pytest.raises(HouseError) as caught:
        load_logo(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_plain_drawing_is_rebuilt_with_the_firms_name(tmp_path):
    markup = mark(load_logo(saved(tmp_path, DRAWING)), "A & <B>", HouseTheme())
    root = ElementTree.fromstring(markup)
    assert [element.tag for element in root.iter()] == ["svg", "title", "linearGradient", "stop", "g", "path", "rect"]
    assert root[0].text == "A & <B>"
    assert root.find("g").attrib == {"fill": "url(#logo-a)"}  # so that no name of the page is met
    assert root.find("linearGradient").attrib == {"id": "logo-a"}
    assert (root.attrib["width"], root.attrib["height"]) == ("52.00pt", "26.00pt")


def test_a_wide_logo_is_kept_within_the_header(tmp_path):
    logo = load_logo(saved(tmp_path, svg("<path d='M0 0'/>", attributes='viewBox="0 0 400 20"')))
    assert f'width="{MOST_WIDTH:.2f}pt" height="6.50pt"' in mark(logo, "A", HouseTheme())


@pytest.mark.parametrize("shape", ["columns", "peaks", "rings"])
def test_a_firm_without_a_logo_has_the_themes_shape(shape):
    root = ElementTree.fromstring(mark(None, "A & B", HouseTheme(mark=shape)))
    assert root[0].text == "A & B"
    assert HouseTheme().colours.mark in mark(None, "A", HouseTheme(mark=shape))


BILLION = '<!DOCTYPE s [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
HOSTILE = {
    "use": '<g id="a"/><use href="#a"/>',
    "image": '<image href="http://127.0.0.1/x.png"/>',
    "style": "<style>path { fill: red }</style>",
    "filter": '<filter id="f"/>',
    "foreignObject": "<foreignObject><p>hello</p></foreignObject>",
    "script": "<script>alert(1)</script>",
    "text": "<text>hello</text>",
    "animate": '<animate attributeName="x"/>',
    "a": '<a href="https://example.com"/>',
    "nested": f"<svg {NAMESPACE}/>",
    "onload": '<path onload="x()"/>',
    "style attribute": '<path style="fill: red"/>',
    "href": '<linearGradient href="#b"/>',
    "xlink": '<linearGradient xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#b"/>',
    "outer address": '<path fill="url(http://127.0.0.1/x.svg#a)"/>',
    "file address": '<path fill="url(file:///etc/passwd)"/>',
    "relative address": '<path fill="url(x.svg#a)"/>',
    "address in another attribute": '<path d="M0 0" transform="url(#a)"/>',
    "scheme": '<path fill="javascript:x"/>',
    "escape": '<path d="M0 0" fill="&quot;&gt;&lt;p&gt;"/>',
    "other namespace": '<h:p xmlns:h="http://www.w3.org/1999/xhtml">hello</h:p>',
    "known name of another namespace": '<h:rect xmlns:h="http://www.w3.org/1999/xhtml"/>',
    "loose text": "hello",
    "instruction": "<?php x ?>",
    "long value": f'<path fill="{"a" * 300}"/>',
}


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE)
def test_what_a_drawing_does_not_need_is_refused(tmp_path, inside):
    assert message(saved(tmp_path, svg(inside))).startswith(str(tmp_path / "logo.svg"))


@pytest.mark.parametrize(
    "head",
    [BILLION, '<!DOCTYPE svg SYSTEM "http://127.0.0.1/x.dtd">', '<!DOCTYPE s [<!ENTITY x SYSTEM "/etc/passwd">]>'],
)
def test_document_types_and_entities_are_refused(tmp_path, head):
    assert "document type" in message(saved(tmp_path, svg("<title>&b;</title>" if head == BILLION else "", head)))


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (svg("<path/>" * 200), "more than 200 elements"),
        (svg("<g>" * 20 + "</g>" * 20), "nested more than 20 deep"),
        (svg(f"<path d='{'M1 1' * 13_000}'/>"), "bytes; a logo of this kind has at most 50,000"),
        (svg(attributes=""), "no viewBox"),
        (svg(attributes='viewBox="0 0 0 10"'), "no viewBox"),
        (svg(attributes='viewBox="0 0 1e9 10"'), "no viewBox"),
        ("<svg", "not well-formed"),
        ("", "not well-formed"),
        ("<p>hello</p>", "<p> is not allowed in a logo."),
    ],
)
def test_a_drawing_out_of_bounds_is_refused(tmp_path, data, part):
    assert part in message(saved(tmp_path, data))


def test_the_most_that_is_allowed_is_allowed(tmp_path):
    assert load_logo(saved(tmp_path, svg("<path/>" * 199))).drawing.count("<path>") == 199


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (DRAWING.encode(), "not a whole PNG"),
        (png()[:20], "not a whole PNG"),
        (png()[:-12], "not a whole PNG"),
        (png(30_000, 30_000), "30,000 x 30,000 pixels"),
        (png(0, 5), "0 x 5 pixels"),
        (png() + b"\0" * 200_000, "at most 200,000"),
    ],
)
def test_a_picture_out_of_bounds_is_refused(tmp_path, data, part):
    assert part in message(saved(tmp_path, data, "logo.png"))


def test_a_picture_goes_into_the_pdf_from_memory_with_the_firms_name(tmp_path):
    logo = load_logo(saved(tmp_path, png(), "logo.png"))
    markup = mark(logo, 'A "B" <C>', HouseTheme())
    assert 'alt="A &quot;B&quot; &lt;C&gt;"' in markup
    html = f'<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p>x</p>{markup}</body></html>'
    done = render_pdf(html, created=date(2026, 1, 1), identifier="x", resources=resources(logo))
    assert b"/Image" in done.pdf
    assert resources(None) == {}


@pytest.mark.parametrize(
    ("fill", "seen"),
    [("", False), ('fill="#0e2a3b"', False), ('fill="#0E2A3B" stroke="black"', False),
     ('fill="none" stroke="#ffffff"', True), ('fill="#0e2a3b" stroke="white"', True), ('fill="navy"', True)],
)  # fmt: skip
def test_a_drawing_that_nobody_would_see_on_the_header_is_refused(tmp_path, fill, seen):
    """A colour by name other than black and white is not judged."""
    logo = load_logo(saved(tmp_path, svg(f"<path {fill} d='M0 0H9V9'/>")))
    if seen:
        check_visible(logo, HouseTheme(), "logo.svg")
        return
    with pytest.raises(
        HouseError, match=r"logo.svg: no colour of the logo reaches 3:1 on the header #0e2a3b of theme tarn"
    ):
        check_visible(logo, HouseTheme(), "logo.svg")


def test_a_picture_is_not_judged_by_its_colours(tmp_path):
    check_visible(load_logo(saved(tmp_path, png(), "logo.png")), HouseTheme(), "logo.png")


def test_other_kinds_and_missing_files_are_refused(tmp_path):
    assert "is not there" in message(tmp_path / "none.svg")
    assert "an .svg or a .png file" in message(saved(tmp_path, b"GIF89a", "logo.gif"))
