"""Named predicates over facts: does a rule apply, and by which numbers?

Thresholds are data: they stand in the rule's TOML, under [when_options], and arrive as keyword arguments. A predicate
that lacks a fact answers None with the fact's name; it never guesses. A stranger's PDF brings no facts but what its own
text shows: text.performance and text.simulated.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from backtest.facts import Facts

STERLING = "GBP"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Trigger:
    """`applies` None: the facts do not say. `lead`: the statement also stands first, or beside the performance."""

    applies: bool | None
    reason: str
    lead: bool = False


def evaluate(name: str, options: Mapping[str, Any], facts: Facts) -> Trigger:
    """Ask one predicate by name, with the thresholds of its rule."""
    return PREDICATES[name](facts, **options)


def options_of(name: str) -> tuple[str, ...]:
    """The thresholds a predicate needs, by name."""
    return tuple(inspect.signature(PREDICATES[name]).parameters)[1:]


def value(facts: Facts, fact_id: str) -> Any:
    """A fact's unrounded value, None when it is absent or undefined."""
    fact = facts.facts.get(fact_id)
    return None if fact is None else fact.value


def family(facts: Facts, prefix: str, who: str = "strategy") -> dict[str, tuple[str, float]]:
    """{key: (label, value)} of facts named `<prefix>.<key>.<who>`, undefined ones left out."""
    found: dict[str, tuple[str, float]] = {}
    for fact_id, fact in facts.facts.items():
        parts = fact_id.split(".")
        if (
            ".".join(parts[:2]) == prefix
            and len(parts) == 4
            and parts[3] == who
            and isinstance(fact.value, int | float)
        ):
            found[parts[2]] = (fact.label, float(fact.value))
    return found


# Whether there is performance, and of what kind


def always(facts: Facts) -> Trigger:
    return Trigger(True, "applies to every document of this kind")


def has_performance(facts: Facts) -> Trigger:
    return _performance(facts, None)


def has_simulated_performance(facts: Facts) -> Trigger:
    return _performance(facts, "simulated")


def has_actual_performance(facts: Facts) -> Trigger:
    return _performance(facts, "actual")


def has_gross_performance(facts: Facts) -> Trigger:
    """Performance of the product itself before charges; an index has none and is left out."""
    figures = [f for i, f in facts.facts.items() if i.startswith(("perf.strategy.", "perf.baseline."))]
    if not figures:
        return _unknown("perf.strategy", "whether figures are net or gross")
    gross = [f.id for f in figures if f.charges == "gross"]
    return Trigger(bool(gross), f"{len(gross)} of {len(figures)} figures are before charges")


def performance_not_in_sterling(facts: Facts) -> Trigger:
    currency = value(facts, "class.currency") or value(facts, "fund.base_currency")
    if currency is None:
        return _unknown("class.currency", "the currency of the figures")
    return Trigger(currency != STERLING, f"figures are in {currency}")


def in_translation(facts: Facts) -> Trigger:
    language = value(facts, "doc.language")
    if language is None:
        return _unknown("doc.language", "the language of the document")
    return Trigger(language != "en", f"the document is in language {language!r}")


def synthetic_data(facts: Facts) -> Trigger:
    return _flag(facts, "data.synthetic", "prices are invented", "prices are a vendor's")


# What the product is


def subject_is_fund(facts: Facts) -> Trigger:
    subject = value(facts, "fund.subject")
    if subject is None:
        return _unknown("fund.subject", "whether this is a fund")
    return Trigger(subject == "fund", f"the subject is {_article(str(subject))}")


def initial_charge(facts: Facts, *, lead_from: float) -> Trigger:
    charge = value(facts, "class.initial_charge")
    if charge is None:
        return _unknown("class.initial_charge", "the initial charge")
    return Trigger(charge > 0, f"initial charge {_percent(charge)}", lead=charge >= lead_from)


def benchmark_shown(facts: Facts) -> Trigger:
    if "benchmark.name" not in facts.facts:
        return _unknown("benchmark.name", "whether a benchmark is shown")
    name = value(facts, "benchmark.name")
    return Trigger(True, f"compared with {name}") if name else Trigger(False, "no benchmark is shown")


# Risks of the portfolio


def foreign_currency(facts: Facts, *, above: float, lead_from: float) -> Trigger:
    base = value(facts, "fund.base_currency")
    held = family(facts, "expo.currency")
    if base is None or not held:
        return _unknown("expo.currency", "the currencies held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() != base)
    return Trigger(share > above, f"{_percent(share)} of NAV is not in {base}", lead=share >= lead_from)


def illiquid(facts: Facts, *, days_above: float, lead_slow_share: float) -> Trigger:
    if value(facts, "liq.volume_known") is False:
        return Trigger(True, "trading volumes are not known")
    days, slow = value(facts, "liq.worst_days"), value(facts, "liq.slow_share")
    if days is None:
        return _unknown("liq.worst_days", "how long selling takes")
    reason = f"selling 90% of the slowest position takes {days:.1f} days; the limit is {days_above:g}"
    return Trigger(days > days_above, reason, lead=slow is not None and slow >= lead_slow_share)


def concentrated(
    facts: Facts,
    *,
    holdings_below: int,
    top10_above: float,
    effective_below: float,
    lead_holdings_below: int,
    lead_top10_above: float,
) -> Trigger:
    holdings, top10 = value(facts, "conc.strategy.holdings"), value(facts, "conc.strategy.top10")
    effective = value(facts, "conc.strategy.effective_names")
    if holdings is None or top10 is None or effective is None:
        return _unknown("conc.strategy", "how concentrated the portfolio is")
    hits = [
        _over(holdings < holdings_below, f"{holdings} holdings, below {holdings_below}"),
        _over(top10 > top10_above, f"top ten {_percent(top10)} of NAV is above {_percent(top10_above, 0)}"),
        _over(effective < effective_below, f"effective number of names {effective:.1f}, below {effective_below:g}"),
    ]
    lead = holdings < lead_holdings_below or top10 > lead_top10_above
    calm = f"{holdings} holdings, top ten {_percent(top10)}, effective number of names {effective:.1f}"
    return _any_of(hits, calm, lead=lead)


def sector_or_theme_exposed(
    facts: Facts, *, sector_above: float, active_above: float, theme_above: float, lead_sector_above: float
) -> Trigger:
    sectors, index = family(facts, "expo.sector"), family(facts, "expo.sector", "benchmark")
    if not sectors:
        return _unknown("expo.sector", "the sector exposures")
    name, largest = max(sectors.values(), key=lambda item: item[1])
    active = {label: weight - index[key][1] for key, (label, weight) in sectors.items() if key in index}
    widest = max(active, key=lambda label: active[label], default="")
    theme, bucket = _largest_theme(facts)
    hits = [
        _over(largest > sector_above, f"{name} {_percent(largest)} of NAV is above {_percent(sector_above, 0)}"),
        _over(
            active.get(widest, 0.0) > active_above,
            f"{widest} is {_points(active.get(widest, 0.0))} over the benchmark, above {_points(active_above)}",
        ),
        _over(bucket > theme_above, f"theme {theme} {_percent(bucket)} of NAV is above {_percent(theme_above, 0)}"),
    ]
    calm = f"largest sector {name} {_percent(largest)}, largest theme {_percent(bucket)} of NAV"
    return _any_of(hits, calm, lead=largest > lead_sector_above)


def themed(facts: Facts, *, theme_above: float) -> Trigger:
    if not family(facts, "expo.theme"):
        return _unknown("expo.theme", "the theme exposures")
    theme, bucket = _largest_theme(facts)
    reason = f"theme {theme} is {_percent(bucket)} of NAV; the limit is {_percent(theme_above, 0)}"
    return Trigger(bucket > theme_above, reason)


def capex_underweight(facts: Facts, *, below_by: float) -> Trigger:
    """The strategy holds less in capex names than its benchmark, or than it held itself before the rotation."""
    held = value(facts, "expo.theme.capex.strategy")
    before = value(facts, "expo.theme.capex.benchmark")
    if held is None or before is None:
        return _unknown("expo.theme.capex", "the exposure to capex names")
    reason = f"capex names {_percent(held)} of NAV against {_percent(before)} in the benchmark"
    return Trigger(before - held > below_by, reason)


def volatile(facts: Facts, *, volatility_above: float) -> Trigger:
    volatility = value(facts, "risk.strategy.volatility")
    if volatility is None:
        return _unknown("risk.strategy.volatility", "the volatility")
    reason = f"volatility {_percent(volatility)} a year; the limit is {_percent(volatility_above, 0)}"
    return Trigger(volatility > volatility_above, reason)


def emerging_markets(facts: Facts, *, countries: list[str], above: float, lead_from: float) -> Trigger:
    held = family(facts, "expo.country")
    if not held:
        return _unknown("expo.country", "the countries held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() in countries)
    return Trigger(share > above, f"{_percent(share)} of NAV is in emerging markets", lead=share >= lead_from)


# Limits of the simulation


def survivors_only(facts: Facts) -> Trigger:
    found = _flag(facts, "data.survivors_only", "the universe holds survivors only", "delisted companies are included")
    return Trigger(found.applies, found.reason, lead=True)


def labelled_with_hindsight(facts: Facts) -> Trigger:
    """Theme labels given after the simulation starts know part of what followed."""
    assigned, start = value(facts, "data.themes_assigned"), value(facts, "sim.start")
    if assigned is None or start is None:
        return _unknown("data.themes_assigned", "when companies were labelled")
    return Trigger(assigned > start, f"labels of {_day(assigned)}, simulation from {_day(start)}", lead=True)


def several_trials(facts: Facts, *, trials_above: int) -> Trigger:
    trials = value(facts, "sim.trials")
    if trials is None:
        return _unknown("sim.trials", "how many variants were tried")
    return Trigger(trials > trials_above, f"{trials} variants were tried")


def busy_trading(facts: Facts, *, turnover_above: float) -> Trigger:
    turnover = value(facts, "trade.strategy.turnover")
    if turnover is None:
        return _unknown("trade.strategy.turnover", "the turnover")
    reason = f"turnover {_percent(turnover)} a year; the limit is {_percent(turnover_above, 0)}"
    return Trigger(turnover > turnover_above, reason)


def short_regime(facts: Facts, *, years_below: float, regime_from: date, regime_share_above: float) -> Trigger:
    start, end = value(facts, "sim.start"), value(facts, "sim.end")
    if start is None or end is None:
        return _unknown("sim.start", "the period simulated")
    years = (end - start).days / DAYS_PER_YEAR
    share = max(0, (end - max(start, regime_from)).days) / max(1, (end - start).days)
    since = f"{_percent(share, 0)} of it since {_day(regime_from)}"
    hits = [
        _over(years < years_below, f"{years:.1f} years simulated, below {years_below:g}"),
        _over(share > regime_share_above, f"{since}, above {_percent(regime_share_above, 0)}"),
    ]
    return _any_of(hits, f"{years:.1f} years simulated, {since}")


def _performance(facts: Facts, basis: str | None) -> Trigger:
    kind = f"{basis} performance" if basis else "performance"
    figures = [f for i, f in facts.facts.items() if i.startswith("perf.")]
    if figures:
        count = sum(1 for f in figures if basis is None or f.basis == basis)
        return Trigger(count > 0, f"{count} figures of {kind} among the facts")
    shown = value(facts, "text.performance")
    if shown is None:
        return _unknown("perf", f"whether {kind} is shown")
    if not shown:
        return Trigger(False, "no performance figures were found in the text")
    return _performance_in_text(bool(value(facts, "text.simulated")), basis, kind)


def _performance_in_text(simulated: bool, basis: str | None, kind: str) -> Trigger:
    """What a stranger's text tells: a document that speaks of simulation may still show actual figures too."""
    if basis is None:
        return Trigger(True, "the text shows performance figures")
    if basis == "simulated":
        said = "calls its figures" if simulated else "does not call its figures"
        return Trigger(simulated, f"the text {said} simulated or back-tested")
    if simulated:
        return Trigger(None, f"the text speaks of simulated figures; whether it shows {kind} too, a person must say")
    return Trigger(True, "the text shows performance figures and does not call them simulated")


def _largest_theme(facts: Facts) -> tuple[str, float]:
    """The larger of the two named themes; `other` and cash are no theme."""
    themes = {key: found for key, found in family(facts, "expo.theme").items() if key in ("capex", "adopter")}
    return max(themes.values(), key=lambda item: item[1], default=("none", 0.0))


def _flag(facts: Facts, fact_id: str, yes: str, no: str) -> Trigger:
    found = value(facts, fact_id)
    if found is None:
        return _unknown(fact_id, f"whether {yes}")
    return Trigger(bool(found), yes if found else no)


def _unknown(fact_id: str, what: str) -> Trigger:
    return Trigger(None, f"not known, for want of a fact {fact_id}: {what}")


def _over(hit: bool, text: str) -> str:
    return text if hit else ""


def _any_of(hits: list[str], calm: str, lead: bool = False) -> Trigger:
    found = [hit for hit in hits if hit]
    return Trigger(bool(found), "; ".join(found) or calm, lead=lead and bool(found))


def _percent(fraction: float, digits: int = 1) -> str:
    return f"{100 * fraction:.{digits}f}%".replace("-", "−")


def _points(fraction: float) -> str:
    return f"{100 * fraction:.1f} points".replace("-", "−")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


PREDICATES: Mapping[str, Callable[..., Trigger]] = MappingProxyType(
    {
        predicate.__name__: predicate
        for predicate in (
            always, has_performance, has_simulated_performance, has_actual_performance, has_gross_performance,
            performance_not_in_sterling, in_translation, synthetic_data, subject_is_fund, initial_charge,
            benchmark_shown,
            foreign_currency, illiquid, concentrated, sector_or_theme_exposed, themed, capex_underweight, volatile,
            emerging_markets, survivors_only, labelled_with_hindsight, several_trials, busy_trading, short_regime,
        )
    }
)  # fmt: skip
