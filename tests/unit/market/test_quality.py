"""The data doctor: each finding on the smallest market that has it, and none on a healthy one."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.market.quality import FINDINGS, examine, survivors_only


def found(files) -> dict[str, object]:
    return {f.id: f for f in examine(files.read(), files.mandate())}


def moves(files, asset: int, day: str, close: str) -> None:
    """From `day` on one asset closes at `close`."""
    lines = files.rows["closes.csv"]
    for i, line in enumerate(lines[1:], start=1):
        if line[:10] >= day:
            cells = line.split(",")
            cells[asset + 1] = close
            lines[i] = ",".join(cells)


def lively(files) -> None:
    """Closes that change by a little every day, so that nothing is stale."""
    header, *body = files.rows["closes.csv"]
    rows = [
        f"{line[:10]},{10 + i % 2 / 10:.1f},{20 + i % 2 / 10:.1f},{40 + i % 2 / 10:.1f}" for i, line in enumerate(body)
    ]
    files.rows["closes.csv"] = [header, *rows]


@pytest.fixture
def healthy(files):
    lively(files)
    files.data["themes_assigned"] = "2023-12-01"
    return files


def test_a_healthy_market_has_no_finding(healthy):
    assert examine(healthy.read(), healthy.mandate()) == ()


def test_an_unlisted_split_stops_the_run_and_says_how_to_mend_it(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    message = (
        r"^closes\.csv, 2024-01-10: CC close 4\.08 after 40\.1 looks like a 10:1 split that splits\.csv "
        r"does not list\. Add the split, or accept finding SPLIT-01 for CC in \[\[accept\]\] with a reason\.$"
    )
    with pytest.raises(DataError, match=message):
        found(healthy)


@pytest.mark.parametrize(
    ("close", "name"),
    [("20", "2:1"), ("13.4", "3:1"), ("10", "4:1"), ("8", "5:1"), ("2", "20:1"), ("80", "1:2"), ("401", "1:10")],
)
def test_splits_of_the_usual_ratios_both_ways(healthy, close, name):
    moves(healthy, 2, "2024-01-10", close)
    with pytest.raises(DataError, match=f"looks like a {name} split"):
        found(healthy)


def test_a_split_listed_on_another_day_is_pointed_at(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    healthy.rows["splits.csv"].append("2024-01-11,CC,10")
    with pytest.raises(DataError, match=r"splits\.csv does not list on that day \(it lists 10 on 2024-01-11\)\."):
        found(healthy)


def test_without_a_splits_file_the_message_says_so(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    del healthy.data["splits"]
    with pytest.raises(DataError, match=r"looks like a 10:1 split that no splits file lists\."):
        found(healthy)


def test_a_listed_split_is_no_finding(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    healthy.rows["splits.csv"].append("2024-01-10,CC,10")
    moves(healthy, 2, "2024-01-11", "4.10")
    assert not {"SPLIT-01", "SPLIT-02", "JUMP-01"} & set(found(healthy))


def test_a_fall_that_is_no_split_ratio_is_a_jump(healthy):
    moves(healthy, 2, "2024-01-10", "15")
    finding = found(healthy)["JUMP-01"]
    assert (finding.severity, finding.asset, str(finding.date)) == ("warning", "CC", "2024-01-10")
    assert finding.message == "CC moved -62.6% on 2024-01-10, from 40.1 to 15."


def test_a_fall_that_a_dividend_explains_is_no_jump(healthy):
    moves(healthy, 2, "2024-01-10", "15")
    healthy.rows["dividends.csv"].append("2024-01-10,CC,25")
    assert "JUMP-01" not in found(healthy)
    healthy.data["price_adjustment"] = "total_return"
    assert "JUMP-01" in found(healthy)


def test_a_spin_off_listed_as_a_split_and_as_a_dividend(healthy):
    healthy.rows["splits.csv"].append("2024-01-10,CC,1.3")
    healthy.rows["dividends.csv"].append("2024-01-10,CC,12")
    assert found(healthy)["SPIN-01"].message == (
        "CC has a dividend of 12 after a close of 40.1 and a split of 1.3 on 2024-01-10: "
        "is one spin-off counted twice? Remove one."
    )
    healthy.rows["splits.csv"].pop()
    assert "SPIN-01" not in found(healthy)


def test_an_accepted_finding_lets_the_run_go_on_and_keeps_its_reason(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    healthy.accept = ({"finding": "SPLIT-01", "asset": "CC", "reason": "a profit warning"},)
    finding = found(healthy)["SPLIT-01"]
    assert (finding.severity, finding.accepted_reason) == ("fatal", "a profit warning")


def test_accepting_it_for_another_asset_does_not_help(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    healthy.accept = ({"finding": "SPLIT-01", "asset": "BB", "reason": "mistaken"},)
    with pytest.raises(DataError, match="CC close"):
        found(healthy)


def test_several_fatal_findings_are_named_together(healthy):
    moves(healthy, 2, "2024-01-10", "4.08")
    moves(healthy, 1, "2024-01-12", "5")
    with pytest.raises(
        DataError, match=r"^closes\.csv, 2024-01-10: CC .* Not accepted either: SPLIT-01 BB 2024-01-12\.$"
    ):
        found(healthy)


def test_a_split_in_closes_that_are_adjusted_already(healthy):
    healthy.rows["splits.csv"].append("2024-01-10,CC,10")
    message = (
        r"^splits\.csv, 2024-01-10: CC has a split of 10, but the close is 40 after 40\.1\. If the closes are adjusted "
        r'already, write price_adjustment = "splits"; else remove the split, or accept finding SPLIT-02 for CC'
    )
    with pytest.raises(DataError, match=message):
        found(healthy)
    healthy.data["price_adjustment"] = "splits"
    assert found(healthy) == {}


def test_a_spin_off_is_not_taken_for_an_invisible_split(healthy):
    healthy.rows["splits.csv"].append("2024-01-10,CC,1.1")
    assert "SPLIT-02" not in found(healthy)


def test_twenty_equal_closes_without_volume_are_stale_and_nineteen_are_not(healthy):
    def quiet(days: int) -> None:
        lively(healthy)
        moves(healthy, 0, "2024-01-09", "11")
        lines = healthy.rows["volumes.csv"]
        for i in range(1, len(lines)):
            cells = lines[i].split(",")
            cells[1] = "0" if 6 < i <= 6 + days else "100"
            lines[i] = ",".join(cells)

    quiet(20)
    finding = found(healthy)["STALE-01"]
    assert finding.message == "AA has the same close, 11 and no volume, on 20 trading days from 2024-01-10."
    quiet(19)
    assert "STALE-01" not in found(healthy)


def test_equal_closes_with_volume_are_not_stale(files):
    assert "STALE-01" not in found(files)


def test_six_days_without_a_close_are_a_gap_and_five_are_not(healthy):
    moves(healthy, 0, "2024-01-10", "")
    moves(healthy, 0, "2024-01-18", "10.05")
    finding = found(healthy)["GAP-01"]
    assert finding.severity == "note"
    assert finding.message == (
        "AA has no close on 6 trading days from 2024-01-10; its price stands still until it returns."
    )
    moves(healthy, 0, "2024-01-17", "10.02")
    assert "GAP-01" not in found(healthy)


def test_closes_outside_the_listing_are_noted(healthy):
    header, first, *rest = healthy.rows["universe.csv"]
    healthy.rows["universe.csv"] = [f"{header},listed", f"{first},2024-01-08", *(f"{line}," for line in rest)]
    assert found(healthy)["LIST-01"].message == (
        "AA has 4 closes outside its listing, from 2024-01-02; they are left out."
    )


def test_survivors_are_declared(healthy):
    healthy.data["survivors_only"] = True
    findings = examine(healthy.read(), healthy.mandate())
    assert [f.id for f in findings] == ["SURV-01"]
    assert survivors_only(findings)
    assert not survivors_only(())


def test_nobody_leaving_in_more_than_three_years_looks_like_survivors(sample_mandate):
    from backtest.market import sample

    raw = sample.generate()
    kinds = {f.id for f in examine(raw, sample_mandate())}
    assert "SURV-01" not in kinds
    later = examine(raw, sample_mandate(start="2023-05-15"))
    assert [f.message[:40] for f in later if f.id == "SURV-01"] == ["No company leaves the universe in 3.5 ye"]
    assert "SURV-01" not in {f.id for f in examine(raw, sample_mandate(start="2024-01-02"))}


@pytest.mark.parametrize(
    ("assigned", "message"),
    [
        (
            "2024-01-20",
            "Themes were assigned on 2024-01-20; the window starts on 2024-01-02: until then they are hindsight.",
        ),
        (None, "The mandate does not say when themes were assigned; write themes_assigned in [data]."),
    ],
)
def test_young_theme_labels_are_hindsight(healthy, assigned, message):
    healthy.data["themes_assigned"] = assigned
    assert found(healthy)["THEME-01"].message == message


def test_strangers_in_the_dividends_are_noted(healthy):
    healthy.rows["dividends.csv"].append("2024-01-10,ZZ,1")
    assert found(healthy)["TICK-01"].message == ("dividends.csv: ZZ: not in the universe; these rows are left out.")


def test_traded_value_from_adjusted_closes(healthy):
    healthy.data |= {"benchmark_weights": "traded_value", "price_adjustment": "total_return"}
    assert found(healthy)["ADJ-01"].severity == "warning"


def test_no_cash_and_old_cash(healthy):
    healthy.rows["cash.csv"][1] = "2023-01-02,0.04"
    assert found(healthy)["CASH-02"].message == "cash.csv ends on 2023-01-02; its last rate stands until 2024-02-12."
    del healthy.data["cash_rate"]
    assert "CASH-01" in found(healthy)


def test_a_cash_index_that_falls(healthy):
    del healthy.data["cash_rate"]
    days = [line[:10] for line in healthy.rows["closes.csv"][1:]]
    levels = [f"{day},{100 + i / 100 - (0.4 if i >= 10 else 0.0)}" for i, day in enumerate(days)]
    healthy.rows["bills.csv"] = ["Date,Close", *levels]
    healthy.data["cash_index"] = "bills.csv"
    assert found(healthy)["CASH-03"].message == "bills.csv falls by 0.39% on 2024-01-16: is a dividend missing from it?"
    healthy.data["start"] = "2024-01-16"
    assert "CASH-03" not in found(healthy)


def test_a_window_beyond_the_data_is_said(healthy):
    healthy.data |= {"start": "2020-01-01", "end": "2024-03-29"}
    messages = [f.message for f in examine(healthy.read(), healthy.mandate()) if f.id == "WIN-01"]
    assert messages == [
        "[data] start is 2020-01-01; the closes begin on 2024-01-02, and so does the window.",
        "[data] end is 2024-03-29; the closes end on 2024-02-12, and so does the window.",
    ]


def test_accepting_what_does_not_exist(healthy):
    healthy.accept = ({"finding": "SPLIT-1", "asset": "CC", "reason": "x"},)
    with pytest.raises(DataError, match=r"there is no finding SPLIT-1\. Did you mean SPLIT-01\? Allowed: SPLIT-01, "):
        found(healthy)
    healthy.accept = ({"finding": "GAP-01", "asset": "CC", "reason": "x"},)
    assert found(healthy)["ACC-01"].message == "[[accept]] GAP-01 for CC: it does not occur. Remove it."


def test_findings_come_in_one_order(healthy):
    moves(healthy, 2, "2024-01-10", "15")
    moves(healthy, 0, "2024-01-09", "90.9")
    healthy.data["themes_assigned"] = None
    findings = examine(healthy.read(), healthy.mandate())
    order = list(FINDINGS)
    assert [f.id for f in findings] == sorted((f.id for f in findings), key=order.index)
    jumps = [f.date for f in findings if f.id == "JUMP-01"]
    assert jumps == sorted(jumps) and len(jumps) == 2


def test_the_data_are_left_as_they_were(healthy):
    raw = healthy.read()
    before = raw.closes.to_numpy().copy()
    examine(raw, healthy.mandate())
    assert np.array_equal(raw.closes.to_numpy(), before)
