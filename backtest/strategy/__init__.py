"""Finds a strategy by name or path, reads its parameters from its signature and docstring, and asks it safely.

A strategy is one file with a function `target_weights(history, *, parameter=default)`. Nothing is registered: the
file's name is the strategy's name. parameters.py says how ranges are written, parts.py how strategies compose.
"""

from backtest.strategy.ask import Strategy, asked, checked_wish
from backtest.strategy.load import available, describe_all, load_strategy, strategies_folder, varied
from backtest.strategy.parameters import Parameter, read_parameters, settle_parameters

__all__ = [
    "Parameter", "Strategy", "asked", "available", "checked_wish", "describe_all", "load_strategy", "read_parameters",
    "settle_parameters", "strategies_folder", "varied",
]  # fmt: skip
