"""One run at proportional costs, every contender on the same prices, trade dates, weights and costs."""

from __future__ import annotations

from backtest.result import Result
from backtest.simulate import simulate
from backtest.terms import Constraints
from benchmarks import peers
from benchmarks.market import MONTHLY, NO_LIMITS, PROPORTIONAL, Sizes, cut_capex, from_table, plain_market, wishes
from benchmarks.timing import HEAD, Contender, Table, in_milliseconds, race, verdict

CAPS = Constraints(max_name=0.02, max_theme={"capex": 0.25})
NOTE = """\
{names} names, {days:,} days, month-end decisions traded a day later, 10 basis points a side. Every contender is
given the same table of target weights, except where its row says otherwise. Ours yields a whole Result: orders
with their costs, holdings, turnover, what bound, and the daily NAV. vectorbt sizes each order by what the
portfolio is worth before its cost, and the last ones by the cash left; bt and we solve the cost with the trade.
skfolio returns a daily series for a rule of its own: it charges nothing, holds its weights constant through
each month, which is daily rebalancing for free, and keeps no cash, orders or units."""


def last_nav(result: Result) -> float:
    return float(result.nav[-1, 0])


def table(sizes: Sizes, numba: bool) -> Table:
    """numba: whether vectorbt's other engine takes part; it compiles for a quarter of a minute first."""
    panel = plain_market(sizes.names, sizes.days)
    given, cut = from_table(panel, panel.benchmark_weights), cut_capex(1)
    days, wish = wishes(panel, given, MONTHLY)
    contenders = [
        Contender("jevons", lambda: simulate(panel, given, MONTHLY, NO_LIMITS, PROPORTIONAL), last_nav),
        Contender("jevons, `cut_capex`", lambda: simulate(panel, cut, MONTHLY, NO_LIMITS, PROPORTIONAL)),
        Contender("jevons, `cut_capex`, caps that bind", lambda: simulate(panel, cut, MONTHLY, CAPS, PROPORTIONAL)),
        *peers.vectorbt(panel, days, wish),
        *(peers.vectorbt(panel, days, wish, "numba") if numba else []),
        peers.bt(panel, days, wish[:, 0]),
        peers.skfolio(panel),
        peers.floor(panel, 1),
    ]
    timed = race(contenders, sizes.rounds)
    ours, bt = timed[0], peers.seconds_of(timed, "bt, fractions")
    orders, nav = (peers.seconds_of(timed, "Rust", what) for what in ("orders only", "its NAV"))
    return Table(
        title="One simulation, against peers",
        note=NOTE.format(names=sizes.names, days=sizes.days),
        head=HEAD,
        rows=in_milliseconds(timed, ours),
        verdicts=(
            verdict("faster than vectorbt's Rust engine with its NAV", nav / ours.seconds, 150),
            verdict("faster than vectorbt's Rust engine, orders only", orders / ours.seconds, 150),
            verdict("faster than bt", bt / ours.seconds, 1500),
        ),
    )
