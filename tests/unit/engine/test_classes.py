"""Share classes: days, shapes, edges and the texts of errors. Laws and worked figures stand elsewhere."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from backtest import classes
from backtest.classes import after_charges, after_initial_charge, class_nav, class_start, hedge_rates
from backtest.errors import DataError, MandateError
from backtest.metrics import conventions
from backtest.terms import ShareClass

FLAT = {"name": "A", "currency": "USD", "ongoing_charge": 0.0}
RATES = (np.full(6, 0.01), np.full(6, 0.03))
DAYS = np.array(
    ["2020-11-27", "2020-11-30", "2020-12-01", "2020-12-30", "2020-12-31", "2021-01-04"], dtype="datetime64[D]"
)
RISING = np.array([100.0, 110.0, 121.0, 133.1, 146.41, 161.051])


def a_class(**terms: object) -> ShareClass:
    return ShareClass.model_validate(FLAT | terms)


def lines(share_class: ShareClass, value: np.ndarray = RISING, fx: np.ndarray | None = None, **more):
    return class_nav(value, DAYS, share_class, fx=np.ones(len(DAYS)) if fx is None else fx, **more)


def test_the_year_of_charges_is_the_year_of_annualised_returns():
    assert classes.DAYS_PER_YEAR == conventions.DAYS_PER_YEAR


def test_a_charge_of_one_per_cent_takes_one_per_cent_in_a_year_by_actual_days():
    dates = np.array(["2020-01-01", "2020-07-01", "2024-01-01"], dtype="datetime64[D]")  # four years are 1,461 days
    net = after_charges(np.full(3, 100.0), dates, 0.01)
    assert net[0] == 100.0
    assert net[1] == pytest.approx(100.0 * 0.99 ** (182 / 365.25), rel=1e-15)
    assert net[2] == pytest.approx(100.0 * 0.99**4, rel=1e-15)


def test_charges_apply_to_every_variant_alike():
    dates = np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]")
    nav = np.array([[1.0, 2.0], [3.0, 4.0]])
    both = after_charges(nav, dates, 0.02)
    assert both[:, 1].tolist() == after_charges(nav[:, 1], dates, 0.02).tolist()


def test_a_class_without_terms_is_the_fund_scaled_to_100():
    found = lines(a_class(), RISING * 7)
    assert found.nav == pytest.approx(RISING, rel=1e-15)
    assert not (found.charge.any() or found.fee.any() or found.hedge.any())


def test_shapes_follow_the_unit_value():
    assert lines(a_class()).nav.shape == (6,)
    assert lines(a_class(performance_fee=0.2), np.stack([RISING] * 3, axis=1)).fee.shape == (6, 3)
    assert lines(a_class(), start=4).nav.shape == (2,)
    assert lines(a_class(), start=5).nav.tolist() == [100.0]


def test_100_is_what_was_paid_before_the_cost_of_the_first_trade():
    """A fund that pays 1 of 101 to enter starts at 100 / 101, and the fee's mark is the price paid."""
    found = lines(a_class(performance_fee=0.5), RISING, opening=101.0)
    assert found.nav[0] == pytest.approx(100 * 100 / 101)
    assert found.nav[1] == pytest.approx(100 + (100 * 110 / 101 - 100) / 2)


@pytest.mark.parametrize(
    ("period", "paid"), [("month_end", [1, 4]), ("quarter_end", [4]), ("year_end", [4])], ids=lambda x: str(x)
)
def test_a_fee_is_paid_on_the_last_trading_day_of_its_period(period, paid):
    """Half of the gain goes: after each payment the gain is counted from the NAV of that day."""
    found = lines(a_class(performance_fee=0.5, fee_crystallises=period))
    gross, mark, expected = 100.0, 100.0, [100.0]
    for day in range(1, 6):
        gross *= 1.1
        expected.append(gross - (gross - mark) / 2)
        if day in paid:
            gross = mark = expected[-1]
    assert found.nav == pytest.approx(expected, rel=1e-14)


def test_the_last_day_never_crystallises():
    """The window that ends on the last day of December does not know that January follows, nor does it matter."""
    share_class = a_class(performance_fee=0.2)
    cut = class_nav(RISING[:5], DAYS[:5], share_class, fx=np.ones(5))
    assert cut.nav.tolist() == lines(share_class).nav[:5].tolist()


def test_a_loss_gives_back_what_was_owed_and_not_yet_paid():
    found = lines(a_class(performance_fee=0.5), np.array([100.0, 120.0, 100.0, 100.0, 100.0, 100.0]))
    assert found.nav == pytest.approx([100.0, 110.0, 100.0, 100.0, 100.0, 100.0])
    assert found.fee == pytest.approx([0.0, 10.0, -10 * 100 / 120, 0.0, 0.0, 0.0])


def test_the_hedge_is_rolled_at_month_ends_and_from_the_start():
    """The notional of each day is what the class was worth at the roll before, in base currency."""
    spot = np.array([1.25, 1.30, 1.20, 1.28, 1.25, 1.40])
    found = lines(a_class(hedged=True), fx=1 / spot, interest=RATES)
    days = np.array([3, 1, 29, 1, 4])
    gain = spot[:-1] * (1 + 0.02 * days / 365) - spot[1:]
    notional = found.hedge[1:] / gain
    rolled = found.nav[[0, 1, 4]] / spot[[0, 1, 4]]
    assert notional == pytest.approx([rolled[0], rolled[1], rolled[1], rolled[1], rolled[2]], rel=1e-12)


def test_a_charge_of_everything_leaves_nothing_and_no_warning():
    for terms in ({}, {"hedged": True}, {"performance_fee": 0.2, "fee_crystallises": "month_end"}):
        share_class = a_class(ongoing_charge=1.0, **terms)
        found = lines(share_class, fx=np.linspace(0.8, 0.9, 6), interest=RATES)
        assert found.nav.tolist() == [100.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        assert np.isfinite(found.hedge).all() and np.isfinite(found.charge).all()


def test_a_fund_that_falls_to_nothing_stays_there():
    value = np.array([100.0, 50.0, 0.0, 0.0, 0.0, 0.0])
    found = lines(a_class(ongoing_charge=0.01, performance_fee=0.2, fee_crystallises="month_end"), value)
    assert found.nav[2:].tolist() == [0.0] * 4


def test_an_unknown_value_is_unknown_and_never_zero():
    value = RISING.copy()
    value[2] = np.nan
    assert np.isnan(lines(a_class(ongoing_charge=0.01), value).nav).tolist() == [False, False, True] + [False] * 3
    path = lines(a_class(performance_fee=0.2, fee_crystallises="month_end", hedged=True), value, RISING, interest=RATES)
    assert np.isnan(path.nav).tolist() == [False, False, True, True, True, True]


def test_the_initial_charge_comes_off_what_is_paid():
    assert after_initial_charge(np.array([100.0, 120.0]), a_class(initial_charge=0.05)).tolist() == [95.0, 114.0]


def test_inputs_are_not_mutated():
    given = [RISING.copy(), DAYS.copy(), np.linspace(0.8, 0.9, 6), np.full(6, 0.01), np.full(6, 0.03)]
    kept = [array.copy() for array in given]
    for array in given:
        array.setflags(write=False)
    class_nav(given[0], given[1], a_class(hedged=True, performance_fee=0.2), fx=given[2], interest=(given[3], given[4]))
    assert all((a == b).all() for a, b in zip(given, kept, strict=True))


@pytest.mark.parametrize(
    ("launch", "start"),
    [(None, 0), ("2019-05-01", 0), ("2020-11-27", 0), ("2020-11-28", 1), ("2020-12-31", 4), ("2021-01-04", 5)],
)
def test_a_class_starts_on_its_launch_or_the_first_trading_day_after_it(launch, start):
    launched = a_class(launch=launch and date.fromisoformat(launch))
    assert class_start(DAYS, launched) == start


def test_a_launch_after_the_window():
    with pytest.raises(MandateError) as caught:
        class_start(DAYS, a_class(launch=date(2021, 1, 5)))
    assert str(caught.value) == (
        "[[share_class]] A, launch: 2021-01-05 is after the simulated window, 2020-11-27 to 2021-01-04. "
        "Give an earlier launch, leave it out, or move [data] end."
    )


def test_the_rates_behind_a_hedge():
    rates = {"GBP": np.full(6, 0.01), "USD": np.full(6, 0.03), "EUR": np.full(6, 0.0)}
    assert hedge_rates(rates, a_class(), "GBP") is None
    found = hedge_rates(rates, a_class(hedged=True), "GBP")
    assert found is not None and found[0] is rates["GBP"] and found[1] is rates["USD"]


def test_a_hedge_without_interest_rates():
    hedged = a_class(hedged=True)
    with pytest.raises(DataError) as caught:
        hedge_rates({}, hedged, "GBP")
    assert str(caught.value) == (
        "[[share_class]] A, hedged: no interest rates for GBP and USD; found none. "
        "Give [data] currency_rates of both GBP and USD."
    )
    with pytest.raises(DataError) as caught:
        hedge_rates({"USD": np.zeros(6), "EUR": np.zeros(6)}, hedged, "GBP")
    assert str(caught.value) == (
        "[[share_class]] A, hedged: no interest rates for GBP; found EUR, USD. "
        "Give [data] currency_rates of both GBP and USD."
    )
    with pytest.raises(DataError) as caught:
        lines(hedged, fx=RISING)
    assert str(caught.value) == (
        "[[share_class]] A, hedged: no interest rates. Give [data] currency_rates of both the base currency and USD."
    )


def test_a_hole_in_the_interest_rates():
    rates = np.array([0.01, 0.01, np.nan, 0.01, 0.01, np.nan])
    with pytest.raises(DataError) as caught:
        lines(a_class(hedged=True), fx=RISING, interest=(RATES[0], rates))
    assert str(caught.value) == (
        "[[share_class]] A, hedged: no interest rate on 2020-12-01. "
        "Give [data] currency_rates of both the base currency and USD, from the first day on."
    )
    assert np.isfinite(lines(a_class(hedged=True), fx=RISING, interest=(RATES[0], rates), start=3).nav).all()


def test_a_hedged_class_in_the_base_currency():
    with pytest.raises(MandateError) as caught:
        hedge_rates({"USD": np.zeros(6)}, a_class(hedged=True), "USD")
    assert str(caught.value) == (
        "[[share_class]] A, hedged: the class is in USD, the base currency, and has nothing to hedge. "
        "Leave hedged out, or give the class another currency."
    )
    with pytest.raises(MandateError) as caught:
        lines(a_class(hedged=True))
    assert str(caught.value) == (
        "[[share_class]] A, hedged: the exchange rate is 1 on every day, so that there is nothing to hedge. "
        "Leave hedged out, or give the class another currency."
    )


def test_a_hedge_of_a_fund_worth_nothing():
    value = np.array([100.0, 50.0, 0.0, 0.0, 0.0, 0.0])
    with pytest.raises(DataError) as caught:
        lines(a_class(hedged=True), value, RISING, interest=RATES)
    assert str(caught.value) == (
        "[[share_class]] A, hedged: the fund is worth nothing on 2020-12-01, and there is nothing left to hedge. "
        "Leave hedged out, or end [data] before that day."
    )


def test_arrays_of_other_days_are_refused():
    with pytest.raises(ValueError, match="have 6, 6 and 5 days"):
        class_nav(RISING, DAYS, a_class(), fx=np.ones(5))
