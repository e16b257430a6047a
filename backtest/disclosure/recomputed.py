"""Figures worked out anew from the data attached to a sheet, by the reviewer's own plain arithmetic.

Nothing of metrics/ is used: the reviewer distrusts the writer. The conventions are those a sheet's notes state: returns
compound, a drawdown counts the starting value as a high, volatility is the sample deviation of daily returns for a year
of 252 days and leaves out the cost of the first purchase, a year is 365.25 days.
"""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from backtest.facts import Fact, Facts, format_fact

TABLES = {"growth": "growth.csv", "drawdown": "drawdown.csv", "theme": "themes.csv"}
STARTING, YEAR_DAYS, TRADING_DAYS = 100.0, 365.25, 252
MOST_ROWS = 200_000


@dataclass(frozen=True)
class Curve:
    """A column of an attached table: days in order, and a value for each."""

    days: tuple[date, ...]
    values: tuple[float, ...]

    def at(self, day: date) -> float | None:
        """The value on a day, or on the last one before it; None before the first."""
        place = bisect_right(self.days, day)
        return self.values[place - 1] if place else None


@dataclass(frozen=True)
class Other:
    """A fact that the attached data do not bear out."""

    fact: Fact
    found: float


def curves(data: bytes | None) -> dict[str, Curve]:
    """The columns of an attached table by the id they begin with; {} when it is not there or cannot be read."""
    if data is None:
        return {}
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))[:MOST_ROWS]
        names = [name.split(" ")[0] for name in rows[0][1:]]
        days = [date.fromisoformat(row[0]) for row in rows[1:]]
        found = {}
        for column, name in enumerate(names, 1):
            known = [(day, float(row[column])) for day, row in zip(days, rows[1:], strict=True) if row[column]]
            found[name] = Curve(tuple(day for day, _ in known), tuple(value for _, value in known))
    except (ValueError, IndexError):
        return {}
    return {name: curve for name, curve in found.items() if curve.days and list(curve.days) == sorted(curve.days)}


def figures(facts: Facts, attached: Mapping[str, bytes]) -> dict[str, float]:
    """What the attached data say of each fact that they can tell of, by fact id, unrounded."""
    growth = {name.split(".")[-1]: curve for name, curve in _lines("growth", facts, attached).items()}
    themes = _lines("theme", facts, attached)
    found: dict[str, float] = {}
    for fact in facts.facts.values():
        if isinstance(fact.value, int | float) and not isinstance(fact.value, bool):
            value = _of_growth(fact, growth) if fact.id[:4] in ("perf", "risk") else _of_themes(fact, themes)
            if value is not None and math.isfinite(value):
                found[fact.id] = value
    return found | dict(_of_facts(facts))


def _lines(kind: str, facts: Facts, attached: Mapping[str, bytes]) -> dict[str, Curve]:
    """The lines of one chart: its attached table, or without one the series that came with the facts."""
    found = curves(attached.get(TABLES[kind]))
    if found:
        return found
    series = {name: s for name, s in facts.series.items() if name.split(".")[0] == kind}
    known = {n: [(d, v) for d, v in zip(s.dates, s.values, strict=True) if v is not None] for n, s in series.items()}
    return {n: Curve(tuple(d for d, _ in pairs), tuple(v for _, v in pairs)) for n, pairs in known.items() if pairs}


def disagreements(facts: Facts, attached: Mapping[str, bytes]) -> tuple[int, tuple[Other, ...]]:
    """(figures that could be worked out, those that are another one beyond rounding)."""
    found = figures(facts, attached)
    wrong = [Other(facts.facts[i], value) for i, value in found.items() if _differs(facts.facts[i], value)]
    lows = [Other(facts.facts[i], value) for i, value in _lows(facts, attached) if _differs(facts.facts[i], value)]
    return len(found), (*wrong, *lows)


def said(other: Other, language: str) -> str:
    """'Strategy: cumulative return, 5 years: +47.1%, the attached data give +45.0%'."""
    fact = other.fact
    shown = Fact(fact.id, fact.label, other.found, fact.unit, fact.precision, None, fact.basis, fact.source)
    return f"{fact.label}: {format_fact(fact, language)}, the attached data give {format_fact(shown, language)}"


def _differs(fact: Fact, found: float) -> bool:
    scale = 100 if fact.unit in ("percent", "signed_percent", "points") else 1
    return not isinstance(fact.value, int | float) or abs(fact.value - found) * scale > 0.5 * 10.0**-fact.precision


def _of_growth(fact: Fact, growth: Mapping[str, Curve]) -> float | None:
    _, who, what, *rest = fact.id.split(".")
    curve = growth.get(who)
    if curve is None or fact.as_of is None:
        return None
    if fact.id.startswith("perf."):
        total = _total(fact, curve, from_start=rest == ["start"])
        if total is None or what != "annualised":
            return total
        return None if fact.start is None else _yearly(total, fact.start, fact.as_of)
    return _risk(what, curve, growth.get("benchmark"))


def _total(fact: Fact, curve: Curve, *, from_start: bool) -> float | None:
    """The return from the start of a fact to its day; since the start, from the capital before any cost."""
    first = STARTING if from_start else curve.at(fact.start) if fact.start else None
    last = curve.at(fact.as_of) if fact.as_of else None
    return None if first is None or last is None else last / first - 1.0


def _yearly(total: float, start: date, end: date) -> float | None:
    days = (end - start).days
    return float((1.0 + total) ** (YEAR_DAYS / days)) - 1.0 if days > 0 and total > -1.0 else None


def _risk(what: str, curve: Curve, benchmark: Curve | None) -> float | None:
    if what == "max_drawdown":
        return _deepest(curve)
    if what == "volatility":
        return _deviation(_daily(curve))
    if benchmark is None or benchmark.days != curve.days:
        return None
    own, other = _daily(curve), _daily(benchmark)
    if what == "tracking_error":
        return _deviation([a - b for a, b in zip(own, other, strict=True)])
    if what == "beta" and len(own) > 1:
        mean, average = sum(own) / len(own), sum(other) / len(other)
        spread = sum((b - average) ** 2 for b in other)
        return sum((a - mean) * (b - average) for a, b in zip(own, other, strict=True)) / spread if spread else None
    return None


def _daily(curve: Curve) -> list[float]:
    return [new / old - 1.0 for old, new in zip(curve.values, curve.values[1:], strict=False)]


def _deviation(returns: list[float]) -> float | None:
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    return math.sqrt(sum((r - mean) ** 2 for r in returns) / (len(returns) - 1) * TRADING_DAYS)


def _deepest(curve: Curve) -> float:
    high, low = STARTING, 0.0
    for value in curve.values:
        high = max(high, value)
        low = min(low, value / high - 1.0)
    return low


def _of_themes(fact: Fact, themes: Mapping[str, Curve]) -> float | None:
    """A theme's weight at the end, or at the start, of its line."""
    if not fact.id.startswith("expo.theme."):
        return None
    _, _, theme, who = fact.id.split(".")
    curve = themes.get(f"theme.{theme}.{'strategy' if who == 'start' else who}")
    if curve is None:
        return None
    return curve.values[0] if who == "start" else curve.values[-1]


def _of_facts(facts: Facts) -> Iterator[tuple[str, float]]:
    """What figures say of each other: the ten largest holdings make up their sum."""
    weights = [facts.facts[f"top10.{k}.weight"].value for k in range(1, 11) if f"top10.{k}.weight" in facts.facts]
    known = [float(w) for w in weights if isinstance(w, int | float)]
    total, largest = "conc.strategy.top10", "conc.strategy.largest"
    if total in facts.facts and len(known) == 10:
        yield total, sum(known)
    if largest in facts.facts and known:
        yield largest, max(known)


def _lows(facts: Facts, attached: Mapping[str, bytes]) -> Iterator[tuple[str, float]]:
    """The lows of the drawdown chart's own data are those of the facts too."""
    for name, curve in _lines("drawdown", facts, attached).items():
        fact_id = f"risk.{name.split('.')[-1]}.max_drawdown"
        if fact_id in facts.facts and facts.facts[fact_id].value is not None:
            yield fact_id, min(0.0, *curve.values)
