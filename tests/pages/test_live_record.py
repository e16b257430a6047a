"""A sheet with a live record shows both parts, each under its own name, and its review finds nothing to mend."""

from __future__ import annotations

import csv
import io
import re
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
from backtest.factsheet.parts import cumulative, parts_of
from backtest.factsheet.rows import Printed
from backtest.mandate import StrategyChoice, load_mandate
from backtest.market.prices import build_panel
from backtest.market.record import read_records
from backtest.market.sources import read_market
from backtest.measure import measure
from backtest.render import render_pdf
from backtest.simulate import simulate
from backtest.strategy import load_strategy

LAUNCH, END = "2022-03-15", "2026-10-30"


def facts_since(folder, launch, report=""):
    """The demo with a record of prices that are drawn once and for all; report: lines of that section."""
    days = np.arange(np.datetime64(launch), np.datetime64(END) + 1)
    days = days[np.is_busday(days)]
    steps = np.random.Generator(np.random.PCG64(3)).normal(0.0003, 0.009, len(days))
    prices = 100.0 * np.exp(np.cumsum(steps) - steps[0])
    rows = "".join(f"{day},{price:.4f}\n" for day, price in zip(days, prices, strict=True))
    (folder / "nav.csv").write_text(f"date,nav\n{rows}", encoding="utf-8")
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    text = text.replace("[[share_class]]\n", f'[[share_class]]\nlaunch = {launch}\nrecord = "nav.csv"\n')
    text = text.replace("[report]\n", f"[report]\n{report}")
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


def sheet_of(facts):
    statements = required_statements(facts, load_packs(), published(facts))
    return make_sheet(facts, statements, identifier="0123456789ab", attachments=attachments(facts, {}))


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return facts_since(tmp_path_factory.mktemp("desk"), LAUNCH)


@pytest.fixture(scope="module")
def sheet(facts):
    return sheet_of(facts)


@pytest.fixture(scope="module")
def record_alone(tmp_path_factory):
    """The facts and the sheet of a class with a long record, whose firm shows nothing simulated of its performance."""
    found = facts_since(tmp_path_factory.mktemp("old"), "2020-03-16", "simulated = false\n")
    return found, sheet_of(found)


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


def test_the_rows_of_the_two_parts_have_names_of_their_own(facts, sheet):
    """So a figure of one part that stood in the other's table would be found."""
    rows = [row["label"] for part in parts_of(Printed(facts)) for row in cumulative(Printed(facts), part)["rows"]]
    assert len(set(rows)) == len(rows) == 5
    own, other = (facts.printed(f"perf.{who}.cumulative.1y") for who in ("actual_benchmark", "benchmark"))
    html, count = re.subn(
        rf"(Its benchmark</th>.*?<td>){re.escape(own)}(</td>)", rf"\g<1>{other}\2", sheet.html, count=1
    )
    assert count == 1 and own != other
    swapped = render_pdf(html, created=published(facts), identifier="swapped").pdf
    found = review(read_pdf(swapped), facts, load_packs(), published(facts))
    assert "TIE-02" in [f.rule_id for f in found.breaches]


# A record alone


def test_a_record_alone_shows_no_simulated_performance(record_alone, shown):
    facts, sheet = record_alone
    page = shown(sheet.pdf)
    for words in ("actual performance · 30 October 2026", "Actual results since launch", "Actual growth of 100",
                  "Actual drawdown", "Actual cumulative returns", "Actual returns in discrete 12-month periods",
                  "Actual risk indicator", "How the portfolio is simulated"):  # fmt: skip
        assert page.has(words, 1), words
    for words in ("Doing nothing", "Simulated growth", "Simulated results", "Simulated cumulative", "back-test"):
        assert not page.has(words), words
    assert not [key for key in facts.facts if key.startswith(("perf.strategy", "perf.baseline", "risk.strategy.vol"))]
    assert page.has("Simulated portfolio: ten largest holdings", 2)


def test_the_review_of_a_record_alone_finds_no_breach(record_alone):
    facts, sheet = record_alone
    found = review(read_pdf(sheet.pdf), facts, load_packs(), published(facts))
    assert not found.failures, [(f.rule_id, f.reason) for f in found.failures]
    outcomes = {f.rule_id: f.outcome.name for f in found.findings}
    assert [outcomes[rule] for rule in ("PP-02", "PP-05", "TIE-02")] == ["PASS"] * 3
    assert [outcomes[rule] for rule in ("SIM-04", "SIM-05")] == ["NOT_APPLICABLE"] * 2


def test_the_charts_of_a_record_alone_hold_the_record_alone(record_alone):
    with pikepdf.open(io.BytesIO(record_alone[1].pdf)) as pdf:
        head = next(csv.reader(io.StringIO(pdf.attachments["growth.csv"].get_file().read_bytes().decode())))
    assert head == ["date", *(f"growth.{who} (starting value = 100)" for who in ("actual", "actual_benchmark"))]
