"""What the replay is given and how its finding is read. The replay itself: tests/oracles/test_vectorbt_replay.py."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from backtest import ledger
from backtest.errors import RunError
from backtest.mandate import Constraints, Costs, Schedule
from backtest.result import Replay
from backtest.simulate import simulate

DATES = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")


def child(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_a_difference_beyond_the_tolerance_is_not_verified_and_dated():
    ours = np.array([[1.0, 1.0], [1.0, 1.0]])
    close = ledger.compare(ours, ours * (1 + 0.9e-9), DATES, "v")
    assert close.verified and close.days == 2 and close.vectorbt_version == "v"
    far = ledger.compare(ours, ours + np.array([[0.0, 0.0], [0.0, 1.1e-9]]), DATES, "v")
    assert not far.verified and far.worst_date == "2020-01-02"
    assert far.max_relative_difference == pytest.approx(1.1e-9, rel=1e-6)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_day_without_a_value_is_never_verified(broken):
    theirs = np.array([[1.0], [broken]])
    assert not ledger.compare(np.ones((2, 1)), theirs, DATES, "v").verified
    assert not ledger.compare(theirs, np.ones((2, 1)), DATES, "v").verified


def test_orders_add_up_to_units_and_cash_passes_through(markets):
    """In every variant, on every moment: what is sold pays what is bought and the fees; cash is an asset among them."""
    panel = markets.random_panel(21)
    costs = Costs(commission_bps=20, buy_tax_bps=50, delisting_haircut=0.2, capital=1000.0)
    result = simulate(panel, markets.restless(21, 2), Schedule(decide="week_end"), Constraints(), costs)
    start = len(panel.dates) - len(result.dates)
    held = np.flatnonzero(result.orders.any(axis=(0, 1)))
    replay = Replay(tuple(result.assets[i] for i in held), panel.prices[start:, held], panel.cash[start:])
    units, prices, rates = (x.reshape(len(result.dates), 2, -1) for x in ledger._orders(result, replay))
    value = np.nan_to_num(units) * prices
    paid = (value + rates * np.abs(value)).sum(axis=2)
    expected = np.zeros_like(paid)
    expected[0] = costs.capital
    np.testing.assert_allclose(paid, expected, atol=1e-9)


def test_prices_have_no_gaps_for_vectorbt():
    gaps = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, 3.0]])
    assert ledger._without_gaps(gaps).tolist() == [[2.0, 1.0], [2.0, 1.0], [2.0, 3.0]]


def test_a_replay_that_dies_is_an_error_with_its_last_words(tmp_path):
    process = child("import sys; sys.stderr.write('first\\nlast words\\n'); sys.exit(3)")
    with pytest.raises(RunError, match="the vectorbt replay failed: last words"):
        ledger.finish_verification(process, tmp_path)


def test_a_replay_that_says_nothing_is_not_taken_for_a_yes(tmp_path):
    with pytest.raises(RunError, match="the vectorbt replay failed: exit code 0"):
        ledger.finish_verification(child("pass"), tmp_path)


def test_a_replay_that_does_not_end_is_stopped(tmp_path):
    process = child("import time; time.sleep(60)")
    with pytest.raises(RunError, match=r"took longer than 0\.1 s and was stopped"):
        ledger.finish_verification(process, tmp_path, timeout=0.1)
    assert process.returncode is not None


def test_importing_the_ledger_does_not_import_vectorbt():
    code = "import sys, backtest.ledger; sys.exit('vectorbt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
