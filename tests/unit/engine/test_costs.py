"""What an order costs, by asset and day: where each rate comes from, and what it is known from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.costs import COMPONENTS, PER_ASSET, Rates, depth, lay_out_costs, split_costs, stack_rates
from backtest.errors import DataError
from backtest.taxes import Tax, TaxTable
from backtest.terms import Constraints, Costs

FREE = Constraints()


def flat(markets, names=2, days=30, **changes):
    return markets.panel_of(np.full((days, names), 10.0), **changes)


def book(panel, constraints=FREE, table=None, **costs):
    return lay_out_costs(Costs(**costs), constraints, panel, table)


def tax(country, side, bps, first, last=None):
    return Tax(country=country, side=side, rate_bps=bps, valid_from=first, valid_to=last, law="A law", source="A test")


# Rates that stand


def test_flat_rates_are_fractions_by_side(markets):
    rates = book(
        flat(markets), commission_bps=3, commission_fixed=2, commission_minimum=5, half_spread_bps=4, buy_tax_bps=50,
        sell_tax_bps=10,
    ).on(7)  # fmt: skip
    assert (rates.commission, rates.fixed, rates.minimum) == pytest.approx((3e-4, 2.0, 5.0))
    assert rates.spread.tolist() == pytest.approx([4e-4] * 2)
    assert rates.buy_tax.tolist() == pytest.approx([5e-3] * 2) and rates.sell_tax.tolist() == pytest.approx([1e-3] * 2)
    assert not rates.fx.any() and not rates.impact.any()
    assert rates.most is None and rates.share is None and not rates.limited


def test_rates_that_never_change_are_one_object(markets):
    of = book(flat(markets), commission_bps=3)
    assert of.on(3) is of.on(29)
    assert stack_rates([of.on(3), of.on(4)]).constant


def test_currency_is_paid_for_what_is_listed_in_another_one_only(markets):
    panel = flat(markets, currencies=("USD", "EUR"), fx={"USD": np.ones(30), "EUR": np.ones(30)})
    assert book(panel, fx_bps=20).on(3).fx.tolist() == [0.0, 0.002]


def test_taxes_by_country_change_on_their_days_and_add_to_the_flat_ones(markets):
    """Day 10 is Wednesday 15 January 2020, day 13 Monday 20."""
    panel = flat(markets, names=3, countries=("FR", "HK", "US"))
    table = TaxTable(
        "test",
        (
            tax("FR", "buy", 20, date(2010, 1, 1), date(2020, 1, 14)),
            tax("FR", "buy", 30, date(2020, 1, 15)),
            tax("HK", "both", 10, date(2020, 1, 18)),  # a Saturday
        ),
    )
    of = book(panel, FREE, table, taxes="by_country", buy_tax_bps=5)
    assert of.on(9).buy_tax.tolist() == pytest.approx([25e-4, 5e-4, 5e-4])
    assert of.on(10).buy_tax.tolist() == pytest.approx([35e-4, 5e-4, 5e-4])
    assert not of.on(12).sell_tax.any()
    assert of.on(13).buy_tax.tolist() == pytest.approx([35e-4, 15e-4, 5e-4])
    assert of.on(13).sell_tax.tolist() == pytest.approx([0.0, 10e-4, 0.0])
    assert of.on(10) is of.on(12) and of.on(10) is not of.on(13)
    assert not stack_rates([of.on(9), of.on(10)]).constant


def test_the_built_in_table_is_used_where_none_is_given(markets):
    panel = flat(markets, countries=("GB", "US"))
    assert book(panel, taxes="by_country").on(3).buy_tax.tolist() == [0.005, 0.0]
    assert not book(panel).on(3).buy_tax.any()


def test_the_table_of_half_spreads_goes_before_the_flat_one(markets):
    spreads = np.full((30, 2), np.nan)
    spreads[5:, 0] = 0.001
    spreads[6, 0] = 0.0
    of = book(flat(markets, half_spreads=spreads), half_spread_bps=40)
    assert [of.on(day).spread.tolist() for day in (4, 5, 6)] == [[0.004, 0.004], [0.001, 0.004], [0.0, 0.004]]


# What is known from the days before


def moving(markets, names=1, days=40):
    rng = np.random.Generator(np.random.PCG64(1))
    prices = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (days, names)), axis=0))
    return markets.panel_of(prices, traded_value=rng.uniform(50.0, 150.0, (days, names)))


def test_impact_is_known_from_the_window_that_ends_the_day_before(markets):
    """coefficient x sample deviation of 20 returns / square root of the mean of 20 values."""
    panel = moving(markets)
    returns = panel.prices[1:, 0] / panel.prices[:-1, 0] - 1.0
    expected = 0.7 * returns[9:29].std(ddof=1) / np.sqrt(panel.traded_value[10:30, 0].mean())  # days 10 to 29
    of = book(panel, impact=True, impact_coefficient=0.7, impact_days=20)
    assert of.on(30).impact[0] == pytest.approx(expected, rel=1e-13)
    changed = replace(panel, traded_value=np.where(np.arange(40)[:, None] >= 30, 1e9, panel.traded_value))
    assert book(changed, impact=True, impact_coefficient=0.7, impact_days=20).on(30).impact[0] == of.on(30).impact[0]


def test_the_limit_is_a_share_of_its_own_window(markets):
    panel = moving(markets)
    of = book(panel, Constraints(max_adv_share=0.25, adv_days=5))
    assert of.on(30).most[0] == pytest.approx(0.25 * panel.traded_value[25:30, 0].mean(), rel=1e-14)
    assert of.on(30).limited and not of.on(30).impact.any()


def test_a_window_is_cut_at_the_first_day(markets):
    panel = moving(markets)
    value, volatility = depth(panel, 4, 20)
    assert value[0] == pytest.approx(panel.traded_value[:4, 0].mean(), rel=1e-14)
    assert volatility[0] == pytest.approx((panel.prices[1:4, 0] / panel.prices[:3, 0] - 1.0).std(ddof=1), rel=1e-12)


def test_unknown_values_are_left_out_of_the_mean_and_nothing_known_is_nan(markets):
    panel = moving(markets, names=2)
    values = panel.traded_value.copy()
    values[25:28, 0], values[:, 1] = np.nan, np.nan
    value, _ = depth(replace(panel, traded_value=values), 30, 10)
    assert value[0] == pytest.approx(values[[20, 21, 22, 23, 24, 28, 29], 0].mean(), rel=1e-14)
    assert np.isnan(value[1])


def test_days_without_a_close_count_as_nothing_traded(markets):
    """Suspended on three of ten days: the mean is that of the ten."""
    panel = moving(markets)
    values, traded = panel.traded_value.copy(), np.ones((40, 1), dtype=bool)
    values[25:28], traded[25:28] = np.nan, False
    value, _ = depth(replace(panel, traded_value=values, traded=traded), 30, 10)
    assert value[0] == pytest.approx(values[[20, 21, 22, 23, 24, 28, 29], 0].sum() / 10, rel=1e-14)


def test_impact_is_unknown_where_nothing_was_traded(markets):
    """Known to be nothing, or not known: no order can be priced. The limit of the first is an order of nothing."""
    panel = moving(markets, names=2)
    panel = replace(panel, traded_value=panel.traded_value * [0.0, np.nan])
    of = book(panel, Constraints(max_adv_share=0.1), impact=True)
    assert np.isnan(of.on(30).impact).all()
    assert of.on(30).most[0] == 0.0 and np.isnan(of.on(30).most[1])


def test_volatility_needs_two_returns(markets):
    panel = moving(markets)
    assert np.isnan(depth(panel, 1, 10)[1]).all() and np.isnan(depth(panel, 2, 10)[1]).all()
    assert np.isfinite(depth(panel, 3, 10)[1]).all()


def test_volatility_leaves_out_the_days_before_a_listing(markets):
    panel = moving(markets)
    prices = panel.prices.copy()
    prices[:20] = np.nan
    found = depth(replace(panel, prices=prices), 30, 20)[1]
    assert found[0] == pytest.approx((prices[21:30, 0] / prices[20:29, 0] - 1.0).std(ddof=1), rel=1e-12)


def test_the_price_of_a_whole_share_is_its_close_in_base_currency_of_the_day_itself(markets):
    closes = np.arange(60, dtype=float).reshape(30, 2)
    fx = {"USD": np.ones(30), "EUR": np.linspace(1.0, 2.0, 30)}
    panel = flat(markets, closes=closes, currencies=("EUR", "USD"), fx=fx)
    share = book(panel, Constraints(whole_shares=True)).on(12).share
    assert share.tolist() == pytest.approx([24.0 * fx["EUR"][12], 25.0])


# Rates in hand


RATES = Rates(
    commission=0.0005,
    fixed=0.0,
    minimum=5.0,
    spread=np.array([0.001, 0.0]),
    buy_tax=np.array([0.005, 0.0]),
    sell_tax=np.array([0.0, 0.002]),
    fx=np.array([0.0, 0.003]),
    impact=np.array([1e-4, 0.0]),
)


def test_the_cost_of_an_order_by_its_components():
    """20,000 bought: 10 of commission; 2,000 sold: the minimum of 5. Impact 1e-4 x 20,000 ^ 1.5."""
    found = split_costs(np.array([20_000.0, -2_000.0]), RATES)
    assert found.shape == (2, len(COMPONENTS))
    assert found[0].tolist() == pytest.approx([10.0, 20.0, 100.0, 1e-4 * 20_000**1.5, 0.0])
    assert found[1].tolist() == pytest.approx([5.0, 0.0, 4.0, 0.0, 6.0])


def test_no_order_costs_nothing_whatever_its_rates():
    """Where impact is unknown too."""
    unknown = replace(RATES, impact=np.array([np.nan, 0.1]))
    assert not split_costs(np.zeros(2), unknown).any()


def test_a_table_of_orders_is_split_against_the_rates_of_each_moment():
    stacked = stack_rates([RATES, replace(RATES, spread=np.array([0.01, 0.01]))])
    assert stacked.spread.shape == (2, 2) and not stacked.constant
    value = np.ones((2, 3, 2)) * 1e5
    found = split_costs(value, stacked.for_variants())
    assert found.shape == (2, 3, 2, 5)
    assert found[:, 1, 0, 1].tolist() == pytest.approx([100.0, 1000.0])


def test_who_leaves_is_sold_without_limit_and_without_moving_the_market():
    rates = replace(RATES, most=np.array([100.0, np.nan])).for_leavers(np.array([False, True]))
    assert rates.most.tolist() == [100.0, np.inf] and rates.impact.tolist() == [1e-4, 0.0]
    for name in set(PER_ASSET) - {"impact"}:
        np.testing.assert_array_equal(getattr(rates, name), getattr(RATES, name))
    assert RATES.for_leavers(np.array([True, True])).most is None
    nowhere = replace(RATES, impact=np.array([np.nan, 0.0])).for_leavers(np.array([True, False]))
    assert not nowhere.impact.any()


def test_the_simple_case_is_known_by_its_rates():
    """Nothing but a rate on each side: closed form by pieces."""
    plain = replace(RATES, minimum=0.0, impact=np.zeros(2))
    assert plain.kernel[2]
    for change in ({"minimum": 1.0}, {"fixed": 1.0}, {"impact": np.array([0.0, np.nan])}):
        assert not replace(plain, **change).kernel[2], change
    assert not replace(plain, most=np.ones(2)).kernel[2] and not replace(plain, share=np.ones(2)).kernel[2]


# What is refused


def test_costs_of_a_whole_trade_are_refused_with_the_name(markets):
    spreads = np.full((30, 2), np.nan)
    spreads[17, 1] = 0.85
    panel = flat(markets, half_spreads=spreads, currencies=("USD", "EUR"), fx={"USD": np.ones(30), "EUR": np.ones(30)})
    with pytest.raises(
        DataError,
        match=r"^\[costs\], A001: commission, half-spread, taxes and currency come to 105% of a trade; "
        r"less than 100 % is allowed\. Lower them, or mend the tables of spreads and taxes\.$",
    ):
        book(panel, commission_bps=1000, buy_tax_bps=500, fx_bps=500)
    assert book(panel, commission_bps=1000).on(17).spread[1] == 0.85


def test_taxes_by_country_count_towards_the_whole(markets):
    table = TaxTable("test", (tax("FR", "both", 900, date(2020, 1, 6)),))
    spreads = np.full((30, 1), 0.95)
    panel = flat(markets, names=1, countries=("FR",), half_spreads=spreads)
    with pytest.raises(DataError, match=r"A000: .* come to 104% of a trade"):
        book(panel, FREE, table, taxes="by_country")
    assert book(panel).on(3).spread[0] == 0.95
