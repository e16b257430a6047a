"""One trade and its cost, small enough to be worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.costs import COMPONENTS, Rates
from backtest.filling import (
    AFTER,
    ASSET,
    BOUGHT,
    BROKE,
    COSTS,
    FILLED,
    NO_DEPTH,
    OWED,
    SHORT,
    SOLD,
    STATUS,
    TOO_DEAR,
    WORTH,
    fill,
)

NAN = np.nan


def rates_of(names, commission=0.0, fixed=0.0, minimum=0.0, **arrays):
    """Rates of `names` assets; each array a number or a row; most and share None unless given."""
    rows = {name: np.zeros(names) for name in ("spread", "buy_tax", "sell_tax", "fx", "impact")}
    rows |= {name: np.array(np.broadcast_to(value, names), dtype=np.float64) for name, value in arrays.items()}
    return Rates(commission, fixed, minimum, **rows)


def filled(held, cash, goal, flow=0.0, owed=0.0, price=10.0, **terms):
    """A fill of one row: `held` and `cash` in money, every price the same, cash at a level of 1."""
    held = np.array(held, dtype=np.float64)
    prices = np.append(np.full(len(held), price), 1.0)
    goal = np.array([goal], dtype=np.float64)
    rates = rates_of(len(held), **terms)
    return fill(np.append(held / price, cash)[None], prices, goal, flow, np.array([owed]), rates, True)


def values(done, price=10.0):
    """What is held after it, in money, and the cash."""
    return (done.positions[0, :-1] * price).tolist(), done.positions[0, -1]


def adds_up(done):
    """Value before = value after + costs, cash moves by what was traded, and order costs add up; to 1e-12 of value."""
    for v, row in enumerate(done.row):
        assert row[WORTH] - row[COSTS:].sum() == pytest.approx(row[AFTER], rel=1e-12)
        assert done.order_costs[v].sum() == pytest.approx(row[COSTS:].sum(), rel=1e-12, abs=1e-12)


# Costs, one by one


def test_buying_everything_from_cash_pays_the_rate_on_what_is_bought():
    done = filled([0.0], 100.0, [1.0], commission=0.01)
    assert values(done)[0] == pytest.approx([100 / 1.01], rel=1e-15)
    assert done.row[0, [BOUGHT, SOLD, WORTH, STATUS]].tolist() == pytest.approx([100 / 1.01, 0, 100, FILLED])
    adds_up(done)


def test_selling_everything_pays_the_rate_on_what_is_sold():
    done = filled([100.0], 0.0, [0.0], sell_tax=0.01)
    assert values(done) == ([0.0], 99.0)


def test_a_switch_pays_both_sides():
    """100 of A into B at 1 % to sell and 2 % to buy: 99 of cash buys 99 / 1.02."""
    done = filled([100.0, 0.0], 0.0, [0.0, 1.0], sell_tax=0.01, buy_tax=0.02)
    assert values(done)[0] == pytest.approx([0.0, 99 / 1.02], rel=1e-15)
    adds_up(done)


def test_an_asset_between_its_weight_before_and_after_cost_changes_sides():
    """At the value before cost the first looks bought by a hair; after the cost of the rest it is sold by a hair."""
    done = filled([99.99, 0.0, 100.0], 100.01, [1 / 3, 1 / 3, 1 / 3], commission=0.05)
    kept, _ = values(done)
    assert kept[0] < 99.99
    assert kept == pytest.approx([done.row[0, AFTER] / 3] * 3, rel=1e-14)
    adds_up(done)


def test_every_component_by_its_own_name():
    """Buy 50 of each from 1,000: spread 1 and 2 %, tax 3 % on the first, currency 4 % on the second."""
    done = filled([50.0, 0.0], 950.0, [0.1, 0.1], spread=[0.01, 0.02], buy_tax=[0.03, 0.0], fx=[0.0, 0.04])
    after = done.row[0, AFTER]
    bought = [0.1 * after - 50.0, 0.1 * after]
    expected = [0.0, 0.01 * bought[0] + 0.02 * bought[1], 0.03 * bought[0], 0.0, 0.04 * bought[1]]
    assert done.row[0, COSTS:].tolist() == pytest.approx(expected, rel=1e-13)
    assert after == pytest.approx(1000 - sum(expected), rel=1e-15)
    assert done.order_costs[0].tolist() == pytest.approx([0.04 * bought[0], 0.06 * bought[1]], rel=1e-13)
    assert COMPONENTS == ("commission", "spread", "tax", "impact", "fx")


def test_each_order_pays_at_least_the_minimum():
    """1 % and at least 5: the order of about 800 pays its rate, that of 190 the minimum, and nothing is no order."""
    done = filled([0.0, 0.0, 0.0], 1000.0, [0.8, 0.19, 0.0], commission=0.01, minimum=5.0)
    after = (1000 - 5) / 1.008
    assert values(done)[0] == pytest.approx([0.8 * after, 0.19 * after, 0.0], rel=1e-14)
    assert done.order_costs[0].tolist() == pytest.approx([0.008 * after, 5.0, 0.0], rel=1e-13)
    adds_up(done)


def test_the_fixed_amount_stands_beside_the_rate_and_under_the_minimum():
    """3 + 1 % of x, at least 6: an order of 100 costs 6, one of 500 costs 8."""
    done = filled([600.0, 1000.0], 0.0, [NAN, 0.0], commission=0.01, fixed=3.0, minimum=6.0)
    assert done.order_costs[0].tolist() == [0.0, 13.0]
    done = filled([100.0, 500.0], 400.0, [0.0, 0.0], commission=0.01, fixed=3.0, minimum=6.0)
    assert done.order_costs[0].tolist() == [6.0, 8.0]
    assert values(done) == ([0.0, 0.0], 986.0)


def test_impact_grows_with_the_power_of_three_halves():
    """z + k z^1.5 = 110 with k = 0.01: z = 100 costs 0.01 x 1000 = 10."""
    done = filled([0.0], 110.0, [1.0], impact=0.01)
    assert values(done)[0] == pytest.approx([100.0], rel=1e-14)
    assert done.row[0, COSTS + 3] == pytest.approx(10.0, rel=1e-13)
    adds_up(done)


@pytest.mark.parametrize("seed", range(30))
def test_a_trade_with_every_cost_pays_for_itself(seed):
    """Where all can be traded the portfolio lands on its goal; value before = value after + costs, to 1e-12."""
    rng, names = np.random.Generator(np.random.PCG64(seed)), 6
    goal = rng.dirichlet(np.ones(names)) * rng.choice([1.0, 0.7])
    held = rng.exponential(1e5, names) * (rng.random(names) < 0.7)
    done = filled(
        held, rng.exponential(1e5), goal, flow=rng.normal(0.0, 1e4), price=3.7,
        commission=1e-3, fixed=2.0, minimum=40.0, impact=rng.uniform(0, 1e-4, names),
        spread=rng.uniform(0, 0.01, names), buy_tax=rng.uniform(0, 0.01, names),
        sell_tax=rng.uniform(0, 0.01, names), fx=rng.uniform(0, 0.01, names),
    )  # fmt: skip
    after = done.row[0, AFTER]
    kept, cash = values(done, 3.7)
    np.testing.assert_allclose(kept, goal * after, rtol=0.0, atol=1e-12 * after)
    assert sum(kept) + cash == pytest.approx(after, rel=1e-12)
    assert done.row[0, [OWED, STATUS]].tolist() == [0.0, FILLED]
    adds_up(done)


# What is left alone, what lacks cash


def test_what_is_left_alone_keeps_its_units_and_the_others_take_their_share_of_the_whole():
    done = filled([30.0, 10.0], 60.0, [NAN, 0.5], buy_tax=0.01)
    after = (100 + 0.01 * 10) / 1.005  # z + 0.01 (z / 2 - 10) = 100
    assert done.positions[0, 0] == 3.0
    assert values(done)[0][1] == pytest.approx(after / 2, rel=1e-15)


def test_where_cash_lacks_all_traded_goals_shrink_by_one_factor():
    """70 is left alone; 30 of cash is shared by two goals of 0.3 and 0.1, which want 40."""
    done = filled([70.0, 0.0, 0.0], 30.0, [NAN, 0.3, 0.1])
    assert values(done)[0] == pytest.approx([70.0, 22.5, 7.5], rel=1e-14)
    assert values(done)[1] == pytest.approx(0.0, abs=1e-12)


def test_the_shrinking_factor_counts_the_costs():
    """As above at 1 % and 1 of fixed cost an order: x (1.01) + 2 = 30."""
    done = filled([70.0, 0.0, 0.0], 30.0, [NAN, 0.3, 0.1], commission=0.01, fixed=1.0)
    total = 28 / 1.01
    assert values(done)[0] == pytest.approx([70.0, 0.75 * total, 0.25 * total], rel=1e-12)
    assert values(done)[1] == pytest.approx(0.0, abs=1e-10)
    adds_up(done)


def test_a_goal_of_zero_is_sold_whatever_the_factor():
    """60 left alone, 30 to be sold, 10 of cash, a goal of 0.6 for the last: it gets the 40 there is."""
    done = filled([60.0, 30.0, 0.0], 10.0, [NAN, 0.0, 0.6])
    assert values(done)[0] == pytest.approx([60.0, 0.0, 40.0], rel=1e-14)


def test_money_owed_and_money_that_flows_join_the_cash_first():
    done = filled([50.0], 10.0, [0.5], flow=40.0)
    assert values(done) == ([50.0], 50.0)
    done = filled([50.0], 10.0, [0.5], flow=-20.0)
    assert values(done)[0] == pytest.approx([20.0], rel=1e-15)
    done = filled([50.0], 10.0, [0.5], owed=20.0)
    assert values(done)[0] == pytest.approx([20.0], rel=1e-15)
    assert done.row[0, [WORTH, OWED]].tolist() == [40.0, 0.0]


def test_who_does_not_trade_does_not_pay_what_is_owed_yet():
    done = filled([50.0, 0.0], 10.0, [NAN, 0.0], owed=4.0)
    assert values(done) == ([50.0, 0.0], 10.0)
    assert done.row[0, [OWED, WORTH, AFTER, STATUS]].tolist() == [4.0, 56.0, 56.0, FILLED]


def test_what_is_owed_beyond_the_cash_stays_owed():
    """10 of cash, 30 owed; what is left alone cannot pay it, and the goal of the other shrinks to nothing."""
    done = filled([70.0, 5.0], 10.0, [NAN, 0.5], owed=30.0)
    assert values(done) == ([70.0, 0.0], 0.0)
    assert done.row[0, [OWED, AFTER]].tolist() == [15.0, 55.0]


def test_what_cannot_be_raised_is_short_and_owed():
    """Only 30 of 100 can be sold, at 10 %: 27 of 50 are there."""
    done = filled([70.0, 30.0], 0.0, [NAN, 0.3], flow=-50.0, sell_tax=0.1)
    assert done.row[0, [STATUS, OWED]].tolist() == pytest.approx([SHORT, 23.0], rel=1e-14)
    assert values(done) == ([70.0, 0.0], 0.0) and done.troubled
    done = filled([70.0], 0.0, [NAN], flow=-1.0)
    assert done.row[0, [STATUS, OWED, AFTER]].tolist() == [SHORT, 1.0, 69.0]


def test_a_goal_that_is_held_already_is_no_order():
    """Not even at a fixed price; and rounding in the last digits is dust, not an order."""
    done = filled([50.0, 50.0], 0.0, [0.5, 0.5], fixed=1.0)
    assert values(done) == ([50.0, 50.0], 0.0) and not done.order_costs.any()
    done = filled([50.0 + 4e-11, 50.0], 0.0, [0.5, 0.5], fixed=1.0)
    assert done.row[0, BOUGHT] == done.row[0, SOLD] == 0.0
    assert done.positions[0, 0] == (50.0 + 4e-11) / 10.0


@pytest.mark.parametrize("terms", [{}, {"fixed": 1e-9}])
def test_a_millionth_of_the_portfolio_is_an_order(terms):
    done = filled([50.0 + 1e-4, 50.0 - 1e-4], 0.0, [0.5, 0.5], **terms)
    assert values(done)[0] == pytest.approx([50.0, 50.0], abs=1e-8)


def test_no_value_no_trade():
    done = filled([0.0], 0.0, [1.0], commission=0.01)
    assert values(done) == ([0.0], 0.0) and not done.troubled


# Limits


def test_a_limit_cuts_the_order_and_the_rest_is_unfinished():
    done = filled([0.0, 0.0], 100.0, [0.5, 0.5], most=[20.0, 1e9])
    assert values(done) == ([20.0, 50.0], 30.0)
    assert done.unfinished.tolist() == [[True, False]] and done.waiting


def test_a_limit_cuts_sales_too_and_who_waits_for_their_cash_is_unfinished():
    done = filled([100.0, 0.0], 0.0, [0.0, 1.0], most=[20.0, 1e9])
    assert values(done)[0] == pytest.approx([80.0, 20.0], rel=1e-14)
    assert done.unfinished.tolist() == [[True, True]]


def test_costs_are_solved_with_the_limit():
    """A may be bought for 20 only: z + 0.01 (20 + z / 2) = 100."""
    done = filled([0.0, 0.0], 100.0, [0.5, 0.5], most=[20.0, 1e9], buy_tax=0.01)
    assert values(done)[0] == pytest.approx([20.0, 0.5 * (100 - 0.2) / 1.005], rel=1e-14)
    adds_up(done)


def test_what_meets_its_limit_exactly_is_finished():
    done = filled([0.0], 100.0, [0.5], most=50.0)
    assert values(done) == ([50.0], 50.0) and not done.waiting
    done = filled([0.0], 100.0, [0.5], most=0.0)
    assert values(done) == ([0.0], 100.0) and done.waiting


def test_without_limits_nothing_is_unfinished():
    done = filled([70.0, 0.0], 30.0, [NAN, 0.5])
    assert done.unfinished.size == 0 and not done.waiting


# Whole shares


def test_purchases_are_rounded_down_and_sales_up():
    done = filled([0.0], 100.0, [0.5], share=15.0)
    assert values(done) == ([45.0], 55.0)
    done = filled([90.0], 10.0, [0.5], share=15.0)  # 40 to sell: three shares
    assert values(done) == ([45.0], 55.0)


def test_an_exit_sells_fractions_too():
    done = filled([40.0], 60.0, [0.0], share=15.0)
    assert values(done) == ([0.0], 100.0)


def test_a_sale_rounded_up_never_sells_more_than_is_held():
    done = filled([40.0], 60.0, [0.05], share=30.0)  # 35 to sell, two shares are 60
    assert values(done) == ([0.0], 100.0)


def test_a_limited_sale_is_rounded_up_too_and_passes_its_limit_by_less_than_a_share():
    done = filled([100.0], 0.0, [0.5], share=15.0, most=40.0)
    assert values(done) == ([55.0], 45.0)
    assert done.unfinished.tolist() == [[True]]  # decided before the rounding: it is looked at once more tomorrow


def test_less_than_one_share_is_no_order_and_no_unfinished_one():
    done = filled([0.0, 0.0], 100.0, [0.1, 0.5], share=15.0, fixed=1.0, most=[1e9, 20.0])
    assert values(done) == ([0.0, 15.0], 84.0)
    assert done.unfinished.tolist() == [[False, True]]


@pytest.mark.parametrize("count", [29, 57, 58, 71])
def test_a_whole_number_of_shares_but_for_rounding_is_that_number(count):
    """0.57 x 100 is 56.99999999999999 in floating point: 57 shares at 1."""
    done = filled([0.0], 100.0, [count / 100], price=1.0, share=1.0)
    assert values(done, 1.0) == ([count], 100.0 - count)
    done = filled([100.0], 0.0, [count / 100], price=1.0, share=1.0)
    assert values(done, 1.0) == ([count], 100.0 - count)


# What goes wrong, said by status


def test_unknown_depth_is_reported_only_where_it_is_needed():
    done = filled([0.0, 0.0, 0.0], 100.0, [0.5, 0.0, 0.5], impact=[0.0, NAN, NAN])
    assert done.row[0, [STATUS, ASSET]].tolist() == [NO_DEPTH, 2.0]
    assert values(done) == ([0.0] * 3, 100.0)
    done = filled([10.0, 0.0, 0.0], 90.0, [0.5, 0.0, NAN], impact=[0.0, NAN, NAN])
    assert done.row[0, STATUS] == FILLED and values(done)[0] == [50.0, 0.0, 0.0]
    done = filled([10.0], 90.0, [0.0], most=NAN)
    assert done.row[0, [STATUS, ASSET]].tolist() == [NO_DEPTH, 0.0]


def test_an_order_that_loses_all_it_moves_is_too_dear():
    """0.2 x sqrt(100) = 2: a sale of 100 would cost 200."""
    done = filled([0.0, 100.0], 900.0, [0.0, 0.0], impact=[0.0, 0.2])
    assert done.row[0, [STATUS, ASSET]].tolist() == [TOO_DEAR, 1.0] and done.troubled


def test_orders_that_cost_more_than_there_is_break_the_fund():
    done = filled([15.0], 0.0, [0.0], minimum=20.0)
    assert done.row[0, STATUS] == BROKE and done.troubled
    done = filled([15.0], 5.0, [0.0], minimum=20.0)
    assert done.row[0, [STATUS, AFTER]].tolist() == [FILLED, 0.0]


def test_a_fund_with_nothing_left_owes_nothing():
    done = filled([0.0], 0.0, [0.0], owed=3.0)
    assert done.row[0, [OWED, AFTER, STATUS]].tolist() == [0.0, 0.0, FILLED]


# Rows and inputs


def many(variants=7, names=5, limited=True):
    rng = np.random.Generator(np.random.PCG64(variants))
    positions = rng.exponential(50.0, (variants, names + 1)) * (rng.random((variants, names + 1)) < 0.7)
    goal = rng.dirichlet(np.ones(names), variants)
    goal[rng.random(goal.shape) < 0.2] = NAN
    prices = np.append(rng.uniform(1.0, 20.0, names), 1.1)
    terms = {"commission": 1e-3, "fixed": 1.0, "minimum": 2.0, "impact": rng.uniform(0, 1e-3, names), "spread": 0.002}
    terms |= {"most": rng.exponential(200.0, names), "share": prices[:-1]} if limited else {}
    owed = rng.exponential(5.0, variants) * (rng.random(variants) < 0.5)
    return positions, prices, goal, owed, rates_of(names, **terms)


@pytest.mark.parametrize("flow", [0.0, 35.0, -20.0])
@pytest.mark.parametrize("limited", [True, False])
def test_rows_do_not_know_of_each_other(limited, flow):
    """V rows in one call equal V calls, to the bit."""
    positions, prices, goal, owed, rates = many(limited=limited)
    together = fill(positions, prices, goal, flow, owed, rates, True)
    for v in range(len(goal)):
        alone = fill(positions[v : v + 1], prices, goal[v : v + 1], flow, owed[v : v + 1], rates, True)
        for name in ("positions", "row", "order_costs", "unfinished"):
            np.testing.assert_array_equal(getattr(alone, name)[:1], getattr(together, name)[v : v + 1], name)


def test_the_cost_of_each_order_is_wanted_or_not_and_changes_nothing():
    positions, prices, goal, owed, rates = many()
    lean, full = (fill(positions, prices, goal, -20.0, owed, rates, detail) for detail in (False, True))
    np.testing.assert_array_equal(lean.row, full.row)
    assert lean.order_costs.size == 0
    adds_up(full)


def test_a_fill_writes_to_nothing_it_was_given():
    positions, prices, goal, owed, rates = many()
    given = (positions, prices, goal, owed, rates.table)
    before = [array.tobytes() for array in given]
    for array in given:
        array.flags.writeable = False
    fill(positions, prices, goal, 10.0, owed, rates, True)
    assert [array.tobytes() for array in given] == before


@pytest.mark.parametrize("names", range(6, 22))
def test_the_same_trade_gives_the_same_bits_wherever_its_arrays_lie_in_memory(names):
    """A loop that sums and stores may be compiled two ways, chosen by how near its arrays lie to each other."""
    positions, prices, goal, owed, rates = many(variants=2, names=names)
    expected = fill(positions, prices, goal, 5.0, owed, rates, True)
    rng, kept = np.random.Generator(np.random.PCG64(names)), []
    for _ in range(1500):
        kept.append([np.empty(size) for size in rng.integers(1, 60, 3)])  # so that the next ones lie elsewhere
        moved = [array.copy() for array in (positions, prices, goal, owed)]
        found = fill(*moved[:3], 5.0, moved[3], rates, True)
        kept.append([found])
        if len(kept) > 40:
            del kept[int(rng.integers(0, 40))]
        for name in ("positions", "row", "order_costs"):
            assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name
