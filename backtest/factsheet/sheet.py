"""Facts + required statements + charts -> the page's context of printed strings, and the sheet fitted to its pages.

Nothing is computed here but the widths of bars: figures come formatted from the facts, sentences from the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from backtest.charts import Theme
from backtest.disclosure.rule import Statement
from backtest.errors import RenderError
from backtest.facts import Facts
from backtest.factsheet import drawings, fit, logo, parts, room, rows
from backtest.factsheet.commentary import blocks_of
from backtest.factsheet.forecast import CHARTS, Forecast
from backtest.factsheet.glossary import glossary
from backtest.factsheet.house import House
from backtest.factsheet.rows import Printed, Row
from backtest.factsheet.sections import Layout
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
LEAD_SLOTS = ("risk", "simulation")
"""Slots whose statements stand elsewhere when they lead."""
SLOTS = ("page", "header", "top", "performance", "risk", "simulation", "documents", "important")
FOOT_WIDTH, PAIR_GAP, LEADING, BELOW = 515.9, 15.9, 1.2, 2.4
"""Points, as sheet.css has them: the whole width, the gap between two columns of paragraphs, and the room below each
paragraph; and the closest leading."""
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
    ways = [way for way in TRIES if way[0] >= house.pages]

    @cache
    def told(pages: int) -> Forecast:
        html = render_html(build_page(facts, statements, Density(pages=pages), house), house)
        check_letters(text_nodes(html))
        return Forecast(html)

    def fit_at(way: tuple[int, int]) -> _Fitted | _Beyond:
        return _fit(facts, statements, Density(size=way[1], pages=way[0]), told(way[0]), house)

    fitted = _roomiest(ways, told, fit_at)
    if isinstance(fitted, _Beyond):
        raise RenderError(_too_long(fitted.pages))
    _check_statements(fitted.html, statements)
    pdf = write_pdf(fitted.laid, created=_created(facts), identifier=identifier, attachments=attachments)
    return Sheet(fitted.html, pdf, fitted.laid.pages, fitted.density)


@dataclass(frozen=True)
class _Fitted:
    """A sheet laid out but not painted. slack: how far each page may run over in a forecast and yet be worth a try."""

    html: str
    laid: LaidOut
    density: Density
    slack: tuple[float, ...]


@dataclass(frozen=True)
class _Beyond:
    """The pages, from 0, that run over at the closest level."""

    pages: tuple[int, ...]


def _roomiest(
    ways: Sequence[tuple[int, int]],
    told: Callable[[int], Forecast],
    fit_at: Callable[[tuple[int, int]], _Fitted | _Beyond],
) -> _Fitted | _Beyond:
    """The first of the ways, each a number of pages and a size of type, at which the sheet fits.

    The search begins where the forecast says, goes back while an earlier way might fit, and on while none does.
    """
    usual = (fit.WIDE_SLACK,) * max(pages for pages, _ in ways)
    begin = next((k for k, (pages, size) in enumerate(ways) if fit.fits(told(pages), size)), len(ways) - 1)
    found = fit_at(ways[begin])
    for k in reversed(range(begin)):
        pages, size = ways[k]
        known = isinstance(found, _Fitted) and found.density.pages == pages
        if isinstance(found, _Beyond) or not fit.fits(told(pages), size, found.slack if known else usual):
            break
        earlier = fit_at(ways[k])
        if isinstance(earlier, _Beyond):
            break
        found = earlier
    for k in range(begin + 1, len(ways)):
        pages, size = ways[k]
        last = k == len(ways) - 1  # the last resort is always tried
        if isinstance(found, _Beyond) and (last or fit.fits(told(pages), size, usual)):
            found = fit_at(ways[k])
    return found


def _fit(
    facts: Facts, statements: Sequence[Statement], usual: Density, told: Forecast, house: House
) -> _Fitted | _Beyond:
    """The roomiest sheet of so many pages at one size of type, or the pages that run over at the closest level.

    Each trial goes as far as the last one ran over or left free.
    """
    pages, closest = usual.pages, fit.LEVELS - 1
    low, high = [0] * pages, [closest] * pages
    heights = [[told.over(page, usual.size, level) for level in range(fit.LEVELS)] for page in range(pages)]
    levels, laid_out = fit.begin(told, usual.size), dict[tuple[int, ...], _Fitted]()
    for _ in range(MOST_TRIALS):
        density = replace(usual, **dict(zip(("first", "second", "third"), levels, strict=False)))
        if levels not in laid_out:
            html = render_html(build_page(facts, statements, density, house), house)
            laid_out[levels] = _Fitted(html, lay_out(html, resources=logo.resources(house.logo)), density, ())
        tried = laid_out[levels]
        over = fit.overrun(tried.laid, pages)
        beyond = tuple(page for page in range(pages) if over[page] > 0 and levels[page] == closest)
        if beyond:
            return _Beyond(beyond)
        for page in range(pages):
            if over[page] > 0:  # a page seen to run over may have been taken for fitting before
                low[page], high[page] = levels[page] + 1, max(high[page], levels[page] + 1)
            else:
                high[page] = levels[page]
        boxes = fit.of_boxes(told, usual.size, levels, over)
        after = tuple(map(fit.next_level, heights, levels, boxes, low, high))
        if after == levels:
            return replace(tried, slack=fit.slack(told, usual.size, levels, over))
        levels = after
    return _Beyond(tuple(range(pages)))


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
    layout = house.live_layout if len(parts.parts_of(text)) == 2 else house.layout
    placed, foot = _statements(text, statements, "growth" in layout.names), _foot(text)

    def drawn(section: str, draw: Draw, height: float) -> str:
        width = layout.width(section, drawings.MAIN_WIDTH)
        return trusted(draw(facts, text, house.theme.charts, width, height))

    return {
        **_identity(text, density),
        **_style(text, house, layout),
        **placed,
        **_pairs(text, placed | foot, density, layout),
        "audience": _audience(text, statements),
        "objective": text("fund.objective"),
        "idea": text("sim.idea") if text.known("sim.idea") else "",
        "fails_when": text("sim.fails_when") if text.known("sim.fails_when") else "",
        "key_facts": rows.key_facts(text),
        "charges": rows.charges(text),
        "risk_scale": rows.risk_scale(text, parts.risk_indicator(text)),
        "risk_class": text(parts.risk_indicator(text)),
        "assumptions": rows.assumptions(text),
        "source": parts.source(text),
        "source_short": parts.source(text, short=True),
        **parts.tables(text),
        "growth": drawn("growth", drawings.growth, 158.0 - CHARTS["growth"] * density.first),
        "drawdown": drawn("drawdown", drawings.drawdown, 92.0 - CHARTS["drawdown"] * density.first),
        "holdings": rows.holdings(text),
        "themes": rows.themes(text),
        "theme_chart": drawn("themes", drawings.theme_chart, 116.0 - CHARTS["themes"] * density.second),
        "exposures": exposures,
        "concentration": rows.concentration(text),
        "liquidity": rows.liquidity(text),
        "characteristics": rows.characteristics(text),
        "rebalances": rows.rebalances(text),
        **foot,
    }


def _foot(text: Printed) -> Row:
    """What closes a sheet: who issues it, what words mean, what the manager says, and the notes."""
    retail = text("doc.audience") == "retail"
    return {
        "issued": rows.issued(text),
        "glossary": glossary(text) if retail else [],
        "commentary": blocks_of(text("doc.commentary")) if text.known("doc.commentary") else [],
        "conventions": rows.numbered(text, "convention"),
        "accepted": rows.numbered(text, "accept"),
    }


def _pairs(text: Printed, page: Mapping[str, Any], density: Density, layout: Layout) -> Row:
    """Risks, limits and words explained, each in two columns that part where both are about as high."""
    size = room.TYPE_SIZES[density.size]

    def parted(section: str, items: Sequence[Row], leading: str, after: str, said: str) -> list[list[Row]]:
        width = (layout.width(section, FOOT_WIDTH) - PAIR_GAP) / 2.0
        runs = [
            ((item.get(leading, ""), size, room.STRONG), (f"{after} {item[said]}", size, room.USUAL)) for item in items
        ]
        return list(room.halves(items, [room.lines(each, width) * size * LEADING + BELOW for each in runs]))

    return {
        "risk_columns": parted("risks", page["risk_statements"], "title", ".", "text"),
        "limit_columns": parted("limits", page["simulation_statements"], "", "", "text"),
        "glossary_columns": parted("glossary", page["glossary"], "term", text.words("page.colon"), "meaning"),
    }


def _style(text: Printed, house: House, layout: Layout) -> Row:
    """Colours, logo and the order of sections."""
    return {
        "theme_css": css_variables(house.theme),
        "logo": trusted(logo.mark(house.logo, text.needed("fund.firm"), house.theme)),
        "columns": {
            column: [
                {"file": f"sections/{placed.name}.html", "warned": placed.warned, "sourced": placed.sourced}
                for placed in sections
            ]
            for column, sections in layout.columns.items()
        },
    }


# Who, when, for whom


def _identity(text: Printed, density: Density) -> Row:
    as_of = text.needed("doc.as_of")
    name, firm = text.needed("fund.name"), text.needed("fund.firm")
    kind = text.of("kind", "fund.subject", text.words("kind.other"))
    return {
        "lang": text.language,
        "words": parts.page_words(text),
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
        "description": text.words(parts.described(text), kind=kind, name=name, as_of=as_of),
        "keywords": ", ".join([name, text("class.isin"), text("doc.language"), text("doc.jurisdictions"), as_of]),
    }


def _audience(text: Printed, statements: Sequence[Statement]) -> str:
    """Whom the sheet is for, unless a statement in the header or at the head of each page says it already."""
    word = text.words.find(f"audience.{text('doc.audience')}_said") or text.undefined
    said = any(word.casefold() in s.text.casefold() for s in statements if s.slot in ("header", "page"))
    return "" if said else text.of("audience", "doc.audience")


# Statements


def _statements(text: Printed, statements: Sequence[Statement], growth: bool) -> Row:
    """Statements by slot. A risk that leads stands at the top of page 1 and not among the others: nobody reads a risk
    twice. A limit of the simulation that leads stands with the chart of growth where there is one, else at the top.
    On performance, what kind of figures they are is said before what else is to be known of them; where actual figures
    stand beside simulated ones, each statement says of which it speaks."""
    unknown = [s for s in statements if s.slot not in SLOTS]
    if unknown:
        raise RenderError(f"statement {unknown[0].rule_id}: no such slot {unknown[0].slot!r} on a sheet.")
    both = len(parts.parts_of(text)) == 2
    about = {basis: f"{text.words(f'page.{basis}')}{text.words('page.colon')}" for basis in ("actual", "simulated")}
    lead = {slot: [_statement(s) for s in statements if s.slot == slot and s.lead] for slot in LEAD_SLOTS}
    placed: Row = {
        f"{slot}_statements": [
            _statement(s) for s in statements if s.slot == slot and not (s.lead and slot in LEAD_SLOTS)
        ]
        for slot in SLOTS
    }
    kinds_first = sorted((s for s in statements if s.slot == "performance"), key=lambda s: not s.basis)
    placed["performance_statements"] = [_statement(s, about.get(s.basis, "") if both else "") for s in kinds_first]
    return placed | {
        "leading_statements": lead["simulation"] if growth else [],
        "leading_risks": [*lead["risk"], *([] if growth else lead["simulation"])],
    }


def _statement(statement: Statement, about: str = "") -> Row:
    title = statement.title.rstrip(".")
    link = _address(statement.link)
    return {"rule": statement.rule_id, "title": title, "text": statement.text, "about": about, "link": link}


def _address(link: str) -> str:
    """A web address as a link has it; '' for what is none, such as an office's street."""
    if not link or " " in link or "." not in link:
        return ""
    return link if link.startswith("https:") else f"https://{link.removeprefix('http://')}"
