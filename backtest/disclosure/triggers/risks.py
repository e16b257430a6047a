"""Which risks does the portfolio have?"""

from __future__ import annotations

from backtest.disclosure.triggers.known import Trigger, any_of, family, over, percent, points, unknown, value
from backtest.facts import Facts


def foreign_currency(facts: Facts, *, above: float, lead_from: float) -> Trigger:
    base = value(facts, "fund.base_currency")
    held = family(facts, "expo.currency")
    if base is None or not held:
        return unknown("expo.currency", "the currencies held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() != base)
    return Trigger(share > above, f"{percent(share)} of NAV is not in {base}", lead=share >= lead_from)


def illiquid(facts: Facts, *, days_above: float, lead_slow_share: float) -> Trigger:
    if value(facts, "liq.volume_known") is False:
        return Trigger(True, "trading volumes are not known")
    days, slow = value(facts, "liq.worst_days"), value(facts, "liq.slow_share")
    if days is None:
        return unknown("liq.worst_days", "how long selling takes")
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
        return unknown("conc.strategy", "how concentrated the portfolio is")
    hits = [
        over(holdings < holdings_below, f"{holdings} holdings, below {holdings_below}"),
        over(top10 > top10_above, f"top ten {percent(top10)} of NAV is above {percent(top10_above, 0)}"),
        over(effective < effective_below, f"effective number of names {effective:.1f}, below {effective_below:g}"),
    ]
    lead = holdings < lead_holdings_below or top10 > lead_top10_above
    calm = f"{holdings} holdings, top ten {percent(top10)}, effective number of names {effective:.1f}"
    return any_of(hits, calm, lead=lead)


def sector_or_theme_exposed(
    facts: Facts, *, sector_above: float, active_above: float, theme_above: float, lead_sector_above: float
) -> Trigger:
    sectors, index = family(facts, "expo.sector"), family(facts, "expo.sector", "benchmark")
    if not sectors:
        return unknown("expo.sector", "the sector exposures")
    name, largest = max(sectors.values(), key=lambda item: item[1])
    active = {label: weight - index[key][1] for key, (label, weight) in sectors.items() if key in index}
    widest = max(active, key=lambda label: active[label], default="")
    theme, bucket = _largest_theme(facts)
    hits = [
        over(largest > sector_above, f"{name} {percent(largest)} of NAV is above {percent(sector_above, 0)}"),
        over(
            active.get(widest, 0.0) > active_above,
            f"{widest} is {points(active.get(widest, 0.0))} over the benchmark, above {points(active_above)}",
        ),
        over(bucket > theme_above, f"theme {theme} {percent(bucket)} of NAV is above {percent(theme_above, 0)}"),
    ]
    calm = f"largest sector {name} {percent(largest)}, largest theme {percent(bucket)} of NAV"
    return any_of(hits, calm, lead=largest > lead_sector_above)


def themed(facts: Facts, *, theme_above: float) -> Trigger:
    if not family(facts, "expo.theme"):
        return unknown("expo.theme", "the theme exposures")
    theme, bucket = _largest_theme(facts)
    reason = f"theme {theme} is {percent(bucket)} of NAV; the limit is {percent(theme_above, 0)}"
    return Trigger(bucket > theme_above, reason)


def capex_underweight(facts: Facts, *, below_by: float) -> Trigger:
    """The strategy holds less in capex names than its benchmark, or than it held itself before the rotation."""
    held = value(facts, "expo.theme.capex.strategy")
    before = value(facts, "expo.theme.capex.benchmark")
    if held is None or before is None:
        return unknown("expo.theme.capex", "the exposure to capex names")
    reason = f"capex names {percent(held)} of NAV against {percent(before)} in the benchmark"
    return Trigger(before - held > below_by, reason)


def volatile(facts: Facts, *, volatility_above: float) -> Trigger:
    """By the higher of the two, where a record stands beside a simulation."""
    known = [v for who in ("strategy", "actual") if (v := value(facts, f"risk.{who}.volatility")) is not None]
    if not known:
        return unknown("risk.strategy.volatility", "the volatility")
    volatility = max(known)
    reason = f"volatility {percent(volatility)} a year; the limit is {percent(volatility_above, 0)}"
    return Trigger(volatility > volatility_above, reason)


def emerging_markets(facts: Facts, *, countries: list[str], above: float, lead_from: float) -> Trigger:
    held = family(facts, "expo.country")
    if not held:
        return unknown("expo.country", "the countries held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() in countries)
    return Trigger(share > above, f"{percent(share)} of NAV is in emerging markets", lead=share >= lead_from)


def _largest_theme(facts: Facts) -> tuple[str, float]:
    """The larger of the two named themes; `other` and cash are no theme."""
    themes = {key: found for key, found in family(facts, "expo.theme").items() if key in ("capex", "adopter")}
    return max(themes.values(), key=lambda item: item[1], default=("none", 0.0))


PREDICATES = (
    foreign_currency,
    illiquid,
    concentrated,
    sector_or_theme_exposed,
    themed,
    capex_underweight,
    volatile,
    emerging_markets,
)
