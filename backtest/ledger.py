"""Replays a result's orders through vectorbt and compares the NAV, day by day: the second witness.

The only importer of vectorbt. Its import takes seconds, so the replay runs in a process of its own, `python -m
backtest.ledger FOLDER`, started while the sheet renders. There the Rust engine does the work, and numba, which vectorbt
imports but does not need then, is told not to compile (NUMBA_DISABLE_JIT=1).

How our world maps to vectorbt's is told at `to_vectorbt`. Order prices, order costs and flows are taken at their word,
for the replay is about what follows from them; custody is computed anew, from vectorbt's own values. A day counts as
different when the NAV is, and from the day on which vectorbt did not fill an order in full, money came from nowhere, or
custody or the components of cost do not add up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.errors import JevonsError, RunError
from backtest.result import Floats, Replay, Result, orders_of, read_result, segment_of

TOLERANCE = 1e-9
CASH, OUTSIDE = "(cash)", "(outside)"  # no ticker looks like these
FILE = "verification.json"
NO_ORDER = 1e-12  # units: vectorbt takes so small an order for none
DAYS_PER_YEAR = 365.25  # of custody


@dataclass(frozen=True)
class Verification:
    """What the replay found. verified: every day of every variant agrees to a relative 1e-9."""

    verified: bool
    max_relative_difference: float
    worst_date: str  # ISO date of the largest difference
    days: int
    vectorbt_version: str


@dataclass(frozen=True)
class Orders:
    """What vectorbt is told, on every day (T, V, M + 2): the names of the replay, (cash) and (outside)."""

    units: Floats  # bought (+) or sold (-); NaN without an order
    prices: Floats
    fees: Floats  # money
    close: Floats  # (T, M + 2)


def to_vectorbt(result: Result, replay: Replay) -> Any:
    """The run as a vectorbt Portfolio, one group per variant, for its trade records and its own analysis.

    Columns are (variant, asset). Each order is an amount of units at our order price, its cost a fixed fee. Two assets
    are no names: (cash) earns interest, bought and sold free of cost at the level of the cash series; (outside), at
    price 1, holds what investors will bring, and receives what they take, the custody that is paid and what a sale
    costs beyond its proceeds. A name worth nothing on its last day is sold at price 1, with all of it as the fee.
    vectorbt's own cash is where money passes through: `capital` lies idle in it, and as much in (outside), so that no
    order is cut for want of a rounding error. The value of a group is therefore not our NAV: see `replayed_nav`. What
    remains of a position after a sale is lost in vectorbt when it is less than a billionth of it.

    Never print a number from its accessors in a sheet: its conventions differ from the house's. Imports vectorbt.
    """
    import pandas as pd
    import vectorbt as vbt

    orders, variants = _orders(result, replay), result.nav.shape[1]
    assets = [*replay.assets, CASH, OUTSIDE]
    columns = pd.MultiIndex.from_product([range(variants), assets], names=["variant", "asset"])
    wide = (len(result.dates), len(columns))
    return vbt.Portfolio.from_orders(
        pd.DataFrame(np.tile(orders.close, variants), index=pd.DatetimeIndex(result.dates), columns=columns),
        size=orders.units.reshape(wide),
        size_type="amount",
        direction="longonly",
        price=orders.prices.reshape(wide),
        fixed_fees=orders.fees.reshape(wide),
        allow_partial=False,
        init_cash=3.0 * result.capital + _brought(result),
        group_by="variant",
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
        engine="rust",
    )


def _brought(result: Result) -> float:
    """Money that investors bring after the first day."""
    return float(np.maximum(result.flows, 0.0).sum())


def _orders(result: Result, replay: Replay) -> Orders:
    """Every order of names, of cash, and of what crosses the border of the portfolio."""
    held = [result.assets.index(asset) for asset in replay.assets]
    days, level = result.trade_days, replay.cash[result.trade_days]
    cash = result.cash / level[:, None]
    ordered = np.dstack([orders_of(result)[:, :, held], np.diff(cash, axis=0, prepend=np.zeros_like(cash[:1]))])
    price = np.broadcast_to(np.column_stack([result.order_prices[:, held], level])[:, None], ordered.shape)
    worthless = price == 0.0
    price = np.where(worthless | np.isnan(price), 1.0, price)
    cost = np.dstack([result.order_costs[:, :, held], np.zeros(cash.shape)]) + np.where(worthless, -ordered, 0.0)
    fee = np.where(ordered > 0.0, cost, np.minimum(cost, -ordered * price))
    fee[np.abs(ordered) <= NO_ORDER] = 0.0
    outward = np.zeros(result.nav.shape) - result.flows[:, None]
    outward[0] += result.capital + _brought(result)
    outward[days] += (cost - fee).sum(axis=2) + _custody_paid(result)

    shape = (*result.nav.shape, len(held) + 2)
    units, prices, fees = np.zeros(shape), np.ones(shape), np.zeros(shape)
    units[days, :, :-1], prices[days, :, :-1], fees[days, :, :-1] = ordered, price, fee
    units[:, :, -1] = outward
    units[np.abs(units) <= NO_ORDER] = np.nan
    close = np.column_stack([_without_gaps(replay.prices), replay.cash, np.ones(len(result.dates))])
    return Orders(units, prices, fees, close)


def _custody_paid(result: Result) -> Floats:
    """(K, V) money: what was owed before each trade, less what is owed after it."""
    settled = np.cumsum(result.charges, axis=0)[result.trade_days] - result.owed
    return np.diff(settled, axis=0, prepend=np.zeros_like(settled[:1]))


def replayed_nav(portfolio: Any, result: Result, replay: Replay) -> Floats:
    """(T, V) the NAV that vectorbt's portfolio of `to_vectorbt` comes to, money.

    Its value, without (outside) and the cash that lies idle, less the custody owed. NaN from the first day on which
    what it holds, its idle cash, the custody accrued or the sum of the costs is not what the result says, to 1e-9 of
    NAV: a refused order shows here, even where it would not move NAV.
    """
    days, variants = result.nav.shape
    units = np.asarray(portfolio.assets(), dtype=np.float64).reshape(days, variants, -1)
    idle = np.asarray(portfolio.cash(), dtype=np.float64).reshape(days, variants)
    value = np.asarray(portfolio.value(), dtype=np.float64).reshape(days, variants)
    gross = value - units[:, :, -1] - result.capital
    accrued, owed = _custody_owed(gross, result)
    nav = gross - owed

    ours = np.dstack([result.units, result.cash / replay.cash[result.trade_days][:, None]])
    held = [*(result.assets.index(asset) for asset in replay.assets), -1]
    close = np.column_stack([_without_gaps(replay.prices), replay.cash])[:, None]
    apart = np.abs((units[:, :, :-1] - ours[segment_of(result)][:, :, held]) * close).max(axis=2)
    apart = np.maximum(apart, np.abs(idle - result.capital))
    apart = np.maximum(apart, np.abs(accrued - result.charges))
    apart[result.trade_days] += np.abs(result.costs.sum(axis=2) - result.order_costs.sum(axis=2))
    wrong = ~(apart <= TOLERANCE * np.abs(nav))
    return np.where(np.logical_or.accumulate(wrong, axis=0), np.nan, nav)


def _custody_owed(gross: Floats, result: Result) -> tuple[Floats, Floats]:
    """Custody accrued each day and owed at its close (T, V), money. gross: (T, V) value before what is owed.

    Each step of d days adds 1 - (1 - custody)^(d / 365.25) of the NAV before it; a trade leaves what the result says.
    """
    share = 1.0 - (1.0 - result.custody) ** (np.diff(result.dates).astype(np.float64) / DAYS_PER_YEAR)
    after_trade = dict(zip(result.trade_days.tolist(), result.owed, strict=True))
    accrued, owed = np.zeros_like(gross), np.zeros_like(gross)
    owed[0] = after_trade.get(0, 0.0)
    for day in range(1, len(gross)):
        accrued[day] = share[day - 1] * (gross[day - 1] - owed[day - 1])
        owed[day] = after_trade.get(day, owed[day - 1] + accrued[day])
    return accrued, owed


def _without_gaps(prices: Floats) -> Floats:
    """Prices with the last one carried forward and the first one back: vectorbt values every column on every day."""
    filled = prices.copy()
    for column in filled.T:
        known = np.flatnonzero(~np.isnan(column))
        place = np.clip(np.searchsorted(known, np.arange(len(column)), side="right") - 1, 0, None)
        column[:] = column[known[place]]
    return filled


def compare(ours: Floats, theirs: Floats, dates: NDArray[np.datetime64], version: str) -> Verification:
    """Two NAV arrays (T, V), day by day. No number on either side counts as a difference of one."""
    known = np.isfinite(ours) & np.isfinite(theirs)
    scale = np.where(known & (ours != 0.0), np.abs(ours), 1.0)
    difference = np.abs(np.subtract(ours, theirs, out=np.ones(ours.shape), where=known)) / scale
    difference = difference.max(axis=1)
    worst = int(difference.argmax())
    return Verification(
        verified=bool(difference[worst] <= TOLERANCE),
        max_relative_difference=float(difference[worst]),
        worst_date=str(dates[worst]),
        days=len(dates),
        vectorbt_version=version,
    )


def verify(result: Result, replay: Replay) -> Verification:
    """Replay a result in this process and compare its NAV. Imports vectorbt."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # vectorbt's own deprecation warnings are not the reader's concern
        import vectorbt as vbt

        theirs = replayed_nav(to_vectorbt(result, replay), result, replay)
    return compare(result.nav, theirs, result.dates, str(vbt.__version__))


def start_verification(*folders: Path) -> subprocess.Popen[bytes]:
    """Start the replay of result folders in a process of its own; `finish_verification` waits for it."""
    for folder in folders:
        (folder / FILE).unlink(missing_ok=True)
    package = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (package, os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "backtest.ledger", *map(str, folders)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603


def finish_verification(process: subprocess.Popen[bytes], *folders: Path, timeout: float = 600.0) -> Verification:
    """What the replay wrote for the folders, the worst of it; verified only when every folder it was given is.

    Raises RunError when the replay ended without a finding: silence never counts as verified.
    """
    where = folders[0]
    try:
        _, said = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise RunError(
            f"{where}: the vectorbt replay took longer than {timeout:g} s and was stopped. Run it again."
        ) from None
    if process.returncode not in (0, 1) or not all((folder / FILE).is_file() for folder in folders):
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2] or f"exit code {process.returncode}"
        raise RunError(f"{where}: the vectorbt replay failed: {last}")
    worst = max(map(read_verification, folders), key=lambda found: (not found.verified, found.max_relative_difference))
    return replace(worst, verified=worst.verified and process.returncode == 0)


def read_verification(folder: Path) -> Verification:
    """The finding of an earlier replay of a result folder."""
    return Verification(**json.loads((folder / FILE).read_text(encoding="utf-8")))


def main(folders: Sequence[str]) -> int:
    """Verify each result folder and write verification.json into it; 0 when all agree, 1 when one does not."""
    if not folders:
        raise RunError("python -m backtest.ledger FOLDER [FOLDER ...]: no result folder given.")
    verified = True
    for name in folders:
        found = verify(*read_result(Path(name)))
        text = json.dumps(asdict(found), indent=1, sort_keys=True) + "\n"
        (Path(name) / FILE).write_text(text, encoding="utf-8")
        verified &= found.verified
    return 0 if verified else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except JevonsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
