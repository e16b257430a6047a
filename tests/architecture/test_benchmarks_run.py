"""`python -m benchmarks --quick` runs to its end and every table has numbers. No time is asserted: machines differ."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?%?")
TITLES = (
    "The command",
    "A fact sheet",
    "A review",
    "A tear sheet and a fact sheet",
    "What a tear sheet and a fact sheet contain",
    "One simulation, against peers",
    "One simulation with everything switched on",
    "How often each constraint bound",
    "A sweep, for each variant",
    "The memory of a sweep",
    "Rebalancing every day, for each variant",
    "How time grows",
    "How memory grows",
)


@pytest.fixture(scope="module")
def page() -> str:
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sections(page: str) -> dict[str, list[str]]:
    """Title -> its lines."""
    found = {}
    for part in page.split("\n## ")[1:]:
        title, *lines = part.splitlines()
        found[title] = lines
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_table_is_printed_once_and_in_order(page):
    assert tuple(sections(page)) == TITLES


def test_every_row_of_every_table_has_numbers(page):
    for title, lines in sections(page).items():
        head, rule, *rows = [cells(line) for line in lines if line.startswith("|")]
        assert rows, title
        assert {len(row) for row in rows} == {len(head)} == {len(rule)}, title
        for row in rows:
            assert any(NUMBER.fullmatch(cell) for cell in row[1:]), (title, row)
            assert not any("nan" in cell.lower() or "inf" in cell.lower().split() for cell in row[1:]), (title, row)


def test_every_target_is_judged(page):
    verdicts = [line for line in page.splitlines() if line.startswith("- ")]
    assert len(verdicts) >= 16
    assert all(re.search(r", at (least|most) [\d.,]+ wanted: (reached|NOT reached)$", line) for line in verdicts)


def test_the_run_with_everything_on_meets_its_constraints(page):
    """A constraint that never binds costs nothing: most of them bind even in the small market."""
    rows = [cells(line) for line in sections(page)["How often each constraint bound"] if line.startswith("| `")]
    assert sum(int(row[1]) > 0 for row in rows) >= 12
