"""Share classes: lines computed from the one NAV that is simulated. Pure functions.

A class never changes what the fund holds. Its value moves with the fund's in the class's own currency, gains or loses
on its currency hedge, and bears its ongoing charge and its performance fee. Everything is per unit: what 100 became.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backtest.errors import DataError, MandateError, listed
from backtest.terms import ShareClass

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

START_VALUE = 100.0
DAYS_PER_YEAR = 365.25  # the year of annualised returns, so that a charge of 1 % lowers them by 1 %
RATE_DAYS_PER_YEAR = 365.0  # the year of the simple interest rates behind a forward
MONTHS = {"month_end": 1, "quarter_end": 3, "year_end": 12}


@dataclass(frozen=True)
class ClassNav:
    """One share class from its start to the last day, per unit and in its own currency; all of shape (T,) or (T, V).

    On every day after the first: nav = nav of the day before x (1 + the fund's return in the class's currency)
    - charge - fee + hedge. The first day is the start value, less the cost of the fund's first trade where it has one.
    """

    nav: Floats  # net of everything but an initial charge, which after_initial_charge takes off
    charge: Floats  # ongoing charge accrued that day, never negative while the class is worth something
    fee: Floats  # performance fee accrued (+) or given back (-) that day; what is owed stays invested until it is paid
    hedge: Floats  # what the forward gained (+) or lost (-) that day; 0 without a hedge


def class_nav(
    unit_value: Floats,
    dates: Dates,
    share_class: ShareClass,
    *,
    fx: Floats,
    interest: tuple[Floats, Floats] | None = None,
    start: int = 0,
    opening: float | None = None,
) -> ClassNav:
    """The class's line from day `start` on: what 100 of its currency, paid in on that day, became.

    unit_value: (T,) or (T, V), the fund's value per unit in base currency, in any unit, positive. dates: (T,).
    fx: (T,) base currency for one unit of the class's, ones when they are the same. interest: yearly simple rates (T,)
    of the base and of the class's currency, fractions, which a hedged class needs. opening: the unit value that 100
    paid for, when it is not that of the start's close: the capital before the cost of the fund's first trade.

    A day goes like this, d being the calendar days since the day before, S = 1 / fx and R the fund's growth x S's:
    - Hedge: H x (S before x (1 + (class rate - base rate) d / 365) - S), at the rates of the day before, with H the
      class's whole value in base currency at the last month end or start. Base currency sold at 1.25 and now worth
      1.20 gives 0.05 for each. It is reinvested in the fund.
    - Value: G = (G before x R + hedge) x (1 - charge)^(d / 365.25), and the charge is what the last factor takes.
    - Fee: rate x max(0, G - high-water mark) is owed, and NAV = G less that. On the last trading day of the period at
      which the fee crystallises (a later date shows that it is the last) it is paid: G becomes NAV, and the mark rises
      to NAV if that is higher. The mark begins at 100, the price paid.

    NaN in the unit value or the exchange rate gives NaN on that day, and from then on where a hedge or a fee depends on
    the path. Raises MandateError for a hedge where there is no exchange rate to hedge, DataError for a hedge without
    interest rates or of a fund worth nothing, ValueError when the arrays do not share their days.
    """
    if not len(unit_value) == len(dates) == len(fx):
        raise ValueError(f"unit_value, dates and fx have {len(unit_value)}, {len(dates)} and {len(fx)} days")
    dates, fx = dates[start:], fx[start:]
    value = unit_value[start:].reshape(len(dates), -1)
    own = START_VALUE * (value / fx[:, None] / ((value[0] if opening is None else opening) / fx[0]))
    gain = np.zeros(len(dates))
    if share_class.hedged:
        gain = _gain(share_class, dates, fx, None if interest is None else (interest[0][start:], interest[1][start:]))
        _require_worth(value, dates, share_class)
    pays = _period_ends(dates, share_class.fee_crystallises) & (share_class.performance_fee > 0.0)
    rolls = _period_ends(dates, "month_end") & share_class.hedged
    path = _Path(own, _days(dates), fx, gain, pays, rolls | pays)
    gross, owed, hedge = _grown(path, share_class.ongoing_charge, share_class.performance_fee)

    charge, fee = np.zeros_like(own), owed.copy()
    after, still_owed = gross - np.where(pays[:, None], owed, 0.0), np.where(pays[:, None], 0.0, owed)
    growth = _ratio(own[1:], own[:-1])
    days = np.diff(path.days)[:, None]
    charge[1:] = (after[:-1] * growth + hedge[1:]) * (1.0 - _kept(days, share_class.ongoing_charge))
    fee[1:] -= still_owed[:-1] * growth
    shape = (len(dates), *unit_value.shape[1:])
    return ClassNav(*(line.reshape(shape) for line in (gross - owed, charge, fee, hedge)))


def after_charges(nav: Floats, dates: Dates, ongoing_charge: float) -> Floats:
    """NAV net of a share class's ongoing charge, accrued daily by actual days over 365.25 and compounded.

    nav: (T,) or (T, V). dates: (T,). ongoing_charge: fraction a year; 0.01 takes 1 % off a flat NAV in a year.
    The first day bears no charge. NaN stays NaN.
    """
    factor = _kept(_days(dates), ongoing_charge)
    return nav * (factor if nav.ndim == 1 else factor[:, None])


def after_initial_charge(nav: Floats, share_class: ShareClass) -> Floats:
    """What became of 100 handed over: the initial charge comes off first and the rest buys units at 100.

    nav: any shape, the class's NAV. With an initial charge of 0.05, a NAV of 120 is 114 to whoever paid 100. NaN stays.
    """
    return nav * (1.0 - share_class.initial_charge)


def class_start(dates: Dates, share_class: ShareClass) -> int:
    """Index of the first day of the class's line: the first of `dates` (T,) on or after its launch; 0 without one.

    dates: trading days from the fund's first trade on, so that no class starts before it. Raises MandateError for a
    launch after the last day.
    """
    if share_class.launch is None:
        return 0
    start = int(np.searchsorted(dates, np.datetime64(share_class.launch, "D")))
    if start == len(dates):
        raise MandateError(
            f"[[share_class]] {share_class.name}, launch: {share_class.launch} is after the simulated window, "
            f"{dates[0]} to {dates[-1]}. Give an earlier launch, leave it out, or move [data] end."
        )
    return start


def hedge_rates(
    interest: Mapping[str, Floats], share_class: ShareClass, base_currency: str
) -> tuple[Floats, Floats] | None:
    """Interest rates (T,) of the base and of the class's currency for class_nav; None for a class without a hedge.

    interest: currency -> (T,) yearly simple rates. Raises MandateError for a hedged class in the base currency and
    DataError when either currency has no rates.
    """
    if not share_class.hedged:
        return None
    if share_class.currency == base_currency:
        raise MandateError(
            f"[[share_class]] {share_class.name}, hedged: the class is in {base_currency}, the base currency, and has "
            "nothing to hedge. Leave hedged out, or give the class another currency."
        )
    missing = [currency for currency in (base_currency, share_class.currency) if currency not in interest]
    if missing:
        raise DataError(
            f"[[share_class]] {share_class.name}, hedged: no interest rates for {' and '.join(missing)}; found "
            f"{listed(sorted(interest)) or 'none'}. Give [data] currency_rates of both {base_currency} and "
            f"{share_class.currency}."
        )
    return interest[base_currency], interest[share_class.currency]


@dataclass(frozen=True)
class _Path:
    """What moves a class: T days from its start, V variants."""

    own: Floats  # (T, V) what 100 in the fund became, in the class's currency, before charge, fee and hedge
    days: Floats  # (T,) calendar days since the start
    fx: Floats  # (T,) base currency for one unit of the class's
    gain: Floats  # (T,) of a forward sale of one unit of base currency, in the class's
    pays: Bools  # (T,) an owed performance fee is paid at that close
    stops: Bools  # (T,) and those at which the hedge is rolled


def _grown(path: _Path, ongoing_charge: float, rate: float) -> tuple[Floats, Floats, Floats]:
    """Gross value, fee owed before it is paid, and the hedge's gain, (T, V) each.

    One step for each stretch between two stops, inside which mark and notional stand still: with Q the growth of fund
    and charge since its first day, gross = Q x (gross at first + sum of gains / Q at which they were reinvested).
    """
    gross, owed, hedge = (np.zeros_like(path.own) for _ in range(3))
    gross[0] = path.own[0]
    mark = np.full(path.own.shape[1:], START_VALUE)
    owed[0] = rate * np.maximum(gross[0] - mark, 0.0)
    held, due = gross[0], owed[0]
    for first, last in pairwise(np.union1d([0, len(path.own) - 1], np.flatnonzero(path.stops)).tolist()):
        span = slice(first + 1, last + 1)
        growth = _ratio(path.own[span], path.own[first])
        kept = _kept(path.days[first : last + 1] - path.days[first], ongoing_charge)[:, None]
        gross[span] = growth * kept[1:] * held
        if path.gain[span].any():
            hedge[span] = path.gain[span, None] * ((held - due) * path.fx[first])
            # A gain bears its own day's charge, so that only the days before it are taken out again.
            gross[span] += growth * kept[1:] * np.cumsum(_ratio(hedge[span], growth * kept[:-1]), axis=0)
        owed[span] = rate * np.maximum(gross[span] - mark, 0.0)
        held, due = gross[last], owed[last]
        if path.pays[last]:
            held, due = held - due, np.zeros_like(due)
            mark = np.maximum(mark, held)
    return gross, owed, hedge


def _gain(share_class: ShareClass, dates: Dates, fx: Floats, interest: tuple[Floats, Floats] | None) -> Floats:
    """(T,) gain of a forward sale of one unit of base currency, day by day, in the class's currency; 0 on the first."""
    where = f"[[share_class]] {share_class.name}, hedged"
    if (fx == 1.0).all():
        raise MandateError(
            f"{where}: the exchange rate is 1 on every day, so that there is nothing to hedge. "
            "Leave hedged out, or give the class another currency."
        )
    both = f"Give [data] currency_rates of both the base currency and {share_class.currency}"
    if interest is None:
        raise DataError(f"{where}: no interest rates. {both}.")
    carry = interest[1][:-1] - interest[0][:-1]
    if np.isnan(carry).any():
        raise DataError(
            f"{where}: no interest rate on {dates[:-1][np.isnan(carry)][0]}. {both}, from the first day on."
        )
    spot = 1.0 / fx
    gain = np.zeros(len(dates))
    gain[1:] = spot[:-1] * (1.0 + carry * np.diff(_days(dates)) / RATE_DAYS_PER_YEAR) - spot[1:]
    return gain


def _require_worth(value: Floats, dates: Dates, share_class: ShareClass) -> None:
    """A gain has nothing to be reinvested in once the fund is worth nothing."""
    gone = (value <= 0.0).any(axis=1)
    if gone.any():
        raise DataError(
            f"[[share_class]] {share_class.name}, hedged: the fund is worth nothing on {dates[gone][0]}, and there is "
            "nothing left to hedge. Leave hedged out, or end [data] before that day."
        )


def _period_ends(dates: Dates, period: str) -> Bools:
    """(T,) True on the last trading day of each period; never on the last date, whose successor is not known."""
    number: Ints = dates.astype("datetime64[M]").astype(np.int64) // MONTHS[period]
    return np.append(number[1:] != number[:-1], False)


def _days(dates: Dates) -> Floats:
    """(T,) calendar days since the first date."""
    days: Floats = (dates - dates[0]).astype("timedelta64[D]").astype(np.float64)
    return days


def _kept(days: Floats, ongoing_charge: float) -> Floats:
    """The share that the ongoing charge leaves after so many calendar days."""
    kept: Floats = (1.0 - ongoing_charge) ** (days / DAYS_PER_YEAR)
    return kept


def _ratio(after: Floats, before: Floats) -> Floats:
    """after / before, and 0 where there was nothing: what is worth nothing stays so."""
    after, before = np.broadcast_arrays(after, before)
    return np.divide(after, before, out=np.zeros(after.shape), where=before != 0.0)
