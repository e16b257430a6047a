"""Facts -> the charts of a sheet, with the sentences that stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from backtest import charts
from backtest.facts import Facts
from backtest.factsheet.parts import break_day, parts_of
from backtest.factsheet.room import STRONG, USUAL
from backtest.factsheet.rows import Printed
from backtest.render import text_width

MAIN_WIDTH = 337.0
"""Points: the main column of page 1."""


def growth(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Growth of 100 of the strategy, doing nothing and the benchmark; of a record, begun anew, and the benchmark."""
    said = {who: text(f"perf.{who}.cumulative.start") for part in parts_of(text) for who in part.who}
    labels = {who: f"{name} {said[who]}" for part in parts_of(text) for who, name in part.names.items()}
    lines = _lines(facts, text, theme, "growth", labels)
    simulated = any(part.basis == "simulated" for part in parts_of(text))
    alt, parted = _alt(text, "growth", said), _parted(text)
    look = _with_key(_look(text, width, height, lines), lines, parted)
    options = (("simulated", simulated), ("parted", parted))
    return _drawn(charts.growth_chart, tuple(lines), look, alt, theme, options)


def drawdown(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Their falls from the highest value so far, in each part."""
    said = {who: text(f"risk.{who}.max_drawdown") for part in parts_of(text) for who in part.who}
    labels = {
        who: text.words("chart.drawdown_line", who=name, figure=said[who])
        for part in parts_of(text)
        for who, name in part.names.items()
    }
    lines = _lines(facts, text, theme, "drawdown", labels)
    alt, parted = _alt(text, "drawdown", said), _parted(text)
    look = _with_key(_look(text, width, height, lines), lines, parted)
    return _drawn(charts.drawdown_chart, tuple(lines), look, alt, theme, (("parted", parted),))


def _alt(text: Printed, chart: str, said: Mapping[str, str]) -> str:
    """What the chart says to those who cannot see it, a sentence for each part in the order of time."""
    sentences = []
    for part in reversed(parts_of(text)):
        key = f"chart.{chart}_alt_actual" if part.basis == "actual" else f"chart.{chart}_alt"
        sentences.append(text.words(key, start=part.start, end=part.end, **{who: said[who] for who in part.who}))
    return " ".join(sentences)


def _with_key(look: charts.Look, lines: Sequence[charts.Line], parted: charts.Parted | None) -> charts.Look:
    """Higher by what the names above a parted chart take, so that its plot is not the lower for them."""
    if parted is None:
        return look
    return replace(look, height=look.height + charts.ROW * (charts.key_rows(lines, parted, look) + 1))


def _parted(text: Printed) -> charts.Parted | None:
    """The day on which actual figures begin, with the names of what lies on both sides of it."""
    day = break_day(text)
    if day is None:
        return None
    words = text.words
    actual = words("chart.actual_from", start=text("live.start"))
    return charts.Parted(day, words("chart.key"), words("chart.simulated"), actual)


@lru_cache(maxsize=32)
def _drawn(
    draw: Callable[..., str],
    lines: tuple[charts.Line, ...],
    look: charts.Look,
    alt: str,
    theme: charts.Theme,
    options: tuple[tuple[str, bool | charts.Parted | None], ...] = (),
) -> str:
    """A chart, drawn once for all sheets and trials that show the same lines in the same size."""
    return draw(lines, look, alt, theme=theme, **dict(options))


def _look(
    text: Printed, width: float, height: float, lines: Iterable[charts.Line], usual: float = 88.0, left: float = 22.0
) -> charts.Look:
    """A chart with room on the right for its longest label, whatever the language makes of it."""
    size = charts.Look.size
    labels = (text_width(line.label, size, weight=STRONG if line.bold else USUAL) for line in lines)
    right = max([usual, *(charts.LABEL_GAP + wide for wide in labels)])
    return charts.Look(width, height, right, left=left, language=text.language)


def _lines(facts: Facts, text: Printed, theme: charts.Theme, kind: str, labels: Mapping[str, str]) -> list[charts.Line]:
    """The lines of both parts. Those that end where the record begins are named above the plot, and the simulated
    strategy is dashed there: a line of another kind than the actual one."""
    drawn = {
        "strategy": (theme.strategy, 1.3, "", True), "baseline": (theme.baseline, 0.8, "", False),
        "benchmark": (theme.benchmark, 0.6, "2 1.2", False), "actual": (theme.strategy, 1.3, "", True),
        "actual_benchmark": (theme.benchmark, 0.6, "2 1.2", False),
    }  # fmt: skip
    both = break_day(text) is not None
    if both:
        drawn["strategy"] = (theme.strategy, 1.1, "4 1.4", True)
    lines = []
    for part in parts_of(text):
        ends = both and part.basis == "simulated"
        for who in part.who:
            if series := facts.series.get(f"{kind}.{who}"):
                label, key = ("", labels[who]) if ends else (labels[who], "")
                filled = kind == "drawdown" and who == part.product
                lines.append(charts.Line(series, label, *drawn[who], filled=filled, key=key))
    return lines


def theme_chart(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Theme weights over time, with the benchmark's capex weight for comparison."""
    now = {key: text(f"expo.theme.{key}.strategy") for key in ("capex", "adopter", "other")}
    capex = text("expo.theme.capex.benchmark")
    period = {"start": text("sim.start"), "end": text("doc.as_of" if text.known("live.start") else "sim.end")}
    alt = text.words("chart.theme_alt", **period, **now, benchmark=capex)
    names = {key: f"{text.words(f'theme.{key}')} {now[key]}" for key in now}

    def line(key: str, label: str, colour: str, width: float, dash: str = "", bold: bool = False) -> list[charts.Line]:
        """Nothing for a theme that nobody holds: a line along the bottom with n/a at its end says nothing."""
        series = facts.series.get(f"theme.{key}")
        theme_of, who = key.split(".")
        held = text.known(f"expo.theme.{theme_of}.{who}")
        return [charts.Line(series, label, colour, width, dash, bold)] if series and held else []

    lines = [
        *line("capex.strategy", names["capex"], theme.capex, 1.5, bold=True),
        *line("adopter.strategy", names["adopter"], theme.adopter, 1.5, bold=True),
        *line("other.strategy", names["other"], theme.other, 0.8),
        *line("capex.benchmark", text.words("chart.theme_benchmark", figure=capex), theme.capex, 0.8, dash="2.5 1.5"),
    ]
    look = _look(text, width, height, lines, usual=82.0, left=16.0)
    return _drawn(charts.share_chart, tuple(lines), look, alt, theme)
