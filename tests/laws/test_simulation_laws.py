"""What must hold for every simulation, whatever the market, the strategy, the costs and the dates."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.mandate import Constraints, Costs, Schedule, StrategyChoice
from backtest.result import segment_of
from backtest.simulate import simulate
from backtest.strategy import Strategy, available, load_strategy

ORACLES = Path(__file__).parents[1] / "oracles"
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))

WEEKLY = Schedule(decide="week_end")
DEAR = Costs(commission_bps=15, buy_tax_bps=50, sell_tax_bps=10, delisting_haircut=0.3, capital=1e6)
law = settings(max_examples=40, deadline=None, derandomize=True)
seeds = st.integers(0, 10**6)


def run(panel, strategy, costs=DEAR, constraints=None, schedule=WEEKLY):
    return simulate(panel, strategy, schedule, constraints or Constraints(), costs)


def start_of(panel, result):
    return len(panel.dates) - len(result.dates)


@law
@given(seeds)
def test_nav_moves_by_what_is_held_and_by_nothing_else(seed):
    """Each day: NAV change = units x price change + interest on cash - costs - haircuts, to the last cent."""
    panel = markets.random_panel(seed)
    result = run(panel, markets.restless(seed, 2))
    prices, cash = panel.prices[start_of(panel, result) :], panel.cash[start_of(panel, result) :]
    segment, at = segment_of(result), {int(day): k for k, day in enumerate(result.trade_days)}
    for day in range(1, len(result.dates)):
        k = segment[day - 1]
        held = result.units[k].any(axis=0)
        moved = result.units[k][:, held] @ (prices[day] - prices[day - 1])[held]
        # interest by day needs the cash of the day before: what is not in assets
        idle = result.nav[day - 1] - result.units[k][:, held] @ prices[day - 1][held]
        moved += idle * (cash[day] / cash[day - 1] - 1.0)
        if day in at:
            sold = np.nan_to_num(result.order_prices[at[day]] - prices[day])
            moved += -result.costs[at[day]] - result.orders[at[day]] @ sold
        np.testing.assert_allclose(result.nav[day] - result.nav[day - 1], moved, atol=1e-8)


@law
@given(seeds)
def test_nothing_is_short_nothing_is_borrowed_and_nav_adds_up(seed):
    panel = markets.random_panel(seed)
    result = run(panel, markets.restless(seed, 2))
    assert (result.units >= 0.0).all() and (result.cash >= 0.0).all() and (result.costs >= 0.0).all()
    prices = panel.prices[start_of(panel, result) :][result.trade_days]
    worth = (result.units * np.nan_to_num(prices)[:, None]).sum(axis=2) + result.cash
    np.testing.assert_allclose(result.nav[result.trade_days], worth, rtol=1e-13)
    np.testing.assert_allclose(np.cumsum(result.orders, axis=0), result.units, atol=1e-6 * result.units.max())


@law
@given(seeds)
def test_on_a_day_when_all_can_be_traded_the_portfolio_lands_exactly_on_target(seed):
    panel = markets.random_panel(seed, troubles=False)
    result = run(panel, markets.restless(seed, 2))
    prices = panel.prices[start_of(panel, result) :][result.trade_days]
    weights = result.units * prices[:, None] / result.nav[result.trade_days][:, :, None]
    np.testing.assert_allclose(weights, result.target_weights, atol=1e-14)


@law
@given(seeds)
def test_variants_in_one_call_are_as_many_calls_of_one(seed):
    panel, together = markets.random_panel(seed), markets.restless(seed, 3)
    result = run(panel, together)
    for v in range(3):
        row = {"row": together.parameters["row"][v : v + 1]}
        alone = run(panel, replace(together, parameters=row))
        np.testing.assert_allclose(result.nav[:, v], alone.nav[:, 0], rtol=1e-12)


@law
@given(seeds, st.floats(1e-3, 1e3))
def test_the_unit_of_a_price_does_not_matter(seed, factor):
    """A share split in ten, or prices in pence: the NAV is the same."""
    panel = markets.random_panel(seed)
    scaled = panel.prices.copy()
    scaled[:, ::2] *= factor
    ours, theirs = (run(p, markets.restless(seed)) for p in (panel, replace(panel, prices=scaled)))
    np.testing.assert_allclose(ours.nav, theirs.nav, rtol=1e-12)


@law
@given(seeds, st.floats(0.1, 1e4))
def test_twice_the_capital_is_twice_the_nav(seed, factor):
    panel = markets.random_panel(seed)
    one = run(panel, markets.restless(seed))
    more = run(panel, markets.restless(seed), DEAR.model_copy(update={"capital": DEAR.capital * factor}))
    np.testing.assert_allclose(more.nav, one.nav * factor, rtol=1e-12)
    np.testing.assert_allclose(more.turnover, one.turnover, atol=1e-12)


@law
@given(seeds)
def test_the_order_of_the_names_does_not_matter(seed):
    """Names shuffled, wishes shuffled with them: the NAV is the same, the holdings are shuffled."""
    panel = markets.random_panel(seed)
    order = markets.generator(seed).permutation(len(panel.assets))
    original, shuffled = run(panel, hold()), run(permuted(panel, order), hold())
    np.testing.assert_allclose(shuffled.nav, original.nav, rtol=1e-12)
    np.testing.assert_allclose(shuffled.units, original.units[:, :, order], rtol=1e-9, atol=1e-9)
    assert shuffled.binding == original.binding


def hold() -> Strategy:
    return load_strategy(StrategyChoice(name="hold_benchmark"), Path())


def permuted(panel, order):
    wide = ("prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
    changes = {name: getattr(panel, name)[:, order] for name in wide}
    for name in ("assets", "names", "themes", "sectors", "countries", "currencies"):
        changes[name] = tuple(getattr(panel, name)[i] for i in order)
    return replace(panel, **changes, delisted=panel.delisted[order])


@law
@given(seeds)
def test_a_name_never_held_changes_nothing(seed):
    """Not its price, not its suspension, not its departure."""
    panel = markets.random_panel(seed)
    wish = np.r_[0.0, 1.0, np.zeros(len(panel.assets) - 2)]
    quiet = run(panel, markets.constant(wish))
    noise = panel.prices.copy()
    noise[:, 3] = markets.generator(seed).exponential(50.0, len(noise))
    noise[40:, 3] = np.nan
    delisted, traded = panel.delisted.copy(), panel.traded.copy()
    delisted[3], traded[:, 3] = 39, markets.generator(seed).random(len(noise)) < 0.5
    loud = run(replace(panel, prices=noise, delisted=delisted, traded=traded), markets.constant(wish))
    np.testing.assert_array_equal(loud.nav, quiet.nav)
    assert loud.binding == quiet.binding
    np.testing.assert_array_equal(loud.trade_days, quiet.trade_days)


@law
@given(seeds, st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_dearer_trading_never_pays_on_the_same_trades(seed, first, more):
    """One purchase and no other trade: NAV falls, or stays, as costs rise. (With later trades it need not: a dearer
    trade can leave less in what falls afterwards.)"""
    panel, once = markets.random_panel(seed, troubles=False), Schedule(decide="quarter_end")
    panel = until(panel, 70)  # one quarter end only
    cheap, dear = (
        run(panel, markets.restless(seed), Costs(commission_bps=bps), schedule=once) for bps in (first, first + more)
    )
    assert len(cheap.trade_days) == 1
    assert (dear.nav <= cheap.nav * (1 + 1e-14)).all()


def until(panel, days):
    wide = ("dates", "prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights", "cash")
    return replace(panel, **{name: getattr(panel, name)[:days] for name in wide})


@law
@given(seeds, st.integers(0, 300))
def test_each_trade_costs_its_rates(seed, bps):
    """What was bought and sold, at the order prices, times the rates: no more, no less, in every variant."""
    panel = markets.random_panel(seed)
    costs = Costs(commission_bps=bps, buy_tax_bps=50, sell_tax_bps=7, delisting_haircut=0.1)
    result = run(panel, markets.restless(seed, 2), costs)
    value = result.orders * np.nan_to_num(result.order_prices)[:, None]
    bought, sold = np.maximum(value, 0).sum(axis=2), np.maximum(-value, 0).sum(axis=2)
    np.testing.assert_allclose(result.costs, costs.buy_rate * bought + costs.sell_rate * sold, rtol=1e-9, atol=1e-4)
    assert result.turnover[0] == pytest.approx(0.5 * bought[0] / costs.capital)


@law
@given(seeds)
def test_one_name_without_costs_is_that_name(seed):
    panel = markets.random_panel(seed, troubles=False)
    wish = np.eye(len(panel.assets))[2]
    result = run(panel, markets.constant(wish), Costs(capital=1.0))
    price = panel.prices[start_of(panel, result) :, 2]
    np.testing.assert_allclose(result.nav[:, 0], price / price[0], rtol=1e-12)


@law
@given(seeds)
def test_the_benchmark_held_without_costs_is_the_index_of_its_weights(seed):
    """Rebalanced to drifting weights there is nothing to trade: turnover zero after the first day."""
    panel = markets.random_panel(seed, troubles=False)
    sizes = panel.prices * markets.generator(seed).uniform(0.5, 2.0, panel.prices.shape[1])
    panel = replace(panel, benchmark_weights=sizes / sizes.sum(axis=1, keepdims=True))
    lagged = replace(panel, benchmark_weights=np.roll(panel.benchmark_weights, -1, axis=0))  # tomorrow's, for lag 1
    result = run(lagged, hold(), Costs(capital=1.0))
    index = sizes[start_of(panel, result) :].sum(axis=1)
    np.testing.assert_allclose(result.nav[:, 0], index / index[0], rtol=1e-12)
    np.testing.assert_allclose(result.turnover[1:], 0.0, atol=1e-12)


@pytest.mark.parametrize("name", available())
def test_every_strategy_runs_on_random_markets_and_writes_to_nothing(name):
    """The panel is read-only, so who writes to it fails; and it is the same after the run."""
    strategy = load_strategy(StrategyChoice(name=name), Path())
    for seed in range(10):
        panel = markets.random_panel(seed, names=12)
        before = {k: v.tobytes() for k, v in vars(panel).items() if isinstance(v, np.ndarray)}
        result = run(panel, strategy)
        assert np.isfinite(result.nav).all()
        assert {k: v.tobytes() for k, v in vars(panel).items() if isinstance(v, np.ndarray)} == before


def test_the_same_run_twice_is_the_same_to_the_bit():
    panel = markets.random_panel(5)
    one, two = run(panel, markets.restless(5, 3)), run(panel, markets.restless(5, 3))
    for name, value in vars(one).items():
        other = getattr(two, name)
        assert value.tobytes() == other.tobytes() if isinstance(value, np.ndarray) else value == other, name
