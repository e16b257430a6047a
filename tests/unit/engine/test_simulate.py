"""The simulation in situations small enough to follow by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.errors import ConstraintError, DataError, SimulationError, StrategyError
from backtest.result import orders_of, segment_of, unit_value
from backtest.simulate import simulate
from backtest.taxes import Tax, TaxTable
from backtest.terms import Constraints, Costs, Flow, Schedule

WEEKLY = Schedule(decide="week_end")
FREE = Costs(capital=100.0)


DAILY = Schedule(decide="every_n_days", every_days=1)
ONCE = Schedule(decide="dates", dates=(date(2020, 1, 1),))  # decided on day 0, traded on day 1
EVENT = Schedule(decide="event")
LIMIT = Constraints(max_adv_share=0.2, adv_days=5)


def run(panel, strategy, schedule=WEEKLY, constraints=None, costs=FREE, flows=(), taxes=None):
    return simulate(panel, strategy, schedule, constraints or Constraints(), costs, flows, taxes)


def binding(result, k, v=0):
    """Names of what bound at moment k."""
    return {name for name, bound in zip(result.constraints, result.binding[k, v], strict=True) if bound}


def paid(result):
    """(K, V) costs of each moment."""
    return result.costs.sum(axis=-1)


def on(panel, day, amount):
    """A flow on a day of the panel."""
    return Flow(date=panel.dates[day].item(), amount=amount)


def flat(markets, names=2, days=12, **changes):
    """Names at 10 that never move."""
    return markets.panel_of(np.full((days, names), 10.0), **changes)


def deep(markets, names=2, days=16, value=100.0, **changes):
    """Names at 10 of which 100 are traded a day: LIMIT allows orders of 20."""
    return flat(markets, names, days, traded_value=np.full((days, names), value), **changes)


def dated(markets, *wishes):
    """A strategy with one wish after the other, the last one for ever: (day, weights) pairs, from that day on."""

    def target_weights(history):
        day = len(history.dates) - 1
        return np.array([weights for since, weights in wishes if since <= day][-1])

    return markets.strategy_of(target_weights, "dated")


def asking(markets, rows, days):
    """Constant wishes (V, N); variant v asks at the close of days[v]."""
    strategy = markets.constant(np.array(rows, dtype=float))

    def should_trade(history, *, row):
        return np.array([len(history.dates) - 1 in days[int(v)] for v in row[:, 0]])

    return replace(strategy, should_trade=should_trade)


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
    assert result.costs[0, 0].tolist() == pytest.approx([1.0 / 1.01, 0.0, 0.0, 0.0, 0.0])


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
    assert result.trade_days[k] == 5 and result.reasons[k] == "rebalance"
    assert result.order_prices[k, 0] == 6.0
    assert orders_of(result)[k, 0, 0] == -5.0 and result.units[k, 0, 0] == 0.0
    after = (77.0 - 5.0) / (1.0 - 0.05)  # V' + 0.1 (50 - V'/2) = 77
    assert result.nav[5, 0] == pytest.approx(after)
    assert result.cash[k, 0] == pytest.approx(after / 2)
    assert paid(result)[k, 0] == pytest.approx(3.0 + 0.1 * (50.0 - after / 2))
    assert binding(result, k) == {"membership"}
    assert binding(result, k + 1) == {"membership"}  # the wish is constant; from now on all goes to B
    assert result.units[k + 1, 0].tolist() == pytest.approx([0.0, after / 10.0])


def test_a_departure_between_trade_dates_is_a_moment_of_its_own(markets):
    prices = np.full((20, 2), 10.0)
    prices[7:, 0] = np.nan  # last price on Thursday, day 6
    result = run(markets.panel_of(prices), markets.constant(np.array([0.5, 0.5])))
    assert result.reasons == ("rebalance", "delisting", "rebalance", "rebalance", "rebalance")
    assert result.trade_days.tolist() == [0, 3, 5, 10, 15]
    assert np.isnat(result.decision_days).tolist() == [False, True, False, False, False]
    assert result.target_weights[1, 0, 0] == 0.0 and np.isnan(result.target_weights[1, 0, 1])
    assert np.isnan(result.order_prices[1, 1]) and result.order_prices[1, 0] == 10.0
    assert result.cash[1, 0] == pytest.approx(50.0)
    assert segment_of(result).tolist() == [0, 0, 0, 1, 1] + [2] * 5 + [3] * 5 + [4] * 2


def test_a_name_nobody_holds_may_leave_unnoticed(markets):
    prices = np.full((20, 2), 10.0)
    prices[7:, 0] = np.nan
    result = run(markets.panel_of(prices), markets.constant(np.array([0.0, 1.0])))
    assert set(result.reasons) == {"rebalance"}
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
    assert binding(result, 1) == {"untraded"}
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
    assert binding(result, 2) == {"membership"}


def test_a_member_lost_between_decision_and_trade_waits_in_cash(markets, flat_line):
    members = np.ones((30, 3), dtype=bool)
    members[8:, 2] = False  # decided on Friday, day 7; traded on Monday, day 8
    result = run(replace(flat_line, members=members), markets.constant(np.full(3, 1 / 3)))
    assert binding(result, 1) == {"membership"}
    assert result.target_weights[1, 0].tolist() == pytest.approx([1 / 3, 1 / 3, 0.0])
    assert result.cash[1, 0] == pytest.approx(100.0 / 3)


def test_caps_bind_by_name(markets, flat_line):
    caps = Constraints(max_name=0.5, max_theme={"capex": 0.2})
    result = run(flat_line, markets.constant(np.array([0.6, 0.2, 0.2])), constraints=caps)
    assert binding(result, 0) == {"max_name", "max_theme.capex"}
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
    assert orders_of(result)[k, 0].tolist() == [0.0, 0.0]
    assert orders_of(result)[k, 1].tolist() == pytest.approx([-1.25, 2.5])
    assert np.isnan(result.target_weights[k, 0]).all() and not np.isnan(result.target_weights[k, 1]).any()
    assert result.reasons[k] == "rebalance"
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


# Calendars


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        (Schedule(decide="week_end"), [3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53, 58, 63, 68]),
        (Schedule(decide="month_end"), [23, 43, 65]),  # Mondays 3 February, 2 March and Wednesday 1 April
        (Schedule(decide="quarter_end"), [65]),
        (Schedule(decide="every_n_days", every_days=30), [1, 31, 61]),
        (Schedule(decide="dates", dates=(date(2020, 2, 2), date(2020, 1, 15))), [11, 23]),  # a Sunday stands for Friday
        (EVENT, [1]),
        (Schedule(decide="month_end", first_investment=date(2020, 2, 15)), [33, 43, 65]),
        (Schedule(decide="week_end", lag=3, first_investment=date(2020, 3, 27)), [62, 65]),
    ],
)
def test_every_calendar_trades_on_its_days(markets, schedule, days):
    panel = flat(markets, days=70)
    result = run(panel, markets.constant(np.array([0.5, 0.5])), schedule)
    assert (result.trade_days + days[0]).tolist() == days
    assert result.dates[0] == panel.dates[days[0]] and result.dates[-1] == panel.dates[-1]
    np.testing.assert_array_equal(result.decision_days, panel.dates[np.array(days) - schedule.lag])
    np.testing.assert_allclose(result.nav, 100.0, rtol=1e-14)


def test_an_event_driven_strategy_is_asked_every_day_and_traded_lag_days_later(markets):
    """First decision on day 0, lag 2: first trade on day 2. It asks on days 1, 5 and 6, and not on the last two."""
    panel, seen = flat(markets, days=10), []
    strategy = asking(markets, [[0.5, 0.5]], {0: {1, 5, 6, 8}})
    asks = strategy.should_trade

    def watched(history, *, row):
        seen.append(len(history.dates) - 1)
        return asks(history, row=row)

    result = run(panel, replace(strategy, should_trade=watched), Schedule(decide="event", lag=2))
    assert (result.trade_days + 2).tolist() == [2, 3, 7, 8]
    np.testing.assert_array_equal(result.decision_days, panel.dates[[0, 1, 5, 6]])
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_an_event_driven_strategy_sees_what_it_holds_each_day(markets):
    prices, seen = np.full((8, 2), 10.0), []
    prices[4:, 0] = 30.0

    def should_trade(history):
        seen.append(history.weights[0, 0])
        return np.array([False])

    strategy = replace(markets.constant(np.array([0.5, 0.5])), should_trade=should_trade)
    run(markets.panel_of(prices), strategy, EVENT)
    assert seen == pytest.approx([0.5, 0.5, 0.5, 0.75, 0.75, 0.75])


def test_a_variant_that_does_not_ask_may_wish_what_it_likes(markets):
    """Its wish is neither looked at nor refused, in one call as in two."""

    def target_weights(history, *, row):
        return np.where(row == 1.0, [1.0, np.nan], [0.5, 0.5]) if len(history.dates) > 1 else np.full((2, 2), 0.5)

    strategy = markets.strategy_of(target_weights, row=np.array([[0.0], [1.0]]))
    strategy = replace(strategy, should_trade=lambda history, *, row: row[:, 0] == 0.0)
    result = run(flat(markets), strategy, EVENT, Constraints(max_name=0.6))
    assert result.reasons == ("rebalance",) * 11
    assert np.isnan(result.target_weights[1:, 1]).all()


# Flows


def test_money_that_comes_is_shared_out_in_proportion(markets):
    """2 : 1 in two names and a tenth in cash; 50 come to 100, and no unit is worth more or less for it."""
    panel = flat(markets)
    result = run(panel, markets.constant(np.array([0.6, 0.3])), ONCE, flows=(on(panel, 5, 50.0),))
    assert result.reasons == ("rebalance", "flow") and result.trade_days.tolist() == [0, 4]
    assert result.units[1, 0].tolist() == pytest.approx([9.0, 4.5])
    assert result.cash[1, 0] == pytest.approx(15.0)
    assert result.nav[:, 0].tolist() == pytest.approx([100.0] * 4 + [150.0] * 7)
    assert result.flows.tolist() == [0.0] * 4 + [50.0] + [0.0] * 6
    assert unit_value(result)[:, 0].tolist() == pytest.approx([100.0] * 11)
    assert np.isnat(result.decision_days[1])
    assert result.turnover[1, 0] == pytest.approx(0.5 * 45.0 / 150.0)
    assert result.target_weights[1, 0].tolist() == pytest.approx([0.6, 0.3])


def test_money_that_goes_is_sold_in_proportion_to_what_is_held_now(markets):
    """A doubled to 120 of 160: three quarters of 40 come from it."""
    prices = np.full((12, 2), 10.0)
    prices[3:, 0] = 20.0
    panel = markets.panel_of(prices)
    result = run(panel, markets.constant(np.array([0.6, 0.4])), ONCE, flows=(on(panel, 5, -40.0),))
    assert result.units[1, 0].tolist() == pytest.approx([4.5, 3.0])
    assert result.cash[1, 0] == pytest.approx(0.0, abs=1e-13)
    assert unit_value(result)[-1, 0] == pytest.approx(160.0)


def test_a_flow_pays_its_costs_and_they_fall_on_everyone(markets):
    """50 come to V = 100 / 1.01 at 1 %: z + 0.01 (z - V) = V + 50."""
    panel, strategy, costs = (
        flat(markets),
        markets.constant(np.array([1.0, 0.0])),
        Costs(capital=100.0, buy_tax_bps=100),
    )
    result = run(panel, strategy, ONCE, None, costs, (on(panel, 5, 50.0),))
    before = 100 / 1.01
    after = (before + 50.0 + 0.01 * before) / 1.01
    assert result.nav[-1, 0] == pytest.approx(after, rel=1e-14)
    assert unit_value(result)[-1, 0] == pytest.approx(after - 50.0, rel=1e-13)


def test_flows_of_one_trading_day_are_one(markets):
    """Saturday 11 January and Monday 13, day 8."""
    panel = flat(markets)
    flows = (Flow(date=date(2020, 1, 11), amount=30.0), on(panel, 8, -10.0))
    result = run(panel, markets.constant(np.array([1.0, 0.0])), ONCE, flows=flows)
    assert result.flows[7] == 20.0 and result.nav[-1, 0] == pytest.approx(120.0)
    assert result.units[-1, 0, 0] == pytest.approx(12.0)


def test_a_flow_on_a_rebalance_day_joins_the_rebalance(markets):
    panel = flat(markets)
    result = run(panel, dated(markets, (0, [1.0, 0.0]), (7, [0.25, 0.5])), WEEKLY, flows=(on(panel, 8, 100.0),))
    assert result.reasons == ("rebalance", "rebalance") and result.trade_days.tolist() == [0, 5]
    assert result.units[1, 0].tolist() == pytest.approx([5.0, 10.0])
    assert result.cash[1, 0] == pytest.approx(50.0)
    assert result.turnover[1, 0] == pytest.approx(0.5 * 150.0 / 200.0)


def test_a_flow_reaches_the_variants_that_decide_nothing_that_day(markets):
    panel = flat(markets)
    strategy = asking(markets, [[0.5, 0.5], [0.6, 0.2]], {0: {4}, 1: set()})
    result = run(panel, strategy, EVENT, flows=(on(panel, 5, -50.0),))
    assert result.units[1].tolist() == [pytest.approx([2.5, 2.5]), pytest.approx([3.0, 1.0])]
    assert result.cash[1].tolist() == pytest.approx([0.0, 10.0])
    assert result.target_weights[1, 1].tolist() == pytest.approx([0.6, 0.2])


def test_a_flow_while_a_name_is_suspended_leaves_it_alone(markets):
    """20 of 100 go; B cannot be sold, A takes its own share of 80, and what cash there was pays the rest."""
    traded = np.ones((12, 2), dtype=bool)
    traded[5, 1] = False
    panel = flat(markets, traded=traded)
    result = run(panel, markets.constant(np.array([0.5, 0.4])), ONCE, flows=(on(panel, 5, -20.0),))
    assert result.units[1, 0].tolist() == pytest.approx([4.0, 4.0])
    assert result.cash[1, 0] == pytest.approx(0.0, abs=1e-13)
    assert binding(result, 1) == {"untraded"}
    more = run(panel, markets.constant(np.array([0.5, 0.4])), ONCE, flows=(on(panel, 5, -40.0),))
    assert more.units[1, 0].tolist() == pytest.approx([2.0, 4.0])  # cash lacks: A's goal shrinks to the 20 there are


def test_a_flow_on_the_last_day_of_a_name_keeps_the_others(markets):
    """50 of A at a haircut of 0.8 become 10 in cash; the flow of 6 on 60 is a tenth: 2.5 units grow to 2.75."""
    prices = np.full((12, 3), 10.0)
    prices[6:, 0] = np.nan
    panel, costs = markets.panel_of(prices), Costs(capital=100.0, delisting_haircut=0.8)
    result = run(panel, markets.constant(np.array([0.5, 0.25, 0.25])), ONCE, None, costs, (on(panel, 5, 6.0),))
    assert result.reasons == ("rebalance", "flow")
    assert result.units[1, 0].tolist() == pytest.approx([0.0, 2.75, 2.75])
    assert result.cash[1, 0] == pytest.approx(11.0)


def test_a_redemption_while_orders_wait_is_paid_and_they_go_on(markets):
    """20 a day: 20, 40, then 30 go on day 3 out of the cash that waits, and the goal of all that is left stays."""
    panel = deep(markets, names=1)
    result = run(panel, markets.constant(np.array([1.0])), ONCE, LIMIT, flows=(on(panel, 3, -30.0),))
    assert result.reasons == ("rebalance", "carry_over", "carry_over", "carry_over")
    assert result.units[:, 0, 0].tolist() == pytest.approx([2.0, 4.0, 6.0, 7.0])
    assert result.cash[:, 0].tolist() == pytest.approx([80.0, 60.0, 10.0, 0.0])


def test_all_the_money_may_go(markets):
    panel = flat(markets)
    result = run(panel, markets.constant(np.array([0.5, 0.3])), ONCE, flows=(on(panel, 5, -100.0),))
    assert result.nav[4:, 0].tolist() == [0.0] * 7 and not result.units[-1].any()


def test_a_redemption_that_cannot_be_paid_names_day_variant_and_what_is_there(markets):
    traded = np.ones((12, 2), dtype=bool)
    traded[5, 1] = False
    panel = flat(markets, traded=traded)
    strategy = markets.constant(np.array([[0.7, 0.3], [0.2, 0.8]]))
    with pytest.raises(
        SimulationError,
        match=r"^2020-01-08: the redemption of 30\.00 cannot be paid by variant 2: no more than 20\.00 can be raised "
        r"that day\. Lower the \[\[flow\]\], or move it\.$",
    ):
        run(panel, strategy, ONCE, flows=(on(panel, 5, -30.0),))
    with pytest.raises(
        SimulationError, match=r"^2020-01-08: the redemption of 1,110\.00 cannot be paid: no more than 100"
    ):
        run(flat(markets), markets.constant(np.array([0.5, 0.5])), ONCE, flows=(on(panel, 5, -1110.0),))


def test_a_flow_on_the_first_trade_date_is_refused(markets):
    panel = flat(markets)
    with pytest.raises(DataError, match=r"falls on or before the first trade date, 2020-01-02"):
        run(panel, markets.constant(np.array([1.0, 0.0])), ONCE, flows=(on(panel, 1, 5.0),))


# Custody


def test_custody_accrues_by_actual_days_and_is_paid_out_of_the_next_trade(markets):
    """Traded on Thursday 2 January and Wednesday 8: one, three, one and one day pass between the closes."""
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 1), date(2020, 1, 7)))
    result = run(
        flat(markets), markets.constant(np.array([0.5, 0.5])), schedule, None, Costs(capital=100.0, custody_bps=200)
    )
    one, three = 1 - 0.98 ** (1 / 365.25), 1 - 0.98 ** (3 / 365.25)
    days = np.array([0.0, one, three, one, one])
    assert result.nav[:5, 0].tolist() == pytest.approx(100 * np.cumprod(1 - days), rel=1e-15)
    assert result.charges[1:5, 0].tolist() == pytest.approx(result.nav[:4, 0] * days[1:], rel=1e-14)
    assert result.owed[:, 0].tolist() == [0.0, 0.0] and result.cash[1, 0] == pytest.approx(0.0, abs=1e-13)
    assert result.units[1, 0].tolist() == pytest.approx([result.nav[4, 0] / 20.0] * 2)
    assert not paid(result).any() and result.turnover[1, 0] == pytest.approx(0.5 * (100 / result.nav[4, 0] - 1))


def test_a_year_of_custody_takes_its_rate(markets):
    panel = flat(markets, days=400)
    result = run(panel, markets.constant(np.array([0.5, 0.3])), ONCE, None, Costs(capital=100.0, custody_bps=100))
    years = (result.dates[-1] - result.dates[0]).astype(int) / 365.25
    assert result.nav[-1, 0] == pytest.approx(100 * 0.99**years, rel=1e-13)


def test_custody_stays_owed_while_nothing_can_be_sold(markets):
    """All is in a name that is suspended on the day of the second trade; the third pays both."""
    traded = np.ones((15, 1), dtype=bool)
    traded[8] = False
    panel, costs = flat(markets, names=1, days=15, traded=traded), Costs(capital=100.0, custody_bps=200)
    result = run(panel, markets.constant(np.array([1.0])), WEEKLY, None, costs)
    assert result.trade_days.tolist() == [0, 5, 10]
    assert result.cash[:, 0].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert result.owed[1, 0] == pytest.approx(100.0 - result.nav[5, 0], rel=1e-12) and result.owed[2, 0] == 0.0
    assert result.nav[:, 0].tolist() == pytest.approx(
        100 * 0.98 ** ((result.dates - result.dates[0]).astype(int) / 365.25), rel=1e-14
    )


def test_who_does_not_trade_pays_no_custody_yet(markets):
    """Cash earns 1 % a day: what is owed but not yet paid earns it too, whether another variant trades or not."""
    panel = flat(markets, cash=1.01 ** np.arange(12))
    both = [[0.5, 0.2], [0.5, 0.2]]
    costs = Costs(capital=100.0, custody_bps=1000)
    busy = run(panel, asking(markets, both, {0: {3}, 1: set()}), EVENT, None, costs)
    quiet = run(panel, asking(markets, both, {0: set(), 1: set()}), EVENT, None, costs)
    np.testing.assert_allclose(busy.nav[:, 1], quiet.nav[:, 1], rtol=1e-14)
    assert busy.owed[1, 0] == 0.0 and busy.owed[1, 1] > 0.0


# Each cost alone


@pytest.mark.parametrize(
    ("terms", "component", "cost"),
    [
        ({"commission_bps": 200}, 0, 0.02 * 100 / 1.02),
        ({"commission_fixed": 3}, 0, 6.0),
        ({"commission_minimum": 4}, 0, 8.0),
        ({"half_spread_bps": 100}, 1, 100 / 101),
        ({"buy_tax_bps": 50}, 2, 0.5 / 1.005),
        ({"fx_bps": 100}, 4, 0.5 / 1.005),  # of the second name only
    ],
)
def test_one_kind_of_cost_at_a_time_on_the_first_purchase(markets, terms, component, cost):
    panel = flat(markets, currencies=("USD", "EUR"), fx={"USD": np.ones(12), "EUR": np.ones(12)})
    result = run(panel, markets.constant(np.array([0.5, 0.5])), ONCE, None, Costs(capital=100.0, **terms))
    expected = np.zeros(5)
    expected[component] = cost
    assert result.costs[0, 0].tolist() == pytest.approx(expected)
    assert result.nav[0, 0] == pytest.approx(100.0 - cost)
    assert result.order_costs[0, 0].sum() == pytest.approx(cost)


def test_sales_pay_their_own_tax(markets):
    costs = Costs(capital=100.0, sell_tax_bps=100, buy_tax_bps=0)
    result = run(flat(markets), dated(markets, (0, [1.0, 0.0]), (7, [0.0, 1.0])), costs=costs)
    assert not paid(result)[0].any()
    assert result.costs[1, 0].tolist() == pytest.approx([0.0, 0.0, 1.0, 0.0, 0.0])
    assert result.order_costs[1, 0].tolist() == pytest.approx([1.0, 0.0])


def test_impact_costs_volatility_times_the_root_of_the_share_of_the_day(markets):
    """Prices move between 10 and 11; 400 are traded a day; traded on day 12 after returns of days 2 to 11."""
    prices = np.where(np.arange(20) % 2, 11.0, 10.0)[:, None]
    panel = markets.panel_of(prices, traded_value=np.full((20, 1), 400.0))
    schedule = Schedule(decide="event", first_investment=panel.dates[12].item())
    result = run(
        panel, markets.constant(np.array([1.0])), schedule, None, Costs(capital=100.0, impact=True, impact_days=10)
    )
    sigma = np.array([0.1, -1 / 11] * 5).std(ddof=1)
    nav = result.nav[0, 0]
    assert nav + sigma * (nav / 400) ** 0.5 * nav == pytest.approx(100.0, rel=1e-13)
    assert result.costs[0, 0, 3] == pytest.approx(100.0 - nav)


def test_taxes_by_country_follow_their_dates(markets):
    """One switch a week between a French and an American name; the tax is 1 % until Friday 10 January, then 2 %."""

    def taxed(bps, first, last):
        return Tax(country="FR", side="buy", rate_bps=bps, valid_from=first, valid_to=last, law="L", source="S")

    table = TaxTable("test", (taxed(100, date(2020, 1, 1), date(2020, 1, 10)), taxed(200, date(2020, 1, 11), None)))
    panel = flat(markets, days=20, countries=("FR", "US"))
    strategy = dated(markets, (0, [1.0, 0.0]), (7, [0.0, 1.0]), (12, [1.0, 0.0]))
    result = run(panel, strategy, WEEKLY, None, Costs(capital=100.0, taxes="by_country"), taxes=table)
    nav = 100 / 1.01
    assert paid(result)[:, 0].tolist() == pytest.approx([0.01 * nav, 0.0, 0.02 * nav / 1.02, 0.0], abs=1e-12)
    assert result.rates.buy_tax[:, 0].tolist() == [0.01, 0.02, 0.02, 0.02]


def test_half_spreads_come_from_their_table(markets):
    spreads = np.full((12, 2), np.nan)
    spreads[:, 1] = 0.03
    panel = flat(markets, half_spreads=spreads)
    costs = Costs(capital=100.0, half_spread_bps=100)
    result = run(panel, markets.constant(np.array([0.5, 0.5])), ONCE, None, costs)
    assert result.costs[0, 0, 1] == pytest.approx(2.0 / 1.02)


# The limit on volume


def test_what_the_volume_forbids_is_tried_again_until_it_is_done(markets):
    result = run(deep(markets, names=1), markets.constant(np.array([0.7])), ONCE, LIMIT)
    assert result.trade_days.tolist() == [0, 1, 2, 3]
    assert result.reasons == ("rebalance", "carry_over", "carry_over", "carry_over")
    assert result.units[:, 0, 0].tolist() == pytest.approx([2.0, 4.0, 6.0, 7.0])
    assert [binding(result, k) for k in range(4)] == [{"max_adv_share"}] * 3 + [set()]
    assert np.isnat(result.decision_days[1:]).all()
    assert result.target_weights[:, 0, 0].tolist() == pytest.approx([0.7] * 4)


def test_only_the_unfinished_names_are_tried_again(markets):
    """B may be traded at will, doubles meanwhile, and is left alone."""
    prices, values = np.full((16, 2), 10.0), np.full((16, 2), 100.0)
    values[:, 1], prices[2:, 1] = 1e9, 20.0
    panel = markets.panel_of(prices, traded_value=values)
    result = run(panel, markets.constant(np.array([0.5, 0.5])), ONCE, LIMIT)
    assert result.units[:, 0, 1].tolist() == [5.0] * len(result.units)
    assert np.isnan(result.target_weights[1:, 0, 1]).all()
    # A wants half of 150: 20 a day, and 15 on the fourth day, but only 50 of cash is there
    assert result.units[:, 0, 0].tolist() == pytest.approx([2.0, 4.0, 5.0] + [5.0] * (len(result.units) - 3))


def test_a_new_decision_replaces_what_waits(markets):
    """Weekly: 20 a day towards 100 of A from day 3 on; on day 8 the wish is B."""
    panel = deep(markets, value=25.0)
    result = run(panel, dated(markets, (0, [1.0, 0.0]), (7, [0.0, 1.0])), WEEKLY, LIMIT)
    assert result.units[4, 0].tolist() == pytest.approx([25.0 / 10, 0.0])  # five days of 5
    assert result.reasons[5] == "rebalance" and result.trade_days[5] == 5
    assert result.units[5, 0].tolist() == pytest.approx([2.0, 0.5])
    assert result.target_weights[6, 0].tolist() == pytest.approx([0.0, 1.0])


def test_a_name_suspended_while_it_waits_is_tried_again_when_it_trades(markets):
    traded = np.ones((16, 1), dtype=bool)
    traded[3:5] = False
    values = np.where(traded, 100.0, np.nan)
    panel = flat(markets, names=1, days=16, traded=traded, traded_value=values)
    result = run(panel, markets.constant(np.array([0.5])), ONCE, LIMIT)
    # limits: 20, 20, then 0.2 x the mean of the five days before, closed ones as nothing
    assert result.units[:5, 0, 0].tolist() == pytest.approx([2.0, 4.0, 4.0, 4.0, 5.0])
    assert binding(result, 2) == {"untraded", "max_adv_share"}
    assert len(result.trade_days) == 5


def test_a_name_suspended_while_it_waits_is_not_forgotten_when_another_variant_decides(markets):
    traded = np.ones((16, 2), dtype=bool)
    traded[3, 0] = False
    panel = deep(markets, traded=traded)
    strategy = asking(markets, [[0.0, 0.6], [0.6, 0.0]], {0: {2}, 1: set()})
    result = run(panel, strategy, EVENT, LIMIT)
    assert result.reasons[2] == "rebalance"
    assert result.units[-1].tolist() == [pytest.approx([0.0, 6.0]), pytest.approx([6.0, 0.0])]


def test_a_name_that_leaves_while_it_waits_is_sold_whole(markets):
    """20 of A a day from day 1 on; its last day is day 3: two orders, then all is sold at once, beyond the limit."""
    prices = np.full((12, 2), 10.0)
    prices[4:, 0] = np.nan
    panel = markets.panel_of(prices, traded_value=np.full((12, 2), 100.0))
    result = run(panel, markets.constant(np.array([1.0, 0.0])), ONCE, LIMIT)
    assert result.units[:, 0, 0].tolist() == pytest.approx([2.0, 4.0, 0.0])
    assert result.reasons == ("rebalance", "carry_over", "carry_over")
    assert result.nav[-1, 0] == result.cash[-1, 0] == pytest.approx(100.0)


def test_a_member_lost_while_it_waits_is_sold_again(markets):
    members = np.ones((16, 1), dtype=bool)
    members[3:] = False
    panel = deep(markets, names=1, members=members)
    result = run(panel, markets.constant(np.array([1.0])), ONCE, LIMIT)
    assert result.units[:, 0, 0].tolist() == pytest.approx([2.0, 4.0, 2.0, 0.0])
    assert "membership" in binding(result, 2)


def test_volumes_that_are_missing_are_asked_for_with_day_name_and_variant(markets):
    message = (
        r"^2020-01-02, A001: to be traded{}, but no traded value or volatility is known for the days before\. "
        r"\[costs\] impact and \[constraints\] max_adv_share need \[data\] volumes; give them, start later, or switch "
        r"both off\.$"
    )
    values = np.full((12, 2), 100.0)
    values[:, 1] = np.nan
    panel = flat(markets, traded_value=values)
    with pytest.raises(SimulationError, match=message.format("")):
        run(panel, markets.constant(np.array([0.5, 0.5])), ONCE, LIMIT)
    with pytest.raises(SimulationError, match=message.format(" by variant 2")):
        run(panel, markets.constant(np.array([[1.0, 0.0], [0.5, 0.5]])), ONCE, LIMIT)
    assert run(panel, markets.constant(np.array([1.0, 0.0])), ONCE, LIMIT).units[0, 0].tolist() == [2.0, 0.0]


def moving(markets, values):
    """Two names that move a little each day; traded on day 12."""
    walk = np.exp(np.cumsum(np.random.Generator(np.random.PCG64(3)).normal(0.0, 0.02, (20, 2)), axis=0))
    panel = markets.panel_of(10.0 * walk, traded_value=np.broadcast_to(np.array(values, dtype=float), (20, 2)))
    return panel, Schedule(decide="event", first_investment=panel.dates[12].item())


def test_a_name_that_is_never_traded_has_no_impact_that_anyone_knows(markets):
    panel, schedule = moving(markets, [1e9, 0.0])
    with pytest.raises(SimulationError, match=r"^2020-01-17, A001: to be traded, but no traded value"):
        run(panel, markets.constant(np.array([0.5, 0.5])), schedule, None, Costs(capital=100.0, impact=True))


def test_an_order_that_eats_itself_is_refused(markets):
    panel, schedule = moving(markets, [1e9, 1e-3])
    with pytest.raises(
        SimulationError,
        match=r"^2020-01-17, A001: the order by variant 2 would cost as much as it is worth, because so little of it "
        r"is traded\. Lower \[costs\] capital or impact_coefficient, or limit orders with \[constraints\] "
        r"max_adv_share\.$",
    ):
        both = markets.constant(np.array([[1.0, 0.0], [0.5, 0.5]]))
        run(panel, both, schedule, None, Costs(capital=1e6, impact=True))


def test_trouble_is_found_behind_a_variant_that_only_owes(markets):
    """Variant 1 owes custody and has no cash when variant 2 turns to a name of which nothing is known."""
    panel, schedule = moving(markets, [1e9, np.nan])

    def target_weights(history, *, row):
        return np.tile([1.0, 0.0] if len(history.dates) < 14 else [0.0, 1.0], (2, 1))

    strategy = markets.strategy_of(target_weights, row=np.array([[0.0], [1.0]]))
    strategy = replace(strategy, should_trade=lambda history, *, row: (row[:, 0] == 1) & (len(history.dates) == 15))
    with pytest.raises(SimulationError, match="A001: to be traded by variant 2"):
        run(panel, strategy, schedule, None, Costs(capital=100.0, impact=True, custody_bps=100))


# Limits on trading


def test_whole_shares_are_of_the_close_in_base_currency(markets):
    """A close of 6 at a rate of 2.5 is 15 a share, whatever the level of the total-return series."""
    fx = {"USD": np.ones(12), "EUR": np.full(12, 2.5)}
    panel = flat(markets, names=1, closes=np.full((12, 1), 6.0), currencies=("EUR",), fx=fx)
    strategy = dated(markets, (0, [1.0]), (7, [0.5]))
    result = run(panel, strategy, WEEKLY, Constraints(whole_shares=True))
    assert (result.units[:, 0, 0] * 10.0).tolist() == pytest.approx([90.0, 45.0])
    assert result.cash[:, 0].tolist() == pytest.approx([10.0, 55.0])


def test_names_inside_the_band_keep_their_units_to_the_bit(markets):
    """After A's 10 -> 12 the weights are 0.375, 0.3125, 0.3125; the wish of a third each lies within 0.05."""
    prices = np.full((12, 3), 10.0)
    prices[5:, 0] = 12.0
    panel, strategy = markets.panel_of(prices), markets.constant(np.full(3, 1 / 3))
    result = run(panel, strategy, WEEKLY, Constraints(no_trade_band=0.05))
    np.testing.assert_array_equal(result.units[1], result.units[0])
    assert binding(result, 1) == {"no_trade_band"} and np.isnan(result.target_weights[1]).all()
    tight = run(panel, strategy, WEEKLY, Constraints(no_trade_band=0.03))
    assert tight.units[1, 0, 1:].tolist() == tight.units[0, 0, 1:].tolist()
    assert tight.units[1, 0, 0] * 12.0 == pytest.approx(tight.nav[5, 0] / 3)


def test_a_name_outside_its_band_may_be_traded_to_the_edge(markets):
    prices = np.full((12, 2), 10.0)
    prices[5:, 0] = 30.0
    limits = Constraints(no_trade_band=0.1, trade_to="edge")
    result = run(markets.panel_of(prices), markets.constant(np.array([0.5, 0.3])), WEEKLY, limits)
    # drifted 150 / 200 and 30 / 200: to 0.6 and to 0.2
    assert result.target_weights[1, 0].tolist() == pytest.approx([0.6, 0.2])


def test_small_trades_are_not_made_and_exits_are(markets):
    strategy = dated(markets, (0, [0.5, 0.45, 0.01]), (7, [0.505, 0.49, 0.0]))
    result = run(flat(markets, names=3), strategy, WEEKLY, Constraints(min_trade=0.02))
    assert result.units[1, 0].tolist() == pytest.approx([5.0, 4.9, 0.0])
    assert result.units[1, 0, 0] == result.units[0, 0, 0] and binding(result, 1) == {"min_trade"}


def test_turnover_is_limited_at_each_rebalance_and_the_first_purchase_is_free(markets):
    panel, limits = flat(markets, days=60), Constraints(max_turnover=0.1)
    result = run(panel, dated(markets, (0, [1.0, 0.0]), (7, [0.0, 1.0])), WEEKLY, limits)
    assert result.turnover[0, 0] == pytest.approx(0.5)
    assert result.turnover[1:11, 0].tolist() == pytest.approx([0.1] * 10)
    assert result.units[1:11, 0, 1].tolist() == pytest.approx(np.arange(1.0, 11.0))
    assert binding(result, 5) == {"max_turnover"} and binding(result, 11) == set()


# Names that come and go


def test_a_late_listing_is_bought_when_it_is_a_member(markets):
    prices = np.full((20, 2), 10.0)
    prices[:6, 0] = np.nan
    result = run(markets.panel_of(prices), markets.constant(np.array([0.5, 0.5])))
    assert binding(result, 0) == {"membership"} and result.units[0, 0].tolist() == pytest.approx([0.0, 10.0])
    assert result.units[1, 0].tolist() == pytest.approx([5.0, 5.0])


@pytest.mark.parametrize("haircut", [0.0, 0.3, 1.0])
def test_a_departure_loses_its_haircut_and_its_cost(markets, haircut):
    prices = np.full((12, 2), 10.0)
    prices[6:, 0] = np.nan
    costs = Costs(capital=100.0, delisting_haircut=haircut, sell_tax_bps=100, buy_tax_bps=0)
    result = run(markets.panel_of(prices), markets.constant(np.array([0.4, 0.6])), ONCE, None, costs)
    got = 40.0 * (1 - haircut)
    assert result.order_prices[1, 0] == pytest.approx(10.0 * (1 - haircut))
    assert result.costs[1, 0].tolist() == pytest.approx([0.0, 0.0, 0.01 * got, 0.0, 0.0])
    assert result.cash[1, 0] == pytest.approx(0.99 * got)
    assert result.nav[3:, 0].tolist() == pytest.approx([100.0] + [60.0 + 0.99 * got] * 7)
    assert result.units[1, 0].tolist() == [0.0, 6.0]


def test_who_leaves_is_sold_whatever_its_volume_and_without_impact(markets):
    prices = 10.0 * np.exp(np.cumsum(np.random.Generator(np.random.PCG64(2)).normal(0, 0.02, (30, 2)), axis=0))
    prices[25:, 0] = np.nan
    panel = markets.panel_of(prices, traded_value=np.full((30, 2), 1e6))
    schedule = Schedule(decide="event", first_investment=panel.dates[15].item())
    limits, costs = Constraints(max_adv_share=0.1), Costs(capital=100.0, impact=True)
    values = panel.traded_value.copy()
    values[16:] = np.nan
    other = replace(panel, traded_value=values)
    for market in (panel, other):
        result = run(market, markets.constant(np.array([0.5, 0.5])), schedule, limits, costs)
        assert result.reasons == ("rebalance", "delisting")
        assert result.costs[0, 0, 3] > 0.0 and not result.costs[1].any()


def test_orders_that_cost_more_than_there_is_are_refused(markets):
    prices = np.full((12, 2), 10.0)
    prices[6:, 0] = np.nan
    costs = Costs(capital=100.0, delisting_haircut=0.95, commission_minimum=20)
    with pytest.raises(
        SimulationError,
        match=r"^2020-01-08: the orders would cost more than the 4\.00 there is\. Lower \[costs\] commission_fixed and "
        r"commission_minimum, or start with more \[costs\] capital\.$",
    ):
        run(markets.panel_of(prices), markets.constant(np.array([1.0, 0.0])), ONCE, None, costs)


def test_ruin_owes_nothing(markets):
    """All in a name that leaves for nothing: the custody of the days before is lost with it, and none accrues."""
    prices = np.full((12, 2), 10.0)
    prices[6:, 0] = np.nan
    costs = Costs(capital=100.0, delisting_haircut=1.0, custody_bps=500)
    result = run(markets.panel_of(prices), markets.constant(np.array([1.0, 0.0])), ONCE, None, costs)
    assert not result.nav[4:].any() and not result.charges[5:].any() and not result.owed[1:].any()


# What is refused


def test_a_wish_for_names_that_are_no_members_only_is_said_with_the_date(markets):
    members = np.ones((12, 3), dtype=bool)
    members[:, 2] = False
    with pytest.raises(
        ConstraintError, match=r"^strategy constant, 2020-01-03: the strategy wishes weight for"
    ) as error:
        run(flat(markets, names=3, members=members), markets.constant(np.array([0.0, 0.0, 1.0])))
    assert "member" in str(error.value)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (np.array([[0.5, 0.5], [0.5, np.nan]]), "wishes nan of A001"),
        (np.array([[0.5, np.inf], [0.5, 0.5]]), "wishes inf of A001"),
        (np.array([[0.5, 0.5], [1.2, -0.2]]), "wishes -0.2 of A001"),
        (np.ones((3, 2)) / 2, r"returned weights of shape \(3, 2\); return \(2, 2\)"),
    ],
)
def test_a_wish_that_is_no_set_of_weights_stops_the_run_with_strategy_and_date(markets, wish, message):
    strategy = markets.strategy_of(lambda history, *, row: wish, row=np.zeros((2, 1)))
    with pytest.raises(StrategyError, match=rf"^strategy test, 2020-01-03: .*{message}"):
        run(flat(markets), strategy)


@pytest.mark.parametrize(("rows", "whose"), [([[0.5, 0.5]], ""), ([[0.0, 1.0], [0.5, 0.5]], " by variant 2")])
def test_a_price_that_is_missing_for_what_is_held_is_said(markets, rows, whose):
    prices = np.full((12, 2), 10.0)
    prices[5:7, 0] = np.nan
    with pytest.raises(
        DataError,
        match=rf"^A000, 2020-01-08: held{whose}, but without a price\. Give its closes, or the day of its delisting in "
        r"the universe\.$",
    ):
        run(markets.panel_of(prices), markets.constant(np.array(rows)), ONCE)


def test_a_hole_in_the_prices_of_a_name_nobody_held_then_is_no_matter(markets):
    prices = np.full((20, 2), 10.0)
    prices[3:5, 0] = np.nan
    result = run(markets.panel_of(prices), dated(markets, (0, [0.0, 1.0]), (7, [0.5, 0.5])))
    assert result.units[-1, 0].tolist() == pytest.approx([5.0, 5.0])


def test_costs_of_more_than_a_trade_are_refused_before_the_strategy_is_asked(markets):
    never = markets.strategy_of(lambda history: pytest.fail("asked"))
    panel = flat(markets, half_spreads=np.full((12, 2), 0.99))
    with pytest.raises(DataError, match=r"^\[costs\], A000: .* come to 101% of a trade"):
        run(panel, never, costs=Costs(commission_bps=200))


def test_a_run_writes_to_nothing_it_was_given(markets):
    """Every array of the panel is read-only; constraints, costs and flows are frozen."""
    panel = deep(markets)
    wish = np.array([[0.5, 0.5], [0.9, 0.1]])
    wish.flags.writeable = False
    strategy = markets.strategy_of(lambda history, *, row: wish, row=np.zeros((2, 1)))
    before = {name: value.tobytes() for name, value in vars(panel).items() if isinstance(value, np.ndarray)}
    limits = Constraints(max_adv_share=0.2, max_name=0.8, no_trade_band=0.01, max_turnover=0.4, whole_shares=True)
    costs = Costs(capital=100.0, commission_minimum=0.1, custody_bps=50)
    result = run(panel, strategy, WEEKLY, limits, costs, (on(panel, 6, 10.0), on(panel, 8, -5.0)))
    assert len(result.trade_days) > 2
    assert before == {name: getattr(panel, name).tobytes() for name in before}
    assert wish.tolist() == [[0.5, 0.5], [0.9, 0.1]]
