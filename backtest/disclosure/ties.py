"""Ties the percentages a page prints to the facts they came from."""

from __future__ import annotations

import re
from collections.abc import Collection

from backtest.facts import Facts

PERCENTAGE = re.compile(r"(?<![\w.,])([+−-]?)\s?(\d[\d,.’\u00a0\u202f]*[.,]\d+)\s?%")
"""With a decimal point or a decimal comma, and a space before the sign where a language has one."""


def percentages(text: str) -> tuple[str, ...]:
    """Percentages with a decimal in a text, with U+2212 for a minus and no space: ('+12.3%', '−0.4%', '12,3%')."""
    return tuple(f"{sign.replace('-', '−')}{''.join(digits.split())}%" for sign, digits in PERCENTAGE.findall(text))


def printed_percentages(facts: Facts) -> frozenset[str]:
    """Every percentage that the facts print, those inside their texts and labels included."""
    return frozenset(p for fact in facts.facts.values() for p in percentages(f"{facts.printed(fact.id)} {fact.label}"))


def untied(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The percentages of a text that are not among `allowed`."""
    return tuple(number for number in percentages(text) if number not in allowed)
