"""What the strategies solve in closed form or by exchanging names, against a convex solver and other libraries."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import cvxpy as cp
import numpy as np
import pytest
from skfolio.moments import LedoitWolf
from sklearn.covariance import ledoit_wolf as sklearn_ledoit_wolf

from backtest.market.history import History
from backtest.strategy import asked
from strategies._shared import least_variance, ledoit_wolf, rank, spaced_falls

ORACLES = Path(__file__).parent
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))
strategies = SimpleNamespace(**runpy.run_path(str(ORACLES / "every_strategy.py")))


def generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


def factor_returns(seed, days, names):
    """Returns with common factors, so that correlations are high and most names end at zero weight."""
    rng = generator(seed)
    common = rng.normal(0.0, 0.01, (days, 3)) @ rng.uniform(-0.5, 2.0, (3, names))
    return common + rng.normal(0.0, 1.0, (days, names)) * rng.uniform(0.002, 0.03, names)


def solved(covariance):
    weights = cp.Variable(len(covariance))
    scaled = cp.psd_wrap(covariance / np.mean(np.diag(covariance)))
    problem = cp.Problem(cp.Minimize(cp.quad_form(weights, scaled)), [weights >= 0, cp.sum(weights) == 1])
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
    return weights.value


@pytest.mark.parametrize("seed", range(25))
def test_the_least_variance_is_the_solvers(seed):
    names = int(generator(seed).integers(2, 60))
    covariance = ledoit_wolf(factor_returns(seed, 60 + 5 * seed, names))
    ours = least_variance(covariance)
    np.testing.assert_allclose(ours, solved(covariance), rtol=0, atol=1e-6)
    slope = covariance @ ours  # the conditions of an optimum: equal where held, no lower where not
    level = ours @ slope
    np.testing.assert_allclose(slope[ours > 0.0], level, rtol=1e-9)
    assert (slope >= level * (1 - 1e-9)).all()
    assert ours.sum() == pytest.approx(1.0, abs=1e-14) and (ours >= 0.0).all()


def test_the_least_variance_of_five_hundred_names_is_exact():
    covariance = ledoit_wolf(factor_returns(99, 250, 500))
    ours = least_variance(covariance)
    slope = covariance @ ours
    level = ours @ slope
    assert 5 < (ours > 0.0).sum() < 400
    np.testing.assert_allclose(slope[ours > 0.0], level, rtol=1e-8)
    assert (slope >= level * (1 - 1e-8)).all()


@pytest.mark.parametrize("seed", range(12))
def test_one_exchange_at_a_time_comes_to_the_same(seed):
    """What ends a cycle when many exchanges at once do not."""
    covariance = ledoit_wolf(factor_returns(seed, 60, 4 + 2 * seed))
    np.testing.assert_allclose(least_variance(covariance, patience=0), least_variance(covariance), atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_names_that_are_twins_and_hard_covariances_end_too(seed):
    """Near singular: an exchange decided by the last bits must not go on for ever."""
    returns = factor_returns(seed, 25, 30)
    returns[:, 15:] = returns[:, :15] * (1.0 + 1e-4 * generator(seed).normal(size=15)) + 1e-7
    covariance = np.cov(returns.T) + 1e-9 * np.eye(30)
    ours = least_variance(covariance)
    assert ours @ covariance @ ours <= solved(covariance) @ covariance @ solved(covariance) * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_the_shrunk_covariance_is_that_of_scikit_learn_and_skfolio(seed):
    """Both divide by T, and shrink towards the average variance times the identity."""
    returns = factor_returns(seed, 30 + 20 * seed, 12)
    theirs, intensity = sklearn_ledoit_wolf(returns)
    np.testing.assert_allclose(ledoit_wolf(returns), theirs, rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(ledoit_wolf(returns), LedoitWolf().fit(returns).covariance_, rtol=1e-8, atol=1e-16)
    np.testing.assert_allclose(ledoit_wolf(returns, least=intensity / 2), theirs, rtol=1e-10, atol=1e-18)
    average = returns.var(axis=0).mean()
    np.testing.assert_allclose(ledoit_wolf(returns, least=1.0), average * np.eye(12), rtol=1e-10, atol=1e-18)


@pytest.mark.parametrize("seed", range(8))
def test_the_strategy_is_the_solvers_portfolio_of_those_with_a_past(seed):
    panel = markets.random_panel(seed, days=200, names=12)
    day = 150
    history = History(panel, day, np.zeros((1, 12)), 0)
    ours = strategies.shipped("minimum_variance", days=100).target_weights(history)[0]
    prices = panel.prices[day - 100 : day + 1]
    whole = panel.members[day] & ~np.isnan(prices).any(axis=0) & (np.nan_to_num(prices).std(axis=0) > 0.0)
    returns = prices[1:, whole] / prices[:-1, whole] - 1.0
    np.testing.assert_allclose(ours[whole], solved(sklearn_ledoit_wolf(returns)[0]), rtol=0, atol=1e-6)
    assert (ours[~whole] == 0.0).all()


@pytest.mark.parametrize("seed", range(12))
def test_broaden_is_the_nearest_of_all_that_are_broad_enough(seed):
    panel = markets.random_panel(seed, names=12)
    members, benchmark = panel.members[60], panel.benchmark_weights[60]
    now, most = 1.0 / (benchmark**2).sum(), members.sum()
    columns = now + (most - now) * np.array([[0.2], [0.6], [0.95]])
    history = History(panel, 60, np.zeros((3, 12)), 0)
    ours = strategies.shipped("broaden", effective_names=columns).target_weights(history)
    for row, wanted in zip(ours, columns[:, 0], strict=True):
        weights = cp.Variable(12)
        limits = [weights >= 0, cp.sum(weights) == 1, weights[~members] == 0, cp.norm(weights) <= wanted**-0.5]
        cp.Problem(cp.Minimize(cp.norm(weights - benchmark)), limits).solve(
            solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9
        )
        np.testing.assert_allclose(row, weights.value, rtol=0, atol=1e-5)  # the solver's weights waver by about 1e-6
        assert np.linalg.norm(row - benchmark) <= np.linalg.norm(weights.value - benchmark) + 1e-8
        assert 1.0 / (row**2).sum() >= wanted * (1 - 1e-12) and (row >= 0.0).all()


def plain_events(level, fall, days):
    """Day by day, as the docstring says it."""
    found, last = [], None
    for day in range(len(level)):
        high = max(level[max(0, day - days) : day + 1])
        if level[day] <= (1.0 - fall) * high and (last is None or day - last > days):
            found.append(day)
            last = day
    return found


@pytest.mark.parametrize("seed", range(20))
def test_events_are_those_found_day_by_day(seed):
    rng = generator(seed)
    level = np.exp(np.cumsum(rng.normal(0.0, 0.03, 400)))
    falls, days = rng.uniform(0.02, 0.3, (6, 1)), int(rng.integers(2, 60))
    found = spaced_falls(level, falls, days)
    for row, fall in zip(found, falls[:, 0], strict=True):
        assert np.flatnonzero(row).tolist() == plain_events(level, fall, days)


def plain_basket(panel):
    """The level of all capex names with prices, by a loop over days and names."""
    capex, level = [i for i, theme in enumerate(panel.themes) if theme == "capex"], [1.0]
    for t in range(1, len(panel.dates)):
        moves = [panel.prices[t, i] / panel.prices[t - 1, i] - 1.0 for i in capex]
        known = [m for m in moves if not np.isnan(m)]
        level.append(level[-1] * (1.0 + (sum(known) / len(known) if known else 0.0)))
    return level


def plain_share(panel, day, events, step, steps, months):
    """What buy_the_turmoil moves at the close of a day, by a loop over its events."""
    active = 0.0
    for event in (e for e in events if e <= day):
        passed = (panel.dates[day].astype("datetime64[M]") - panel.dates[event].astype("datetime64[M]")).astype(int)
        active += max(0.0, 1.0 - passed / months)
    return min(1.0, step * min(active, steps))


@pytest.mark.parametrize("seed", range(10))
def test_buy_the_turmoil_is_the_loop_over_its_events(seed):
    rng, panel = generator(seed), markets.random_panel(seed, days=260, names=12)
    fall, days = float(rng.uniform(0.02, 0.08)), int(rng.integers(2, 40))
    own = {"step": float(rng.uniform(0.1, 1)), "steps": int(rng.integers(1, 5)), "months": int(rng.integers(1, 8))}
    strategy = strategies.shipped("buy_the_turmoil", fall=fall, days=days, **own)
    events = plain_events(plain_basket(panel), fall, days)
    adopter, capex = (np.array(panel.themes) == theme for theme in ("adopter", "capex"))
    before, moves = 0.0, 0
    for day in range(260):
        benchmark = panel.benchmark_weights[day]
        history, share = History(panel, day, benchmark[None], 0), plain_share(panel, day, events, **own)
        if benchmark[adopter].sum() > 0.0:
            freed = share * benchmark[capex].sum()
            hoped = np.where(capex, (1.0 - share) * benchmark, benchmark)
            hoped = hoped + freed * np.where(adopter, benchmark, 0.0) / benchmark[adopter].sum()
            np.testing.assert_allclose(strategy.target_weights(history)[0], hoped, rtol=0, atol=1e-12)
        wants = bool(asked(strategy, history)[0])
        assert wants == (abs(share - before) > 1e-12)
        before, moves = share, moves + wants
    assert events and moves > 0


@pytest.mark.parametrize("seed", range(10))
def test_ranks_are_those_counted_one_by_one(seed):
    rng = generator(seed)
    values = np.where(rng.random(15) < 0.2, np.nan, rng.integers(0, 6, 15).astype(float))
    among = rng.random(15) < 0.8
    known = [i for i in range(15) if among[i] and not np.isnan(values[i])]
    for i, found in enumerate(rank(values, among)):
        if i not in known:
            assert np.isnan(found)
            continue
        others = [values[j] for j in known if j != i]
        lower = sum((v < values[i]) + 0.5 * (v == values[i]) for v in others)
        assert found == pytest.approx(lower / len(others) if others else 0.5)
