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


def busy_trading(facts: Facts, *, turnover_above: float, participation_above: float) -> Trigger:
    """The rules trade often, or one order takes much of a day's trading in a name."""
    turnover, taken = value(facts, "trade.strategy.turnover"), value(facts, "trade.strategy.participation")
    if turnover is None:
        return unknown("trade.strategy.turnover", "the turnover")
    hits = [
        over(turnover > turnover_above, f"turnover {percent(turnover)} a year is above {percent(turnover_above, 0)}"),
        over(
            taken is not None and taken > participation_above,
            f"an order took {percent(taken or 0.0)} of a day's trading, above {percent(participation_above, 0)}",
        ),
    ]
    return any_of(hits, f"turnover {percent(turnover)} a year; the limit is {percent(turnover_above, 0)}")


def limits_not_kept(facts: Facts) -> Trigger:
    """A UCITS whose simulation did not keep the spread limits of a UCITS at every rebalance."""
    structure, breaches = value(facts, "fund.structure"), value(facts, "ucits.breaches")
    if structure is None or (structure == "ucits" and breaches is None):
        return unknown("ucits.breaches", "whether the limits of a UCITS were kept")
    if structure != "ucits":
        return Trigger(False, f"the structure is {structure}, which those limits do not bind")
    said = f"not kept at {breaches} of {value(facts, 'ucits.rebalances')} rebalances"
    return Trigger(breaches > 0, said if breaches else "kept at every rebalance")


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
    limits_not_kept,
    short_regime,
)
