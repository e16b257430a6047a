"""The main path, in order: each line takes what the one before it returned.

mandate -> market -> simulate -> verify (a process of its own) -> measure -> facts -> statements -> page -> PDF
-> review -> manifest -> register. Every arrow leaves a file in the run folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from backtest import artifacts
from backtest.carried import carry, hashes, load_run_mandate
from backtest.complete import check_complete, semantic_hash
from backtest.disclosure import report
from backtest.disclosure.context import Context
from backtest.disclosure.document import Document, read_pdf
from backtest.disclosure.gate import foresee, gate
from backtest.disclosure.packs import load_packs
from backtest.disclosure.require import published, required_statements
from backtest.disclosure.review import Review, review
from backtest.disclosure.rule import Rule
from backtest.errors import WordsError
from backtest.facts import Facts, facts_from_json, facts_to_json
from backtest.facts.build import build_facts
from backtest.facts.whom import foreseen_facts
from backtest.factsheet import House, Sheet, attachments, load_house, make_guarded
from backtest.factsheet.commentary import check_wording, read_commentary
from backtest.factsheet.methodology import INDEX, make_methodology
from backtest.ledger import Verification, finish_verification, start_verification
from backtest.mandate import LoadedMandate, StrategyChoice, load_mandate
from backtest.market.panel import Panel, write_panel
from backtest.market.prices import build_panel
from backtest.market.quality import DataFinding, examine, findings_to_rows
from backtest.market.record import Record, read_records
from backtest.market.sources import RawMarket, read_market
from backtest.measure import measure
from backtest.metrics.summary import summary_to_dict
from backtest.register import RunRecord, record_run
from backtest.result import Result, write_result
from backtest.simulate import simulate
from backtest.strategy import Strategy, load_strategy
from backtest.taxes import load_taxes
from backtest.words import words_in

Tell = Callable[[str, Any], None]

BASELINE = StrategyChoice(name="hold_benchmark")


@dataclass(frozen=True)
class Backtest:
    """The simulated half of a run: the market, the strategy, and doing nothing at the same costs."""

    panel: Panel
    strategy: Strategy
    result: Result
    baseline: Result


@dataclass(frozen=True)
class Finished:
    """What a run ends with: where it is, what verification and review said."""

    run: str
    folder: Path
    facts: Facts
    verification: Verification
    review: Review

    @property
    def sheet(self) -> Path:
        return self.folder / artifacts.SHEET

    @property
    def review_page(self) -> Path:
        return self.folder / artifacts.REVIEW_PAGE

    @property
    def exit_code(self) -> int:
        """0 clean; 1 when the review found a breach or the ledger does not agree."""
        return 1 if self.review.breaches or not self.verification.verified else 0

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return {
            "run": self.run,
            "folder": str(self.folder),
            "sheet": str(self.sheet),
            "verified": self.verification.verified,
            "exit_code": self.exit_code,
            "review": report.to_dict(self.review),
        }


def run(mandate_path: Path, runs: Path, tell: Tell) -> Finished:
    """The whole path. `tell(stage, what)` hears of each stage as it ends. Raises JevonsError for bad input."""
    loaded = load_mandate(mandate_path)
    tell("mandate", loaded)
    rules = _rules_for(loaded)
    house = load_house(loaded.mandate.report, loaded.folder)
    commentary = commentary_in(loaded, words_in(loaded.mandate.report.language).language, rules)
    record = read_records(loaded).get(loaded.mandate.reported_class.name)
    raw = read_market(loaded)
    tell("market", raw)
    findings = examine(raw, loaded.mandate)
    tell("findings", findings)
    backtest = simulate_both(loaded, raw)
    tell("simulation", backtest)
    inputs = _inputs(loaded, raw)
    name = _run_name(loaded, inputs)
    with artifacts.staged(runs / name) as folder:
        simulated = _write_backtest(folder, loaded, backtest)
        process = start_verification(*simulated)
        try:
            facts = _state_facts(folder, loaded, backtest, record, findings, name, commentary)
            tell("gate", gate(facts, rules, published(facts)))
            tell("facts", facts)
            sheet, document = _make_sheet(folder, facts, rules, house, inputs)
            tell("sheet", sheet)
            reviewed = _review(folder, document, facts, rules)
            tell("review", reviewed)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        verification = finish_verification(process, *simulated)
        artifacts.write_json(folder / artifacts.VERIFICATION, asdict(verification))
        tell("verification", verification)
        artifacts.write_json(
            folder / artifacts.MANIFEST, artifacts.manifest(folder, name, inputs, verification.verified)
        )
    finished = Finished(name, runs / name, facts, verification, reviewed)
    _record(runs, finished)
    tell("record", finished)
    return finished


def _rules_for(loaded: LoadedMandate) -> tuple[Rule, ...]:
    """The rules, and the gate's first answer, before any work is done for a sheet that may not exist; where the mandate
    names no day, it is asked when there are facts."""
    rules = load_packs(loaded.folder / pack for pack in loaded.mandate.report.packs)
    on = loaded.mandate.report.published or loaded.mandate.report.as_of
    if on is not None:
        foresee(foreseen_facts(loaded.mandate), rules, on)
    return rules


def simulate_both(loaded: LoadedMandate, raw: RawMarket) -> Backtest:
    """The strategy and the baseline on one panel, under the same schedule, constraints and costs."""
    mandate = loaded.mandate
    strategy = load_strategy(mandate.strategy, loaded.folder)
    panel = build_panel(raw, mandate)
    table = None if mandate.costs.tax_table is None else loaded.folder / mandate.costs.tax_table
    terms = (mandate.schedule, mandate.constraints, mandate.costs, mandate.flow, load_taxes(table))
    return Backtest(
        panel,
        strategy,
        simulate(panel, strategy, *terms),
        simulate(panel, load_strategy(BASELINE, loaded.folder), *terms),
    )


def _inputs(loaded: LoadedMandate, raw: RawMarket) -> dict[str, str]:
    """SHA-256 of all that the run is made of, by name."""
    market = {one.name: one.sha256 for one in raw.inputs}
    return {"mandate": artifacts.sha256(loaded.text.encode())} | market | hashes(loaded)


def _run_name(loaded: LoadedMandate, inputs: dict[str, str]) -> str:
    digest = artifacts.run_hash(loaded.text, inputs)
    return f"{artifacts.slug(loaded.mandate.fund.name)}-{digest[:12]}"


def _write_backtest(folder: Path, loaded: LoadedMandate, backtest: Backtest) -> tuple[Path, Path]:
    """Mandate, panel and both results; returns the two result folders."""
    (folder / artifacts.MANDATE).write_text(loaded.text, encoding="utf-8")
    carry(loaded, folder)
    panel, result, baseline = (folder / name for name in (artifacts.PANEL, artifacts.RESULT, artifacts.BASELINE))
    panel.mkdir()
    write_panel(backtest.panel, panel)
    write_result(backtest.result, backtest.panel, result)
    write_result(backtest.baseline, backtest.panel, baseline)
    return result, baseline


def commentary_in(loaded: LoadedMandate, language: str, rules: Sequence[Rule]) -> str | None:
    """The manager's commentary in a language, its words held against the rules before a sheet is made of it.

    Raises WordsError when the mandate has a commentary, and none in this language.
    """
    mandate, whom = loaded.mandate, loaded.mandate.distribution
    path = mandate.report.commentary
    if path is not None and language != mandate.report.language:
        texts = mandate.texts.get(language)
        if texts is None or texts.commentary is None:
            raise WordsError(
                f"[texts.{language}] commentary: missing; the mandate has one, {path}, in {mandate.report.language!r} "
                "alone. Give the path of its translation."
            )
        path = texts.commentary
    if path is None:
        return None
    text = read_commentary(loaded.folder / path)
    context = Context(whom.audience, whom.jurisdictions, whom.channel, whom.uk_regime, whom.eu_regime, whom.us_regime)
    check_wording(text, [rule.in_language(language) for rule in rules], context, str(path))
    return text


def _state_facts(
    folder: Path,
    loaded: LoadedMandate,
    backtest: Backtest,
    record: Record | None,
    findings: tuple[DataFinding, ...],
    name: str,
    commentary: str | None,
) -> Facts:
    measures = measure(
        backtest.panel, backtest.result, backtest.baseline, loaded.mandate, where=str(loaded.path.name), record=record
    )
    artifacts.write_json(folder / artifacts.METRICS, summary_to_dict(measures.summary))
    artifacts.write_json(folder / artifacts.FINDINGS, findings_to_rows(findings))
    facts = build_facts(
        loaded.mandate, backtest.panel, backtest.strategy, measures, document_id=name[-12:], findings=findings,
        commentary=commentary,
    )  # fmt: skip
    (folder / artifacts.FACTS).write_text(facts_to_json(facts), encoding="utf-8")
    return facts


def make_and_review(
    folder: Path, facts: Facts, rules: tuple[Rule, ...], house: House, inputs: Mapping[str, str]
) -> tuple[Sheet, Review]:
    """One sheet from its facts, with its review, written into `folder`. Raises GateError when it may not exist.

    The review's page has no pictures, for the speed of a batch; `jevons review SHEET --html FILE` makes them.

    inputs: SHA-256 of what the run was made of, by name, as its manifest has them.
    """
    gate(facts, rules, published(facts))
    sheet, document = _make_sheet(folder, facts, rules, house, inputs)
    return sheet, _review(folder, document, facts, rules, pictures=False)


def _make_sheet(
    folder: Path, facts: Facts, rules: tuple[Rule, ...], house: House, inputs: Mapping[str, str]
) -> tuple[Sheet, Document]:
    """The page, its PDF with all that it carries, and the hash of what it shows, in `folder`; and the PDF read back.

    Raises RenderError when any text of the page is not in the PDF.
    """
    statements = required_statements(facts, rules, published(facts))
    number = str(facts.facts["doc.id"].value)
    sheet = make_guarded(facts, statements, identifier=number, attachments=attachments(facts, inputs), house=house)
    (folder / artifacts.PAGE).write_text(sheet.html, encoding="utf-8")
    (folder / artifacts.SHEET).write_bytes(sheet.pdf)
    document = read_pdf(sheet.pdf)
    check_complete(sheet.html, document)
    (folder / artifacts.SEMANTIC).write_text(f"{semantic_hash(document)}\n", encoding="utf-8")
    if facts.facts["fund.subject"].value == INDEX:
        methodology = make_methodology(facts, statements, identifier=f"{number}-methodology", house=house)
        check_complete(methodology.html, read_pdf(methodology.pdf))
        (folder / artifacts.METHODOLOGY).write_bytes(methodology.pdf)
    return sheet, document


def _review(
    folder: Path, document: Document, facts: Facts, rules: tuple[Rule, ...], *, pictures: bool = True
) -> Review:
    """The review as JSON and as a page in `folder`; pictures of its pages take a fifth of a second each."""
    reviewed = review(document, facts, rules, published(facts))
    (folder / artifacts.REVIEW).write_text(report.to_json(reviewed), encoding="utf-8")
    page = report.to_html(reviewed, document if pictures else None)
    (folder / artifacts.REVIEW_PAGE).write_text(page, encoding="utf-8")
    return reviewed


def _record(runs: Path, finished: Finished) -> None:
    facts, reviewed = finished.facts.facts, finished.review
    as_of = facts["doc.as_of"].value
    record = RunRecord(
        run=finished.run,
        fund=str(facts["fund.name"].value),
        strategy=str(facts["sim.strategy"].value),
        as_of=as_of if isinstance(as_of, date) else published(finished.facts),
        manifest_sha256=artifacts.sha256_of_file(finished.folder / artifacts.MANIFEST),
        sheet_sha256=artifacts.sha256_of_file(finished.sheet),
        verified=finished.verification.verified,
        breaches=len(reviewed.breaches),
        needs_review=sum(f.outcome.name == "NEEDS_REVIEW" for f in reviewed.findings),
    )
    record_run(runs / artifacts.REGISTER, record)


def render_again(run_folder: Path, into: Path | None = None) -> Path:
    """Render a finished run's sheet from its facts, after checking its manifest; returns the path of the PDF."""
    artifacts.check_manifest(run_folder)
    inputs = artifacts.read_json(run_folder / artifacts.MANIFEST)["inputs"]
    loaded = load_run_mandate(run_folder)
    facts = facts_from_json((run_folder / artifacts.FACTS).read_text(encoding="utf-8"))
    rules = load_packs(loaded.folder / pack for pack in loaded.mandate.report.packs)
    gate(facts, rules, published(facts))
    target = into or run_folder.parent / f"{run_folder.name}-sheet"
    with artifacts.staged(target) as folder:
        _make_sheet(folder, facts, rules, load_house(loaded.mandate.report, loaded.folder), inputs)
    return target / artifacts.SHEET


def check_data(mandate_path: Path) -> tuple[DataFinding, ...]:
    """What the data doctor found in the market of a mandate."""
    loaded = load_mandate(mandate_path)
    return examine(read_market(loaded), loaded.mandate)
