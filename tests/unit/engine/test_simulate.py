"""The simulation in situations small enough to follow by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtest.errors import ConstraintError, DataError, StrategyError
from backtest.mandate import Constraints, Costs, Schedule
from backtest.result import segment_of
from backtest.simulate import simulate

WEEKLY = Schedule(decide="week_end")
FREE = Costs(capital=100.0)


def run(panel, strategy, schedule=WEEKLY, constraints=None, costs=FREE):
    return simulate(panel, strategy, schedule, constraints or Constraints(), costs)


@pytest.fixture
def flat_line(markets):
    """Three names that never move, thirty days from Wednesday 1 January 2020: first decision 3 January."""
    return markets.panel_of(np.full((30, 3), 10.0))


def test_the_first_day_is_the_first_trade_date(markets, flat_line):
    result = run(flat_line, markets.constant(np.full(3, 1 / 3)))
    assert str(result.dates[0]) == "2020-01-06"
    assert str(result.decision_days[0]) == "2020-01-03"
    assert len(result.nav) == 27


def test_flat_line_without_costs_stays_flat_and_trades_once(markets, flat_line):
    result = run(flat_line, markets.constant(np.full(3, 1 / 3)))
    np.testing.assert_allclose(result.nav, 100.0, rtol=1e-15)
    assert result.turnover[0, 0] == pytest.approx(0.5)
    assert result.turnover[1:] == pytest.approx(0.0, abs=1e-15)


def test_the_first_purchase_is_paid_from_capital(markets, flat_line):
    result = run(flat_line, markets.constant(np.full(3, 1 / 3)), costs=Costs(capital=100.0, commission_bps=100))
    assert result.nav[0, 0] == pytest.approx(100.0 / 1.01)
    assert result.costs[0, 0] == pytest.approx(1.0 / 1.01)


def test_what_a_wish_leaves_out_is_cash_and_earns_the_cash_series(markets, flat_line):
    panel = replace(flat_line, cash=np.cumprod(np.full(30, 1.001)))
    result = run(panel, markets.constant(np.array([0.5, 0.0, 0.0])), Schedule())
    assert result.cash[0, 0] == pytest.approx(50.0)
    np.testing.assert_allclose(result.nav[:, 0], 50.0 + 50.0 * 1.001 ** np.arange(len(result.nav)))


def test_a_name_that_leaves_is_sold_with_its_haircut_and_waits_in_cash(markets):
    prices = np.full((20, 2), 10.0)
    prices[9:, 0] = np.nan  # the last price is on day 8, Monday 13 January; trades are on Mondays, days 3, 8, 13, 18
    prices[:, 0][8:9] = 8.0
    costs = Costs(capital=100.0, sell_tax_bps=1000, delisting_haircut=0.25)
    result = run(markets.panel_of(prices), markets.constant(np.array([0.5, 0.5])), costs=costs)
    # 50 in A, 50 in B on day 3. On day 8 A sells at 8 x 0.75 = 6: 5 units give 30, less 10 % = 27. B stays at 50: its
    # target is half of what is there, 38.5 before costs: it is sold down, at 10 %.
    k = 1
    assert result.trade_days[k] == 5 and result.is_rebalance[k]
    assert result.order_prices[k, 0] == 6.0
    assert result.orders[k, 0, 0] == -5.0 and result.units[k, 0, 0] == 0.0
    after = (77.0 - 5.0) / (1.0 - 0.05)  # V' + 0.1 (50 - V'/2) = 77
    assert result.nav[5, 0] == pytest.approx(after)
    assert result.cash[k, 0] == pytest.approx(after / 2)
    assert result.costs[k, 0] == pytest.approx(3.0 + 0.1 * (50.0 - after / 2))
    assert result.binding[k] == ("membership",)
    assert result.binding[k + 1] == ("membership",)  # the wish is constant; from now on all goes to B
    assert result.units[k + 1, 0].tolist() == pytest.approx([0.0, after / 10.0])


def test_a_departure_between_trade_dates_is_a_moment_of_its_own(markets):
    prices = np.full((20, 2), 10.0)
    prices[7:, 0] = np.nan  # last price on Thursday, day 6
    result = run(markets.panel_of(prices), markets.constant(np.array([0.5, 0.5])))
    assert result.is_rebalance.tolist() == [True, False, True, True, True]
    assert result.trade_days.tolist() == [0, 3, 5, 10, 15]
    assert np.isnat(result.decision_days).tolist() == [False, True, False, False, False]
    assert np.isnan(result.target_weights[1]).all()
    assert np.isnan(result.order_prices[1, 1]) and result.order_prices[1, 0] == 10.0
    assert result.cash[1, 0] == pytest.approx(50.0)
    assert segment_of(result).tolist() == [0, 0, 0, 1, 1] + [2] * 5 + [3] * 5 + [4] * 2


def test_a_name_nobody_holds_may_leave_unnoticed(markets):
    prices = np.full((20, 2), 10.0)
    prices[7:, 0] = np.nan
    result = run(markets.panel_of(prices), markets.constant(np.array([0.0, 1.0])))
    assert result.is_rebalance.all()
    np.testing.assert_allclose(result.nav, 100.0)


def test_a_suspended_name_keeps_its_units_and_the_others_share_what_is_left(markets):
    """A is suspended on day 8 and worth 70; B's half of 110 would overdraw: B gets the 40 there is."""
    prices = np.full((12, 2), 10.0)
    prices[5:, 0] = 14.0
    traded = np.ones((12, 2), dtype=bool)
    traded[6:10, 0] = False
    result = run(markets.panel_of(prices, traded=traded), markets.constant(np.array([0.5, 0.5])))
    assert result.units[1, 0].tolist() == [5.0, 5.0]
    assert result.cash[1, 0] == 0.0
    assert result.binding[1] == ("untraded",)
    assert result.nav[5, 0] == pytest.approx(120.0)


def test_a_suspended_name_below_its_weight_leaves_cash(markets):
    prices = np.full((12, 2), 10.0)
    prices[5:, 0] = 6.0
    traded = np.ones((12, 2), dtype=bool)
    traded[6:10, 0] = False
    result = run(markets.panel_of(prices, traded=traded), markets.constant(np.array([0.5, 0.5])))
    assert result.units[1, 0].tolist() == pytest.approx([5.0, 4.0])
    assert result.cash[1, 0] == pytest.approx(10.0)


def test_a_name_that_ceases_to_be_a_member_is_sold_on_the_next_trade_date(markets, flat_line):
    members = np.ones((30, 3), dtype=bool)
    members[10:, 2] = False  # Wednesday 15 January; the next trade is Monday 20
    result = run(replace(flat_line, members=members), markets.constant(np.full(3, 1 / 3)))
    assert result.units[1, 0, 2] > 0.0
    assert result.units[2, 0].tolist() == pytest.approx([5.0, 5.0, 0.0])
    assert result.binding[2] == ("membership",)


def test_a_member_lost_between_decision_and_trade_waits_in_cash(markets, flat_line):
    members = np.ones((30, 3), dtype=bool)
    members[8:, 2] = False  # decided on Friday, day 7; traded on Monday, day 8
    result = run(replace(flat_line, members=members), markets.constant(np.full(3, 1 / 3)))
    assert result.binding[1] == ("membership",)
    assert result.target_weights[1, 0].tolist() == pytest.approx([1 / 3, 1 / 3, 0.0])
    assert result.cash[1, 0] == pytest.approx(100.0 / 3)


def test_caps_bind_by_name(markets, flat_line):
    caps = Constraints(max_name=0.5, max_theme={"capex": 0.2})
    result = run(flat_line, markets.constant(np.array([0.6, 0.2, 0.2])), constraints=caps)
    assert result.binding[0] == ("max_name", "max_theme.capex")
    assert result.target_weights[0, 0].tolist() == pytest.approx([0.2, 0.4, 0.4])


def test_no_room_is_said_before_the_strategy_is_asked(markets, flat_line):
    never = markets.strategy_of(lambda history: pytest.fail("asked"))
    with pytest.raises(ConstraintError, match=r"decision date 2020-01-03: .* 3 members x max_name 0\.3 = 0\.9 < 1"):
        run(flat_line, never, constraints=Constraints(max_name=0.3))


def test_a_wish_that_the_caps_cannot_hold_names_strategy_and_date(markets, flat_line):
    with pytest.raises(
        ConstraintError, match=r"^strategy \w+, 2020-01-03: the strategy wishes weight for 2 members only"
    ):
        run(flat_line, markets.constant(np.array([0.5, 0.5, 0.0])), constraints=Constraints(max_name=0.4))


def test_a_window_too_short_is_a_data_error(markets):
    with pytest.raises(DataError, match="has no decision date"):
        run(markets.panel_of(np.full((3, 2), 1.0)), markets.constant(np.array([0.5, 0.5])))


def test_an_undecided_strategy_is_named_with_its_date(markets, flat_line):
    with pytest.raises(StrategyError, match="strategy test, 2020-01-03: the weights sum to 0"):
        run(flat_line, markets.strategy_of(lambda history: np.zeros(3)))


def test_decisions_may_overtake_trades_when_the_lag_is_long(markets, flat_line):
    """Lag 7 with weekly decisions: each decision is made while the one before is still waiting."""
    seen = []

    def watch(history):
        seen.append(history.weights.sum())
        return np.full(3, 1 / 3)

    result = run(flat_line, markets.strategy_of(watch), Schedule(decide="week_end", lag=7))
    assert seen[:2] == [0.0, 0.0] and seen[2] == pytest.approx(1.0)
    assert result.trade_days.tolist() == [0, 5, 10, 15, 20] and str(result.dates[0]) == "2020-01-14"


def test_the_strategy_sees_drifted_weights(markets):
    prices = np.full((12, 2), 10.0)
    prices[6:, 0] = 30.0
    seen = []

    def watch(history):
        seen.append(history.weights.copy())
        return np.array([0.5, 0.5])

    run(markets.panel_of(prices), markets.strategy_of(watch))
    assert seen[1].tolist() == [[0.75, 0.25]]


def test_a_strategy_with_its_own_occasion_trades_for_the_variants_that_ask(markets, flat_line):
    """Variant 1 asks on Tuesday 14 January (day 9); variant 0 does not, and keeps its units."""
    prices = np.full((20, 2), 10.0)
    prices[9:, 0] = 20.0
    panel = markets.panel_of(prices)
    strategy = replace(
        markets.constant(np.array([[0.5, 0.5], [0.5, 0.5]])),
        should_trade=lambda history: np.array([False, len(history.dates) == 10]),
    )
    result = run(panel, strategy)
    k = int(np.flatnonzero(result.trade_days == 7)[0])
    assert result.orders[k, 0].tolist() == [0.0, 0.0]
    assert result.orders[k, 1].tolist() == pytest.approx([-1.25, 2.5])
    assert np.isnan(result.target_weights[k, 0]).all() and not np.isnan(result.target_weights[k, 1]).any()
    assert result.is_rebalance[k]
    assert result.decision_days[k] == panel.dates[9]


@pytest.mark.parametrize("answer", [np.array([1.0]), np.array([True, False, True])])
def test_should_trade_answers_with_truth_values(markets, flat_line, answer):
    strategy = replace(markets.constant(np.full(3, 1 / 3)), should_trade=lambda history: answer)
    with pytest.raises(
        StrategyError, match=r"should_trade returned .* return one truth value per variant, shape \(1,\)"
    ):
        run(flat_line, strategy)


def test_ruin_ends_at_nothing_and_not_at_nan(markets):
    """All money in a name that leaves for nothing: NAV zero from that day on, and the run still ends."""
    prices = np.full((20, 2), 10.0)
    prices[7:, 0] = np.nan
    strategy = markets.strategy_of(
        lambda history: np.array([1.0, 0.0]) if len(history.dates) < 6 else np.array([0.0, 1.0])
    )
    result = run(markets.panel_of(prices), strategy, costs=Costs(capital=100.0, delisting_haircut=1.0, sell_tax_bps=50))
    assert result.nav[:3].tolist() == [[100.0]] * 3
    assert (result.nav[3:] == 0.0).all()
    assert np.isnan(result.turnover[-1]).all()  # traded nothing of nothing
