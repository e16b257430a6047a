"""The invented figures of the sample market: complete, plausible beside its prices, and published when they say."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from backtest.market import sample, sample_fundamentals
from backtest.market.fundamentals import FIGURE
from backtest.market.history import History
from backtest.market.prices import build_panel

AHEAD = ("capex_guidance", "capex_expected")


@pytest.fixture(scope="module")
def raw():
    return sample.generate()


@pytest.fixture(scope="module")
def figures(raw):
    return raw.fundamentals


def digest(figures: pd.DataFrame) -> str:
    lines = figures.to_csv(index=False, float_format="%.6f", lineterminator="\n", date_format="%Y-%m-%d")
    return hashlib.sha256(lines.encode()).hexdigest()


def first_words(figures: pd.DataFrame, field: str) -> pd.DataFrame:
    """period_end x asset, as first published."""
    mine = figures[figures["field"] == field].drop_duplicates(["asset", "period_end"])
    return mine.pivot_table(index="period_end", columns="asset", values="value")


def test_the_figures_are_the_same_everywhere_and_others_with_another_seed(figures):
    """Frozen, so that a machine that makes other figures is noticed."""
    assert digest(figures) == "74cb762f6fa9ea7cee06b9979c7ab50909087d7c92da3e0a2e211170ccdb198c"
    assert digest(sample.generate(seed=7).fundamentals) != digest(figures)


def test_every_company_publishes_every_quarter_from_its_listing_to_its_end(raw, figures):
    ends = pd.DatetimeIndex(sample_fundamentals.quarter_ends().astype("datetime64[s]"))
    assert (str(ends[0].date()), str(ends[-1].date()), len(ends)) == ("2013-09-30", "2026-06-30", 52)
    sales = first_words(figures, "sales").reindex(index=ends, columns=raw.universe.index)
    whole = raw.universe.index[raw.universe["listed"].isna() & raw.universe["delisted"].isna()]
    assert sales[whole].notna().all().all()
    assert str(sales["QLMN"].first_valid_index().date()) == "2017-09-30"  # listed on 13 September
    assert str(sales["FRWN"].first_valid_index().date()) == "2021-03-31"  # listed on 9 March 2021
    assert str(sales["PNMW"].last_valid_index().date()) == "2020-09-30"
    assert str(sales["TDWK"].last_valid_index().date()) <= "2023-03-31"


def test_all_fields_are_there_and_the_last_five_quarters_are_known_from_the_start(raw, figures, sample_mandate):
    assert set(figures["field"]) == set(sample_fundamentals.DECIMALS)
    panel = build_panel(raw, sample_mandate())
    history = History(panel, 0, np.zeros((1, len(panel.assets))), 0)
    operating = ("sales", "gross_margin", "operating_margin", "capex", "revenue_per_employee")
    old = ~np.isin(panel.assets, list(sample.LISTED))
    for field in operating:
        assert np.isfinite(history.fundamental(field)[-4:, old]).all()
    assert np.isfinite(history.fundamental("ai_addressable_cost")[-4:, old & ~history.theme("capex")]).all()
    assert np.isfinite(history.fundamental("capex_guidance")[-1, old & history.theme("capex")]).all()


def test_reports_come_20_to_45_days_after_the_quarter_on_weekdays(raw, figures):
    first = figures[~figures["field"].isin(AHEAD)].drop_duplicates(["asset", "field", "period_end"])
    wait = (first["published"] - first["period_end"]).dt.days
    assert (wait.min(), wait.max()) == (20, 45)
    assert wait.nunique() > 20
    assert (figures["published"].dt.day_of_week < 5).all()
    assert figures["published"].max() <= raw.closes.index[-1]
    assert not figures.duplicated(FIGURE).any()


def test_a_few_figures_are_restated_with_the_next_report(figures):
    mine = figures[~figures["field"].isin(AHEAD)]
    again = mine.duplicated(["asset", "field", "period_end"])
    assert set(mine[again]["field"]) == {"sales", "gross_margin", "operating_margin"}
    assert 20 < again.sum() < 0.01 * len(mine)
    pairs = mine[mine.duplicated(["asset", "field", "period_end"], keep=False)].groupby(
        ["asset", "field", "period_end"]
    )
    change = pairs["value"].last() / pairs["value"].first() - 1.0
    assert (change != 0.0).all() and 0.001 < change.abs().median() < 0.05 and change.abs().max() < 0.10
    assert (pairs["published"].last() > pairs["published"].first()).all()


def test_margins_and_shares_are_fractions_and_operating_stays_below_gross(raw, figures):
    gross, operating = (first_words(figures, f) for f in ("gross_margin", "operating_margin"))
    assert ((gross > operating) & (gross < 1.0)).where(gross.notna(), True).all().all()
    assert 0.3 < gross.stack().dropna().median() < 0.6 and 0.1 < operating.stack().dropna().median() < 0.25
    assert first_words(figures, "ai_addressable_cost").stack().dropna().between(0.03, 0.5).all()
    spent = (first_words(figures, "capex") / first_words(figures, "sales")).stack().dropna()
    assert spent.between(0.01, 0.5).all()
    capex = set(raw.universe.index[raw.universe["theme"] == "capex"])
    for field, names in (("ai_addressable_cost", set(raw.universe.index) - capex), *((f, capex) for f in AHEAD)):
        assert set(figures[figures["field"] == field]["asset"]) == names


def test_guidance_is_for_the_coming_year_and_beats_what_was_expected_in_the_rally(figures):
    ahead = figures[figures["field"].isin(AHEAD)].set_index(["asset", "period_end", "published", "field"])["value"]
    pairs = ahead.unstack().dropna()
    assert len(pairs) * 2 == len(ahead), "both are published together"
    when = pairs.index.get_level_values("published")
    period = pairs.index.get_level_values("period_end")
    assert (period.month == 12).all() and (period.day == 31).all()
    assert (when[when.month <= 2].year == period[when.month <= 2].year).all(), "the fourth quarter's report"
    assert period.year.isin([when.year.min()]).sum() > 0
    surprise = pairs["capex_guidance"] / pairs["capex_expected"] - 1.0
    rally = (when >= "2023-01-01") & (when <= "2025-05-13")
    assert surprise[rally].mean() == pytest.approx(0.09, abs=0.02)
    assert abs(surprise[when < "2022-11-01"].mean()) < 0.01
    assert surprise[when > "2025-07-01"].mean() < 0.0
    assert surprise[rally].min() < 0.0, "not always, or nothing could be learnt"


def test_valuations_go_with_the_prices(raw, figures):
    """By hand from closes, shares and reported sales; and dear is low in yield."""
    for asset, end in (("CVNT", "2019-06-30"), ("KNZK", "2023-12-31"), ("THTH", "2016-03-31")):
        mine = figures[(figures["asset"] == asset) & (figures["field"] == "ev_to_sales")]
        row = mine[mine["period_end"] == end].iloc[0]
        value = (raw.closes[asset].ffill() * raw.shares[asset]).loc[: row["published"]].iloc[-1] / 1e6
        year = first_words(figures, "sales")[asset].loc[:end].iloc[-4:].sum()
        debt = 0.6 * (list(raw.universe.index).index(asset) * 3 % 8) / 7.0
        assert row["value"] == pytest.approx(value / year + debt, abs=2e-3)
        margin = first_words(figures, "operating_margin")[asset][end]
        found = first_words(figures, "forward_earnings_yield")[asset][end]
        assert found == pytest.approx(year * 1.04 * 0.78 * margin / value, rel=2e-3)
    dear, cheap = first_words(figures, "ev_to_sales"), first_words(figures, "forward_earnings_yield")
    assert dear.corrwith(cheap).median() < -0.6
    assert dear.stack().dropna().between(0.2, 30.0).all() and cheap.stack().dropna().between(-0.5, 1.0).all()


def test_people_become_more_productive_in_some_companies_of_each_theme(raw, figures):
    per_head = first_words(figures, "revenue_per_employee").dropna(axis=1)
    years = (len(per_head) - 1) / 4.0
    growth = (per_head.iloc[-1] / per_head.iloc[0]) ** (1.0 / years) - 1.0
    for theme in ("capex", "adopter", "other"):
        mine = growth[[t for t in growth.index if raw.universe.loc[t, "theme"] == theme]]
        assert mine.min() < 0.02 and mine.max() > 0.03


def test_the_chance_behind_prices_is_another_one(raw):
    """Reports are dated by a rule and priced by the closes: no figure tells tomorrow's return."""
    figures = raw.fundamentals
    mine = figures[figures["field"].isin(["sales", "operating_margin"])]
    sales = first_words(mine, "sales").pct_change()
    after = raw.closes.ffill().pct_change(60, fill_method=None).shift(-60).reindex(sales.index, method="ffill")
    both = pd.concat([sales.stack().dropna().rename("told"), after.stack().dropna().rename("came")], axis=1).dropna()
    assert abs(both["told"].corr(both["came"])) < 0.15


def test_earnings_follow_from_sales_margin_interest_and_tax_and_book_value_from_what_is_kept(raw, figures):
    """By hand: sales x (margin - 4 % of net debt) x 0.78; 35 % of a profit stays in the book value."""
    tables = {field: first_words(figures, field) for field in ("sales", "operating_margin", "earnings", "book_value")}
    for asset, end in (("CVNT", "2019-06-30"), ("KNZK", "2023-12-31")):
        sales, margin, earned, book = (table[asset].loc[:end].iloc[-1] for table in tables.values())
        debt = 0.6 * (list(raw.universe.index).index(asset) * 3 % 8) / 7.0
        assert earned == pytest.approx(sales * (margin - 0.04 * debt) * 0.78, rel=2e-3)
        assert book == pytest.approx(tables["book_value"][asset].loc[:end].iloc[-2] + 0.35 * earned, rel=1e-4)
    assert (tables["book_value"].stack().dropna() > 0.0).all()
