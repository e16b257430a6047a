"""The mandate: what a fund manager writes, as a model, and the loader that refuses what it does not know.

One TOML file says everything a run needs. Unknown keys, wrong types and values out of range end in one sentence each.
Fractions are fractions (0.1 is ten per cent) unless the key ends in `_bps` (1 bps is 0.0001).
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backtest.declared import Methodology, ProductRecord, Promotion, Risk
from backtest.distribution import Distribution
from backtest.errors import MandateError, listed
from backtest.explained import explain
from backtest.terms import Constraints, Costs, Currency, Flow, Fraction, Schedule, Section, ShareClass, Text, Theme
from backtest.texts import Language, LongText, Texts

__all__ = [
    "Constraints", "Costs", "Data", "Flow", "LoadedMandate", "Mandate", "Schedule", "ShareClass", "StrategyChoice",
    "Theme", "load_mandate", "parse_mandate",
]  # fmt: skip

MAX_MANDATE_BYTES = 1_000_000
NO_PARAMETERS: MappingProxyType[str, Any] = MappingProxyType({})


class Fund(Section):
    name: Text
    firm: Text
    subject: Literal["fund", "index", "strategy"]
    objective: LongText
    base_currency: Currency
    structure: Literal["ucits", "nurs", "aif", "none"] = "none"
    domicile: Text | None = None
    launch: date | None = None
    firm_address: Text | None = None
    firm_authorisation: Text | None = None
    """How the firm describes its regulatory status, printed as given in the important information."""
    documents_from: Text | None = None
    """Where the prospectus and the product summary or key investor document can be had, free of charge."""
    documents_language: Text = "English"
    size: Annotated[float, Field(gt=0.0, le=1e13)] | None = None
    """Net assets of the whole fund in base currency, on `size_date`."""
    size_date: date | None = None
    dealing: Text | None = None
    """When the fund is dealt and until when orders are taken, as printed."""
    horizon_years: Annotated[int, Field(ge=1, le=40)] = 5
    management: Literal["active", "passive"] = "active"
    """Passive: it follows an index. Active: it may hold what its benchmark does not."""
    benchmark_use: LongText | None = None
    """Of an active fund: what its benchmark is for, and how far it may depart from it."""
    investor_rights_from: Text | None = None
    """Where a summary of investors' rights can be had, an address on the web."""
    sustainability: Literal["unclassified", "sfdr_6", "sfdr_8", "sfdr_9", "uk_label"] = "unclassified"
    """How the product is classified: words on sustainability must agree with it."""
    name_evidence: LongText | None = None
    """What shows that a name with a word on sustainability or transition is earned: the share held, the exclusions."""

    @model_validator(mode="after")
    def _a_size_has_a_day(self) -> Fund:
        if (self.size is None) != (self.size_date is None):
            raise ValueError("size and size_date belong together: an amount without its day says nothing; give both")
        return self


class WithholdingTax(Section):
    default: Fraction = 0.15
    by_country: dict[str, Fraction] = Field(default_factory=dict)

    def rate(self, country: str) -> float:
        """Share of a dividend lost to withholding tax for a company of `country`."""
        return self.by_country.get(country, self.default)


class Figures(Section):
    """Which published fields the sheet's characteristics are made of; money is that of the listing."""

    earnings: Text | None = None
    sales: Text | None = None
    book_value: Text | None = None
    reports_a_year: Literal[1, 2, 4] = 4
    """Earnings and sales are those of one period; so many of them make a year."""
    unit: Annotated[float, Field(gt=0)] = 1_000_000.0
    """What a value of 1 in the file is worth in money."""

    @property
    def named(self) -> dict[str, str]:
        """The fields that are named, by what they hold."""
        found = {"earnings": self.earnings, "book_value": self.book_value, "sales": self.sales}
        return {kind: field for kind, field in found.items() if field is not None}


SAMPLE_FIGURES = Figures(earnings="earnings", sales="sales", book_value="book_value")


class Data(Section):
    """Where the market comes from. Paths are relative to the mandate's folder."""

    source: Literal["files", "sample"] = "files"
    closes: Path | None = None
    price_adjustment: Literal["none", "splits", "total_return"] = "none"
    """What the closes already contain: nothing, splits only, or splits and dividends."""
    dividends: Path | None = None
    splits: Path | None = None
    volumes: Path | None = None
    shares: Path | None = None
    universe: Path | None = None
    fx: Path | None = None
    fx_base: Currency = "EUR"
    """The rates file holds units of each currency for one unit of this one, as the ECB publishes them."""
    benchmark: Path | None = None
    benchmark_column: Text | None = None
    """The column of a wide file that holds the benchmark's level; without it, a file of `Date,Close`."""
    benchmark_name: Text | None = None
    benchmark_currency: Currency | None = None
    benchmark_weights: Literal["shares", "traded_value", "equal"] = "shares"
    benchmark_window: Annotated[int, Field(ge=20, le=1000)] = 250
    """Trading days averaged when the benchmark weights come from traded value."""
    cash_rate: Path | None = None
    cash_index: Path | None = None
    currency_rates: Path | None = None
    """Yearly interest rates by currency; a hedged share class needs them."""
    half_spreads: Path | None = None
    """Half-spreads in basis points by date and ticker; a row stands until the next one."""
    fundamentals: Path | None = None
    """Published figures, a row each: ticker, field, period_end, published, value."""
    fundamentals_delay: Annotated[int, Field(ge=0, le=10)] = 1
    """Trading days after its publication from whose close on a figure is known; many come after the close."""
    figures: Figures | None = None
    """Which of them are earnings, sales and book value; without it a sheet shows no price to earnings."""
    ticker_changes: Path | None = None
    spin_offs: Path | None = None
    withholding_tax: WithholdingTax = WithholdingTax()
    start: date | None = None
    end: date | None = None
    vendor: Text | None = None
    survivors_only: bool = False
    """True when the universe holds only companies that exist today; the sheet must then say so."""
    themes_assigned: date | None = None
    """The day on which companies were labelled capex or adopter; labels younger than the window are hindsight."""

    @model_validator(mode="after")
    def _files_are_named(self) -> Data:
        if self.source == "sample":
            return self
        for key in ("closes", "universe", "vendor"):
            if getattr(self, key) is None:
                raise ValueError(f'{key} is needed when source = "files"')
        if self.cash_rate is not None and self.cash_index is not None:
            raise ValueError("cash_rate and cash_index both given; keep the one that is right")
        return self

    @model_validator(mode="after")
    def _figures_have_their_files(self) -> Data:
        if self.figures is None or self.source == "sample":
            return self
        for key, why in (("fundamentals", "they stand in it"), ("shares", "a company's value is shares times price")):
            if getattr(self, key) is None:
                raise ValueError(f"figures needs {key}: {why}. Give the file, or take [data.figures] out")
        return self

    @property
    def reported_figures(self) -> Figures | None:
        """Which published fields the characteristics are made of; the sample market knows its own."""
        own = self.source == "sample" and self.fundamentals is None
        return SAMPLE_FIGURES if self.figures is None and own else self.figures


class StrategyChoice(BaseModel):
    """The strategy by name or by path; every other key is one of its own parameters, or `parts` of one that composes.

    A part is a table [[strategy.parts]] of the same kind with `share`, the part of the portfolio that follows it.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    name: Text | None = None
    path: Path | None = None

    @model_validator(mode="after")
    def _one_way(self) -> StrategyChoice:
        if (self.name is None) == (self.path is None):
            raise ValueError("give either name or path")
        return self

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.__pydantic_extra__ or {})


RiskScale = Literal["srri", "sri"]
"""Of a key investor information document, or of a PRIIPs key information document."""


class Report(Section):
    language: Language = "en"
    """The language of the sheet and of the texts of this mandate."""
    as_of: date | None = None
    published: date | None = None
    share_class: Text | None = None
    """Name of the class the sheet is made for; the first one when absent."""
    rules_fixed: date | None = None
    """The day on which the strategy's rules were settled; everything before it is hindsight."""
    trials: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How many variants were looked at before this one was chosen, this one included."""
    packs: tuple[Path, ...] = ()
    """Rule packs of the firm's own, by path, that add to or replace rules of the built-in ones."""
    theme: Text = "tarn"
    """A shipped theme by name, or a theme file of the firm's own by path; a path ends in .toml."""
    logo: Path | None = None
    """The firm's logo, an SVG or PNG file."""
    sections: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    """The sections of each column, in order; a column that is not named keeps its usual ones."""
    pages: Literal[2, 3] = 2
    """The fewest pages of a sheet. A full one takes a third by itself; on it retail readers find a glossary."""
    commentary: Path | None = None
    """The manager's commentary, a Markdown file of paragraphs, lists and bold words."""
    templates: Path | None = None
    """A folder of section templates of the firm's own, each named like the section it replaces."""
    simulated: bool = True
    """False leaves the simulated performance out; every share class then needs a record."""
    risk_indicator: RiskScale | None = None
    """The scale of the risk class; that of the document the readers are given when absent."""


class Accepted(Section):
    finding: Text
    asset: Text | None = None
    reason: LongText


class Mandate(Section):
    fund: Fund
    data: Data
    strategy: StrategyChoice
    schedule: Schedule = Schedule()
    flow: Annotated[tuple[Flow, ...], Field(max_length=10_000)] = ()
    constraints: Constraints = Constraints()
    costs: Costs = Costs()
    share_class: Annotated[tuple[ShareClass, ...], Field(max_length=50)] = ()
    distribution: Distribution
    report: Report = Report()
    accept: tuple[Accepted, ...] = ()
    methodology: Methodology | None = None
    risk: Risk = Risk()
    product_record: ProductRecord | None = None
    promotion: Promotion | None = None
    texts: dict[Language, Texts] = Field(default_factory=dict)
    """The manager's texts in other languages, by their two letters."""

    @model_validator(mode="after")
    def _classes_are_told_apart(self) -> Mandate:
        if not self.share_class:
            raise ValueError(
                "[[share_class]]: there is none, and a sheet is made for one. Add a table [[share_class]] with name, "
                "currency and ongoing_charge"
            )
        for key in ("name", "isin", "sedol"):
            given = [value for c in self.share_class if (value := getattr(c, key)) is not None]
            twice = next((value for value in given if given.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"[[share_class]] {key}: {twice!r} stands in two classes; give each its own")
        return self

    @model_validator(mode="after")
    def _an_index_has_a_methodology(self) -> Mandate:
        if self.methodology is not None and self.fund.subject != "index":
            raise ValueError('[methodology] belongs to an index; leave it out, or set [fund] subject = "index"')
        return self

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Mandate:
        """Nothing is launched before the fund, and nothing after the day for which the sheet is made."""
        first, last = self.fund.launch, self.report.as_of
        if first and last and first > last:
            raise ValueError(f"[fund] launch {first} is after [report] as_of {last}; mend one of them")
        for one in self.share_class:
            where = f"[[share_class]] {one.name}: launch {one.launch}"
            if one.launch and first and one.launch < first:
                raise ValueError(f"{where} is before the fund's own, {first}; mend one of them")
            if one.launch and last and one.launch > last:
                raise ValueError(f"{where} is after [report] as_of {last}; move as_of, or leave the class out")
        return self

    @model_validator(mode="after")
    def _records_are_of_products(self) -> Mandate:
        """Nobody ever paid a price for a strategy; and a sheet without simulated figures shows those of a record."""
        for one in self.share_class:
            if one.record and self.fund.subject == "strategy":
                raise ValueError(f"[[share_class]] {one.name}: a strategy has no prices of its own; leave record out")
            if not one.record and not self.report.simulated:
                raise ValueError(
                    f"[report] simulated = false, and [[share_class]] {one.name} has no record; give it one"
                )
        return self

    @model_validator(mode="after")
    def _the_class_exists(self) -> Mandate:
        wanted = self.report.share_class
        names = [c.name for c in self.share_class]
        if wanted is not None and wanted not in names:
            raise ValueError(f"[report] share_class {wanted!r} is not one of the share classes: {listed(names)}")
        return self

    @model_validator(mode="after")
    def _shares_are_what_is_traded(self) -> Mandate:
        if self.constraints.whole_shares and self.data.source == "files" and self.data.price_adjustment != "none":
            raise ValueError(
                '[constraints] whole_shares needs closes as they were traded: price_adjustment = "none", with splits '
                "and dividends in files of their own"
            )
        return self

    @property
    def reported_class(self) -> ShareClass:
        """The share class the sheet is made for."""
        wanted = self.report.share_class
        return next((c for c in self.share_class if c.name == wanted), self.share_class[0])

    @property
    def risk_scale(self) -> RiskScale:
        """The scale of the risk class on the sheet: as chosen, else `sri` for a fund that goes to the EU and not to the
        UK, where the investor document has that one, and `srri` for any other."""
        places = self.distribution.jurisdictions
        abroad = self.fund.subject == "fund" and "EU" in places and "UK" not in places
        return self.report.risk_indicator or ("sri" if abroad else "srri")

    @property
    def summary_horizon(self) -> int | None:
        """The holding period of the summary risk indicator, in years; None for a sheet without one, and where market
        risk alone does not make it."""
        return self.fund.horizon_years if self.risk_scale == "sri" and self.risk.market_alone else None


class LoadedMandate(Section):
    """A mandate with where it came from: relative paths start at `folder`, `text` is the file as written."""

    mandate: Mandate
    path: Path
    text: str

    @property
    def folder(self) -> Path:
        return self.path.parent


def load_mandate(path: Path) -> LoadedMandate:
    """Read and validate a mandate file.

    Raises MandateError with file, key, what was found, what is allowed and the nearest known key.
    """
    text = _read(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MandateError(f"{path}: not valid TOML: {error}. Mend that line and run again.") from None
    return LoadedMandate(mandate=parse_mandate(table, str(path)), path=path.resolve(), text=text)


def parse_mandate(table: dict[str, Any], where: str) -> Mandate:
    """Validate a mandate already read into a dictionary; `where` names its source in messages."""
    try:
        return Mandate.model_validate(table)
    except ValidationError as error:
        raise MandateError(f"{where}, {explain(error.errors(), Mandate)}") from None


def _read(path: Path) -> str:
    if not path.is_file():
        raise MandateError(f"{path}: no such mandate file. Give the path of a TOML file; examples/ holds some.")
    if path.stat().st_size > MAX_MANDATE_BYTES:
        raise MandateError(f"{path}: {path.stat().st_size:,} bytes; a mandate has at most {MAX_MANDATE_BYTES:,}.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MandateError(f"{path}: not UTF-8 text. Save the mandate as UTF-8 and run again.") from None
