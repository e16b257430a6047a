"""Small facts and printed pages for the disclosure tests."""

from __future__ import annotations

import io
from datetime import date
from importlib import util
from pathlib import Path

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from backtest.artifacts import templates_folder
from backtest.facts import Fact, Facts


@pytest.fixture(scope="session")
def facts_of():
    """Facts from {id: value}; percentages for fractions, otherwise by the value's own type."""

    def make(values, basis="simulated", charges="net"):
        made = {}
        for fact_id, value in values.items():
            unit = {bool: "flag", str: "text", int: "count", date: "date"}.get(type(value), "percent")
            made[fact_id] = Fact(fact_id, fact_id, value, unit, 1 if unit == "percent" else 0, None, basis, "test",
                                 charges=charges)  # fmt: skip
        return Facts(made, {})

    return make


@pytest.fixture(scope="session")
def printed(print_page):
    """A PDF from a scrap of HTML."""
    style = "<style>@page { size: A5; margin: 12mm } body { font: 9pt 'Jevons Sans' }</style>"

    def make(markup):
        return print_page(f'<html lang="en"><title>t</title>{style}{markup}')

    return make


@pytest.fixture(scope="session")
def draw():
    """A PDF from a page's own operators. /F is our font, one byte a letter, embedded; `dress` adds what else it needs.

    dress(pdf, page) is called before the file is written, with the open file and its page's dictionary.
    """
    font_file = (templates_folder() / "factsheet" / "fonts" / "JevonsSans-Regular.ttf").read_bytes()
    widths = _widths(font_file)

    def make(operators, dress=None, size=(300, 300)):
        with pikepdf.new() as pdf:
            pdf.add_blank_page(page_size=size)
            page = pdf.pages[0].obj
            descriptor = pikepdf.Dictionary(
                Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name("/JevonsSans-Regular"), Flags=32,
                FontBBox=[0, -400, 1000, 1024], ItalicAngle=0, Ascent=1024, Descent=-400, CapHeight=700, StemV=80,
                FontFile2=pdf.make_stream(font_file),
            )  # fmt: skip
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.TrueType, BaseFont=pikepdf.Name("/JevonsSans-Regular"),
                FirstChar=32, LastChar=126, Widths=widths, Encoding=pikepdf.Name.WinAnsiEncoding,
                FontDescriptor=pdf.make_indirect(descriptor),
            )  # fmt: skip
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))
            if dress is not None:
                dress(pdf, page)
            page.Contents = pdf.make_stream(operators if isinstance(operators, bytes) else operators.encode("latin-1"))
            out = io.BytesIO()
            pdf.save(out, static_id=True)
            return out.getvalue()

    return make


def _widths(font_file):
    font = TTFont(io.BytesIO(font_file))
    names, per_em = font.getBestCmap(), font["head"].unitsPerEm
    return [round(1000 * font["hmtx"][names[code]][0] / per_em) for code in range(32, 127)]


@pytest.fixture(scope="session")
def lato():
    """The style that sets a page in another house's type."""
    found = util.find_spec("fontpkg_lato")
    assert found is not None and found.origin is not None
    file = Path(found.origin).parent / "files" / "Lato-Regular.ttf"
    face = f"@font-face {{ font-family: L; src: url('{file.as_uri()}') }}"
    return f"<style>{face} body {{ font-family: L !important }}</style>"


@pytest.fixture(scope="session")
def with_cmap(lato):
    """Embeds each font whole, with its own table of characters: a subset may have lost it."""
    file = Path(lato.split("file://")[1].split("'")[0])

    def make(pdf):
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            for item in opened.objects:
                if isinstance(item, pikepdf.Dictionary) and "/FontFile2" in item:
                    item.FontFile2 = opened.make_stream(file.read_bytes())
            out = io.BytesIO()
            opened.save(out)
        return out.getvalue()

    return make
