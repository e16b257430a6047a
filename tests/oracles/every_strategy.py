"""What it takes to ask any shipped strategy on a random market: published figures, and parts for one that composes.

Loaded by path: tests are no package.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from backtest.mandate import StrategyChoice
from backtest.market.fundamentals import Fundamentals
from backtest.market.prices import Panel
from backtest.strategy import Strategy, available, describe_all, load_strategy

FIELDS = (
    "sales", "operating_margin", "capex", "capex_guidance", "capex_expected", "ev_to_sales", "forward_earnings_yield",
    "revenue_per_employee",
)  # fmt: skip
PARTS = (
    {"name": "cut_capex", "share": 0.5, "months": 3},
    {"name": "buy_the_turmoil", "share": 0.3, "fall": 0.05},
    {"name": "equal_weight", "share": 0.1},
)
COMPOSING = tuple(row["name"] for row in describe_all() if row["composes"])
NAMES = available()


def shipped(name: str, **parameters: object) -> Strategy:
    """A shipped strategy with some parameters; one that composes is given PARTS."""
    parts = {"parts": [dict(part) for part in PARTS]} if name in COMPOSING else {}
    return load_strategy(StrategyChoice(name=name, **parts, **parameters), Path())


def with_figures(panel: Panel, seed: int, quarters: int = 12, missing: float = 0.15) -> Panel:
    """The panel with quarterly figures: most known before the window, some missing, late or restated."""
    rng = np.random.Generator(np.random.PCG64(seed + 5))
    days, names = panel.prices.shape
    last = panel.dates[-1].astype("datetime64[M]").astype(int) // 3 * 3
    ends = (last - 3 * np.arange(quarters)[::-1]).astype("datetime64[M]").astype("datetime64[D]") - 1
    rows = []
    for field, what in enumerate(FIELDS):
        level = 0.05 if what.endswith("yield") else 5.0
        for asset in range(names):
            for k, end in enumerate(ends):
                if rng.random() < missing:
                    continue
                known = int(np.searchsorted(panel.dates, end + rng.integers(20, 60))) if end > panel.dates[0] else 0
                value = level * rng.uniform(0.5, 1.5) * (1 + k / quarters)
                rows.append((known, end, field, asset, value))
                if rng.random() < 0.1:
                    rows.append((min(known + int(rng.integers(1, 40)), days), end, field, asset, value * 1.2))
    rows.sort(key=lambda row: (row[0], row[1], row[2], row[3]))
    known, period, field, asset, value = zip(*rows, strict=True)
    figures = Fundamentals(
        fields=FIELDS,
        field=np.array(field, dtype=np.int64),
        asset=np.array(asset, dtype=np.int64),
        period=np.array(period, dtype="datetime64[D]"),
        known=np.array(known, dtype=np.int64),
        value=np.array(value),
    )
    for array in (figures.field, figures.asset, figures.period, figures.known, figures.value):
        array.flags.writeable = False
    return replace(panel, fundamentals=figures)
