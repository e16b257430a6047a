"""Figures worked out anew, each by hand."""

from __future__ import annotations

import math
from datetime import date

import pytest

from backtest.disclosure.recomputed import curves, disagreements, figures
from backtest.facts import Fact, Facts, Series

DAYS = (date(2024, 10, 31), date(2025, 4, 30), date(2025, 10, 31), date(2026, 10, 30))
STRATEGY, BENCHMARK = (99.0, 110.0, 88.0, 121.0), (100.0, 105.0, 100.0, 110.0)


def facts_of(**values: tuple[float, str]) -> Facts:
    made = {}
    for name, (value, unit) in values.items():
        fact_id = name.replace("__", ".")
        start = DAYS[2] if "discrete" in name or "1y" in name else DAYS[0]
        made[fact_id] = Fact(fact_id, fact_id, value, unit, 1, DAYS[-1], "simulated", "test", start=start)
    return Facts(made, {})


def table(*columns: tuple[float, ...]) -> bytes:
    head = "date,growth.strategy (starting value = 100),growth.benchmark (starting value = 100)\n"
    rows = (",".join([day.isoformat(), *map(str, row)]) for day, *row in zip(DAYS, *columns, strict=True))
    return (head + "\n".join(rows)).encode()


ATTACHED = {"growth.csv": table(STRATEGY, BENCHMARK)}


@pytest.mark.parametrize(
    ("fact_id", "by_hand"),
    [
        ("perf__strategy__cumulative__start", 0.21),  # from the capital, 100, not from 99 after the first purchase
        ("perf__strategy__cumulative__1y", 121 / 88 - 1),
        ("perf__strategy__discrete__1", 121 / 88 - 1),
        ("perf__benchmark__cumulative__start", 0.10),
        ("perf__strategy__annualised__start", 1.21 ** (365.25 / 729) - 1),
        ("risk__strategy__max_drawdown", 88 / 110 - 1),
        ("risk__benchmark__max_drawdown", 100 / 105 - 1),
    ],
)
def test_returns_and_falls(fact_id, by_hand):
    name = fact_id.replace("__", ".")
    assert figures(facts_of(**{fact_id: (0.0, "percent")}), ATTACHED)[name] == pytest.approx(by_hand)


def test_volatility_leaves_out_the_cost_of_the_first_purchase():
    """Three returns: 1/9, -0.2, 0.375."""
    returns = [110 / 99 - 1, -0.2, 0.375]
    mean = sum(returns) / 3
    by_hand = math.sqrt(sum((r - mean) ** 2 for r in returns) / 2 * 252)
    found = figures(facts_of(risk__strategy__volatility=(0.0, "percent")), ATTACHED)
    assert found["risk.strategy.volatility"] == pytest.approx(by_hand)


def test_beta_and_tracking_error_of_the_benchmark_itself_are_one_and_zero():
    same = {"growth.csv": table(BENCHMARK, BENCHMARK)}
    facts = facts_of(risk__strategy__beta=(1.0, "ratio"), risk__strategy__tracking_error=(0.0, "percent"))
    assert figures(facts, same) == pytest.approx({"risk.strategy.beta": 1.0, "risk.strategy.tracking_error": 0.0})


@pytest.mark.parametrize(("value", "wrong"), [(0.21, 0), (0.2104, 0), (0.2106, 1), (-0.21, 1)])
def test_only_what_rounding_does_not_explain_is_a_disagreement(value, wrong):
    found = disagreements(facts_of(perf__strategy__cumulative__start=(value, "signed_percent")), ATTACHED)
    assert (found[0], len(found[1])) == (1, wrong)


def test_the_ten_largest_are_their_sum():
    weights = {f"top10__{k}__weight": (0.05, "percent") for k in range(1, 11)}
    facts = facts_of(conc__strategy__top10=(0.6, "percent"), **weights)
    assert [other.fact.id for other in disagreements(facts, {})[1]] == ["conc.strategy.top10"]


def test_a_theme_ends_where_its_line_ends():
    theme = b"date,theme.capex.strategy (fraction of NAV)\n2024-10-31,0.3\n2026-10-30,0.2\n"
    facts = facts_of(expo__theme__capex__strategy=(0.2, "percent"), expo__theme__capex__start=(0.4, "percent"))
    _, wrong = disagreements(facts, {"themes.csv": theme})
    assert [(other.fact.id, other.found) for other in wrong] == [("expo.theme.capex.start", 0.3)]


def test_without_a_table_the_series_of_the_facts_are_used():
    bare = facts_of(perf__strategy__cumulative__start=(0.5, "signed_percent"))
    growth = Series("growth.strategy", "Strategy", DAYS, STRATEGY, "number", "simulated")
    assert disagreements(bare, {}) == (0, ())
    assert len(disagreements(Facts(bare.facts, {growth.id: growth}), {})[1]) == 1


@pytest.mark.parametrize(
    "data", [None, b"", b"date,a\nnever,1", b"date,a\n2024-01-02", b"\xff\xfe", b"date,a\n2024-01-02,x"]
)
def test_a_table_that_cannot_be_read_is_no_table(data):
    assert curves(data) == {}
