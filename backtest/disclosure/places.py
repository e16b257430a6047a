"""Where each figure of the facts belongs on a sheet: under which words, in the sheet's language.

A place is known by the label of a row and of a column, by the words in the figure's own cell, by the words over or
under it, or by the words before and after it in a sentence. Whoever moves a figure to another place is found out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backtest.disclosure import dates
from backtest.disclosure.reading import key
from backtest.disclosure.triggers import RISK_CLASSES
from backtest.facts import Facts, format_month
from backtest.words import PLACEHOLDER, Words, words_in

WHO = ("strategy", "baseline", "benchmark")
COLUMNS_OF = {"strategy": "page.strategy", "baseline": "page.doing_nothing", "benchmark": "page.benchmark"}
LIVE = ("actual", "actual_benchmark")
RISK = ("volatility", "max_drawdown", "beta", "sharpe", "tracking_error", "information_ratio")
CONCENTRATION = ("holdings", "effective_names", "hhi", "top10", "largest", "active_share")
TILES = {
    "annualised_5y": "perf.{}.annualised.5y",
    "annualised_start": "perf.{}.annualised.start",
    "volatility": "risk.{}.volatility",
    "max_drawdown": "risk.{}.max_drawdown",
}
LIVE_TILES = {
    "actual_1y": "perf.{}.cumulative.1y",
    "actual_annualised": "perf.{}.annualised.start",
    "actual_start": "perf.{}.cumulative.start",
    "actual_volatility": "risk.{}.volatility",
    "actual_max_drawdown": "risk.{}.max_drawdown",
}
PHRASES = {
    "assumptions.commission": {"rate": "sim.commission"},
    "assumptions.half_spread": {"rate": "sim.half_spread"},
    "assumptions.tax": {"rate": "sim.buy_tax"},
    "assumptions.custody_value": {"rate": "sim.custody"},
    "assumptions.delisting_value": {"haircut": "sim.delisting_haircut"},
    "assumptions.limit_name": {"share": "sim.max_name"},
    "theme_limit.capex": {"share": "sim.max_theme.capex"},
    "theme_limit.adopter": {"share": "sim.max_theme.adopter"},
    "theme_limit.other": {"share": "sim.max_theme.other"},
    "assumptions.decided_value": {"lag": "sim.lag", "times": "sim.rebalances"},
    "assumptions.companies": {"count": "data.names"},
    "source.long": {"currency": "fund.base_currency", "start": "sim.start", "end": "sim.end"},
    "source.short": {"start": "sim.start", "end": "sim.end"},
    "source.actual": {"currency": "class.currency", "start": "live.start", "end": "live.end"},
    "source.actual_short": {"start": "live.start", "end": "live.end"},
    "chart.actual_from": {"start": "live.start"},
}
"""Sentences of the sheet, by their key in the words, with the facts that fill them."""
FIGURE, DAY, CODE = r"[+−-]?[£$€¥]?\d[\d.,’\s]*\d|[+−-]?\d", dates.ONE, r"[A-Z]{3}"
LEAST = 3
"""Letters that must stand beside a figure before its sentence is known by them."""
AROUND = 24


@dataclass(frozen=True)
class Phrase:
    """Words around a figure as a pattern whose group 1 is the figure, and what it must be."""

    pattern: re.Pattern[str]
    printed: str
    bare: bool
    """Whether the unit of a figure may be left out of what is compared."""


@dataclass
class Places:
    """What each place must show, as printed. table: by key of row and column, '' for any column."""

    table: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    called: dict[tuple[str, str], str] = field(default_factory=dict)
    """Row and column as they read."""
    cell: dict[str, set[str]] = field(default_factory=dict)
    touching: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By the words of the cell and the words over or under it."""
    phrases: tuple[Phrase, ...] = ()


def places(facts: Facts) -> Places:
    """Every place that the facts and the words of their language know of."""
    words = words_in(facts.language)
    known = facts.known
    found = Places(phrases=tuple(_phrases(words, facts)))
    for row, column, fact_id in (*_performance(words, facts), *_portfolio(words, facts), *_pairs(words)):
        if fact_id in known:
            place = (key(row), key(column))
            found.table.setdefault(place, set()).add(known[fact_id])
            found.called[place] = ", ".join(label for label in (row, column) if label)
    for label, fact_id in _ends_of_lines(words, facts):
        if fact_id in known:
            found.cell.setdefault(key(label), set()).add(known[fact_id])
    for own, other, fact_id in _tiles(words):
        if fact_id in known:
            found.touching.setdefault((key(own), key(other)), set()).add(known[fact_id])
            found.called["", key(other)] = other
    return found


Spot = tuple[str, str, str]
"""Row, column, fact id."""


def _performance(words: Words, facts: Facts) -> Iterator[Spot]:
    for who in (*WHO, *LIVE):
        row = _name(words, facts, who)
        column = words(COLUMNS_OF[who]) if who in COLUMNS_OF else row
        for period, label in words.section("period").items():
            yield row, label, f"perf.{who}.cumulative.{period}"
        if who in LIVE:
            yield row, words("period.start_actual"), f"perf.{who}.cumulative.start"
        for fact in (f for i, f in facts.facts.items() if i.startswith(f"perf.{who}.discrete.")):
            if fact.start and fact.as_of:
                ends = (format_month(day, facts.language) for day in (fact.start, fact.as_of))
                yield row, " – ".join(ends), fact.id
        for fact_id in (i for i in facts.facts if i.startswith(f"perf.{who}.calendar.")):
            yield row, fact_id.rsplit(".", 1)[1], fact_id
        for name in RISK:
            yield words(f"risk.{name}"), column, f"risk.{who}.{name}"
        for name in ("turnover", "cost_drag"):
            yield words(f"risk.{name}"), column, f"trade.{who}.{name}"


def _name(words: Words, facts: Facts, who: str) -> str:
    subject = facts.facts.get("fund.subject")
    return words("who.actual_index" if who == "actual" and subject and subject.value == "index" else f"who.{who}")


def _portfolio(words: Words, facts: Facts) -> Iterator[Spot]:
    columns = {"strategy": words("page.portfolio"), "benchmark": words("page.benchmark")}
    today = facts.known.get("doc.as_of", words("fact.undefined"))
    at = {"start": words("page.first_purchase"), "strategy": today, "benchmark": columns["benchmark"]}
    for name in CONCENTRATION:
        for who, column in columns.items():
            yield words(f"concentration.{name}"), column, f"conc.{who}.{name}"
    for fact_id, fact in facts.facts.items():
        kind, _, rest = fact_id.partition(".")
        if kind == "expo" and rest.startswith("theme."):
            yield words(f"theme.{rest.split('.')[1]}"), at[rest.split(".")[-1]], fact_id
        elif kind in ("expo", "rest") and rest.split(".")[-1] in columns:
            yield fact.label, columns[rest.split(".")[-1]], fact_id
        elif kind == "top10" and rest.endswith((".weight", ".active")):
            company = facts.facts.get(f"top10.{rest.split('.')[0]}.name")
            if company is not None and isinstance(company.value, str):
                yield company.value, words(f"page.{rest.split('.')[1]}"), fact_id
        elif fact_id.startswith("trade.rebalances.") and rest.split(".")[-1] in ("turnover", "cost"):
            day = fact_id.rsplit(".", 1)[0] + ".date"
            if day in facts.facts:
                yield words(f"rebalance.{rest.split('.')[-1]}"), facts.printed(day), fact_id


def _pairs(words: Words) -> Iterator[Spot]:
    """A label and its figure, without a column."""
    of = {
        "charges.ongoing": "class.ongoing_charge", "charges.management": "class.management_fee",
        "charges.initial": "class.initial_charge", "charges.exit": "class.exit_charge",
        "charges.performance": "class.performance_fee", "key_facts.horizon": "fund.horizon_years",
        "key_facts.minimum": "class.minimum", "key_facts.size": "fund.size",
        "liquidity.worst_days": "liq.worst_days", "liquidity.slow_share": "liq.slow_share",
    }  # fmt: skip
    for label, fact_id in of.items():
        yield words(label), "", fact_id


def pairs_of_texts(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """(label, what must stand beside it, fact id) of key facts that are no figures: currencies, codes and days."""
    words, known = words_in(facts.language), facts.known
    of = {
        "key_facts.currency": "class.currency", "key_facts.base_currency": "fund.base_currency",
        "key_facts.isin": "class.isin", "key_facts.sedol": "class.sedol", "key_facts.launch": "fund.launch",
        "key_facts.published": "doc.published",
    }  # fmt: skip
    for label, fact_id in of.items():
        if fact_id in known:
            yield words(label), known[fact_id], fact_id
    for label, money, amount in (
        ("key_facts.minimum", "class.currency", "class.minimum"),
        ("key_facts.size", "fund.base_currency", "fund.size"),
    ):
        if money in known and amount in known:
            yield words(label), f"{known[money]} {known[amount]}", amount


def _ends_of_lines(words: Words, facts: Facts) -> Iterator[tuple[str, str]]:
    for who in (*WHO, *LIVE):
        name = _name(words, facts, who)
        yield name, f"perf.{who}.cumulative.start"
        yield words("chart.drawdown_line", who=name, figure=""), f"risk.{who}.max_drawdown"
    for theme in ("capex", "adopter", "other"):
        yield words(f"theme.{theme}"), f"expo.theme.{theme}.strategy"
    yield words("chart.theme_benchmark", figure=""), "expo.theme.capex.benchmark"


def _tiles(words: Words) -> Iterator[Spot]:
    for name, fact_id in TILES.items():
        label = words(f"tile.{name}")
        yield "", label, fact_id.format("strategy")
        yield words("tile.note", figure=""), label, fact_id.format("baseline")
    for name, fact_id in LIVE_TILES.items():
        label = words(f"tile.{name}")
        yield "", label, fact_id.format("actual")
        yield words("tile.note_actual", figure=""), label, fact_id.format("actual_benchmark")


def _phrases(words: Words, facts: Facts) -> Iterator[Phrase]:
    known = facts.known
    for name, filling in PHRASES.items():
        yield from _phrases_of(words.texts[name], filling, known, facts)
    for fact_id, fact in facts.facts.items():
        if fact_id.startswith("sim.param."):
            label = fact.label.replace("_", " ")
            yield from _phrases_of(f"{label} {{value}}", {"value": fact_id}, known, facts)
    classed = next((fact_id for fact_id in RISK_CLASSES if fact_id in known), None)
    if classed is not None:
        _, who, scale = classed.split(".")
        part = {"strategy": "page", "actual": "page_actual_class"}[who] + ("_sri" if scale == "sri" else "")
        pattern = f"{words('page.risk_class')} {{number}} {words(f'{part}.risk_class_of')}"
        yield from _phrases_of(pattern, {"number": classed}, known, facts)


def _phrases_of(text: str, filling: Mapping[str, str], known: Mapping[str, str], facts: Facts) -> Iterator[Phrase]:
    """One pattern for each place of a text that has words enough beside it."""
    found = list(PLACEHOLDER.finditer(text))
    for number, place in enumerate(found):
        fact_id = filling.get(place.group(1), "")
        if fact_id not in known:
            continue
        before = text[found[number - 1].end() if number else 0 : place.start()].rpartition(". ")[2][-AROUND:]
        after = text[place.end() : found[number + 1].start() if number + 1 < len(found) else len(text)][:AROUND]
        after = after.partition(". ")[0]
        if max(len(key(before)), len(key(after))) < LEAST:
            continue
        unit = facts.facts[fact_id].unit
        value = CODE if unit == "text" else DAY if unit == "date" else FIGURE
        pattern = rf"{_start(before)}{_loose(before)}({value}){_tail(after, unit)}"
        yield Phrase(re.compile(pattern, re.IGNORECASE if unit == "date" else 0), known[fact_id], unit != "date")


def _start(before: str) -> str:
    return r"(?<!\w)" if before[:1].isalpha() else ""


def _loose(words: str) -> str:
    """Spaces and line breaks are the same."""
    return r"\s+".join(re.escape(part) for part in re.split(r"\s+", words))


def _tail(after: str, unit: str) -> str:
    """What follows the figure: its unit, which belongs to the fact, and then the words."""
    between = "" if unit in ("text", "date") else r"(?:\s*(?:%|\w{1,12}))?"
    return between + _loose(after) if len(key(after)) >= LEAST else ""
