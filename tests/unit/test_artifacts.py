"""The run folder is whole or absent, and its manifest notices every changed byte."""

from __future__ import annotations

import pytest

from backtest import artifacts
from backtest.errors import RunError


def finished(folder):
    """A small finished run: one file and its manifest."""
    folder.mkdir()
    (folder / "facts.json").write_text("{}")
    artifacts.write_json(folder / artifacts.MANIFEST, artifacts.manifest(folder, "r", {"mandate": "0" * 64}, True))
    return folder


def test_a_staged_folder_appears_only_when_the_block_ends_well(tmp_path):
    target = tmp_path / "runs" / "r1"
    with artifacts.staged(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"
    assert [p.name for p in target.parent.iterdir()] == ["r1"]


def test_a_failed_block_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError), artifacts.staged(tmp_path / "r1") as folder:
        (folder / "a").write_text("1")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_failed_repeat_keeps_the_earlier_run(tmp_path):
    target = tmp_path / "r1"
    with artifacts.staged(target) as folder:
        (folder / "a").write_text("first")
    with pytest.raises(ZeroDivisionError), artifacts.staged(target) as folder:
        (folder / "a").write_text("second")
        raise ZeroDivisionError
    assert (target / "a").read_text() == "first"
    with artifacts.staged(target) as folder:
        (folder / "a").write_text("third")
    assert (target / "a").read_text() == "third"
    assert [p.name for p in tmp_path.iterdir()] == ["r1"]


def test_an_unwritable_place_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write there"), artifacts.staged(tmp_path / "file" / "r1"):
        pass


def test_the_manifest_notices_a_changed_and_a_missing_file(tmp_path):
    folder = finished(tmp_path / "r")
    artifacts.check_manifest(folder)
    (folder / "facts.json").write_text("{ }")
    with pytest.raises(RunError, match=r"facts\.json: changed since the run"):
        artifacts.check_manifest(folder)
    (folder / "facts.json").unlink()
    with pytest.raises(RunError, match=r"facts\.json: missing, but listed"):
        artifacts.check_manifest(folder)


def test_reading_what_is_not_there_or_not_json_is_one_sentence(tmp_path):
    with pytest.raises(RunError, match=r"missing\. Give the folder of a finished run"):
        artifacts.read_json(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(RunError, match="not valid JSON"):
        artifacts.read_json(tmp_path / "bad.json")


def test_json_does_not_depend_on_key_order_and_refuses_nan():
    assert artifacts.to_json({"b": 1, "a": 2}) == artifacts.to_json({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        artifacts.to_json(float("nan"))


def test_the_run_hash_moves_with_the_mandate_and_with_each_input():
    base = artifacts.run_hash("m", {"closes": "1"})
    assert base == artifacts.run_hash("m", {"closes": "1"})
    assert len({base, artifacts.run_hash("n", {"closes": "1"}), artifacts.run_hash("m", {"closes": "2"})}) == 3


def test_slugs_are_plain():
    assert artifacts.slug("Harrow & Gate: AI (Fund) É") == "harrow-gate-ai-fund"
    assert artifacts.slug("日本") == "run"
