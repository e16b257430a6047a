"""Words of a sheet that a retail reader may not know, each in a sentence of our own."""

from __future__ import annotations

import unicodedata

from backtest.factsheet.rows import Printed, Row

ALWAYS = (
    "active_share", "basis_point", "benchmark", "drawdown", "effective_names", "nav", "percentage_point", "sharpe",
    "tracking_error", "turnover", "volatility",
)  # fmt: skip
WHERE_KNOWN = {
    "perf.strategy.cumulative.start": "back_test",
    "perf.baseline.cumulative.start": "doing_nothing",
    "risk.strategy.srri": "srri",
    "risk.strategy.sri": "sri",
    "risk.strategy.beta": "beta",
    "risk.actual.srri": "srri",
    "risk.actual.sri": "sri",
    "risk.actual.beta": "beta",
    "risk.actual.information_ratio": "information_ratio",
    "liq.worst_days": "liquidity",
    "risk.strategy.information_ratio": "information_ratio",
    "char.strategy.price_earnings": "price_earnings",
    "char.strategy.price_book_value": "book_value",
    "char.strategy.median_value": "median_value",
    "class.performance_fee": "high_water_mark",
}
"""Facts whose term is explained where they have a value."""


def glossary(text: Printed) -> list[Row]:
    """The terms on this sheet with their meanings, in alphabetical order."""
    shown = [*ALWAYS, *(key for fact_id, key in WHERE_KNOWN.items() if text.known(fact_id))]
    terms = {text.words(f"glossary.{key}.term"): text.words(f"glossary.{key}.meaning") for key in shown}
    return [{"term": term, "meaning": terms[term]} for term in sorted(terms, key=_order)]


def _order(term: str) -> str:
    """As a dictionary sorts: accents and capitals count for nothing."""
    return "".join(c for c in unicodedata.normalize("NFD", term.casefold()) if not unicodedata.combining(c))
