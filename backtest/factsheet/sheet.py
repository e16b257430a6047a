"""Facts + required statements + charts -> the page's context of printed strings, and the sheet fitted to its pages.

Nothing is computed here but the widths of bars: figures come formatted from the facts, sentences from the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from backtest.charts import Theme
from backtest.disclosure.rule import Statement
from backtest.errors import RenderError
from backtest.facts import Facts
from backtest.factsheet import drawings, fit, logo, rows
from backtest.factsheet.commentary import blocks_of
from backtest.factsheet.glossary import glossary
from backtest.factsheet.house import House
from backtest.factsheet.rows import Printed, Row
from backtest.factsheet.theme import css_variables
from backtest.render import (
    Attachment,
    LaidOut,
    check_letters,
    lay_out,
    render_template,
    text_nodes,
    trusted,
    write_pdf,
)

MOST_TRIALS = 4 * fit.LEVELS
SIZES = 5
"""Sizes of type, as sheet.css has them: all that is read changes together, so no warning falls behind."""
TRIES = (*((2, size) for size in range(3)), *((3, size) for size in range(SIZES)))
"""Pages and size of type, in the order tried: before type gets small, the risks move to a page of their own."""
SLOTS = ("page", "header", "top", "performance", "risk", "simulation", "documents", "important")
HOUSE = House()
"""The house style of a mandate that asks for none."""

Draw = Callable[[Facts, Printed, Theme, float, float], str]


@dataclass(frozen=True)
class Density:
    """How closely each page is set, 0 the roomiest of fit.LEVELS; the size of type, 0 the largest, for all of them; and
    how many pages there are, 2 or 3."""

    first: int = 0
    second: int = 0
    size: int = 0
    third: int = 0
    pages: int = 2


@dataclass(frozen=True)
class Sheet:
    """A finished sheet: the page, its PDF, and the density each page took."""

    html: str
    pdf: bytes
    pages: int
    density: Density


def make_sheet(
    facts: Facts,
    statements: Sequence[Statement],
    *,
    identifier: str,
    attachments: Sequence[Attachment] = (),
    house: House = HOUSE,
) -> Sheet:
    """The sheet on two pages, each as roomy as its content allows; on three, when two would need small type.

    Raises RenderError when it does not fit at the densest, or when a required statement would not be on it.
    """
    levels: tuple[int, ...] = ()
    over: Mapping[int, float] = {}
    least = (house.pages, 0)
    for pages, size in TRIES:
        if pages < house.pages or (pages, size) < least:
            continue
        begin = levels if len(levels) == pages else ()
        fitted, over, levels = _fit(facts, statements, Density(size=size, pages=pages), begin, house)
        if fitted is not None:
            _check_statements(fitted.html, statements)
            pdf = write_pdf(fitted.laid, created=_created(facts), identifier=identifier, attachments=attachments)
            return Sheet(fitted.html, pdf, fitted.laid.pages, fitted.density)
        if pages == 2:  # on three, the last size is the last resort and is always tried
            least = (pages, size + fit.sizes(max(over.values())))
    raise RenderError(_too_long(over))


@dataclass(frozen=True)
class _Fitted:
    html: str
    laid: LaidOut
    density: Density


def _fit(
    facts: Facts, statements: Sequence[Statement], usual: Density, levels: tuple[int, ...], house: House
) -> tuple[_Fitted | None, Mapping[int, float], tuple[int, ...]]:
    """The roomiest sheet of so many pages at one size of type, laid out but not painted; or the pages that run over and
    by how many points; and the levels.

    levels: where to begin, () for a guess. Each trial goes as far as the last one ran over or left free.
    """
    pages = usual.pages
    low, high = [0] * pages, [fit.LEVELS - 1] * pages
    if not levels:
        html = render_html(build_page(facts, statements, usual, house), house)
        check_letters(text_nodes(html))
        levels = fit.guess(html, usual.size, pages)
    for _ in range(MOST_TRIALS):
        density = replace(usual, **dict(zip(("first", "second", "third"), levels, strict=False)))
        html = render_html(build_page(facts, statements, density, house), house)
        laid = lay_out(html, resources=logo.resources(house.logo))
        over = fit.overrun(laid, pages)
        beyond = {page: over[page] for page in range(pages) if over[page] > 0 and levels[page] == fit.LEVELS - 1}
        if beyond:
            return None, beyond, levels
        for page in range(pages):
            if over[page] > 0:  # a page seen to run over may have been taken for fitting before
                low[page], high[page] = levels[page] + 1, max(high[page], levels[page] + 1)
            else:
                high[page] = levels[page]
        tried, levels = levels, tuple(map(fit.next_level, levels, over, low, high))
        if levels == tried:
            return _Fitted(html, laid, density), {}, levels
    return None, dict.fromkeys(range(pages), 1.0), levels


def _too_long(pages: Iterable[int]) -> str:
    mend = (
        "the objective, the strategy's idea, names",
        "the names of what is held",
        "the risks, the important information, accepted data findings",
    )
    where = " and ".join(f"page {page + 1}" for page in pages)
    return (
        f"{where} of the sheet does not fit at the closest setting, and nothing may be left out. "
        f"Shorten {', and '.join(mend[page] for page in pages)}."
    )


def _created(facts: Facts) -> date:
    value = facts.facts["doc.as_of"].value if "doc.as_of" in facts.facts else None
    if not isinstance(value, date):
        raise RenderError("facts, doc.as_of: missing; a sheet cannot be made without its date.")
    return value


def _check_statements(html: str, statements: Iterable[Statement]) -> None:
    """Each statement is on the page, word for word, in one piece."""
    found = set(text_nodes(html))
    for statement in statements:
        if " ".join(statement.text.split()) not in found:
            raise RenderError(f"statement {statement.rule_id} is not on the sheet; its slot is {statement.slot!r}.")


def render_html(page: Mapping[str, Any], house: House = HOUSE) -> str:
    """The page's HTML from its context, with the house's own templates in place of ours."""
    return render_template("factsheet", "page.html", page, house.templates)


def build_page(
    facts: Facts, statements: Sequence[Statement], density: Density = Density(), house: House = HOUSE
) -> dict[str, Any]:
    """The context of the page's templates: printed strings, lists and dicts of them, and charts."""
    text = Printed(facts)
    exposures = {kind: rows.bars(text, kind) for kind in ("sector", "country", "currency", "size")}

    def drawn(section: str, draw: Draw, height: float) -> str:
        width = house.layout.width(section, drawings.MAIN_WIDTH)
        return trusted(draw(facts, text, house.theme.charts, width, height))

    return {
        **_identity(text, density),
        **_style(text, house),
        **_statements(statements),
        "audience": _audience(text, statements),
        "objective": text("fund.objective"),
        "idea": text("sim.idea") if text.known("sim.idea") else "",
        "fails_when": text("sim.fails_when") if text.known("sim.fails_when") else "",
        "key_facts": rows.key_facts(text),
        "charges": rows.charges(text),
        "risk_scale": rows.risk_scale(text),
        "risk_class": text("risk.strategy.srri"),
        "assumptions": rows.assumptions(text),
        "source": rows.source(text),
        "source_short": rows.source_short(text),
        "tiles": rows.tiles(text),
        "cumulative": rows.cumulative(text),
        "discrete": rows.discrete(text, facts.facts),
        "growth": drawn("growth", drawings.growth, 158.0 - 12.0 * density.first),
        "drawdown": drawn("drawdown", drawings.drawdown, 92.0 - 7.0 * density.first),
        "holdings": rows.holdings(text),
        "themes": rows.themes(text),
        "theme_chart": drawn("themes", drawings.theme_chart, 116.0 - 6.0 * density.second),
        "exposures": exposures,
        "concentration": rows.concentration(text),
        "liquidity": rows.liquidity(text),
        "characteristics": rows.characteristics(text),
        "risk_figures": rows.risk_figures(text),
        "rebalances": rows.rebalances(text),
        **_foot(text, density),
    }


def _foot(text: Printed, density: Density) -> Row:
    """What closes a sheet: who issues it, what words mean, what the manager says, and the notes."""
    retail = text("doc.audience") == "retail"
    return {
        "issued": rows.issued(text),
        "glossary": glossary(text) if density.pages == 3 and retail else [],
        "commentary": blocks_of(text("doc.commentary")) if text.known("doc.commentary") else [],
        "conventions": rows.numbered(text, "convention"),
        "accepted": rows.numbered(text, "accept"),
    }


def _style(text: Printed, house: House) -> Row:
    """Colours, logo and the order of sections."""
    return {
        "theme_css": css_variables(house.theme),
        "logo": trusted(logo.mark(house.logo, text.needed("fund.firm"), house.theme)),
        "columns": {
            column: [
                {"file": f"sections/{placed.name}.html", "warned": placed.warned, "sourced": placed.sourced}
                for placed in sections
            ]
            for column, sections in house.layout.columns.items()
        },
    }


# Who, when, for whom


def _identity(text: Printed, density: Density) -> Row:
    as_of = text.needed("doc.as_of")
    name, firm = text.needed("fund.name"), text.needed("fund.firm")
    kind = text.of("kind", "fund.subject", text.words("kind.other"))
    return {
        "lang": text.language,
        "words": text.words.section("page"),
        "density_1": str(density.first),
        "density_2": str(density.second),
        "density_3": str(density.third),
        "three": density.pages == 3,
        "type_size": str(density.size),
        "name": name,
        "name_size": "long" if len(name) > 60 else "middling" if len(name) > 36 else "short",
        "firm": firm,
        "class_name": text("class.name") if text.known("class.name") else "",
        "kind": kind,
        "as_of": as_of,
        "published": text("doc.published"),
        "document": text("doc.id"),
        "description": text.words("document.description", kind=kind, name=name, as_of=as_of),
        "keywords": ", ".join([name, text("class.isin"), text("doc.language"), text("doc.jurisdictions"), as_of]),
    }


def _audience(text: Printed, statements: Sequence[Statement]) -> str:
    """Whom the sheet is for, unless a statement in the header says it already."""
    word = text.words.find(f"audience.{text('doc.audience')}_said") or text.undefined
    said = any(word.casefold() in s.text.casefold() for s in statements if s.slot == "header")
    return "" if said else text.of("audience", "doc.audience")


# Statements


def _statements(statements: Sequence[Statement]) -> Row:
    """Statements by slot; those that lead a simulation's limits stand beside the performance too."""
    unknown = [s for s in statements if s.slot not in SLOTS]
    if unknown:
        raise RenderError(f"statement {unknown[0].rule_id}: no such slot {unknown[0].slot!r} on a sheet.")
    placed: Row = {f"{slot}_statements": [_statement(s) for s in statements if s.slot == slot] for slot in SLOTS}
    leading = [_statement(s) for s in statements if s.slot == "simulation" and s.lead]
    return placed | {"leading_statements": leading}


def _statement(statement: Statement) -> Row:
    return {"rule": statement.rule_id, "title": statement.title.rstrip("."), "text": statement.text}
