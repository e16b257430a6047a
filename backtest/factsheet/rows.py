"""Facts -> rows of a sheet's tables and its sentences, all printed strings."""

from __future__ import annotations

from typing import Any

from backtest.errors import RenderError
from backtest.facts import Facts, format_day
from backtest.metrics.conventions import SHOWN_GROUPS
from backtest.words import words_in

WHO = ("strategy", "baseline", "benchmark")
SIZES = ("large", "mid", "small", "outside", "cash")
Row = dict[str, Any]


class Printed:
    """Facts as printed strings, by id, and the words of their language."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.language, self._printed = facts.facts, facts.language, facts.printed
        self.words = words_in(facts.language)

    def __call__(self, fact_id: str) -> str:
        """The fact as printed, or n/a when there is no such fact."""
        return self._printed(fact_id) if fact_id in self.facts else self.undefined

    @property
    def undefined(self) -> str:
        return self.words("fact.undefined")

    def of(self, section: str, fact_id: str, other: str = "") -> str:
        """The word for a fact that is a code, 'ucits' for UCITS; `other` when the section has none."""
        return self.words.find(f"{section}.{self(fact_id)}") or other

    def known(self, fact_id: str) -> bool:
        """True for a fact that has a value."""
        fact = self.facts.get(fact_id)
        return fact is not None and fact.value not in (None, "")

    def needed(self, fact_id: str) -> str:
        """The fact as printed. Raises RenderError when it has no value."""
        if not self.known(fact_id):
            raise RenderError(f"facts, {fact_id}: missing; a sheet cannot be made without it.")
        return self(fact_id)

    def day(self, fact_id: str) -> str:
        """The day a fact is true of, as a date is printed."""
        day = self.facts[fact_id].as_of
        return self.undefined if day is None else format_day(day, self.language)

    def number(self, fact_id: str) -> float:
        """The value as a number, 0 when there is none: for the lengths of bars alone."""
        value = self.facts[fact_id].value if fact_id in self.facts else None
        return float(value) if isinstance(value, int | float) else 0.0


# Who, what, how


def key_facts(text: Printed) -> list[Row]:
    """What the product is; facts that are not given are left out."""
    words, subject = text.words, text("fund.subject")
    structure = text.of("structure", "fund.structure")
    launched = "fund.launch" if text.known("fund.launch") else "class.launch"
    launch = "" if text.known(launched) else words("key_facts.not_launched")
    rows = [
        ("share_class" if subject == "fund" else "version", "class.name", ""),
        ("isin", "class.isin", ""),
        ("sedol", "class.sedol", ""),
        ("currency", "class.currency", text("class.currency")),
        *([("base_currency", "fund.base_currency", "")] if _in_another_currency(text) else []),
        ("benchmark", "benchmark.name", ""),
        *([("structure", "fund.structure", structure)] if structure else []),
        ("domicile", "fund.domicile", ""),
        ("launch", launched, launch),
        *_size(text),
        ("dealing", "fund.dealing", ""),
        ("minimum", "class.minimum", _money(text, "class.minimum")),
        *([("horizon", "fund.horizon_years", "")] if subject == "fund" else []),
        ("published", "doc.published", ""),
    ]
    shown = [(words(f"key_facts.{label}"), own or text(key)) for label, key, own in rows if own or text.known(key)]
    return [{"label": label, "value": value} for label, value in shown]


def _in_another_currency(text: Printed) -> bool:
    """Whether the class is in another currency than the fund: one line says both when it is not."""
    return text("class.currency") != text("fund.base_currency")


def _size(text: Printed) -> list[tuple[str, str, str]]:
    """The size of the fund, with the day it is true of when that is not the sheet's own."""
    if not text.known("fund.size"):
        return []
    said = text.words("key_facts.size_value", currency=text("fund.base_currency"), size=text("fund.size"))
    on = text.day("fund.size")
    dated = text.words("key_facts.size_dated", size=said, on=on)
    return [("size", "fund.size", said if on == text("doc.as_of") else dated)]


def _money(text: Printed, fact_id: str) -> str:
    return f"{text('class.currency')} {text(fact_id)}" if text.known(fact_id) else ""


def charges(text: Printed) -> list[Row]:
    """What the holder pays."""
    rows = [("ongoing", text("class.ongoing_charge"))]
    if text.known("class.management_fee"):
        rows += [("management", text("class.management_fee"))]
    rows += [("initial", text("class.initial_charge"))]
    if text.number("class.exit_charge"):
        rows += [("exit", text("class.exit_charge"))]
    if text.known("class.performance_fee"):
        rows += [("performance", f"{text('class.performance_fee')} {text('class.fee_basis')}")]
    return [{"label": text.words(f"charges.{label}"), "value": value} for label, value in rows]


def risk_scale(text: Printed, indicator: str) -> list[Row]:
    """The classes of the scale, 1 to 7, the fund's own marked; nothing when its history is too short for one."""
    own = text(indicator)
    return [{"number": str(k), "own": own == str(k)} for k in range(1, 8)] if text.known(indicator) else []


def assumptions(text: Printed) -> list[Row]:
    """How the figures were simulated: what a reader needs to repeat the calculation in principle."""
    words = text.words
    settings = [_setting(text, key) for key in sorted(text.facts) if key.startswith("sim.param.")]
    delisting = words("assumptions.delisting_value", haircut=text("sim.delisting_haircut"))
    custody = words("assumptions.custody_value", rate=text("sim.custody")) if text.known("sim.custody") else ""
    rows = [
        ("period", words("assumptions.period_value", start=text("sim.start"), end=text("sim.end"))),
        ("universe", _universe(text)),
        ("rules", ", ".join([_words(text("sim.strategy")), *settings])),
        ("decided", _decided(text)),
        ("trade", ", ".join(_trade_costs(text))),
        ("custody", custody),
        ("delisting", delisting),
        ("limits", ", ".join(_limits(text))),
        ("benchmark_weights", text("benchmark.weights")),
        ("dividend_tax", text("data.withholding")),
        ("trials", text("sim.trials")),
        ("rules_fixed", text("sim.rules_fixed")),
        ("themes_assigned", text("data.themes_assigned")),
    ]
    known = [(key, value) for key, value in rows if value not in ("", text.undefined)]
    return [{"key": key, "label": words(f"assumptions.{key}"), "value": value} for key, value in known]


def _setting(text: Printed, key: str) -> str:
    """A parameter with its value; where the value is the number of a choice, the choice in words."""
    name, value = key.rsplit(".", 1)[-1], text(key)
    return f"{_words(text.facts[key].label)} {text.words.find(f'choice.{name}_{value}') or value}"


def _universe(text: Printed) -> str:
    """How many companies in how many countries, and whether only those that are still there."""
    companies, countries = text("data.names"), text("data.countries")
    counted = {
        "companies": text.words(
            "assumptions.company" if companies == "1" else "assumptions.companies", count=companies
        ),
        "countries": text.words(
            "assumptions.country" if countries == "1" else "assumptions.countries", count=countries
        ),
    }
    survivors = "data.survivors_only" in text.facts and text.facts["data.survivors_only"].value is True
    key = "assumptions.universe_survivors" if survivors else "assumptions.universe_value"
    return text.words(key, **counted)


def _decided(text: Printed) -> str:
    """When it is decided, how much later it is traded, and how often that was."""
    given, times = {"when": text("sim.decide"), "lag": text("sim.lag")}, text("sim.rebalances")
    if times == "1":
        return text.words("assumptions.decided_once", **given)
    return text.words("assumptions.decided_value", **given, times=times)


def _tax(text: Printed) -> str:
    buy, sell = text("sim.buy_tax"), text("sim.sell_tax")
    if buy == sell:
        return text.words("assumptions.tax", rate=buy)
    return text.words("assumptions.tax_two", buy=buy, sell=sell)


def _trade_costs(text: Printed) -> list[str]:
    """What an order is assumed to cost, in words; what the mandate does not set is left out."""
    words, usual = text.words, text("sim.half_spread")
    spread = words("assumptions.half_spread", rate=usual)
    if text.known("sim.half_spreads"):
        spread = words("assumptions.half_spread_otherwise", rate=text("sim.half_spreads"), otherwise=usual)
    parts = [words("assumptions.commission", rate=text("sim.commission")), spread, _tax(text)]
    extra = (
        ("commission_fixed", "amount"), ("commission_minimum", "amount"), ("taxes", "how"), ("fx_cost", "rate"),
        ("impact", "coefficient"),
    )  # fmt: skip
    money = {"currency": text("fund.base_currency")}
    return parts + [
        words(f"assumptions.{key}", **{place: text(f"sim.{key}")}, **(money if place == "amount" else {}))
        for key, place in extra
        if text.known(f"sim.{key}")
    ]


def _limits(text: Printed) -> list[str]:
    names = []
    if text.known("sim.max_name"):
        names = [text.words("assumptions.limit_name", share=text("sim.max_name"))]
    themes = sorted(key for key in text.facts if key.startswith("sim.max_theme.") and text.known(key))
    names += [text.words(f"theme_limit.{key.rsplit('.', 1)[1]}", share=text(key)) for key in themes]
    others = [fact for key, fact in text.facts.items() if key.startswith("sim.limit.")]
    return names + [text(f.id) if f.unit == "text" else f"{f.label} {text(f.id)}" for f in others]


def _words(code: str) -> str:
    return code.replace("_", " ")


def issued(text: Printed) -> list[str]:
    """Who issues the sheet, from where, and how the firm describes its status."""
    firm = text("fund.firm")
    said = text.words("source.issued", firm=firm)
    if text.known("fund.firm_address"):
        said = text.words("source.issued_from", firm=firm, address=text("fund.firm_address"))
    return [said, *([text("fund.firm_authorisation")] if text.known("fund.firm_authorisation") else [])]


def numbered(text: Printed, prefix: str, most: int = 30) -> list[str]:
    """The facts prefix.1, prefix.2 ... as printed, in that order."""
    found = [f"{prefix}.{k}" for k in range(1, most + 1)]
    return [text(key) for key in found if text.known(key)]


# Trades


def or_dash(text: Printed, fact_id: str) -> str:
    """The fact as printed, and a dash where the question has no meaning."""
    return text(fact_id) if fact_id in text.facts else "–"


def rebalances(text: Printed) -> Row:
    """The last four rebalances, the latest first, a column each."""
    numbers = [k for k in range(1, 5) if text.known(f"trade.rebalances.{k}.date")]
    return {
        "columns": [text(f"trade.rebalances.{k}.date") for k in numbers],
        "rows": [
            {
                "label": text.words(f"rebalance.{key}"),
                "cells": [text(f"trade.rebalances.{k}.{key}") for k in numbers],
            }
            for key in ("turnover", "cost")
        ],
    }


# Holdings and exposures


def holdings(text: Printed) -> list[Row]:
    """The ten largest holdings, the largest first."""
    columns = ("name", "sector", "country", "theme", "weight", "active")
    return [
        {column: text(f"top10.{k}.{column}") for column in columns}
        for k in range(1, 11)
        if text.known(f"top10.{k}.name")
    ]


def concentration(text: Printed) -> list[Row]:
    """Concentration of the portfolio and of the benchmark."""
    return [
        {
            "label": text.words(f"concentration.{key}"),
            "cells": [or_dash(text, f"conc.{who}.{key}") for who in ("strategy", "benchmark")],
        }
        for key in ("holdings", "effective_names", "hhi", "top10", "largest", "active_share")
    ]


def characteristics(text: Printed) -> list[Row]:
    """What is paid for earnings, book value and sales, and the size of companies; only what the run has figures for."""
    money = {"currency": text("fund.base_currency")}
    rows: list[tuple[str, dict[str, str]]] = [
        ("price_earnings", {}), ("price_book_value", {}), ("price_sales", {}),
        ("average_value", money), ("median_value", money), ("covered", {}),
    ]  # fmt: skip
    return [
        {
            "label": text.words(f"characteristics.{key}", **places),
            "cells": [text(f"char.{who}.{key}") for who in ("strategy", "benchmark")],
        }
        for key, places in rows
        if f"char.strategy.{key}" in text.facts
    ]


def liquidity(text: Printed) -> list[Row]:
    """How long selling takes; what is not known says so, because volumes are missing for a name held."""
    keys = ("worst_days", "slow_share", "volume_known")
    return [{"label": text.words(f"liquidity.{key}"), "value": text(f"liq.{key}")} for key in keys]


def themes(text: Printed) -> list[Row]:
    """Theme weights at the first purchase, now, and in the benchmark."""
    keys = [key.split(".")[2] for key in text.facts if key.startswith("expo.theme.") and key.endswith(".strategy")]
    order = [key for key in ("capex", "adopter", "other", "cash") if key in keys]
    return [
        {"label": text.facts[f"expo.theme.{key}.strategy"].label,
         "cells": [text(f"expo.theme.{key}.{who}") for who in ("start", "strategy", "benchmark")]}
        for key in order
    ]  # fmt: skip


def bars(text: Printed, kind: str) -> list[Row]:
    """Rows with a bar for the strategy and a tick for the benchmark, the largest first; sizes in the order of size. Of
    more than SHOWN_GROUPS groups, the last row adds up the smaller ones, so that a column always makes a whole."""
    ids = [
        key.removesuffix(".strategy")
        for key in text.facts
        if key.startswith(f"expo.{kind}.") and key.endswith(".strategy")
    ]
    ids.sort(key=lambda key: (-text.number(f"{key}.strategy"), -text.number(f"{key}.benchmark"), key))
    if kind == "size":
        ids.sort(key=lambda key: SIZES.index(key.split(".")[2]))
    if f"rest.{kind}.strategy" in text.facts:
        ids = [*ids[: SHOWN_GROUPS - 1], f"rest.{kind}"]
    values = [max(text.number(f"{key}.strategy"), text.number(f"{key}.benchmark")) for key in ids]
    scale = max([*values, 1e-9])
    return [
        {"label": text.facts[f"{key}.strategy"].label, "strategy": text(f"{key}.strategy"),
         "benchmark": text(f"{key}.benchmark"),
         "fill": f"width: {_share(text.number(f'{key}.strategy'), scale)}%",
         "tick": f"margin-left: {_share(text.number(f'{key}.benchmark'), scale * 1.02)}%"}
        for key in ids
    ]  # fmt: skip


def _share(value: float, scale: float) -> str:
    return f"{100.0 * min(1.0, max(0.0, value / scale)):.1f}"
