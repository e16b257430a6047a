"""Spread limits of a UCITS, worked by hand, and at their edges."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from backtest.metrics.spread import spread, summarise_spread

DAYS = np.array(["2024-01-31", "2024-02-29"], dtype="datetime64[D]")


def one(weights, bodies=None, groups=None):
    names = bodies or tuple(f"B{k}" for k in range(len(weights)))
    return spread(np.array([weights]), names, groups or names)


def test_seven_names_of_six_per_cent_are_more_than_forty_together():
    found = one([0.06] * 7 + [0.029] * 20)
    assert found.largest[0] == pytest.approx(0.06)
    assert found.large_together[0] == pytest.approx(0.42)
    assert found.breached[0]


@pytest.mark.parametrize(
    ("weights", "breached"),
    [
        ([0.10] * 4 + [0.05] * 12, False),
        ([0.1001] + [0.05] * 17, True),
        ([0.08] * 5 + [0.05] * 12, False),
        ([0.0801] * 5 + [0.05] * 11, True),
        ([0.05] * 20, False),
        ([], False),
    ],
)
def test_the_limits_at_their_edges(weights, breached):
    assert bool(one(weights).breached[0]) is breached


def test_lines_of_one_issuer_are_added_up():
    found = one([0.06, 0.05, 0.03], ("A", "A", "B"))
    assert found.largest[0] == pytest.approx(0.11)
    assert found.breached[0]


def test_a_group_of_companies_may_reach_twenty():
    assert not one([0.10, 0.10], ("A", "B"), ("G", "G")).breached[0]
    assert one([0.10, 0.07, 0.0301], ("A", "B", "C"), ("G", "G", "G")).breached[0]


def test_the_worst_of_all_rebalances_and_the_first_that_breaks_a_limit():
    found = spread(np.array([[0.04, 0.03], [0.12, 0.03]]), ("A", "B"), ("A", "B"))
    summary = summarise_spread(found, DAYS)
    assert (summary.rebalances, summary.breaches, summary.first_breach) == (2, 1, date(2024, 2, 29))
    assert summary.largest == pytest.approx(0.12)
    assert summary.large_together == pytest.approx(0.12)


def test_no_rebalance_breaks_nothing():
    summary = summarise_spread(spread(np.zeros((0, 2)), ("A", "B"), ("A", "B")), DAYS[:0])
    assert (summary.rebalances, summary.breaches, summary.first_breach, summary.largest) == (0, 0, None, 0.0)
