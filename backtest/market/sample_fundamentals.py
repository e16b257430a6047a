"""Invented quarterly figures of the sample market's companies, published weeks after each quarter's end.

They go with the prices, as in life only loosely: sales grow where a company was dear to its sales, margins lean on the
year's return, and valuations use the close of the publication day. Arithmetic is of the same kind as in `sample`:
no logarithm, no exponential, everything rounded, so that the bytes are the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market.align import Bools, Dates, Floats, carried

FIRST_QUARTER, LAST_QUARTER = "2013-09", "2026-06"
NOISES = 7
"""Chance numbers for each company and quarter."""
RALLY = ("2022-12-31", "2025-03-31")
"""Quarters whose reports guide to more capital expenditure than was expected."""
AFTER_TAX = 0.78
INTEREST = 0.04
"""A year's interest on net debt."""
KEPT = 0.35
"""Part of the earnings that is not paid out; a loss is borne in full."""

# Sector: market value to a year's sales, gross margin, operating margin, a year's sales for each employee in thousands
# of euro, share of costs that AI can address.
SECTORS = {
    "Information technology": (6.0, 0.60, 0.27, 420.0, 0.30),
    "Communication services": (3.5, 0.52, 0.22, 380.0, 0.26),
    "Utilities": (2.4, 0.38, 0.19, 640.0, 0.09),
    "Industrials": (2.2, 0.32, 0.13, 260.0, 0.14),
    "Materials": (1.9, 0.28, 0.13, 390.0, 0.07),
    "Financials": (3.4, 0.62, 0.28, 330.0, 0.33),
    "Consumer staples": (1.5, 0.34, 0.12, 210.0, 0.13),
    "Consumer discretionary": (1.6, 0.38, 0.11, 200.0, 0.16),
    "Health care": (3.4, 0.60, 0.20, 310.0, 0.21),
    "Energy": (1.3, 0.30, 0.14, 1100.0, 0.06),
}
# Field: decimals.
DECIMALS = {
    "sales": 1,
    "gross_margin": 4,
    "operating_margin": 4,
    "capex": 1,
    "capex_guidance": 1,
    "capex_expected": 1,
    "ev_to_sales": 3,
    "forward_earnings_yield": 5,
    "revenue_per_employee": 1,
    "ai_addressable_cost": 3,
    "earnings": 1,
    "book_value": 1,
}
RESTATED = ("sales", "gross_margin", "operating_margin")


@dataclass(frozen=True)
class Companies:
    """What the figures are made from: D days, N companies; money in each company's own currency."""

    days: Dates  # (D,)
    universe: pd.DataFrame  # (N,) by ticker
    closes: Floats  # (D, N) NaN where there is none
    shares: Floats  # (D, N)
    per_euro: Floats  # (N,) units of the own currency for 1 EUR


def quarter_ends() -> Dates:
    """(Q,) the last days of the quarters that are reported."""
    months = np.arange(np.datetime64(FIRST_QUARTER), np.datetime64(LAST_QUARTER) + 1, 3)
    return (months + 1).astype("datetime64[D]") - 1


def figures(companies: Companies, noise: Floats) -> pd.DataFrame:
    """The published figures: asset, field, period_end, published, value; money in millions, fractions as fractions.

    noise: (Q, N x NOISES) bell-shaped numbers.  Sales, capex and earnings are of the quarter, ev_to_sales of the
    last four; revenue_per_employee is in thousands a year; guidance and expectation are for the year of their
    period_end. A company publishes from its listing to its delisting, 20 to 45 days after a quarter's end.
    """
    ends = quarter_ends()
    assets = len(companies.universe)
    chance = noise.reshape(len(ends), NOISES, assets)
    published = _publication_days(ends, assets)
    at_end = _values_on(companies, np.broadcast_to(ends[:, None], published.shape))
    on_the_day = _values_on(companies, published)
    tables = _operations(companies, ends, chance, at_end)
    tables |= _earned(companies, tables)
    tables |= _valuations(tables, on_the_day, assets)
    tables |= _guidance(companies, ends, chance, tables["capex"])
    known = _is_published(companies, published)
    year_end = (ends.astype("datetime64[Y]") + 1).astype("datetime64[D]") - 1
    # A fourth quarter's report opens the next year.
    coming = np.where(ends == year_end, (ends + 1).astype("datetime64[Y]") + 1, ends.astype("datetime64[Y]") + 1)
    coming = coming.astype("datetime64[Y]").astype("datetime64[D]") - 1
    rows = []
    for name, decimals in DECIMALS.items():
        period = coming if name in ("capex_guidance", "capex_expected") else ends
        value = np.round(tables[name], decimals)
        rows.append(_long(companies, name, period, published, value, known & np.isfinite(value)))
        if name in RESTATED:
            rows.append(_restatements(companies, name, ends, published, value, known, chance[:, 6]))
    frame = pd.concat(rows, ignore_index=True)
    order = np.lexsort((frame["field"].astype(str), frame["asset"].astype(str), frame["published"]))
    return frame.iloc[order].reset_index(drop=True)


def _publication_days(ends: Dates, assets: int) -> Dates:
    """(Q, N) 20 to 43 days after the quarter's end; from a weekend on to Monday."""
    wait = 20 + (5 * np.arange(len(ends))[:, None] + 7 * np.arange(assets)) % 24
    day = ends[:, None] + wait
    weekday = (day.astype(np.int64) + 3) % 7
    return day + np.where(weekday > 4, 7 - weekday, 0)


def _values_on(companies: Companies, when: Dates) -> Floats:
    """(Q, N) market values in millions at the last close on or before each day; NaN before the first one."""
    value = carried(companies.closes) * companies.shares / 1e6
    row = np.searchsorted(companies.days, when, side="right") - 1
    return np.where(row >= 0, np.take_along_axis(value, np.maximum(row, 0), axis=0), np.nan)


def _is_published(companies: Companies, published: Dates) -> Bools:
    """(Q, N) listed by the day of publication, not delisted before it, and not after the last day of all."""
    listed, gone = (companies.universe[c].to_numpy().astype("datetime64[D]") for c in ("listed", "delisted"))
    inside = (np.isnat(listed) | (published >= listed)) & (np.isnat(gone) | (published <= gone))
    return np.asarray(inside & (published <= companies.days[-1]), dtype=np.bool_)


def _sector_numbers(companies: Companies, column: int) -> Floats:
    return np.array([SECTORS[sector][column] for sector in companies.universe["sector"]])


def _operations(companies: Companies, ends: Dates, chance: Floats, at_end: Floats) -> dict[str, Floats]:
    """(Q, N) tables of sales, margins, capex, sales for each employee and the share of costs AI can address."""
    names = np.arange(len(companies.universe))
    capex_names = (companies.universe["theme"] == "capex").to_numpy()
    anchor = _sector_numbers(companies, 0) * (0.75 + 0.5 * (names * 5 % 11) / 10.0)
    first_value = (companies.closes * companies.shares / 1e6)[(~np.isnan(companies.closes)).argmax(axis=0), names]
    sales = np.empty(at_end.shape)
    margins = np.empty((2, *at_end.shape))
    share = np.empty(at_end.shape)
    staff_sales = np.empty(at_end.shape)
    usual = np.array([_sector_numbers(companies, 1), _sector_numbers(companies, 2)]) + 0.04 * chance[0, :2]
    sales[0] = first_value / anchor / 4.0 * 0.95
    margins[:, 0] = usual
    share[0] = np.where(capex_names, 0.10 + 0.08 * (names * 3 % 7) / 6.0, 0.035 + 0.035 * (names * 3 % 7) / 6.0)
    staff_sales[0] = _sector_numbers(companies, 3) * companies.per_euro * (0.8 + 0.4 * (names * 3 % 5) / 4.0)
    better = 0.006 * (chance[0, 4] > 0.0)  # some learn to do more with fewer people, in every theme
    for q in range(1, len(ends)):
        dear = np.clip(np.nan_to_num(at_end[q - 1] / (4.0 * sales[q - 1] * anchor) - 1.0), -0.6, 1.0)
        year = np.clip(np.nan_to_num(at_end[q - 1] / at_end[max(q - 5, 0)] - 1.0), -0.5, 0.5)
        growth = 0.010 + 0.055 * dear + 0.018 * chance[q, 2]
        sales[q] = sales[q - 1] * (1.0 + growth)
        pull = 0.15 * (usual + np.array([[0.02], [0.05]]) * year - margins[:, q - 1])
        margins[:, q] = margins[:, q - 1] + pull + np.array([[0.006], [0.008]]) * chance[q, :2]
        rises = np.where(capex_names & _in_rally(ends[q]), 0.035, 0.0)
        home = 0.06 * (share[0] - share[q - 1]) / share[0]
        share[q] = share[q - 1] * np.maximum(1.0 + rises + home + 0.05 * chance[q, 3], 0.5)
        staff_sales[q] = staff_sales[q - 1] * (1.0 + 0.4 * growth + better + 0.008 * chance[q, 4])
    gross = np.clip(margins[0], 0.08, 0.92)
    addressable = _sector_numbers(companies, 4) * (0.85 + 0.3 * (names * 7 % 9) / 8.0)
    learning = addressable + 0.0015 * np.arange(len(ends))[:, None]
    # Long because the six tables lean on each other, quarter by quarter.
    return {
        "sales": sales,
        "gross_margin": gross,
        "operating_margin": np.minimum(np.clip(margins[1], -0.40, 0.60), gross - 0.05),
        "capex": sales * np.clip(share, 0.01, 0.60),
        "revenue_per_employee": staff_sales,
        "ai_addressable_cost": np.where(capex_names, np.nan, learning),
    }


def _in_rally(day: np.datetime64) -> bool:
    return bool(np.datetime64(RALLY[0]) <= day <= np.datetime64(RALLY[1]))


def _earned(companies: Companies, tables: dict[str, Floats]) -> dict[str, Floats]:
    """(Q, N) a quarter's earnings after interest and tax, and book value at its end.

    Book value begins at what a company of its sector usually has for its sales, and grows by what is not paid out.
    """
    sales, margin = tables["sales"], tables["operating_margin"]
    names = np.arange(len(companies.universe))
    before_tax = sales * (margin - INTEREST * _net_debt(len(names)))
    earnings = before_tax * AFTER_TAX
    book = np.empty(sales.shape)
    book[0] = 4.0 * sales[0] * _sector_numbers(companies, 0) * (0.30 + 0.20 * (names * 5 % 7) / 6.0)
    for q in range(1, len(sales)):
        kept = np.where(earnings[q] > 0.0, KEPT * earnings[q], earnings[q])
        book[q] = np.maximum(book[q - 1] + kept, 0.05 * book[0])
    return {"earnings": earnings, "book_value": book}


def _net_debt(assets: int) -> Floats:
    """(N,) net debt as a part of a year's sales, the same at all times."""
    return np.asarray(0.6 * (np.arange(assets) * 3 % 8) / 7.0, dtype=np.float64)


def _last_four(quarters: Floats) -> Floats:
    """(Q, N) sums over four quarters; NaN for the first three."""
    total = np.full(quarters.shape, np.nan)
    total[3:] = quarters[3:] + quarters[2:-1] + quarters[1:-2] + quarters[:-3]
    return total


def _valuations(tables: dict[str, Floats], value: Floats, assets: int) -> dict[str, Floats]:
    """(Q, N) enterprise value to a year's sales, and a year's expected earnings to market value.

    Net debt stands at a fixed part of a year's sales. NaN without a price or four quarters.
    """
    year = _last_four(tables["sales"])
    debt = _net_debt(assets)
    earnings = year * 1.04 * tables["operating_margin"] * AFTER_TAX
    return {"ev_to_sales": value / year + debt, "forward_earnings_yield": earnings / value}


def _guidance(companies: Companies, ends: Dates, chance: Floats, capex: Floats) -> dict[str, Floats]:
    """(Q, N) the year's capital expenditure as guided, and as expected just before; NaN for all but capex names."""
    rally = np.array([_in_rally(end) for end in ends])[:, None]
    after = (ends > np.datetime64(RALLY[1]))[:, None]
    year = 4.0 * capex * (1.0 + np.where(rally, 0.10, 0.03) + 0.02 * chance[:, 3])
    surprise = np.where(rally, 0.09, np.where(after, -0.03, 0.0)) + 0.045 * chance[:, 5]
    capex_names = (companies.universe["theme"] == "capex").to_numpy()
    guided = np.where(capex_names, year, np.nan)
    return {"capex_guidance": guided, "capex_expected": guided / (1.0 + np.maximum(surprise, -0.5))}


def _restatements(
    companies: Companies,
    name: str,
    ends: Dates,
    published: Dates,
    value: Floats,
    known: Bools,
    chance: Floats,
) -> pd.DataFrame:
    """A few figures are put right by up to some five per cent with the report of the quarter after."""
    put_right = np.round(value[:-1] * (1.0 - 0.016 * chance[1:]), DECIMALS[name])
    some = known[:-1] & known[1:] & (np.abs(chance[:-1]) > 2.4) & (put_right != value[:-1])
    return _long(companies, name, ends[:-1], published[1:], put_right, some)


def _long(
    companies: Companies, name: str, period: Dates, published: Dates, value: Floats, chosen: Bools
) -> pd.DataFrame:
    rows, columns = np.nonzero(chosen)
    tickers = list(companies.universe.index)
    return pd.DataFrame(
        {
            "asset": pd.array([tickers[j] for j in columns], dtype=object),
            "field": pd.array([name] * len(rows), dtype=object),
            "period_end": _stamps(period[rows]),
            "published": _stamps(published[rows, columns]),
            "value": value[rows, columns],
        }
    )


def _stamps(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[s]"))
