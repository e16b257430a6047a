"""The folder of a finished run, read back: its mandate, its market and the strategy's result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from backtest import artifacts
from backtest.carried import load_run_mandate
from backtest.errors import RunError
from backtest.mandate import Mandate
from backtest.market.panel import Panel, read_panel
from backtest.measure import as_of_date, weights_on
from backtest.metrics.performance import last_on_or_before
from backtest.metrics.summary import day
from backtest.result import Result, read_result

Floats = np.typing.NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A finished run: `last` is the row of the result's days on which the sheet's figures end."""

    folder: Path
    mandate: Mandate
    panel: Panel
    result: Result
    last: int

    @property
    def offset(self) -> int:
        """Row of the panel's days that is the result's first."""
        return last_on_or_before(self.panel.dates, self.result.dates[0])

    def weights(self, row: int) -> tuple[Floats, Floats]:
        """(N,) weights of the fund and of the benchmark at the close of a row of the result's days."""
        held = weights_on(self.panel, self.result, np.array([row]))[0]
        return held, np.nan_to_num(self.panel.benchmark_weights[self.offset + row])

    def returns(self, row: int, days: int) -> tuple[Floats, Floats]:
        """(D, N) and (D,) returns of names and of the benchmark over the `days` up to that row, fewer where the data
        begin later; NaN where a name has no price on one of two days."""
        end = self.offset + row
        span = slice(max(0, end - days), end + 1)
        prices, level = self.panel.prices[span], self.panel.benchmark[span]
        return prices[1:] / prices[:-1] - 1.0, level[1:] / level[:-1] - 1.0


def read_run(folder: Path) -> Run:
    """Read a run back, after checking that its files are the ones its manifest lists.

    Raises RunError for a folder that is no finished run, and for one whose files were changed since.
    """
    artifacts.check_manifest(folder)
    mandate = load_run_mandate(folder).mandate
    panel, (result, _) = read_panel(folder / artifacts.PANEL), read_result(folder / artifacts.RESULT)
    as_of = as_of_date(panel, day(result.dates[0]), mandate.report.as_of, str(folder / artifacts.MANDATE))
    return Run(folder, mandate, panel, result, last_on_or_before(result.dates, np.datetime64(as_of, "D")))


def row_of(run: Run, wanted: date | None, default: int, what: str) -> int:
    """Row of a wanted day, or of the last trading day before it; `default` when None.

    Raises RunError for a day before the first trade or after the last day of the run.
    """
    if wanted is None:
        return default
    first, last = day(run.result.dates[0]), day(run.result.dates[-1])
    if not first <= wanted <= last:
        raise RunError(
            f"{run.folder}, {what}: {wanted} is outside the run. Give a day from {first}, the first trade, to {last}."
        )
    return last_on_or_before(run.result.dates, np.datetime64(wanted, "D"))
