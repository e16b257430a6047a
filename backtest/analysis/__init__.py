"""What the manager's own report says beyond the sheet: where the active return came from, and what could happen.

The door: `attribution_of` and `scenarios_of` read the folder of a finished run; `text_of` sets either report as lines
for a terminal, and `to_dict()` of either is its JSON. `compare_strategies` needs no run: it holds every strategy beside
doing nothing, and `page_of` makes it a page. Inside, `folder` reads the run, `accounts` lays it out as days,
`attributed`, `hypothetical` and `compared` make the reports, `standing` says what a comparison is worth, and `report`
holds what all are made of.
"""

from backtest.analysis.attributed import AttributionReport, attribution_of
from backtest.analysis.compared import Comparison, compare_strategies, page_of
from backtest.analysis.hypothetical import CheaperAI, ScenarioReport, scenarios_of
from backtest.analysis.report import text_of

__all__ = [
    "AttributionReport", "CheaperAI", "Comparison", "ScenarioReport", "attribution_of", "compare_strategies", "page_of",
    "scenarios_of", "text_of",
]  # fmt: skip
