"""Ten nasty mandates: each gives a sheet that a person would send, whole, without a breach, and as it was approved."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.review import review
from backtest.render import text_nodes

HERE = Path(__file__).parent
MANDATES = SimpleNamespace(**runpy.run_path(str(HERE / "ten_mandates.py")))
PICTURES = SimpleNamespace(**runpy.run_path(str(HERE / "pictures.py")))
ASKS = {"missing_history": ("RSK-X06",)}
"""Questions that only a person can answer: under a year, nobody knows the turnover of one."""


@pytest.fixture(scope="module", params=MANDATES.CASES)
def case(request):
    """Name, sheet, facts and rules of one mandate."""
    return request.param, *MANDATES.sheet_of(request.param)


def test_it_is_whole(case, shown):
    _, sheet, _, _ = case
    seen = shown(sheet.pdf)
    assert [node for node in text_nodes(sheet.html) if not seen.has(node)] == []


def test_the_reviewer_finds_no_breach(case):
    name, sheet, facts, rules = case
    found = review(read_pdf(sheet.pdf), facts, rules, facts.facts["doc.published"].value)
    assert [(f.rule_id, f.reason) for f in found.findings if f.outcome.name == "FAIL"] == []
    assert tuple(f.rule_id for f in found.open) == ASKS.get(name, ())


def test_each_page_looks_as_approved(case, tmp_path):
    name, sheet, _, _ = case
    pages = PICTURES.pages_of(sheet.pdf)
    assert [p.name for p in sorted(PICTURES.APPROVED.glob(f"{name}-?.png"))] == [
        f"{name}-{page}.png" for page in range(1, len(pages) + 1)
    ]
    for page, picture in enumerate(pages, 1):
        apart = PICTURES.difference(picture, PICTURES.approved(name, page))
        assert apart <= PICTURES.TOLERANCE, (
            f"page {page} differs by {apart:.0%} of black at one place; when it looks as it should: make pictures"
        )


def test_a_word_that_goes_is_seen_and_another_antialiasing_is_not():
    picture = PICTURES.approved("one_holding", 1).astype(float)
    rng = np.random.default_rng(1)
    softer = np.clip(picture + rng.normal(0.0, 12.0, picture.shape), 0.0, 255.0)
    assert PICTURES.difference(softer, picture) < PICTURES.TOLERANCE / 2
    dark = np.argwhere(PICTURES._blocks(picture[120:]) < 200.0)[0] * PICTURES.BLOCK + np.array([120, 0])
    without = picture.copy()
    without[dark[0] : dark[0] + 10, dark[1] : dark[1] + 30] = 255.0
    assert PICTURES.difference(without, picture) > PICTURES.TOLERANCE
