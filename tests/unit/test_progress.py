"""The bar of a batch: on a terminal, with how many are done; not a character in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

CODE = """
from backtest.cli_sheets import _progress
with _progress(3) as tell:
    for _ in range(2):
        tell(None)
"""


def test_a_pipe_sees_nothing():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_terminal_sees_how_many_sheets_are_done():
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other end is closed: that is how a terminal says that it is over
        pass
    os.close(ours)
    assert process.communicate()[0] == b"" and process.returncode == 0
    assert b"sheets" in shown and b"2/3" in shown
