"""bt, rebalancing to constant weights, arrives at our NAV; where its conventions differ, the tests say how.

What is taken out so that the rest must agree:
- bt trades at the close of the day on which its algorithms run; we decide a day earlier. So bt is told our trade dates.
- bt has no cash interest, no haircut and no membership; none is used.

What differs, each with a test:
- bt puts one day before the first price, worth 100, and its series starts there; ours starts on the first trade date,
  with what its cost has left.
- bt buys whole shares unless integer_positions is False, and rounds every position towards zero; ours are fractional
  unless [constraints] whole_shares says so, and then each order is rounded: buys down, sales up.
- bt's commission is a function of quantity and price and comes out of the money set aside for each name, so that a
  first purchase ends on target as ours does. When it rebalances, the name that is traded last bears the fees of all;
  we solve one value for all names, and each lands on its target.
bt warns about pandas' future in its own code, so it runs in a process of its own with warnings off.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.simulate import simulate
from backtest.terms import Constraints, Costs, Schedule

markets = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "random_markets.py")))

RATE = 0.01
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import bt, pandas as pd
answers = []
for case in json.load(sys.stdin):
    prices = pd.DataFrame(case["prices"], index=pd.DatetimeIndex(case["dates"]), columns=case["assets"])
    weights = dict(zip(case["assets"], case["weights"]))
    run_on, weigh = bt.algos.RunOnDate(*case["trades"]), bt.algos.WeighSpecified(**weights)
    algos = [run_on, bt.algos.SelectAll(), weigh, bt.algos.Rebalance()]
    rate = case["rate"]
    test = bt.Backtest(
        bt.Strategy("bt", algos), prices, integer_positions=case["whole"], progress_bar=False,
        initial_capital=case["capital"], commissions=lambda quantity, price: abs(quantity) * price * rate,
    )
    bt.run(test)
    series = test.strategy.prices
    answers.append({
        "days": [str(day.date()) for day in series.index],
        "series": series.tolist(),
        "value": test.strategy.values.tolist(),
        "cash": test.strategy.cash.tolist(),
        "positions": test.positions[case["assets"]].values.tolist(),
        "weights": test.security_weights[case["assets"]].values.tolist(),
    })
json.dump(answers, sys.stdout)
"""


def case_of(seed: int, decide: str, rate: float = 0.0, whole: bool = False, capital: float = 1e6) -> SimpleNamespace:
    """A trouble-free market and constant weights: what bt is told, and our result."""
    panel = markets.random_panel(seed, days=130, names=5, troubles=False)
    weights = markets.generator(seed).dirichlet(np.ones(5))
    limits, costs = Constraints(whole_shares=whole), Costs(capital=capital, commission_bps=rate * 1e4)
    result = simulate(panel, markets.constant(weights), Schedule(decide=decide), limits, costs)
    told = {
        "prices": panel.prices.tolist(),
        "dates": [str(d) for d in panel.dates],
        "assets": list(panel.assets),
        "weights": weights.tolist(),
        "trades": [str(d) for d in result.dates[result.trade_days]],
        "rate": rate,
        "whole": whole,
        "capital": capital,
    }
    return SimpleNamespace(told=told, result=result, panel=panel)


@pytest.fixture(scope="module")
def answers():
    """Name -> our case, with bt's answer from the first trade date on, and all of its days."""
    cases = {f"free {seed} {d}": case_of(seed, d) for seed in range(3) for d in ("week_end", "month_end")}
    cases |= {"whole": case_of(1, "month_end", whole=True, capital=2e4), "fees": case_of(1, "week_end", rate=RATE)}
    told = json.dumps([case.told for case in cases.values()])
    ran = subprocess.run([sys.executable, "-c", SCRIPT], input=told, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for case, theirs in zip(cases.values(), json.loads(ran.stdout), strict=True):
        days = len(case.result.dates)
        case.days, case.series = theirs["days"], np.array(theirs["series"])
        for name in ("value", "cash", "positions", "weights"):
            setattr(case, name, np.array(theirs[name])[-days:])
    return cases


def test_weekly_and_monthly_rebalancing_to_constant_weights(answers):
    for case in (answers[name] for name in answers if name.startswith("free")):
        np.testing.assert_allclose(case.result.nav[:, 0], case.value, rtol=1e-9)
        np.testing.assert_allclose(case.result.units[:, 0], case.positions[case.result.trade_days], rtol=1e-9)


def test_bt_begins_with_a_day_of_its_own_worth_one_hundred(answers):
    case = answers["free 0 week_end"]
    dates = [str(d) for d in case.panel.dates]
    assert case.days[1:] == dates and case.days[0] < dates[0]
    first = dates.index(str(case.result.dates[0]))
    np.testing.assert_array_equal(case.series[: first + 2], 100.0)  # up to the close at which it first trades
    assert len(case.result.nav) == len(case.days) - 1 - first
    np.testing.assert_allclose(case.series[first + 1 :] / 100.0, case.result.nav[:, 0] / 1e6, rtol=1e-9)


def test_whole_positions_here_and_there_leave_cash_of_less_than_a_share_of_each_name(answers):
    case = answers["whole"]
    days, units = case.result.trade_days, case.result.units[:, 0]
    np.testing.assert_array_equal(case.positions, np.floor(case.positions))
    np.testing.assert_allclose(units, np.rint(units), atol=1e-9)
    np.testing.assert_array_equal(case.positions[0], np.rint(units[0]))  # both rounded down from cash
    # A position rounded towards zero, and an order rounded towards a smaller position, end within one share.
    assert np.abs(case.positions[days] - units).max() < 1.0 + 1e-9
    shares = case.panel.prices[-len(case.result.dates) :][days].sum(axis=1)
    assert (case.result.cash[:, 0] > 0.0).all() and (case.result.cash[:, 0] < 2 * shares).all()
    assert (case.cash[days] > 0.0).all() and (case.cash[days] < 2 * shares).all()


def test_a_commission_function_is_paid_within_the_money_of_each_name(answers):
    case = answers["fees"]
    assert case.result.nav[0, 0] == pytest.approx(1e6 / (1 + RATE), rel=1e-12)
    np.testing.assert_allclose(case.value[0], case.result.nav[0, 0], rtol=1e-9)
    np.testing.assert_allclose(case.weights[0], case.told["weights"], rtol=1e-9)


def test_the_fees_of_a_rebalance_miss_the_target_there_and_not_here(answers):
    case = answers["fees"]
    days = case.result.trade_days[1:]
    prices = case.panel.prices[-len(case.result.dates) :][days]
    ours = case.result.units[1:, 0] * prices / case.result.nav[days]
    np.testing.assert_allclose(ours, np.broadcast_to(case.told["weights"], ours.shape), rtol=1e-11)
    missed = np.abs(case.weights[days] - case.told["weights"]).max(axis=1)
    paid = case.result.costs[1:, 0].sum(axis=1) / case.result.nav[days, 0]
    assert (missed > 0.1 * paid).all() and (missed < 2 * paid).all()
    assert np.abs(case.value / case.result.nav[:, 0] - 1).max() < 1e-4
