"""Every strategy that ships beside doing nothing, on one market: over the whole window and in its two halves.

The tool tests the thesis and its rivals alike, so that nobody picks the winner first and the story afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from backtest.analysis.report import Figure, Report, Row, Table, long_date, rows_of
from backtest.analysis.standing import Standing, ranks_of, sentences_of, standing_of
from backtest.artifacts import examples_folder
from backtest.errors import DataError, JevonsError
from backtest.lookahead.check import EXAMPLE_PARTS
from backtest.mandate import LoadedMandate, Mandate, ShareClass, StrategyChoice, load_mandate
from backtest.market.panel import Panel
from backtest.market.prices import Bools, Dates, Floats, build_panel
from backtest.market.quality import DataFinding, examine
from backtest.market.sources import read_market
from backtest.measure import Measures, measure
from backtest.metrics.performance import last_on_or_before, month_ends, worst_twelve_months
from backtest.metrics.summary import PerformanceSummary, Track, day, defined, summarise_performance
from backtest.result import Result
from backtest.simulate import simulate
from backtest.strategy import available, load_strategy
from backtest.taxes import load_taxes
from backtest.terms import Constraints

SAMPLE = "demo.toml"
SAMPLE_MARKET = "the embedded sample market, whose companies and prices are invented"
NOTHING = "hold_benchmark"
INDEX = "benchmark"
WHOLE = (
    "Return a year", "Volatility", "Max. drawdown", "Worst 12 months", "Sharpe ratio", "Tracking error",
    "Turnover a year", "Cost a year", "Eff. names",
)  # fmt: skip
HALF = ("Return a year", "Sharpe ratio", "Rank")
HALVES = (*(f"{column}, 1st half" for column in HALF), *(f"{column}, 2nd half" for column in HALF))
"""No two alike: JSON names figures by their column."""
NOTICE = (
    "The ranking is a backtest, made with knowledge of the past, and no forecast. No money was managed, and the next "
    "years may reverse it."
)
READING = (
    "Tracking error is against the benchmark, an index without costs. The effective number of names is that of the "
    "last day. Turnover is one way and leaves out the first purchase; cost is that of all trades."
)
SHORTEST_YEARS = 4
"""A half of less than two years says nothing, and returns of less than one are not annualised."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Comparison:
    """The report, and what its sentences were made of. Ranks are by Sharpe ratio, 1 the highest, strategies alone."""

    report: Report
    standing: Standing
    refused: Mapping[str, str]
    """Why a strategy has no row."""

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return self.report.to_dict() | self.standing.to_dict() | {"refused": dict(self.refused)}


@dataclass(frozen=True)
class _Run:
    """One strategy's run: its figures over the whole window, and the line behind them."""

    measures: Measures
    line: Floats  # (T,)


def compare_strategies(mandate: Path | None = None, tell: Tell = lambda _: None) -> Comparison:
    """Each strategy at its defaults on a mandate's market, or the sample's: same schedule and costs, no constraints.

    Figures are the strategies' own, without a share class's charge, in base currency. A strategy that cannot run there
    is listed with its reason. tell: hears of each strategy. Raises JevonsError when there is no market, when the data
    doctor finds it unfit for a run, or when it is too short to be halved.
    """
    loaded = load_mandate(mandate or examples_folder() / SAMPLE)
    tell("market")
    raw = read_market(loaded)
    findings = examine(raw, loaded.mandate)
    panel = build_panel(raw, loaded.mandate)
    terms = _plain_terms(loaded.mandate)
    nothing = _simulated(NOTHING, panel, terms, loaded)
    runs: dict[str, _Run] = {}
    refused: dict[str, str] = {}
    for name in available():
        tell(name)
        try:
            result = nothing if name == NOTHING else _simulated(name, panel, terms, loaded)
        except JevonsError as error:
            refused[name] = str(error)
            continue
        measures = measure(panel, result, nothing, terms)
        runs[name] = _Run(measures, measures.lines.growth["strategy"])
    market = SAMPLE_MARKET if mandate is None else f"the market of {mandate.name}"
    return _compared(runs, refused, panel, terms, (market, _warnings(findings)))


def _plain_terms(mandate: Mandate) -> Mandate:
    """The mandate without what belongs to one fund: constraints, flows, share classes, a date to end on."""
    plain = ShareClass(name="before charges", currency=mandate.fund.base_currency, ongoing_charge=0.0)
    report = mandate.report.model_copy(update={"as_of": None, "share_class": None})
    return mandate.model_copy(
        update={"constraints": Constraints(), "flow": (), "share_class": (plain,), "report": report}
    )


def _simulated(name: str, panel: Panel, terms: Mandate, loaded: LoadedMandate) -> Result:
    parts = {"parts": [dict(part) for part in EXAMPLE_PARTS]} if name == "blend" else {}
    strategy = load_strategy(StrategyChoice.model_validate({"name": name} | parts), loaded.folder)
    table = None if terms.costs.tax_table is None else loaded.folder / terms.costs.tax_table
    return simulate(panel, strategy, terms.schedule, terms.constraints, terms.costs, (), load_taxes(table))


# Figures


def _compared(
    runs: Mapping[str, _Run],
    refused: Mapping[str, str],
    panel: Panel,
    terms: Mandate,
    market: tuple[str, Sequence[str]],
) -> Comparison:
    """market: its name, and what the data doctor says of it."""
    some = runs[NOTHING].measures
    dates = some.lines.dates
    middle = _middle(dates, panel)
    lines = {name: run.line for name, run in runs.items()} | {INDEX: some.lines.growth[INDEX]}
    halves = [_half(lines, dates, panel, span) for span in (slice(0, middle + 1), slice(middle, len(dates)))]
    start, end = day(dates[0]), day(dates[-1])
    sharpe = {name: run.measures.summary.performance["strategy"].sharpe for name, run in runs.items()}
    parts = [{name: _number(half[name][1]) for name in runs} for half in halves]
    same = tuple(name for name, run in runs.items() if name != NOTHING and _as_nothing(run, runs[NOTHING]))
    standing = standing_of(sharpe, parts, same, NOTHING, (start, end))
    tables = (
        Table(
            "whole", f"From {long_date(start)} to {long_date(end)}", WHOLE,
            (*(_whole(name, run, panel) for name, run in runs.items()), _whole_index(some, panel)),
        ),
        Table(
            "halves",
            f"First half to {long_date(day(dates[middle]))}, second half from then on; ranks by Sharpe ratio, equals "
            "share a rank",
            HALVES,
            tuple(Row(name, halves[0][name] + halves[1][name], name == INDEX) for name in lines),
        ),
    )  # fmt: skip
    report = Report(
        run="", fund="Strategies compared", title=market[0], start=start, as_of=end, currency=panel.base_currency,
        basis="simulated", notice=NOTICE, tables=tables,
        notes=(*market[1], *sentences_of(standing, NOTHING), READING, _terms_in_words(terms),
               *(f"{name} has no row: {why}" for name, why in refused.items())),
    )  # fmt: skip
    return Comparison(report, standing, dict(refused))


def _number(figure: Figure | None) -> float | None:
    return figure.value if figure is not None and isinstance(figure.value, float) else None


def _as_nothing(run: _Run, nothing: _Run) -> bool:
    return bool(np.allclose(run.line, nothing.line, rtol=1e-12, atol=0.0))


def _warnings(findings: Sequence[DataFinding]) -> tuple[str, ...]:
    """What the data doctor warns of: the market's own words, and a count of what concerns single names."""
    warned = [finding for finding in findings if finding.severity == "warning"]
    names = sum(finding.asset is not None for finding in warned)
    more = f"{names} warning{'s' * (names > 1)} about single names: see jevons data check."
    return (*(finding.message for finding in warned if finding.asset is None), *([more] if names else []))


def _middle(dates: Dates, panel: Panel) -> int:
    """Row of the month end nearest to the middle of the window."""
    if len(dates) < 252 * SHORTEST_YEARS:
        raise DataError(
            f"strategies compare: {len(dates):,} trading days from {dates[0]} to {dates[-1]}; each half would say too "
            f"little. At least {252 * SHORTEST_YEARS:,} are needed: give a mandate with a longer window."
        )
    ends = np.flatnonzero(_month_ends(dates, panel))
    return int(ends[np.abs(ends - len(dates) // 2).argmin()])


def _month_ends(dates: Dates, panel: Panel) -> Bools:
    offset = last_on_or_before(panel.dates, dates[0])
    return month_ends(panel.dates)[offset : offset + len(dates)]


def _whole(name: str, run: _Run, panel: Panel) -> Row:
    """One strategy over the whole window, in the columns of WHOLE."""
    summary, lines = run.measures.summary, run.measures.lines
    figures, trading = summary.performance["strategy"], summary.trading["strategy"]
    more = (trading.turnover, trading.cost_drag, summary.concentration["strategy"].effective_names)
    return _whole_row(name, figures, _worst(run.line, lines.dates, panel), more, summary.start, summary.as_of)


def _whole_index(some: Measures, panel: Panel) -> Row:
    """The index, which trades for free."""
    summary, lines = some.summary, some.lines
    more = (None, None, summary.concentration[INDEX].effective_names)
    row = _whole_row(
        INDEX,
        summary.performance[INDEX],
        _worst(lines.growth[INDEX], lines.dates, panel),
        more,
        summary.start,
        summary.as_of,
    )
    return replace(row, figures=tuple(None if column in (5, 6, 7) else f for column, f in enumerate(row.figures)))


def _worst(line: Floats, dates: Dates, panel: Panel) -> float | None:
    return defined(worst_twelve_months(line, 100.0, dates, _month_ends(dates, panel)))


def _whole_row(
    name: str, found: PerformanceSummary, worst: float | None, more: tuple[float | None, ...], start: date, end: date
) -> Row:
    turnover, cost, names = more

    def over(value: float | None, unit: Any, precision: int) -> Figure:
        return Figure(value, unit, precision, start, end, "simulated")

    return Row(
        name,
        (
            over(found.periods["start"].annualised, "signed_percent", 1),
            over(found.volatility, "percent", 1),
            over(found.max_drawdown, "signed_percent", 1),
            over(worst, "signed_percent", 1),
            over(found.sharpe, "ratio", 2),
            over(found.tracking_error, "percent", 1),
            over(turnover, "percent", 1),
            over(cost, "percent", 2),
            Figure(names, "number", 1, None, end, "simulated"),
        ),
        total=name == INDEX,
    )


def _half(lines: Mapping[str, Floats], dates: Dates, panel: Panel, span: slice) -> dict[str, tuple[Figure | None, ...]]:
    """All lines over a part of the window, in the columns of HALF; the index has no rank."""
    offset = last_on_or_before(panel.dates, dates[0])
    cash, ends = panel.cash[offset : offset + len(dates)][span], _month_ends(dates, panel)[span]
    inside = dates[span]
    found = {
        name: summarise_performance(Track(line[span], _base(line, span)), inside, ends, cash)
        for name, line in lines.items()
    }
    ranks = ranks_of({name: f.sharpe for name, f in found.items() if name != INDEX})
    start, end = day(inside[0]), day(inside[-1])
    return {
        name: (
            Figure(f.periods["start"].annualised, "signed_percent", 1, start, end, "simulated"),
            Figure(f.sharpe, "ratio", 2, start, end, "simulated"),
            Figure(ranks[name], "count", 0, start, end, "simulated") if name in ranks else None,
        )
        for name, f in found.items()
    }


def _base(line: Floats, span: slice) -> float:
    """What stood before the first day: the capital before the cost of entry, or the close that a half begins with."""
    return 100.0 if span.start == 0 else float(line[span.start])


def _terms_in_words(terms: Mandate) -> str:
    costs, schedule = terms.costs, terms.schedule
    decided = {"dates": "on the mandate's own dates", "every_n_days": f"every {schedule.every_days} trading days"}
    when = decided.get(schedule.decide, f"at each {schedule.decide.replace('_', ' ')}")
    taxes = ", transaction taxes as the mandate sets them" if _taxed(terms) else ""
    return (
        f"Decided {when}, traded {schedule.lag} trading day{'s' * (schedule.lag > 1)} later, at a commission of "
        f"{costs.commission_bps:g} bp and a half-spread of {costs.half_spread_bps:g} bp{taxes}. Total return in "
        f"{terms.fund.base_currency}; no limits on weights, no charge of a fund. Each strategy has its default "
        "parameters; blend mixes hold_benchmark and cut_capex half and half."
    )


def _taxed(terms: Mandate) -> bool:
    return bool(terms.costs.buy_tax_bps or terms.costs.sell_tax_bps or terms.costs.taxes != "none")


# The page


def page_of(comparison: Comparison) -> str:
    """The comparison as a page of Markdown, one table after the other, notes first: they say what it is worth."""
    report = comparison.report
    lines = [
        "# Strategies compared", "",
        "Written by `jevons strategies compare --into docs/strategies-compared.md`, and held to that by a test.", "",
        f"{long_date(report.start)} to {long_date(report.as_of)}, {report.currency}, simulated, on "
        f"{report.title}.", "",
        f"**{report.notice}**", "",
    ]  # fmt: skip
    lines += [f"- {note}" for note in report.notes]
    for table in report.tables:
        header, *body = rows_of(table)
        lines += ["", f"## {table.title}", "", _cells(header), f"| --- |{' ---: |' * (len(header) - 1)}"]
        lines += [_cells((f"`{label}`" if label != INDEX else label, *cells)) for label, *cells in body]
    return "\n".join(lines) + "\n"


def _cells(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
