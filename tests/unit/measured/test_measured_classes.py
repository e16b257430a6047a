"""What a share class, money that flows, and trades that nobody decided do to the figures."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.classes import class_nav
from backtest.errors import DataError, MandateError
from backtest.measure import measure

FIRST = 22  # panel day of the first trade
DOLLARS = {"name": "H", "currency": "USD"}


def figures(case, kit, panel=None, **terms):
    share_class = kit.mandate().reported_class.model_copy(update=terms)
    return measure(panel or case.panel, case.strategy, case.baseline, kit.mandate(), share_class)


@pytest.fixture(scope="module")
def with_rates(case):
    """The panel with 1 % on sterling and 3 % on dollars."""
    days = len(case.panel.dates)
    return replace(case.panel, interest={"GBP": np.full(days, 0.01), "USD": np.full(days, 0.03)})


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"performance_fee": 0.2},
        {"performance_fee": 0.2, "fee_crystallises": "month_end", "ongoing_charge": 0.02},
        {**DOLLARS, "hedged": True},
        {**DOLLARS, "hedged": True, "performance_fee": 0.1},
    ],
    ids=["charge", "fee", "fee every month", "hedge", "hedge and fee"],
)
def test_growth_is_the_line_of_the_class_from_the_capital_on(kit, case, with_rates, terms):
    found = figures(case, kit, with_rates, **terms).lines
    share_class = kit.mandate().reported_class.model_copy(update=terms)
    for who, run in (("strategy", case.strategy), ("baseline", case.baseline)):
        line = class_nav(
            run.nav,
            run.dates,
            share_class,
            fx=with_rates.fx["USD"][FIRST:] if share_class.currency == "USD" else np.ones(len(run.dates)),
            interest=tuple(with_rates.interest[c][FIRST:] for c in ("GBP", "USD")),
            opening=kit.capital,
        )
        np.testing.assert_allclose(found.growth[who], line.nav[:, 0], rtol=1e-14)


def test_a_fee_lowers_both_runs_and_not_the_benchmark(kit, case):
    """The case gains, so that a fee is due; the index has none."""
    free, charged = (figures(case, kit, performance_fee=f).lines.growth for f in (0.0, 0.2))
    for who in ("strategy", "baseline"):
        assert free[who].max() > 105.0 and charged[who][-1] < free[who][-1]
    np.testing.assert_array_equal(charged["benchmark"], free["benchmark"])


def test_a_hedged_class_follows_the_fund_in_its_own_currency(kit, case, with_rates):
    """Volatility near that of the sterling class, and two per cent a year more than it: the interest differential."""
    own = figures(case, kit).summary.performance
    hedged = figures(case, kit, with_rates, **DOLLARS, hedged=True).summary.performance
    plain = figures(case, kit, with_rates, **DOLLARS).summary.performance
    assert hedged["strategy"].volatility == pytest.approx(own["strategy"].volatility, rel=0.02)
    assert plain["strategy"].volatility > 1.2 * own["strategy"].volatility
    years = [found["strategy"].periods["start"].annualised for found in (own, hedged)]
    assert years[1] - years[0] == pytest.approx(0.02, abs=0.005)


def test_the_cash_of_a_hedged_class_is_hedged_too(kit, case, with_rates):
    """Its Sharpe ratio is near that of the sterling class: interest is on both sides, the exchange rate on neither."""
    own = figures(case, kit).summary.performance["strategy"].sharpe
    hedged = figures(case, kit, with_rates, **DOLLARS, hedged=True).summary.performance["strategy"].sharpe
    assert hedged == pytest.approx(own, abs=0.05)


def test_the_benchmark_of_a_hedged_class_is_not_hedged(kit, case, with_rates):
    hedged, plain = (figures(case, kit, with_rates, **DOLLARS, hedged=h) for h in (True, False))
    np.testing.assert_array_equal(hedged.lines.growth["benchmark"], plain.lines.growth["benchmark"])
    errors = [found.summary.performance["strategy"].tracking_error for found in (hedged, plain)]
    assert errors[0] > errors[1]


def test_a_hedge_touches_no_weight_and_no_trade(kit, case, with_rates):
    hedged, own = figures(case, kit, with_rates, **DOLLARS, hedged=True).summary, figures(case, kit).summary
    assert hedged.trading == own.trading and hedged.concentration == own.concentration
    assert hedged.exposures == own.exposures and hedged.liquidity == own.liquidity


def test_a_hedge_without_rates_and_a_hedge_of_nothing(kit, case, with_rates):
    with pytest.raises(
        DataError, match=r"^\[\[share_class\]\] H, hedged: no interest rates for GBP and USD; found none"
    ):
        figures(case, kit, **DOLLARS, hedged=True)
    with pytest.raises(MandateError, match=r"^\[\[share_class\]\] A, hedged: the class is in GBP, the base currency"):
        figures(case, kit, with_rates, hedged=True)


@pytest.mark.parametrize("launch", [date(2021, 5, 3), date(2030, 1, 1)])
def test_launch_moves_no_figure(kit, case, launch):
    """Everything is simulated from the fund's first day on, decision record 2."""
    assert figures(case, kit, launch=launch).summary == figures(case, kit).summary


def test_money_that_comes_and_goes_is_no_return(kit):
    """Without costs, doubling the money and taking a third out again moves no return, no drawdown and no weight."""
    panel = kit.panel()
    days = {day: np.array([0.1, 0.1, 0.3, 0.3, 0.1, 0.1]) for day in (FIRST, 200, 300, 400, 600)}
    quiet = kit.run(panel, days, rate=0.0)
    busy = kit.run(
        panel, days, rate=0.0, flows={200: kit.capital, 400: -kit.capital / 3}, reasons={200: "flow", 400: "flow"}
    )
    assert busy.nav[-1, 0] > 1.5 * quiet.nav[-1, 0]
    found, expected = (measure(panel, run, run, kit.mandate()) for run in (busy, quiet))
    for who in ("growth", "drawdown"):
        mine, other = getattr(found.lines, who)["strategy"], getattr(expected.lines, who)["strategy"]
        np.testing.assert_allclose(mine, other, rtol=1e-11, atol=1e-12)
    assert found.summary.concentration["strategy"].hhi == pytest.approx(expected.summary.concentration["strategy"].hhi)


def test_turnover_counts_what_was_decided_and_costs_count_everything(kit, case):
    """All that was traded, but for flows and the first purchase with what was carried over from it."""
    reasons = ["rebalance"] * len(case.strategy.reasons)
    reasons[1], reasons[3], reasons[5], reasons[6] = "carry_over", "carry_over", "flow", "delisting"
    mixed = replace(case.strategy, reasons=tuple(reasons))
    found = measure(case.panel, mixed, case.baseline, kit.mandate()).summary.trading["strategy"]
    counted = [k for k in range(len(reasons)) if k not in (0, 1, 5)]
    days = (mixed.dates[-1] - mixed.dates[0]).astype(int)
    assert found.turnover == pytest.approx(mixed.turnover[counted, 0].sum() * 365.25 / days)
    assert found.cost_drag == pytest.approx(mixed.costs.sum() / mixed.nav.mean() * 365.25 / days)
    shown = [k for k, reason in enumerate(reasons) if reason == "rebalance"]
    assert [one.day for one in found.rebalances] == mixed.dates[mixed.trade_days[shown]].tolist()
    assert [one.turnover for one in found.rebalances] == pytest.approx(mixed.turnover[shown, 0])


def test_weights_are_of_the_fund_with_its_flows(kit):
    """NAV with flows, not the value of a unit, is what units x price are a share of."""
    panel = kit.panel()
    weights = np.array([0.2, 0.2, 0.2, 0.1, 0.1, 0.1])
    run = kit.run(panel, {FIRST: weights, len(panel.dates) - 1: weights}, flows={500: 5 * kit.capital})
    found = measure(panel, run, run, kit.mandate()).summary
    assert [row.strategy for row in found.exposures["theme"] if row.group == "capex"] == pytest.approx([0.4])
