"""A wheel in a clean environment, from a folder that is not the checkout, runs the demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(w) for w in words], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel as a release would build it."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_strategies_templates_fonts_and_rules(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"strategies/cut_capex.py", "backtest/_examples/demo.toml"} <= names
    for beginning, ending in (
        ("backtest/_templates/factsheet/", ".html"),
        ("backtest/_templates/factsheet/fonts/", ".ttf"),
        ("backtest/_templates/disclosures/uk/", ".toml"),
        ("backtest/_templates/disclosures/house/", ".toml"),
        ("backtest/_templates/review/", ".html"),
    ):
        assert any(n.startswith(beginning) and n.endswith(ending) for n in names), beginning
    assert not any(n.startswith(("tests/", "templates/", "benchmarks/")) for n in names)


def test_an_installed_wheel_runs_the_demo_anywhere(wheel, tmp_path):
    uv = shutil.which("uv") or str(ROOT / ".venv-tools" / "bin" / "uv")
    environment, elsewhere = tmp_path / "venv", tmp_path / "elsewhere"
    elsewhere.mkdir()
    python = environment / "bin" / "python"
    for words in (
        (uv, "venv", "--quiet", "--python", sys.executable, environment),
        (uv, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", ROOT / "requirements.lock"),
        (uv, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel),
    ):
        done = run(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = run(environment / "bin" / "jevons", "demo", "--format", "json", cwd=elsewhere, env=clean)
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["verified"] is True
    assert (elsewhere / outcome["sheet"]).read_bytes().startswith(b"%PDF-")
