"""What the manager's own report says beyond the sheet: where the active return came from, and what could happen.

The door: `attribution_of` reads the folder of a finished run; `text_of` sets a report as lines for a terminal, and its
`to_dict()` is its JSON. Inside, `folder` reads the run, `accounts` lays it out as days, `attributed` makes the report,
and `report` holds what it is made of.
"""

from backtest.analysis.attributed import AttributionReport, attribution_of
from backtest.analysis.report import text_of

__all__ = ["AttributionReport", "attribution_of", "text_of"]
