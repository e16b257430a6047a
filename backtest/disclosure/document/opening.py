"""Bytes -> a PDF that both readers opened, that both see alike, and that is within the limits."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from backtest.disclosure.document.model import ReadLimits
from backtest.errors import DocumentError

DAMAGE = (
    pikepdf.PdfError, pdfium.PdfiumError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the readers raise when an object is not of the kind that its place asks for: a stranger's file may have any
object in any place, so around its reading these mean damage and not a fault of ours."""
MOST_DEFLATED = 1032
"""The most that one byte of deflated data can grow to."""
PACKED = frozenset({"/FlateDecode", "/Fl"})


@contextmanager
def damage(name: str) -> Iterator[None]:
    """Whatever a reader raises over a damaged file, as one sentence."""
    try:
        yield
    except pikepdf.PasswordError:
        raise DocumentError(f"{name}: encrypted. Save it without a password and review it again.") from None
    except DAMAGE as error:
        said = re.sub(r" ?\(PDFium: ([^)]*)\)", r": \1", re.sub(r"stream <[^>]*>:? ?", "", str(error)))
        said = " ".join(said.split())[:160].rstrip(".") or type(error).__name__
        raise DocumentError(f"{name}: a damaged PDF: {said}. Make it again and review it again.") from None


def bytes_of(source: Path | bytes, limits: ReadLimits) -> tuple[bytes, str]:
    """The file's bytes and the name it goes by in messages."""
    if isinstance(source, bytes):
        data, name = source, "the PDF"
    else:
        if not source.is_file():
            raise DocumentError(f"{source}: no such file. Give the path of a PDF.")
        with source.open("rb") as file:
            data, name = file.read(limits.file_bytes + 1), str(source)
    if len(data) > limits.file_bytes:
        raise DocumentError(f"{name}: more than {limits.file_bytes:,} bytes; no more are read.")
    if b"%PDF-" not in data[:1024]:
        raise DocumentError(f"{name}: not a PDF. Give a file that starts with %PDF.")
    return data, name


@contextmanager
def opened(data: bytes, name: str, limits: ReadLimits) -> Iterator[tuple[pikepdf.Pdf, pdfium.PdfDocument]]:
    """The PDF in both readers, after all that can be asked of it before anything is drawn or unpacked."""
    with damage(name), pikepdf.open(io.BytesIO(data)) as objects:
        _check_objects(objects, name, limits)
        with _pages(data, name) as pages:
            check_pages(objects, pages, name, limits)
            yield objects, pages


@contextmanager
def _pages(data: bytes, name: str) -> Iterator[pdfium.PdfDocument]:
    try:
        pages = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError(f"{name}: encrypted. Save it without a password and review it again.") from None
        raise
    try:
        yield pages
    finally:
        pages.close()


def check_pages(objects: pikepdf.Pdf, pages: pdfium.PdfDocument, name: str, limits: ReadLimits) -> None:
    """Raise DocumentError unless both readers find the same pages, one at least and not too many."""
    count = len(pages)
    if count == 0:
        raise DocumentError(f"{name}: a PDF without pages.")
    if count > limits.pages:
        raise DocumentError(f"{name}: {count:,} pages; at most {limits.pages} are read.")
    if count != len(objects.pages):
        raise DocumentError(
            f"{name}: a damaged PDF: one reader finds {count} pages in it, another {len(objects.pages)}. Make it again."
        )


def _check_objects(objects: pikepdf.Pdf, name: str, limits: ReadLimits) -> None:
    """No stream that grows without end when it is unpacked, and no picture of more pixels than any page needs."""
    if len(objects.objects) > limits.objects:
        raise DocumentError(f"{name}: {len(objects.objects):,} objects; at most {limits.objects:,} are read.")
    for item in objects.objects:
        if isinstance(item, pikepdf.Stream):
            number = item.objgen[0]
            if item.get("/Subtype") == "/Image":
                pixels = _whole(item.get("/Width")) * _whole(item.get("/Height"))
                if pixels > limits.picture_pixels:
                    said = f"the picture in object {number} has {pixels:,} pixels; at most {limits.picture_pixels:,}"
                    raise DocumentError(f"{name}: {said} are drawn. Make it again with a smaller one.")
            if not _unpacks(item, limits.stream_bytes):
                said = f"object {number} grows to more than {limits.stream_bytes:,} bytes when it is unpacked"
                raise DocumentError(f"{name}: {said}; that is no fact sheet.")
    _check_forms(objects, name, limits)


def _check_forms(objects: pikepdf.Pdf, name: str, limits: ReadLimits) -> None:
    """No forms that draw forms that draw forms, ten times each: a few hundred bytes that would be drawn for years."""
    forms = {o.objgen: o for o in objects.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Form"}
    drawn = {number: _forms_drawn(form) for number, form in forms.items()}
    nested = {number: inner for number, inner in drawn.items() if any(n in drawn and drawn[n] for n, _ in inner)}
    costs: dict[tuple[int, int], int] = {}
    for start in nested:
        waiting = [(start, False)]
        while waiting:
            number, ready = waiting.pop()
            if ready:
                costs[number] = 1 + sum(times * max(1, costs.get(n, 1)) for n, times in drawn.get(number, []))
                if costs[number] > limits.drawings:
                    said = f"object {number[0]} draws other forms more than {limits.drawings:,} times"
                    raise DocumentError(f"{name}: {said}; that is no fact sheet.")
            elif costs.get(number) == 0:
                raise DocumentError(f"{name}: object {number[0]} draws itself; that is no fact sheet.")
            elif number not in costs:
                costs[number] = 0  # not yet known: whoever comes here again comes from inside
                waiting += [(number, True), *((n, False) for n, _ in drawn.get(number, []))]


def _forms_drawn(form: pikepdf.Stream) -> list[tuple[tuple[int, int], int]]:
    """(form, how often) for each form that a form draws."""
    resources = form.get("/Resources")
    held = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(held, pikepdf.Dictionary):
        return []
    inner = {str(n).encode(): o.objgen for n, o in held.items()
             if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Form"}  # fmt: skip
    said = form.read_bytes() if inner else b""
    return [(number, len(re.findall(re.escape(n) + rb"\s+Do\b", said))) for n, number in inner.items()]


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def _unpacks(stream: pikepdf.Stream, most: int) -> bool:
    """Whether a stream stays below `most` bytes through the deflating filters at its beginning."""
    said = stream.get("/Filter")
    filters = [str(f) for f in said] if isinstance(said, pikepdf.Array) else [str(said)] if said is not None else []
    layers = next((i for i, f in enumerate(filters) if f not in PACKED), len(filters))
    if not layers or (layers == 1 and _whole(stream.get("/Length")) * MOST_DEFLATED <= most):
        return True
    data = stream.read_raw_bytes()
    if layers == 1 and len(data) * MOST_DEFLATED <= most:
        return True
    for _ in range(layers):
        try:
            data = zlib.decompressobj().decompress(data, most + 1)
        except zlib.error:
            return True  # not what it says it is: the readers will stumble where they need it
        if len(data) > most:
            return False
    return True


def unit_of(objects: pikepdf.Pdf, number: int) -> float:
    """Points in one unit of a page: 1 unless the page says otherwise, which the drawing reader does not heed."""
    said = objects.pages[number - 1].obj.get("/UserUnit")
    unit = float(said) if isinstance(said, (int, float, Decimal)) else 1.0
    return unit if 0.0 < unit < 1e6 else 1.0
