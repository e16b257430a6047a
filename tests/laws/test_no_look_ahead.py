"""For every strategy found and any decision date, weights do not depend on what comes after.

Files in strategies/ are found by looking, so a new one is put through this without being mentioned here.
"""

from __future__ import annotations

import runpy
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.errors import ConstraintError, SimulationError, StrategyError
from backtest.lookahead import CheckRequest, prove_no_look_ahead, scrambled_after
from backtest.lookahead.check import check_choice, with_parts
from backtest.mandate import StrategyChoice
from backtest.market.fundamentals import Fundamentals
from backtest.market.history import History
from backtest.result import orders_of
from backtest.simulate import simulate
from backtest.strategy import available, load_strategy
from backtest.terms import Constraints, Costs, Flow, Schedule

ROOT = Path(__file__).parents[2]
markets = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "oracles" / "random_markets.py")))

FILES = sorted(p for p in (ROOT / "strategies").glob("*.py") if not p.stem.startswith("_"))
COSTS = Costs(commission_bps=15, delisting_haircut=0.3)


FIELDS = (
    "ai_addressable_cost", "capex", "capex_expected", "capex_guidance", "ev_to_sales", "forward_earnings_yield",
    "gross_margin", "operating_margin", "revenue_per_employee", "sales",
)  # fmt: skip


def found(path: Path):
    """The strategy; one that is made of others gets two of them."""
    return load_strategy(with_parts(StrategyChoice(path=path), Path()), Path())


def with_figures(panel, seed):
    """The market with every field that a strategy may read, published all along, some restated."""
    rng, names, days = markets.generator(seed), len(panel.assets), len(panel.dates)
    rows = len(FIELDS) * names * 8
    period = np.sort(panel.dates[0] + 7 * rng.integers(0, days // 5, rows))
    known = np.sort(rng.integers(0, days + 1, rows))
    field, asset = np.arange(rows) % len(FIELDS), rng.integers(0, names, rows)
    value = np.where(rng.random(rows) < 0.1, -1.0, 1.0) * rng.uniform(0.05, 0.9, rows)
    return replace(panel, fundamentals=Fundamentals(FIELDS, field, asset, period, known, value))


def test_every_file_of_the_folder_is_put_to_the_proof():
    assert tuple(p.stem for p in FILES) == available()
    assert len(FILES) >= 2


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", range(6))
def test_scrambling_the_future_moves_no_weight(path, seed):
    panel = with_figures(markets.random_panel(seed, names=12), seed)
    prove_no_look_ahead(found(path), panel, start_day=3, days=range(3, len(panel.dates) - 1, 7), seed=seed)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_future_moves_any_answer_over_the_ranges_of_the_parameters(path):
    """Scrambled, reordered, cut off, blanked; asked twice, after a whole run, as columns and singly; nothing read."""
    panel = with_figures(markets.rich_panel(3, days=150, names=12), 3)
    request = CheckRequest(draws=6, days=5, seed=3)
    checked = check_choice(StrategyChoice(path=path), Path(), panel, "a market", request)
    assert [finding.message for finding in checked.findings if finding.kind != "refuses"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_future_without_any_number_moves_no_weight(path):
    panel, day = with_figures(markets.random_panel(8, names=12), 8), 47
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
        panel = with_figures(markets.random_panel(seed, names=12), seed)
        day = int(markets.generator(seed).integers(40, 80))
        other = scrambled_after(panel, day, seed)
        later = np.arange(len(panel.dates))[:, None] > day  # after it everyone is a member, so that the run can go on
        weights = other.benchmark_weights / np.where(later, other.benchmark_weights.sum(axis=1, keepdims=True), 1.0)
        other = replace(other, members=other.members | later, benchmark_weights=weights)
        ours, theirs = (
            simulate(p, found(path), Schedule(decide="week_end", lag=lag), Constraints(), COSTS) for p in (panel, other)
        )
        assert same_until(ours, theirs, panel.dates[day]) > 3


def same_until(ours, theirs, day):
    """Assert that both runs are one up to the close of `day`; how many moments they share."""
    known = int(np.searchsorted(ours.dates, day, side="right"))
    # a product of more rows may round otherwise, so the NAV is compared to the last few bits
    np.testing.assert_allclose(ours.nav[:known], theirs.nav[:known], rtol=1e-14)
    np.testing.assert_allclose(ours.charges[:known], theirs.charges[:known], rtol=1e-13)
    moments = int(np.searchsorted(ours.trade_days, known))
    for name in ("trade_days", "decision_days", "order_prices", "costs", "units", "cash", "target_weights", "binding"):
        np.testing.assert_array_equal(getattr(ours, name)[:moments], getattr(theirs, name)[:moments], name)
    np.testing.assert_array_equal(orders_of(ours)[:moments], orders_of(theirs)[:moments])
    np.testing.assert_array_equal(ours.owed[:moments], theirs.owed[:moments])
    assert ours.reasons[:moments] == theirs.reasons[:moments]
    return moments


EVERY_COST = Costs(
    commission_bps=5, commission_minimum=1, half_spread_bps=10, fx_bps=5, taxes="by_country", impact=True,
    impact_coefficient=0.2, impact_days=10, custody_bps=150, delisting_haircut=0.3, capital=1e5,
)  # fmt: skip
LIMITS = {
    "volume": Constraints(max_adv_share=0.02, adv_days=10, max_name=0.6),
    "band": Constraints(no_trade_band=0.03, trade_to="edge", min_trade=0.01),
    "turnover": Constraints(max_turnover=0.15, max_theme={"capex": 0.7}),
    "all": Constraints(
        fully_invested=True, min_cash=0.05, max_name=0.8, max_turnover=0.3, no_trade_band=0.02, min_trade=0.01,
        max_adv_share=0.05, whole_shares=True,
    ),
}  # fmt: skip


def other_future(panel, day, seed):
    """The same market up to the close of `day`; after it other prices, volumes, spreads, suspensions and members.

    Gentler than scrambled_after: everyone can be traded at a cost that can be borne, so that the run goes on.
    """
    rng = markets.generator(seed + 1)
    later = np.arange(len(panel.dates))[:, None] > day
    shape = panel.prices.shape

    def moved(values, spread):
        filled = np.where(np.isnan(values), 50.0, values)
        return np.where(later, filled * np.exp(rng.normal(0.0, spread, shape)), values)

    return replace(
        panel,
        prices=moved(panel.prices, 0.05),
        closes=moved(panel.closes, 0.05),
        traded_value=np.where(later, rng.uniform(1e8, 1e9, shape), panel.traded_value),
        half_spreads=np.where(later, rng.uniform(0.0, 0.01, shape), panel.half_spreads),
        traded=np.where(later, rng.random(shape) < 0.8, panel.traded),
        members=panel.members | later,
        benchmark_weights=np.where(later, 1.0 / shape[1], panel.benchmark_weights),
        cash=np.where(later[:, 0], panel.cash * rng.uniform(1.0, 1.1, len(panel.cash)), panel.cash),
        delisted=np.where(panel.delisted <= day, panel.delisted, -1),
    )


def cut_after(panel, day):
    """The market that ends at the close of `day`."""
    given_ = {field.name: getattr(panel, field.name) for field in fields(panel)}
    wide = {k: v[: day + 1] for k, v in given_.items() if isinstance(v, np.ndarray) and len(v) == len(panel.dates)}
    fx = {currency: rate[: day + 1] for currency, rate in panel.fx.items()}
    return replace(panel, **wide, fx=fx, delisted=np.where(panel.delisted < day, panel.delisted, -1))


@pytest.mark.parametrize(
    "future", [other_future, lambda panel, day, seed: cut_after(panel, day)], ids=["other", "none"]
)
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("decide", ["week_end", "event"])
def test_nothing_that_the_engine_reckons_with_looks_ahead(future, limits, decide):
    """Volumes behind impact and limits, spreads, taxes, custody, bands, turnover, flows and what is carried over."""
    kept = 0
    for seed in range(12):
        panel = markets.rich_panel(seed, days=80, names=8)
        day = int(markets.generator(seed).integers(45, 70))
        strategy = markets.eventful(seed, 2) if decide == "event" else markets.restless(seed, 2)
        schedule = Schedule(decide=decide, lag=1 + seed % 3, first_investment=panel.dates[20].item())
        flows = tuple(Flow(date=panel.dates[t].item(), amount=a) for t, a in ((31, 2e4), (42, -1e3)))
        try:
            ours, theirs = (
                simulate(p, strategy, schedule, limits, EVERY_COST, flows) for p in (panel, future(panel, day, seed))
            )
        except (ConstraintError, SimulationError):
            continue
        assert same_until(ours, theirs, panel.dates[day]) > 3
        kept += 1
    assert kept >= 4


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
