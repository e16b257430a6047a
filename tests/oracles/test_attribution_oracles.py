"""Attribution against a plain day-by-day account, against other ways to link, and against matrix algebra."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from backtest.metrics.attribution import (
    TRADING_COSTS,
    Days,
    attribute,
    contributions,
    expected_parts,
    realised_parts,
    risk_contributions,
)

laws = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "laws" / "test_attribution_laws.py")))
SEEDS = range(5)
GROUPS = ("left", "right", "right", "left", "middle", "right", "middle")
LABELS = ("left", "middle", "right")


def masks() -> np.ndarray:
    return np.array([[group == label for group in GROUPS] for label in LABELS])


def by_hand(days: Days) -> dict[str, dict[str, list[float]]]:
    """Daily effects by group, one name and one day at a time, from the definitions."""
    told: dict[str, dict[str, list[float]]] = {g: {"a": [], "s": [], "i": []} for g in LABELS}
    for t in range(len(days.fund)):
        whole = sum(
            b * (0.0 if np.isnan(r) else r) for b, r in zip(days.benchmark_weights[t], days.returns[t], strict=True)
        )
        for label in LABELS:
            own = [k for k, group in enumerate(GROUPS) if group == label]
            w = sum(days.weights[t, k] for k in own)
            b = sum(days.benchmark_weights[t, k] for k in own)
            got = sum(days.weights[t, k] * np.nan_to_num(days.returns[t, k]) for k in own)
            gave = sum(days.benchmark_weights[t, k] * np.nan_to_num(days.returns[t, k]) for k in own)
            if w == 0.0 and b == 0.0:
                r = q = 0.0
            elif w == 0.0:
                r = q = gave / b
            elif b == 0.0:
                r = q = got / w
            else:
                r, q = got / w, gave / b
            told[label]["a"].append((w - b) * (q - whole))
            told[label]["s"].append(b * (r - q))
            told[label]["i"].append((w - b) * (r - q))
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_effects_are_those_of_a_plain_account_linked_by_logarithms(seed):
    """Cariño's factors straight from their definition, with logarithms of Python's own."""
    import math

    days = laws.random_days(seed)
    found, told = attribute(days, masks()), by_hand(days)
    own, index = math.prod(1 + r for r in days.fund) - 1, math.prod(1 + r for r in days.benchmark) - 1
    whole = (math.log(1 + own) - math.log(1 + index)) / (own - index)
    link = [
        (math.log(1 + f) - math.log(1 + b)) / (f - b) / whole for f, b in zip(days.fund, days.benchmark, strict=True)
    ]
    for g, label in enumerate(LABELS):
        for kind, name in (("a", "allocation"), ("s", "selection"), ("i", "interaction")):
            expected = math.fsum(k * x for k, x in zip(link, told[label][kind], strict=True))
            assert getattr(found.effects, name)[g] == pytest.approx(expected, abs=1e-12)
    assert found.others[TRADING_COSTS] == pytest.approx(-math.fsum(np.array(link) @ days.costs), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_way_to_link_reaches_the_same_sum(seed):
    """GRAP (1997) grows each day's effect with the fund before it and the benchmark after it: exact, but its parts
    depend on the order of the days, which is why they differ from ours by a little and ours do not."""
    days = laws.random_days(seed)
    found = attribute(days, masks())
    before = np.append(1.0, np.cumprod(1 + days.fund)[:-1])
    after = np.append(np.cumprod((1 + days.benchmark)[::-1])[::-1][1:], 1.0)
    grown = before * after
    assert (days.fund - days.benchmark) @ grown == pytest.approx(found.active, abs=1e-13)
    theirs = grown @ np.array(by_hand(days)["left"]["a"])
    assert found.effects.allocation[0] == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_days_is_of_no_account(seed):
    days = laws.random_days(seed)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(days.fund))
    turned = Days(
        *(getattr(days, name)[order] for name in list(vars(days))[:-1]),
        charges={name: paid[order] for name, paid in days.charges.items()},
    )
    np.testing.assert_allclose(
        attribute(turned, masks()).effects.selection, attribute(days, masks()).effects.selection, atol=1e-14
    )
    np.testing.assert_allclose(contributions(turned).names, contributions(days).names, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_expected_risk_is_that_of_the_covariance_matrix(seed):
    """Weight times marginal risk, w (S w) / sqrt(w' S w), with pandas' sample covariance, a year."""
    days = laws.random_days(seed, length=80)
    returns, weights = np.nan_to_num(days.returns), days.weights[0] - days.benchmark_weights[0]
    matrix = pd.DataFrame(returns).cov().to_numpy()
    marginal = matrix @ weights / np.sqrt(weights @ matrix @ weights)
    found = risk_contributions(expected_parts(weights, returns, days.benchmark))
    np.testing.assert_allclose(found, weights * marginal * np.sqrt(252), rtol=1e-10, atol=1e-15)


def test_an_unknown_return_is_the_stand_in_s():
    days = laws.random_days(3)
    unknown = np.isnan(days.returns)
    assert unknown.any()
    filled = pd.DataFrame(days.returns).apply(lambda column: column.fillna(pd.Series(days.benchmark))).to_numpy()
    np.testing.assert_array_equal(
        expected_parts(days.weights[0], days.returns, days.benchmark), days.weights[0] * filled
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_realised_risk_is_the_covariance_with_the_fund(seed):
    days = laws.random_days(seed)
    parts = realised_parts(days)["names"]
    found = risk_contributions(np.hstack(list(realised_parts(days).values())))
    for k in range(parts.shape[1]):
        expected = np.cov(parts[:, k], days.fund)[0, 1] / days.fund.std(ddof=1) * np.sqrt(252)
        assert found[k] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_marginal_stake_changes_volatility_as_its_risk_part_says(seed):
    """Euler: part k is the slope of volatility when stake k is scaled up."""
    days = laws.random_days(seed)
    parts = np.hstack(list(realised_parts(days).values()))
    step, found = 1e-6, risk_contributions(parts)
    for k in range(3):
        up, down = parts.copy(), parts.copy()
        up[:, k] *= 1 + step
        down[:, k] *= 1 - step
        slope = (up.sum(axis=1).std(ddof=1) - down.sum(axis=1).std(ddof=1)) / (2 * step) * np.sqrt(252)
        assert found[k] == pytest.approx(slope, abs=1e-7)
