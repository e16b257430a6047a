"""From a mandate to a reviewed sheet, as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from backtest import artifacts, register
from backtest.analysis import attribution_of
from backtest.artifacts import examples_folder, strategies_folder
from backtest.disclosure import report
from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import key
from backtest.disclosure.rule import Outcome
from backtest.facts import facts_from_json, format_fact
from backtest.pipeline import render_again, run
from backtest.render import Attachment, render_pdf
from backtest.reviewing import ReviewRequest, review_pdf


def words_of(pdf: Path) -> dict[int, str]:
    """What each page of a PDF says, without spaces and hyphens, in small letters."""
    said: dict[int, str] = {}
    for character in read_pdf(pdf).characters:
        said[character.page] = said.get(character.page, "") + character.text
    return {page: key(text).lower() for page, text in said.items()}


def test_the_demo_ends_clean_and_says_where_things_are(demo):
    assert demo.code == 0, demo.printed + demo.complained
    assert demo.complained == ""
    for words in ("return since start", "doing nothing", "ledger: verified", "A person must sign", "factsheet.pdf"):
        assert words in demo.printed


def test_the_run_folder_holds_every_artifact_and_its_hash(demo):
    folder = demo.folder
    artifacts.check_manifest(folder)
    recorded = artifacts.read_json(folder / artifacts.MANIFEST)
    for name in (artifacts.MANDATE, artifacts.METRICS, artifacts.FACTS, artifacts.PAGE, artifacts.SHEET,
                 artifacts.REVIEW, artifacts.REVIEW_PAGE, artifacts.VERIFICATION):  # fmt: skip
        assert name in recorded["artifacts"]
    for room in (artifacts.PANEL, artifacts.RESULT, artifacts.BASELINE):
        assert any(name.startswith(f"{room}/") and name.endswith(".parquet") for name in recorded["artifacts"])
    assert recorded["verified"] is True
    assert len(recorded["code"]["sha256"]) == 64
    assert "mandate" in recorded["inputs"]


def test_the_review_of_a_run_keeps_to_its_schema_and_shows_the_pages(demo):
    schema = json.loads((Path(__file__).parents[2] / "docs" / "review.schema.json").read_text(encoding="utf-8"))
    told = artifacts.read_json(demo.folder / artifacts.REVIEW)
    jsonschema.Draft202012Validator(schema).validate(told)
    page = (demo.folder / artifacts.REVIEW_PAGE).read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == told["pages"]
    assert page.index("May this sheet exist?") < page.index('class="counts"')


def test_the_same_inputs_give_the_same_bytes_anywhere(demo, demo_elsewhere):
    first, second = (artifacts.read_json(d.folder / artifacts.MANIFEST) for d in (demo, demo_elsewhere))
    assert first == second


def test_the_run_is_registered(demo):
    rows = register.runs(demo.folder.parent / artifacts.REGISTER)
    assert [row.run for row in rows] == [demo.folder.name]
    assert rows[0].verified
    assert rows[0].sheet_sha256 == artifacts.sha256_of_file(demo.folder / artifacts.SHEET)


def test_the_printed_sheet_carries_its_figures_and_warnings(demo):
    said = words_of(demo.folder / artifacts.SHEET)
    facts = facts_from_json((demo.folder / artifacts.FACTS).read_text(encoding="utf-8"))
    assert set(said) == {1, 2, 3}
    for page in said:
        words = ["not for distribution", "invented companies and prices", *["simulated past performance"] * (page < 3)]
        assert [w for w in words if key(w).lower() not in said[page]] == [], page
    figures = ("strategy.cumulative.start", "baseline.cumulative.start", "benchmark.discrete.5")
    for fact_id in ("fund.name", "fund.firm", "conc.strategy.effective_names", *(f"perf.{f}" for f in figures)):
        assert key(format_fact(facts.facts[fact_id])).lower() in said[1] + said[2], fact_id


def test_reviewing_the_sheet_again_gives_the_run_s_review(demo):
    again = review_pdf(ReviewRequest(demo.folder / artifacts.SHEET))
    recorded = json.loads((demo.folder / artifacts.REVIEW).read_text(encoding="utf-8"))
    assert again.breaches == ()
    assert report.to_dict(again) == recorded
    assert max(f.outcome for f in again.findings) == Outcome.PASS


def test_rendering_again_from_the_facts_gives_the_same_bytes(demo, tmp_path):
    path = render_again(demo.folder, tmp_path)
    assert path.read_bytes() == (demo.folder / artifacts.SHEET).read_bytes()


@pytest.fixture
def doctored(demo, tmp_path):
    """A copy of the run, free to be spoiled."""
    return shutil.copytree(demo.folder, tmp_path / "run")


def test_a_run_whose_facts_were_touched_is_not_rendered_again(doctored, tmp_path):
    path = doctored / artifacts.FACTS
    path.write_text(path.read_text(encoding="utf-8").replace("Tarnbrook", "Tarnbrock"), encoding="utf-8")
    with pytest.raises(Exception, match="changed since the run"):
        render_again(doctored, tmp_path)


def jevons(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from backtest.cli import main; main()", *(str(w) for w in words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)


def test_a_promise_in_the_objective_ends_with_exit_code_1_and_names_the_finding(tmp_path):
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    promise = text.replace('objective = "To grow', 'objective = "Guaranteed returns every year. To grow')
    (tmp_path / "mandate.toml").write_text(promise, encoding="utf-8")
    done = jevons("run", "mandate.toml", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL  TXT-01" in done.stdout
    assert "Guaranteed" in done.stdout


@pytest.mark.parametrize("spoiled", ["left out", "white", "small"])
def test_a_sheet_without_its_warning_is_caught_in_the_pdf(demo, tmp_path, spoiled):
    page = (demo.folder / artifacts.PAGE).read_text(encoding="utf-8")
    facts = (demo.folder / artifacts.FACTS).read_bytes()
    warning = "These figures refer to simulated past performance"
    assert page.count(warning) == 3
    said = {
        "left out": "These figures are shown for information",
        "white": f'<span style="color: #fff4e3">{warning}</span>',
        "small": f'<span style="font-size: 4pt">{warning}</span>',
    }
    made = render_pdf(
        page.replace(warning, said[spoiled]),
        created=date(2026, 10, 30),
        identifier="spoiled",
        attachments=[Attachment(artifacts.FACTS, facts, "facts")],
    )
    (tmp_path / "sheet.pdf").write_bytes(made.pdf)
    done = jevons("review", "sheet.pdf", "--html", "review.html", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    found = {f["rule"]: f for f in json.loads(done.stdout)["findings"]}
    assert found["SIM-04"]["outcome"] == "fail"
    assert "SIM-04" in (tmp_path / "review.html").read_text(encoding="utf-8")


def test_a_stranger_s_pdf_needs_a_day_and_is_answered(demo, tmp_path):
    head, body = "<head><title>t</title></head>", "<body><h1>A fund</h1><p>Returned 12.3% last year.</p></body>"
    html = f"<html lang='en'>{head}{body}</html>"
    made = render_pdf(html, "body { font-family: 'Jevons Sans' }", created=date(2026, 1, 1), identifier="x")
    (tmp_path / "some.pdf").write_bytes(made.pdf)
    without = jevons("review", "some.pdf", cwd=tmp_path)
    assert (without.returncode, without.stderr.count("\n")) == (2, 1)
    assert "--as-of" in without.stderr
    done = jevons("review", "some.pdf", "--as-of", "2026-11-23", cwd=tmp_path)
    assert done.returncode == 1
    assert "FAIL  GEN-13" in done.stdout


def test_a_run_is_rendered_again_when_the_files_it_was_made_of_are_gone(tmp_path):
    desk = tmp_path / "desk"
    (desk / "house").mkdir(parents=True)
    shutil.copyfile(strategies_folder() / "cut_capex.py", desk / "own.py")
    head = 'name = "house"\nversion = "1"\ntitle = "House rules"\nowner = "the desk"\n'
    (desk / "house" / "pack.toml").write_text(head, encoding="utf-8")
    text = (examples_folder() / "demo.toml").read_text(encoding="utf-8")
    text = text.replace('name = "cut_capex"', 'path = "own.py"').replace("[report]", '[report]\npacks = ["house"]')
    (desk / "own.toml").write_text(text, encoding="utf-8")
    done = run(desk / "own.toml", tmp_path / "runs", lambda stage, what: None)
    shutil.rmtree(desk)
    again = render_again(done.folder, tmp_path / "again")
    assert again.read_bytes() == done.sheet.read_bytes()
    assert attribution_of(done.folder)
