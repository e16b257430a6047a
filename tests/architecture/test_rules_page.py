"""docs/rules.md says what the packs say now."""

from __future__ import annotations

from pathlib import Path

from backtest.disclosure.packs import load_packs
from backtest.disclosure.reference import read_examples, rules_to_markdown

ROOT = Path(__file__).parents[2]


def test_the_page_of_rules_is_not_stale():
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    wanted = rules_to_markdown(load_packs(), read_examples(ROOT / "tests" / "rules"))
    assert written == wanted, "docs/rules.md is stale: run `make rules` and commit the page with the packs"
