"""Broken market files, met by the command as a user meets them: one sentence, exit code 2, nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DAYS = np.arange(np.datetime64("2023-01-02"), np.datetime64("2024-03-01"))
DAYS = DAYS[np.is_busday(DAYS)]

MANDATE = """
[fund]
name = "Small Fund"
firm = "Small Firm"
subject = "fund"
objective = "To hold three companies."
base_currency = "GBP"
documents_from = "www.example.com"
[data]
closes = "closes.csv"
universe = "universe.csv"
benchmark_weights = "equal"
vendor = "a vendor"
[strategy]
name = "hold_benchmark"
[[share_class]]
name = "A"
currency = "GBP"
ongoing_charge = 0.01
[distribution]
jurisdictions = ["UK"]
audience = "retail"
channel = "internal"
"""

UNIVERSE = """ticker,name,sector,theme,country,currency
AA,Alpha,Energy,capex,GB,GBP
BB,Beta,Energy,adopter,GB,GBP
CC,Gamma,Energy,other,GB,GBP
"""


def closes() -> list[str]:
    """A header and one row a day: three names that drift apart."""
    rows = [f"{day},{100 + i * 0.1:.2f},{50 + i * 0.02:.2f},{80 - i * 0.05:.2f}" for i, day in enumerate(DAYS)]
    return ["date,AA,BB,CC", *rows]


def write(folder: Path, rows: list[str], universe: str = UNIVERSE, mandate: str = MANDATE) -> None:
    (folder / "closes.csv").write_text("\n".join(rows) + ("\n" if rows else ""), encoding="utf-8")
    (folder / "universe.csv").write_text(universe, encoding="utf-8")
    (folder / "mandate.toml").write_text(mandate, encoding="utf-8")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`jevons run mandate.toml`, or another verb."""
    command = [sys.executable, "-c", "from backtest.cli import main; main()", *(words or ("run", "mandate.toml"))]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def changed(row: int, column: int, text: str) -> list[str]:
    rows = closes()
    cells = rows[row].split(",")
    cells[column] = text
    return [*rows[:row], ",".join(cells), *rows[row + 1 :]]


FILES = {
    "an empty file": ([], UNIVERSE, ("closes.csv", "empty")),
    "a header and no rows": (closes()[:1], UNIVERSE, ("closes.csv", "no row")),
    "a date twice": ([*closes()[:9], closes()[8], *closes()[9:]], UNIVERSE, ("2023-01-11", "more than once")),
    "a price of zero": (changed(5, 1, "0"), UNIVERSE, ("closes.csv", "2023-01-06", "AA", "above zero")),
    "a price in words": (changed(5, 2, "n.q."), UNIVERSE, ("closes.csv", "2023-01-06", "BB", "n.q.")),
    "a name without prices": (closes(), UNIVERSE + "DD,Delta,Energy,other,GB,GBP\n", ("universe.csv", "DD")),
    "a theme nobody knows": (closes(), UNIVERSE.replace("capex", "capx"), ("universe.csv", "capx", "capex")),
    "a currency without rates": (closes(), UNIVERSE.replace("GB,GBP\nBB", "US,USD\nBB"), ("USD",)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FILES, ids=lambda f: f.replace(" ", "_"))
def test_a_broken_file_costs_one_sentence(tmp_path, fault):
    rows, universe, expected = FILES[fault]
    write(tmp_path, rows, universe)
    done = run(tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("jevons: ")
    assert len(done.stderr.strip().splitlines()) == 1
    for words in expected:
        assert words in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_missing_file_and_a_benchmark_without_data_say_so(tmp_path):
    write(tmp_path, closes())
    (tmp_path / "closes.csv").unlink()
    assert "closes.csv: no such file" in run(tmp_path).stderr
    benchmark = MANDATE.replace("vendor =", 'benchmark = "index.csv"\nvendor =')
    write(tmp_path, closes(), mandate=benchmark)
    (tmp_path / "index.csv").write_text("Date,Close\n2010-01-04,100\n2010-01-05,101\n", encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 2
    assert "index.csv" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_the_unbroken_files_run(tmp_path):
    write(tmp_path, closes())
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (sheet,) = (tmp_path / "runs").glob("*/factsheet.pdf")
    the_managers_own_reports_can_be_printed(tmp_path, str(sheet.parent))


def the_managers_own_reports_can_be_printed(folder: Path, finished: str) -> None:
    done = run(folder, "attribution", finished, "--by", "sector", "--start", "2023-06-01", "--end", "2023-12-29")
    assert (done.returncode, done.stderr) == (0, "")
    assert "by sector" in done.stdout and "1 June 2023 – 29 December 2023" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    told = json.loads(run(folder, "attribution", finished, "--format", "json").stdout)
    assert (told["by"], told["basis"]) == ("theme", "simulated")
    done = run(folder, "scenarios", finished, "--shock", "capex=-0.2", "--shock", "BB=0.1", "--on", "2023-12-29")
    assert (done.returncode, done.stderr) == (0, "")
    assert "never" in done.stdout and "hypothetical" in done.stdout and "29 December 2023" in done.stdout
    told = json.loads(run(folder, "scenarios", finished, "--elasticity", "2", "--format", "json").stdout)
    assert told["basis"] == "hypothetical"
    for words, expected in ((("--shock", "capex"), "capex=-0.2"), (("--shock", "CAPX=-0.1"), "CAPX")):
        done = run(folder, "scenarios", finished, *words)
        assert done.returncode == 2 and expected in done.stderr and done.stderr.count("\n") == 1


def test_a_report_on_no_run_is_bad_input(tmp_path):
    for verb in ("attribution", "scenarios"):
        done = run(tmp_path, verb, "nowhere")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "nowhere" in done.stderr


def test_the_market_of_a_mandate_can_be_used_for_the_proof(tmp_path):
    write(tmp_path, closes())
    done = run(tmp_path, "strategies", "check", "--mandate", "mandate.toml", "--format", "json", "--days", "4")
    told = json.loads(done.stdout)
    assert (done.returncode, told["strategy"], told["clean"], len(told["dates"])) == (0, "hold_benchmark", True, 4)
    assert told["market"].startswith("the market of mandate.toml, 2023-01-02 to 2024-02-29, 3 names")
