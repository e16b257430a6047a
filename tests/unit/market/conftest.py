"""A small market on disk, three names and six weeks, that each test may spoil in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtest.mandate import LoadedMandate, Mandate, parse_mandate
from backtest.market.prices import Panel, build_panel
from backtest.market.raw import RawMarket
from backtest.market.sources import read_market


def weekdays(first: str, count: int) -> list[str]:
    days = np.arange(np.datetime64(first), np.datetime64(first) + 2 * count + 5)
    return [str(day) for day in days[np.is_busday(days)][:count]]


def table(data: dict[str, Any], base: str = "USD", accept: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    """The least a mandate needs around its [data]."""
    return {
        "fund": {"name": "F", "firm": "G", "subject": "fund", "objective": "grow", "base_currency": base},
        "data": data,
        "strategy": {"name": "hold_benchmark"},
        "share_class": [{"name": "A", "currency": base, "ongoing_charge": 0.01}],
        "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
        "accept": list(accept),
    }


@dataclass
class Files:
    """Files of a market in a folder. `rows` maps a file's name to its lines; change them, then read."""

    folder: Path
    rows: dict[str, list[str]]
    data: dict[str, Any] = field(default_factory=dict)
    base: str = "USD"
    accept: tuple[dict[str, str], ...] = ()

    def write(self, name: str, content: bytes) -> None:
        """Replace a file by raw bytes."""
        self.rows.pop(name, None)
        (self.folder / name).write_bytes(content)

    def edit(self, name: str, line: int, text: str) -> None:
        """Replace one line; line 1 is the header."""
        self.rows[name][line - 1] = text

    def mandate(self) -> Mandate:
        return parse_mandate(table(self.data, self.base, self.accept), "mandate.toml")

    def loaded(self) -> LoadedMandate:
        for name, lines in self.rows.items():
            (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return LoadedMandate(mandate=self.mandate(), path=self.folder / "mandate.toml", text="")

    def read(self) -> RawMarket:
        return read_market(self.loaded())

    def panel(self) -> Panel:
        return build_panel(self.read(), self.mandate())


DAYS = weekdays("2024-01-02", 30)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Three US names at 10, 20 and 40 that do not move, a benchmark at 100, cash at 4 % a year, all in USD."""
    universe = [
        "ticker,name,sector,theme,country,currency",
        "AA,Alpha,Utilities,capex,US,USD",
        "BB,Beta,Energy,adopter,US,USD",
        "CC,Gamma,Energy,other,US,USD",
    ]
    rows = {
        "closes.csv": ["date,AA,BB,CC", *(f"{day},10,20,40" for day in DAYS)],
        "volumes.csv": ["date,AA,BB,CC", *(f"{day},100,100,100" for day in DAYS)],
        "shares.csv": ["date,AA,BB,CC", f"{DAYS[0]},1000,1000,500"],
        "universe.csv": universe,
        "dividends.csv": ["date,ticker,dividend"],
        "splits.csv": ["date,ticker,ratio"],
        "benchmark.csv": ["Date,Close", *(f"{day},100" for day in DAYS)],
        "cash.csv": ["date,rate", f"{DAYS[0]},0.04"],
    }
    data = {
        "closes": "closes.csv",
        "volumes": "volumes.csv",
        "shares": "shares.csv",
        "universe": "universe.csv",
        "dividends": "dividends.csv",
        "splits": "splits.csv",
        "benchmark": "benchmark.csv",
        "cash_rate": "cash.csv",
        "vendor": "tests",
        "withholding_tax": {"default": 0.0},
    }
    return Files(tmp_path, rows, data)


@pytest.fixture
def sample_mandate() -> Callable[..., Mandate]:
    """A mandate on the sample market: base currency and [data] keys as given."""

    def build(base: str = "GBP", **data: Any) -> Mandate:
        return parse_mandate(table({"source": "sample", **data}, base), "mandate.toml")

    return build
