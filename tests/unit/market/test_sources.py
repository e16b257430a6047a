"""What cannot be read ends in one sentence: what, where, found, allowed, how to mend."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd
import pytest

from backtest.errors import DataError
from backtest.market import tables


def test_the_good_files_are_read_as_they_are(files):
    raw = files.read()
    assert list(raw.closes.columns) == ["AA", "BB", "CC"]
    assert raw.closes.shape == (30, 3)
    assert raw.closes.index.is_monotonic_increasing
    assert (raw.closes["CC"] == 40.0).all()
    assert raw.dividends.empty and raw.splits.empty
    assert raw.benchmark is not None and (raw.benchmark == 100.0).all()


def test_every_input_carries_the_hash_of_its_bytes(files):
    raw = files.read()
    by_name = {i.name: i for i in raw.inputs}
    assert set(by_name) == {"closes", "volumes", "shares", "universe", "dividends", "splits", "benchmark", "cash_rate"}
    content = (files.folder / "closes.csv").read_bytes()
    assert by_name["closes"].sha256 == hashlib.sha256(content).hexdigest()
    assert by_name["closes"].path == "closes.csv"
    assert by_name["closes"].rows == 30


def test_parquet_and_csv_give_the_same_table(files):
    from_csv = files.read().closes
    from_csv.to_parquet(files.folder / "closes.parquet")
    files.data["closes"] = "closes.parquet"
    pd.testing.assert_frame_equal(files.read().closes, from_csv)


def test_a_byte_order_mark_is_accepted(files):
    lines = "\n".join(files.rows["closes.csv"]) + "\n"
    files.write("closes.csv", b"\xef\xbb\xbf" + lines.encode())
    assert files.read().closes.shape == (30, 3)


def test_newest_first_is_turned_round(files):
    header, *body = files.rows["benchmark.csv"]
    files.rows["benchmark.csv"] = [header, *reversed(body)]
    benchmark = files.read().benchmark
    assert benchmark is not None and benchmark.index.is_monotonic_increasing


def test_rates_as_the_ecb_writes_them(files):
    """Newest first, N/A where there is no fixing, and an empty column at the end without a name."""
    days = files.rows["benchmark.csv"][1:]
    body = [f"{line[:10]},1.1,N/A,0.86," for line in reversed(days)]
    files.rows["fx.csv"] = ["Date,USD,CYP,GBP,", *body]
    files.data["fx"] = "fx.csv"
    files.edit("universe.csv", 2, "AA,Alpha,Utilities,capex,GB,GBP")
    raw = files.read()
    assert list(raw.fx.columns) == ["GBP", "USD"]
    assert raw.fx.index.is_monotonic_increasing


def spoil(name: str, line: int, text: str):
    return lambda files: files.edit(name, line, text)


def drop(name: str):
    def change(files):
        del files.rows[name]

    return change


def raw_bytes(name: str, content: bytes):
    return lambda files: files.write(name, content)


def keep(name: str, count: int):
    def change(files):
        files.rows[name] = files.rows[name][:count]

    return change


def settings(**data):
    return lambda files: files.data.update(data)


def parquet(name: str, frame: pd.DataFrame):
    def change(files):
        frame.to_parquet(files.folder / name)
        files.data["closes"] = name

    return change


ZONED = pd.DataFrame({"AA": [1.0]}, index=pd.DatetimeIndex(["2024-01-02"], tz="UTC", name="date"))
AT_NOON = pd.DataFrame({"AA": [1.0]}, index=pd.DatetimeIndex(["2024-01-02 12:00"], name="date"))
TEXT_CLOSES = pd.DataFrame({"AA": ["dear"]}, index=pd.DatetimeIndex(["2024-01-02"], name="date"))
NUMBERED = pd.DataFrame({"date": [20240102], "AA": [1.0]})
YES_NO = pd.DataFrame({"AA": [True]}, index=pd.DatetimeIndex(["2024-01-02"], name="date"))

BAD = {
    "missing file": (
        drop("closes.csv"),
        r"^closes\.csv: no such file\. \[data\] closes is a path relative to the mandate's folder; "
        r"looked for .*closes\.csv\.$",
    ),
    "other kind of file": (
        settings(closes="closes.xlsx"),
        r"^closes\.xlsx: \[data\] closes is a \.csv or \.parquet file, not \.xlsx\.$",
    ),
    "empty file": (
        raw_bytes("closes.csv", b""),
        r"^closes\.csv: the file is empty\. Give a header line and rows, or take closes out of \[data\]\.$",
    ),
    "blank first line": (
        raw_bytes("closes.csv", b"\n2024-01-02,1\n"),
        r"^closes\.csv: the first line is blank; it must name the columns\.$",
    ),
    "header only": (
        keep("closes.csv", 1),
        r"^closes\.csv: a header and no rows\. Give at least one row of closes\.$",
    ),
    "header-only universe": (
        keep("universe.csv", 1),
        r"^universe\.csv: a header and no rows\. Give at least one row of universe\.$",
    ),
    "not UTF-8": (
        raw_bytes("universe.csv", "ticker,name\nAA,Société\n".encode("latin-1")),
        r"^universe\.csv: not UTF-8 text\. Save the file as UTF-8\.$",
    ),
    "not Parquet": (
        lambda files: (files.write("closes.parquet", b"hello"), files.data.update(closes="closes.parquet")),
        r"^closes\.parquet: not a readable Parquet file \(.+\)\. Write it again\.$",
    ),
    "a line too long": (
        spoil("closes.csv", 4, "2024-01-04,10,20,40,7"),
        r"^closes\.csv, line 4: 5 cells where the header names 4\. Mend that line\.$",
    ),
    "universe name without prices": (
        spoil("universe.csv", 2, "AAA,Alpha,Utilities,capex,US,USD"),
        r"^universe\.csv: AAA has no column in closes\.csv\. Did you mean AA\? "
        r"Add its closes, or take it out of the universe\.$",
    ),
    "column without one close": (
        lambda files: files.rows.update({"closes.csv": [re.sub(r",40$", ",", x) for x in files.rows["closes.csv"]]}),
        r"^closes\.csv: CC has a column and not one close\. Add its closes, or take it out of universe\.csv\.$",
    ),
    "volumes lack a name": (
        lambda files: files.rows.update({"volumes.csv": [x.rsplit(",", 1)[0] for x in files.rows["volumes.csv"]]}),
        r"^volumes\.csv: no column for CC of the universe\. "
        r"Add the column \(cells may be empty\), or take volumes out of \[data\]\.$",
    ),
    "dividend of a misspelt ticker": (
        lambda files: files.rows["dividends.csv"].append("2024-01-05,A.A,0.5"),
        r"^dividends\.csv: ticker A\.A is not in the universe, which writes AA\. Spell it the same way in both\.$",
    ),
    "duplicated date": (
        spoil("closes.csv", 4, "2024-01-03,10,20,40"),
        r"^closes\.csv: 2024-01-03 appears more than once\. Keep one row per date\.$",
    ),
    "duplicated column": (
        spoil("closes.csv", 1, "date,AA,BB,AA"),
        r"^closes\.csv: column 'AA' appears 2 times\. Each column needs a name of its own; keep the right one\.$",
    ),
    "zero price": (
        spoil("closes.csv", 4, "2024-01-04,10,0,40"),
        r"^closes\.csv, 2024-01-04: BB has close 0; a close is above zero\. "
        r"Mend it, or leave the cell empty where there was none\.$",
    ),
    "negative price": (
        spoil("closes.csv", 4, "2024-01-04,10,-20,40"),
        r"^closes\.csv, 2024-01-04: BB has close -20; a close is above zero\.",
    ),
    "negative volume": (
        spoil("volumes.csv", 4, "2024-01-04,10,-20,40"),
        r"^volumes\.csv, 2024-01-04: BB has volume -20; a volume is zero or more\.",
    ),
    "text for a price": (
        spoil("closes.csv", 4, "2024-01-04,10,n.a.,40"),
        r"^closes\.csv, 2024-01-04: BB has close 'n\.a\.', which is not a number\. "
        r"Give a plain number such as 12\.34, or leave the cell empty\.$",
    ),
    "thousands separator": (
        spoil("closes.csv", 4, '2024-01-04,10,"1,020",40'),
        r"^closes\.csv, 2024-01-04: BB has close '1,020', which is not a number\.",
    ),
    "infinite price": (
        spoil("closes.csv", 4, "2024-01-04,10,inf,40"),
        r"^closes\.csv, 2024-01-04: BB has close inf, which is not a number\.",
    ),
    "text in Parquet": (
        parquet("closes.parquet", TEXT_CLOSES),
        r"^closes\.parquet, 2024-01-02: AA has close 'dear', which is not a number\.",
    ),
    "booleans in Parquet": (
        parquet("closes.parquet", YES_NO),
        r"^closes\.parquet: column AA holds bool, not numbers\. Give plain numbers such as 12\.34\.$",
    ),
    "day before month": (
        spoil("closes.csv", 4, "04/01/2024,10,20,40"),
        r"^closes\.csv, line 4: date '04/01/2024' cannot be read\. Write dates as YYYY-MM-DD, such as 2024-03-28\.$",
    ),
    "no such day": (
        spoil("closes.csv", 4, "2024-02-30,10,20,40"),
        r"^closes\.csv, line 4: date '2024-02-30' cannot be read\.",
    ),
    "no date": (
        spoil("closes.csv", 4, ",10,20,40"),
        r"^closes\.csv, line 4: no date; give the date or remove the row\.$",
    ),
    "dates as numbers": (
        parquet("closes.parquet", NUMBERED),
        r"^closes\.parquet: the date column holds int64, not dates\. Write dates as YYYY-MM-DD\.$",
    ),
    "second header line": (
        spoil("closes.csv", 2, ",Alpha,Beta,Gamma"),
        r"^closes\.csv, line 2: no date; it looks like a second header line; keep one\.$",
    ),
    "no date column": (
        spoil("closes.csv", 1, "day,AA,BB,CC"),
        r"^closes\.csv: no date column; found day, AA, BB, CC\. Name the column of dates 'date'\.$",
    ),
    "time zone": (
        spoil("closes.csv", 4, "2024-01-04 05:00:00+00:00,10,20,40"),
        r"^closes\.csv: 2024-01-04 05:00:00\+00:00 has a time zone, and the same moment falls on "
        r"different trading days in different zones\. Write the exchange's trading day as YYYY-MM-DD\.$",
    ),
    "time zone in Parquet": (
        parquet("closes.parquet", ZONED),
        r"^closes\.parquet: a timestamp in UTC has a time zone, and the same moment falls on different trading days",
    ),
    "time of day": (
        parquet("closes.parquet", AT_NOON),
        r"^closes\.parquet: 2024-01-02T12:00:00.* has a time of day; daily data needs dates\. Keep the date only\.$",
    ),
    "one asset's table": (
        spoil("closes.csv", 1, "Date,Open,High,Close"),
        r"^closes\.csv: looks like one asset's table \(columns: Date, Open, High, Close\)\. "
        r"\[data\] closes needs dates down and one column per ticker; pivot it\.$",
    ),
    "a long table": (
        spoil("closes.csv", 1, "Date,Ticker,Close,Volume"),
        r"^closes\.csv: looks like a long table, one row per date and ticker",
    ),
    "benchmark of two columns": (
        lambda files: files.rows.update({"benchmark.csv": ["Date,Close,Adj Close", "2024-01-02,1,2"]}),
        r"^benchmark\.csv: \[data\] benchmark needs one column close or adj close beside the date; "
        r"found both Close and Adj Close, and only one can be meant",
    ),
    "benchmark without a level": (
        lambda files: files.rows.update({"benchmark.csv": ["Date,Close", "2024-01-02,", "2024-01-03,N/A"]}),
        r"^benchmark\.csv: column Close is empty\. Give at least one level\.$",
    ),
    "benchmark at zero": (
        spoil("benchmark.csv", 3, "2024-01-03,0"),
        r"^benchmark\.csv, 2024-01-03: Close has level 0; a level is above zero\.",
    ),
    "cash in per cent": (
        spoil("cash.csv", 2, "2024-01-02,4.5"),
        r"^cash\.csv, 2024-01-02: rate 4\.5 is 450% a year\. Rates are fractions: write 0\.045 for 4\.5 per cent\.$",
    ),
    "dividends without their column": (
        spoil("dividends.csv", 1, "date,ticker,amount"),
        r"^dividends\.csv: no column dividend; found date, ticker, amount\. "
        r"\[data\] dividends needs date, ticker and dividend\.$",
    ),
    "negative dividend": (
        lambda files: files.rows["dividends.csv"].append("2024-01-05,AA,-0.5"),
        r"^dividends\.csv, 2024-01-05: AA with dividend -0\.5; every row needs a ticker and a dividend above zero\. "
        r"Mend or remove the row\.$",
    ),
    "dividend listed twice": (
        lambda files: files.rows["dividends.csv"].extend(["2024-01-05,AA,0.5", "2024-01-05,AA,0.5"]),
        r"^dividends\.csv, 2024-01-05: AA has two rows with a dividend, the second 0\.5\. Keep one\.$",
    ),
    "two splits on a day": (
        lambda files: files.rows["splits.csv"].extend(["2024-01-05,AA,2", "2024-01-05,AA,4"]),
        r"^splits\.csv, 2024-01-05: AA has two rows with a ratio, the second 4\. Keep one\.$",
    ),
    "no rates at all": (
        spoil("universe.csv", 2, "AA,Alpha,Utilities,capex,GB,GBP"),
        r"^\[data\] fx: missing, and the run needs rates between GBP, USD\. Give a file of units per 1 EUR\.$",
    ),
    "currency without rates": (
        lambda files: (
            files.edit("universe.csv", 2, "AA,Alpha,Utilities,capex,CH,CHF"),
            files.rows.update({"fx.csv": ["Date,USD,CHF", "2024-01-02,1.1,N/A"]}),
            files.data.update(fx="fx.csv"),
        ),
        r"^fx\.csv: no rates for CHF, the currency of AA\. Found USD\. Add a column of units per 1 EUR\.$",
    ),
    "start after end": (
        settings(start="2024-02-01", end="2024-01-10"),
        r"^\[data\] start 2024-02-01 is after end 2024-01-10\. Put the earlier day in start, the later one in end\.$",
    ),
    "no trading day in the window": (
        settings(start="2024-01-06", end="2024-01-07"),
        r"^closes\.csv: no trading day from 2024-01-06 to 2024-01-07; the file holds 2024-01-02 to 2024-02-12\. "
        r"Change \[data\] start or end\.$",
    ),
    "adjusted sample": (
        lambda files: (files.data.clear(), files.data.update(source="sample", price_adjustment="splits")),
        r'^\[data\] price_adjustment: found "splits", but the sample market holds raw closes\. '
        r'Write price_adjustment = "none" or leave the key out\.$',
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_sentence(files, case):
    change, message = BAD[case]
    change(files)
    with pytest.raises(DataError, match=message) as caught:
        files.read()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_two_different_dividends_on_one_day_are_both_paid(files):
    files.rows["dividends.csv"] += ["2024-01-05,AA,0.5", "2024-01-05,AA,1.5"]
    assert files.read().dividends["amount"].sum() == 2.0


def test_a_file_beyond_the_limits_is_not_parsed(files, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 50)
    with pytest.raises(
        DataError, match=r"^closes\.csv: \d+ bytes; at most 50 are read\. Cut the file to the window\.$"
    ):
        files.read()
    monkeypatch.setattr(tables, "MAX_BYTES", 10_000_000)
    monkeypatch.setattr(tables, "MAX_ROWS", 10)
    with pytest.raises(DataError, match=r"^closes\.csv: 30 rows of 4 columns; at most 10 rows"):
        files.read()


def test_tickers_that_are_also_words_are_tickers(files):
    """LOW and OPEN are companies; a table that holds them is still date x ticker."""
    files.rows["closes.csv"][0] = "date,LOW,OPEN,CC"
    files.edit("universe.csv", 2, "LOW,Alpha,Utilities,capex,US,USD")
    files.edit("universe.csv", 3, "OPEN,Beta,Energy,adopter,US,USD")
    for key in ("volumes", "shares"):
        del files.data[key]
    assert list(files.read().closes.columns) == ["LOW", "OPEN", "CC"]


def test_empty_cells_are_not_zero(files):
    files.edit("closes.csv", 4, "2024-01-04,,20,40")
    assert np.isnan(files.read().closes.loc["2024-01-04", "AA"])
