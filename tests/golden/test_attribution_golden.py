"""Attribution against a textbook's tables and against sums done by hand."""

import numpy as np
import pytest

from backtest.metrics.attribution import (
    BENCHMARK_DIFFERENCE,
    CASH,
    TRADING_COSTS,
    Days,
    attribute,
    brinson_fachler,
    carino,
    contributions,
    risk_contributions,
)

# Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. (Wiley, 2008), table 8.1: four quarters of
# UK, Japanese and US shares. His selection holds the interaction too.
WEIGHTS = np.array([[0.4, 0.3, 0.3], [0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.3, 0.5, 0.2]])
INDEX = np.array([[0.4, 0.2, 0.4], [0.4, 0.3, 0.3], [0.5, 0.4, 0.1], [0.4, 0.4, 0.2]])
FUND_RETURNS = np.array([[0.2, -0.05, 0.06], [-0.05, 0.03, -0.05], [-0.2, 0.08, -0.15], [0.1, -0.07, 0.25]])
INDEX_RETURNS = np.array([[0.1, -0.04, 0.08], [-0.07, 0.04, -0.1], [-0.25, 0.05, -0.2], [0.05, -0.05, 0.1]])
ALLOCATION = np.array(
    [[0.0, -0.0104, -0.0016], [-0.0072, -0.0086, 0.0108], [0.025, 0.0175, -0.0075], [-0.003, -0.007, 0.0]]
)
SELECTION = np.array([[0.04, -0.003, -0.006], [0.014, -0.002, 0.005], [0.015, 0.015, 0.01], [0.015, -0.01, 0.03]])
PRINTED = 0.5e-4 + 1e-12  # to the last digit of a hundredth of a per cent


def three_markets() -> tuple[Days, np.ndarray]:
    """Each market as two names, one that only the fund holds and one that only the index does; no cost, no cash."""
    none = np.zeros((4, 3))
    fund, index = (WEIGHTS * FUND_RETURNS).sum(axis=1), (INDEX * INDEX_RETURNS).sum(axis=1)
    days = Days(
        returns=np.hstack([FUND_RETURNS, INDEX_RETURNS]),
        weights=np.hstack([WEIGHTS, none]),
        benchmark_weights=np.hstack([none, INDEX]),
        fund=fund,
        benchmark=index,
        cash=np.zeros(4),
        costs=np.zeros((4, 6)),
        charges={},
    )
    return days, np.hstack([np.eye(3), np.eye(3)]).astype(bool)


def test_each_quarter_of_the_textbook():
    effects = brinson_fachler(WEIGHTS, FUND_RETURNS, INDEX, INDEX_RETURNS)
    np.testing.assert_allclose(effects.allocation, ALLOCATION, atol=PRINTED)
    np.testing.assert_allclose(effects.selection + effects.interaction, SELECTION, atol=PRINTED)


def test_the_first_quarter_by_hand():
    """Fund 0.08 - 0.015 + 0.018 = 8.3 %, index 0.04 - 0.008 + 0.032 = 6.4 %. Japan: allocation 0.1 x (-0.04 - 0.064),
    selection 0.2 x (-0.05 + 0.04), interaction 0.1 x (-0.05 + 0.04)."""
    effects = brinson_fachler(WEIGHTS[0], FUND_RETURNS[0], INDEX[0], INDEX_RETURNS[0])
    np.testing.assert_allclose(effects.allocation, [0.0, -0.0104, -0.0016], atol=1e-15)
    np.testing.assert_allclose(effects.selection, [0.04, -0.002, -0.008], atol=1e-15)
    np.testing.assert_allclose(effects.interaction, [0.0, -0.001, 0.002], atol=1e-15)
    assert effects.total.sum() == pytest.approx(0.083 - 0.064, abs=1e-15)


def test_four_quarters_linked_as_in_the_textbook():
    """Bacon (2008), table 8.2, Cariño: allocation 1.65, -0.60, 0.15, together 1.20 %; selection 8.04, 0.18, 3.85,
    together 12.07 %, as the tests of the PortfolioAttribution package of R quote them, to 1e-4."""
    found = attribute(*three_markets())
    np.testing.assert_allclose(found.effects.allocation, [0.0165, -0.0060, 0.0015], atol=2 * PRINTED)
    np.testing.assert_allclose(
        found.effects.selection + found.effects.interaction, [0.0804, 0.0018, 0.0385], atol=2 * PRINTED
    )
    assert found.effects.allocation.sum() == pytest.approx(0.0120, abs=2 * PRINTED)
    assert (found.effects.selection + found.effects.interaction).sum() == pytest.approx(0.1207, abs=2 * PRINTED)
    assert found.active == pytest.approx(0.1327, abs=2 * PRINTED)
    parts = found.effects.total.sum() + sum(found.others.values())
    assert parts == pytest.approx(found.fund - found.benchmark, abs=1e-14)
    assert found.others == pytest.approx(dict.fromkeys(found.others, 0.0), abs=1e-16)


def test_the_first_quarter_s_factor_of_the_textbook():
    """Table 8.2: 4.00 % of the first quarter counts 3.62 % over the year, 1.50 % of the third 1.60 %."""
    factors = carino((WEIGHTS * FUND_RETURNS).sum(axis=1), (INDEX * INDEX_RETURNS).sum(axis=1))
    np.testing.assert_allclose(factors * [0.04, 0.014, 0.015, 0.015], [0.0362, 0.0142, 0.0160, 0.0141], atol=PRINTED)


def test_two_periods_linked_by_hand():
    """Fund +10 %, +20 %: 32 %. Benchmark +5 %, +20 %: 26 %. Active 6 %, all of it earned in the first period.

    k1 = ln(1.10 / 1.05) / 0.05 = 0.9304003, k2 = 1 / 1.20 (equal returns), K = ln(1.32 / 1.26) / 0.06 = 0.7753336;
    the first factor is 1.2: what was earned first grows by the 20 % that followed. The second is 1.0748062.
    """
    factors = carino(np.array([0.10, 0.20]), np.array([0.05, 0.20]))
    assert factors[0] == pytest.approx(1.2, abs=1e-14)
    assert factors[1] == pytest.approx((1 / 1.2) / (np.log(1.32 / 1.26) / 0.06), abs=1e-14)
    assert factors[1] == pytest.approx(1.0748062, abs=1e-7)
    assert factors @ np.array([0.05, 0.0]) == pytest.approx(0.06, abs=1e-15)


def test_cash_costs_custody_and_a_level_of_its_own_by_hand():
    """One day. 60 % in A (+10 %), 30 % in B (-5 %), 10 % in cash (+1 %); the index: half and half, +2.5 %.

    A: (0.6 - 0.5) x (0.10 - 0.025) = 0.0075. B: (0.3 - 0.5) x (-0.05 - 0.025) = 0.015. Cash: 0.1 x (0.01 - 0.025) =
    -0.0015. Costs -0.002, custody -0.0001. The index prints 2.7 %, 0.2 % more than its weights give: -0.002. Together
    0.0169; the fund made 0.06 - 0.015 + 0.001 - 0.002 - 0.0001 = 0.0439, and 0.0439 - 0.027 = 0.0169.
    """
    day = Days(
        returns=np.array([[0.10, -0.05]]),
        weights=np.array([[0.6, 0.3]]),
        benchmark_weights=np.array([[0.5, 0.5]]),
        fund=np.array([0.0439]),
        benchmark=np.array([0.027]),
        cash=np.array([0.001]),
        costs=np.array([[0.0015, 0.0005]]),
        charges={"custody": np.array([0.0001])},
    )
    found = attribute(day, np.eye(2, dtype=bool))
    np.testing.assert_allclose(found.effects.allocation, [0.0075, 0.015], atol=1e-15)
    np.testing.assert_allclose(found.effects.selection, 0.0, atol=1e-15)
    assert found.others == pytest.approx(
        {CASH: -0.0015, TRADING_COSTS: -0.002, "custody": -0.0001, BENCHMARK_DIFFERENCE: -0.002}, abs=1e-15
    )
    assert found.active == pytest.approx(0.0169, abs=1e-15)
    assert found.benchmark_parts == pytest.approx(0.025, abs=1e-15)
    parts = contributions(day)
    np.testing.assert_allclose(parts.names, [0.06, -0.015], atol=1e-15)
    np.testing.assert_allclose(parts.costs, [-0.0015, -0.0005], atol=1e-15)
    assert parts.others == pytest.approx({TRADING_COSTS: -0.002, CASH: 0.001, "custody": -0.0001}, abs=1e-15)


def test_a_contribution_over_two_days_by_hand():
    """Half the fund doubles while the rest stands still: +50 %. Then all that is there makes +10 %, both names alike.

    ln(1.5) / 0.5 = 0.8109302, ln(1.1) / 0.1 = 0.9531018, and for the 65 % of both days ln(1.65) / 0.65 = 0.7704272:
    A adds 0.5 x 1.0525722 + 0.0666667 x 1.2371082 = 0.6087600, B the rest.
    """
    days = Days(
        returns=np.array([[1.0, 0.0], [0.1, 0.1]]),
        weights=np.array([[0.5, 0.5], [2 / 3, 1 / 3]]),
        benchmark_weights=np.array([[0.5, 0.5], [0.5, 0.5]]),
        fund=np.array([0.5, 0.1]),
        benchmark=np.array([0.5, 0.1]),
        cash=np.zeros(2),
        costs=np.zeros((2, 2)),
        charges={},
    )
    found = contributions(days)
    assert found.fund == pytest.approx(0.65, abs=1e-15)
    first, second = np.log(1.5) / 0.5 / (np.log(1.65) / 0.65), np.log(1.1) / 0.1 / (np.log(1.65) / 0.65)
    assert found.names[0] == pytest.approx(0.5 * first + 0.2 / 3 * second, abs=1e-15)
    assert found.names[0] == pytest.approx(0.60876, abs=1e-5)
    assert found.names.sum() == pytest.approx(0.65, abs=1e-15)


def test_risk_of_two_equal_independent_parts_by_hand():
    """Parts (1, -1, 1, -1) % and (1, 1, -1, -1) %: no covariance, variance 4 / 3 e-4 each; the whole has 8 / 3 e-4.

    Each brings half of sqrt(8 / 3) % a day, times sqrt(252). Twice the first part makes it four parts of five.
    """
    first, second = np.array([0.01, -0.01, 0.01, -0.01]), np.array([0.01, 0.01, -0.01, -0.01])
    whole = np.sqrt(8 / 3) * 0.01 * np.sqrt(252)
    np.testing.assert_allclose(risk_contributions(np.column_stack([first, second])), [whole / 2, whole / 2], rtol=1e-14)
    whole = np.sqrt(20 / 3) * 0.01 * np.sqrt(252)
    np.testing.assert_allclose(
        risk_contributions(np.column_stack([2 * first, second])), [0.8 * whole, 0.2 * whole], rtol=1e-14
    )
