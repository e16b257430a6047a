"""Context -> HTML -> PDF: the one door to Jinja (templates.py) and to WeasyPrint (pdf.py)."""

from backtest.render.glyphs import check_letters, letters, text_width
from backtest.render.limits import SHEET_LIMITS, RenderLimits, limited, render_limited
from backtest.render.page import text_nodes
from backtest.render.pdf import FAMILY, WEIGHTS, Attachment, LaidOut, RenderedPdf, lay_out, render_pdf, write_pdf
from backtest.render.templates import TemplateParts, render_template, template_parts, trusted

__all__ = [
    "FAMILY",
    "SHEET_LIMITS",
    "WEIGHTS",
    "Attachment",
    "LaidOut",
    "RenderLimits",
    "RenderedPdf",
    "TemplateParts",
    "check_letters",
    "lay_out",
    "letters",
    "limited",
    "render_limited",
    "render_pdf",
    "render_template",
    "template_parts",
    "text_nodes",
    "text_width",
    "trusted",
    "write_pdf",
]
