"""The command line prints one sentence for every mistake, ends with the right code, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "examples" / "demo.toml").read_text(encoding="utf-8")


def jevons(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from backtest.cli import main; main()", *(str(w) for w in words)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"}
    )


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """The demo mandate in `folder`, with pieces of its text exchanged."""
    text = DEMO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mandate.toml"
    path.write_text(text, encoding="utf-8")
    return path


MISTAKES = {
    "unknown strategy": (
        ('name = "cut_capex"', 'name = "cut_capx"'),
        ("cut_capx", "Did you mean cut_capex?", "hold_benchmark"),
    ),
    "unknown parameter": (
        ("capex_target", "capex_taget"),
        ("capex_taget", "Did you mean capex_target?", "months (1 to 60)"),
    ),
    "parameter out of range": (("capex_target = 0.5", "capex_target = 1.5"), ("capex_target", "1.5", "0 to 1")),
    "parameter of the wrong type": (("months = 6", 'months = "six"'), ("months", "six", "1 to 60")),
    "constraints that fight": (("max_name = 0.08", "max_name = 0.001"), ("max_name", "0.001")),
    "window without a day": (("start = 2014-11-03", "start = 2031-01-01"), ("no trading day", "2031")),
    "start after end": (
        ("start = 2014-11-03", "start = 2020-01-01\nend = 2019-01-01"),
        ("start 2020-01-01 is after end 2019-01-01",),
    ),
    "as-of outside the window": (("trials = 1", "trials = 1\nas_of = 2040-01-31"), ("as_of", "2040-01-31")),
    "a strategy by a path that is not there": (('name = "cut_capex"', 'path = "mine.py"'), ("mine.py",)),
    "a bare strategy for the public": (
        ('subject = "fund"', 'subject = "strategy"'),
        ('channel = "internal"', 'channel = "public"'),
        ("strategy", "public"),
    ),
    "invented prices for the public": (('channel = "internal"', 'channel = "public"'), ("invented", "public")),
    "a share class without rates": (('currency = "GBP"\nongoing', 'currency = "NOK"\nongoing'), ("NOK",)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.replace(" ", "_"))
def test_a_mistake_costs_one_sentence_exit_code_2_and_no_folder(tmp_path, mistake):
    *changes, expected = MISTAKES[mistake]
    done = jevons("run", written(tmp_path, *changes), cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("jevons: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stdout + done.stderr
    for words in expected:
        assert words in done.stderr
    runs = tmp_path / "runs"
    assert not runs.exists() or list(runs.iterdir()) == []


def test_a_missing_mandate_is_bad_input(tmp_path):
    done = jevons("run", "none.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no such mandate file" in done.stderr


def test_reviewing_what_is_no_pdf_is_bad_input(tmp_path):
    (tmp_path / "a.pdf").write_text("not a PDF")
    done = jevons("review", "a.pdf", cwd=tmp_path)
    assert done.returncode == 2
    assert "a.pdf" in done.stderr
    assert "Traceback" not in done.stderr


def test_strategies_and_rules_can_be_listed(tmp_path):
    assert "capex_target" in jevons("strategies", "list", cwd=tmp_path).stdout
    rules = json.loads(jevons("rules", "list", "--format", "json", cwd=tmp_path).stdout)
    assert len(rules) >= 15
    assert {"SIM-01", "SIM-04", "GEN-08", "FUT-01", "TXT-01"} <= {rule["id"] for rule in rules}


def test_the_data_doctor_answers(tmp_path):
    done = jevons("data", "check", written(tmp_path), "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(finding["message"] for finding in json.loads(done.stdout))
