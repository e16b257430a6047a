"""Transaction taxes: which rate stands on which day, and what a bad table is told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.errors import DataError
from backtest.taxes import Tax, TaxTable, load_taxes, periods, rates

BUILT_IN = load_taxes(None)
BASIS_POINT = 1e-4


def on(country: str, day: str) -> tuple[float, float]:
    """Buy and sell tax in basis points of the built-in table."""
    buy, sell = rates(BUILT_IN, (country,), np.datetime64(day))
    return round(float(buy[0] / BASIS_POINT), 9), round(float(sell[0] / BASIS_POINT), 9)


@pytest.mark.parametrize(
    ("country", "day", "buy", "sell"),
    [
        ("GB", "1986-10-26", 0, 0),
        ("GB", "1986-10-27", 50, 0),
        ("GB", "2026-06-30", 50, 0),
        ("IE", "2026-06-30", 100, 0),
        ("FR", "2012-07-31", 0, 0),
        ("FR", "2012-08-01", 20, 0),
        ("FR", "2016-12-31", 20, 0),
        ("FR", "2017-01-01", 30, 0),
        ("FR", "2025-03-31", 30, 0),
        ("FR", "2025-04-01", 40, 0),
        ("IT", "2013-02-28", 0, 0),
        ("IT", "2013-03-01", 12, 0),
        ("IT", "2014-01-01", 10, 0),
        ("IT", "2025-12-31", 10, 0),
        ("IT", "2026-01-01", 20, 0),
        ("ES", "2021-01-15", 0, 0),
        ("ES", "2021-01-16", 20, 0),
        ("HK", "2021-07-31", 10, 10),
        ("HK", "2021-08-01", 13, 13),
        ("HK", "2023-11-16", 13, 13),
        ("HK", "2023-11-17", 10, 10),
        ("US", "2024-01-02", 0, 0),
    ],
)
def test_the_built_in_table_changes_on_the_day_of_the_law(country, day, buy, sell):
    assert on(country, day) == (buy, sell)


def test_no_row_of_the_built_in_table_claims_to_be_verified_and_each_names_its_law():
    assert len(BUILT_IN.rows) >= 11
    assert not any(row.verified for row in BUILT_IN.rows)
    assert all(len(row.law) > 10 for row in BUILT_IN.rows)


def test_a_period_for_each_change_that_the_days_see():
    days = np.array(["2016-12-30", "2017-01-01", "2017-01-03", "2025-03-31", "2025-04-01"], dtype="datetime64[D]")
    index, buy, sell = periods(BUILT_IN, ("FR", "US"), days)
    assert list(index) == [0, 1, 1, 1, 2]
    assert buy == pytest.approx(np.array([[0.002, 0.0], [0.003, 0.0], [0.004, 0.0]]))
    assert (sell == 0.0).all()


def test_without_days_there_is_no_period_and_without_taxes_one():
    none = np.array([], dtype="datetime64[D]")
    index, buy, sell = periods(BUILT_IN, ("FR",), none)
    assert index.shape == (0,) and buy.shape == sell.shape == (0, 1)
    index, buy, _ = periods(BUILT_IN, ("US", "JP"), np.arange("2010-01-01", "2020-01-01", dtype="datetime64[D]"))
    assert set(index) == {0} and buy.shape == (1, 2)


@st.composite
def tables(draw: st.DrawFn) -> TaxTable:
    """Rows of three countries and both sides, end to end or with holes between them, never overlapping."""
    rows = []
    for country in ("AA", "BB", "CC"):
        for side in draw(st.sampled_from([("both",), ("buy", "sell"), ("sell",), ()])):
            day = date(2020, 1, 1) + timedelta(days=draw(st.integers(0, 20)))
            for _ in range(draw(st.integers(0, 3))):
                last = day + timedelta(days=draw(st.integers(0, 15)))
                bps = float(draw(st.integers(1, 1000)))
                rows.append(
                    Tax(
                        country=country, side=side, rate_bps=bps, valid_from=day, valid_to=last, law="A law", source="x"
                    )
                )
                day = last + timedelta(days=draw(st.integers(1, 10)))
    return TaxTable("table", tuple(draw(st.permutations(rows))))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(table=tables(), left_out=st.sets(st.integers(1, 90), max_size=60))
def test_periods_are_the_rates_of_each_day_to_the_bit(table, left_out):
    """Whatever days are asked for, weekends and holes left out."""
    days = np.datetime64("2019-12-25") + np.setdiff1d(np.arange(91), sorted(left_out))
    countries = ("BB", "AA", "DD", "AA")
    index, buy, sell = periods(table, countries, days)
    for t, day in enumerate(days):
        expected = rates(table, countries, day)
        assert buy[index[t]].tobytes() == expected[0].tobytes()
        assert sell[index[t]].tobytes() == expected[1].tobytes()
    assert set(index) == set(range(len(buy)))
    assert (np.diff(index) >= 0).all()


ROW = (
    '[[tax]]\ncountry = "GB"\nside = "buy"\nrate_bps = 50\nvalid_from = 2000-01-01\nlaw = "Finance Act"\nsource = "x"\n'
)

BAD = {
    "not TOML": ("[[tax]\n", r"taxes\.toml: not valid TOML: .+\. Mend that line\.$"),
    "empty": ("", r"taxes\.toml: a table of taxes holds \[\[tax\]\] rows and nothing else; found nothing\.$"),
    "another section": (
        ROW + "[rates]\n",
        r"taxes\.toml: a table of taxes holds \[\[tax\]\] rows and nothing else; found rates\.$",
    ),
    "one table, not rows": (
        "[tax]\ncountry = 'GB'\n",
        r"taxes\.toml: a table of taxes holds \[\[tax\]\] rows and nothing else; found dict\.$",
    ),
    "a key misspelt": (
        ROW + ROW.replace("rate_bps", "rate_bp"),
        r"taxes\.toml, row 2, rate_bps: missing\. Add it\.$",
    ),
    "a key too many": (
        ROW + "rates = 3\n",
        r"taxes\.toml, row 1, rates: no such key\. Did you mean rate_bps\? Allowed: country, law, ",
    ),
    "an unknown side": (
        ROW.replace('"buy"', '"bid"'),
        r"taxes\.toml, row 1, side: found 'bid'\. Input should be 'buy', 'sell' or 'both'\.$",
    ),
    "a negative rate": (
        ROW.replace("= 50", "= -5"),
        r"taxes\.toml, row 1, rate_bps: found '-5'\. Input should be greater than or equal to 0\.$",
    ),
    "a country in full": (
        ROW.replace('"GB"', '"United Kingdom"'),
        r"taxes\.toml, row 1, country: found 'United Kingdom'\. String should match pattern .+\.$",
    ),
    "the end before the beginning": (
        ROW + "valid_to = 1999-12-31\n",
        r"taxes\.toml, row 1, valid_to 1999-12-31 is before valid_from 2000-01-01; put the later day last\.$",
    ),
    "two rows on one day": (
        ROW + "valid_to = 2010-01-01\n" + ROW.replace("2000", "2010").replace('"buy"', '"both"'),
        r"taxes\.toml, rows 1 and 2: both tax the buy side of GB on 2010-01-01\. "
        r"Let valid_to of the one end the day before valid_from of the other\.$",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_ends_in_one_sentence(tmp_path, case):
    text, message = BAD[case]
    (tmp_path / "taxes.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        load_taxes(tmp_path / "taxes.toml")
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(DataError, match=r"none\.toml: no such file\. \[costs\] tax_table is a TOML file"):
        load_taxes(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("law = 'Société'".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.toml: not UTF-8 text\. Save the table as UTF-8\.$"):
        load_taxes(tmp_path / "latin.toml")


def test_a_table_of_the_firms_own_replaces_the_built_in_one(tmp_path):
    (tmp_path / "taxes.toml").write_text(ROW + "verified = true\n", encoding="utf-8")
    table = load_taxes(tmp_path / "taxes.toml")
    assert table.rows[0].verified
    assert rates(table, ("FR", "GB"), np.datetime64("2024-01-02"))[0] == pytest.approx([0.0, 0.005])


def test_buy_and_sell_rows_may_stand_side_by_side(tmp_path):
    (tmp_path / "taxes.toml").write_text(ROW + ROW.replace('"buy"', '"sell"').replace("50", "15"), encoding="utf-8")
    buy, sell = rates(load_taxes(tmp_path / "taxes.toml"), ("GB",), np.datetime64("2024-01-02"))
    assert (float(buy[0]), float(sell[0])) == pytest.approx((0.005, 0.0015))
