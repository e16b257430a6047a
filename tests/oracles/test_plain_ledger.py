"""The engine against a ledger in plain Python that was written from the work order, on random markets.

First the witness itself, on cases worked by hand; then the engine's money when the ledger follows its targets, with
everything a mandate can set; then the engine's own decisions, where the ledger decides and projects itself.
"""

from __future__ import annotations

import math
import runpy
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backtest.errors import ConstraintError, SimulationError
from backtest.market.history import History
from backtest.market.prices import Panel
from backtest.simulate import simulate
from backtest.strategy import Strategy
from backtest.terms import Constraints, Costs, Flow, Schedule

HERE = Path(__file__).parent
markets = SimpleNamespace(**runpy.run_path(str(HERE / "random_markets.py")))
plain = SimpleNamespace(**runpy.run_path(str(HERE / "plain_ledger.py")))

# The witness, by hand. Days are weekdays from Wednesday 1 January 2020 on; the first trade is on day 1.

ONCE = Schedule(decide="dates", dates=(date(2020, 1, 1),))
DAILY = Schedule(decide="every_n_days", every_days=1)


def flat(names: int = 1, days: int = 6, price: float = 10.0, **changes):
    return markets.panel_of(np.full((days, names), price), **changes)


def ran(panel, *targets, schedule=ONCE, constraints=None, flows=(), **costs):
    """The ledger's account; the k-th decision gets the k-th target, later ones the last."""
    rows = [list(target) for target in targets]
    asked: list[int] = []

    def target_of(day: int) -> list[float]:
        asked.append(day)
        return rows[min(len(asked), len(rows)) - 1]

    terms = Costs(**{"capital": 100.0, **costs})
    return plain.simulate_plainly(panel, schedule, constraints or Constraints(), terms, flows, targets=target_of)


def test_a_commission_is_solved_with_the_trade():
    account = ran(flat(), [1.0], commission_bps=100)
    assert account.first == 1
    assert account.nav == pytest.approx([100 / 1.01] * 5, rel=1e-14)
    assert account.costs == pytest.approx([1 / 1.01, 0, 0, 0, 0], rel=1e-13)


def test_each_order_pays_the_fixed_amount_and_at_least_the_minimum():
    both = {"commission_fixed": 1.0, "commission_bps": 100, "capital": 1000.0}
    assert ran(flat(2), [0.5, 0.5], **both, commission_minimum=5).nav[0] == pytest.approx(998 / 1.01, rel=1e-14)
    assert ran(flat(2), [0.5, 0.5], **both, commission_minimum=10).nav[0] == pytest.approx(980, rel=1e-14)


def test_a_fixed_amount_is_not_paid_for_standing_still():
    account = ran(flat(), [1.0], schedule=DAILY, commission_fixed=1.0)
    assert account.nav == pytest.approx([99.0] * 5)


def test_half_spreads_by_day_taxes_by_side_and_currency_add_up():
    spreads = np.full((6, 2), np.nan)
    spreads[1, 0] = 0.02
    panel = flat(2, half_spreads=spreads, currencies=("EUR", "USD"), fx={"USD": np.ones(6), "EUR": np.ones(6)})
    account = ran(panel, [0.5, 0.5], [0.0, 0.5], schedule=DAILY, half_spread_bps=100, sell_tax_bps=200, fx_bps=300)
    bought, sold = account.moments[1], account.moments[2]
    nav = 100 / (1 + 0.5 * (0.02 + 0.03) + 0.5 * 0.01)
    assert account.nav[0] == pytest.approx(nav, rel=1e-14)
    assert bought.costs == pytest.approx([0, 0.015 * nav, 0, 0, 0.015 * nav], rel=1e-13)
    after = nav * (1 - 0.5 * 0.06 - 0.5 * 0.03) / (1 - 0.5 * 0.03)  # the second name is sold down to half of it
    assert account.nav[1] == pytest.approx(after, rel=1e-13)
    assert sold.turnover == pytest.approx((nav - 0.5 * after) / 2 / nav, rel=1e-13)


def test_taxes_follow_country_side_and_day(tmp_path):
    table = tmp_path / "taxes.toml"
    row = '[[tax]]\ncountry = "FR"\nside = "{}"\nrate_bps = {}\nvalid_from = 2020-01-0{}\n{}law = "L"\nsource = "S"\n'
    table.write_text(
        row.format("buy", 100, 1, "valid_to = 2020-01-02\n")
        + row.format("buy", 200, 3, "")
        + row.format("sell", 300, 3, "")
    )
    panel = flat(2, countries=("FR", "US"))
    terms = {"taxes": "by_country", "tax_table": table, "buy_tax_bps": 50}
    account = ran(panel, [0.5, 0.5], [0.0, 0.0], [0.5, 0.5], schedule=DAILY, **terms)
    first = 100 / (1 + 0.5 * 0.015 + 0.5 * 0.005)
    second = first * (1 - 0.5 * 0.03)
    assert account.nav[:3] == pytest.approx([first, second, second / (1 + 0.5 * 0.025 + 0.5 * 0.005)], rel=1e-14)


def test_impact_is_volatility_times_the_root_of_the_share_of_the_daily_value():
    prices = np.array([[10.0], [11.0], [10.0], [11.0], [10.0], [11.0]])
    panel = markets.panel_of(prices, traded_value=np.array([[200.0], [np.nan], [100.0], [9.0], [9.0], [9.0]]))
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 3),))  # traded on day 3
    nav = ran(panel, [1.0], schedule=schedule, impact=True, impact_coefficient=0.5).nav[0]
    up, down = 0.1, -1 / 11
    sigma = math.sqrt(((up - down) / 2) ** 2 * 2)
    assert nav + 0.5 * sigma / math.sqrt(150) * nav**1.5 == pytest.approx(100, rel=1e-14)


def test_custody_accrues_by_actual_days_from_the_first_trade_on_and_is_paid_with_the_next():
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 2), date(2020, 1, 7)))  # traded on the 3rd and the 8th
    account = ran(flat(days=7), [1.0], schedule=schedule, custody_bps=1000)
    one, three = 1 - 0.9 ** (1 / 365.25), 1 - 0.9 ** (3 / 365.25)
    nav = [100.0, 100 * (1 - three)]
    nav += [nav[1] * (1 - one), nav[1] * (1 - one) ** 2]
    assert account.nav[:4] == pytest.approx(nav, rel=1e-14)
    assert account.charges[:4] == pytest.approx([0, 100 * three, nav[1] * one, nav[2] * one], rel=1e-13)
    assert account.owed[2:4] == pytest.approx([100 - nav[2], 0], abs=1e-12)
    assert account.moments[5].units == pytest.approx([nav[3] / 10])


def test_whole_shares_are_of_the_close_in_base_currency_and_a_full_exit_sells_fractions_too():
    panel = flat(closes=np.full((6, 1), 15.0), fx={"USD": np.full(6, 2.0)}, currencies=("USD",))
    account = ran(panel, [1.0], [0.65], [0.0], schedule=DAILY, constraints=Constraints(whole_shares=True))
    assert account.cash[:3] == pytest.approx([10.0, 40.0, 100.0])  # 3 shares of 30; one sold, wanted 25 / 30; the rest
    assert [account.moments[t].units for t in (1, 2, 3)] == [(9.0,), (6.0,), (0.0,)]


def test_what_the_daily_value_forbids_is_carried_over_until_done():
    panel = flat(traded_value=np.full((6, 1), 100.0))
    account = ran(panel, [1.0], constraints=Constraints(max_adv_share=0.1), capital=25.0)
    assert [account.moments[t].units[0] for t in (1, 2, 3)] == pytest.approx([1.0, 2.0, 2.5])
    assert sorted(account.moments) == [1, 2, 3]


def test_a_purchase_waits_for_the_cash_that_a_limited_sale_brings():
    values = np.array([[1e6, 1e6]] * 2 + [[100.0, 1e6]] * 8)
    panel = flat(2, days=10, traded_value=values)
    schedule = Schedule(decide="dates", dates=(date(2020, 1, 1), date(2020, 1, 9)))  # traded on days 1 and 7
    limits = Constraints(max_adv_share=0.2, adv_days=5)
    account = ran(panel, [1.0, 0.0], [0.0, 1.0], schedule=schedule, constraints=limits)
    for t, held in ((7, (8, 2)), (8, (6, 4)), (9, (4, 6))):
        assert account.moments[t].units == pytest.approx(held)


def test_flows_keep_the_weights_and_pay_their_costs():
    out = ran(flat(), [1.0], flows=[Flow(date=date(2020, 1, 4), amount=-30)], sell_tax_bps=100)
    assert out.nav[2] == pytest.approx((70 - 0.01 * 100) / 0.99, rel=1e-14)
    panel = flat(2)
    into = ran(
        panel, [0.3, 0.5], flows=[Flow(date=date(2020, 1, 3), amount=50), Flow(date=date(2020, 1, 3), amount=50)]
    )
    assert into.moments[2].units == pytest.approx((6.0, 10.0)) and into.cash[1] == pytest.approx(40)


def test_who_leaves_is_sold_at_the_last_price_less_haircut_and_at_normal_cost():
    prices = np.full((6, 2), 10.0)
    prices[4:, 0] = np.nan
    account = ran(markets.panel_of(prices), [0.5, 0.5], delisting_haircut=0.4, sell_tax_bps=100)
    assert account.moments[3].units == (0.0, 5.0)
    assert account.cash[2] == pytest.approx(50 * 0.6 * 0.99) and account.nav[1:3] == pytest.approx([100, 79.7])


def test_without_cash_a_purchase_beside_a_suspended_name_is_not_made_and_costs_nothing():
    traded = np.ones((6, 2), dtype=np.bool_)
    traded[2, 1] = False
    account = ran(flat(2, traded=traded), [0.5, 0.5], [0.9, 0.1], schedule=DAILY, commission_fixed=1.0)
    assert account.moments[2].units == account.moments[1].units and account.nav[1] == account.nav[0] == 98.0


def test_what_cannot_be_raised_is_refused():
    traded = np.ones((6, 1), dtype=np.bool_)
    traded[2] = False
    with pytest.raises(plain.LedgerError, match="cannot be raised"):
        ran(flat(traded=traded), [1.0], flows=[Flow(date=date(2020, 1, 3), amount=-1)])
    with pytest.raises(plain.LedgerError, match="more is taken out"):
        ran(flat(), [1.0], flows=[Flow(date=date(2020, 1, 3), amount=-101)])
    with pytest.raises(plain.LedgerError, match="no traded value"):
        ran(flat(), [1.0], constraints=Constraints(max_adv_share=0.1))


# The engine's money, with everything a mandate can set


@st.composite
def flows_(draw, panel, schedule, capital: float) -> tuple[Flow, ...]:
    days = [d.item() for d in panel.dates]
    first = plain.decisions_of(days, schedule)[0] + schedule.lag
    if first + 1 >= len(days):
        return ()
    chosen = draw(st.lists(st.integers(first + 1, len(days) - 1), max_size=3))
    shares = [draw(st.one_of(st.floats(-0.1, -0.001), st.floats(0.001, 0.4))) for _ in chosen]
    return tuple(Flow(date=days[t], amount=share * capital) for t, share in zip(chosen, shares, strict=True))


@dataclass(frozen=True)
class Case:
    """A market and a mandate. What a failure prints is what makes the case again."""

    seed: int
    names: int
    variants: int
    schedule: Schedule
    constraints: Constraints
    costs: Costs
    flows: tuple[Flow, ...]

    @cached_property
    def panel(self) -> Panel:
        return market_of(self.seed, self.names)

    @cached_property
    def strategy(self) -> Strategy:
        strategy = markets.eventful if self.schedule.decide == "event" else markets.restless
        return strategy(self.seed, self.variants)


def market_of(seed: int, names: int) -> Panel:
    return markets.rich_panel(seed, days=60, names=names)


@st.composite
def cases(draw) -> Case:
    seed, names, variants = draw(st.integers(0, 10**6)), draw(st.integers(3, 8)), draw(st.sampled_from([1, 1, 3]))
    panel = market_of(seed, names)
    schedule, costs = draw(markets.schedules(panel)), draw(markets.costs())
    constraints = draw(markets.constraints(schedule.decide == "event"))
    flows = draw(flows_(panel, schedule, costs.capital))
    return Case(seed, names, variants, schedule, constraints, costs, flows)


def targets_of(result, case, v: int):
    """What the engine decided for one variant, by decision day; of a variant that did not decide None."""
    strategy, start = case.strategy, plain.decisions_of([d.item() for d in case.panel.dates], case.schedule)[0]
    decided = {d: k for k, d in enumerate(result.decision_days) if not np.isnat(d)}
    nothing = np.zeros((strategy.variants, len(case.panel.assets)))

    def target_of(day: int) -> list[float] | None:
        if case.schedule.decide == "event" and day > start:
            history = History(case.panel, day, nothing, start)
            if not strategy.should_trade(history, **strategy.parameters)[v]:
                return None
        return result.target_weights[decided[case.panel.dates[day]], v].tolist()

    return target_of


def assert_same_money(account, result, v: int, panel, capital: float) -> None:
    close = {"rtol": 1e-9, "atol": 1e-11 * capital, "equal_nan": False}
    assert panel.dates[account.first] == result.dates[0] and len(account.nav) == len(result.dates)
    np.testing.assert_allclose(result.nav[:, v], account.nav, rtol=1e-9, equal_nan=False)
    np.testing.assert_allclose(result.charges[:, v], account.charges, **close)
    np.testing.assert_allclose(result.flows, account.flows, **close)
    days = (result.trade_days + account.first).tolist()
    traded = {t for t, m in account.moments.items() if any(m.values)}
    assert traded <= set(days)
    for k, t in enumerate(days):
        moment = account.moments.get(t)
        at = t - account.first
        np.testing.assert_allclose(result.cash[k, v], account.cash[at], **close)
        np.testing.assert_allclose(result.owed[k, v], account.owed[at], **close)
        np.testing.assert_allclose(result.costs[k, v], moment.costs if moment else np.zeros(5), **close)
        np.testing.assert_allclose(result.order_costs[k, v], moment.order_costs if moment else 0.0, **close)
        np.testing.assert_allclose(result.turnover[k, v], moment.turnover if moment else 0.0, rtol=1e-9, atol=1e-12)
        last = max((s for s in account.moments if s <= t), default=None)
        units = account.moments[last].units if last is not None else [0.0] * len(panel.assets)
        worth = np.nan_to_num(panel.prices[t]) * (result.units[k, v] - np.array(units))
        np.testing.assert_allclose(worth, 0.0, atol=1e-9 * account.nav[at])
    totals = [math.fsum(result.costs[:, v, c]) for c in range(5)]
    np.testing.assert_allclose(totals, account.costs, **close)


def features_of(case, result, account) -> set[str]:
    """What this run proves something about."""
    found = {name for name, paid in zip(plain.COMPONENTS, account.costs, strict=True) if paid > 0}
    found |= {case.schedule.decide, f"lag {min(case.schedule.lag, 2)}", f"variants {case.strategy.variants}"}
    found |= {f"binding {name}" for c, name in enumerate(result.constraints) if result.binding[:, :, c].any()}
    found |= {f"reason {reason}" for reason in result.reasons}
    moments = account.moments.values()
    return found | {
        name
        for name, seen in {
            "custody": sum(account.charges) > 0 and max(account.owed) > 0,
            "redemption": any(f.amount < 0 for f in case.flows),
            "subscription": any(f.amount > 0 for f in case.flows),
            "carried over": any(m.hit for m in moments),
            "carried over for want of cash": any(m.hit and m.short for m in moments),
            "short of cash": any(m.short for m in moments),
            "whole shares": case.constraints.whole_shares,
            "whole shares with limit": case.constraints.whole_shares and any(m.hit for m in moments),
            "haircut": case.costs.delisting_haircut > 0 and "delisting" in result.reasons,
            "taxes by country": case.costs.taxes == "by_country" and account.costs[2] > 0,
            "first investment": case.schedule.first_investment is not None,
            "fixed commission": case.costs.commission_fixed > 0,
            "minimum commission": case.costs.commission_minimum > 0,
        }.items()
        if seen
    }


@pytest.fixture(scope="module")
def agreed() -> Counter[str]:
    """How many of the random cases, all of which agreed, held each feature."""
    seen: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=cases())
    def the_ledger_follows_and_agrees(case):
        given_ = (case.panel, case.schedule, case.constraints, case.costs, case.flows)
        try:
            result = simulate(case.panel, case.strategy, *given_[1:])
        except (ConstraintError, SimulationError) as error:  # tests/laws proves when the first of them is right
            seen[type(error).__name__] += 1
            assume(False)
        for v in range(case.strategy.variants):
            account = plain.simulate_plainly(*given_, targets=targets_of(result, case, v))
            assert_same_money(account, result, v, case.panel, case.costs.capital)
        seen.update({"agreed", *features_of(case, result, account)})

    the_ledger_follows_and_agrees()
    return seen


def test_the_money_agrees_to_a_billionth_on_every_day(agreed):
    assert agreed["agreed"] >= 200


@pytest.mark.parametrize(
    "feature",
    [
        *plain.COMPONENTS, "custody", "redemption", "subscription", "carried over", "carried over for want of cash",
        "short of cash", "whole shares", "whole shares with limit", "haircut", "taxes by country", "first investment",
        "fixed commission", "minimum commission", "lag 1", "lag 2", "variants 1", "variants 3",
        "week_end", "month_end", "every_n_days", "dates", "event",
        "reason rebalance", "reason carry_over", "reason flow", "reason delisting",
        "binding untraded", "binding membership", "binding max_name", "binding max_adv_share",
    ],
)  # fmt: skip
def test_the_random_cases_hold_each_situation_that_the_engine_must_survive(agreed, feature):
    """Or the test above would prove less than it says."""
    assert agreed[feature] >= 5, dict(agreed)


# The engine's decisions, where the ledger decides too

bps_ = st.floats(0, 300)
own_costs = st.builds(
    Costs,
    commission_bps=bps_,
    half_spread_bps=bps_,
    buy_tax_bps=bps_,
    sell_tax_bps=bps_,
    custody_bps=bps_,
    delisting_haircut=st.floats(0, 1),
    capital=st.floats(1, 1e9),
)
own_constraints = st.builds(
    Constraints,
    max_name=st.none() | st.floats(0.2, 0.9),
    max_theme=st.dictionaries(st.sampled_from(markets.THEMES), st.floats(0.25, 1.0), max_size=2),
)
own_schedules = st.builds(Schedule, decide=st.sampled_from(["week_end", "month_end"]), lag=st.integers(1, 7))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    names=st.integers(2, 9),
    costs=own_costs,
    constraints=own_constraints,
    schedule=own_schedules,
)
def test_nav_and_costs_agree_when_the_ledger_decides_itself(seed, names, costs, constraints, schedule):
    panel, strategy = markets.random_panel(seed, days=60, names=names), markets.restless(seed)
    try:
        result = simulate(panel, strategy, schedule, constraints, costs)
    except ConstraintError:
        return
    account = plain.simulate_plainly(
        panel, schedule, constraints, costs, function=lambda history: strategy.function(history, **strategy.parameters)
    )
    np.testing.assert_allclose(result.nav[:, 0], account.nav, rtol=1e-9, equal_nan=False)
    np.testing.assert_allclose(
        result.costs[:, 0].sum(axis=0), account.costs, rtol=1e-9, atol=1e-9 * costs.capital, equal_nan=False
    )
