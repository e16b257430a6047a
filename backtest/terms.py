"""The terms of a simulation as the mandate states them: when, within which limits, at what cost, for which classes.

Fractions are fractions (0.1 is ten per cent) unless the key ends in `_bps` (1 bps is 0.0001). Money is in the base
currency. Each section refuses what contradicts itself; what contradicts the market is found when the two meet.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
BasisPoints = Annotated[float, Field(ge=0.0, le=1000.0)]
Money = Annotated[float, Field(ge=0.0, le=1e12)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Theme = Literal["capex", "adopter", "other"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Schedule(Section):
    """When the strategy is asked. `event` asks on the first day only, and then whenever `should_trade` says so."""

    decide: Literal["week_end", "month_end", "quarter_end", "every_n_days", "dates", "event"] = "month_end"
    every_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Trading days between decisions, counted from the first one."""
    dates: tuple[date, ...] = ()
    """Decision dates; a day without trading stands for the trading day before it."""
    first_investment: date | None = None
    """The first trade date, or the trading day after it; its decision is made `lag` trading days earlier."""
    lag: Annotated[int, Field(ge=1, le=20)] = 1

    @model_validator(mode="after")
    def _the_calendar_is_complete(self) -> Schedule:
        if (self.decide == "every_n_days") != (self.every_days is not None):
            raise ValueError('every_days belongs to decide = "every_n_days", and that to every_days; give both or none')
        if (self.decide == "dates") != bool(self.dates):
            raise ValueError('dates belongs to decide = "dates", and that to dates; give both or none')
        if len(set(self.dates)) < len(self.dates):
            raise ValueError("dates holds a day twice; keep one of them")
        return self


class Flow(Section):
    """Money that investors bring (+) or take (-), at the close of a trading day or of the one after it."""

    date: date
    amount: Annotated[float, Field(ge=-1e12, le=1e12)]

    @field_validator("amount")
    @classmethod
    def _something_flows(cls, amount: float) -> float:
        if amount == 0.0:
            raise ValueError("an amount of 0 is no flow; leave it out")
        return amount


class Constraints(Section):
    """Limits on weights, fractions of NAV. Long only always holds. Caps and floors by label are tables."""

    fully_invested: bool = False
    """Scale the strategy's wish to all that the cash floor leaves; otherwise what it leaves out is cash."""
    min_cash: Fraction = 0.0
    max_name: Fraction | None = None
    min_name: Fraction | None = None
    """The least weight of a name that the strategy wishes at all."""
    max_theme: dict[Theme, Fraction] = Field(default_factory=dict)
    min_theme: dict[Theme, Fraction] = Field(default_factory=dict)
    max_sector: dict[Text, Fraction] = Field(default_factory=dict)
    min_sector: dict[Text, Fraction] = Field(default_factory=dict)
    max_country: dict[Country, Fraction] = Field(default_factory=dict)
    min_country: dict[Country, Fraction] = Field(default_factory=dict)
    max_currency: dict[Currency, Fraction] = Field(default_factory=dict)
    min_currency: dict[Currency, Fraction] = Field(default_factory=dict)
    max_issuer: Fraction | None = None
    """All lines of one issuer together."""
    max_issuer_group: Fraction | None = None
    """All issuers of one group of companies together."""
    ucits_5_10_40: bool = False
    """Issuers at most 10 %, those above 5 % at most 40 % together, groups of companies at most 20 %."""
    ucits_index_20: bool = False
    """Issuers at most 20 %: a fund that replicates an index."""
    max_turnover: Fraction | None = None
    """One way, of each rebalance; the first purchase is free."""
    min_trade: Fraction = 0.0
    """A smaller trade is not made; a full exit is."""
    no_trade_band: Fraction = 0.0
    """A name this near to its target is left alone."""
    trade_to: Literal["target", "edge"] = "target"
    """Where a name outside its band is traded to."""
    max_adv_share: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """Share of average daily traded value in one day; the rest is carried over to the next days."""
    adv_days: Annotated[int, Field(ge=5, le=260)] = 20
    whole_shares: bool = False

    @model_validator(mode="after")
    def _floors_lie_under_caps(self) -> Constraints:
        for label in ("theme", "sector", "country", "currency"):
            caps, floors = getattr(self, f"max_{label}"), getattr(self, f"min_{label}")
            for name in sorted(set(caps) & set(floors)):
                if floors[name] > caps[name]:
                    raise ValueError(
                        f"min_{label}.{name} {floors[name]:g} is above max_{label}.{name} {caps[name]:g}; "
                        "lower the floor or raise the cap"
                    )
        if self.min_name is not None and self.max_name is not None and self.min_name > self.max_name:
            raise ValueError(f"min_name {self.min_name:g} is above max_name {self.max_name:g}; lower the floor")
        if self.ucits_5_10_40 and self.ucits_index_20:
            raise ValueError("ucits_5_10_40 and ucits_index_20 are two kinds of fund; keep the one that applies")
        if self.trade_to == "edge" and self.no_trade_band == 0.0:
            raise ValueError('trade_to = "edge" needs a no_trade_band')
        return self


class Costs(Section):
    """What trading and holding cost. Rates are of traded value; fixed amounts are for each order."""

    commission_bps: BasisPoints = 0.0
    commission_fixed: Money = 0.0
    commission_minimum: Money = 0.0
    half_spread_bps: BasisPoints = 0.0
    """Of every name that the table of half-spreads does not hold."""
    buy_tax_bps: BasisPoints = 0.0
    sell_tax_bps: BasisPoints = 0.0
    taxes: Literal["none", "by_country"] = "none"
    """`by_country` adds the transaction taxes of each company's country, with their dates."""
    tax_table: Path | None = None
    """A table of the firm's own instead of the built-in one."""
    impact: bool = False
    impact_coefficient: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    """Cost as a fraction of a trade: coefficient x daily volatility x square root of trade / average daily value."""
    impact_days: Annotated[int, Field(ge=10, le=260)] = 20
    """Trading days behind the volatility and the average daily value of the impact."""
    fx_bps: BasisPoints = 0.0
    """Of trades in another currency than the base."""
    custody_bps: BasisPoints = 0.0
    """A year, of NAV; accrues daily by actual days and is paid when the portfolio is next traded."""
    delisting_haircut: Fraction = 0.0
    capital: Annotated[float, Field(gt=0.0, le=1e12)] = 100_000_000.0
    """Starting capital. It decides days to liquidate, fixed costs and impact; without those, not returns."""

    @model_validator(mode="after")
    def _the_table_is_used(self) -> Costs:
        if self.tax_table is not None and self.taxes != "by_country":
            raise ValueError('tax_table needs taxes = "by_country"')
        return self


class ShareClass(Section):
    name: Text
    currency: Currency
    ongoing_charge: Fraction
    initial_charge: Fraction = 0.0
    hedged: bool = False
    """The base currency is sold forward against the class's, for the class's value, anew at each month end."""
    distributing: bool = False
    """It pays out the income it receives."""
    performance_fee: Fraction = 0.0
    """Share of the gain above the high-water mark, accrued daily."""
    fee_crystallises: Literal["year_end", "quarter_end", "month_end"] = "year_end"
    """When an accrued performance fee is paid and the high-water mark moves up."""
    management_fee: Fraction | None = None
    """Part of the ongoing charge."""
    exit_charge: Fraction = 0.0
    isin: Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")] | None = None
    sedol: Annotated[str, Field(pattern=r"^[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]$")] | None = None
    launch: date | None = None
    minimum: Money | None = None
    """The least first investment, in the currency of the class."""
    record: Path | None = None
    """The class's own prices from its launch on, net of its charges; its figures are then actual from that day."""

    @field_validator("isin")
    @classmethod
    def _check_digit(cls, isin: str | None) -> str | None:
        if isin is None:
            return None
        digits = "".join(str(int(character, 36)) for character in isin)
        doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
        if sum(n // 10 + n % 10 for n in doubled) % 10:
            raise ValueError("its check digit does not fit")
        return isin

    @field_validator("sedol")
    @classmethod
    def _check_digit_of_sedol(cls, sedol: str | None) -> str | None:
        if sedol is None:
            return None
        weighted = sum(w * int(c, 36) for w, c in zip((1, 3, 1, 7, 3, 9, 1), sedol, strict=True))
        if weighted % 10:
            raise ValueError("its check digit does not fit")
        return sedol

    @model_validator(mode="after")
    def _one_security(self) -> ShareClass:
        if self.isin and self.sedol and self.isin.startswith("GB00") and self.isin[4:11] != self.sedol:
            raise ValueError(
                f"sedol {self.sedol} is not the one inside isin {self.isin}, which is {self.isin[4:11]}; one is wrong"
            )
        if self.record is not None and self.launch is None:
            raise ValueError("record needs launch, the day of its first price; add it")
        if self.management_fee is not None and self.management_fee > self.ongoing_charge:
            raise ValueError(
                f"ongoing_charge {self.ongoing_charge:g} is below the management_fee {self.management_fee:g} that is "
                "part of it; raise the one or lower the other"
            )
        return self
