"""vectorbt fills the same orders and arrives at the same NAV, on random markets with every trouble in them.

One process replays them all, because importing vectorbt takes seconds.
"""

from __future__ import annotations

import dataclasses
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest import ledger
from backtest.errors import RunError
from backtest.mandate import Constraints, Costs, Schedule
from backtest.result import write_result
from backtest.simulate import simulate

markets = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "random_markets.py")))

CASES = 30


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> list[Path]:
    """Random runs, and last one whose NAV was written up by a millionth on one day."""
    root, written = tmp_path_factory.mktemp("replays"), []
    for seed in range(CASES):
        rng = markets.generator(seed)
        rates = rng.uniform(0, 100, 4) * (rng.random(4) < 0.7)
        names = ("commission_bps", "half_spread_bps", "buy_tax_bps", "sell_tax_bps")
        costs = Costs(
            **dict(zip(names, rates, strict=True)), delisting_haircut=rng.random(), capital=10 ** rng.uniform(0, 9)
        )
        schedule = Schedule(decide=("week_end", "month_end")[seed % 2], lag=1 + seed % 3)
        panel = markets.random_panel(seed, names=int(rng.integers(2, 12)))
        result = simulate(panel, markets.restless(seed, 1 + seed % 3), schedule, Constraints(), costs)
        written.append(root / str(seed))
        write_result(result, panel, written[-1])
    nav = result.nav.copy()
    nav[20] *= 1 + 1e-6
    written.append(root / "forged")
    write_result(dataclasses.replace(result, nav=nav), panel, written[-1])
    return written


@pytest.fixture(scope="module")
def found(folders) -> list[ledger.Verification]:
    process = ledger.start_verification(*folders)
    worst = ledger.finish_verification(process, *folders)
    assert process.returncode == 1 and not worst.verified  # because of the forged one
    assert not ledger.finish_verification(process, folders[0]).verified  # nor does it hide behind an honest one
    return [ledger.read_verification(folder) for folder in folders]


def test_every_honest_run_is_verified_far_below_the_tolerance(found):
    for case in found[:-1]:
        assert case.verified
        assert case.max_relative_difference < 1e-12


def test_the_forged_run_is_found_and_dated(found, folders):
    forged = found[-1]
    assert not forged.verified
    assert forged.max_relative_difference == pytest.approx(1e-6, rel=1e-3)
    dates = ledger.read_result(folders[-1])[0].dates
    assert forged.worst_date == str(dates[20])


def test_the_finding_is_plain_json(found, folders):
    head = json.loads((folders[0] / "verification.json").read_text())
    assert sorted(head) == ["days", "max_relative_difference", "vectorbt_version", "verified", "worst_date"]
    assert head["days"] == found[0].days and np.isfinite(head["max_relative_difference"])


def test_a_folder_that_holds_no_result_ends_with_one_sentence(tmp_path):
    process = ledger.start_verification(tmp_path)
    with pytest.raises(
        RunError, match=r"the vectorbt replay failed: .*run\.json is missing\. Run the backtest again\."
    ):
        ledger.finish_verification(process, tmp_path)
