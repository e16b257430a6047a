"""The register appends, and never changes a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.errors import RunError
from backtest.register import RunRecord, record_run, runs

RECORD = RunRecord("r1", "Fund", "cut_capex", date(2026, 10, 30), "a" * 64, "b" * 64, True, 0, 2)


def test_a_repeated_run_is_a_second_row(tmp_path):
    database = tmp_path / "register.sqlite"
    other = replace(RECORD, run="r2", verified=False)
    assert [record_run(database, r) for r in (RECORD, RECORD, other)] == [1, 2, 3]
    assert runs(database) == (RECORD, RECORD, other)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    database = tmp_path / "register.sqlite"
    database.write_text("not a database, but long enough to be taken for one" * 20)
    with pytest.raises(RunError, match="the register cannot be written"):
        record_run(database, RECORD)
