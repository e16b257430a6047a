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
from backtest.market.quality import DataFinding
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
    assert comparison.standing.strategies == len(available()) - 1


def test_the_page_says_in_plain_words_what_the_ranking_is_worth(comparison):
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for words in (
        "The ranking is a backtest", "no forecast", "companies and prices are invented", "No money was managed",
        f"{len(available()) - 1} strategies were tried",
        f"{comparison.standing.moved} of {len(available())} ranks differ",
        "A higher Sharpe ratio than doing nothing", "Bailey and Lopez de Prado", "1 trading day later",
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
    standing = comparison.standing
    table = pd.DataFrame({name: row for name, row in halves.items() if name != INDEX}, dtype=float).T
    for sharpe, rank in ((1, 2), (4, 5)):
        by_pandas = table[sharpe].round(12).rank(ascending=False, method="min")
        assert (table[rank] == by_pandas).all()
    assert standing.moved == int((table[2] != table[5]).sum())
    assert standing.correlation.value == pytest.approx(table[1].round(12).corr(table[4].round(12), method="spearman"))
    rivals = [row[4] for name, row in whole.items() if name not in (NOTHING, INDEX)]
    ahead = [sum(value > whole[NOTHING][4] + 1e-12 for value in rivals)]
    ahead += [int((table[column] > table.loc[NOTHING, column] + 1e-12).sum()) for column in (1, 4)]
    assert list(standing.ahead) == ahead
    assert standing.found.value == pytest.approx(max(rivals) - np.mean(rivals))


def test_json_holds_each_figure_of_both_halves(comparison):
    table = next(t for t in comparison.to_dict()["tables"] if t["id"] == "halves")
    for row in table["rows"]:
        assert len(row["figures"]) == (4 if row["label"] == INDEX else 6)
        starts = {name: figure["start"] for name, figure in row["figures"].items()}
        assert {starts[name] for name in starts if "1st" in name} == {"2014-12-01"}
        assert {starts[name] for name in starts if "2nd" in name} == {"2020-11-30"}


def test_one_that_did_as_doing_nothing_did_shares_its_ranks_and_is_named(comparison):
    """broaden asks for 30 effective names; the sample's benchmark has 34."""
    halves = figures(comparison, "halves")
    assert comparison.standing.same == ("broaden",)
    assert halves["broaden"] == halves[NOTHING]
    assert "not put to the test here: broaden." in page_of(comparison)


def only(monkeypatch, *names):
    """Of three strategies only these run."""
    real = compared._simulated

    def simulated(name, *rest):
        if name not in names:
            raise StrategyError("no figures here")
        return real(name, *rest)

    monkeypatch.setattr(compared, "_simulated", simulated)
    monkeypatch.setattr(compared, "available", lambda: ("capex_surprise", "cut_capex", "equal_weight", NOTHING))
    return compare_strategies()


def test_a_strategy_that_cannot_run_is_listed_with_its_reason_and_the_others_go_on(monkeypatch):
    found = only(monkeypatch, "cut_capex", "equal_weight", NOTHING)
    assert found.refused == {"capex_surprise": "no figures here"}
    assert set(figures(found, "whole")) == {"cut_capex", "equal_weight", NOTHING, INDEX}
    assert "capex_surprise has no row: no figures here" in page_of(found)


@pytest.mark.parametrize(("names", "said"), [((), "0 strategies were"), (("cut_capex",), "1 strategy was")])
def test_too_few_to_stand_out_are_compared_without_a_word_of_luck(monkeypatch, names, said):
    found = only(monkeypatch, *names, NOTHING)
    assert set(figures(found, "whole")) == {*names, NOTHING, INDEX}
    assert f"{said} tried here" in page_of(found)
    assert "luck" not in page_of(found)
    assert "rank correlation" not in page_of(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_what_the_data_doctor_warns_of_stands_before_every_sentence_on_the_figures(monkeypatch):
    told = (
        DataFinding("JUMP-01", "warning", "AAA", None, "AAA moved."),
        DataFinding("SURV-01", "warning", None, None, "The universe holds survivors only."),
        DataFinding("GAP-01", "note", "BBB", None, "BBB has no close."),
    )
    monkeypatch.setattr(compared, "examine", lambda raw, mandate: told)
    found = only(monkeypatch, "cut_capex", NOTHING)
    assert found.report.notes[:2] == (
        "The universe holds survivors only.", "1 warning about single names: see jevons data check.",
    )  # fmt: skip
    assert "BBB" not in page_of(found)


def test_a_window_too_short_to_be_halved_is_one_sentence(tmp_path):
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "short.toml").write_text(text.replace("start = 2014-11-03", "start = 2024-01-02"), encoding="utf-8")
    with pytest.raises(DataError, match=r"strategies compare: \d+ trading days .* At least 1,008 are needed"):
        compare_strategies(tmp_path / "short.toml")
