"""Small facts and printed pages for the disclosure tests."""

from __future__ import annotations

from datetime import date

import pytest

from backtest.facts import Fact, Facts


@pytest.fixture(scope="session")
def facts_of():
    """Facts from {id: value}; percentages for fractions, otherwise by the value's own type."""

    def make(values, basis="simulated", charges="net"):
        made = {}
        for fact_id, value in values.items():
            unit = {bool: "flag", str: "text", int: "count", date: "date"}.get(type(value), "percent")
            made[fact_id] = Fact(fact_id, fact_id, value, unit, 1 if unit == "percent" else 0, None, basis, "test",
                                 charges=charges)  # fmt: skip
        return Facts(made, {})

    return make


@pytest.fixture(scope="session")
def printed(print_page):
    """A PDF from a scrap of HTML."""
    style = "<style>@page { size: A5; margin: 12mm } body { font: 9pt 'Jevons Sans' }</style>"

    def make(markup):
        return print_page(f'<html lang="en"><title>t</title>{style}{markup}')

    return make
