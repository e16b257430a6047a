"""Facts of what a mandate declares: what the fund may hold, what its documents say, who approved the promotion."""

from __future__ import annotations

from collections.abc import Iterable

from backtest.facts.fact import Fact, Unit
from backtest.facts.given import given
from backtest.facts.said import Said
from backtest.mandate import Mandate, ShareClass

SHARES = {
    "bond_share": "Bonds", "bond_limit": "Limit on bonds", "high_yield_share": "Bonds below investment grade",
    "unlisted_share": "Unlisted holdings", "smaller_share": "Smaller companies", "cash_limit": "Limit on cash",
    "otc_exposure": "Exposure to counterparties", "hedged_currency_share": "Currencies hedged",
    "state_limit": "Limit on one public issuer",
}  # fmt: skip


def declared_facts(said: Said, mandate: Mandate, share_class: ShareClass) -> list[Fact]:
    """All of them, also where the mandate declares nothing: then they are zero, or undefined."""
    return [*_risk(said, mandate), *_class(share_class), *_record(said, mandate), *_promotion(mandate)]


def _risk(said: Said, mandate: Mandate) -> Iterable[Fact]:
    risk = mandate.risk
    for key, label in SHARES.items():
        yield given(f"risk.declared.{key}", label, getattr(risk, key), "percent", 1)
    yield given("risk.declared.derivatives", "Use of derivatives", risk.derivatives)
    yield given("risk.declared.gross_exposure", "Limit on exposure", risk.gross_exposure_limit, "percent", 0)
    yield given("risk.declared.sanctioned", "Holdings on a list of sanctions", risk.sanctioned_names, "count")
    yield given("risk.declared.state_issuer", "Public issuer", risk.state_issuer)
    yield given("risk.declared.kind", "Kind of fund", risk.principally)
    yield given("risk.declared.policy", "What the fund mainly does", said.words(f"policy.{risk.principally}"))


def _class(share_class: ShareClass) -> Iterable[Fact]:
    yield given("class.is_hedged", "Hedged class", share_class.hedged, "flag")
    yield given("class.distributing", "Pays out its income", share_class.distributing, "flag")


def _record(said: Said, mandate: Mandate) -> Iterable[Fact]:
    """Of the product's own documents; no fact when the mandate does not give them."""
    record = mandate.product_record
    if record is None:
        return
    rows: list[tuple[str, str, Unit, int]] = [
        ("ongoing_charge", "Ongoing charge", "percent", 2),
        ("initial_charge", "Initial charge", "percent", 2),
        ("benchmark_role", "Role of the benchmark", "text", 0),
    ]
    yield given("record.document", "Document", record.document)
    yield given("record.dated", "Dated", record.dated, "date")
    for key, label, unit, digits in rows:
        yield given(f"record.{key}", f"{label}, as the document says", getattr(record, key), unit, digits)
    scale = mandate.risk_scale
    label = f"Risk class on the {scale.upper()} scale, as the document says"
    yield given("record.risk_class" if scale == "srri" else "record.summary_class", label, record.risk_class, "count")
    benchmark = None if record.benchmark is None else said.name("benchmark_name", record.benchmark)
    yield given("record.benchmark", "Benchmark, as the document says", benchmark)
    own = record.objective == mandate.fund.objective  # the same words need one translation
    objective = said.text("objective", record.objective) if own else record.objective
    yield given("record.objective", "Objective, as the document says", objective)


def _promotion(mandate: Mandate) -> Iterable[Fact]:
    """No fact when nobody approved the sheet for another."""
    promotion = mandate.promotion
    if promotion is None:
        return
    frn = promotion.approver_frn
    yield given("promotion.approver", "Approver", promotion.approver)
    yield given("promotion.approved_on", "Approved on", promotion.approved_on, "date")
    yield given("promotion.frn", "Approver FRN", None if frn is None else str(frn))
