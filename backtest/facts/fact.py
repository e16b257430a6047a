"""Fact, Series, Facts, and the one formatter: what a figure is called, what it is true of, and how it prints."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cached_property
from typing import Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from backtest.words import ENGLISH, Words, words_in

Unit = Literal[
    "percent", "signed_percent", "points", "bps", "ratio", "count", "number", "years", "days", "date", "text", "flag"
]
Basis = Literal["actual", "simulated", "mandate"]
Charges = Literal["net", "gross"]
Value = float | int | str | bool | date | None

LANGUAGE = "doc.language"
MINUS = "−"
ALL_DIGITS = 400
"""Decimal precision that holds any float whole: rounding must never run out of digits."""
DISCRETE = re.compile(r"^perf\.\w+\.(discrete|calendar)\.\d+$")


@dataclass(frozen=True)
class Fact:
    """One thing the sheet may say. `value` is unrounded: 0.1234 with unit percent and precision 1 prints 12.3%.

    `None` is undefined and prints n/a. `as_of` is the date the value is true of; `start` opens the period of a
    performance figure. `charges` says net or gross where that question has a meaning.
    """

    id: str
    label: str
    value: Value
    unit: Unit
    precision: int
    as_of: date | None
    basis: Basis
    source: str
    start: date | None = None
    charges: Charges | None = None


@dataclass(frozen=True)
class Series:
    """A line of a chart: what was plotted, unrounded, with its dates and its basis."""

    id: str
    label: str
    dates: tuple[date, ...]
    values: tuple[float | None, ...]
    unit: Unit
    basis: Basis


@dataclass(frozen=True)
class Facts:
    """All facts and series of one sheet, by id."""

    facts: Mapping[str, Fact]
    series: Mapping[str, Series]

    @cached_property
    def language(self) -> str:
        """The language the sheet is written in, and its facts print in."""
        fact = self.facts.get(LANGUAGE)
        return fact.value if fact is not None and isinstance(fact.value, str) else ENGLISH

    def printed(self, fact_id: str) -> str:
        """One of these facts as the sheet prints it."""
        if fact_id not in self._printed:
            self._printed[fact_id] = format_fact(self.facts[fact_id], self.language)
        return self._printed[fact_id]

    @cached_property
    def known(self) -> Mapping[str, str]:
        """The facts that have a value, as printed, by id."""
        return {fact_id: self.printed(fact_id) for fact_id, fact in self.facts.items() if fact.value is not None}

    @cached_property
    def _printed(self) -> dict[str, str]:
        return {}


def format_fact(fact: Fact, language: str = ENGLISH) -> str:
    """The fact as it is printed, everywhere: '12.3%', '+12.3%', '−0.4%', '3.0 bp', '0.35', '1,234', '8.4 years'.

    percent, signed_percent and points hold fractions and print in hundredths; bps holds basis points; ratio, count and
    number print as they are, with thousands separators; days and years carry their word; dates read '31 October 2026'.
    Halves round away from zero, on the decimal digits a person would see, as the FCA's table of past performance is
    checked by hand (COBS 4.6.4G). Negative numbers have a minus sign (U+2212); what rounds to zero has no sign.
    None prints 'n/a', or 'no data' for a discrete 12-month period or a calendar year. In another language numbers, per
    cent signs and dates are its locale's, '12,3 %', and the words those of its catalogue; a text fact was made in its
    language.
    Raises ValueError for a number that is not finite.
    """
    value, words = fact.value, words_in(language)
    if value is None:
        return words("fact.no_data" if DISCRETE.match(fact.id) else "fact.undefined")
    if isinstance(value, bool):
        return words("fact.yes" if value else "fact.no")
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return format_day(value, language)
    return _format_number(value, fact.unit, fact.precision, words)


def format_day(day: date, language: str = ENGLISH) -> str:
    """'31 October 2026', '31. Oktober 2026'."""
    return format_date(day, "long", locale=words_in(language).locale)


def format_month(day: date, language: str = ENGLISH) -> str:
    """'Oct 2026', 'Okt. 2026'."""
    return format_date(day, "MMM y", locale=words_in(language).locale)


def _format_number(value: float, unit: Unit, precision: int, words: Words) -> str:
    scale = 100 if unit in ("percent", "signed_percent", "points") else 1
    rounded = round_half_up(value, precision, scale)
    with localcontext(prec=ALL_DIGITS):
        digits = format_decimal(abs(rounded), _pattern(precision), locale=words.locale)
    plus = "+" if unit in ("signed_percent", "points") and rounded > 0 else ""
    return f"{MINUS if rounded < 0 else plus}{digits}{_suffix(unit, rounded, words)}"


def round_half_up(value: float, precision: int, scale: int = 1) -> Decimal:
    """`value` x `scale` to `precision` decimals, halves away from zero; what rounds to zero is plain zero.

    Decimal, on repr: 0.00125 x 100 to two decimals is 0.13, though the float nearest 0.125 may lie below it.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number; an undefined figure is None")
    with localcontext(prec=ALL_DIGITS):
        rounded = (Decimal(repr(value)) * scale).quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP)
        return abs(rounded) if rounded == 0 else rounded


def _pattern(precision: int) -> str:
    return "#,##0." + "0" * precision if precision else "#,##0"


def _suffix(unit: Unit, rounded: Decimal, words: Words) -> str:
    """What follows the digits: of one day alone, '1 day', is the word in the singular, and 1.0 days has none."""
    if unit in ("percent", "signed_percent"):
        return str(Locale.parse(words.locale).percent_formats[None].pattern).split("0")[-1]
    if unit in ("points", "bps"):
        return f" {words('fact.points' if unit == 'points' else 'fact.basis_points')}"
    if unit in ("days", "years"):
        single = str(abs(rounded)) == "1"
        return f" {words(f'fact.{unit[:-1] if single else unit}')}"
    return ""
