"""How much room text takes, told before any layout."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.artifacts import templates_folder
from backtest.factsheet import forecast, room
from backtest.render import text_width

HEIGHTS = st.lists(st.floats(0.5, 500), max_size=30)


def test_no_words_take_no_line_and_a_word_that_is_too_wide_takes_one():
    assert room.lines([("", 8.0, 400), ("  ", 8.0, 600)], 100.0) == 0
    assert room.lines([("Unbreakable", 8.0, 400)], 3.0) == 1


def test_a_line_breaks_before_the_word_that_no_longer_fits():
    width = text_width("one two", 8.0)
    assert room.lines([("one two", 8.0, 400)], width + 0.01) == 1
    assert room.lines([("one two", 8.0, 400)], width - 0.01) == 2
    assert room.lines([("one ", 8.0, 600), ("two", 8.0, 400)], width + 0.01) == 2


def test_words_that_touch_have_no_space_between_them():
    def spaced(*runs):
        return [(word, apart) for word, *_, apart in room.words([(text, 8.0, 400) for text in runs])]

    assert spaced("A term", ": what it means") == [
        ("A", False), ("term", True), (":", False), ("what", True), ("it", True), ("means", True)
    ]  # fmt: skip
    assert spaced("one", " ", "two") == spaced("one ", "two") == spaced("one", " two") == spaced("one two")
    assert spaced("one", room.BREAK, "two") == [("one", False), (room.BREAK, False), ("two", False)]


def test_a_no_break_space_keeps_words_on_one_line():
    """As the renderer sets it: '−37,1 %' in German and French."""
    wide = text_width("low −37,1", 8.0) + 0.01
    assert room.lines([("low −37,1 %", 8.0, 400)], wide) == 2
    assert [word for word, *_ in room.words([("low −37,1\u00a0%", 8.0, 400)])] == ["low", "−37,1\u00a0%"]


def test_the_longest_line_and_the_narrowest_column():
    runs = [("One ", 8.0, 600), ("and/or another", 8.0, 400)]
    parts = text_width("One", 8.0, weight=600), text_width(" ", 8.0), text_width("and/or another", 8.0)
    assert room.longest(runs) == pytest.approx(sum(parts))
    assert room.widest_piece(runs) == text_width("another", 8.0)
    assert room.longest([]) == room.widest_piece([]) == 0.0
    broken = [("Oct 2021 –", 8.0, 400), (room.BREAK, 8.0, 400), ("Oct", 8.0, 400)]
    assert room.longest(broken) == pytest.approx(text_width("Oct 2021 –", 8.0))
    assert room.widest_piece(broken) == text_width("2021", 8.0)


def test_columns_part_where_the_higher_one_is_lowest():
    assert room.halves("abcd", [10, 10, 10, 30]) == (["a", "b", "c"], ["d"])
    assert room.halves("abc", [30, 10, 10]) == (["a"], ["b", "c"])
    assert room.halves("abc", [10, 10, 10]) == (["a", "b"], ["c"])
    assert room.halves("a", [5]) == (["a"], [])
    assert room.halves("", []) == ([], [])


@given(HEIGHTS)
def test_no_other_parting_is_lower_and_nothing_is_lost(heights):
    left, right = room.halves(range(len(heights)), heights)
    assert left + right == list(range(len(heights)))
    highest = max(sum(heights[: len(left)]), sum(heights[len(left) :]))
    assert all(highest <= max(sum(heights[:k]), sum(heights[k:])) + 1e-5 for k in range(len(heights) + 1))


@pytest.mark.parametrize("size", range(len(room.TYPE_SIZES)))
def test_sizes_of_type_are_those_of_the_style_sheet(size):
    css = (templates_folder() / "factsheet" / "sheet.css").read_text(encoding="utf-8")
    rule = r"body \{[^}]*font-size: ([\d.]+)pt" if size == 0 else rf"body\.type-{size} \{{ font-size: ([\d.]+)pt"
    found = re.search(rule, css)
    assert found is not None
    assert float(found[1]) == room.TYPE_SIZES[size]


def test_levels_are_those_of_the_style_sheet():
    css = (templates_folder() / "factsheet" / "sheet.css").read_text(encoding="utf-8")
    rules = re.findall(
        r"^\.(?:page|density-\d) \{ --gap: ([\d.]+)pt; --cell: ([\d.]+)pt;(?: line-height: ([\d.]+);)? \}", css, re.M
    )
    usual = re.search(r"^html \{[^}]*line-height: ([\d.]+)", css, re.M)
    assert usual is not None
    found = [(float(gap), float(cell), float(leading or usual[1])) for gap, cell, leading in rules]
    assert found == list(zip(forecast.GAPS, forecast.CELLS, forecast.LEADINGS, strict=True))


@pytest.mark.parametrize(("section", "chart"), [("growth", "growth"), ("drawdown", "drawdown"), ("themes", "themes")])
def test_a_chart_is_told_by_its_class(section, chart):
    html = (templates_folder() / "factsheet" / "sections" / f"{section}.html").read_text(encoding="utf-8")
    assert f'class="chart {chart}"' in html
    assert chart in forecast.CHARTS


@pytest.mark.parametrize("mark", ["/", "-"])
def test_a_word_goes_on_in_the_next_line_after_a_slash_or_a_hyphen(mark):
    """As the renderer sets it: an address does not take a line of its own because it is long."""
    wide = text_width(f"Free from www.example.com{mark}", 8.2) + 1.0
    assert room.lines([(f"Free from www.example.com{mark}documents, in English", 8.2, 400)], wide) == 2
    assert room.lines([("Free from www.example.com.documents, in English", 8.2, 400)], wide) == 3


def test_a_date_or_a_fraction_stays_whole():
    wide = text_width("before 2014-", 8.2) + 1.0
    assert room.lines([("before 2014-11-03", 8.2, 400)], wide) == 2
    assert room.lines([("before 2014-seven", 8.2, 400)], wide) == 2
    assert room.lines([("so many as 7/12", 8.2, 400)], text_width("so many as 7/", 8.2) + 1.0) == 2
