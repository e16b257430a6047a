"""Facts that are measured: every figure of a Summary under its id, and the lines of the charts as series."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from backtest.facts.fact import Basis, Charges, Fact, Series, Unit, Value
from backtest.facts.said import Said, sentence_case
from backtest.market.prices import Dates, Floats, Panel
from backtest.measure import Lines
from backtest.metrics.conventions import ANNUALISED_PERIODS, PERIODS, SHOWN_CASH, SHOWN_GROUPS
from backtest.metrics.summary import (
    CASH,
    CharacteristicsSummary,
    ConcentrationSummary,
    Exposure,
    Holding,
    LiquiditySummary,
    PerformanceSummary,
    Rebalance,
    Summary,
    TradingSummary,
)

SIMULATION = "Jevons simulation"
LAST_REBALANCES = 4
PERIOD_NAMES = {
    "1m": "1 month",
    "3m": "3 months",
    "ytd": "year to date",
    "1y": "1 year",
    "3y": "3 years",
    "5y": "5 years",
    "10y": "10 years",
    "start": "since start",
}
THEME_NAMES = {"capex": "Capex", "adopter": "Adopters", "other": "Other"}
WHO_NAMES = {
    "strategy": "Strategy", "baseline": "Baseline", "benchmark": "Benchmark",
    "actual": "Share class, actual", "actual_benchmark": "Benchmark, beside the actual figures",
}  # fmt: skip
CHARGES: Mapping[str, Charges] = {
    "strategy": "net", "baseline": "net", "benchmark": "gross", "actual": "net", "actual_benchmark": "gross",
}  # fmt: skip
OWN, INDEXES = ("strategy", "actual"), ("benchmark", "actual_benchmark")


def measured_facts(said: Said, summary: Summary, panel: Panel, source: str, scale: str = "srri") -> list[Fact]:
    """All facts of a run's figures. `source` is whose prices stand behind them; `scale` that of the risk class, srri or
    sri: there is never a class of both."""
    by = f"{SIMULATION}; prices: {source}"
    return [
        *(fact for stretch in _stretches(summary, by, scale) for fact in _results(stretch)),
        *_record(summary),
        *(fact for who in ("strategy", "baseline") for fact in _trading(who, summary, summary.trading[who], by)),
        *_rebalances(summary.trading["strategy"].rebalances, by),
        *(
            fact
            for who in ("strategy", "benchmark")
            for fact in _concentration(who, summary.concentration[who], summary.as_of, by)
        ),
        *_exposures(said, summary, panel.base_currency, by),
        *(
            f
            for k, held in enumerate(summary.top_holdings, 1)
            for f in _holding(said, k, held, panel, summary.as_of, by)
        ),
        *_liquidity(summary.liquidity, summary.as_of, by),
        *_kept(summary, panel.base_currency, by),
        *(
            fact
            for who, figures in summary.characteristics.items()
            for fact in _characteristics(who, figures, summary.as_of, panel.base_currency, by)
        ),
    ]


@dataclass(frozen=True)
class _Stretch:
    """Days with results of one basis: nothing that is measured reaches from one stretch into another."""

    basis: Basis
    start: date
    end: date
    source: str
    performance: Mapping[str, PerformanceSummary]
    scale: str  # of the risk class


def _stretches(summary: Summary, source: str, scale: str) -> Iterator[_Stretch]:
    """The simulated days, if their results are shown, and the days of the record, if there is one."""
    if summary.performance:
        yield _Stretch("simulated", summary.start, summary.until, source, summary.performance, scale)
    if live := summary.live:
        yield _Stretch("actual", live.start, live.end, f"record {live.record}", live.performance, scale)


def _results(stretch: _Stretch) -> Iterator[Fact]:
    for who, figures in stretch.performance.items():
        yield from _performance(who, figures, stretch)
    for who, figures in stretch.performance.items():
        yield from _risk(who, figures, stretch)


def _record(summary: Summary) -> Iterator[Fact]:
    """The days of the record, if there is one."""
    if live := summary.live:
        source = f"record {live.record}"
        rows: list[tuple[str, str, Value, Unit, int]] = [
            ("start", "First day of actual figures", live.start, "date", 0),
            ("end", "Last day of actual figures", live.end, "date", 0),
            ("years", "Length of the record", live.years, "years", 1),
        ]
        for key, label, value, unit, precision in rows:
            yield Fact(f"live.{key}", label, value, unit, precision, live.end, "actual", source)


def _performance(who: str, figures: PerformanceSummary, stretch: _Stretch) -> Iterator[Fact]:
    name, charges, basis, source = WHO_NAMES[who], CHARGES[who], stretch.basis, stretch.source
    for period in PERIODS:
        found = figures.periods[period]
        shown = {"cumulative": found.cumulative}
        if period in ANNUALISED_PERIODS:
            shown["annualised"] = found.annualised
        for kind, value in shown.items():
            label = f"{name}: {kind} return, {PERIOD_NAMES[period]}"
            yield Fact(
                f"perf.{who}.{kind}.{period}", label, value, "signed_percent", 1,
                found.end, basis, source, found.start, charges,
            )  # fmt: skip
    for k, year in enumerate(figures.discrete, 1):
        yield Fact(
            f"perf.{who}.discrete.{k}", f"{name}: 12-month return", year.cumulative, "signed_percent", 1,
            year.end, basis, source, year.start, charges,
        )  # fmt: skip
    for year in figures.calendar if basis == "actual" else ():
        yield Fact(
            f"perf.{who}.calendar.{year.end.year}", f"{name}: return of the calendar year {year.end.year}",
            year.cumulative, "signed_percent", 1, year.end, basis, source, year.start, charges,
        )  # fmt: skip


def _risk(who: str, figures: PerformanceSummary, stretch: _Stretch) -> Iterator[Fact]:
    rows: list[tuple[str, str, Value, Unit, int]] = [
        ("volatility", "volatility", figures.volatility, "percent", 1),
        ("max_drawdown", "maximum drawdown", figures.max_drawdown, "signed_percent", 1),
        ("max_drawdown_trough", "low of the maximum drawdown", figures.max_drawdown_trough, "date", 0),
        ("sharpe", "Sharpe ratio", figures.sharpe, "ratio", 2),
    ]
    if who not in INDEXES:
        rows.append(("tracking_error", "tracking error", figures.tracking_error, "percent", 1))
        rows.append(("beta", "beta to the benchmark", figures.beta, "ratio", 2))
    if who in OWN:
        rows.append(("information_ratio", "information ratio", figures.information_ratio, "ratio", 2))
        rows += _risk_class(figures, stretch.scale)
    for key, label, value, unit, precision in rows:
        yield Fact(
            f"risk.{who}.{key}", f"{WHO_NAMES[who]}: {label}", value, unit, precision,
            stretch.end, stretch.basis, stretch.source, stretch.start, CHARGES[who],
        )  # fmt: skip


def _risk_class(figures: PerformanceSummary, scale: str) -> list[tuple[str, str, Value, Unit, int]]:
    if scale == "srri":
        return [("srri", "risk class on the SRRI scale, 1 to 7", figures.risk_class, "count", 0)]
    equivalent = "volatility equivalent to the value at risk, for the SRI"
    return [
        ("sri", "risk class on the SRI scale, 1 to 7", figures.summary_class, "count", 0),
        ("vev", equivalent, figures.equivalent_volatility, "percent", 1),
    ]


def _trading(who: str, summary: Summary, figures: TradingSummary, source: str) -> Iterator[Fact]:
    rows = [
        ("turnover", "turnover a year, one way", figures.turnover, 1),
        ("cost_drag", "trading costs a year", figures.cost_drag, 2),
    ]
    for key, label, value, precision in rows:
        yield Fact(
            f"trade.{who}.{key}", f"{WHO_NAMES[who]}: {label}", value, "percent", precision,
            summary.until, "simulated", source, summary.start,
        )  # fmt: skip


def _rebalances(rebalances: tuple[Rebalance, ...], source: str) -> Iterator[Fact]:
    for k, one in enumerate(reversed(rebalances[-LAST_REBALANCES:]), 1):
        rows: list[tuple[str, str, Value, Unit]] = [
            ("date", "Rebalance", one.day, "date"),
            ("turnover", "Turnover, one way", one.turnover, "percent"),
            ("cost", "Cost", one.cost * 1e4, "bps"),
        ]
        for key, label, value, unit in rows:
            yield Fact(f"trade.rebalances.{k}.{key}", label, value, unit, 1, one.day, "simulated", source)


def _concentration(who: str, figures: ConcentrationSummary, as_of: date, source: str) -> Iterator[Fact]:
    rows: list[tuple[str, str, Value, Unit, int]] = [
        ("holdings", "number of holdings", figures.holdings, "count", 0),
        ("hhi", "Herfindahl index", figures.hhi, "ratio", 4),
        ("effective_names", "effective number of names", figures.effective_names, "number", 1),
        ("top10", "ten largest holdings", figures.top10, "percent", 1),
        ("largest", "largest holding", figures.largest, "percent", 1),
    ]
    if who == "strategy":
        rows.append(("active_share", "active share", figures.active_share, "percent", 1))
    for key, label, value, unit, precision in rows:
        name = f"{WHO_NAMES[who]}: {label}"
        yield Fact(f"conc.{who}.{key}", name, value, unit, precision, as_of, "simulated", source)


def _exposures(said: Said, summary: Summary, base_currency: str, source: str) -> Iterator[Fact]:
    for kind, rows in summary.exposures.items():
        shown = _cash_in_base(rows, base_currency) if kind == "currency" else _without_dust(rows)
        joined = _joined(kind, shown)
        for row in joined:
            for who, value in (("strategy", row.strategy), ("benchmark", row.benchmark)):
                yield Fact(
                    f"expo.{kind}.{_key(kind, row.group)}.{who}", _label(said, kind, row.group), value, "percent", 1,
                    summary.as_of, "simulated", source,
                )  # fmt: skip
        yield from _rest(said, kind, joined, summary.as_of, source)
    for theme, value in summary.themes_at_start.items():
        if theme != CASH or value > SHOWN_CASH:
            name = f"{said.theme(theme)}, at the start"
            yield Fact(f"expo.theme.{theme}.start", name, value, "percent", 1, summary.start, "simulated", source)


def _rest(said: Said, kind: str, rows: Iterable[Exposure], as_of: date, source: str) -> Iterator[Fact]:
    """What the smaller groups add up to where a table of a sheet cannot show them all; nothing where it can."""
    ordered = sorted(rows, key=lambda row: (-row.strategy, -row.benchmark, _key(kind, row.group)))
    if len(ordered) <= SHOWN_GROUPS:
        return
    rest = ordered[SHOWN_GROUPS - 1 :]
    label = said.words("page.others", count=str(len(rest)))
    for who, value in (("strategy", sum(r.strategy for r in rest)), ("benchmark", sum(r.benchmark for r in rest))):
        yield Fact(f"rest.{kind}.{who}", label, value, "percent", 1, as_of, "simulated", source)


def _without_dust(rows: Iterable[Exposure]) -> list[Exposure]:
    """Rows without cash where that is only what rounding left over."""
    return [row for row in rows if row.group != CASH or max(row.strategy, row.benchmark) > SHOWN_CASH]


def _joined(kind: str, rows: Iterable[Exposure]) -> list[Exposure]:
    """Rows whose ids would be the same, 'Health Care' and 'Health care', added up under the first name."""
    found: dict[str, Exposure] = {}
    for row in rows:
        first = found.get(_key(kind, row.group), Exposure(row.group, 0.0, 0.0))
        total = Exposure(first.group, first.strategy + row.strategy, first.benchmark + row.benchmark)
        found[_key(kind, row.group)] = total
    return list(found.values())


def _cash_in_base(rows: Iterable[Exposure], base: str) -> list[Exposure]:
    """Currency rows with cash counted where it belongs: in the base currency, which is what it is held in."""
    found = {row.group: row for row in rows}
    cash = found.pop(CASH)
    own = found.get(base, Exposure(base, 0.0, 0.0))
    joined = Exposure(base, own.strategy + cash.strategy, own.benchmark + cash.benchmark)
    if joined.strategy > 0.0 or joined.benchmark > 0.0:
        found[base] = joined
    return sorted(found.values(), key=lambda row: (-row.strategy, -row.benchmark, row.group))


def _key(kind: str, group: str) -> str:
    """The group as a word of an id: 'Information Technology' is information-technology, codes stay as they are."""
    word = group.lower() if kind == "sector" else group
    return re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-") or "none"


def _label(said: Said, kind: str, group: str) -> str:
    if group == CASH or kind == "theme":
        return said.theme(group)
    if kind == "size":
        return said.words(f"size.{group}")
    if kind == "country":
        return said.country(group)
    return said.word(group, shown=sentence_case(group)) if kind == "sector" else group


def _holding(said: Said, k: int, held: Holding, panel: Panel, as_of: date, source: str) -> Iterator[Fact]:
    i = panel.assets.index(held.asset)
    rows: list[tuple[str, str, Value, Unit]] = [
        ("name", "Company", panel.names[i], "text"),
        ("sector", "Sector", _label(said, "sector", panel.sectors[i]), "text"),
        ("country", "Country", said.country(panel.countries[i]), "text"),
        ("theme", "Theme", said.theme(panel.themes[i]), "text"),
        ("weight", "Weight", held.weight, "percent"),
        ("active", "Weight less benchmark", held.active, "points"),
    ]
    for key, label, value, unit in rows:
        yield Fact(f"top10.{k}.{key}", label, value, unit, 0 if unit == "text" else 1, as_of, "simulated", source)


def _liquidity(figures: LiquiditySummary, as_of: date, source: str) -> list[Fact]:
    worst = "Days to sell the slowest position of 1% of NAV or more"
    slow = "Share of NAV that needs more than 10 days to sell"
    known = "Volume known for every holding"
    return [
        Fact("liq.worst_days", worst, figures.worst_days, "days", 1, as_of, "simulated", source),
        Fact("liq.slow_share", slow, figures.slow_share, "percent", 1, as_of, "simulated", source),
        Fact("liq.volume_known", known, figures.volume_known, "flag", 0, as_of, "simulated", source),
    ]


def _characteristics(
    who: str, figures: CharacteristicsSummary, as_of: date, currency: str, source: str
) -> Iterator[Fact]:
    """Market values in billions of the base currency; ratios at the day's price, of the last twelve months' reports."""
    bases = {"earnings": "trailing twelve months", "sales": "trailing twelve months", "book_value": "latest report"}
    rows: list[tuple[str, str, Value, Unit, int]] = [
        (f"price_{kind}", f"price to {kind.replace('_', ' ')}, {bases[kind]}", found.value, "ratio", 1)
        for kind, found in figures.price_to.items()
    ]
    for key, found in (("average", figures.average_value), ("median", figures.median_value)):
        label = f"market value of a holding, weighted {key}, {currency} bn"
        rows.append((f"{key}_value", label, _billions(found.value), "number", 1))
    rows.append(("covered", "share of NAV with these figures, at least", figures.covered, "percent", 1))
    by = f"{source}; figures: as published" if figures.price_to else source
    for key, label, value, unit, precision in rows:
        yield Fact(f"char.{who}.{key}", f"{WHO_NAMES[who]}: {label}", value, unit, precision, as_of, "simulated", by)


def _billions(value: float | None) -> float | None:
    return None if value is None else value / 1e9


def _kept(summary: Summary, base: str, source: str) -> Iterator[Fact]:
    """What is held beside shares, how the spread of a UCITS is kept, how much of a market an order took, and size."""
    cash = next(row.strategy for row in summary.exposures["theme"] if row.group == CASH)
    kept, as_of = summary.spread, summary.as_of
    rows: list[tuple[str, str, Value, Unit, int]] = [
        ("hold.shares", "Shares held", 1.0 - cash, "percent", 1),
        ("hold.cash", "Cash held", cash, "percent", 1),
        ("ucits.rebalances", "Rebalances held against the spread limits of a UCITS", kept.rebalances, "count", 0),
        ("ucits.breaches", "Rebalances at which they were not kept", kept.breaches, "count", 0),
        ("ucits.first_breach", "The first of these", kept.first_breach, "date", 0),
        ("ucits.largest", "Largest issuer at any rebalance", kept.largest, "percent", 1),
        ("ucits.large_together", "Issuers above 5% together, at any rebalance", kept.large_together, "percent", 1),
        ("ucits.largest_group", "Largest group of companies at any rebalance", kept.largest_group, "percent", 1),
        ("trade.strategy.participation", "Largest share of a day's trading", summary.participation, "percent", 1),
        *(
            (f"cap.below.{cut}", f"In companies worth less than {cut:,} million {base}", share, "percent", 1)
            for cut, share in summary.below.items()
        ),
    ]
    for name, label, value, unit, digits in rows:
        yield Fact(name, label, value, unit, digits, as_of, "simulated", source)


def measured_series(lines: Lines) -> list[Series]:
    """The lines of the charts: growth of 100 and drawdown daily, theme weights on the first day and at month ends."""
    shown = [("capex", "strategy"), ("adopter", "strategy"), ("other", "strategy"), ("capex", "benchmark")]
    return [
        *_daily(lines.dates, lines.growth, lines.drawdown, "simulated"),
        *([] if lines.live_dates is None
          else _daily(lines.live_dates, lines.live_growth, lines.live_drawdown, "actual")),
        *(_theme_series(lines, theme, who) for theme, who in shown),
    ]  # fmt: skip


def _daily(
    dates: Dates, growth: Mapping[str, Floats], drawdown: Mapping[str, Floats], basis: Basis
) -> Iterator[Series]:
    for who, values in growth.items():
        yield _series(f"growth.{who}", WHO_NAMES[who], dates, values, "number", basis)
    for who, values in drawdown.items():
        yield _series(f"drawdown.{who}", WHO_NAMES[who], dates, values, "percent", basis)


def _theme_series(lines: Lines, theme: str, who: str) -> Series:
    label = THEME_NAMES[theme] if who == "strategy" else f"{THEME_NAMES[theme]}, benchmark"
    return _series(f"theme.{theme}.{who}", label, lines.theme_dates, lines.themes[theme][who], "percent")


def _series(id: str, label: str, dates: Dates, values: Floats, unit: Unit, basis: Basis = "simulated") -> Series:
    found = tuple(None if value != value else value for value in values.tolist())  # NaN alone differs from itself
    return Series(id, label, tuple(dates.astype("datetime64[D]").tolist()), found, unit, basis)
