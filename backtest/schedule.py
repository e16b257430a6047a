"""When a strategy is asked, when its answer is traded, and on which days money comes or goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backtest.errors import DataError
from backtest.market.align import Dates, Floats
from backtest.terms import Flow, Schedule

Ints = NDArray[np.int64]
Decide = Literal["week_end", "month_end", "quarter_end"]

PERIODS: dict[str, Callable[[Dates], Ints]] = {
    "week_end": lambda dates: (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7,  # 1970-01-01 was a Thursday
    "month_end": lambda dates: dates.astype("datetime64[M]").astype(np.int64),
    "quarter_end": lambda dates: dates.astype("datetime64[M]").astype(np.int64) // 3,
}


class Plan(NamedTuple):
    """The calendar of one run: indices into the panel's dates, ascending, none twice."""

    decisions: Ints  # (K,)
    trades: Ints  # (K,) decisions + lag


def trading_plan(dates: Dates, schedule: Schedule) -> Plan:
    """Decision days and their trade days: trade day = decision day + lag, dropped beyond the window.

    With `first_investment` the first trade falls on that day or the first trading day after it, and the calendar goes
    on with its decision days after that first decision. An event-driven schedule has its first decision only.
    `dates` (T,), datetime64[D], ascending. Raises DataError when nothing could ever be traded, when the window has no
    decision day for the first investment, or when a fixed decision date lies before the window.
    """
    if len(dates) == 0:
        raise DataError("the window holds no trading day. Widen [data] start and end.")
    first = None if schedule.first_investment is None else _first_decision(dates, schedule)
    calendar = _calendar(dates, schedule, first or 0)
    if first is not None:
        calendar = np.append(np.int64(first), calendar[calendar > first])
    decisions = calendar[calendar + schedule.lag < len(dates)]
    if len(decisions) == 0:
        raise DataError(
            f"the window {dates[0]} to {dates[-1]} ({len(dates)} trading days) has no decision date "
            f"({schedule.decide}) followed by a trade date {schedule.lag} trading day(s) later. "
            f"Widen [data] start and end{_OR_ELSE.get(schedule.decide, '')}."
        )
    return Plan(decisions, decisions + schedule.lag)


_OR_ELSE = dict.fromkeys(PERIODS, ", or decide more often in [schedule]") | {
    "dates": ", or give earlier dates in [schedule]"
}


def _calendar(dates: Dates, schedule: Schedule, first: int) -> Ints:
    """All decision days (K,) of the calendar inside the window. first: where counted calendars start."""
    match schedule.decide:
        case "event":
            return np.array([first], dtype=np.int64)
        case "every_n_days":
            return np.arange(first, len(dates), schedule.every_days, dtype=np.int64)
        case "dates":
            return _fixed_days(dates, schedule)
        case periodic:
            return decision_days(dates, periodic)


def decision_days(dates: Dates, decide: Decide) -> Ints:
    """Indices into `dates` (T,) of the last trading day of each week (Monday to Sunday), month or quarter.

    The last day of the window counts too, whether or not its period is over; with a lag of at least one day nothing
    can be traded on it, so no decision rests on knowing that the window ends.
    """
    period = PERIODS[decide](dates)
    return np.flatnonzero(np.append(period[1:] != period[:-1], True)).astype(np.int64)


def _fixed_days(dates: Dates, schedule: Schedule) -> Ints:
    """Each fixed date, or the trading day before it. Those after the window stand for its last day: nothing trades."""
    wanted = np.array(sorted(schedule.dates), dtype="datetime64[D]")
    days = np.searchsorted(dates, wanted, side="right") - 1
    if days[0] < 0:
        raise DataError(
            f"[schedule] dates: {wanted[0]} lies before the first trading day of the window, {dates[0]}. "
            "Give a later date, or an earlier [data] start."
        )
    return np.unique(days).astype(np.int64)


def _first_decision(dates: Dates, schedule: Schedule) -> int:
    """The decision day behind the first investment: `lag` trading days before its trade date."""
    wanted, lag = schedule.first_investment, schedule.lag
    trade = int(np.searchsorted(dates, np.datetime64(wanted, "D")))
    if trade == len(dates):
        raise DataError(
            f"[schedule] first_investment: {wanted} lies after the last trading day of the window, {dates[-1]}. "
            "Give an earlier date, or a later [data] end."
        )
    if trade < lag:
        raise DataError(
            f"[schedule] first_investment: {wanted} needs a decision {lag} trading day(s) before it, "
            f"and the window begins on {dates[0]}. Give a later date, or an earlier [data] start."
        )
    return trade - lag


def flow_days(dates: Dates, flows: tuple[Flow, ...], first_trade: int) -> Floats:
    """Money (T,) that comes (+) or goes (-) at each close, base currency; flows of one trading day are summed.

    A flow falls on its date, or on the first trading day after it. first_trade: index of the first trade date.
    Raises DataError for a flow on or before the first trade date, or after the window.
    """
    money = np.zeros(len(dates), dtype=np.float64)
    days = np.searchsorted(dates, np.array([flow.date for flow in flows], dtype="datetime64[D]"))
    for flow, day in zip(flows, days.tolist(), strict=True):
        if day >= len(dates):
            raise DataError(
                f"[[flow]] {flow.date}: lies after the last trading day of the window, {dates[-1]}. "
                "Leave it out, or give a later [data] end."
            )
        if day <= first_trade:
            raise DataError(
                f"[[flow]] {flow.date}: falls on or before the first trade date, {dates[first_trade]}. "
                "Give a later date; what the run starts with is [costs] capital."
            )
        money[day] += flow.amount
    return money
