"""Figures of the strategies that are published or worked by hand, each with its source."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.market.fundamentals import Fundamentals
from backtest.market.history import History
from strategies._shared import least_variance, ledoit_wolf, year_before

ORACLES = Path(__file__).parents[1] / "oracles"
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))
strategies = SimpleNamespace(**runpy.run_path(str(ORACLES / "every_strategy.py")))


def test_the_least_variance_of_a_debt_and_an_equity_fund():
    """Bodie, Kane and Marcus, Investments, risky portfolios: volatilities 12 and 20 %, correlation 0.30: 0.82."""
    covariance = np.array([[144.0, 72.0], [72.0, 400.0]])
    np.testing.assert_allclose(least_variance(covariance), [0.82, 0.18], rtol=1e-14)


def test_the_least_variance_leaves_out_who_would_be_sold_short():
    """By hand: volatilities 10 and 30 %, correlation 0.9: unconstrained 1.37 and -0.37, so the first is held alone."""
    covariance = np.array([[100.0, 270.0], [270.0, 900.0]])
    np.testing.assert_array_equal(least_variance(covariance), [1.0, 0.0])
    free = np.linalg.solve(covariance, np.ones(2))
    np.testing.assert_allclose(free / free.sum(), [630 / 460, -170 / 460])


def test_the_intensity_of_ledoit_and_wolf_by_hand():
    """Lemmas 3.2 to 3.5 of the paper on two days: returns (1, 0) and (-1, 0): S = diag(1, 0), m = 1/2.

    d2 = (1/4 + 1/4) / 2; each x x' equals S, so b2 = 0 and nothing is shrunk. With (1, 1), (-1, -1), (1, -1), (-1, 1)
    S is the identity, d2 = 0, and the target is S itself.
    """
    np.testing.assert_allclose(ledoit_wolf(np.array([[1.0, 0.0], [-1.0, 0.0]])), [[1.0, 0.0], [0.0, 0.0]], atol=1e-7)
    square = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    np.testing.assert_allclose(ledoit_wolf(square), np.eye(2), atol=1e-15)


def test_guidance_of_60_to_65_billion_against_51_expected():
    """The founding text's case, January 2025: the middle, 62.5, is 22.5 % above what was expected."""
    panel = markets.panel_of(np.ones((5, 3)))  # capex, adopter, other
    figures = Fundamentals(
        fields=("capex_expected", "capex_guidance"),
        field=np.array([0, 1]),
        asset=np.array([0, 0]),
        period=np.array(["2025-12-31", "2025-12-31"], dtype="datetime64[D]"),
        known=np.array([0, 2]),
        value=np.array([51.0, 62.5]),
    )
    panel = replace(panel, fundamentals=figures)
    strategy = strategies.shipped("capex_surprise", threshold=np.array([[0.2254], [0.2255]]), cut=0.5, fastest=0.0)
    before, after = (strategy.target_weights(History(panel, t, np.zeros((2, 3)), 0)) for t in (1, 2))
    np.testing.assert_allclose(before, 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(after, [[1 / 6, 1 / 2, 1 / 3], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-12)


def test_financial_years_of_52_and_53_weeks_are_a_year_apart():
    """Quarters of a retailer's calendar: 28 January 2023 to 3 February 2024 is 371 days; the next year has 364."""
    ends = np.array([["2023-01-28"], ["2023-04-29"], ["2024-02-03"]], dtype="datetime64[D]")
    assert year_before(np.array([[1.0], [2.0], [3.0]]), ends).tolist() == [1.0]
    ends[0] = np.datetime64("2022-10-29")  # five quarters back is not a year
    assert np.isnan(year_before(np.array([[1.0], [2.0], [3.0]]), ends)).all()


def test_effective_names_by_hand():
    """Two of three at 45 %: 1 / (2 x 0.2025 + 0.01) = 2.41 names; three names need all of them at a third."""
    panel = markets.panel_of(np.ones((2, 3)), benchmark_weights=np.array([[0.45, 0.45, 0.10]] * 2))
    wanted = np.array([[2.0], [2.7], [3.0]])
    found = strategies.shipped("broaden", effective_names=wanted).target_weights(History(panel, 1, np.zeros((3, 3)), 0))
    share = np.sqrt((1 / 2.7 - 1 / 3) / (0.415 - 1 / 3))
    np.testing.assert_allclose(found[0], [0.45, 0.45, 0.10], rtol=1e-12)
    np.testing.assert_allclose(found[1, 2], 1 / 3 - share * (1 / 3 - 0.1), rtol=1e-12)
    np.testing.assert_allclose(found[2], 1 / 3, rtol=1e-12)
    assert 1 / (found[1] ** 2).sum() == pytest.approx(2.7, rel=1e-12)
