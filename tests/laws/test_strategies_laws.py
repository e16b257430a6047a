"""Laws that every strategy in strategies/ keeps, on random markets with late listings, departures and late figures.

Strategies are found by looking, so a new one is held to these laws without being mentioned here.
"""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backtest.market.history import History
from backtest.strategy import asked, varied

ORACLES = Path(__file__).parents[1] / "oracles"
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))
strategies = SimpleNamespace(**runpy.run_path(str(ORACLES / "every_strategy.py")))

every = pytest.mark.parametrize("name", strategies.NAMES)
often = settings(max_examples=15, deadline=None, derandomize=True)
seeds, days = st.integers(0, 10**6), st.integers(0, 319)


def market(seed, names=12):
    return strategies.with_figures(markets.random_panel(seed, days=320, names=names), seed)


def history_of(panel, day, variants=1):
    return History(panel, day, np.tile(panel.benchmark_weights[day], (variants, 1)), start_day=min(3, day))


def drawn(parameter, rng, variants, ends):
    """A column (V, 1) over the range of a parameter; with `ends` of its ends only."""
    if ends:
        return rng.choice([parameter.low, parameter.high], (variants, 1))
    column = rng.uniform(parameter.low, parameter.high, (variants, 1))
    return np.rint(column) if parameter.whole else column


def grid_of(strategy, seed, variants=5, ends=False):
    """The strategy with every number a column and every choice of words drawn; who has adopters can always give."""
    rng = np.random.Generator(np.random.PCG64(seed))
    given_ = {p.name: drawn(p, rng, variants, ends) for p in strategy.allowed if not p.text}
    given_ |= {p.name: str(rng.choice(p.words)) for p in strategy.allowed if p.words}
    if "field" in strategy.parameters:
        given_["field"] = str(rng.choice(["ev_to_sales", "forward_earnings_yield"]))
    return varied(strategy, given_)


def single(strategy, row):
    """One row of a grid as a strategy of numbers, as a mandate would give them."""
    taken = {k: v[row, 0] if isinstance(v, np.ndarray) else v for k, v in strategy.parameters.items()}
    return varied(strategy, {k: v.item() if isinstance(v, np.generic) else v for k, v in taken.items()})


def can_give(panel, day):
    """Whether an adopter is in the benchmark: without one the strategies that cut say so and refuse."""
    adopter = np.array(panel.themes) == "adopter"
    return bool(panel.benchmark_weights[day][adopter].sum() > 0.0)


@every
@often
@given(seed=seeds, day=days, ends=st.booleans())
def test_a_grid_equals_its_single_runs(name, seed, day, ends):
    panel = market(seed)
    assume(can_give(panel, day))
    grid = grid_of(strategies.shipped(name), seed, ends=ends)
    together = grid.target_weights(history_of(panel, day, grid.variants))
    for row in range(grid.variants):
        alone = single(grid, row).target_weights(history_of(panel, day))
        np.testing.assert_allclose(together[row], alone[0], rtol=0, atol=1e-12)
    if grid.should_trade is not None:
        wants = asked(grid, history_of(panel, day, grid.variants))
        assert [bool(w) for w in wants] == [
            bool(asked(single(grid, row), history_of(panel, day))[0]) for row in range(grid.variants)
        ]


@every
@often
@given(seed=seeds, day=days, ends=st.booleans())
def test_rows_are_weights_of_members_with_a_price(name, seed, day, ends):
    panel = market(seed)
    assume(can_give(panel, day))
    grid = grid_of(strategies.shipped(name), seed, ends=ends)
    weights = grid.target_weights(history_of(panel, day, grid.variants))
    assert weights.shape in {(grid.variants, 12), (1, 12)}
    assert (weights >= 0.0).all() and (weights.sum(axis=1) <= 1.0 + 1e-12).all()
    outside = ~panel.members[day] | np.isnan(panel.prices[day])
    assert (weights[:, outside] == 0.0).all()
    if name not in strategies.COMPOSING:
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)


def shuffled(panel, order):
    """The same market with its assets in another order."""
    names = len(panel.assets)
    changed = {}
    for key, value in vars(panel).items():
        if isinstance(value, tuple) and len(value) == names:
            changed[key] = tuple(value[i] for i in order)
        elif isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == names:
            changed[key] = value[:, order]
    figures = panel.fundamentals
    place = np.argsort(order)
    return replace(
        panel,
        **changed,
        delisted=panel.delisted[order],
        fundamentals=replace(figures, asset=place[figures.asset]),
    )


@every
@often
@given(seed=seeds, day=days)
def test_permuting_assets_permutes_weights(name, seed, day):
    panel = market(seed)
    assume(can_give(panel, day))
    order = np.random.Generator(np.random.PCG64(seed + 1)).permutation(12)
    grid = grid_of(strategies.shipped(name), seed)
    ours = grid.target_weights(history_of(panel, day, grid.variants))
    theirs = grid.target_weights(history_of(shuffled(panel, order), day, grid.variants))
    np.testing.assert_allclose(theirs, ours[:, order], rtol=0, atol=1e-12)


@every
@often
@given(seed=seeds, day=days, power=st.integers(-6, 6), asset=st.integers(0, 11))
def test_the_level_of_a_price_says_nothing(name, seed, day, power, asset):
    """A share split in two, or quoted in pence, is the same share: powers of two, so that nothing is rounded."""
    panel = market(seed)
    assume(can_give(panel, day))
    factor = np.where(np.arange(12) == asset, 2.0**power, 1.0)
    other = replace(panel, prices=panel.prices * factor, closes=panel.closes * factor)
    grid = grid_of(strategies.shipped(name), seed)
    ours, theirs = (grid.target_weights(history_of(p, day, grid.variants)) for p in (panel, other))
    np.testing.assert_array_equal(ours, theirs)


@every
@often
@given(seed=seeds, day=days)
def test_asking_changes_nothing(name, seed, day):
    """Neither the market nor the parameters, nor what is answered when a later day was asked about in between."""
    panel = market(seed)
    assume(can_give(panel, day) and can_give(panel, 319))
    grid = grid_of(strategies.shipped(name), seed)
    before = {k: v.tobytes() for k, v in vars(panel).items() if isinstance(v, np.ndarray)}
    columns = {k: v.copy() for k, v in grid.parameters.items() if isinstance(v, np.ndarray)}
    first = grid.target_weights(history_of(panel, day, grid.variants)).copy()
    grid.target_weights(history_of(panel, 319, grid.variants))
    np.testing.assert_array_equal(grid.target_weights(history_of(panel, day, grid.variants)), first)
    assert before == {k: getattr(panel, k).tobytes() for k in before}
    for key, column in columns.items():
        np.testing.assert_array_equal(grid.parameters[key], column)


CUTS = {
    "cut_capex": {"capex_target": 1.0},
    "buy_the_turmoil": {"step": 0.0},
    "valuation_discipline": {"strength": 0.0},
    "capex_surprise": {"cut": 0.0},
    "adopter_evidence": {"tilt": 0.0},
    "broaden": {"effective_names": 1.0},
}


@pytest.mark.parametrize("name", CUTS)
@often
@given(seed=seeds, day=days)
def test_a_view_of_no_strength_is_the_benchmark(name, seed, day):
    panel = market(seed)
    weights = strategies.shipped(name, **CUTS[name]).target_weights(history_of(panel, day))
    np.testing.assert_allclose(weights[0], panel.benchmark_weights[day], rtol=0, atol=1e-15)


@often
@given(seed=seeds, day=days)
def test_only_capex_names_give_and_only_adopters_receive(seed, day):
    panel = market(seed)
    assume(can_give(panel, day))
    themes, benchmark = np.array(panel.themes), panel.benchmark_weights[day]
    for name in ("cut_capex", "buy_the_turmoil", "valuation_discipline", "capex_surprise"):
        grid = grid_of(strategies.shipped(name), seed)
        change = grid.target_weights(history_of(panel, day, grid.variants)) - benchmark
        assert (change[:, themes == "capex"] <= 1e-15).all(), name
        assert (change[:, themes == "adopter"] >= -1e-15).all(), name
        np.testing.assert_allclose(change[:, themes == "other"], 0.0, atol=1e-15)


@often
@given(seed=seeds, day=days)
def test_evidence_moves_weight_among_adopters_only(seed, day):
    panel = market(seed)
    themes = np.array(panel.themes)
    grid = grid_of(strategies.shipped("adopter_evidence"), seed)
    change = grid.target_weights(history_of(panel, day, grid.variants)) - panel.benchmark_weights[day]
    np.testing.assert_allclose(change[:, themes != "adopter"], 0.0, atol=1e-15)
    np.testing.assert_allclose(change.sum(axis=1), 0.0, atol=1e-14)


@often
@given(seed=seeds, day=days, wanted=st.floats(1.0, 500.0))
def test_broaden_reaches_what_is_wanted_or_what_there_is(seed, day, wanted):
    panel = market(seed)
    members = int(panel.members[day].sum())
    weights = strategies.shipped("broaden", effective_names=wanted).target_weights(history_of(panel, day))[0]
    found = 1.0 / (weights**2).sum()
    before = 1.0 / (panel.benchmark_weights[day] ** 2).sum()
    assert found == pytest.approx(max(before, min(wanted, members)), rel=1e-9)


@often
@given(seed=seeds, day=st.integers(30, 319))
def test_a_quieter_name_is_held_no_less(seed, day):
    panel = market(seed)
    weights = strategies.shipped("inverse_volatility", days=250).target_weights(history_of(panel, day))[0]
    prices = panel.prices[max(0, day - 250) : day + 1]
    volatility = (prices[1:] / prices[:-1] - 1.0).std(axis=0, ddof=1)
    held = weights > 0.0
    np.testing.assert_allclose(np.ptp((weights * volatility)[held]), 0.0, atol=1e-12)
