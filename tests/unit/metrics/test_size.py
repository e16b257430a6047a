"""Size groups: where a name stands in the market's value, from the largest down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.metrics.size import share_below, size_groups

weights = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40).map(lambda w: np.array(w) / np.sum(w))


@pytest.mark.parametrize(
    ("given_weights", "expected"),
    [
        ([0.5, 0.3, 0.15, 0.05], ["large", "large", "mid", "small"]),
        ([0.05, 0.15, 0.3, 0.5], ["small", "mid", "large", "large"]),
        ([0.7, 0.2, 0.1], ["large", "mid", "small"]),
        ([0.1] * 10, ["large"] * 7 + ["mid"] * 2 + ["small"]),
        ([1.0], ["large"]),
        ([1.0, 0.0, np.nan], ["large", "outside", "outside"]),
    ],
)
def test_a_name_s_group_is_where_it_begins(given_weights, expected):
    assert list(size_groups(np.array(given_weights))) == expected


@given(weights)
def test_groups_are_in_order_and_large_ones_hold_seventy_per_cent(held):
    groups = np.array(size_groups(held))
    rank = {"large": 0, "mid": 1, "small": 2}
    ordered = [rank[g] for g in groups[np.argsort(-held, kind="stable")]]
    assert ordered == sorted(ordered)
    assert held[groups == "large"].sum() >= 0.7 - 1e-9
    assert held[groups != "small"].sum() >= 0.9 - 1e-9
    assert held[groups == "small"].sum() <= 0.1 + 1e-9


@given(weights, st.randoms())
def test_the_order_in_which_names_come_changes_nothing(held, random):
    """Apart from names of one weight, of which any may be the last of its group."""
    order = list(range(len(held)))
    random.shuffle(order)
    mixed = size_groups(held[order])
    if len(set(held)) == len(held):
        assert [mixed[order.index(i)] for i in range(len(held))] == list(size_groups(held))


@pytest.mark.parametrize(("value", "share"), [(1_999.0, 0.1), (2_000.0, 0.0), (2_001.0, 0.0)])
def test_the_share_below_a_cut_at_the_cut(value, share):
    assert share_below(np.array([0.1, 0.9]), np.array([value, 5_000.0]), 2_000.0) == pytest.approx(share)


def test_an_unknown_value_of_a_holding_makes_the_share_unknown():
    values = np.array([np.nan, 500.0])
    assert share_below(np.array([0.1, 0.9]), values, 2_000.0) is None
    assert share_below(np.array([0.0, 0.9]), values, 2_000.0) == 0.9
    assert share_below(np.zeros(2), values, 2_000.0) == 0.0
