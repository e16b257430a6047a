"""How closely a sheet is set: guesses and steps, without a renderer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.factsheet import fit
from backtest.factsheet.forecast import Forecast
from backtest.render import LaidOut

LEVEL = st.integers(0, fit.LEVELS - 1)
HEIGHTS = st.lists(st.floats(0, 1000), min_size=fit.LEVELS, max_size=fit.LEVELS).map(lambda h: sorted(h, reverse=True))


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


def test_a_page_goes_as_many_levels_as_the_forecast_says():
    heights = [800, 770, 735, 700, 672, 640, 610]
    assert fit.next_level(heights, 1, 69.0, 2, 6) == 3
    assert fit.next_level(heights, 1, 71.0, 2, 6) == 4
    assert fit.next_level(heights, 1, 900.0, 2, 6) == 6
    assert fit.next_level(heights, 4, -20.0, 0, 4) == 4
    assert fit.next_level(heights, 4, -28.0 + fit.NEARLY, 0, 4) == 3
    assert fit.next_level(heights, 4, -70.0, 0, 4) == 2
    assert fit.next_level(heights, 4, -70.0, 3, 4) == 3


@given(LEVEL, st.floats(0.1, 2000), HEIGHTS)
def test_what_runs_over_is_never_tried_again_nor_roomier(level, over, heights):
    low = min(level + 1, fit.LEVELS - 1)
    assert fit.next_level(heights, level, over, low, fit.LEVELS - 1) >= low


@given(LEVEL, st.floats(-2000, 0), LEVEL, HEIGHTS)
def test_what_fits_never_gets_closer(level, over, low, heights):
    assert fit.next_level(heights, level, over, min(low, level), level) <= level


def page(n: int) -> str:
    return f'<body><section id="page-1"><p>{"xx " * n}</p></section><section id="page-2"><p>{"xx " * n}</p></section>'


@settings(deadline=None)
@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 4))
def test_more_text_is_never_begun_roomier(less, more, size):
    few, many = (fit.begin(Forecast(page(n)), size) for n in sorted((less, more)))
    assert all(a <= b for a, b in zip(few, many, strict=True))
    assert all(0 <= level < fit.LEVELS for level in many)


def test_what_the_forecast_puts_too_high_is_forgiven_and_what_it_puts_too_low_is_not():
    told = Forecast(page(500))
    first, second = (told.over(page, 0, 3, seen=True) for page in (0, 1))
    assert fit.slack(told, 0, (3, 3), (first - 30.0, second + 30.0)) == (pytest.approx(fit.SLACK + 30.0), fit.SLACK)


def test_what_a_box_keeps_free_below_its_text_must_fit_too():
    """The closing line's box is 10.5 mm high, whatever its text: level 0 would have room for the text alone."""
    told = Forecast(page(50).replace("</section>", '<p class="closing">xx</p></section>'))
    kept = told.over(1, 0, 3) - told.over(1, 0, 3, seen=True)
    assert kept > 15.0
    assert fit.of_boxes(told, 0, (3, 3), (-40.0, -40.0)) == pytest.approx((kept - 40.0, kept - 40.0))
    assert fit.of_boxes(told, 0, (3, 3), (12.0, -1.0)) == (12.0, 0.0)


def test_a_way_fits_when_each_page_does_at_the_closest_level():
    words = next(n for n in range(100, 20_000, 100) if not fit.fits(Forecast(page(n)), 0))
    assert fit.fits(Forecast(page(words - 100)), 0)
    assert fit.fits(Forecast(page(words)), 4)
    assert fit.fits(Forecast(page(words)), 0, (500.0, 500.0))
    assert not fit.fits(Forecast(page(words)), 0, (500.0, 0.0))
