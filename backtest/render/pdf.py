"""HTML -> PDF. The only importer of WeasyPrint.

A render reads the vendored fonts and nothing else: no network, no file. Dates come from the caller, so the same inputs
give the same bytes. Any line the renderer logs is an error, because its silent neighbours are lost text and a changed
font.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import logging
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from backtest.artifacts import templates_folder
from backtest.errors import RenderError
from backtest.garbage import uncollected
from backtest.render.page import check_links

FAMILY = "Jevons Sans"
WEIGHTS = {400: "JevonsSans-Regular.ttf", 600: "JevonsSans-SemiBold.ttf", 700: "JevonsSans-Bold.ttf"}
FONT_SHA256 = {
    "JevonsSans-Regular.ttf": "91e00282089544e5d963069719bc2bd857705ec8dc51eeca99b00736bf23c4f4",
    "JevonsSans-SemiBold.ttf": "ffa01908f9a66230c80663e5f3be560964bd1616bbf5f715269f82ddcf6b6831",
    "JevonsSans-Bold.ttf": "a2a160f1d7f7dc150337f146f5add0b1984531ef7f3dfa3d2963367bef9bbd2b",
}
"""The vendored fonts as they ship: another file under their name could draw another letter than the text says."""
MAX_HTML = 3_000_000
MAX_PAGES = 60
DEFLATE = 6
"""Level of compression: a sheet a percent larger than at 9, in a third of the time."""


@dataclass(frozen=True)
class Attachment:
    """A file carried inside the PDF."""

    name: str
    data: bytes
    description: str


@dataclass(frozen=True)
class RenderedPdf:
    """A finished PDF. depths: for each page, where its lowest line of text ends, as a share of the page's height.

    starts: for each id in the page, the number of the PDF page, from 1, on which it begins.
    """

    pdf: bytes
    pages: int
    depths: tuple[float, ...]
    starts: Mapping[str, int]


@dataclass(frozen=True)
class LaidOut:
    """A page laid out and not yet painted: two thirds of the work, and all that is needed to see whether it fits.

    depths, starts: as in RenderedPdf. heights: for each page, how far its text reaches below the top margin, and rooms:
    what is left from there to the bottom margin, both in points; room is negative where text runs into the margin.
    """

    pages: int
    depths: tuple[float, ...]
    heights: tuple[float, ...]
    rooms: tuple[float, ...]
    starts: Mapping[str, int]
    document: Any = field(repr=False, compare=False)


def render_pdf(
    html: str,
    css: str = "",
    *,
    created: date,
    identifier: str,
    attachments: Sequence[Attachment] = (),
    resources: Mapping[str, bytes] = MappingProxyType({}),
) -> RenderedPdf:
    """Set a page as PDF/A-3a and PDF/UA-1, tagged, with fonts of ours only: lay_out, then write_pdf.

    created: the date the PDF says it was made; taken from the data, never from the clock. identifier: what makes the
    file's own id, usually a hash of the inputs. resources: PNG pictures held in memory, by their
    `res:` address. Raises RenderError for any line in the renderer's log.
    """
    laid = lay_out(html, css, resources)
    pdf = write_pdf(laid, created=created, identifier=identifier, attachments=attachments)
    return RenderedPdf(pdf, laid.pages, laid.depths, laid.starts)


def lay_out(html: str, css: str = "", resources: Mapping[str, bytes] = MappingProxyType({})) -> LaidOut:
    """Lay a page out without painting it. Raises RenderError as render_pdf does."""
    if len(html) > MAX_HTML:
        raise RenderError(f"the page has {len(html):,} characters; at most {MAX_HTML:,} are set. Shorten its tables.")
    check_links(html)
    weasyprint = _weasyprint()
    fetcher = _fetcher(resources)
    with _log_is_error(), uncollected():
        fonts, faces = _fonts()
        sheets = [faces]
        if css:
            sheets.append(weasyprint.CSS(string=css, font_config=fonts, url_fetcher=fetcher, base_url="res:"))
        page = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="res:")
        document = page.render(stylesheets=sheets, font_config=fonts)
    if len(document.pages) > MAX_PAGES:
        raise RenderError(f"the document has {len(document.pages)} pages; at most {MAX_PAGES} are made.")
    for number, laid in enumerate(document.pages, 1):
        _check_seen(laid._page_box, number)
    bottoms = [_bottom(page) for page in document.pages]
    boxes = [page._page_box for page in document.pages]
    tops = [box.content_box_y() for box in boxes]
    return LaidOut(
        len(document.pages),
        tuple(bottom / float(page.height) for bottom, page in zip(bottoms, document.pages, strict=True)),
        tuple(0.75 * max(0.0, bottom - top) for bottom, top in zip(bottoms, tops, strict=True)),
        tuple(0.75 * (t + box.height - b) for t, box, b in zip(tops, boxes, bottoms, strict=True)),
        {name: number for number, page in reversed([*enumerate(document.pages, 1)]) for name in page.anchors},
        document,
    )


def _weasyprint() -> Any:
    os.environ["FONTCONFIG_FILE"] = str(_fonts_folder() / "fonts.conf")  # read once, when WeasyPrint is first imported
    import weasyprint

    return weasyprint


@cache
def _fonts() -> tuple[Any, Any]:
    """The vendored fonts and the style sheet that names them, read once in a process; no page may add to them."""
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    class Fonts(FontConfiguration):  # type: ignore[misc]
        sealed = False

        def add_font_face(self, descriptors: Any, fetcher: Any) -> None:
            if self.sealed:
                raise FatalURLFetchingError("a page brings a font of its own; a render has the vendored ones alone")
            super().add_font_face(descriptors, fetcher)

    fonts = Fonts()
    fetcher = _fetcher(MappingProxyType({}))
    faces = _weasyprint().CSS(string=_font_faces(), font_config=fonts, url_fetcher=fetcher, base_url="res:")
    fonts.sealed = True
    atexit.register(_fonts.cache_clear)  # its folder is removed while there is still a Python to remove it
    return fonts, faces


def write_pdf(laid: LaidOut, *, created: date, identifier: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """One file that is both PDF/A-3a and PDF/UA-1: the variant, an uncompressed XMP block, the UA declaration in it.

    Raises RenderError for any line in the renderer's log.
    """
    from weasyprint import Attachment as Attached

    document = laid.document.copy()
    document.metadata = deepcopy(document.metadata)  # the same pages may be written again, under another name
    moment = datetime(created.year, created.month, created.day, tzinfo=UTC)
    original = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *a, **k: original(*a, **k).replace(b"</rdf:RDF>", UA_XMP)
    document.metadata.created = document.metadata.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    dated = {"relationship": "Source", "created": moment, "modified": moment}
    document.metadata.attachments = [
        Attached(string=a.data, name=a.name, description=a.description, **dated)
        for a in sorted(attachments, key=lambda a: a.name)  # a PDF's table of files must be in order
    ]
    with _log_is_error(), uncollected():
        pdf: bytes = document.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_tags=True,
            finisher=_finish,
            pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
        )
    return pdf


def _finish(document: Any, pdf: Any) -> None:
    """What WeasyPrint leaves out: a plain XMP block, and the scope of header cells, which it says by links alone."""

    def at(reference: Any) -> Any:
        return pdf.objects[int(reference.split()[0])]

    at(pdf.catalog["Metadata"]).compress = False
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH":
            kinds = {at(other).get("S") for other in at(cell["P"])["K"]}
            cell["A"]["Scope"] = "/Column" if kinds == {"/TH"} else "/Row"
    _deflate_once(pdf.objects)


def _deflate_once(objects: Iterable[Any]) -> None:
    """Compress streams here: the writer would do it twice, for the file and for its hash, and at the slowest level.

    What ends like a line would be taken for a byte shorter, since a line's end follows each stream, and PDF/A asks for
    the length to the byte: one in a hundred is written as letters.
    """
    for each in objects:
        if getattr(each, "compress", False):
            each.compress = False
            plain = each.data.split(b"\nstream\n", 1)[1].removesuffix(b"\nendstream")
            data, filters = zlib.compress(plain, DEFLATE), "/FlateDecode"
            if data.endswith((b"\r", b"\n")):
                data, filters = base64.a85encode(data) + b"~>", "[/ASCII85Decode /FlateDecode]"
            each.stream, each.extra["Filter"] = [data], filters


UA_XMP = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def _fonts_folder() -> Path:
    return templates_folder() / "factsheet" / "fonts"


def _font_faces() -> str:
    face = '@font-face {{ font-family: "{}"; font-weight: {}; src: url(res:fonts/{}) format("truetype"); }}'
    return "\n".join(face.format(FAMILY, weight, name) for weight, name in WEIGHTS.items())


@cache
def _font(name: str) -> bytes:
    """A vendored font's file. Raises RenderError when it is not the one that ships."""
    data = (_fonts_folder() / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != FONT_SHA256[name]:
        raise RenderError(f"{name}: not the font that ships, by its SHA-256. Install Jevons again.")
    return data


def _fetcher(pictures: Mapping[str, bytes]) -> Any:
    """A fetcher that knows the fonts and the pictures held in memory, and stops the render at any other address."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    table = {f"res:fonts/{name}": _font(name) for name in WEIGHTS.values()}

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(allowed_protocols=("res",), allow_redirects=False, timeout=1)

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url in table:
                return URLFetcherResponse(url, table[url], {"Content-Type": "font/ttf"})
            if url in pictures:
                return URLFetcherResponse(url, pictures[url], {"Content-Type": "image/png"})
            raise FatalURLFetchingError(f"a page asked for {url[:80]!r}; a render fetches nothing but its fonts")

    return Fetcher()


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _log_is_error() -> Iterator[None]:
    """Raise RenderError when WeasyPrint or fontTools logs a warning, a fetch was refused, or a page is too much."""
    from weasyprint.urls import FatalURLFetchingError

    collector = _Collector()
    loggers = {logger: logger.level for logger in map(logging.getLogger, ("weasyprint", "fontTools"))}
    for logger in loggers:
        logger.addHandler(collector)
        logger.setLevel(logging.WARNING)  # somebody may have silenced it; here it must speak
    try:
        yield
    except FatalURLFetchingError as error:
        raise RenderError(f"the page cannot be set: {error}") from None
    except (RecursionError, ZeroDivisionError, OverflowError, MemoryError) as error:  # a size that cannot be drawn
        raise RenderError(f"the page cannot be set: {type(error).__name__}: {error}") from None
    finally:
        for logger, level in loggers.items():
            logger.removeHandler(collector)
            logger.setLevel(level)
    if collector.lines:
        raise RenderError(f"the renderer complained: {collector.lines[0]} ({len(collector.lines)} lines in all).")


def _check_seen(box: Any, number: int) -> None:
    """Refuse styles that leave text in the file and take it from the eye: a clipped box, no opacity."""
    style = box.style
    if (style["overflow"] != "visible" or style["opacity"] < 1) and next(_lines(box), None) is not None:
        raise RenderError(
            f"page {number}: a style hides text of <{box.element_tag}>, by overflow {style['overflow']} or opacity "
            f"{style['opacity']:g}. Take the property away and let the text flow."
        )
    for child in getattr(box, "children", ()):
        _check_seen(child, number)


def _bottom(page: Any) -> float:
    """Bottom of the lowest line of text in the page's body, from the page's top, in CSS pixels."""
    box = page._page_box
    body = next((child for child in box.children if getattr(child, "element_tag", None) == "html"), box)
    return max((float(line.position_y + line.height) for line in _lines(body)), default=0.0)


def _lines(box: Any) -> Iterator[Any]:
    """All line boxes below a box."""
    if type(box).__name__ == "LineBox":
        yield box
        return
    for child in getattr(box, "children", ()):
        yield from _lines(child)
