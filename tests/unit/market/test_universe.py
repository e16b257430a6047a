"""Who is listed, who may be held, who has left: as of each day, never with hindsight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from backtest.errors import DataError
from backtest.market.universe import inside_listing, last_days, members

DAYS = np.arange("2024-01-01", "2024-01-21", dtype="datetime64[D]")


def universe(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame(
        {
            c: pd.DatetimeIndex(np.array(columns.get(c, ["NaT"] * count), dtype="datetime64[s]"))
            for c in ("listed", "delisted")
        }
    )


def traded(*silent: range) -> np.ndarray:
    """One column each: True but for the given days."""
    table = np.ones((len(DAYS), len(silent)), dtype=bool)
    for j, days in enumerate(silent):
        table[list(days), j] = False
    return table


BAD = {
    "unknown theme": (
        "AA,Alpha,Utilities,capexx,US,USD",
        r"^universe\.csv, line 2: AA has theme 'capexx'\. Did you mean capex\? Allowed: capex, adopter, other\.$",
    ),
    "no theme": (
        "AA,Alpha,Utilities,,US,USD",
        r"^universe\.csv, line 2: AA has theme ''\. Allowed: capex, adopter, other\.$",
    ),
    "no ticker": (
        ",Alpha,Utilities,capex,US,USD",
        r"^universe\.csv, line 2: no ticker\. Give every company a ticker\.$",
    ),
    "no sector": ("AA,Alpha,,capex,US,USD", r"^universe\.csv, line 2: no sector\. Give every company a sector\.$"),
    "country in full": (
        "AA,Alpha,Utilities,capex,France,EUR",
        r"^universe\.csv, line 2: AA has country 'France'; give two capital letters such as GB\.$",
    ),
    "pence": (
        "AA,Alpha,Utilities,capex,GB,GBp",
        r"^universe\.csv, line 2: AA has currency 'GBp'; give three capital letters such as GBP "
        r"\(prices in pence: divide them by 100\)\.$",
    ),
    "same ticker twice": (
        "BB,Alpha,Utilities,capex,US,USD",
        r"^universe\.csv: ticker BB appears more than once\. Keep one row per ticker\.$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_is_named(files, case):
    row, message = BAD[case]
    files.edit("universe.csv", 2, row)
    with pytest.raises(DataError, match=message):
        files.read()


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ("2024-13-01,", r"AA has listed '2024-13-01'; write the day as YYYY-MM-DD or leave it empty\.$"),
        ("2024-02-01,2024-01-01", r"AA is delisted on 2024-01-01, before it is listed, 2024-02-01\.$"),
    ],
)
def test_bad_listing_dates_are_named(files, dates, message):
    header, first, *rest = files.rows["universe.csv"]
    files.rows["universe.csv"] = [f"{header},listed,delisted", f"{first},{dates}", *(f"{row},," for row in rest)]
    with pytest.raises(DataError, match=message):
        files.read()


def test_a_column_is_missing_and_the_nearest_one_is_named(files):
    files.edit("universe.csv", 1, "ticker,name,sector,themes,country,currency")
    with pytest.raises(DataError, match=r"^universe\.csv: no column theme\. Did you mean themes\? Found ticker, name"):
        files.read()


def test_both_ends_of_a_listing_are_inside():
    inside = inside_listing(universe(listed=["2024-01-03"], delisted=["2024-01-05"]), DAYS)[:, 0]
    assert list(DAYS[inside].astype(str)) == ["2024-01-03", "2024-01-04", "2024-01-05"]


def test_a_name_that_falls_silent_leaves_on_the_fifth_silent_day_and_not_before_it_is_over():
    last = last_days(traded(range(13, 20), range(14, 20), range(15, 20), range(0)), universe(listed=["NaT"] * 4), DAYS)
    assert list(last) == [17, 18, -1, -1]


def test_a_declared_delisting_counts_from_its_day_even_at_the_very_end():
    listing = universe(delisted=["2024-01-19", "2024-01-20", "2024-02-01"])
    assert list(last_days(traded(range(19, 20), range(0), range(0)), listing, DAYS)) == [18, -1, -1]


def test_a_declared_delisting_after_a_suspension_keeps_the_position_until_it():
    assert list(last_days(traded(range(5, 20)), universe(delisted=["2024-01-12"]), DAYS)) == [11]


def test_a_name_without_a_single_close_is_neither_member_nor_delisted():
    silent = traded(range(20))
    assert list(last_days(silent, universe(listed=["NaT"]), DAYS)) == [-1]
    assert not members(silent, np.ones_like(silent)).any()


def test_a_suspended_name_is_no_member_from_the_sixth_silent_day_until_it_returns():
    silent = traded(range(4, 14))
    held = members(silent, np.ones_like(silent))[:, 0]
    assert list(np.flatnonzero(~held)) == [9, 10, 11, 12, 13]


def test_nobody_is_a_member_outside_the_listing():
    listing = inside_listing(universe(listed=["2024-01-03"], delisted=["2024-01-15"]), DAYS)
    held = members(traded(range(0)), listing)[:, 0]
    assert list(DAYS[held].astype(str)) == [f"2024-01-{day:02}" for day in range(3, 16)]
