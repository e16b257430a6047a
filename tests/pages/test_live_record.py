"""A sheet with a live record shows both parts, each under its own name, and its review finds nothing to mend."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pikepdf
import pytest

from backtest.artifacts import examples_folder
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import review
from backtest.facts.build import build_facts
from backtest.factsheet import attachments, make_sheet
from backtest.mandate import StrategyChoice, load_mandate
from backtest.market.prices import build_panel
from backtest.market.record import read_records
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.simulate import simulate
from backtest.strategy import load_strategy

LAUNCH, END = "2022-03-15", "2026-10-30"


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """The demo with a record of prices that are drawn once and for all."""
    folder = tmp_path_factory.mktemp("desk")
    days = np.arange(np.datetime64(LAUNCH), np.datetime64(END) + 1)
    days = days[np.is_busday(days)]
    steps = np.random.Generator(np.random.PCG64(3)).normal(0.0003, 0.009, len(days))
    prices = 100.0 * np.exp(np.cumsum(steps) - steps[0])
    rows = "".join(f"{day},{price:.4f}\n" for day, price in zip(days, prices, strict=True))
    (folder / "nav.csv").write_text(f"date,nav\n{rows}", encoding="utf-8")
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    text = text.replace("[[share_class]]\n", f'[[share_class]]\nlaunch = {LAUNCH}\nrecord = "nav.csv"\n')
    (folder / "mandate.toml").write_text(text, encoding="utf-8")
    loaded = load_mandate(folder / "mandate.toml")
    mandate, panel = loaded.mandate, build_panel(read_market(loaded), loaded.mandate)
    strategy = load_strategy(mandate.strategy, folder)
    baseline = load_strategy(StrategyChoice(name="hold_benchmark"), folder)
    results = [
        simulate(panel, one, mandate.schedule, mandate.constraints, mandate.costs) for one in (strategy, baseline)
    ]
    record = read_records(loaded)[mandate.reported_class.name]
    measures = measure(panel, *results, mandate, record=record)
    return build_facts(mandate, panel, strategy, measures, document_id="0123456789ab")


@pytest.fixture(scope="module")
def sheet(facts):
    statements = required_statements(facts, load_packs(), published(facts))
    return make_sheet(facts, statements, identifier="0123456789ab", attachments=attachments(facts, {}))


def test_both_parts_stand_on_page_1_under_their_own_names(sheet, shown, facts):
    page = shown(sheet.pdf)
    for words in ("Actual results since launch", "Growth of 100: simulated, then actual", "Actual cumulative returns",
                  "Actual returns in discrete 12-month periods", "Simulated cumulative returns, before launch",
                  "Simulated returns in discrete 12-month periods, before launch",
                  "Actual from 15 March 2022", "To 15 March 2022", "To 30 October 2026"):  # fmt: skip
        assert page.has(words, 1), words
    assert page.has(f"Share class {facts.printed('perf.actual.cumulative.start')}", 1)
    assert page.has(f"Strategy {facts.printed('perf.strategy.cumulative.start')}", 1)


def test_each_kind_has_its_warning_beside_it_on_both_pages(sheet, shown):
    page = shown(sheet.pdf)
    for number in (1, 2):
        assert page.has("Actual: These figures refer to the past.", number)
        assert page.has("Simulated: These figures refer to simulated past performance", number)


def test_the_review_finds_no_breach(sheet, facts):
    found = review(read_pdf(sheet.pdf), facts, load_packs(), published(facts))
    assert not found.failures, [(f.rule_id, f.reason) for f in found.failures]
    outcomes = {f.rule_id: f.outcome.name for f in found.findings}
    assert [outcomes[rule] for rule in ("PP-02", "PP-05", "SIM-04", "SIM-05", "SIM-08")] == ["PASS"] * 5


def test_a_linked_figure_is_a_breach(sheet, facts):
    """The same page beside facts in which one actual figure begins before the record does."""
    one = facts.facts["perf.actual.cumulative.3y"]
    linked = replace(facts, facts={**facts.facts, one.id: replace(one, start=facts.facts["sim.start"].value)})
    found = review(read_pdf(sheet.pdf), linked, load_packs(), published(facts))
    assert "SIM-05" in [f.rule_id for f in found.breaches]


def test_the_data_behind_the_chart_hold_both_parts_and_meet_on_one_day(sheet):
    with pikepdf.open(io.BytesIO(sheet.pdf)) as pdf:
        rows = list(csv.DictReader(io.StringIO(pdf.attachments["growth.csv"].get_file().read_bytes().decode())))
    actual, simulated = (f"growth.{who} (starting value = 100)" for who in ("actual", "strategy"))
    assert [row["date"] for row in rows if row[actual] and row[simulated]] == [LAUNCH]
    assert float(next(row[actual] for row in rows if row["date"] == LAUNCH)) == 100.0
