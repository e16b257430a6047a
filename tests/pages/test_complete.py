"""No text of a page is lost: what does not fit must flow on, or the sheet is refused; and what a PDF says is hashed."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.complete import check_complete, semantic_hash
from backtest.disclosure.document import read_pdf
from backtest.errors import RenderError
from backtest.render import render_pdf

CSS = 'body { font-family: "Jevons Sans"; font-size: 12pt } @page { size: A5; margin: 15mm }'
MANY = "".join(f"<p>Paragraph {i} of a text that goes on for longer than a page can hold.</p>" for i in range(60))
WORD = "unbreakable" * 14
WIDE = "A line that may not wrap and is much longer than the paper is wide, so that its end is not seen at all."
ROW = f"<div>Beside</div><div>{MANY}</div>"

FLOWS = {
    "block": MANY,
    "two columns": f'<div style="columns: 2">{MANY}</div>',
    "table cell": f"<table><tr><td>{MANY}</td></tr></table>",
    "table of many rows": "<table>" + "".join(f"<tr><td>Row {i}</td></tr>" for i in range(90)) + "</table>",
    "flex column": f'<div style="display: flex; flex-direction: column">{MANY}</div>',
    "flex row": f'<div style="display: flex">{ROW}</div>',
    "grid": f'<div style="display: grid; grid-template-columns: 1fr 1fr">{ROW}</div>',
    "list": "<ul>" + "".join(f"<li>Item {i} of a list</li>" for i in range(90)) + "</ul>",
    "a word that may break": f'<p style="overflow-wrap: anywhere">{WORD}</p>',
}
LOSES = {
    "float": f'<div style="float: left; width: 50%">{MANY}</div>',
    "absolute": f'<div style="position: absolute; top: 0">{MANY}</div>',
    "fixed": f'<div style="position: fixed; top: 0">{MANY}</div>',
    "inline block": f'<div style="display: inline-block">{MANY}</div>',
    "nowrap": f'<p style="white-space: nowrap">{WIDE} {WIDE}</p>',
    "nowrap table": f'<table style="white-space: nowrap"><tr><td>{WIDE}</td><td>{WIDE}</td></tr></table>',
    "unbreakable word": f"<p>{WORD}</p>",
    "negative margin": '<p style="margin-left: -60mm">Words before the edge of the paper</p>',
    "indent": '<p style="text-indent: -999mm">Words far to the left</p>',
    "moved away": '<p style="transform: translate(300mm, 0)">Words far to the right</p>',
    "no display": '<p style="display: none">Words that are not displayed</p>',
    "no visibility": '<p style="visibility: hidden">Words that are not visible</p>',
    "line clamp": f'<p style="line-clamp: 2">{"Many words on many lines. " * 40}</p>',
    "hidden beyond a fixed height": f'<div style="height: 20mm; overflow: hidden">{MANY}</div>',
    "hidden inside the page": f'<div style="height: 5mm; overflow: hidden">{"Many words on many lines. " * 12}</div>',
    "opaque to nobody": '<p style="opacity: 0">Words that nobody sees</p>',
    "running element that is too tall": "<style>.foot { position: running(foot) } @page { @bottom-left "
    f'{{ content: element(foot) }} }}</style><div class="foot">{MANY}</div>',
}


def checked(body: str, css: str = CSS) -> None:
    html = f'<html lang="en"><head><title>T</title></head><body><h1>One</h1>{body}</body></html>'
    pdf = render_pdf(html, css, created=date(2026, 1, 1), identifier="x").pdf
    check_complete(html, read_pdf(pdf))


@pytest.mark.parametrize("body", FLOWS.values(), ids=FLOWS.keys())
def test_what_flows_is_all_there(body):
    checked(body)


@pytest.mark.parametrize("body", LOSES.values(), ids=LOSES.keys())
def test_what_is_lost_or_cut_is_refused(body):
    with pytest.raises(RenderError, match=r"does not show '|hides text"):
        checked(body)


def test_a_text_must_be_there_as_often_as_it_is_written():
    checked("<p>Twice</p><p>Twice</p>")
    with pytest.raises(RenderError, match=r"does not show 'Twice' \(1 texts"):
        checked('<p>Twice</p><p style="display: none">Twice</p>')


def test_a_text_must_be_on_its_own_page():
    first, second = '<section id="page-1"><p>First</p></section>', '<section id="page-2"><p>Second</p></section>'
    checked(first + second.replace("<section ", '<section style="break-before: page" '))
    with pytest.raises(RenderError, match="page 2 of the PDF does not show 'Second'"):
        checked(first + second)


def test_a_figure_is_not_taken_out_of_a_longer_one():
    checked("<p>6.0%</p><p>26.0%</p><p>126.0%</p>")
    with pytest.raises(RenderError, match=r"'6\.0%'"):
        checked('<p style="display: none">6.0%</p><p>26.0%</p><p>126.0%</p>')


def test_the_demo_is_complete(demo_sheet):
    check_complete(demo_sheet.html, read_pdf(demo_sheet.pdf))


def hashed(body: str, identifier: str = "x", day: date = date(2026, 1, 1)) -> str:
    html = f'<html lang="en"><head><title>T</title></head><body>{body}</body></html>'
    return semantic_hash(read_pdf(render_pdf(html, CSS, created=day, identifier=identifier).pdf))


def test_the_hash_is_of_what_is_said_and_where():
    words = "<p>Some words</p><p>and more</p>"
    assert hashed(words) == hashed(words, "another identifier", date(2027, 2, 2))
    others = [
        "<p>Some words</p><p>and less</p>",
        '<p>Some words</p><p style="margin-top: 20pt">and more</p>',
        '<p>Some words</p><p style="margin-left: 2pt">and more</p>',
        '<p style="font-size: 13pt">Some words</p><p>and more</p>',
        '<p>Some words</p><p style="break-before: page">and more</p>',
    ]
    assert len({hashed(words), *map(hashed, others)}) == 1 + len(others)
