"""Spin-offs and special dividends: what a holder was given counts on the day on which it can be known."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.market.quality import examine

EX = "2024-01-10"


def column(panel, asset: str) -> np.ndarray:
    return panel.prices[:, panel.assets.index(asset)]


def row(panel, day: str) -> int:
    return int(np.searchsorted(panel.dates, np.datetime64(day)))


def closes(files, cells) -> None:
    """Rewrite every line of the closes by cells(day) -> (AA, BB, CC, NEW)."""
    days = [line[:10] for line in files.rows["closes.csv"][1:]]
    files.rows["closes.csv"] = ["date,AA,BB,CC,NEW", *(",".join([day, *map(str, cells(day))]) for day in days)]


def spin(files, *rows: str, header: str = "date,ticker,child,ratio") -> None:
    files.rows["spin.csv"] = [header, *(rows or (f"{EX},CC,NEW,0.5",))]
    files.data["spin_offs"] = "spin.csv"


def plain(files, first: str = EX) -> None:
    """CC falls from 40 to 34 on the ex-date; NEW trades at 12 from `first` on."""
    closes(files, lambda day: (10, 20, 40 if day < EX else 34, "" if day < first else 12))
    spin(files)


def test_half_a_share_of_a_child_at_twelve_makes_up_for_a_fall_of_six(files):
    plain(files)
    panel = files.panel()
    assert panel.assets == ("AA", "BB", "CC")
    assert column(panel, "CC") == pytest.approx(np.full(30, 40.0))
    assert panel.closes[-1, 2] == 34.0


def test_later_moves_of_the_child_do_not_matter(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else 34, "" if day < EX else 12 if day == EX else 500))
    spin(files)
    assert column(files.panel(), "CC")[-1] == pytest.approx(40.0)


def test_no_tax_is_withheld_from_a_spin_off(files):
    plain(files)
    files.data["withholding_tax"] = {"default": 0.30}
    assert column(files.panel(), "CC")[-1] == pytest.approx(40.0)


def test_the_worth_of_a_child_that_trades_later_comes_on_that_day_and_not_before(files):
    plain(files, first="2024-01-16")
    level = column(files.panel(), "CC")
    day = row(files.panel(), "2024-01-16")
    assert level[row(files.panel(), EX) : day] == pytest.approx(34.0)
    assert level[day:] == pytest.approx(34.0 * (34.0 + 6.0) / 34.0)


def test_closes_of_the_child_before_the_ex_date_do_not_count(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else 34, 90 if day < EX else 12))
    spin(files)
    assert column(files.panel(), "CC")[-1] == pytest.approx(40.0)


def test_a_parent_without_a_close_that_day_waits_for_its_next_one(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else "" if day < "2024-01-15" else 34, "" if day < EX else 12))
    spin(files)
    level = column(files.panel(), "CC")
    assert level == pytest.approx(np.full(30, 40.0))


def test_a_split_of_the_parent_between_the_ex_date_and_the_childs_first_close(files):
    """40, ex at 34, two for one at 17; then the child: half a share for each old share, a quarter for each new one."""
    closes(
        files,
        lambda day: (
            10,
            20,
            40 if day < EX else 34 if day < "2024-01-12" else 17,
            "" if day < "2024-01-16" else 12,
        ),
    )
    files.rows["splits.csv"].append("2024-01-12,CC,2")
    spin(files)
    level = column(files.panel(), "CC")
    assert level[row(files.panel(), "2024-01-15")] == pytest.approx(34.0)
    assert level[-1] == pytest.approx(40.0)


def test_a_split_on_the_ex_date_itself(files):
    """One old share of 40 becomes two of 17 and half a share of 12: 2 x 17 + 6 = 40."""
    closes(files, lambda day: (10, 20, 40 if day < EX else 17, "" if day < EX else 12))
    files.rows["splits.csv"].append(f"{EX},CC,2")
    spin(files)
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def test_two_children_on_one_day(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else 30, "" if day < EX else 12))
    spin(files, f"{EX},CC,NEW,0.5", f"{EX},CC,AA,0.4")
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def with_pounds(files) -> None:
    """EURUSD 1.2; EURGBP 0.8, from the 10th on 0.75: a pound is 1.5, then 1.6 dollars."""
    days = [line[:10] for line in files.rows["closes.csv"][1:]]
    files.rows["fx.csv"] = ["Date,USD,GBP", *(f"{day},1.2,{0.8 if day < EX else 0.75}" for day in days)]
    files.data["fx"] = "fx.csv"


def test_a_child_in_another_currency_is_converted_on_the_day_of_its_close(files):
    """Half a share at 7.5 pounds of 1.6 dollars: 6 dollars."""
    closes(files, lambda day: (10, 20, 40 if day < EX else 34, "" if day < EX else 7.5))
    with_pounds(files)
    spin(files, f"{EX},CC,NEW,0.5,GBP", header="date,ticker,child,ratio,currency")
    panel = files.panel()
    assert column(panel, "CC") == pytest.approx(np.full(30, 40.0))
    assert "GBP" in panel.fx


def test_a_parent_that_is_silent_on_that_day_gets_the_money_at_that_days_rate(files):
    """The child trades on the 9th at 1.5 dollars a pound, the parent again on the 10th, when a pound is 1.6."""
    closes(files, lambda day: (10, 20, 40 if day < "2024-01-08" else "" if day < EX else 34, 8))
    with_pounds(files)
    spin(files, "2024-01-09,CC,NEW,0.5,GBP", header="date,ticker,child,ratio,currency")
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def test_a_child_of_the_universe_has_its_own_currency(files):
    """BB is British: 7.5 pounds."""
    closes(files, lambda day: (10, 7.5, 40 if day < EX else 34, ""))
    with_pounds(files)
    files.edit("universe.csv", 3, "BB,Beta,Energy,adopter,GB,GBP")
    spin(files, f"{EX},CC,BB,0.5")
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def test_split_adjusted_closes_take_the_ratio_on_their_own_footing(files):
    plain(files)
    files.data["price_adjustment"] = "splits"
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def test_a_spin_off_before_the_parents_first_close_or_after_the_files_is_nobodys(files):
    closes(files, lambda day: (10, 20, "" if day < "2024-01-12" else 40, "" if day < "2024-01-16" else 12))
    spin(files, f"{EX},CC,NEW,0.5", "2023-06-01,AA,NEW,0.5", "2025-06-02,BB,NEW,0.5")
    panel = files.panel()
    for asset, price in (("AA", 10.0), ("BB", 20.0), ("CC", 40.0)):
        level = column(panel, asset)
        assert level[~np.isnan(level)] == pytest.approx(price)


def test_a_child_that_may_still_trade_pays_nothing_yet(files):
    """The files end on the fifth trading day after the ex-date."""
    plain(files, first="2099-01-01")
    files.rows["closes.csv"][-1] += "12"  # a close at last: the column is not empty
    files.data["end"] = "2024-01-17"
    assert column(files.panel(), "CC")[-1] == 34.0
    files.data["end"] = "2024-01-23"
    with pytest.raises(
        DataError,
        match=r"^spin\.csv, 2024-01-10: NEW has no close on the 10 trading days from then on, so nobody knows what "
        r"holders of CC were given\. Add its closes, or mend the date\.$",
    ):
        files.panel()


def test_the_tenth_trading_day_is_soon_enough(files):
    plain(files, first="2024-01-23")
    assert column(files.panel(), "CC")[-1] == pytest.approx(40.0)
    plain(files, first="2024-01-24")
    with pytest.raises(DataError, match="NEW has no close on the 10 trading days"):
        files.panel()


BAD = {
    "adjusted closes": (
        lambda f: f.data.update(price_adjustment="total_return"),
        r'^spin\.csv: closes with price_adjustment = "total_return" contain what spin-offs were worth\. '
        r"Take spin_offs out of \[data\], or give closes as they were traded\.$",
    ),
    "a child without closes": (
        lambda f: spin(f, f"{EX},CC,NEWW,0.5"),
        r"^spin\.csv, 2024-01-10: CC spun off NEWW, which has no column in closes\.csv\. Did you mean NEW\? "
        r"Add the child's closes\.$",
    ),
    "its own child": (
        lambda f: spin(f, f"{EX},CC,CC,0.5"),
        r"^spin\.csv, 2024-01-10: CC has child 'CC'\. Give the ticker of the company that was spun off\.$",
    ),
    "no child": (
        lambda f: spin(f, f"{EX},CC,0.5", header="date,ticker,ratio"),
        r"^spin\.csv, 2024-01-10: CC has child ''\. Give the ticker",
    ),
    "no ratio": (
        lambda f: spin(f, f"{EX},CC,NEW", header="date,ticker,child"),
        r"^spin\.csv: no column ratio; found date, ticker, child\. "
        r"\[data\] spin_offs needs date, ticker and ratio\.$",
    ),
    "a ratio of zero": (
        lambda f: spin(f, f"{EX},CC,NEW,0"),
        r"^spin\.csv, 2024-01-10: CC with ratio 0; every row needs a ticker and a ratio above zero\.",
    ),
    "one child twice": (
        lambda f: spin(f, f"{EX},CC,NEW,0.5", f"{EX},CC,NEW,0.6"),
        r"^spin\.csv, 2024-01-10: CC has two rows with a ratio, the second 0\.6\. Keep one\.$",
    ),
    "a currency in full": (
        lambda f: spin(f, f"{EX},CC,NEW,0.5,pounds", header="date,ticker,child,ratio,currency"),
        r"^spin\.csv, 2024-01-10: NEW has currency 'pounds'; give three capital letters\. "
        r"Mend it, or leave the cell empty\.$",
    ),
    "another currency than the universe's": (
        lambda f: spin(f, f"{EX},CC,BB,0.5,GBP", header="date,ticker,child,ratio,currency"),
        r"^spin\.csv, 2024-01-10: BB has currency 'GBP'; the universe says USD\.",
    ),
    "a currency without rates": (
        lambda f: spin(f, f"{EX},CC,NEW,0.5,GBP", header="date,ticker,child,ratio,currency"),
        r"^\[data\] fx: missing, and the run needs rates between GBP, USD\.",
    ),
    "a misspelt parent": (
        lambda f: spin(f, f"{EX},C-C,NEW,0.5"),
        r"^spin\.csv: ticker C-C is not in the universe, which writes CC\. Spell it the same way in both\.$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_said_in_one_sentence(files, case):
    plain(files)
    spoil, message = BAD[case]
    spoil(files)
    with pytest.raises(DataError, match=message) as caught:
        files.read()
    assert "\n" not in str(caught.value)


def test_a_rate_that_is_missing_before_the_window_is_missed_by_a_spin_off(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else 34, "" if day < EX else 7.5))
    files.rows["fx.csv"] = ["Date,USD,GBP", "2024-01-30,1.2,0.75", "2024-02-06,1.2,0.75"]
    files.data |= {"fx": "fx.csv", "start": "2024-01-30"}
    spin(files, f"{EX},CC,NEW,0.5,GBP", header="date,ticker,child,ratio,currency")
    with pytest.raises(
        DataError,
        match=r"^fx\.csv, 2024-01-10: no rate between GBP and USD that day, on which CC spun off NEW\. "
        r"Add the rates\.$",
    ):
        files.panel()


def findings(files) -> dict[str, str]:
    return {f.id: f.message for f in examine(files.read(), files.mandate())}


def test_a_spin_off_of_half_the_company_does_not_look_like_a_split(files):
    closes(files, lambda day: (10, 20, 40 if day < EX else 20, "" if day < EX else 40))
    spin(files)
    assert "SPLIT-01" not in findings(files)
    del files.data["spin_offs"]
    with pytest.raises(DataError, match="looks like a 2:1 split"):
        findings(files)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [("splits.csv", f"{EX},CC,1.18", "a split of 1.18"), ("dividends.csv", f"{EX},CC,6", "a dividend of 6")],
)
def test_a_spin_off_that_the_supplier_also_wrote_otherwise_is_counted_twice(files, name, line, words):
    plain(files)
    files.rows[name].append(line)
    message = f"CC has a spin-off and {words} on 2024-01-10: is one spin-off counted twice? Remove one."
    assert findings(files)["SPIN-01"] == message


def test_spin_offs_of_strangers_are_noted(files):
    plain(files)
    spin(files, f"{EX},ZZ,WW,0.5")
    assert findings(files)["TICK-01"] == "spin.csv: ZZ: not in the universe; these rows are left out."


@pytest.mark.parametrize("share", [0.4, 0.5])
def test_a_special_dividend_leaves_the_total_return_whole_and_is_no_split(files, share):
    """40 is paid out in part: 16 and 24 are 40, and so are 20 and 20, which alone would look like a 2:1 split."""
    closes(files, lambda day: (10, 20, 40 if day < EX else 40 * (1 - share), 1))
    files.rows["dividends.csv"].append(f"{EX},CC,{40 * share}")
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))
    assert "SPLIT-01" not in findings(files)
