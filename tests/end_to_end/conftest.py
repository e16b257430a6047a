"""One demo run for all tests of the whole path."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from backtest import artifacts


@dataclass(frozen=True)
class Finished:
    """A `jevons demo` that has ended: its exit code, what it printed, its run folder."""

    code: int
    printed: str
    complained: str
    folder: Path


def demo_in(cwd: Path, **environment: str) -> Finished:
    """Run the demo in a process of its own, in `cwd`."""
    cwd.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "from backtest.cli import main; main()", "demo"]
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=300
    )
    folders = [p.parent for p in (cwd / "jevons-demo").glob(f"*/{artifacts.MANIFEST}")]
    assert len(folders) == 1, done.stdout + done.stderr
    return Finished(done.returncode, done.stdout, done.stderr, folders[0])


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Finished:
    return demo_in(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_elsewhere(tmp_path_factory) -> Finished:
    """The same demo in another folder, time zone, locale and hash seed."""
    surroundings = {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    return demo_in(tmp_path_factory.mktemp("elsewhere") / "a folder", **surroundings)
