"""Ticker changes: several tickers, one name, and no day on which two companies are mixed up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.errors import DataError
from backtest.market.quality import examine
from backtest.market.renames import parse_ticker_changes, renamed, spans_of, spliced

DAY = "2024-01-15"


def split_column(files, name: str, old: str, day: str = DAY) -> None:
    """The file `name` as a supplier writes it who follows tickers: AA's cells under `old` until `day`."""
    header, *body = files.rows[name]
    lines = [line.split(",") for line in body]
    files.rows[name] = [
        f"{header},{old}",
        *(
            ",".join([cells[0], *(["", *cells[2:], cells[1]] if cells[0] < day else [*cells[1:], ""])])
            for cells in lines
        ),
    ]


def moving(files) -> None:
    """AA closes at 10, 11, 12, ... and is paid twice."""
    for i, line in enumerate(files.rows["closes.csv"][1:], start=1):
        cells = line.split(",")
        files.rows["closes.csv"][i] = ",".join([cells[0], str(9 + i), *cells[2:]])
    files.rows["dividends.csv"] += ["2024-01-10,AA,0.5", "2024-01-17,AA,0.25"]


def change(files, *rows: str) -> None:
    files.rows["changes.csv"] = ["date,old,new", *rows]
    files.data["ticker_changes"] = "changes.csv"


def test_a_name_under_two_tickers_is_the_same_market(files):
    moving(files)
    whole = files.panel()
    for name in ("closes.csv", "volumes.csv", "shares.csv"):
        split_column(files, name, "OLD")
    files.rows["shares.csv"][0] = "date,AA,BB,CC,OLD"
    files.rows["dividends.csv"][1] = "2024-01-10,OLD,0.5"
    change(files, f"{DAY},OLD,AA")
    panel = files.panel()
    assert panel.assets == ("AA", "BB", "CC")
    for name in ("prices", "closes", "volumes", "traded_value", "benchmark_weights"):
        assert getattr(panel, name).tobytes() == getattr(whole, name).tobytes(), name


def test_a_chain_of_two_changes(files):
    moving(files)
    whole = files.panel()
    split_column(files, "closes.csv", "OLD", "2024-01-22")
    header, *body = files.rows["closes.csv"]
    lines = [line.split(",") for line in body]
    files.rows["closes.csv"] = [
        f"{header},FIRST",
        *(",".join([*c[:4], "", c[4]] if c[0] < "2024-01-08" else [*c, ""]) for c in lines),
    ]
    files.rows["dividends.csv"][1] = "2024-01-10,OLD,0.5"
    change(files, "2024-01-22,OLD,AA", "2024-01-08,FIRST,OLD")
    assert files.panel().prices.tobytes() == whole.prices.tobytes()


def test_a_change_after_the_last_close_is_not_known_yet(files):
    moving(files)
    whole = files.panel()
    change(files, "2024-06-03,AA,NEXT")
    assert files.panel().prices.tobytes() == whole.prices.tobytes()


def test_half_spreads_and_spin_offs_follow_the_ticker_too(files):
    split_column(files, "closes.csv", "OLD")
    files.rows["spreads.csv"] = ["date,OLD,AA", "2024-01-02,5,", "2024-01-18,,7"]
    files.rows["spin.csv"] = ["date,ticker,child,ratio", "2024-01-10,OLD,BB,0.1"]
    files.data |= {"half_spreads": "spreads.csv", "spin_offs": "spin.csv"}
    change(files, f"{DAY},OLD,AA")
    raw, panel = files.read(), files.panel()
    assert list(raw.spin_offs["asset"]) == ["AA"]
    assert panel.half_spreads[[0, 11, 12, 29], 0] == pytest.approx([0.0005, 0.0005, 0.0007, 0.0007])


def test_a_supplier_who_rewrites_the_past_under_the_new_ticker_is_left_as_it_is(files):
    moving(files)
    whole = files.panel()
    change(files, f"{DAY},OLD,AA")
    assert files.panel().prices.tobytes() == whole.prices.tobytes()


def test_both_tickers_with_the_same_value_are_one(files):
    moving(files)
    whole = files.panel()
    header, *body = files.rows["closes.csv"]
    files.rows["closes.csv"] = [f"{header},OLD", *(f"{line},{line.split(',')[1]}" for line in body)]
    files.rows["dividends.csv"].append("2024-01-10,OLD,0.5")
    change(files, f"{DAY},OLD,AA")
    assert files.panel().prices.tobytes() == whole.prices.tobytes()


def test_changes_of_strangers_are_noted_and_a_child_may_be_renamed(files):
    change(files, f"{DAY},XX,YY")
    notes = [f.message for f in examine(files.read(), files.mandate()) if f.id == "TICK-01"]
    assert notes == ["changes.csv: YY: not in the universe; these rows are left out."]


def cell(files, line: int, column: int, text: str) -> None:
    cells = files.rows["closes.csv"][line - 1].split(",")
    cells[column] = text
    files.edit("closes.csv", line, ",".join(cells))


BAD = {
    "both tickers, two values": (
        lambda f: (change(f, f"{DAY},OLD,AA"), cell(f, 4, 1, "10.5")),
        r"^closes\.csv, 2024-01-04: AA has 10\.5 on a day on which it was not the ticker of AA, which has 12\. "
        r"Empty the cell, or mend the date in \[data\] ticker_changes\.$",
    ),
    "the old ticker goes on": (
        lambda f: (change(f, f"{DAY},OLD,AA"), cell(f, 12, 4, "19.5")),
        r"^closes\.csv, 2024-01-16: OLD has 19\.5 on a day on which it was not the ticker of AA, which has 20\.",
    ),
    "the new ticker before its day": (
        lambda f: (change(f, f"{DAY},OLD,AA"), cell(f, 5, 4, ""), cell(f, 5, 1, "13")),
        r"^closes\.csv, 2024-01-05: AA has 13 on a day on which it was not the ticker of AA, which has no value\.",
    ),
    "the wrong day": (
        lambda f: change(f, "2024-01-17,OLD,AA"),
        r"^closes\.csv, 2024-01-15: AA has 19 on a day on which it was not the ticker of AA, which has no value\.",
    ),
    "dividends that differ": (
        lambda f: (
            change(f, f"{DAY},OLD,AA"),
            f.rows["dividends.csv"].extend(["2024-01-11,AA,0.5", "2024-01-11,OLD,0.6"]),
        ),
        r"^dividends\.csv, 2024-01-11: AA has one dividend under each of its tickers, and they differ: "
        r"AA 0\.5 and OLD 0\.6\. Keep the right one\.$",
    ),
    "splits that differ": (
        lambda f: (
            change(f, f"{DAY},OLD,AA"),
            f.rows["splits.csv"].extend(["2024-01-11,AA,2", "2024-01-11,OLD,4"]),
        ),
        r"^splits\.csv, 2024-01-11: AA has one ratio under each of its tickers, and they differ: AA 2 and OLD 4\.",
    ),
    "an old ticker that nobody has": (
        lambda f: change(f, f"{DAY},OLDD,AA"),
        r"^changes\.csv, 2024-01-15: OLDD has no column in closes\.csv, and AA no close before that day\. "
        r"Did you mean OLD\? Add the column, or remove the row\.$",
    ),
    "a universe that kept the old ticker": (
        lambda f: change(f, f"{DAY},CC,DD"),
        r"^changes\.csv, 2024-01-15: CC became DD, and the universe still calls it CC\. Write DD there\.$",
    ),
    "a misspelt ticker": (
        lambda f: change(f, f"{DAY},OLD,A-A"),
        r"^changes\.csv: ticker A-A is not in the universe, which writes AA\. Spell it the same way in both\.$",
    ),
    "the same ticker twice": (
        lambda f: change(f, f"{DAY},AA,AA"),
        r"^changes\.csv, line 2: found old 'AA' and new 'AA'\. Give two different tickers, or remove the row\.$",
    ),
    "no ticker": (
        lambda f: change(f, f"{DAY},,AA"),
        r"^changes\.csv, line 2: found old '' and new 'AA'\. Give two different tickers, or remove the row\.$",
    ),
    "a bad date": (
        lambda f: change(f, "15/01/2024,OLD,AA"),
        r"^changes\.csv, line 2: date '15/01/2024' cannot be read\. Write dates as YYYY-MM-DD\.$",
    ),
    "one ticker becomes two": (
        lambda f: change(f, f"{DAY},OLD,AA", f"{DAY},OLD,BB"),
        r"^changes\.csv, 2024-01-15: OLD stands twice as old\. Keep one of the rows\.$",
    ),
    "no such column": (
        lambda f: (change(f), f.edit("changes.csv", 1, "date,from,to")),
        r"^changes\.csv: no column old\. Found date, from, to; \[data\] ticker_changes needs date, old, new\.$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said_in_one_sentence(files, case):
    moving(files)
    files.rows["dividends.csv"] = files.rows["dividends.csv"][:1]
    split_column(files, "closes.csv", "OLD")
    spoil, message = BAD[case]
    spoil(files)
    with pytest.raises(DataError, match=message) as caught:
        files.read()
    assert "\n" not in str(caught.value)


def test_an_empty_list_of_changes_changes_nothing(files):
    change(files)
    assert files.panel().assets == ("AA", "BB", "CC")


def changes(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return parse_ticker_changes(pd.DataFrame(rows, columns=["date", "old", "new"], dtype=object), "changes.csv")


def test_a_ticker_that_passes_from_one_company_to_another_belongs_to_both_in_turn():
    """X was A until the 3rd; Y took the ticker A on the 5th and was B before."""
    days = pd.DatetimeIndex(np.arange("2024-01-01", "2024-01-08", dtype="datetime64[D]").astype("datetime64[s]"))
    nan = np.nan
    table = pd.DataFrame(
        {"A": [1, 1, nan, nan, 9, 9, 9], "X": [nan, nan, 1, 1, 1, 1, 1], "B": [9, 9, 9, 9, nan, nan, nan]}, index=days
    )
    spans = spans_of(["X", "A"], changes(("2024-01-03", "A", "X"), ("2024-01-05", "B", "A")), "changes.csv")
    joined = spliced(table, spans, "closes.csv")
    assert sorted(joined.columns) == ["A", "X"]
    assert (joined["X"] == 1.0).all() and (joined["A"] == 9.0).all()
    events = pd.DataFrame({"date": days[[0, 4]], "asset": ["A", "A"], "amount": [1.0, 2.0]})
    assert list(renamed(events, spans, "amount", "dividends.csv")["asset"]) == ["X", "A"]


def test_a_ticker_left_and_taken_on_one_day_belongs_to_the_one_that_takes_it():
    """A became X, and B became A, both on the 3rd, in whichever order the rows stand."""
    for rows in ((("A", "X"), ("B", "A")), (("B", "A"), ("A", "X"))):
        spans = spans_of(["A", "X"], changes(*(("2024-01-03", *row) for row in rows)), "changes.csv")
        assert [s.ticker for s in spans["A"]] == ["A", "B"]
        assert [s.ticker for s in spans["X"]] == ["X", "A"]


def test_a_company_may_take_back_its_old_ticker():
    spans = spans_of(["A"], changes(("2024-01-03", "A", "B"), ("2024-01-05", "B", "A")), "changes.csv")
    assert [(s.ticker, str(s.first)) for s in spans["A"]][:2] == [("A", "2024-01-05"), ("B", "2024-01-03")]
    assert spans["A"][2].ticker == "A" and len(spans["A"]) == 3


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), count=st.integers(2, 5), length=st.integers(8, 40))
def test_cutting_columns_at_changes_and_splicing_them_is_nothing(data, count, length):
    """Any number of names, each cut at any days into any number of tickers, comes back to the bit."""
    days = np.datetime64("2024-01-01") + np.arange(length)
    index = pd.DatetimeIndex(days.astype("datetime64[s]"), name="date")
    names = [f"N{i}" for i in range(count)]
    chance = np.random.Generator(np.random.PCG64(data.draw(st.integers(0, 1000))))
    values = np.where(chance.random((length, count)) < 0.2, np.nan, chance.uniform(1.0, 9.0, (length, count)))
    whole = pd.DataFrame(values, index=index, columns=names)
    cut, rows = {}, []
    for j, name in enumerate(names):
        cuts = sorted(data.draw(st.lists(st.integers(1, length - 1), max_size=3, unique=True)))
        tickers = [f"{name}_{k}" for k in range(len(cuts))] + [name]
        for k, ticker in enumerate(tickers):
            first, end = ([0, *cuts])[k], ([*cuts, length])[k]
            inside = (np.arange(length) >= first) & (np.arange(length) < end)
            cut[ticker] = np.where(inside, values[:, j], np.nan)
            if k:
                rows.append((str(days[first]), tickers[k - 1], ticker))
    spans = spans_of(names, changes(*data.draw(st.permutations(rows))), "changes.csv")
    joined = spliced(pd.DataFrame(cut, index=index), spans, "closes.csv")
    pd.testing.assert_frame_equal(joined[names], whole, check_exact=True)
