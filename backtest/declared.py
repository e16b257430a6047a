"""What a mandate declares beside what is simulated: what the fund may hold, what its documents say, who approved.

A backtest of listed shares knows nothing of bonds, derivatives or unlisted holdings. Where the fund may have them, the
mandate says so, and the risks that follow are warned of.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from backtest.terms import Fraction, Section, Text
from backtest.texts import LongText

CREDIT_LOOKED_THROUGH = 0.10
"""Share of net assets from which exposure to credit is looked through, and has a class of its own."""


class Risk(Section):
    """Shares of net assets are fractions; a limit is what the fund's documents permit."""

    derivatives: Literal["none", "hedging", "investment"] = "none"
    """What the fund may use derivatives for."""
    gross_exposure_limit: Annotated[float, Field(ge=1.0, le=20.0)] = 1.0
    """Exposure to net assets that the fund may reach: 1.3 lets 100 work as 130."""
    otc_exposure: Fraction = 0.0
    """Exposure to counterparties of derivatives and currency forwards."""
    hedged_currency_share: Fraction = 0.0
    """Of the holdings in other currencies, the share that the fund hedges back to its own."""
    bond_share: Fraction = 0.0
    bond_limit: Fraction = 0.0
    high_yield_share: Fraction = 0.0
    """In bonds below investment grade or without a rating."""
    unlisted_share: Fraction = 0.0
    smaller_share: Fraction | None = None
    """In smaller companies, where the benchmark's weights do not tell."""
    cash_limit: Fraction = 0.0
    sanctioned_names: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Holdings that a list of sanctions names."""
    state_issuer: Text | None = None
    """A state or public body in whose securities more than 35 % may be held."""
    state_limit: Fraction = 0.0
    principally: Literal["shares", "index", "funds", "deposits", "derivatives"] = "shares"
    """What the fund mainly does: hold shares, copy an index, hold other funds, deposits or derivatives."""

    @property
    def market_alone(self) -> bool:
        """Whether market risk alone makes the summary risk indicator: no debt, and no credit to be looked through.

        Regulation (EU) 2017/653, Annex II points 5, 35 and 52.
        """
        leveraged = self.derivatives == "investment" or self.gross_exposure_limit > 1.0
        shares = self.principally in ("shares", "index", "funds")
        return shares and not leveraged and self.bond_share + self.otc_exposure < CREDIT_LOOKED_THROUGH

    @model_validator(mode="after")
    def _parts_fit(self) -> Risk:
        if self.high_yield_share > self.bond_share:
            raise ValueError(
                f"high_yield_share {self.high_yield_share:g} is above bond_share {self.bond_share:g}, of which it is a "
                "part; lower the one or raise the other"
            )
        if (self.state_issuer is None) != (self.state_limit == 0.0):
            raise ValueError("state_issuer and state_limit belong together: a name without its share says nothing")
        return self


class ProductRecord(Section):
    """The product as its prospectus and its investor document describe it; the sheet must agree."""

    document: Text
    """Which document, as it is called."""
    dated: date
    ongoing_charge: Fraction | None = None
    initial_charge: Fraction | None = None
    risk_class: Annotated[int, Field(ge=1, le=7)] | None = None
    """1 to 7, on the scale of the sheet's own class."""
    benchmark: Text | None = None
    benchmark_role: Literal["target", "constraint", "comparator"] | None = None
    objective: LongText | None = None


class Promotion(Section):
    """An authorised firm that approved the sheet for a firm that is not (section 21 of the Act of 2000)."""

    approver: Text
    approved_on: date
    approver_frn: Annotated[int, Field(ge=1, le=99_999_999)] | None = None
    """The approver's firm reference number."""


class Methodology(Section):
    """What the methodology of an index says beside its rules."""

    corrections: LongText | None = None
    """How errors in data or calculation are put right, from when on, and who is told."""
    governance: LongText | None = None
    """Who answers for the rules, who may change them, and how a change is announced."""
