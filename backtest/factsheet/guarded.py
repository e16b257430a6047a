"""A sheet set with templates of a firm's own, in a process that is ended when it takes too much: they are its code, not
ours. Ours are set right here, where nothing has to be sent to and fro."""

from __future__ import annotations

from collections.abc import Sequence

from backtest.disclosure.rule import Statement
from backtest.facts import Facts
from backtest.factsheet.house import House
from backtest.factsheet.sheet import Sheet, build_page, make_sheet, render_html
from backtest.render import SHEET_LIMITS, Attachment, RenderLimits, limited


def make_guarded(
    facts: Facts,
    statements: Sequence[Statement],
    *,
    identifier: str,
    attachments: Sequence[Attachment] = (),
    house: House,
    limits: RenderLimits = SHEET_LIMITS,
) -> Sheet:
    """make_sheet, within limits where the house has templates of its own. Raises RenderError when they are passed."""
    given = (facts, tuple(statements), identifier, tuple(attachments), house)
    return limited(_make, *given, limits=limits) if house.templates else _make(*given)


def _make(
    facts: Facts, statements: tuple[Statement, ...], identifier: str, attachments: tuple[Attachment, ...], house: House
) -> Sheet:
    return make_sheet(facts, statements, identifier=identifier, attachments=attachments, house=house)


def page_guarded(
    facts: Facts, statements: Sequence[Statement], house: House, limits: RenderLimits = SHEET_LIMITS
) -> str:
    """The page at its roomiest as HTML, within limits where the house has templates of its own."""
    given = (facts, tuple(statements), house)
    return limited(_page, *given, limits=limits) if house.templates else _page(*given)


def _page(facts: Facts, statements: tuple[Statement, ...], house: House) -> str:
    return render_html(build_page(facts, statements, house=house), house)
