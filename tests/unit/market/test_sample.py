"""The embedded sample market is what it says: invented, complete, and fair to the thesis and its opposite."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.market import sample
from backtest.market.prices import build_panel
from backtest.market.quality import examine

YEAR = 252


@pytest.fixture(scope="module")
def raw():
    return sample.generate()


@pytest.fixture(scope="module")
def panel(raw):
    from backtest.mandate import parse_mandate

    table = {
        "fund": {"name": "F", "firm": "G", "subject": "fund", "objective": "grow", "base_currency": "GBP"},
        "data": {"source": "sample"},
        "strategy": {"name": "hold_benchmark"},
        "share_class": [{"name": "A", "currency": "GBP", "ongoing_charge": 0.01}],
        "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
    }
    return build_panel(raw, parse_mandate(table, "sample"))


def theme(panel, name: str) -> np.ndarray:
    return np.array([t == name for t in panel.themes])


def returns(prices: np.ndarray) -> np.ndarray:
    return prices[1:] / prices[:-1] - 1.0


def test_twelve_years_three_themes_four_currencies(raw):
    assert str(raw.closes.index[0].date()) == "2014-10-31"
    assert str(raw.closes.index[-1].date()) == "2026-10-30"
    assert len(raw.closes) > 3000
    assert 55 <= len(raw.universe) <= 65
    assert set(raw.universe["theme"]) == {"capex", "adopter", "other"}
    assert set(raw.universe["currency"]) == {"USD", "EUR", "GBP", "JPY"}
    assert len(set(raw.universe["sector"])) == 10
    assert len(set(raw.universe["name"])) == len(raw.universe)
    assert raw.synthetic


def test_names_that_come_leave_and_pause(raw):
    first, last = raw.closes.apply(lambda c: c.first_valid_index()), raw.closes.apply(lambda c: c.last_valid_index())
    assert set(first.index[first > raw.closes.index[5]]) == {"QLMN", "FRWN"}
    assert set(last.index[last < raw.closes.index[-5]]) == {"PNMW", "TDWK"}
    failed = raw.closes["PNMW"].dropna()
    assert failed.iloc[-1] < 0.2 * failed.iloc[-45]
    bought = raw.closes["TDWK"].dropna().pct_change()
    assert bought.max() > 0.25 and bought.iloc[-40:].std() < 0.005
    pause = raw.closes["YRNM"].loc["2019-06-03":"2019-07-05"]
    assert len(pause) == 25 and pause.isna().all()


def test_splits_are_seen_in_the_raw_closes(raw):
    assert len(raw.splits) >= 4
    for day, asset, ratio in raw.splits.itertuples(index=False):
        closes = raw.closes[asset].dropna()
        row = closes.index.get_loc(day)
        assert closes.iloc[row - 1] / closes.iloc[row] == pytest.approx(ratio, rel=0.15)
        assert raw.shares[asset].loc[day] == ratio * raw.shares[asset].iloc[raw.shares.index.get_loc(day) - 1]


def test_the_doctor_finds_a_suspension_and_nothing_worse(raw, sample_mandate):
    findings = examine(raw, sample_mandate())
    assert [(f.id, f.asset) for f in findings] == [("GAP-01", "YRNM")]


def test_the_benchmark_is_its_members_by_market_value(raw, panel, sample_mandate):
    """The level that comes with the sample and the one the panel makes from its own weights are two computations."""
    from dataclasses import replace

    own = build_panel(replace(raw, benchmark=None), sample_mandate()).benchmark
    assert own / own[0] == pytest.approx(panel.benchmark / panel.benchmark[0], rel=2e-7)


def test_sizes_and_risks_are_realistic(panel):
    largest = panel.benchmark_weights.max(axis=1)
    assert largest.max() < 0.10
    assert 0.05 < largest[-1] < 0.09
    market = returns(panel.benchmark).std(ddof=1) * np.sqrt(YEAR)
    assert 0.12 < market < 0.18
    single = np.nanstd(returns(panel.prices), axis=0, ddof=1) * np.sqrt(YEAR)
    assert np.median(single) == pytest.approx(0.27, abs=0.04)
    assert single.max() < 0.50
    drawdown = (panel.benchmark / np.maximum.accumulate(panel.benchmark)).min() - 1.0
    assert -0.50 < drawdown < -0.20


def test_on_the_event_day_capex_names_fall_and_adopters_hold(raw):
    row = raw.closes.index.get_loc(sample.EVENT_DAY)
    day = (raw.closes.iloc[row] / raw.closes.iloc[row - 1] - 1.0).dropna()
    capex, adopter = (day[raw.universe.loc[day.index, "theme"] == t] for t in ("capex", "adopter"))
    assert -0.31 < capex.min() < -0.25
    assert -0.08 < capex.max() < -0.045
    assert abs(adopter.mean()) < 0.01
    assert adopter.min() > -0.03


def test_capex_names_lead_the_rally(panel):
    first, last = (np.searchsorted(panel.dates, np.datetime64(d)) for d in sample.RALLY)
    growth = panel.prices[last] / panel.prices[first]
    assert np.nanmean(growth[theme(panel, "capex")]) > 1.3 * np.nanmean(growth[theme(panel, "adopter")])


def test_the_thesis_wins_some_windows_and_loses_others(panel):
    """Half of capex given to adopters, rebalanced daily without cost, against the benchmark: three and five years."""
    weights, grown = panel.benchmark_weights, np.nan_to_num(returns(panel.prices))
    capex, adopter = theme(panel, "capex"), theme(panel, "adopter")
    receivers = np.where(adopter, weights, 0.0)
    freed = 0.5 * weights[:, capex].sum(axis=1, keepdims=True)
    cut = np.where(capex, 0.5 * weights, weights) + freed * receivers / receivers.sum(axis=1, keepdims=True)
    ahead = (cut[:-1] * grown).sum(axis=1) - (weights[:-1] * grown).sum(axis=1)
    for years in (3, 5):
        length = years * YEAR
        outcomes = [ahead[i : i + length].sum() for i in range(0, len(ahead) - length, 21)]
        assert min(outcomes) < -0.03
        assert max(outcomes) > 0.03
        assert 0.25 < np.mean(np.array(outcomes) < 0.0) < 0.75
    assert ahead.sum() < 0.05


def test_another_seed_is_another_market_and_the_same_one_is_the_same(raw):
    assert sample.generate().inputs == raw.inputs
    assert sample.generate(seed=7).inputs[0].sha256 != raw.inputs[0].sha256
