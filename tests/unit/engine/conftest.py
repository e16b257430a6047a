"""The random markets of tests/oracles, for the unit tests of the engine."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def markets() -> SimpleNamespace:
    path = Path(__file__).parents[2] / "oracles" / "random_markets.py"
    return SimpleNamespace(**runpy.run_path(str(path)))
