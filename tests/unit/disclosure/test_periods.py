"""How prominent 12-month figures are beside other performance, from lines put where each case needs them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from backtest.disclosure.checks.periods import discrete_prominent
from backtest.disclosure.reading import Line

OPTIONS = {"least_size": 0.97, "weight": True, "page": True}
PERIODS = {"perf.strategy.discrete.1": 0.081, "perf.strategy.discrete.2": -0.02, "perf.strategy.discrete.3": None}


def line(text, index, *, page=1, size=8.0, bold=False, top=100.0):
    return Line((index,), text, page, (50.0 * index, top, 50.0 * index + 40.0, top + 8.0), size, bold)


def asked(facts_of, own, others, facts=PERIODS, has_facts=True):
    lines = [*own, *others]
    case = SimpleNamespace(
        facts=facts_of(facts), has_facts=has_facts, reading=SimpleNamespace(lines=lines),
        performance_pages=sorted({one.page for one in lines}), blocks=[SimpleNamespace(figures=tuple(lines))],
    )  # fmt: skip
    answer = discrete_prominent(case, None, OPTIONS)
    return answer.outcome.name, answer.reason


def row(**look):
    return [line("−2.0%", 1, **look), line("+8.1%", 2, **look), line("no data", 3, **look)]


@pytest.mark.parametrize(
    ("own", "other", "outcome", "said"),
    [
        ({}, {}, "PASS", "the 12-month figures, 8.0 pt, are no less prominent than 2 other figures"),
        ({}, {"size": 8.24}, "PASS", ""),
        ({}, {"size": 8.25}, "FAIL", "in smaller type, 8.0 pt, and other performance, '+9.9%' is 8.2 pt on page 1"),
        ({}, {"bold": True}, "FAIL", "in lighter type, and other performance, '+9.9%'"),
        ({"bold": True}, {"bold": True}, "PASS", ""),
        ({"bold": True}, {}, "PASS", ""),
        ({"page": 2}, {}, "FAIL", "first on page 2, and other performance, '+9.9%' is 8.0 pt on page 1"),
        ({}, {"page": 2}, "PASS", ""),
    ],
)
def test_they_are_as_large_as_bold_and_as_early_as_any_other(facts_of, own, other, outcome, said):
    found = asked(facts_of, row(**own), [line("+9.9%", 7, top=300.0, **other)])
    assert found[0] == outcome, found
    assert said in found[1]


def test_where_the_row_is_not_found_or_no_facts_came_along_a_person_looks(facts_of):
    apart = [line("−2.0%", 1), line("+8.1%", 2, top=200.0)]
    assert asked(facts_of, apart, []) == ("NEEDS_REVIEW", "the row of the product's 12-month figures was not found")
    assert asked(facts_of, row(), [], has_facts=False)[0] == "NEEDS_REVIEW"


def test_a_young_product_has_no_figure_that_could_be_less_prominent(facts_of):
    blank = [line("no data", 1), line("no data", 2)]
    found = asked(facts_of, blank, [line("+9.9%", 7, size=20.0)], facts={"perf.strategy.discrete.1": None})
    assert found == ("PASS", "no 12-month period of the product has a figure yet")
