"""Every fact and series of one sheet, from the mandate, the market, the strategy and what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from backtest.facts.declared import declared_facts
from backtest.facts.fact import Fact, Facts
from backtest.facts.given import given, given_facts, vendor
from backtest.facts.measured import measured_facts, measured_series
from backtest.facts.said import said_in
from backtest.facts.terms import class_terms, term_facts
from backtest.facts.whom import whom_facts
from backtest.mandate import Mandate, ShareClass
from backtest.market.prices import Panel
from backtest.market.quality import DataFinding
from backtest.measure import Measures
from backtest.strategy import Strategy


def build_facts(
    mandate: Mandate,
    panel: Panel,
    strategy: Strategy,
    measures: Measures,
    *,
    document_id: str,
    findings: Sequence[DataFinding] = (),
    share_class: ShareClass | None = None,
    commentary: str | None = None,
    language: str | None = None,
) -> Facts:
    """Every fact and series of one sheet, for one share class (the reported one when None).

    measures: what measure.measure found for the same share class. document_id: derived from the hash of the inputs.
    findings: what the data doctor found; those with an accepted_reason become facts accept.<k>. commentary: the
    manager's, as written. language: of the sheet, the mandate's own when None.

    Raises WordsError for a text of the mandate that has no translation into the language.
    """
    said = said_in(mandate, language or mandate.report.language)
    share_class = share_class or mandate.reported_class
    summary = measures.summary
    return Facts(
        facts=_by_id(
            [
                *given_facts(said, mandate, panel, strategy, summary, share_class, document_id, findings),
                *whom_facts(mandate, share_class),
                *term_facts(said, mandate),
                *class_terms(said, share_class),
                *declared_facts(said, mandate, share_class),
                *measured_facts(said, summary, panel, vendor(said, mandate), mandate.risk_scale),
                *commentary_facts(commentary, panel.names, summary.as_of),
            ]
        ),
        series={series.id: series for series in measured_series(measures.lines)},
    )


LEGAL_FORM = re.compile(r",?\s+(?:inc|plc|corp|corporation|ltd|limited|llc|ag|se|sa|nv|co|company)\.?$", re.IGNORECASE)


def commentary_facts(commentary: str | None, names: Sequence[str], as_of: date | None) -> list[Fact]:
    """The manager's commentary, and which companies of the universe it names, with or without their legal form."""
    if not commentary:
        return []
    short = dict.fromkeys(LEGAL_FORM.sub("", name) for name in names)
    named = [word for word in short if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", commentary)]
    return [
        given("doc.commentary", "Commentary", commentary, as_of=as_of),
        given("doc.companies_named", "Companies named in the commentary", "; ".join(named) or None, as_of=as_of),
    ]


def _by_id(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Facts by id; two facts of one id would hide each other, so that is an error of ours."""
    found: dict[str, Fact] = {}
    for fact in facts:
        if fact.id in found:
            raise ValueError(f"two facts are called {fact.id}")
        found[fact.id] = fact
    return found
