"""What is true of every attribution, whatever was held, earned, paid and cut."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtest.analysis.accounts import DELISTING, days_of
from backtest.errors import ConstraintError, SimulationError
from backtest.metrics.attribution import (
    BENCHMARK_DIFFERENCE,
    CASH,
    TRADING_COSTS,
    Days,
    attribute,
    between,
    carino,
    contributions,
    expected_parts,
    realised_parts,
    risk_contributions,
)
from backtest.metrics.risk import tracking_error, volatility
from backtest.result import unit_value
from backtest.schedule import trading_plan
from backtest.simulate import simulate
from backtest.terms import Flow

markets = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "oracles" / "random_markets.py")))
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 10**6)


def random_days(seed: int, length: int = 30, names: int = 7) -> Days:
    """Any T days: weights that sum to less than one, names absent on one side, unknown returns, costs and custody."""
    rng = np.random.Generator(np.random.PCG64(seed))
    shape = (length, names)
    returns = rng.normal(0.0, 0.03, shape)
    returns[rng.random(shape) < 0.05] = np.nan
    weights = _weights(rng, shape) * rng.uniform(0.7, 1.0, (length, 1))
    index = _weights(rng, shape)
    cash, custody = (1.0 - weights.sum(axis=1)) * rng.normal(0.0, 0.0002, length), rng.uniform(0.0, 1e-4, length)
    costs = rng.uniform(0.0, 0.001, shape) * (rng.random(shape) < 0.2)
    earned = np.nan_to_num(returns)
    return Days(
        returns=returns,
        weights=weights,
        benchmark_weights=index,
        fund=(weights * earned).sum(axis=1) + cash - custody - costs.sum(axis=1),
        benchmark=(index * earned).sum(axis=1) + rng.normal(0.0, 0.0005, length),
        cash=cash,
        costs=costs,
        charges={"custody": custody},
    )


def _weights(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    raw = rng.exponential(1.0, shape) * (rng.random(shape) < 0.8)
    raw[:, 0] += 0.01
    return raw / raw.sum(axis=1, keepdims=True)


def random_groups(seed: int, names: int) -> np.ndarray:
    """(3, N); a group may be empty."""
    return np.arange(3)[:, None] == np.random.Generator(np.random.PCG64(seed + 1)).integers(0, 3, names)


def parts_of(found) -> float:
    return float(found.effects.total.sum() + sum(found.others.values()))


@quick
@given(seed=seeds)
def test_the_parts_sum_to_the_active_return(seed):
    days = random_days(seed)
    found = attribute(days, random_groups(seed, 7))
    assert parts_of(found) == pytest.approx(found.active, abs=1e-12)
    assert found.fund == pytest.approx(np.prod(1 + days.fund) - 1, abs=1e-14)
    assert found.benchmark == pytest.approx(np.prod(1 + days.benchmark) - 1, abs=1e-14)
    added = contributions(days)
    assert added.names.sum() + sum(added.others.values()) == pytest.approx(found.fund, abs=1e-12)
    assert added.costs.sum() == pytest.approx(added.others[TRADING_COSTS], abs=1e-15)


@quick
@given(seed=seeds)
def test_the_effects_of_a_group_are_those_of_its_names(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    found = attribute(days, groups)
    np.testing.assert_allclose(groups @ found.by_name, found.effects.total, atol=1e-13)


@quick
@given(seed=seeds)
def test_the_order_of_names_and_groups_is_of_no_account(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    rng = np.random.Generator(np.random.PCG64(seed + 2))
    order, turn = rng.permutation(7), rng.permutation(3)
    wide = ("returns", "weights", "benchmark_weights", "costs")
    moved = replace(days, **{name: getattr(days, name)[:, order] for name in wide})
    found, again = attribute(days, groups), attribute(moved, groups[turn][:, order])
    np.testing.assert_allclose(again.effects.allocation, found.effects.allocation[turn], atol=1e-14)
    np.testing.assert_allclose(again.effects.selection, found.effects.selection[turn], atol=1e-14)
    np.testing.assert_allclose(again.by_name, found.by_name[order], atol=1e-14)
    np.testing.assert_allclose(contributions(moved).names, contributions(days).names[order], atol=1e-14)


@quick
@given(seed=seeds)
def test_splitting_a_group_moves_nothing_from_the_others_nor_its_sum(seed):
    days = random_days(seed)
    whole = np.array([[True] * 4 + [False] * 3, [False] * 4 + [True] * 3])
    split = np.array([[True] * 2 + [False] * 5, [False] * 2 + [True] * 2 + [False] * 3, whole[1].tolist()])
    one, two = attribute(days, whole), attribute(days, split)
    assert two.effects.total[:2].sum() == pytest.approx(one.effects.total[0], abs=1e-13)
    for kind in ("allocation", "selection", "interaction"):
        assert getattr(two.effects, kind)[2] == pytest.approx(getattr(one.effects, kind)[1], abs=1e-14)
    assert two.others == pytest.approx(one.others, abs=1e-15)


@quick
@given(seed=seeds)
def test_splitting_a_name_into_two_lines_of_one_company_moves_nothing(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    half = lambda table: np.hstack([table[:, :1] * 0.3, table[:, :1] * 0.7, table[:, 1:]])  # noqa: E731
    twice = replace(
        days,
        returns=np.hstack([days.returns[:, :1], days.returns]),
        weights=half(days.weights),
        benchmark_weights=half(days.benchmark_weights),
        costs=half(days.costs),
    )
    one, two = attribute(days, groups), attribute(twice, np.hstack([groups[:, :1], groups]))
    np.testing.assert_allclose(two.effects.allocation, one.effects.allocation, atol=1e-14)
    np.testing.assert_allclose(two.effects.selection, one.effects.selection, atol=1e-14)
    np.testing.assert_allclose(two.effects.interaction, one.effects.interaction, atol=1e-14)
    assert two.by_name[:2].sum() == pytest.approx(one.by_name[0], abs=1e-14)


@quick
@given(seed=seeds)
def test_a_fund_that_is_the_benchmark_has_no_effects(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    index = (days.benchmark_weights * np.nan_to_num(days.returns)).sum(axis=1)
    none = np.zeros(len(index))
    same = replace(
        days,
        weights=days.benchmark_weights,
        fund=index,
        benchmark=index,
        cash=none,
        costs=np.zeros_like(days.costs),
        charges={},
    )
    found = attribute(same, groups)
    for part in vars(found.effects).values():
        np.testing.assert_allclose(part, 0.0, atol=1e-14)
    assert found.others == pytest.approx({TRADING_COSTS: 0.0, CASH: 0.0, BENCHMARK_DIFFERENCE: 0.0}, abs=1e-14)
    active = np.hstack(list(realised_parts(same, active=True).values()))
    np.testing.assert_allclose(risk_contributions(active), 0.0, atol=1e-12)


@quick
@given(seed=seeds)
def test_the_benchmark_s_weights_in_every_group_leave_no_allocation(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    masks = groups.T.astype(float)
    own, index = days.weights @ masks, days.benchmark_weights @ masks
    assume((own[:, index.any(axis=0)] > 0.0).all())
    scale = np.where(own > 0.0, index / np.where(own > 0.0, own, 1.0), 0.0) @ groups
    found = attribute(replace(days, weights=days.weights * scale), groups)
    np.testing.assert_allclose(found.effects.allocation, 0.0, atol=1e-13)
    np.testing.assert_allclose(found.effects.interaction, 0.0, atol=1e-13)


@quick
@given(seed=seeds, moved=st.floats(1e-9, 0.4))
def test_factors_carry_any_difference_into_the_whole(seed, moved):
    """Also where fund and benchmark are almost or exactly equal, and where both lose most of what they have."""
    rng = np.random.Generator(np.random.PCG64(seed))
    benchmark = rng.uniform(-0.5, 0.5, 40)
    gap = rng.choice([0.0, 1e-17, 1e-12, 1.0], 40) * rng.uniform(-moved, moved, 40)
    fund = benchmark + gap
    whole = np.prod(1 + fund) - np.prod(1 + benchmark)
    assert carino(fund, benchmark) @ (fund - benchmark) == pytest.approx(
        whole, abs=1e-12 * (1 + np.prod(1 + np.maximum(fund, benchmark)))
    )
    assert (carino(fund, benchmark) > 0.0).all()


@quick
@given(seed=seeds)
def test_one_day_needs_no_link(seed):
    days = between(random_days(seed), 3, 4)
    assert carino(days.fund, days.benchmark) == pytest.approx([1.0], abs=1e-14)


@quick
@given(seed=seeds, scale=st.floats(0.1, 10.0))
def test_risk_parts_sum_to_volatility_and_grow_with_the_stake(seed, scale):
    days = random_days(seed)
    own = np.hstack(list(realised_parts(days).values()))
    np.testing.assert_allclose(own.sum(axis=1), days.fund, atol=1e-15)
    assert risk_contributions(own).sum() == pytest.approx(volatility(days.fund), abs=1e-12)
    active = np.hstack(list(realised_parts(days, active=True).values()))
    assert risk_contributions(active).sum() == pytest.approx(tracking_error(days.fund, days.benchmark), abs=1e-12)
    np.testing.assert_allclose(risk_contributions(scale * own), scale * risk_contributions(own), rtol=1e-9, atol=1e-14)
    two = np.column_stack([own[:, :2].sum(axis=1), own[:, 2:]])
    np.testing.assert_allclose(risk_contributions(two)[0], risk_contributions(own)[:2].sum(), atol=1e-14)


@quick
@given(seed=seeds)
def test_nothing_that_is_handed_in_is_changed(seed):
    days, groups = random_days(seed), random_groups(seed, 7)
    for value in (*vars(days).values(), *days.charges.values(), groups):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    attribute(days, groups)
    contributions(days)
    risk_contributions(expected_parts(days.weights[0], days.returns, days.benchmark))


@st.composite
def mandates(draw):
    """A market with names that come, go and fall silent, costs, custody, limits and money that comes and goes."""
    seed = draw(seeds)
    panel = markets.rich_panel(seed, days=draw(st.integers(30, 60)), names=draw(st.integers(3, 9)))
    schedule, costs = draw(markets.schedules(panel)), draw(markets.costs())
    limits = draw(markets.constraints(schedule.decide == "event"))
    start = trading_plan(panel.dates, schedule).trades[0]
    later = st.sets(st.integers(start + 1, len(panel.dates) - 1), max_size=2)
    flows = tuple(Flow(date=panel.dates[t].item(), amount=0.1 * costs.capital) for t in sorted(draw(later)))
    steps = np.random.Generator(np.random.PCG64(seed)).normal(0.0, 0.01, len(panel.dates))
    own = draw(st.booleans())
    supplied = panel if own else markets.freeze(replace(panel, benchmark=100.0 * np.cumprod(1.0 + steps)))
    strategy = markets.eventful(seed) if schedule.decide == "event" else markets.restless(seed)
    return Case(panel=supplied, strategy=strategy, terms=(schedule, limits, costs, flows), seed=seed)


class Case(SimpleNamespace):
    """One mandate on one market; told in short."""

    def __repr__(self) -> str:
        return f"Case(seed={self.seed}, T, N = {self.panel.prices.shape}, terms={self.terms})"


def test_the_parts_of_every_simulation_sum_to_what_it_made_over_its_benchmark():
    """The whole machine: real orders, drifted weights, delistings with a haircut, custody, flows, a supplied index."""
    kept = []

    @settings(max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=mandates())
    def holds(case):
        panel = case.panel
        try:
            result = simulate(panel, case.strategy, *case.terms)
        except (ConstraintError, SimulationError):
            assume(False)
        last = len(result.dates) - 1
        days = days_of(panel, result, last)
        found = attribute(days, np.array([[theme == t for theme in panel.themes] for t in markets.THEMES]))
        own = unit_value(result)[-1, 0] / result.capital
        index = panel.benchmark[-1] / panel.benchmark[-len(result.dates)]
        assert parts_of(found) == pytest.approx(own - index, abs=1e-10)
        added = contributions(days)
        assert added.names.sum() + sum(added.others.values()) == pytest.approx(own - 1.0, abs=1e-10)
        assert found.others[TRADING_COSTS] <= 0.0
        assert found.others[DELISTING] <= 0.0
        kept.append((bool(result.flows.any()), found.others[DELISTING] < 0.0, result.custody > 0.0))

    holds()
    assert len(kept) >= 40
    assert np.array(kept).any(axis=0).all(), "no flow, delisting or custody among the cases"
