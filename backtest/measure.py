"""Measure: a market and two simulated runs in, their figures up to one date out.

This is the step between Panel, Result and Mandate, which know names and dates, and metrics/, which knows arrays only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from backtest.classes import START_VALUE
from backtest.errors import DataError, MandateError, listed
from backtest.live import Live, live_of, live_summary
from backtest.mandate import Figures, Mandate, ShareClass
from backtest.market.prices import Dates, Floats, Panel
from backtest.market.record import Record
from backtest.metrics.characteristics import latest, trailing_year
from backtest.metrics.conventions import DAYS_PER_YEAR
from backtest.metrics.liquidity import average_daily_value, largest_participation
from backtest.metrics.performance import drawdowns, last_on_or_before, month_ends
from backtest.metrics.size import share_below, size_groups
from backtest.metrics.spread import SpreadSummary, spread, summarise_spread
from backtest.metrics.summary import (
    CharacteristicsSummary,
    Exposure,
    Summary,
    Track,
    TradingSummary,
    calendar_days,
    day,
    largest_holdings,
    summarise_characteristics,
    summarise_concentration,
    summarise_exposures,
    summarise_liquidity,
    summarise_performance,
    summarise_trading,
)
from backtest.result import Ints, Result, orders_of, segment_of, unit_value
from backtest.views import View, Window, cash_of, view_of

WHO = ("strategy", "baseline", "benchmark")
THEMES = ("capex", "adopter", "other")
TOP_HOLDINGS = 10
SIZE_CUTS = (250, 500, 1_000, 2_000, 5_000, 10_000)
"""Market values in millions of base currency below which the share of NAV is measured."""


@dataclass(frozen=True)
class Lines:
    """What the charts draw, by who: daily growth of 100 and drawdown (T,), theme weights on the days of theme_dates.

    The simulated lines end where the record begins, and those of the record begin anew: at 100, and without a drawdown.
    """

    dates: Dates
    growth: dict[str, Floats]
    drawdown: dict[str, Floats]
    theme_dates: Dates
    themes: dict[str, dict[str, Floats]]  # theme -> who (strategy, benchmark) -> weights
    live_dates: Dates | None = None
    live_growth: dict[str, Floats] = field(default_factory=dict)  # of live.LIVE, on live_dates
    live_drawdown: dict[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Measures:
    """The figures of one run for one share class, and the lines behind them."""

    summary: Summary
    lines: Lines


def measure(
    panel: Panel,
    strategy: Result,
    baseline: Result,
    mandate: Mandate,
    share_class: ShareClass | None = None,
    where: str = "the mandate",
    record: Record | None = None,
) -> Measures:
    """Figures and lines from the first trade date to the as-of date, in the currency of the share class.

    strategy and baseline: results of one variant on the panel's days. share_class: the reported one when None.
    Strategy and baseline are the class's line, from the fund's first day on whatever the launch: without flows, net of
    trading costs, ongoing charge and performance fee, hedged where the class is. The benchmark is an index, gross, and
    never hedged: beside a hedged class its returns and the tracking error hold the exchange rate. The cash under the
    Sharpe ratio is hedged like the class. Weights, trades and costs are the fund's, in base currency, for every class.
    record: the class's own prices. What is simulated of performance, turnover and costs then ends on its first day, and
    figures of the record and of the benchmark over its days begin there; none spans that day.
    Raises MandateError when [report] as_of cannot be met or a class in the base currency is hedged, and DataError when
    the class's currency has no exchange rate, its hedge no interest rates, or the record is not one for this window.
    """
    share_class = share_class or mandate.reported_class
    if not np.array_equal(strategy.dates, baseline.dates):
        raise ValueError("strategy and baseline do not share their days")
    window = _window(panel, strategy, mandate, where)
    live = None if record is None else live_of(panel, record, share_class, window)
    shown = mandate.report.simulated and (live is None or live.start > window.dates[0])
    past = window if live is None or not shown else window.until(live.start)
    view = view_of(panel, share_class, past)
    tracks = _tracks(panel, strategy, baseline, view, past) if shown else {}
    return Measures(
        _summary(panel, strategy, baseline, mandate, view, window, past, tracks, live),
        _lines(panel, strategy, window, past, tracks, live),
    )


def as_of_date(panel: Panel, first_trade: date, wanted: date | None, where: str = "the mandate") -> date:
    """The date all figures end on: `wanted`, or the last trading day of the last complete month of the data.

    A window without a complete month after the first trade ends on its last day. Raises MandateError when `wanted` is
    not a trading day from the first trade to the end of the data.
    """
    start = np.datetime64(first_trade, "D")
    if wanted is None:
        ends = panel.dates[month_ends(panel.dates) & (panel.dates >= start)]
        return day(ends[-1] if len(ends) else panel.dates[-1])
    last = day(panel.dates[-1])
    if not first_trade <= wanted <= last:
        raise MandateError(
            f"{where}, [report] as_of: {wanted} is outside the simulated window. "
            f"Allowed: a trading day from {first_trade} to {last}. Change as_of, or leave it out."
        )
    found = panel.dates[last_on_or_before(panel.dates, np.datetime64(wanted, "D"))]
    if day(found) != wanted:
        raise MandateError(
            f"{where}, [report] as_of: {wanted} is not a trading day; the one before it is {day(found)}. "
            f"Allowed: a trading day from {first_trade} to {last}. Change as_of to {day(found)}, or leave it out."
        )
    return wanted


def _window(panel: Panel, result: Result, mandate: Mandate, where: str) -> Window:
    as_of = as_of_date(panel, day(result.dates[0]), mandate.report.as_of, where)
    offset = last_on_or_before(panel.dates, result.dates[0])
    dates = result.dates[result.dates <= np.datetime64(as_of, "D")]
    window = Window(dates, month_ends(panel.dates)[offset : offset + len(dates)], offset)
    if not np.array_equal(panel.dates[window.panel_days], dates):
        raise ValueError("the result's days are not days of this panel")
    return window


def _tracks(panel: Panel, strategy: Result, baseline: Result, view: View, window: Window) -> dict[str, Track]:
    index = panel.benchmark[window.panel_days] / view.rate
    return {
        "strategy": _track(strategy, view),
        "baseline": _track(baseline, view),
        "benchmark": Track(index, float(index[0])),
    }


def _track(result: Result, view: View) -> Track:
    value = unit_value(result)[: len(view.dates), 0]
    return Track(view.line(value, result.capital), START_VALUE)


def weights_on(panel: Panel, result: Result, days: Ints) -> Floats:
    """(D, N) units x price / NAV at the close of the result's days `days` (D,); what lacks to one is cash.

    A name outside its listing weighs 0.
    """
    offset = last_on_or_before(panel.dates, result.dates[0])
    units = result.units[segment_of(result)[days], 0]
    values = np.where(units == 0.0, 0.0, units * panel.prices[days + offset])
    weights: Floats = values / result.nav[days, 0][:, np.newaxis]
    return weights


# The one place where every figure of a run is asked for, in the order of Summary: longer than most for that reason.
def _summary(
    panel: Panel,
    strategy: Result,
    baseline: Result,
    mandate: Mandate,
    view: View,
    window: Window,
    past: Window,
    tracks: dict[str, Track],
    live: Live | None,
) -> Summary:
    dates, end = past.dates, len(window.dates) - 1
    first, held = weights_on(panel, strategy, np.array([0, end]))
    index = np.nan_to_num(panel.benchmark_weights[window.offset + end])
    cash = cash_of(panel, view, past)
    horizon = mandate.summary_horizon
    against = {"strategy": tracks.get("benchmark"), "baseline": tracks.get("benchmark"), "benchmark": None}
    return Summary(
        start=day(dates[0]),
        as_of=day(window.dates[-1]),
        until=day(dates[-1]),
        years=calendar_days(dates) / DAYS_PER_YEAR,
        currency=view.share_class.currency,
        performance={
            who: summarise_performance(track, dates, past.month_end, cash, against[who], horizon)
            for who, track in tracks.items()
        },
        trading={
            who: replace(_trading(result, dates), rebalances=_trading(result, window.dates).rebalances)
            for who, result in (("strategy", strategy), ("baseline", baseline))
        },
        concentration={
            "strategy": summarise_concentration(held, index),
            "benchmark": summarise_concentration(index),
        },
        exposures=_exposures(panel, mandate, held, index),
        themes_at_start={row.group: row.strategy for row in summarise_exposures(first, first, panel.themes)},
        top_holdings=largest_holdings(held, index, panel.assets, TOP_HOLDINGS),
        spread=_spread(panel, strategy, window.dates),
        participation=_participation(panel, strategy, window.dates, window.offset),
        below=_below(panel, held, window.offset + end),
        liquidity=summarise_liquidity(held, _traded_value(panel, window.offset + end), mandate.costs.capital),
        characteristics=_characteristics(panel, mandate.data.reported_figures, held, index, window.offset + end),
        live=None if live is None else live_summary(live, horizon),
    )


def _characteristics(
    panel: Panel, figures: Figures | None, held: Floats, index: Floats, end: int
) -> dict[str, CharacteristicsSummary]:
    """Of the portfolio and the benchmark at the close of panel day `end`, by what was published by then."""
    if panel.market_values is None:
        return {}
    values = panel.market_values[end]
    amounts = {} if figures is None else _amounts(panel, figures, end)
    portfolios = {"strategy": held, "benchmark": index}
    return {who: summarise_characteristics(weights, values, amounts) for who, weights in portfolios.items()}


def _amounts(panel: Panel, figures: Figures, end: int) -> dict[str, Floats]:
    """(N,) a year's earnings and sales and the latest book value of each company, in base currency; NaN unknown."""
    known = panel.fundamentals
    as_of, count = panel.dates[end], len(panel.assets)
    rates = {currency: rate[end] for currency, rate in panel.fx.items()} | {panel.base_currency: 1.0}
    to_base = figures.unit * np.array([rates[currency] for currency in panel.currencies])
    amounts = {}
    for kind, name in figures.named.items():
        if known is None or name not in known.fields:
            found = () if known is None else known.fields
            raise DataError(
                f"[data.figures] {kind}: no published figure is called {name!r}. Found: {listed(found)}. "
                "Name one of them, or take the key out."
            )
        reports, ends = known.values(name, end, count), known.periods(name, end, count)
        year = latest(reports, ends, as_of)
        if kind != "book_value":
            year = trailing_year(reports, ends, as_of, figures.reports_a_year)
        amounts[kind] = year * to_base
    return amounts


def _exposures(panel: Panel, mandate: Mandate, held: Floats, index: Floats) -> dict[str, tuple[Exposure, ...]]:
    """By every label; by size only where the weights of the benchmark are market values."""
    labels = {"theme": panel.themes, "sector": panel.sectors, "country": panel.countries, "currency": panel.currencies}
    if mandate.data.benchmark_weights == "shares":
        labels["size"] = size_groups(index)
    return {kind: summarise_exposures(held, index, groups) for kind, groups in labels.items()}


def _trading(result: Result, dates: Dates) -> TradingSummary:
    """Turnover of all trades but those that money coming or going makes; costs of every trade.

    The first purchase is left out of the turnover a year, and so is what was carried over from it.
    """
    done = result.trade_days < len(dates)
    reasons = np.array(result.reasons)[done]
    is_rebalance = reasons == "rebalance"
    begun = np.cumsum(is_rebalance) > 1  # the second rebalance came
    counted = (reasons != "flow") & ((reasons != "carry_over") | begun)
    return summarise_trading(
        dates,
        result.nav[: len(dates), 0],
        result.trade_days[done],
        is_rebalance,
        np.where(counted, result.turnover[done, 0], 0.0),
        result.costs[done, 0].sum(axis=-1),
    )


def _rebalances(result: Result, dates: Dates) -> Ints:
    """The trades, by number, up to the last of `dates` that were rebalances."""
    done = (result.trade_days < len(dates)) & (np.array(result.reasons) == "rebalance")
    return np.flatnonzero(done)


def _spread(panel: Panel, result: Result, dates: Dates) -> SpreadSummary:
    days = result.trade_days[_rebalances(result, dates)]
    bodies = panel.issuers or panel.assets
    found = spread(weights_on(panel, result, days), bodies, panel.issuer_groups or bodies)
    return summarise_spread(found, dates[days])


def _participation(panel: Panel, result: Result, dates: Dates, offset: int) -> float | None:
    """Of every rebalance but the first purchase, against what was traded up to that day."""
    done = _rebalances(result, dates)[1:]
    traded = orders_of(result)[done, 0] * np.nan_to_num(result.order_prices)[done]
    averages = [average_daily_value(_traded_value(panel, int(when) + offset)) for when in result.trade_days[done]]
    return largest_participation(traded, np.array(averages).reshape(traded.shape))


def _below(panel: Panel, held: Floats, end: int) -> dict[int, float]:
    """The share of NAV below each of the cuts; none where the market value of a holding is unknown."""
    if panel.market_values is None:
        return {}
    shares = {cut: share_below(held, panel.market_values[end], cut * 1e6) for cut in SIZE_CUTS}
    return {cut: share for cut, share in shares.items() if share is not None}


def _traded_value(panel: Panel, end: int) -> Floats:
    """(T, N) traded value up to day `end`: zero on a day without trading, NaN where volume or listing is unknown."""
    silent = ~panel.traded & ~np.isnan(panel.prices)
    value: Floats = np.where(silent, 0.0, panel.traded_value)[: end + 1]
    return value


def _lines(
    panel: Panel, strategy: Result, window: Window, past: Window, tracks: dict[str, Track], live: Live | None
) -> Lines:
    recorded = {} if live is None else live.tracks
    ends = np.union1d([0], np.flatnonzero(window.month_end))
    own = weights_on(panel, strategy, ends)
    index = np.nan_to_num(panel.benchmark_weights[ends + window.offset])
    masks = {theme: np.array([t == theme for t in panel.themes]) for theme in THEMES}
    return Lines(
        dates=past.dates,
        growth=_growth(tracks),
        drawdown=_drawdown(tracks),
        theme_dates=window.dates[ends],
        themes={
            theme: {"strategy": own[:, mask].sum(axis=1), "benchmark": index[:, mask].sum(axis=1)}
            for theme, mask in masks.items()
        },
        live_dates=None if live is None else live.record.dates,
        live_growth=_growth(recorded),
        live_drawdown=_drawdown(recorded),
    )


def _growth(tracks: Mapping[str, Track]) -> dict[str, Floats]:
    return {who: START_VALUE * track.levels / track.base for who, track in tracks.items()}


def _drawdown(tracks: Mapping[str, Track]) -> dict[str, Floats]:
    return {who: drawdowns(track.levels, track.base) for who, track in tracks.items()}
