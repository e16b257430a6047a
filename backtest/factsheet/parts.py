"""The parts of a sheet's performance: what is simulated, and what is actual where the class has a live record.

One object for each part says whose lines it has, over which days, and what they are called. Tables, tiles, charts and
sources take labels and days from it alone, so that no figure stands under the name or the dates of the other part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backtest.facts import format_month
from backtest.factsheet.rows import WHO, Printed, Row, or_dash
from backtest.metrics.conventions import PERIODS

LIVE = ("actual", "actual_benchmark")
RISK = ("volatility", "max_drawdown", "beta", "sharpe", "tracking_error", "information_ratio")
TRADING = ("turnover", "cost_drag")
NUMBERS = (5, 4, 3, 2, 1)
"""Of the discrete periods, the oldest first."""
COLUMNS = 5
"""Calendar years beside each other."""


@dataclass(frozen=True)
class Part:
    """Performance of one basis. start, end: its days as printed; names: of its lines, by who, the product first."""

    basis: Literal["simulated", "actual"]
    start: str
    end: str
    names: Mapping[str, str]

    @property
    def who(self) -> tuple[str, ...]:
        return tuple(self.names)

    @property
    def product(self) -> str:
        return self.who[0]


def parts_of(text: Printed) -> tuple[Part, ...]:
    """The actual part first, where there is a record, then the simulated one, where it is shown."""
    words, live = text.words, text.known("live.start")
    simulated = not live or "perf.strategy.cumulative.start" in text.facts
    product = words("who.actual_index" if text("fund.subject") == "index" else "who.actual")
    names = {"actual": product, "actual_benchmark": words("who.actual_benchmark")}
    both = [
        (live, Part("actual", text("live.start"), text("live.end"), names)),
        (simulated, Part("simulated", text("sim.start"), text("sim.end"),
                         {who: words(f"who.{who}") for who in WHO})),
    ]  # fmt: skip
    return tuple(part for shown, part in both if shown)


def page_words(text: Printed) -> dict[str, str]:
    """What the templates say: of a sheet with a record, its own words in place of those for simulated figures."""
    bases, words = [part.basis for part in parts_of(text)], text.words
    found = words.section("page")
    if "actual" in bases:
        found = found | words.section("page_both" if "simulated" in bases else "page_actual")
    for section in _scale_sections(text, both=len(bases) == 2):
        found = found | words.section(section)
    return found


def _scale_sections(text: Printed, *, both: bool) -> list[str]:
    """Words that the scale of the risk class and whose class it is put in place of the usual ones."""
    _, who, scale = risk_indicator(text).split(".")
    actual = ["page_actual_class"] if who == "actual" else []
    if scale == "srri":
        return actual
    return ["page_sri", *(["page_both_sri"] if both else []), *actual, *(f"{one}_sri" for one in actual)]


def described(text: Printed) -> str:
    """The key of the document's description."""
    bases = [part.basis for part in parts_of(text)]
    if bases == ["simulated"]:
        return "document.description"
    return "document.description_both" if "simulated" in bases else "document.description_actual"


def break_day(text: Printed) -> date | None:
    """The day on which the simulated part ends and the actual one begins anew; None when there are not both."""
    day = text.facts["live.start"].value if len(parts_of(text)) == 2 else None
    return day if isinstance(day, date) else None


def risk_indicator(text: Printed) -> str:
    """The fact of the risk class, on the scale that it has: of the record where it is long enough for one, else of the
    simulation."""
    scale = "sri" if {"risk.strategy.sri", "risk.actual.sri"} & text.facts.keys() else "srri"
    return f"risk.actual.{scale}" if text.known(f"risk.actual.{scale}") else f"risk.strategy.{scale}"


# Tables


def tiles(text: Printed) -> list[Row]:
    """Small figures, actual where there is a record; the strategy's never without doing nothing's, and the record's
    never without the benchmark's."""
    part = parts_of(text)[0]
    if part.basis == "actual":
        chosen = {"actual_1y": "perf.{}.cumulative.1y", "actual_start": "perf.{}.cumulative.start"}
        if text.known("perf.actual.annualised.start"):
            chosen = {"actual_1y": "perf.{}.cumulative.1y", "actual_annualised": "perf.{}.annualised.start"}
        note, other, prefix = "tile.note_actual", "actual_benchmark", "actual_"
    else:
        chosen = {"annualised_5y": "perf.{}.annualised.5y", "annualised_start": "perf.{}.annualised.start"}
        note, other, prefix = "tile.note", "baseline", ""
    chosen |= {f"{prefix}volatility": "risk.{}.volatility", f"{prefix}max_drawdown": "risk.{}.max_drawdown"}
    return [
        {
            "figure": text(key.format(part.product)),
            "label": text.words(f"tile.{label}"),
            "note": text.words(note, figure=text(key.format(other))),
        }
        for label, key in chosen.items()
    ]


def cumulative(text: Printed, part: Part) -> Row:
    """Cumulative returns of a part up to its last day: a row for each of its lines, a column for each period."""
    rows = [
        {"label": name, "main": who == part.product,
         "cells": [text(f"perf.{who}.cumulative.{period}") for period in PERIODS]}
        for who, name in part.names.items()
    ]  # fmt: skip
    columns = [text.words(f"period.{period}") for period in PERIODS]
    if part.basis == "actual":
        columns[-1] = text.words("period.start_actual")
    return {"to": part.end, "columns": columns, "rows": rows}


def discrete(text: Printed, part: Part) -> Row:
    """Five 12-month periods of a part, the oldest first: they end with its last complete month."""
    columns = []
    for k in NUMBERS:
        fact = text.facts.get(f"perf.{part.product}.discrete.{k}")
        ends = (text.words("period.unknown"), "")
        if fact and fact.start and fact.as_of:
            ends = (format_month(fact.start, text.language), format_month(fact.as_of, text.language))
        columns.append({"start": ends[0], "end": ends[1]})
    rows = [{"label": name, "main": who == part.product, **_cells(text, who)} for who, name in part.names.items()]
    return {"columns": columns, "rows": rows}


def _cells(text: Printed, who: str) -> Row:
    """The 12-month figures of one line: as text, and with whether there is none."""
    keys = [f"perf.{who}.discrete.{k}" for k in NUMBERS]
    figures = [{"text": _or_no_data(text, key), "blank": not text.known(key)} for key in keys]
    return {"cells": [figure["text"] for figure in figures], "figures": figures}


def calendar(text: Printed) -> list[Row]:
    """Calendar years of the record, the oldest first, in tables of at most five columns: for retail readers of a UCITS
    in the EU, up to ten complete years since launch. [] where none is asked for."""
    asked = text("doc.audience") == "retail" and "EU" in text("doc.jurisdictions").split(", ")
    if not asked or text("fund.structure") != "ucits" or not text.known("live.start"):
        return []
    names = parts_of(text)[0].names
    launched = min(
        day.year for key in ("fund.launch", "live.start")
        if key in text.facts and isinstance(day := text.facts[key].value, date)
    )  # fmt: skip
    found = {key.rsplit(".", 1)[1] for key in text.facts if key.startswith("perf.actual.calendar.")}
    years = [year for year in sorted(found) if int(year) > launched]
    first = len(years) % COLUMNS
    return [
        {
            "to": "",
            "columns": shown,
            "rows": [
                {"label": name, "main": who == "actual",
                 "cells": [_or_no_data(text, f"perf.{who}.calendar.{year}") for year in shown]}
                for who, name in names.items()
            ],
        }
        for shown in (years[:first], *(years[k : k + COLUMNS] for k in range(first, len(years), COLUMNS)))
        if shown
    ]  # fmt: skip


def _or_no_data(text: Printed, fact_id: str) -> str:
    return text(fact_id) if fact_id in text.facts else text.words("fact.no_data")


def risk_figures(text: Printed, part: Part) -> list[Row]:
    """Risk, and of what is simulated turnover and cost; a dash where the question has no meaning, n/a where there is no
    answer."""
    rows = [*(("risk", key) for key in RISK), *(("trade", key) for key in TRADING if part.basis == "simulated")]
    return [
        {"label": text.words(f"risk.{key}"), "cells": [or_dash(text, f"{kind}.{who}.{key}") for who in part.who]}
        for kind, key in rows
    ]


def tables(text: Printed) -> Row:
    """The tables of a page's context: those of the first part, and `earlier` those of the simulated one before it."""
    parts = parts_of(text)
    earlier = {"cumulative": cumulative(text, parts[-1]), "discrete": discrete(text, parts[-1])}
    by_basis = {part.basis: part for part in parts}
    return {
        "tiles": tiles(text),
        "cumulative": cumulative(text, parts[0]),
        "discrete": discrete(text, parts[0]),
        "calendar": calendar(text),
        "earlier": earlier if len(parts) == 2 else {},
        "actual_names": list(by_basis["actual"].names.values()) if "actual" in by_basis else [],
        "actual_risk": risk_figures(text, by_basis["actual"]) if "actual" in by_basis else [],
        "risk_figures": risk_figures(text, by_basis["simulated"]) if "simulated" in by_basis else [],
    }


# Sources


def source(text: Printed, *, short: bool = False) -> str:
    """Source and period of each part, to stand beside every block of performance; beside a record, whose holdings are
    shown. short: for page 2."""
    parts = parts_of(text)
    said = [_source(text, part, short) for part in parts]
    if [part.basis for part in parts] == ["actual"]:
        said.append(text.words("source.benchmark", benchmark=text("benchmark.name")))
        days = {"start": text("sim.start"), "end": text("doc.as_of")}
        said.append(text.words("source.portfolio", vendor=text("data.vendor"), **days))
    elif len(parts) == 2:
        said.append(text.words("source.not_linked"))
    return " ".join(said)


def _source(text: Printed, part: Part, short: bool) -> str:
    given = {"start": part.start, "end": part.end}
    benchmark = {"benchmark": text("benchmark.name")}
    if part.basis == "actual":
        given |= {"firm": text("fund.firm")}
        more = {"name": text("class.name"), "currency": text("class.currency")}
        return text.words("source.actual_short", **given) if short else text.words("source.actual", **given, **more)
    given |= benchmark | {"vendor": text("data.vendor")}
    if short:
        return text.words("source.short", **given)
    return text.words("source.long", currency=text("fund.base_currency"), **given)
