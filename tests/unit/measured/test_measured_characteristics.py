"""Price to earnings and the size of companies: from what was published by the date, in one currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backtest.errors import DataError
from backtest.facts import format_fact
from backtest.facts.measured import measured_facts
from backtest.facts.said import said_in
from backtest.mandate import parse_mandate
from backtest.market.fundamentals import Fundamentals
from backtest.measure import measure

AS_OF = date(2022, 12, 30)
QUARTERS = np.array(["2021-12-31", "2022-03-31", "2022-06-30", "2022-09-30"], dtype="datetime64[D]")
FIELDS = ("book", "profit")


def published(panel, earned, late=()):
    """Each name's profit of four quarters (N,), and a book value of ten times that, known a month after; `late` ones
    are known the day after the as-of date."""
    end = int(np.searchsorted(panel.dates, np.datetime64(AS_OF)))
    rows = []
    for k, quarter in enumerate(QUARTERS):
        known = int(np.searchsorted(panel.dates, quarter + 30))
        for i, amount in enumerate(earned):
            day = end + 1 if i in late and k == 3 else known
            rows += [(0, i, quarter, day, 40.0 * amount), (1, i, quarter, day, amount)]
    rows.sort(key=lambda row: (row[3], row[2]))
    field, asset, period, known, value = zip(*rows, strict=True)
    return Fundamentals(
        FIELDS, np.array(field), np.array(asset), np.array(period, dtype="datetime64[D]"), np.array(known),
        np.array(value),
    )  # fmt: skip


def with_figures(kit, **changes):
    panel = kit.panel(end="2023-01-31")
    sizes = np.outer(np.ones(len(panel.dates)), np.arange(1.0, 7.0)) * 1e9
    earned = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) * 10.0
    return replace(panel, market_values=sizes, fundamentals=published(panel, earned, **changes))


def mandate_with(kit, figures):
    own = kit.mandate(as_of=AS_OF)
    data = own.data.model_copy(update={"figures": figures})
    return own.model_copy(update={"data": data})


def figures_of(kit, panel, **keys):
    figures = {"earnings": "profit", "book_value": "book", "unit": 1_000_000, **keys}
    table = {"source": "sample", "figures": figures}
    own = parse_mandate(
        {"fund": {"name": "A", "firm": "B", "subject": "fund", "objective": "C", "base_currency": "GBP"},
         "data": table, "strategy": {"name": "hold_benchmark"}, "schedule": {"decide": "month_end"},
         "share_class": [{"name": "A", "currency": "GBP", "ongoing_charge": 0.0, "initial_charge": 0.0}],
         "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"}},
        "mandate.toml",
    )  # fmt: skip
    case = kit.case(panel)
    mandate = mandate_with(kit, own.data.figures)
    return measure(case.panel, case.strategy, case.baseline, mandate)


def test_each_company_earns_in_the_currency_of_its_listing(kit):
    """By hand: every name earns 40 to 240 m a year on a value of 1 to 6 bn, 25 times, in its own currency. The values
    are in pounds; a name in dollars earns its rate of that, and its multiple is 25 / rate."""
    panel = with_figures(kit)
    found = figures_of(kit, panel).summary.characteristics
    end = int(np.searchsorted(panel.dates, np.datetime64(AS_OF)))
    index = panel.benchmark_weights[end]
    rate = np.array([1.0 if c == "GBP" else panel.fx[c][end] for c in panel.currencies])
    assert found["benchmark"].price_to["earnings"].value == pytest.approx(1.0 / (index * rate / 25.0).sum())
    assert found["benchmark"].price_to["earnings"].coverage == pytest.approx(1.0)
    assert found["benchmark"].average_value.value == pytest.approx((index * np.arange(1.0, 7.0)).sum() * 1e9)
    assert found["benchmark"].price_to["book_value"].value == pytest.approx(1.0 / (index * rate * 0.4).sum())


def test_what_is_published_after_the_date_is_not_known(kit):
    """The last quarter of the first name comes a day late: three quarters are no year."""
    panel = with_figures(kit, late=(0,))
    found = figures_of(kit, panel).summary.characteristics
    end = int(np.searchsorted(panel.dates, np.datetime64(AS_OF)))
    assert found["benchmark"].price_to["earnings"].coverage == pytest.approx(1.0 - panel.benchmark_weights[end, 0])
    # its book value of the quarter before still counts
    assert found["benchmark"].price_to["book_value"].coverage == pytest.approx(1.0)


def test_scrambling_what_comes_after_moves_no_characteristic(kit):
    panel = with_figures(kit)
    end = int(np.searchsorted(panel.dates, np.datetime64(AS_OF)))
    late = np.arange(len(panel.dates)) > end
    wild = replace(panel, market_values=np.where(late[:, None], 7.0, panel.market_values))
    one, other = (figures_of(kit, p).summary.characteristics for p in (panel, wild))
    assert one == other


def test_a_field_that_nobody_publishes_is_an_error_that_lists_what_there_is(kit):
    with pytest.raises(DataError) as caught:
        figures_of(kit, with_figures(kit), earnings="profits")
    assert str(caught.value) == (
        "[data.figures] earnings: no published figure is called 'profits'. Found: book, profit. "
        "Name one of them, or take the key out."
    )


def test_facts_have_unit_date_basis_and_say_what_they_are(kit):
    panel = with_figures(kit)
    measured = figures_of(kit, panel)
    facts = {f.id: f for f in measured_facts(said_in(kit.mandate(), "en"), measured.summary, panel, "tests")}
    ratio, size, covered = (facts[f"char.strategy.{key}"] for key in ("price_earnings", "median_value", "covered"))
    assert (ratio.unit, ratio.as_of, ratio.basis) == ("ratio", AS_OF, "simulated")
    assert "trailing twelve months" in ratio.label and "figures: as published" in ratio.source
    assert size.label == "Strategy: market value of a holding, weighted median, GBP bn"
    assert format_fact(size) in {f"{k}.0" for k in range(1, 7)}
    assert covered.value == min(
        *(one.coverage for one in measured.summary.characteristics["strategy"].price_to.values()),
        measured.summary.characteristics["strategy"].median_value.coverage,
    )
    assert "char.strategy.price_sales" not in facts


def test_nothing_known_prints_as_not_available(kit):
    panel = with_figures(kit)
    empty = replace(panel, market_values=np.full_like(panel.market_values, np.nan))
    measured = figures_of(kit, empty)
    facts = {f.id: f for f in measured_facts(said_in(kit.mandate(), "en"), measured.summary, empty, "tests")}
    printed = {key: format_fact(fact) for key, fact in facts.items() if key.startswith("char.strategy.")}
    assert printed == {
        "char.strategy.price_earnings": "n/a",
        "char.strategy.price_book_value": "n/a",
        "char.strategy.average_value": "n/a",
        "char.strategy.median_value": "n/a",
        "char.strategy.covered": "0.0%",
    }
