"""The manager's own reports, from a run folder of the sample market written here without its sheet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtest import artifacts
from backtest.analysis import CheaperAI, attribution_of, scenarios_of, text_of
from backtest.analysis.accounts import days_of
from backtest.analysis.attributed import groups_of
from backtest.analysis.folder import read_run
from backtest.analysis.report import Figure, Report, Row, Table, rows_of
from backtest.errors import RunError
from backtest.mandate import load_mandate
from backtest.market.panel import write_panel
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.metrics.attribution import attribute
from backtest.pipeline import Backtest, simulate_both
from backtest.result import unit_value, write_result

DAY = date(2024, 6, 28)
FIGURES = "signed_percent"


def write_run(backtest: Backtest, text: str, folder: Path) -> Path:
    """What a run leaves behind, as far as these reports read it."""
    (folder / artifacts.PANEL).mkdir(parents=True)
    (folder / artifacts.MANDATE).write_text(text, encoding="utf-8")
    write_panel(backtest.panel, folder / artifacts.PANEL)
    write_result(backtest.result, backtest.panel, folder / artifacts.RESULT)
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    artifacts.write_json(folder / artifacts.MANIFEST, artifacts.manifest(folder, folder.name, {}, True))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> tuple[Backtest, str]:
    text = (artifacts.examples_folder() / "demo.toml").read_text(encoding="utf-8")
    text = text.replace("start = 2014-11-03", "start = 2021-11-01").replace(
        "ongoing_charge = 0.0075", "ongoing_charge = 0.0"
    )
    text = text.replace("delisting_haircut = 0.10", "delisting_haircut = 0.10\ncustody_bps = 2")
    path = tmp_path_factory.mktemp("mandate") / "mandate.toml"
    path.write_text(text, encoding="utf-8")
    loaded = load_mandate(path)
    return simulate_both(loaded, read_market(loaded)), text


@pytest.fixture(scope="module")
def run(simulated, tmp_path_factory) -> Path:
    return write_run(*simulated, tmp_path_factory.mktemp("runs") / "sample-run")


def table(report: Any, wanted: str) -> dict[str, dict[str, Any]]:
    """label -> column -> unrounded value"""
    found = next(t for t in report.tables if t.id == wanted)
    return {
        row.label.strip(): {
            name: figure.value for name, figure in zip(found.columns, row.figures, strict=True) if figure is not None
        }
        for row in found.rows
    }


# ---------------------------------------------------------------------------------------------------------- attribution


@pytest.mark.parametrize("by", ["theme", "sector", "country"])
def test_the_parts_sum_to_what_the_fund_made_over_its_benchmark(simulated, run, by):
    backtest, _ = simulated
    report = attribution_of(run, by)
    last = int(np.searchsorted(backtest.result.dates, np.datetime64(report.as_of, "D")))
    own = unit_value(backtest.result)[last, 0] / backtest.result.capital - 1.0
    levels = backtest.panel.benchmark[-len(backtest.result.dates) :]
    summary = {label: cells["return"] for label, cells in table(report, "summary").items()}
    assert summary["Fund"] == pytest.approx(own, abs=1e-13)
    assert summary["Active return, fund less benchmark"] == pytest.approx(
        own - (levels[last] / levels[0] - 1), abs=1e-13
    )
    assert summary["Sum of the parts"] == pytest.approx(summary["Active return, fund less benchmark"], abs=1e-10)
    groups = table(report, "groups")
    assert groups["Active return"]["total effect"] == pytest.approx(summary["Sum of the parts"], abs=1e-14)
    everything = [cells["total effect"] for label, cells in groups.items() if label != "Active return"]
    assert sum(everything) == pytest.approx(summary["Sum of the parts"], abs=1e-12)
    assert groups["Custody"]["total effect"] < 0.0
    assert groups["Trading costs"]["total effect"] < 0.0


def test_a_level_made_of_the_benchmark_s_own_weights_leaves_no_difference(simulated, run):
    """The sample's index is rebuilt from the weights of each close and the next day's returns."""
    panel = simulated[0].panel
    earned = np.nan_to_num(panel.prices[1:] / panel.prices[:-1] - 1.0)
    own = np.append(1.0, np.cumprod(1.0 + (panel.benchmark_weights[:-1] * earned).sum(axis=1)))
    again = replace(panel, benchmark=own)
    days = days_of(again, simulated[0].result, len(simulated[0].result.dates) - 1)
    found = attribute(days, groups_of(again, "theme")[1])
    assert found.others["benchmark difference"] == pytest.approx(0.0, abs=1e-12)
    assert found.benchmark_parts == pytest.approx(found.benchmark, abs=1e-12)
    printed = table(attribution_of(run), "summary")["Benchmark difference"]["return"]
    assert printed == pytest.approx(0.0, abs=1e-6), "the sample's file of the index has six decimals"


def test_contributions_of_the_names_and_the_rest_are_the_fund_s_return(run):
    report = attribution_of(run)
    names, summary = table(report, "names"), table(report, "summary")
    rest = ("Trading costs", "Cash", "Custody", "Delisting haircut", "Benchmark difference", "All")
    column = lambda name: sum(c.get(name, 0.0) for label, c in names.items() if label not in rest)  # noqa: E731
    others = sum(names[label].get("contri- bution", 0.0) for label in rest[:-1])
    fund = summary["Fund"]["return"]
    assert column("contri- bution") + others + column("trading costs") == pytest.approx(fund, abs=1e-10)
    assert column("trading costs") == pytest.approx(names["Trading costs"]["trading costs"], abs=1e-12)
    effects = column("active effect") + sum(names[label]["active effect"] for label in rest[:-1])
    assert effects == pytest.approx(names["All"]["active effect"], abs=1e-10)


def test_the_years_compound_to_the_whole(run):
    report = attribution_of(run)
    years, summary = table(report, "years"), table(report, "summary")
    assert list(years) == ["2021 (part)", "2022", "2023", "2024", "2025", "2026 (part)"]
    grown = np.prod([1.0 + cells["fund"] for cells in years.values()]) - 1.0
    assert grown == pytest.approx(summary["Fund"]["return"], abs=1e-13)
    for cells in years.values():
        parts = sum(value for name, value in cells.items() if name not in {"fund", "bench- mark", "active"})
        assert parts == pytest.approx(cells["active"], abs=1e-12)


def test_risk_is_the_sheet_s_and_its_parts_sum_to_it(simulated, run):
    backtest, _ = simulated
    measured = measure(backtest.panel, backtest.result, backtest.baseline, read_run(run).mandate).summary
    figures = measured.performance["strategy"]
    risk = table(attribution_of(run), "risk_groups")
    assert risk["All"]["realised volatility"] == pytest.approx(figures.volatility, abs=1e-12)
    assert risk["All"]["realised tracking error"] == pytest.approx(figures.tracking_error, abs=1e-12)
    for column in ("expected volatility", "expected tracking error", "realised volatility", "realised tracking error"):
        parts = sum(cells.get(column, 0.0) for label, cells in risk.items() if label != "All")
        assert parts == pytest.approx(risk["All"][column], abs=1e-12)
    names = table(attribution_of(run), "risk_names")
    assert sum(cells["expected volatility"] for cells in names.values()) == pytest.approx(
        risk["All"]["expected volatility"], abs=1e-12
    )


def test_expected_risk_is_that_of_the_last_day_s_weights(simulated, run):
    """The last day's weights on 252 returns: the standard deviation of what they would have made."""
    panel, read = simulated[0].panel, read_run(run)
    report = attribution_of(run)
    end = int(np.searchsorted(panel.dates, np.datetime64(report.as_of)))
    held, index = read.weights(read.last)
    returns = panel.prices[end - 251 : end + 1] / panel.prices[end - 252 : end] - 1.0
    level = panel.benchmark[end - 251 : end + 1] / panel.benchmark[end - 252 : end] - 1.0
    returns = np.where(np.isnan(returns), level[:, None], returns)
    risk = table(report, "risk_groups")
    for column, weights in (("expected volatility", held), ("expected tracking error", held - index)):
        year = (returns @ weights).std(ddof=1) * np.sqrt(252)
        assert risk["All"][column] == pytest.approx(year, abs=1e-12)
    capex = np.array([theme == "capex" for theme in panel.themes])
    assert risk["Capex"]["fund weight"] == pytest.approx(held[capex].sum(), abs=1e-15)
    assert risk["Cash"]["fund weight"] == pytest.approx(1.0 - held.sum(), abs=1e-15)


def test_two_periods_are_one(run):
    whole = table(attribution_of(run), "summary")["Fund"]["return"]
    first = table(attribution_of(run, end=DAY), "summary")["Fund"]["return"]
    second = attribution_of(run, start=DAY)
    assert (1 + first) * (1 + table(second, "summary")["Fund"]["return"]) - 1 == pytest.approx(whole, abs=1e-13)
    assert second.start == DAY


def test_a_weekend_is_the_friday_before(run):
    report = attribution_of(run, start=date(2024, 6, 30), end=date(2024, 9, 1))
    assert (report.start, report.as_of) == (DAY, date(2024, 8, 30))


def test_a_day_outside_the_run_is_refused(run):
    with pytest.raises(RunError, match=r"start: 2010-01-04 is outside the run\. Give a day from 2021-\d\d-\d\d"):
        attribution_of(run, start=date(2010, 1, 4))
    with pytest.raises(RunError, match="holds no trading day"):
        attribution_of(run, start=DAY, end=DAY)


def test_a_folder_that_is_no_run_and_a_changed_file_are_refused(run, tmp_path):
    with pytest.raises(RunError, match="missing"):
        attribution_of(tmp_path)
    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / artifacts.MANDATE).write_text("[fund]\n", encoding="utf-8")
    with pytest.raises(RunError, match="changed since the run"):
        scenarios_of(copy)


def test_a_market_of_another_run_is_found_out(simulated):
    backtest, _ = simulated
    other = replace(backtest.panel, cash=backtest.panel.cash, prices=backtest.panel.prices**1.01)
    with pytest.raises(RunError, match="market and result are not of one run"):
        days_of(other, backtest.result, len(backtest.result.dates) - 1)


def test_a_fund_worth_nothing_is_told_with_its_day(simulated):
    backtest, _ = simulated
    nav = backtest.result.nav.copy()
    nav[40:] = 0.0
    with pytest.raises(RunError, match=f"^{backtest.result.dates[40]}: the fund is worth nothing"):
        days_of(backtest.panel, replace(backtest.result, nav=nav), 60)


def test_groups_part_the_names(simulated):
    panel = simulated[0].panel
    labels, groups = groups_of(panel, "theme")
    assert labels == ("capex", "adopter", "other")
    for by in ("sector", "country"):
        labels, groups = groups_of(panel, by)
        assert list(labels) == sorted(labels)
        assert (groups.sum(axis=0) == 1).all()


# ------------------------------------------------------------------------------------------------------------ scenarios


def figures(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in found["tables"]:
        for row in one["rows"]:
            yield from row["figures"].values()


def test_every_number_has_a_unit_a_day_and_a_basis(run):
    reports = {"simulated": attribution_of(run), "hypothetical": scenarios_of(run, shocks={"capex": -0.2})}
    for basis, report in reports.items():
        found = json.loads(artifacts.to_json(report.to_dict()))
        assert found["basis"] == basis
        assert "simulated performance" in found["notice"]
        for figure in figures(found):
            assert figure["basis"] == basis
            assert figure["unit"]
            assert date.fromisoformat(figure["as_of"])
            assert figure["value"] is None or np.isfinite(figure["value"])
    assert reports["simulated"].to_dict()["by"] == "theme"
    assert reports["hypothetical"].to_dict()["on"] == found["as_of"]


def test_a_shock_by_theme_and_name(run):
    report = scenarios_of(run, shocks={"capex": -0.2})
    names, themes = table(report, "shock_names"), table(report, "shock_themes")
    held = sum(cells["fund"] for cells in names.values())
    assert held == pytest.approx(themes["All"]["fund"], abs=1e-12)
    assert themes["Capex"]["fund"] == pytest.approx(-0.2 * themes["Capex"]["fund weight"], abs=1e-14)
    assert not [t for t in scenarios_of(run).tables if t.id.startswith("shock")]


def test_an_unknown_shock_is_refused_in_a_sentence(run):
    with pytest.raises(RunError, match=r"shock capx: no theme, sector or name is called so\. Did you mean capex\?"):
        scenarios_of(run, shocks={"capx": -0.2})


def test_an_episode_before_the_data_is_not_available_and_says_why(run):
    report = scenarios_of(run)
    replays = next(t for t in report.tables if t.id == "replays")
    assert str(replays.rows[0].figures[0]) == "n/a"
    assert "Fourth quarter of 2018 is n/a: the prices run from 2021-11-01" in replays.note
    assert "The companies of the sample market are invented" in replays.note
    played = table(report, "replays")["Fall of 2022, 2022-01-03 to 2022-10-12"]
    assert played["active"] == pytest.approx(played["fund"] - played["bench- mark"])
    parts = table(report, "replay_themes")["Fall of 2022"]
    assert sum(v for k, v in parts.items() if k != "fund") == pytest.approx(parts["fund"], abs=1e-12)


def test_margins_are_those_published_by_the_day(simulated, run):
    report = scenarios_of(run, on=DAY, margin_falls=(0.10,), margin="operating")
    panel = simulated[0].panel
    row = int(np.searchsorted(panel.dates, np.datetime64(DAY)))
    latest = panel.fundamentals.values("operating_margin", row, len(panel.assets))[-1]
    lines = table(report, "margin_names")
    assert len(lines) > 5
    for label, cells in lines.items():
        margin = latest[panel.assets.index(label.split()[0])]
        assert cells["operating margin"] == margin
        assert cells["value at −10 pp"] == pytest.approx(-min(1.0, 0.10 / margin), abs=1e-14)


def test_without_published_figures_the_answer_is_a_reason(simulated, tmp_path):
    backtest, text = simulated
    bare = replace(backtest, panel=replace(backtest.panel, fundamentals=None))
    report = scenarios_of(write_run(bare, text, tmp_path / "bare"))
    assert [t.id for t in report.tables] == ["replays", "replay_themes"]
    assert any(
        n.startswith("Margin compression: n/a, because the run's data hold no gross_margin") for n in report.notes
    )
    assert any(n.startswith("Cheaper AI: n/a") for n in report.notes)


def test_cheaper_ai_prints_the_whole_grid_and_its_assumptions(run):
    report = scenarios_of(run, cheaper=CheaperAI(ai_cost_share=0.2, cost_falls=(0.0, 0.5), elasticities=(0.5, 1.0)))
    spend = table(report, "ai_spend")
    assert spend == {"unit cost 0%": {"e=0.5": 1.0, "e=1": 1.0}, "unit cost −50%": {"e=0.5": 0.5**0.5, "e=1": 1.0}}
    active = next(t for t in report.tables if t.id == "ai_active")
    assert [str(f) for f in active.rows[0].figures] == ["0.0 pp", "0.0 pp", "n/a"]
    assert any("assumed, 20.00%" in note for note in report.notes)
    with pytest.raises(RunError, match=r"cost_falls: found 2; allowed is 0 to 0\.99"):
        scenarios_of(run, cheaper=CheaperAI(cost_falls=(2.0,)))


# ----------------------------------------------------------------------------------------------------------------- text


def test_the_text_fits_a_terminal_and_says_what_it_is(run):
    for report, width in [(attribution_of(run, "sector"), 100), (scenarios_of(run, shocks={"capex": -0.2}), 80)]:
        lines = text_of(report, width)
        assert max(map(len, lines)) <= width
        assert report.basis in lines[1]
        assert lines[2].startswith(f"{report.basis.capitalize()} figures for the manager's own use")
        assert not any(line != line.rstrip() for line in lines)


def a_table(count: int) -> Table:
    one = Figure(-0.0123, "points", 2, None, DAY, "simulated")
    rows = [Row(f"row {k}", (one,)) for k in range(count)]
    return Table("t", "T", ("some effect",), (*rows, Row("All", (None,), total=True)), most=2)


def test_long_tables_show_both_ends_and_count_the_middle():
    shown = list(rows_of(a_table(9)))
    assert [row[0] for row in shown] == ["", "row 0", "row 1", "... 5 more", "row 7", "row 8", "All"]
    assert shown[1] == ("row 0", "−1.23 pp")
    assert shown[-1] == ("All", "")
    assert len(list(rows_of(a_table(5)))) == 7


def test_columns_that_do_not_fit_follow_below_with_their_labels_again():
    figure = Figure(0.5, "percent", 1, None, DAY, "simulated")
    wide = Table("t", "T", tuple(f"column{k}" for k in range(8)), (Row("a label", (figure,) * 8),))
    report = attribution_report(wide)
    lines = text_of(report, 60)
    assert max(map(len, lines)) <= 60
    assert sum(line.startswith("a label") for line in lines) == 2
    assert " ".join(lines).count("50.0%") == 8
    assert sum(line.startswith("a label") for line in text_of(report, 100)) == 1


def attribution_report(one: Table) -> Report:
    return Report("run", "Fund", "title", DAY, DAY, "GBP", "simulated", "Notice.", (one,), ())


def test_a_benchmark_whose_level_is_not_its_parts_is_pointed_out(simulated, tmp_path):
    """A level that grows by a tenth of a per cent a day beside its own parts."""
    backtest, text = simulated
    assert attribution_of(write_run(backtest, text, tmp_path / "own")).tables[0].note == ""
    level = backtest.panel.benchmark * 1.001 ** np.arange(len(backtest.panel.dates))
    other = replace(backtest, panel=replace(backtest.panel, benchmark=level))
    report = attribution_of(write_run(other, text, tmp_path / "other"))
    assert report.tables[0].note.startswith("Look at the benchmark difference first: at −")
    summary = table(report, "summary")
    index = f"Benchmark: {backtest.panel.benchmark_name}"
    assert summary["by its weights times returns"]["return"] < summary[index]["return"]
    own = table(attribution_of(tmp_path / "own"), "summary")
    assert summary["by its weights times returns"] == own["by its weights times returns"]


def test_an_undefined_figure_is_not_a_number():
    nothing = Figure(None, "points", 2, DAY, DAY, "simulated")
    assert str(nothing) == "n/a"
    assert nothing.to_dict() == {
        "value": None, "unit": "points", "start": "2024-06-28", "as_of": "2024-06-28", "basis": "simulated",
    }  # fmt: skip
