"""The universe: which companies, what they are, and when they were listed and members."""

from __future__ import annotations

import re
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.errors import DataError, listed, nearest
from backtest.mandate import Theme
from backtest.market.cells import parse_day

THEMES: tuple[str, ...] = get_args(Theme)
NEEDED = ("ticker", "name", "sector", "theme", "country", "currency")
DATES = ("listed", "delisted")
ISSUERS = ("issuer", "issuer_group")
STALE_DAYS = 5
"""Trading days without a close after which a name is no member: it cannot be bought or sold."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def parse_universe(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Check a table of text and index it by ticker: name, sector, theme, country, currency, listed, delisted.

    issuer and issuer_group follow when the table has them; an empty cell is the ticker itself, and the issuer itself.
    Other columns are left out.  Raises DataError with file, line, ticker, what was found and what is allowed.
    """
    for line, row in enumerate(table.to_dict("records"), start=2):
        _check_row({str(k): str(v) for k, v in row.items()}, f"{where}, line {line}")
    twins = table["ticker"][table["ticker"].duplicated()]
    if len(twins):
        raise DataError(f"{where}: ticker {twins.iloc[0]} appears more than once. Keep one row per ticker.")
    universe = table[list(NEEDED)].copy()
    for column in DATES:
        days = [parse_day(str(c)) for c in table[column]] if column in table else [None] * len(table)
        universe[column] = pd.DatetimeIndex(np.array(days, dtype="datetime64[s]"))
    # Each line is its own issuer, and each issuer its own group, until the table says otherwise.
    own = universe["ticker"]
    for column in ISSUERS:
        if column in table:
            own = universe[column] = table[column].where(table[column] != "", own)
    _one_group_each(universe, where)
    return universe.set_index("ticker")


def _one_group_each(universe: pd.DataFrame, where: str) -> None:
    if "issuer" not in universe or "issuer_group" not in universe:
        return
    for issuer, lines in universe.groupby("issuer", sort=False):
        groups = list(dict.fromkeys(lines["issuer_group"]))
        if len(groups) > 1:
            raise DataError(
                f"{where}: the lines of issuer {issuer} ({listed(lines['ticker'])}) are in the groups "
                f"{listed(groups)}. Give all of them the same issuer_group."
            )


def _check_row(row: dict[str, str], where: str) -> None:
    for column in ("ticker", "name", "sector"):
        if not row[column]:
            raise DataError(f"{where}: no {column}. Give every company a {column}.")
    ticker = row["ticker"]
    if row["theme"] not in THEMES:
        raise DataError(
            f"{where}: {ticker} has theme {row['theme']!r}.{nearest(row['theme'], THEMES)} Allowed: {listed(THEMES)}."
        )
    if not _COUNTRY.fullmatch(row["country"]):
        raise DataError(f"{where}: {ticker} has country {row['country']!r}; give two capital letters such as GB.")
    if not _CURRENCY.fullmatch(row["currency"]):
        raise DataError(
            f"{where}: {ticker} has currency {row['currency']!r}; give three capital letters such as GBP "
            "(prices in pence: divide them by 100)."
        )
    days = {column: _day(row.get(column, ""), column, ticker, where) for column in DATES}
    if days["listed"] is not None and days["delisted"] is not None and days["delisted"] < days["listed"]:
        raise DataError(f"{where}: {ticker} is delisted on {days['delisted']}, before it is listed, {days['listed']}.")


def _day(cell: str, column: str, ticker: str, where: str) -> np.datetime64 | None:
    if not cell:
        return None
    day = parse_day(cell)
    if day is None:
        raise DataError(f"{where}: {ticker} has {column} {cell!r}; write the day as YYYY-MM-DD or leave it empty.")
    return day


def inside_listing(universe: pd.DataFrame, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """(T, N) True from the day of `listed` to the day of `delisted`, both included; an open end is open."""
    stamps = days.astype("datetime64[s]")[:, None]
    first = universe["listed"].to_numpy().astype("datetime64[s]")
    last = universe["delisted"].to_numpy().astype("datetime64[s]")
    inside: NDArray[np.bool_] = (np.isnat(first) | (stamps >= first)) & (np.isnat(last) | (stamps <= last))
    return inside


def last_days(traded: NDArray[np.bool_], universe: pd.DataFrame, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """(N,) row of the last day with a price of a name that leaves before the last of `days`, else -1.

    A name leaves on the day the universe gives as `delisted`. Without one, it leaves when it falls silent for good:
    STALE_DAYS trading days after its last close, because nobody can know sooner that the silence will last.
    """
    count = len(days)
    stamps = days.astype("datetime64[s]")
    declared = universe["delisted"].to_numpy().astype("datetime64[s]")
    known = ~np.isnat(declared)
    declared_row = np.searchsorted(stamps, np.where(known, declared, stamps[-1]), side="right") - 1
    last_close = np.where(traded.any(axis=0), count - 1 - traded[::-1].argmax(axis=0), count)
    row = np.where(known, declared_row, last_close + STALE_DAYS)
    return np.where(row < count - 1, row, -1).astype(np.int64)


def members(traded: NDArray[np.bool_], listing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(T, N) names that may be held: listed, not yet delisted, with a close in the last STALE_DAYS trading days.

    A suspended name stops being a member on the sixth day without a close and is one again on the day it returns.
    """
    rows = np.arange(len(traded))[:, None]
    last_close = np.maximum.accumulate(np.where(traded, rows, -STALE_DAYS - 1), axis=0)
    held: NDArray[np.bool_] = (rows - last_close <= STALE_DAYS) & listing
    return held
