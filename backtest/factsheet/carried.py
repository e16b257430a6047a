"""What travels inside a sheet's PDF: its facts, the data behind each chart, and what the run was made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import lru_cache

from backtest.artifacts import FACTS, to_json
from backtest.facts import Facts, Series, facts_to_json
from backtest.render import Attachment

INPUTS = "inputs.json"
CHARTS = {
    "growth": ("growth.csv", "starting value = 100", "The data behind the growth chart"),
    "drawdown": ("drawdown.csv", "fraction", "The data behind the drawdown chart"),
    "theme": ("themes.csv", "fraction of NAV", "The data behind the theme chart"),
}
"""Series by the first part of their id: file, unit and description."""


def attachments(facts: Facts, inputs: Mapping[str, str]) -> tuple[Attachment, ...]:
    """The files to attach, in order. inputs: SHA-256 of the mandate and of each input file, by name.

    A chart whose series are not there brings no file.
    """
    tables = {kind: chart_table(facts, kind) for kind in CHARTS}
    return (
        Attachment(FACTS, facts_to_json(facts).encode(), "Every figure of this sheet, unrounded"),
        *(Attachment(CHARTS[kind][0], text.encode(), CHARTS[kind][2]) for kind, text in tables.items() if text),
        Attachment(INPUTS, to_json({"inputs": dict(inputs)}).encode(), "What the run was made of: SHA-256 by name"),
    )


def chart_table(facts: Facts, kind: str) -> str:
    """The lines of one chart as CSV, '' when there are none: ISO date, then one column a line, unrounded.

    The first row reads 'date,growth.strategy (starting value = 100),...'. A day on which a line has no value is blank.
    """
    lines = {key: facts.series[key] for key in sorted(facts.series) if key.split(".")[0] == kind}
    return _table(tuple(lines.values()), CHARTS[kind][1]) if lines else ""


@lru_cache(maxsize=8)
def _table(lines: tuple[Series, ...], unit: str) -> str:
    """Written once for all sheets with the same lines."""
    columns = [dict(zip(line.dates, line.values, strict=True)) for line in lines]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["date", *(f"{line.id} ({unit})" for line in lines)])
    for day in sorted(set().union(*columns)):
        writer.writerow([day.isoformat(), *(column.get(day) for column in columns)])
    return text.getvalue()
