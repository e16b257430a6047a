"""Published figures: read strictly, known from the right close, restated from the right day, and quick to ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtest.errors import DataError, MandateError, RunError, StrategyError
from backtest.market.history import History
from backtest.market.prices import read_panel, write_panel
from backtest.market.quality import examine

HEADER = "ticker,field,period_end,published,value"
# The calendar of `files` runs from Tuesday 2 January to Monday 12 February 2024, all weekdays.
ROWS = [
    "AA,sales,2023-09-30,2023-11-02,100",
    "AA,sales,2023-12-31,2024-01-15,110",
    "AA,sales,2023-12-31,2024-01-25,108",
    "BB,sales,2023-12-31,2024-01-20,50",
    "AA,margin,2023-12-31,2024-01-15,0.4",
    "ZZ,sales,2023-12-31,2024-01-15,9",
]


@pytest.fixture
def told(files):
    files.rows["fundamentals.csv"] = [HEADER, *ROWS]
    files.data["fundamentals"] = "fundamentals.csv"
    return files


def on(panel, day: str) -> History:
    return History(panel, int(np.searchsorted(panel.dates, np.datetime64(day))), np.zeros((1, 3)), 0)


def same(found: np.ndarray, expected: list[list[float]]) -> None:
    assert found.shape == np.reshape(expected, (-1, 3)).shape
    np.testing.assert_array_equal(found, expected)


NAN = float("nan")
BEFORE, FIRST = [[100.0, NAN, NAN]], [[100.0, NAN, NAN], [110.0, NAN, NAN]]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-01-02", BEFORE),
        ("2024-01-15", BEFORE),
        ("2024-01-16", FIRST),
        ("2024-01-19", FIRST),
        ("2024-01-22", [[100.0, NAN, NAN], [110.0, 50.0, NAN]]),
        ("2024-01-25", [[100.0, NAN, NAN], [110.0, 50.0, NAN]]),
        ("2024-01-26", [[100.0, NAN, NAN], [108.0, 50.0, NAN]]),
    ],
)
def test_a_figure_is_known_from_the_close_after_its_publication_and_a_restatement_replaces_it(told, day, expected):
    """A report of Saturday 20 January is known on Monday; periods line up from below, each name's latest last."""
    same(on(told.panel(), day).fundamental("sales"), expected)


def test_the_periods_stand_where_the_figures_do(told):
    periods = on(told.panel(), "2024-01-22").fundamental_periods("sales")
    assert periods.dtype == np.dtype("datetime64[D]")
    assert [[str(p) for p in row] for row in periods] == [["2023-09-30", "NaT", "NaT"], ["2023-12-31"] * 2 + ["NaT"]]


@pytest.mark.parametrize(
    ("delay", "published", "known"),
    [
        (0, "2024-01-15", "2024-01-15"),
        (0, "2024-01-20", "2024-01-22"),
        (1, "2024-01-15", "2024-01-16"),
        (1, "2024-01-20", "2024-01-22"),
        (2, "2024-01-20", "2024-01-23"),
        (10, "2024-01-15", "2024-01-29"),
        (0, "2023-12-29", "2024-01-02"),
        (1, "2023-12-29", "2024-01-02"),
        (3, "2024-01-01", "2024-01-04"),
        (3, "2023-12-29", "2024-01-03"),
        (3, "2023-12-01", "2024-01-02"),
        (0, "2024-02-12", "2024-02-12"),
        (1, "2024-02-12", None),
        (0, "2024-02-13", None),
    ],
)
def test_the_delay_counts_trading_days_after_publication(told, delay, published, known):
    told.rows["fundamentals.csv"] = [HEADER, f"AA,sales,2023-12-31,{published},7"]
    told.data["fundamentals_delay"] = delay
    panel = told.panel()
    day = int(panel.fundamentals.known[0])
    assert (str(panel.dates[day]) if day < len(panel.dates) else None) == known
    first = next((t for t in range(30) if len(on(panel, str(panel.dates[t])).fundamental("sales"))), None)
    assert first == (day if known else None)


def test_the_delay_counts_days_before_the_window_too(told):
    """The window starts on Monday 15 January; the files earlier."""
    told.rows["fundamentals.csv"] = [HEADER, "AA,sales,2023-12-31,2024-01-11,7", "BB,sales,2023-12-31,2024-01-12,8"]
    told.data |= {"fundamentals_delay": 2, "start": "2024-01-15"}
    assert list(told.panel().fundamentals.known) == [0, 1]


def test_a_later_word_before_the_window_is_the_one_that_counts(told):
    told.rows["fundamentals.csv"] = [
        HEADER,
        "AA,sales,2023-09-30,2023-12-20,7",
        "AA,sales,2023-09-30,2023-11-02,5",
        "AA,sales,2023-09-30,2024-01-13,9",
        "AA,sales,2023-09-30,2024-01-12,8",
    ]
    panel = told.panel()
    assert list(panel.fundamentals.value) == [7.0, 9.0], "and of two that become known on one Monday, the later one"
    same(on(panel, "2024-01-12").fundamental("sales"), [[7.0, NAN, NAN]])
    same(on(panel, "2024-01-15").fundamental("sales"), [[9.0, NAN, NAN]])


def test_a_period_that_lies_ahead_is_guidance(told):
    told.rows["fundamentals.csv"].append("CC,guidance,2024-12-31,2024-01-15,62.5")
    same(on(told.panel(), "2024-01-16").fundamental("guidance"), [[NAN, NAN, 62.5]])


def test_before_any_figure_the_table_is_empty(told):
    found = on(told.panel(), "2024-01-02").fundamental("margin")
    assert found.shape == (0, 3) and found.dtype == np.float64
    assert on(told.panel(), "2024-01-02").fundamental_periods("margin").shape == (0, 3)


@pytest.mark.parametrize("asked", ["fundamental", "fundamental_periods"])
def test_an_unknown_field_is_answered_with_those_there_are(told, asked):
    with pytest.raises(
        StrategyError,
        match=rf"^history\.{asked}\('margins'\): no such field\. Did you mean margin\? Allowed: margin, sales\.$",
    ):
        getattr(on(told.panel(), "2024-01-22"), asked)("margins")
    del told.data["fundamentals"]
    with pytest.raises(StrategyError, match=rf"^history\.{asked}\('sales'\): the mandate gives no fundamentals\."):
        getattr(on(told.panel(), "2024-01-22"), asked)("sales")


def test_what_is_handed_out_is_a_new_array_that_leads_nowhere(told):
    panel = told.panel()
    history = on(panel, "2024-01-22")
    for asked in (history.fundamental, history.fundamental_periods):
        first, second = asked("sales"), asked("sales")
        assert first.base is None and not first.flags.writeable
        assert first is not second and not np.shares_memory(first, second)
    mine = history.fundamental("sales")
    mine.setflags(write=True)
    mine[:] = -1.0
    same(history.fundamental("sales"), [[100.0, NAN, NAN], [110.0, 50.0, NAN]])
    for array in (v for v in vars(panel.fundamentals).values() if isinstance(v, np.ndarray)):
        assert not array.flags.writeable


# ---------------------------------------------------------------------------------------------------- files


def test_figures_come_back_from_their_file_to_the_bit(told, tmp_path):
    told.rows["fundamentals.csv"] += ["CC,margin,2023-12-31,2024-03-01,0.2"]
    panel = told.panel()
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    files = [write_panel(panel, folder) for folder in folders]
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]
    assert sorted(p.name for p in files[0]) == sorted(p.name for p in folders[0].iterdir())
    back = read_panel(folders[0]).fundamentals
    assert back is not None and back.fields == panel.fundamentals.fields == ("margin", "sales")
    assert back.known.max() == len(panel.dates)
    for name in ("field", "asset", "period", "known", "value"):
        mine, other = getattr(panel.fundamentals, name), getattr(back, name)
        assert mine.dtype == other.dtype and mine.tobytes() == other.tobytes() and not other.flags.writeable, name


def test_no_figures_are_read_where_the_panel_has_none(told, tmp_path):
    panel = told.panel()
    write_panel(panel, tmp_path)
    assert (tmp_path / "fundamentals.parquet").exists()
    names = [p.name for p in write_panel(replace(panel, fundamentals=None), tmp_path)]
    assert "fundamentals.parquet" not in names
    assert read_panel(tmp_path).fundamentals is None
    empty = replace(panel.fundamentals, **{k: v[:0] for k, v in vars(panel.fundamentals).items() if k in ARRAYS})
    write_panel(replace(panel, fundamentals=empty), tmp_path)
    assert read_panel(tmp_path).fundamentals.fields == ("margin", "sales")


ARRAYS = ("field", "asset", "period", "known", "value")


def test_figures_of_another_run_are_refused(told, tmp_path):
    panel = told.panel()
    write_panel(panel, tmp_path)
    (tmp_path / "other").mkdir()
    write_panel(replace(panel, dates=panel.dates + 1000), tmp_path / "other")
    (tmp_path / "fundamentals.parquet").write_bytes((tmp_path / "other" / "fundamentals.parquet").read_bytes())
    with pytest.raises(RunError, match=r"fundamentals\.parquet: its days or tickers differ from series\.parquet and"):
        read_panel(tmp_path)


def test_parquet_with_dates_and_numbers_is_read_alike(told, tmp_path):
    import pandas as pd

    plain = told.panel().fundamentals
    cells = [row.split(",") for row in ROWS]
    frame = pd.DataFrame(cells, columns=HEADER.split(","))
    frame["published"] = pd.to_datetime(frame["published"])
    frame["period_end"] = pd.to_datetime(frame["period_end"]).dt.date
    frame["value"] = frame["value"].astype(float)
    frame.to_parquet(tmp_path / "fundamentals.parquet")
    told.data["fundamentals"] = "fundamentals.parquet"
    other = told.panel().fundamentals
    assert all(getattr(plain, name).tobytes() == getattr(other, name).tobytes() for name in ARRAYS)


BAD = {
    "a snapshot": (
        ["ticker,trailingPE,marketCap", "AA,12,1e9"],
        r"^fundamentals\.csv: no column published\. That is a snapshot, and to use today's figures for the past is "
        r"look-ahead\. Give each figure with the day it was published: ticker, field, period_end, published, value\.$",
    ),
    "a misspelt publication": (
        ["ticker,field,period_end,publishd,value", "AA,sales,2023-12-31,2024-01-15,7"],
        r"look-ahead\. Did you mean publishd\? Give each",
    ),
    "a column short": (
        ["ticker,fields,period_end,published,value", "AA,sales,2023-12-31,2024-01-15,7"],
        r"^fundamentals\.csv: no column field\. Did you mean fields\? Found ticker, fields, period_end, published, "
        r"value; \[data\] fundamentals needs ticker, field, period_end, published, value\.$",
    ),
    "no day of publication": (
        [HEADER, *ROWS, "AA,sales,2023-06-30,,7"],
        r"^fundamentals\.csv, line 8: no published\. Give the date, or remove the row\.$",
    ),
    "a day that is none": (
        [HEADER, *ROWS, "AA,sales,30/06/2023,2023-07-20,7"],
        r"^fundamentals\.csv, line 8: period_end '30/06/2023' is no date\. Write YYYY-MM-DD, such as 2024-03-28\.$",
    ),
    "no ticker": ([HEADER, ",sales,2023-12-31,2024-01-15,7"], r"^fundamentals\.csv, line 2: no ticker\. Give it, or"),
    "no field": ([HEADER, "AA,,2023-12-31,2024-01-15,7"], r"^fundamentals\.csv, line 2: no field\. Give it, or"),
    "an infinite value": (
        [HEADER, *ROWS, "AA,sales,2023-06-30,2023-07-20,inf"],
        r"^fundamentals\.csv, line 8: sales of AA for 2023-06-30 is 'inf', and a value is a finite number\. "
        r"Mend it, or remove the row\.$",
    ),
    "an empty value": ([HEADER, "AA,sales,2023-06-30,2023-07-20,"], r"sales of AA for 2023-06-30 is nothing, and a"),
    "a word for a value": ([HEADER, "AA,sales,2023-06-30,2023-07-20,n.m."], r"is 'n\.m\.', and a value is"),
    "a figure twice": (
        [HEADER, *ROWS, "AA,sales,2023-12-31,2024-01-15,111"],
        r"^fundamentals\.csv, line 8: sales of AA for 2023-12-31 published on 2024-01-15 has a row already\. "
        r"Keep one; a restatement has a later date\.$",
    ),
    "nobody's figures": (
        [HEADER, "XX,sales,2023-12-31,2024-01-15,7", "YY,sales,2023-12-31,2024-01-15,7"],
        r"^fundamentals\.csv: no row of any ticker of the universe; found XX, YY\. Name the companies by ticker, or",
    ),
    "a ticker spelt otherwise": (
        [HEADER, *ROWS, "A.A,sales,2023-06-30,2023-07-20,7"],
        r"^fundamentals\.csv: ticker A\.A is not in the universe, which writes AA\.",
    ),
    "no rows": ([HEADER], r"^fundamentals\.csv: a header and no rows\. Give at least one row of fundamentals\.$"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_figures_end_in_one_sentence(told, case):
    rows, message = BAD[case]
    told.rows["fundamentals.csv"] = rows
    with pytest.raises(DataError, match=message) as caught:
        told.read()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("delay", [-1, 11, 1.5])
def test_a_delay_outside_its_range_is_refused(told, delay):
    told.data["fundamentals_delay"] = delay
    with pytest.raises(MandateError, match=rf"\[data\] fundamentals_delay: found {delay}\."):
        told.mandate()


def test_the_file_is_among_the_inputs(told):
    assert [(i.path, i.rows) for i in told.read().inputs if i.name == "fundamentals"] == [("fundamentals.csv", 6)]


def test_a_name_keeps_the_figures_of_its_old_ticker(told):
    told.rows["changes.csv"] = ["date,old,new", "2024-01-16,OLD,AA"]
    told.data["ticker_changes"] = "changes.csv"
    told.rows["fundamentals.csv"] = [
        HEADER,
        "OLD,sales,2023-09-30,2023-11-02,100",
        "OLD,margin,2023-09-30,2023-11-02,0.4",
        "AA,sales,2023-09-30,2023-11-02,100",
        "AA,sales,2023-12-31,2024-01-18,110",
    ]
    history = on(told.panel(), "2024-01-22")
    same(history.fundamental("sales"), [[100.0, NAN, NAN], [110.0, NAN, NAN]])
    same(history.fundamental("margin"), [[0.4, NAN, NAN]])
    told.edit("fundamentals.csv", 4, "AA,sales,2023-09-30,2023-11-02,101")
    with pytest.raises(DataError, match=r"^fundamentals\.csv, 2023-11-02: AA has one value under each of its tickers"):
        told.read()


# ---------------------------------------------------------------------------------------------------- the doctor


def findings(files) -> dict[str, str]:
    return {f.id: f.message for f in examine(files.read(), files.mandate())}


def test_the_doctor_names_companies_that_are_not_in_the_universe(told):
    assert findings(told)["TICK-01"] == "fundamentals.csv: ZZ: not in the universe; these rows are left out."
    told.rows["fundamentals.csv"].pop()
    assert not {"TICK-01", "FUND-01", "FUND-02"} & set(findings(told))


def test_figures_published_on_the_last_day_of_their_period_are_doubted(told):
    told.rows["fundamentals.csv"] += ["CC,margin,2023-09-30,2023-09-30,0.1", "CC,margin,2023-12-31,2023-12-31,0.2"]
    assert findings(told)["FUND-01"] == (
        "fundamentals.csv: 2 of 3 figures of margin are published on the last day of their period. That suits a "
        "valuation of the day; for what companies report weeks later it is look-ahead: give the days of publication."
    )
    told.rows["fundamentals.csv"].pop()
    assert "FUND-01" not in findings(told)


def test_figures_that_are_old_or_still_to_come_are_named(told):
    told.rows["fundamentals.csv"] = [HEADER, "AA,sales,2022-12-31,2023-02-10,7", "ZZ,sales,2022-12-31,2024-02-10,7"]
    assert findings(told)["FUND-02"] == (
        "fundamentals.csv: nothing is published after 2023-02-10; its last figures stand until 2024-02-12."
    )
    told.edit("fundamentals.csv", 2, "AA,sales,2022-12-31,2023-02-13,7")
    assert "FUND-02" not in findings(told)
    told.edit("fundamentals.csv", 2, "AA,sales,2024-12-31,2024-02-13,7")
    assert (
        findings(told)["FUND-02"] == "fundamentals.csv: no figure is published by 2024-02-12, so no strategy sees one."
    )
