"""A page as a picture, for a person to look at."""

from __future__ import annotations

import io
import math

import pypdfium2 as pdfium
from PIL import Image

from backtest.disclosure.document.opening import damage
from backtest.disclosure.document.reader import Document

MAX_PIXELS = 2_500_000
COLOURS = 128


def page_picture(document: Document, page: int, dpi: int = 110) -> bytes:
    """Page `page`, from 1, as a PNG of few colours, without transparency; the same page gives the same bytes.

    A page too large for MAX_PIXELS comes in fewer dots an inch. Raises DocumentError when it cannot be drawn.
    """
    size = document.pages[page - 1]
    scale = min(dpi / 72, math.sqrt(MAX_PIXELS / max(1.0, size.width * size.height)))
    with damage("the PDF"):
        pdf = pdfium.PdfDocument(document.data)
        try:
            paper = pdf[page - 1]
            scale *= size.width / max(1.0, paper.get_width())  # a page may count in larger units than points
            drawn = paper.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True)
            pixels = Image.fromarray(drawn.to_numpy()[:, :, :3].copy(), "RGB")
        finally:
            pdf.close()
    out = io.BytesIO()
    few = pixels.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, "PNG")
    return out.getvalue()
