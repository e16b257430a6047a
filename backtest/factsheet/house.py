"""A firm's house style as a sheet needs it: theme, logo, order of sections, own templates; checked before rendering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backtest.factsheet.logo import Logo, check_visible, load_logo
from backtest.factsheet.own import load_templates
from backtest.factsheet.sections import Layout, lay_out
from backtest.factsheet.theme import HouseTheme, load_theme
from backtest.mandate import Report


@dataclass(frozen=True)
class House:
    """The style of one firm. `templates`: source of the firm's own sections by file name, such as 'tiles.html'.

    `pages`: the fewest a sheet has. `live_layout`: of a sheet with a simulated and an actual part.
    """

    theme: HouseTheme = field(default_factory=HouseTheme)
    logo: Logo | None = None
    layout: Layout = field(default_factory=lambda: lay_out({}))
    live_layout: Layout = field(default_factory=lambda: lay_out({}, live=True))
    templates: Mapping[str, str] = field(default_factory=dict)
    pages: int = 2


def load_house(report: Report, folder: Path) -> House:
    """The house style a mandate asks for; its paths start at `folder`. Raises HouseError for what is not allowed."""
    theme = load_theme(report.theme, folder)
    logo = load_logo(folder / report.logo) if report.logo else None
    if logo:
        check_visible(logo, theme, str(report.logo))
    return House(
        theme=theme,
        logo=logo,
        layout=lay_out(report.sections),
        live_layout=lay_out(report.sections, live=True),
        templates=load_templates(folder / report.templates) if report.templates else {},
        pages=report.pages,
    )
