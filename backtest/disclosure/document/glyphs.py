"""Do the fonts draw the letters that the text says? What is extracted from a PDF is what its tables claim, not its ink.

A font of ours is embedded with its outlines: each must be the outline that our own font has for the letter claimed, or
for a form of it (a figure of equal width, a ligature). Of a stranger's font we know only what it says itself: where its
own table of characters, or the encoding that its letters are drawn by, contradicts the text, a person must look.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from fontTools.agl import toUnicode
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Object, Stream

from backtest.artifacts import templates_folder
from backtest.disclosure.document.tounicode import claimed_texts

MOST_FONTS = 400
"""Fonts held against their text; a page needs five."""
MOST_ALIKE = 3
"""Letters of one font that may look alike: a one, a small l and a large i do in some."""
HYPHENS = "\u00ad\u2010\u2011"
CODECS = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
STANDARD = frozenset({"Helvetica", "Times", "Courier", "Arial"})
MAX_DEPTH = 32

Outline = tuple[Any, ...]


@dataclass(frozen=True)
class GlyphFault:
    """A letter that is drawn otherwise than the text says, or a font that cannot be held against its text.

    ours: the font goes by the name of one of ours.  said: the letter that the text has.  drawn: what is drawn instead.
    """

    font: str
    pages: tuple[int, ...]
    ours: bool
    said: str
    drawn: str

    def __str__(self) -> str:
        return (
            f"{self.font} draws {self.drawn} where the text says {self.said!r}"
            if self.said
            else f"{self.font}: {self.drawn}"
        )


def glyph_faults(data: bytes) -> tuple[GlyphFault, ...]:
    """Every letter of every font that is not what the text says, each once, in the order of the pages."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        fonts = _fonts(pdf)
        found = dict[GlyphFault, None]()
        for font, pages in list(fonts.values())[:MOST_FONTS]:
            name = _name(font)
            said = _faults(font, name)
            found |= dict.fromkeys(GlyphFault(name, pages, ours, text, drawn) for ours, text, drawn in said)
        if len(fonts) > MOST_FONTS:
            rest = f"{len(fonts):,} fonts in one document; only {MOST_FONTS} were held against their text"
            found[GlyphFault("the fonts", (), False, "", rest)] = None
        return tuple(found)


def _fonts(pdf: pikepdf.Pdf) -> dict[object, tuple[Object, tuple[int, ...]]]:
    """Each font with the pages whose resources name it, forms and patterns gone through."""
    found: dict[object, tuple[Object, tuple[int, ...]]] = {}
    for number, page in enumerate(pdf.pages, 1):
        waiting: list[Object] = [page.obj]
        done = set[tuple[int, int]]()
        for _ in range(MAX_DEPTH):
            if not waiting or "/Resources" in waiting[-1] or "/Parent" not in waiting[-1]:
                break
            waiting = [waiting[-1]["/Parent"]]
        while waiting:
            resources = waiting.pop().get("/Resources")
            for font in _values(resources, "/Font"):
                if isinstance(font, Dictionary):
                    place: object = font.objgen if font.is_indirect else font.unparse()
                    pages = found.get(place, (font, ()))[1]
                    found[place] = (font, pages if number in pages else (*pages, number))
            for kind in ("/XObject", "/Pattern"):
                for form in _values(resources, kind):
                    if isinstance(form, Stream) and form.objgen not in done:
                        done.add(form.objgen)
                        waiting.append(form)
    return found


def _values(resources: Object | None, kind: str) -> list[Object]:
    group = resources.get(kind) if isinstance(resources, Dictionary) else None
    return [value for _, value in group.items()] if isinstance(group, Dictionary) else []


def _name(font: Object) -> str:
    """The font's name without the mark of a subset."""
    name = str(font.get("/BaseFont", "/a font without a name")).lstrip("/")
    return name[7:] if name[6:7] == "+" else name


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum()).removesuffix("regular")


@cache
def _vendored() -> Mapping[str, Path]:
    folder = templates_folder() / "factsheet" / "fonts"
    return {_plain(path.stem): path for path in sorted(folder.glob("*.ttf"))}


def _faults(font: Object, name: str) -> Iterator[tuple[bool, str, str]]:
    """(is the font ours, what the text says, what is drawn) of one font."""
    ours = _vendored().get(_plain(name))
    table = font.get("/ToUnicode")
    claims = claimed_texts(table.read_bytes()) if isinstance(table, Stream) else {}
    if font.get("/Subtype") == "/Type3":
        yield from ((False, *fault) for fault in _drawn_alike(font, claims))
        return
    if ours is None and not claims:
        return  # nothing is claimed that could be untrue
    embedded = _embedded(font)
    if ours is not None and embedded is None:
        yield True, "", "goes by the name of our font and is not embedded as ours are"
    elif ours is not None and embedded is not None:
        yield from ((True, *fault) for fault in _unlike_ours(font, embedded, claims, ours))
    elif embedded is not None:
        yield from ((False, *fault) for fault in _contradicted(font, embedded, claims))
    if ours is None and font.get("/Subtype") != "/Type0":
        yield from ((False, *fault) for fault in _encoded_otherwise(font, name, claims))


def _embedded(font: Object) -> TTFont | None:
    below = font.get("/DescendantFonts")
    holder = below[0] if isinstance(below, Array) and len(below) else font
    descriptor = holder.get("/FontDescriptor", Dictionary())
    file = descriptor.get("/FontFile2", descriptor.get("/FontFile3"))
    if not isinstance(file, Stream):
        return None
    try:
        opened = TTFont(io.BytesIO(file.read_bytes()), lazy=True)
        opened.getGlyphOrder()
    except Exception:  # fontTools raises whatever a broken table makes it stumble over
        return None
    return opened


# Fonts of ours


def _unlike_ours(font: Object, embedded: TTFont, claims: Mapping[int, str], ours: Path) -> Iterator[tuple[str, str]]:
    order, numbers = embedded.getGlyphOrder(), _numbers(font, embedded, claims)
    for code, text in claims.items():
        glyph = numbers.get(code)
        drawn = _outline(embedded, order[glyph]) if glyph is not None and glyph < len(order) else None
        if drawn is None:
            yield text, "a box or nothing: there is no such letter in it"
        elif drawn not in _outlines_of(ours, _same(text)):
            yield text, "another shape than our font has"


@cache
def _font(path: Path) -> TTFont:
    return TTFont(path)


@cache
def _outlines_of(path: Path, text: str) -> frozenset[Outline]:
    names = _glyphs_by_text(path).get(text, ())
    return frozenset(shape for name in names if (shape := _outline(_font(path), name)) is not None)


@cache
def _glyphs_by_text(path: Path) -> Mapping[str, frozenset[str]]:
    """Text -> the glyphs that may stand for it: by the font's own table, and by its substitutions from there."""
    texts: dict[str, set[str]] = {}
    for code, glyph in _font(path).getBestCmap().items():
        texts.setdefault(glyph, set()).add(_same(chr(code)))
    for _ in range(3):  # a form of a form of a form
        for glyphs, made in _substitutions(_font(path)):
            for text in _joined([texts.get(glyph, set()) for glyph in glyphs]):
                texts.setdefault(made, set()).add(text)
    found: dict[str, set[str]] = {}
    for glyph, said in texts.items():
        for text in said:
            found.setdefault(text, set()).add(glyph)
    return {text: frozenset(glyphs) for text, glyphs in found.items()}


def _joined(parts: list[set[str]]) -> set[str]:
    whole = {""}
    for part in parts:
        whole = {before + text for before in whole for text in part}
    return whole


def _substitutions(font: TTFont) -> list[tuple[tuple[str, ...], str]]:
    """(glyphs, the glyph that may stand for them) of the font's single, alternate and ligature substitutions."""
    table = font["GSUB"].table if "GSUB" in font else None
    found: list[tuple[tuple[str, ...], str]] = []
    for lookup in table.LookupList.Lookup if table is not None and table.LookupList else ():
        for wrapped in lookup.SubTable:
            part = getattr(wrapped, "ExtSubTable", wrapped)
            for glyph, made in getattr(part, "mapping", {}).items():
                found += [((glyph,), made)] if isinstance(made, str) else []
            for glyph, several in getattr(part, "alternates", {}).items():
                found += [((glyph,), made) for made in several]
            for first, ligatures in getattr(part, "ligatures", {}).items():
                found += [((first, *ligature.Component), ligature.LigGlyph) for ligature in ligatures]
    return found


def _outline(font: TTFont, name: str) -> Outline | None:
    """The shape of a glyph; None where the font cannot draw it."""
    try:
        glyphs = font.getGlyphSet()
        pen = DecomposingRecordingPen(glyphs)
        glyphs[name].draw(pen)
    except Exception:  # see _embedded
        return None
    return tuple(pen.value)


# Strangers' fonts


def _contradicted(font: Object, embedded: TTFont, claims: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Letters of an embedded font whose own table gives their shape to another letter."""
    try:
        order, named = embedded.getGlyphOrder(), embedded.getBestCmap() or {}
    except Exception:  # see _embedded
        return
    known: dict[str, set[str]] = {}
    for code, glyph in named.items():
        known.setdefault(glyph, set()).add(chr(code))
    numbers = _numbers(font, embedded, claims)
    for code, text in claims.items():
        number = numbers.get(code)
        drawn = known.get(order[number], set()) if number is not None and number < len(order) else set()
        if drawn and all(_differ(text, letter) for letter in drawn):
            yield text, " or ".join(map(repr, sorted(drawn)))


def _drawn_alike(font: Object, claims: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Letters of a Type 3 font that share one drawing: the names of its drawings mean nothing, but they must differ."""
    names = {code: f"/{glyph}" for code, glyph in _changes(font)}
    drawings = font.get("/CharProcs", Dictionary())
    shared: dict[bytes, list[str]] = {}
    for code, text in claims.items():
        drawing = drawings.get(names.get(code, "/"))
        if isinstance(drawing, Stream):
            shared.setdefault(bytes(drawing.read_bytes()), []).append(text)
    for texts in shared.values():
        letters = sorted({_same(text).casefold() for text in texts if text.isalnum()})
        if len(letters) > MOST_ALIKE:
            yield letters[0], f"the shape that it draws for {', '.join(map(repr, letters[1:6]))} too"


def _encoded_otherwise(font: Object, name: str, claims: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Letters of a font with one byte a letter whose encoding, by which they are drawn, names another letter."""
    drawn = _encoding(font, name)
    for code, text in claims.items():
        letter = drawn.get(code, "")
        if letter and _differ(text, letter):
            yield text, repr(letter)


def _encoding(font: Object, name: str) -> dict[int, str]:
    """Code -> letter, as far as the font says it in names that mean something."""
    said = font.get("/Encoding")
    base = said.get("/BaseEncoding") if isinstance(said, Dictionary) else said
    found: dict[int, str] = {}
    if str(base) in CODECS:
        found = {code: bytes([code]).decode(CODECS[str(base)], "ignore") for code in range(32, 256)}
    elif any(name.startswith(standard) for standard in STANDARD):
        found = {code: toUnicode(glyph) for code, glyph in enumerate(StandardEncoding)}
    return found | {code: toUnicode(glyph) for code, glyph in _changes(font)}


def _changes(font: Object) -> Iterator[tuple[int, str]]:
    """(code, name of the drawing) as a font's encoding lists them."""
    said = font.get("/Encoding")
    changes = said.get("/Differences") if isinstance(said, Dictionary) else None
    code = 0
    for item in changes.as_list() if isinstance(changes, Array) else ():
        if isinstance(item, int):
            code = item
        else:
            yield code, str(item).lstrip("/")
            code += 1


def _differ(said: str, drawn: str) -> bool:
    """Whether two texts are other letters or figures for the eye: not by case, width or form, and no mere signs."""
    one, other = (unicodedata.normalize("NFKC", text).casefold() for text in (said, drawn))
    return one != other and one.isalnum() and other.isalnum()


def _same(text: str) -> str:
    """Hyphens are one letter, and so are spaces of all kinds."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join("-" if c in HYPHENS else " " if c.isspace() else c for c in plain)


def _numbers(font: Object, embedded: TTFont, codes: Iterable[int]) -> dict[int, int]:
    """Code -> the number of the glyph that it draws, as far as that can be told."""
    below = font.get("/DescendantFonts")
    if not isinstance(below, Array) or not len(below):
        tables = [embedded["cmap"].getcmap(*kind) for kind in ((3, 0), (1, 0))] if "cmap" in embedded else []
        maps = [table.cmap for table in tables if table is not None]
        glyphs = {code: m.get(0xF000 + code, m.get(code)) for m in reversed(maps) for code in codes}
        return {code: embedded.getGlyphID(glyph) for code, glyph in glyphs.items() if glyph is not None}
    if not str(font.get("/Encoding", "")).startswith("/Identity"):
        return {}
    mapped = below[0].get("/CIDToGIDMap")
    if isinstance(mapped, Stream):
        table = bytes(mapped.read_bytes())
        return {c: int.from_bytes(table[2 * c : 2 * c + 2], "big") for c in codes if 2 * c + 1 < len(table)}
    return {code: code for code in codes} if below[0].get("/Subtype") == "/CIDFontType2" else {}
