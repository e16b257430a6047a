"""Replays a result's orders through vectorbt and compares the NAV, day by day: the second witness.

The only importer of vectorbt. Its import takes seconds, so the replay runs in a process of its own, `python -m
backtest.ledger FOLDER`, started while the sheet renders. There the Rust engine does the work, and numba, which vectorbt
imports but does not need then, is told not to compile (NUMBA_DISABLE_JIT=1).

How our world maps to vectorbt's: each variant is a group that shares cash; each order is an amount of units at our
order price with the fee rate of its side; the cash that earns interest is one more asset, bought and sold free of cost
at the level of the cash series, so that vectorbt's own cash is nothing but what passes through on a trade date.
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
from backtest.result import Floats, Replay, Result, read_result

TOLERANCE = 1e-9
CASH = "(cash)"  # no ticker looks like this
FILE = "verification.json"


@dataclass(frozen=True)
class Verification:
    """What the replay found. verified: every day of every variant agrees to a relative 1e-9."""

    verified: bool
    max_relative_difference: float
    worst_date: str  # ISO date of the largest difference
    days: int
    vectorbt_version: str


def to_vectorbt(result: Result, replay: Replay) -> Any:
    """The run as a vectorbt Portfolio, one group per variant, for its trade records and its own analysis.

    Columns are (variant, asset), with one asset (cash). Never print a number from its accessors in a sheet: its
    conventions differ from the house's.
    """
    import pandas as pd
    import vectorbt as vbt

    units, prices, rates = _orders(result, replay)
    close = np.column_stack([_without_gaps(replay.prices), replay.cash])
    variants = result.nav.shape[1]
    columns = pd.MultiIndex.from_product([range(variants), [*replay.assets, CASH]], names=["variant", "asset"])
    return vbt.Portfolio.from_orders(
        pd.DataFrame(np.tile(close, variants), index=pd.DatetimeIndex(result.dates), columns=columns),
        size=units,
        size_type="amount",
        direction="longonly",
        price=prices,
        fees=rates,
        init_cash=result.capital,
        group_by="variant",
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
        engine="rust",
    )


def _orders(result: Result, replay: Replay) -> tuple[Floats, Floats, Floats]:
    """Units, prices and fee rates (T, V x (M + 1)), NaN units where nothing is ordered; the last asset is cash."""
    variants = result.cash.shape[1]
    held = [result.assets.index(asset) for asset in replay.assets]
    level = replay.cash[result.trade_days]  # (K,)
    after = result.cash / level[:, None]
    before = np.vstack([np.zeros((1, variants)), after[:-1]])
    ordered = np.concatenate([result.orders[:, :, held], (after - before)[:, :, None]], axis=2)
    price = np.column_stack([result.order_prices[:, held], level])
    rate = np.where(ordered > 0.0, result.buy_rate, result.sell_rate)
    rate[:, :, -1] = 0.0
    shape = (len(result.dates), variants, len(held) + 1)
    units, prices, rates = np.full(shape, np.nan), np.ones(shape), np.zeros(shape)
    units[result.trade_days] = np.where(ordered == 0.0, np.nan, ordered)
    prices[result.trade_days] = np.where(np.isnan(price), 1.0, price)[:, None, :]
    rates[result.trade_days] = rate
    wide = (shape[0], shape[1] * shape[2])
    return units.reshape(wide), prices.reshape(wide), rates.reshape(wide)


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

        value = np.asarray(to_vectorbt(result, replay).value(), dtype=np.float64)
    return compare(result.nav, value.reshape(result.nav.shape), result.dates, str(vbt.__version__))


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
