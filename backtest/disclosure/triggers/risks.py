"""Which risks does the portfolio have?"""

from __future__ import annotations

from dataclasses import replace

from backtest.disclosure.triggers.declared import declared
from backtest.disclosure.triggers.known import Trigger, any_of, article, family, over, percent, points, unknown, value
from backtest.errors import listed
from backtest.facts import Facts


def foreign_currency(facts: Facts, *, above: float, lead_from: float) -> Trigger:
    """Part of NAV is in other currencies than the client's, less what is hedged.

    The client's currency is that of the class; of a hedged class, what is hedged is the fund's own currency.
    """
    base = value(facts, "fund.base_currency")
    home = base if value(facts, "class.is_hedged") else value(facts, "class.currency") or base
    held = family(facts, "expo.currency")
    if home is None or not held:
        return unknown("expo.currency", "the currencies held")
    open_part = 1.0 - (declared(facts, "hedged_currency_share") or 0.0)
    share = open_part * sum(weight for code, (_, weight) in held.items() if code.upper() != home)
    return Trigger(share > above, f"{percent(share)} of NAV is not in {home}", lead=share >= lead_from)


def converted_currencies(facts: Facts, *, above: float) -> Trigger:
    """Prices in other currencies than the fund's own are converted."""
    base, held = value(facts, "fund.base_currency"), family(facts, "expo.currency")
    if base is None or not held:
        return unknown("expo.currency", "the currencies held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() != base)
    return Trigger(share > above, f"{percent(share)} of NAV is priced in other currencies than {base}")


def holds_shares(facts: Facts) -> Trigger:
    """Shares are held; their risk leads always."""
    share = value(facts, "hold.shares")
    if share is None:
        return unknown("hold.shares", "whether shares are held")
    return Trigger(share > 0.0, f"{percent(share)} of NAV is in shares", lead=True)


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


def volatile(facts: Facts, *, volatility_above: float, class_from: int, summary_class_from: int) -> Trigger:
    """Volatility is above a limit, or the risk class is high on its scale: from `class_from` on for the SRRI, from
    `summary_class_from` on for the SRI.

    Where a record stands beside a simulation, the higher of the two counts.
    """
    known = [v for who in ("strategy", "actual") if (v := value(facts, f"risk.{who}.volatility")) is not None]
    high, classes = class_from, _risk_classes(facts, "srri")
    if not classes:
        high, classes = summary_class_from, _risk_classes(facts, "sri")
    if not known:
        return unknown("risk.strategy.volatility", "the volatility")
    volatility, risk_class = max(known), max(classes, default=None)
    hits = [
        over(
            volatility > volatility_above,
            f"volatility {percent(volatility)} a year is above {percent(volatility_above, 0)}",
        ),
        over(risk_class is not None and risk_class >= high, f"risk class {risk_class}, {high} or higher"),
    ]
    calm = f"volatility {percent(volatility)} a year, risk class {'n/a' if risk_class is None else risk_class}"
    return any_of(hits, calm)


def _risk_classes(facts: Facts, scale: str) -> list[int]:
    return [c for who in ("strategy", "actual") if (c := value(facts, f"risk.{who}.{scale}")) is not None]


def volatile_fund(facts: Facts, *, volatility_above: float, class_from: int, summary_class_from: int) -> Trigger:
    """A fund whose value is likely to swing says so where its performance is: it leads."""
    if value(facts, "fund.subject") not in (None, "fund"):
        return Trigger(False, f"the subject is {article(str(value(facts, 'fund.subject')))}")
    limits = {"class_from": class_from, "summary_class_from": summary_class_from}
    return replace(volatile(facts, volatility_above=volatility_above, **limits), lead=True)


def sanctions_reach(facts: Facts, *, countries: list[str], above: float) -> Trigger:
    """Holdings in countries that sanctions reach, or on a list of sanctions; those on a list lead."""
    held, named = family(facts, "expo.country"), int(declared(facts, "sanctioned") or 0)
    if not held:
        return unknown("expo.country", "the countries held")
    share = sum(weight for code, (_, weight) in held.items() if code.upper() in countries)
    hits = [
        over(share > above, f"{percent(share)} of NAV is in countries on the watch list"),
        over(named > 0, f"{named} holdings are on a list of sanctions"),
    ]
    return any_of(hits, f"{percent(share)} of NAV is in countries on the watch list", lead=named > 0)


def technology_policy(
    facts: Facts, *, themes: list[str], sectors: list[str], countries: list[str], above: float
) -> Trigger:
    """Part of NAV is in what export controls and rules on AI reach: chips, AI capacity, some countries."""
    exposed = {
        "theme": sum(w for key, (_, w) in family(facts, "expo.theme").items() if key in themes),
        "sector": sum(w for key, (_, w) in family(facts, "expo.sector").items() if key in sectors),
        "country": sum(w for key, (_, w) in family(facts, "expo.country").items() if key.upper() in countries),
    }
    if not family(facts, "expo.theme") and not family(facts, "expo.sector"):
        return unknown("expo.theme", "the exposure to technology that policy reaches")
    names = {"theme": themes, "sector": sectors, "country": countries}
    hits = [over(w > above, f"{percent(w)} of NAV is in {kind} {listed(names[kind])}") for kind, w in exposed.items()]
    return any_of(hits, "nothing is held that export controls or rules on AI reach")


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
    converted_currencies,
    holds_shares,
    illiquid,
    concentrated,
    sector_or_theme_exposed,
    themed,
    capex_underweight,
    volatile,
    volatile_fund,
    sanctions_reach,
    technology_policy,
    emerging_markets,
)
