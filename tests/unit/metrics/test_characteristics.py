"""Characteristics: figures worked by hand, and the edges where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.metrics.characteristics import (
    latest,
    price_to,
    trailing_year,
    weighted_average,
    weighted_median,
)

NAN = float("nan")
AS_OF = np.datetime64("2026-10-30")
QUARTERS = np.array(["2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"], dtype="datetime64[D]")


def column(*values):
    """(P, 1)"""
    return np.array(values)[:, None]


def ends(*days):
    return np.array(days, dtype="datetime64[D]")[:, None]


def test_a_trailing_year_is_the_last_four_quarters():
    """By hand: quarters of 1, 2, 3, 4, 5; the last four are 14."""
    assert trailing_year(column(1.0, 2.0, 3.0, 4.0, 5.0), QUARTERS[:, None], AS_OF, 4) == pytest.approx([14.0])


def test_a_trailing_year_of_half_years_and_of_years():
    assert trailing_year(column(3.0, 4.0), ends("2025-12-31", "2026-06-30"), AS_OF, 2) == pytest.approx([7.0])
    assert trailing_year(column(3.0, 4.0), ends("2024-12-31", "2025-12-31"), AS_OF, 1) == pytest.approx([4.0])


@pytest.mark.parametrize(
    ("days", "whole"),
    [
        (["2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"], True),
        (["2025-09-27", "2025-12-27", "2026-03-28", "2026-06-27"], True),  # a year of 52 weeks
        (["2025-06-30", "2025-12-31", "2026-03-31", "2026-06-30"], False),  # one quarter is missing
        (["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"], False),  # months, not quarters
    ],
)
def test_a_missing_quarter_is_no_year(days, whole):
    found = trailing_year(column(1.0, 1.0, 1.0, 1.0), ends(*days), AS_OF, 4)
    assert np.isnan(found[0]) != whole


def test_a_company_that_fell_silent_is_unknown_after_five_hundred_days():
    """30 October 2026 less 500 days is 17 June 2025."""
    assert latest(column(7.0), ends("2025-06-17"), AS_OF) == pytest.approx([7.0])
    assert np.isnan(latest(column(7.0), ends("2025-06-16"), AS_OF))[0]
    old = ["2024-09-15", "2024-12-15", "2025-03-15", "2025-06-16"]
    assert np.isnan(trailing_year(column(1.0, 1.0, 1.0, 1.0), ends(*old), AS_OF, 4))[0]


def test_too_few_reports_or_none_are_unknown():
    assert np.isnan(trailing_year(column(1.0, 2.0), ends("2026-03-31", "2026-06-30"), AS_OF, 4)).all()
    none = np.empty((0, 3))
    no_days = np.empty((0, 3), dtype="datetime64[D]")
    assert np.isnan(trailing_year(none, no_days, AS_OF, 4)).tolist() == [True] * 3
    assert np.isnan(latest(none, no_days, AS_OF)).tolist() == [True] * 3
    padded = np.array([[NAN], [2.0]])
    assert latest(padded, np.array([["NaT"], ["2026-06-30"]], dtype="datetime64[D]"), AS_OF) == pytest.approx([2.0])


def test_price_to_earnings_is_the_harmonic_mean_by_weight():
    """By hand: half at 10 times, half at 30 times: 1 / (0.5 / 10 + 0.5 / 30) = 15."""
    assert price_to(np.array([0.5, 0.5]), np.array([100.0, 300.0]), np.array([10.0, 10.0])) == pytest.approx(
        (15.0, 1.0)
    )


def test_cash_and_unknown_names_are_left_out_and_told_as_coverage():
    """By hand: 0.3 at 12 and 0.3 at 20 times: 0.6 / (0.3 / 12 + 0.3 / 20) = 15 for 60 % of NAV."""
    weights, values = np.array([0.3, 0.3, 0.2]), np.array([120.0, 200.0, 50.0])
    assert price_to(weights, values, np.array([10.0, 10.0, NAN])) == pytest.approx((15.0, 0.6))
    assert price_to(weights, np.array([120.0, 200.0, NAN]), np.array([10.0, 10.0, 5.0])) == pytest.approx((15.0, 0.6))


def test_losses_count():
    """By hand: 0.8 at 10 times earns 0.08, 0.2 loses a fifth of its value, 0.04: 1 / 0.04 = 25."""
    found, coverage = price_to(np.array([0.8, 0.2]), np.array([100.0, 50.0]), np.array([10.0, -10.0]))
    assert (found, coverage) == pytest.approx((25.0, 1.0))


def test_no_ratio_where_losses_outweigh_or_too_little_is_known():
    lost, coverage = price_to(np.array([0.5, 0.5]), np.array([100.0, 100.0]), np.array([5.0, -5.0]))
    assert np.isnan(lost) and coverage == pytest.approx(1.0)
    little, coverage = price_to(np.array([0.49, 0.51]), np.array([100.0, 100.0]), np.array([5.0, NAN]))
    assert np.isnan(little) and coverage == pytest.approx(0.49)
    nothing = price_to(np.zeros(2), np.array([100.0, 100.0]), np.array([5.0, 5.0]))
    assert np.isnan(nothing[0]) and nothing[1] == 0.0


def test_the_average_and_the_median_company():
    """By hand: 0.45 at 40 and 0.15 at 80 are (18 + 12) / 0.6 = 50; half of 0.2, 0.2, 0.6 is reached at 9."""
    assert weighted_average(np.array([0.45, 0.15]), np.array([40.0, 80.0])) == pytest.approx((50.0, 0.6))
    assert weighted_median(np.array([0.2, 0.2, 0.6]), np.array([1.0, 5.0, 9.0])) == pytest.approx((9.0, 1.0))
    assert weighted_median(np.array([0.25] * 4), np.array([4.0, 2.0, 1.0, 3.0])) == pytest.approx((2.0, 1.0))
    assert weighted_median(np.full(10, 0.1), np.arange(1.0, 11.0)) == pytest.approx((5.0, 1.0))


@pytest.mark.parametrize("average", [weighted_average, weighted_median])
def test_an_average_of_less_than_half_is_none(average):
    found, coverage = average(np.array([0.4, 0.6]), np.array([5.0, NAN]))
    assert np.isnan(found) and coverage == pytest.approx(0.4)
