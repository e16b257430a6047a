"""How characters reach the eye, proved by ablation.

A page is drawn as it is (A), without its text (B), and with its text alone, in black and unclipped (I). Where I has
ink, A must differ from B, and by how much is the contrast. That needs no theory of stacking, clipping, opacity,
pictures or backgrounds. A and B are one page of one reader, the second time with its text switched off: nothing but
text can make them differ. What can differ on paper (notes, layers) is drawn as printed too, and the worse counts.

Text over text is the one thing that this does not show: letters under other letters, or on a blot of them, are found
from A alone and from where the letters stand.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backtest.disclosure.document.drawing import text_objects, text_sizes
from backtest.disclosure.document.model import Box, Character, Page
from backtest.disclosure.document.textonly import text_only

Pixels = npt.NDArray[np.uint8]
Light = npt.NDArray[np.float32]

MAX_PIXELS = 40_000_000
SEEN = 1.15
"""A contrast below this is not seen at all."""
FAINT = 230
"""Rendered in black on white, a pixel lighter than this is no ink; a full stop in small type is never quite black."""
COVERED = 0.6
"""Share of a character's ink that must be seen for the character to be seen."""
OVERPRINTED = 0.5
"""Share of a character's box that another letter of like size may take before the two are a blot."""
LIKE_SIZE = 2.5
CROSSED = 1.5
"""Contrast of a row of a character's background with the usual row, above which a line crosses it."""
AROUND = 0.35
"""How far around a character, in its type size, its background is looked at."""
EACH = 3
"""Every third pixel of a background will do."""
BAND_GAP = 14.0
"""Lines closer than this, in points, are drawn together."""
FIRST_CLIP = 4
"""Text rendering modes from this one on make text a clip for what is painted next."""
PLAIN_NOTES = frozenset({"/Link", "/Popup"})


@dataclass(frozen=True)
class Seen:
    """One character's contrast, 1 to 21, the share of its ink that is seen, and whether a line crosses it."""

    contrast: float
    share: float
    struck: bool

    @property
    def is_seen(self) -> bool:
        return self.contrast >= SEEN and self.share >= COVERED

    def worse(self, other: Seen) -> Seen:
        return Seen(min(self.contrast, other.contrast), min(self.share, other.share), self.struck or other.struck)


UNSEEN = Seen(1.0, 0.0, False)


@dataclass(frozen=True)
class _Views:
    """One region of a page drawn three ways; left and top: where it begins, in pixels of the whole page."""

    whole: Pixels
    bare: Pixels
    ink: Pixels
    left: int
    top: int
    scale: float


@dataclass(frozen=True)
class _Band:
    """Lines of characters, by index, that are drawn together, and the region that they take."""

    lines: tuple[tuple[int, ...], ...]
    box: Box


class Ink:
    """A PDF open for drawing. Pages are drawn one at a time and forgotten: memory does not grow with pages."""

    def __init__(self, data: bytes, dpi: int) -> None:
        self._objects = pikepdf.open(io.BytesIO(data))
        self._pages = pdfium.PdfDocument(_with_fields(self._objects, data))
        self._layered = "/OCProperties" in self._objects.Root
        self._dpi = dpi

    def measure(self, page: Page, characters: Mapping[int, Character], wanted: Sequence[int]) -> dict[int, Seen]:
        """Measure some characters of one page. characters: all of the page's, by index; wanted: those to measure."""
        found = dict.fromkeys(wanted, UNSEEN)
        inside = [i for i in wanted if page.holds(characters[i].box)]
        if not inside:
            return found
        blots, crossed = _overprinted(characters, inside)
        inside = [i for i in inside if i not in blots]
        first = dict[int, Seen]()
        for views, band in self._drawn(page, characters, inside):
            for line in band.lines:
                for index, seen in _measure_line(views, [(i, characters[i]) for i in line]):
                    before = first.get(index)
                    first[index] = seen if before is None else seen.worse(before)
        first |= {i: replace(first[i], struck=True) for i in crossed if i in first}
        return found | first

    def _drawn(
        self, page: Page, characters: Mapping[int, Character], inside: Sequence[int]
    ) -> Iterator[tuple[_Views, _Band]]:
        """Each band of the page drawn three ways; once more as printed where paper may show something else."""
        bands = _bands(characters, inside)
        drawn = self._pages[page.number - 1]
        units = page.width / max(1e-6, drawn.get_width())
        scale = units * min(self._dpi / 72, math.sqrt(MAX_PIXELS / max(1.0, page.width * page.height)))
        with pdfium.PdfDocument(text_only(self._objects, page.number, drawn.get_bbox(), drawn.get_rotation())) as only:
            alone, largest = only[0], max(characters[i].size for i in inside) * LIKE_SIZE / units
            for text, size in text_sizes(alone.raw):  # the ink of a watermark would hide the letters in it
                raw.FPDFPageObj_SetIsActive(text, size <= largest)
            ink = [_region(alone, band.box, scale, units, 0) for band in bands]
        modes = (0, raw.FPDF_PRINTING) if self._differs_on_paper(page.number) else (0,)
        whole = [[_region(drawn, band.box, scale, units, mode) for band in bands] for mode in modes]
        for text in text_objects(drawn.raw):
            raw.FPDFPageObj_SetIsActive(text, False)
        for mode, as_it_is in zip(modes, whole, strict=True):
            for band, seen, alone_there in zip(bands, as_it_is, ink, strict=True):
                bare = _region(drawn, band.box, scale, units, mode)
                left, top = seen[1], seen[2]
                yield _Views(seen[0], bare[0], alone_there[0][:, :, 0], left, top, scale / units), band
        drawn.close()

    def _differs_on_paper(self, number: int) -> bool:
        """Layers and notes may be shown on a screen and not on paper, or the other way round."""
        notes = _notes(self._objects.pages[number - 1].obj)
        return self._layered or any(str(note.get("/Subtype")) not in PLAIN_NOTES for note in notes)


def _with_fields(objects: pikepdf.Pdf, data: bytes) -> bytes:
    """The fields of a form are drawn by a viewer's form machine, which is left alone: they become stamps, which look
    the same."""
    fields = [note for page in objects.pages for note in _notes(page.obj) if note.get("/Subtype") == "/Widget"]
    if not fields:
        return data
    for field in fields:
        field.Subtype = pikepdf.Name.Stamp
    out = io.BytesIO()
    objects.save(out, static_id=True)
    return out.getvalue()


def _notes(page: pikepdf.Object) -> list[pikepdf.Object]:
    found = page.get("/Annots")
    held = list(found.as_list()) if isinstance(found, pikepdf.Array) else []
    return [note for note in held if isinstance(note, pikepdf.Dictionary)]


def _bands(characters: Mapping[int, Character], inside: Sequence[int]) -> list[_Band]:
    """The characters line by line, and lines that stand close together as one region to draw."""
    lines: list[list[int]] = []
    for index in sorted(inside):
        last = characters[lines[-1][-1]].box if lines else None
        box = characters[index].box
        if last is not None and min(last[3], box[3]) > max(last[1], box[1]):
            lines[-1].append(index)
        else:
            lines.append([index])
    bands: list[_Band] = []
    for line in sorted(lines, key=lambda line: min(characters[i].box[1] for i in line)):
        around = 2 + AROUND * max(characters[i].size for i in line)
        box = _grown(_union(characters[i].box for i in line), around)
        if bands and box[1] - bands[-1].box[3] <= BAND_GAP:
            bands[-1] = _Band((*bands[-1].lines, tuple(line)), _union((bands[-1].box, box)))
        else:
            bands.append(_Band((tuple(line),), box))
    return bands


def _union(boxes: Iterable[Box]) -> Box:
    sides = list(zip(*boxes, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _region(page: pdfium.PdfPage, box: Box, scale: float, units: float, mode: int) -> tuple[Pixels, int, int]:
    """A part of a page as pixels, and where it begins. All three drawings alike: in shades of grey, the edges of
    letters come out otherwise. box in points; scale: pixels for each of the page's own units."""
    width, height = (math.ceil(side * scale) for side in page.get_size())
    left, top, right, bottom = (edge * scale / units for edge in box)
    left, top = max(0, math.floor(left)), max(0, math.floor(top))
    right, bottom = min(width, math.ceil(right)), min(height, math.ceil(bottom))
    bitmap = pdfium.PdfBitmap.new_native(max(1, right - left), max(1, bottom - top), raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, bitmap.width, bitmap.height)
    flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER | mode
    raw.FPDF_RenderPageBitmap(bitmap, page, -left, -top, width, height, 0, flags)
    return bitmap.to_numpy(), left, top


def _measure_line(views: _Views, line: list[tuple[int, Character]]) -> Iterator[tuple[int, Seen]]:
    around = AROUND * max(character.size for _, character in line)
    box = _grown(_union(character.box for _, character in line), around)
    height, width = views.ink.shape
    left, top = (max(0, math.floor(box[side] * views.scale) - at) for side, at in ((0, views.left), (1, views.top)))
    right = min(width, math.ceil(box[2] * views.scale) - views.left + 1)
    bottom = min(height, math.ceil(box[3] * views.scale) - views.top + 1)
    part = (slice(top, bottom), slice(left, right))
    strip = _Strip.of(views.whole[part], views.bare[part], views.ink[part])
    for index, character in line:
        x0, y0, x1, y1 = (round(edge * views.scale) for edge in character.box)
        place = (x0 - views.left - left, y0 - views.top - top, x1 - views.left - left, y1 - views.top - top)
        yield index, _measure(strip, place, round(AROUND * character.size * views.scale), character)


@dataclass(frozen=True)
class _Strip:
    """One line's part of the views, and what is told of each of its pixels at once. ratio: contrast of what is seen
    with what is behind it; paper: where the text has no ink; plain: nothing behind it could be a line across it."""

    whole: Light
    bare: Light
    ink: Pixels
    ratio: Light
    paper: npt.NDArray[np.bool_]
    plain: bool

    @classmethod
    def of(cls, whole: Pixels, bare: Pixels, ink: Pixels) -> _Strip:
        seen = _light(whole)
        if bare.min(initial=255) == 255:  # paper, which nothing is lighter than: the ratio needs no comparing
            behind = np.broadcast_to(PAPER, seen.shape)
            return cls(seen, behind, ink, np.asarray((PAPER + 0.05) / (seen + 0.05)), ink > FAINT, True)
        behind = _light(bare)
        plain = _contrast(float(behind.min()), float(behind.max())) <= CROSSED
        return cls(seen, behind, ink, _ratio(seen, behind), ink > FAINT, plain)


def _measure(strip: _Strip, place: tuple[int, int, int, int], around: int, character: Character) -> Seen:
    x0, y0, x1, y1 = place
    box = (slice(max(0, y0 - 1), y1 + 1), slice(max(0, x0), x1 + 1))
    there = strip.ink[box]
    darkest = int(np.minimum.reduce(there, axis=None, initial=255))
    if darkest >= FAINT:
        return UNSEEN
    mask = there <= (darkest + 255) // 2
    nearby = (slice(max(0, y0 - around), y1 + around, EACH), slice(max(0, x0 - around), x1 + around, EACH))
    apart = strip.whole[nearby][strip.paper[nearby]]
    seen = strip.whole[box][mask]
    letter = float(np.add.reduce(seen)) / seen.size
    ground = float(np.add.reduce(apart)) / apart.size if apart.size else letter
    if _contrast(letter, ground) < SEEN:
        return UNSEEN  # a blot: the letter does not stand out from what is around it
    clips = character.mode >= FIRST_CLIP  # what was painted through the letter is still there without it
    ratio = _ratio(seen, np.full_like(seen, ground)) if clips else strip.ratio[box][mask]
    ratio.sort()
    share = 1 - float(ratio.searchsorted(SEEN)) / len(ratio)
    struck = not clips and not strip.plain and character.text.isalnum() and _struck(strip.bare[box])
    return Seen(float(ratio[int(0.9 * (len(ratio) - 1))]), share, struck)


def _ratio(one: Light, other: Light) -> Light:
    return np.asarray((np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05))


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _light(pixels: Pixels) -> Light:
    """WCAG relative luminance, 0 to 1."""
    return np.asarray(RED.take(pixels[:, :, 0]) + GREEN.take(pixels[:, :, 1]) + BLUE.take(pixels[:, :, 2]))


def _struck(behind: Light) -> bool:
    """A line crosses the middle of the box once the text is gone: it was drawn over or under the text.

    Rows of 15 % to 85 % of the height are compared with the usual row; an underline lies below them.
    """
    height = behind.shape[0]
    if height < 4 or _contrast(float(behind.min()), float(behind.max())) <= CROSSED:
        return False
    rows = behind.mean(axis=1)
    usual = np.sort(rows)[height // 2]
    middle = rows[int(0.15 * height) : max(int(0.85 * height), int(0.15 * height) + 1)]
    return bool(_ratio(middle, usual).max() > CROSSED)


def _overprinted(characters: Mapping[int, Character], inside: Sequence[int]) -> tuple[set[int], set[int]]:
    """Letters that another letter of like size lies on, and letters that a dash or other sign is set across."""
    every = list(characters)
    boxes = np.array([characters[i].box for i in every])
    blots, crossed = set[int](), set[int]()
    for band in _bands(characters, [i for i in inside if characters[i].text.isalnum()]):
        for line in band.lines:
            left, top, right, bottom = _union(characters[i].box for i in line)
            near = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
            others = [every[k] for k in np.flatnonzero(near)]
            if len(others) > len(line):
                _compare(characters, line, others, blots, crossed)
    return blots, crossed


def _compare(
    characters: Mapping[int, Character], line: Sequence[int], others: Sequence[int], blots: set[int], crossed: set[int]
) -> None:
    own, over = (np.array([characters[i].box for i in chosen]) for chosen in (line, others))
    across = np.minimum(own[:, None, 2], over[None, :, 2]) - np.maximum(own[:, None, 0], over[None, :, 0])
    down = np.minimum(own[:, None, 3], over[None, :, 3]) - np.maximum(own[:, None, 1], over[None, :, 1])
    width = np.maximum(own[:, 2] - own[:, 0], 1e-6)
    height = np.maximum(own[:, 3] - own[:, 1], 1e-6)
    taken = np.maximum(across, 0) * np.maximum(down, 0) / (width * height)[:, None]
    middle = ((over[:, 1] + over[:, 3])[None, :] / 2 - own[:, 1][:, None]) / height[:, None]
    thin = (over[:, 3] - over[:, 1])[None, :] < 0.5 * height[:, None]
    lines = (across > OVERPRINTED * width[:, None]) & (down > 0) & (middle > 0.15) & (middle < 0.85) & thin
    for k, m in zip(*np.nonzero((taken > OVERPRINTED) | lines), strict=True):
        one, other = characters[line[k]], characters[others[m]]
        if line[k] == others[m] or one.box == other.box:
            continue  # itself, or a letter of the same ligature
        sign = unicodedata.category(other.text[0])[0] in "PS"
        like = max(one.size, other.size) <= LIKE_SIZE * min(one.size, other.size)
        if lines[k, m] and sign:
            crossed.add(line[k])
        elif taken[k, m] > OVERPRINTED and like and other.text.isalnum():
            blots.add(line[k])


def _linear() -> Light:
    channel = np.arange(256) / 255
    return np.asarray(np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4), np.float32)


RED, GREEN, BLUE = (np.float32(share) * _linear() for share in (0.2126, 0.7152, 0.0722))
PAPER = RED[255] + GREEN[255] + BLUE[255]
"""The light of white paper."""
