"""A mandate in German from its file to its sheets: the manager's texts, the commentary, and what is not translated."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from backtest import artifacts
from backtest.artifacts import examples_folder
from backtest.batch import make_batch
from backtest.carried import load_run_mandate
from backtest.cli import app
from backtest.errors import HouseError, WordsError
from backtest.jobs import plan_batch
from backtest.pipeline import run

OBJECTIVE = "Kapital über fünf Jahre oder länger vermehren. Ob das gelingt, ist ungewiss."
STATUS = "Tarnbrook Asset Management ist erfunden; keine Aufsicht hat es zugelassen."
ENGLISH = """
[texts.en]
objective = "To grow capital over five years or more. There is no certainty that this is achieved."
firm_authorisation = "Tarnbrook Asset Management is invented; no regulator has authorised it."
commentary = "commentary.en.md"
"""


def german(folder, english: str = ENGLISH, commentary: str = "Der Markt war **ruhig**.") -> None:
    """The demo's mandate as a German house would write it."""
    lines = (examples_folder() / "demo.toml").read_text(encoding="utf-8").split("\n# The manager's own words")[0]
    rows = []
    for line in lines.splitlines():
        key = line.split(" = ")[0]
        said = {"objective": OBJECTIVE, "firm_authorisation": STATUS, "documents_language": "Deutsch"}.get(key)
        rows.append(f'{key} = "{said}"' if said else line)
    head = '[report]\nlanguage = "de"\ncommentary = "kommentar.md"'
    text = "\n".join(rows).replace("[report]", head) + "\n" + english
    (folder / "fonds.toml").write_text(text, encoding="utf-8")
    (folder / "kommentar.md").write_text(commentary, encoding="utf-8")
    (folder / "commentary.en.md").write_text("The market was **calm**.", encoding="utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    desk = tmp_path_factory.mktemp("haus")
    german(desk)
    return run(desk / "fonds.toml", desk / "runs", lambda stage, what: None)


def test_the_sheet_is_german_and_no_breach_is_found(finished):
    page = (finished.folder / artifacts.PAGE).read_text(encoding="utf-8")
    assert 'lang="de"' in page
    for said in (OBJECTIVE, STATUS, "auf Deutsch", "Der Markt war <b>ruhig</b>.", "Vereinigtes Königreich"):
        assert said in page
    assert finished.review.conclusion.startswith("No breach found")
    assert [f.rule_id for f in finished.review.open] == ["LNG-01"]


def test_its_english_sheet_is_made_of_the_texts_in_english(finished, tmp_path):
    """And a French one is not made: nobody gave its texts. The others are, and the command says what is missing."""
    target = tmp_path / "sheets"
    words = ["sheet", str(finished.folder), "--into", str(target), "--language", "en", "--language", "fr"]
    told = CliRunner().invoke(app, [*words, "--workers", "1"])
    assert told.exit_code == 1
    assert "1 of 2 sheets" in told.output
    assert "fr-retail: [texts.fr] commentary: missing; the mandate has one" in " ".join(told.output.split())
    rows = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["sheets"]
    assert [(row["language"], row["status"], row["breaches"]) for row in rows] == [
        ("en", "made", 0),
        ("fr", "failed", 0),
    ]
    page = next(target.glob("*-en-retail")).joinpath(artifacts.PAGE).read_text(encoding="utf-8")
    for said in ("To grow capital over five years", "The market was <b>calm</b>.", "Simulated results", "in German"):
        assert said in page
    assert "Kapital" not in page


def test_its_own_sheet_is_the_same_bytes_from_a_batch(finished, tmp_path):
    (outcome,) = make_batch(finished.folder, tmp_path, plan_batch(load_run_mandate(finished.folder)), 1)
    assert (outcome.job.language, outcome.status) == ("de", "made")
    made = (tmp_path / outcome.job.name / artifacts.SHEET).read_bytes()
    assert made == finished.sheet.read_bytes()


def test_a_commentary_that_promises_in_german_stops_the_run_with_its_line(tmp_path):
    german(tmp_path, commentary="Der Markt war ruhig.\n\nDer Erfolg ist garantiert.")
    with pytest.raises(HouseError, match=r"kommentar\.md, line 3: says 'garantiert', which TXT-01"):
        run(tmp_path / "fonds.toml", tmp_path / "runs", lambda stage, what: None)


def test_a_language_that_there_is_not_is_one_sentence(tmp_path):
    german(tmp_path)
    path = tmp_path / "fonds.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('language = "de"', 'language = "it"'), encoding="utf-8")
    with pytest.raises(WordsError, match=r"language 'it': there is none\. Allowed: en, de, fr\.") as error:
        run(path, tmp_path / "runs", lambda stage, what: None)
    assert error.value.exit_code == 2
    assert not (tmp_path / "runs").exists()
