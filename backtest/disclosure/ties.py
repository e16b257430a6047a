"""Ties every number that a page prints to the fact it came from: value, sign, unit, rounding, date, and place.

A number is explained when it is the figure of its row and column, stands in a sentence that the facts or a rule give
word for word, is the number of its page, a day or year that the facts know, a tick of a chart's axis, or, where nothing
says which figure belongs there, when a fact prints just so. What is left has no source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from backtest.disclosure import axes, dates
from backtest.disclosure.document import Box, Character
from backtest.disclosure.numbers import (
    Labels,
    Number,
    Spelt,
    box_of,
    canonical,
    is_bare,
    number_pattern,
    numbers,
    spelt,
)
from backtest.disclosure.places import Places, pairs_of_texts, places
from backtest.disclosure.reading import Reading, key, rounded
from backtest.disclosure.triggers import RISK_CLASSES
from backtest.errors import listed
from backtest.facts import Facts
from backtest.words import PLACEHOLDER, words_in

SHORT = 10
"""Letters under which a text of the sheet counts only as a whole cell: '5 years' is one, and a part of others."""
DAYS = re.compile(dates.ONE, re.IGNORECASE)
CODES = re.compile(r"(?<![\w./@-])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{6,}(?![\w@]|\.\w)")
"""ISIN, SEDOL, a document's number: letters and digits in one word."""
TOLD = re.compile(r"\d|^[A-Z]{3}$")
"""A value: the header of another table has the word Currency too, and words beside it."""
LABEL_WORDS = 5
YEAR = re.compile(r"(19|20|21)\d\d")
MOST_SHOWN = 6

Place = tuple[str, dict[str, str]]
"""What a place is called, and what it must show: as compared and as printed."""


@dataclass(frozen=True)
class Loose:
    """A figure that is not what the facts say. `why` is '' when it has no source at all."""

    text: str
    page: int
    box: Box
    why: str = ""


@dataclass(frozen=True)
class Ties:
    """A sheet's numbers held against its facts. spoken: characters of statements that stand word for word."""

    reading: Reading
    facts: Facts
    spoken: frozenset[int] = frozenset()

    @cached_property
    def untied(self) -> tuple[Loose, ...]:
        """Numbers, days and codes without a source."""
        explained = self._said | self.spoken
        found = [self._loose(n.shown, n.indices) for n in self._numbers if not self._explained(n, explained)]
        return (*found, *self._unknown_days(explained), *self._unknown_codes(explained))

    @cached_property
    def misplaced(self) -> tuple[Loose, ...]:
        """Figures that stand where the facts have another one, and key facts beside the wrong label."""
        found = []
        for number in self._numbers:
            place = self._place(number)
            if place is not None and number.text not in place[1] and not self._on_an_axis(number, place):
                wanted = listed(sorted(place[1].values()), most=MOST_SHOWN)
                why = f"{place[0]} shows {number.shown}, the facts say {wanted}"
                found.append(self._loose(number.shown, number.indices, why))
        return (*found, *self._wrong_pairs(), *self._wrong_phrases())

    @cached_property
    def places_found(self) -> int:
        """How many numbers stand at a place that the facts know."""
        return sum(self._place(number) is not None for number in self._numbers)

    @property
    def count(self) -> int:
        return len(self._numbers)

    @cached_property
    def _numbers(self) -> tuple[Number, ...]:
        return numbers(self.reading, self._spelt)

    @cached_property
    def _spelt(self) -> tuple[Spelt, ...]:
        return spelt(self.reading)

    @cached_property
    def _labels(self) -> Labels:
        return Labels(self.reading)

    @cached_property
    def _places(self) -> Places:
        return places(self.facts)

    # What explains a number

    def _explained(self, number: Number, explained: Collection[int]) -> bool:
        if all(i in explained for i in number.indices):
            return True
        if self._place(number) is not None or self._in_phrase(number) or self._in_day(number):
            return True  # a wrong one is a finding of its own
        return (
            number.text in self._printed
            or (not number.unit and number.text in self._without_unit)
            or self._short(number)
            or self._is_page(number)
            or self._is_year(number)
            or self._is_tick(number)
        )

    @cached_property
    def _printed(self) -> frozenset[str]:
        return frozenset(c for text in self.facts.known.values() if (c := canonical(text)))

    @cached_property
    def _without_unit(self) -> frozenset[str]:
        """Days and years may stand without their word, as in a table that says it above."""
        timed = (f.id for f in self.facts.facts.values() if f.unit in ("days", "years") and f.value is not None)
        return frozenset(re.sub(r"[a-z]+$", "", canonical(self.facts.printed(i))) for i in timed)

    @cached_property
    def _said(self) -> frozenset[int]:
        """Characters of texts that the facts hold, and of the sheet's own fixed words, where they have a number."""
        texts = [t for t in self.facts.known.values() if _has_words(t)]
        texts += [t for t in self._fixed if len(key(t)) >= SHORT]
        found = (passage.indices for text in texts for passage in self.reading.find(text))
        return frozenset(i for indices in found if self._whole(indices) for i in indices)

    def _whole(self, indices: tuple[int, ...]) -> bool:
        """No digit goes on before or after: '1 month' is no part of '11 month'."""
        characters = self.reading.characters
        sides = ((indices[0] - 1, indices[0]), (indices[-1], indices[-1] + 1))
        return not any(
            0 <= one < other < len(characters) and _go_on(characters[one], characters[other]) for one, other in sides
        )

    @cached_property
    def _fixed(self) -> tuple[str, ...]:
        texts = words_in(self.facts.language).texts.values()
        parts = (part for text in texts for part in PLACEHOLDER.sub("\0", text).split("\0"))
        return tuple(part.strip() for part in parts if any(c.isdigit() for c in part))

    @cached_property
    def _fixed_short(self) -> frozenset[str]:
        return frozenset(key(text) for text in self._fixed)

    def _short(self, number: Number) -> bool:
        """In a label, alone or beside a few words: '5 years', 'Cumulative, 5 years'."""
        cell = self._labels.cell(number)
        texts = [key(cell.text), key(number.around)] if len(cell.text.split()) <= LABEL_WORDS else []
        return any(text.endswith(short) for text in texts for short in self._fixed_short if key(number.shown) in short)

    def _is_page(self, number: Number) -> bool:
        words = words_in(self.facts.language)
        total = len(self.reading.pages)
        said = f"{words('page.page_number')} {number.page} {words('page.page_of')} {total}"
        return key(said) in key(self._labels.cell(number).text + " " + number.around)

    @cached_property
    def _days(self) -> frozenset[date]:
        facts = self.facts.facts.values()
        known = [d for f in facts for d in (f.value, f.as_of, f.start) if isinstance(d, date)]
        return frozenset([*known, *(d for s in self.facts.series.values() for d in (*s.dates[:1], *s.dates[-1:]))])

    def _is_year(self, number: Number) -> bool:
        years = [day.year for day in self._days]
        return bool(YEAR.fullmatch(number.text)) and bool(years) and min(years) <= int(number.text) <= max(years)

    # Days

    def _in_day(self, number: Number) -> bool:
        return any(start <= number.start and number.end <= end + 1 for start, end in self._days_said[number.around])

    @cached_property
    def _days_said(self) -> dict[str, list[tuple[int, int]]]:
        """Where days stand, by sentence."""
        return {text: [match.span() for match in _days_in(text)] for text in self._sentences}

    def _unknown_days(self, explained: Collection[int]) -> Iterator[Loose]:
        exact, months = self._days, {(day.year, day.month) for day in self._days}
        for sentence in self._spelt:
            for match in _days_in(sentence.text):
                day, owners = dates.day_of(match, 1), sentence.of(*match.span())
                known = day is not None and (
                    (day.year, day.month) in months if day.day is None else date(day.year, day.month, day.day) in exact
                )
                if not known and not all(i in explained for i in owners):
                    yield self._loose(" ".join(match.group().split()), owners)

    def _unknown_codes(self, explained: Collection[int]) -> Iterator[Loose]:
        known = key(" ".join(self.facts.known.values()))
        for sentence in self._spelt:
            for match in CODES.finditer(sentence.text):
                owners = sentence.of(*match.span())
                if key(match.group()) not in known and not all(i in explained for i in owners):
                    yield self._loose(match.group(), owners)

    def _loose(self, text: str, owners: tuple[int, ...], why: str = "") -> Loose:
        page = self.reading.characters[owners[0]].page
        return Loose(text, page, rounded(box_of(self.reading, owners)), why)

    # Axes

    def _on_an_axis(self, number: Number, place: Place) -> bool:
        """Whether a number at a place that has another figure is a tick of a chart that stands level with it: its row
        then has the figure that belongs there too. A table's own column may run as evenly as an axis does."""
        if not self._is_time_tick(number) and not self._is_tick(number):
            return False
        return any(other.page == number.page and other.text in place[1] for other in self._by_place[place[0]])

    def _is_tick(self, number: Number) -> bool:
        if number.unit or not is_bare(self._labels.cell(number).text):
            return False
        return any(self._scaled(run) for run in self._runs_with(number))

    def _is_time_tick(self, number: Number) -> bool:
        """A year on the axis of a chart: level with a row of a table beside the chart, it is no figure of that row."""
        if number.unit or not is_bare(self._labels.cell(number).text) or not self._is_year(number):
            return False
        return any(all(YEAR.fullmatch(one.text) for one in run) for run in self._runs_with(number))

    def _runs_with(self, number: Number) -> Iterator[list[Number]]:
        """The rows and columns of evenly spaced numbers with even steps that this one belongs to."""
        page = [n for n in self._numbers if n.page == number.page and not n.unit]
        for edge, along in ((2, 1), (0, 1), (1, 0), (3, 0)):
            line = [n for n in page if abs(n.box[edge] - number.box[edge]) <= axes.ALIGNED]
            line.sort(key=lambda n: n.box[along] + n.box[along + 2])
            place = next(k for k, n in enumerate(line) if n is number)
            for first in range(max(0, place - axes.FEWEST_TICKS + 1), place + 1):
                run = line[first : first + axes.FEWEST_TICKS]
                if len(run) == axes.FEWEST_TICKS and axes.even(run, along):
                    yield axes.grown(line, first, along)

    def _scaled(self, run: list[Number]) -> bool:
        """An axis that its data fit: no value lies a whole step outside, for the lines of one chart."""
        values = sorted(axes.plain(n) for n in run)
        step = values[1] - values[0]
        classed = set(RISK_CLASSES) & set(self.facts.facts)
        if values == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] and classed:
            return True
        return any(axes.fits(low, high, values, step) for low, high in self._spans)

    @cached_property
    def _spans(self) -> tuple[tuple[float, float], ...]:
        """The lowest and the highest value of each chart, all its lines together, as its axis has them."""
        values: dict[str, list[float]] = {}
        for name, series in self.facts.series.items():
            scale = 100.0 if series.unit == "percent" else 1.0
            drawn = (scale * value for value in series.values if value is not None)
            values.setdefault(name.split(".")[0], []).extend(drawn)
        return tuple((min(each), max(each)) for each in values.values() if each)

    # Places

    @cached_property
    def _at(self) -> dict[Number, Place | None]:
        return {number: self._placed(number) for number in self._numbers}

    def _place(self, number: Number) -> Place | None:
        """The place of a number that stands at one known to the facts."""
        return self._at[number]

    @cached_property
    def _by_place(self) -> dict[str, list[Number]]:
        """The numbers that stand at each place, by what it is called."""
        found: dict[str, list[Number]] = {}
        for number, place in self._at.items():
            if place is not None:
                found.setdefault(place[0], []).append(number)
        return found

    def _placed(self, number: Number) -> Place | None:
        own = self._labels.own(number)
        found = self._in_table(number) if not own else None
        found = found or self._touching(number, own) or self._in_cell(own)
        if found is None:
            return None
        called, wanted = found
        return called, {canonical(text): text for text in wanted if canonical(text)}

    def _in_table(self, number: Number) -> tuple[str, set[str]] | None:
        columns = self._labels.column(number)
        for row, alone in self._labels.row(number):
            for column in (*columns, *([""] if alone else [])):
                wanted = self._places.table.get((row, column))
                if wanted:
                    return repr(self._places.called[row, column]), wanted
        return None

    def _touching(self, number: Number, own: str) -> tuple[str, set[str]] | None:
        for other in self._labels.over_and_under(number):
            wanted = self._places.touching.get((key(own), other))
            if wanted:
                return repr(self._places.called["", other]), wanted
        return None

    def _in_cell(self, own: str) -> tuple[str, set[str]] | None:
        wanted = self._places.cell.get(key(own)) if own else None
        return (repr(own), wanted) if wanted else None

    def _in_phrase(self, number: Number) -> bool:
        return number.start in self._phrases_in[number.around]

    @cached_property
    def _phrases_in(self) -> dict[str, frozenset[int]]:
        """Where the figure of each phrase that the facts know begins, by sentence."""
        patterns = [phrase.pattern for phrase in self._places.phrases]
        return {text: frozenset(m.start(1) for p in patterns for m in p.finditer(text)) for text in self._sentences}

    @cached_property
    def _sentences(self) -> frozenset[str]:
        """The sentences that have a number."""
        return frozenset(number.around for number in self._numbers)

    def _wrong_phrases(self) -> Iterator[Loose]:
        for sentence in self._spelt:
            for phrase in self._places.phrases:
                for match in phrase.pattern.finditer(sentence.text):
                    said, owners = " ".join(match.group(1).split()), sentence.of(*match.span(1))
                    read = _figure if phrase.bare else key
                    if read(said) != read(phrase.printed) and not all(i in self.spoken for i in owners):
                        yield self._loose(said, owners, f"{said!r}: the facts say {phrase.printed}")

    def _wrong_pairs(self) -> Iterator[Loose]:
        for label, wanted, _ in pairs_of_texts(self.facts):
            beside = [found for found in self._labels.values_beside(label) if TOLD.search(found[0])]
            if any(key(wanted).startswith(key(value)) or key(value).startswith(key(wanted)) for value, _, _ in beside):
                continue
            for value, box, page in beside:
                yield Loose(value, page, rounded(box), f"{label!r} shows {value}, the facts say {wanted}")


def _go_on(one: Character, other: Character) -> bool:
    """Whether two digits stand side by side, as those of one number do."""
    level = min(one.box[3], other.box[3]) > max(one.box[1], other.box[1])
    near = -0.3 * one.size <= other.box[0] - one.box[2] <= 0.3 * one.size
    return one.text.isdigit() and other.text.isdigit() and one.page == other.page and level and near


def _has_words(text: str) -> bool:
    """A text with a number in it, and words enough to be known by."""
    return any(c.isdigit() for c in text) and sum(c.isalpha() for c in text) >= 2 and len(key(text)) >= 6


def _days_in(text: str) -> Iterable[re.Match[str]]:
    return DAYS.finditer(text.replace("\n", " "))


def _figure(text: str) -> str:
    """A figure without its unit, or a word."""
    match = number_pattern().match(text.strip())
    return key(match["sign"].replace("-", "−") + match["digits"]) if match else key(text)
