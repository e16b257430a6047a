"""A live record is read strictly: what is wrong ends in one sentence that says what, where and how to mend it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.market.record import read_record, record_until
from backtest.terms import ShareClass

LAUNCH = date(2024, 3, 1)
TERMS = ShareClass(name="A", currency="GBP", ongoing_charge=0.01, launch=LAUNCH)
GOOD = "date,nav\n2024-03-01,100\n2024-03-04,101\n2024-03-05,99.99\n"


@pytest.fixture
def read(tmp_path):
    """A function from the text of a file to the record in it."""

    def reading(text: str, terms: ShareClass = TERMS):
        path = tmp_path / "nav.csv"
        path.write_text(text, encoding="utf-8")
        return read_record(path, terms, "nav.csv")

    return reading


def test_a_record_is_its_prices_from_launch_on(read):
    record = read(GOOD)
    assert (record.start, record.share_class, record.written) == (LAUNCH, "A", "nav.csv")
    np.testing.assert_allclose(record.levels, [100.0, 101.0, 99.99])
    assert [str(day) for day in record.dates] == ["2024-03-01", "2024-03-04", "2024-03-05"]


def test_blank_lines_capitals_and_a_byte_order_mark_are_no_mistakes(read):
    assert len(read("\ufeffDate, NAV\n2024-03-01, 100\n\n2024-03-04, 101\n").dates) == 2


def test_a_distribution_is_reinvested_on_its_day_at_that_days_price(read):
    """100, then 98 after 3 was paid: 1.01 times. Then 98 to 99.96 is 1.02 times, on 101: 103.02."""
    record = read("date,nav,distribution\n2024-03-01,100,\n2024-03-04,98,3\n2024-03-05,99.96,0\n")
    np.testing.assert_allclose(record.levels, [100.0, 101.0, 103.02])


def test_a_currency_may_be_said_when_it_is_the_classs(read):
    text = "date,nav,currency\n2024-03-01,100,GBP\n2024-03-04,101,{}\n"
    assert len(read(text.format("GBP")).dates) == 2
    with pytest.raises(DataError, match=r"2024-03-04: currency 'USD', and the class is in GBP\. Give its prices"):
        read(text.format("USD"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,price\n2024-03-01,1\n", "no column nav; found date, price. It needs date, nav."),
        ("", "no column date; found none. It needs date, nav."),
        ("date,nav,distributions\n", "no such column 'distributions'. Did you mean distribution? Allowed: date, nav,"),
        ("date,nav,nav\n", "column nav appears 2 times; keep one."),
        ("date,nav\n2024-03-01,100\n", "1 rows; a record has two or more. Add the prices since launch."),
        ("date,nav\n2024-03-01,100\n2024-03-04\n", "line 3: 1 cells; the header names 2. Mend the line."),
        ("date,nav\n2024-03-01,100\n04/03/2024,1\n", "date '04/03/2024' cannot be read. Write dates as YYYY-MM-DD."),
        ("date,nav\n2024-02-29,100\n2024-03-01,101\n", "a price of 2024-02-29, before launch on 2024-03-01. Remove it"),
        ("date,nav\n2024-03-04,1\n2024-03-01,1\n", "2024-03-01 comes after 2024-03-04; dates must ascend, one row"),
        ("date,nav\n2024-03-01,1\n2024-03-01,1\n", "2024-03-01 comes after 2024-03-01; dates must ascend, one row"),
        ("date,nav\n2024-03-01,1\n2024-03-08,1\n", "no price from 2024-03-01 to 2024-03-08; at most 6 days may pass"),
        ("date,nav\n2024-03-01,1\n2024-03-04,0\n", "2024-03-04: nav is '0'; it must be a number above zero, such as"),
        ("date,nav\n2024-03-01,1\n2024-03-04,-2\n", "2024-03-04: nav is '-2'; it must be a number above zero, such as"),
        ("date,nav\n2024-03-01,1\n2024-03-04,\n", "2024-03-04: nav is ''; it must be a number above zero, such as 104"),
        ("date,nav\n2024-03-01,1\n2024-03-04,nan\n", "nav is 'nan'; it must be a number above zero, such as 104.27."),
        ("date,nav\n2024-03-01,1\n2024-03-04,inf\n", "nav is 'inf'; it must be a number above zero, such as 104.27."),
        (
            "date,nav,distribution\n2024-03-01,1,0\n2024-03-04,1,-1\n",
            "2024-03-04: distribution is '-1'; it must be a number zero or more",
        ),
        (
            "date,nav,distribution\n2024-03-01,1,1\n2024-03-04,1,\n",
            "2024-03-01: a distribution on the first day, which no holder was paid. Remove it.",
        ),
        (
            "date,nav\n2024-03-01,100\n2024-03-04,10\n",
            "2024-03-04: nav 10 after 100 on 2024-03-01, a change of -90% in a day; at most 50% is believed. Mend the",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence_that_names_class_and_file(read, text, says):
    with pytest.raises(DataError, match=rf"^\[\[share_class\]\] A, record nav\.csv.*{re.escape(says)}"):
        read(text)


def test_a_file_that_is_not_there_or_no_text_is_said_to_be_so(tmp_path):
    with pytest.raises(DataError, match=r"record nav\.csv: no such file\. Give the path of a CSV file, relative to"):
        read_record(tmp_path / "nav.csv", TERMS, "nav.csv")
    (tmp_path / "nav.csv").write_bytes(b"date,nav\n\xff\xfe")
    with pytest.raises(DataError, match=r"record nav\.csv: not UTF-8 text\."):
        read_record(tmp_path / "nav.csv", TERMS, "nav.csv")


# Against the market and the day of the sheet


def weekdays(first: str, last: str) -> np.ndarray:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


@pytest.fixture
def record(read):
    days = weekdays("2024-03-01", "2024-06-28")
    return read("date,nav\n" + "".join(f"{day},{100 + k}\n" for k, day in enumerate(days)))


MARKET = weekdays("2023-01-02", "2024-07-31")


def test_a_record_is_cut_on_the_day_of_the_sheet(record):
    cut = record_until(record, date(2024, 5, 31), MARKET, LAUNCH)
    assert str(cut.dates[-1]) == "2024-05-31" and len(cut.levels) == len(cut.dates)
    np.testing.assert_array_equal(cut.levels, record.levels[: len(cut.levels)])


def test_a_record_may_end_five_days_before_the_sheet_and_no_more(record):
    assert str(record_until(record, date(2024, 7, 3), MARKET, LAUNCH).dates[-1]) == "2024-06-28"
    says = r"ends on 2024-06-28, more than 5 days before the as-of date 2024-07-04\. Add the prices that are missing"
    with pytest.raises(DataError, match=says):
        record_until(record, date(2024, 7, 4), MARKET, LAUNCH)


def test_a_record_with_its_beginning_left_out_is_refused(record):
    says = r"starts on 2024-03-01, after launch on 2024-02-29; there is no price for 2024-02-29\. Give the prices from"
    with pytest.raises(DataError, match=says):
        record_until(record, date(2024, 6, 28), MARKET, date(2024, 2, 29))


def test_a_launch_on_a_holiday_begins_with_the_next_trading_day(record):
    without = np.concatenate([weekdays("2023-01-02", "2024-02-23"), weekdays("2024-03-01", "2024-07-31")])
    assert record_until(record, date(2024, 6, 28), without, date(2024, 2, 26)).start == LAUNCH


def test_a_record_after_the_day_of_the_sheet_is_left_out_by_the_reader_himself(record):
    with pytest.raises(DataError, match=r"starts on 2024-03-01, after the as-of date 2024-02-29\. Leave record out"):
        record_until(record, date(2024, 2, 29), MARKET, LAUNCH)


def test_a_record_that_begins_before_the_market_does_is_refused(record):
    with pytest.raises(DataError, match=r"before the prices of \[data\], which start on 2024-04-01; the benchmark has"):
        record_until(record, date(2024, 6, 28), weekdays("2024-04-01", "2024-07-31"), LAUNCH)


def test_prices_of_two_days_in_three_are_not_daily_ones(record):
    kept = np.arange(len(record.dates)) % 3 != 1
    thin = replace(record, dates=record.dates[kept], levels=record.levels[kept])
    with pytest.raises(DataError, match=r"57 prices for 85 trading days; at least 90% need one\. Give daily prices\."):
        record_until(thin, date(2024, 6, 28), MARKET, LAUNCH)
