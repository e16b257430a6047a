"""Reviews of all kinds: one that fails, a stranger's, a scan, a long one, one that brings hostile words."""

from __future__ import annotations

import io
from datetime import date

import pikepdf
import pytest

from backtest.disclosure.document import Document, read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.review import Context, Review, review

ON = date(2026, 11, 23)
RULES = load_packs()
STRANGER = (
    "<style>td { padding-right: 14pt }</style><h1>Some Fund</h1>"
    "<p>Shares can fall. You may get back less than you put in.</p>"
    "<h3>Performance</h3><table><tr><td>Fund</td><td>+1.2%</td><td>−3.4%</td></tr></table>"
    "<p>It is definitely guaranteed.</p>"
)
HOSTILE = (
    "<p>It is guaranteed &lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt; {{ title }} {% raw %} 中文 \u202egnp.exe</p>"
    f"<p>Guaranteed{'W' * 140}.</p>"
)


@pytest.fixture(scope="session")
def read(printed):
    """A document from a scrap of HTML, read coarsely."""
    return lambda markup: read_pdf(printed(markup), 100)


@pytest.fixture(scope="session")
def stranger(read) -> Document:
    return read(STRANGER)


@pytest.fixture(scope="session")
def reviewed(stranger) -> Review:
    return review(stranger, None, RULES, ON, Context())


@pytest.fixture(scope="session")
def hostile(read) -> Document:
    return read(HOSTILE)


@pytest.fixture(scope="session")
def scan() -> Document:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400))
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return read_pdf(out.getvalue(), 100)


@pytest.fixture(scope="session")
def long_document(read) -> Document:
    """Forty pages, a forbidden word on every other one."""
    pages = ["<p>It is guaranteed.</p>" if number % 2 else "<p>It is not.</p>" for number in range(40)]
    return read("".join(f'<div style="break-after: page">{page}</div>' for page in pages))


@pytest.fixture(scope="session")
def put(reviewed):
    """A review of a document against the built-in rules, as a stranger's."""
    return lambda document, rules=RULES, on=ON: review(document, None, rules, on, Context())
