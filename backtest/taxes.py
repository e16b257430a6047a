"""Transaction taxes on shares, by country, side and day: from a table with its laws to rates for each asset."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError, model_validator
from pydantic_core import ErrorDetails

from backtest.errors import DataError, listed, nearest
from backtest.terms import BasisPoints, Country, Section, Text

Floats = NDArray[np.float64]

BUILT_IN = Path(__file__).with_name("taxes.toml")
MAX_BYTES = 1_000_000
BASIS_POINT = 1e-4


class Tax(Section):
    """One row: what one side pays on shares of one country's companies between two days, both included."""

    country: Country
    side: Literal["buy", "sell", "both"]
    rate_bps: BasisPoints
    valid_from: date
    valid_to: date | None = None
    """None: still in force."""
    law: Text
    source: Text
    verified: bool = False
    """True only when the row was held against the text of the law."""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Tax:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}; put the later day last")
        return self

    def stands_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class TaxTable:
    """The rows of one table, which never contradict each other, and what messages call it."""

    where: str
    rows: tuple[Tax, ...]


def load_taxes(path: Path | None) -> TaxTable:
    """Read a table of [[tax]] rows; None is the built-in one.

    Raises DataError with file, row and key for what is malformed, and for two rows of one country and side that
    overlap.
    """
    where = "the built-in table of taxes" if path is None else str(path)
    rows = _rows(path or BUILT_IN, where)
    taxes = tuple(_tax(row, f"{where}, row {number}") for number, row in enumerate(rows, start=1))
    _refuse_overlaps(taxes, where)
    return TaxTable(where, taxes)


def rates(table: TaxTable, countries: tuple[str, ...], day: np.datetime64) -> tuple[Floats, Floats]:
    """Buy and sell tax (N,) on that day, fractions of traded value (0.005 is 50 bps), for companies of `countries`.

    A country without a row in force pays nothing: 0.0, never NaN.
    """
    today = day.astype("datetime64[D]").item()
    by_country = {"buy": dict[str, float](), "sell": dict[str, float]()}
    for tax in table.rows:
        if tax.stands_on(today):
            for side in _sides(tax):
                by_country[side][tax.country] = tax.rate_bps * BASIS_POINT
    buy, sell = (np.array([by_country[side].get(c, 0.0) for c in countries]) for side in ("buy", "sell"))
    return buy, sell


def periods(
    table: TaxTable, countries: tuple[str, ...], dates: NDArray[np.datetime64]
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Rates of many days at once: index (T,) of each day's period, and buy and sell tax (P, N) of each period.

    dates: (T,) ascending.  `buy[index[t]], sell[index[t]]` is what `rates` gives for dates[t], to the bit; periods are
    in the order of time, and each holds at least one day.  No dates: P is 0.
    """
    changes = {day for tax in table.rows if tax.country in countries for day in _changes(tax)}
    days = dates.astype("datetime64[D]")
    counted = np.searchsorted(np.array(sorted(changes), dtype="datetime64[D]"), days, side="right")
    _, first, index = np.unique(counted, return_index=True, return_inverse=True)
    both = [rates(table, countries, day) for day in days[first]]
    shape = (len(both), len(countries))
    buy, sell = (np.array([pair[side] for pair in both], dtype=np.float64).reshape(shape) for side in (0, 1))
    return index.astype(np.int64), buy, sell


def _changes(tax: Tax) -> list[date]:
    """The first day of a row, and the first day after it."""
    return [tax.valid_from] + ([] if tax.valid_to in (None, date.max) else [tax.valid_to + timedelta(days=1)])


def _sides(tax: Tax) -> tuple[str, ...]:
    return ("buy", "sell") if tax.side == "both" else (tax.side,)


# ------------------------------------------------------------------------------------------------------- reading


def _rows(path: Path, where: str) -> list[Any]:
    if not path.is_file():
        raise DataError(f"{where}: no such file. [costs] tax_table is a TOML file with one [[tax]] for each row.")
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{where}: {path.stat().st_size:,} bytes; a table of taxes has at most {MAX_BYTES:,}.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{where}: not UTF-8 text. Save the table as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: not valid TOML: {error}. Mend that line.") from None
    except OSError as error:
        raise DataError(f"{where}: cannot be read: {error.strerror}. Check the file's permissions.") from None
    strangers = [key for key in table if key != "tax"]
    rows = table.get("tax")
    if strangers or not isinstance(rows, list) or not rows:
        found = listed(strangers or [type(rows).__name__]) if table else "nothing"
        raise DataError(f"{where}: a table of taxes holds [[tax]] rows and nothing else; found {found}.")
    return rows


def _tax(row: Any, where: str) -> Tax:
    try:
        return Tax.model_validate(row)
    except ValidationError as error:
        raise DataError(f"{where}, {_explain(error.errors()[0])}") from None


def _explain(error: ErrorDetails) -> str:
    """One pydantic error as 'key: what was found, what is allowed, how to mend'."""
    key, known = ".".join(str(part) for part in error["loc"]), sorted(Tax.model_fields)
    if error["type"] == "extra_forbidden":
        return f"{key}: no such key.{nearest(key, known)} Allowed: {listed(known)}."
    if error["type"] == "missing":
        return f"{key}: missing. Add it."
    message = error["msg"].removeprefix("Value error, ")
    if not key:
        return f"{message}."
    return f"{key}: found {str(error['input'])[:60]!r}. {message}."


def _refuse_overlaps(taxes: tuple[Tax, ...], where: str) -> None:
    # Rows of one country and side in the order of their days: only neighbours can be the first to overlap.
    order = sorted(range(len(taxes)), key=lambda i: taxes[i].valid_from)
    latest: dict[tuple[str, str], int] = {}
    for i in order:
        for side in _sides(taxes[i]):
            before = latest.get((taxes[i].country, side))
            if before is not None and taxes[before].stands_on(taxes[i].valid_from):
                raise DataError(
                    f"{where}, rows {before + 1} and {i + 1}: both tax the {side} side of {taxes[i].country} on "
                    f"{taxes[i].valid_from}. Let valid_to of the one end the day before valid_from of the other."
                )
            latest[taxes[i].country, side] = i
