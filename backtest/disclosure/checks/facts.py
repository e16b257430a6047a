"""What the facts say, and whether it is printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtest.disclosure.case import FAIL, LOOK, PASS, Answer, Case, evidence_of, lines_of, pages_of
from backtest.disclosure.reading import key
from backtest.disclosure.rule import Rule
from backtest.disclosure.triggers import value
from backtest.errors import listed
from backtest.facts import Fact


def contains_facts(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """Each listed fact is printed on the pages of `scope`, as facts print; of `where_known`, those there are."""
    if not case.has_facts:
        return Answer(LOOK, f"no facts came with the document: look for {listed(options['facts'], most=20)}")
    texts = {page: _key_of(case, page) for page in pages_of(case, options["scope"])}
    if options["scope"] == "any":
        texts = {0: "".join(_key_of(case, page.number) for page in case.reading.pages)}
    missing, unknown = [], []
    known = [fact_id for fact_id in options.get("where_known", ()) if value(case.facts, fact_id) is not None]
    for fact_id in (*options["facts"], *known):
        fact = case.facts.facts.get(fact_id)
        if fact is None or fact.value is None:
            unknown.append(fact_id)
            continue
        lost = [page for page, text in texts.items() if _printed(case, fact) not in text]
        if lost:
            place = f" on page {listed(map(str, lost))}" if lost != [0] else ""
            missing.append(f"{fact.label.lower()} ({case.facts.printed(fact_id)}){place}")
    if missing:
        return Answer(FAIL, f"not printed: {'; '.join(missing)}")
    if unknown:
        return Answer(LOOK, f"not among the facts: {listed(unknown)}")
    texts_of = [case.facts.printed(fact_id) for fact_id in (*options["facts"], *known)]
    shown = [passages[0] for text in texts_of if (passages := case.reading.find(text))]
    return Answer(PASS, f"printed: {listed(texts_of, most=20)}", evidence_of(case, shown))


def _key_of(case: Case, page: int) -> str:
    return key(" ".join(line.text for line in lines_of(case, page)))


def _printed(case: Case, fact: Fact) -> str:
    return key(case.facts.printed(fact.id).replace("_", " "))


NO_LIMIT = 36_500
"""Days: who allows a hundred years asks only which date comes first."""


def days_between(case: Case, rule: Rule, options: Mapping[str, Any]) -> Answer:
    """From the date `first` to the date `last` at most `at_most` days."""
    first, last = value(case.facts, options["first"]), value(case.facts, options["last"])
    if first is None or last is None:
        return Answer(LOOK, f"{options['first']} and {options['last']} are not among the facts")
    days = (last - first).days
    ends = " to ".join(f"{case.facts.printed(options[end])} ({options[end]})" for end in ("first", "last"))
    limit = f"; at most {options['at_most']}" if options["at_most"] < NO_LIMIT else ""
    reason = f"{days} {'day' if days == 1 else 'days'} from {ends}{limit}"
    return Answer(PASS if 0 <= days <= options["at_most"] else FAIL, reason)


CHECKS = (
    contains_facts,
    days_between,
)
