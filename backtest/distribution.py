"""For whom a sheet is made: countries, clients, channel, and what their rules ask about the firm and the reader."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from backtest.terms import Currency, Fraction, Section, Text

Jurisdiction = Literal["UK", "EU", "US"]


class Distribution(Section):
    """A sheet for several jurisdictions meets the rules of each."""

    jurisdictions: Annotated[tuple[Jurisdiction, ...], Field(min_length=1)]
    audience: Literal["retail", "professional"]
    channel: Literal["internal", "one_to_one", "intermediary", "public"]
    uk_regime: Literal["mifid", "non_mifid"] = "non_mifid"
    eu_regime: Literal["mifid", "fund_manager"] | None = None
    """Whose communication it is in the EU: a MiFID firm's (2017/565 Article 44), or a fund manager's (2019/1156)."""
    us_regime: Literal["adviser", "broker_dealer"] | None = None
    client_currency: Currency | None = None
    """The currency of the clients' Member State; figures in another carry a warning."""
    simulation_case: Literal["own_strategy", "share_class", "feeder"] = "own_strategy"
    """What a fund manager's simulation in the EU is: a new class of a fund that exists, a feeder of its master, or a
    strategy of the firm's own."""
    counsel_note: Text | None = None
    """Which advice allows a new class's or a feeder's simulation: kept with the run, not printed."""
    audience_policy: Text | None = None
    """Which policy of a US adviser says for whom its hypothetical performance is relevant."""
    anticipated_charge: Fraction | None = None
    """What a US adviser would charge the reader a year, where the figures are after a lower charge."""
    records_years: Annotated[int, Field(ge=1, le=100)] | None = None
    """For how many years a copy of the sheet and what stands behind it are kept."""
    claims_gips: bool = False
    gips_report_from: Text | None = None
    """Where a GIPS report can be had."""

    @model_validator(mode="after")
    def _jurisdictions_stand_once(self) -> Distribution:
        if len(set(self.jurisdictions)) < len(self.jurisdictions):
            raise ValueError("jurisdictions names one twice; keep it once")
        return self

    @model_validator(mode="after")
    def _each_jurisdiction_has_its_regime(self) -> Distribution:
        choices = {"EU": ("eu_regime", "mifid or fund_manager"), "US": ("us_regime", "adviser or broker_dealer")}
        for jurisdiction, (key, allowed) in choices.items():
            if (jurisdiction in self.jurisdictions) != (getattr(self, key) is not None):
                raise ValueError(f'{key} ({allowed}) belongs to jurisdiction "{jurisdiction}"; give both or none')
        return self

    @model_validator(mode="after")
    def _claims_have_their_source(self) -> Distribution:
        if self.claims_gips != (self.gips_report_from is not None):
            raise ValueError("claims_gips = true and gips_report_from, where a GIPS report can be had, belong together")
        if (self.simulation_case != "own_strategy") != (self.counsel_note is not None):
            raise ValueError('simulation_case = "share_class" or "feeder" and counsel_note belong together')
        for key in ("audience_policy", "anticipated_charge"):
            if getattr(self, key) is not None and self.us_regime != "adviser":
                raise ValueError(f'{key} is for us_regime = "adviser"; leave it out')
        return self
