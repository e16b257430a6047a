"""Simulations whose figures are worked by hand, or follow from a closed form; the working stands beside each."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.mandate import Constraints, Costs, Schedule, StrategyChoice
from backtest.simulate import simulate
from backtest.strategy import load_strategy

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
    assert result.costs[:, 0] == pytest.approx([9.9009901, 4.9504950], abs=1e-6)
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
