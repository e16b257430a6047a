"""Summary: the measures of one run put together from arrays, as metrics.json holds them.

A figure that is undefined is None from here on: NaN is for arithmetic, None is for people and JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.metrics import characteristics, concentration, liquidity, performance, risk, trading
from backtest.metrics.conventions import (
    ANNUALISED_PERIODS,
    CALENDAR_YEARS,
    DISCRETE_PERIODS,
    HOLDING_THRESHOLD,
    MATERIAL_POSITION,
    PERIODS,
    SLOW_DAYS,
)
from backtest.metrics.risk_indicator import risk_class, summary_indicator, weekly_volatility
from backtest.metrics.spread import SpreadSummary

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

CASH = "cash"


@dataclass(frozen=True)
class Track:
    """A level series (T,) and what it was before its first trade was paid for."""

    levels: Floats
    base: float


@dataclass(frozen=True)
class PeriodReturn:
    """Return of one period up to the as-of date; None where the history is too short."""

    start: date | None
    end: date
    cumulative: float | None
    annualised: float | None


@dataclass(frozen=True)
class DiscreteReturn:
    """Return of 12 complete months; the dates stand also where there is no data for them."""

    start: date
    end: date
    cumulative: float | None


@dataclass(frozen=True)
class PerformanceSummary:
    """One series: returns, risk, and risk against the benchmark (None for the benchmark itself)."""

    periods: Mapping[str, PeriodReturn]  # by conventions.PERIODS
    discrete: tuple[DiscreteReturn, ...]  # latest first
    volatility: float | None
    sharpe: float | None
    max_drawdown: float | None
    max_drawdown_trough: date | None  # None when the series never fell
    tracking_error: float | None
    information_ratio: float | None
    risk_class: int | None  # SRRI, 1 to 7, by the volatility of 260 weekly returns
    beta: float | None = None
    equivalent_volatility: float | None = None  # VEV, a year; None where no holding period is given
    summary_class: int | None = None  # SRI, 1 to 7, by the equivalent volatility
    calendar: tuple[DiscreteReturn, ...] = ()  # complete calendar years, latest first


@dataclass(frozen=True)
class Rebalance:
    """One rebalance: one-way turnover and cost, both as fractions of the NAV before it."""

    day: date
    turnover: float
    cost: float


@dataclass(frozen=True)
class TradingSummary:
    turnover: float | None  # one-way, a year, without the first purchase
    cost_drag: float | None  # a year, of average NAV
    rebalances: tuple[Rebalance, ...]  # all of them, the first purchase first


@dataclass(frozen=True)
class ConcentrationSummary:
    holdings: int
    hhi: float | None
    effective_names: float | None
    top10: float
    largest: float
    active_share: float | None  # None for the benchmark itself


@dataclass(frozen=True)
class Exposure:
    """Weight of one group in the strategy and in the benchmark, fractions of NAV."""

    group: str
    strategy: float
    benchmark: float


@dataclass(frozen=True)
class Holding:
    """A name among the largest: weight, and weight less that of the benchmark, fractions of NAV."""

    asset: str
    weight: float
    active: float


@dataclass(frozen=True)
class LiquiditySummary:
    worst_days: float | None  # None when no position of 1 % of NAV or more has a known volume
    slow_share: float | None  # of NAV, in names known to need more than ten days; None when no volume is known
    volume_known: bool  # for every name held


@dataclass(frozen=True)
class Average:
    """An average over a portfolio, None when it is undefined, and the share of NAV that stands behind it."""

    value: float | None
    coverage: float


@dataclass(frozen=True)
class CharacteristicsSummary:
    """What a portfolio pays and how large its companies are, in base currency, by what was published by the date."""

    price_to: Mapping[str, Average]  # earnings, book_value, sales: those that the mandate names
    average_value: Average
    median_value: Average

    @property
    def covered(self) -> float:
        """The least coverage of them all."""
        return min(one.coverage for one in (*self.price_to.values(), self.average_value, self.median_value))


@dataclass(frozen=True)
class LiveSummary:
    """A share class's own record, and the benchmark over the same days."""

    start: date  # the go-live date: the first price of the record
    end: date
    years: float
    record: str  # the path of the record as the mandate has it
    performance: Mapping[str, PerformanceSummary]  # actual, actual_benchmark


@dataclass(frozen=True)
class Summary:
    """All measures of one run up to the as-of date, for one share class.

    What is simulated of performance, turnover and costs ends on `until`: the as-of date, or the last trading day not
    after the go-live date where the class has a record. Weights are those of the simulated portfolio as of `as_of`.
    """

    start: date
    as_of: date
    until: date
    years: float  # from start to until
    currency: str
    performance: Mapping[str, PerformanceSummary]  # strategy, baseline, benchmark; none where only a record is shown
    trading: Mapping[str, TradingSummary]  # strategy, baseline
    concentration: Mapping[str, ConcentrationSummary]  # strategy, benchmark
    # theme, sector, country, currency; size where the benchmark is weighted by market value
    exposures: Mapping[str, tuple[Exposure, ...]]
    themes_at_start: Mapping[str, float]  # the strategy's, after its first purchase
    top_holdings: tuple[Holding, ...]
    liquidity: LiquiditySummary
    spread: SpreadSummary  # over issuers and groups of companies, at every rebalance
    participation: float | None  # the largest share of an average day's value that one order took, first purchase apart
    below: Mapping[int, float]  # millions of base currency -> share of NAV in companies worth less; {} when unknown
    # strategy, benchmark; empty where no market values are known
    characteristics: Mapping[str, CharacteristicsSummary] = field(default_factory=dict)
    live: LiveSummary | None = None


def defined(value: Floats | float) -> float | None:
    """The number as a Python float; None when it is NaN or infinite."""
    number = float(value)
    return number if math.isfinite(number) else None


def day(value: np.datetime64) -> date:
    """A numpy day as a date."""
    found = value.astype("datetime64[D]").item()
    assert isinstance(found, date)
    return found


def summarise_performance(
    track: Track,
    dates: Dates,
    month_end: Bools,
    cash: Floats,
    benchmark: Track | None = None,
    horizon_years: float | None = None,
) -> PerformanceSummary:
    """Returns and risk of one series up to dates[-1].

    dates, month_end, cash and the levels are (T,). cash is the total-return level of cash. benchmark None: no tracking
    error and no information ratio. horizon_years None: no summary risk indicator, which is for a holding period.
    """
    periods = {period: _period_return(track, dates, period, at_month_end=bool(month_end[-1])) for period in PERIODS}
    returns = performance.daily_returns(track.levels, track.base)[1:]
    trough = performance.max_drawdown_trough(track.levels, track.base)
    error, ratio, beta = _against(track, benchmark, dates, returns)
    equivalent, summary = math.nan, None
    if horizon_years is not None:
        equivalent, summary = summary_indicator(track.levels, dates, horizon_years)
    return PerformanceSummary(
        periods=periods,
        discrete=_discrete(track, dates, month_end),
        volatility=defined(risk.volatility(returns)),
        sharpe=defined(risk.sharpe_ratio(returns, performance.daily_returns(cash, cash[0])[1:])),
        max_drawdown=defined(performance.max_drawdown(track.levels, track.base)),
        max_drawdown_trough=None if trough == performance.MISSING else day(dates[trough]),
        tracking_error=error,
        information_ratio=ratio,
        risk_class=risk_class(weekly_volatility(track.levels, dates)),
        beta=beta,
        equivalent_volatility=defined(equivalent),
        summary_class=summary,
        calendar=_calendar(track, dates, month_end),
    )


def _period_return(track: Track, dates: Dates, period: str, *, at_month_end: bool) -> PeriodReturn:
    end = len(dates) - 1
    start = performance.period_start(dates, period, at_month_end=at_month_end)
    cumulative = performance.return_between(track.levels, track.base, start, end)
    annualised: Floats | float = math.nan
    if period in ANNUALISED_PERIODS and start != performance.MISSING:
        annualised = performance.annualised_return(cumulative, calendar_days(dates[start:]))
    opens = None if start == performance.MISSING else day(dates[start])
    return PeriodReturn(opens, day(dates[end]), defined(cumulative), defined(annualised))


def _discrete(track: Track, dates: Dates, month_end: Bools) -> tuple[DiscreteReturn, ...]:
    values = performance.discrete_returns(track.levels, track.base, dates, month_end, DISCRETE_PERIODS)
    periods = performance.discrete_periods(dates, month_end, DISCRETE_PERIODS)
    return _of_twelve_months(dates, performance.latest_month_end(dates, month_end), periods, values)


def _calendar(track: Track, dates: Dates, month_end: Bools) -> tuple[DiscreteReturn, ...]:
    values = performance.calendar_returns(track.levels, track.base, dates, month_end, CALENDAR_YEARS)
    periods = performance.calendar_periods(dates, month_end, CALENDAR_YEARS)
    return _of_twelve_months(dates, performance.latest_december(dates, month_end), periods, values)


def _of_twelve_months(
    dates: Dates, latest: np.datetime64, periods: list[tuple[int, int]], values: Floats
) -> tuple[DiscreteReturn, ...]:
    """Returns of 12 months each, by indices (start, end), the first up to the month `latest`."""
    return tuple(
        DiscreteReturn(
            start=_month_end_day(dates, start, latest - 12 * (k + 1)),
            end=_month_end_day(dates, end, latest - 12 * k),
            cumulative=defined(value),
        )
        for k, ((start, end), value) in enumerate(zip(periods, values, strict=True))
    )


def _month_end_day(dates: Dates, index: int, month: np.datetime64) -> date:
    """The day the series has, or the last weekday of a month before it began."""
    if index != performance.MISSING:
        return day(dates[index])
    last = (month + 1).astype("datetime64[D]") - 1
    return day(np.busday_offset(last, 0, roll="backward"))


def _against(
    track: Track, benchmark: Track | None, dates: Dates, returns: Floats
) -> tuple[float | None, float | None, float | None]:
    """Tracking error, information ratio and beta over the whole series; None without a benchmark."""
    if benchmark is None:
        return None, None, None
    others = performance.daily_returns(benchmark.levels, benchmark.base)[1:]
    error = risk.tracking_error(returns, others)
    days = calendar_days(dates)
    own, other = (
        performance.annualised_return(performance.cumulative_return(t.levels, t.base), days) for t in (track, benchmark)
    )
    return defined(error), defined(risk.information_ratio(own, other, error)), defined(risk.beta(returns, others))


def calendar_days(dates: Dates) -> float:
    """Calendar days from the first date to the last."""
    return float((dates[-1] - dates[0]) / np.timedelta64(1, "D"))


def summarise_trading(
    dates: Dates, nav: Floats, trade_days: Ints, is_rebalance: Bools, turnover: Floats, costs: Floats
) -> TradingSummary:
    """Turnover and costs of one simulated run up to dates[-1]: dates and nav (T,), the trades' arrays (K,)."""
    days = calendar_days(dates)
    before = nav[trade_days] + costs  # V = V' + cost
    return TradingSummary(
        turnover=defined(trading.turnover_per_year(turnover, days)),
        cost_drag=defined(trading.cost_drag_per_year(costs, nav, days)),
        rebalances=tuple(
            Rebalance(day(dates[trade_days[k]]), float(turnover[k]), float(costs[k] / before[k]))
            for k in np.flatnonzero(is_rebalance)
        ),
    )


def summarise_concentration(weights: Floats, benchmark: Floats | None = None) -> ConcentrationSummary:
    """Concentration of one portfolio, weights (N,); active share against benchmark (N,) when given."""
    return ConcentrationSummary(
        holdings=int(concentration.number_of_holdings(weights)),
        hhi=defined(concentration.herfindahl(weights)),
        effective_names=defined(concentration.effective_number(weights)),
        top10=float(concentration.top_weight(weights, 10)),
        largest=float(concentration.top_weight(weights, 1)),
        active_share=None if benchmark is None else defined(concentration.active_share(weights, benchmark)),
    )


def summarise_exposures(weights: Floats, benchmark: Floats, labels: Sequence[str]) -> tuple[Exposure, ...]:
    """Weights by label, largest in the strategy first, labels (N,); `cash` comes last, also when it is zero.

    Groups that neither holds are left out. The rows sum to one on both sides.
    """
    groups = sorted(set(labels))
    masks = np.array([[label == group for label in labels] for group in groups])
    own, other = (concentration.exposures(w, masks) for w in (weights, benchmark))
    rows = [Exposure(g, float(a), float(b)) for g, a, b in zip(groups, own, other, strict=True) if a > 0.0 or b > 0.0]
    rows.sort(key=lambda row: (-row.strategy, -row.benchmark, row.group))
    cash = Exposure(CASH, float(concentration.cash_weight(weights)), float(concentration.cash_weight(benchmark)))
    return (*rows, cash)


def largest_holdings(weights: Floats, benchmark: Floats, assets: Sequence[str], count: int) -> tuple[Holding, ...]:
    """The `count` largest names held, largest first, equal weights by ticker; fewer when fewer are held."""
    held = (int(i) for i in np.flatnonzero(weights > 0.0))
    order = sorted(held, key=lambda i: (-weights[i], assets[i]))[:count]
    return tuple(Holding(assets[i], float(weights[i]), float(weights[i] - benchmark[i])) for i in order)


def summarise_liquidity(weights: Floats, traded_value: Floats, capital: float) -> LiquiditySummary:
    """Liquidity of a portfolio of `capital`: weights (N,), traded_value (T, N) in the same money, NaN unknown."""
    values = np.where(weights > HOLDING_THRESHOLD, weights, 0.0) * capital
    days = liquidity.days_to_sell(values, liquidity.average_daily_value(traded_value))
    held, known = values > 0.0, ~np.isnan(days)
    large = days[held & known & (weights >= MATERIAL_POSITION)]
    return LiquiditySummary(
        worst_days=float(large.max()) if len(large) else None,
        slow_share=float(weights[held & known & (days > SLOW_DAYS)].sum()) if (held & known).any() else None,
        volume_known=bool(known[held].all()),
    )


def summarise_characteristics(weights: Floats, values: Floats, amounts: Mapping[str, Floats]) -> CharacteristicsSummary:
    """Characteristics of one portfolio: weights, market values and each of amounts (N,), in the same money."""

    def average(found: tuple[float, float]) -> Average:
        return Average(defined(found[0]), found[1])

    return CharacteristicsSummary(
        price_to={kind: average(characteristics.price_to(weights, values, own)) for kind, own in amounts.items()},
        average_value=average(characteristics.weighted_average(weights, values)),
        median_value=average(characteristics.weighted_median(weights, values)),
    )


def summary_to_dict(summary: Summary) -> dict[str, Any]:
    """What metrics.json holds: nested plain values, dates in ISO form, None for what is undefined. Never NaN."""
    plain: dict[str, Any] = _plain(asdict(summary))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
