"""Any skfolio estimator as a weighting scheme inside a strategy file. The only importer of skfolio, an extra.

from backtest.estimators import weights_of

def target_weights(history, *, window: int = 252):
    return weights_of(HierarchicalRiskParity(), history, window)
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pandas as pd

from backtest.errors import StrategyError
from backtest.market.history import History
from backtest.market.prices import Floats

ROUNDING = 1e-8
"""A solver's zero: a weight this little below zero is none."""


def weights_of(estimator: Any, history: History, window: int = 252) -> Floats:
    """(N,) weights of a portfolio estimator fitted to the last `window` daily returns, fractions of the portfolio.

    estimator: anything of skfolio's with fit(X) and weights_; it is cloned, so it keeps nothing from call to call.
    window: trading days, at least 2. Only members with a price on each day of the window are given to it; the others
    have weight zero. One answer for all variants: for a column of settings call it once for each.

    Raises StrategyError when skfolio is not installed, the past is shorter than the window, no member has prices
    throughout, or the fit fails. Weights below zero are handed on, and the engine refuses them.
    """
    if importlib.util.find_spec("skfolio") is None:
        raise StrategyError("weights_of: skfolio is not installed. Install the extra: pip install 'jevons[skfolio]'.")
    returns, held = _returns(history, int(window))
    weights = np.zeros(len(history.names))
    found = _fitted(estimator, returns, history)
    found = np.where((found < 0.0) & (found > -ROUNDING), 0.0, found)
    total = float(found.sum())
    weights[held] = found / total if 1.0 < total < 1.0 + ROUNDING else found
    return weights


def _returns(history: History, window: int) -> tuple[pd.DataFrame, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Daily returns of the names with a price throughout, dates down; and the mask (N,) of these names."""
    dates, prices = history.dates, history.prices
    if window < 2 or len(dates) <= window:
        raise StrategyError(
            f"weights_of, {dates[-1]}: {len(dates) - 1} daily returns are known, and the window is {window}; at least "
            "2 are needed. Take a shorter window, or a later [schedule] first_investment."
        )
    recent = prices[-window - 1 :]
    held = history.members & np.all(recent > 0.0, axis=0)
    if not held.any():
        raise StrategyError(f"weights_of, {dates[-1]}: no member has a price on each of the last {window + 1} days.")
    levels = recent[:, held]
    names = [name for name, kept in zip(history.names, held, strict=True) if kept]
    index = pd.DatetimeIndex(dates[-window:].astype("datetime64[s]"))
    return pd.DataFrame(levels[1:] / levels[:-1] - 1.0, index=index, columns=names), held


def _fitted(estimator: Any, returns: pd.DataFrame, history: History) -> Floats:
    """(n,) the weights of a clone of the estimator, fitted."""
    from sklearn.base import clone

    name = type(estimator).__name__
    try:
        weights = np.asarray(clone(estimator).fit(returns).weights_, dtype=np.float64)
    except Exception as error:  # whatever an optimiser may raise is the strategy's to mend
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise StrategyError(
            f"weights_of, {history.dates[-1]}: {name} could not be fitted to {returns.shape[1]} names and "
            f"{len(returns)} days: {reason or type(error).__name__}. Change its settings or the window."
        ) from error
    if weights.shape != (returns.shape[1],):
        raise StrategyError(
            f"weights_of, {history.dates[-1]}: {name} gave weights of shape {weights.shape}, not one for each of "
            f"{returns.shape[1]} names. Give a portfolio estimator."
        )
    return weights
