"""Facts that are given: who, for whom, from what data, by which rules. Nothing here is computed from returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np

from backtest.facts.fact import Basis, Fact, Unit, Value, format_fact
from backtest.facts.said import Said
from backtest.mandate import Fund, Mandate, ShareClass
from backtest.market.prices import Panel
from backtest.market.quality import DataFinding, survivors_only
from backtest.metrics.summary import Summary, day
from backtest.strategy import Strategy
from backtest.words import ENGLISH, words_in

MANDATE = "mandate"

OF_CHARACTERISTICS = "17"
"""The convention behind price to earnings and the size of companies."""


def given_facts(
    said: Said,
    mandate: Mandate,
    panel: Panel,
    strategy: Strategy,
    summary: Summary,
    share_class: ShareClass,
    document_id: str,
    findings: Sequence[DataFinding],
) -> list[Fact]:
    """All facts that come from the mandate, from what the market is, and from the strategy's own words."""
    accepted = [finding for finding in findings if finding.accepted_reason is not None]
    return [
        *_fund(said, mandate),
        *_class(share_class),
        *_document(said, mandate, summary, document_id),
        *_data(said, mandate, panel, findings),
        *_simulation(said, mandate, strategy, summary),
        *_parameters(said, strategy.parameters),
        *_benchmark(said, mandate, panel),
        *(given(f"accept.{k}", "Accepted data finding", said.finding(f)) for k, f in enumerate(accepted, 1)),
        *_conventions(said, summary),
        *_methodology(said, mandate),
    ]


def given(
    id: str,
    label: str,
    value: Value,
    unit: Unit = "text",
    precision: int = 0,
    *,
    as_of: date | None = None,
    basis: Basis = "mandate",
    source: str = MANDATE,
) -> Fact:
    """A fact as given in the mandate, text unless a unit is named."""
    return Fact(id, label, value, unit, precision, as_of, basis, source)


def words_of(names: Iterable[str]) -> dict[str, str]:
    """Each name as a word that an id may hold, none twice: 'Oil & gas' is Oil-gas, codes stay as they are."""
    words: dict[str, str] = {}
    for name in names:
        word = plain = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-") or "none"
        while word in words.values():
            word = f"{plain}-{sum(w.startswith(plain) for w in words.values()) + 1}"
        words[name] = word
    return words


def vendor(said: Said, mandate: Mandate) -> str:
    """Whose prices they are."""
    unnamed = "given.sample_vendor" if mandate.data.source == "sample" else "given.vendor_unknown"
    return mandate.data.vendor or said.words(unnamed)


def _conventions(said: Said, summary: Summary) -> Iterable[Fact]:
    """All of them, but the one on characteristics where there are none; and one on a live record where there is one."""
    notes = said.words.section("convention")
    for key, note in notes.items():
        if key != OF_CHARACTERISTICS or summary.characteristics:
            yield given(f"convention.{key}", "Convention", note, source="Jevons")
    if summary.live is not None:
        yield given(f"convention.{len(notes) + 1}", "Convention", said.words("live.convention"), source="Jevons")


def _methodology(said: Said, mandate: Mandate) -> Iterable[Fact]:
    """Of an index alone; undefined where the mandate does not say."""
    if mandate.fund.subject == "index":
        stated = mandate.methodology
        for key in ("corrections", "governance"):
            text = None if stated is None else getattr(stated, key)
            yield given(f"index.{key}", key.capitalize(), said.text(key, text))


def _fund(said: Said, mandate: Mandate) -> list[Fact]:
    fund = mandate.fund
    return [
        given("fund.name", "Name", fund.name),
        given("fund.firm", "Firm", fund.firm),
        given("fund.firm_authorisation", "Regulatory status", said.text("firm_authorisation", fund.firm_authorisation)),
        given("fund.firm_address", "Address", fund.firm_address),
        given("fund.objective", "Objective", said.text("objective", fund.objective)),
        given("fund.subject", "Subject", fund.subject),
        given("fund.structure", "Structure", fund.structure),
        given("fund.base_currency", "Base currency", fund.base_currency),
        given("fund.launch", "Launch", fund.launch, "date"),
        given("fund.domicile", "Domicile", said.country_named(fund.domicile)),
        given("fund.documents_from", "Documents", said.name("documents_from", fund.documents_from)),
        given("fund.documents_language", "Language of the documents", said.own_word(fund.documents_language)),
        *_size(fund),
        given("fund.dealing", "Dealing", said.text("dealing", fund.dealing)),
        given("fund.management", "Management", fund.management),
        given("fund.managed", "How it is managed", said.words(f"given.managed_{fund.management}")),
        given("fund.benchmark_use", "Use of the benchmark", _benchmark_use(said, fund)),
        given("fund.investor_rights_from", "Investors' rights", fund.investor_rights_from),
        given("fund.sustainability", "Classification", fund.sustainability),
        given("fund.name_evidence", "Evidence for the name", fund.name_evidence),
        given("fund.horizon_years", "Recommended minimum holding period", fund.horizon_years, "years"),
    ]


def _benchmark_use(said: Said, fund: Fund) -> str | None:
    """In the manager's words; of a fund that follows its index, in ours where there are none."""
    if fund.benchmark_use is None and fund.management == "passive":
        return said.words("given.use_passive")
    return said.text("benchmark_use", fund.benchmark_use)


def _size(fund: Fund) -> list[Fact]:
    """In millions, as funds are spoken of; true of its own day."""
    label, millions = f"Fund size, {fund.base_currency} million", None if fund.size is None else fund.size / 1e6
    return [given("fund.size", label, millions, "number", 1, as_of=fund.size_date)]


def _class(share_class: ShareClass) -> list[Fact]:
    return [
        given("class.name", "Share class", share_class.name),
        given("class.isin", "ISIN", share_class.isin),
        given("class.currency", "Currency of the share class", share_class.currency),
        given("class.ongoing_charge", "Ongoing charge", share_class.ongoing_charge, "percent", 2),
        given("class.initial_charge", "Initial charge", share_class.initial_charge, "percent", 2),
        given("class.exit_charge", "Exit charge", share_class.exit_charge, "percent", 2),
        given("class.management_fee", "Management fee", share_class.management_fee, "percent", 2),
        given("class.sedol", "SEDOL", share_class.sedol),
        given("class.minimum", f"Minimum investment, {share_class.currency}", share_class.minimum, "number"),
        given("class.launch", "Launch of the share class", share_class.launch, "date"),
    ]


def _document(said: Said, mandate: Mandate, summary: Summary, document_id: str) -> list[Fact]:
    report = mandate.report
    return [
        given("doc.as_of", "As of", summary.as_of, "date", source=MANDATE if report.as_of else "data"),
        given("doc.published", "Published", report.published or summary.as_of, "date"),
        given("doc.language", "Language", said.language),
        given("doc.id", "Document", document_id, source="hash of the inputs"),
    ]


def _data(said: Said, mandate: Mandate, panel: Panel, findings: Sequence[DataFinding]) -> list[Fact]:
    data = mandate.data
    accepted = sum(finding.accepted_reason is not None for finding in findings)
    survivors = data.survivors_only or survivors_only(findings)  # said in the mandate, or seen in the data
    first, last = day(panel.dates[0]), day(panel.dates[-1])
    source = vendor(said, mandate)
    return [
        given("data.vendor", "Source of prices", source),
        given("data.start", "First day of prices", first, "date", basis="actual", source=source),
        given("data.end", "Last day of prices", last, "date", basis="actual", source=source),
        given("data.price_adjustment", "Adjustment of prices as given", data.price_adjustment),
        given("data.survivors_only", "Universe holds survivors only", survivors, "flag"),
        given("data.synthetic", "Invented data", data.source == "sample", "flag"),
        given("data.themes_assigned", "Themes assigned on", data.themes_assigned, "date"),
        given("data.findings_accepted", "Data findings accepted", accepted, "count"),
        given("data.names", "Companies in the universe", len(panel.assets), "count", source=source),
        given("data.countries", "Countries in the universe", len(set(panel.countries)), "count", source=source),
        given("data.withholding", "Withholding tax on dividends", _withholding(said, mandate)),
        given("data.cash", "Return of cash", _cash(said, mandate)),
    ]


def _cash(said: Said, mandate: Mandate) -> str:
    """What cash earns: the hurdle of the Sharpe ratio."""
    data = mandate.data
    given_one = data.source == "sample" or data.cash_rate is not None or data.cash_index is not None
    return said.words("given.cash" if given_one else "given.no_cash")


def _withholding(said: Said, mandate: Mandate) -> str:
    """The rates in words: '15%', '15%; United Kingdom 0%; United States 0.3%'."""
    if mandate.data.price_adjustment == "total_return":
        return said.words("given.no_withholding")
    tax = mandate.data.withholding_tax
    own = sorted(f"{said.country(code)} {_rate(said, rate)}" for code, rate in tax.by_country.items())
    return "; ".join([_rate(said, tax.default), *own])


def _rate(said: Said, fraction: float) -> str:
    return format_fact(given("rate.one", "", fraction, "percent", _decimals(fraction * 100)), said.language)


def _simulation(said: Said, mandate: Mandate, strategy: Strategy, summary: Summary) -> list[Fact]:
    rebalances = sum(one.day <= summary.until for one in summary.trading["strategy"].rebalances)
    counted = "Rebalances, the first purchase included"
    name, idea, fails_when = said.strategy(strategy, mandate)
    return [
        given("sim.start", "Start of the simulation", summary.start, "date", basis="simulated", source="data"),
        given("sim.end", "End of the simulation", summary.until, "date", basis="simulated", source="data"),
        given("sim.years", "Length of the simulation", summary.years, "years", 1, basis="simulated", source="data"),
        given("sim.strategy", "Strategy", name),
        given("sim.idea", "Idea", idea, source=f"strategy {strategy.name}"),
        given("sim.fails_when", "Must fail when", fails_when, source=f"strategy {strategy.name}"),
        given("sim.decide", "Decision dates", _decided(said, mandate)),
        given("sim.lag", "Trading days from decision to trade", mandate.schedule.lag, "days"),
        given("sim.trials", "Variants looked at, this one included", mandate.report.trials, "count"),
        given("sim.rules_fixed", "Rules settled on", mandate.report.rules_fixed, "date"),
        given("sim.rebalances", counted, rebalances, "count", basis="simulated", source="Jevons simulation"),
    ]


def _decided(said: Said, mandate: Mandate) -> str:
    """On which days it is decided, in words."""
    often = mandate.schedule.every_days
    if often == 1:
        return said.words("decide.every_day")
    return said.words(f"decide.{mandate.schedule.decide}", **({} if often is None else {"days": str(often)}))


def _parameters(said: Said, parameters: Mapping[str, object]) -> Iterable[Fact]:
    """One fact per parameter; of a column of variants, the first."""
    for name in sorted(parameters):
        value = float(np.ravel(np.asarray(parameters[name], dtype=float))[0])
        yield given(f"sim.param.{name}", said.parameter(name), value, "number", _decimals(value))


def _decimals(value: float, most: int = 6) -> int:
    """The fewest decimals that show the value as it was written."""
    return next((digits for digits in range(most) if abs(round(value, digits) - value) < 1e-12), most)


def _benchmark(said: Said, mandate: Mandate, panel: Panel) -> list[Fact]:
    data = mandate.data
    sample = words_in(ENGLISH)("given.sample_benchmark")
    ours = said.words("given.sample_benchmark") if panel.benchmark_name == sample else panel.benchmark_name
    window = {"days": str(data.benchmark_window)} if data.benchmark_weights == "traded_value" else {}
    weights = said.words(f"given.weights_{data.benchmark_weights}", **window)
    return [
        given("benchmark.name", "Benchmark", said.name("benchmark_name", ours)),
        given("benchmark.weights", "Weights of the benchmark's companies", weights),
    ]
