"""Numbers as pages print them, each with its place, and what ties them to a fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.numbers import Labels, canonical, is_bare, numbers, spelt
from backtest.disclosure.reading import Reading, key
from backtest.disclosure.ties import Ties
from backtest.facts import Fact, Facts, Series
from backtest.words import words_in

DAYS = tuple(date(2020 + k, 10, 30) for k in range(7))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+12.3%", "+12.3%"), ("-0.4 %", "−0.4%"), ("−0,4\u00a0%", "−0,4%"), ("3.0 bp", "3.0basis_points"),
        ("1\u202f234,5", "1\u202f234,5"), ("1,234", "1,234"), ("5 years", "5year"), ("1 day", "1day"),
        ("£1,000", "£1,000"), ("+2.4 pp", "+2.4points"), ("n/a", ""), ("12.3% or so", ""), ("v2", ""),
    ],
)  # fmt: skip
def test_a_number_has_one_form(text, form):
    assert canonical(text) == form


@pytest.mark.parametrize(("text", "bare"), [("−3.4 pp", True), ("n/a", True), ("–", True), ("5 years", False),
                                            ("Now", False), ("1 month", False)])  # fmt: skip
def test_a_cell_of_figures_labels_nothing(text, bare):
    assert is_bare(text) is bare


@pytest.fixture
def read(printed):
    style = "<style>td, th { padding: 0 14pt 0 0; text-align: left }</style>"
    return lambda markup: Reading(read_pdf(printed(style + markup)))


TABLE = """<table><tr><th>Company</th><th>Country</th><th>Weight</th></tr>
<tr><td>Alby Bank</td><td>Japan</td><td>7.7%</td></tr>
<tr><td>Corham Oil</td><td>France</td><td>4.1%</td></tr></table>"""


def test_a_number_knows_its_row_and_its_column(read):
    reading = read(TABLE)
    labels = Labels(reading)
    found = {n.shown: ([text for text, _ in labels.row(n)], labels.column(n)) for n in numbers(reading, spelt(reading))}
    assert key("Alby Bank") in found["7.7%"][0]
    assert key("Corham Oil") in found["4.1%"][0]
    assert all(key("Weight") in column for _, column in found.values())


def test_a_unit_may_stand_on_the_next_line_and_two_numbers_are_not_joined(read):
    reading = read("<p style='width: 30mm'>This costs all of us quite 12.5<br>bp</p><p>100<br>150<br>200</p>")
    assert [n.text for n in numbers(reading, spelt(reading))] == ["12.5basis_points", "100", "150", "200"]


def made(**values: tuple) -> Facts:
    facts = {
        i.replace("__", "."): Fact(i.replace("__", "."), label, value, unit, precision, DAYS[-1], "simulated", "test")
        for i, (label, value, unit, precision) in values.items()
    }
    growth = Series("growth.strategy", "Strategy", DAYS, (100.0, 120.0, 90.0, 140.0, 180.0, 160.0, 199.0), "number",
                    "simulated")  # fmt: skip
    return Facts(facts, {growth.id: growth})


HOLDINGS = made(
    top10__1__name=("Company", "Alby Bank", "text", 0),
    top10__1__weight=("Weight", 0.077, "percent", 1),
    top10__2__name=("Company", "Corham Oil", "text", 0),
    top10__2__weight=("Weight", 0.041, "percent", 1),
)


def test_figures_in_their_places_tie(read):
    ties = Ties(read(TABLE), HOLDINGS)
    assert (ties.untied, ties.misplaced, ties.places_found) == ((), (), 2)


def test_two_figures_of_a_table_exchanged_are_found_though_both_are_facts(read):
    ties = Ties(read(TABLE.replace("7.7%", "x").replace("4.1%", "7.7%").replace("x", "4.1%")), HOLDINGS)
    assert ties.untied == ()
    assert [loose.why for loose in ties.misplaced] == [
        "'Alby Bank, Weight' shows 4.1%, the facts say 7.7%", "'Corham Oil, Weight' shows 7.7%, the facts say 4.1%",
    ]  # fmt: skip


def test_two_names_of_a_table_exchanged_are_found(read):
    ties = Ties(read(TABLE.replace("Alby Bank", "x").replace("Corham Oil", "Alby Bank").replace("x", "Corham Oil")),
                HOLDINGS)  # fmt: skip
    assert len(ties.misplaced) == 2


AXIS = "<div style='line-height: 20pt'>200<br>150<br>100</div>"


@pytest.mark.parametrize(
    ("ticks", "loose"),
    [
        (AXIS, []),
        (AXIS.replace("150", "155"), ["200", "155", "100"]),
        (AXIS.replace("200", "2,000").replace("150", "1,500").replace("100", "1,000"), ["2,000", "1,500", "1,000"]),
        (AXIS.replace("200<br>", ""), ["150", "100"]),
    ],
    ids=["even and fitting", "uneven", "not the data's", "two are no axis"],
)
def test_the_ticks_of_an_axis_are_even_and_fit_the_data(read, ticks, loose):
    assert [found.text for found in Ties(read(ticks), HOLDINGS).untied] == loose


def test_a_page_is_numbered_as_it_is(read):
    assert Ties(read("<p>Page 1 of 1</p>"), HOLDINGS).untied == ()
    assert [found.text for found in Ties(read("<p>Page 2 of 7</p>"), HOLDINGS).untied] == ["2", "7"]


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("Up to 30 October 2026.", []),
        ("Up to 31 October 2026.", ["31 October 2026"]),
        ("From Oct 2020 on.", []),
        ("From Nov 2020 on.", ["Nov 2020"]),
        ("In 2023 it fell.", []),
        ("In 2031 it fell.", ["2031"]),
    ],
)
def test_days_months_and_years_are_those_of_the_facts(read, text, loose):
    assert [found.text for found in Ties(read(f"<p>{text}</p>"), HOLDINGS).untied] == loose


def test_another_currency_beside_a_label_is_found(read):
    facts = made(class__currency=("Currency", "GBP", "text", 0), class__minimum=("Minimum", 1000.0, "number", 0))
    rows = ("<tr><td>Currency</td><td>{0}</td></tr>", "<tr><td>Minimum investment</td><td>{0} 1,000</td></tr>")
    page = f"<table>{''.join(rows)}</table>"
    assert Ties(read(page.format("GBP")), facts).misplaced == ()
    assert [loose.why for loose in Ties(read(page.format("USD")), facts).misplaced] == [
        "'Currency' shows USD, the facts say GBP",
        "'Minimum investment' shows USD 1,000, the facts say GBP 1,000",
    ]


def test_a_statement_word_for_word_is_its_rules_own(read):
    reading = read("<p>At most 17 of 99.</p>")
    spoken = frozenset(range(len(reading.characters)))
    assert [loose.text for loose in Ties(reading, HOLDINGS).untied] == ["17", "99"]
    assert Ties(reading, HOLDINGS, spoken).untied == ()


def test_a_changed_fact_changes_what_is_asked(read):
    """The figure is held against its own fact, not against any."""
    changed = replace(HOLDINGS.facts["top10.1.weight"], value=0.041)
    ties = Ties(read(TABLE), Facts({**HOLDINGS.facts, "top10.1.weight": changed}, HOLDINGS.series))
    assert [loose.text for loose in ties.misplaced] == ["7.7%"]


def test_a_fixed_text_is_whole_although_a_digit_follows_on_another_line(read):
    """'1 to 7' of a heading stands right before the '1' of the scale under it, in the order of drawing."""
    heading = "<p>synthetic risk and reward indicator (SRRI), 1 to 7</p>"
    assert Ties(read(f"{heading}<p>2020</p>"), HOLDINGS).untied == ()
    assert [loose.text for loose in Ties(read(heading.replace("to 7", "to 73")), HOLDINGS).untied] == ["1", "73"]


COUNTS = made(
    conc__strategy__holdings=("Holdings", 150, "count", 0),
    conc__strategy__effective_names=("Effective number of names", 100, "count", 0),
    conc__strategy__hhi=("Concentration", 200, "count", 0),
)


def _counted(*columns):
    """A row for each count, with its figure of each column; each column under the same heading."""
    words = words_in("en")
    heads = f"<th>{words('page.portfolio')}</th>" * len(columns)
    rows = "".join(
        f"<tr><td>{words(f'concentration.{name}')}</td>{''.join(f'<td>{figure}</td>' for figure in figures)}</tr>"
        for name, *figures in zip(("holdings", "effective_names", "hhi"), *columns, strict=True)
    )
    return f"<table style='line-height: 20pt'><tr><th></th>{heads}</tr>{rows}</table>"


def test_a_column_that_runs_as_evenly_as_an_axis_is_held_to_its_rows(read):
    """150, 100 and 200 moved up by a row each: evenly spaced, by even steps, within the chart's data, and wrong."""
    assert Ties(read(_counted((150, 100, 200))), COUNTS).misplaced == ()
    assert {loose.text for loose in Ties(read(_counted((200, 150, 100))), COUNTS).misplaced} == {"200", "150", "100"}


def test_a_tick_level_with_a_row_that_has_its_own_figure_is_no_figure_of_the_row(read):
    """A chart beside a table, under a heading that heads a column of the table too."""
    assert Ties(read(_counted((150, 100, 200), (200, 150, 100))), COUNTS).misplaced == ()
    assert Ties(read(_counted((150, 100, 200), (200, 155, 100))), COUNTS).misplaced != ()
