"""What is true of every measure whatever the market did."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backtest.facts import Fact, format_fact
from backtest.metrics import characteristics, concentration, liquidity, performance, risk, trading
from backtest.metrics.concentration import (
    active_share,
    cash_weight,
    effective_number,
    exposures,
    herfindahl,
    top_weight,
)
from backtest.metrics.performance import (
    annualised_return,
    cumulative_return,
    daily_returns,
    discrete_periods,
    discrete_returns,
    drawdowns,
    max_drawdown,
    month_ends,
    period_start,
    return_between,
)
from backtest.metrics.risk import sharpe_ratio, tracking_error, volatility

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)

daily = st.floats(-0.2, 0.25, allow_subnormal=False).map(lambda r: round(r, 6))
returns = arrays(np.float64, st.integers(2, 60), elements=daily)
constants = st.floats(-0.05, 0.05).map(lambda c: round(c, 6))
factors = st.floats(0.01, 100.0)


def levels_of(some, base=100.0):
    return base * np.cumprod(1.0 + some)


@st.composite
def portfolios(draw, cash=True):
    raw = draw(arrays(np.float64, st.integers(1, 30), elements=st.integers(0, 1000).map(float)))
    assume(raw.sum() > 0)
    return raw / raw.sum() * (draw(st.floats(0.05, 1.0)) if cash else 1.0)


@st.composite
def two_portfolios(draw):
    size = draw(st.integers(1, 30))
    raw = draw(arrays(np.float64, (2, size), elements=st.integers(0, 1000).map(float)))
    assume((raw.sum(axis=1) > 0).all())
    return raw / raw.sum(axis=1, keepdims=True)


# performance


@quick
@given(returns, factors)
def test_a_drawdown_is_never_above_zero_and_never_below_minus_one(some, base):
    found = drawdowns(levels_of(some, base), base)
    assert (found <= 0.0).all() and (found >= -1.0).all()
    assert max_drawdown(levels_of(some, base), base) == found.min()


@quick
@given(returns, factors)
def test_a_larger_portfolio_of_the_same_assets_has_the_same_returns(some, factor):
    levels = levels_of(some)
    for measure in (cumulative_return, daily_returns, drawdowns, max_drawdown):
        np.testing.assert_allclose(measure(levels * factor, 100.0 * factor), measure(levels, 100.0), atol=1e-12)


@quick
@given(returns)
def test_a_longer_history_has_no_smaller_maximum_drawdown(some):
    levels = levels_of(some)
    depths = [float(max_drawdown(levels[:n], 100.0)) for n in range(1, len(levels) + 1)]
    assert depths == sorted(depths, reverse=True)


@quick
@given(returns, st.floats(0.0, 0.2))
def test_an_entry_cost_deepens_the_drawdown_and_lowers_the_return(some, cost):
    after = levels_of(some) * (1.0 - cost)
    assert max_drawdown(after, 100.0) <= max_drawdown(levels_of(some), 100.0) + 1e-12
    assert cumulative_return(after, 100.0) <= cumulative_return(levels_of(some), 100.0) + 1e-12


@quick
@given(returns)
def test_daily_returns_compound_to_the_cumulative_return(some):
    levels = levels_of(some)
    np.testing.assert_allclose(daily_returns(levels, 100.0), some, atol=1e-12)
    assert np.prod(1.0 + daily_returns(levels, 100.0)) - 1.0 == pytest.approx(cumulative_return(levels, 100.0))


@quick
@given(st.floats(-0.9, 5.0), st.integers(365, 8000))
def test_the_annualised_return_compounds_back(total, days):
    yearly = annualised_return(total, days)
    assert (1.0 + yearly) ** (days / 365.25) - 1.0 == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert np.sign(yearly) == np.sign(total) or abs(total) < 1e-9


@quick
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(1, 5))
def test_discrete_years_compound_to_the_return_over_the_same_window(seed, offset, count):
    random = np.random.Generator(np.random.PCG64(seed))
    every = np.arange(np.datetime64("2016-01-29") + offset, np.datetime64("2022-03-01") + offset)
    dates = every[np.is_busday(every)]
    levels = levels_of(random.normal(0.0, 0.02, len(dates)))
    ends = month_ends(dates)
    periods = discrete_periods(dates, ends, count)
    years = discrete_returns(levels, 100.0, dates, ends, count)
    whole = return_between(levels, 100.0, periods[-1][0], periods[0][1])
    assert np.prod(1.0 + years) - 1.0 == pytest.approx(whole)
    for start, end in periods:
        assert ends[start] and ends[end]
        months = dates[[start, end]].astype("datetime64[M]").astype(int)
        assert months[1] - months[0] == 12


@quick
@given(st.integers(0, 1500), st.sampled_from(["1m", "3m", "ytd", "1y", "3y"]))
def test_a_period_begins_before_it_ends_and_never_after_its_calendar_day(last, period):
    every = np.arange(np.datetime64("2016-01-29"), np.datetime64("2021-01-01"))
    dates = every[np.is_busday(every)]
    ends = month_ends(dates)
    last = len(dates) - 1 - last % (len(dates) - 1)
    start = period_start(dates[: last + 1], period, at_month_end=bool(ends[last]))
    longest = {"1m": 31, "3m": 92, "ytd": 366, "1y": 366, "3y": 1096}[period] + 4
    assert start < last
    if start >= 0:
        assert 1 <= (dates[last] - dates[start]).astype(int) <= longest
        assert not ends[last] or ends[start]


# risk


@quick
@given(returns, constants)
def test_adding_a_constant_to_return_and_hurdle_leaves_the_sharpe_ratio_unchanged(some, constant):
    hurdle = np.linspace(0.0, 0.01, len(some))
    assume(np.std(some - hurdle) > 1e-6)
    assert sharpe_ratio(some + constant, hurdle + constant) == pytest.approx(sharpe_ratio(some, hurdle), abs=1e-6)


@quick
@given(returns, factors)
def test_leverage_leaves_the_sharpe_ratio_unchanged_and_a_short_position_turns_its_sign(some, factor):
    assume(np.std(some) > 1e-6)
    nothing = np.zeros(len(some))
    assert sharpe_ratio(some * factor, nothing) == pytest.approx(sharpe_ratio(some, nothing), rel=1e-9, abs=1e-9)
    assert sharpe_ratio(-some, nothing) == pytest.approx(-sharpe_ratio(some, nothing), rel=1e-9, abs=1e-9)


@quick
@given(returns, factors, constants)
def test_volatility_grows_with_the_bet_and_ignores_the_drift(some, factor, constant):
    assert volatility(some * factor) == pytest.approx(volatility(some) * factor, rel=1e-9, abs=1e-12)
    assert volatility(some + constant) == pytest.approx(volatility(some), rel=1e-6, abs=1e-9)
    assert volatility(some) >= 0.0


@quick
@given(returns, returns)
def test_tracking_error_is_symmetric_and_zero_against_itself(one, other):
    size = min(len(one), len(other))
    one, other = one[:size], other[:size]
    assert tracking_error(one, one) == 0.0
    assert tracking_error(one, other) == pytest.approx(tracking_error(other, one))
    assert tracking_error(one, other) <= volatility(one) + volatility(other) + 1e-12


# concentration


@quick
@given(portfolios())
def test_herfindahl_lies_between_one_over_n_and_one(weights):
    held = (weights > 0.0).sum()
    assert 1.0 / held - 1e-12 <= herfindahl(weights) <= 1.0 + 1e-12
    assert 1.0 - 1e-9 <= effective_number(weights) <= held + 1e-9


@quick
@given(st.integers(1, 500), st.floats(0.01, 1.0))
def test_equal_weights_have_as_many_effective_names_as_names(names, invested):
    assert effective_number(np.full(names, invested / names)) == pytest.approx(names)


@quick
@given(portfolios(), st.floats(0.05, 1.0), st.randoms(use_true_random=False))
def test_cash_and_the_order_of_names_do_not_matter_to_herfindahl(weights, invested, shuffle):
    order = list(range(len(weights)))
    shuffle.shuffle(order)
    assert herfindahl(weights * invested) == pytest.approx(herfindahl(weights))
    assert herfindahl(weights[order]) == pytest.approx(herfindahl(weights))


@quick
@given(portfolios())
def test_merging_two_names_never_spreads_the_portfolio(weights):
    assume(len(weights) >= 2)
    merged = np.concatenate([[weights[0] + weights[1]], weights[2:]])
    assert herfindahl(merged) >= herfindahl(weights) - 1e-12


@quick
@given(two_portfolios())
def test_active_share_lies_between_zero_and_one_and_is_symmetric(both):
    one, other = both
    assert -1e-12 <= active_share(one, other) <= 1.0 + 1e-9
    assert active_share(one, other) == pytest.approx(active_share(other, one), abs=1e-12)
    assert active_share(one, one) == 0.0


@quick
@given(two_portfolios())
def test_portfolios_that_share_no_name_have_an_active_share_of_one(both):
    one, other = both
    nothing = np.zeros(len(one))
    assert active_share(np.concatenate([one, nothing]), np.concatenate([nothing, other])) == pytest.approx(1.0)


@quick
@given(two_portfolios(), st.floats(0.0, 1.0))
def test_selling_towards_the_benchmark_lowers_the_active_share_in_proportion(both, step):
    one, other = both
    between = (1.0 - step) * one + step * other
    assert active_share(between, other) == pytest.approx((1.0 - step) * active_share(one, other), abs=1e-9)


@quick
@given(portfolios())
def test_exposures_and_cash_make_all_of_nav(weights):
    labels = np.arange(len(weights)) % 3
    masks = np.array([labels == group for group in range(3)])
    assert exposures(weights, masks).sum() + cash_weight(weights) == pytest.approx(1.0, abs=1e-8)


@quick
@given(portfolios())
def test_more_names_never_weigh_less(weights):
    tops = [float(top_weight(weights, count)) for count in range(1, len(weights) + 2)]
    assert all(b >= a - 1e-12 for a, b in pairwise(tops))
    assert tops[0] == weights.max() and tops[-1] == pytest.approx(weights.sum())


# liquidity and trading


@quick
@given(arrays(np.float64, 5, elements=st.floats(1.0, 1e9)), factors)
def test_a_fund_twice_as_large_takes_twice_as_long_to_sell(values, factor):
    average = np.full(5, 1e6)
    assert (liquidity.days_to_sell(values, average) > 0.0).all()
    np.testing.assert_allclose(
        liquidity.days_to_sell(values * factor, average), factor * liquidity.days_to_sell(values, average)
    )


@quick
@given(arrays(np.float64, 6, elements=st.floats(0.0, 1.0)), st.integers(365, 5000))
def test_the_same_trades_in_half_the_time_are_twice_the_turnover(turnover, days):
    assert trading.turnover_per_year(turnover, days) == pytest.approx(2 * trading.turnover_per_year(turnover, 2 * days))


# all of them


def public_functions():
    for module in (performance, risk, trading, concentration, liquidity, characteristics):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield pytest.param(function, id=f"{module.__name__.rsplit('.', 1)[1]}.{name}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_every_public_measure_documents_itself(function):
    """Each docstring gives shapes or the meaning of its answer, and an example or rule for what is undefined."""
    text = inspect.getdoc(function) or ""
    assert len(text.split()) >= 12, "a measure says what it is"
    assert any(character.isdigit() for character in text), "a measure gives an example"


VARIANTS = np.array([[0.01, 0.02, -0.3], [-0.02, 0.0, 0.1], [0.03, -0.01, 0.2], [0.0, 0.01, 0.0]])


@pytest.mark.parametrize(
    "measure",
    [
        lambda r: cumulative_return(100.0 * np.cumprod(1.0 + r, axis=0), 100.0),
        lambda r: max_drawdown(100.0 * np.cumprod(1.0 + r, axis=0), 100.0),
        lambda r: volatility(r),
        lambda r: sharpe_ratio(r, np.array([0.001, 0.0, 0.0, 0.002])),
        lambda r: tracking_error(r, np.array([0.01, 0.0, 0.0, 0.002])),
        lambda r: trading.turnover_per_year(np.abs(r), 730.5),
        lambda r: trading.cost_drag_per_year(np.abs(r), 1.0 + r, 730.5),
    ],
)
def test_many_variants_at_once_are_each_alone(measure):
    np.testing.assert_allclose(measure(VARIANTS), [measure(VARIANTS[:, v]) for v in range(3)], rtol=1e-12)


@pytest.mark.parametrize(
    ("measure", "arguments"),
    [
        (daily_returns, (levels_of(VARIANTS[:, 0]), 100.0)),
        (drawdowns, (levels_of(VARIANTS[:, 0]), 100.0)),
        (max_drawdown, (levels_of(VARIANTS[:, 0]), 100.0)),
        (sharpe_ratio, (VARIANTS, VARIANTS[:, 0])),
        (tracking_error, (VARIANTS, VARIANTS[:, 0])),
        (herfindahl, (np.array([0.5, 0.2]),)),
        (top_weight, (np.array([0.2, 0.5]), 1)),
        (active_share, (np.array([0.2, 0.5]), np.array([0.5, 0.5]))),
        (exposures, (np.array([0.2, 0.5]), np.eye(2, dtype=bool))),
        (liquidity.average_daily_value, (np.array([[np.nan, 1.0], [2.0, 1.0]]),)),
        (liquidity.days_to_sell, (np.array([1.0, 0.0]), np.array([np.nan, 1.0]))),
        (characteristics.price_to, (np.array([0.5, 0.4]), np.array([9.0, 8.0]), np.array([1.0, np.nan]))),
        (characteristics.weighted_median, (np.array([0.5, 0.4]), np.array([9.0, 8.0]))),
        (trading.turnover_per_year, (np.array([0.5, 0.1]), 400.0)),
        (trading.cost_drag_per_year, (np.array([0.5, 0.1]), np.ones(3), 400.0)),
    ],
)
def test_inputs_are_read_only_and_stay_as_they_were(measure, arguments):
    before = [np.copy(one) for one in arguments]
    for one in arguments:
        if isinstance(one, np.ndarray):
            one.setflags(write=False)
    measure(*arguments)
    for one, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(one, copy)


# the formatter


@quick
@given(st.floats(-1e6, 1e6), st.integers(0, 4), st.sampled_from(["percent", "signed_percent", "number", "ratio"]))
def test_what_is_printed_is_within_half_a_unit_of_the_value(value, precision, unit):
    printed = format_fact(Fact("some.fact", "", value, unit, precision, None, "simulated", ""))
    back = float(printed.replace("−", "-").replace(",", "").removesuffix("%"))
    scale = 100.0 if unit.endswith("percent") else 1.0
    assert abs(back - value * scale) <= 0.5 * 10.0**-precision + 1e-6 * max(1.0, abs(value)) * 1e-3
    assert not (back == 0.0 and printed[0] in "−+")
    assert "-" not in printed


@quick
@given(st.floats(0.0, 1e3), st.integers(0, 3))
def test_a_loss_prints_as_a_gain_of_the_same_size_with_its_own_sign(value, precision):
    gain, loss = (
        format_fact(Fact("some.fact", "", one, "signed_percent", precision, None, "simulated", ""))
        for one in (value, -value)
    )
    assert gain.lstrip("+") == loss.lstrip("−")
