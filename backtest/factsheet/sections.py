"""Which sections stand on the sheet, and where: today's order, or the mandate's own.

A section is a template of its name. Some may not be left out, because statements stand in them; and no block of
performance stands without its warning, wherever the mandate puts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backtest.errors import HouseError, listed, nearest

WIDTHS: dict[str, float] = {
    "first_side": 161.0,
    "first_main": 337.0,
    "first_foot": 515.0,
    "second_left": 277.0,
    "second_right": 222.0,
    "second_foot": 515.0,
}
"""The columns of the two pages and their widths, points, as sheet.css sets them."""

USUAL: dict[str, tuple[str, ...]] = {
    "first_side": ("objective", "key_facts", "characteristics", "assumptions"),
    "first_main": ("tiles", "growth", "returns", "drawdown", "risk_indicator"),
    "first_foot": ("notes",),
    "second_left": ("holdings", "concentration", "themes", "liquidity", "rebalances"),
    "second_right": ("exposures", "risk_figures"),
    "second_foot": ("commentary", "risks", "limits", "important", "glossary"),
}
"""What a column holds when the mandate does not say."""

USUAL_LIVE: dict[str, tuple[str, ...]] = USUAL | {
    "first_main": ("tiles", "growth", "returns"),
    "second_left": ("holdings", "concentration", "themes", "drawdown", "liquidity", "rebalances"),
    "second_right": ("risk_indicator", "exposures", "risk_figures"),
}
"""The same for a sheet with a simulated and an actual part, whose tables take more of page 1."""

ALWAYS = ("header", "top", "continued")
"""The band, the warning before the first figure, and the head of page 2: on every sheet, in their places."""

NEEDED: dict[str, float] = {
    "objective": 100.0, "key_facts": 150.0, "assumptions": 150.0, "risk_indicator": 150.0, "tiles": 280.0,
    "growth": 210.0, "returns": 330.0, "drawdown": 210.0, "notes": 280.0, "holdings": 270.0, "concentration": 200.0,
    "rebalances": 260.0, "risk_figures": 210.0, "exposures": 210.0, "themes": 210.0, "risks": 150.0, "limits": 150.0,
    "important": 150.0, "commentary": 150.0, "glossary": 150.0, "liquidity": 150.0, "characteristics": 150.0,
}  # fmt: skip
"""Every section that can be placed, and the narrowest column it can be set in, points."""

KEPT = {
    "assumptions": "it says how the figures were simulated",
    "returns": "it holds the discrete 12-month periods and the warning on past performance",
    "notes": "it holds the conventions and the accepted data findings",
    "risks": "the risk warnings stand in it",
    "limits": "the limits of the simulation stand in it",
    "important": "the important information stands in it",
}
"""Sections that may not be left out, with the reason."""

CHARTS = frozenset({"growth", "drawdown", "themes"})
"""Sections whose chart is drawn as wide as their column."""
BARE = frozenset({"growth", "drawdown"})
"""Performance without a warning of its own: it needs one directly above or below."""
ENDS_WITH_WARNING = frozenset({"tiles", "returns"})
PERFORMANCE = frozenset({"tiles", "growth", "returns", "drawdown", "risk_figures"})
SOURCED = frozenset({"drawdown"})
"""Wherever they stand, the source follows, after the warning if there is one: a warning stays close to its figures."""


@dataclass(frozen=True)
class Placed:
    """A section in its column.

    warned: the warning on performance follows it, as nothing above it carries one. sourced: source and period of the
    figures follow it, as nothing else on page 1 states them.
    """

    name: str
    width: float
    warned: bool
    sourced: bool


@dataclass(frozen=True)
class Layout:
    """The sections of each column, from top to bottom."""

    columns: Mapping[str, tuple[Placed, ...]]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(placed.name for column in self.columns.values() for placed in column)

    def width(self, name: str, usual: float) -> float:
        """The width of the column a section stands in, points; `usual` when it is not on the sheet."""
        found = (placed.width for column in self.columns.values() for placed in column if placed.name == name)
        return next(found, usual)


def lay_out(chosen: Mapping[str, tuple[str, ...]], where: str = "[report.sections]", *, live: bool = False) -> Layout:
    """The layout of the columns as chosen; a column that is not named keeps what it usually holds, less what is moved.

    live: of a sheet with a simulated and an actual part.

    Raises HouseError for an unknown column or section, one that stands twice, one that its column is too narrow for,
    and one that may not be left out.
    """
    for column in chosen:
        if column not in WIDTHS:
            raise HouseError(f"{where} {column}: no such column.{nearest(column, WIDTHS)} Allowed: {listed(WIDTHS)}.")
    moved = [name for names in chosen.values() for name in names]
    _check_names(chosen, moved, where)
    columns = {
        column: chosen[column] if column in chosen else tuple(name for name in usual if name not in moved)
        for column, usual in (USUAL_LIVE if live else USUAL).items()
    }
    present = {name for names in columns.values() for name in names}
    for name, reason in KEPT.items():
        if name not in present:
            raise HouseError(f"{where}: {name!r} is left out, and may not be: {reason}. Put it in one of the columns.")
    sourced = _sourced(columns) if live else SOURCED | _sourced(columns)
    return Layout({column: _placed(column, names, sourced) for column, names in columns.items()})


def _sourced(columns: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """When page 1 shows performance without its source, the last section that does; page 2 always closes with it."""
    names = [name for column, inside in columns.items() if column.startswith("first") for name in inside]
    shown = [name for name in names if name in PERFORMANCE]
    return SOURCED.intersection(names) or frozenset(shown[-1:])


def _check_names(chosen: Mapping[str, tuple[str, ...]], moved: list[str], where: str) -> None:
    for column, names in chosen.items():
        for name in names:
            if name not in NEEDED:
                raise HouseError(
                    f"{where} {column}: no such section {name[:60]!r}.{nearest(name, NEEDED)} "
                    f"Allowed: {listed(NEEDED, most=40)}."
                )
            if moved.count(name) > 1:
                raise HouseError(f"{where} {column}: {name!r} stands twice; keep one of them.")
            if NEEDED[name] > WIDTHS[column]:
                wide = [other for other, width in WIDTHS.items() if width >= NEEDED[name]]
                raise HouseError(
                    f"{where} {column}: {name!r} needs {NEEDED[name]:g} pt and the column has {WIDTHS[column]:g}. "
                    f"Put it in {listed(wide)}."
                )


def _placed(column: str, names: tuple[str, ...], sourced: frozenset[str]) -> tuple[Placed, ...]:
    before = ("", *names)
    return tuple(
        Placed(name, WIDTHS[column], name in BARE and above not in ENDS_WITH_WARNING, name in sourced)
        for name, above in zip(names, before, strict=False)
    )
