"""The proof by example that a strategy does not look ahead: change all that follows t, and its answer of t stays.

How a file can know the future at all, and what finds it:
- it reaches around History into the market: the market is another one, and so is its answer (`leak`);
- it keeps what it saw on a later day: it is asked about t after a whole run, and answers as if fresh (`kept_state`);
- it holds or reads what somebody prepared: no change of the market can show that, so it is reported (`reads`).
Each question is put to a strategy loaded anew, unless what it keeps is the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from backtest.errors import StrategyError
from backtest.lookahead.asking import Answer, Difference, Fresh, Question, ask, difference
from backtest.lookahead.draws import Grid, in_words
from backtest.lookahead.findings import Finding, Kind
from backtest.lookahead.futures import WAYS, scrambled_after
from backtest.market.prices import Panel
from backtest.strategy import Strategy

WALK = 40
"""Days of the run that a strategy has behind it when it is asked again."""
SAME = 1e-12
"""How far a grid may lie from its single runs: sums of rows may round otherwise."""


@dataclass(frozen=True)
class Plan:
    """Who is asked what: the strategy loaded anew by `fresh`, about each of `days`, with each set of parameters."""

    fresh: Fresh
    panel: Panel
    days: tuple[int, ...]  # ascending
    start: int  # the first decision date
    sets: tuple[Mapping[str, Any], ...]
    grids: tuple[Grid, ...]
    seed: int = 0

    def question(self, day: int) -> Question:
        return Question(self.panel, day, self.start)

    def put(self, parameters: Mapping[str, Any], question: Question) -> Answer:
        """The answer of a strategy that was never asked before."""
        return ask(self.fresh(parameters), question)

    @cached_property
    def first_answers(self) -> dict[tuple[int, int], Answer]:
        """(grid, day) -> the answer to which all others are held."""
        return {
            (k, day): self.put(grid.parameters, self.question(day))
            for day in self.days for k, grid in enumerate(self.grids)
        }  # fmt: skip

    def finding(
        self, kind: Kind, what: str, day: int, grid: Grid, found: Difference, way: str | None = None
    ) -> Finding:
        """A difference as a finding, with its date, asset and parameters."""
        date, words = str(self.panel.dates[day]), in_words(grid.parameters, found.row)
        asset = self.panel.assets[found.asset] if found.asset >= 0 else None
        about = f"its weight of {asset} is {found.before}" if asset else found.before
        by = f" ({found.amount:+.2g})" if asset else ""
        return Finding(
            kind=kind,
            message=f"{date}, {words}: {about}, and {found.after}{by} {what}",
            date=date, asset=asset, parameters=words, way=way, before=found.before, after=found.after,
        )  # fmt: skip


def in_columns(plan: Plan) -> tuple[Plan, Finding | None]:
    """The plan with each grid that is refused somewhere asked set by set, so that one bad set hides no other.

    With a finding when a grid is refused although each of its sets alone is not: the strategy takes no columns.
    """
    split: list[Grid] = []
    finding = None
    for k, grid in enumerate(plan.grids):
        bad = [day for day in plan.days if plan.first_answers[k, day].weights is None]
        alone = [Grid(plan.sets[i], (i,)) for i in grid.sets]
        split += alone if bad else [grid]
        if bad and finding is None and len(grid.sets) > 1:
            answers = [plan.put(one.parameters, plan.question(bad[0])) for one in alone]
            if all(answer.weights is not None for answer in answers):
                found = difference(answers[0], plan.first_answers[k, bad[0]])
                if found is not None:
                    finding = plan.finding("grid", "when the parameters are columns", bad[0], alone[0], found)
    return (replace(plan, grids=tuple(split)) if len(split) > len(plan.grids) else plan), finding


def leak(plan: Plan) -> Finding | None:
    """The first date, then asset, then set of parameters whose answer moves when what follows the date is changed."""
    for number, day in enumerate(plan.days):
        single = Grid(plan.sets[number % len(plan.sets)], (number % len(plan.sets),))
        asked = [(grid, plan.first_answers[k, day]) for k, grid in enumerate(plan.grids)]
        asked.append((single, plan.put(single.parameters, plan.question(day))))
        found = [f for way in WAYS for f in _moved(plan, day, way, number, asked)]
        if found:
            rank = {name: i for i, name in enumerate(plan.panel.assets)}
            return min(found, key=lambda f: rank.get(f.asset or "", len(rank)))
    return None


def _moved(plan: Plan, day: int, way: str, number: int, asked: list[tuple[Grid, Answer]]) -> Iterable[Finding]:
    """What moves at `day` when its future is changed in one way."""
    other = Question(WAYS[way](plan.panel, day, plan.seed + number), day, plan.start)
    for grid, before in asked:
        found = difference(before, plan.put(grid.parameters, other))
        if found is not None:
            yield plan.finding("looks ahead", f"once what follows is {way}", day, grid, found, way)


def not_repeatable(plan: Plan) -> Finding | None:
    """The first answer that is another one when the strategy is loaded anew and asked the same: it draws by chance."""
    for (k, day), before in plan.first_answers.items():
        found = difference(before, plan.put(plan.grids[k].parameters, plan.question(day)))
        if found is not None:
            return plan.finding(
                "not repeatable", "when it is loaded anew and asked the same", day, plan.grids[k], found
            )
    return None


def kept_state(plan: Plan) -> Finding | None:
    """The first answer that depends on earlier questions: asked in order of time, twice, and after a whole run."""
    spread = np.linspace(plan.start, len(plan.panel.dates) - 1, WALK).astype(int).tolist()
    run = sorted({*spread, *plan.days})
    passes: tuple[tuple[str, Sequence[int]], ...] = (
        ("after it was asked about earlier days", run),
        ("after it was asked about later days", plan.days[::-1]),
    )
    for k, grid in enumerate(plan.grids):
        strategy = plan.fresh(grid.parameters)
        for what, days in passes:
            for day in days:
                answers = [ask(strategy, plan.question(day)) for _ in range(2 if day in plan.days else 1)]
                for answer, when in zip(answers, (what, "when it is asked twice"), strict=False):
                    found = difference(plan.first_answers.get((k, day), answer), answer)
                    if found is not None:
                        return plan.finding("keeps state", when, day, grid, found)
    return None


def refused(plan: Plan) -> Finding | None:
    """The first date and set for which there are no weights: the strategy fails, or what it gives are none."""
    for (k, day), answer in plan.first_answers.items():
        if answer.weights is None:
            message = _told(plan, day, plan.grids[k], answer)
            return Finding(
                "refuses", message, date=str(plan.panel.dates[day]), parameters=in_words(plan.grids[k].parameters)
            )
    return None


def _told(plan: Plan, day: int, grid: Grid, answer: Answer) -> str:
    """The refusal with the set it is about: that of the single run which fails too, where the grid has several."""
    for i in grid.sets:
        single = plan.put(plan.sets[i], plan.question(day))
        if single.weights is None:
            return f"with {in_words(plan.sets[i])}: {single.refusal}"
    return f"in a grid: {answer.refusal}"


def grid_differs(plan: Plan, days: Sequence[int]) -> Finding | None:
    """The first set whose single run is not its row of the grid, or which can be asked singly only."""
    for day in days:
        for k, grid in enumerate(plan.grids):
            rows = plan.first_answers[k, day]
            for row, i in enumerate(grid.sets):
                single = plan.put(plan.sets[i], plan.question(day))
                one = Grid(plan.sets[i], (i,))
                if rows.weights is None or single.weights is None:
                    found = difference(single, rows)
                    if found is None or single.weights is None:
                        continue
                    return plan.finding("grid", "when the parameters are columns", day, one, found)
                found = difference(_row(rows, row, single), single)
                if found is not None:
                    return plan.finding("grid", "in a run of its own, without columns", day, one, found)
    return None


def _row(rows: Answer, row: int, single: Answer) -> Answer:
    """One variant of a grid's answer; the single run's own weights where they differ by rounding only."""
    if rows.weights is None or single.weights is None:
        return rows
    mine = rows.weights[row : row + 1]
    weights = np.where(np.abs(mine - single.weights) <= SAME, single.weights, mine)
    return Answer(weights, None if rows.trades is None else rows.trades[row : row + 1])


def prove_no_look_ahead(strategy: Strategy, panel: Panel, start_day: int, days: Iterable[int], seed: int = 0) -> None:
    """Scramble everything after each of `days`; StrategyError when the strategy's wish moves by as much as a bit.

    The short form for a strategy that is loaded already, as it is; the check of a file does more.
    """
    for day in days:
        before = ask(strategy, Question(panel, day, start_day))
        for attempt in range(2):
            other = scrambled_after(panel, day, seed + attempt)
            found = difference(before, ask(strategy, Question(other, day, start_day)))
            if found is not None:
                what = f"its weight of {panel.assets[found.asset]}" if found.asset >= 0 else "its answer"
                raise StrategyError(
                    f"strategy {strategy.name}, {panel.dates[day]}: looks ahead: {what}"
                    " moves when later data are scrambled. Use what History offers, which ends at the decision date."
                )
