"""The check of one strategy: the look-ahead proof, what its file reads, and whether it is fit for a sweep."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from backtest.artifacts import examples_folder
from backtest.errors import StrategyError, listed
from backtest.lookahead.asking import ask
from backtest.lookahead.draws import draw_sets, grids
from backtest.lookahead.findings import Finding
from backtest.lookahead.futures import WAYS
from backtest.lookahead.proof import Plan, grid_differs, in_columns, kept_state, leak, not_repeatable, refused
from backtest.lookahead.reads import findings_in, watched
from backtest.mandate import LoadedMandate, StrategyChoice, load_mandate
from backtest.market.prices import Panel, build_panel
from backtest.market.sources import read_market
from backtest.strategy import Strategy, available, load_strategy, strategies_folder

SAMPLE = "demo.toml"
PAST = 260
"""Trading days of past that a strategy has on the first date it is asked about, where the market is long enough."""
SPEEDS = (1, 100)
EXAMPLE_PARTS = ({"name": "hold_benchmark", "share": 0.5}, {"name": "cut_capex", "share": 0.5})

Tell = Callable[[str], None]


def silent(stage: str) -> None:
    """Hears of each stage and says nothing."""


@dataclass(frozen=True)
class CheckRequest:
    """What to check, on which market, and how hard. Without `what`, the strategy of the mandate."""

    what: str | None = None
    mandate: Path | None = None
    draws: int = 20
    days: int = 12
    seed: int = 0


@dataclass(frozen=True)
class Check:
    """What was tried and what was found."""

    strategy: str
    file: str
    sha256: str
    event_driven: bool
    market: str
    dates: tuple[str, ...]
    draws: int
    ways: tuple[str, ...]
    findings: tuple[Finding, ...]
    milliseconds: Mapping[int, float]  # variants -> a call's time; empty when the strategy refuses to answer

    @property
    def exit_code(self) -> int:
        return 1 if self.findings else 0

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return {
            "strategy": self.strategy,
            "file": self.file,
            "sha256": self.sha256,
            "event_driven": self.event_driven,
            "market": self.market,
            "dates": list(self.dates),
            "draws": self.draws,
            "ways": list(self.ways),
            "clean": not self.findings,
            "findings": [finding.to_dict() for finding in self.findings],
            "milliseconds_per_call": {str(v): round(ms, 4) for v, ms in self.milliseconds.items()},
        }


def check_strategy(request: CheckRequest, tell: Tell = silent) -> Check:
    """Put a strategy, by name or path, to the proof on a mandate's market or the sample. tell: hears of each stage.

    A finding is no error. Raises StrategyError, MandateError or DataError when there is nothing to check.
    """
    loaded = load_mandate(request.mandate or examples_folder() / SAMPLE)
    choice, folder = _choice(request, loaded)
    tell("market")
    panel = build_panel(read_market(loaded), loaded.mandate)
    market = f"the market of {request.mandate.name}" if request.mandate else "the sample market"
    return check_choice(choice, folder, panel, market, request, tell)


def check_choice(
    choice: StrategyChoice, folder: Path, panel: Panel, market: str, request: CheckRequest, tell: Tell = silent
) -> Check:
    """The check on a panel. choice: the strategy, its parameters the first set; folder: where its path starts."""
    choice = with_parts(choice, folder)
    files = _files(choice, folder)
    days, start = days_to_ask(panel, request)
    with watched(files) as opened:
        strategy = load_strategy(choice, folder)
        given = {**choice.parameters, **strategy.parameters}
        sets = draw_sets(strategy.allowed, given, request.draws, request.seed)
        plan = Plan(_loader(choice, folder), panel, days, start, sets, grids(strategy.allowed, sets), request.seed)
        plan, found, no_columns = _behaviour(plan, tell)
        tell("speed")
        refuses = any(finding.kind == "refuses" for finding in found)
        speeds = {} if refuses else _speeds(plan, SPEEDS[:1] if no_columns else SPEEDS)
    texts = [finding for path in files for finding in _text(path, panel)]
    lines = {(f.line, f.kind) for f in texts}
    outside = [f for f in opened if (f.line, f.kind) not in lines]
    return Check(
        strategy=strategy.name,
        file=str(files[0]),
        sha256=strategy.sha256,
        event_driven=strategy.should_trade is not None,
        market=f"{market}, {panel.dates[0]} to {panel.dates[-1]}, {len(panel.assets)} names",
        dates=tuple(str(panel.dates[day]) for day in days),
        draws=len(plan.sets),
        ways=tuple(WAYS),
        findings=(*found, *texts, *outside),
        milliseconds=MappingProxyType(speeds),
    )


def _choice(request: CheckRequest, loaded: LoadedMandate) -> tuple[StrategyChoice, Path]:
    """The strategy asked for, and the folder its path starts at; with the mandate's parameters where it is its own."""
    own, what = loaded.mandate.strategy, request.what
    if what is None:
        if request.mandate is None:
            raise StrategyError("strategies check: nothing named. Give a strategy, a file, or a mandate by --mandate.")
        return own, loaded.folder
    path = Path(what)
    if path.suffix == ".py" and not path.is_file():
        raise StrategyError(f"{what}: no such strategy file. Give the path of one, or a name: {listed(available())}.")
    is_file = path.suffix == ".py" or len(path.parts) > 1
    if not is_file:
        return (own if request.mandate and own.name == what else StrategyChoice(name=what)), loaded.folder
    if request.mandate and own.path is not None and (loaded.folder / own.path).resolve() == path.resolve():
        return own, loaded.folder
    return StrategyChoice(path=path.resolve()), Path()


def _loader(choice: StrategyChoice, folder: Path) -> Callable[[Mapping[str, Any]], Strategy]:
    """Loads the strategy anew from its file, parameters settled as in a run."""
    kept = {"name": choice.name, "path": choice.path}
    return lambda parameters: load_strategy(StrategyChoice.model_validate({**kept, **parameters}), folder)


def with_parts(choice: StrategyChoice, folder: Path) -> StrategyChoice:
    """A strategy that composes others and was given none is checked with two that ship."""
    path = _own_file(choice, folder)
    if "parts" in choice.parameters or not path.is_file():
        return choice
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
    except (SyntaxError, ValueError):  # loading says what is wrong, and where
        return choice
    functions = (n for n in nodes if isinstance(n, ast.FunctionDef))
    keywords = {k.arg for f in functions if f.name == "target_weights" for k in f.args.kwonlyargs}
    if not {"parts", "shares"} <= keywords:
        return choice
    return StrategyChoice.model_validate({**choice.model_dump(), "parts": EXAMPLE_PARTS})


def _own_file(choice: StrategyChoice, folder: Path) -> Path:
    return folder / choice.path if choice.path is not None else strategies_folder() / f"{choice.name}.py"


def _files(choice: StrategyChoice, folder: Path) -> tuple[Path, ...]:
    """The strategy's file, and those of the strategies that it is composed of."""
    own = _own_file(choice, folder)
    parts = choice.parameters.get("parts", ())
    inner = [_files(StrategyChoice.model_validate(dict(part)), folder) for part in parts if isinstance(part, Mapping)]
    return tuple(dict.fromkeys([own, *(path for files in inner for path in files)]))


def _text(path: Path, panel: Panel) -> tuple[Finding, ...]:
    return findings_in(path.read_bytes(), path.name, {*panel.assets, *panel.names})


def days_to_ask(panel: Panel, request: CheckRequest) -> tuple[tuple[int, ...], int]:
    """Random days t, ascending, each with a past and a future; and the first decision date, before all of them."""
    count = len(panel.dates)
    first = min(PAST, count // 3)
    if count - 1 - first < 2 or request.days < 1 or request.draws < 1:
        raise StrategyError(
            f"strategies check: {count} trading days, {request.days} dates and {request.draws} draws leave nothing to "
            "ask. Give a market of at least five trading days, and at least one date and one draw."
        )
    rng = np.random.Generator(np.random.PCG64(request.seed))
    chosen = rng.choice(np.arange(first, count - 1), min(request.days, count - 1 - first), replace=False)
    return tuple(sorted(int(day) for day in chosen)), first


def _behaviour(plan: Plan, tell: Tell) -> tuple[Plan, list[Finding], Finding | None]:
    """The plan as it was carried out, what the proof found, and whether the strategy takes columns (None: it does)."""
    tell("asking")
    plan, no_columns = in_columns(plan)
    tell("asking again")
    found: list[Finding | None] = [refused(plan), no_columns, not_repeatable(plan)]
    if found[-1] is None:  # whoever answers by chance would be accused of all the rest
        tell("changing the future")
        found.append(leak(plan))
        tell("after a whole run")
        found.append(kept_state(plan))
    if not any(found):
        tell("grids and single runs")
        found.append(grid_differs(plan, plan.days[::4]))
    return plan, [finding for finding in found if finding is not None], no_columns


def _speeds(plan: Plan, variants: tuple[int, ...]) -> dict[int, float]:
    """Milliseconds of a call on the last day asked about, the middle of five, for so many variants of the first set."""
    found = {}
    for count in variants:
        columns = {
            key: np.full((count, 1), value, dtype=np.float64) if count > 1 and _is_number(value) else value
            for key, value in plan.sets[0].items()
        }
        strategy, times = plan.fresh(columns), []
        for _ in range(5):
            question = plan.question(plan.days[-1])
            began = time.perf_counter()
            ask(strategy, question)
            times.append((time.perf_counter() - began) * 1e3)
        found[count] = float(np.median(times))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
