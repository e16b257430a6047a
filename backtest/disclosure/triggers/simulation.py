"""Which limits does the simulation have?"""

from __future__ import annotations

from datetime import date

from backtest.disclosure.triggers.known import Trigger, any_of, dated, flag, over, percent, unknown, value
from backtest.facts import Facts

DAYS_PER_YEAR = 365.25


def survivors_only(facts: Facts) -> Trigger:
    found = flag(facts, "data.survivors_only", "the universe holds survivors only", "delisted companies are included")
    return Trigger(found.applies, found.reason, lead=True)


def labelled_with_hindsight(facts: Facts) -> Trigger:
    """Theme labels given after the simulation starts know part of what followed."""
    assigned, start = value(facts, "data.themes_assigned"), value(facts, "sim.start")
    if assigned is None or start is None:
        return unknown("data.themes_assigned", "when companies were labelled")
    return Trigger(assigned > start, f"labels of {dated(assigned)}, simulation from {dated(start)}", lead=True)


def several_trials(facts: Facts, *, trials_above: int) -> Trigger:
    trials = value(facts, "sim.trials")
    if trials is None:
        return unknown("sim.trials", "how many variants were tried")
    return Trigger(trials > trials_above, f"{trials} variants were tried")


def busy_trading(facts: Facts, *, turnover_above: float) -> Trigger:
    turnover = value(facts, "trade.strategy.turnover")
    if turnover is None:
        return unknown("trade.strategy.turnover", "the turnover")
    reason = f"turnover {percent(turnover)} a year; the limit is {percent(turnover_above, 0)}"
    return Trigger(turnover > turnover_above, reason)


def short_regime(facts: Facts, *, years_below: float, regime_from: date, regime_share_above: float) -> Trigger:
    start, end = value(facts, "sim.start"), value(facts, "sim.end")
    if start is None or end is None:
        return unknown("sim.start", "the period simulated")
    years = (end - start).days / DAYS_PER_YEAR
    share = max(0, (end - max(start, regime_from)).days) / max(1, (end - start).days)
    since = f"{percent(share, 0)} of it since {dated(regime_from)}"
    hits = [
        over(years < years_below, f"{years:.1f} years simulated, below {years_below:g}"),
        over(share > regime_share_above, f"{since}, above {percent(regime_share_above, 0)}"),
    ]
    return any_of(hits, f"{years:.1f} years simulated, {since}")


PREDICATES = (
    survivors_only,
    labelled_with_hindsight,
    several_trials,
    busy_trading,
    short_regime,
)
