"""What is true of every share class whatever the fund, the exchange rate and the interest did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.classes import after_charges, class_nav
from backtest.terms import ShareClass

RELATIVE = 1e-12
law = settings(deadline=None, derandomize=True, max_examples=120)


@dataclass(frozen=True, repr=False)
class Market:
    """Some two years of trading days with holes, three funds on them, an exchange rate and two interest rates."""

    dates: np.ndarray
    value: np.ndarray  # (T, 3)
    fx: np.ndarray
    interest: tuple[np.ndarray, np.ndarray]

    def line(self, share_class: ShareClass, **changed):
        """The class on this market, some of whose parts are changed."""
        parts = {"fx": self.fx, "interest": self.interest} | changed
        return class_nav(parts.pop("value", self.value), self.dates, share_class, **parts)


def make_market(seed: int) -> Market:
    """Big daily moves, days without trading, rates of either sign."""
    random = np.random.Generator(np.random.PCG64(seed))
    every = np.arange(np.datetime64("2019-11-04") + random.integers(0, 60), np.datetime64("2021-10-29"))
    dates = every[np.is_busday(every) & (random.random(len(every)) > 0.1)]
    steps = len(dates)
    value = 50.0 * np.exp(np.cumsum(random.normal(0.0002, 0.02, (steps, 3)), axis=0))
    fx = 0.8 * np.exp(np.cumsum(random.normal(0.0, 0.01, steps)))
    interest = [0.02 + np.cumsum(random.normal(0.0, 0.0005, steps)) for _ in range(2)]
    return Market(dates, value, fx, (interest[0], interest[1]))


def flat(market: Market) -> Market:
    return Market(market.dates, np.full((len(market.dates), 1), 7.0), market.fx, market.interest)


markets = st.builds(make_market, st.integers(0, 10_000))
periods = st.sampled_from(["month_end", "quarter_end", "year_end"])


def a_class(**terms: object) -> ShareClass:
    return ShareClass.model_validate({"name": "A", "currency": "USD", "ongoing_charge": 0.0} | terms)


classes = st.builds(
    lambda charge, fee, period, hedged: a_class(
        ongoing_charge=charge, performance_fee=fee, fee_crystallises=period, hedged=hedged
    ),
    st.sampled_from([0.0, 0.0075, 0.2]),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    periods,
    st.booleans(),
)


def day_by_day(market: Market, v: int, share_class: ShareClass) -> list[float]:
    """The same line by a plain loop over days, written from the words of the terms."""
    dates = market.dates.tolist()
    months = {"month_end": 1, "quarter_end": 3, "year_end": 12}[share_class.fee_crystallises]
    gross = nav = mark = 100.0
    notional = nav * market.fx[0] if share_class.hedged else 0.0
    line = [nav]
    for t in range(1, len(dates)):
        days = (dates[t] - dates[t - 1]).days
        before, now = 1.0 / float(market.fx[t - 1]), 1.0 / float(market.fx[t])
        ahead = float(market.interest[1][t - 1] - market.interest[0][t - 1]) * days / 365
        gross *= float(market.value[t, v] / market.value[t - 1, v]) * now / before
        gross += notional * (before * (1.0 + ahead) - now)
        gross *= (1.0 - share_class.ongoing_charge) ** (days / 365.25)
        nav = gross - share_class.performance_fee * max(gross - mark, 0.0)
        line.append(nav)
        following = dates[t + 1] if t + 1 < len(dates) else dates[t]
        if share_class.performance_fee > 0.0 and _period(dates[t], months) != _period(following, months):
            gross, mark = nav, max(mark, nav)
        if share_class.hedged and _period(dates[t], 1) != _period(following, 1):
            notional = nav * float(market.fx[t])
    return line


def _period(day, months: int) -> int:
    return (day.year * 12 + day.month - 1) // months


@law
@given(markets, classes)
def test_a_plain_loop_over_the_days_says_the_same(market, share_class):
    found = market.line(share_class).nav
    for v in range(3):
        np.testing.assert_allclose(found[:, v], day_by_day(market, v, share_class), rtol=1e-11)


@law
@given(markets, classes)
def test_every_day_adds_up(market, share_class):
    """NAV is that of the day before with the fund's return in the class's currency, less charge and fee, plus hedge."""
    found = market.line(share_class)
    in_class = market.value / market.fx[:, None]
    expected = found.nav[:-1] * (in_class[1:] / in_class[:-1]) - found.charge[1:] - found.fee[1:] + found.hedge[1:]
    size = np.maximum(1.0, np.abs(found.nav)).max()
    assert np.abs(found.nav[1:] - expected).max() <= RELATIVE * size
    for first in (found.charge[0], found.fee[0], found.hedge[0]):
        assert not first.any()


@law
@given(markets, st.floats(0.0, 0.9))
def test_in_base_currency_and_without_a_fee_a_class_is_the_fund_after_charges(market, charge):
    found = market.line(a_class(ongoing_charge=charge), fx=np.ones(len(market.dates)))
    expected = after_charges(market.value, market.dates, charge) * (100.0 / market.value[0])
    np.testing.assert_allclose(found.nav, expected, rtol=RELATIVE)


@law
@given(markets)
def test_another_currency_is_the_exchange_rate_and_nothing_else(market):
    found = market.line(a_class()).nav
    expected = 100.0 * market.value / market.value[0] * (market.fx[0] / market.fx)[:, None]
    np.testing.assert_allclose(found, expected, rtol=RELATIVE)


@law
@given(markets, st.floats(0.0, 1.0))
def test_a_fee_takes_its_share_of_the_gain_and_nothing_below_the_mark(market, fee):
    """Within the first period: NAV is what it would be, less the share of what is above 100; never pushed below 100."""
    first_year = market.dates < np.datetime64("2020-01-01")
    free = market.line(a_class()).nav[first_year]
    charged = market.line(a_class(performance_fee=fee)).nav[first_year]
    np.testing.assert_allclose(charged, free - fee * np.maximum(free - 100.0, 0.0), rtol=RELATIVE, atol=1e-10)
    assert (charged >= np.minimum(free, 100.0) - 1e-10).all()


@law
@given(markets, st.floats(0.0, 1.0), periods)
def test_a_fee_never_takes_more_than_its_share_of_all_that_was_gained(market, fee, period):
    """Where a class without a fee is peak x 100 at its highest so far, the fee took a factor of peak^-fee at the most.

    Each payment leaves 1 + (1 - fee) g of a gain of 1 + g, which is at least (1 + g)^(1 - fee), and the gains that are
    paid for multiply to no more than the peak.
    """
    free, charged = (market.line(a_class(performance_fee=f, fee_crystallises=period)).nav for f in (0.0, fee))
    peak = np.maximum.accumulate(free, axis=0) / 100.0
    assert (charged <= free * (1.0 + RELATIVE)).all()
    assert (charged >= free * peak**-fee * (1.0 - RELATIVE)).all()


@law
@given(markets, st.floats(0.01, 1.0), periods)
def test_no_fee_below_the_mark(market, fee, period):
    """A fund whose price is never again what the first day's was pays no fee, to the bit."""
    fallen = market.value.copy()
    fallen[0] = fallen.max(axis=0) * 2.0 * market.fx.max() / market.fx.min()
    free, charged = (market.line(a_class(performance_fee=f, fee_crystallises=period), value=fallen) for f in (0.0, fee))
    assert not charged.fee.any()
    np.testing.assert_allclose(charged.nav, free.nav, rtol=RELATIVE)


@law
@given(markets, st.floats(0.0, 0.5), st.floats(0.0, 0.4), st.sampled_from([{"hedged": True}, {"performance_fee": 0.2}]))
def test_a_higher_charge_never_raises_nav(market, charge, more, terms):
    low, high = (market.line(a_class(ongoing_charge=c, **terms)).nav for c in (charge, charge + more))
    assert (high <= low * (1.0 + RELATIVE)).all()


@law
@given(markets, classes)
def test_doubling_the_unit_does_nothing(market, share_class):
    one, two = market.line(share_class), market.line(share_class, value=market.value * 2.0)
    for name in ("nav", "charge", "fee", "hedge"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist()


@law
@given(markets, classes)
def test_all_variants_at_once_are_each_alone(market, share_class):
    """Three columns in one call are three calls, to the bit, and one column is a line."""
    together = market.line(share_class)
    for v in range(3):
        alone = market.line(share_class, value=market.value[:, v])
        for name in ("nav", "charge", "fee", "hedge"):
            assert getattr(together, name)[:, v].tolist() == getattr(alone, name).tolist()


@law
@given(markets, classes, st.integers(1, 300))
def test_nothing_depends_on_what_comes_after(market, share_class, day):
    """Values, exchange and interest rates after a day move nothing up to it; nor does cutting the window there."""
    late = np.arange(len(market.dates)) > day
    wild = market.line(
        share_class,
        value=np.where(late[:, None], 3.0 * market.value, market.value),
        fx=np.where(late, 5.0 * market.fx, market.fx),
        interest=tuple(np.where(late, 0.5, rate) for rate in market.interest),
    )
    kept = slice(0, day + 1)
    cut = class_nav(
        market.value[kept],
        market.dates[kept],
        share_class,
        fx=market.fx[kept],
        interest=tuple(rate[kept] for rate in market.interest),
    )
    expected = market.line(share_class)
    for name in ("nav", "charge", "fee", "hedge"):
        assert getattr(expected, name)[kept].tolist() == getattr(wild, name)[kept].tolist()
        assert getattr(expected, name)[kept].tolist() == getattr(cut, name).tolist()


@law
@given(markets, classes, st.integers(0, 300))
def test_a_later_start_is_a_class_of_the_days_from_there(market, share_class, start):
    found = market.line(share_class, start=start)
    rest = slice(start, None)
    alone = class_nav(
        market.value[rest],
        market.dates[rest],
        share_class,
        fx=market.fx[rest],
        interest=tuple(rate[rest] for rate in market.interest),
    )
    assert found.nav.tolist() == alone.nav.tolist()
    assert found.nav[0].tolist() == [100.0] * 3


def differential(market: Market) -> np.ndarray:
    """(T - 1,) what a day's interest of the class's currency is above that of the base."""
    days = np.diff(market.dates).astype(np.float64)
    return (market.interest[1] - market.interest[0])[:-1] * days / 365.0


def rolls(market: Market) -> list[int]:
    """The start, the last trading days of months, and the last day."""
    months = market.dates.astype("datetime64[M]")
    return [0, *np.flatnonzero(months[1:] != months[:-1]).tolist(), len(months) - 1]


@law
@given(markets)
def test_the_day_after_a_roll_is_hedged_exactly(market):
    """NAV grows by 1 + r S / S before + interest: the fund's own return, exchanged, and nothing else of the rate."""
    nav = market.line(a_class(hedged=True)).nav
    own = market.value[1:] / market.value[:-1] - 1.0
    spot = 1.0 / market.fx
    expected = 1.0 + own * (spot[1:] / spot[:-1])[:, None] + differential(market)[:, None]
    first = rolls(market)[:-1]
    np.testing.assert_allclose((nav[1:] / nav[:-1])[first], expected[first], rtol=RELATIVE)


@law
@given(markets)
def test_with_a_roll_every_day_a_flat_fund_earns_the_interest_differential_exactly(market):
    """One trading day a month: each is a roll, and the exchange rate leaves no trace at all."""
    days = np.array(rolls(market)[1:-1])
    monthly = flat(
        Market(market.dates[days], market.value[days], market.fx[days], tuple(r[days] for r in market.interest))
    )
    expected = 100.0 * np.cumprod([1.0, *(1.0 + differential(monthly))])
    np.testing.assert_allclose(monthly.line(a_class(hedged=True)).nav[:, 0], expected, rtol=RELATIVE)


@law
@given(markets)
def test_between_rolls_a_flat_fund_earns_the_differential_up_to_second_order(market):
    """With c the day's interest and x the move of the rate S, let 1 + y = (1 + c) / (1 + x). From a roll to any day of
    the month the class grows by exactly product(1 + c) x (1 + sum y) / product(1 + y): the interest, and an error of
    the second order in y, because gains and losses wait unhedged for the next roll.
    """
    nav = flat(market).line(a_class(hedged=True)).nav[:, 0]
    interest = differential(market)
    y = (1.0 + interest) * market.fx[1:] / market.fx[:-1] - 1.0
    for first, last in zip(rolls(market)[:-1], rolls(market)[1:], strict=True):
        days = slice(first, last)
        grown, error = np.prod(1.0 + interest[days]), (1.0 + y[days].sum()) / np.prod(1.0 + y[days])
        assert nav[last] / nav[first] == pytest.approx(grown * error, rel=RELATIVE)
        size = np.abs(y[days]).sum()
        assert abs(error - 1.0) <= (np.exp(size) - 1.0 - size) / np.prod(1.0 + y[days]) + RELATIVE


@law
@given(markets, st.integers(0, 20))
def test_a_flat_fund_is_hedged_exactly_when_the_rate_jumps_once_a_month(market, place):
    """One jump of any size in a month, else the rate moves with interest: every roll holds the interest, no more."""
    interest = differential(market)
    steps = 1.0 / (1.0 + interest)  # growth of fx that makes a day's gain nil
    for first, last in zip(rolls(market)[:-1], rolls(market)[1:], strict=True):
        if first < last:
            steps[first + place % (last - first)] *= 1.3
    fx = 0.8 * np.cumprod([1.0, *steps])
    nav = flat(market).line(a_class(hedged=True), fx=fx).nav[:, 0]
    expected = 100.0 * np.cumprod([1.0, *(1.0 + interest)])
    np.testing.assert_allclose(nav[rolls(market)], expected[rolls(market)], rtol=1e-11)


@law
@given(markets)
def test_a_hedge_follows_the_fund_and_not_the_rate(market):
    """Without interest, hedged returns of a month stay near the fund's own, unhedged ones do not."""
    nothing = (np.zeros(len(market.dates)),) * 2
    at = rolls(market)
    own, hedged, plain = (
        np.diff(np.log(line[at, 0]))
        for line in (
            market.value,
            market.line(a_class(hedged=True), interest=nothing).nav,
            market.line(a_class(), interest=nothing).nav,
        )
    )
    assert np.abs(hedged - own).mean() < 0.5 * np.abs(plain - own).mean()
