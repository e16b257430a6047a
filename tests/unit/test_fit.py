"""How closely a sheet is set: guesses and steps, without a renderer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.factsheet import fit
from backtest.render import LaidOut

LEVEL = st.integers(0, fit.LEVELS - 1)


def laid(heights: tuple[float, ...], rooms: tuple[float, ...], second: int) -> LaidOut:
    return LaidOut(len(heights), (), heights, rooms, {"page-2": second}, None)


def test_what_stands_on_a_page_too_many_is_how_far_it_runs_over():
    assert fit.overrun(laid((800, 740), (5, 3), 2)) == (-5, -3)
    assert fit.overrun(laid((146, 754, 728, 211), (657, 18, 15, 531), 3)) == (754, 211)
    assert fit.overrun(laid((800, 740, 0), (5, 3, 700), 2)) == (-5, 1.0)


def test_three_pages_are_told_apart():
    third = LaidOut(5, (), (700, 90, 650, 720, 40), (5, 600, 50, 3, 690), {"page-2": 3, "page-3": 4}, None)
    assert fit.overrun(third, 3) == (90, -50, 40)


def test_text_in_the_margin_leaves_no_room_and_is_not_over():
    assert fit.overrun(laid((800, 740), (-5, -3), 2)) == (0, 0)


def test_a_page_goes_as_many_levels_as_it_runs_over():
    assert fit.next_level(1, 2.5 * fit.STEP, 2, 6) == 4
    assert fit.next_level(1, 90 * fit.STEP, 2, 6) == 6
    assert fit.next_level(4, -0.9 * fit.STEP, 0, 4) == 4
    assert fit.next_level(4, -2.1 * fit.STEP, 0, 4) == 2
    assert fit.next_level(4, -2.1 * fit.STEP, 3, 4) == 3


@given(LEVEL, st.floats(0.1, 2000))
def test_what_runs_over_is_never_tried_again_nor_roomier(level, over):
    low = min(level + 1, fit.LEVELS - 1)
    assert fit.next_level(level, over, low, fit.LEVELS - 1) >= low


@given(LEVEL, st.floats(-2000, 0), LEVEL)
def test_what_fits_never_gets_closer(level, over, low):
    assert fit.next_level(level, over, min(low, level), level) <= level


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 4))
def test_more_text_is_never_guessed_roomier(less, more, size):
    def page(n: int) -> str:
        return f'<body><section id="page-1"><p>{"x" * n}</p></section><section id="page-2"><p>{"x" * n}</p></section>'

    few, many = sorted((less, more))
    assert all(a <= b for a, b in zip(fit.guess(page(few), size), fit.guess(page(many), size), strict=True))
    assert all(0 <= level < fit.LEVELS for level in fit.guess(page(many), size))


@pytest.mark.parametrize(("over", "expected"), [(0.5, 1), (fit.SIZE_SAVES, 1), (fit.SIZE_SAVES + 1, 2), (200.0, 5)])
def test_a_page_that_runs_far_over_passes_over_sizes_that_cannot_fit(over, expected):
    assert fit.sizes(over) == expected
