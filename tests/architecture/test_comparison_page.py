"""docs/strategies-compared.md is what the command writes, says what it is worth, and its figures come out by another
path too."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from backtest.analysis import compared
from backtest.analysis.compared import INDEX, NOTHING, compare_strategies, page_of
from backtest.artifacts import examples_folder
from backtest.cli import app
from backtest.errors import DataError, StrategyError
from backtest.mandate import StrategyChoice, load_mandate
from backtest.market.prices import build_panel
from backtest.market.sources import read_market
from backtest.simulate import simulate
from backtest.strategy import available, load_strategy
from backtest.terms import Constraints, Costs, Schedule

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "strategies-compared.md"


@pytest.fixture(scope="module")
def comparison():
    return compare_strategies()


@pytest.fixture(scope="module")
def market():
    loaded = load_mandate(examples_folder() / "demo.toml")
    return build_panel(read_market(loaded), loaded.mandate)


def figures(comparison, table):
    """label -> values of the row, None where there is no figure."""
    found = next(t for t in comparison.report.tables if t.id == table)
    return {row.label: [f.value if f else None for f in row.figures] for row in found.rows}


def test_the_page_is_what_the_command_writes(comparison):
    assert PAGE.read_text(encoding="utf-8") == page_of(comparison), (
        "written anew by: jevons strategies compare --into docs/strategies-compared.md"
    )


def test_the_command_writes_the_page_prints_the_tables_and_gives_json(tmp_path, comparison, monkeypatch):
    monkeypatch.setattr("backtest.analysis.compare_strategies", lambda mandate, tell: comparison)
    done = CliRunner().invoke(app, ["strategies", "compare", "--into", str(tmp_path / "page.md")])
    assert done.exit_code == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    assert "no forecast" in done.output
    assert max(map(len, done.output.splitlines())) <= 100
    told = json.loads(CliRunner().invoke(app, ["strategies", "compare", "--format", "json"]).output)
    assert told == comparison.to_dict()
    nowhere = CliRunner().invoke(app, ["strategies", "compare", "--into", str(tmp_path / "no" / "page.md")])
    assert "cannot be written" in str(nowhere.exception)


def test_every_strategy_that_ships_has_a_row_beside_doing_nothing_and_the_index(comparison):
    for table in ("whole", "halves"):
        assert set(figures(comparison, table)) == {*available(), INDEX}
    assert comparison.refused == {}
    assert comparison.strategies == len(available()) - 1


def test_the_page_says_in_plain_words_what_the_ranking_is_worth(comparison):
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for words in (
        "The ranking is a backtest", "no forecast", "companies and prices are invented", "No money was managed",
        f"{comparison.strategies} strategies were tried", f"{comparison.moved} of {len(available())} ranks differ",
        f"{comparison.ahead} of {comparison.strategies} strategies have a higher Sharpe ratio than doing nothing",
    ):  # fmt: skip
        assert words in text, words
    assert not re.search(r"\b(best strategy|wins|winner|outperform\w*|will|proves?)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", ["cut_capex", "inverse_volatility", NOTHING])
def test_rows_come_out_of_the_nav_by_pandas_too(comparison, market, name):
    strategy = load_strategy(StrategyChoice(name=name), ROOT)
    costs = Costs(commission_bps=3, half_spread_bps=5, delisting_haircut=0.10, capital=250_000_000)
    result = simulate(market, strategy, Schedule(), Constraints(), costs)
    nav = pd.Series(result.nav[:, 0], pd.DatetimeIndex(result.dates))
    days = (nav.index[-1] - nav.index[0]).days
    monthly = nav.groupby(nav.index.to_period("M")).last()
    row = figures(comparison, "whole")[name]
    assert row[0] == pytest.approx((nav.iloc[-1] / 250e6) ** (365.25 / days) - 1.0, rel=1e-9)
    assert row[1] == pytest.approx(nav.pct_change().std() * np.sqrt(252.0), rel=1e-9)
    assert row[2] == pytest.approx((nav / nav.cummax().clip(lower=250e6) - 1.0).min(), rel=1e-9)
    assert row[3] == pytest.approx((monthly / monthly.shift(12) - 1.0).min(), rel=1e-9)
    traded = result.turnover[1:, 0].sum() / (days / 365.25)
    assert row[6] == pytest.approx(traded, rel=0.01)
    middle = np.datetime64("2020-11-30")
    second = nav[nav.index >= middle]
    years = (second.index[-1] - second.index[0]).days / 365.25
    halves = figures(comparison, "halves")[name]
    assert halves[3] == pytest.approx((second.iloc[-1] / second.iloc[0]) ** (1.0 / years) - 1.0, rel=1e-9)


def test_counts_and_ranks_are_those_of_the_tables(comparison):
    halves, whole = figures(comparison, "halves"), figures(comparison, "whole")
    for sharpe, rank in ((1, 2), (4, 5)):
        order = sorted((name for name in halves if name != INDEX), key=lambda name: -halves[name][sharpe])
        assert [halves[name][rank] for name in order] == list(range(1, len(order) + 1))
    assert comparison.moved == sum(row[2] != row[5] for name, row in halves.items() if name != INDEX)
    rivals = [row[4] for name, row in whole.items() if name not in (NOTHING, INDEX)]
    assert comparison.ahead == sum(value > whole[NOTHING][4] for value in rivals)
    assert comparison.found.value == pytest.approx(max(rivals) - np.mean(rivals))


def test_a_strategy_that_cannot_run_is_listed_with_its_reason_and_the_others_go_on(monkeypatch):
    real = compared._simulated

    def simulated(name, *rest):
        if name == "capex_surprise":
            raise StrategyError("no figures here")
        return real(name, *rest)

    monkeypatch.setattr(compared, "_simulated", simulated)
    monkeypatch.setattr(compared, "available", lambda: ("capex_surprise", "cut_capex", "equal_weight", NOTHING))
    found = compare_strategies()
    assert found.refused == {"capex_surprise": "no figures here"}
    assert set(figures(found, "whole")) == {"cut_capex", "equal_weight", NOTHING, INDEX}
    assert "capex_surprise has no row: no figures here" in page_of(found)


def test_a_window_too_short_to_be_halved_is_one_sentence(tmp_path):
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "short.toml").write_text(text.replace("start = 2014-11-03", "start = 2024-01-02"), encoding="utf-8")
    with pytest.raises(DataError, match=r"strategies compare: \d+ trading days .* At least 1,008 are needed"):
        compare_strategies(tmp_path / "short.toml")
