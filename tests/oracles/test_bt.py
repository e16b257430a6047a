"""bt, rebalancing to constant weights at no cost, arrives at our NAV.

The differences, all taken out here so that the rest must agree:
- bt trades at the close of the day on which its algorithms run; we decide a day earlier. So bt is told our trade dates.
- bt buys whole shares unless integer_positions is False.
- bt puts one day before the first price, worth 100, and its series starts there; ours starts on the first trade date.
- bt has no cash interest, no haircut and no membership; none is used.
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

from backtest.mandate import Constraints, Costs, Schedule
from backtest.simulate import simulate

markets = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "random_markets.py")))

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
    test = bt.Backtest(bt.Strategy("bt", algos), prices, integer_positions=False, progress_bar=False)
    answers.append(bt.run(test).prices["bt"].reindex(prices.index).tolist())
json.dump(answers, sys.stdout)
"""


def case_of(seed: int, decide: str) -> tuple[dict, np.ndarray]:
    """A trouble-free market and constant weights: what bt is told, and our NAV from the first trade date on."""
    panel = markets.random_panel(seed, days=130, names=5, troubles=False)
    weights = markets.generator(seed).dirichlet(np.ones(5))
    result = simulate(panel, markets.constant(weights), Schedule(decide=decide), Constraints(), Costs(capital=100.0))
    told = {
        "prices": panel.prices.tolist(),
        "dates": [str(d) for d in panel.dates],
        "assets": list(panel.assets),
        "weights": weights.tolist(),
        "trades": [str(d) for d in result.dates[result.trade_days]],
    }
    return told, result.nav[:, 0]


@pytest.fixture(scope="module")
def cases():
    ours = [case_of(seed, decide) for seed in range(3) for decide in ("week_end", "month_end")]
    told = json.dumps([case for case, _ in ours])
    ran = subprocess.run([sys.executable, "-c", SCRIPT], input=told, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [(nav, np.array(theirs[-len(nav) :])) for (_, nav), theirs in zip(ours, json.loads(ran.stdout), strict=True)]


def test_weekly_and_monthly_rebalancing_to_constant_weights(cases):
    for ours, theirs in cases:
        np.testing.assert_allclose(ours / ours[0], theirs / theirs[0], rtol=1e-9)
