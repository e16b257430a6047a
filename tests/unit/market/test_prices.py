"""Total return, currency, dates: one situation, one number worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import DataError, RunError
from backtest.market.prices import read_panel, write_panel

DAYS_IN_YEAR = 365.0


def column(panel, asset: str) -> np.ndarray:
    return panel.prices[:, panel.assets.index(asset)]


def row(panel, day: str) -> int:
    return int(np.searchsorted(panel.dates, np.datetime64(day)))


def set_closes(files, asset: int, closes: dict[str, str]) -> None:
    """Replace closes of one asset (0, 1, 2) on some days; '' takes them away."""
    lines = files.rows["closes.csv"]
    for i, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        if cells[0] in closes:
            cells[asset + 1] = closes[cells[0]]
            lines[i] = ",".join(cells)


def from_day(files, day: str, close: str) -> dict[str, str]:
    return {line[:10]: close for line in files.rows["closes.csv"][1:] if line[:10] >= day}


def test_flat_closes_give_flat_levels(files):
    panel = files.panel()
    assert panel.prices.shape == (30, 3)
    assert (column(panel, "AA") == 10.0).all()
    assert (panel.benchmark == 100.0).all()
    assert (panel.delisted == -1).all()
    assert panel.members.all()


def test_a_dividend_is_reinvested_at_the_close_of_its_ex_date(files):
    files.rows["dividends.csv"].append("2024-01-10,AA,0.5")
    level = column(files.panel(), "AA")
    assert level[6 - 1] == 10.0
    assert level[row(files.panel(), "2024-01-10") :] == pytest.approx(10.5)


def test_withholding_tax_is_taken_off_by_country(files):
    files.rows["dividends.csv"].append("2024-01-10,AA,1.0")
    files.data["withholding_tax"] = {"default": 0.0, "by_country": {"US": 0.30}}
    assert column(files.panel(), "AA")[-1] == pytest.approx(10.7)


def test_a_listed_split_changes_nothing_for_the_holder(files):
    files.rows["splits.csv"].append("2024-01-10,CC,4")
    set_closes(files, 2, from_day(files, "2024-01-10", "10"))
    assert column(files.panel(), "CC") == pytest.approx(np.full(30, 40.0))


def test_a_split_and_a_dividend_on_one_day(files):
    """One old share of 40 becomes four of 11 and is paid 2: (11 x 4 + 2) / 40 = 1.15."""
    files.rows["splits.csv"].append("2024-01-10,CC,4")
    files.rows["dividends.csv"].append("2024-01-10,CC,2")
    set_closes(files, 2, from_day(files, "2024-01-10", "11"))
    assert column(files.panel(), "CC")[-1] == pytest.approx(40.0 * 1.15)


def test_events_on_a_day_without_a_close_wait_for_the_next_one(files):
    set_closes(files, 0, {"2024-01-10": "", "2024-01-11": ""} | from_day(files, "2024-01-12", "5"))
    files.rows["dividends.csv"].append("2024-01-10,AA,0.5")
    files.rows["splits.csv"].append("2024-01-11,AA,2")
    panel = files.panel()
    level = column(panel, "AA")
    assert level[row(panel, "2024-01-11")] == 10.0
    assert level[row(panel, "2024-01-12")] == pytest.approx(10.5)


def test_events_on_a_weekend_wait_too(files):
    files.rows["dividends.csv"].append("2024-01-13,AA,0.5")
    panel = files.panel()
    assert column(panel, "AA")[row(panel, "2024-01-12")] == 10.0
    assert column(panel, "AA")[row(panel, "2024-01-15")] == pytest.approx(10.5)


def test_split_adjusted_closes_ignore_splits_and_adjusted_ones_ignore_dividends(files):
    files.rows["splits.csv"].append("2024-01-10,CC,4")
    files.rows["dividends.csv"].append("2024-01-10,AA,0.5")
    files.data["price_adjustment"] = "splits"
    panel = files.panel()
    assert column(panel, "CC")[-1] == 40.0
    assert column(panel, "AA")[-1] == pytest.approx(10.5)
    files.data["price_adjustment"] = "total_return"
    assert column(files.panel(), "AA")[-1] == 10.0


def with_pounds(files, rates: dict[str, str]) -> None:
    """AA is British; EURUSD is 1.2 every day, EURGBP as given, 0.8 else."""
    files.edit("universe.csv", 2, "AA,Alpha,Utilities,capex,GB,GBP")
    days = [line[:10] for line in files.rows["closes.csv"][1:]]
    files.rows["fx.csv"] = ["Date,USD,GBP", *(f"{day},1.2,{rates.get(day, '0.8')}" for day in days)]
    files.data["fx"] = "fx.csv"


def test_prices_are_converted_at_the_rate_of_the_day(files):
    """10 pounds at 1.2 / 0.8 dollars are 15; at 1.2 / 0.75 they are 16."""
    with_pounds(files, {"2024-02-12": "0.75"})
    panel = files.panel()
    assert column(panel, "AA")[0] == pytest.approx(15.0)
    assert column(panel, "AA")[-1] == pytest.approx(16.0)
    assert panel.fx["GBP"][-1] == pytest.approx(1.6)
    assert (panel.fx["USD"] == 1.0).all()


def test_the_benchmark_is_converted_too(files):
    with_pounds(files, {"2024-02-12": "0.75"})
    files.data["benchmark_currency"] = "GBP"
    benchmark = files.panel().benchmark
    assert benchmark[-1] / benchmark[0] == pytest.approx(0.8 / 0.75)


def test_a_rate_may_be_five_weekdays_old_and_not_six(files):
    silent = ["2024-01-15", "2024-01-16", "2024-01-17", "2024-01-18", "2024-01-19"]
    with_pounds(files, dict.fromkeys(silent, "N/A") | {"2024-01-12": "0.75"})
    panel = files.panel()
    assert panel.fx["GBP"][row(panel, "2024-01-19")] == pytest.approx(1.6)
    with_pounds(files, dict.fromkeys([*silent, "2024-01-22"], "N/A"))
    with pytest.raises(DataError, match=r"^fx\.csv, 2024-01-22: no rate for GBP that day nor in the 5 "):
        files.panel()


def test_rates_may_begin_after_the_closes_when_the_window_does(files):
    with_pounds(files, {f"2024-01-{day:02}": "N/A" for day in range(1, 12)})
    files.data["start"] = "2024-01-12"
    assert column(files.panel(), "AA")[0] == pytest.approx(15.0)


def test_a_suspended_name_carries_its_local_price_at_the_rate_of_the_day(files):
    with_pounds(files, {"2024-01-11": "0.75"})
    set_closes(files, 0, {"2024-01-10": "", "2024-01-11": "", "2024-01-12": ""})
    panel = files.panel()
    level = column(panel, "AA")
    assert level[row(panel, "2024-01-10")] == pytest.approx(15.0)
    assert level[row(panel, "2024-01-11")] == pytest.approx(16.0)
    assert not panel.traded[row(panel, "2024-01-11"), 0]
    assert np.isnan(panel.closes[row(panel, "2024-01-11"), 0])
    assert np.isnan(panel.traded_value[row(panel, "2024-01-11"), 0])


def test_a_level_is_nan_before_listing_and_after_delisting(files):
    before = {line[:10]: "" for line in files.rows["closes.csv"][1:] if line[:10] < "2024-01-08"}
    set_closes(files, 0, before)
    set_closes(files, 1, from_day(files, "2024-01-30", ""))
    panel = files.panel()
    assert np.isnan(column(panel, "AA")[: row(panel, "2024-01-08")]).all()
    assert not np.isnan(column(panel, "AA")[row(panel, "2024-01-08") :]).any()
    last = row(panel, "2024-02-05")  # five trading days after the last close, 29 January
    assert list(panel.delisted) == [-1, last, -1]
    assert (column(panel, "BB")[: last + 1] == 20.0).all()
    assert np.isnan(column(panel, "BB")[last + 1 :]).all()
    assert panel.members[: last + 1, 1].all() and not panel.members[last + 1 :, 1].any()
    assert not panel.traded[last, 1]


def test_a_declared_delisting_is_at_once(files):
    header, *names = files.rows["universe.csv"]
    days = ["", "2024-01-29", ""]
    files.rows["universe.csv"] = [f"{header},delisted", *(f"{n},{d}" for n, d in zip(names, days, strict=True))]
    panel = files.panel()
    last = row(panel, "2024-01-29")
    assert list(panel.delisted) == [-1, last, -1]
    assert np.isnan(panel.closes[last + 1 :, 1]).all() and not panel.members[last + 1 :, 1].any()


def test_closes_before_the_listing_date_are_left_out(files):
    header, first, *rest = files.rows["universe.csv"]
    files.rows["universe.csv"] = [f"{header},listed", f"{first},2024-01-08", *(f"{line}," for line in rest)]
    panel = files.panel()
    assert np.isnan(panel.closes[: row(panel, "2024-01-08"), 0]).all()
    assert not panel.members[: row(panel, "2024-01-08"), 0].any()


def test_a_day_on_which_most_names_have_no_close_is_no_trading_day(files):
    set_closes(files, 0, {"2024-01-15": "", "2024-01-16": ""})
    set_closes(files, 1, {"2024-01-15": ""})
    days = files.panel().dates.astype(str)
    assert "2024-01-15" not in days
    assert "2024-01-16" in days


def test_the_window_cuts_and_levels_go_on_from_before(files):
    files.rows["dividends.csv"].append("2024-01-03,AA,0.5")
    files.data |= {"start": "2024-01-10", "end": "2024-01-31"}
    panel = files.panel()
    assert list(panel.dates[[0, -1]].astype(str)) == ["2024-01-10", "2024-01-31"]
    assert column(panel, "AA")[0] == pytest.approx(10.5)


def test_weights_from_shares_in_issue(files):
    """10 x 1000, 20 x 1000 and 40 x 500 are worth 1 : 2 : 2."""
    assert files.panel().benchmark_weights == pytest.approx(np.tile([0.2, 0.4, 0.4], (30, 1)))


def test_new_shares_count_from_their_day(files):
    files.rows["shares.csv"].append("2024-01-10,1000,1000,1750")
    panel = files.panel()
    assert panel.benchmark_weights[row(panel, "2024-01-09")] == pytest.approx([0.2, 0.4, 0.4])
    assert panel.benchmark_weights[row(panel, "2024-01-10")] == pytest.approx([0.1, 0.2, 0.7])


def test_equal_weights(files):
    files.data["benchmark_weights"] = "equal"
    assert files.panel().benchmark_weights == pytest.approx(np.full((30, 3), 1 / 3))


def test_weights_from_traded_value_need_twenty_days(files):
    """100 shares a day at 10, 20 and 40; CC lists late and joins on its twentieth day of trade."""
    files.data |= {"benchmark_weights": "traded_value", "benchmark_window": 20, "start": "2024-01-31"}
    set_closes(files, 2, {line[:10]: "" for line in files.rows["closes.csv"][1:] if line[:10] < "2024-01-08"})
    panel = files.panel()
    joined = row(panel, "2024-02-02")
    assert panel.benchmark_weights[joined - 1] == pytest.approx([1 / 3, 2 / 3, 0.0])
    assert not panel.members[joined - 1, 2]
    assert panel.benchmark_weights[joined] == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert panel.members[joined, 2]


def test_traded_value_looks_back_over_the_window_and_no_further(files):
    files.data |= {"benchmark_weights": "traded_value", "benchmark_window": 20, "start": "2024-02-05"}
    files.edit("volumes.csv", 2, "2024-01-02,900000,100,100")
    files.edit("volumes.csv", 31, "2024-02-12,100,2100,100")
    weights = files.panel().benchmark_weights
    assert weights[0] == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert weights[-1] == pytest.approx([1 / 9, 4 / 9, 4 / 9])


def test_without_a_benchmark_file_the_weights_make_one(files):
    """BB, 40 % of the benchmark, rises by a tenth: 4 %; then drifts to 44/104 and loses it again."""
    del files.data["benchmark"]
    set_closes(files, 1, {"2024-01-10": "22"})
    panel = files.panel()
    day = row(panel, "2024-01-10")
    assert panel.benchmark[day - 1 : day + 2] == pytest.approx([100.0, 104.0, 100.0])
    assert panel.benchmark_name == "The universe by market value"


def test_cash_accrues_by_actual_days(files):
    cash = files.panel().cash
    assert cash[0] == 1.0
    assert cash[1] == pytest.approx(1.0 + 0.04 / DAYS_IN_YEAR)
    assert cash[4] / cash[3] == pytest.approx(1.0 + 3 * 0.04 / DAYS_IN_YEAR)  # over a weekend


def test_cash_from_an_index(files):
    del files.data["cash_rate"]
    days = [line[:10] for line in files.rows["closes.csv"][1:]]
    files.rows["bills.csv"] = ["Date,Close", *(f"{day},{90 + i}" for i, day in enumerate(days))]
    files.data["cash_index"] = "bills.csv"
    assert files.panel().cash[[0, 9]] == pytest.approx([1.0, 1.1])


def test_without_cash_it_earns_nothing(files):
    del files.data["cash_rate"]
    assert (files.panel().cash == 1.0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.rows.update({"benchmark.csv": ["Date,Close", "2023-05-02,100"]}),
            r"^benchmark\.csv, 2024-01-02: the benchmark has no level that day nor in the 5 trading days before; "
            r"it runs "
            r"from 2023-05-02 to 2023-05-02\. Give a benchmark that covers the window, "
            r"or change \[data\] start or end\.$",
        ),
        (
            lambda f: f.rows.update({"benchmark.csv": f.rows["benchmark.csv"][:10]}),
            r"^benchmark\.csv, 2024-01-22: the benchmark has no level that day",
        ),
        (
            lambda f: f.rows.update({"cash.csv": ["date,rate", "2024-01-05,0.04"]}),
            r"^cash\.csv, 2024-01-02: cash is not known that day\.",
        ),
        (
            lambda f: f.data.pop("shares"),
            r'^\[data\] benchmark_weights = "shares" needs \[data\] shares\. '
            r'Give the file, or "traded_value" or "equal"\.$',
        ),
        (
            lambda f: (f.data.pop("volumes"), f.data.update(benchmark_weights="traded_value")),
            r'^\[data\] benchmark_weights = "traded_value" needs \[data\] volumes\. Give the file, or "equal"\.$',
        ),
        (
            lambda f: f.data.update(benchmark_weights="traded_value"),
            r'^\[data\] benchmark_weights = "traded_value": no name has a weight on 2024-01-26\. '
            r"Start the window later, or give data that begin earlier\.$",
        ),
        (
            lambda f: (
                f.data.update(start="2024-01-16", end="2024-01-16"),
                set_closes(f, 0, {"2024-01-16": ""}),
                set_closes(f, 1, {"2024-01-16": ""}),
            ),
            r"^closes\.csv: no trading day from 2024-01-16 to 2024-01-16: on no day does "
            r"half of the universe have a close\.",
        ),
    ],
)
def test_what_cannot_be_built_is_said_in_one_sentence(files, change, message):
    change(files)
    with pytest.raises(DataError, match=message):
        files.panel()


def test_nothing_in_a_panel_can_be_written_to(files):
    panel = files.panel()
    arrays = [v for v in vars(panel).values() if isinstance(v, np.ndarray)] + list(panel.fx.values())
    assert len(arrays) > 10
    for array in arrays:
        assert not array.flags.writeable
        assert array.flags.c_contiguous
        assert array.base is None


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return a == b


def test_a_panel_comes_back_from_its_files_to_the_bit_and_the_files_are_the_same_bytes(files, tmp_path):
    with_pounds(files, {})
    set_closes(files, 0, {"2024-01-10": ""})
    panel = files.panel()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, second = write_panel(panel, tmp_path / "one"), write_panel(panel, tmp_path / "two")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    back = read_panel(tmp_path / "one")
    for name, value in vars(panel).items():
        if name != "fx":
            assert same(value, getattr(back, name)), name
    assert back.fx.keys() == panel.fx.keys()
    assert all(same(panel.fx[c], back.fx[c]) for c in panel.fx)


def test_a_panel_that_lacks_a_file_or_mixes_two_runs_is_refused(files, tmp_path):
    write_panel(files.panel(), tmp_path)
    files.data["end"] = "2024-01-31"
    (tmp_path / "other").mkdir()
    write_panel(files.panel(), tmp_path / "other")
    (tmp_path / "prices.parquet").write_bytes((tmp_path / "other" / "prices.parquet").read_bytes())
    with pytest.raises(RunError, match=r"prices\.parquet: its days or tickers differ"):
        read_panel(tmp_path)
    (tmp_path / "series.parquet").unlink()
    with pytest.raises(RunError, match=r"series\.parquet: missing or not a Parquet file"):
        read_panel(tmp_path)


def test_delisting_days_count_from_the_window(files):
    set_closes(files, 1, from_day(files, "2024-01-16", ""))
    files.data["start"] = "2024-01-10"
    panel = files.panel()
    assert panel.delisted[1] == row(panel, "2024-01-22")
    files.data["start"] = "2024-01-24"
    assert list(files.panel().delisted) == [-1, -1, -1]


def test_a_new_cash_rate_is_earned_from_the_day_it_is_given(files):
    files.rows["cash.csv"].append("2024-01-10,0.08")
    panel = files.panel()
    day = row(panel, "2024-01-10")
    assert panel.cash[day] / panel.cash[day - 1] == pytest.approx(1.0 + 0.04 / DAYS_IN_YEAR)
    assert panel.cash[day + 1] / panel.cash[day] == pytest.approx(1.0 + 0.08 / DAYS_IN_YEAR)
