"""A house's colours, font and mark: a TOML file, checked when loaded, so that no theme can make text hard to read.

Colours reach the page as CSS variables and the charts as attributes, and both only through the pattern #rrggbb.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from backtest import charts
from backtest.artifacts import templates_folder
from backtest.charts import COLOUR
from backtest.errors import HouseError, listed, nearest
from backtest.render import FAMILY

FAMILIES = (FAMILY,)
"""Font families that come with Jevons. One more is a folder of fonts and an entry here."""
MARKS = ("columns", "peaks", "rings")
"""Shapes that stand for a firm without a logo; logo.py draws them."""
DEFAULT = "tarn"
MOST_BYTES = 20_000
SHIPPED_NAME = re.compile(r"^[a-z][a-z0-9_]{0,30}$")
FORMULA = "WCAG 2.2, success criteria 1.4.3, 1.4.6 and 1.4.11"
LEAST_STEP_IN_LIGHTNESS = 10.0
"""CIE L* between the strategy's line and each of the two it is compared with, so that they part in grey print."""


@dataclass(frozen=True)
class Colours:
    """Colours of the page, #rrggbb. `tint` lies under panels and tiles, `notice` under the strip on each page."""

    paper: str = "#ffffff"
    text: str = "#1d2a35"
    muted: str = "#46535f"
    heading: str = "#0e2a3b"
    rule: str = "#0e2a3b"
    line: str = "#7f8c98"
    hairline: str = "#dbe2e7"
    tint: str = "#f0f4f6"
    accent: str = "#0f6b67"
    accent_text: str = "#0b5a57"
    header: str = "#0e2a3b"
    header_text: str = "#ffffff"
    header_muted: str = "#cfdde5"
    header_rule: str = "#0f6b67"
    mark: str = "#8fd3c8"
    notice: str = "#fdf0d9"
    notice_text: str = "#4a2c00"
    warning: str = "#fff6ea"
    warning_text: str = "#1d2a35"
    warning_rule: str = "#c0620a"


@dataclass(frozen=True)
class HouseTheme:
    """A whole theme. Made by `load_theme`, or with the defaults, which are the shipped theme `tarn`."""

    name: str = DEFAULT
    family: str = FAMILY
    mark: str = MARKS[0]
    colours: Colours = field(default_factory=Colours)
    charts: charts.Theme = field(default_factory=charts.Theme)


PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, ground, 4.5) for text in ("text", "muted", "heading", "accent_text") for ground in ("paper", "tint")),
    ("header_text", "header", 4.5), ("header_muted", "header", 4.5), ("mark", "header", 3.0),
    ("notice_text", "notice", 7.0), ("warning_text", "warning", 7.0),
    ("warning_rule", "paper", 3.0), ("warning_rule", "warning", 3.0),
    ("rule", "paper", 3.0), ("rule", "tint", 3.0), ("line", "paper", 3.0), ("line", "tint", 3.0),
    ("accent", "paper", 3.0), ("accent", "tint", 3.0),
    *((f"charts.{line}", "paper", 4.5) for line in
      ("strategy", "baseline", "benchmark", "capex", "adopter", "other", "text")),
    *((f"charts.{line}", "charts.band", 3.0) for line in ("strategy", "baseline", "benchmark", "axis")),
    ("charts.text", "charts.band", 4.5), ("charts.axis", "paper", 3.0), ("charts.strategy", "charts.fill", 3.0),
)  # fmt: skip
"""(what is read or seen, what it stands on, least contrast). The ends of a chart's lines are labelled in the line's
colour, so they count as text. Hairlines between rows and the grid carry nothing and have no least contrast."""


def load_theme(wanted: str = DEFAULT, folder: Path = Path()) -> HouseTheme:
    """The shipped theme of that name, or the one in the file `wanted` (ends in .toml), relative to `folder`.

    Raises HouseError for a file that cannot be read, an unknown key, a value outside its list or pattern, and for two
    colours too near to each other, with their contrast and the one needed.
    """
    path = _path(wanted, folder)
    table = _read(path)
    own = {"family": (FAMILIES, FAMILY), "mark": (MARKS, MARKS[0])}
    _known(table, (*own, "colours", "charts"), f"{path}")
    chosen = {key: _one_of(table.get(key, usual), allowed, f"{path}, {key}") for key, (allowed, usual) in own.items()}
    colours = Colours(**_colours(table, "colours", [f.name for f in fields(Colours)], path))
    drawn = _colours(table, "charts", [f.name for f in fields(charts.Theme) if f.name != "family"], path)
    theme = HouseTheme(path.stem, chosen["family"], chosen["mark"], colours,
                       charts.Theme(**drawn, family=chosen["family"]))  # fmt: skip
    check_contrast(theme, str(path))
    return theme


def check_contrast(theme: HouseTheme, where: str) -> None:
    """Raise HouseError for the first pair of colours that is harder to tell apart than PAIRS allows."""
    colour = _named(theme)
    for first, second, least in PAIRS:
        found = contrast(colour[first], colour[second])
        if found < least:
            raise HouseError(
                f"{where}: {_key(first)} {colour[first]} on {_key(second)} {colour[second]} has a contrast of "
                f"{found:.2f}:1; at least {least:g}:1 is needed ({FORMULA}). Make one darker or the other lighter."
            )
    for other in ("baseline", "benchmark"):
        step = abs(lightness(colour["charts.strategy"]) - lightness(colour[f"charts.{other}"]))
        if step < LEAST_STEP_IN_LIGHTNESS:
            raise HouseError(
                f"{where}: [charts] strategy {colour['charts.strategy']} and [charts] {other} "
                f"{colour[f'charts.{other}']} are {step:.1f} apart in lightness (CIE L*); at least "
                f"{LEAST_STEP_IN_LIGHTNESS:g} is needed to tell them apart in grey print. Make one darker."
            )


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours #rrggbb, 1 (the same) to 21 (black on white), whichever comes first.

    (L1 + 0.05) / (L2 + 0.05) with L1 the lighter's relative luminance: WCAG 2.2, definition of contrast ratio.
    """
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 (black) to 1 (white): WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lightness(colour: str) -> float:
    """CIE L* of #rrggbb, 0 (black) to 100 (white), from its luminance: CIE 15:2004, section 8.2.1."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def css_variables(theme: HouseTheme) -> str:
    """The theme for the page: ':root { --paper: #ffffff; ... }'. Nothing reaches it that the loader has not matched."""
    values = {key.replace("_", "-"): value for key, value in asdict(theme.colours).items()}
    wrong = [value for value in values.values() if not COLOUR.fullmatch(value)]
    if wrong or theme.family not in FAMILIES:
        raise HouseError(f"theme {theme.name}: found {[*wrong, theme.family][0]!r}; a colour is written #rrggbb.")
    lines = [f"--{key}: {value};" for key, value in values.items()]
    return f":root {{ {' '.join(lines)} --family: {theme.family}; }}"


# Reading


def _path(wanted: str, folder: Path) -> Path:
    if wanted.endswith(".toml"):
        return folder / wanted
    shipped = shipped_themes()
    if not SHIPPED_NAME.fullmatch(wanted) or wanted not in shipped:
        raise HouseError(
            f"[report] theme: no theme {wanted[:60]!r}.{nearest(wanted, shipped)} Shipped are {listed(shipped)}; "
            "a file of your own ends in .toml."
        )
    return templates_folder() / "themes" / f"{wanted}.toml"


def shipped_themes() -> tuple[str, ...]:
    """Names of the themes that come with Jevons."""
    return tuple(sorted(p.stem for p in (templates_folder() / "themes").glob("*.toml")))


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise HouseError(
            f"[report] theme: {path} is not there. Give the path of a theme file, relative to the mandate."
        )
    if path.stat().st_size > MOST_BYTES:
        raise HouseError(f"{path}: {path.stat().st_size:,} bytes; a theme has at most {MOST_BYTES:,}.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise HouseError(f"{path}: not UTF-8 text. Save the theme as UTF-8 and run again.") from None
    except tomllib.TOMLDecodeError as error:
        raise HouseError(f"{path}: not valid TOML: {error}. Mend that line and run again.") from None


def _colours(table: dict[str, Any], section: str, keys: list[str], path: Path) -> dict[str, str]:
    """The colours of one section; those not given are the default theme's."""
    found = table.get(section, {})
    if not isinstance(found, dict):
        raise HouseError(f"{path}, [{section}]: found {found!r}; a table of colours is allowed.")
    _known(found, keys, f"{path}, [{section}]")
    for key, value in found.items():
        if not isinstance(value, str) or not COLOUR.fullmatch(value):
            raise HouseError(
                f"{path}, [{section}] {key}: found {str(value)[:60]!r}. A colour is # and six digits 0 to 9 or a to f, "
                'such as "#0f6b67".'
            )
    return dict(found)


def _known(table: dict[str, Any], keys: tuple[str, ...] | list[str], where: str) -> None:
    for key in table:
        if key not in keys:
            raise HouseError(f"{where}, {key}: no such key.{nearest(key, keys)} Allowed: {listed(keys, most=30)}.")


def _one_of(value: object, allowed: tuple[str, ...], where: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        close = nearest(value, allowed) if isinstance(value, str) else ""
        raise HouseError(f"{where}: found {str(value)[:60]!r}.{close} Allowed: {listed(allowed)}.")
    return value


def _named(theme: HouseTheme) -> dict[str, str]:
    drawn = {f"charts.{key}": value for key, value in asdict(theme.charts).items() if key != "family"}
    return asdict(theme.colours) | drawn


def _key(name: str) -> str:
    return f"[charts] {name.removeprefix('charts.')}" if name.startswith("charts.") else f"[colours] {name}"
