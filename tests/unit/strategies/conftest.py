"""A market whose figures can be worked out in the head, for the unit tests of the strategies."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.market.fundamentals import Fundamentals
from backtest.market.history import History

ORACLES = Path(__file__).parents[2] / "oracles"


@pytest.fixture(scope="session")
def markets() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))


@pytest.fixture(scope="session")
def shipped():
    return SimpleNamespace(**runpy.run_path(str(ORACLES / "every_strategy.py"))).shipped


@pytest.fixture(scope="session")
def figures():
    """Panel and {field: {asset: [(period, known day, value), ...]}} -> the panel with these figures published."""

    def with_figures(panel, given):
        rows = sorted(
            (known, np.datetime64(period, "D"), field, asset, value)
            for field, names in enumerate(given.values())
            for asset, figures in names.items()
            for period, known, value in figures
        )
        known, period, field, asset, value = zip(*rows, strict=True) if rows else ((),) * 5
        return replace(
            panel,
            fundamentals=Fundamentals(
                fields=tuple(given),
                field=np.array(field, dtype=np.int64),
                asset=np.array(asset, dtype=np.int64),
                period=np.array(period, dtype="datetime64[D]"),
                known=np.array(known, dtype=np.int64),
                value=np.array(value, dtype=np.float64),
            ),
        )

    return with_figures


@pytest.fixture(scope="session")
def history_of():
    def made(panel, day, start=0, variants=1):
        return History(panel, day, np.zeros((variants, len(panel.assets))), start)

    return made
