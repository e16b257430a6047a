"""Scenarios: what a portfolio would have done in an episode of the past, or would do if something were so.

For the manager's own report, never on a sheet that shows simulated performance: the rule SCN-01 holds that. Every
figure here is hypothetical. It is born with `basis` "hypothetical", which is no basis of a sheet's fact.

    question                                    function               answer
    the holdings through a dated episode        replay, replay_all     Replay: paths, drawdown, parts
    a theme, sector or name moves by x          shocked, shock         Shock: effect of each name, parts
    margins fall by d at a constant multiple    margin_compression     MarginCompression: one row for each d
    AI gets cheaper by a, elasticity e          jevons_grid            JevonsGrid: (a, e), and where it breaks even

Arrays in, numbers out. `weights` are (N,) fractions of NAV; what they lack to one is cash, which no shock moves.
`assets`, `themes` and `sectors` are N labels in the same order. An effect is a fraction of a name's own value (-0.2: it
loses a fifth); a contribution is weight x effect, a fraction of NAV, and the parts sum to the total. What cannot be
known is NaN, stands in `left_out` with its weight and the reason, and `assumptions` says how it was counted.
Bad input raises ValueError with one sentence for a person.
"""

from backtest.metrics.scenario.jevons import JevonsGrid, jevons_grid, spend_scale
from backtest.metrics.scenario.margins import MarginCompression, margin_compression
from backtest.metrics.scenario.parts import BASIS, NOTICE, LeftOut, group_sums
from backtest.metrics.scenario.replay import EPISODES, Episode, Replay, replay, replay_all
from backtest.metrics.scenario.shocks import Shock, ShockedBasket, betas_to, shock, shocked

__all__ = [
    "BASIS",
    "EPISODES",
    "NOTICE",
    "Episode",
    "JevonsGrid",
    "LeftOut",
    "MarginCompression",
    "Replay",
    "Shock",
    "ShockedBasket",
    "betas_to",
    "group_sums",
    "jevons_grid",
    "margin_compression",
    "replay",
    "replay_all",
    "shock",
    "shocked",
    "spend_scale",
]
