"""A benchmark may be one column of a wide file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backtest.errors import DataError
from backtest.mandate import LoadedMandate, parse_mandate
from backtest.market.sources import read_market

DEMO = Path(__file__).parents[3] / "examples" / "demo.toml"


def loaded(folder: Path, column: str) -> LoadedMandate:
    """A mandate over two names and a wide file of levels, written into `folder`."""
    (folder / "closes.csv").write_text("date,AA,BB\n2024-01-02,10,20\n2024-01-03,11,19\n")
    (folder / "universe.csv").write_text(
        "ticker,name,sector,theme,country,currency\nAA,A,Energy,other,GB,GBP\nBB,B,Energy,other,GB,GBP\n"
    )
    (folder / "levels.csv").write_text("date,SPY,AGG\n2024-01-02,100,50\n2024-01-03,101,49\n")
    table = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    files = {"closes": "closes.csv", "universe": "universe.csv", "benchmark": "levels.csv"}
    table["data"] = {**files, "source": "files", "vendor": "V", "benchmark_column": column}
    return LoadedMandate(mandate=parse_mandate(table, "m"), path=folder / "mandate.toml", text="")


def test_the_named_column_is_read(tmp_path):
    assert read_market(loaded(tmp_path, "AGG")).benchmark.tolist() == [50.0, 49.0]


def test_a_column_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"levels\.csv: \[data\] benchmark needs one column qqq"):
        read_market(loaded(tmp_path, "QQQ"))
