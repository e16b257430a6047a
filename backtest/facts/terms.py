"""Facts of the terms under which a run was simulated: every cost, every limit and every flow that the mandate sets."""

from __future__ import annotations

from collections.abc import Iterable

from backtest.facts.fact import Fact, Unit
from backtest.facts.given import given, words_of
from backtest.mandate import Mandate, ShareClass

LABELS = ("theme", "sector", "country", "currency")


def term_facts(mandate: Mandate) -> list[Fact]:
    """Costs first, then limits; what the mandate leaves out is no fact, but for the four rates every sheet states."""
    return [*_costs(mandate), *_limits(mandate)]


def _costs(mandate: Mandate) -> Iterable[Fact]:
    costs, base = mandate.costs, mandate.fund.base_currency
    yield given("sim.commission", "Commission", costs.commission_bps, "bps", 1)
    yield given("sim.half_spread", "Half-spread", costs.half_spread_bps, "bps", 1)
    yield given("sim.buy_tax", "Tax on purchases", costs.buy_tax_bps, "bps", 1)
    yield given("sim.sell_tax", "Tax on sales", costs.sell_tax_bps, "bps", 1)
    yield given("sim.delisting_haircut", "Haircut on delisting", costs.delisting_haircut, "percent", 1)
    yield given("sim.capital", f"Starting capital, {base}", costs.capital, "number")
    extra: list[tuple[str, str, float, Unit, int]] = [
        ("commission_fixed", f"Commission for each order, {base}", costs.commission_fixed, "number", 2),
        ("commission_minimum", f"Least commission of an order, {base}", costs.commission_minimum, "number", 2),
        ("fx_cost", "Currency cost of foreign trades", costs.fx_bps, "bps", 1),
        ("custody", "Custody, a year", costs.custody_bps, "bps", 1),
        ("impact", "Market impact coefficient", costs.impact_coefficient if costs.impact else 0.0, "number", 2),
    ]
    yield from (given(f"sim.{key}", label, value, unit, digits) for key, label, value, unit, digits in extra if value)
    if costs.taxes == "by_country":
        table = "the firm's own table" if costs.tax_table else "the built-in table"
        yield given("sim.taxes", "Transaction taxes", f"by country and date, from {table}")
    if mandate.data.half_spreads is not None:
        yield given("sim.half_spreads", "Half-spreads", "by company and date, as supplied")


def _limits(mandate: Mandate) -> Iterable[Fact]:
    limits = mandate.constraints
    yield given("sim.max_name", "Limit per name", limits.max_name, "percent", 1)
    for theme in sorted(limits.max_theme):
        yield given(f"sim.max_theme.{theme}", f"Limit on theme {theme}", limits.max_theme[theme], "percent", 1)
    single = {
        "min_name": "minimum in each company held",
        "min_cash": "minimum in cash",
        "max_issuer": "maximum in one issuer",
        "max_issuer_group": "maximum in one group of companies",
        "max_turnover": "maximum turnover of a rebalance",
        "min_trade": "no trade under",
        "no_trade_band": "no-trade band around each target",
        "max_adv_share": "maximum share of average daily volume",
    }
    for key, label in single.items():
        if value := getattr(limits, key):
            yield given(f"sim.limit.{key}", label, value, "percent", 2)
    for group in LABELS:
        for side, word in (("max", "maximum"), ("min", "minimum")):
            if (side, group) != ("max", "theme"):
                table = getattr(limits, f"{side}_{group}")
                for name, id_word in words_of(sorted(table)).items():
                    yield given(f"sim.limit.{side}_{group}.{id_word}", f"{word} in {name}", table[name], "percent", 2)
    switches = {
        "ucits_5_10_40": "the UCITS limits on issuers",
        "ucits_index_20": "the UCITS limit on issuers of an index fund",
        "whole_shares": "whole shares only",
        "fully_invested": "fully invested",
    }
    yield from (given(f"sim.limit.{key}", label, label) for key, label in switches.items() if getattr(limits, key))
    if mandate.flow:
        yield given("sim.limit.flows", "Subscriptions and redemptions", len(mandate.flow), "count")


def class_terms(share_class: ShareClass) -> Iterable[Fact]:
    """What a class adds to its charges: a hedge, a performance fee."""
    if share_class.hedged:
        yield given("class.hedged", "Currency", "hedged into the currency of the class, anew at each month end")
    if share_class.performance_fee:
        yield given("class.performance_fee", "Performance fee", share_class.performance_fee, "percent", 2)
        settled = {"year_end": "year", "quarter_end": "quarter", "month_end": "month"}[share_class.fee_crystallises]
        yield given("class.fee_basis", "Performance fee", f"of the gain above the high-water mark, paid each {settled}")
