"""Performance is found where it is shown, and only there."""

from __future__ import annotations

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.figures import covered, gap, performance_blocks
from backtest.disclosure.reading import Reading

STYLE = "<style>td { padding-right: 14pt }</style>"
TABLE = (
    "<table><tr><td>Fund</td><td>+1.2%</td><td>−3.4%</td></tr>"
    "<tr><td>Index</td><td>+2.0%</td><td>0.1%</td></tr></table>"
)
CHART = (
    '<svg width="400" height="200"><text x="360" y="20" font-size="11">200</text>'
    '<text x="360" y="90" font-size="11">150</text>'
    '<text x="360" y="160" font-size="11">100</text><text x="20" y="190" font-size="11">2016</text>'
    '<text x="200" y="190" font-size="11">2020</text></svg>'
)


def blocks(pdf):
    return performance_blocks(Reading(read_pdf(pdf, 100)))


SHOWS = {
    "a table under its heading": f"<h3>Cumulative performance</h3>{TABLE}",
    "a chart under its heading": f"<h3>Growth of 100</h3>{CHART}",
    "a figure above its label": '<div style="font-size: 16pt">+12.9%</div><div>3-year return</div>',
    "a row that names itself": "<table><tr><td>Volatility</td><td>12.8%</td></tr></table>",
    "a sentence": "<p>The fund returned 8.3% over the year, after charges.</p>",
    "a table under header cells in bold": "<h3>Performance</h3><table><tr><th></th><th>Year to 30 June 2025</th>"
    f"<th>Year to 30 June 2026</th></tr>{TABLE[7:]}",
    "a table under header cells of its own size": "<p><b>Annual returns</b></p><table><tr><th>Period</th>"
    "<th>Fund %</th><th>Index %</th></tr><tr><td>2025</td><td>1.2</td><td>2.0</td></tr></table>",
    "the second of two columns": '<div style="display: flex; gap: 20pt"><div><h3>Facts</h3><p>Charge 0.75%</p></div>'
    f"<div><h3>Discrete 12-month returns</h3>{TABLE}</div></div>",
}
SHOWS_NOT = {
    "sectors": f"<h3>Sectors</h3>{TABLE}",
    "charges": "<h3>Charges</h3><table><tr><td>Ongoing charge</td><td>0.75%</td></tr></table>",
    "a warning": "<p>Past performance is not a reliable indicator of future performance.</p>",
    "dates": "<h3>Key facts</h3><table><tr><td>Launch</td><td>2021</td></tr></table>",
    "words": "<h3>Performance</h3><p>Performance is measured in sterling, and more follows on page 2.</p>",
}


@pytest.mark.parametrize("markup", SHOWS.values(), ids=SHOWS)
def test_performance_is_found(printed, markup):
    assert len(blocks(printed(STYLE + markup))) == 1


@pytest.mark.parametrize("markup", SHOWS_NOT.values(), ids=SHOWS_NOT)
def test_what_is_no_performance_is_left_alone(printed, markup):
    assert blocks(printed(STYLE + markup)) == ()


def test_the_box_holds_heading_and_figures(printed):
    block = blocks(printed(f"{STYLE}<h3>Cumulative performance</h3>{TABLE}"))[0]
    assert "Cumulative performance" in block.words
    assert block.box[1] < block.area[1]
    assert block.area[3] == block.box[3]


def test_the_line_under_a_sheets_name_heads_no_large_figure_far_below(printed):
    """It names simulated performance in small type, and the section of the figures stands between: the block begins
    there, not in the band at the top."""
    markup = (
        '<h1 style="font-size: 21pt">A fund of ours</h1><p style="font-size: 8pt">A GBP · simulated performance</p>'
        "<p>The value of an investment can fall as well as rise, and you may get back less than you put in.</p>"
        '<p style="font-size: 9pt"><b>Simulated results</b></p><div style="font-size: 12.5pt">+8.0%</div>'
        "<div>Return a year</div>"
    )
    reading = Reading(read_pdf(printed(markup), 100))
    section = next(line for line in reading.lines if "results" in line.text)
    assert performance_blocks(reading)[0].box[1] >= section.box[1] - 1


def test_tables_apart_are_blocks_apart(printed):
    markup = f'{STYLE}<h3>Performance</h3>{TABLE}<div style="height: 80mm"></div><h3>Drawdown</h3>{TABLE}'
    assert len(blocks(printed(markup))) == 2


def test_a_statement_with_numbers_is_no_performance(printed):
    reading = Reading(read_pdf(printed("<p>Performance: it returned 8.3% and 9.1%, simulated.</p>"), 100))
    everything = range(len(reading.characters))
    assert performance_blocks(reading, set(everything)) == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 0, 1, 1), (0, 3, 1, 4), 2.0), ((0, 0, 1, 1), (4, 5, 5, 6), 5.0), ((0, 0, 2, 2), (1, 1, 3, 3), 0.0)],
)
def test_the_gap_is_the_shortest_way(one, other, expected):
    assert gap(one, other) == expected
    assert gap(other, one) == expected


def test_what_two_boxes_cover_is_counted_once():
    assert covered([(0, 0, 2, 2), (1, 1, 3, 3)]) == 7.0
    assert covered([(0, 0, 2, 2), (0, 0, 2, 2)]) == 4.0
    assert covered([]) == 0.0


def test_a_heading_of_two_lines_is_read_with_both(printed):
    """A narrow tile breaks its label; "drawdown" alone would not say that the figures are simulated."""
    told = '<b style="display: block; line-height: 1.2">Simulated maximum<br>drawdown</b>'
    (block,) = blocks(printed(f"{STYLE}{told}{TABLE}"))
    assert "Simulated maximum drawdown" in block.words
    (block,) = blocks(printed(f'{STYLE}<b style="display: block">Simulated</b><h4>Growth of 100</h4>{TABLE}'))
    assert "Simulated Growth" not in block.words
