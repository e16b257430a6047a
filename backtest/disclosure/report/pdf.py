"""A review as a PDF of its own: PDF/A-3a and PDF/UA-1, the review's JSON attached, the same bytes each time."""

from __future__ import annotations

from backtest.artifacts import REVIEW
from backtest.disclosure.document import Document
from backtest.disclosure.report.page import report_context
from backtest.disclosure.report.pictures import Picture
from backtest.disclosure.report.values import clean, to_json
from backtest.disclosure.review import Review
from backtest.render import Attachment, letters, render_pdf, render_template

FOREIGN = "¤"
"""Printed where the report's fonts lack a letter of the document; the picture of the page shows it."""


def to_pdf(review: Review, document: Document | None = None) -> bytes:
    """The report as a PDF; with pictures of the pages when the document is given. Raises RenderError."""
    resources: dict[str, bytes] = {}

    def address(picture: Picture) -> str:
        name = f"res:pages/{picture.page}.png"
        resources[name] = picture.png
        return name

    html = render_template("review", "paper.html", report_context(review, document, address, printable))
    return render_pdf(
        html,
        created=review.on,
        identifier=f"review {review.pdf_sha256} {to_json(review)}",
        attachments=(Attachment(REVIEW, to_json(review).encode(), "The review as JSON"),),
        resources=resources,
    ).pdf


def printable(text: str) -> str:
    """The text in letters that the report's fonts have."""
    return "".join(letter if letter in letters() else FOREIGN for letter in clean(text))
