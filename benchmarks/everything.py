"""One run with every constraint and every cost switched on, against vectorbt, which has none of them."""

from __future__ import annotations

import numpy as np

from backtest.costs import COMPONENTS
from backtest.result import Result
from backtest.simulate import simulate
from backtest.terms import Constraints, Costs
from benchmarks import peers
from benchmarks.market import CAPITAL, MONTHLY, Sizes, from_table, restless_wish, rich_market, wishes
from benchmarks.timing import HEAD, Contender, Table, in_milliseconds, number, race, verdict

ALL_COSTS = Costs(
    commission_bps=2.0,
    commission_fixed=1.0,
    commission_minimum=5.0,
    half_spread_bps=5.0,
    taxes="by_country",
    impact=True,
    impact_coefficient=0.5,
    fx_bps=2.0,
    custody_bps=4.0,
    delisting_haircut=0.3,
    capital=CAPITAL,
)
ALL_LIMITS = Constraints(
    fully_invested=True,
    min_cash=0.005,
    max_name=0.08,
    min_name=0.0001,
    max_theme={"capex": 0.30},
    min_theme={"adopter": 0.32},
    max_sector={"Technology": 0.09, "Energy": 0.10},
    min_sector={"Health": 0.09},
    max_country={"US": 0.48},
    min_country={"DE": 0.09},
    max_currency={"EUR": 0.32},
    min_currency={"GBP": 0.09},
    max_issuer=0.085,
    max_issuer_group=0.12,
    ucits_5_10_40=True,
    max_turnover=0.15,
    min_trade=0.0003,
    no_trade_band=0.0002,
    max_adv_share=0.05,
    whole_shares=True,
)
UNHURRIED = ALL_LIMITS.model_copy(update={"max_adv_share": None})
NOTE = """\
{names} names, {days:,} days, month-end decisions. Ours keeps every constraint that a mandate can set (of the
two UCITS rules 5/10/40) and pays every cost: commission with a minimum, a table of half-spreads, transaction
taxes by country, market impact, currency, custody. The limit on volume makes it trade on many more days than
the month ends; the second row is without it. vectorbt is given the wish as it is, at a flat 10 basis points a
side. Costs in this run, in basis points of the starting capital: {costs}."""
BOUND_NOTE = """\
Of the {moments} days on which something was traded, {rebalances} are rebalances; on the others the limit on
volume lets orders go on that it had cut off."""


def tables(sizes: Sizes) -> tuple[Table, Table]:
    """The times, and how often each constraint bound."""
    panel = rich_market(sizes.names, sizes.days)
    given = from_table(panel, restless_wish(panel))
    days, wish = wishes(panel, given, MONTHLY)
    contenders = [
        Contender("jevons, everything on", lambda: simulate(panel, given, MONTHLY, ALL_LIMITS, ALL_COSTS)),
        Contender("jevons, no limit on volume", lambda: simulate(panel, given, MONTHLY, UNHURRIED, ALL_COSTS)),
        *peers.vectorbt(panel, days, wish, what=", none of it"),
        peers.floor(panel, 1),
    ]
    timed = race(contenders, sizes.rounds)
    ours, nav = timed[0], peers.seconds_of(timed, "Rust", "its NAV")
    result = simulate(panel, given, MONTHLY, ALL_LIMITS, ALL_COSTS)
    times = Table(
        title="One simulation with everything switched on",
        note=NOTE.format(names=sizes.names, days=sizes.days, costs=_costs(result)),
        head=HEAD,
        rows=in_milliseconds(timed, ours),
        verdicts=(verdict("faster than vectorbt's Rust engine with its NAV", nav / ours.seconds, 20),),
    )
    return times, _bound(result)


def _costs(result: Result) -> str:
    """'commission 12, spread 34, ...', custody last."""
    paid = dict(zip(COMPONENTS, result.costs.sum(axis=(0, 1)), strict=True)) | {"custody": result.charges.sum()}
    return ", ".join(f"{name} {number(money / result.capital * 1e4)}" for name, money in paid.items())


def _bound(result: Result) -> Table:
    """On how many rebalances, and on how many other days, each constraint bound."""
    rebalances = np.array([reason == "rebalance" for reason in result.reasons])
    bound = result.binding[:, 0]
    rows = [
        (f"`{name}`", f"{bound[rebalances, c].sum()}", f"{bound[~rebalances, c].sum()}")
        for c, name in enumerate(result.constraints)
    ]
    return Table(
        title="How often each constraint bound",
        note=BOUND_NOTE.format(moments=len(rebalances), rebalances=rebalances.sum()),
        head=("", "rebalances", "other days"),
        rows=tuple(rows),
    )
