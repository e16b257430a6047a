"""What a manager's report is made of: figures with unit, dates and basis, in tables, as JSON and as lines of text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from backtest.facts.fact import Fact, Unit, format_fact

Basis = Literal["simulated", "hypothetical"]

GAP = "  "
SHORTEST_LABEL = 24
"""Labels are cut to no less than this; columns that leave them no room go below."""


@dataclass(frozen=True)
class Figure:
    """One number, unrounded: a fraction for percent, signed_percent and points. None is undefined and prints n/a.

    It is no Fact: a sheet prints facts only, and no fact has the basis "hypothetical".
    """

    value: float | int | date | None
    unit: Unit
    precision: int
    start: date | None
    """First close of the period; None for a figure of one day."""
    as_of: date
    basis: Basis

    def to_dict(self) -> dict[str, Any]:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        return {
            "value": value,
            "unit": self.unit,
            "start": self.start.isoformat() if self.start else None,
            "as_of": self.as_of.isoformat(),
            "basis": self.basis,
        }

    def __str__(self) -> str:
        """As the one formatter prints it: '-1.2 pp' with a true minus sign."""
        return format_fact(Fact("report", "", self.value, self.unit, self.precision, self.as_of, "simulated", ""))


@dataclass(frozen=True)
class Row:
    """A label and one figure for each column; None where the column has no meaning for the row."""

    label: str
    figures: tuple[Figure | None, ...]
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a report. `most`: how many rows at each end are set as text when there are more; JSON has them all."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    most: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "note": self.note,
            "rows": [
                {
                    "label": row.label,
                    "figures": {
                        name: figure.to_dict()
                        for name, figure in zip(self.columns, row.figures, strict=True)
                        if figure is not None
                    },
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True)
class Report:
    """A manager's report on one run."""

    run: str
    fund: str
    title: str
    start: date
    as_of: date
    currency: str
    basis: Basis
    notice: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: percent, signed_percent and points are fractions; undefined figures are null."""
        return {
            "run": self.run,
            "fund": self.fund,
            "title": self.title,
            "start": self.start.isoformat(),
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "basis": self.basis,
            "notice": self.notice,
            "notes": list(self.notes),
            "tables": [table.to_dict() for table in self.tables],
        }


def number(value: float) -> float | None:
    """A float for a figure: None for what is not finite; a negative zero is zero."""
    return float(value) + 0.0 if math.isfinite(value) else None


def rows_of(table: Table) -> Iterator[tuple[str, ...]]:
    """Rows of text for a terminal table, the header first: label, then one cell for each column.

    Where the table has more rows than twice its `most`, those in the middle are one row that counts them; the totals
    at the end always stand.
    """
    yield ("", *table.columns)
    body = [row for row in table.rows if not row.total]
    if table.most is None or len(body) <= 2 * table.most + 1:
        shown: list[Row | None] = [*body]
    else:
        shown = [*body[: table.most], None, *body[-table.most :]]
    for row in [*shown, *(row for row in table.rows if row.total)]:
        if row is None:
            yield (f"... {len(body) - 2 * (table.most or 0)} more", *("" for _ in table.columns))
        else:
            yield (row.label, *("" if figure is None else str(figure) for figure in row.figures))


def text_of(report: Report, width: int = 100) -> list[str]:
    """The report as lines of at most `width` characters: title, tables with figures to the right, notes.

    Where the figures leave labels no room, labels are cut and columns follow below; figures are never cut.
    """
    days = (
        long_date(report.as_of)
        if report.start == report.as_of
        else f"{long_date(report.start)} – {long_date(report.as_of)}"
    )
    lines = [f"{report.fund}: {report.title}", f"{days}, {report.currency}, {report.basis}"]
    lines += textwrap.wrap(report.notice, width)
    for table in report.tables:
        lines += ["", *textwrap.wrap(table.title, width), *_set(list(rows_of(table)), width)]
        lines += textwrap.wrap(table.note, width)
    if report.notes:
        lines += [""]
    for note in report.notes:
        lines += textwrap.wrap(note, width, initial_indent="- ", subsequent_indent="  ")
    return lines


def _set(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """Rows as lines; the words of a header stand on top of each other. Columns that do not fit beside the others
    follow in a block of their own, with the labels again."""
    header, *body = rows
    words = [name.split() for name in header]
    sizes = [max([len(row[k]) for row in body] + [len(word) for word in words[k]] + [0]) for k in range(len(header))]
    for place, block in enumerate(_blocks(sizes, width)):
        label = min(sizes[0], max(SHORTEST_LABEL, width - sum(sizes[k] + len(GAP) for k in block)))
        depth = max(len(words[k]) for k in block)
        if place:
            yield ""
        for level in range(depth):
            stacked = ([""] * (depth - len(words[k])) + words[k] for k in block)
            yield _line(["", *(parts[level] for parts in stacked)], [label, *(sizes[k] for k in block)])
        for row in body:
            if place and not any(row[k] for k in block):
                continue  # it said what it has to say above
            yield _line([row[0], *(row[k] for k in block)], [label, *(sizes[k] for k in block)])


def _blocks(sizes: Sequence[int], width: int) -> list[list[int]]:
    """Columns by block: as many as fit beside a label, at least one."""
    blocks: list[list[int]] = [[]]
    room = width - min(sizes[0], SHORTEST_LABEL)
    for k in range(1, len(sizes)):
        if blocks[-1] and sum(sizes[j] + len(GAP) for j in (*blocks[-1], k)) > room:
            blocks.append([])
        blocks[-1].append(k)
    return blocks


def _line(cells: Sequence[str], sizes: Sequence[int]) -> str:
    label, *figures = cells
    cut = label if len(label) <= sizes[0] else label[: sizes[0] - 1] + "…"
    return GAP.join([cut.ljust(sizes[0]), *(c.rjust(s) for c, s in zip(figures, sizes[1:], strict=True))]).rstrip()


def long_date(day: date) -> str:
    """'31 October 2026'."""
    return format_fact(Fact("report", "", day, "date", 0, day, "simulated", ""))
