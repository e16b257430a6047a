"""The mandate orders the sections; it cannot leave out those that carry statements, nor part figures from warnings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.errors import HouseError
from backtest.factsheet.sections import (
    BARE,
    ENDS_WITH_WARNING,
    KEPT,
    NEEDED,
    PERFORMANCE,
    SOURCED,
    USUAL,
    WIDTHS,
    lay_out,
)


def order(chosen) -> dict[str, tuple[str, ...]]:
    return {column: tuple(placed.name for placed in sections) for column, sections in lay_out(chosen).columns.items()}


def message(chosen) -> str:
    with pytest.raises(HouseError) as caught:
        lay_out(chosen)
    assert str(caught.value).startswith("[report.sections]")
    return str(caught.value)


def test_a_mandate_that_says_nothing_has_the_usual_sections_all_of_them_known():
    assert order({}) == USUAL
    assert {name for names in USUAL.values() for name in names} <= set(NEEDED)
    assert set(KEPT) <= set(NEEDED)


def test_the_usual_order_needs_no_warning_and_its_source_follows_the_drawdown():
    every = [placed for column in lay_out({}).columns.values() for placed in column]
    assert not any(placed.warned for placed in every)
    assert [placed.name for placed in every if placed.sourced] == ["drawdown"]


def test_a_section_named_elsewhere_leaves_its_usual_column():
    assert order({"second_foot": ("risks", "limits", "drawdown", "important")})["first_main"] == tuple(
        name for name in USUAL["first_main"] if name != "drawdown"
    )


def test_a_section_that_carries_no_statement_can_be_left_out():
    chosen = {"second_right": ("exposures",), "first_main": ("returns",)}
    assert "risk_figures" not in lay_out(chosen).names
    assert "tiles" not in lay_out(chosen).names


@pytest.mark.parametrize("name", KEPT)
def test_a_section_that_carries_statements_cannot(name):
    column = next(column for column, names in USUAL.items() if name in names)
    said = message({column: tuple(other for other in USUAL[column] if other != name)})
    assert f"{name!r} is left out, and may not be: {KEPT[name]}" in said


@pytest.mark.parametrize(
    ("chosen", "part"),
    [
        ({"first_main": ("tile",)}, "first_main: no such section 'tile'. Did you mean tiles? Allowed: objective,"),
        ({"first_man": ("tiles",)}, "first_man: no such column. Did you mean first_main? Allowed: first_side,"),
        ({"first_main": ("tiles", "returns", "tiles")}, "'tiles' stands twice"),
        ({"first_main": ("returns",), "second_foot": ("returns",)}, "'returns' stands twice"),
        (
            {"first_side": ("returns",)},
            "'returns' needs 330 pt and the column has 161. Put it in first_main, first_foot,",
        ),
        ({"first_side": ("header",)}, "no such section 'header'"),
    ],
)
def test_a_mistake_is_one_sentence(chosen, part):
    assert part in message(chosen)


WIDE_ENOUGH = {name: st.sampled_from([c for c, width in WIDTHS.items() if width >= NEEDED[name]]) for name in NEEDED}


@given(st.permutations(sorted(NEEDED)), st.fixed_dictionaries(WIDE_ENOUGH))
def test_wherever_performance_stands_a_warning_touches_it(names, places):
    layout = lay_out({column: tuple(n for n in names if places[n] == column) for column in WIDTHS})
    for column in layout.columns.values():
        above = ""
        for placed in column:
            assert placed.name not in BARE or placed.warned or above in ENDS_WITH_WARNING
            above = placed.name
    assert layout.names == set(NEEDED)


@given(st.fixed_dictionaries(WIDE_ENOUGH), st.sets(st.sampled_from(sorted(set(NEEDED) - set(KEPT)))))
def test_page_1_states_the_source_of_its_performance_once_or_in_a_section(places, left_out):
    layout = lay_out({c: tuple(n for n in places if places[n] == c and n not in left_out) for c in WIDTHS})
    placed = [p for column, inside in layout.columns.items() if column.startswith("first") for p in inside]
    names = {p.name for p in placed}
    assert sum(p.sourced for p in placed) == bool(names & PERFORMANCE)
    elsewhere = [p for inside in layout.columns.values() for p in inside if p.name not in names]
    assert {p.name for p in elsewhere if p.sourced} <= SOURCED


def test_a_chart_is_drawn_as_wide_as_its_column():
    layout = lay_out({"second_foot": ("risks", "limits", "drawdown", "important")})
    assert layout.width("drawdown", 1.0) == WIDTHS["second_foot"]
    assert lay_out({"first_main": ("returns",)}).width("drawdown", 1.0) == 1.0
