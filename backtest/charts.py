"""Series -> SVG: geometry in Python, so that scales, ticks and labels can be tested; text stays text.

Lengths are points. Every colour and the font stand in the drawing itself, because the page's style sheet does not reach
into it. A chart's first child is a sentence that says what it shows, for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from itertools import pairwise

from backtest.chart_parts import (
    COLOUR,
    LABEL_GAP,
    ROW,
    Line,
    Look,
    Parted,
    Point,
    Scale,
    Theme,
    draw_key,
    draw_parts,
    key_rows,
    text_at,
    width_of,
)
from backtest.facts import Fact, format_fact, format_month
from backtest.words import ENGLISH, words_in

__all__ = [
    "COLOUR", "LABEL_GAP", "MOST_POINTS", "ROW", "Line", "Look", "Parted", "Scale", "Theme", "drawdown_chart",
    "growth_chart", "key_rows", "nice_ticks", "share_chart", "spread", "thinned", "year_ticks",
]  # fmt: skip

MOST_POINTS = 160


def growth_chart(
    lines: Sequence[Line],
    look: Look,
    alt: str,
    *,
    theme: Theme | None = None,
    simulated: bool = True,
    parted: Parted | None = None,
) -> str:
    """Growth of 100, with what is simulated in a named band: all of it, or one part of two, or nothing."""
    shade = simulated and parted is None
    return _chart(lines, look, alt, theme or Theme(), _plain, base=100.0, low=True, band=shade, parted=parted)


def drawdown_chart(
    lines: Sequence[Line], look: Look, alt: str, *, theme: Theme | None = None, parted: Parted | None = None
) -> str:
    """Falls from the highest value so far, zero or negative fractions; of two parts, in each of them."""
    return _chart(lines, look, alt, theme or Theme(), _hundredths, base=0.0, parted=parted)


def share_chart(lines: Sequence[Line], look: Look, alt: str, *, theme: Theme | None = None) -> str:
    """Shares of NAV over time, fractions."""
    return _chart(lines, look, alt, theme or Theme(), _hundredths, base=0.0)


def _chart(
    lines: Sequence[Line],
    look: Look,
    alt: str,
    theme: Theme,
    written: Callable[[float, float, str], str],
    *,
    base: float,
    low: bool = False,
    band: bool = False,
    parted: Parted | None = None,
) -> str:
    """The chart from back to front: band, grid, fills, lines, labels. low: it ends a little below its lowest value."""
    if parted is not None:
        look = replace(look, top=look.top + ROW * (key_rows(lines, parted, look) + 1))
    values = [v for line in lines for v in line.series.values if v is not None and math.isfinite(v)]
    days = [d.toordinal() for line in lines for d in line.series.dates]
    if not values:
        nothing = text_at(
            look.width / 2, look.height / 2, words_in(look.language)("fact.no_data"), look, theme.text, anchor="middle"
        )
        return _svg(look, alt, theme, [nothing])
    fitting = 1 + int((look.height - look.bottom - look.top) // look.size)  # no number touches the next
    ticks = nice_ticks(min([*values, base]), max([*values, base]), most=max(2, min(6, fitting)))
    lowest = _floor(ticks, min([*values, base])) if low else ticks[0]
    ticks = tuple(tick for tick in ticks if tick >= lowest)
    y = Scale(lowest, ticks[-1], look.height - look.bottom, look.top)
    x = Scale(min(days), max(*days, min(days) + 1), look.left, look.width - look.label_room)
    parts = _band(lines, x, y, look, theme) if band else []
    if parted is not None:
        parts = [*draw_key(lines, parted, look, theme), *draw_parts(parted, x, y, look, theme)]
    parts += _grid(ticks, y, x, look, theme, written, base)
    parts += _time_axis(x, y, look, theme)
    parts += [_area(line, x, y, base, theme) for line in lines if line.filled]
    parts += [_path(line, x, y) for line in reversed(lines)]
    parts += _end_labels(lines, x, y, look)
    return _svg(look, alt, theme, parts)


# Scales and ticks


def nice_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round steps (1, 2, 2.5 or 5 times a power of ten) that enclose low to high: 97 to 223 gives 50, 100 ... 250."""
    if not high > low:
        reach = abs(low) * 0.1 or 1.0
        low, high = low - reach, high + reach
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    for step in (power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            break
    return tuple(round(k * step, 12) for k in range(first, last + 1))


def _floor(ticks: Sequence[float], lowest: float) -> float:
    """Where a chart that is not measured from zero ends: a little below its lowest value, without an empty step."""
    return max(ticks[0], lowest - 0.06 * (ticks[-1] - lowest))


def year_ticks(first: date, last: date, most: int = 7, language: str = ENGLISH) -> tuple[tuple[date, str], ...]:
    """Where the time axis is marked, and with what: years when there are at least two, else months."""
    years = [y for y in range(first.year, last.year + 1) if first <= date(y, 1, 1) <= last]
    if len(years) >= 2:
        step = next(s for s in (1, 2, 5, 10, 20, 50, 10_000) if len([y for y in years if y % s == 0]) <= most)
        shown = [y for y in years if y % step == 0] or years[:1]
        return tuple((date(y, 1, 1), str(y)) for y in shown)
    count = 12 * (last.year - first.year) + last.month - first.month
    starts = [_month_after(first, k) for k in range(count + 1)]
    inside = [d for d in starts if first <= d <= last] or [first]
    kept = inside[:: math.ceil(len(inside) / most)]
    return tuple((d, format_month(d, language)) for d in kept)


def _month_after(day: date, months: int) -> date:
    number = 12 * day.year + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _hundredths(value: float, step: float, language: str = ENGLISH) -> str:
    """A fraction in per cent, without the sign: the heading says the unit."""
    return _plain(value * 100, step * 100, language)


def _plain(value: float, step: float, language: str = ENGLISH) -> str:
    """A tick as every figure is printed, with the decimals that its step needs."""
    precision = next((d for d in range(9) if abs(round(step, d) - step) < 1e-9 * abs(step)), 9)
    tick = Fact("axis.tick", "tick", round(value, 12), "number", precision, None, "simulated", "axis")
    return format_fact(tick, language)


# Lines


def thinned(
    dates: Sequence[date], values: Sequence[float | None], most: int = MOST_POINTS
) -> list[tuple[date, float | None]]:
    """At most `most` points with a value: the ends, and the lowest and highest of each stretch of time.

    So no extreme is lost. A stretch with a gap keeps one day of it, with None, so that the line stays broken there.
    """
    known = [v if v is not None and math.isfinite(v) else None for v in values]
    points = list(zip(dates, known, strict=True))
    if len(points) <= most:
        return points
    kept = {0, len(points) - 1}
    buckets = max(1, (most - 2) // 2)
    for k in range(buckets):
        bucket = range(k * len(points) // buckets, (k + 1) * len(points) // buckets)
        drawn = [(v, i) for i in bucket if (v := known[i]) is not None]
        if drawn:
            kept |= {min(drawn)[1], max(drawn)[1]}
        kept |= set([i for i in bucket if known[i] is None][:1])
    return [points[i] for i in sorted(kept)]


def _runs(line: Line, x: Scale, y: Scale) -> Iterator[list[Point]]:
    """The line in points on the page, broken where the series has no value."""
    run: list[Point] = []
    for day, value in thinned(line.series.dates, line.series.values):
        if value is not None:
            run.append((x(day.toordinal()), y(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(line: Line, x: Scale, y: Scale) -> str:
    drawn = ""
    for run in _runs(line, x, y):
        if len(run) == 1:
            drawn += f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.6" fill="{line.colour}"/>'
            continue
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        drawn += (
            f'<path d="{_d(run)}" fill="none" stroke="{line.colour}" stroke-width="{line.width}" '
            f'stroke-linejoin="round"{dash}/>'
        )
    return drawn


def _area(line: Line, x: Scale, y: Scale, base: float, theme: Theme) -> str:
    floor = y(base)
    return "".join(
        f'<path d="M{run[0][0]:.1f} {floor:.1f}L{_d(run)[1:]}L{run[-1][0]:.1f} {floor:.1f}Z" fill="{theme.fill}"/>'
        for run in _runs(line, x, y)
        if len(run) > 1
    )


def _d(run: Sequence[Point]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in run)


# Labels


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights as near to the wanted ones as can be, at least `gap` apart, between low and high where there is room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, int]] = []  # (sum of wanted places of the group's first label, labels)
    for i in order:
        total, count = wanted[i], 1
        while groups and groups[-1][0] / groups[-1][1] + groups[-1][1] * gap > total / count:
            before, labels = groups.pop()
            total, count = before + total - count * labels * gap, labels + count
        groups.append((total, count))
    placed = [total / count + k * gap for total, count in groups for k in range(count)]
    for k, place in enumerate(placed):
        placed[k] = max(place, low + k * gap)
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], high - (len(placed) - 1 - k) * gap)
    back = dict(zip(order, placed, strict=True))
    return [back[i] for i in range(len(wanted))]


def _end_labels(lines: Sequence[Line], x: Scale, y: Scale, look: Look) -> list[str]:
    """The name of each line at its right end, with a dot on its last value."""
    ends: list[tuple[Line, Point]] = []
    for line in lines:
        last = [run for run in _runs(line, x, y) if run]
        if last and line.label:
            ends.append((line, last[-1][-1]))
    gap = look.size + 1.6
    places = spread([point[1] for _, point in ends], gap, look.top + gap / 2, look.height - look.bottom - gap / 2)
    drawn = []
    for (line, (right, height)), place in zip(ends, places, strict=True):
        drawn.append(f'<circle cx="{right:.1f}" cy="{height:.1f}" r="1.3" fill="{line.colour}"/>')
        edge = x.end + LABEL_GAP
        if abs(place - height) > 2 or right < x.end - 1:
            drawn.append(
                f'<path d="M{right + 2:.1f} {height:.1f}L{edge - 1:.1f} {place:.1f}" fill="none" '
                f'stroke="{line.colour}" stroke-width="0.4"/>'
            )
        drawn.append(text_at(edge, place + look.size * 0.34, line.label, look, line.colour, bold=line.bold))
    return drawn


def _band(lines: Sequence[Line], x: Scale, y: Scale, look: Look, theme: Theme) -> list[str]:
    """All of it is simulated: tinted and named."""
    name = words_in(look.language)("chart.simulated")
    height = _free_height(lines, x, y, look, x.start + 4, name)
    return [
        f'<rect x="{x.start:.1f}" y="{look.top:.1f}" width="{x.end - x.start:.1f}" '
        f'height="{y.start - look.top:.1f}" fill="{theme.band}"/>',
        text_at(x.start + 4, height, name, look, theme.text, bold=True),
    ]


def _free_height(lines: Sequence[Line], x: Scale, y: Scale, look: Look, left: float, words: str) -> float:
    """Where the name of a band stands: at the top, or at the foot when lines run through it there and not here."""
    right, top, foot = left + 0.56 * look.size * len(words), look.top + look.size + 2, y.start - 4
    heights = [b for line in lines for run in _runs(line, x, y) for a, b in run if left - 2 <= a <= right]
    crossed = [any(place - look.size - 1 <= b <= place + 3 for b in heights) for place in (top, foot)]
    return foot if crossed == [True, False] else top


def _grid(
    ticks: Sequence[float],
    y: Scale,
    x: Scale,
    look: Look,
    theme: Theme,
    written: Callable[[float, float, str], str],
    base: float,
) -> list[str]:
    step = ticks[1] - ticks[0]
    parts = []
    for tick in ticks:
        colour, width = (theme.axis, 0.7) if abs(tick - base) < step * 1e-6 else (theme.grid, 0.5)
        parts.append(
            f'<path d="M{x.start:.1f} {y(tick):.1f}H{x.end:.1f}" stroke="{colour}" stroke-width="{width}" fill="none"/>'
        )
        place = y(tick) + look.size * 0.34
        parts.append(text_at(x.start - 4, place, written(tick, step, look.language), look, theme.text, anchor="end"))
    return parts


def _time_axis(x: Scale, y: Scale, look: Look, theme: Theme) -> list[str]:
    parts = []
    for day, words, place in _marks(x, look):
        at = x(day.toordinal())
        parts.append(f'<path d="M{at:.1f} {y.start:.1f}v2.5" stroke="{theme.axis}" stroke-width="0.5" fill="none"/>')
        parts.append(text_at(place, look.height - 2, words, look, theme.text, anchor="middle"))
    return parts


def _marks(x: Scale, look: Look, most: int = 7) -> list[tuple[date, str, float]]:
    """As many marks of the time axis as have room beside each other: day, words, and where the words' middle stands."""
    marks = []
    for day, words in year_ticks(date.fromordinal(int(x.low)), date.fromordinal(int(x.high)), most, look.language):
        half = 0.5 * width_of(words, look)
        marks.append((day, words, min(max(x(day.toordinal()), x.start + half - 8), x.end - half + 8)))
    gaps = [b[2] - a[2] - 0.5 * (width_of(a[1], look) + width_of(b[1], look)) for a, b in pairwise(marks)]
    return marks if most == 1 or all(gap >= 3.0 for gap in gaps) else _marks(x, look, most - 1)


def _svg(look: Look, alt: str, theme: Theme, parts: Sequence[str]) -> str:
    size = f"{look.width:g} {look.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{look.width:g}pt" height="{look.height:g}pt" '
        f'viewBox="0 0 {size}" font-family="{theme.family}" font-size="{look.size:g}" role="img">'
        f"<title>{escape(alt)}</title>{''.join(parts)}</svg>"
    )
