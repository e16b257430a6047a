"""Charts: scales, ticks, thinning and labels are sums that can be checked; a drawing is well-formed and says itself."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.charts import (
    MOST_POINTS,
    ROW,
    Line,
    Look,
    Parted,
    Scale,
    Theme,
    drawdown_chart,
    growth_chart,
    nice_ticks,
    share_chart,
    spread,
    thinned,
    year_ticks,
)
from backtest.facts import Series
from backtest.words import words_in

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2020, 1, 1)
SIMULATED = words_in("en")("chart.simulated")
LOOK = Look(340, 120)
HEIGHT_OF_A_LABEL = LOOK.size

finite = st.floats(-1e6, 1e6, allow_nan=False)


def days(count: int) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(days=k) for k in range(count))


def line(values, label="Strategy", width=1.0, dash="", **more) -> Line:
    series = Series("growth.strategy", label, days(len(values)), tuple(values), "number", "simulated")
    return Line(series, label, "#0b6660", width, dash, **more)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def texts(svg: str) -> list[str]:
    return ["".join(e.itertext()) for e in parsed(svg).iter(f"{SVG}text")]


def label_heights(svg: str, *labels: str) -> list[float]:
    found = {"".join(e.itertext()): float(e.attrib["y"]) for e in parsed(svg).iter(f"{SVG}text")}
    return [found[label] for label in labels]


def drawn_lines(svg: str, colour: str = "#0b6660") -> list[list[tuple[float, float]]]:
    """Corner points of the paths of a colour that are lines of the chart, not the thin ones that lead to labels."""
    found = []
    for path in parsed(svg).iter(f"{SVG}path"):
        if path.attrib.get("stroke") == colour and path.attrib["stroke-width"] != "0.4":
            pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
            found.append([(float(x), float(y)) for x, y in pairs])
    return found


# Ticks


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (97, 223, 6, (50, 100, 150, 200, 250)),
        (-0.349, 0, 6, (-0.4, -0.3, -0.2, -0.1, 0)),
        (0, 0.6, 4, (0, 0.2, 0.4, 0.6)),
        (100, 100, 6, (90, 95, 100, 105, 110)),
        (0, 0, 3, (-1, 0, 1)),
    ],
)
def test_ticks_are_round_and_enclose(low, high, most, ticks):
    assert nice_ticks(low, high, most) == pytest.approx(ticks)


@given(low=finite, span=st.floats(1e-3, 1e6), most=st.integers(3, 9))
def test_ticks_enclose_the_range_in_equal_round_steps(low, span, most):
    ticks = nice_ticks(low, low + span, most)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= low + span - 1e-6 * step
    assert 2 <= len(ticks) <= most
    assert all(math.isclose(b - a, step, rel_tol=1e-5) for a, b in pairwise(ticks))
    digits = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert any(math.isclose(digits, round_one, rel_tol=1e-4) for round_one in (1, 2, 2.5, 5, 10))


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2014, 11, 3), date(2026, 10, 30), ["2016", "2018", "2020", "2022", "2024", "2026"]),
        (date(2020, 6, 1), date(2023, 2, 1), ["2021", "2022", "2023"]),
        (date(2020, 3, 2), date(2020, 5, 20), ["Apr 2020", "May 2020"]),
        (date(2020, 2, 1), date(2021, 11, 2), ["Feb 2020", "Jun 2020", "Oct 2020", "Feb 2021", "Jun 2021", "Oct 2021"]),
        (date(2020, 3, 2), date(2020, 3, 2), ["Mar 2020"]),
    ],
)
def test_time_is_marked_in_years_or_else_in_months(first, last, labels):
    assert [words for _, words in year_ticks(first, last)] == labels


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 40_000))
def test_time_marks_stand_inside_the_axis_in_order_and_are_few(first, length):
    last = first + timedelta(days=length)
    marks = [day for day, _ in year_ticks(first, last)]
    assert marks == sorted(set(marks))
    assert 1 <= len(marks) <= 7
    assert all(first <= day <= last for day in marks)


def test_an_axis_prints_figures_as_the_sheet_does():
    svg = share_chart([line([-0.05, 0.12])], LOOK, "x")
    assert {"−5", "0", "5", "10", "15"} <= set(texts(svg))
    assert "1,000" in texts(growth_chart([line([100, 1100])], LOOK, "x"))


# Thinning


@given(st.lists(st.one_of(st.none(), finite), max_size=1500), st.integers(4, 120))
def test_thinning_keeps_order_ends_extremes_and_the_limit(values, most):
    kept = thinned(days(len(values)), values, most)
    known = [v for v in values if v is not None]
    shown = [v for _, v in kept if v is not None]
    assert len(shown) <= max(most, 0)
    assert [d for d, _ in kept] == sorted({d for d, _ in kept})
    assert set(kept) <= set(zip(days(len(values)), values, strict=True))
    if known:
        assert (min(shown), max(shown)) == (min(known), max(known))
    if values:
        assert (kept[0][1], kept[-1][1]) == (values[0], values[-1])


def test_thinning_keeps_a_spike_of_one_day_and_a_gap_of_one_day():
    values: list[float | None] = [100.0] * 3000
    values[1234], values[2000] = 300.0, None
    kept = dict(thinned(days(3000), values))
    assert kept[FIRST + timedelta(days=1234)] == 300.0
    assert kept[FIRST + timedelta(days=2000)] is None


def test_what_is_not_finite_is_a_gap():
    kept = thinned(days(3), [1.0, math.nan, math.inf])
    assert [v for _, v in kept] == [1.0, None, None]


def test_a_long_line_is_drawn_with_few_points():
    svg = growth_chart([line([100 + math.sin(k) for k in range(5000)])], LOOK, "x")
    assert sum(map(len, drawn_lines(svg))) <= MOST_POINTS


# Labels


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.floats(0.5, 12))
def test_labels_keep_their_distance_their_order_and_their_room(wanted, gap):
    placed = spread(wanted, gap, 0.0, 100.0)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    heights = [placed[i] for i in order]
    assert all(b - a >= gap - 1e-6 for a, b in pairwise(heights))
    assert heights[0] >= -1e-6
    assert heights[-1] <= 100 + 1e-6


def test_labels_with_room_stay_where_they_are_wanted():
    assert spread([70.0, 10.0, 40.0], 9.0, 0.0, 100.0) == pytest.approx([70.0, 10.0, 40.0])


def test_labels_that_collide_move_apart_evenly():
    assert spread([50.0, 50.0], 10.0, 0.0, 100.0) == pytest.approx([45.0, 55.0])
    assert spread([52.0, 50.0, 51.0], 10.0, 0.0, 100.0) == pytest.approx([61.0, 41.0, 51.0])


def test_labels_at_an_edge_are_pushed_inside():
    assert spread([100.0, 99.0], 10.0, 0.0, 100.0) == pytest.approx([100.0, 90.0])
    assert spread([0.0, 1.0], 10.0, 0.0, 100.0) == pytest.approx([0.0, 10.0])


def test_three_lines_that_end_together_have_three_labels_that_can_be_read():
    names = ["Strategy +94.5%", "Doing nothing +94.6%", "Benchmark +94.7%"]
    svg = growth_chart([line([100, 194.5 + k / 10], name) for k, name in enumerate(names)], LOOK, "x")
    heights = sorted(label_heights(svg, *names))
    assert all(b - a >= HEIGHT_OF_A_LABEL for a, b in pairwise(heights))


def test_every_label_starts_right_of_the_plot():
    svg = growth_chart([line([100, 150], "Strategy +50.0%")], LOOK, "x")
    label = next(e for e in parsed(svg).iter(f"{SVG}text") if "Strategy" in "".join(e.itertext()))
    assert LOOK.width - LOOK.label_room < float(label.attrib["x"]) < LOOK.width


# Series that nobody hopes for

SITUATIONS = {
    "flat_line": [100.0] * 20,
    "one_point": [100.0],
    "two_points": [100.0, 90.0],
    "all_negative": [-0.1, -0.5, -0.3],
    "starts_with_a_gap": [None, 100.0, 101.0],
    "a_gap_within": [100.0, 101.0, None, None, 99.0, 98.0],
    "one_point_between_gaps": [None, 100.0, None],
    "huge": [100.0, 1e9],
    "tiny": [100.0, 100.0000001],
}


@pytest.mark.parametrize("values", SITUATIONS.values(), ids=SITUATIONS.keys())
@pytest.mark.parametrize("chart", [growth_chart, drawdown_chart, share_chart])
def test_every_situation_is_drawn_inside_the_chart(chart, values):
    svg = chart([line(values)], LOOK, "x")
    assert "nan" not in svg
    assert "inf" not in svg
    points = [point for run in drawn_lines(svg) for point in run]
    dots = [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in parsed(svg).iter(f"{SVG}circle")]
    assert points or dots
    assert all(0 <= x <= LOOK.width and 0 <= y <= LOOK.height for x, y in points + dots)


@pytest.mark.parametrize("values", [[], [None], [None, None, None], [math.nan]], ids=str)
def test_a_line_without_a_value_is_said_in_words(values):
    assert texts(growth_chart([line(values)], LOOK, "x")) == ["no data"]


def test_no_line_at_all_is_said_in_words():
    assert texts(share_chart([], LOOK, "x")) == ["no data"]


def test_a_gap_breaks_the_line():
    assert [len(run) for run in drawn_lines(growth_chart([line([1, 2, None, 3, 4, 5])], LOOK, "x"))] == [2, 3]


def test_a_day_alone_is_a_dot():
    """A path of one point draws nothing in print, so the day would be lost."""
    svg = growth_chart([line([1, 2, None, 3, None, 4, 5], label="")], LOOK, "x")
    dots = [e for e in parsed(svg).iter(f"{SVG}circle") if e.attrib["fill"] == "#0b6660"]
    assert len(dots) == 1
    assert [len(run) for run in drawn_lines(svg)] == [2, 2]


def test_a_higher_value_stands_higher_and_a_later_day_further_right():
    ((first, second),) = drawn_lines(growth_chart([line([100, 200])], LOOK, "x"))
    assert first[0] < second[0]
    assert first[1] > second[1]


def test_growth_and_its_hundred_are_on_one_scale():
    """100 is drawn as a stronger grid line, and a line that stays there lies on it."""
    svg = growth_chart([line([100, 100, 180])], LOOK, "x")
    strong = [e.attrib["d"] for e in parsed(svg).iter(f"{SVG}path") if e.attrib["stroke-width"] == "0.7"]
    assert len(strong) == 1
    height = float(re.findall(r"M[\d.]+ ([\d.]+)H", strong[0])[0])
    assert drawn_lines(svg)[0][0][1] == pytest.approx(height, abs=0.06)


def test_a_scale_puts_its_ends_where_they_belong():
    scale = Scale(-1.0, 3.0, 200.0, 0.0)
    assert (scale(-1.0), scale(1.0), scale(3.0)) == (200.0, 100.0, 0.0)


# What is simulated


def band_of(svg: str) -> ET.Element | None:
    return next((e for e in parsed(svg).iter(f"{SVG}rect") if e.attrib["fill"] == Theme().band), None)


def test_all_of_the_growth_is_simulated_unless_a_day_is_given():
    svg = growth_chart([line([100.0] * 101)], LOOK, "x")
    assert SIMULATED in texts(svg)
    band = band_of(svg)
    assert band is not None
    assert float(band.attrib["width"]) == pytest.approx(LOOK.width - LOOK.left - LOOK.label_room, abs=0.1)


def test_nothing_is_shaded_when_nothing_is_simulated():
    svg = growth_chart([line([100.0] * 101)], LOOK, "x", simulated=False)
    assert band_of(svg) is None
    assert SIMULATED not in texts(svg)


@pytest.mark.parametrize("height", [30, 40, 57, 92])
def test_no_number_of_the_axis_touches_the_next_however_low_the_chart_is(height):
    svg = drawdown_chart([line([0.0, -0.37, -0.1])], Look(340, height), "x")
    heights = sorted(
        label_heights(svg, *(text for text in texts(svg) if re.fullmatch("[−0-9]+", text) and len(text) < 4))
    )
    assert len(heights) >= 2
    assert all(b - a >= HEIGHT_OF_A_LABEL for a, b in pairwise(heights))


# Two parts


PARTED = Parted(FIRST + timedelta(days=40), "Simulated:", SIMULATED, "Actual from 10 February 2020")


def two_parts(day: int = 40, count: int = 101) -> list[Line]:
    """A simulated line that ends on a day, and an actual one that begins there at 100."""
    before, after = days(count)[: day + 1], days(count)[day:]
    old = Series("growth.strategy", "S", before, tuple(100.0 + k for k in range(len(before))), "number", "simulated")
    new = Series("growth.actual", "A", after, tuple(100.0 + k / 2 for k in range(len(after))), "number", "actual")
    return [
        Line(new, "Share class +30.0%", "#0a5651", 1.3, bold=True),
        Line(old, "", "#0b6660", 1.1, "4 1.4", key="Strategy +40.0%"),
    ]


@pytest.mark.parametrize("chart", [growth_chart, drawdown_chart])
def test_the_simulated_part_is_shaded_to_its_last_day_and_both_are_named(chart):
    svg = chart(two_parts(), LOOK, "x", parted=PARTED)
    assert {"Simulated:", SIMULATED, "Actual from 10 February 2020", "Strategy +40.0%"} <= set(texts(svg))
    band = band_of(svg)
    assert band is not None
    assert float(band.attrib["width"]) == pytest.approx(0.4 * (LOOK.width - LOOK.left - LOOK.label_room), abs=0.1)


def test_the_two_parts_are_two_lines_of_different_kinds_that_do_not_touch():
    """The first ends at 140 on the day of the break, the second begins there at 100: a step, and no line between."""
    svg = growth_chart(two_parts(), LOOK, "x", parted=PARTED)
    old, new = drawn_lines(svg)[-1], drawn_lines(svg, "#0a5651")[-1]
    assert old[-1][0] == pytest.approx(new[0][0], abs=0.05)
    assert new[0][1] - old[-1][1] > 20.0
    dashes = {p.attrib["stroke"]: p.attrib.get("stroke-dasharray") for p in parsed(svg).iter(f"{SVG}path")}
    assert (dashes["#0b6660"], dashes["#0a5651"]) == ("4 1.4", None)


def test_the_day_of_the_break_is_marked_over_the_whole_height():
    svg = growth_chart(two_parts(), LOOK, "x", parted=PARTED)
    marks = [p.attrib["d"] for p in parsed(svg).iter(f"{SVG}path") if p.attrib.get("stroke-dasharray") == "2 2"]
    x = LOOK.left + 0.4 * (LOOK.width - LOOK.left - LOOK.label_room)
    assert len(marks) == 1
    left, top, foot = map(float, re.findall(r"[\d.]+", marks[0]))
    assert left == pytest.approx(x, abs=0.1)
    assert top < LOOK.top + 2 * ROW and foot == pytest.approx(LOOK.height - LOOK.bottom, abs=0.1)


@pytest.mark.parametrize("day", [1, 5, 20, 50, 80, 99])
def test_no_name_above_the_plot_leaves_the_chart_or_meets_another(day):
    parted = Parted(FIRST + timedelta(days=day), "Simulated:", SIMULATED, "Actual from 10 February 2020")
    svg = growth_chart(two_parts(day), LOOK, "x", parted=parted)
    found = [e for e in parsed(svg).iter(f"{SVG}text") if "".join(e.itertext()) in (SIMULATED, parted.actual)]
    assert parted.actual in ["".join(e.itertext()) for e in found]
    ends = sorted((float(e.attrib["x"]), 0.58 * LOOK.size * len("".join(e.itertext()))) for e in found)
    assert ends[0][0] >= LOOK.left - 0.1 and sum(ends[-1]) <= LOOK.width
    assert all(a[0] + a[1] <= b[0] for a, b in pairwise(ends))


def test_names_that_do_not_fit_beside_each_other_take_another_row():
    keys = [f"A line with rather a long name {k}" for k in range(3)]
    lines = [replace(two_parts()[1], key=key) for key in keys]
    svg = growth_chart([two_parts()[0], *lines], LOOK, "x", parted=PARTED)
    heights = label_heights(svg, *keys)
    assert len(set(heights)) > 1
    assert all(height < label_heights(svg, PARTED.actual)[0] for height in heights)


# Words, colours, grey print


NASTY = """</title><script>alert("1")</script> & 'quotes' <b>"""


def test_words_are_escaped_and_read_back_whole():
    svg = growth_chart([line([100, 110], NASTY)], LOOK, NASTY)
    root = parsed(svg)
    assert "<script>" not in svg
    assert NASTY in texts(svg)
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == NASTY


def test_the_font_stands_in_the_drawing_and_text_stays_text():
    root = parsed(growth_chart([line([100, 110])], LOOK, "x"))
    assert root.attrib["font-family"] == "Jevons Sans"
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {"svg", "title", "path", "rect", "circle", "text"}
    assert all(not ({"class", "style"} & set(e.attrib)) for e in root.iter())


def test_lines_differ_in_more_than_colour():
    svg = growth_chart([line([1, 2], "a", 1.7), line([2, 3], "b", 1.0, "3 1.5"), line([3, 4], "c", 1.0)], LOOK, "x")
    looks = {
        (e.attrib["stroke-width"], e.attrib.get("stroke-dasharray"))
        for e in parsed(svg).iter(f"{SVG}path")
        if e.attrib.get("stroke") == "#0b6660" and e.attrib["stroke-width"] != "0.4"
    }
    assert len(looks) == 3


def test_a_filled_line_is_tinted_to_its_base():
    fills = [e.attrib.get("fill") for e in parsed(drawdown_chart([line([0, -0.2], filled=True)], LOOK, "x")).iter()]
    assert Theme().fill in fills


@pytest.mark.parametrize("colour", ["red", "#FFF000", "#fff", "#0b6660;}", "#0b6660\n", '#0b6660"/>', "", None, 7])
def test_a_theme_takes_hex_colours_only(colour):
    with pytest.raises(ValueError, match="theme, strategy: found"):
        Theme(strategy=colour)


@pytest.mark.parametrize("family", ['Arial"', "A;B", "", "x" * 41])
def test_a_theme_takes_a_plain_family_name_only(family):
    with pytest.raises(ValueError, match="theme, family: found"):
        Theme(family=family)


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["strategy", "baseline", "benchmark", "capex", "adopter", "text", "axis"])
def test_what_is_printed_in_a_colour_can_be_read_on_white(name):
    """WCAG 2.1, 1.4.3: at least 4.5 to 1."""
    assert 1.05 / (luminance(getattr(Theme(), name)) + 0.05) >= 4.5


def test_the_same_input_gives_the_same_drawing_and_is_not_changed():
    one = line([100.0, None, 120.0])
    before = one.series.values
    assert growth_chart([one], LOOK, "x") == growth_chart([one], LOOK, "x")
    assert one.series.values == before


def test_the_name_of_a_band_keeps_out_of_the_lines_way():
    rising, falling = ([100.0 + k for k in range(200)], [300.0 - k for k in range(200)])
    top, foot = (label_heights(growth_chart([line(v)], LOOK, "x"), SIMULATED)[0] for v in (rising, falling))
    assert top == LOOK.top + LOOK.size + 2
    assert foot > LOOK.height / 2
    both = growth_chart([line(rising), line(falling, "Benchmark")], LOOK, "x")
    assert label_heights(both, SIMULATED)[0] == top


@given(st.integers(2, 4000), st.floats(90, 500))
def test_the_words_of_the_time_axis_never_meet(count, width):
    look = Look(width, 80, label_room=30.0)
    svg = growth_chart([line([100.0, 101.0] * (count // 2))], look, "x")
    marks = [e for e in parsed(svg).iter(f"{SVG}text") if e.attrib["y"] == f"{look.height - 2:.1f}"]
    assert marks
    ends = [(float(e.attrib["x"]), 0.27 * look.size * len("".join(e.itertext()))) for e in marks]
    assert all(b[0] - b[1] - a[0] - a[1] >= 2.8 for a, b in pairwise(ends))
