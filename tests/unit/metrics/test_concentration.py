import numpy as np
import pytest

from backtest.metrics.concentration import (
    active_share,
    cash_weight,
    effective_number,
    exposures,
    herfindahl,
    number_of_holdings,
    top_weight,
)

ALL_CASH = np.zeros(3)
WITH_CASH = np.array([0.4, 0.3, 0.1])
UNKNOWN = np.array([0.5, np.nan, 0.1])


def test_cash_is_what_lacks_to_one():
    assert cash_weight(WITH_CASH) == pytest.approx(0.2)
    assert cash_weight(np.array([0.7, 0.3 + 1e-12])) == 0.0
    assert cash_weight(np.array([0.7, 0.4])) == pytest.approx(-0.1)
    assert np.isnan(cash_weight(UNKNOWN))


def test_dust_is_no_holding():
    assert number_of_holdings(np.array([0.5, 1e-6, 1.1e-6, 0.0, np.nan])) == 2


def test_herfindahl_leaves_cash_out():
    assert herfindahl(np.array([0.5, 0.3, 0.2])) == pytest.approx(0.38)
    assert herfindahl(np.array([0.25, 0.15, 0.1])) == pytest.approx(0.38)


def test_effective_number():
    assert effective_number(np.full(4, 0.25)) == pytest.approx(4.0)
    assert effective_number(np.array([0.0, 0.3])) == pytest.approx(1.0)


def test_no_holdings_no_concentration():
    assert np.isnan(herfindahl(ALL_CASH)) and np.isnan(effective_number(ALL_CASH))
    assert number_of_holdings(ALL_CASH) == 0
    assert top_weight(ALL_CASH, 10) == 0.0


def test_top_weight_keeps_cash_in_nav():
    assert top_weight(WITH_CASH, 2) == pytest.approx(0.7)
    assert top_weight(WITH_CASH, 10) == pytest.approx(0.8)
    assert top_weight(WITH_CASH[::-1], 1) == pytest.approx(0.4)
    assert np.isnan(top_weight(UNKNOWN, 1))


def test_exposures_by_group():
    groups = np.array([[True, False, True], [False, True, False]])
    np.testing.assert_allclose(exposures(WITH_CASH, groups), [0.5, 0.3])


def test_active_share_counts_cash_as_a_name():
    assert active_share(np.array([0.6, 0.4]), np.array([0.5, 0.5])) == pytest.approx(0.1)
    assert active_share(np.array([0.5, 0.3]), np.array([0.5, 0.5])) == pytest.approx(0.2)
    assert active_share(np.zeros(2), np.array([0.5, 0.5])) == pytest.approx(1.0)
    assert np.isnan(active_share(UNKNOWN, np.full(3, 1 / 3)))


def test_days_are_rows():
    """One call for many days gives what each day gives alone; an unknown weight spoils its own day only."""
    many = np.vstack([WITH_CASH, ALL_CASH, UNKNOWN, np.full(3, 1 / 3)])
    benchmark = np.array([0.2, 0.3, 0.5])
    with np.errstate(invalid="raise"):
        for measure in (
            cash_weight,
            number_of_holdings,
            herfindahl,
            effective_number,
            lambda w: top_weight(w, 2),
            lambda w: active_share(w, benchmark),
            lambda w: exposures(w, np.eye(3, dtype=bool)[:2]),
        ):
            np.testing.assert_allclose(measure(many), [measure(row) for row in many], rtol=1e-12)
