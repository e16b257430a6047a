"""The fact sheet: facts + required statements + charts -> the page and its PDF. This is the door."""

from backtest.factsheet.carried import attachments
from backtest.factsheet.guarded import make_guarded, page_guarded
from backtest.factsheet.house import House, load_house
from backtest.factsheet.sheet import Density, Sheet, build_page, make_sheet, render_html

__all__ = [
    "Density",
    "House",
    "Sheet",
    "attachments",
    "build_page",
    "load_house",
    "make_guarded",
    "make_sheet",
    "page_guarded",
    "render_html",
]
