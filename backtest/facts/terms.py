"""Facts of the terms under which a run was simulated: every cost, every limit and every flow that the mandate sets."""

from __future__ import annotations

from collections.abc import Iterable

from backtest.facts.fact import Fact, Unit
from backtest.facts.given import given, words_of
from backtest.facts.said import Said, sentence_case
from backtest.mandate import Mandate, ShareClass

LABELS = ("theme", "sector", "country", "currency")
SINGLE = (
    "min_name", "min_cash", "max_issuer", "max_issuer_group", "max_turnover", "min_trade", "no_trade_band",
    "max_adv_share",
)  # fmt: skip
SWITCHES = ("ucits_5_10_40", "ucits_index_20", "whole_shares", "fully_invested")


def term_facts(said: Said, mandate: Mandate) -> list[Fact]:
    """Costs first, then limits; what the mandate leaves out is no fact, but for the four rates every sheet states."""
    return [*_costs(said, mandate), *_limits(said, mandate)]


def _costs(said: Said, mandate: Mandate) -> Iterable[Fact]:
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
        yield given(
            "sim.taxes",
            "Transaction taxes",
            said.words("given.taxes_own" if costs.tax_table else "given.taxes_built_in"),
        )
    if mandate.data.half_spreads is not None:
        yield given("sim.half_spreads", "Half-spreads", said.words("given.half_spreads"))


def _limits(said: Said, mandate: Mandate) -> Iterable[Fact]:
    limits = mandate.constraints
    yield given("sim.max_name", "Limit per name", limits.max_name, "percent", 1)
    for theme in sorted(limits.max_theme):
        yield given(f"sim.max_theme.{theme}", f"Limit on theme {theme}", limits.max_theme[theme], "percent", 1)
    for key in SINGLE:
        if value := getattr(limits, key):
            yield given(f"sim.limit.{key}", said.words(f"limit.{key}"), value, "percent", 2)
    for group in LABELS:
        for side, word in (("max", "limit.maximum"), ("min", "limit.minimum")):
            if (side, group) != ("max", "theme"):
                table = getattr(limits, f"{side}_{group}")
                for name, id_word in words_of(sorted(table)).items():
                    label = said.words(word, name=_group(said, group, name))
                    yield given(f"sim.limit.{side}_{group}.{id_word}", label, table[name], "percent", 2)
    labels = {key: said.words(f"limit.{key}") for key in SWITCHES if getattr(limits, key)}
    yield from (given(f"sim.limit.{key}", label, label) for key, label in labels.items())
    if mandate.flow:
        yield given("sim.limit.flows", said.words("limit.flows"), len(mandate.flow), "count")


def _group(said: Said, kind: str, name: str) -> str:
    """A theme, sector, country or currency as a limit names it: a country by its name, for all else English keeps what
    the mandate wrote."""
    if kind == "country":
        return said.country(name)
    if said.english or kind == "currency":
        return name
    return said.theme(name) if kind == "theme" else said.word(name, shown=sentence_case(name))


def class_terms(said: Said, share_class: ShareClass) -> Iterable[Fact]:
    """What a class adds to its charges: a hedge, a performance fee."""
    if share_class.hedged:
        yield given("class.hedged", "Currency", said.words("class.hedged"))
    if share_class.performance_fee:
        yield given("class.performance_fee", "Performance fee", share_class.performance_fee, "percent", 2)
        yield given("class.fee_basis", "Performance fee", said.words(f"class.fee_{share_class.fee_crystallises}"))
