"""skfolio's estimators as weighting schemes: what they are given, what comes back, and what is said when it fails."""

from __future__ import annotations

import importlib.util
import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from skfolio.optimization import EqualWeighted, HierarchicalRiskParity, InverseVolatility, MeanRisk

from backtest.errors import StrategyError
from backtest.estimators import weights_of
from backtest.lookahead import CheckRequest
from backtest.lookahead.check import check_choice
from backtest.mandate import StrategyChoice
from backtest.market.history import History

ROOT = Path(__file__).parents[3]
markets = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "oracles" / "random_markets.py")))
ESTIMATORS = (EqualWeighted(), InverseVolatility(), HierarchicalRiskParity(), MeanRisk())


def history_of(panel, day=80):
    return History(panel, day, np.zeros((1, len(panel.assets))), 3)


@pytest.fixture
def panel():
    return markets.random_panel(9, names=8)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_only_members_with_prices_throughout_the_window_get_weight(estimator, panel):
    history = history_of(panel)
    weights = weights_of(estimator, history, 30)
    throughout = history.members & ~np.isnan(history.prices[-31:]).any(axis=0)
    assert 1 < throughout.sum() < 8
    assert weights.shape == (8,) and weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (weights >= 0).all() and (weights[~throughout] == 0).all()


def test_the_weights_are_those_of_the_formulas(panel):
    history = history_of(panel)
    recent = history.prices[-31:]
    throughout = history.members & ~np.isnan(recent).any(axis=0)
    np.testing.assert_allclose(weights_of(EqualWeighted(), history, 30), throughout / throughout.sum())
    inverse = np.zeros(8)
    inverse[throughout] = 1.0 / (recent[1:] / recent[:-1] - 1.0)[:, throughout].std(axis=0, ddof=1)
    np.testing.assert_allclose(weights_of(InverseVolatility(), history, 30), inverse / inverse.sum(), rtol=1e-10)


def test_the_least_risk_is_no_higher_than_that_of_equal_weights(panel):
    history = history_of(panel)
    covariance = np.cov(np.nan_to_num(history.prices[-30:] / history.prices[-31:-1] - 1.0), rowvar=False)
    least, equal = (weights_of(estimator, history, 30) for estimator in (MeanRisk(), EqualWeighted()))
    assert least @ covariance @ least < equal @ covariance @ equal


def test_the_estimator_keeps_nothing(panel):
    estimator = InverseVolatility()
    first = weights_of(estimator, history_of(panel), 30)
    weights_of(estimator, history_of(panel, 50), 30)
    assert not hasattr(estimator, "weights_")
    np.testing.assert_array_equal(weights_of(estimator, history_of(panel), 30), first)


def test_scale_and_order_of_the_names_do_not_matter(panel):
    history = history_of(panel)
    scaled = history_of(replace(panel, prices=panel.prices * np.arange(1.0, 9.0)))
    for estimator in ESTIMATORS[:3]:
        np.testing.assert_allclose(weights_of(estimator, history, 30), weights_of(estimator, scaled, 30), atol=1e-9)


@pytest.mark.parametrize("window", [0, 1, 81, 500])
def test_a_window_that_does_not_fit_the_past_says_so(panel, window):
    with pytest.raises(StrategyError, match=f"80 daily returns are known, and the window is {window}"):
        weights_of(EqualWeighted(), history_of(panel), window)


def test_nobody_with_prices_throughout_says_so(panel):
    nobody = replace(panel, members=np.zeros_like(panel.members))
    with pytest.raises(StrategyError, match="no member has a price on each of the last 31 days"):
        weights_of(EqualWeighted(), history_of(nobody), 30)


def test_a_fit_that_fails_costs_one_sentence(panel):
    with pytest.raises(StrategyError) as error:
        weights_of(MeanRisk(min_weights=0.9), history_of(panel), 30)
    told = str(error.value)
    assert told.startswith("weights_of, ") and "MeanRisk could not be fitted" in told and "\n" not in told


def test_without_skfolio_the_extra_is_named(panel, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StrategyError, match=r"pip install 'jevons\[skfolio\]'"):
        weights_of(EqualWeighted(), history_of(panel), 30)


def test_a_strategy_that_uses_it_passes_the_look_ahead_proof(tmp_path):
    (tmp_path / "parity.py").write_text(
        '''"""Hierarchical risk parity over the members."""

from skfolio.optimization import HierarchicalRiskParity

from backtest.estimators import weights_of


def target_weights(history, *, invested: float = 1.0):
    """invested: share of the portfolio in companies, 0.1 to 1."""
    return invested * weights_of(HierarchicalRiskParity(), history, window=20)
''',
        encoding="utf-8",
    )
    market = markets.rich_panel(2, days=120)
    choice = StrategyChoice(path=tmp_path / "parity.py")
    check = check_choice(choice, Path(), market, "a market", CheckRequest(draws=4, days=4))
    assert check.findings == ()
