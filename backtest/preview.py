"""A look at a finished run's sheet while a theme, a template or a wording is made: the page as HTML, and no more."""

from __future__ import annotations

import re
from pathlib import Path

from backtest import artifacts
from backtest.carried import load_run_mandate
from backtest.disclosure.gate import gate
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.facts import facts_from_json
from backtest.factsheet import load_house, page_guarded

BODY = re.compile(r"<body[^>]*>")
NOTE = (
    '<p style="margin: 0; padding: 1em; background: #8a1c1c; color: #ffffff; font: bold 16px sans-serif">'
    "Preview: not fitted to its pages, not proved and not reviewed. It must not be used.</p>"
)


def preview(run_folder: Path) -> str:
    """The page of a finished run's own sheet at its roomiest, neither fitted nor proved nor reviewed.

    Raises RunError when the run is not there, and GateError for a sheet that may not exist.
    """
    loaded = load_run_mandate(run_folder)
    facts = facts_from_json((run_folder / artifacts.FACTS).read_text(encoding="utf-8"))
    rules = load_packs(loaded.folder / pack for pack in loaded.mandate.report.packs)
    gate(facts, rules, published(facts))
    house = load_house(loaded.mandate.report, loaded.folder)
    html = page_guarded(facts, required_statements(facts, rules, published(facts)), house)
    return BODY.sub(lambda body: body[0] + NOTE, html, count=1)
