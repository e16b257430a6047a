"""A result written and read back is the same result, and the same bytes."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backtest.costs import COMPONENTS
from backtest.errors import RunError
from backtest.result import (
    FILES,
    order_cost_components,
    orders_of,
    read_result,
    replay_of,
    segment_of,
    unit_value,
    write_result,
)
from backtest.simulate import simulate
from backtest.taxes import load_taxes
from backtest.terms import Constraints, Costs, Flow, Schedule

FLOWS = (Flow(date=date(2020, 3, 2), amount=4e4), Flow(date=date(2020, 3, 31), amount=-6e4))
SPACED = "Consumer Staples; and others"
TAXES = """
[[tax]]
country = "FR"
side = "buy"
rate_bps = 30
valid_from = 2020-01-01
valid_to = 2020-03-15
law = "L"
source = "S"
[[tax]]
country = "FR"
side = "both"
rate_bps = 40
valid_from = 2020-03-16
law = "L"
source = "S"
"""


def rich_run(markets, folder):
    """Three variants that ask for days of their own, with all that leaves a trace in the files."""
    (folder / "taxes.toml").write_text(TAXES, encoding="utf-8")
    panel = markets.rich_panel(20, names=10)
    panel = dataclasses.replace(panel, sectors=(SPACED,) * 5 + panel.sectors[5:])
    costs = Costs(
        commission_bps=12, commission_fixed=1, commission_minimum=4, sell_tax_bps=30, taxes="by_country", fx_bps=5,
        impact=True, impact_coefficient=0.3, custody_bps=200, delisting_haircut=0.3, capital=1e5,
    )  # fmt: skip
    limits = Constraints(max_name=0.5, max_sector={SPACED: 0.6}, max_adv_share=0.02)
    schedule = Schedule(decide="month_end", first_investment=date(2020, 1, 20))
    taxes = load_taxes(folder / "taxes.toml")
    return panel, simulate(panel, markets.eventful(20, 3, 0.05), schedule, limits, costs, FLOWS, taxes)


def plain_run(markets, folder):
    panel = markets.random_panel(20, names=10)
    return panel, simulate(panel, markets.restless(20), Schedule(), Constraints(), Costs(commission_bps=12))


def single_run(markets, folder):
    """Nothing is traded after the first day."""
    panel = markets.random_panel(2, troubles=False)
    wish = np.array([[0.5, 0.5] + [0.0] * 6, [0.0, 0.1] + [0.0] * 6])
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 6),))
    return panel, simulate(panel, markets.constant(wish), schedule, Constraints(), Costs(custody_bps=10))


@pytest.fixture(scope="module", params=[rich_run, plain_run, single_run], ids=lambda f: f.__name__)
def run(request, markets, tmp_path_factory):
    panel, result = request.param(markets, tmp_path_factory.mktemp("run"))
    return SimpleNamespace(panel=panel, result=result)


@pytest.fixture(scope="module")
def rich(markets, tmp_path_factory):
    return rich_run(markets, tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="module")
def written(rich, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    write_result(rich[1], rich[0], folder)
    return folder


@pytest.fixture
def damaged(written, tmp_path):
    """A copy of the files, for the test to damage."""
    return shutil.copytree(written, tmp_path / "damaged")


def same(ours: object, theirs: object, name: str) -> None:
    """Type, shape, and every bit of every number."""
    assert type(ours) is type(theirs), name
    if isinstance(ours, np.ndarray):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, name
        np.testing.assert_array_equal(ours, theirs, name)
        assert ours.tobytes() == theirs.tobytes(), name
    elif dataclasses.is_dataclass(ours):
        for field in dataclasses.fields(ours):
            same(getattr(ours, field.name), getattr(theirs, field.name), f"{name}.{field.name}")
    else:
        assert ours == theirs, name


def test_read_back_is_equal_to_the_bit(run, tmp_path):
    assert [p.name for p in write_result(run.result, run.panel, tmp_path)] == list(FILES)
    result, replay = read_result(tmp_path)
    same(run.result, result, "result")
    same(replay_of(run.result, run.panel), replay, "replay")


def test_the_same_result_gives_the_same_bytes_also_when_it_was_read_back(run, tmp_path):
    first = write_result(run.result, run.panel, tmp_path / "a")
    second = write_result(read_result(tmp_path / "a")[0], run.panel, tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_the_situation_is_as_rich_as_it_claims(rich):
    _, result = rich
    assert set(result.reasons) == {"rebalance", "carry_over", "flow", "delisting"}
    assert np.isnat(result.decision_days).any() and not np.isnat(result.decision_days).all()
    assert (result.costs.sum(axis=(0, 1)) > 0.0).all()
    assert result.charges.all(axis=1)[1:].any() and result.custody == 0.02
    assert (np.diff(result.flows) != 0.0).sum() == 4
    assert not result.rates.constant and len(np.unique(result.rates.buy_tax)) == 3
    bound = {name for c, name in enumerate(result.constraints) if result.binding[:, :, c].any()}
    assert bound >= {f"max_sector.{SPACED}", "max_name", "max_adv_share", "untraded"}
    alone = np.isnan(result.target_weights).mean(axis=2)
    assert {0.0, 1.0} < set(np.unique(alone))  # names left alone by no, every and some variants


def test_components_come_to_what_each_order_and_each_trade_cost(run):
    parts, result = order_cost_components(run.result), run.result
    assert parts.shape == (*result.units.shape, len(COMPONENTS)) and (parts >= 0.0).all()
    np.testing.assert_allclose(parts.sum(axis=-1), result.order_costs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(parts.sum(axis=2), result.costs, rtol=1e-12, atol=1e-9)


def test_orders_add_up_to_units(run):
    orders = orders_of(run.result)
    np.testing.assert_allclose(np.cumsum(orders, axis=0), run.result.units, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(orders[0], run.result.units[0])
    assert (np.isnan(run.result.order_prices) == ~orders.any(axis=1)).all()


def test_a_unit_grows_by_the_return_of_each_day_without_its_flow(rich):
    _, result = rich
    unit, first = unit_value(result), int(np.flatnonzero(result.flows)[0])
    np.testing.assert_allclose(unit[:first], result.nav[:first], rtol=1e-13)
    before, after = result.nav[first - 1], result.nav[first] - result.flows[first]
    np.testing.assert_allclose(unit[first] / unit[first - 1], after / before, rtol=1e-14)
    assert (unit[first] < result.nav[first]).all()  # money came
    still = dataclasses.replace(result, flows=np.zeros_like(result.flows))
    assert unit_value(still) is result.nav


def test_segments_point_at_the_holdings_of_each_day(run):
    segment, days = segment_of(run.result), run.result.trade_days
    assert segment[0] == 0 and segment[-1] == len(days) - 1
    assert (days[segment] <= np.arange(len(run.result.dates))).all()
    np.testing.assert_array_equal(segment[days], np.arange(len(days)))


def test_only_what_was_ever_traded_is_written(markets, tmp_path):
    panel, result = single_run(markets, tmp_path)
    write_result(result, panel, tmp_path)
    assert pq.read_table(tmp_path / "prices.parquet").column_names == ["date", "A000", "A001"]
    assert json.loads((tmp_path / "run.json").read_text())["custody"] == 0.001


def test_the_table_of_trades_is_for_people(rich, written):
    result = rich[1]
    trades = pq.read_table(written / "trades.parquet").to_pylist()
    assert len(trades) == 3 * len(result.trade_days)
    row = next(r for r in trades if f"max_sector.{SPACED}" in r["binding"])
    assert row["reason"] == "rebalance" and row["decision_date"] < row["date"]
    assert sum(r["commission"] for r in trades) == pytest.approx(result.costs[:, :, 0].sum())


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(damaged, name):
    (damaged / name).unlink()
    with pytest.raises(RunError, match=rf"{name} is missing\. Run the backtest again\."):
        read_result(damaged)


@pytest.mark.parametrize("text", ["not what was written", "", "[]", "{}", '{"assets": [], "variants": 0}'])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_something_else_is_refused(damaged, name, text):
    (damaged / name).write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=r"not a result as written .*Run the backtest again\."):
        read_result(damaged)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_table_without_its_columns_or_cut_short_is_refused(damaged, name):
    whole = (damaged / name).read_bytes()
    (damaged / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match="not a result as written"):
        read_result(damaged)
    pq.write_table(pa.table({"something": [1, 2]}), damaged / name)
    with pytest.raises(RunError, match="not a result as written"):
        read_result(damaged)


def test_prices_of_other_days_are_refused(damaged):
    prices = pq.read_table(damaged / "prices.parquet")
    pq.write_table(prices.slice(1), damaged / "prices.parquet")
    with pytest.raises(RunError, match=r"prices\.parquet has other days than nav\.parquet"):
        read_result(damaged)
