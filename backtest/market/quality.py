"""The data doctor: what is odd in the data that came in, before anything is computed from it.

Every check is one function that yields findings. A fatal finding stops the run unless the mandate accepts it, by id
and asset, with a reason; the reason travels with the finding into the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from backtest.errors import DataError, listed, nearest
from backtest.mandate import Accepted, Mandate
from backtest.market.align import Dates, Floats
from backtest.market.quality_checks import CHECKS, DataFinding, View
from backtest.market.raw import RawMarket
from backtest.market.spin_offs import on_ex_dates
from backtest.market.universe import inside_listing

__all__ = ["FINDINGS", "DataFinding", "examine", "findings_from_rows", "findings_to_rows", "survivors_only"]

FINDINGS = {
    "SPLIT-01": "a close that jumps like a split nobody listed",
    "SPLIT-02": "a listed split that the closes do not show",
    "JUMP-01": "a return beyond 60 % in one day",
    "SPIN-01": "a large dividend, a split and a spin-off, two of them on one day: a spin-off counted twice",
    "STALE-01": "the same close for twenty trading days or more, without volume",
    "GAP-01": "no close for more than five trading days inside the listing",
    "LIST-01": "closes outside the listing, left out",
    "SURV-01": "survivors only: nobody ever leaves the universe",
    "THEME-01": "theme labels younger than the window",
    "TICK-01": "dividends, splits and other events of tickers that are not in the universe",
    "FUND-01": "figures published on the last day of their period, as few companies do",
    "FUND-02": "nothing published in the last year of the window, or nothing at all by its end",
    "ADJ-01": "traded value from closes adjusted for dividends",
    "WIN-01": "the data do not reach the ends of the window",
    "CASH-01": "no cash rate: cash earns nothing",
    "CASH-02": "the cash rate was last given more than a year before the end",
    "CASH-03": "a cash index that falls",
    "ACC-01": "an accepted finding that does not occur",
}


def examine(raw: RawMarket, mandate: Mandate) -> tuple[DataFinding, ...]:
    """Every finding of the window, in the order of FINDINGS, then date and asset; accepted ones with their reason.

    Raises DataError for a fatal finding the mandate does not accept, and for an [[accept]] of an unknown finding.
    """
    for accepted in mandate.accept:
        _known(accepted)
    view = _view(raw, mandate)
    found = [_with_reason(finding, mandate.accept) for check in CHECKS for finding in check(view)]
    found += _unused(mandate.accept, found)
    order = list(FINDINGS)
    found.sort(key=lambda f: (order.index(f.id), f.date or date.min, f.asset or ""))
    _stop_on_fatal(found)
    return tuple(found)


def survivors_only(findings: Iterable[DataFinding]) -> bool:
    """True when a finding says that the universe holds survivors only: the sheet must then say so."""
    return any(finding.id == "SURV-01" for finding in findings)


def findings_to_rows(findings: Iterable[DataFinding]) -> list[dict[str, Any]]:
    """Findings as plain rows, for JSON; dates as text."""
    return [asdict(finding) | {"date": str(finding.date) if finding.date else None} for finding in findings]


def findings_from_rows(rows: Iterable[dict[str, Any]]) -> tuple[DataFinding, ...]:
    """The findings that findings_to_rows wrote."""
    return tuple(
        DataFinding(**row | {"date": date.fromisoformat(row["date"]) if row["date"] else None}) for row in rows
    )


def _view(raw: RawMarket, mandate: Mandate) -> View:
    days = raw.days(mandate.data.start, mandate.data.end)
    table = raw.closes.loc[days, list(raw.universe.index)].to_numpy(dtype=np.float64)
    stamps = days.to_numpy().astype("datetime64[D]")
    closes = np.where(inside_listing(raw.universe, stamps), table, np.nan)
    before = np.full_like(closes, np.nan)
    before[1:] = pd.DataFrame(closes).ffill().to_numpy()[:-1]
    # What the closes contain already does not move them any more.
    adjusted = mandate.data.price_adjustment
    splits = raw.splits if adjusted == "none" else raw.splits[:0]
    dividends = raw.dividends if adjusted != "total_return" else raw.dividends[:0]
    assets = tuple(raw.universe.index)
    ratios = _on_days(splits, "ratio", stamps, assets, np.ones(closes.shape), np.multiply)
    paid = _on_days(dividends, "amount", stamps, assets, np.zeros(closes.shape), np.add)
    return View(raw, mandate, stamps, assets, closes, before, ratios, paid, on_ex_dates(raw, stamps, assets))


def _on_days(
    events: pd.DataFrame,
    value: str,
    days: Dates,
    assets: tuple[str, ...],
    into: Floats,
    combine: np.ufunc,
) -> Floats:
    """`into` with each event written on its day, or the next day of the file; events outside are left out."""
    columns = {ticker: j for j, ticker in enumerate(assets)}
    mine = events[events["asset"].isin(columns)]
    when = mine["date"].to_numpy().astype("datetime64[D]")
    rows = np.searchsorted(days, when)
    for row, day, asset, amount in zip(rows, when, mine["asset"], mine[value], strict=True):
        if days[0] <= day <= days[-1]:
            into[row, columns[asset]] = combine(into[row, columns[asset]], amount)
    return into


def _known(accepted: Accepted) -> None:
    if accepted.finding not in FINDINGS:
        raise DataError(
            f"[[accept]] finding: there is no finding {accepted.finding}.{nearest(accepted.finding, FINDINGS)} "
            f"Allowed: {listed(FINDINGS, most=20)}."
        )


def _matches(accepted: Accepted, finding: DataFinding) -> bool:
    return accepted.finding == finding.id and accepted.asset in (None, finding.asset)


def _with_reason(finding: DataFinding, accepted: tuple[Accepted, ...]) -> DataFinding:
    reason = next((a.reason for a in accepted if _matches(a, finding)), None)
    return replace(finding, accepted_reason=reason)


def _unused(accepted: tuple[Accepted, ...], found: list[DataFinding]) -> list[DataFinding]:
    """A finding that was accepted and does not occur: the data changed, or the asset is misspelt."""
    return [
        DataFinding(
            "ACC-01",
            "note",
            a.asset,
            None,
            f"[[accept]] {a.finding}{f' for {a.asset}' if a.asset else ''}: it does not occur. Remove it.",
        )
        for a in accepted
        if not any(_matches(a, f) for f in found)
    ]


def _stop_on_fatal(found: list[DataFinding]) -> None:
    fatal = [f for f in found if f.severity == "fatal" and f.accepted_reason is None]
    if not fatal:
        return
    others = listed(sorted({f"{f.id} {f.asset} {f.date}" for f in fatal[1:]}), most=5)
    raise DataError(fatal[0].message + (f" Not accepted either: {others}." if fatal[1:] else ""))
