"""Simulations whose figures are worked by hand, or follow from a closed form; the working stands beside each."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.mandate import StrategyChoice
from backtest.simulate import simulate
from backtest.strategy import load_strategy
from backtest.terms import Constraints, Costs, Schedule

ORACLES = Path(__file__).parents[1] / "oracles"
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))


def test_two_names_rebalanced_once_with_costs():
    """Weekly, half and half, 1 % a side, 1,000 of capital. Trades on day 3 (Monday 6 January 2020) and day 8.

    Day 3: V' = 1000 / 1.01 = 990.0990; 495.0495 in each, at 10: 49.50495 units of each.
    Day 5: A doubles to 20: NAV = 990.0990 + 495.0495 = 1485.1485. So it is on day 8 before the trade.
    Day 8: sell x of A, buy y of B: 990.0990 - x = 495.0495 + y = V'/2, so x + y = 495.0495, by which A is worth more,
           and V' = 1485.1485 - 0.01 (x + y) = 1485.1485 - 4.950495 = 1480.1980, half of it 740.0990.
    """
    prices = np.full((12, 2), 10.0)
    prices[5:, 0] = 20.0
    result = simulate(
        markets.panel_of(prices),
        markets.constant(np.array([0.5, 0.5])),
        Schedule(decide="week_end"),
        Constraints(),
        Costs(commission_bps=100, capital=1000.0),
    )
    assert result.nav[[0, 1, 2, 4, 5, 6], 0] == pytest.approx(
        [990.0990099, 990.0990099, 1485.1485149, 1485.1485149, 1480.1980198, 1480.1980198], abs=1e-6
    )
    assert result.units[1, 0] == pytest.approx([740.0990099 / 20, 740.0990099 / 10], abs=1e-7)
    assert result.costs[:, 0].sum(axis=-1) == pytest.approx([9.9009901, 4.9504950], abs=1e-6)
    assert result.turnover[:, 0] == pytest.approx(
        [0.5 * 990.0990099 / 1000, 0.5 * 495.0495050 / 1485.1485149], abs=1e-9
    )


def test_the_switch_that_never_stops():
    """All money changes sides every week between two flat names: each week keeps (1 - s) / (1 + b) of it.

    Closed form: sold for V (1 - s), which buys V (1 - s) / (1 + b).
    """
    costs = Costs(buy_tax_bps=70, sell_tax_bps=30, capital=1.0)
    strategy = markets.strategy_of(
        lambda h: np.array([1.0, 0.0]) if int(h.dates[-1].astype(int)) // 7 % 2 else np.array([0.0, 1.0])
    )
    result = simulate(
        markets.panel_of(np.full((60, 2), 10.0)), strategy, Schedule(decide="week_end"), Constraints(), costs
    )
    weeks = np.arange(len(result.trade_days))
    expected = (1 / 1.007) * (0.997 / 1.007) ** weeks
    np.testing.assert_allclose(result.nav[result.trade_days, 0], expected, rtol=1e-13)


def test_constant_weights_between_a_name_and_cash_compound_segment_by_segment():
    """Half in a name that gains g a day, half in cash that gains c a day, rebalanced weekly at no cost.

    Closed form over n days between trades: ((1 + g)^n + (1 + c)^n) / 2.
    """
    days = 63
    panel = markets.panel_of(100.0 * 1.01 ** np.arange(days)[:, None] * np.ones((1, 2)))
    panel = replace(panel, cash=1.0002 ** np.arange(days))
    result = simulate(
        panel, markets.constant(np.array([0.25, 0.25])), Schedule(decide="week_end"), Constraints(), Costs(capital=1.0)
    )
    lengths = np.diff(result.trade_days)
    expected = np.cumprod((1.01**lengths + 1.0002**lengths) / 2)
    np.testing.assert_allclose(result.nav[result.trade_days[1:], 0], expected, rtol=1e-13)


def test_cut_capex_over_three_months_on_flat_prices():
    """Four names of a quarter each: two capex, one adopter, one other. Target 0.4 over three months.

    Progress 0, 1/3, 2/3, 1: capex names keep 1, 0.8, 0.6, 0.4 of 0.25; what is freed, 0, 0.1, 0.2, 0.3, goes
    to the adopter. One-way turnover after the first purchase: 0.1 each month, then nothing.
    """
    panel = markets.panel_of(np.full((130, 4), 10.0), themes=("capex", "capex", "adopter", "other"))
    strategy = load_strategy(StrategyChoice(name="cut_capex", capex_target=0.4, months=3), Path())
    result = simulate(panel, strategy, Schedule(), Constraints(), Costs(capital=1.0))
    expected = [[0.25 * k, 0.25 * k, 0.25 + 0.5 * (1 - k), 0.25] for k in (1.0, 0.8, 0.6, 0.4, 0.4)]
    np.testing.assert_allclose(result.target_weights[:5, 0], expected, atol=1e-15)
    np.testing.assert_allclose(result.turnover[:5, 0], [0.5, 0.1, 0.1, 0.1, 0.0], atol=1e-14)


def test_two_trades_with_a_least_commission_a_tax_impact_and_custody():
    """100,000 into A and B, 60 : 40, then 30 : 70. Commission 0.1 %, at least 50 an order; 0.5 % tax on purchases;
    impact of coefficient 1 over 10 days; custody of 1 % a year. Solved beside the engine with 40 digits.

    Both prices go up 1 % and down 1 % day after day, 1,000,000 of each is traded a day. Ten returns, five of each sign:
        sigma = 0.01 x sqrt(10 / 9), k = sigma / sqrt(1,000,000) = 1.054093e-5.
    Thursday 16 January: buy 0.6 z of A and 0.4 z of B.
        z + 0.001 x 0.6 z + 50 + 0.005 z + k (0.6^1.5 + 0.4^1.5) z^1.5 = 100,000 gives z = 99,158.479381:
        commission 59.495088 + 50, tax 495.792397, impact 236.233135; sum 841.520619.
    Custody of a day is 1 - 0.99^(1/365.25) = 2.7515941e-5 of the NAV before, of a weekend 8.2545553e-5:
        day          return   held            accrued    owed        NAV
        Fri 17       -1 %     98,166.894587   2.728439   2.728439    98,164.166148
        Mon 20       +1 %     99,148.563533   8.103015   10.831454   99,137.732079
        Tue 21       -1 %     98,157.077898   2.727868   13.559322   98,143.518575
        Wed 22       +1 %     99,138.648677   2.700511   16.259834   99,122.388843
        Thu 23       -1 %     98,147.262190   2.727446   18.987279   98,128.274910 before the trade
    Thursday 23: sell x = 0.6 x 98,147.262190 - 0.3 z of A, buy y = 0.7 z - 0.4 x 98,147.262190 of B; both orders are
        too small for 0.1 %: z + 100 + 0.005 y + k (x^1.5 + y^1.5) = 98,128.274910 gives z = 97,776.239112:
        x = 29,555.485580, y = 29,184.462502, tax 145.922313, impact 106.113486. The custody is paid: nothing is owed.
    """
    days = np.arange(18)
    path = 10.0 * np.cumprod(np.where(days == 0, 1.0, np.where(days % 2, 1.01, 0.99)))
    panel = markets.panel_of(np.column_stack([path, 3.0 * path]), traded_value=np.full((18, 2), 1e6))
    strategy = markets.strategy_of(lambda h: np.array([0.6, 0.4]) if len(h.dates) < 14 else np.array([0.3, 0.7]))
    result = simulate(
        panel,
        strategy,
        Schedule(decide="dates", dates=(date(2020, 1, 15), date(2020, 1, 22))),
        Constraints(),
        Costs(
            capital=100_000.0, commission_bps=10, commission_minimum=50, buy_tax_bps=50, impact=True, impact_days=10,
            custody_bps=100,
        ),
    )  # fmt: skip
    assert [str(day) for day in result.dates[result.trade_days]] == ["2020-01-16", "2020-01-23"]
    assert result.nav[:6, 0] == pytest.approx(
        [99_158.479381, 98_164.166148, 99_137.732079, 98_143.518575, 99_122.388843, 97_776.239112], abs=1e-6
    )
    assert result.charges[:6, 0] == pytest.approx([0.0, 2.728439, 8.103015, 2.727868, 2.700511, 2.727446], abs=1e-6)
    assert result.costs[0, 0] == pytest.approx([109.495088, 0.0, 495.792397, 236.233135, 0.0], abs=1e-6)
    assert result.costs[1, 0] == pytest.approx([100.0, 0.0, 145.922313, 106.113486, 0.0], abs=1e-6)
    bought = (result.units[1, 0] - result.units[0, 0]) * result.order_prices[1]
    assert bought == pytest.approx([-29_555.485580, 29_184.462502], abs=1e-6)
    assert result.owed[:, 0] == pytest.approx([0.0, 0.0]) and result.cash[:, 0] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert result.turnover[:, 0] == pytest.approx([0.5 * 0.99158479381, 0.299301848], abs=1e-9)
