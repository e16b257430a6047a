"""The same facts give the same bytes: in another process, time zone, locale, hash seed and folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from backtest import artifacts
from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.report import to_json
from backtest.disclosure.require import published
from backtest.disclosure.review import review
from backtest.facts import facts_to_json
from backtest.factsheet import attachments, make_sheet

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
from backtest.disclosure.rule import Statement
from backtest.facts import facts_from_json
from backtest.factsheet import attachments, make_sheet

folder = Path(sys.argv[1])
facts = facts_from_json((folder / "facts.json").read_text(encoding="utf-8"))
said = tuple(Statement(**s) for s in json.loads((folder / "statements.json").read_text(encoding="utf-8")))
attached = attachments(facts, {"mandate": "0" * 64})
sys.stdout.buffer.write(make_sheet(facts, said, identifier="demo", attachments=attached).pdf)
"""
PLACES = {
    "another process": {},
    "another time zone": {"TZ": "Pacific/Auckland"},
    "another locale": {"LC_ALL": "C", "LANG": "C"},
    "a locale with decimal commas": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    "another hash seed": {"PYTHONHASHSEED": "11"},
    "another home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
    "optimised": {"PYTHONOPTIMIZE": "1"},
    "another build date": {"SOURCE_DATE_EPOCH": "1"},
}


@pytest.fixture(scope="module")
def inputs(demo_facts, demo_statements, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "facts.json").write_text(facts_to_json(demo_facts), encoding="utf-8")
    (folder / "statements.json").write_text(artifacts.to_json([asdict(s) for s in demo_statements]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_the_same_facts_give_the_same_bytes(demo_sheet, inputs, tmp_path, place):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(inputs)],
        cwd=tmp_path,
        env=os.environ | place | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == demo_sheet.pdf


def test_what_was_made_before_leaves_no_trace(demo_sheet, demo_facts, demo_statements, changed):
    attached = attachments(demo_facts, {"mandate": "0" * 64})
    make_sheet(changed(fund__objective="Other words for another fund. " * 12), demo_statements, identifier="other")
    again = make_sheet(demo_facts, demo_statements, identifier="demo", attachments=attached)
    assert (again.density, again.pdf) == (demo_sheet.density, demo_sheet.pdf)


def test_the_same_facts_in_another_order_give_the_same_review(demo_sheet, demo_facts):
    """A run reviews facts that it has just made, a batch those that it has read from a file."""
    document, rules, on = read_pdf(demo_sheet.pdf), load_packs(()), published(demo_facts)
    turned = replace(demo_facts, facts=dict(reversed(demo_facts.facts.items())))
    first, second = (to_json(review(document, facts, rules, on)) for facts in (demo_facts, turned))
    assert first == second
