"""A render asks nobody for anything, carries nobody's file, and ends: each way in that is known, tried."""

from __future__ import annotations

import io
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pikepdf
import pytest

from backtest.errors import RenderError
from backtest.render import RenderLimits, render_limited, render_pdf

SECRET = b"the-secret-of-the-house-0815"
DAY = date(2026, 1, 1)
CSS = 'body { font-family: "Jevons Sans" }'


class Counter(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # one list for the one server of the tests

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SECRET)

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def server():
    """The address of a server that counts who asks."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


# ruff: noqa: E501
VECTORS = {
    "img": '<img src="{url}" alt="x">',
    "img srcset": '<img srcset="{url} 2x" src="{url}" alt="x">',
    "css import": '<style>@import "{url}";</style>',
    "css import url": "<style>@import url({url});</style>",
    "link stylesheet": '<link rel="stylesheet" href="{url}">',
    "background": '<p style="background: url({url})">x</p>',
    "background image": '<p style="background-image: url({url})">x</p>',
    "border image": '<p style="border: 1px solid; border-image: url({url}) 1">x</p>',
    "page background": "<style>@page {{ background: url({url}) }}</style>",
    "margin box": "<style>@page {{ @top-left {{ content: url({url}) }} }}</style>",
    "font face": "<style>@font-face {{ font-family: Z; src: url({url}) }}</style><p style='font-family: Z'>z</p>",
    "font face local": "<style>@font-face {{ font-family: Z; src: local('DejaVu Sans') }}</style><p style='font-family: Z'>z</p>",
    "object": '<object data="{url}" type="image/png">x</object>',
    "embed": '<embed src="{url}" type="image/png">',
    "content": "<style>p::before {{ content: url({url}) }}</style><p>x</p>",
    "list style": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "colour profile": "<style>@color-profile --p {{ src: url({url}) }}</style><p style='color: color(--p 1 0 0)'>x</p>",
    "svg image": '<svg width="9" height="9"><title>t</title><image href="{url}" width="5" height="5"/></svg>',
    "svg use": '<svg width="9" height="9"><title>t</title><use href="{url}#a"/></svg>',
    "svg style import": '<svg width="9" height="9"><title>t</title><style>@import "{url}";</style><rect width="5" height="5"/></svg>',
    "svg as data": '<img alt="x" src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%229%22 height=%229%22%3E%3Cimage href=%22{url}%22 width=%225%22 height=%225%22/%3E%3C/svg%3E">',
    "iframe": '<iframe src="{url}"></iframe>',
    "link attachment": '<link rel="attachment" href="{url}">',
    "anchor attachment": '<a rel="attachment" href="{url}">x</a>',
    "meta refresh": '<meta http-equiv="refresh" content="0; url={url}">',
    "base href": '<base href="{url}/"><img src="picture.png" alt="x">',
    "relative": '<img src="secret.txt" alt="x">',
    "xinclude": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}" parse="text"></xi:include>',
    "video": '<video src="{url}" poster="{url}"></video>',
    "input": '<input type="image" src="{url}" alt="x">',
    "body background": '<table background="{url}"><tr><td>x</td></tr></table>',
}
STOPPED = set(VECTORS) - {"iframe", "meta refresh", "xinclude", "video", "input", "body background", "svg style import"}
"""These must end the render; the others may be ignored, as long as nobody is asked."""


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("kind", ["server", "file"])
def test_nobody_is_asked_and_no_file_is_carried(name, kind, server, tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_bytes(SECRET)
    monkeypatch.chdir(tmp_path)
    Counter.asked.clear()
    url = f"{server}/secret" if kind == "server" else (tmp_path / "secret.txt").as_uri()
    try:
        pdf = render_pdf(page(VECTORS[name].format(url=url)), CSS, created=DAY, identifier="x").pdf
    except RenderError:
        pdf = b""
    assert Counter.asked == []
    assert SECRET not in unpacked(pdf)
    assert pdf == b"" or name not in STOPPED


def page(body: str) -> str:
    return f'<html lang="en"><head><title>T</title></head><body><h1>One</h1>{body}</body></html>'


def unpacked(pdf: bytes) -> bytes:
    """All streams of a PDF as they are, attached files among them."""
    if not pdf:
        return b""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return pdf + b"".join(o.read_bytes() for o in opened.objects if isinstance(o, pikepdf.Stream))


def test_the_server_would_have_been_asked(server):
    """The test above can fail: this is what an open renderer does."""
    import weasyprint

    Counter.asked.clear()
    weasyprint.HTML(string=page(VECTORS["css import"].format(url=f"{server}/open"))).render()
    assert Counter.asked == ["/open"]


@pytest.mark.parametrize("href", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " file:///etc/passwd", "data:text/html,x", "http://a.example", "//a.example", "ftp://a.example", "vbscript:x", "a.html"])  # fmt: skip
def test_a_link_of_another_kind_is_refused(href):
    with pytest.raises(RenderError, match="the page links to"):
        render_pdf(page(f'<a href="{href}">x</a>'), CSS, created=DAY, identifier="x")


def test_the_links_of_the_finished_pdf_are_the_harmless_ones():
    body = '<p><a href="https://www.example.com/">x</a> <a href="mailto:a@example.com">y</a> <a href="#z">z</a></p><p id="z">z</p>'
    pdf = render_pdf(page(body), CSS, created=DAY, identifier="x").pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        actions = [a["/A"] for p in opened.pages for a in p.obj.get("/Annots", []) if "/A" in a]
        assert {str(a.URI) for a in actions if "/URI" in a} == {"https://www.example.com/", "mailto:a@example.com"}
        assert {str(a.S) for a in actions} <= {"/URI", "/GoTo"}


def nested_use() -> str:
    """Seven levels of ten: ten million squares in a thousand letters."""
    levels = "".join(f'<g id="l{i}">' + f'<use href="#l{i - 1}"/>' * 10 + "</g>" for i in range(1, 8))
    return f'<svg width="9" height="9"><title>t</title><defs><rect id="l0" width="1" height="1"/>{levels}</defs><use href="#l7"/></svg>'


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
HOSTILE = {
    "3,000 nested blocks": "<div>" * 3000 + "x" + "</div>" * 3000,
    "an enormous font": '<p style="font-size: 1e9pt">x</p>',
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><p>&l9;</p>',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_ends_in_a_page_or_one_sentence(body):
    try:
        made = render_limited(page(body), CSS, created=DAY, identifier="x")
    except RenderError as error:
        assert len(str(error)) < 400
    else:
        assert b"root:" not in unpacked(made.pdf)
        assert made.pages < 3


def test_a_page_that_eats_time_is_stopped():
    with pytest.raises(RenderError, match="took more than a render may"):
        render_limited(page(nested_use()), CSS, created=DAY, identifier="x", limits=RenderLimits(processor_seconds=3))
    with pytest.raises(RenderError, match="took more than a render may"):
        render_limited(page(nested_use()), CSS, created=DAY, identifier="x", limits=RenderLimits(wall_seconds=3))


def test_a_page_that_eats_memory_is_stopped():
    limits = RenderLimits(memory=400 << 20)
    with pytest.raises(RenderError):
        render_limited(page("<p>" + "<b>x</b> " * 200_000), CSS, created=DAY, identifier="x", limits=limits)


def test_a_limited_render_gives_the_same_bytes():
    html = page("<p>Words</p>")
    assert (
        render_limited(html, CSS, created=DAY, identifier="x").pdf
        == render_pdf(html, CSS, created=DAY, identifier="x").pdf
    )
