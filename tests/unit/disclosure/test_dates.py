"""Periods as pages print them."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.disclosure.dates import back_to_back, periods


@pytest.mark.parametrize(
    "text",
    [
        "31 October 2021 – 31 October 2022", "Oct 2021 – Oct 2022", "31 Oct 2021 to 31 Oct 2022",
        "2021-10-31 – 2022-10-31", "31/10/21–31/10/22", "31.10.2021 - 31.10.2022", "12 months to 31 October 2022",
        "Year ended October 2022", "29 October 2021 – 31 October 2022", "Oct-21 – Oct-22", "Oct ’21 to Oct ’22",
        "Oct 31, 2021 – Oct 31, 2022", "31-Oct-2021 – 31-Oct-2022", "1 November 2021 – 31 October 2022",
        "12-month period ended 31/10/2022", "1er novembre 2021 au 31 octobre 2022",
    ],
)  # fmt: skip
def test_a_year_is_read_however_it_is_written(text):
    found = periods(text)
    assert [p.is_year for p in found] == [True]
    assert found[0].ends_in(date(2022, 10, 31))


@pytest.mark.parametrize(
    "text",
    [
        "31 October 2021 – 30 November 2022", "31 Oct 2021 – 30 Sep 2022", "15 October 2021 – 15 October 2022",
        "Oct 2021 – Dec 2022", "2 November 2021 – 31 October 2022", "Q2 2021 – Q3 2022",
    ],
)  # fmt: skip
def test_what_is_not_a_year_is_not_called_one(text):
    assert [p.is_year for p in periods(text)] == [False]


@pytest.mark.parametrize(
    "text", ["31 February 2021 – 31 October 2022", "13/13/2021 – 14/14/2022", "2021 – 2022", "none"]
)
def test_what_is_no_date_is_left_alone(text):
    assert periods(text) == ()


def test_a_quarter_ends_with_its_last_month():
    assert [str(period) for period in periods("Q3 2021 – Q3 2022")] == ["September 2021 – September 2022"]


def test_years_back_to_back_are_chained_from_any_order():
    text = "Oct 2023 – Oct 2024; Oct 2021 – Oct 2022; Oct 2022 – Oct 2023; Oct 2019 – Oct 2020"
    chain = back_to_back(periods(text))
    assert [str(p) for p in chain] == [
        "October 2021 – October 2022", "October 2022 – October 2023", "October 2023 – October 2024",
    ]  # fmt: skip
    assert back_to_back([]) == ()
