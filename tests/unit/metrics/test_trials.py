"""The best of several by luck alone, against the exact expectation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from backtest.metrics.trials import expected_best


def exact(trials: int) -> float:
    """Expected highest of independent standard normal draws, by integrating over its density."""
    density = lambda x: x * trials * norm.cdf(x) ** (trials - 1) * norm.pdf(x)  # noqa: E731
    return quad(density, -10.0, 10.0)[0]


@pytest.mark.parametrize("trials", [5, 10, 50, 1000])
def test_it_is_the_expected_highest_draw_within_four_per_cent(trials):
    assert expected_best(1.0, trials) == pytest.approx(exact(trials), rel=0.04)


def test_it_grows_with_trials_and_in_proportion_to_the_deviation():
    found = [expected_best(0.3, n) for n in (1, 2, 5, 20, 100)]
    assert found == sorted(found)
    assert found[0] == 0.0
    assert expected_best(0.6, 20) == pytest.approx(2.0 * found[3], rel=1e-14)


def test_it_agrees_with_draws():
    draws = np.random.default_rng(1).normal(size=(200_000, 10)).max(axis=1)
    assert expected_best(1.0, 10) == pytest.approx(draws.mean(), rel=0.04)


def test_what_is_undefined_and_what_is_wrong():
    assert math.isnan(expected_best(math.nan, 1))
    assert math.isnan(expected_best(math.nan, 10))
    for deviation, trials in ((1.0, 0), (-0.1, 5)):
        with pytest.raises(ValueError, match="at least one trial, no negative deviation"):
            expected_best(deviation, trials)
