"""Daily lines of many variants, block by block, on markets small enough to draw them by hand."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.errors import ConstraintError, SimulationError
from backtest.simulate import simulate
from backtest.terms import Constraints, Costs, Flow, Schedule
from backtest.trace import trace

ONCE = Schedule(decide="dates", dates=(date(2020, 1, 1),))  # decided on day 0, traded on day 1
WEEKLY = Schedule(decide="week_end")


def lines(panel, strategy, schedule=ONCE, constraints=None, flows=(), groups=None, block=64, **costs):
    terms = Costs(**{"capital": 100.0, **costs})
    return list(trace(panel, strategy, schedule, constraints or Constraints(), terms, flows, None, groups, block))


@pytest.fixture
def rising(markets):
    """A capex name that doubles on day 4, an adopter and another that stay at 10."""
    prices = np.full((8, 3), 10.0)
    prices[4:, 0] = 20.0
    return markets.panel_of(prices)


def test_the_lines_of_a_portfolio_that_drifts(markets, rising):
    """40, 20, 20 and 20 of cash; then 80 of 140 in the first name."""
    (line,) = lines(rising, markets.constant(np.array([0.4, 0.2, 0.2])))
    assert line.first == 0 and line.dates.tolist() == rising.dates[1:].tolist()
    assert line.nav[:, 0].tolist() == pytest.approx([100.0] * 3 + [140.0] * 4)
    assert line.concentration[:, 0].tolist() == pytest.approx([0.5**2 + 2 * 0.25**2] * 3 + [(64 + 4 + 4) / 144] * 4)
    assert {name: share[[0, -1], 0].tolist() for name, share in line.exposures.items()} == {
        "adopter": pytest.approx([0.2, 1 / 7]),
        "capex": pytest.approx([0.4, 4 / 7]),
        "other": pytest.approx([0.2, 1 / 7]),
    }
    assert line.turnover[:, 0].tolist() == pytest.approx([0.4] + [0.0] * 6)
    assert not line.costs.any()


def test_exposures_are_of_any_groups(markets, rising):
    (line,) = lines(rising, markets.constant(np.array([0.4, 0.2, 0.2])), groups=("b", "a", "b"))
    assert list(line.exposures) == ["a", "b"]
    assert line.exposures["b"][[0, -1], 0].tolist() == pytest.approx([0.6, 5 / 7])
    assert line.exposures["a"].shape == line.nav.shape


def test_costs_and_turnover_stand_on_the_days_of_their_trades(markets, rising):
    (line,) = lines(rising, markets.constant(np.array([0.5, 0.5, 0.0])), WEEKLY, commission_bps=100)
    assert (line.costs[:, 0] > 0.0).tolist() == [True] + [False] * 4
    (line,) = lines(rising, markets.constant(np.array([0.5, 0.5, 0.0])), ONCE, commission_bps=100)
    assert line.costs[0, 0] == pytest.approx(1 / 1.01) and line.turnover[0, 0] == pytest.approx(0.5 / 1.01)


def test_a_flow_is_in_the_nav_of_its_day(markets, rising):
    flow = Flow(date=rising.dates[3].item(), amount=50.0)
    (line,) = lines(rising, markets.constant(np.array([0.5, 0.5, 0.0])), flows=(flow,))
    assert line.nav[:4, 0].tolist() == pytest.approx([100.0, 100.0, 150.0, 225.0])
    assert line.exposures["capex"][:4, 0].tolist() == pytest.approx([0.5, 0.5, 0.5, 2 / 3])


def test_custody_lowers_nav_and_not_what_is_held(markets, rising):
    (line,) = lines(rising, markets.constant(np.array([1.0, 0.0, 0.0])), custody_bps=1000)
    assert line.nav[1, 0] == pytest.approx(100 * 0.9 ** (1 / 365.25), rel=1e-14)
    assert line.exposures["capex"][1, 0] == pytest.approx(1 / 0.9 ** (1 / 365.25), rel=1e-14)
    assert line.concentration[:, 0].tolist() == pytest.approx([1.0] * 7)


def test_a_fund_that_holds_nothing_has_no_concentration_and_one_that_is_ruined_no_turnover(markets):
    prices = np.full((15, 2), 10.0)
    prices[5:, 0] = np.nan
    panel = markets.panel_of(prices)
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])

    def target_weights(history, *, row):
        return rows if len(history.dates) < 4 else np.array([[0.0, 1.0], [0.0, 1.0]])

    strategy = markets.strategy_of(target_weights, row=np.array([[0.0], [1.0]]))
    (line,) = lines(panel, strategy, WEEKLY, delisting_haircut=1.0)
    assert line.nav[1:, 0].tolist() == [0.0] * 11 and line.nav[:, 1].tolist() == pytest.approx([100.0] * 12)
    assert np.isnan(line.concentration[1:, 0]).all() and line.concentration[:, 1].tolist() == pytest.approx([1.0] * 12)
    assert np.isnan(line.turnover[5, 0]) and line.turnover[5, 1] == 0.0


@pytest.mark.parametrize("block", [1, 2, 3, 4, 5, 64])
def test_blocks_come_in_order_and_hold_every_variant_once(markets, block):
    """Rows of a product may be added up in another order, so the lines agree to 1e-12 and not to the bit."""
    panel = markets.rich_panel(4, days=60)
    strategy, costs = markets.restless(4, 5), Costs(commission_bps=10, custody_bps=50, capital=1e6)
    found = list(trace(panel, strategy, WEEKLY, Constraints(max_name=0.6), costs, block=block))
    assert [line.first for line in found] == list(range(0, 5, block))
    assert [line.nav.shape[1] for line in found] == [min(block, 5 - first) for first in range(0, 5, block)]
    result = simulate(panel, strategy, WEEKLY, Constraints(max_name=0.6), costs)
    np.testing.assert_allclose(np.concatenate([line.nav for line in found], axis=1), result.nav, rtol=1e-12)


def test_a_parameter_that_is_one_number_is_the_same_in_every_block(markets, rising):
    def target_weights(history, *, row, share):
        return np.array([share, 0.0, 0.0]) * np.ones_like(row)

    strategy = markets.strategy_of(target_weights, row=np.zeros((5, 1)), share=0.3)
    found = lines(rising, strategy, block=2)
    assert [line.exposures["capex"][0].tolist() for line in found] == [[pytest.approx(0.3)] * n for n in (2, 2, 1)]


def test_event_driven_variants_are_drawn_as_they_are_simulated(markets):
    panel = markets.rich_panel(9, days=60)
    given_ = (
        panel,
        markets.eventful(9, 5),
        Schedule(decide="event"),
        Constraints(),
        Costs(capital=1e6, custody_bps=80),
    )
    found = list(trace(*given_, block=2))
    np.testing.assert_allclose(np.concatenate([line.nav for line in found], axis=1), simulate(*given_).nav, rtol=1e-12)


def test_lines_are_made_when_they_are_asked_for(markets, rising):
    """A sweep takes a block, keeps what it wants and lets the rest go."""
    found = trace(rising, markets.constant(np.tile([0.5, 0.5, 0.0], (6, 1))), ONCE, Constraints(), Costs(), block=2)
    assert inspect.isgenerator(found)
    assert [next(found).first, next(found).first] == [0, 2]
    found.close()


def test_what_goes_wrong_in_a_block_is_raised_as_simulate_does(markets, rising):
    with pytest.raises(ConstraintError, match="max_name"):
        lines(rising, markets.constant(np.array([0.5, 0.5, 0.0])), constraints=Constraints(max_name=0.4))
    with pytest.raises(SimulationError, match="A000: to be traded"):
        lines(rising, markets.constant(np.array([0.5, 0.5, 0.0])), constraints=Constraints(max_adv_share=0.4))


def test_a_message_numbers_the_variants_of_the_whole_strategy(markets, rising):
    """The third of four variants wants a name of which no volume is known; its block begins with it."""
    values = np.full((8, 3), 1e9)
    values[:, 2] = np.nan
    rows = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
    panel = replace(rising, traded_value=values)
    with pytest.raises(SimulationError, match="A002: to be traded by variant 3"):
        lines(panel, markets.constant(rows), constraints=Constraints(max_adv_share=0.4), block=2)


@pytest.mark.parametrize("block", [1, 2, 4])
def test_constraints_too_number_the_variants_of_the_whole_strategy(markets, block):
    """Variant 3 wishes one name only, which the cap cannot hold, in a block of its own or not."""
    wishes = np.array([[0.5, 0.5, 0.0], [0.4, 0.6, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    panel = markets.panel_of(np.full((30, 3), 10.0))
    capped = Constraints(max_name=0.7)
    with pytest.raises(ConstraintError, match=r"^strategy constant, 2020-01-03: variant 3: the strategy wishes weight"):
        list(trace(panel, markets.constant(wishes), Schedule(decide="week_end"), capped, Costs(), block=block))
