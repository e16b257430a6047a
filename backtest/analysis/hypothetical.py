"""The report on what could happen to a run's holdings: replays, shocks, thinner margins, cheaper AI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from backtest.analysis.attributed import THEME_LABELS
from backtest.analysis.folder import Floats, Run, read_run, row_of
from backtest.analysis.report import Figure, Report, Row, Table, number
from backtest.errors import RunError, listed
from backtest.facts.fact import Unit
from backtest.metrics import scenario
from backtest.metrics.scenario.jevons import COST_FALLS, ELASTICITIES
from backtest.metrics.scenario.margins import FALLS
from backtest.metrics.scenario.shocks import WINDOW_DAYS
from backtest.metrics.summary import day

NO_SHOCKS: Mapping[str, float] = MappingProxyType({})
OPERATING_MARGIN, AI_COST = "operating_margin", "ai_addressable_cost"
NAMES_SHOWN = 10
OWN_NOTES = (
    "Weights are those held at the close of the day given. Effects on a name are fractions of its own value; fund, "
    "benchmark and contributions are in percentage points of the whole. Active: fund less benchmark.",
)


@dataclass(frozen=True)
class ScenarioReport(Report):
    """What episodes of the past, shocks, thinner margins and cheaper AI would do to the holdings of one day."""

    on: date

    def to_dict(self) -> dict[str, Any]:
        """As Report.to_dict, and the day of the holdings."""
        return super().to_dict() | {"on": self.on.isoformat()}


@dataclass(frozen=True)
class CheaperAI:
    """Assumptions behind the grid of cost falls and elasticities; all are the manager's to change."""

    ai_cost_share: float | None = None
    """Share of an adopter's costs that AI can do, 0 to 1, one for all; the published field ai_addressable_cost when
    None."""
    ai_revenue_share: float = 1.0
    """Share of a capex name's sales that is spending on AI, 0 to 1."""
    fixed_cost_share: float = 0.0
    savings_kept: float = 1.0
    cost_falls: tuple[float, ...] = COST_FALLS
    elasticities: tuple[float, ...] = ELASTICITIES


@dataclass(frozen=True)
class _Holdings:
    """What is held on one day, and the market it is held in."""

    run: Run
    row: int  # of the result's days
    weights: Floats  # (N,)
    index: Floats  # (N,)
    notes: list[str] = field(default_factory=list)

    @property
    def on(self) -> date:
        return day(self.run.result.dates[self.row])

    def figure(self, value: float, unit: Unit = "points", precision: int = 2) -> Figure:
        """A figure about the day."""
        return Figure(number(value), unit, precision, None, self.on, "hypothetical")

    def weight(self, value: float) -> Figure:
        return self.figure(value, "percent")

    def effect(self, value: float, precision: int = 1) -> Figure:
        """A change of a value, a fraction of it."""
        return self.figure(value, "signed_percent", precision)

    def name(self, i: int) -> str:
        return f"{self.run.panel.assets[i]}  {self.run.panel.names[i]}"

    def published(self, name: str) -> Floats | None:
        """(N,) the latest figures published by the day; NaN where there is none, None when nobody published any."""
        figures, count = self.run.panel.fundamentals, len(self.run.panel.assets)
        if figures is None or name not in figures.fields:
            return None
        table = figures.values(name, self.run.offset + self.row, count)
        return np.asarray(table[-1]) if len(table) else None


def scenarios_of(
    run: Path,
    on: date | None = None,
    shocks: Mapping[str, float] = NO_SHOCKS,
    margin_falls: Sequence[float] = FALLS,
    margin: Literal["gross", "operating"] = "gross",
    chosen: Sequence[str] = ("capex",),
    cheaper: CheaperAI | None = None,
    window: int = WINDOW_DAYS,
) -> ScenarioReport:
    """The scenarios of a finished run's holdings at the close of `on`, the sheet's as-of date when None.

    shocks: theme, sector or ticker -> fraction, -0.2 is a fall of a fifth; names that are not shocked move by betas on
    `window` daily returns up to the day. margin_falls: points as fractions, of the `margin` of names of the `chosen`
    themes. What the run's data cannot answer is n/a, with the reason in the notes. Raises RunError for a folder that
    is no finished run, a day outside it, and for what is out of range or unknown.
    """
    read = read_run(run)
    row = row_of(read, on, read.last, "on")
    own, index = read.weights(row)
    held = _Holdings(read, row, own / max(1.0, own.sum()), index / max(1.0, index.sum()))  # custody is owed: over one
    try:
        tables = [
            *_replays(held),
            *(_shocks(held, shocks, window) if shocks else ()),
            *_margins(held, margin_falls, margin, chosen),
            *_cheaper(held, cheaper or CheaperAI()),
        ]
    except ValueError as error:
        raise RunError(f"{run}: {error}") from None
    return ScenarioReport(
        run=run.name,
        fund=read.mandate.fund.name,
        title="what could happen to the holdings",
        start=held.on,
        as_of=held.on,
        currency=read.panel.base_currency,
        basis="hypothetical",
        notice=scenario.NOTICE,
        tables=tuple(tables),
        notes=(*OWN_NOTES, *held.notes),
        on=held.on,
    )


def _theme(label: str) -> str:
    return THEME_LABELS.get(label, label.capitalize())


def _missing(held: _Holdings, left_out: Sequence[scenario.LeftOut]) -> str:
    """' Left out: A (1.20%), no price; ...' or nothing."""
    reasons: dict[str, list[str]] = {}
    for one in left_out:
        reasons.setdefault(one.reason, []).append(f"{one.asset} ({held.weight(one.weight)})")
    return "".join(f" {listed(names)}: {reason}." for reason, names in reasons.items())


# -------------------------------------------------------------------------------------------------------------- replays


def _replays(held: _Holdings) -> list[Table]:
    panel = held.run.panel
    played = scenario.replay_all(
        panel.dates, panel.prices, held.weights,
        assets=panel.assets, themes=panel.themes, benchmark=panel.benchmark, cash=panel.cash,
    )  # fmt: skip
    themes = [t for t in THEME_LABELS if t in panel.themes] + ["cash"]
    totals, parts, notes = [], [], []
    for one in played:
        label = f"{one.episode.title}, {one.episode.start} to {one.episode.end}"
        cell = _dated(one)
        active = one.total - one.benchmark_total
        totals.append(
            Row(
                label,
                (
                    cell(one.total, "signed_percent"), cell(one.benchmark_total, "signed_percent"),
                    cell(active, "points"), cell(one.max_drawdown, "signed_percent"),
                    cell(one.benchmark_max_drawdown, "signed_percent"),
                ),
            )
        )  # fmt: skip
        added = (cell(one.theme_contributions.get(theme, np.nan), "points") for theme in themes)
        parts.append(Row(one.episode.title, (*added, cell(one.total, "points"))))
        if one.reason:
            notes.append(f" {one.episode.title} is n/a: {one.reason}.")
        notes.append(_missing(held, one.left_out))
        if one.ended:
            notes.append(f" {one.episode.title}: prices of {listed(one.ended)} end inside it.")
    told = "The holdings of the day, bought before each episode and held through it." + "".join(notes)
    if held.run.mandate.data.source == "sample":
        told += " The companies of the sample market are invented: on these dates nothing happened to them."
    held.notes.extend(f"Replays: {line}" for line in played[0].assumptions)
    columns = ("fund", "bench- mark", "active", "fund max. drawdown", "bench. max. drawdown")
    return [
        Table("replays", "Replays of dated episodes", columns, tuple(totals), told),
        Table("replay_themes", "Replays: contributions by theme", (*map(_theme, themes), "fund"), tuple(parts)),
    ]


def _dated(one: scenario.Replay) -> Callable[[float, Unit], Figure]:
    """Figures of an episode, dated by the trading days it was played on, or was to be."""
    days = one.dates if len(one.dates) else np.array([one.episode.start, one.episode.end], dtype="datetime64[D]")
    start, end = day(days[0]), day(days[-1])

    def cell(value: float, unit: Unit) -> Figure:
        return Figure(number(value), unit, 2, start, end, "hypothetical")

    return cell


# --------------------------------------------------------------------------------------------------------------- shocks


def _shocks(held: _Holdings, shocks: Mapping[str, float], window: int) -> list[Table]:
    panel = held.run.panel
    baskets = scenario.shocked(shocks, assets=panel.assets, themes=panel.themes, sectors=panel.sectors)
    returns, _ = held.run.returns(held.row, window)
    found = scenario.shock(
        baskets, returns, held.weights, held.index, assets=panel.assets, themes=panel.themes, window=window
    )
    own, theirs = (scenario.group_sums(w, panel.themes) for w in (held.weights, held.index))
    rows = [
        Row(
            _theme(theme),
            (
                held.weight(float(own[theme])), held.weight(float(theirs[theme])),
                held.figure(found.theme_contributions[theme]), held.figure(found.benchmark_theme_contributions[theme]),
                held.figure(found.theme_contributions[theme] - found.benchmark_theme_contributions[theme]),
            ),
        )
        for theme in THEME_LABELS if theme in own
    ]  # fmt: skip
    whole = (held.figure(found.total), held.figure(found.benchmark_total), held.figure(found.active))
    rows.append(Row("All", (None, None, *whole), total=True))
    told = ", ".join(f"{label} {held.effect(move)}" for label, move in shocks.items())
    note = _missing(held, found.left_out).strip()
    if found.floored:
        note += f" Held at a loss of everything: {listed(found.floored)}."
    held.notes.extend(f"Shocks: {line}" for line in found.assumptions)
    columns = ("fund weight", "bench. weight", "fund", "bench- mark", "active")
    return [Table("shock_themes", f"Shock: {told}", columns, tuple(rows), note.strip()), _shock_by_name(held, found)]


def _shock_by_name(held: _Holdings, found: scenario.Shock) -> Table:
    names = np.flatnonzero((held.weights != 0.0) | (held.index != 0.0))
    rows = tuple(
        Row(
            held.name(i),
            (
                held.weight(held.weights[i]), held.weight(held.index[i]), held.effect(found.effects[i]),
                held.figure(found.contributions[i]), held.figure(found.benchmark_contributions[i]),
            ),
        )
        for i in names[np.argsort(found.contributions[names], kind="stable")]
    )  # fmt: skip
    columns = ("fund weight", "bench. weight", "effect on name", "fund", "bench- mark")
    return Table("shock_names", "Shock by name, largest loss of the fund first", columns, rows, most=NAMES_SHOWN)


# -------------------------------------------------------------------------------------------------------------- margins


def _margins(
    held: _Holdings, falls: Sequence[float], kind: Literal["gross", "operating"], chosen: Sequence[str]
) -> list[Table]:
    panel, margins = held.run.panel, held.published(f"{kind}_margin")
    if margins is None:
        held.notes.append(_unpublished("Margin compression", f"{kind}_margin"))
        return []
    found = scenario.margin_compression(
        held.weights, held.index, margins,
        assets=panel.assets, themes=panel.themes, chosen=chosen, falls=falls, kind=kind,
    )  # fmt: skip
    drops = [f"{held.figure(-fall, precision=0)}" for fall in found.falls]
    rows, wiped = [], ""
    for k, drop in enumerate(drops):
        cells = (found.totals[k], found.benchmark_totals[k], found.active[k])
        rows.append(Row(f"{kind} margin {drop}", tuple(held.figure(value) for value in cells)))
        gone = [name for name in found.wiped_out[k] if held.weights[panel.assets.index(name)] > 0.0]
        wiped += f" At {drop} nothing is left of {listed(gone)}." if gone else ""
    hit = np.flatnonzero(np.isin(panel.themes, list(chosen)) & ((held.weights != 0.0) | (held.index != 0.0)))
    lines = tuple(
        Row(
            held.name(i),
            (
                held.weight(held.weights[i]), held.weight(held.index[i]), held.figure(margins[i], "percent", 1),
                *(held.effect(found.effects[k, i]) for k in range(len(drops))),
            ),
        )
        for i in hit[np.argsort(found.contributions[-1, hit], kind="stable")]
    )  # fmt: skip
    held.notes.extend(f"Margins: {line}" for line in found.assumptions)
    title = f"Margin compression of {listed([_theme(theme) for theme in chosen])}, at a constant multiple"
    columns = ("fund weight", "bench. weight", f"{kind} margin", *(f"value at {drop}" for drop in drops))
    note = (_missing(held, found.left_out) + wiped).strip()
    return [
        Table("margins", title, ("fund", "bench- mark", "active"), tuple(rows), note),
        Table("margin_names", "Margin compression by name, largest loss of the fund first", columns, lines,
              most=NAMES_SHOWN),
    ]  # fmt: skip


def _unpublished(what: str, name: str) -> str:
    return (
        f"{what}: n/a, because the run's data hold no {name} published by that day. Give [data] fundamentals with it "
        "and run the mandate again."
    )


# ----------------------------------------------------------------------------------------------------------- cheaper AI


def _cheaper(held: _Holdings, how: CheaperAI) -> list[Table]:
    panel, margins = held.run.panel, held.published(OPERATING_MARGIN)
    share: Floats | float | None = held.published(AI_COST) if how.ai_cost_share is None else how.ai_cost_share
    if margins is None or share is None:
        held.notes.append(_unpublished("Cheaper AI", OPERATING_MARGIN if margins is None else AI_COST))
        return []
    found = scenario.jevons_grid(
        held.weights, held.index, margins, share, assets=panel.assets, themes=panel.themes,
        ai_revenue_share=how.ai_revenue_share, fixed_cost_share=how.fixed_cost_share, savings_kept=how.savings_kept,
        cost_falls=how.cost_falls, elasticities=how.elasticities,
    )  # fmt: skip
    source = f"published, {AI_COST}" if how.ai_cost_share is None else f"assumed, {held.weight(how.ai_cost_share)}"
    held.notes.extend(f"Cheaper AI: {line}" for line in found.assumptions)
    held.notes.append(f"Cheaper AI: the share of an adopter's costs that AI can do is {source}.")
    columns = tuple(f"e={e:g}" for e in found.elasticities)
    falls = [f"unit cost {held.effect(-fall, 0)}" for fall in found.cost_falls]

    def grid(values: Floats) -> tuple[tuple[Figure, ...], ...]:
        return tuple(tuple(held.figure(value, precision=1) for value in line) for line in values)

    spend = [tuple(held.figure(x, "ratio") for x in line) for line in found.spend]
    even = [held.figure(e, "ratio") for e in found.break_even]
    note = (
        f"e: price elasticity of demand. Sales of capex names do not change at e = {found.capex_break_even:g}. "
        "Break-even: the lowest e at which fund and benchmark do equally well; n/a where there is none from 0 to 5."
    )
    active = tuple(Row(f, (*cells, e)) for f, cells, e in zip(falls, grid(found.active), even, strict=True))
    return [
        Table("ai_spend", "Cheaper AI: spending on AI as a multiple of today's", columns, _rows(falls, spend)),
        Table("ai_fund", "Cheaper AI: effect on the fund", columns, _rows(falls, grid(found.totals)),
              _missing(held, found.left_out).strip()),
        Table("ai_active", "Cheaper AI: fund less benchmark", (*columns, "break- even e"), active, note),
    ]  # fmt: skip


def _rows(labels: Sequence[str], cells: Sequence[tuple[Figure, ...]]) -> tuple[Row, ...]:
    return tuple(Row(label, line) for label, line in zip(labels, cells, strict=True))
