"""Every strategy on real prices: it runs over the whole panel a day late and at a cost, never looks ahead, and holds
what it may. And the founding idea on the days that it is about: the cut that won the spring and lost the year.

Skipped where the market data do not lie beside the checkout.
"""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from backtest.errors import StrategyError
from backtest.ledger import verify
from backtest.lookahead.check import EXAMPLE_PARTS, CheckRequest, check_choice
from backtest.mandate import StrategyChoice
from backtest.market.fundamentals import known_figures
from backtest.market.prices import Panel
from backtest.measure import weights_on
from backtest.result import Result, replay_of
from backtest.simulate import simulate
from backtest.strategy import available, load_strategy
from backtest.terms import Constraints, Costs, Schedule

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="real market data are not beside this checkout (../shared/data)"
)

TRUTHS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("test_known_truths.py"))))
COSTS = Costs(commission_bps=1, half_spread_bps=2, delisting_haircut=0.1)
FREE = Costs()
MONTHLY = Schedule(decide="month_end", lag=1)
FIELDS = (
    "operating_margin",
    "revenue_per_employee",
    "capex_guidance",
    "capex_expected",
    "capex",
    "sales",
    "ev_to_sales",
)
READERS = ("adopter_evidence", "capex_surprise", "valuation_discipline")
"""Strategies that read published figures. The data hold none: a snapshot of today is no history of publications."""


@pytest.fixture(scope="module")
def panel() -> Panel:
    return TRUTHS.market()[1]


def with_figures(panel: Panel) -> Panel:
    """The panel with invented figures of nine names in ten: each quarter's, known five to nine weeks after its end."""
    rng = np.random.default_rng(20250127)
    quarters = np.arange(np.datetime64("2015-04"), np.datetime64("2026-01"), 3).astype("datetime64[D]") - 1
    rows = [
        (ticker, field, quarter, quarter + rng.integers(35, 65), rng.lognormal(0.0, 0.4))
        for ticker in panel.assets
        if rng.random() < 0.9
        for field in FIELDS
        for quarter in quarters
    ]
    table = pd.DataFrame(rows, columns=["asset", "field", "period_end", "published", "value"])
    return replace(panel, fundamentals=known_figures(table, panel.assets, panel.dates, 0, 1))


@pytest.fixture(scope="module")
def entries() -> pd.Series:
    """Ticker -> the day from which a name of the panel is in the S&P 500 without a break to the end of the table."""
    spells = pd.read_csv(DATA / "membership" / "sp500_spells.csv", parse_dates=["start_date", "end_date"])
    spells["ticker"] = spells["ticker"].str.replace(".", "-")
    return spells[spells["end_date"].isna()].groupby("ticker")["start_date"].max()


@pytest.fixture(scope="module")
def entered(tmp_path_factory, entries) -> Panel:
    """The panel with each name listed only from its entry into the index: many have prices for years before."""
    universe = pd.read_csv(DATA / "us_large_cap" / "universe.csv")
    universe["listed"] = universe["ticker"].map(entries).dt.strftime("%Y-%m-%d").fillna("")
    path = tmp_path_factory.mktemp("entered") / "universe.csv"
    universe.to_csv(path, index=False)
    return TRUTHS.market(universe=str(path))[1]


@pytest.fixture(scope="module")
def published(entered) -> Panel:
    return with_figures(entered)


@pytest.fixture(scope="module")
def recent() -> Panel:
    """The last three years alone, so that changing their future time and again does not take minutes."""
    return with_figures(TRUTHS.market(start="2023-03-01")[1])


def choice(name: str) -> StrategyChoice:
    parts = {"parts": [dict(part) for part in EXAMPLE_PARTS]} if name == "blend" else {}
    return StrategyChoice.model_validate({"name": name} | parts)


@pytest.fixture(scope="module")
def results(entered, published) -> dict[str, Result]:
    """Every strategy that ships, over ten years of 504 names, a third of which enter on the way."""
    return {
        name: simulate(
            published if name in READERS else entered, load_strategy(choice(name), ROOT), MONTHLY, Constraints(), COSTS
        )
        for name in available()
    }


@pytest.mark.parametrize("name", available())
def test_it_runs_over_the_whole_panel_a_day_late_and_at_a_cost(results, entered, name):
    result = results[name]
    assert len(result.trade_days) >= 119
    assert np.isfinite(result.nav).all()
    assert (result.nav > 0.0).all()
    assert (result.costs.sum(axis=2) > 0.0).any()
    decided = result.decision_days[~np.isnat(result.decision_days)]
    traded = result.dates[result.trade_days[~np.isnat(result.decision_days)]]
    assert (np.searchsorted(entered.dates, traded) - np.searchsorted(entered.dates, decided) == 1).all()


@pytest.mark.parametrize("name", available())
def test_its_weights_are_weights_of_members_with_a_price(results, entered, name):
    result = results[name]
    days = np.arange(len(result.dates))
    weights = weights_on(entered, result, days)
    offset = len(entered.dates) - len(result.dates)
    assert (weights >= 0.0).all()
    assert weights.sum(axis=1).max() <= 1.0 + 1e-12
    assert not ((weights > 0.0) & np.isnan(entered.prices[offset:])).any()
    bought = np.diff(result.units[:, 0], axis=0, prepend=0.0) > 0.0
    assert not (bought & ~entered.members[offset + result.trade_days]).any()


@pytest.mark.parametrize("name", available())
def test_it_holds_nobody_before_the_entry_into_the_index(results, panel, entered, entries, name):
    """By the table of spells itself, whatever the panel makes of it: SMCI not before 18 March 2024, for one."""
    result = results[name]
    weights = pd.DataFrame(
        weights_on(entered, result, np.arange(len(result.dates))), pd.DatetimeIndex(result.dates), entered.assets
    )
    late = entries[entries.index.isin(entered.assets) & (entries > weights.index[0])]
    assert len(late) > 150
    assert late["SMCI"] == pd.Timestamp("2024-03-18")
    assert np.isfinite(
        panel.prices[: np.searchsorted(panel.dates, np.datetime64("2024-03-18")), panel.assets.index("SMCI")]
    ).any()
    for ticker, day in late.items():
        assert (weights.loc[weights.index < day, ticker] == 0.0).all(), f"{name} held {ticker} before {day:%Y-%m-%d}"
    held = {"equal_weight": "2024-06-03", "hold_benchmark": "2024-06-03", "inverse_volatility": "2025-06-02"}
    if name in held:  # who holds all holds it afterwards; a volatility wants a window of 250 days first
        assert (weights.loc[held[name] :, "SMCI"] > 0.0).all()


@pytest.mark.parametrize("name", ["cut_capex", "buy_the_turmoil"])
def test_vectorbt_replays_it(results, entered, name):
    verification = verify(results[name], replay_of(results[name], entered))
    assert verification.verified
    assert verification.max_relative_difference < 1e-9


@pytest.mark.parametrize("name", READERS)
def test_without_published_figures_it_says_what_is_missing(panel, name):
    with pytest.raises(StrategyError, match=r"the mandate gives no fundamentals\. Only figures with their publication"):
        simulate(panel, load_strategy(choice(name), ROOT), MONTHLY, Constraints(), COSTS)


@pytest.mark.parametrize("name", available())
def test_no_change_of_the_future_moves_it(recent, name):
    check = check_choice(choice(name), ROOT, recent, "real prices", CheckRequest(draws=2, days=3, seed=5))
    assert check.findings == ()


# The days that the founding text is about

DAYS = ("2025-01-27", "2025-04-08", "2025-12-31")


def basket(tmp_path: Path, names: tuple[str, ...]) -> Panel:
    """A market of these names alone, the benchmark in equal parts."""
    universe = pd.read_csv(DATA / "us_large_cap" / "universe.csv")
    universe[universe["ticker"].isin(names)].to_csv(tmp_path / "universe.csv", index=False)
    return TRUTHS.market(universe=str(tmp_path / "universe.csv"), start="2024-11-01")[1]


def grown(panel: Panel, name: str, schedule: Schedule, costs: Costs = FREE, **parameters: float) -> dict[str, float]:
    """Per cent that a strategy made from the close of 24 January 2025 to each day of interest."""
    strategy = load_strategy(StrategyChoice.model_validate({"name": name} | parameters), ROOT)
    result = simulate(panel, strategy, schedule, Constraints(), costs)
    levels = pd.Series(result.nav[:, 0], pd.DatetimeIndex(result.dates))
    return {to: (levels[to] / levels["2025-01-24"] - 1.0) * 100.0 for to in DAYS}


ONCE = Schedule(decide="dates", dates=(date(2025, 1, 23),))
"""Bought at the close of 24 January 2025, and held."""


@pytest.mark.parametrize(
    ("names", "monday", "spring", "year"),
    [(TRUTHS.CAPEX, -17.81, -33.2, 8.8), (TRUTHS.ADOPTERS, 1.97, -17.0, -4.0)],
    ids=["capex", "adopters"],
)
def test_the_two_baskets_bought_on_the_eve_make_what_the_data_say(tmp_path, names, monday, spring, year):
    """In the engine itself, to the last digit that data/README.md gives."""
    found = grown(basket(tmp_path, names), "equal_weight", ONCE)
    assert found["2025-01-27"] == pytest.approx(monday, abs=0.005)
    assert found["2025-04-08"] == pytest.approx(spring, abs=0.05)
    assert found["2025-12-31"] == pytest.approx(year, abs=0.05)


def test_the_index_fund_over_the_same_days(tmp_path):
    """SPY as the only name, bought and held in the engine like the baskets."""
    universe = tmp_path / "universe.csv"
    universe.write_text("ticker,name,sector,theme,country,currency\nSPY,SPDR S&P 500,Funds,other,US,USD\n")
    found = grown(TRUTHS.market(universe=str(universe), volumes=None, start="2024-11-01")[1], "equal_weight", ONCE)
    assert found["2025-01-27"] == pytest.approx(-1.41, abs=0.005)
    assert found["2025-04-08"] == pytest.approx(-18.1, abs=0.05)
    assert found["2025-12-31"] == pytest.approx(13.5, abs=0.05)


CUT = Schedule(decide="dates", dates=(date(2024, 12, 20), date(2025, 1, 23)))
"""The first date buys the benchmark; a month later the glide of one month is done, and traded on 24 January 2025."""


@pytest.mark.parametrize("market", ["the two baskets", "504 names"])
def test_the_full_cut_beats_holding_in_spring_and_loses_to_it_by_the_end_of_the_year(market, panel, tmp_path):
    """The rotation won the day and lost the year; no default and no text may assume otherwise."""
    there = basket(tmp_path, TRUTHS.CAPEX + TRUTHS.ADOPTERS) if market == "the two baskets" else panel
    cut = grown(there, "cut_capex", CUT, COSTS, capex_target=0.0, months=1)
    held = grown(there, "hold_benchmark", CUT, COSTS)
    assert cut["2025-04-08"] > held["2025-04-08"] + 0.5
    assert cut["2025-12-31"] < held["2025-12-31"] - 0.5
    if market == "the two baskets":  # after the cut only the adopters are left, at what the trade cost them
        assert cut["2025-04-08"] == pytest.approx(-17.0, abs=0.1)
        assert cut["2025-12-31"] == pytest.approx(-4.0, abs=0.1)
