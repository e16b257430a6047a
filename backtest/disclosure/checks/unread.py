"""What a check may say when some pages are pictures, whose words nobody has read, or have words in notes.

What was found stays found, and a breach that was seen stays one. That something is missing, or is nowhere, cannot be
known of pages that were not read: a person must look at them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, pages_of
from backtest.disclosure.rule import Rule
from backtest.errors import listed

OF_FACTS = frozenset({
    "flag", "days_between", "wording_verified", "glyph_truth", "nothing_active", "given", "at_least",
    "latest_quarter_end",
})  # fmt: skip
"""Kinds of check that do not depend on what the pages say."""
SOUGHT = frozenset({"statement_present", "top_of_page1", "prominent", "contains_facts", "discrete_periods"})
"""Kinds that pass by what they find, and fail for want of it."""
OF_STATEMENT = frozenset({"statement_present", "statement_near", "top_of_page1", "prominent", "lead_placed"})
"""Kinds that look for the rule's own statement."""
OF_PAGE_1 = frozenset({"top_of_page1", "not_most_prominent"})


def with_unread(case: Case, rule: Rule, kind: str, options: Mapping[str, Any], answer: Answer) -> Answer:
    """The answer of one check, in need of review where unread pages may hold another, or a note the statement."""
    noted = case.noted.get(rule.id, ())
    if noted and answer.outcome == FAIL and kind in OF_STATEMENT and not case.passages.get(rule.id):
        said = f"it stands in a note or a field of a form on page {listed(map(str, noted))}, and not on the page itself"
        return replace(answer, outcome=LOOK, reason=f"{said}: whether it shows, prints and stays, a person must say")
    unread = case.reading.document.pages_without_text
    if not unread or kind in OF_FACTS or answer.outcome not in (PASS, FAIL):
        return answer
    if _stands(case, rule, kind, options, answer, unread):
        return answer
    pages = f"page {unread[0]} is" if len(unread) == 1 else f"pages {listed(map(str, unread))} are"
    return replace(
        answer, outcome=LOOK, reason=f"{pages} a picture without text, for a person to read; {answer.reason}"
    )


def _stands(
    case: Case, rule: Rule, kind: str, options: Mapping[str, Any], answer: Answer, unread: tuple[int, ...]
) -> bool:
    """Whether the answer is the same whatever the unread pages say."""
    scope, seen = options.get("scope", "any"), answer.outcome == FAIL and bool(answer.evidence)
    if kind in OF_PAGE_1:
        return 1 not in unread
    if kind not in SOUGHT or scope == "every_performance_page":
        return seen
    if answer.outcome == PASS:
        return True
    if scope == "page1":
        return 1 not in unread
    if scope == "every_page":
        found = {page for passage in case.passages.get(rule.id, ()) for page in case.reading.by_page(passage)}
        return any(page not in found and page not in unread for page in pages_of(case, scope))
    return kind == "prominent" and seen
