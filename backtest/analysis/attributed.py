"""The report on where a run's active return and its risk came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np

from backtest.analysis.accounts import OTHERS, days_of
from backtest.analysis.folder import Run, read_run, row_of
from backtest.analysis.report import Figure, Report, Row, Table, number
from backtest.errors import RunError, listed
from backtest.facts.fact import Unit
from backtest.market.panel import Panel
from backtest.metrics.attribution import (
    BENCHMARK_DIFFERENCE,
    CASH,
    TRADING_COSTS,
    Attribution,
    Bools,
    Contributions,
    Days,
    Floats,
    attribute,
    between,
    contributions,
    expected_parts,
    realised_parts,
    risk_contributions,
)
from backtest.metrics.performance import last_on_or_before
from backtest.metrics.summary import day

By = Literal["theme", "sector", "country"]
RISK_DAYS = 252
"""Daily returns behind the expected risk."""
NAMES_SHOWN = 10
OTHER_LABELS = {
    TRADING_COSTS: "Trading costs",
    CASH: "Cash",
    "custody": "Custody",
    "delisting haircut": "Delisting haircut",
    BENCHMARK_DIFFERENCE: "Benchmark difference",
}
THEME_LABELS = {"capex": "Capex", "adopter": "Adopters", "other": "Other"}

NOTICE = (
    "Simulated figures for the manager's own use, not for distribution. They never belong on a sheet that shows "
    "simulated performance."
)
NOTES = (
    "Returns are those of the fund: after trading costs and custody, before the charges of a share class, in base "
    "currency. Money that comes or goes does not count.",
    "Each day is split by Brinson and Fachler (1985), with the weights held at the close before, and the days are "
    "linked by Cariño's logarithmic factors (1999). The parts sum to the active return.",
    "Allocation: weight over the benchmark's, times what the group made over the benchmark. Selection: other names "
    "than the benchmark's inside the group, at its weight. Interaction: both at once.",
    "A group that the benchmark does not hold counts under allocation, as cash does.",
    "Benchmark difference: the return of the benchmark's weights, less that of its own level; minus when the level did "
    "better than its parts.",
    "Contributions of the names are before trading costs. With those costs, cash and charges they sum to the fund's "
    "return.",
    "Risk is a year's standard deviation of daily returns, by the covariance of each part with the whole; a negative "
    "part lowers it. Realised: as held day by day, without the day of the first purchase.",
)


@dataclass(frozen=True)
class AttributionReport(Report):
    """Parts of the active return, by group, by year and by name, and parts of the risk."""

    by: By

    def to_dict(self) -> dict[str, Any]:
        """As Report.to_dict, and what the names are grouped by."""
        return super().to_dict() | {"by": self.by}


@dataclass(frozen=True)
class _Analysis:
    """What the tables are made from: the days of the period and how figures are dated."""

    run: Run
    days: Days
    dates: Sequence[date]  # (T,)
    bought: bool  # whether the first day is the first purchase
    labels: tuple[str, ...]  # (G,)
    groups: Bools  # (G, N)
    start: date
    as_of: date

    def figure(self, value: float, unit: Unit, precision: int = 2, start: date | None = None) -> Figure:
        """A figure of the period, or of the part of it from `start` on."""
        return Figure(number(value), unit, precision, start or self.start, self.as_of, "simulated")

    def points(self, value: float) -> Figure:
        """A difference over the period, in percentage points."""
        return self.figure(value, "points")

    def on_the_day(self, value: float, unit: Unit = "percent", precision: int = 2) -> Figure:
        """A figure of the last day."""
        return Figure(number(value), unit, precision, None, self.as_of, "simulated")


def attribution_of(
    run: Path, by: By = "theme", start: date | None = None, end: date | None = None
) -> AttributionReport:
    """The attribution of a finished run, from the close of `start` to the close of `end`.

    run: its folder. by: what the names are grouped by. start: the first trade, its cost included, when None; end: the
    as-of date of the sheet when None; both are moved back to a trading day. Raises RunError for a folder that is no
    finished run, a day outside it, a period without a day, and a fund that is worth nothing on some day of it.
    """
    read = read_run(run)
    last = row_of(read, end, read.last, "end")
    first = row_of(read, start, -1, "start") + 1
    if first > last:
        raise RunError(f"{run}: the period from {start} to {end or day(read.result.dates[last])} holds no trading day.")
    whole = days_of(read.panel, read.result, last)
    labels, groups = groups_of(read.panel, by)
    dates = [day(d) for d in read.result.dates[first : last + 1]]
    analysis = _Analysis(
        read, between(whole, first, last + 1), dates, first == 0, labels, groups,
        day(read.result.dates[max(first - 1, 0)]), dates[-1],
    )  # fmt: skip
    found, parts = attribute(analysis.days, groups), contributions(analysis.days)
    return AttributionReport(
        run=run.name,
        fund=read.mandate.fund.name,
        title=f"where the active return came from, by {by}",
        start=analysis.start,
        as_of=analysis.as_of,
        currency=read.panel.base_currency,
        basis="simulated",
        notice=NOTICE,
        tables=(
            _summary(analysis, found),
            _by_group(analysis, found, by),
            _by_year(analysis),
            _by_name(analysis, found, parts),
            *_risk(analysis, by),
        ),
        notes=NOTES,
        by=by,
    )


def groups_of(panel: Panel, by: By) -> tuple[tuple[str, ...], Bools]:
    """Labels (G,), themes in their usual order and others by the alphabet, and masks (G, N)."""
    own = {"theme": panel.themes, "sector": panel.sectors, "country": panel.countries}[by]
    usual = list(THEME_LABELS)
    labels = sorted(set(own), key=lambda label: (usual.index(label) if label in usual else len(usual), label))
    return tuple(labels), np.array([[name == label for name in own] for label in labels])


def _summary(analysis: _Analysis, found: Attribution) -> Table:
    effects = found.effects
    parts = {
        "Allocation": effects.allocation.sum(),
        "Selection": effects.selection.sum(),
        "Interaction": effects.interaction.sum(),
        **{OTHER_LABELS[name]: found.others[name] for name in OTHERS},
    }
    rows = [
        Row("Fund", (analysis.figure(found.fund, "signed_percent"),)),
        Row(f"Benchmark: {analysis.run.panel.benchmark_name}", (analysis.figure(found.benchmark, "signed_percent"),)),
        Row("  by its weights times returns", (analysis.figure(found.benchmark_parts, "signed_percent"),)),
        Row("Active return, fund less benchmark", (analysis.points(found.active),)),
        *(Row(f"  {label}", (analysis.points(part),)) for label, part in parts.items()),
        Row("Sum of the parts", (analysis.points(sum(parts.values())),), total=True),
    ]
    gap, chosen = found.others[BENCHMARK_DIFFERENCE], float(effects.total.sum())
    note = ""
    if abs(gap) > abs(chosen):
        note = (
            f"Look at the benchmark difference first: at {analysis.points(gap)} it is larger than allocation, "
            f"selection and interaction together, {analysis.points(chosen)}. The weights given for the benchmark are "
            "not those behind its level, and that part of the active return is not due to the choice of names."
        )
    title = "Active return and its parts, over the whole period"
    return Table("summary", title, ("return",), tuple(rows), note)


def _by_group(analysis: _Analysis, found: Attribution, by: By) -> Table:
    points, effects = analysis.points, found.effects
    rows = [
        Row(
            THEME_LABELS.get(label, label),
            (
                analysis.figure(found.weights[g], "percent", 1),
                analysis.figure(found.benchmark_weights[g], "percent", 1),
                analysis.figure(found.returns[g], "signed_percent", 1),
                analysis.figure(found.benchmark_returns[g], "signed_percent", 1),
                points(effects.allocation[g]),
                points(effects.selection[g]),
                points(effects.interaction[g]),
                points(effects.total[g]),
            ),
        )
        for g, label in enumerate(analysis.labels)
    ]
    lone = (None,) * 7
    rows += [Row(OTHER_LABELS[name], (*lone, points(found.others[name]))) for name in OTHERS]
    split = (effects.allocation, effects.selection, effects.interaction)
    whole = effects.total.sum() + sum(found.others.values())
    rows.append(Row("Active return", (*lone[:4], *(points(part.sum()) for part in split), points(whole)), total=True))
    columns = (
        "fund weight", "bench. weight", "fund return", "bench. return",
        "allo- cation", "selec- tion", "inter- action", "total effect",
    )  # fmt: skip
    return Table("groups", f"By {by}: average weights, returns of the group, effects", columns, tuple(rows))


def _by_year(analysis: _Analysis) -> Table:
    years = np.array([one.year for one in analysis.dates])
    rows = []
    for year in np.unique(years):
        mine = np.flatnonzero(years == year)
        found = attribute(between(analysis.days, mine[0], mine[-1] + 1), analysis.groups)
        start = analysis.dates[mine[0] - 1] if mine[0] else analysis.start
        end = analysis.dates[mine[-1]]
        split = (found.effects.allocation, found.effects.selection, found.effects.interaction)
        gap = found.others[BENCHMARK_DIFFERENCE]
        paid = sum(found.others.values()) - gap
        cells: list[tuple[float, Unit]] = [(found.fund, "signed_percent"), (found.benchmark, "signed_percent")]
        cells += [(value, "points") for value in (found.active, *(part.sum() for part in split), paid, gap)]
        dated = tuple(Figure(number(value), unit, 2, start, end, "simulated") for value, unit in cells)
        rows.append(Row(f"{year}{'' if _whole_year(start, end) else ' (part)'}", dated))
    columns = (
        "fund", "bench- mark", "active",
        "allo- cation", "selec- tion", "inter- action", "costs and cash", "bench. difference",
    )  # fmt: skip
    note = (
        "Each year is linked by itself, so the years do not add up to the whole. Costs and cash: trading costs, cash, "
        "custody and delisting haircut."
    )
    return Table("years", "By calendar year", columns, tuple(rows), note)


def _whole_year(start: date, end: date) -> bool:
    """Whether a period from one close to another reaches from New Year to New Year, holidays aside."""
    return start.year < end.year and start.month == 12 and end.month == 12 and min(start.day, end.day) >= 28


def _by_name(analysis: _Analysis, found: Attribution, parts: Contributions) -> Table:
    days, points = analysis.days, analysis.points
    held, index = days.weights.mean(axis=0), days.benchmark_weights.mean(axis=0)
    seen = np.flatnonzero((held != 0.0) | (index != 0.0) | (parts.costs != 0.0))
    rows = [
        Row(
            _name(analysis.run.panel, i),
            (
                analysis.figure(held[i], "percent"), analysis.figure(index[i], "percent"),
                points(parts.names[i]), points(parts.costs[i]), points(found.by_name[i]),
            ),
        )
        for i in seen[np.argsort(-found.by_name[seen], kind="stable")]
    ]  # fmt: skip
    for name in OTHERS:
        own = points(parts.others[name]) if name in parts.others and name != TRADING_COSTS else None
        costs = points(parts.others[name]) if name == TRADING_COSTS else None
        rows.append(Row(OTHER_LABELS[name], (None, None, own, costs, points(found.others[name])), total=True))
    whole = (
        points(parts.fund - parts.others[TRADING_COSTS]), points(parts.others[TRADING_COSTS]), points(found.active),
    )  # fmt: skip
    rows.append(Row("All", (None, None, *whole), total=True))
    columns = ("fund weight", "bench. weight", "contri- bution", "trading costs", "active effect")
    return Table("names", "By name, largest active effect first", columns, tuple(rows), most=NAMES_SHOWN)


def _name(panel: Panel, i: int) -> str:
    return f"{panel.assets[i]}  {panel.names[i]}"


# ----------------------------------------------------------------------------------------------------------------- risk


@dataclass(frozen=True)
class _Risk:
    """Parts of four figures, by name and for what is no name: expected and realised, of the fund and active."""

    names: tuple[Floats, Floats, Floats, Floats]  # (N,) each
    others: tuple[Mapping[str, float], ...]  # of each of the four; none for the expected ones


def _risk(analysis: _Analysis, by: By) -> tuple[Table, Table]:
    row = last_on_or_before(analysis.run.result.dates, np.datetime64(analysis.as_of, "D"))
    held, index = analysis.run.weights(row)
    returns, level = analysis.run.returns(row, RISK_DAYS)
    realised = between(analysis.days, int(analysis.bought), len(analysis.dates))
    fund, active = _realised(realised, active=False), _realised(realised, active=True)
    risk = _Risk(
        (
            risk_contributions(expected_parts(held, returns, level)),
            risk_contributions(expected_parts(held - index, returns, level)),
            fund[0],
            active[0],
        ),
        ({}, {}, fund[1], active[1]),
    )
    note = f"Expected: the last day's weights on the last {len(returns)} daily returns. Weights are those of that day."
    young = np.flatnonzero(np.isnan(returns).any(axis=0) & (held > 0.0))
    if len(young):
        who = listed(f"{analysis.run.panel.assets[i]} ({analysis.on_the_day(held[i])})" for i in young)
        note += f" Some of them are missing for {who}; there the benchmark's return stands in."
    return (
        _risk_by_group(analysis, risk, held, index, by, note),
        _risk_by_name(analysis, risk, held, index),
    )


def _realised(days: Days, *, active: bool) -> tuple[Floats, dict[str, float]]:
    """Risk parts of the names (N,) and of the others, by name."""
    parts = realised_parts(days, active=active)
    found = risk_contributions(np.hstack(list(parts.values())))
    names = parts["names"].shape[1]
    return found[:names], dict(zip(list(parts)[1:], found[names:].tolist(), strict=True))


RISK_COLUMNS = (
    "fund weight", "bench. weight", "expected volatility", "expected tracking error",
    "realised volatility", "realised tracking error",
)  # fmt: skip


def _risk_by_group(analysis: _Analysis, risk: _Risk, held: Floats, index: Floats, by: By, note: str) -> Table:
    rows = [
        Row(
            THEME_LABELS.get(label, label),
            (
                analysis.on_the_day(held[mask].sum(), precision=1),
                analysis.on_the_day(index[mask].sum(), precision=1),
                *_risk_cells(analysis, [part[mask].sum() for part in risk.names]),
            ),
        )
        for label, mask in zip(analysis.labels, analysis.groups, strict=True)
    ]
    for name in OTHERS:
        weight = (analysis.on_the_day(1.0 - held.sum(), precision=1), None) if name == CASH else (None, None)
        cells = [others.get(name) for others in risk.others]
        rows.append(Row(OTHER_LABELS[name], (*weight, *_risk_cells(analysis, cells))))
    whole = [part.sum() + sum(others.values()) for part, others in zip(risk.names, risk.others, strict=True)]
    rows.append(Row("All", (None, None, *_risk_cells(analysis, whole)), total=True))
    return Table("risk_groups", f"Risk by {by}, a year", RISK_COLUMNS, tuple(rows), note)


def _risk_by_name(analysis: _Analysis, risk: _Risk, held: Floats, index: Floats) -> Table:
    expected = risk.names[0]
    seen = np.flatnonzero(np.logical_or.reduce([part != 0.0 for part in risk.names]) | (held > 0.0))
    rows = [
        Row(
            _name(analysis.run.panel, i),
            (
                analysis.on_the_day(held[i]), analysis.on_the_day(index[i]),
                *_risk_cells(analysis, [part[i] for part in risk.names]),
            ),
        )
        for i in seen[np.argsort(-expected[seen], kind="stable")]
    ]  # fmt: skip
    title = "Risk by name, a year, largest expected volatility first"
    return Table("risk_names", title, RISK_COLUMNS, tuple(rows), most=NAMES_SHOWN)


def _risk_cells(analysis: _Analysis, values: Sequence[float | None]) -> tuple[Figure | None, ...]:
    """Two expected figures, true of the last day, and two realised ones, of the period."""
    expected = (None if value is None else analysis.on_the_day(value) for value in values[:2])
    return (*expected, *(None if value is None else analysis.figure(value, "percent") for value in values[2:]))
