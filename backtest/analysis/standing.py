"""How strategies stand to doing nothing, and each to itself in the other half of the window, in figures and words.

Every sentence follows from the figures: where the same strategy leads both halves, the page says that too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.stats import rankdata

from backtest.analysis.report import Figure
from backtest.metrics.summary import defined
from backtest.metrics.trials import expected_best

Leaders = tuple[tuple[str, int], ...]
FEWEST = 3
"""Strategies without which the order of the halves cannot be compared."""


@dataclass(frozen=True)
class Standing:
    """What the sentences are made of. Ranks are by Sharpe ratio, 1 the highest; equals share a rank."""

    strategies: int
    """With a row, doing nothing left out."""
    ahead: tuple[int, int, int]
    """Strategies with a higher Sharpe ratio than doing nothing: whole window, first half, second half."""
    moved: int
    """Strategies, doing nothing among them, whose rank in the second half is another than in the first."""
    leaders: tuple[Leaders, Leaders]
    """Who has rank 1 in the first half, with the rank in the second; then the other way round. A rank of 0 is none."""
    correlation: Figure
    """Of the two halves' ranks (Spearman): 1 is the same order twice, -1 the reverse. None for fewer than three."""
    same: tuple[str, ...]
    """Strategies that made to the day what doing nothing made."""
    lucky: Figure
    """How far the best Sharpe ratio is expected above the mean of all by luck alone. None for a single strategy."""
    found: Figure
    """How far it does lie above it."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "strategies": self.strategies,
            "ahead_of_doing_nothing": dict(zip(("whole", "first_half", "second_half"), self.ahead, strict=True)),
            "ranks_moved": self.moved,
            "leaders": {
                "first_half": {name: {"rank_in_second": rank} for name, rank in self.leaders[0]},
                "second_half": {name: {"rank_in_first": rank} for name, rank in self.leaders[1]},
            },
            "rank_correlation": self.correlation.to_dict(),
            "same_as_doing_nothing": list(self.same),
            "lucky": self.lucky.to_dict(),
            "found": self.found.to_dict(),
        }


def standing_of(
    whole: Mapping[str, float | None],
    halves: Sequence[Mapping[str, float | None]],
    same: tuple[str, ...],
    nothing: str,
    window: tuple[date, date],
) -> Standing:
    """From Sharpe ratios by strategy, None where undefined: over the window, and in its two halves.

    same: who made what doing nothing made; nothing: the name of doing nothing; window: first and last close.
    """
    first, second = (ranks_of(half) for half in halves)
    rivals = np.array([_rounded(value) for name, value in whole.items() if name != nothing])
    several = len(rivals) > 1

    def ratio(value: float) -> Figure:
        return Figure(defined(value), "ratio", 2, *window, "simulated")

    return Standing(
        strategies=len(rivals),
        ahead=(_ahead(whole, nothing), _ahead(halves[0], nothing), _ahead(halves[1], nothing)),
        moved=sum(first.get(name) != second.get(name) for name in whole),
        leaders=(_leaders(first, second), _leaders(second, first)),
        correlation=ratio(_rank_correlation(first, second)),
        same=same,
        lucky=ratio(expected_best(float(rivals.std(ddof=1)), len(rivals)) if several else np.nan),
        found=ratio(float(rivals.max() - rivals.mean()) if several else np.nan),
    )


def ranks_of(sharpe: Mapping[str, float | None]) -> dict[str, int]:
    """Rank 1 for the highest; equals share the better rank, and the next one is left out. None has no rank."""
    known = {name: -_rounded(value) for name, value in sharpe.items() if value is not None}
    return dict(zip(known, rankdata(list(known.values()), method="min").astype(int).tolist(), strict=True))


def _rounded(value: float | None) -> float:
    """NaN for None. Far below what is printed: the same portfolio, summed in another order, is no better one."""
    return float("nan") if value is None else round(value, 12)


def _ahead(sharpe: Mapping[str, float | None], nothing: str) -> int:
    return sum(_rounded(value) > _rounded(sharpe[nothing]) for value in sharpe.values())


def _leaders(here: Mapping[str, int], there: Mapping[str, int]) -> Leaders:
    return tuple((name, there.get(name, 0)) for name, rank in here.items() if rank == 1)


def _rank_correlation(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Spearman's, over those with both ranks; equals take the mean of theirs. NaN where undefined."""
    names = [name for name in first if name in second]
    ranks = [rankdata([part[name] for name in names]) for part in (first, second)]
    if len(names) < FEWEST or any(np.ptp(rank) == 0.0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def sentences_of(standing: Standing, nothing: str) -> tuple[str, ...]:
    """What the figures mean, in plain words, whatever they are."""
    whole, first, second = standing.ahead
    count = standing.strategies
    said = [
        f"A higher Sharpe ratio than doing nothing ({nothing}): {whole} of {count} strategies over the whole window, "
        f"{first} in its first half, {second} in its second.",
        _order(standing),
        _tried(standing),
    ]
    if standing.same:
        names = ", ".join(standing.same)
        said += [f"The same as doing nothing on every day, so that the idea was not put to the test here: {names}."]
    return tuple(said)


def _order(standing: Standing) -> str:
    said = [f"{standing.moved} of {standing.strategies + 1} ranks differ between the two halves."]
    for here, there, leaders in zip(("first", "second"), ("second", "first"), standing.leaders, strict=True):
        if leaders:
            led = ", ".join(f"{name} (rank {rank or 'unknown'} in the {there})" for name, rank in leaders)
            said += [f"Rank 1 in the {here} half: {led}."]
    if standing.correlation.value is not None:
        said += [f"The rank correlation is {standing.correlation}: 1 is the same order twice, −1 the reverse."]
    return " ".join(said)


def _tried(standing: Standing) -> str:
    count = standing.strategies
    said = f"{count} {'strategy was' if count == 1 else 'strategies were'} tried here, each with one set of parameters."
    if standing.lucky.value is None:
        return said
    return (
        f"{said} If luck alone told them apart, the best of so many would be expected {standing.lucky} above the mean "
        f"of their Sharpe ratios; it lies {standing.found} above it. That takes them as independent: strategies that "
        "resemble each other stand out less by luck (Bailey and Lopez de Prado, The Deflated Sharpe Ratio, 2014)."
    )
