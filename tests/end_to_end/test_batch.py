"""Many sheets of one run: made in processes, kept when nothing changed, and none stopped by another."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from backtest import artifacts, batch, charts
from backtest.artifacts import examples_folder
from backtest.batch import JOB, Limits, make_batch
from backtest.carried import load_run_mandate
from backtest.cli import app
from backtest.disclosure.context import AUDIENCES
from backtest.errors import GateError, RunError
from backtest.facts import facts_from_json
from backtest.factsheet import Density, House, build_page, drawings
from backtest.jobs import Job, plan_batch
from backtest.mandate import parse_mandate
from backtest.pipeline import run
from backtest.render import text_nodes
from backtest.words import languages

CLASSES = """
[[share_class]]
name = "C GBP, dear"
currency = "GBP"
ongoing_charge = 0.02

[[share_class]]
name = "汉"
currency = "GBP"
ongoing_charge = 0.01

[distribution]"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of the demo with three classes: one is dear, one has a name in letters that no font of ours has."""
    desk = tmp_path_factory.mktemp("desk")
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8").replace("\n[distribution]", CLASSES)
    (desk / "three.toml").write_text(text, encoding="utf-8")
    return run(desk / "three.toml", desk / "runs", lambda stage, what: None).folder


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    """A whole batch of it, as the command makes it: its folder, its exit code and what it printed."""
    target = tmp_path_factory.mktemp("sheets")
    words = ["sheet", str(folder), "--into", str(target), "--audience", "retail", "--workers", "2"]
    return target, CliRunner().invoke(app, words)


def test_one_broken_sheet_does_not_stop_the_others_and_is_told_at_the_end(made):
    target, told = made
    assert told.exit_code == 1
    assert "2 of 3 sheets" in told.output
    assert "run-en-retail: '汉" in told.output
    assert "the fonts of a sheet have no '汉' (U+6C49" in " ".join(told.output.split())
    assert sorted(p.name for p in target.iterdir() if p.is_dir()) == [
        "b-gbp-accumulation-en-retail",
        "c-gbp-dear-en-retail",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--into", "file"), "file: cannot be the sheets' folder (File exists). Give another --into."),
        (("--into", "file/below"), "file/below: cannot be the sheets' folder (Not a directory)"),
        (("--html", "--into", "none/page.html"), "none/page.html: cannot be written (No such file or directory)"),
        (("--html", "--into", "."), ".: is a folder. Give the file to write."),
    ],
)
def test_a_place_that_cannot_be_written_is_bad_input(folder, tmp_path, monkeypatch, words, expected):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["sheet", str(folder), *words])
    assert isinstance(told.exception, RunError)
    assert str(told.exception).startswith(expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_the_manifest_lists_every_sheet_asked_for(made):
    target, _ = made
    rows = json.loads((target / batch.MANIFEST).read_text(encoding="utf-8"))["sheets"]
    with (target / batch.TABLE).open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [{key: str(value) for key, value in row.items()} for row in rows] == table
    assert [row["status"] for row in rows] == ["made", "made", "failed"]
    for row in rows[:2]:
        assert row["sheet_sha256"] == artifacts.sha256_of_file(target / row["name"] / artifacts.SHEET)
        assert (row["pages"], row["breaches"]) == (3, 0)


def test_the_mandate_s_own_sheet_is_the_run_s_to_the_byte(made, folder):
    own = made[0] / "b-gbp-accumulation-en-retail"
    for name in (artifacts.SHEET, artifacts.FACTS, artifacts.REVIEW):
        assert (own / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_dearer_class_has_its_own_charge_figures_and_number(made, folder):
    own = facts_from_json((folder / artifacts.FACTS).read_text(encoding="utf-8")).facts
    dear = facts_from_json((made[0] / "c-gbp-dear-en-retail" / artifacts.FACTS).read_text(encoding="utf-8")).facts
    assert dear["class.name"].value == "C GBP, dear"
    assert dear["class.ongoing_charge"].value == 0.02
    assert dear["doc.id"].value != own["doc.id"].value
    start, years = "perf.strategy.cumulative.start", own["sim.years"].value
    kept = (1.0 + dear[start].value) / (1.0 + own[start].value)
    assert kept == pytest.approx(((1.0 - 0.02) / (1.0 - 0.0075)) ** years, rel=2e-3)
    assert dear["conc.strategy.hhi"] == own["conc.strategy.hhi"]


def test_what_was_finished_is_kept_until_it_is_touched_or_made_of_something_else(made, folder, tmp_path, monkeypatch):
    target = shutil.copytree(made[0], tmp_path / "sheets")
    jobs = [j for j in plan_batch(load_run_mandate(folder)) if j.share_class != "汉"]
    manifest = (target / batch.MANIFEST).read_bytes()
    stamps = {path: path.stat().st_mtime_ns for path in target.glob("*/*")}
    assert [o.status for o in make_batch(folder, target, jobs)] == ["kept", "kept"]
    assert {path: path.stat().st_mtime_ns for path in target.glob("*/*")} == stamps
    (target / jobs[0].name / artifacts.SHEET).write_bytes(b"%PDF-")
    assert [o.status for o in make_batch(folder, target, jobs)] == ["made", "kept"]
    assert json.loads(manifest)["sheets"][:2] == json.loads((target / batch.MANIFEST).read_bytes())["sheets"]
    monkeypatch.setattr(batch, "_stamp", lambda rules: "other rules")
    assert [o.status for o in make_batch(folder, target, jobs[:1])] == ["made"]
    assert artifacts.read_json(target / jobs[0].name / JOB)["outcome"]["status"] == "made"


def test_a_preview_is_the_page_for_a_browser_and_says_that_it_is_no_sheet(folder, tmp_path):
    told = CliRunner().invoke(app, ["sheet", str(folder), "--html", "--into", str(tmp_path / "page.html")])
    assert told.exit_code == 0
    assert told.output.startswith("preview, not fitted and not reviewed: ")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    nodes = text_nodes(page)
    assert nodes.count("Preview: not fitted to its pages, not proved and not reviewed. It must not be used.") == 1
    made = set(text_nodes((folder / artifacts.PAGE).read_text(encoding="utf-8")))
    assert made <= set(nodes)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_sheet_that_takes_too_long_ends_its_process_and_is_reported(folder, tmp_path):
    jobs = plan_batch(load_run_mandate(folder), ["B GBP Accumulation"])
    (outcome,) = make_batch(folder, tmp_path, jobs, 1, limits=Limits(processor_seconds=1))
    assert outcome.status == "failed"
    assert outcome.says.startswith("its process was ended; a sheet may take 1 s of processor time")
    assert not (tmp_path / jobs[0].name).exists()


def test_a_batch_of_more_than_its_processes_may_make_comes_to_its_end(folder, tmp_path, monkeypatch):
    """Processes are renewed after so many sheets; a pool that renewed its own would wait for ever."""
    monkeypatch.setattr(batch, "TASKS_PER_PROCESS", 1)
    pools = []
    monkeypatch.setattr(batch, "_pool", lambda *given, make=batch._pool: pools.append(make(*given)) or pools[-1])
    jobs = [j for j in plan_batch(load_run_mandate(folder)) if j.share_class != "汉"]
    signal.alarm(240)  # ends the test, should it wait
    try:
        outcomes = make_batch(folder, tmp_path, jobs, 1)
    finally:
        signal.alarm(0)
    assert [outcome.status for outcome in outcomes] == ["made", "made"]
    assert len(pools) == 2


class Threads(ThreadPoolExecutor):
    """A pool whose process dies over the sheets of class 'bad', and takes the others with it."""

    dead = False

    def submit(self, make, task):
        if self.dead:
            raise BrokenProcessPool
        self.dead = task.job.share_class == "bad"
        return super().submit(self.die if self.dead else make, task)

    def die(self, task):
        raise BrokenProcessPool


@pytest.fixture
def stubbed(monkeypatch, tmp_path):
    """names -> tasks; sheets that are made at once, in threads."""
    monkeypatch.setattr(batch, "_pool", lambda workers, limits: Threads(workers))
    monkeypatch.setattr(batch, "_make", lambda task: batch.Outcome(task.job, "made"))

    def tasks(names):
        for k, name in enumerate(names):
            job = Job(f"{name}-{k}", name, "", "en", "retail")
            yield batch._Task(job, "", {}, (), House(), {}, tmp_path, Limits(), "")

    return tasks


def test_when_a_process_dies_every_other_sheet_is_made(stubbed):
    names = ["a", "b", "bad", "c", "d", "bad", "e", "f", "g", "h"]
    outcomes = list(batch._run_all(stubbed(names), 2))
    assert sorted(o.job.share_class for o in outcomes) == sorted(names)
    assert {o.job.share_class for o in outcomes if o.status == "failed"} == {"bad"}
    assert sum(o.status == "failed" for o in outcomes) == 2


def test_a_batch_of_thousands_holds_a_few_sheets_at_a_time(stubbed):
    drawn = []
    outcomes = batch._run_all((drawn.append(task) or task for task in stubbed(["a"] * 1000)), 2)
    held = [len(drawn) - done for done, _ in enumerate(outcomes, 1)]
    assert len(held) == 1000
    assert max(held) <= 2 * batch.AHEAD


def test_a_class_without_figures_stops_no_other(folder, tmp_path, monkeypatch):
    """Two of the three classes cannot be measured."""

    def measured(*given, real=batch.measure, **named):
        if given[4].name != "B GBP Accumulation":
            raise RunError(f"{given[4].name}: no figures")
        return real(*given, **named)

    monkeypatch.setattr(batch, "measure", measured)
    monkeypatch.setattr(batch, "_run_all", lambda tasks, workers: [batch.Outcome(task.job, "made") for task in tasks])
    outcomes = make_batch(folder, tmp_path, plan_batch(load_run_mandate(folder)))
    assert sorted(outcome.status for outcome in outcomes) == ["failed", "failed", "made"]
    assert [o.says for o in outcomes if o.status == "failed"] == [
        f"{o.job.share_class}: no figures" for o in outcomes if o.status == "failed"
    ]
    assert (tmp_path / "manifest.csv").is_file()


def test_a_sheet_that_may_not_exist_is_refused_with_the_reason(folder, tmp_path, monkeypatch):
    facts = facts_from_json((folder / artifacts.FACTS).read_text(encoding="utf-8"))
    public = replace(facts, facts=facts.facts | {"doc.channel": replace(facts.facts["doc.channel"], value="public")})
    monkeypatch.setattr(batch, "_limit", lambda limits: None)
    job = Job("b", "B GBP Accumulation", "", "en", "retail")
    task = batch._Task(job, batch.facts_to_json(public), {}, (), batch.House(), {}, tmp_path, Limits(), "")
    outcome = batch._make(task)
    assert outcome.status == "refused"
    assert "no sheet is made for channel public" in outcome.says


def test_data_are_read_once_figures_cut_once_a_class_and_charts_drawn_once_a_class_and_language(
    folder, tmp_path, monkeypatch
):
    """Every class, language and audience, all of it in this process and without a layout: what is done, is counted."""
    calls: Counter[str] = Counter()

    def counted(module, name):
        real = getattr(module, name)

        def call(*args, **named):
            calls[name] += 1
            return real(*args, **named)

        monkeypatch.setattr(module, name, call)

    for name in ("read_panel", "read_result", "measure", "build_facts", "facts_to_json", "facts_from_json"):
        counted(batch, name)
    for name in ("growth_chart", "drawdown_chart", "share_chart"):
        counted(charts, name)
    addresses, pages = [], []

    def only_the_page(folder, facts, rules, house, inputs):
        addresses.append(tuple(facts.facts[key].value for key in ("class.name", "doc.language", "doc.audience")))
        pages.append(build_page(facts, (), Density(), house)["growth"])
        raise GateError("counted")

    monkeypatch.setattr(batch, "make_and_review", only_the_page)
    monkeypatch.setattr(batch, "_limit", lambda limits: None)
    monkeypatch.setattr(batch, "_run_all", lambda tasks, workers: [batch._make(task) for task in tasks])
    drawings._drawn.cache_clear()
    batch._read.cache_clear()
    spoken = languages()
    jobs = plan_batch(load_run_mandate(folder), languages=spoken, audiences=AUDIENCES)
    make_batch(folder, tmp_path, jobs)
    said = 3 * len(spoken)
    assert addresses == [(job.share_class, job.language, job.audience) for job in jobs]
    assert len(jobs) == said * len(AUDIENCES)
    assert len(set(pages)) == said
    assert calls == {
        "read_panel": 1, "read_result": 2, "measure": 3, "build_facts": said, "facts_from_json": 1 + said,
        "facts_to_json": said + len(jobs), "growth_chart": said, "drawdown_chart": said, "share_chart": len(spoken),
    }  # fmt: skip


def test_a_run_that_was_touched_is_not_rendered(folder, tmp_path):
    spoiled = shutil.copytree(folder, tmp_path / "run")
    (spoiled / artifacts.FINDINGS).write_text("[]", encoding="utf-8")
    with pytest.raises(RunError, match=r"findings\.json: changed since the run"):
        make_batch(spoiled, tmp_path / "sheets", plan_batch(load_run_mandate(spoiled)))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"classes": ["Z"]}, r"--class 'Z': there is none\. Allowed: B GBP Accumulation"),
        ({"languages": ["xx"]}, r"--language 'xx': there is none\. Allowed: en"),
        (
            {"audiences": ["all"]},
            r"--audience 'all': there is none\. Allowed: retail or professional|Allowed: retail, professional",
        ),
    ],
)
def test_what_there_is_not_is_one_sentence(folder, asked, message):
    with pytest.raises(RunError, match=message):
        plan_batch(load_run_mandate(folder), **asked)


def test_classes_whose_names_differ_in_signs_have_folders_of_their_own(folder):
    loaded = load_run_mandate(folder)
    table = loaded.mandate.model_dump()
    one = table["share_class"][0]
    table["share_class"] = [one | {"name": "A (GBP)"}, one | {"name": "A GBP"}, one | {"name": "a-gbp"}]
    twins = loaded.model_copy(update={"mandate": parse_mandate(table, "twins")})
    assert [job.name for job in plan_batch(twins)] == ["a-gbp-en-retail", "a-gbp-2-en-retail", "a-gbp-3-en-retail"]


def test_a_cell_of_the_table_is_never_a_formula(tmp_path):
    outcome = batch.Outcome(Job("a", "=cmd|' /C calc'!A0", "", "en", "retail"), "failed", says="-1")
    batch._write_manifest(tmp_path, "run", [outcome])
    with (tmp_path / batch.TABLE).open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["share_class"] == "'=cmd|' /C calc'!A0"
    assert row["says"] == "'-1"
