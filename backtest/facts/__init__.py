"""Facts: a number is born in metrics/, named and dated here, formatted here once, and printed anywhere.

This is the door: `fact` holds Fact and its formatter, `storage` the JSON. Whoever makes facts goes to `build`, which
reads `given` (what the mandate and the data say, in the words of `said`), `terms` (what trading costs and what limits
it) and `measured` (what was computed); readers of facts need none of that.
"""

from __future__ import annotations

from backtest.facts.fact import (
    Basis,
    Charges,
    Fact,
    Facts,
    Series,
    Unit,
    Value,
    format_day,
    format_fact,
    format_month,
)
from backtest.facts.storage import facts_from_json, facts_to_json

__all__ = [
    "Basis",
    "Charges",
    "Fact",
    "Facts",
    "Series",
    "Unit",
    "Value",
    "facts_from_json",
    "facts_to_json",
    "format_day",
    "format_fact",
    "format_month",
]
