"""What a panel carries beyond prices: issuers, half-spreads, interest, and two arrays it computes once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtest.errors import DataError, MandateError
from backtest.market.prices import read_panel, write_panel


def row(panel, day: str) -> int:
    return int(np.searchsorted(panel.dates, np.datetime64(day)))


def rich(files) -> None:
    """Issuers, half-spreads of two names and rates of two currencies."""
    header, *names = files.rows["universe.csv"]
    labels = ["Alpha plc,Alphabet", "Alpha plc,Alphabet", ","]
    files.rows["universe.csv"] = [
        f"{header},issuer,issuer_group",
        *(f"{name},{label}" for name, label in zip(names, labels, strict=True)),
    ]
    files.rows["spreads.csv"] = ["date,BB,AA,ZZ", "2023-12-01,5,,9", "2024-01-10,,1000,", "2024-02-01,0,20,"]
    files.rows["rates.csv"] = ["date,USD,CHF", "2023-06-01,0.05,", "2024-01-10,,-0.0075", "2024-02-01,0.04,"]
    files.data |= {"half_spreads": "spreads.csv", "currency_rates": "rates.csv"}


def test_a_plain_panel_has_none_of_it(files):
    panel = files.panel()
    assert (panel.issuers, panel.issuer_groups, panel.half_spreads, dict(panel.interest)) == ((), (), None, {})
    assert panel.fundamentals is None
    assert panel.actual_closes


@pytest.mark.parametrize(("adjusted", "actual"), [("none", True), ("splits", False), ("total_return", False)])
def test_closes_are_actual_unless_the_supplier_adjusted_them(files, adjusted, actual):
    files.data["price_adjustment"] = adjusted
    assert files.panel().actual_closes is actual


def test_an_empty_issuer_is_the_ticker_and_an_empty_group_the_issuer(files):
    rich(files)
    panel = files.panel()
    assert panel.issuers == ("Alpha plc", "Alpha plc", "CC")
    assert panel.issuer_groups == ("Alphabet", "Alphabet", "CC")


def test_a_universe_may_name_issuers_only_or_groups_only(files):
    header, *names = files.rows["universe.csv"]
    files.rows["universe.csv"] = [f"{header},issuer", *(f"{name},One" for name in names)]
    assert (files.panel().issuers, files.panel().issuer_groups) == (("One",) * 3, ())
    files.edit("universe.csv", 1, f"{header},issuer_group")
    assert (files.panel().issuers, files.panel().issuer_groups) == ((), ("One",) * 3)


def test_one_issuer_in_two_groups_is_refused(files):
    rich(files)
    files.edit("universe.csv", 3, files.rows["universe.csv"][2].replace("Alphabet", ""))
    with pytest.raises(
        DataError,
        match=r"^universe\.csv: the lines of issuer Alpha plc \(AA, BB\) are in the groups Alphabet, Alpha plc\. "
        r"Give all of them the same issuer_group\.$",
    ):
        files.read()


def test_a_row_of_half_spreads_stands_until_the_next_one_empty_cells_included(files):
    rich(files)
    panel = files.panel()
    spreads = panel.half_spreads
    assert spreads is not None and spreads.shape == panel.prices.shape
    expected = {
        "2024-01-02": [np.nan, 0.0005, np.nan],
        "2024-01-09": [np.nan, 0.0005, np.nan],
        "2024-01-10": [0.1, np.nan, np.nan],
        "2024-01-31": [0.1, np.nan, np.nan],
        "2024-02-01": [0.002, 0.0, np.nan],
    }
    for day, values in expected.items():
        assert spreads[row(panel, day)] == pytest.approx(values, nan_ok=True), day


def test_before_the_first_row_no_half_spread_is_known(files):
    rich(files)
    files.rows["spreads.csv"] = ["date,AA", "2024-01-10,4"]
    spreads = files.panel().half_spreads
    assert np.isnan(spreads[: row(files.panel(), "2024-01-10")]).all()


def test_a_rate_stands_until_the_next_one_of_its_currency(files):
    rich(files)
    panel = files.panel()
    assert sorted(panel.interest) == ["CHF", "USD"]
    assert panel.interest["USD"][[0, -1]] == pytest.approx([0.05, 0.04])
    assert panel.interest["USD"][row(panel, "2024-01-31")] == 0.05
    assert np.isnan(panel.interest["CHF"][row(panel, "2024-01-09")])
    assert panel.interest["CHF"][-1] == -0.0075


def test_a_hedge_needs_its_rates_from_the_first_day_on(files, monkeypatch):
    rich(files)
    plain = files.mandate()
    classes = (plain.share_class[0].model_copy(update={"currency": "CHF", "hedged": True}),)
    monkeypatch.setattr(files, "mandate", lambda: plain.model_copy(update={"share_class": classes}))
    with pytest.raises(
        DataError,
        match=r"^rates\.csv, 2024-01-02: no rate for CHF that day nor before it, and a share class is hedged\. "
        r"Give the rate from the window's first day on\.$",
    ):
        files.panel()
    files.edit("rates.csv", 2, "2023-06-01,0.05,0.01")
    assert files.panel().interest["CHF"][0] == 0.01


BAD = {
    "negative half-spread": (
        {"spreads.csv": ["date,AA", "2024-01-10,-1"]},
        r"^spreads\.csv, 2024-01-10: AA has half-spread -1; a half-spread is zero or more\. "
        r"Mend it, or leave the cell empty where there was none\.$",
    ),
    "half-spread above a tenth": (
        {"spreads.csv": ["date,BB,AA", "2024-01-10,3,", "2024-01-11,,1000.5"]},
        r"^spreads\.csv, 2024-01-11: AA has half-spread 1000\.5; at most 1000 basis points are taken\. "
        r"Mend it, or empty the cell\.$",
    ),
    "half-spreads of nobody": (
        {"spreads.csv": ["date,XX,YY", "2024-01-10,3,4"]},
        r"^spreads\.csv: no column for any ticker of the universe; found XX, YY\. "
        r"Name the columns by ticker, or take half_spreads out of \[data\]\.$",
    ),
    "half-spreads of a misspelt ticker": (
        {"spreads.csv": ["date,BB,A.A", "2024-01-10,3,4"]},
        r"^spreads\.csv: ticker A\.A is not in the universe, which writes AA\.",
    ),
    "rates in per cent": (
        {"rates.csv": ["date,USD,CHF", "2024-01-02,0.05,0.01", "2024-01-10,,-1.25"]},
        r"^rates\.csv, 2024-01-10: CHF rate -1\.25 is -125% a year\. Rates are fractions: write 0\.045 for 4\.5 per ",
    ),
    "rates of no currency": (
        {"rates.csv": ["date,USD,euro", "2024-01-02,0.05,0.01"]},
        r"^rates\.csv: column 'euro' is no currency; give three capital letters such as GBP\.$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_spreads_and_rates_end_in_one_sentence(files, case):
    rows, message = BAD[case]
    rich(files)
    files.rows.update(rows)
    with pytest.raises(DataError, match=message) as caught:
        files.read()
    assert "\n" not in str(caught.value)


def test_the_sample_market_takes_spreads_and_rates_from_files(files):
    rich(files)
    files.rows["spreads.csv"] = ["date,QLMN", "2020-01-01,12"]
    files.data = {"source": "sample", "half_spreads": "spreads.csv", "currency_rates": "rates.csv"}
    files.base = "GBP"
    raw, panel = files.read(), files.panel()
    assert [i.name for i in raw.inputs] == ["sample", "half_spreads", "currency_rates"]
    assert panel.half_spreads[-1, panel.assets.index("QLMN")] == pytest.approx(0.0012)
    assert panel.interest["USD"][-1] == 0.04


def test_the_sample_market_takes_fundamentals_from_a_file_in_place_of_its_own(files):
    files.rows["figures.csv"] = ["ticker,field,period_end,published,value", "QLMN,beds,2019-12-31,2020-02-03,7"]
    files.data, files.base = {"source": "sample", "fundamentals": "figures.csv"}, "GBP"
    assert [i.name for i in files.read().inputs] == ["sample", "fundamentals"]
    figures = files.panel().fundamentals
    assert (figures.fields, list(figures.value)) == (("beds",), [7.0])
    del files.data["fundamentals"]
    assert "sales" in files.panel().fundamentals.fields


@pytest.mark.parametrize("key", ["ticker_changes", "spin_offs"])
def test_the_sample_market_has_no_changes_of_its_own(files, key):
    files.data = {"source": "sample", key: "x.csv"}
    with pytest.raises(DataError, match=rf"^\[data\] {key}: the sample market has none\. Take the key out\.$"):
        files.read()


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def test_a_rich_panel_comes_back_from_its_files_to_the_bit(files, tmp_path):
    rich(files)
    panel = replace(files.panel(), actual_closes=False)
    folder = tmp_path / "panel"
    folder.mkdir()
    written = write_panel(panel, folder)
    assert sorted(p.name for p in written) == sorted(p.name for p in folder.iterdir())
    back = read_panel(folder)
    assert back.issuers == panel.issuers and back.issuer_groups == panel.issuer_groups
    assert back.actual_closes is False
    assert same(back.half_spreads, panel.half_spreads)
    assert back.interest.keys() == panel.interest.keys()
    assert all(same(back.interest[c], panel.interest[c]) for c in panel.interest)
    assert back.fx.keys() == panel.fx.keys()
    for array in (back.half_spreads, *back.interest.values()):
        assert not array.flags.writeable


def test_a_plain_panel_written_over_a_rich_one_has_no_half_spreads(files, tmp_path):
    rich(files)
    panel = files.panel()
    folder = tmp_path / "panel"
    folder.mkdir()
    write_panel(panel, folder)
    names = [p.name for p in write_panel(replace(panel, half_spreads=None, interest={}), folder)]
    assert "half_spreads.parquet" not in names
    assert read_panel(folder).half_spreads is None


def blanked(panel):
    """The panel with a price gone, a name untraded and a member lost, on three days."""
    prices, traded, members = panel.prices.copy(), panel.traded.copy(), panel.members.copy()
    prices[3, 0], traded[4, 1], members[5, 2] = np.nan, False, False
    return replace(panel, prices=prices, traded=traded, members=members)


def test_a_full_day_has_every_name_as_a_member_traded_and_priced(files):
    panel = blanked(files.panel())
    assert list(np.flatnonzero(~panel.full_days)) == [3, 4, 5]
    assert panel.full_days.shape == (30,)


def test_filled_prices_are_zero_where_there_is_none_and_the_same_elsewhere(files):
    panel = blanked(files.panel())
    assert panel.filled[3, 0] == 0.0
    panel_without = np.delete(panel.filled.ravel(), 9)
    assert same(panel_without, np.delete(panel.prices.ravel(), 9))
    whole = files.panel()
    assert whole.filled is whole.prices


def test_both_are_computed_once_and_cannot_be_written_to(files):
    panel = blanked(files.panel())
    assert panel.full_days is panel.full_days and panel.filled is panel.filled
    for array in (panel.full_days, panel.filled):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_replaced_panel_computes_them_anew(files):
    panel = files.panel()
    assert panel.full_days.all() and panel.filled is panel.prices
    other = blanked(panel)
    assert not other.full_days[3] and other.filled[3, 0] == 0.0
    assert panel.full_days.all()


def test_market_values_are_shares_times_the_last_close_in_base_currency(files, tmp_path):
    """1,000, 1,000 and 500 shares at 10, 20 and 40; a day without a close keeps the last one."""
    files.edit("closes.csv", 5, f"{files.rows['closes.csv'][4].split(',')[0]},,20,40")
    panel = files.panel()
    assert panel.market_values[3] == pytest.approx([10_000.0, 20_000.0, 20_000.0])
    np.testing.assert_allclose(
        panel.benchmark_weights[3], panel.market_values[3] / panel.market_values[3].sum(), rtol=1e-12
    )
    folder = tmp_path / "panel"
    folder.mkdir()
    write_panel(panel, folder)
    assert same(read_panel(folder).market_values, panel.market_values)
    write_panel(replace(panel, market_values=None), folder)
    assert read_panel(folder).market_values is None


def test_without_a_file_of_shares_there_are_no_market_values(files):
    del files.data["shares"]
    files.data["benchmark_weights"] = "equal"
    assert files.panel().market_values is None


@pytest.mark.parametrize(
    ("missing", "why"), [("fundamentals", "they stand in it"), ("shares", "a company's value is shares times price")]
)
def test_figures_need_the_files_they_are_made_of(files, missing, why):
    files.data |= {"fundamentals": "figures.csv", "figures": {"earnings": "profit"}, "benchmark_weights": "equal"}
    del files.data[missing]
    with pytest.raises(MandateError) as caught:
        files.mandate()
    assert str(caught.value) == (
        f"mandate.toml, [data]: figures needs {missing}: {why}. Give the file, or take [data.figures] out."
    )
