"""Set-up on a machine that lacks a library, for somebody who may not install it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_without_root_or_sudo_it_prints_the_one_line_and_stops(tmp_path):
    stubs = {"dpkg-query": "exit 1", "id": "echo 1000", "sudo": "exit 1"}
    for name, body in stubs.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", ROOT / "setup.sh", "environment"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    line = "    sudo apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    assert line in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


def test_make_alone_prints_the_targets():
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("make demo", "make test", "make bench"):
        assert target in done.stdout
