"""Attribution: where the fund's return, its difference from the benchmark, and its risk came from.

Each day is split on its own (Brinson-Fachler), then the days are linked (Cariño), so that the parts of a window sum to
the difference of the two compounded returns. What is no choice of names has an effect of its own: trading costs, cash,
other charges, and the gap between a benchmark's level and the sum of its weights times returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.metrics.conventions import DEGREES_OF_FREEDOM, FLAT, TRADING_DAYS_PER_YEAR

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TRADING_COSTS = "trading costs"
CASH = "cash"
BENCHMARK_DIFFERENCE = "benchmark difference"


@dataclass(frozen=True)
class Days:
    """T days of a fund of N names and of its benchmark, each from one close to the next. Fractions throughout.

    A NaN return counts as zero, as the last price of a name that has left is final. A NaN weight makes figures NaN.
    """

    returns: Floats  # (T, N) of each name
    weights: Floats  # (T, N) of the fund at the close before, after that close's trade; what lacks to one is cash
    benchmark_weights: Floats  # (T, N) at the close before
    fund: Floats  # (T,) return as accounted: the sum of weights x returns, cash, less costs and charges
    benchmark: Floats  # (T,) return of the benchmark's level
    cash: Floats  # (T,) weight of cash x its return
    costs: Floats  # (T, N) trading costs of the day by name over the value at the close before, never negative
    charges: Mapping[str, Floats]  # name -> (T,) what else the fund paid, never negative: custody, say


@dataclass(frozen=True)
class Effects:
    """Brinson-Fachler effects, (..., G): what each group added to the difference from the benchmark."""

    allocation: Floats
    selection: Floats
    interaction: Floats

    @property
    def total(self) -> Floats:
        """(..., G) all three together."""
        return self.allocation + self.selection + self.interaction


@dataclass(frozen=True)
class Attribution:
    """A window's active return and its parts: total of `effects` plus `others` is fund less benchmark."""

    fund: float  # compounded
    benchmark: float
    benchmark_parts: float  # the benchmark's weights x returns, compounded: what the effects compare with
    effects: Effects  # (G,)
    others: Mapping[str, float]  # trading costs, cash, each charge, benchmark difference; a cost is negative
    by_name: Floats  # (N,) of the active return: allocation, selection and interaction of a group are its names' sum
    weights: Floats  # (G,) of the fund, averaged over the days
    benchmark_weights: Floats  # (G,)
    returns: Floats  # (G,) of the fund in the group, compounded over the days on which it held any; NaN if never
    benchmark_returns: Floats  # (G,)

    @property
    def active(self) -> float:
        """Fund less benchmark: 5 % against 7 % is -0.02."""
        return self.fund - self.benchmark


@dataclass(frozen=True)
class Contributions:
    """A window's return and what each name added to it: names plus others is the fund's return."""

    fund: float
    names: Floats  # (N,) before costs
    costs: Floats  # (N,) trading costs by name, zero or negative; their sum stands in others
    others: Mapping[str, float]  # trading costs, cash, each charge


def brinson_fachler(
    weights: Floats, returns: Floats, benchmark_weights: Floats, benchmark_returns: Floats, level: Floats | None = None
) -> Effects:
    """Effects of one period, or of many. All (..., G) fractions; level (...,): return of the whole benchmark, the sum
    of its weights x returns when None.

    allocation (w - b)(rb - level), selection b(r - rb), interaction (w - b)(r - rb): a weight of 40 % against 30 % in a
    group whose benchmark part returns 4 % where the whole returns 6 % has an allocation of -0.002. Where both sets of
    weights sum to the same, the effects sum to the difference of the two returns. NaN stays NaN.
    Brinson and Fachler, Measuring Non-US Equity Portfolio Performance, Journal of Portfolio Management 11(3), 1985;
    interaction apart as in Brinson, Hood and Beebower (1986).
    """
    whole = (benchmark_weights * benchmark_returns).sum(axis=-1) if level is None else level
    over = weights - benchmark_weights
    better = returns - benchmark_returns
    return Effects(over * (benchmark_returns - whole[..., np.newaxis]), benchmark_weights * better, over * better)


def carino(fund: Floats, benchmark: Floats) -> Floats:
    """(T,) factors: the sum of factor x (fund - benchmark) over the days is the difference of the compounded returns.

    fund, benchmark: (T,) returns as fractions. The factor of a day is k / K, with k = (ln(1 + f) - ln(1 + b)) / (f - b)
    and K the same for the window; where the two are equal both tend to 1 / (1 + f), which is what is used. One day has
    the factor 1. All NaN when any return is NaN or -1 or less: a total loss has no logarithm.
    Cariño, Combining Attribution Effects Over Time, Journal of Performance Measurement 3(4), 1999.
    """
    if not (np.all(fund > -1.0) and np.all(benchmark > -1.0)):  # NaN is not above -1 either
        return np.full(len(fund), np.nan)
    whole = _slope(_compounded(fund), _compounded(benchmark))
    return np.asarray(_slope(fund, benchmark) / whole)


def _slope(fund: Floats, benchmark: Floats) -> Floats:
    """(ln(1 + f) - ln(1 + b)) / (f - b) by way of x = (f - b) / (1 + b), which loses no digits when x is small."""
    x = (fund - benchmark) / (1.0 + benchmark)
    still = x == 0.0
    return np.asarray(np.where(still, 1.0, np.log1p(x) / np.where(still, 1.0, x)) / (1.0 + benchmark))


def _compounded(returns: Floats) -> Floats:
    """Whole of (T, ...) returns; a loss of everything is -1."""
    return np.asarray(np.prod(1.0 + returns, axis=0) - 1.0)


def attribute(days: Days, groups: Bools) -> Attribution:
    """The active return over all days and its parts, linked by carino(); they sum to 1e-10.

    groups: (G, N) masks, each name in exactly one. A group that the fund does not hold has no selection; one that the
    benchmark does not hold has all of it in allocation, as cash has: its weight x (its return - the benchmark's).
    Raises ValueError when a name is in no group or in two.
    """
    if not (groups.sum(axis=0) == 1).all():
        raise ValueError("each name belongs to exactly one group")
    masks = groups.T.astype(np.float64)
    earned = np.nan_to_num(days.returns)
    weights, weights_b = days.weights @ masks, days.benchmark_weights @ masks
    parts, parts_b = (days.weights * earned) @ masks, (days.benchmark_weights * earned) @ masks
    whole = parts_b.sum(axis=1)
    returns, returns_b = _filled(_over(parts, weights), _over(parts_b, weights_b))
    factors = carino(days.fund, days.benchmark)
    daily = brinson_fachler(weights, returns, weights_b, returns_b, whole)
    lacking = weights_b.sum(axis=1) - weights.sum(axis=1)
    others = {
        TRADING_COSTS: -days.costs.sum(axis=1),
        CASH: days.cash - lacking * whole,
        **{name: -paid for name, paid in days.charges.items()},
        BENCHMARK_DIFFERENCE: whole - days.benchmark,
    }
    active = (days.weights - days.benchmark_weights) * (earned - whole[:, np.newaxis])
    return Attribution(
        fund=float(_compounded(days.fund)),
        benchmark=float(_compounded(days.benchmark)),
        benchmark_parts=float(_compounded(whole)),
        effects=Effects(factors @ daily.allocation, factors @ daily.selection, factors @ daily.interaction),
        others={name: float(factors @ part) for name, part in others.items()},
        by_name=factors @ active,
        weights=weights.mean(axis=0),
        benchmark_weights=weights_b.mean(axis=0),
        returns=_sleeve(parts, weights),
        benchmark_returns=_sleeve(parts_b, weights_b),
    )


def _over(parts: Floats, weights: Floats) -> Floats:
    """Return of each group (T, G); NaN where nothing is held."""
    held = weights != 0.0
    return np.where(held, parts / np.where(held, weights, 1.0), np.nan)


def _filled(returns: Floats, benchmark_returns: Floats) -> tuple[Floats, Floats]:
    """Where one of the two holds nothing, the other's return; zero where neither does."""
    return (
        np.nan_to_num(np.where(np.isnan(returns), benchmark_returns, returns)),
        np.nan_to_num(np.where(np.isnan(benchmark_returns), returns, benchmark_returns)),
    )


def _sleeve(parts: Floats, weights: Floats) -> Floats:
    """(G,) returns of the groups compounded over the days on which they were held; NaN for one that never was."""
    returns = _over(parts, weights)
    held = ~np.isnan(returns)
    return np.where(held.any(axis=0), _compounded(np.where(held, returns, 0.0)), np.nan)


def contributions(days: Days) -> Contributions:
    """What each name, cash, costs and charges added to the fund's compounded return; they sum to 1e-10.

    Linked as by carino() against nothing: a day's factor is (ln(1 + f) / f) / (ln(1 + F) / F). A name that doubles
    while it is half of an otherwise idle fund adds 0.5. NaN as there.
    """
    factors = carino(days.fund, np.zeros_like(days.fund))
    costs = -(factors @ days.costs)
    others = {CASH: days.cash} | {name: -paid for name, paid in days.charges.items()}
    return Contributions(
        fund=float(_compounded(days.fund)),
        names=factors @ (days.weights * np.nan_to_num(days.returns)),
        costs=costs,
        others={TRADING_COSTS: float(costs.sum())} | {name: float(factors @ part) for name, part in others.items()},
    )


def between(days: Days, first: int, stop: int) -> Days:
    """The days from `first` up to, not including, `stop`; a year of the window, say."""
    mine = {name: value[first:stop] for name, value in vars(days).items() if isinstance(value, np.ndarray)}
    return replace(days, **mine, charges={name: paid[first:stop] for name, paid in days.charges.items()})


def risk_contributions(parts: Floats) -> Floats:
    """(K,) annual volatility that each part brings: covariance of the part with the whole, over the whole's deviation.

    parts: (T, K) what each part added to the return of each day; their sum over K is the day's return, and the result
    sums to its volatility (ddof 1, sqrt(252)). A part that moves against the rest is negative. Weights x returns of a
    window at today's weights give what is expected (ex ante), weights of each day what was realised, and weights less
    the benchmark's the parts of the tracking error. Zeros when the whole stands still; NaN under two days, or when any
    part is NaN. Euler's theorem: Litterman, Hot Spots and Hedges, Journal of Portfolio Management, 1996.
    """
    if len(parts) < 2:
        return np.full(parts.shape[1], np.nan)
    apart = parts - parts.mean(axis=0)
    whole = apart.sum(axis=1)
    freedom = len(parts) - DEGREES_OF_FREEDOM
    deviation = np.sqrt(whole @ whole / freedom)
    if deviation <= FLAT:
        return np.zeros(parts.shape[1])
    return np.asarray(whole @ apart / freedom / deviation * np.sqrt(TRADING_DAYS_PER_YEAR))


def expected_parts(weights: Floats, returns: Floats, stand_in: Floats) -> Floats:
    """(T, N) what names of today's weights would have added to each day of a window: for risk_contributions().

    weights (N,), fractions; of the fund, or less the benchmark's. returns (T, N). stand_in (T,): the return of a name
    on a day for which it has none (NaN), of the benchmark, say: a new name is then as risky as the market, not
    riskless.
    """
    return weights * np.where(np.isnan(returns), stand_in[:, np.newaxis], returns)


def realised_parts(days: Days, *, active: bool = False) -> dict[str, Floats]:
    """What names (T, N), and cash, costs and charges (T, 1) each, added to each day; for risk_contributions().

    Keys: "names", then those of Attribution.others. active: less the benchmark's weights x returns, and with the
    benchmark difference, so that all sum to fund less benchmark; else to the fund.
    """
    earned = np.nan_to_num(days.returns)
    names = (days.weights - days.benchmark_weights if active else days.weights) * earned
    lines = {TRADING_COSTS: -days.costs.sum(axis=1), CASH: days.cash}
    lines |= {name: -paid for name, paid in days.charges.items()}
    if active:
        lines[BENCHMARK_DIFFERENCE] = (days.benchmark_weights * earned).sum(axis=1) - days.benchmark
    return {"names": names} | {name: line[:, np.newaxis] for name, line in lines.items()}
