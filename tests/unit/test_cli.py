"""The command line prints one sentence for every mistake, ends with the right code, and leaves nothing behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from backtest.cli_strategies import print_strategies

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


def test_a_folder_without_a_run_is_bad_input(tmp_path):
    done = jevons("sheet", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "jevons: nowhere: no finished run, mandate.toml is missing. Give the folder that a run made."
    )


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


ROWS = [
    {
        "name": "a_name", "idea": "An idea that takes more words than a narrow terminal has columns for, so it wraps.",
        "source": "Somebody, Somewhere, 1999.", "fails_when": "it rains.", "reads": "sales, capex",
        "event_driven": True, "parameters": ["x: what [it] means, 0 to 1; default 0.5", "y: more, 1 to 9; default 2"],
    },
    {"name": "plain", "idea": "Nothing to set.", "parameters": []},
]  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_a_list_of_strategies_is_wrapped_beside_its_labels(width):
    out = io.StringIO()
    print_strategies(ROWS, Console(file=out, width=width, markup=False, highlight=False))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(len(line) for line in lines) <= width
    assert lines[0] == "a_name   (event-driven)" and lines.count("") >= 2
    labels = [line[2:17].strip() for line in lines if line[2:17].strip() and line.startswith("  ")]
    assert labels == ["idea", "source", "must fail when", "reads", "parameters", "idea", "parameters"]
    text = " ".join(" ".join(lines).split())
    assert "wraps." in text and "what [it] means, 0 to 1; default 0.5" in text and "none" in text
    assert all(line.startswith((" " * 18, "  ")) for line in lines if line not in {"", lines[0], "plain"})


def test_the_list_names_every_strategy_with_all_that_is_stated(tmp_path):
    rows = json.loads(jevons("strategies", "list", "--format", "json", cwd=tmp_path).stdout)
    told = jevons("strategies", "list", cwd=tmp_path).stdout
    for row in rows:
        assert row["name"] in told and row["idea"].split()[0] in told
    assert told.count("must fail when") == told.count("source") == len(rows)
    assert sum(row["event_driven"] for row in rows) == told.count("(event-driven)") > 0


LEAKING = '''"""Peeks."""


def target_weights(history, *, tilt: float = 0.5):
    """tilt: towards what will rise, 0 to 1."""
    future = history._History__panel.prices[-1]
    score = history.members * (1.0 + tilt * (future > history.prices[-1]))
    return score / score.sum(axis=-1, keepdims=True)
'''


def test_a_clean_strategy_is_told_with_what_was_tried_and_the_limits_of_the_proof(tmp_path):
    done = jevons("strategies", "check", "cut_capex", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = " ".join(done.stdout.split())
    assert "clean: no answer moved by as much as a bit. A proof by example" in text
    assert "12 dates from" in text and "20 sets of parameters" in text and "the sample market" in text
    assert "scrambled, reordered, cut off, blanked" in text and "ms for 100 variants" in text


def test_a_leak_ends_in_code_1_with_date_asset_and_set(tmp_path):
    (tmp_path / "mine.py").write_text(LEAKING, encoding="utf-8")
    done = jevons("strategies", "check", "mine.py", "--days", "3", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    text = " ".join(done.stdout.split())
    assert "FAIL looks ahead: 20" in text and "its weight of" in text and "once what follows is" in text
    assert "LOOK reaches around: mine.py, line 6" in text and "2 findings." in text
    told = json.loads(jevons("strategies", "check", "mine.py", "--format", "json", cwd=tmp_path).stdout)
    assert [finding["kind"] for finding in told["findings"]] == ["looks ahead", "reaches around"]
    assert not told["clean"] and told["findings"][0]["date"] and told["findings"][0]["asset"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "nothing named"),
        (("nowhere.py",), "no such strategy file"),
        (("cut_capx",), "Did you mean cut_capex?"),
        (("broken.py",), "broken.py, line 1: not valid Python"),
        (("cut_capex", "--mandate", "none.toml"), "no such mandate file"),
    ],
)
def test_what_cannot_be_checked_is_bad_input(tmp_path, words, expected):
    (tmp_path / "broken.py").write_text("def (:\n", encoding="utf-8")
    done = jevons("strategies", "check", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert expected in done.stderr and "Traceback" not in done.stderr


def test_the_data_doctor_answers(tmp_path):
    done = jevons("data", "check", written(tmp_path), "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(finding["message"] for finding in json.loads(done.stdout))
