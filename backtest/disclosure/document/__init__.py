"""A PDF as a sceptic reads it: characters with size, colour and box, and the ink that reaches the paper.

The only importer of pypdfium2 and pikepdf. Nothing the writer says about itself is believed: no tag, no data attribute,
no structure tree. Boxes are (left, top, right, bottom) in points from the page's top left.

| module | what |
| --- | --- |
| `model` | what is known of a PDF: Document, Page, Character, Visibility |
| `opening` | bytes -> a PDF that both readers opened and that is within the limits |
| `characters` | page -> its characters |
| `drawing` | page -> its text objects in the order of drawing |
| `ink` | characters -> how they reach the eye, by ablation |
| `textonly` | page -> the same page with its text alone, in black and unclipped |
| `carried` | what a PDF carries besides its pages: attachments, scripts, launches |
| `glyphs` | do the fonts draw the letters that the text says? |
| `picture` | a page as a picture, for a person to look at |
| `limits` | a process of its own, for PDFs of strangers |
"""

from backtest.disclosure.document.carried import ActiveContent
from backtest.disclosure.document.glyphs import GlyphFault
from backtest.disclosure.document.limits import REVIEW_LIMITS, ProcessLimits, run_limited
from backtest.disclosure.document.model import DPI, Box, Character, Page, ReadLimits, Visibility
from backtest.disclosure.document.picture import page_picture
from backtest.disclosure.document.reader import Document, attachment, read_pdf

__all__ = [
    "DPI", "REVIEW_LIMITS", "ActiveContent", "Box", "Character", "Document", "GlyphFault", "Page", "ProcessLimits",
    "ReadLimits", "Visibility", "attachment", "page_picture", "read_pdf", "run_limited",
]  # fmt: skip
