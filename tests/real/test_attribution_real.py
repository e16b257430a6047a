"""Attribution of the founding idea on real prices: the parts sum to what it made over its benchmark.

Skipped where the market data do not lie beside the checkout.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backtest.analysis.accounts import CUSTODY, DELISTING, days_of
from backtest.analysis.attributed import groups_of
from backtest.mandate import load_mandate
from backtest.market.sources import read_market
from backtest.metrics.attribution import (
    BENCHMARK_DIFFERENCE,
    TRADING_COSTS,
    attribute,
    contributions,
    realised_parts,
    risk_contributions,
)
from backtest.metrics.risk import tracking_error, volatility
from backtest.pipeline import Backtest, simulate_both
from backtest.result import unit_value

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_large_cap"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="real market data are not beside this checkout (../shared/data)"
)


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    """cut_capex against SPY, whose level is supplied while its weights are estimated from traded value."""
    loaded = load_mandate(ROOT / "examples" / "us_large_cap.toml")
    return simulate_both(loaded, read_market(loaded))


@pytest.mark.parametrize("by", ["theme", "sector", "country"])
@pytest.mark.parametrize("who", ["result", "baseline"])
def test_the_parts_sum_over_the_whole_window(backtest, who, by):
    panel, result = backtest.panel, getattr(backtest, who)
    days = days_of(panel, result, len(result.dates) - 1)
    labels, groups = groups_of(panel, by)
    found = attribute(days, groups)
    own = unit_value(result)[-1, 0] / result.capital
    index = panel.benchmark[-1] / panel.benchmark[-len(result.dates)]
    parts = found.effects.total.sum() + sum(found.others.values())
    assert parts == pytest.approx(own - index, abs=1e-10)
    np.testing.assert_allclose(groups @ found.by_name, found.effects.total, atol=1e-10)
    assert len(found.effects.total) == len(labels)


def test_the_names_and_the_rest_sum_to_the_fund_s_return(backtest):
    days = days_of(backtest.panel, backtest.result, len(backtest.result.dates) - 1)
    found = contributions(days)
    own = unit_value(backtest.result)[-1, 0] / backtest.result.capital - 1.0
    assert found.names.sum() + sum(found.others.values()) == pytest.approx(own, abs=1e-10)
    assert found.costs.sum() == pytest.approx(found.others[TRADING_COSTS], abs=1e-12)
    assert found.others[TRADING_COSTS] < 0.0
    assert found.others[CUSTODY] == found.others[DELISTING] == 0.0, "the mandate charges neither"


def test_a_supplied_index_differs_from_its_estimated_weights_and_that_is_shown(backtest):
    days = days_of(backtest.panel, backtest.result, len(backtest.result.dates) - 1)
    found = attribute(days, groups_of(backtest.panel, "theme")[1])
    assert abs(found.others[BENCHMARK_DIFFERENCE]) > 0.01


def test_risk_parts_sum_to_volatility_and_tracking_error(backtest):
    days = days_of(backtest.panel, backtest.result, len(backtest.result.dates) - 1)
    own = np.hstack(list(realised_parts(days).values()))
    active = np.hstack(list(realised_parts(days, active=True).values()))
    assert risk_contributions(own).sum() == pytest.approx(volatility(days.fund), abs=1e-12)
    assert risk_contributions(active).sum() == pytest.approx(tracking_error(days.fund, days.benchmark), abs=1e-12)


def test_capex_names_were_held_below_the_benchmark(backtest):
    """What the mandate asks for: half of the benchmark's weight. Whether it paid is not for a test to assume."""
    days = days_of(backtest.panel, backtest.result, len(backtest.result.dates) - 1)
    labels, groups = groups_of(backtest.panel, "theme")
    found = attribute(days, groups)
    capex = labels.index("capex")
    assert 0.4 < found.weights[capex] / found.benchmark_weights[capex] < 0.6
