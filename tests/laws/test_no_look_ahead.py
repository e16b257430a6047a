"""For every strategy found and any decision date, weights do not depend on what comes after.

Files in strategies/ are found by looking, so a new one is put through this without being mentioned here.
"""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.errors import StrategyError
from backtest.mandate import Constraints, Costs, Schedule, StrategyChoice
from backtest.market.history import History
from backtest.simulate import simulate
from backtest.strategy import available, load_strategy, prove_no_look_ahead, scrambled_after

ROOT = Path(__file__).parents[2]
markets = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "oracles" / "random_markets.py")))

FILES = sorted(p for p in (ROOT / "strategies").glob("*.py") if not p.stem.startswith("_"))
COSTS = Costs(commission_bps=15, delisting_haircut=0.3)


def found(path: Path):
    return load_strategy(StrategyChoice(path=path), Path())


def test_every_file_of_the_folder_is_put_to_the_proof():
    assert tuple(p.stem for p in FILES) == available()
    assert len(FILES) >= 2


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", range(6))
def test_scrambling_the_future_moves_no_weight(path, seed):
    panel = markets.random_panel(seed, names=12)
    prove_no_look_ahead(found(path), panel, start_day=3, days=range(3, len(panel.dates) - 1, 7), seed=seed)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_future_without_any_number_moves_no_weight(path):
    panel, day = markets.random_panel(8, names=12), 47
    blank = {}
    for name in ("prices", "closes", "volumes", "traded_value", "benchmark_weights", "benchmark", "cash"):
        blank[name] = getattr(panel, name).copy()
        blank[name][day + 1 :] = np.nan
    held = np.tile(panel.benchmark_weights[day], (1, 1))
    asked = [found(path).target_weights(History(p, day, held, 3)) for p in (panel, replace(panel, **blank))]
    np.testing.assert_array_equal(*asked)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("lag", [1, 4])
def test_the_engine_decides_and_trades_the_same_whatever_comes_after(path, lag):
    """Every trade up to the close of t is equal to the bit when all that follows is scrambled."""
    for seed in range(6):
        panel = markets.random_panel(seed, names=12)
        day = int(markets.generator(seed).integers(40, 80))
        other = scrambled_after(panel, day, seed)
        later = np.arange(len(panel.dates))[:, None] > day  # after it everyone is a member, so that the run can go on
        weights = other.benchmark_weights / np.where(later, other.benchmark_weights.sum(axis=1, keepdims=True), 1.0)
        other = replace(other, members=other.members | later, benchmark_weights=weights)
        ours, theirs = (
            simulate(p, found(path), Schedule(decide="week_end", lag=lag), Constraints(), COSTS) for p in (panel, other)
        )
        known = int(np.searchsorted(ours.dates, panel.dates[day], side="right"))
        # a product of more rows may round otherwise, so the NAV is compared to the last few bits
        np.testing.assert_allclose(ours.nav[:known], theirs.nav[:known], rtol=1e-14)
        moments = int(np.searchsorted(ours.trade_days, known))
        assert moments > 3
        for name in ("trade_days", "orders", "order_prices", "costs", "units", "cash", "target_weights"):
            np.testing.assert_array_equal(getattr(ours, name)[:moments], getattr(theirs, name)[:moments], name)
        assert ours.binding[:moments] == theirs.binding[:moments]


@pytest.mark.parametrize("attribute", ["prices", "members", "cash", "delisted", "benchmark_weights"])
def test_the_proof_finds_whoever_reaches_around_history(attribute):
    """By any field of the panel; or the proof would be worth little."""
    panel = markets.random_panel(4, names=12, troubles=False)

    def peeks(history):
        later = np.nan_to_num(np.asarray(getattr(history._History__panel, attribute), dtype=float))
        return np.full(12, 1 / 24) * (1.0 + np.tanh(later.sum() * 1e-6))

    with pytest.raises(StrategyError, match="looks ahead"):
        prove_no_look_ahead(markets.strategy_of(peeks), panel, 3, [30, 60])


def test_what_history_hands_out_has_no_base_that_reaches_further():
    panel, day = markets.random_panel(4), 40
    history = History(panel, day, panel.benchmark_weights[day : day + 1], 3)
    for name in ("dates", "prices", "closes", "volumes", "members", "benchmark_weights", "weights"):
        array = getattr(history, name)
        assert array.base is None and not array.flags.writeable, name
        assert len(array) in (day + 1, len(panel.assets), 1), name
