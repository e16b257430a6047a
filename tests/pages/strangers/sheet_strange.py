"""One page of a fund sheet drawn with ReportLab line by line, so that any line of it may be drawn in a strange way."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import pikepdf
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from sheet_words import PERIODS, PLAIN, ROWS

LEFT, WIDE = 50, 95
PAST = ("These figures refer to the past. Past performance is not a reliable", "indicator of future results.")
GREETING = "Our dearest wishes to you all, dear friends, and thanks for reading this sheet of ours today"
Draws = Callable[[canvas.Canvas, float], float]
"""Draws from a height of the page downwards, and answers where it ended."""
Rows = tuple[tuple[str, tuple[str, ...]], ...]


def lines(page: canvas.Canvas, y: float, texts: Any, size: float = 9, font: str = "Helvetica") -> float:
    for text in texts:
        page.setFont(font, size)
        page.drawString(LEFT, y, text)
        y -= 1.28 * size
    return y


def said(*texts: str, size: float = 9) -> Draws:
    return lambda page, y: lines(page, y, [line for text in texts for line in textwrap.wrap(text, WIDE)], size)


def white(page: canvas.Canvas, y: float) -> float:
    page.setFillColor(colors.white)
    y = lines(page, y, PAST)
    page.setFillColor(colors.black)
    return y


def under_a_picture(page: canvas.Canvas, y: float) -> float:
    end = lines(page, y, PAST)
    page.drawImage(ImageReader(Image.new("RGB", (50, 50), (240, 240, 250))), LEFT - 5, end, 420, y - end + 12)
    return end


def up_the_margin(page: canvas.Canvas, y: float) -> float:
    page.saveState()
    page.translate(20, 400)
    page.rotate(90)
    page.translate(-LEFT, 0)
    lines(page, 0, PAST)
    page.restoreState()
    return y


def in_a_field(page: canvas.Canvas, y: float) -> float:
    look = {"width": 480, "height": 22, "fontSize": 8, "fontName": "Helvetica", "fieldFlags": "readOnly"}
    page.acroForm.textfield(name="w", value=" ".join(PAST), x=LEFT, y=y - 14, **look)
    return y - 24


def in_a_note_to_open(page: canvas.Canvas, y: float) -> float:
    page.textAnnotation(" ".join(PAST), Rect=(LEFT, y - 10, LEFT + 20, y + 10))
    return y - 24


def a_chart(page: canvas.Canvas) -> None:
    page.drawImage(ImageReader(Image.new("RGB", (90, 30), (120, 140, 250))), LEFT, 60, 450, 150)


def sheet(
    past: Draws = lambda page, y: lines(page, y, PAST),
    capital: Draws = lambda page, y: said(PLAIN.capital)(page, y),
    rows: Rows = ROWS,
    periods: tuple[str, ...] = PERIODS["short dates"],
    heading: str = "Discrete performance",
    objective: str = PLAIN.objective,
    besides: Callable[[canvas.Canvas], None] = lambda page: None,
) -> bytes:
    """The sheet as a fair house draws it, but for what is given."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=True, pageCompression=0)
    y = lines(page, 790, [PLAIN.fund], 18, "Helvetica-Bold")
    y = capital(page, lines(page, y, [*PLAIN.top, PLAIN.firm]) - 4) - 6
    y = said(objective)(page, lines(page, y, ["Objective"], 11.5, "Helvetica-Bold")) - 6
    y = _table(page, lines(page, y, [heading], 11.5, "Helvetica-Bold"), rows, periods) - 4
    y = said(PLAIN.source)(page, past(page, y) - 4) - 6
    risks = [f"{name}. {text}" for name, text in PLAIN.risks]
    for title, texts in (("Risks", risks), ("Documents", [PLAIN.documents]), ("Important", PLAIN.important)):
        y = said(*texts)(page, lines(page, y, [title], 11.5, "Helvetica-Bold")) - 6
    besides(page)
    page.showPage()
    page.save()
    return out.getvalue()


def _table(page: canvas.Canvas, y: float, rows: Rows, periods: tuple[str, ...]) -> float:
    page.setFont("Helvetica", 8)
    for column, period in enumerate(periods):
        for row, part in enumerate(period.replace(" to ", " to\n").split("\n")):
            page.drawString(140 + 80 * column, y - 9 * row, part)
    y -= 20
    page.setFont("Helvetica", 9)
    for name, values in rows:
        for column, text in zip_longest(range(-1, len(values)), (f"{name} %", *values)):
            page.drawString(140 + 80 * column if column >= 0 else LEFT, y, text)
        y -= 12
    return y


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        out = io.BytesIO()
        opened.save(out, static_id=True)
        return out.getvalue()


def in_a_note_that_shows(pdf: pikepdf.Pdf) -> None:
    look = pdf.make_stream(f"BT /F 9 Tf 0 10 Td ({' '.join(PAST)}) Tj ET".encode())
    look.Type, look.Subtype, look.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 480, 24])
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )  # fmt: skip
    look.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[50, 40, 530, 64], F=4, Contents=" ".join(PAST),
        DA="/F 9 Tf", AP=pikepdf.Dictionary(N=look),
    )  # fmt: skip
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


def on_a_layer_that_is_off(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="off"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer], Order=[layer]))
    page = pdf.pages[0].obj
    page.Resources.Properties = pikepdf.Dictionary(L=layer)
    drawn = page.Contents.read_bytes()
    for line in PAST:
        shown = b"(%s) Tj" % line.encode()
        assert shown in drawn
        drawn = drawn.replace(shown, b"/OC /L BDC %s EMC" % shown)
    page.Contents = pdf.make_stream(drawn)


def for_a_greeting(pdf: pikepdf.Pdf) -> None:
    """The words of the warning given in place of the letters of a greeting."""
    page = pdf.pages[0].obj
    shown = b"(%s) Tj" % GREETING.encode()
    drawn = page.Contents.read_bytes()
    assert shown in drawn
    marked = b"/Span << /ActualText (%s) >> BDC %s EMC" % (" ".join(PAST).encode(), shown)
    page.Contents = pdf.make_stream(drawn.replace(shown, marked))
