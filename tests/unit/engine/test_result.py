"""A result written and read back is the same result, and the same bytes."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from backtest.errors import RunError
from backtest.mandate import Constraints, Costs, Schedule
from backtest.result import FILES, read_result, segment_of, write_result
from backtest.simulate import simulate

COSTS = Costs(commission_bps=12, sell_tax_bps=30, delisting_haircut=0.3)


@pytest.fixture(scope="module")
def run(markets):
    """Three variants with delistings, suspensions and a strategy that asks for days of its own."""

    def occasions(history, *, row):
        return (row[:, 0] + history.dates[-1].astype(int)) % 11 == 0

    panel = markets.random_panel(20, names=10)
    strategy = dataclasses.replace(markets.restless(20, 3), should_trade=occasions)
    return panel, simulate(panel, strategy, Schedule(decide="month_end"), Constraints(), COSTS)


def test_read_back_is_equal_to_the_bit(run, tmp_path):
    panel, result = run
    assert [p.name for p in write_result(result, panel, tmp_path)] == list(FILES)
    again, replay = read_result(tmp_path)
    for field in dataclasses.fields(result):
        ours, theirs = getattr(result, field.name), getattr(again, field.name)
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, field.name
            np.testing.assert_array_equal(ours, theirs, field.name)
        else:
            assert ours == theirs, field.name
    start = len(panel.dates) - len(result.dates)
    columns = [panel.assets.index(a) for a in replay.assets]
    np.testing.assert_array_equal(replay.prices, panel.prices[start:, columns])
    np.testing.assert_array_equal(replay.cash, panel.cash[start:])


def test_the_situation_is_as_rich_as_it_claims(run):
    _, result = run
    assert not result.is_rebalance.all()
    assert np.isnan(result.target_weights[result.is_rebalance]).any(axis=2).any()
    assert "untraded" in {name for names in result.binding for name in names}


def test_the_same_result_gives_the_same_bytes(run, tmp_path):
    panel, result = run
    first, second = write_result(result, panel, tmp_path / "a"), write_result(result, panel, tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_only_what_was_ever_traded_is_written(markets, tmp_path):
    panel = markets.random_panel(2, troubles=False)
    wish = np.array([0.5, 0.5] + [0.0] * 6)
    result = simulate(panel, markets.constant(wish), Schedule(), Constraints(), COSTS)
    write_result(result, panel, tmp_path)
    assert pq.read_table(tmp_path / "prices.parquet").column_names == ["date", "A000", "A001"]
    assert json.loads((tmp_path / "run.json").read_text())["buy_rate"] == COSTS.buy_rate


def test_segments_point_at_the_holdings_of_each_day(run):
    _, result = run
    segment = segment_of(result)
    assert segment[0] == 0 and segment[-1] == len(result.trade_days) - 1
    assert (result.trade_days[segment] <= np.arange(len(result.dates))).all()


def test_a_missing_file_is_named(run, tmp_path):
    panel, result = run
    write_result(result, panel, tmp_path)
    (tmp_path / "orders.parquet").unlink()
    with pytest.raises(RunError, match=r"orders\.parquet is missing\. Run the backtest again\."):
        read_result(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_something_else_is_refused(run, tmp_path, name):
    panel, result = run
    write_result(result, panel, tmp_path)
    (tmp_path / name).write_text("not what was written", encoding="utf-8")
    with pytest.raises(RunError, match="not a result as written"):
        read_result(tmp_path)
