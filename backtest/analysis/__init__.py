"""What the manager's own report says beyond the sheet: where the active return came from, and what could happen.

The door: `attribution_of` and `scenarios_of` read the folder of a finished run; `text_of` sets either report as lines
for a terminal, and `to_dict()` of either is its JSON. Inside, `folder` reads the run, `accounts` lays it out as days,
`attributed` and `hypothetical` make the two reports, and `report` holds what both are made of.
"""

from backtest.analysis.attributed import AttributionReport, attribution_of
from backtest.analysis.hypothetical import CheaperAI, ScenarioReport, scenarios_of
from backtest.analysis.report import text_of

__all__ = ["AttributionReport", "CheaperAI", "ScenarioReport", "attribution_of", "scenarios_of", "text_of"]
