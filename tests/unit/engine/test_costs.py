"""What trading costs, and what a share class charges."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.costs import after_charges, solve_trades, two_sides


def solved(value, held, weights, buy=0.0, sell=0.0, aside=0.0):
    """Trades of a portfolio of `value`, `aside` of which stands apart."""
    as_row = [np.atleast_2d(np.array(x, dtype=float)) for x in (held, weights)]
    return solve_trades(np.array([value - sum(held) - aside], dtype=float), *as_row, buy, sell)


def test_buying_everything_from_cash_pays_the_rate_on_what_is_bought():
    assert solved(100.0, [0.0], [1.0], buy=0.01)[0, 0] == pytest.approx(100.0 / 1.01, rel=1e-15)


def test_selling_everything_pays_the_rate_on_what_is_sold():
    trades = solved(100.0, [100.0], [0.0], sell=0.01)
    assert trades[0, 0] == -100.0


def test_a_switch_pays_both_sides_worked_by_hand():
    """100 of A into B at 1 % to sell and 2 % to buy: 99 of cash buys 99 / 1.02."""
    assert solved(100.0, [100.0, 0.0], [0.0, 1.0], buy=0.02, sell=0.01)[0] == pytest.approx([-100.0, 99.0 / 1.02])


def test_an_asset_between_its_weight_before_and_after_cost_changes_sides():
    """At V the middle asset looks bought by a hair; after the cost of the rest it must be sold by a hair."""
    held, weights, rate = [99.99, 0.0, 100.0], [1 / 3, 1 / 3, 1 / 3], 0.05
    value = 300.0
    trades = solved(value, held, weights, buy=rate, sell=rate)[0]
    after = value - rate * np.abs(trades).sum()
    assert np.array(held) + trades == pytest.approx(np.full(3, after / 3), rel=1e-14)
    assert trades[0] < 0.0


def test_what_stands_aside_keeps_its_value():
    trades = solved(100.0, [0.0, 30.0], [0.5, 0.5], buy=0.01, sell=0.02, aside=40.0)[0]
    after = 100.0 - 0.01 * trades[0] + 0.02 * trades[1]  # the second is sold by a hair
    assert [trades[0], 30.0 + trades[1]] == pytest.approx([0.5 * (after - 40.0)] * 2, rel=1e-14)


def test_no_value_no_trade_and_nan_stays_nan():
    assert solved(0.0, [0.0], [1.0], buy=0.01)[0, 0] == 0.0
    assert np.isnan(solved(np.nan, [0.0], [1.0], buy=0.01)).all()


def test_two_sides_are_never_negative():
    bought, sold = two_sides(np.array([[100.0, -50.0, 0.0], [-1.0, -2.0, -3.0]]))
    assert bought.tolist() == [100.0, 0.0]
    assert sold.tolist() == [50.0, 6.0]


def test_a_charge_of_one_per_cent_takes_one_per_cent_in_a_year_by_actual_days():
    dates = np.array(["2020-01-01", "2020-07-01", "2024-01-01"], dtype="datetime64[D]")  # four years are 1,461 days
    net = after_charges(np.full(3, 100.0), dates, 0.01)
    assert net[0] == 100.0
    assert net[1] == pytest.approx(100.0 * 0.99 ** (182 / 365.25), rel=1e-15)
    assert net[2] == pytest.approx(100.0 * 0.99**4, rel=1e-15)


def test_charges_apply_to_every_variant_alike():
    dates = np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]")
    nav = np.array([[1.0, 2.0], [3.0, 4.0]])
    both = after_charges(nav, dates, 0.02)
    assert both[:, 1].tolist() == after_charges(nav[:, 1], dates, 0.02).tolist()
