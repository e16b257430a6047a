"""Periods as pages print them: '31 October 2021 – 31 October 2022', 'Oct-21 – Oct-22', 'Q3 2021 – Q3 2022', 'year to
31/10/2022', 'Sep 30, 2021 to Sep 30, 2022', and two dates one above the other at the head of a column."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backtest.words import month_names, reader_words

MONTHS = month_names()
_NAME = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_JOIN, _ENDS = (
    "|".join(r"\s+".join(map(re.escape, word.split())) for word in reader_words(kind))
    for kind in ("period_joins", "year_ends")
)
DATE = (
    rf"(?P<ma{{0}}>{_NAME})\.?\s+(?P<da{{0}}>\d{{{{1,2}}}}),\s+(?P<ya{{0}}>\d{{{{4}}}})"
    rf"|(?:(?<![\d.,])(?P<d{{0}}>\d{{{{1,2}}}})(?:\.|er|-)?\s*)?(?P<m{{0}}>{_NAME})\.?[\s-]\s*(?P<y{{0}}>\d{{{{4}}}})"
    rf"|(?P<mb{{0}}>{_NAME})\.?\s?[-'’]\s?(?P<yb{{0}}>\d\d)(?!\d)"
    rf"|[QT](?P<q{{0}}>[1-4])[\s-](?P<yq{{0}}>\d{{{{4}}}})"
    rf"|(?P<yi{{0}}>\d{{{{4}}}})-\s?(?P<mi{{0}}>\d\d)-\s?(?P<di{{0}}>\d\d)"
    rf"|(?P<ds{{0}}>\d{{{{1,2}}}})[/.](?P<ms{{0}}>\d{{{{1,2}}}})[/.](?P<ys{{0}}>\d{{{{4}}}}|\d\d)"
)
ONE, TWO = DATE.format(1), DATE.format(2)
BEGINS = f"(?=[0-9QT{''.join(sorted({re.escape(name[0]) for name in MONTHS}))}])"
"""What a date begins with: asked first, as most letters of a page begin none."""
PAIR = re.compile(rf"{BEGINS}(?:{ONE})\s*(?:–|—|-|−|{_JOIN})\s*(?:{TWO})", re.IGNORECASE)
ALONE = re.compile(ONE, re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
TO = re.compile(rf"\b(?:{_ENDS})\s+(?:{ONE})", re.IGNORECASE)


@dataclass(frozen=True)
class Day:
    """A date as printed; `day` None when only the month is."""

    year: int
    month: int
    day: int | None

    @property
    def number(self) -> int:
        return 12 * self.year + self.month

    @property
    def ends_month(self) -> bool:
        """True for the last day of a month, for its last weekday, and for a month without a day."""
        return self.day is None or self.day > calendar.monthrange(self.year, self.month)[1] - 3

    def __str__(self) -> str:
        name = calendar.month_name[self.month]
        return f"{name} {self.year}" if self.day is None else f"{self.day} {name} {self.year}"


@dataclass(frozen=True)
class Period:
    start: Day
    end: Day

    @property
    def months(self) -> int:
        return self.end.number - self.start.number

    @property
    def is_year(self) -> bool:
        """Exactly 12 months, both ends at the end of a month; or from the first day of one to the last of another."""
        whole = self.months == 12 and self.start.ends_month
        return (whole or (self.months == 11 and self.start.day == 1)) and self.end.ends_month

    @property
    def begins(self) -> int:
        """The number of the month at whose end the period starts."""
        return self.start.number - (1 if self.start.day == 1 else 0)

    @property
    def end_text(self) -> str:
        return str(self.end)

    def ends_in(self, day: date) -> bool:
        return (self.end.year, self.end.month) == (day.year, day.month)

    def __str__(self) -> str:
        return f"{self.start} – {self.end}"


def periods(text: str) -> tuple[Period, ...]:
    """All periods printed in a text, in order."""
    found = []
    for match in PAIR.finditer(text):
        start, end = day_of(match, 1), day_of(match, 2)
        if start and end:
            found.append((match.start(), Period(start, end)))
    for match in TO.finditer(text):
        end = day_of(match, 1)
        if end:
            found.append((match.start(), Period(Day(end.year - 1, end.month, None), end)))
    return tuple(period for _, period in sorted(found, key=lambda item: item[0]))


def back_to_back(found: Iterable[Period]) -> tuple[Period, ...]:
    """The longest chain of periods each of which starts where the one before it ended, oldest first."""
    by_end = {period.end.number: period for period in found}
    chains = []
    for last in by_end.values():
        chain = [last]
        while chain[0].begins in by_end and len(chain) < len(by_end):
            chain.insert(0, by_end[chain[0].begins])
        chains.append(tuple(chain))
    return max(chains, key=lambda chain: (len(chain), chain[-1].end.number), default=())


def single(text: str) -> Day | None:
    """The date that a text is and no more, None for any other text."""
    match = ALONE.fullmatch(text.strip())
    return day_of(match, 1) if match else None


def calendar_year(text: str) -> Period | None:
    """The period that a year alone at the head of a column stands for, None for any other text."""
    year = int(text) if YEAR.fullmatch(text.strip()) else None
    return Period(Day(year - 1, 12, None), Day(year, 12, None)) if year else None


def long_day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def day_of(match: re.Match[str], which: int) -> Day | None:
    """The day that a pattern's groups of a number hold; None when there is no such day."""
    parts = {name.removesuffix(str(which)): text for name, text in match.groupdict().items() if name[-1] == str(which)}
    number = {name: int(text) for name, text in parts.items() if text and text.isdigit()}
    if parts["ma"]:
        return _valid(number["ya"], MONTHS[parts["ma"].casefold()], number["da"])
    if parts["m"]:
        return _valid(number["y"], MONTHS[parts["m"].casefold()], number.get("d"))
    if parts["mb"]:
        return _valid(_century(number["yb"]), MONTHS[parts["mb"].casefold()], None)
    if parts["q"]:
        return _valid(number["yq"], 3 * number["q"], None)
    if parts["yi"]:
        return _valid(number["yi"], number["mi"], number["di"])
    return _valid(_century(number["ys"]), number["ms"], number["ds"])


def _century(year: int) -> int:
    """A year of two digits is one of this century: no sheet shows twelve months of the last one."""
    return year + 2000 if year < 100 else year


def _valid(year: int, month: int, day: int | None) -> Day | None:
    if not 1 <= month <= 12 or year < 1 or (day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return Day(year, month, day)
