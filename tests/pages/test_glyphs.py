"""What is drawn is what is read: each glyph of the PDF is the vendored font's glyph for the character it stands for."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from backtest.artifacts import templates_folder

FONTS = {
    "Jevons-Sans": "JevonsSans-Regular.ttf",
    "Jevons-Sans-Semi-Bold": "JevonsSans-SemiBold.ttf",
    "Jevons-Sans-Bold": "JevonsSans-Bold.ttf",
}
NOBODY = "\uffff"
"""What every font says of its box for a missing character; that none is drawn, the renderer's log says."""
PAIR = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")


def wrong_glyphs(pdf: pikepdf.Pdf) -> list[str]:
    """A line for each font that is not ours, and each glyph that is not our font's for its character."""
    found = []
    for font in pdf.objects:
        if not (isinstance(font, pikepdf.Dictionary) and font.get("/Subtype") == "/Type0"):
            continue
        name = str(font.BaseFont).split("+")[-1]
        if name not in FONTS:
            found.append(f"{name} is not one of ours")
            continue
        ours = TTFont(templates_folder() / "factsheet" / "fonts" / FONTS[name])
        descriptor = font.DescendantFonts[0].FontDescriptor
        stream = descriptor.get("/FontFile2", descriptor.get("/FontFile3"))
        theirs = TTFont(io.BytesIO(stream.read_bytes()))
        for glyph, text in PAIR.findall(font.ToUnicode.read_bytes()):
            number, character = int(glyph, 16), bytes.fromhex(text.decode()).decode("utf-16-be")
            if (number, character) == (0, NOBODY):
                continue
            wanted = ours.getBestCmap().get(ord(character)) if len(character) == 1 else None
            if wanted is None or ours.getGlyphID(wanted) != number:
                found.append(f"{name}: glyph {number} stands for {character!r} and is another's")
            elif drawn(ours, number) != drawn(theirs, number):
                found.append(f"{name}: {character!r} is drawn otherwise")
    return found


def drawn(font: TTFont, number: int) -> list[tuple[str, tuple[object, ...]]]:
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[font.getGlyphName(number)].draw(pen)
    return list(pen.value)


def test_every_glyph_of_the_demo_is_true(demo_sheet):
    with pikepdf.open(io.BytesIO(demo_sheet.pdf)) as pdf:
        assert wrong_glyphs(pdf) == []


@pytest.fixture
def opened(demo_sheet):
    with pikepdf.open(io.BytesIO(demo_sheet.pdf)) as pdf:
        yield pdf


def fonts(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Subtype") == "/Type0"]


def test_a_foreign_font_is_found(opened):
    fonts(opened)[0].BaseFont = pikepdf.Name("/ABCDEF+DejaVu-Sans")
    assert wrong_glyphs(opened) == ["DejaVu-Sans is not one of ours"]


def test_a_glyph_that_stands_for_another_character_is_found(opened):
    table = fonts(opened)[0].ToUnicode
    table.write(re.sub(rb"<0061>", b"<0062>", table.read_bytes()))
    assert any("stands for 'b'" in line for line in wrong_glyphs(opened))


def test_a_glyph_drawn_from_another_font_is_found(opened):
    first, second, *_ = (font.DescendantFonts[0].FontDescriptor for font in fonts(opened))
    key = "/FontFile2" if "/FontFile2" in first else "/FontFile3"
    first[key] = second[key]
    assert any("drawn otherwise" in line for line in wrong_glyphs(opened))
