"""A small fact sheet that breaks no rule, and the edits that make it break exactly one.

The sheet is written here, by hand, not by the sheet writer: the reviewer is tested without it.
"""

from __future__ import annotations

import html as html_text
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import pikepdf
import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import required_statements
from backtest.disclosure.review import Review, review
from backtest.disclosure.rule import Context, Rule, Statement
from backtest.facts import Fact, Facts, Series

ON = date(2026, 11, 23)
DPI = 200
AS_OF = date(2026, 10, 31)

GIVEN: dict[str, tuple[Any, str, int]] = {
    "fund.name": ("Example Fund", "text", 0),
    "fund.firm": ("Example Asset Management", "text", 0),
    "fund.subject": ("fund", "text", 0),
    "fund.base_currency": ("GBP", "text", 0),
    "fund.documents_from": ("www.example.com/documents", "text", 0),
    "fund.documents_language": ("English", "text", 0),
    "fund.horizon_years": (5, "years", 0),
    "class.currency": ("GBP", "text", 0),
    "class.ongoing_charge": (0.0075, "percent", 2),
    "class.initial_charge": (0.0, "percent", 2),
    "doc.as_of": (AS_OF, "date", 0),
    "doc.published": (date(2026, 11, 10), "date", 0),
    "doc.audience": ("retail", "text", 0),
    "doc.channel": ("intermediary", "text", 0),
    "doc.jurisdictions": ("UK", "text", 0),
    "doc.uk_regime": ("non_mifid", "text", 0),
    "doc.language": ("en", "text", 0),
    "doc.id": ("0123456789ab", "text", 0),
    "doc.eu_regime": ("mifid", "text", 0),
    "doc.us_regime": ("adviser", "text", 0),
    "doc.client_currency": ("GBP", "text", 0),
    "doc.simulation_case": ("own_strategy", "text", 0),
    "doc.audience_policy": ("P7", "text", 0),
    "doc.records_years": (6, "years", 0),
    "doc.claims_gips": (False, "flag", 0),
    "doc.gips_report_from": ("www.example.com/gips", "text", 0),
    "doc.anticipated_charge": (None, "percent", 2),
    "doc.charge_gap": (None, "percent", 2),
    "fund.management": ("active", "text", 0),
    "fund.managed": ("actively managed", "text", 0),
    "fund.benchmark_use": ("It is there to compare with, and the fund may hold what it does not", "text", 0),
    "fund.investor_rights_from": ("www.example.com/rights", "text", 0),
    "fund.structure": ("ucits", "text", 0),
    "fund.launch": (None, "date", 0),
    "fund.sustainability": ("unclassified", "text", 0),
    "fund.name_evidence": (None, "text", 0),
    "data.vendor": ("Example Prices", "text", 0),
    "data.start": (date(2012, 10, 31), "date", 0),
    "data.end": (AS_OF, "date", 0),
    "data.withholding": (0.15, "percent", 1),
    "data.survivors_only": (False, "flag", 0),
    "data.synthetic": (False, "flag", 0),
    "data.themes_assigned": (date(2010, 1, 4), "date", 0),
    "sim.start": (date(2012, 10, 31), "date", 0),
    "sim.end": (AS_OF, "date", 0),
    "sim.strategy": ("cut_capex", "text", 0),
    "sim.decide": ("month_end", "text", 0),
    "sim.lag": (1, "days", 0),
    "sim.commission": (3.0, "bps", 1),
    "sim.half_spread": (5.0, "bps", 1),
    "sim.trials": (1, "count", 0),
    "benchmark.name": ("Example World Index", "text", 0),
    "perf.strategy.cumulative.1y": (0.0812, "signed_percent", 1),
    "perf.strategy.cumulative.5y": (0.4567, "signed_percent", 1),
    "perf.strategy.discrete.1": (0.0812, "signed_percent", 1),
    "perf.strategy.discrete.2": (-0.0345, "signed_percent", 1),
    "perf.strategy.discrete.3": (0.1234, "signed_percent", 1),
    "perf.strategy.discrete.4": (0.0567, "signed_percent", 1),
    "perf.strategy.discrete.5": (0.1789, "signed_percent", 1),
    "risk.strategy.volatility": (0.152, "percent", 1),
    "trade.strategy.turnover": (0.21, "percent", 1),
    "trade.strategy.participation": (0.01, "percent", 1),
    "hold.shares": (1.0, "percent", 1),
    "hold.cash": (0.0, "percent", 1),
    "cap.below.2000": (0.0, "percent", 1),
    "ucits.rebalances": (168, "count", 0),
    "ucits.breaches": (0, "count", 0),
    "ucits.largest": (0.06, "percent", 1),
    "ucits.large_together": (0.2, "percent", 1),
    "ucits.largest_group": (0.08, "percent", 1),
    "conc.strategy.holdings": (120, "count", 0),
    "conc.strategy.top10": (0.301, "percent", 1),
    "conc.strategy.effective_names": (60.2, "number", 1),
    "expo.theme.capex.strategy": (0.1, "percent", 1),
    "expo.theme.capex.benchmark": (0.1, "percent", 1),
    "expo.theme.adopter.strategy": (0.12, "percent", 1),
    "expo.sector.technology.strategy": (0.2, "percent", 1),
    "expo.sector.technology.benchmark": (0.18, "percent", 1),
    "expo.country.GB.strategy": (1.0, "percent", 1),
    "expo.currency.GBP.strategy": (1.0, "percent", 1),
    "liq.worst_days": (1.0, "number", 1),
    "liq.slow_share": (0.0, "percent", 1),
    "liq.volume_known": (True, "flag", 0),
}

CSS = """
@page { size: A4; margin: 22mm 16mm }
body { font: 9pt "Jevons Sans"; color: #111 }
p { margin: 0 0 5pt }
h1 { font-size: 15pt } h2 { font-size: 11pt; margin: 8pt 0 4pt }
td, th { padding: 2pt 14pt 2pt 0; text-align: left; font-weight: normal; font-size: 9pt }
.second { break-before: page }
"""

PAGE = """<html lang="en"><title>Sheet</title><style>{css}</style><body>
{page}
<p>{firm}</p>
{header}
<h1>{name}</h1>
<p>As of {as_of}. Published {published}.</p>
{top}
<h2>Objective</h2>
<p>The fund aims to grow capital over the long run by holding companies of many kinds from all over the world.</p>
{before}
<h2>Simulated performance</h2>
<table>
<tr><th>12 months</th>{periods}</tr>
<tr><td>Fund</td>{discrete}</tr>
</table>
<table><tr><td>Cumulative, 1 year</td><td>{one}</td><td>Cumulative, 5 years</td><td>{five}</td></tr></table>
{performance}
<p>Source: {vendor}. {start} – {end}. Benchmark: {benchmark}.</p>
{first}
<div class="second">
{page}
<h2>Key risks</h2>
{risk}
<h2>How the figures were made</h2>
<p>Rules: {strategy}, decided at each {decide}, traded {lag} later. Costs: {commission} and {half_spread} for each
trade; charges {charge} a year. Period: {start} – {end}. Prices: {vendor}. Benchmark: {benchmark}.
Tax on dividends: {withholding}.</p>
<p>Volatility is how much the yearly return tends to swing around its average.</p>
{simulation}
<h2>Documents</h2>
{documents}
{second}
<h2>Important information</h2>
{important}
</div></body></html>"""

PERIODS = [("31 October 2021", "31 October 2022"), ("31 October 2022", "31 October 2023"),
           ("31 October 2023", "31 October 2024"), ("31 October 2024", "31 October 2025"),
           ("31 October 2025", "31 October 2026")]  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """How one example differs from the sheet that breaks no rule."""

    facts: dict[str, Any] = field(default_factory=dict)
    series: dict[str, list[list[Any]]] = field(default_factory=dict)
    basis: str = "simulated"
    charges: str = "net"
    drop: tuple[str, ...] = ()
    style: dict[str, str] = field(default_factory=dict)
    move: dict[str, str] = field(default_factory=dict)
    say: dict[str, str] = field(default_factory=dict)
    replace: tuple[tuple[str, str], ...] = ()
    css: str = ""
    before: str = ""
    first: str = ""
    second: str = ""
    on: date = ON
    precision: dict[str, int] = field(default_factory=dict)
    approve: bool = False
    """The record of the approval is of the very bytes that are reviewed."""
    script: bool = False
    """The printed file runs a script when it is opened."""
    stranger: bool = False
    confirmed: bool = False
    context: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, table: dict[str, Any]) -> Edit:
        known = dict(table)
        known["drop"] = tuple(known.get("drop", ()))
        known["replace"] = tuple(tuple(pair) for pair in known.get("replace", ()))
        return cls(**known)


def make_facts(edit: Edit) -> Facts:
    """The sheet's facts with an example's own; a value alone keeps unit and precision."""
    made = {}
    for fact_id, (usual, unit, precision) in GIVEN.items():
        digits = edit.precision.get(fact_id, precision)
        made[fact_id] = _fact(fact_id, edit.facts.get(fact_id, usual), unit, digits, edit)
    for fact_id in edit.facts.keys() - GIVEN.keys():
        value = edit.facts[fact_id]
        unit = {bool: "flag", str: "text", int: "count", date: "date"}.get(type(value), "percent")
        made[fact_id] = _fact(fact_id, value, unit, 1 if unit == "percent" else 0, edit)
    lines = {
        name: Series(name, name, *map(tuple, zip(*points, strict=True)), "number", "simulated")
        for name, points in edit.series.items()
    }
    return Facts({i: f for i, f in made.items() if f.value != "absent"}, lines)


def _fact(fact_id: str, value: Any, unit: str, precision: int, edit: Edit) -> Fact:
    performance = fact_id.startswith("perf.")
    value, charges = (value["value"], value["charges"]) if isinstance(value, dict) else (value, edit.charges)
    performance = performance or charges != edit.charges
    basis = "actual" if fact_id.startswith("perf.actual.") else edit.basis if performance else "mandate"
    start, end = _period(fact_id)
    return Fact(
        id=fact_id, label=fact_id.split(".")[-1].replace("_", " "), value=None if value == "none" else value, unit=unit,
        precision=precision, as_of=end, basis=basis, source="test", charges=charges if performance else None,
        start=start,
    )  # fmt: skip


def _period(fact_id: str) -> tuple[date | None, date]:
    """From when to when a figure is true: the k-th 12 months back for a discrete one."""
    if ".discrete." not in fact_id:
        return None, AS_OF
    end = AS_OF.replace(year=AS_OF.year + 1 - int(fact_id.rsplit(".", 1)[1]))
    return end.replace(year=end.year - 1), end


def write_page(edit: Edit, facts: Facts, statements: tuple[Statement, ...]) -> str:
    """The sheet as HTML, statements in their places."""

    def show(fact_id: str) -> str:
        fact = facts.facts.get(fact_id)
        return html_text.escape(facts.printed(fact_id)).replace("_", " ") if fact else ""

    slots: dict[str, list[str]] = {}
    for statement in statements:
        if statement.rule_id not in edit.drop:
            text = html_text.escape(edit.say.get(statement.rule_id, statement.text))
            style = edit.style.get(statement.rule_id, "")
            leads = statement.lead and statement.slot in ("risk", "simulation")
            slot = edit.move.get(statement.rule_id, "top" if leads else statement.slot)
            linked = f'<a style="color: inherit" href="https://{statement.link}">{text}</a>' if statement.link else text
            slots.setdefault(slot, []).append(f'<p style="{style}">{linked}</p>')
    places = {name: "\n".join(slots.get(name, [])) for name in
              ("page", "header", "top", "performance", "risk", "simulation", "documents", "important")}  # fmt: skip
    made = PAGE.format(
        css=CSS + edit.css, firm=show("fund.firm"), name=show("fund.name"), as_of=show("doc.as_of"),
        published=show("doc.published"), periods="".join(f"<th>{a} –<br>{b}</th>" for a, b in PERIODS),
        discrete="".join(f"<td>{show(f'perf.strategy.discrete.{k}')}</td>" for k in (5, 4, 3, 2, 1)),
        one=show("perf.strategy.cumulative.1y"), five=show("perf.strategy.cumulative.5y"), vendor=show("data.vendor"),
        start=show("sim.start"), end=show("sim.end"), benchmark=show("benchmark.name"), strategy=show("sim.strategy"),
        decide=show("sim.decide"), lag=show("sim.lag"), commission=show("sim.commission"),
        half_spread=show("sim.half_spread"), charge=show("class.ongoing_charge"), withholding=show("data.withholding"),
        **{key: getattr(edit, key) + "\n" + "\n".join(slots.get(key, [])) for key in ("before", "first", "second")},
        **places,
    )  # fmt: skip
    for old, new in edit.replace:
        assert old in made, f"the sheet does not say {old!r}"
        made = made.replace(old, new)
    return made


def confirmed(rule: Rule) -> Rule:
    """The rule with every wording of it confirmed."""
    return replace(rule, wordings={code: replace(wording, verified=True) for code, wording in rule.wordings.items()})


def _approving(facts: Facts, sha256: str) -> Facts:
    """The facts with a record of approval of these bytes."""
    pdf = replace(facts.facts["approval.pdf_sha256"], value=sha256)
    return Facts({**facts.facts, pdf.id: pdf}, facts.series)


def _with_script(pdf: bytes, script: bool) -> bytes:
    if not script:
        return pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


class Desk:
    """Makes a sheet, prints it, reviews it; what was printed before is not printed again."""

    def __init__(self, rules: tuple[Rule, ...], print_page: Callable[[str], bytes]) -> None:
        self.rules = rules
        self.print_page = print_page
        self._read = cache(lambda page, script: read_pdf(_with_script(print_page(page), script), DPI))
        self._reviews: dict[tuple[Any, ...], Review] = {}

    @staticmethod
    def facts(edit: Edit) -> Facts:
        return make_facts(edit)

    def page(self, edit: Edit) -> str:
        facts = make_facts(edit)
        return write_page(edit, facts, required_statements(facts, self.rules, edit.on))

    def review(self, edit: Edit, only: tuple[str, ...] = ()) -> Review:
        """The review of an edited sheet, by all rules or by some; the same one is made once."""
        facts = None if edit.stranger else make_facts(edit)
        how = (edit.script, edit.approve, edit.on, tuple(edit.context.items()), only, edit.confirmed)
        asked = (self.page(edit), repr(facts), *how)
        if asked not in self._reviews:
            rules = tuple(rule for rule in self.rules if not only or rule.id in only)
            rules = tuple(map(confirmed, rules)) if edit.confirmed else rules
            context = Context(**edit.context) if edit.stranger else None
            document = self._read(asked[0], edit.script)
            facts = _approving(facts, document.sha256) if edit.approve and facts else facts
            self._reviews[asked] = review(document, facts, rules, edit.on, context)
        return self._reviews[asked]


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    return load_packs()


@pytest.fixture(scope="session")
def desk(rules: tuple[Rule, ...], print_page: Callable[[str], bytes]) -> Desk:
    return Desk(rules, print_page)


@pytest.fixture(scope="session")
def edit_of():
    """Edit.of, for tests, which cannot import this file by name."""
    return Edit.of
