"""What the sheet is set with: fonts of our own name that hold what is printed, a style sheet that cannot hide text."""

from __future__ import annotations

import re

import pytest
from fontTools.ttLib import TTFont

from backtest.artifacts import templates_folder
from backtest.errors import RenderError
from backtest.factsheet import sections
from backtest.render import WEIGHTS, pdf

FOLDER = templates_folder() / "factsheet"
NEEDED = "ABCxyz0123456789+%.,;:()/&−–—‘’“”•·€£$¥→↑↓≤≥×éüßłŞőžΑωЖя"
HIDING = {"float", "position", "overflow", "opacity", "transform", "text-transform", "visibility", "clip", "filter"}
HIDING |= {"text-indent", "letter-spacing", "z-index"}


@pytest.fixture(params=sorted(WEIGHTS.items()), ids=lambda item: item[1])
def font(request):
    weight, name = request.param
    return weight, TTFont(FOLDER / "fonts" / name)


def test_a_font_carries_its_own_name_and_weight(font):
    weight, ttf = font
    names = {record.nameID: str(record) for record in ttf["name"].names}
    assert names.get(16, names[1]).startswith("Jevons Sans")
    assert not any("Source" in names.get(i, "") for i in (1, 2, 3, 4, 6, 16, 17))  # reserved by its licence
    assert ttf["OS/2"].usWeightClass == weight
    assert "fvar" not in ttf


def test_a_font_holds_every_character_a_sheet_prints(font):
    cmap = font[1].getBestCmap()
    assert [c for c in NEEDED if ord(c) not in cmap] == []


def test_figures_stand_in_columns(font):
    ttf = font[1]
    cmap = ttf.getBestCmap()
    assert len({ttf["hmtx"][cmap[ord(c)]][0] for c in "0123456789"}) == 1


def test_fonts_come_with_their_licence_and_are_small():
    folder = FOLDER / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8").upper()
    assert {p.name for p in folder.glob("*.ttf")} == set(WEIGHTS.values())
    assert all(p.stat().st_size < 250_000 for p in folder.glob("*.ttf"))


def test_a_font_that_is_not_the_one_that_ships_stops_a_render(tmp_path, monkeypatch):
    """Another file under its name could draw another letter than the text says."""
    name = WEIGHTS[700]
    (tmp_path / name).write_bytes((FOLDER / "fonts" / name).read_bytes() + b" ")
    monkeypatch.setattr(pdf, "_fonts_folder", lambda: tmp_path)
    pdf._font.cache_clear()
    with pytest.raises(RenderError) as caught:
        pdf._font(name)
    pdf._font.cache_clear()
    assert str(caught.value) == f"{name}: not the font that ships, by its SHA-256. Install Jevons again."
    assert set(pdf.FONT_SHA256) == set(WEIGHTS.values())


def test_the_style_sheet_uses_nothing_that_can_hide_text():
    css = re.sub(r"/\*.*?\*/", "", (FOLDER / "sheet.css").read_text(encoding="utf-8"), flags=re.S)
    used = set(re.findall(r"([a-z-]+)\s*:", css))
    assert used & HIDING == set()
    assert "display: none" not in css
    boxed = [rule for rule in re.findall(r"([^{}]+)\{([^}]*)\}", css) if re.search(r"(?<![-a-z])height\s*:", rule[1])]
    assert {selector.strip() for selector, _ in boxed} == {".fill", ".tick"}  # the two that hold no text


def test_small_print_is_never_smaller_than_seven_points():
    css = (FOLDER / "sheet.css").read_text(encoding="utf-8")
    assert min(float(size) for size in re.findall(r"(?:font-size:|font:) ([\d.]+)pt", css)) == 7.0


def test_no_statement_of_a_template_is_written_in_the_template():
    """Warnings come from the rules: a template holds headings and labels only."""
    for path in [FOLDER / "page.html", *(FOLDER / "sections").glob("*.html")]:
        words = re.sub(r"\{[{%].*?[%}]\}|<[^>]+>", " ", path.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"\b(reliable|capital is at risk|not advice|get back)\b", words), path.name


def test_every_section_can_be_placed_or_stands_in_the_page():
    page = (FOLDER / "page.html").read_text(encoding="utf-8")
    named = set(re.findall(r"sections/(\w+)\.html", page))
    assert {p.stem for p in (FOLDER / "sections").glob("*.html")} == set(sections.NEEDED) | named
    assert named == set(sections.ALWAYS)


@pytest.mark.parametrize("words", ["| round", "| float", "| int", "* 100", "format("])
def test_templates_compute_nothing(words):
    for path in FOLDER.rglob("*.html"):
        assert words not in path.read_text(encoding="utf-8"), path.name
