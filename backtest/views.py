"""How a share class sees values in base currency, over a stretch of the market's days."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backtest.classes import class_nav, hedge_rates
from backtest.errors import DataError, listed
from backtest.mandate import ShareClass
from backtest.market.prices import Bools, Dates, Floats, Panel


@dataclass(frozen=True)
class Window:
    """Days of the figures: the first T days of the results, panel days `offset` to `offset + T - 1`."""

    dates: Dates
    month_end: Bools
    offset: int

    @property
    def panel_days(self) -> slice:
        return slice(self.offset, self.offset + len(self.dates))

    def until(self, last: np.datetime64) -> Window:
        """The window without the days after `last`."""
        kept = self.dates <= last
        return Window(self.dates[kept], self.month_end[kept], self.offset)


@dataclass(frozen=True)
class View:
    """How a share class sees values in base currency over the days of the figures."""

    share_class: ShareClass
    dates: Dates  # (T,)
    rate: Floats  # (T,) base currency for one unit of the class's
    interest: tuple[Floats, Floats] | None  # (T,) yearly rates of the base and the class's currency, for its hedge

    def line(self, value: Floats, opening: float) -> Floats:
        """(T,) net value of what 100 became that bought the fund at `opening`."""
        net = class_nav(value, self.dates, self.share_class, fx=self.rate, interest=self.interest, opening=opening)
        return net.nav


def view_of(panel: Panel, share_class: ShareClass, window: Window) -> View:
    days = window.panel_days
    rates = hedge_rates(panel.interest, share_class, panel.base_currency)
    interest = None if rates is None else (rates[0][days], rates[1][days])
    return View(share_class, window.dates, base_for_one(panel, share_class)[days], interest)


def cash_of(panel: Panel, view: View, window: Window) -> Floats:
    """(T,) cash as the class's holder has it: that of the base currency, exchanged or hedged, and free of charges."""
    free = view.share_class.model_copy(update={"ongoing_charge": 0.0, "performance_fee": 0.0})
    cash = panel.cash[window.panel_days]
    return replace(view, share_class=free).line(cash, float(cash[0]))


def base_for_one(panel: Panel, share_class: ShareClass) -> Floats:
    """(T,) base currency for one unit of the class's currency; ones when they are the same."""
    if share_class.currency == panel.base_currency:
        return np.ones(len(panel.dates))
    if share_class.currency not in panel.fx:
        raise DataError(
            f"share class {share_class.name} is in {share_class.currency}, which has no exchange rate against "
            f"{panel.base_currency}. Found: {listed(sorted(panel.fx))}. Add {share_class.currency} to [data] fx."
        )
    return panel.fx[share_class.currency]
