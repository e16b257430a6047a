"""What an order costs: commission, half-spread, transaction tax, market impact and currency, by asset and day.

Rates are fractions of traded value. A trade is solved together with its cost in backtest/filling.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backtest.compiled import compiled
from backtest.errors import DataError
from backtest.market.prices import Bools, Floats, Panel
from backtest.schedule import Ints
from backtest.taxes import TaxTable, load_taxes, periods
from backtest.terms import Constraints, Costs

COMPONENTS = ("commission", "spread", "tax", "impact", "fx")
PER_ASSET = ("spread", "buy_tax", "sell_tax", "fx", "impact")
ROWS = (*PER_ASSET, "buy", "sell", "most", "share")
SPREAD, BUY_TAX, SELL_TAX, FX, IMPACT, BUY, SELL, MOST, SHARE = range(len(ROWS))


@dataclass(frozen=True)
class Rates:
    """What an order of each asset costs on one day, and how large it may be. Arrays are (N,).

    With commission 0.0005, minimum 5 and spread 0.001, buying 2,000 costs 5 + 2 = 7 and buying 20,000 costs 10 + 20.
    """

    commission: float
    fixed: float  # money an order, beside the rate
    minimum: float  # money an order: the least commission
    spread: Floats
    buy_tax: Floats
    sell_tax: Floats
    fx: Floats
    impact: Floats  # times the square root of the order's value; NaN where volume or volatility is unknown
    most: Floats | None = None  # money: the largest order of the day; NaN where volume is unknown
    share: Floats | None = None  # money: the price of one share, where only whole ones are traded

    @cached_property
    def table(self) -> Floats:
        """(9, N) the rows of ROWS for the kernel."""
        whole = np.empty((len(ROWS), len(self.spread)))
        for row, name in enumerate(PER_ASSET):
            whole[row] = getattr(self, name)
        both = self.spread + self.fx
        np.add(both, self.buy_tax, out=whole[BUY])
        np.add(both, self.sell_tax, out=whole[SELL])
        whole[MOST] = np.inf if self.most is None else self.most
        whole[SHARE] = 0.0 if self.share is None else self.share
        return whole

    @cached_property
    def kernel(self) -> tuple[Floats, tuple[float, ...], bool]:
        """What the kernel takes: the table; commission, fixed, minimum, and 1.0 for each of impact, spread, tax and
        currency that there is; and whether cost is a rate of value on each side, without limits: then the trade has a
        closed form by pieces."""
        moves, taxed = bool(self.impact.any()), bool(self.buy_tax.any() or self.sell_tax.any())
        there = (float(moves), float(self.spread.any()), float(taxed), float(self.fx.any()))
        simple = not (self.fixed > 0.0 or self.minimum > 0.0 or self.limited or self.share is not None or moves)
        return self.table, (self.commission, self.fixed, self.minimum, *there), simple

    @property
    def limited(self) -> bool:
        return self.most is not None

    @property
    def constant(self) -> bool:
        """Of stacked rates (K, N): whether they are one and the same on every day."""
        return all(getattr(self, name).strides[0] == 0 for name in PER_ASSET)

    def for_variants(self) -> Rates:
        """Stacked rates (K, N) as (K, 1, N), to stand against (K, V, N)."""
        arrays = {name: getattr(self, name)[:, None] for name in PER_ASSET}
        return replace(self, **arrays)

    def for_leavers(self, leaving: Bools) -> Rates:
        """The same, where the names of (N,) `leaving` are sold without limit and without moving their market."""
        most = None if self.most is None else np.where(leaving, np.inf, self.most)
        return replace(self, impact=np.where(leaving, 0.0, self.impact), most=most)


def stack_rates(days: Sequence[Rates]) -> Rates:
    """Rates of K days as one, each array (K, N), without limits; a view on one row where all days are one object."""
    first = days[0]
    if all(rates is first for rates in days):
        shape = (len(days), len(first.spread))
        arrays = [np.broadcast_to(getattr(first, name), shape) for name in PER_ASSET]
    else:
        arrays = [np.array([getattr(rates, name) for rates in days]) for name in PER_ASSET]
    return Rates(first.commission, first.fixed, first.minimum, *arrays)


def split_costs(value: Floats, rates: Rates) -> Floats:
    """(..., N, 5) cost of each order by COMPONENTS. value: (..., N) money bought (+) or sold (-); 0 costs nothing.

    rates: their arrays must broadcast against value.
    """
    amount = np.abs(value)
    commission = np.where(amount > 0.0, np.maximum(rates.fixed + rates.commission * amount, rates.minimum), 0.0)
    tax = np.where(value > 0.0, rates.buy_tax, rates.sell_tax) * amount
    impact = np.where(amount > 0.0, rates.impact * np.sqrt(amount) * amount, 0.0)  # unknown where nothing is traded
    return np.stack([commission, rates.spread * amount, tax, impact, rates.fx * amount], axis=-1)


@dataclass(frozen=True)
class RateBook:
    """Where the rates of a day come from. Days with the same rates share one object."""

    panel: Panel
    costs: Costs
    constraints: Constraints
    flat: Floats  # (3, N) half-spread, flat tax on purchases, flat tax on sales
    fx: Floats  # (N,)
    tax_period: Ints | None  # (T,)
    taxes: tuple[Floats, Floats] | None  # (P, N) on purchases and on sales, by country
    currency: tuple[Ints, Floats]  # (N,) which currency, and (T, C) base currency for one unit of each
    known: dict[int, Rates] = field(default_factory=dict)

    @property
    def varies(self) -> bool:
        """Whether rates or limits are another each day."""
        return (
            self.costs.impact
            or self.panel.half_spreads is not None
            or self.constraints.max_adv_share is not None
            or self.constraints.whole_shares
        )

    def on(self, day: int) -> Rates:
        """The rates of a day, from what is known before it opens, and the day's own prices for whole shares."""
        period = 0 if self.tax_period is None else int(self.tax_period[day])
        if period not in self.known:
            self.known[period] = self._of_period(period)
        return self._of_day(day, self.known[period]) if self.varies else self.known[period]

    def _of_period(self, period: int) -> Rates:
        spread, buy_tax, sell_tax = self.flat
        if self.taxes is not None:
            buy_tax, sell_tax = buy_tax + self.taxes[0][period], sell_tax + self.taxes[1][period]
        commission = self.costs.commission_bps / 1e4
        fixed, minimum = self.costs.commission_fixed, self.costs.commission_minimum
        return Rates(commission, fixed, minimum, spread, buy_tax, sell_tax, self.fx, np.zeros_like(spread))

    def _of_day(self, day: int, rates: Rates) -> Rates:
        costs, limits, panel = self.costs, self.constraints, self.panel
        spread, impact, most, share = rates.spread, rates.impact, None, None
        if panel.half_spreads is not None:
            given = panel.half_spreads[day]
            spread = np.where(np.isnan(given), spread, given)
        known: dict[int, tuple[Floats, Floats]] = {}
        if costs.impact:
            volume, volatility = known[costs.impact_days] = depth(panel, day, costs.impact_days)
            with np.errstate(divide="ignore", invalid="ignore"):  # without volume no answer of the market is known
                impact = np.where(volume > 0.0, costs.impact_coefficient * volatility / np.sqrt(volume), np.nan)
        if limits.max_adv_share is not None:
            days = limits.adv_days
            most = limits.max_adv_share * (known[days] if days in known else depth(panel, day, days))[0]
        if limits.whole_shares:
            which, level = self.currency
            share = np.fmax(panel.closes[day] * level[day].take(which), 0.0)  # without a close there is no share
        taxes = (rates.buy_tax, rates.sell_tax)
        return Rates(rates.commission, rates.fixed, rates.minimum, spread, *taxes, rates.fx, impact, most, share)


def lay_out_costs(costs: Costs, constraints: Constraints, panel: Panel, taxes: TaxTable | None = None) -> RateBook:
    """The costs of a mandate over the assets of a panel. taxes: the table of transaction taxes; None: the built-in one.

    Raises DataError when the rates of one side of a trade come to its whole value on some day.
    """
    ones, foreign = np.ones(len(panel.assets)), np.array([c != panel.base_currency for c in panel.currencies])
    flat = np.outer([costs.half_spread_bps, costs.buy_tax_bps, costs.sell_tax_bps], ones) / 1e4
    index, by_country = None, None
    if costs.taxes == "by_country":
        index, *both = periods(taxes or load_taxes(None), panel.countries, panel.dates)
        by_country = (both[0], both[1])
    fx = costs.fx_bps / 1e4 * foreign
    currency = _currencies(panel) if constraints.whole_shares else (np.empty(0, dtype=np.int64), np.empty((0, 0)))
    book = RateBook(panel, costs, constraints, flat, fx, index, by_country, currency)
    _check_rates(book)
    return book


def _currencies(panel: Panel) -> tuple[Ints, Floats]:
    """(N,) the number of each asset's currency, and (T, C) base currency for one unit of each."""
    names = sorted(set(panel.currencies))
    which = np.array([names.index(c) for c in panel.currencies], dtype=np.int64)
    return which, np.column_stack([panel.fx[c] for c in names])


def _check_rates(book: RateBook) -> None:
    """No side of a trade may cost all that it is worth."""
    panel = book.panel
    most = book.flat[1:].max(axis=0) + book.fx + book.costs.commission_bps / 1e4
    if book.taxes is not None:
        most = most + np.maximum(book.taxes[0].max(axis=0), book.taxes[1].max(axis=0))
    spread = book.flat[0]
    if panel.half_spreads is not None:
        spread = np.fmax(spread, np.fmax.reduce(panel.half_spreads, axis=0))
    if (most + spread).max(initial=0.0) >= 1.0:
        i = int((most + spread).argmax())
        raise DataError(
            f"[costs], {panel.assets[i]}: commission, half-spread, taxes and currency come to {(most + spread)[i]:.0%} "
            "of a trade; less than 100 % is allowed. Lower them, or mend the tables of spreads and taxes."
        )


def depth(panel: Panel, day: int, window: int) -> tuple[Floats, Floats]:
    """Mean traded value and daily volatility (N,), base currency, over the `window` trading days before `day`.

    A day without trading counts as zero; a day whose volume is unknown is left out. NaN when none, or fewer than two
    returns, are known.
    Volatility is the sample standard deviation of daily returns: 0.02 is two per cent a day.
    """
    first = max(0, day - window)
    found: tuple[Floats, Floats] = _depth(
        panel.traded_value[first:day], panel.traded[first:day], panel.prices[max(0, first - 1) : day]
    )
    return found


@compiled
def _depth(value, traded, price):  # type: ignore[no-untyped-def]
    """Mean of known values (D, N), and sample standard deviation of the known returns of prices (D or D + 1, N)."""
    days, assets = value.shape
    earlier = len(price) - days
    mean, known, silent = np.zeros(assets), np.zeros(assets), np.zeros(assets)
    for d in range(days):
        for i in range(assets):
            if value[d, i] == value[d, i]:
                mean[i] += value[d, i]
                known[i] += 1.0
            elif not traded[d, i] and price[d + earlier, i] == price[d + earlier, i]:
                silent[i] += 1.0
    known += np.where(known > 0.0, silent, 0.0)
    total, square, count = np.zeros(assets), np.zeros(assets), np.zeros(assets)
    for d in range(1, len(price)):
        for i in range(assets):
            gain = price[d, i] / price[d - 1, i] - 1.0
            if gain == gain:
                total[i] += gain
                square[i] += gain * gain
                count[i] += 1.0
    spread = np.maximum(square - total * total / count, 0.0) / (count - 1.0)
    return mean / known, np.where(count > 1.0, np.sqrt(spread), np.nan)
