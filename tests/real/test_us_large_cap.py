"""The whole path on real prices of large US companies, to a reviewed PDF."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backtest import artifacts
from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import key

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_large_cap"
REASON = "real market data are not beside this checkout (../shared/data)"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=REASON)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[subprocess.CompletedProcess[str], Path]:
    runs = tmp_path_factory.mktemp("runs")
    command = [sys.executable, "-c", "from backtest.cli import main; main()"]
    words = ["run", str(ROOT / "examples" / "us_large_cap.toml"), "--runs", str(runs)]
    done = subprocess.run(
        [*command, *words], cwd=runs, capture_output=True, text=True, check=False, timeout=600, env=os.environ
    )
    return done, runs


@needs_data
def test_the_run_is_verified_and_its_review_finds_no_breach(finished):
    done, runs = finished
    assert done.returncode == 0, done.stdout + done.stderr
    folder = next(p.parent for p in runs.glob(f"*/{artifacts.MANIFEST}"))
    artifacts.check_manifest(folder)
    verification = artifacts.read_json(folder / artifacts.VERIFICATION)
    assert verification["verified"] is True
    assert verification["max_relative_difference"] <= 1e-9
    review = json.loads((folder / artifacts.REVIEW).read_text(encoding="utf-8"))
    outcomes = {f["rule"]: f["outcome"] for f in review["findings"]}
    assert outcomes["SIM-01"] == outcomes["SIM-04"] == outcomes["RSK-X03"] == "pass"


@needs_data
def test_survivors_only_is_said_on_the_screen_and_on_the_sheet(finished):
    done, runs = finished
    assert "The universe holds survivors only" in done.stdout
    statement = "The data holds only companies that still exist"
    characters = read_pdf(next(runs.glob(f"*/{artifacts.SHEET}"))).characters
    pages = sorted({c.page for c in characters})
    said = [key("".join(c.text for c in characters if c.page == page)).count(key(statement)) for page in pages]
    assert said == [1] + [0] * (len(pages) - 1), "once, on the page of the performance that it qualifies"
