from dataclasses import replace

import numpy as np
import pytest

from backtest.metrics.attribution import (
    CASH,
    Days,
    attribute,
    between,
    carino,
    contributions,
    expected_parts,
    realised_parts,
    risk_contributions,
)

BOTH = np.eye(2, dtype=bool)


def one_day(returns, weights, index, cash=0.0, fund=None, level=None) -> Days:
    earned = np.nan_to_num(returns)
    return Days(
        returns=np.array([returns]),
        weights=np.array([weights]),
        benchmark_weights=np.array([index]),
        fund=np.array([float(np.dot(weights, earned)) + cash if fund is None else fund]),
        benchmark=np.array([float(np.dot(index, earned)) if level is None else level]),
        cash=np.array([cash]),
        costs=np.zeros((1, 2)),
        charges={},
    )


def test_a_group_the_benchmark_lacks_counts_under_allocation():
    found = attribute(one_day([0.10, 0.02], [0.25, 0.75], [0.0, 1.0]), BOTH)
    np.testing.assert_allclose(found.effects.allocation, [0.25 * (0.10 - 0.02), 0.0], atol=1e-16)
    np.testing.assert_allclose(found.effects.selection, 0.0, atol=1e-16)
    np.testing.assert_allclose(found.effects.interaction, 0.0, atol=1e-16)


def test_a_group_the_fund_lacks_has_no_selection():
    found = attribute(one_day([0.10, 0.02], [0.0, 1.0], [0.25, 0.75]), BOTH)
    assert found.effects.allocation[0] == pytest.approx(-0.25 * (0.10 - 0.04))
    np.testing.assert_allclose(found.effects.selection, 0.0, atol=1e-16)
    assert np.isnan(found.returns[0])
    assert found.benchmark_returns[0] == pytest.approx(0.10)


def test_a_group_that_nobody_holds_is_nothing():
    groups = np.array([[True, True], [False, False]])
    found = attribute(one_day([0.10, 0.02], [0.4, 0.6], [0.5, 0.5]), groups)
    assert found.effects.total[1] == 0.0
    assert np.isnan(found.returns[1])
    assert np.isnan(found.benchmark_returns[1])


def test_cash_that_beats_a_falling_benchmark_helps():
    found = attribute(one_day([-0.10, -0.10], [0.4, 0.4], [0.5, 0.5], cash=0.0), BOTH)
    assert found.others[CASH] == pytest.approx(0.2 * 0.10)
    assert found.active == pytest.approx(0.02)


def test_an_unknown_return_is_no_return():
    """The last price of a name that left is final."""
    found = attribute(one_day([np.nan, 0.10], [0.5, 0.5], [0.2, 0.8]), BOTH)
    assert found.fund == pytest.approx(0.05)
    assert found.effects.allocation[0] == pytest.approx(0.3 * (0.0 - 0.08))


def test_an_unknown_weight_makes_the_figures_unknown():
    day = one_day([0.10, 0.02], [0.4, 0.6], [0.5, 0.5])
    found = attribute(replace(day, weights=np.array([[np.nan, 0.6]])), BOTH)
    assert np.isnan(found.effects.total).all()


def test_a_name_in_no_group_or_in_two_is_refused():
    day = one_day([0.10, 0.02], [0.4, 0.6], [0.5, 0.5])
    for groups in ([[True, False]], [[True, True], [False, True]]):
        with pytest.raises(ValueError, match="each name belongs to exactly one group"):
            attribute(day, np.array(groups))


def test_a_total_loss_cannot_be_linked():
    assert np.isnan(carino(np.array([-1.0, 0.1]), np.array([0.0, 0.1]))).all()
    assert np.isnan(carino(np.array([0.1, np.nan]), np.array([0.0, 0.1]))).all()


def test_equal_returns_have_the_limit_as_factor():
    """1 / (1 + f) of the day over 1 / (1 + F) of the window: what is earned that day grows with the rest."""
    returns = np.array([0.10, -0.20])
    np.testing.assert_allclose(carino(returns, returns), [0.88 / 1.10, 0.88 / 0.80], rtol=1e-15)


def test_factors_go_to_the_limit_without_a_step():
    near, limit = carino(np.array([0.1 + 1e-13, 0.2]), np.array([0.1, 0.2])), carino(*[np.array([0.1, 0.2])] * 2)
    np.testing.assert_allclose(near, limit, rtol=1e-12)


def test_an_unequal_year_of_equal_ends_sums_to_nothing():
    """+10 %, -10 % against -10 %, +10 %: the active return of the whole is zero."""
    fund, index = np.array([0.1, -0.1]), np.array([-0.1, 0.1])
    assert carino(fund, index) @ (fund - index) == pytest.approx(0.0, abs=1e-15)


def test_between_cuts_every_array():
    whole = Days(*(np.arange(6.0).reshape(3, 2) for _ in range(3)), *(np.arange(3.0) for _ in range(3)),
                 np.arange(6.0).reshape(3, 2), {"custody": np.arange(3.0)})  # fmt: skip
    part = between(whole, 1, 3)
    assert part.fund.tolist() == [1.0, 2.0]
    assert part.costs.tolist() == [[2.0, 3.0], [4.0, 5.0]]
    assert part.charges["custody"].tolist() == [1.0, 2.0]


def test_a_name_held_for_one_day_contributes_that_day():
    days = replace(
        one_day([0.10, 0.0], [1.0, 0.0], [0.5, 0.5]),
        costs=np.array([[0.0, 0.01]]),
        fund=np.array([0.09]),
    )
    found = contributions(days)
    assert found.names.tolist() == pytest.approx([0.10, 0.0])
    assert found.costs.tolist() == pytest.approx([0.0, -0.01])


def test_risk_of_what_stands_still_is_zero_and_of_too_little_unknown():
    assert risk_contributions(np.full((5, 2), 0.001)).tolist() == [0.0, 0.0]
    assert np.isnan(risk_contributions(np.ones((1, 2)))).all()
    assert np.isnan(risk_contributions(np.array([[0.1, np.nan], [0.2, 0.1]]))).all()


def test_parts_that_cancel_but_for_rounding_bring_no_risk():
    noise = np.array([0.1, 0.2, 0.3, -0.7])
    cancelling = np.column_stack([noise, -noise + np.array([1e-17, -1e-17, 0.0, 0.0])])
    assert risk_contributions(cancelling).tolist() == [0.0, 0.0]
    far = np.column_stack([noise, -noise + np.array([1e-14, -1e-14, 0.0, 0.0])])
    assert risk_contributions(far).tolist() == [0.0, 0.0]


def test_a_hedge_lowers_risk():
    market = np.array([0.01, -0.02, 0.03, -0.01])
    found = risk_contributions(np.column_stack([market, -0.4 * market]))
    assert found[1] < 0.0
    assert found[1] / found.sum() == pytest.approx(-0.4 / 0.6)


def test_a_name_without_a_return_moves_as_its_stand_in():
    parts = expected_parts(np.array([0.5, 0.5]), np.array([[0.01, np.nan]]), np.array([0.03]))
    assert parts.tolist() == [[0.005, 0.015]]


def test_active_parts_leave_the_fund_s_out():
    day = one_day([0.10, 0.02], [0.4, 0.6], [0.5, 0.5], level=0.05)
    parts = realised_parts(day, active=True)
    assert sum(part.sum() for part in parts.values()) == pytest.approx(day.fund[0] - 0.05)
    assert "benchmark difference" not in realised_parts(day)
