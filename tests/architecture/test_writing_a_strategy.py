"""docs/writing-a-strategy.md is carried out from top to bottom: its files are saved, its commands run, what it shows
is what is printed.

A block is saved under the last file name that the text before it puts in backquotes. A line `$ command` is run, the
lines under it are what it prints: `...` stands for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-strategy.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w-]+\.(?:py|toml|csv))`")
SECTION = re.compile(r"^\[strategy\]\n.*?(?=^\[\w)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A file to save, or a command and what it prints."""

    what: str
    text: str
    is_command: bool


def steps() -> list[Step]:
    page, found, end = PAGE.read_text(encoding="utf-8"), [], 0
    for block in BLOCK.finditer(page):
        before, (language, text) = page[end : block.start()], block.groups()
        end = block.end()
        if language == "console":
            for part in text.removeprefix("$ ").split("\n$ "):
                command, _, output = part.partition("\n")
                found.append(Step(command, output, True))
        else:
            found.append(Step(FILE.findall(before)[-1], text, False))
    return found


def save(folder: Path, step: Step) -> None:
    """Write the file; a [strategy] section alone takes the place of the one that is there."""
    path = folder / step.what
    text = step.text
    if text.startswith("[strategy]"):
        text = SECTION.sub(lambda _: f"{step.text}\n", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    jevons, *words = command.split()
    assert jevons == "jevons"
    start = [sys.executable, "-c", "from backtest.cli import main; main()", *words]
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    return subprocess.run(start, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def squeezed(text: str) -> str:
    """Text with its lines' ends and its columns' widths left out."""
    return " ".join(text.split())


def pattern(shown: str) -> re.Pattern[str]:
    return re.compile(re.escape(squeezed(shown)).replace(r"\.\.\.", ".*?"), re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> list[tuple[Step, subprocess.CompletedProcess[str]]]:
    """Each command of the page with what became of it, in order."""
    folder, done = tmp_path_factory.mktemp("ten_minutes"), []
    for step in steps():
        if step.is_command:
            done.append((step, run(folder, step.what)))
        else:
            save(folder, step)
    return done


def test_every_command_prints_what_the_page_shows(printed):
    assert len(printed) >= 10
    for step, done in printed:
        assert pattern(step.text).fullmatch(squeezed(done.stdout)), (step.what, done.stdout, done.stderr)


def test_findings_end_in_code_1_and_all_else_in_0(printed):
    for step, done in printed:
        found = "FAIL" in step.text or "LOOK" in step.text
        assert done.returncode == (1 if found else 0), (step.what, done.stdout, done.stderr)


def test_the_page_shows_what_it_promises(printed):
    commands = [step.what for step, _ in printed]
    assert "jevons strategies check momentum.py" in commands and "jevons run mandate.toml" in commands
    text = PAGE.read_text(encoding="utf-8")
    for kind in ("looks ahead", "keeps state", "not repeatable", "refuses", "grid", "reads from outside",
                 "reaches around", "hindsight"):  # fmt: skip
        assert f" {kind} |" in text


def test_everything_that_history_offers_is_in_the_table():
    from backtest.market.history import History

    text = PAGE.read_text(encoding="utf-8").partition("## What `history` offers")[2]
    offered = {name for name in vars(History) if not name.startswith("_")}
    assert {name for name in offered if f"`{name}" not in text} == set()


def test_the_patterns_would_notice_a_difference():
    assert pattern("a  ... c\n1").fullmatch(squeezed("a b\nb c   1"))
    assert not pattern("a ... c").fullmatch("a b d")
    assert not pattern("a").fullmatch("a b")
