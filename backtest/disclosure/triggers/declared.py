"""Which risks does a fund have that a backtest of listed shares cannot show? The mandate declares them.

Facts of a mandate that declares nothing say nothing is held; a stranger's document has no such facts, and its answer is
not known.
"""

from __future__ import annotations

from backtest.disclosure.triggers.known import Trigger, any_of, article, over, percent, unknown, value
from backtest.facts import Facts

DECLARED = "risk.declared."


def declared_above(facts: Facts, *, fact: str, above: float, lead_from: float) -> Trigger:
    """A share that the mandate declares is above a threshold."""
    share = declared(facts, fact)
    if share is None:
        return unknown(DECLARED + fact, fact.replace("_", " "))
    said = f"{fact.replace('_', ' ')} {percent(share)}; the limit is {percent(above, 0)}"
    return Trigger(share > above, said, lead=share >= lead_from)


def smaller_companies(facts: Facts, *, small_cut_millions: int, above: float, lead_from: float) -> Trigger:
    """Part of NAV is in companies worth less than the cut, in millions of the base currency; else as declared."""
    fact_id = f"cap.below.{small_cut_millions}"
    share, cut = value(facts, fact_id), f"companies worth less than {small_cut_millions:,} million"
    if share is None:
        share, cut = value(facts, f"{DECLARED}smaller_share"), "smaller companies, as declared"
    if share is None:
        return unknown(fact_id, "how large the companies held are")
    return Trigger(share > above, f"{percent(share)} of NAV is in {cut}", lead=share >= lead_from)


def redemption_may_stop(facts: Facts, *, open_ended: list[str], days_above: float) -> Trigger:
    """An open-ended fund with holdings that are slow to sell or unlisted may have to defer or suspend dealing."""
    structure, unlisted = value(facts, "fund.structure"), declared(facts, "unlisted_share")
    if structure is None or unlisted is None:
        return unknown("fund.structure", "whether investors may sell back at any time")
    if structure not in open_ended:
        return Trigger(False, f"the structure is {structure}, which is not open-ended")
    days, known = value(facts, "liq.worst_days"), value(facts, "liq.volume_known")
    hits = [
        over(known is False, "trading volumes are not known"),
        over(days is not None and days > days_above, f"the slowest position takes {days or 0.0:.1f} days to sell"),
        over(unlisted > 0.0, f"{percent(unlisted)} is unlisted"),
    ]
    return any_of(hits, "every position can be sold within the limit, and none is unlisted")


def bonds(facts: Facts, *, limit_above: float, lead_from: float) -> Trigger:
    """Bonds are held, or permitted above a limit."""
    share, limit = declared(facts, "bond_share"), declared(facts, "bond_limit")
    if share is None or limit is None:
        return unknown(f"{DECLARED}bond_share", "whether bonds are held")
    hits = [
        over(share > 0.0, f"{percent(share)} is in bonds"),
        over(limit > limit_above, f"up to {percent(limit, 0)} may be in bonds, above {percent(limit_above, 0)}"),
    ]
    return any_of(hits, f"no bonds are held; up to {percent(limit, 0)} may be", lead=share >= lead_from)


def much_cash(facts: Facts, *, share_above: float, limit_above: float, lead_above: float) -> Trigger:
    """Cash is held, or permitted, above a limit."""
    share, limit = value(facts, "hold.cash"), declared(facts, "cash_limit")
    if share is None or limit is None:
        return unknown("hold.cash", "how much cash is held")
    hits = [
        over(share > share_above, f"{percent(share)} is in cash, above {percent(share_above, 0)}"),
        over(limit > limit_above, f"up to {percent(limit, 0)} may be in cash, above {percent(limit_above, 0)}"),
    ]
    return any_of(hits, f"{percent(share)} is in cash", lead=share > lead_above)


def counterparties(facts: Facts, *, lead_above: float) -> Trigger:
    """Derivatives, currency forwards or a hedged class make the fund depend on a counterparty."""
    exposure, use = declared(facts, "otc_exposure"), _derivatives(facts)
    if exposure is None or use is None:
        return unknown(f"{DECLARED}otc_exposure", "whether there are counterparties")
    hits = [
        over(exposure > 0.0, f"exposure to counterparties {percent(exposure)}"),
        over(use != "none", f"derivatives for {use}"),
        *_hedges(facts),
    ]
    return any_of(hits, "no derivatives, no forwards, no hedged class", lead=exposure > lead_above)


def pays_income(facts: Facts) -> Trigger:
    """The class pays out its income."""
    if "class.distributing" not in facts.facts and "fund.subject" not in facts.facts:
        return unknown("class.distributing", "whether income is paid out")
    pays = bool(value(facts, "class.distributing"))
    return Trigger(pays, "the class pays out its income" if pays else "the class keeps its income")


def uses_derivatives(facts: Facts) -> Trigger:
    """The fund may use derivatives; for investment, the risk leads."""
    use = _derivatives(facts)
    if use is None:
        return unknown(f"{DECLARED}derivatives", "whether derivatives are used")
    return Trigger(use != "none", f"derivatives: {use}", lead=use == "investment")


def leveraged(facts: Facts, *, above: float, lead_above: float) -> Trigger:
    """Exposure may exceed net assets."""
    limit = declared(facts, "gross_exposure", default=1.0)
    if limit is None:
        return unknown(f"{DECLARED}gross_exposure", "how large exposure may be")
    return Trigger(limit > above, f"exposure up to {percent(limit, 0)} of net assets", lead=limit > lead_above)


def hedged(facts: Facts) -> Trigger:
    """A hedge is used: on holdings, on currencies, or by the class."""
    use = _derivatives(facts)
    if use is None:
        return unknown(f"{DECLARED}derivatives", "whether hedges are used")
    return any_of([over(use == "hedging", "derivatives for hedging"), *_hedges(facts)], "no hedge is used")


def derivative_cash(facts: Facts, *, cash_above: float) -> Trigger:
    """Derivatives tie up cash."""
    use, cash = _derivatives(facts), value(facts, "hold.cash")
    if use is None or cash is None:
        return unknown(f"{DECLARED}derivatives", "whether derivatives tie up cash")
    said = f"derivatives: {use}; {percent(cash)} in cash, the limit is {percent(cash_above, 0)}"
    return Trigger(use != "none" and cash > cash_above, said)


def one_public_issuer(facts: Facts, *, above: float) -> Trigger:
    """More than a limit may be in the securities of one state or public body."""
    limit = declared(facts, "state_limit")
    if limit is None:
        return unknown(f"{DECLARED}state_limit", "whether one public issuer may dominate")
    who = value(facts, f"{DECLARED}state_issuer") or "one public issuer"
    said = f"up to {percent(limit, 0)} in securities of {who}; the limit is {percent(above, 0)}"
    return Trigger(limit > above, said, lead=True)


def principally(facts: Facts, *, kinds: list[str]) -> Trigger:
    """The fund copies an index, or mainly holds other funds, deposits or derivatives."""
    kind = value(facts, f"{DECLARED}kind") or ("shares" if "fund.subject" in facts.facts else None)
    if kind is None:
        return unknown(f"{DECLARED}kind", "what the fund mainly does")
    return Trigger(kind in kinds, f"the fund is mainly {article(kind)} fund" if kind == "index" else f"mainly {kind}",
                   lead=True)  # fmt: skip


def declared(facts: Facts, key: str, default: float = 0.0) -> float | None:
    """What a mandate declares; `default` when it declares nothing; None when the facts are not those of a mandate."""
    found = value(facts, DECLARED + key)
    if found is not None:
        return float(found)
    return default if "fund.subject" in facts.facts else None


def _derivatives(facts: Facts) -> str | None:
    found = value(facts, f"{DECLARED}derivatives")
    return str(found) if found is not None else "none" if "fund.subject" in facts.facts else None


def _hedges(facts: Facts) -> list[str]:
    share = declared(facts, "hedged_currency_share") or 0.0
    return [
        over(share > 0.0, f"{percent(share, 0)} of other currencies hedged"),
        over(bool(value(facts, "class.is_hedged")), "the class is hedged"),
    ]


PREDICATES = (
    declared_above,
    smaller_companies,
    redemption_may_stop,
    bonds,
    much_cash,
    counterparties,
    pays_income,
    uses_derivatives,
    leveraged,
    hedged,
    derivative_cash,
    one_public_issuer,
    principally,
)
