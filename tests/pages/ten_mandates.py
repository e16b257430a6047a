"""Ten mandates that nobody hopes for, each simulated and measured on a market made for it.

Loaded by path: tests are no package. `sheet_of(name)` gives a mandate's sheet, its facts and the rules asked.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import required_statements
from backtest.disclosure.rule import Rule
from backtest.facts import Facts, facts_to_json
from backtest.facts.build import build_facts
from backtest.factsheet import Sheet, make_sheet
from backtest.mandate import StrategyChoice, parse_mandate
from backtest.market.prices import Panel
from backtest.market.quality import DataFinding
from backtest.measure import measure
from backtest.render import Attachment
from backtest.simulate import simulate
from backtest.strategy import load_strategy
from backtest.taxes import load_taxes

ROOT = Path(__file__).parents[2]
MARKETS = runpy.run_path(str(ROOT / "tests" / "oracles" / "random_markets.py"))
YEARS, DAYS = 7, 261
END = "2026-10-30"
LONG = (
    "The <script>alert(1)</script> & Daughters Worldwide Artificial Intelligence Adopters and "
    "Beneficiaries Fund of Funds No. 7"
)
SECTORS = (
    "Information technology",
    "Financials",
    "Health care",
    "Industrials",
    "Consumer staples",
    "Energy",
    "Utilities",
)
COUNTRIES = ("US", "GB", "DE", "JP", "FR", "NL")
MONEY = {"US": "USD", "GB": "GBP", "DE": "EUR", "JP": "JPY", "FR": "EUR", "NL": "EUR"}

TABLE: dict[str, Any] = {
    "fund": {
        "name": "Harrow Steady Fund", "firm": "Harrow Asset Management", "subject": "fund", "base_currency": "GBP",
        "objective": "To grow capital over five years or more. There is no certainty that this is achieved.",
        "structure": "aif", "domicile": "Ireland", "firm_address": "1 Example Street, London EC0 0AA",
        "firm_authorisation": "Harrow Asset Management is an invented firm; it is not authorised by any regulator.",
        "documents_from": "www.example.com/documents",
    },
    "data": {"source": "sample"},
    "strategy": {"name": "cut_capex", "capex_target": 0.5, "months": 6},
    "costs": {"commission_bps": 3, "half_spread_bps": 5},
    "share_class": [{"name": "A GBP", "currency": "GBP", "ongoing_charge": 0.0075}],
    "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
    "report": {"rules_fixed": "2026-10-30"},
}  # fmt: skip


def market(
    count: int,
    days: int = YEARS * DAYS,
    drift: float = 0.0003,
    noise: float = 0.01,
    everywhere: bool = True,
    **changes: Any,
) -> Panel:
    """`count` companies that move apart by chance, ending on END; in pounds alone unless `everywhere`."""
    rng = np.random.Generator(np.random.PCG64(count))
    steps = rng.normal(drift, noise, (days, count)) + rng.normal(0.0, noise, (days, 1))
    prices = 100.0 * np.exp(np.cumsum(steps, axis=0))
    size = rng.pareto(1.5, count) + 0.1
    weights = prices * size / (prices * size).sum(axis=1, keepdims=True)
    countries = tuple(COUNTRIES[i % len(COUNTRIES)] if everywhere else "GB" for i in range(count))
    every = np.arange(np.datetime64(END) - 2 * days - 10, np.datetime64(END) + 1)
    dates = every[np.is_busday(every)][-days:]
    rates = {money: np.exp(np.cumsum(rng.normal(0.0, 0.004, days))) for money in ("USD", "EUR", "JPY")}
    made = {
        "dates": dates,
        "base_currency": "GBP",
        "names": tuple(f"{word} {kind}" for word, kind in zip(_words(count), _kinds(count), strict=True)),
        "sectors": tuple(SECTORS[i % len(SECTORS)] for i in range(count)),
        "countries": countries,
        "currencies": tuple(MONEY[country] for country in countries),
        "benchmark_weights": weights,
        "benchmark": (prices * size).sum(axis=1),
        "benchmark_name": "Invented world index",
        "volumes": np.full(prices.shape, 1e6),
        "traded_value": 1e6 * prices,
        "cash": np.exp(0.02 * np.arange(days) / 252),
        "fx": rates | {"GBP": np.ones(days)},
        "interest": {money: np.full(days, 0.02) for money in ("USD", "EUR", "JPY", "GBP")},
    }  # fmt: skip
    return MARKETS["panel_of"](prices, **made | changes)


def _words(count: int) -> list[str]:
    first, second = (
        ("Al", "Bren", "Cor", "Dun", "Ell", "Far", "Gar", "Hol"),
        ("by", "combe", "dale", "ford", "ham", "ley", "wick"),
    )
    return [f"{first[i % 8]}{second[i // 8 % 7]}{'' if i < 56 else f' {i // 56 + 1}'}" for i in range(count)]


def _kinds(count: int) -> list[str]:
    kinds = ("Software", "Bank", "Pharma", "Machines", "Foods", "Oil", "Power")
    return [kinds[i % len(kinds)] for i in range(count)]


def built(panel: Panel, findings: tuple[DataFinding, ...] = (), **sections: Any) -> Facts:
    """The facts of a mandate on a market: TABLE with other values in its sections."""
    table = TABLE | {
        key: TABLE.get(key, {}) | value if isinstance(value, dict) and key != "strategy" else value
        for key, value in sections.items()
    }
    mandate = parse_mandate(table, "nasty.toml")
    strategy, baseline = (
        load_strategy(choice, ROOT) for choice in (mandate.strategy, StrategyChoice(name="hold_benchmark"))
    )
    terms = (mandate.schedule, mandate.constraints, mandate.costs, mandate.flow, load_taxes(None))
    results = [simulate(panel, one, *terms) for one in (strategy, baseline)]
    return build_facts(
        mandate, panel, strategy, measure(panel, *results, mandate), document_id="0123456789ab", findings=findings
    )


def long_names() -> Facts:
    """120 characters wherever a name may stand."""
    panel = market(60)
    fund = {"name": LONG, "firm": LONG[:110] + " Limited", "domicile": LONG}
    classes = [{"name": LONG, "currency": "GBP", "ongoing_charge": 0.0075, "isin": "IE00B4L5Y983"}]
    named = market(60, names=tuple(f"{LONG[:100]} {name}" for name in panel.names), benchmark_name=LONG)
    return built(named, fund=fund, share_class=classes)


def no_risks() -> Facts:
    """As plain as can be: one currency, many companies, the index's own weights."""
    return built(market(120, everywhere=False), fund={"structure": "ucits"}, strategy={"name": "equal_weight"})


def every_risk() -> Facts:
    """Few names, many currencies, hedged, young, tried forty times, with a fee on gains."""
    classes = [
        {"name": "P USD hedged", "currency": "USD", "ongoing_charge": 0.018, "initial_charge": 0.05, "hedged": True,
         "performance_fee": 0.2}
    ]  # fmt: skip
    return built(market(14, days=2 * DAYS), share_class=classes, report={"trials": 40, "rules_fixed": "2026-10-30"})


def one_holding() -> Facts:
    return built(market(1), strategy={"name": "hold_benchmark"})


def four_hundred_holdings() -> Facts:
    """Spread as a UCITS must be."""
    return built(market(400), fund={"structure": "ucits"})


def six_share_classes() -> Facts:
    monies = ("GBP", "USD", "EUR", "JPY", "GBP", "USD")
    classes = [
        {"name": f"{letter} {money} Accumulation", "currency": money, "ongoing_charge": 0.005}
        for letter, money in zip("ABCDEF", monies, strict=True)
    ]
    return built(
        market(60), share_class=classes, report={"share_class": "D JPY Accumulation", "rules_fixed": "2026-10-30"}
    )


def negative_everything() -> Facts:
    """Every price falls for seven years, and cash costs."""
    falling = market(60, drift=-0.0015)
    return built(market(60, drift=-0.0015, cash=np.exp(-0.005 * np.arange(len(falling.dates)) / 252)))


def missing_history() -> Facts:
    """Five months: no year, no twelve months, nothing annualised."""
    return built(market(60, days=110))


def every_term() -> Facts:
    """Every cost and every limit that a mandate can set; it buys once there are volumes and volatilities behind."""
    constraints = {
        "min_cash": 0.01, "max_name": 0.09, "max_theme": {"capex": 0.3, "adopter": 0.6, "other": 0.6},
        "max_sector": {"Information technology": 0.35, "Energy": 0.3}, "max_country": {"US": 0.6, "JP": 0.4},
        "max_currency": {"USD": 0.6, "EUR": 0.6}, "max_issuer": 0.095, "ucits_5_10_40": True, "max_turnover": 0.5,
        "min_trade": 0.0001, "no_trade_band": 0.001, "trade_to": "edge", "max_adv_share": 0.5, "whole_shares": False,
    }  # fmt: skip
    costs = {
        "commission_fixed": 1.0, "commission_minimum": 2.0, "taxes": "by_country", "impact": True, "fx_bps": 2.0,
        "custody_bps": 3.0, "delisting_haircut": 0.1, "capital": 5_000_000.0,
    }  # fmt: skip
    schedule = {"first_investment": "2019-12-02"}
    return built(market(60, days=7 * DAYS), constraints=constraints, costs=costs, schedule=schedule)


def many_words() -> Facts:
    """An objective as long as may be, and three findings accepted with their reasons."""
    words = (
        "The fund seeks growth by holding companies that put new tools to use, and holds fewer that build them. " * 12
    )
    reason = (
        "Checked by hand against the exchange's own record of that day; the move was real, and no correction is due."
    )
    findings = tuple(
        DataFinding("JUMP-01", "fatal", f"A{k:03d}", None, f"A{k:03d} moves by 70 % in a day", reason) for k in range(3)
    )
    return built(market(60), findings, fund={"objective": words[:1199].strip()})


CASES: dict[str, Callable[[], Facts]] = {
    case.__name__: case
    for case in (long_names, no_risks, every_risk, one_holding, four_hundred_holdings, six_share_classes,
                 negative_everything, missing_history, every_term, many_words)
}  # fmt: skip


def sheet_of(name: str) -> tuple[Sheet, Facts, tuple[Rule, ...]]:
    facts, rules = CASES[name](), load_packs(())
    statements = required_statements(facts, rules, facts.facts["doc.published"].value)
    attached = [Attachment("facts.json", facts_to_json(facts).encode(), "Every figure of this sheet, unrounded")]
    return make_sheet(facts, statements, identifier=name, attachments=attached), facts, rules
