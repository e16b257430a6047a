"""`jevons review` and `jevons rules` as a compliance officer types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backtest.cli import app
from backtest.errors import JevonsError

MARKUP = (
    '<html lang="en"><title>t</title><style>@page { size: A5; margin: 12mm } td { padding-right: 14pt }</style>'
    "<h3>Performance</h3><table><tr><td>Fund</td><td>+1.2%</td><td>−3.4%</td></tr></table><p>%s</p>"
)
DAY = ("--as-of", "2026-11-23")


def jevons(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def pdfs(print_page, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pdfs")
    found = {}
    for name, said in {"bad": "It is definitely guaranteed.", "good": "It is a fund."}.items():
        found[name] = folder / f"{name}.pdf"
        found[name].write_bytes(print_page(MARKUP.replace("%s", said)))
    return found


def test_a_strangers_pdf_is_answered_the_gate_first(pdfs):
    done = jevons("review", pdfs["bad"], *DAY, "--pack", "uk", "--audience", "retail")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("gate: ")
    assert any(line.startswith("FAIL  TXT-01") for line in lines)
    assert any(line.startswith("review: ") for line in lines)


def test_a_pack_by_name_leaves_out_the_rules_of_other_places(pdfs):
    found = json.loads(jevons("review", pdfs["good"], *DAY, "--pack", "uk", "--format", "json").stdout)
    packs = {part for pack in found["packs"] for part in pack["name"].split(" and ")}
    assert "uk" in packs
    assert packs <= {"uk", "house"}
    assert found["for"]["jurisdictions"] == ["UK"]


def test_an_unknown_pack_is_one_sentence(pdfs):
    done = jevons("review", pdfs["good"], *DAY, "--pack", "ukk")
    assert isinstance(done.exception, JevonsError)
    assert "neither a built-in pack nor a folder. Did you mean uk?" in str(done.exception)


def test_the_page_and_the_paper_are_written(pdfs, tmp_path):
    page, paper = tmp_path / "review.html", tmp_path / "review.pdf"
    jevons("review", pdfs["bad"], *DAY, "--html", page, "--report", paper)
    assert "data:image/png;base64," in page.read_text(encoding="utf-8")
    assert paper.read_bytes().startswith(b"%PDF-")


def test_one_rule_is_explained(pdfs):
    done = jevons("review", pdfs["bad"], *DAY, "--explain", "TXT-01")
    assert done.exit_code == 1
    assert done.stdout.startswith("FAIL  TXT-01  BLOCK")
    assert "evidence" in done.stdout
    told = json.loads(jevons("review", pdfs["bad"], *DAY, "--explain", "TXT-01", "--format", "json").stdout)
    assert told["rule"] == "TXT-01"


def test_two_documents_and_two_reviews_are_compared(pdfs, tmp_path):
    better = jevons("review", "--diff", pdfs["bad"], pdfs["good"], *DAY)
    assert better.exit_code == 0, better.output
    assert "FAIL -> PASS  TXT-01" in better.stdout
    for name, pdf in pdfs.items():
        (tmp_path / f"{name}.json").write_text(jevons("review", pdf, *DAY, "--format", "json").stdout, encoding="utf-8")
    worse = jevons("review", "--diff", tmp_path / "good.json", tmp_path / "bad.json")
    assert worse.exit_code == 1
    assert "PASS -> FAIL  TXT-01" in worse.stdout
    told = jevons("review", "--diff", tmp_path / "good.json", tmp_path / "bad.json", "--format", "json")
    assert json.loads(told.stdout)["worse"] is True


def test_a_review_of_nothing_says_what_to_name():
    done = jevons("review")
    assert done.exit_code == 2
    assert "name the PDF to review" in done.stderr


def test_a_rule_is_explained_without_a_run():
    done = jevons("rules", "explain", "DOC-01")
    assert done.exit_code == 0
    assert "successor   DOC-01-2026" in done.stdout
    rows = json.loads(jevons("rules", "explain", "DOC-01", "--format", "json").stdout)
    assert {row["name"] for row in rows} >= {"law", "source", "in force", "successor", "statement", "check"}


def test_a_pack_with_faults_ends_with_2_and_lists_them(tmp_path):
    (tmp_path / "pack.toml").write_text('name = "firm"\nversion = "1"\n', encoding="utf-8")
    (tmp_path / "FRM-01.toml").write_text('id = "FRM-02"\nwhen = "alway"\n', encoding="utf-8")
    done = jevons("rules", "check", tmp_path)
    assert done.exit_code == 2
    assert done.stdout.count("FAULT") == 3  # a key is missing, the id, the trigger
    told = json.loads(jevons("rules", "check", tmp_path, "--format", "json").stdout)
    assert len(told["faults"]) == 3


def test_a_pack_without_faults_ends_with_0_and_says_what_each_rule_does(tmp_path):
    (tmp_path / "pack.toml").write_text('name = "firm"\nversion = "1"\n', encoding="utf-8")
    rule = Path(__file__).parents[2] / "templates" / "disclosures" / "uk" / "SIM-04.toml"
    text = rule.read_text(encoding="utf-8")
    (tmp_path / "SIM-04.toml").write_text(text.replace("max_gap = 0.1\n", "max_gap = 0.3\n"), encoding="utf-8")
    done = jevons("rules", "check", tmp_path)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "loosens SIM-04 LOOSER than the built-in rule: statement near max gap: 0.1 -> 0.3" in said
    assert said.endswith("0 faults.")


def test_rules_are_listed_the_gate_first_and_what_is_unverified_marked():
    lines = jevons("rules", "list").stdout.splitlines()
    assert lines[0].split()[1] == "SIM-01"
    rows = json.loads(jevons("rules", "list", "--format", "json").stdout)
    unseen = [row["id"] for row in rows if not row["verified"]]
    marked = [line.split()[1] for line in lines if line.endswith("(source unverified)")]
    assert marked == unseen != []
