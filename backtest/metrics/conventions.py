"""Conventions: year length, degrees of freedom, signs, compounding. Stated once; every sheet's notes print them."""

from __future__ import annotations

from types import MappingProxyType

TRADING_DAYS_PER_YEAR = 252
DEGREES_OF_FREEDOM = 1
DAYS_PER_YEAR = 365.25
SHORTEST_ANNUALISED_DAYS = 365
"""A period of fewer calendar days is under one year and is never annualised."""

FLAT = 1e-12
"""A daily standard deviation at or below this is rounding noise of a flat line: what is divided by it is undefined."""

LEAST_TRACKING_ERROR = 0.0005
"""A fund that tracks its benchmark closer than 0.05 % a year, which prints as 0.0 %, has no information ratio: its
charges over next to nothing would be a large number that says nothing."""

HOLDING_THRESHOLD = 1e-6
"""A weight at or below one millionth of NAV is dust, not a holding."""

SHOWN_CASH = 0.0005
"""Cash up to this share of NAV is what rounding leaves over and is not listed as an exposure."""

PARTICIPATION = 0.20
LIQUIDATED = 0.90
VOLUME_DAYS = 60
MATERIAL_POSITION = 0.01
SLOW_DAYS = 10.0
"""Liquidity: sell 90 % of a position at 20 % of its 60-day average traded value; positions from 1 % of NAV count."""

PERIOD_MONTHS = MappingProxyType({"1m": 1, "3m": 3, "1y": 12, "3y": 36, "5y": 60, "10y": 120})
PERIODS = ("1m", "3m", "ytd", "1y", "3y", "5y", "10y", "start")
ANNUALISED_PERIODS = ("3y", "5y", "10y", "start")
DISCRETE_PERIODS = 5

NOTES: tuple[str, ...] = (
    "Returns compound daily and include dividends, reinvested after withholding tax.",
    "Returns since the start are measured from the capital before the cost of the first purchase. "
    "That cost counts in returns and drawdowns. It is left out of volatility, tracking error and Sharpe ratio.",
    "A period begins at the close of the last trading day on or before the same day that many months earlier. "
    "From a month end it begins at a month end.",
    "Annualised returns use actual days divided by 365.25. Periods under one year are not annualised.",
    "Discrete 12-month periods run from month end to month end, on the last trading day of the month. "
    "A period that is not complete shows no data.",
    "Volatility and tracking error are the sample standard deviation of daily figures, for a year of 252 trading days.",
    "Drawdown is the fall from the highest value so far, zero or negative. The starting value counts as a high.",
    "The Sharpe ratio is the average daily return above cash over its volatility, for a year of 252 trading days.",
    "The information ratio is the annualised return less that of the benchmark, divided by the tracking error, "
    "if that is 0.05% or more.",
    "Turnover is half of purchases plus sales, per year, without the first purchase. "
    "Cost drag is all trading costs, the first purchase included, over the average NAV, per year.",
    "Weights are shares of NAV. The Herfindahl index and the effective number of names leave cash out.",
    "Active share is half of the sum of all differences in weight from the benchmark, cash included.",
    "Days to sell are for 90% of a position, at 20% of the average value traded in it over the last 60 trading days.",
    "A figure that cannot be computed shows as n/a, never as zero.",
)
"""Plain sentences, in the order of a sheet's notes."""
