"""The page's context: printed strings in their places."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure.rule import Statement
from backtest.facts import Fact, Facts, Series, format_fact
from backtest.factsheet import Density, build_page, render_html
from backtest.factsheet.house import House
from backtest.factsheet.sections import lay_out
from backtest.render import text_nodes
from backtest.strategy import describe_all
from backtest.words import languages, words_in

DAY = date(2026, 1, 30)


def fact(id: str, value, unit="text", precision=0, **dates) -> Fact:
    return Fact(id, id, value, unit, precision, dates.get("as_of", DAY), "simulated", "test", dates.get("start"))


def facts_of(*found: Fact, series: tuple[Series, ...] = ()) -> Facts:
    needed = [fact("fund.name", "A Fund"), fact("fund.firm", "A Firm"), fact("doc.as_of", DAY, "date")]
    return Facts({f.id: f for f in (*needed, *found)}, {s.id: s for s in series})


def said(slot: str, *, lead: bool = False, rule: str = "R-1", text: str = "A sentence.") -> Statement:
    return Statement(rule, "A title.", text, slot, lead, "because")


def test_figures_are_printed_as_facts_print():
    figure = fact("perf.strategy.cumulative.1y", -0.0449, "signed_percent", 1)
    page = build_page(facts_of(figure), ())
    row = page["cumulative"]["rows"][0]
    assert row["label"] == "Strategy"
    assert row["cells"][page["cumulative"]["columns"].index("1 year")] == format_fact(figure) == "−4.5%"
    assert set(row["cells"]) == {"−4.5%", "n/a"}


def test_discrete_periods_run_from_the_oldest_to_the_latest_with_their_dates():
    years = [
        fact(f"perf.strategy.discrete.{k}", 0.01 * k, "signed_percent", 1,
             start=date(2025 - k, 12, 31), as_of=date(2026 - k, 12, 31))
        for k in (1, 2)
    ]  # fmt: skip
    page = build_page(facts_of(*years), ())["discrete"]
    assert page["columns"][-2:] == [{"start": "Dec 2023", "end": "Dec 2024"}, {"start": "Dec 2024", "end": "Dec 2025"}]
    assert page["rows"][0]["cells"] == ["no data", "no data", "no data", "+2.0%", "+1.0%"]


def test_bars_are_sorted_and_as_long_as_their_shares():
    found = [
        fact(f"expo.sector.{name}.{who}", value, "percent", 1)
        for name, values in {"small": (0.1, 0.2), "large": (0.4, 0.3), "short": (-0.1, None)}.items()
        for who, value in zip(("strategy", "benchmark"), values, strict=True)
    ]
    rows = build_page(facts_of(*found), ())["exposures"]["sector"]
    assert [row["strategy"] for row in rows] == ["40.0%", "10.0%", "−10.0%"]
    assert [row["fill"] for row in rows] == ["width: 100.0%", "width: 25.0%", "width: 0.0%"]
    assert [row["benchmark"] for row in rows] == ["30.0%", "20.0%", "n/a"]


def test_sizes_stand_in_the_order_of_size_whatever_they_weigh():
    labels = {"mid": "Mid", "cash": "Cash", "small": "Small", "large": "Large"}
    found = [
        Fact(f"expo.size.{key}.{who}", label, 0.1 * k, "percent", 1, DAY, "simulated", "test")
        for k, (key, label) in enumerate(labels.items())
        for who in ("strategy", "benchmark")
    ]
    rows = build_page(facts_of(*found), ())["exposures"]["size"]
    assert [row["label"] for row in rows] == ["Large", "Mid", "Small", "Cash"]


def test_what_kind_of_figures_they_are_is_said_before_what_else_is_to_be_known_of_them():
    money = replace(said("performance", rule="A-1", text="Figures are in USD."), basis="")
    kind = replace(said("performance", rule="Z-9", text="These figures are simulated."), basis="simulated")
    page = build_page(facts_of(), (money, kind))
    assert [item["rule"] for item in page["performance_statements"]] == ["Z-9", "A-1"]


@pytest.mark.parametrize(
    ("names", "countries", "rebalances", "universe", "decided"),
    [
        (1, 1, 1, "1 company, 1 country", "each month end, traded 1 day later, once"),
        (2, 2, 3, "2 companies, 2 countries", "each month end, traded 1 day later, 3 times"),
    ],
)
def test_one_is_not_counted_as_many(names, countries, rebalances, universe, decided):
    page = build_page(
        facts_of(
            fact("data.names", names, "count"), fact("data.countries", countries, "count"),
            fact("sim.rebalances", rebalances, "count"), fact("sim.lag", 1, "days"),
            fact("sim.decide", "each month end"),
        ), ()
    )  # fmt: skip
    shown = {row["key"]: row["value"] for row in page["assumptions"]}
    assert (shown["universe"], shown["decided"]) == (universe, decided)


@pytest.mark.parametrize(("value", "said_as"), [(0, "receivers by benchmark weight"), (1, "receivers equally")])
def test_a_choice_among_ways_is_said_in_words_and_not_by_its_number(value, said_as):
    chosen = Fact("sim.param.receivers", "receivers", value, "number", 0, DAY, "mandate", "test")
    months = Fact("sim.param.months", "months", 6, "number", 0, DAY, "mandate", "test")
    shown = {row["key"]: row["value"] for row in build_page(facts_of(chosen, months), ())["assumptions"]}
    assert shown["rules"].endswith(f"months 6, {said_as}")


def test_every_way_a_strategy_has_is_worded():
    """The numbers that cut_capex takes for its receivers, and no others."""
    (row,) = (row for row in describe_all() if row["name"] == "cut_capex")
    (sentence,) = (s for s in row["parameters"] if s.startswith("receivers:"))
    low, high = re.search(r"(\d) to (\d); default", sentence).groups()
    for language in languages():
        section = words_in(language).section("choice")
        assert set(section) == {f"receivers_{k}" for k in range(int(low), int(high) + 1)}


def test_a_class_that_was_launched_is_not_called_not_launched():
    launch = fact("class.launch", date(2020, 3, 2), "date")
    shown = {row["label"]: row["value"] for row in build_page(facts_of(launch), ())["key_facts"]}
    assert shown["Launch"] == "2 March 2020"
    older = fact("fund.launch", date(2019, 1, 7), "date")
    shown = {row["label"]: row["value"] for row in build_page(facts_of(launch, older), ())["key_facts"]}
    assert shown["Launch"] == "7 January 2019"


@pytest.mark.parametrize(
    "slot", ["page", "header", "top", "performance", "risk", "simulation", "documents", "important"]
)
def test_a_statement_of_each_slot_is_on_the_page(slot):
    html = render_html(build_page(facts_of(), (said(slot),)))
    count = text_nodes(html).count("A sentence.")
    assert count == {"page": 2, "performance": 3}.get(slot, 1)


def test_a_limit_of_the_simulation_that_leads_stands_with_the_chart_of_growth_and_nowhere_else():
    page = build_page(facts_of(), (said("simulation", lead=True),))
    assert [item["text"] for item in page["leading_statements"]] == ["A sentence."]
    assert page["simulation_statements"] == page["leading_risks"] == []
    assert text_nodes(render_html(page)).count("A sentence.") == 1


def test_a_risk_that_leads_stands_at_the_top_of_page_1_and_nowhere_else():
    page = build_page(facts_of(), (said("risk", lead=True),))
    assert [item["text"] for item in page["leading_risks"]] == ["A sentence."]
    assert page["risk_statements"] == []
    html = render_html(page)
    assert text_nodes(html).count("A sentence.") == 1
    assert html.index("risk-first") < html.index("A sentence.")


def test_without_a_chart_of_growth_what_leads_stands_at_the_top():
    house = House(layout=lay_out({"first_main": ("tiles", "returns", "drawdown", "risk_indicator")}))
    page = build_page(facts_of(), (said("simulation", lead=True),), house=house)
    assert [item["text"] for item in page["leading_risks"]] == ["A sentence."]
    assert text_nodes(render_html(page, house)).count("A sentence.") == 1


def test_the_audience_is_said_once():
    facts = facts_of(fact("doc.audience", "professional"))
    assert build_page(facts, ())["audience"] == "For professional investors"
    assert build_page(facts, (said("header", text="For professional clients only"),))["audience"] == ""


def test_an_index_has_a_version_and_no_holding_period():
    found = [fact("fund.subject", "index"), fact("class.name", "Net"), fact("fund.horizon_years", 5, "years")]
    labels = [row["label"] for row in build_page(facts_of(*found), ())["key_facts"]]
    assert "Version" in labels
    assert "Hold for at least" not in labels


def test_accepted_findings_and_conventions_are_printed_in_order():
    found = [fact(f"{kind}.{k}", f"{kind} number {k}") for kind in ("convention", "accept") for k in (2, 1)]
    page = build_page(facts_of(*found), ())
    assert page["conventions"] == ["convention number 1", "convention number 2"]
    assert page["accepted"] == ["accept number 1", "accept number 2"]


def test_text_of_facts_is_text_on_the_page_and_in_the_drawings():
    line = Series("growth.strategy", "Strategy", (date(2025, 1, 1), DAY), (100.0, 101.0), "number", "simulated")
    shout = fact("perf.strategy.cumulative.start", "<b>&", "text")
    html = render_html(build_page(facts_of(shout, fact("fund.objective", "<img src=x>"), series=(line,)), ()))
    assert "<img" not in html
    assert "<b>&" not in html
    assert "Strategy &lt;b&gt;&amp;" in html


def test_a_closer_setting_lowers_the_charts():
    line = Series("growth.strategy", "Strategy", (date(2025, 1, 1), DAY), (100.0, 101.0), "number", "simulated")
    open_, close = (
        build_page(facts_of(series=(line,)), (), density)["growth"] for density in (Density(), Density(6, 6))
    )
    height = [float(svg.split('height="')[1].split("pt")[0]) for svg in (open_, close)]
    assert height[0] > height[1] > 60


def test_the_risk_class_is_marked_on_its_scale_and_left_out_without_five_years():
    html = render_html(build_page(facts_of(fact("risk.strategy.srri", 6, "count")), ()))
    assert re.findall(r'<td class="own">(\d)</td>', html) == ["6"]
    assert re.findall(r"<td[^>]*>(\d)</td>", html[html.index('class="scale"') :])[:7] == list("1234567")
    assert "(SRRI), 1 to 7" in html
    assert "Class <b>6</b> of 7" in html
    assert "SRRI" not in render_html(build_page(facts_of(fact("risk.strategy.srri", None, "count")), ()))


@pytest.mark.parametrize(
    ("language", "unit", "said"),
    [("en", "summary risk indicator (SRI), 1 to 7", "daily returns, for the recommended holding period"),
     ("de", "Gesamtrisikoindikator (SRI), 1 bis 7", "Tagesrenditen, für die empfohlene Haltedauer"),
     ("fr", "indicateur synthétique de risque (ISR), 1 à 7", "pour la durée de détention recommandée")],
)  # fmt: skip
def test_a_class_of_the_other_scale_is_called_by_it_and_the_srri_is_not_named(language, unit, said):
    facts = facts_of(fact("risk.strategy.sri", 4, "count"), fact("doc.language", language))
    html = render_html(build_page(facts, ()))
    assert re.findall(r'<td class="own">(\d)</td>', html) == ["4"]
    assert unit in html
    assert said in html
    assert "SRRI" not in html


def test_key_facts_print_size_dealing_minimum_and_charges_where_they_are_given():
    given = [
        fact("fund.size", 412.6, "number", 1, as_of=date(2025, 12, 31)), fact("fund.base_currency", "GBP"),
        fact("fund.dealing", "Daily, 12:00"), fact("class.sedol", "0263494"), fact("class.currency", "USD"),
        fact("class.minimum", 1000.0, "number"), fact("class.exit_charge", 0.01, "percent", 2),
        fact("class.management_fee", 0.006, "percent", 2),
    ]  # fmt: skip
    page = build_page(facts_of(*given), ())
    shown = {row["label"]: row["value"] for row in [*page["key_facts"], *page["charges"]]}
    assert shown["Fund size"] == "GBP 412.6 million, 31 December 2025"
    assert (shown["Dealing"], shown["Minimum investment"], shown["SEDOL"]) == ("Daily, 12:00", "USD 1,000", "0263494")
    assert (shown["Exit charge"], shown["of which management fee"]) == ("1.00%", "0.60%")
