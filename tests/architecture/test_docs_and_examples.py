"""Docs that would go stale are held against the code they describe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from backtest.mandate import Mandate, load_mandate

ROOT = Path(__file__).parents[2]


def keys(model: type[BaseModel]) -> set[str]:
    """Every key a section's model knows, nested sections included."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for candidate in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                found |= keys(candidate)
    return found


def test_every_key_of_the_mandate_is_documented():
    documented = set(re.findall(r"`\[*([a-z0-9_]+)\]*`", (ROOT / "docs" / "mandate.md").read_text(encoding="utf-8")))
    assert keys(Mandate) - documented == set()


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.name)
def test_every_example_is_a_valid_mandate(path):
    assert load_mandate(path).mandate.fund.name


def test_how_it_flows_has_a_section_for_each_stage():
    text = (ROOT / "docs" / "how-it-flows.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \d+\. (.+)$", text, flags=re.MULTILINE)
    stages = ["The mandate", "The market", "The simulation", "The verification", "The measures", "The facts",
              "The statements", "The page", "The PDF", "The review", "The record"]  # fmt: skip
    assert sections == stages


def test_every_path_named_in_the_docs_exists():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    missing = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            if not (page.parent / target).exists():
                missing.append(f"{page.name}: {target}")
        for target in re.findall(r"`((?:backtest|strategies|templates|examples|docs|benchmarks)/[\w./-]+)`", text):
            if not (ROOT / target).exists():
                missing.append(f"{page.name}: {target}")
    assert missing == []


def test_the_readme_says_what_the_house_asks_of_it():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    needed = ("make demo", "make test", "Commons Clause", "examples/demo.toml", "strategies/", "templates/disclosures")
    assert [words for words in needed if words not in text] == []
