"""What the replay is given and how its finding is read. The replay itself: tests/oracles/test_vectorbt_replay.py."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from backtest import ledger
from backtest.errors import RunError
from backtest.result import replay_of
from backtest.simulate import simulate
from backtest.terms import Constraints, Costs, Flow, Schedule

DATES = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")
COSTS = Costs(
    commission_bps=20, commission_minimum=3, buy_tax_bps=50, custody_bps=300, delisting_haircut=1.0, capital=1e4
)
FLOWS = (Flow(date=date(2020, 3, 2), amount=3e3), Flow(date=date(2020, 3, 11), amount=-2e3))


def child(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def run(markets):
    """Two variants that pay every cost and custody, with flows, and names that leave worthless."""
    panel = markets.random_panel(20)
    schedule = Schedule(decide="week_end")
    result = simulate(panel, markets.restless(20, 2), schedule, Constraints(), COSTS, FLOWS)
    assert (result.order_prices == 0.0).any() and "flow" in result.reasons
    return SimpleNamespace(panel=panel, result=result, replay=replay_of(result, panel))


def filled(result, replay, refused=()):
    """A portfolio that answers as vectorbt's does, and fills every order but the refused ones (day, variant, asset)."""
    orders = ledger._orders(result, replay)
    units = np.nan_to_num(orders.units)
    for place in refused:
        units[place] = 0.0
    paid = units * orders.prices + np.where(units != 0.0, orders.fees, 0.0)
    cash = 3 * result.capital + np.maximum(result.flows, 0.0).sum() - np.cumsum(paid.sum(axis=2), axis=0)
    held = np.cumsum(units, axis=0)
    value = cash + (held * orders.close[:, None]).sum(axis=2)
    wide = held.reshape(len(held), -1)
    return SimpleNamespace(assets=lambda: wide, cash=lambda: cash, value=lambda: value)


def found(result, replay, refused=()):
    nav = ledger.replayed_nav(filled(result, replay, refused), result, replay)
    return ledger.compare(result.nav, nav, result.dates, "v")


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


def test_money_passes_through_on_every_day(run):
    """In every variant: sales, flows and what lies outside pay for purchases, fees and custody; nothing is left."""
    orders = ledger._orders(run.result, run.replay)
    paid = (np.nan_to_num(orders.units) * orders.prices + orders.fees).sum(axis=2)
    expected = np.zeros_like(paid)
    expected[0] = 2 * COSTS.capital + 3e3  # all that vectorbt is given, but for what lies idle
    np.testing.assert_allclose(paid, expected, atol=1e-8)


def test_what_vectorbt_is_told_it_can_do(run):
    """Prices above zero, and no sale that costs more than it brings: either would be refused."""
    orders = ledger._orders(run.result, run.replay)
    proceeds = np.where(orders.units < 0.0, -orders.units * orders.prices, np.inf)
    assert (orders.prices > 0.0).all() and (orders.fees >= 0.0).all()
    assert (orders.fees <= proceeds).all() and (orders.fees[np.isnan(orders.units)] == 0.0).all()


def test_a_name_that_leaves_worthless_is_sold_and_brings_nothing(run):
    result, replay = run.result, run.replay
    k, i = np.argwhere(result.order_prices == 0.0)[0]
    place = (result.trade_days[k], slice(None), replay.assets.index(result.assets[i]))
    orders = ledger._orders(result, replay)
    units = orders.units[place]
    assert (units[~np.isnan(units)] < 0.0).all()
    np.testing.assert_array_equal(orders.prices[place], 1.0)
    np.testing.assert_array_equal(orders.fees[place], -np.nan_to_num(units))


def test_a_sale_that_costs_more_than_it_brings_is_paid_from_the_cash(markets):
    """The rest of the fee leaves by (outside)."""
    costs = Costs(commission_minimum=2.0, capital=100.0)
    result, replay = two_trades(markets, 10.0, [[0.01, 0.9], [0.0, 0.9]], costs)
    orders = ledger._orders(result, replay)
    brought = -orders.units[2, 0, 0] * 10.0
    assert result.order_costs[1, 0, 0] == 2.0 and 0.0 < brought < 1.0
    assert orders.fees[2, 0, 0] == pytest.approx(brought) and orders.units[2, 0, -1] == pytest.approx(2.0 - brought)
    assert found(result, replay).verified


def two_trades(markets, price: float, wishes, costs: Costs):
    """Two names at one price that never moves, traded twice; and what a replay needs."""
    panel = markets.panel_of(np.full((6, 2), price))
    following = iter(wishes)
    strategy = markets.strategy_of(lambda history: np.array([next(following)]))
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 1), date(2020, 1, 3)))
    result = simulate(panel, strategy, schedule, Constraints(), costs)
    return result, replay_of(result, panel)


def test_an_order_too_small_for_vectorbt_still_pays_its_fee(markets):
    costs = Costs(commission_fixed=1.0, capital=100.0)
    result, replay = two_trades(markets, 1000.0, [[5e-12, 0.9], [5e-12, 0.5]], costs)
    orders = ledger._orders(result, replay)
    assert 0.0 < result.units[0, 0, 0] < ledger.NO_ORDER and np.isnan(orders.units[0, 0, 0])
    assert orders.fees[0, 0].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert found(result, replay).verified


def test_two_refusals_that_make_up_for_each_other_are_found(markets):
    """Neither cash nor NAV shows them: what is held does."""
    result, replay = two_trades(markets, 10.0, [[1.0, 0.0], [0.0, 1.0]], Costs(capital=100.0))
    assert found(result, replay).verified
    swapped = found(result, replay, [(2, 0, 0), (2, 0, 1)])
    assert not swapped.verified and swapped.worst_date == str(result.dates[2])


def test_custody_accrues_by_actual_days_on_the_value_less_what_is_owed(run):
    gross = np.array([[100.0], [100.0], [110.0]])
    dates = np.array(["2020-01-03", "2020-01-06", "2020-01-07"], dtype="datetime64[D]")
    result = SimpleNamespace(dates=dates, custody=0.1, trade_days=np.array([0, 2]), owed=np.array([[0.0], [0.25]]))
    accrued, owed = ledger._custody_owed(gross, result)
    three, one = 1 - 0.9 ** (3 / 365.25), 1 - 0.9 ** (1 / 365.25)
    np.testing.assert_allclose(accrued[:, 0], [0.0, 100 * three, 100 * (1 - three) * one], rtol=1e-12)
    np.testing.assert_allclose(owed[:, 0], [0.0, 100 * three, 0.25], rtol=1e-12)


def test_a_ledger_that_fills_every_order_agrees(run):
    assert found(run.result, run.replay).max_relative_difference < 1e-13


def test_a_refused_order_is_dated_even_when_it_moves_no_nav(run):
    """Had it been at no cost, the NAV of its day would be the same without it."""
    result, replay = run.result, run.replay
    free = dataclasses.replace(result, order_costs=result.order_costs * 0.0, costs=result.costs * 0.0)
    orders = ledger._orders(result, replay)
    places = np.argwhere(~np.isnan(orders.units[:, :, :-2]))
    for place in places[:: len(places) // 12]:
        for which in (result, free):
            refusal = found(which, replay, [tuple(place)])
            assert not refusal.verified and refusal.max_relative_difference == 1.0
        assert found(result, replay, [tuple(place)]).worst_date == str(result.dates[place[0]])


def changed(result, name: str, place, by: float):
    """The result with one number changed by a fraction of itself."""
    field = getattr(result, name).copy()
    field[place] = field[place] * (1 + by)
    return dataclasses.replace(result, **{name: field})


@pytest.mark.parametrize(
    ("name", "place", "day"),
    [
        ("nav", (13, 1), lambda r: 13),
        ("units", (3, 1, 1), lambda r: r.trade_days[3]),
        ("order_costs", (3, 1, 1), lambda r: r.trade_days[3]),
        ("costs", (3, 1, 0), lambda r: r.trade_days[3]),
        ("cash", (7, 1), lambda r: r.trade_days[7]),
        ("order_prices", (3, 1), lambda r: r.trade_days[3]),
        ("charges", (13, 0), lambda r: 13),
        ("flows", slice(None), lambda r: np.flatnonzero(r.flows)[0]),
    ],
)
def test_a_forged_number_is_found_and_dated(run, name, place, day):
    result = run.result
    forged = found(changed(result, name, place, 1e-3), run.replay)
    assert not forged.verified
    assert forged.worst_date == str(result.dates[day(result)])


def test_a_forged_rate_of_custody_is_found_on_the_first_day_that_it_accrues(run):
    forged = found(dataclasses.replace(run.result, custody=0.02), run.replay)
    assert not forged.verified and forged.worst_date == str(run.result.dates[1])


def test_a_flow_on_a_day_without_a_trade_is_found(run):
    result = run.result
    day = next(t for t in range(5, 90) if t not in result.trade_days)
    flows = result.flows.copy()
    flows[day] = 10.0
    forged = found(dataclasses.replace(result, flows=flows), run.replay)
    assert not forged.verified and forged.worst_date == str(result.dates[day])


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
