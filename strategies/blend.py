"""Follow several strategies at once, each with a share of the portfolio.

Idea: ideas that fail at different times are held together; the mix is one portfolio, so their trades offset.
Source: Markowitz, Portfolio Selection, Journal of Finance 7(1), 1952, applied to strategies instead of securities.
Must fail when: its parts fail at the same time, which is likeliest when all of them cut the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backtest.market.history import History


def target_weights(
    history: History, *, parts: Sequence[Callable[[History], NDArray[np.float64]]], shares: Sequence[float]
) -> NDArray[np.float64]:
    """Weights (V, N): the parts' weights, each times its share; what the shares leave of one is cash.

    parts and shares come from the tables [[strategy.parts]] of the mandate. An event of any part is one of the blend:
    then every part is asked anew.
    """
    wish = np.zeros((1, len(history.names)))
    for part, share in zip(parts, shares, strict=True):
        wish = wish + share * part(history)
    return wish
