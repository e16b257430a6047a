from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.classes import after_charges
from backtest.errors import DataError, MandateError
from backtest.measure import as_of_date, measure, weights_on
from backtest.metrics.summary import summary_to_dict


def test_figures_end_on_the_last_complete_month(kit):
    assert as_of_date(kit.panel(end="2022-12-30"), date(2019, 2, 1), None) == date(2022, 12, 30)
    assert as_of_date(kit.panel(end="2022-12-29"), date(2019, 2, 1), None) == date(2022, 11, 30)


def test_a_window_without_a_complete_month_ends_on_its_last_day(kit):
    assert as_of_date(kit.panel(end="2022-12-15"), date(2022, 12, 5), None) == date(2022, 12, 15)


@pytest.mark.parametrize("wanted", [date(2019, 1, 30), date(2023, 1, 2), date(1999, 1, 1)])
def test_as_of_outside_the_window(kit, case, wanted):
    with pytest.raises(MandateError) as caught:
        measure(case.panel, case.strategy, case.baseline, kit.mandate(as_of=wanted), where="fund.toml")
    assert str(caught.value) == (
        f"fund.toml, [report] as_of: {wanted} is outside the simulated window. "
        "Allowed: a trading day from 2019-01-31 to 2022-12-30. Change as_of, or leave it out."
    )


def test_as_of_on_a_day_without_trading(kit, case):
    with pytest.raises(MandateError) as caught:
        measure(case.panel, case.strategy, case.baseline, kit.mandate(as_of=date(2022, 10, 16)), where="fund.toml")
    assert str(caught.value) == (
        "fund.toml, [report] as_of: 2022-10-16 is not a trading day; the one before it is 2022-10-14. "
        "Allowed: a trading day from 2019-01-31 to 2022-12-30. Change as_of to 2022-10-14, or leave it out."
    )


@pytest.mark.parametrize("day", [date(2019, 1, 31), date(2022, 10, 18), date(2022, 12, 30)])
def test_every_figure_ends_on_the_as_of_date(kit, case, day):
    found = measure(case.panel, case.strategy, case.baseline, kit.mandate(as_of=day))
    assert found.summary.as_of == day
    assert found.lines.dates[-1] == np.datetime64(day) and found.lines.theme_dates[-1] <= np.datetime64(day)
    for figures in found.summary.performance.values():
        assert all(period.end == day for period in figures.periods.values())
    for figures in found.summary.trading.values():
        assert all(one.day <= day for one in figures.rebalances)


def test_what_comes_after_the_as_of_date_changes_nothing(kit):
    """Scramble all prices after the as-of date: no figure moves."""
    calm = kit.panel()
    day = date(2021, 6, 15)
    late = calm.dates > np.datetime64(day)
    wild = replace(
        calm,
        prices=np.where(late[:, None], calm.prices * 3.0, calm.prices),
        benchmark=np.where(late, calm.benchmark / 5.0, calm.benchmark),
        traded_value=np.where(late[:, None], 0.0, calm.traded_value),
        cash=np.where(late, 9.0, calm.cash),
    )
    found = [
        measure(c.panel, c.strategy, c.baseline, kit.mandate(as_of=day)).summary
        for c in (kit.case(calm), kit.case(wild))
    ]
    assert found[0] == found[1]


def test_strategy_and_baseline_bear_the_ongoing_charge_and_the_benchmark_does_not(kit, case):
    charged = measure(case.panel, case.strategy, case.baseline, kit.mandate()).lines
    free_class = kit.mandate().reported_class.model_copy(update={"ongoing_charge": 0.0})
    free = measure(case.panel, case.strategy, case.baseline, kit.mandate(), free_class).lines
    for who in ("strategy", "baseline"):
        expected = after_charges(free.growth[who], free.dates, 0.0075)
        np.testing.assert_allclose(charged.growth[who], expected, rtol=1e-12)
        assert charged.growth[who][-1] < free.growth[who][-1]
    np.testing.assert_array_equal(charged.growth["benchmark"], free.growth["benchmark"])


def test_growth_starts_below_100_by_the_entry_cost_and_the_index_at_100(kit, case):
    lines = measure(case.panel, case.strategy, case.baseline, kit.mandate()).lines
    assert lines.growth["strategy"][0] == pytest.approx(100 * case.strategy.nav[0, 0] / kit.capital)
    assert lines.growth["strategy"][0] < 100.0
    assert lines.growth["benchmark"][0] == 100.0


def test_a_class_in_another_currency_sees_all_three_series_in_it(kit, case):
    """In dollars, growth is that in pounds times pounds in dollars, for every series alike."""
    other = next(c for c in kit.mandate().share_class if c.name == "B")
    same = other.model_copy(update={"currency": "GBP"})
    dollars = measure(case.panel, case.strategy, case.baseline, kit.mandate(), other)
    pounds = measure(case.panel, case.strategy, case.baseline, kit.mandate(), same)
    rate = case.panel.fx["USD"][22:]
    for who in ("strategy", "baseline", "benchmark"):
        np.testing.assert_allclose(dollars.lines.growth[who], pounds.lines.growth[who] * rate[0] / rate, rtol=1e-12)
    assert dollars.summary.currency == "USD"
    assert dollars.summary.concentration == pounds.summary.concentration
    assert dollars.summary.trading == pounds.summary.trading
    assert dollars.summary.performance["strategy"].volatility != pounds.summary.performance["strategy"].volatility


def test_a_class_without_an_exchange_rate(kit, case):
    other = kit.mandate().reported_class.model_copy(update={"currency": "CHF"})
    with pytest.raises(DataError) as caught:
        measure(case.panel, case.strategy, case.baseline, kit.mandate(), other)
    assert str(caught.value) == (
        "share class A is in CHF, which has no exchange rate against GBP. Found: JPY, USD. Add CHF to [data] fx."
    )


def test_weights_and_cash_are_what_the_ledger_holds(case):
    """Cash by subtraction equals cash carried at its own return: nothing is lost between units and NAV."""
    days = np.array([0, 5, 100, len(case.strategy.dates) - 1])
    weights = weights_on(case.panel, case.strategy, days)
    for row, day in zip(weights, days, strict=True):
        k = np.flatnonzero(case.strategy.trade_days <= day)[-1]
        grown = case.panel.cash[day + 22] / case.panel.cash[case.strategy.trade_days[k] + 22]
        cash = case.strategy.cash[k, 0] * grown / case.strategy.nav[day, 0]
        assert 1.0 - row.sum() == pytest.approx(cash, abs=1e-12)
    np.testing.assert_allclose(weights[0], case.strategy.target_weights[0, 0], rtol=1e-12)


def test_a_name_outside_its_listing_weighs_nothing(kit, case):
    prices = case.panel.prices.copy()
    prices[100:, 3] = np.nan
    units = case.strategy.units.copy()
    units[:, :, 3] = 0.0
    found = weights_on(replace(case.panel, prices=prices), replace(case.strategy, units=units), np.array([200]))
    assert found[0, 3] == 0.0 and np.isfinite(found).all()


def test_a_day_of_suspension_counts_as_no_trading(kit, case):
    """Days to sell grow when a name is suspended on half of the last sixty days."""
    traded = case.panel.traded.copy()
    traded[-30:, 3] = False
    value = np.where(traded, case.panel.traded_value, np.nan)
    normal = measure(case.panel, case.strategy, case.baseline, kit.mandate()).summary.liquidity
    halted_panel = replace(case.panel, traded=traded, traded_value=value)
    halted = measure(halted_panel, case.strategy, case.baseline, kit.mandate())
    assert halted.summary.liquidity.worst_days > normal.worst_days * 1.5
    assert halted.summary.liquidity.volume_known is True


def test_results_on_other_days_than_the_panel_are_refused(kit, case):
    shifted = replace(case.strategy, dates=case.strategy.dates + 1)
    with pytest.raises(ValueError, match="not days of this panel"):
        measure(case.panel, shifted, shifted, kit.mandate())
    late = replace(case.baseline, dates=case.baseline.dates[1:], nav=case.baseline.nav[1:])
    with pytest.raises(ValueError, match="do not share their days"):
        measure(case.panel, case.strategy, late, kit.mandate())


def test_the_summary_is_plain_json(kit, case):
    found = summary_to_dict(measure(case.panel, case.strategy, case.baseline, kit.mandate()).summary)
    assert found["as_of"] == "2022-12-30" and found["start"] == "2019-01-31"
    assert found["performance"]["strategy"]["periods"]["10y"]["cumulative"] is None
    assert found["performance"]["benchmark"]["discrete"][0]["start"] == "2021-12-31"
    assert found["exposures"]["theme"][0].keys() == {"group", "strategy", "benchmark"}


def test_inputs_are_not_mutated(kit):
    case = kit.case(kit.panel())
    frozen = [case.panel.prices, case.panel.benchmark, case.panel.cash, case.strategy.nav, case.strategy.units]
    for array in frozen:
        array.setflags(write=False)
    measure(case.panel, case.strategy, case.baseline, kit.mandate())


@pytest.fixture(scope="module")
def mid_month(kit):
    """A first trade in the middle of a month, so that the first day is no month end."""
    return kit.case(kit.panel(), first=27)


def test_theme_lines_start_on_the_first_day_and_go_on_at_month_ends(kit, mid_month):
    lines = measure(mid_month.panel, mid_month.strategy, mid_month.baseline, kit.mandate()).lines
    assert lines.theme_dates[0] == mid_month.strategy.dates[0]
    assert len(lines.theme_dates) == 1 + 47  # February 2019 to December 2022
    on = np.searchsorted(mid_month.panel.dates, lines.theme_dates)
    expected = mid_month.panel.benchmark_weights[on][:, :2].sum(axis=1)
    np.testing.assert_allclose(lines.themes["capex"]["benchmark"], expected, rtol=1e-12)
    total = sum(lines.themes[theme]["strategy"] for theme in lines.themes)
    assert ((total > 0.85) & (total < 0.95)).all()


def test_the_benchmark_is_described_as_of_the_last_day(kit, mid_month):
    day = date(2021, 6, 15)
    found = measure(mid_month.panel, mid_month.strategy, mid_month.baseline, kit.mandate(as_of=day)).summary
    weights = mid_month.panel.benchmark_weights[np.searchsorted(mid_month.panel.dates, np.datetime64(day))]
    assert found.concentration["benchmark"].hhi == pytest.approx((weights**2).sum())
    assert found.concentration["benchmark"].largest == pytest.approx(weights.max())


def test_the_sharpe_ratio_is_above_the_cash_of_the_panel(kit, case):
    found = measure(case.panel, case.strategy, case.baseline, kit.mandate()).summary.performance["benchmark"]
    index, cash = case.panel.benchmark[22:], case.panel.cash[22:]
    excess = index[1:] / index[:-1] - cash[1:] / cash[:-1]
    assert found.sharpe == pytest.approx(excess.mean() / excess.std(ddof=1) * np.sqrt(252))


def test_ten_times_the_capital_takes_ten_times_as_long_to_sell(kit, case):
    """The mandate's capital decides, whatever the NAV has become."""
    small = kit.mandate()
    large = small.model_copy(update={"costs": small.costs.model_copy(update={"capital": 10 * kit.capital})})
    days = [measure(case.panel, case.strategy, case.baseline, m).summary.liquidity.worst_days for m in (small, large)]
    assert days[1] == pytest.approx(10 * days[0])
