"""What is true of every scenario whatever the market, the portfolio and the shock."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backtest.metrics.scenario import (
    EPISODES,
    Episode,
    betas_to,
    jevons_grid,
    margin_compression,
    replay,
    shock,
    shocked,
    spend_scale,
)

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**32 - 1)
GROUPS = ("capex", "adopter", "other")
DATES = np.arange(np.datetime64("2025-01-01"), np.datetime64("2025-03-01"))
MONTH = Episode("month", "A month", "2025-01-10", "2025-02-10")
INSIDE = np.isin(DATES, np.arange(np.datetime64(MONTH.start), np.datetime64(MONTH.end) + 1))
FALLS, ELASTICITIES = np.array([0.0, 0.2, 0.5, 0.9, 0.99]), np.array([0.0, 0.5, 1.0, 1.5, 3.0])


class World:
    """A random market of 1 to 12 names with holes, and two portfolios in it."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.count = int(rng.integers(1, 13))
        self.assets = tuple(f"N{i:02d}" for i in range(self.count))
        self.themes = tuple(rng.choice(GROUPS, self.count).tolist())
        self.sectors = tuple(rng.choice(["Red", "Blue"], self.count).tolist())
        self.weights, self.index = (self._weights(rng) for _ in range(2))
        self.returns = rng.normal(0.0, 0.02, (90, self.count)) + rng.normal(0.0, 0.01, (90, 1))
        self.returns[rng.random((90, self.count)) < 0.05 * rng.integers(0, 2)] = np.nan
        self.prices = 100.0 * np.cumprod(1.0 + rng.normal(0.0, 0.03, (len(DATES), self.count)), axis=0)
        late, early = rng.integers(0, 60, (2, self.count)) * (rng.random((2, self.count)) < 0.25)
        rows = np.arange(len(DATES))[:, None]
        self.prices[(rows < late) | (rows >= len(DATES) - early)] = np.nan
        self.benchmark = 50.0 * np.cumprod(1.0 + rng.normal(0.0, 0.01, len(DATES)))
        self.cash = np.cumprod(np.full(len(DATES), 1.0002))
        self.margins = np.where(rng.random(self.count) < 0.15, np.nan, rng.uniform(-0.1, 0.9, self.count))
        self.cost = np.where(rng.random(self.count) < 0.15, np.nan, rng.uniform(0.0, 0.5, self.count))
        self.sales = rng.uniform(0.0, 1.0, self.count)

    def _weights(self, rng):
        raw = rng.integers(0, 5, self.count).astype(float)
        return raw / max(raw.sum(), 1.0) * rng.choice([1.0, 0.93])

    def permuted(self, order):
        """The same world with its names in another order."""
        other = object.__new__(World)
        for name, value in vars(self).items():
            if isinstance(value, tuple):
                value = tuple(value[i] for i in order)
            elif isinstance(value, np.ndarray) and name not in ("benchmark", "cash"):
                value = value[..., order]
            setattr(other, name, value)
        return other

    @property
    def labels(self):
        return {"assets": self.assets, "themes": self.themes}

    def replay(self, weights=None, prices=None):
        return replay(MONTH, DATES, self.prices if prices is None else prices,
                      self.weights if weights is None else weights, **self.labels, benchmark=self.benchmark,
                      cash=self.cash)  # fmt: skip

    def shock(self, shocks):
        baskets = shocked(shocks, **self.labels, sectors=self.sectors)
        return shock(baskets, self.returns, self.weights, self.index, **self.labels)

    def squeeze(self, falls=(0.0, 0.05, 0.1, 0.15, 0.5)):
        chosen = sorted({"capex"} & set(self.themes)) or [self.themes[0]]
        return margin_compression(self.weights, self.index, self.margins, **self.labels, chosen=chosen, falls=falls)

    def jevons(self, **options):
        given_ = {"cost_falls": FALLS, "elasticities": ELASTICITIES, "ai_revenue_share": self.sales} | options
        return jevons_grid(self.weights, self.index, self.margins, self.cost, **self.labels, **given_)


worlds = seeds.map(World)
moves = st.floats(-0.09, 0.09).map(lambda x: round(x, 4))


@quick
@given(worlds)
def test_the_parts_of_a_replay_sum_to_its_return(world):
    found = world.replay()
    assume(not found.reason)
    assert found.contributions.sum() + found.cash_contribution == pytest.approx(found.total, abs=1e-12)
    assert sum(found.theme_contributions.values()) == pytest.approx(found.total, abs=1e-12)
    assert found.weights.sum() == pytest.approx(world.weights.sum(), abs=1e-12)
    assert found.max_drawdown <= min(0.0, found.total) + 1e-12


@quick
@given(worlds)
def test_a_replay_is_the_same_in_other_units_and_with_what_lies_outside_removed(world):
    """Scaling a price changes nothing; nor do the days before and after the episode."""
    found = world.replay()
    assume(not found.reason)
    scaled = world.replay(prices=world.prices * np.linspace(0.1, 900.0, world.count))
    np.testing.assert_allclose(scaled.path, found.path, rtol=1e-12)
    outside = world.prices.copy()
    outside[~INSIDE] = np.nan
    assert (world.replay(prices=outside).path == found.path).all()


@quick
@given(worlds)
def test_one_name_alone_returns_what_it_returned(world):
    window = world.prices[INSIDE]
    for place in np.flatnonzero(~np.isnan(window[[0, -1]]).any(axis=0)):
        alone = world.replay(np.eye(world.count)[place])
        np.testing.assert_allclose(alone.total, window[-1, place] / window[0, place] - 1.0, atol=1e-12)


@quick
@given(worlds, moves, moves, moves)
def test_shocks_are_linear(world, one, two, factor):
    """Twice the shock, twice the effect; two shocks together are the sum of each with the other at nothing."""
    labels = sorted(set(world.themes))[:2]
    first, second = (dict(zip(labels, pair, strict=False)) for pair in ((one, 0.0), (0.0, two)))
    both = world.shock({label: first[label] + second[label] for label in labels})
    apart = world.shock(first).effects + world.shock(second).effects
    assume(not both.floored and np.abs(both.effects[~np.isnan(both.effects)]).max(initial=0.0) < 0.9)
    np.testing.assert_allclose(both.effects, apart, atol=1e-12)
    scaled = world.shock({label: factor * (first[label] + second[label]) for label in labels})
    np.testing.assert_allclose(scaled.effects, factor * both.effects, atol=1e-12)


@quick
@given(worlds, moves)
def test_the_parts_of_a_shock_sum_to_its_total(world, move):
    found = world.shock({world.themes[0]: move})
    np.testing.assert_allclose(sum(found.theme_contributions.values()), found.total, atol=1e-12)
    np.testing.assert_allclose(sum(found.benchmark_theme_contributions.values()), found.benchmark_total, atol=1e-12)
    np.testing.assert_allclose(found.active, found.total - found.benchmark_total, atol=1e-12)
    assert (found.effects[np.asarray(world.themes) == world.themes[0]] == move).all()


@quick
@given(worlds)
def test_betas_are_those_of_a_plain_regression(world):
    """Against numpy's least squares with a column of ones, name by name."""
    factors = np.column_stack([np.nan_to_num(world.returns).mean(axis=1), np.sin(np.arange(90)) / 50.0])
    betas, days = betas_to(factors, world.returns)
    for place in range(world.count):
        rows = ~np.isnan(world.returns[:, place])
        assert days[place] == rows.sum()
        design = np.column_stack([np.ones(rows.sum()), factors[rows]])
        expected = np.linalg.lstsq(design, world.returns[rows, place], rcond=None)[0][1:]
        np.testing.assert_allclose(betas[place], expected if rows.sum() >= 60 else np.nan, atol=1e-10)


@quick
@given(worlds)
def test_a_larger_fall_of_margins_never_costs_less_and_nothing_costs_nothing(world):
    found = world.squeeze()
    known = ~np.isnan(found.effects).any(axis=0)
    assert (np.diff(found.effects[:, known], axis=0) <= 0.0).all()
    assert (found.effects[0, known] == 0.0).all()
    assert (found.effects[:, known] >= -1.0).all()
    sums = sum(found.theme_contributions.values())
    np.testing.assert_allclose(found.contributions.sum(axis=1), sums, atol=1e-12)
    known_totals = ~np.isnan(found.totals)
    np.testing.assert_allclose(found.totals[known_totals], sums[known_totals], atol=1e-12)


@quick
@given(worlds, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_cheaper_ai_at_an_elasticity_of_one_leaves_capex_names_as_they_are(world, fixed, kept):
    found = world.jevons(fixed_cost_share=fixed, savings_kept=kept)
    capex = np.asarray(world.themes) == "capex"
    at_one = found.effects[:, ELASTICITIES == 1.0][..., capex]
    np.testing.assert_allclose(at_one[~np.isnan(at_one)], 0.0, atol=1e-12)
    assert (found.spend[:, ELASTICITIES == 1.0] == 1.0).all()


@quick
@given(worlds, st.floats(0.0, 1.0))
def test_an_unchanged_cost_changes_nothing_and_effects_rise_with_the_elasticity(world, fixed):
    found = world.jevons(fixed_cost_share=fixed)
    assert (np.nan_to_num(found.effects[0]) == 0.0).all()
    assert (found.totals[0] == 0.0).all() and (found.spend[0] == 1.0).all()
    assert (np.diff(found.spend, axis=1) >= 0.0).all()
    assert (np.diff(np.nan_to_num(found.effects), axis=1) >= 0.0).all()
    assert (np.diff(found.totals, axis=1) >= -1e-15).all()


@quick
@given(worlds)
def test_adopters_gain_with_the_cost_fall_and_whatever_the_elasticity(world):
    found = world.jevons()
    adopters = np.nan_to_num(found.effects[..., np.asarray(world.themes) == "adopter"])
    assert (adopters == adopters[:, :1]).all()
    assert (np.diff(adopters, axis=0) >= 0.0).all()
    others = found.effects[..., np.asarray(world.themes) == "other"]
    assert (others == 0.0).all()


@quick
@given(worlds)
def test_at_the_break_even_elasticity_nobody_is_ahead(world):
    """Without fixed costs the active effect is A - B x (1 - S), so the root has a closed form."""
    found = world.jevons()
    active = world.weights - world.index
    themes = np.asarray(world.themes)
    slope = (active * world.sales)[themes == "capex"].sum()
    saving = world.cost * (1.0 - world.margins) / np.where(world.margins > 0.0, world.margins, np.nan)
    gain = np.nan_to_num(active * saving)[themes == "adopter"].sum()
    for place, fall in enumerate(FALLS):
        scale = 1.0 - gain * fall / slope if slope else np.nan
        root = 1.0 - np.log(scale) / np.log(1.0 - fall) if fall > 0.0 and scale > 0.0 else np.nan
        if abs(slope) > 1e-9 and not np.isnan(root) and 1e-6 < root < 5.0 - 1e-6:
            assert found.break_even[place] == pytest.approx(root, abs=1e-7)
        if not np.isnan(found.break_even[place]):
            there = world.jevons(cost_falls=[fall], elasticities=[found.break_even[place]])
            assert there.active[0, 0] == pytest.approx(0.0, abs=1e-9)


@quick
@given(worlds)
def test_the_parts_of_the_grid_sum_to_its_totals(world):
    found = world.jevons()
    np.testing.assert_allclose(sum(found.theme_totals.values()), found.totals, atol=1e-9)
    np.testing.assert_allclose(found.active, found.totals - found.benchmark_totals)
    np.testing.assert_allclose(found.spend, spend_scale(FALLS[:, None], ELASTICITIES))


@quick
@given(worlds, seeds)
def test_the_order_of_names_does_not_matter(world, seed):
    order = np.random.default_rng(seed).permutation(world.count)
    other = world.permuted(order)
    one, two = world.replay(), other.replay()
    assert one.reason == two.reason and one.left_out == two.left_out
    np.testing.assert_allclose(two.path, one.path, atol=1e-12)
    np.testing.assert_allclose(two.contributions, one.contributions[order], atol=1e-12)
    shocks = {world.themes[0]: -0.05, world.assets[0]: 0.02}
    np.testing.assert_allclose(other.shock(shocks).effects, world.shock(shocks).effects[order], atol=1e-10)
    if "capex" in world.themes:
        np.testing.assert_allclose(other.squeeze().effects, world.squeeze().effects[:, order])
    np.testing.assert_allclose(other.jevons().totals, world.jevons().totals, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.jevons().break_even, world.jevons().break_even, atol=1e-6)


@quick
@given(worlds)
def test_no_input_is_changed(world):
    before = {name: value.copy() for name, value in vars(world).items() if isinstance(value, np.ndarray)}
    for value in vars(world).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    world.replay(), world.shock({world.themes[0]: -0.05}), world.squeeze(), world.jevons()
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(world, name), value)


def test_the_episodes_do_not_overlap_and_run_forwards():
    spans = sorted((e.start, e.end) for e in EPISODES.values())
    assert all(start < end for start, end in spans)
    assert all(end < later for (_, end), (later, _) in pairwise(spans))
