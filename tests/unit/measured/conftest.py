"""A small market and two runs on it, simulated here in plain Python: nothing under test makes its own evidence."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.costs import COMPONENTS
from backtest.mandate import Mandate, parse_mandate
from backtest.market.prices import Panel
from backtest.market.quality import DataFinding
from backtest.result import Result
from backtest.strategy import Strategy

ASSETS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
CAPITAL = 1_000_000.0
RATE = 0.001


def business_days(start: str, end: str) -> np.ndarray:
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return days[np.is_busday(days)]


def make_panel(start: str = "2019-01-01", end: str = "2022-12-30", seed: int = 7) -> Panel:
    """Six names over two currencies, three themes; GBP base; benchmark by drifting equal weights; no delisting."""
    random = np.random.Generator(np.random.PCG64(seed))
    dates = business_days(start, end)
    shape = (len(dates), len(ASSETS))
    prices = 100.0 * np.exp(np.cumsum(random.normal(0.0003, 0.01, shape), axis=0))
    index = prices / prices.sum(axis=1, keepdims=True)
    volumes = np.full(shape, 1_000.0)
    return Panel(
        base_currency="GBP",
        dates=dates,
        assets=ASSETS,
        names=tuple(f"{asset} Company" for asset in ASSETS),
        themes=("capex", "capex", "adopter", "adopter", "other", "other"),
        sectors=("Information Technology", "Utilities", "Health Care", "Financials", "Energy", "Energy"),
        countries=("US", "US", "GB", "GB", "US", "JP"),
        currencies=("USD", "USD", "GBP", "GBP", "USD", "JPY"),
        prices=prices,
        closes=prices,
        traded=np.ones(shape, dtype=bool),
        volumes=volumes,
        traded_value=volumes * prices,
        members=np.ones(shape, dtype=bool),
        benchmark_weights=index,
        benchmark=prices.mean(axis=1),
        benchmark_name="Test index",
        cash=np.exp(0.02 * np.arange(len(dates)) / 252),
        fx={"USD": 0.8 * np.exp(np.cumsum(random.normal(0.0, 0.005, len(dates)))), "JPY": np.full(len(dates), 0.006)},
        delisted=np.full(len(ASSETS), -1),
    )


def run_plainly(
    panel: Panel,
    weights: dict[int, np.ndarray],
    rate: float = RATE,
    flows: dict[int, float] | None = None,
    reasons: dict[int, str] | None = None,
) -> Result:
    """Buy `weights` on the given panel days, pay `rate` of every trade, let the rest wait in cash: one variant.

    flows: money that comes (+) or goes (-) at the close of a panel day, before that day's trade. reasons: why something
    is traded on a day, "rebalance" unless given.
    """
    first, flows, reasons = min(weights), flows or {}, reasons or {}
    units, cash, nav = np.zeros(len(panel.assets)), CAPITAL, []
    rows: list[tuple] = []
    for day in range(first, len(panel.dates)):
        price = panel.prices[day]
        if day > first:
            cash *= panel.cash[day] / panel.cash[day - 1]
        cash += flows.get(day, 0.0)
        if day in weights:
            before = cash + units @ price
            after = before
            for _ in range(100):
                after = before - rate * np.abs(weights[day] * after - units * price).sum()
            cost = rate * np.abs(weights[day] * after - units * price)
            turnover = np.abs(weights[day] * after - units * price).sum() / 2 / before
            units = weights[day] * after / price
            cash = after - units @ price
            rows.append((day - first, cost, turnover, units, cash, weights[day]))
        nav.append(cash + units @ price)
    trade_days, costs, turnovers, held, cashes, targets = (np.array(column) for column in zip(*rows, strict=True))
    by_component = np.zeros((len(rows), 1, len(COMPONENTS)))
    by_component[:, 0, 0] = costs.sum(axis=1) / 4
    by_component[:, 0, 1] = costs.sum(axis=1) * 3 / 4
    money = np.zeros(len(nav))
    money[[day - first for day in flows]] = list(flows.values())
    return Result(
        dates=panel.dates[first:],
        assets=panel.assets,
        capital=CAPITAL,
        constraints=("max_name",),
        nav=np.array(nav)[:, np.newaxis],
        flows=money,
        charges=np.zeros((len(nav), 1)),
        trade_days=trade_days,
        reasons=tuple(reasons.get(day + first, "rebalance") for day in trade_days.tolist()),
        decision_days=panel.dates[trade_days + first - 1],
        target_weights=targets[:, np.newaxis],
        units=held[:, np.newaxis],
        order_prices=panel.prices[trade_days + first],
        order_costs=costs[:, np.newaxis],
        costs=by_component,
        cash=cashes[:, np.newaxis],
        owed=np.zeros((len(rows), 1)),
        turnover=turnovers[:, np.newaxis],
        binding=np.zeros((len(rows), 1, 1), dtype=bool),
        rates=None,  # of no interest to the figures
    )


@dataclass(frozen=True)
class Case:
    panel: Panel
    strategy: Result
    baseline: Result


def make_case(panel: Panel, first: int = 22, every: int = 63, cash: float = 0.10) -> Case:
    """A strategy that keeps some cash and shuns capex names, and the index simulated: both rebalanced every quarter."""
    tilt = np.array([0.05, 0.05, 0.35, 0.25, 0.20, 0.10]) * (1.0 - cash)
    days = range(first, len(panel.dates), every)
    return Case(
        panel,
        run_plainly(panel, dict.fromkeys(days, tilt)),
        run_plainly(panel, {day: panel.benchmark_weights[day] for day in days}),
    )


TABLE = {
    "fund": {
        "name": "Test fund", "firm": "Test firm", "subject": "fund", "objective": "To test.", "base_currency": "GBP",
        "structure": "ucits", "horizon_years": 5,
    },
    "data": {"source": "sample"},
    "strategy": {"name": "cut_capex"},
    "schedule": {"decide": "month_end", "lag": 1},
    "constraints": {"max_name": 0.4, "max_theme": {"capex": 0.3}},
    "costs": {"commission_bps": 3.0, "half_spread_bps": 7.0, "capital": CAPITAL},
    "share_class": [
        {"name": "A", "currency": "GBP", "ongoing_charge": 0.0075},
        {"name": "B", "currency": "USD", "ongoing_charge": 0.0},
    ],
    "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
}  # fmt: skip


def make_mandate(**report: object) -> Mandate:
    return parse_mandate({**TABLE, "report": report}, "test.toml")


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The makers, so that a test can build the situation it names."""
    return SimpleNamespace(
        panel=make_panel, run=run_plainly, case=make_case, mandate=make_mandate, rate=RATE, capital=CAPITAL
    )


@pytest.fixture(scope="session")
def case() -> Case:
    return make_case(make_panel())


@pytest.fixture(scope="session")
def strategy() -> Strategy:
    return Strategy(
        name="cut_capex",
        function=lambda history: None,
        parameters={"capex_target": 0.5, "months": np.array([[6.0]])},
        idea="Cut capex names.",
        fails_when="capex pays.",
    )


@pytest.fixture(scope="session")
def findings() -> tuple[DataFinding, ...]:
    return (
        DataFinding("GAP-01", "warning", "AAA", None, "no close on one day.", "a local holiday."),
        DataFinding("SURV-01", "warning", None, None, "nobody ever leaves the universe."),
    )
