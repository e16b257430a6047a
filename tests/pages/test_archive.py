"""The sheet as an archive and a screen reader take it: PDF/A-3a and PDF/UA-1, every statement in the structure tree,
headings in order, tables with scope, and the data inside.

veraPDF, where the environment variable JEVONS_VERAPDF names its program, is asked too.
"""

from __future__ import annotations

import csv
import ctypes
import io
import json
import os
import runpy
import zlib
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import page as validator
import pikepdf
import pypdfium2
import pypdfium2.raw as raw
import pytest

from backtest.disclosure.require import required_statements
from backtest.disclosure.rule import Statement
from backtest.facts import facts_to_json
from backtest.factsheet import attachments, make_sheet
from backtest.factsheet.carried import CHARTS
from backtest.render import Attachment, render_pdf

HOOK = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "verapdf.py")))
VERAPDF = os.environ.get(HOOK.VARIABLE, "")
LONG = "An exceedingly long name of a fund that nobody would choose, and that a sheet must bear all the same to its end"


@pytest.fixture(scope="module", params=["the demo", "an index", "a nasty one"])
def any_sheet(request, demo_sheet, demo_facts, demo_statements, changed, rules) -> bytes:
    """The PDF of a usual sheet, of an index, and of one with a long name, many risks and half the facts missing."""
    if request.param == "the demo":
        return demo_sheet.pdf
    if request.param == "an index":
        facts = changed(fund__subject="index")
        said = required_statements(facts, rules, demo_facts.facts["doc.published"].value)
        return make_sheet(facts, said, identifier="index", attachments=attachments(facts, {})).pdf
    facts = changed(fund__name=LONG, perf__strategy__annualised__5y=None)
    risks = [Statement(f"X-{i}", f"Risk {i}", f"Risk number {i} may come true.", "risk", False, "") for i in range(6)]
    return make_sheet(facts, (*demo_statements, *risks), identifier="nasty").pdf


def failures(pdf: bytes, profile: str) -> list[str]:
    return [failure.rule_id for failure in validator.validate_pdf_bytes(pdf, profile=profile).failures]


@pytest.mark.parametrize("profile", HOOK.FLAVOURS)
def test_a_sheet_is_archival_and_accessible(any_sheet, profile):
    assert failures(any_sheet, profile) == []
    with pikepdf.open(io.BytesIO(any_sheet)) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.skipif(not VERAPDF, reason="JEVONS_VERAPDF names no veraPDF program")
@pytest.mark.parametrize("profile", HOOK.FLAVOURS)
def test_verapdf_says_so_too(any_sheet, profile, tmp_path):
    (tmp_path / "sheet.pdf").write_bytes(any_sheet)
    assert HOOK.broken_rules(VERAPDF, tmp_path / "sheet.pdf", HOOK.FLAVOURS[profile]) == []


CSS = "body { font-family: 'Jevons Sans' }"
GOOD = (
    '<h1>One</h1><h2>Two</h2><table><thead><tr><th scope="col">x</th></tr></thead><tbody><tr><td>1</td></tr></tbody>'
    '</table><svg width="9" height="9"><title>A square</title><rect width="5" height="5"/></svg>'
)
BROKEN = {
    "no title": ("<title>T</title>", "", "TITLE"),
    "no alternative text": ("<title>A square</title>", "", "ALTERNATIVE"),
    "a heading skipped": ("h2>", "h3>", "HEADING"),
}


def printed(body: str) -> bytes:
    html = f'<html lang="en"><head><title>T</title></head><body>{body}</body></html>'
    return made(html)


def made(html: str) -> bytes:
    return render_pdf(html, CSS, created=date(2026, 1, 1), identifier="x").pdf


@pytest.mark.parametrize(("good", "bad", "rule"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_page_is_found(good, bad, rule):
    html = f'<html lang="en"><head><title>T</title></head><body>{GOOD}</body></html>'
    assert failures(made(html), "pdfua-1") == []
    assert any(rule in found for found in failures(made(html.replace(good, bad)), "pdfua-1"))


def test_a_stream_that_ends_like_a_line_keeps_its_length_and_its_bytes():
    """A file's checksum is the last byte of its stream; by chance it is a line's end, which a reader takes off."""
    found = (b"%d" % k for k in range(100_000))
    data = next(text for text in found if zlib.compress(text).endswith(b"\r"))
    page = f'<html lang="en"><head><title>T</title></head><body>{GOOD}</body></html>'
    attached = [Attachment("x.csv", data, "A file")]
    pdf = render_pdf(page, CSS, created=date(2026, 1, 1), identifier="x", attachments=attached).pdf
    assert failures(pdf, "pdfa-3a") == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.attachments["x.csv"].get_file().read_bytes() == data


# The structure tree


def elements(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Every element of the structure tree, in reading order."""

    def below(node: pikepdf.Object) -> list[pikepdf.Dictionary]:
        if not isinstance(node, pikepdf.Dictionary) or "/S" not in node:
            return []
        children = node.get("/K", [])
        children = children if isinstance(children, pikepdf.Array) else [children]
        return [node, *(element for child in children for element in below(child))]

    tops = pdf.Root.StructTreeRoot.K
    return [e for top in (tops if isinstance(tops, pikepdf.Array) else [tops]) for e in below(top)]


def reached(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """(page from 0, marked content id) of all that the structure tree leads to."""
    numbers = {page.obj.objgen: i for i, page in enumerate(pdf.pages)}
    found = set()
    for element in elements(pdf):
        children = element.get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, int):
                found.add((numbers[element.Pg.objgen], child))
            elif isinstance(child, pikepdf.Dictionary) and child.get("/Type") == "/MCR":
                found.add((numbers[child.get("/Pg", element.get("/Pg")).objgen], int(child.MCID)))
    return found


def spoken(data: bytes) -> str:
    """What a screen reader says: the text of marked content that the structure tree reaches, in order, unspaced."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        allowed = reached(pdf)
    words = []
    with pypdfium2.PdfDocument(data) as document:
        for number, page in enumerate(document):
            text = page.get_textpage()
            for item in page.get_objects(max_depth=1, filter=[raw.FPDF_PAGEOBJ_TEXT]):
                if (number, raw.FPDFPageObj_GetMarkedContentID(item.raw)) in allowed:
                    size = raw.FPDFTextObj_GetText(item.raw, text.raw, None, 0)
                    buffer = ctypes.create_string_buffer(size)
                    raw.FPDFTextObj_GetText(
                        item.raw, text.raw, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size
                    )
                    words.append(buffer.raw[: size - 2].decode("utf-16-le"))
    return key("".join(words))


def key(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and c not in "-\u2010\u2011\ufffe\u0002")


def test_the_scope_is_that_of_the_page():
    rows = '<tr><th scope="row">b</th><td>1</td></tr><tr><th scope="row">c</th><td>2</td></tr>'
    body = f'<h1>A</h1><table><thead><tr><th scope="col">a</th><th scope="col">n</th></tr></thead>{rows}</table>'
    with pikepdf.open(io.BytesIO(printed(body))) as pdf:
        assert [_scope(e) for e in elements(pdf) if str(e.S) == "/TH"] == ["/Column", "/Column", "/Row", "/Row"]


def test_every_statement_is_in_the_structure_tree(demo_sheet, demo_statements):
    said = spoken(demo_sheet.pdf)
    assert demo_statements
    assert [s.rule_id for s in demo_statements if key(s.text) not in said] == []


def test_a_statement_in_a_margin_box_is_not_in_the_tree():
    warning = "Capital is at risk."
    assert key(warning) in spoken(printed(f"<h1>A</h1><p>{warning}</p>"))
    margin = f"<style>@page {{ @bottom-left {{ content: '{warning}' }} }}</style>"
    running = "<style>.foot { position: running(foot) } @page { @bottom-left { content: element(foot) } }</style>"
    for body in (margin, f"{running}<p class='foot'>{warning}</p>"):
        assert key(warning) not in spoken(printed(f"<h1>A</h1><p>Words</p>{body}"))


def test_headings_step_down_one_at_a_time_and_header_cells_have_a_scope(any_sheet):
    with pikepdf.open(io.BytesIO(any_sheet)) as pdf:
        found = elements(pdf)
        levels = [int(str(e.S)[2:]) for e in found if str(e.S)[1:2] == "H" and str(e.S)[2:].isdigit()]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        scopes = [_scope(e) for e in found if str(e.S) == "/TH"]
        assert len(scopes) > 20
        assert set(scopes) <= {"/Column", "/Row", "/Both"}
        assert str(pdf.Root.Lang) == "en"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


def _scope(cell: pikepdf.Dictionary) -> str:
    attributes = cell.get("/A", [])
    each = attributes if isinstance(attributes, pikepdf.Array) else [attributes]
    return next((str(a.Scope) for a in each if "/Scope" in a), "none")


# What travels inside


def attached(data: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {name: bytes(spec.get_file().read_bytes()) for name, spec in pdf.attachments.items()}


def test_the_facts_the_charts_data_and_the_inputs_travel_inside(demo_sheet, demo_facts):
    found = attached(demo_sheet.pdf)
    assert set(found) == {"facts.json", "inputs.json", "growth.csv", "drawdown.csv", "themes.csv"}
    assert found["facts.json"] == facts_to_json(demo_facts).encode()
    assert json.loads(found["inputs.json"]) == {"inputs": {"mandate": "0" * 64}}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_table_holds_the_lines_of_its_chart(demo_sheet, demo_facts, kind):
    name, unit, _ = CHARTS[kind]
    head, *rows = csv.reader(io.StringIO(attached(demo_sheet.pdf)[name].decode()))
    lines = {key: series for key, series in demo_facts.series.items() if key.startswith(f"{kind}.")}
    assert head == ["date", *(f"{key} ({unit})" for key in sorted(lines))]
    for column, key_ in enumerate(sorted(lines), 1):
        given = {date.fromisoformat(row[0]): float(row[column]) for row in rows if row[column]}
        series = lines[key_]
        assert given == {d: v for d, v in zip(series.dates, series.values, strict=True) if v is not None}


def test_the_attachments_are_dated_by_the_data(demo_pdf, demo_facts):
    day = demo_facts.facts["doc.as_of"].value
    assert {spec.get_file().creation_date.date() for spec in demo_pdf.attachments.values()} == {day}


def test_a_chart_without_lines_brings_no_file(demo_facts):
    without = type(demo_facts)(demo_facts.facts, {})
    assert [a.name for a in attachments(without, {})] == ["facts.json", "inputs.json"]
