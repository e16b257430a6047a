"""Facts -> rows of a sheet's tables and its sentences, all printed strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from backtest.charts import MONTHS
from backtest.errors import RenderError
from backtest.facts import Fact, Facts, format_fact

WHO = ("strategy", "baseline", "benchmark")
NAMES = {"strategy": "Strategy", "baseline": "Doing nothing", "benchmark": "Benchmark"}
STRUCTURES = {"ucits": "UCITS", "nurs": "Non-UCITS retail scheme", "aif": "Alternative investment fund"}
PERIODS = {
    "1m": "1 month", "3m": "3 months", "ytd": "This year", "1y": "1 year", "3y": "3 years", "5y": "5 years",
    "10y": "10 years", "start": "Since start",
}  # fmt: skip
Row = dict[str, Any]


class Printed:
    """Facts as printed strings, by id."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts.facts

    def __call__(self, fact_id: str) -> str:
        """The fact as printed, or n/a when there is no such fact."""
        fact = self.facts.get(fact_id)
        return format_fact(fact) if fact else "n/a"

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
        fact = self.facts[fact_id]
        return format_fact(Fact(fact_id, "", fact.as_of, "date", 0, fact.as_of, fact.basis, fact.source))

    def number(self, fact_id: str) -> float:
        """The value as a number, 0 when there is none: for the lengths of bars alone."""
        value = self.facts[fact_id].value if fact_id in self.facts else None
        return float(value) if isinstance(value, int | float) else 0.0


# Who, what, how


def key_facts(text: Printed) -> list[Row]:
    """What the product is; facts that are not given are left out."""
    subject = text("fund.subject")
    structure = STRUCTURES.get(text("fund.structure"), "")
    rows = [
        ("Share class" if subject == "fund" else "Version", "class.name", ""),
        ("ISIN", "class.isin", ""),
        ("SEDOL", "class.sedol", ""),
        ("Currency", "class.currency", ""),
        ("Base currency", "fund.base_currency", ""),
        ("Benchmark", "benchmark.name", ""),
        ("Structure", "fund.structure", structure),
        ("Domicile", "fund.domicile", ""),
        ("Launch", "fund.launch", "" if text.known("fund.launch") else "not launched"),
        *_size(text),
        ("Dealing", "fund.dealing", ""),
        ("Minimum investment", "class.minimum", _money(text, "class.minimum")),
        *([("Hold for at least", "fund.horizon_years", "")] if subject == "fund" else []),
        ("Published", "doc.published", ""),
    ]
    shown = [(label, own or text(key)) for label, key, own in rows if own or text.known(key)]
    return [{"label": label, "value": value} for label, value in shown if value not in ("none", "n/a")]


def _size(text: Printed) -> list[tuple[str, str, str]]:
    """The size of the fund, with the day it is true of when that is not the sheet's own."""
    if not text.known("fund.size"):
        return []
    said, on = f"{text('fund.base_currency')} {text('fund.size')} million", text.day("fund.size")
    return [("Fund size", "fund.size", said if on == text("doc.as_of") else f"{said}, {on}")]


def _money(text: Printed, fact_id: str) -> str:
    return f"{text('class.currency')} {text(fact_id)}" if text.known(fact_id) else ""


def charges(text: Printed) -> list[Row]:
    """What the holder pays."""
    rows = [("Ongoing charge, a year", text("class.ongoing_charge"))]
    if text.known("class.management_fee"):
        rows += [("of which management fee", text("class.management_fee"))]
    rows += [("Initial charge", text("class.initial_charge"))]
    if text.number("class.exit_charge"):
        rows += [("Exit charge", text("class.exit_charge"))]
    if text.known("class.performance_fee"):
        rows += [("Performance fee", f"{text('class.performance_fee')} {text('class.fee_basis')}")]
    return [{"label": label, "value": value} for label, value in rows]


def risk_scale(text: Printed) -> list[Row]:
    """The classes of the SRRI, 1 to 7, the fund's own marked; nothing when its history is too short for one."""
    own = text("risk.strategy.srri")
    return [{"number": str(k), "own": own == str(k)} for k in range(1, 8)] if text.known("risk.strategy.srri") else []


def assumptions(text: Printed) -> list[Row]:
    """How the figures were simulated: what a reader needs to repeat the calculation in principle."""
    settings = [f"{_words(text.facts[key].label)} {text(key)}" for key in sorted(text.facts) if "sim.param." in key]
    limits = [key for key in text.facts if key.startswith("sim.max_theme.")]
    survivors = text("data.survivors_only") == "yes"
    rows = [
        ("Period", f"{text('sim.start')} to {text('sim.end')}"),
        ("Universe", f"{text('data.names')} companies, {_countries(text)}{', survivors only' if survivors else ''}"),
        ("Rules", ", ".join([_words(text("sim.strategy")), *settings])),
        (
            "Decided",
            f"each {_words(text('sim.decide'))}, traded {text('sim.lag')} later, {text('sim.rebalances')} times",
        ),
        ("Each trade", ", ".join(_trade_costs(text))),
        ("Custody", f"{text('sim.custody')} a year" if text.known("sim.custody") else ""),
        ("Delisting", f"sold at the last price less {text('sim.delisting_haircut')}"),
        ("Limits", ", ".join(_limits(text, limits))),
        ("Benchmark weights", text("benchmark.weights")),
        ("Tax on dividends", text("data.withholding")),
        ("Variants tried", text("sim.trials")),
        ("Rules settled", text("sim.rules_fixed")),
        ("Themes assigned", text("data.themes_assigned")),
    ]
    return [{"label": label, "value": value} for label, value in rows if value and value != "n/a"]


def _tax(text: Printed) -> str:
    buy, sell = text("sim.buy_tax"), text("sim.sell_tax")
    return buy if buy == sell else f"{buy} on purchases, {sell} on sales"


def _trade_costs(text: Printed) -> list[str]:
    """What an order is assumed to cost, in words; what the mandate does not set is left out."""
    spread = text("sim.half_spreads" if text.known("sim.half_spreads") else "sim.half_spread")
    rest = f" and {text('sim.half_spread')} otherwise" if text.known("sim.half_spreads") else ""
    parts = [f"commission {text('sim.commission')}", f"half-spread {spread}{rest}", f"tax {_tax(text)}"]
    extra = (
        ("sim.commission_fixed", "{} for each order"),
        ("sim.commission_minimum", "commission of at least {}"),
        ("sim.taxes", "transaction taxes {}"),
        ("sim.fx_cost", "currency {} on foreign trades"),
        ("sim.impact", "market impact of {} times daily volatility times the root of the share of daily volume"),
    )
    return parts + [words.format(text(key)) for key, words in extra if text.known(key)]


def _countries(text: Printed) -> str:
    count = text("data.countries")
    return f"{count} {'country' if count == '1' else 'countries'}"


def _limits(text: Printed, themes: Iterable[str]) -> list[str]:
    names = [f"{text('sim.max_name')} per company"] if text.known("sim.max_name") else []
    names += [f"{text(key)} in {key.rsplit('.', 1)[1]}" for key in sorted(themes) if text.known(key)]
    others = [fact for key, fact in text.facts.items() if key.startswith("sim.limit.")]
    return names + [text(f.id) if f.unit == "text" else f"{f.label} {text(f.id)}" for f in others]


def _words(code: str) -> str:
    return code.replace("_", " ")


def source(text: Printed) -> str:
    """Source and period, to stand beside every block of performance."""
    return (
        f"Source: Jevons simulation from prices of {text('data.vendor')}. Simulated period: {text('sim.start')} to "
        f"{text('sim.end')}. Total return in {text('fund.base_currency')}. Strategy and doing nothing are net of "
        f"assumed trading costs and the ongoing charge; no initial charge is deducted. Doing nothing holds the "
        f"benchmark’s companies at their weights. Benchmark: {text('benchmark.name')}, without costs."
    )


def source_short(text: Printed) -> str:
    """Source and period again, for page 2."""
    return (
        f"Source: Jevons simulation from prices of {text('data.vendor')}. Simulated period: {text('sim.start')} to "
        f"{text('sim.end')}. Benchmark: {text('benchmark.name')}."
    )


def issued(text: Printed) -> list[str]:
    """Who issues the sheet, from where, and how the firm describes its status."""
    address = f", {text('fund.firm_address')}" if text.known("fund.firm_address") else ""
    status = [text("fund.firm_authorisation")] if text.known("fund.firm_authorisation") else []
    return [f"Issued by {text('fund.firm')}{address}.", *status]


def numbered(text: Printed, prefix: str, most: int = 30) -> list[str]:
    """The facts prefix.1, prefix.2 ... as printed, in that order."""
    found = [f"{prefix}.{k}" for k in range(1, most + 1)]
    return [text(key) for key in found if text.known(key)]


# Performance


def tiles(text: Printed) -> list[Row]:
    """Small figures; the strategy's never without doing nothing's."""
    tiles = [
        ("perf.{}.annualised.5y", "Simulated return a year, 5 years"),
        ("perf.{}.annualised.start", "Simulated return a year, since start"),
        ("risk.{}.volatility", "Simulated volatility"),
        ("risk.{}.max_drawdown", "Simulated maximum drawdown"),
    ]
    return [
        {
            "figure": text(key.format("strategy")),
            "label": label,
            "note": f"doing nothing {text(key.format('baseline'))}",
        }
        for key, label in tiles
    ]


def cumulative(text: Printed) -> Row:
    """Cumulative returns: a row for each of the three, a column for each period."""
    rows = [
        {"label": NAMES[who], "main": who == "strategy",
         "cells": [text(f"perf.{who}.cumulative.{period}") for period in PERIODS]}
        for who in WHO
    ]  # fmt: skip
    return {"columns": list(PERIODS.values()), "rows": rows}


def discrete(text: Printed, facts: Mapping[str, Fact]) -> Row:
    """Five 12-month periods, the oldest first."""
    numbers = (5, 4, 3, 2, 1)
    columns = []
    for k in numbers:
        fact = facts.get(f"perf.strategy.discrete.{k}")
        ends = (_month(fact.start), _month(fact.as_of)) if fact and fact.start and fact.as_of else ("12 months", "")
        columns.append({"start": ends[0], "end": ends[1]})
    rows = [
        {
            "label": NAMES[who],
            "main": who == "strategy",
            "cells": [_or_no_data(text(f"perf.{who}.discrete.{k}")) for k in numbers],
        }
        for who in WHO
    ]
    return {"columns": columns, "rows": rows}


def _or_no_data(printed: str) -> str:
    return "no data" if printed == "n/a" else printed


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def risk_figures(text: Printed) -> list[Row]:
    """Risk, turnover and cost; a dash where the question has no meaning, n/a where there is no answer."""
    rows = [
        ("Volatility, a year", "risk.{}.volatility"),
        ("Maximum drawdown", "risk.{}.max_drawdown"),
        ("Sharpe ratio", "risk.{}.sharpe"),
        ("Tracking error", "risk.{}.tracking_error"),
        ("Information ratio", "risk.{}.information_ratio"),
        ("Turnover a year, one way", "trade.{}.turnover"),
        ("Trading costs a year", "trade.{}.cost_drag"),
    ]
    return [
        {"label": label, "cells": [text(key.format(who)) if key.format(who) in text.facts else "–" for who in WHO]}
        for label, key in rows
    ]


def rebalances(text: Printed) -> Row:
    """The last four rebalances, the latest first, a column each."""
    numbers = [k for k in range(1, 5) if text.known(f"trade.rebalances.{k}.date")]
    rows = [("Turnover, one way", "turnover"), ("Cost", "cost")]
    return {
        "columns": [text(f"trade.rebalances.{k}.date") for k in numbers],
        "rows": [
            {"label": label, "cells": [text(f"trade.rebalances.{k}.{key}") for k in numbers]} for label, key in rows
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
    rows = [
        ("Holdings", "holdings"),
        ("Effective number of names", "effective_names"),
        ("Herfindahl index", "hhi"),
        ("Ten largest holdings", "top10"),
        ("Largest holding", "largest"),
        ("Active share", "active_share"),
    ]
    return [
        {
            "label": label,
            "cells": [
                text(f"conc.{who}.{key}") if f"conc.{who}.{key}" in text.facts else "–"
                for who in ("strategy", "benchmark")
            ],
        }
        for label, key in rows
    ]


def themes(text: Printed) -> list[Row]:
    """Theme weights at the first purchase, now, and in the benchmark."""
    keys = [key.split(".")[2] for key in text.facts if key.startswith("expo.theme.") and key.endswith(".strategy")]
    order = [key for key in ("capex", "adopter", "other", "cash") if key in keys]
    return [
        {"label": text.facts[f"expo.theme.{key}.strategy"].label,
         "cells": [text(f"expo.theme.{key}.{who}") for who in ("start", "strategy", "benchmark")]}
        for key in order
    ]  # fmt: skip


def bars(text: Printed, kind: str, most: int = 12) -> list[Row]:
    """Rows with a bar for the strategy and a tick for the benchmark, the largest first."""
    ids = [
        key.removesuffix(".strategy")
        for key in text.facts
        if key.startswith(f"expo.{kind}.") and key.endswith(".strategy")
    ]
    ids.sort(key=lambda key: (-text.number(f"{key}.strategy"), -text.number(f"{key}.benchmark"), key))
    values = [max(text.number(f"{key}.strategy"), text.number(f"{key}.benchmark")) for key in ids]
    scale = max([*values, 1e-9])
    return [
        {"label": text.facts[f"{key}.strategy"].label, "strategy": text(f"{key}.strategy"),
         "benchmark": text(f"{key}.benchmark"),
         "fill": f"width: {_share(text.number(f'{key}.strategy'), scale)}%",
         "tick": f"margin-left: {_share(text.number(f'{key}.benchmark'), scale * 1.02)}%"}
        for key in ids[:most]
    ]  # fmt: skip


def _share(value: float, scale: float) -> str:
    return f"{100.0 * min(1.0, max(0.0, value / scale)):.1f}"
