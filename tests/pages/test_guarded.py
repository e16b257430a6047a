"""A firm's own templates cannot take the machine with them, in a run as in a batch."""

from __future__ import annotations

import pytest

from backtest.artifacts import templates_folder
from backtest.errors import RenderError
from backtest.factsheet import House, make_guarded, make_sheet, page_guarded
from backtest.render import RenderLimits

FEW = RenderLimits(wall_seconds=60.0, processor_seconds=6, memory=4 << 30)
LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
EATS = "{{ 'x' * 9999999999 }}"


def house_of(tiles: str) -> House:
    """A house whose tiles are as given, past the check that would refuse them when a mandate is read."""
    return House(templates={"sections/tiles.html": tiles})


@pytest.mark.parametrize("make", ["sheet", "preview"])
def test_a_template_that_loops_is_stopped(demo_facts, demo_statements, make):
    with pytest.raises(
        RenderError, match=r"took more than a render may \(60 s in all, 6 s of processor time, 4,096 MB"
    ):
        made(make, demo_facts, demo_statements, LOOPS)


@pytest.mark.parametrize("make", ["sheet", "preview"])
def test_a_template_that_eats_memory_is_stopped(demo_facts, demo_statements, make):
    with pytest.raises(RenderError, match=r"took more memory than a render may .*\. Make it simpler\."):
        made(make, demo_facts, demo_statements, EATS)


def made(make: str, facts, statements, tiles: str) -> object:
    if make == "preview":
        return page_guarded(facts, statements, house_of(tiles), FEW)
    return make_guarded(facts, statements, identifier="x", house=house_of(tiles), limits=FEW)


def test_a_fault_of_a_template_is_told_as_it_is_without_limits(demo_facts, demo_statements):
    with pytest.raises(RenderError, match="UndefinedError: 'nobody' is undefined"):
        page_guarded(demo_facts, demo_statements, house_of("{{ nobody }}"), FEW)


def test_a_sheet_made_within_limits_is_the_same_to_the_byte(demo_facts, demo_statements):
    own = (templates_folder() / "factsheet" / "sections" / "tiles.html").read_text(encoding="utf-8")
    given = {"identifier": "x", "house": house_of(own)}
    within = make_guarded(demo_facts, demo_statements, **given)
    assert within == make_sheet(demo_facts, demo_statements, **given)
