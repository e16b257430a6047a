"""Periods as pages print them: '31 October 2021 – 31 October 2022', 'Oct 2021 – Oct 2022', 'year to 31/10/2022'."""

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
    rf"(?:(?P<d{{0}}>\d{{{{1,2}}}})(?:\.|er)?\s+)?(?P<m{{0}}>{_NAME})\.?\s+(?P<y{{0}}>\d{{{{4}}}})"
    rf"|(?P<yi{{0}}>\d{{{{4}}}})-(?P<mi{{0}}>\d\d)-(?P<di{{0}}>\d\d)"
    rf"|(?P<ds{{0}}>\d{{{{1,2}}}})[/.](?P<ms{{0}}>\d{{{{1,2}}}})[/.](?P<ys{{0}}>\d{{{{4}}}}|\d\d)"
)
ONE, TWO = DATE.format(1), DATE.format(2)
PAIR = re.compile(rf"(?:{ONE})\s*(?:–|—|-|−|{_JOIN})\s*(?:{TWO})", re.IGNORECASE)
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
        """Exactly 12 months, both ends at the end of a month."""
        return self.months == 12 and self.start.ends_month and self.end.ends_month

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
        start, end = _day(match, 1), _day(match, 2)
        if start and end:
            found.append((match.start(), Period(start, end)))
    for match in TO.finditer(text):
        end = _day(match, 1)
        if end:
            found.append((match.start(), Period(Day(end.year - 1, end.month, None), end)))
    return tuple(period for _, period in sorted(found, key=lambda item: item[0]))


def back_to_back(found: Iterable[Period]) -> tuple[Period, ...]:
    """The longest chain of periods each of which starts where the one before it ended, oldest first."""
    by_end = {period.end.number: period for period in found}
    chains = []
    for last in by_end.values():
        chain = [last]
        while chain[0].start.number in by_end and len(chain) < len(by_end):
            chain.insert(0, by_end[chain[0].start.number])
        chains.append(tuple(chain))
    return max(chains, key=lambda chain: (len(chain), chain[-1].end.number), default=())


def long_day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _day(match: re.Match[str], which: int) -> Day | None:
    parts = match.groupdict()
    if parts[f"m{which}"]:
        number = parts[f"d{which}"]
        return _valid(int(parts[f"y{which}"]), MONTHS[parts[f"m{which}"].casefold()], int(number) if number else None)
    if parts[f"yi{which}"]:
        return _valid(int(parts[f"yi{which}"]), int(parts[f"mi{which}"]), int(parts[f"di{which}"]))
    year = int(parts[f"ys{which}"])
    return _valid(year + 2000 if year < 100 else year, int(parts[f"ms{which}"]), int(parts[f"ds{which}"]))


def _valid(year: int, month: int, day: int | None) -> Day | None:
    if not 1 <= month <= 12 or year < 1 or (day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return Day(year, month, day)
