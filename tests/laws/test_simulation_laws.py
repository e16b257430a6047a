"""What must hold for every simulation, whatever the market, the strategy, the mandate and the dates.

Random mandates hold every constraint, cost and calendar at one time or another. A mandate that leaves no room, or a
trade that cannot be made, is an answer too: such cases are set aside, and each law counts that enough remain.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtest.errors import ConstraintError, SimulationError
from backtest.mandate import StrategyChoice
from backtest.market.panel import OPTIONAL_TABLES
from backtest.result import order_cost_components, orders_of, segment_of, unit_value
from backtest.simulate import simulate
from backtest.strategy import Strategy, available, load_strategy
from backtest.terms import Constraints, Costs, Flow, Schedule
from backtest.trace import trace

ORACLES = Path(__file__).parents[1] / "oracles"
markets = SimpleNamespace(**runpy.run_path(str(ORACLES / "random_markets.py")))
strategies = SimpleNamespace(**runpy.run_path(str(ORACLES / "every_strategy.py")))

WEEKLY = Schedule(decide="week_end")
DEAR = Costs(commission_bps=15, buy_tax_bps=50, sell_tax_bps=10, delisting_haircut=0.3, capital=1e6)
seeds = st.integers(0, 10**6)


def law(examples: int = 60, **drawn: st.SearchStrategy) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """A test of `body` on that many random mandates, and on whatever else is drawn."""

    def made(body: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            kept = []

            @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            @given(case=mandates(), **drawn)
            def holds(case, **more):
                body(case, **more)
                kept.append(case)

            holds()
            assert len(kept) >= 0.6 * examples, "too few mandates could be run"

        test.__name__, test.__doc__ = body.__name__, body.__doc__
        return test

    return made


class Case(SimpleNamespace):
    """One mandate on one market; told in short, because a market in full fills pages."""

    def __repr__(self) -> str:
        told = {k: v for k, v in vars(self).items() if k in {"seed", "schedule", "constraints", "costs", "flows"}}
        size = (self.strategy.variants, *self.panel.prices.shape)
        return f"Case(V, T, N = {size}, " + ", ".join(f"{k}={v!r}" for k, v in told.items()) + ")"


@st.composite
def mandates(draw) -> Case:
    seed, variants = draw(seeds), draw(st.sampled_from([1, 2, 3]))
    panel = markets.rich_panel(seed, days=60, names=draw(st.integers(2, 8)))
    schedule, costs = draw(markets.schedules(panel)), draw(markets.costs())
    event = schedule.decide == "event"
    limits = draw(markets.constraints(event))
    more = {
        "max_sector": draw(
            st.dictionaries(st.sampled_from(sorted(set(panel.sectors))), st.floats(0.6, 1.0), max_size=1)
        ),
        "max_currency": draw(st.dictionaries(st.just(panel.currencies[0]), st.floats(0.6, 1.0), max_size=1)),
        "max_issuer": draw(st.none() | st.none() | st.floats(0.5, 1.0)),
    }
    days = st.integers(20, len(panel.dates) - 1)
    share = st.floats(-0.1, -0.001) | st.floats(0.001, 0.4)
    flows = draw(st.lists(st.tuples(days, share), max_size=2))
    return Case(
        panel=panel,
        strategy=markets.eventful(seed, variants) if event else markets.restless(seed, variants),
        schedule=schedule,
        constraints=limits.model_copy(update=more),
        costs=costs,
        flows=tuple(Flow(date=panel.dates[t].item(), amount=x * costs.capital) for t, x in flows),
        seed=seed,
        order=np.random.Generator(np.random.PCG64(seed)).permutation(len(panel.assets)),
    )


def changed(case, **changes):
    return Case(**(vars(case) | changes))


def completed(case):
    """The result of a case. One that cannot be run, or whose flow comes before its first trade, is set aside."""
    first = first_trade(case)
    flows = tuple(flow for flow in case.flows if np.datetime64(flow.date) > first)
    try:
        return simulate(case.panel, case.strategy, case.schedule, case.constraints, case.costs, flows)
    except (ConstraintError, SimulationError):
        assume(False)
        raise


def first_trade(case):
    from backtest.schedule import trading_plan

    return case.panel.dates[trading_plan(case.panel.dates, case.schedule).trades[0]]


def window(case, result):
    """Prices, with 0.0 where there is none, and the level of cash on the days of the result."""
    days = len(result.dates)
    return np.nan_to_num(case.panel.prices[-days:]), case.panel.cash[-days:]


def run(panel, strategy, costs=DEAR, constraints=None, schedule=WEEKLY):
    return simulate(panel, strategy, schedule, constraints or Constraints(), costs)


# Where money comes from and goes to


@law(80)
def test_nav_moves_by_what_is_held_and_by_nothing_else(case):
    """Each day: NAV change = units x price change + interest on cash - costs - custody - haircuts + flow, to 1e-10."""
    result = completed(case)
    prices, level = window(case, result)
    segment, at = segment_of(result), {int(day): k for k, day in enumerate(result.trade_days)}
    owed = result.owed[0]
    for day in range(1, len(result.dates)):
        k = segment[day - 1]
        moved = result.units[k] @ (prices[day] - prices[day - 1]) * 1.0
        lost = (result.units[k] > 0.0) & (prices[day] == 0.0)  # nothing held may lose its price
        assert not lost.any()
        moved += result.cash[k] / level[result.trade_days[k]] * (level[day] - level[day - 1])
        moved -= result.charges[day]
        owed = owed + result.charges[day]
        if day in at:
            k = at[day]
            discount = np.nan_to_num(result.order_prices[k] - prices[day])
            moved += result.flows[day] - result.costs[k].sum(axis=-1) - orders_of(result)[k] @ discount
            ruined = result.nav[day] == 0.0  # what a fund without anything owes is owed no more
            moved = np.where(ruined, -result.nav[day - 1], moved)
            owed = result.owed[k]
        tolerance = 1e-10 * np.maximum(result.nav[day], result.nav[day - 1])
        assert (np.abs(result.nav[day] - result.nav[day - 1] - moved) <= tolerance).all()


@law(80)
def test_each_trade_pays_for_itself(case):
    """Value before, the flow included = value after + costs, to 1e-12; and NAV is what is held plus cash less debt."""
    result = completed(case)
    prices, level = window(case, result)
    before_units, before_cash, before_owed, since = np.zeros_like(result.units[0]), None, 0.0, 0
    for k, day in enumerate(result.trade_days):
        fetched = np.where(np.isnan(result.order_prices[k]), prices[day], result.order_prices[k])
        cash = result.capital if k == 0 else before_cash * level[day] / level[since]
        owed = before_owed + result.charges[since + 1 : day + 1].sum(axis=0)
        before = before_units @ fetched + cash - owed + result.flows[day]
        after = result.units[k] @ fetched + result.cash[k] - result.owed[k]
        ruined = result.nav[day] == 0.0
        np.testing.assert_allclose(np.where(ruined, 0.0, after), np.where(ruined, 0.0, result.nav[day]), rtol=1e-12)
        paid = result.costs[k].sum(axis=-1)
        assert (np.abs(before - after - paid)[~ruined] <= 2e-12 * np.abs(before[~ruined])).all()
        before_units, before_cash, before_owed, since = result.units[k], result.cash[k], result.owed[k], day


@law(80)
def test_nothing_is_short_and_nothing_is_borrowed(case):
    result = completed(case)
    for name in ("units", "cash", "owed", "costs", "order_costs", "charges", "nav"):
        assert (getattr(result, name) >= 0.0).all(), name
    assert (np.isnan(result.turnover) | (result.turnover >= 0.0)).all()
    traded = orders_of(result).any(axis=2)
    assert ((result.cash == 0.0) | (result.owed == 0.0))[traded].all()  # who trades pays what he owes while cash lasts


@law(60)
def test_orders_and_their_costs_add_up(case):
    """By component, by order and by moment the same money; turnover is half of what was bought and sold."""
    result = completed(case)
    orders, parts = orders_of(result), order_cost_components(result)
    np.testing.assert_allclose(parts.sum(axis=-1), result.order_costs, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(parts.sum(axis=2), result.costs, rtol=1e-8, atol=1e-7 * case.costs.capital**0.5)
    np.testing.assert_allclose(np.cumsum(orders, axis=0), result.units, rtol=1e-9, atol=1e-9 * result.units.max())
    assert not orders[np.isnan(result.target_weights)].any()  # what is left alone keeps its units, to the bit
    assert np.isnan(result.order_prices[~orders.any(axis=1)]).all()


@law(60)
def test_the_limit_on_volume_holds_for_each_order(case):
    """A share of the mean value of the days before, those without a close as nothing; but not for who leaves."""
    limits = case.constraints.model_copy(update={"max_adv_share": 0.1, "whole_shares": False})
    result = completed(changed(case, constraints=limits))
    start = len(case.panel.dates) - len(result.dates)
    value = np.abs(orders_of(result) * np.nan_to_num(result.order_prices)[:, None])
    for k, day in enumerate(result.trade_days + start):
        past = slice(max(0, day - limits.adv_days), day)
        silent = ~case.panel.traded[past] & ~np.isnan(case.panel.prices[past])
        known = np.where(silent, 0.0, case.panel.traded_value[past])
        with np.errstate(invalid="ignore"):
            most = 0.1 * np.nansum(known, axis=0) / (~np.isnan(known)).sum(axis=0)
        stays = case.panel.delisted != day
        assert (value[k][:, stays] <= np.nan_to_num(most[stays]) * (1 + 1e-9) + 1e-9).all()


# What does not matter


@law(50, factor=st.floats(1e-3, 1e3))
def test_the_unit_of_a_price_does_not_matter(case, factor):
    """Another base of the total-return series: the NAV is the same."""
    case = changed(case, constraints=case.constraints.model_copy(update={"whole_shares": False}))
    scale = np.where(np.arange(len(case.panel.assets)) % 2, 1.0, factor)
    ours, theirs = (
        completed(case),
        completed(changed(case, panel=replace(case.panel, prices=case.panel.prices * scale))),
    )
    np.testing.assert_allclose(theirs.nav, ours.nav, rtol=1e-9)
    np.testing.assert_allclose(theirs.units * scale, ours.units, rtol=1e-6, atol=1e-9 * ours.units.max())


@law(50)
def test_a_name_never_held_changes_nothing(case):
    """Not its price, not its suspension, not its departure, not its volume."""
    quiet_name, wishes = 0, case.strategy.function

    def without(history, **parameters):
        wish = np.array(wishes(history, **parameters))
        wish[:, quiet_name] = 0.0
        return wish

    case = changed(case, strategy=replace(case.strategy, function=without))
    panel, rng = case.panel, np.random.Generator(np.random.PCG64(case.seed))
    arrays = {name: getattr(panel, name).copy() for name in ("prices", "closes", "traded", "traded_value", "delisted")}
    day = int(rng.integers(30, 50))
    arrays["prices"][:, quiet_name] = rng.exponential(50.0, len(panel.dates))
    arrays["prices"][day + 1 :, quiet_name] = np.nan
    arrays["traded"][:, quiet_name] = (rng.random(len(panel.dates)) < 0.5) & (np.arange(len(panel.dates)) <= day)
    arrays["traded_value"][:, quiet_name] = np.nan
    arrays["delisted"][quiet_name] = day
    quiet, loud = completed(case), completed(changed(case, panel=replace(panel, **arrays)))
    assert not quiet.units[:, :, quiet_name].any() and not loud.units[:, :, quiet_name].any()
    np.testing.assert_allclose(loud.nav, quiet.nav, rtol=1e-12)
    np.testing.assert_array_equal(loud.trade_days, quiet.trade_days)
    np.testing.assert_allclose(loud.costs, quiet.costs, rtol=1e-9, atol=1e-9)


def permuted(panel, order):
    wide = (*OPTIONAL_TABLES, "prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
    changes = {name: getattr(panel, name)[:, order] for name in wide if getattr(panel, name) is not None}
    for name in ("assets", "names", "themes", "sectors", "countries", "currencies", "issuers"):
        changes[name] = tuple(getattr(panel, name)[i] for i in order) if getattr(panel, name) else ()
    return replace(panel, **changes, delisted=panel.delisted[order])


@law(50)
def test_the_order_of_the_names_does_not_matter(case):
    """Names shuffled, wishes shuffled with them: the NAV is the same, the holdings are shuffled."""

    def shuffled(history, **parameters):
        back = np.argsort(case.order)
        as_before = SimpleNamespace(names=history.names, dates=history.dates, members=history.members[back])
        return case.strategy.function(as_before, **parameters)[:, case.order]

    ours = completed(case)
    other = changed(case, panel=permuted(case.panel, case.order), strategy=replace(case.strategy, function=shuffled))
    theirs = completed(other)
    np.testing.assert_allclose(theirs.nav, ours.nav, rtol=1e-9)
    scale = ours.units.max(axis=(0, 1))[case.order]
    assert (np.abs(theirs.units - ours.units[:, :, case.order]) <= 1e-7 * scale).all()
    assert theirs.reasons == ours.reasons


@law(50)
def test_the_order_of_a_table_of_limits_does_not_matter(case):
    labels = {"max_theme": case.panel.themes, "max_sector": case.panel.sectors, "max_country": case.panel.countries}
    tables = {name: dict.fromkeys(sorted(set(label)), 0.95) for name, label in labels.items() if len(set(label)) > 1}
    turned = {name: dict(reversed(table.items())) for name, table in tables.items()}
    ours, theirs = (
        completed(changed(case, constraints=case.constraints.model_copy(update=t))) for t in (tables, turned)
    )
    np.testing.assert_allclose(theirs.nav, ours.nav, rtol=1e-9)
    by_name = [{n: r.binding[:, :, c] for c, n in enumerate(r.constraints)} for r in (ours, theirs)]
    assert by_name[0].keys() == by_name[1].keys()


@law(50, factor=st.floats(0.1, 1e3))
def test_twice_the_capital_is_twice_the_nav(case, factor):
    """Where no cost or limit is a sum of money."""
    free = {"commission_fixed": 0.0, "commission_minimum": 0.0, "impact": False}
    limits = case.constraints.model_copy(update={"whole_shares": False, "max_adv_share": None})
    one = changed(case, constraints=limits, flows=(), costs=case.costs.model_copy(update=free))
    costs = one.costs.model_copy(update={"capital": one.costs.capital * factor})
    ours, theirs = completed(one), completed(changed(one, costs=costs))
    np.testing.assert_allclose(theirs.nav, ours.nav * factor, rtol=1e-10)
    np.testing.assert_allclose(theirs.turnover, ours.turnover, rtol=1e-8, atol=1e-10)


@law(50)
def test_variants_in_one_call_are_as_many_calls_of_one(case):
    """To 1e-12: a product of more rows may be added up in another order, and nothing else differs."""
    together = completed(case)
    for v in range(case.strategy.variants):
        mine = replace(case.strategy, parameters={"row": case.strategy.parameters["row"][v : v + 1]})
        alone = completed(changed(case, strategy=mine))
        np.testing.assert_allclose(together.nav[:, v], alone.nav[:, 0], rtol=1e-12)
        np.testing.assert_allclose(together.charges[:, v], alone.charges[:, 0], rtol=1e-11, atol=1e-14)
        totals = [result.costs.sum(axis=0)[row] for result, row in ((together, v), (alone, 0))]
        np.testing.assert_allclose(*totals, rtol=1e-10, atol=1e-10)


@law(40)
def test_custody_of_nothing_is_no_custody(case):
    """A rate too small for a float accrues zeros, day by day, to the same NAV."""
    none, tiny = (changed(case, costs=case.costs.model_copy(update={"custody_bps": b})) for b in (0.0, 1e-13))
    ours, theirs = completed(none), completed(tiny)
    assert not theirs.charges.any()
    np.testing.assert_allclose(theirs.nav, ours.nav, rtol=1e-13)


@law(40)
def test_the_same_run_twice_is_the_same_to_the_bit_and_writes_to_nothing(case):
    arrays = {name: value for name, value in vars(case.panel).items() if isinstance(value, np.ndarray)}
    before = {name: value.tobytes() for name, value in arrays.items()}
    one, two = completed(case), completed(case)
    for name, value in vars(one).items():
        other = getattr(two, name)
        if isinstance(value, np.ndarray):
            assert value.tobytes() == other.tobytes(), name
        elif name != "rates":
            assert value == other, name
    assert before == {name: getattr(case.panel, name).tobytes() for name in before}


@law(60, block=st.sampled_from([1, 2, 64]))
def test_a_trace_draws_the_lines_of_the_simulation(case, block):
    """NAV, costs, turnover, concentration and exposures of each day, whatever the block, to 1e-12."""
    result = completed(case)
    flows = tuple(flow for flow in case.flows if np.datetime64(flow.date) > result.dates[0])
    given_ = (case.panel, case.strategy, case.schedule, case.constraints, case.costs, flows)
    lines = list(trace(*given_, groups=case.panel.sectors, block=block))
    assert [line.first for line in lines] == list(range(0, case.strategy.variants, block))
    prices, _ = window(case, result)
    values = result.units[segment_of(result)] * prices[:, None]  # (T, V, N)
    held = values.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        concentration = (values**2).sum(axis=2) / held**2
        exposures = {
            sector: values[:, :, np.array(case.panel.sectors) == sector].sum(axis=2) / result.nav
            for sector in sorted(set(case.panel.sectors))
        }

    def whole(name):
        return np.concatenate([getattr(line, name) for line in lines], axis=1)

    traded = np.zeros((2, *result.nav.shape))
    traded[:, result.trade_days] = result.turnover, result.costs.sum(axis=-1)
    np.testing.assert_array_equal(lines[0].dates, result.dates)
    np.testing.assert_allclose(whole("nav"), result.nav, rtol=1e-12)
    np.testing.assert_allclose(whole("turnover"), traded[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(whole("costs"), traded[1], rtol=1e-9, atol=1e-12 * case.costs.capital)
    np.testing.assert_allclose(whole("concentration"), concentration, rtol=1e-12)
    assert lines[0].exposures.keys() == exposures.keys()
    for sector, share in exposures.items():
        found = np.concatenate([line.exposures[sector] for line in lines], axis=1)
        np.testing.assert_allclose(found, share, rtol=1e-12, atol=1e-13)


# Dearer is never better, and flows are fair

KINDS = {
    "commission_bps": 300.0, "commission_fixed": 50.0, "commission_minimum": 50.0, "half_spread_bps": 300.0,
    "buy_tax_bps": 300.0, "sell_tax_bps": 300.0, "fx_bps": 300.0, "custody_bps": 500.0, "delisting_haircut": 1.0,
    "impact_coefficient": 5.0,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=seeds, low=st.floats(0.01, 1.0), high=st.floats(0.0, 1.0))
def test_dearer_trading_never_pays_on_the_same_trades(kind, seed, low, high):
    """One purchase and no other trade than departures: NAV falls, or stays, as any cost rises. (With later trades it
    need not: a dearer trade can leave less in what falls afterwards.)"""
    panel = markets.rich_panel(seed, days=60)
    once = Schedule(decide="event", first_investment=panel.dates[25].item())
    rates = sorted((KINDS[kind] * low, KINDS[kind] * high * low))
    cheap, dear = (
        run(
            panel,
            markets.restless(seed),
            Costs(capital=1e4, impact="impact" in kind, **{kind: max(rate, 1e-9)}),
            None,
            once,
        )
        for rate in rates
    )
    assert (dear.nav <= cheap.nav * (1 + 1e-13)).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=seeds, flows=st.lists(st.tuples(st.integers(10, 89), st.floats(-0.1, 0.5)), min_size=1, max_size=4))
def test_without_costs_a_flow_changes_no_unit_value(seed, flows):
    """What others bring or take is neither gain nor loss to who stays."""
    panel, strategy = markets.random_panel(seed, troubles=False), markets.restless(seed, 2)
    given_ = (Constraints(), Costs(capital=100.0))
    money = tuple(Flow(date=panel.dates[t].item(), amount=100 * x) for t, x in flows if abs(x) > 1e-6)
    still, moved = simulate(panel, strategy, WEEKLY, *given_), simulate(panel, strategy, WEEKLY, *given_, money)
    np.testing.assert_allclose(unit_value(moved), still.nav, rtol=1e-11)
    assert unit_value(still) is still.nav


# Closed forms


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=seeds)
def test_on_a_day_when_all_can_be_traded_the_portfolio_lands_exactly_on_target(seed):
    panel = markets.random_panel(seed, troubles=False)
    result = run(panel, markets.restless(seed, 2))
    prices = panel.prices[-len(result.dates) :][result.trade_days]
    weights = result.units * prices[:, None] / result.nav[result.trade_days][:, :, None]
    np.testing.assert_allclose(weights, result.target_weights, atol=1e-14)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=seeds)
def test_one_name_without_costs_is_that_name(seed):
    panel = markets.random_panel(seed, troubles=False)
    wish = np.eye(len(panel.assets))[2]
    result = run(panel, markets.constant(wish), Costs(capital=1.0))
    price = panel.prices[-len(result.dates) :, 2]
    np.testing.assert_allclose(result.nav[:, 0], price / price[0], rtol=1e-12)


def hold() -> Strategy:
    return load_strategy(StrategyChoice(name="hold_benchmark"), Path())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=seeds)
def test_the_benchmark_held_without_costs_is_the_index_of_its_weights(seed):
    """Rebalanced to drifting weights there is nothing to trade: turnover zero after the first day."""
    panel = markets.random_panel(seed, troubles=False)
    sizes = panel.prices * markets.generator(seed).uniform(0.5, 2.0, panel.prices.shape[1])
    panel = replace(panel, benchmark_weights=sizes / sizes.sum(axis=1, keepdims=True))
    lagged = replace(panel, benchmark_weights=np.roll(panel.benchmark_weights, -1, axis=0))  # tomorrow's, for lag 1
    result = run(lagged, hold(), Costs(capital=1.0))
    index = sizes[-len(result.dates) :].sum(axis=1)
    np.testing.assert_allclose(result.nav[:, 0], index / index[0], rtol=1e-12)
    np.testing.assert_allclose(result.turnover[1:], 0.0, atol=1e-12)


@pytest.mark.parametrize("name", available())
def test_every_strategy_runs_on_random_markets_and_writes_to_nothing(name):
    """The panel is read-only, so who writes to it fails; and it is the same after the run."""
    strategy = strategies.shipped(name)
    for seed in range(10):
        panel = strategies.with_figures(markets.random_panel(seed, names=12), seed)
        before = {k: v.tobytes() for k, v in vars(panel).items() if isinstance(v, np.ndarray)}
        result = run(panel, strategy)
        assert np.isfinite(result.nav).all()
        assert before == {k: getattr(panel, k).tobytes() for k in before}
