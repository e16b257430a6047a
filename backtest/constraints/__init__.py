"""Constraints in, feasible targets out: the nearest weights to a wish that keep every constraint. Pure functions.

lay_out() once for a mandate and a panel, check_room() before the simulation, feasible() at each decision.
"""

from backtest.constraints.limits import MAX_ADV_SHARE, MEMBERSHIP, UNTRADED, Limits, lay_out
from backtest.constraints.room import check_room
from backtest.constraints.target import Target, feasible

__all__ = ["MAX_ADV_SHARE", "MEMBERSHIP", "UNTRADED", "Limits", "Target", "check_room", "feasible", "lay_out"]
