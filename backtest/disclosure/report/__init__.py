"""A review as JSON, as a page, as a PDF, as lines for a terminal; one finding explained; two reviews compared.

Same review, same bytes. What a document says is data here: cleaned of what is never drawn, and escaped.
"""

from backtest.disclosure.report.page import to_html
from backtest.disclosure.report.pdf import to_pdf
from backtest.disclosure.report.terminal import to_table
from backtest.disclosure.report.values import to_dict, to_json

__all__ = ["to_dict", "to_html", "to_json", "to_pdf", "to_table"]
