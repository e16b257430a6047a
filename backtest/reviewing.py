"""A PDF that is there already, or a pack: read, put to the rules, and reported on. No run is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backtest import artifacts
from backtest.carried import load_run_mandate
from backtest.disclosure import report
from backtest.disclosure.audit import Audit, audit
from backtest.disclosure.context import AUDIENCES, REGIMES, Context
from backtest.disclosure.document import REVIEW_LIMITS, Document, ProcessLimits, attachment, read_pdf, run_limited
from backtest.disclosure.packs import choose, chosen_rules, load_packs
from backtest.disclosure.require import elsewhere, published
from backtest.disclosure.review import Review, review
from backtest.disclosure.rule import Rule
from backtest.errors import RuleError, RunError, listed, nearest
from backtest.facts import Facts, facts_from_json

HOME = ("UK",)
"""For whom a stranger's document is when nobody says."""


@dataclass(frozen=True)
class ReviewRequest:
    """A PDF to review, and what is said about it; facts found inside the PDF come first.

    packs: names of built-in packs, for whose jurisdictions the document is then reviewed, and folders of a firm's own.
    """

    pdf: Path
    on: date | None = None
    audience: str = "retail"
    regime: str = "non_mifid"
    packs: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    eu_regime: str | None = None
    us_regime: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The jurisdictions asked for, by name or by the packs that are theirs; none when nobody asked."""
        return self.jurisdictions or choose(self.packs).jurisdictions

    @property
    def context(self) -> Context:
        """Whom the document is for. Raises RunError for a word that there is not."""
        asked = (
            ("--audience", self.audience, AUDIENCES),
            ("--regime", self.regime, REGIMES["UK"]),
            *(("--jurisdiction", jurisdiction, tuple(REGIMES)) for jurisdiction in self.jurisdictions),
            ("--eu-regime", self.eu_regime, REGIMES["EU"]),
            ("--us-regime", self.us_regime, REGIMES["US"]),
        )
        for option, word, allowed in asked:
            if word is not None and word not in allowed:
                raise RunError(f"{option} {word!r}: there is none.{nearest(word, allowed)} Allowed: {listed(allowed)}.")
        return Context(self.audience, self.places or HOME, None, self.regime, self.eu_regime, self.us_regime)


@dataclass(frozen=True)
class Reviewed:
    """A review and the reports asked for: a page for a browser, a PDF."""

    review: Review
    page: str | None = None
    paper: bytes | None = None


def review_pdf(request: ReviewRequest) -> Review:
    """Review any PDF. Without facts inside it, the day whose rules apply must be given."""
    return review_and_report(request).review


def review_and_report(
    request: ReviewRequest, *, page: bool = False, paper: bool = False, limits: ProcessLimits = REVIEW_LIMITS
) -> Reviewed:
    """Review any PDF, and make the reports with pictures of its pages that are asked for, in a process of its own.

    Raises DocumentError when the PDF takes more than `limits`: it may be a stranger's, and hostile.
    """
    return run_limited(_review_and_report, request, page, paper, name=str(request.pdf), limits=limits)


def _review_and_report(request: ReviewRequest, page: bool, paper: bool) -> Reviewed:
    document, rules = read_pdf(request.pdf), chosen_rules(choose(request.packs))
    reviewed = _review_of(request, document, rules)
    return Reviewed(
        reviewed,
        report.to_html(reviewed, document) if page else None,
        report.to_pdf(reviewed, document) if paper else None,
    )


def _review_of(request: ReviewRequest, document: Document, rules: tuple[Rule, ...]) -> Review:
    carried = attachment(document, artifacts.FACTS)
    if carried:
        facts = elsewhere(facts_from_json(carried, f"{request.pdf}, {artifacts.FACTS}"), request.places)
        return review(document, facts, rules, request.on or published(facts))
    if request.on is None:
        raise RunError(f"{request.pdf}: carries no facts of ours. Give the day whose rules apply, --as-of YYYY-MM-DD.")
    return review(document, None, rules, request.on, request.context)


def rules_and_facts(
    packs: Sequence[Path], run_folder: Path | None, on: date | None
) -> tuple[tuple[Rule, ...], Facts | None, date | None]:
    """The rules asked for; with a run, those of its mandate's packs too, its facts, and the day it is published."""
    if run_folder is None:
        return load_packs(packs), None, on
    loaded = load_run_mandate(run_folder)
    own = [loaded.folder / pack for pack in loaded.mandate.report.packs]
    facts = facts_from_json((run_folder / artifacts.FACTS).read_bytes(), f"{run_folder / artifacts.FACTS}")
    return load_packs([*own, *packs]), facts, on or published(facts)


@dataclass(frozen=True)
class Tried:
    """One example of a firm's pack, put to the rule it is for."""

    rule: str
    file: str
    right: bool
    said: str


def check_pack(
    folder: Path, examples: Path | None, run_folder: Path | None, on: date | None
) -> tuple[Audit, tuple[Tried, ...]]:
    """Every fault of a firm's pack, and its examples reviewed: <rule id>/<outcome>-*.pdf."""
    facts = rules_and_facts((), run_folder, on)[1] if run_folder else None
    found = audit(folder, facts.facts if facts else None)
    if examples is None or found.faults:
        return found, ()
    if not examples.is_dir():
        raise RuleError(f"{examples}: no such folder of examples. Give one that holds <rule id>/fail-*.pdf.")
    rules = load_packs([folder])
    mine = {rule.id: rule for rule in found.rules}
    files = sorted(path for rule_id in mine for path in (examples / rule_id).glob("*.pdf"))
    return found, tuple(_tried(path, mine[path.parent.name], rules, on) for path in files)


def _tried(path: Path, rule: Rule, rules: tuple[Rule, ...], on: date | None) -> Tried:
    """An example says in its name what its rule must answer."""
    wanted = path.stem.split("-")[0]
    places = tuple(place for place in rule.jurisdictions if place in REGIMES) or HOME
    request = ReviewRequest(path, on or rule.valid_from, rule.audiences[0], jurisdictions=places)
    answer = next(f for f in _review_of(request, read_pdf(path), rules).findings if f.rule_id == rule.id)
    outcome = answer.outcome.name.lower()
    return Tried(rule.id, path.name, outcome == wanted, f"{outcome}: {answer.reason}")
