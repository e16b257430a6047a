"""The mandate's constraints laid out over the assets of a panel, once, for the kernels that use them at decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from backtest.constraints.solver import Ints, Layout
from backtest.errors import ConstraintError, listed, nearest
from backtest.market.align import Floats, frozen
from backtest.terms import Constraints

MEMBERSHIP = "membership"
UNTRADED = "untraded"
MAX_ADV_SHARE = "max_adv_share"
DIMENSIONS = {"theme": "themes", "sector": "sectors", "country": "countries", "currency": "currencies"}
UCITS_ISSUER, UCITS_INDEX, UCITS_GROUP = 0.10, 0.20, 0.20
MARKED = (
    "membership", "min_cash", "max_name", "min_name", "max_issuer", "max_issuer_group", "ucits_5_10_40",
    "ucits_group_20", "ucits_index_20", "max_turnover", "no_trade_band", "min_trade",
)  # fmt: skip
NONE = np.inf  # a cap that is not set


class Labels(Protocol):
    """What is needed of a panel: the labels of its N assets. Empty issuers: each line is its own."""

    @property
    def assets(self) -> Sequence[str]: ...
    @property
    def themes(self) -> Sequence[str]: ...
    @property
    def sectors(self) -> Sequence[str]: ...
    @property
    def countries(self) -> Sequence[str]: ...
    @property
    def currencies(self) -> Sequence[str]: ...
    @property
    def issuers(self) -> Sequence[str]: ...
    @property
    def issuer_groups(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Group:
    """Assets that share a label on which the mandate sets a cap, a floor or both."""

    dimension: str  # theme, sector, country or currency
    label: str
    low: float  # 0.0 when no floor is set
    high: float  # 1.0 when no cap is set
    assets: Ints  # their positions, ascending

    @property
    def floor(self) -> str:
        """The floor's name."""
        return f"min_{self.dimension}.{self.label}"

    @property
    def cap(self) -> str:
        """The cap's name."""
        return f"max_{self.dimension}.{self.label}"


class Marks(NamedTuple):
    """What the kernels need to say which constraints bind: positions in `Limits.names`, -1 where none; and caps."""

    places: Ints  # (12,) of MARKED
    groups: Ints  # (2, G) of floors and caps
    caps: Floats  # (3,) on names, issuers and groups of companies; infinite when not set or out of reach


@dataclass(frozen=True)
class Limits:
    """The mandate's constraints over N assets, G groups and C names that can bind."""

    names: tuple[str, ...]  # (C,)
    constraints: Constraints
    groups: tuple[Group, ...]  # (G,)
    issuers: tuple[str, ...]  # names of the issuers, by the numbers in layout.names[ISSUER]
    companies: tuple[str, ...]
    layout: Layout
    marks: Marks
    room: float  # 1 less min_cash
    turnover: float  # infinite when not set
    free: bool  # long only and membership are all there is


def lay_out(constraints: Constraints, panel: Labels) -> Limits:
    """The constraints of a mandate over the assets of a panel.

    Raises ConstraintError for a sector, country, currency or theme with a cap or a floor above zero that no asset has.
    """
    groups = _groups(constraints, panel)
    issuers, issuer_of = _numbered(tuple(panel.issuers or panel.assets))
    companies, company_of = _numbered(tuple(panel.issuer_groups)) if panel.issuer_groups else (issuers, issuer_of)
    names = _names(constraints, groups)
    layout = _layout(constraints, groups, issuer_of, company_of)
    return Limits(
        names=names,
        constraints=constraints,
        groups=groups,
        issuers=issuers,
        companies=companies,
        layout=layout,
        marks=_marks(constraints, groups, names),
        room=1.0 - constraints.min_cash,
        turnover=NONE if constraints.max_turnover is None else constraints.max_turnover,
        free=names == (MEMBERSHIP, UNTRADED) and not constraints.fully_invested,
    )


def issuer_cap(constraints: Constraints) -> float:
    """The most that all lines of one issuer may weigh together, infinite when nothing limits them."""
    caps = [NONE if constraints.max_issuer is None else constraints.max_issuer]
    caps += [UCITS_ISSUER] if constraints.ucits_5_10_40 else []
    caps += [UCITS_INDEX] if constraints.ucits_index_20 else []
    return min(caps)


def company_cap(constraints: Constraints) -> float:
    """The most that all issuers of one group of companies may weigh together, infinite when nothing limits them."""
    caps = [NONE if constraints.max_issuer_group is None else constraints.max_issuer_group]
    caps += [UCITS_GROUP] if constraints.ucits_5_10_40 else []
    return min(caps)


def _groups(constraints: Constraints, panel: Labels) -> tuple[Group, ...]:
    """Groups of a cap below one or a floor above zero, by dimension and label."""
    found = []
    for dimension, field in DIMENSIONS.items():
        caps: dict[str, float] = getattr(constraints, f"max_{dimension}")
        floors: dict[str, float] = getattr(constraints, f"min_{dimension}")
        labels = np.asarray(getattr(panel, field), dtype=object)
        for label in sorted({*caps, *floors}):
            low, high = floors.get(label, 0.0), caps.get(label, 1.0)
            assets = np.flatnonzero(labels == label)
            if len(assets) == 0:
                _refuse_label(f"{'max' if label in caps else 'min'}_{dimension}", dimension, label, sorted(set(labels)))
            found.append(Group(dimension, label, low, high, assets.astype(np.int64)))
    return tuple(found)


def _refuse_label(key: str, dimension: str, label: str, known: Sequence[str]) -> None:
    plural = DIMENSIONS[dimension]
    raise ConstraintError(
        f"[constraints] {key}.{label}: no asset of the universe has {dimension} {label}.{nearest(label, known)} "
        f"The {plural} are: {listed(known)}."
    )


@lru_cache(maxsize=16)  # the same universe is laid out for the strategy, the baseline and every run of a sweep
def _numbered(labels: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    """The different labels in order of appearance, and the number of each asset's."""
    numbers: dict[str, int] = {}
    of = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
    return tuple(numbers), frozen(of)


def _names(constraints: Constraints, groups: Sequence[Group]) -> tuple[str, ...]:
    """Every name that can bind under this mandate, in the one order."""
    names = [MEMBERSHIP, UNTRADED]
    names += ["min_cash"] if constraints.min_cash > 0.0 else []
    names += [key for key in ("max_name", "min_name") if getattr(constraints, key) is not None]
    for group in groups:
        names += [group.cap] if group.label in getattr(constraints, f"max_{group.dimension}") else []
        names += [group.floor] if group.label in getattr(constraints, f"min_{group.dimension}") else []
    names += [key for key in ("max_issuer", "max_issuer_group") if getattr(constraints, key) is not None]
    names += ["ucits_5_10_40", "ucits_group_20"] if constraints.ucits_5_10_40 else []
    names += ["ucits_index_20"] if constraints.ucits_index_20 else []
    names += ["max_turnover"] if constraints.max_turnover is not None else []
    names += [key for key in ("no_trade_band", "min_trade") if getattr(constraints, key) > 0.0]
    names += [MAX_ADV_SHARE] if constraints.max_adv_share is not None else []
    return tuple(names)


def _marks(constraints: Constraints, groups: Sequence[Group], names: tuple[str, ...]) -> Marks:
    """A cap of one and a floor of zero cannot bind and are not looked for."""
    at = {name: position for position, name in enumerate(names)}
    floors = [at.get(group.floor, -1) if group.low > 0.0 else -1 for group in groups]
    caps = [at.get(group.cap, -1) if group.high < 1.0 else -1 for group in groups]
    single = [constraints.max_name, constraints.max_issuer, constraints.max_issuer_group]
    return Marks(
        places=frozen(np.array([at.get(key, -1) for key in MARKED], dtype=np.int64)),
        groups=frozen(np.array([floors, caps], dtype=np.int64)),
        caps=frozen(np.array([_within(cap) for cap in single])),
    )


def _within(cap: float | None) -> float:
    """The cap where it can be reached, infinite otherwise."""
    return NONE if cap is None or cap >= 1.0 else float(cap)


def _layout(constraints: Constraints, groups: Sequence[Group], issuer_of: Ints, company_of: Ints) -> Layout:
    """Arrays for the kernels. Issuers and companies of one line are caps on that line; the others are watched."""
    count = len(issuer_of)
    upper = np.full(count, 1.0 if constraints.max_name is None else constraints.max_name)
    for group in groups:
        if group.high == 0.0:  # exact from the start, and no multiplier need grow for it
            upper[group.assets] = 0.0
    by_issuer, by_company = issuer_cap(constraints), company_cap(constraints)
    lines, sisters = np.bincount(issuer_of)[issuer_of], np.bincount(company_of)[company_of]
    upper = np.where(lines == 1, np.minimum(upper, by_issuer), upper)
    upper = np.where(sisters == 1, np.minimum(upper, by_company), upper)
    watched = ((lines > 1) & (by_issuer < 1.0)) | ((sisters > 1) & (by_company < 1.0))
    cell, cell_start, cell_groups = _cells(groups, count)
    single = np.flatnonzero(~watched)
    single = single[np.argsort(cell[single], kind="stable")]
    lines_of = np.flatnonzero(watched)
    lines_of = lines_of[np.lexsort((issuer_of[lines_of], company_of[lines_of]))]
    new_company = np.diff(company_of[lines_of], prepend=-1) != 0
    new_issuer = new_company | (np.diff(issuer_of[lines_of], prepend=-1) != 0)
    issuer_start = np.append(np.flatnonzero(new_issuer), len(lines_of)) + len(single)
    company_start = np.append(np.flatnonzero(new_company[new_issuer]), new_issuer.sum())
    owners = len(issuer_start) - 1
    padded = np.append(company_start, np.full(owners + 1 - len(company_start), company_start[-1]))
    return Layout(
        upper=frozen(upper),
        names=frozen(np.array([np.concatenate([single, lines_of]), cell, issuer_of, company_of], dtype=np.int64)),
        cell_start=frozen(cell_start),
        cell_groups=frozen(cell_groups),
        groups=frozen(np.array([[g.low for g in groups], [g.high for g in groups]], dtype=np.float64)),
        owner_start=frozen(np.array([issuer_start, padded], dtype=np.int64)),
        owner_high=frozen(np.array([np.full(owners, by_issuer), np.full(owners, by_company)])),
        companies=len(company_start) - 1,
        least=0.0 if constraints.min_name is None else float(constraints.min_name),
    )


def _cells(groups: Sequence[Group], count: int) -> tuple[Ints, Ints, Ints]:
    """Cell of each asset (N,), and the groups of each cell as rows of compressed storage."""
    if not groups:
        nowhere = np.zeros(0, dtype=np.int64)
        return np.zeros(count, dtype=np.int64), np.zeros(1 + min(count, 1), dtype=np.int64), nowhere
    belongs: list[list[int]] = [[] for _ in range(count)]
    for g, group in enumerate(groups):
        for asset in group.assets.tolist():
            belongs[asset].append(g)
    numbers: dict[tuple[int, ...], int] = {}
    cell = np.array([numbers.setdefault(tuple(b), len(numbers)) for b in belongs], dtype=np.int64)
    sizes = [len(shared) for shared in numbers]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return cell, start, np.array([g for shared in numbers for g in shared], dtype=np.int64)
