"""Conventions: year length, degrees of freedom, signs, compounding. Stated once; every sheet's notes say them in words,
under [convention] of its language."""

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

SHOWN_GROUPS = 12
"""Rows of a table of exposures: where there are more groups, the last row adds up the smaller ones."""

PARTICIPATION = 0.20
LIQUIDATED = 0.90
VOLUME_DAYS = 60
MATERIAL_POSITION = 0.01
SLOW_DAYS = 10.0
"""Liquidity: sell 90 % of a position at 20 % of its 60-day average traded value; positions from 1 % of NAV count."""

LARGE_UP_TO, MID_UP_TO = 0.70, 0.90
"""Size: where large and mid companies end, shares of the market value from the largest down."""

LEAST_COVERAGE = 0.5
"""An average over less than half of the portfolio says nothing about the portfolio."""
STALE_REPORT_DAYS = 500
"""A company that reports once a year is due again 16 months after the end of its last period; later it is silent."""
REPORT_GAP_DAYS = 31
"""How far the ends of a year's reports may lie from even: 52- and 53-week years do, a missing quarter is more."""

PERIOD_MONTHS = MappingProxyType({"1m": 1, "3m": 3, "1y": 12, "3y": 36, "5y": 60, "10y": 120})
PERIODS = ("1m", "3m", "ytd", "1y", "3y", "5y", "10y", "start")
ANNUALISED_PERIODS = ("3y", "5y", "10y", "start")
DISCRETE_PERIODS = 5
CALENDAR_YEARS = 10
