"""The demo's sheet, spoiled in every way for every statement on it: each time the rule that asks for the statement
fails, and no rule fails that has nothing to do with it.

Statements are spoiled several at a time, and each way groups them anew, so that a finding that came from a neighbour in
one group would be missing in another.
"""

from __future__ import annotations

import re

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.review import review
from backtest.disclosure.rule import Outcome

DPI = 200
GROUPS = 3
SHRUNK, HIDDEN, MOVED = frozenset({"GEN-08"}), frozenset({"GEN-09"}), frozenset()
"""Rules on all risk texts together, which answer for each that is too small, or hidden."""
COVER = "background: linear-gradient(#fff, #fff); color: #fff"
AWAY = "position: relative; left: 300mm"
TALLER = "<style>@page { size: 210mm 330mm }</style></head>"
"""So that what is moved to the last page makes no page more."""


def styled(html: str, rule_id: str, style: str) -> str:
    html = re.sub(rf'<b>([^<]*</b> <span data-rule="{rule_id}")', rf'<b style="{style}">\g<1>', html)
    return html.replace(f'data-rule="{rule_id}"', f'data-rule="{rule_id}" style="{style}"')


def reworded(html: str, rule_id: str, words: str) -> str:
    """Other words in place of a statement; the heading over a risk, which alone warns of it, goes with it."""
    html = re.sub(rf'<b>[^<]*</b> (<span data-rule="{rule_id}")', r"\g<1>", html)
    return re.sub(rf'(data-rule="{rule_id}"[^>]*>)[^<]*(</)', rf"\g<1>{words}\g<2>", html)


def moved(html: str, rule_id: str) -> str:
    """Only in the small print at the end of the last page."""
    text = re.search(rf'data-rule="{rule_id}"[^>]*>([^<]*)</', html)
    assert text, rule_id
    html = reworded(html, rule_id, "").replace("</head>", TALLER, 1)
    end = html.index("</span>", html.rindex("<span data-rule="))
    return f"{html[:end]}</span> <span>{text.group(1)}{html[end:]}"


WAYS = {
    "removed": (lambda html, rule_id: reworded(html, rule_id, ""), frozenset()),
    "said in words that say nothing": (lambda html, i: reworded(html, i, "Words that say none of this."), frozenset()),
    "shrunk": (lambda html, rule_id: styled(html, rule_id, "font-size: 4.5pt"), SHRUNK),
    "paled": (lambda html, rule_id: styled(html, rule_id, "opacity: 0.12"), HIDDEN),
    "white on white": (lambda html, rule_id: styled(html, rule_id, COVER), HIDDEN),
    "pushed off the page": (lambda html, rule_id: styled(html, rule_id, AWAY), HIDDEN),
    "struck out": (lambda html, rule_id: styled(html, rule_id, "text-decoration: line-through"), HIDDEN),
    "moved to the end": (moved, MOVED),
}
ELSEWHERE = {"ILL-01": "the source under the charts says it", "RSK-K05": "the key facts name the years to hold it"}
"""Statements whose substance another text of the sheet conveys: without them the client still reads it."""
PLACED = frozenset({"statement_near", "top_of_page1", "leads"})
"""Checks that ask where a statement stands; `statement_present` does where its scope is pages."""


def has_place(rule) -> bool:
    return any(c.kind in PLACED or c.options.get("scope") not in (None, "any") for c in rule.checks)


@pytest.fixture(scope="module")
def spoil(demo_sheet, demo_facts, rules, print_page):
    """A function: the rules whose outcome is worse once the sheet is changed, by id, and why."""

    def findings(html):
        document = read_pdf(print_page(html), DPI)
        found = review(document, demo_facts, rules, demo_facts.facts["doc.published"].value).findings
        return {finding.rule_id: finding for finding in found}

    clean = findings(demo_sheet.html)
    assert [f"{i}: {f.reason}" for i, f in clean.items() if f.outcome == Outcome.FAIL] == []

    def worse(change) -> dict[str, str]:
        html = change(demo_sheet.html)
        assert html != demo_sheet.html
        now = findings(html).items()
        return {i: f.reason for i, f in now if f.outcome > max(clean[i].outcome, Outcome.PASS)}

    return worse


@pytest.fixture(scope="module")
def on_sheet(demo_sheet, rules):
    """The rules whose statement is on the sheet, by id, and who else's substance each of them conveys."""
    shown = set(re.findall(r'data-rule="([^"]+)"', demo_sheet.html))
    assert len(shown) >= 15
    return {rule.id: {other.id for other in rules if rule.id in other.said_by} for rule in rules if rule.id in shown}


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("way", WAYS)
def test_a_spoiled_statement_fails_its_rule_and_no_other(spoil, on_sheet, rules, way, group):
    change, others = WAYS[way]
    turn = list(WAYS).index(way)
    names = sorted(on_sheet, key=lambda name: (hash_of(name, turn), name))[group::GROUPS]
    if way == "moved to the end":
        names = [name for name in names if has_place(next(r for r in rules if r.id == name))]

    def spoiled(html: str) -> str:
        for name in names:
            html = change(html, name)
        return html

    found = spoil(spoiled)
    allowed = set(names) | others | {other for name in names for other in on_sheet[name]}
    assert set(names) - set(found) - set(ELSEWHERE) == set()
    assert {rule_id: why for rule_id, why in found.items() if rule_id not in allowed} == {}


def hash_of(name: str, turn: int) -> int:
    """Another order of the statements for each way of spoiling them."""
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(name)) * (2 * turn + 3) % 101
