"""Fund sheets drawn with ReportLab: paragraphs and tables of another program, in its own fonts."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, A5, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle
from sheet_words import HOLDINGS, ROWS, Wording

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=11.5, spaceAfter=4)
SERIF = ParagraphStyle("serif", fontName="Times-Roman", fontSize=10, leading=12.5, spaceAfter=4)
HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=11.5, leading=14, spaceBefore=6, spaceAfter=3)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=4)


def _table(rows: list[list[str]], size: float = 9, *, boxed: bool = False) -> Table:
    style = [
        ("FONTSIZE", (0, 0), (-1, -1), size),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
    style += [("GRID", (0, 0), (-1, -1), 0.4, colors.grey)] if boxed else []
    return Table(rows, style=TableStyle(style), hAlign="LEFT")


def _across(periods: tuple[str, ...], size: float = 8) -> list[list[str]]:
    broken = [period.replace(" – ", " –\n").replace(" to ", " to\n").replace(" - ", " -\n") for period in periods]
    return [["", *broken], *([f"{name} %", *values] for name, values in ROWS)]


def _down(periods: tuple[str, ...]) -> list[list[str]]:
    return [
        ["Period", *(f"{name} %" for name, _ in ROWS)],
        *([p, *(v[i] for _, v in ROWS)] for i, p in enumerate(periods)),
    ]


def _built(story: list[object], size: tuple[float, float], frames: list[Frame]) -> bytes:
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=size, title="Factsheet", invariant=True)
    document.addPageTemplates([PageTemplate("page", frames)])
    document.build(story)
    return out.getvalue()


def _words(w: Wording, style: ParagraphStyle) -> dict[str, list[Paragraph]]:
    return {
        "top": [Paragraph(escape(text), style) for text in (*w.top, w.firm)],
        "capital": [Paragraph(escape(w.capital), style)],
        "objective": [Paragraph(escape(w.objective), style)],
        "past": [Paragraph(escape(w.past), style)],
        "source": [Paragraph(escape(w.source), style)],
        "risks": [Paragraph(f"<b>{escape(name)}.</b> {escape(text)}", style) for name, text in w.risks],
        "documents": [Paragraph(escape(w.documents), style)],
        "important": [Paragraph(escape(text), style) for text in w.important],
    }


def report(w: Wording, periods: tuple[str, ...]) -> bytes:
    """One column on A4, a boxed table."""
    said = _words(w, BODY)
    story = [
        Paragraph(escape(w.fund), TITLE),
        *said["top"],
        *said["capital"],
        Paragraph("Objective", HEAD),
        *said["objective"],
        Paragraph("Discrete performance", HEAD),
        _table(_across(periods), 8, boxed=True),
        Spacer(1, 4),
        *said["past"],
        *said["source"],
        Paragraph("Risks", HEAD),
        *said["risks"],
        Paragraph("Documents", HEAD),
        *said["documents"],
        Paragraph("Important information", HEAD),
        *said["important"],
    ]
    return _built(story, A4, [Frame(16 * mm, 16 * mm, A4[0] - 32 * mm, A4[1] - 32 * mm)])


def newspaper(w: Wording, periods: tuple[str, ...]) -> bytes:
    """Two frames side by side in a serif face, on American paper."""
    said = _words(w, SERIF)
    story = [
        Paragraph(escape(w.fund), TITLE),
        *said["top"],
        *said["capital"],
        Paragraph("Aim", HEAD),
        *said["objective"],
        Paragraph("Largest holdings", HEAD),
        _table([[name, f"{weight}%"] for name, weight in HOLDINGS]),
        Paragraph("Risks", HEAD),
        *said["risks"],
        Paragraph("Annual performance", HEAD),
        _table(_down(periods)),
        Spacer(1, 4),
        *said["past"],
        *said["source"],
        Paragraph("Documents", HEAD),
        *said["documents"],
        Paragraph("Important information", HEAD),
        *said["important"],
    ]
    width, height = (LETTER[0] - 40 * mm) / 2, LETTER[1] - 34 * mm
    return _built(
        story, LETTER, [Frame(16 * mm, 17 * mm, width, height), Frame(24 * mm + width, 17 * mm, width, height)]
    )


def leaflet(w: Wording, periods: tuple[str, ...]) -> bytes:
    """A small page that runs over, so that each part has a page of its own."""
    said = _words(w, BODY)
    story = [
        Paragraph(escape(w.fund), TITLE),
        *said["top"],
        *said["capital"],
        Paragraph("Objective", HEAD),
        *said["objective"],
        Paragraph("Risks", HEAD),
        *said["risks"],
        Paragraph("Documents", HEAD),
        *said["documents"],
        Paragraph("Performance", HEAD),
        *said["past"],
        _table(_down(periods)),
        Spacer(1, 4),
        *said["past"],
        *said["source"],
        Paragraph("Important information", HEAD),
        *said["important"],
    ]
    return _built(story, A5, [Frame(12 * mm, 12 * mm, A5[0] - 24 * mm, A5[1] - 24 * mm)])
