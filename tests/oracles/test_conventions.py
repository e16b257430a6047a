"""Where vectorbt's own rebalancing agrees with ours, and where its conventions differ.

Without costs all agree with the closed form: NAV_{k+1} = NAV_k x sum of w_i P_i,k+1 / P_i,k. With costs vectorbt's
size_type "targetpercent" takes its targets from the value before the trade. Fees are not in it, so that the purchases
need more money than there is: the last of them falls short, by about the fees of all. We solve the value after the
trade together with its costs, so that each name lands on its target.

vectorbt warns in its own code, so it runs in a process of its own with warnings off, and without compiling.
"""

from __future__ import annotations

import json
import os
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

CAPITAL = 1e6
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, vectorbt as vbt
answers = []
for case in json.load(sys.stdin):
    prices = pd.DataFrame(case["prices"], index=pd.DatetimeIndex(case["dates"]))
    size = np.full(prices.shape, np.nan)
    size[case["trades"]] = case["weights"]
    portfolio = vbt.Portfolio.from_orders(
        prices, size=size, size_type="targetpercent", direction="longonly", fees=case["rate"],
        init_cash=case["capital"], group_by=True, cash_sharing=True, call_seq="auto", freq="1D", engine="rust",
    )
    names = ("value", "cash", "assets")
    answers.append({name: np.asarray(getattr(portfolio, name)()).tolist() for name in names})
json.dump(answers, sys.stdout)
"""


def case_of(seed: int, decide: str, rate: float = 0.0, cash: float = 0.0) -> SimpleNamespace:
    """A trouble-free market whose cash earns nothing, constant weights, and our result."""
    panel = markets.random_panel(seed, days=130, names=5, troubles=False)
    panel = markets.panel_of(np.array(panel.prices))
    weights = markets.generator(seed).dirichlet(np.ones(5)) * (1.0 - cash)
    costs = Costs(capital=CAPITAL, commission_bps=rate * 1e4)
    result = simulate(panel, markets.constant(weights), Schedule(decide=decide), Constraints(), costs)
    prices = panel.prices[-len(result.dates) :]
    told = {
        "prices": prices.tolist(),
        "dates": [str(d) for d in result.dates],
        "trades": result.trade_days.tolist(),
        "weights": weights.tolist(),
        "rate": rate,
        "capital": CAPITAL,
    }
    return SimpleNamespace(told=told, result=result, prices=prices, weights=weights, rate=rate)


@pytest.fixture(scope="module")
def answers():
    cases = {f"free {seed} {d}": case_of(seed, d) for seed in range(3) for d in ("week_end", "month_end")}
    cases |= {"fees": case_of(0, "week_end", rate=0.01), "fees and cash": case_of(0, "week_end", rate=0.01, cash=0.1)}
    told = json.dumps([case.told for case in cases.values()])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", SCRIPT]
    ran = subprocess.run(command, input=told, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for case, theirs in zip(cases.values(), json.loads(ran.stdout), strict=True):
        case.value, case.cash, case.units = (np.array(theirs[name]) for name in ("value", "cash", "assets"))
        case.theirs = (case.units * case.prices / case.value[:, None])[case.result.trade_days]
        case.ours = case.result.units[:, 0] * case.prices[case.result.trade_days]
        case.ours = case.ours / case.result.nav[case.result.trade_days]
    return cases


def free(answers):
    return [case for name, case in answers.items() if name.startswith("free")]


def test_without_costs_the_nav_is_the_closed_form(answers):
    for case in free(answers):
        nav, days = [CAPITAL], case.result.trade_days
        for k, day in enumerate(days):
            last = days[k + 1] if k + 1 < len(days) else len(case.prices) - 1
            for t in range(day + 1, last + 1):
                nav.append(nav[day] * (case.weights @ (case.prices[t] / case.prices[day])))
        np.testing.assert_allclose(case.result.nav[:, 0], nav, rtol=1e-12)


def test_without_costs_target_percentages_are_our_trades(answers):
    for case in free(answers):
        np.testing.assert_allclose(case.value, case.result.nav[:, 0], rtol=1e-9)
        np.testing.assert_allclose(case.units[case.result.trade_days], case.result.units[:, 0], rtol=1e-9)


def test_with_fees_ours_land_on_target(answers):
    for name in ("fees", "fees and cash"):
        case = answers[name]
        np.testing.assert_allclose(case.ours, np.broadcast_to(case.weights, case.ours.shape), rtol=1e-11)


def test_with_fees_the_last_purchase_of_target_percentages_falls_short_by_the_fees_of_all(answers):
    case = answers["fees"]
    value, fee = case.value[0], case.rate
    first = case.units[0] * case.prices[0]
    wanted = case.weights * CAPITAL  # of the value before the trade
    last = int(np.argmax(wanted))  # vectorbt buys the largest last
    others = np.arange(len(wanted)) != last
    np.testing.assert_allclose(first[others], wanted[others], rtol=1e-9)
    left = CAPITAL - wanted[others].sum() * (1 + fee)
    assert first[last] == pytest.approx(left / (1 + fee), rel=1e-9)
    assert wanted[last] - first[last] == pytest.approx(CAPITAL * fee / (1 + fee), rel=1e-9)
    # The value after it is ours: all is spent on both sides. The weights are not.
    assert value == pytest.approx(case.result.nav[0, 0], rel=1e-9)
    assert case.weights[last] - case.theirs[0, last] == pytest.approx(fee * (1 - case.weights[last]), rel=1e-6)


def test_with_fees_and_cash_in_the_target_every_name_is_too_large_and_cash_pays(answers):
    """Names come to w x V of the value V before the trade, over the smaller value after it; cash bears all fees."""
    case = answers["fees and cash"]
    for k, day in enumerate(case.result.trade_days[:3]):
        before = CAPITAL if k == 0 else float(case.units[day - 1] @ case.prices[day] + case.cash[day - 1])
        assert before > case.value[day]
        np.testing.assert_allclose(case.theirs[k], case.weights * before / case.value[day], rtol=1e-9)
    assert case.cash[0] == pytest.approx(CAPITAL * (0.1 - 0.9 * case.rate), rel=1e-9)
    assert case.result.cash[0, 0] == pytest.approx(0.1 * case.result.nav[0, 0], rel=1e-9)


def test_without_costs_nothing_is_lost_in_a_trade(answers):
    for case in free(answers):
        np.testing.assert_array_equal(case.result.costs, 0.0)
        np.testing.assert_allclose(case.cash, 0.0, atol=1e-6)
        np.testing.assert_allclose(case.result.cash, 0.0, atol=1e-6)
