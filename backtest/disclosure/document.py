"""A PDF as a sceptic reads it: characters with size, colour and box, and the ink that reaches the paper.

The only importer of pypdfium2 and pikepdf. Nothing the writer says about itself is believed: no tag, no data attribute,
no structure tree. Boxes are (left, top, right, bottom) in points from the page's top left.

Visibility is proved by ablation: a page is drawn as it is (A), without its text (B), and with its text alone, in black
and unclipped (I). Where I has ink, A must differ from B, and by how much is the contrast. That needs no theory of
stacking, clipping, opacity, images or backgrounds.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backtest.errors import DocumentError

Box = tuple[float, float, float, float]
Pixels = npt.NDArray[np.uint8]

MAX_BYTES = 50_000_000
MAX_PAGES = 200
MAX_CHARACTERS = 2_000_000
MAX_ATTACHMENT_BYTES = 50_000_000
MAX_PIXELS = 40_000_000
MAX_DEPTH = 64
DPI = 300
BAND = 0.08
"""Share of the page height at its top and bottom where headers and footers stand."""
SEEN = 1.15
"""A contrast below this is not seen at all."""
FAINT = 230
"""Rendered in black on white, a pixel lighter than this is no ink; a full stop in small type is never quite black."""
COVERED = 0.6
"""Share of a character's ink that must be seen for the character to be seen."""

TEXT_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
NOT_TEXT = frozenset({
    *("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "n", "W", "W*", "m", "l", "c", "v", "y", "h", "re"),
    *("g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "gs", "ri", "i", "w", "J", "j", "M", "d"),
    *("INLINE IMAGE", "Tr", "BDC", "BMC", "EMC", "DP", "MP"),
})  # fmt: skip
"""Operators left out of rendering I: paint, clip, colour, alpha, hidden layers and rendering mode."""


@dataclass(frozen=True, slots=True)
class Character:
    """One character as drawn. `size` is effective, in points, after all scaling; `page` counts from 1."""

    text: str
    page: int
    box: Box
    size: float
    upright: bool
    bold: bool


@dataclass(frozen=True)
class Page:
    number: int
    width: float
    height: float

    def in_band(self, box: Box) -> bool:
        """True for what stands in the top or bottom margin band."""
        return box[3] <= BAND * self.height or box[1] >= (1 - BAND) * self.height


@dataclass(frozen=True)
class Visibility:
    """How a passage reaches the eye: share of characters seen, WCAG contrast of the weaker ones, share struck out."""

    visible: float
    contrast: float
    struck: float


@dataclass(frozen=True)
class Document:
    """A PDF read once: pages, and all characters in content order, duplicates of fake bold left out."""

    sha256: str
    pages: tuple[Page, ...]
    characters: tuple[Character, ...]
    attachments: Mapping[str, bytes]
    data: bytes = field(repr=False)
    dpi: int = DPI

    @property
    def has_text(self) -> bool:
        """False for a scan: then nothing can be said about its words."""
        return any(not c.text.isspace() for c in self.characters)

    @cached_property
    def _ink(self) -> Ink:
        return Ink(self.data, self.dpi)

    def visibility(self, indices: Iterable[int]) -> Visibility:
        """Measure the characters at `indices`; each page is drawn once, when first asked for."""
        marked = [self.characters[i] for i in indices if not self.characters[i].text.isspace()]
        if not marked:
            return Visibility(0.0, 1.0, 0.0)
        measured = [self._ink.measure(character, self.pages[character.page - 1]) for character in marked]
        contrasts = np.array([contrast for contrast, _, _ in measured])
        seen = np.array([contrast >= SEEN and coverage >= COVERED for contrast, coverage, _ in measured])
        struck = [cross for c, (_, _, cross) in zip(marked, measured, strict=True) if c.text.isalnum()]
        low = float(np.percentile(contrasts, 10)) if len(contrasts) > 1 else float(contrasts[0])
        return Visibility(float(seen.mean()), low, float(np.mean(struck)) if struck else 0.0)


def read_pdf(source: Path | bytes, dpi: int = DPI) -> Document:
    """Read a PDF from a path or from bytes. Raises DocumentError with one sentence when it cannot be read."""
    data, name = _bytes(source)
    attachments = _attachments(data, name)
    pdf = _open(data, name)
    try:
        if len(pdf) > MAX_PAGES:
            raise DocumentError(f"{name}: {len(pdf)} pages; at most {MAX_PAGES} are read.")
        pages, characters = [], []
        for number in range(1, len(pdf) + 1):
            page, found = _read_page(pdf[number - 1], number)
            pages.append(page)
            characters.extend(found)
            if len(characters) > MAX_CHARACTERS:
                raise DocumentError(f"{name}: more than {MAX_CHARACTERS:,} characters; that is no fact sheet.")
    finally:
        pdf.close()
    digest = hashlib.sha256(data).hexdigest()
    return Document(digest, tuple(pages), tuple(characters), attachments, data, dpi)


def attachment(document: Document, name: str) -> bytes | None:
    """The bytes of an attached file, None when there is none of that name."""
    return document.attachments.get(name)


def _bytes(source: Path | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        data, name = source, "the PDF"
    else:
        if not source.is_file():
            raise DocumentError(f"{source}: no such file. Give the path of a PDF.")
        if source.stat().st_size > MAX_BYTES:
            raise DocumentError(f"{source}: {source.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read.")
        data, name = source.read_bytes(), str(source)
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{name}: {len(data):,} bytes; at most {MAX_BYTES:,} are read.")
    if b"%PDF-" not in data[:1024]:
        raise DocumentError(f"{name}: not a PDF. Give a file that starts with %PDF.")
    return data, name


def _open(data: bytes, name: str) -> pdfium.PdfDocument:
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError(f"{name}: encrypted. Save it without a password and review it again.") from None
        raise DocumentError(f"{name}: a damaged PDF: {error}. Make it again and review it again.") from None
    if len(pdf) == 0:
        raise DocumentError(f"{name}: a PDF without pages.")
    return pdf


def _attachments(data: bytes, name: str) -> dict[str, bytes]:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise DocumentError(f"{name}: encrypted. Save it without a password and review it again.")
            found = {key: spec.get_file() for key, spec in pdf.attachments.items()}
            return {key: bytes(file.read_bytes()) for key, file in found.items() if file.size < MAX_ATTACHMENT_BYTES}
    except pikepdf.PasswordError:
        raise DocumentError(f"{name}: encrypted. Save it without a password and review it again.") from None
    except pikepdf.PdfError as error:
        raise DocumentError(f"{name}: a damaged PDF: {error}. Make it again and review it again.") from None


def _read_page(page: pdfium.PdfPage, number: int) -> tuple[Page, list[Character]]:
    width, height = page.get_size()
    left, bottom, right, top = page.get_cropbox()
    text = page.get_textpage()
    place = _placer(page.get_rotation(), (left, bottom, right, top))
    found: list[Character] = []
    drawn: set[tuple[str, tuple[int, ...]]] = set()
    for index in range(raw.FPDFText_CountChars(text.raw)):
        if raw.FPDFText_IsGenerated(text.raw, index) == 1:
            continue
        character = _character(text.raw, index, number, place)
        place_of = (character.text, tuple(round(edge * 2) for edge in character.box))
        ligature = bool(found) and found[-1].box == character.box
        if place_of not in drawn or ligature or character.text.isspace():
            drawn.add(place_of)
            found.append(character)
    text.close()
    page.close()
    return Page(number, float(width), float(height)), found


def _character(text: ctypes.c_void_p, index: int, page: int, place: _Placer) -> Character:
    sides = [ctypes.c_double() for _ in range(4)]
    raw.FPDFText_GetCharBox(text, index, *(ctypes.byref(s) for s in sides))
    x0, x1, y0, y1 = (s.value for s in sides)
    matrix = raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
    raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
    scale = min(math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d))
    return Character(
        text=chr(raw.FPDFText_GetUnicode(text, index) or 0xFFFD),
        page=page,
        box=place(x0, y0, x1, y1),
        size=raw.FPDFText_GetFontSize(text, index) * scale,
        upright=abs(matrix.b) <= 0.02 * abs(matrix.a) and matrix.a > 0,
        bold=_is_bold(text, index),
    )


def _is_bold(text: ctypes.c_void_p, index: int) -> bool:
    """By the font's name: the weight a descriptor declares is 400 in most files, whatever the font."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, name, len(name), ctypes.byref(flags))
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))


class _Placer:
    """Turns PDF coordinates (origin bottom left, page not yet turned) into points from the page's top left."""

    def __init__(self, rotation: int, crop: Box) -> None:
        self.rotation, self.crop = rotation % 360, crop

    def __call__(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        left, bottom, right, top = self.crop
        if self.rotation == 90:
            return (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
        if self.rotation == 180:
            return (right - x1, y0 - bottom, right - x0, y1 - bottom)
        if self.rotation == 270:
            return (top - y1, right - x1, top - y0, right - x0)
        return (x0 - left, top - y1, x1 - left, top - y0)


_placer = _Placer


class Ink:
    """Pages drawn three ways, kept while the document is reviewed."""

    def __init__(self, data: bytes, dpi: int) -> None:
        self._whole = pdfium.PdfDocument(data)
        self._bare = pdfium.PdfDocument(_without(data, TEXT_SHOWING))
        self._text = pdfium.PdfDocument(_without(data, NOT_TEXT, images=True))
        self._dpi = dpi
        self._drawn: dict[int, tuple[Pixels, Pixels, Pixels, float]] = {}
        self._bitmaps: list[pdfium.PdfBitmap] = []  # what the pixels are views of: a copy costs more than the drawing
        self._measured: dict[Character, tuple[float, float, bool]] = {}

    def measure(self, character: Character, page: Page) -> tuple[float, float, bool]:
        """(contrast, share of the ink that is seen, struck out?) of one character, measured once."""
        if character not in self._measured:
            self._measured[character] = self._measure(character, page)
        return self._measured[character]

    def _measure(self, character: Character, page: Page) -> tuple[float, float, bool]:
        whole, bare, text, scale = self._page(page)
        left, top, right, bottom = (round(edge * scale) for edge in character.box)
        height, width = text.shape[:2]
        rows, columns = slice(max(0, top - 1), min(height, bottom + 1)), slice(max(0, left), min(width, right + 1))
        ink = text[rows, columns]
        darkest = int(ink.min(initial=255))
        mask = ink <= (darkest + 255) // 2 if darkest < FAINT else np.zeros(ink.shape, dtype=bool)
        outside = character.box[0] < -1 or character.box[2] > page.width + 1
        outside = outside or character.box[1] < -1 or character.box[3] > page.height + 1
        if outside or not mask.any():
            return 1.0, 0.0, False
        seen, behind = _luminance(whole[rows, columns]), _luminance(bare[rows, columns])
        ratio = (np.maximum(seen, behind)[mask] + 0.05) / (np.minimum(seen, behind)[mask] + 0.05)
        ratio.sort()
        contrast = float(ratio[int(0.9 * (len(ratio) - 1))])
        seen_share = 1 - float(np.searchsorted(ratio, SEEN)) / len(ratio)
        return contrast, seen_share, character.text.isalnum() and _struck(behind)

    def _page(self, page: Page) -> tuple[Pixels, Pixels, Pixels, float]:
        if page.number not in self._drawn:
            scale = min(self._dpi / 72, math.sqrt(MAX_PIXELS / max(1.0, page.width * page.height)))
            # All three alike: drawn in shades of grey, the edges of letters come out otherwise.
            made = [_draw(pdf, page.number, scale) for pdf in (self._whole, self._bare, self._text)]
            self._bitmaps += made
            whole, bare, text = (bitmap.to_numpy() for bitmap in made)
            self._drawn[page.number] = (whole, bare, text[:, :, 0], scale)
        return self._drawn[page.number]


def _draw(pdf: pdfium.PdfDocument, number: int, scale: float) -> pdfium.PdfBitmap:
    page = pdf[number - 1]
    bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True)
    page.close()
    return bitmap


def _luminance(pixels: Pixels) -> npt.NDArray[np.float64]:
    """WCAG relative luminance, 0 to 1."""
    return np.asarray(LINEAR[pixels[:, :, :3]] @ LUMINANCE)


def _struck(behind: npt.NDArray[np.float64]) -> bool:
    """A line crosses the middle of the box once the text is gone: it was drawn over or under the text.

    Rows of 15 % to 85 % of the height are compared with the usual row; an underline lies below them.
    """
    height = behind.shape[0]
    if height < 4:
        return False
    rows = behind.mean(axis=1)
    usual = np.sort(rows)[height // 2]
    middle = rows[int(0.15 * height) : max(int(0.85 * height), int(0.15 * height) + 1)]
    ratio = (np.maximum(middle, usual) + 0.05) / (np.minimum(middle, usual) + 0.05)
    return bool(ratio.max() > 1.5)


def _without(data: bytes, operators: frozenset[str], *, images: bool = False) -> bytes:
    """The PDF with some operators taken out of every page and every form; `images` takes image drawing out too."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            done: set[tuple[int, int]] = set()
            for page in pdf.pages:
                page.contents_coalesce()
                _strip(page.obj, operators, images, done)
                if images and "/Annots" in page.obj:
                    del page.obj["/Annots"]
            out = io.BytesIO()
            pdf.save(out, static_id=True)
    except (pikepdf.PdfError, pikepdf.PdfParsingError, RecursionError) as error:
        raise DocumentError(f"the PDF's drawing cannot be taken apart: {error}. Make it again.") from None
    return out.getvalue()


def _strip(holder: pikepdf.Object, operators: frozenset[str], images: bool, done: set[tuple[int, int]]) -> None:
    """Edit one content stream in place, then the forms it may draw, each once."""
    if holder.get("/Type") == "/Page" and "/Contents" not in holder:
        return
    forms = _forms(holder)
    kept = []
    for instruction in pikepdf.parse_content_stream(holder):
        name = str(instruction.operator)
        picture = images and name == "Do" and str(instruction.operands[0]) not in forms
        if name not in operators and not picture:
            kept.append(instruction)
    holder.get("/Contents", holder).write(pikepdf.unparse_content_stream(kept))
    for form in forms.values():
        if form.objgen not in done:
            done.add(form.objgen)
            _strip(form, operators, images, done)


def _forms(holder: pikepdf.Object) -> dict[str, pikepdf.Object]:
    resources = _inherited(holder, "/Resources")
    objects = resources.get("/XObject") if resources is not None else None
    if objects is None:
        return {}
    return {str(name): item for name, item in objects.items() if item.get("/Subtype") == "/Form"}


def _inherited(holder: pikepdf.Object, name: str) -> pikepdf.Object | None:
    """A page may leave its resources to the tree above it."""
    for _ in range(MAX_DEPTH):
        if name in holder:
            return holder[name]
        if "/Parent" not in holder:
            return None
        holder = holder["/Parent"]
    return None


def _linear() -> npt.NDArray[np.float64]:
    channel = np.arange(256) / 255
    return np.asarray(np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4))


LINEAR = _linear()
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
