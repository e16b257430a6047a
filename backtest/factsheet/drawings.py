"""Facts -> the charts of a sheet, with the sentences that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backtest import charts
from backtest.facts import Facts
from backtest.factsheet.rows import WHO, Printed
from backtest.render import text_width

MAIN_WIDTH = 337.0
"""Points: the main column of page 1."""


def growth(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Growth of 100 of the strategy, doing nothing and the benchmark."""
    returns = {who: text(f"perf.{who}.cumulative.start") for who in WHO}
    alt = text.words("chart.growth_alt", **_period(text), **returns)
    labels = {who: f"{text.words(f'who.{who}')} {returns[who]}" for who in WHO}
    lines = _three_lines(facts, theme, "growth", labels)
    return charts.growth_chart(lines, _look(text, width, height, lines), alt, theme=theme)


def drawdown(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Their falls from the highest value so far."""
    lows = {who: text(f"risk.{who}.max_drawdown") for who in WHO}
    alt = text.words("chart.drawdown_alt", **_period(text), **lows)
    names = {who: text.words(f"who.{who}") for who in WHO}
    labels = {who: text.words("chart.drawdown_line", who=names[who], figure=lows[who]) for who in WHO}
    lines = _three_lines(facts, theme, "drawdown", labels)
    return charts.drawdown_chart(lines, _look(text, width, height, lines), alt, theme=theme)


def _look(
    text: Printed, width: float, height: float, lines: Iterable[charts.Line], usual: float = 88.0, left: float = 22.0
) -> charts.Look:
    """A chart with room on the right for its longest label, whatever the language makes of it."""
    size = charts.Look.size
    room = max([usual, *(charts.LABEL_GAP + text_width(line.label, size, bold=line.bold) for line in lines)])
    return charts.Look(width, height, room, left=left, language=text.language)


def _period(text: Printed) -> dict[str, str]:
    return {"start": text("sim.start"), "end": text("sim.end")}


def _three_lines(facts: Facts, theme: charts.Theme, kind: str, labels: Mapping[str, str]) -> list[charts.Line]:
    drawn = {
        "strategy": (theme.strategy, 1.3, "", True),
        "baseline": (theme.baseline, 0.8, "", False),
        "benchmark": (theme.benchmark, 0.6, "2 1.2", False),
    }
    return [
        charts.Line(
            facts.series[f"{kind}.{who}"], labels[who], *drawn[who], filled=kind == "drawdown" and who == "strategy"
        )
        for who in WHO
        if f"{kind}.{who}" in facts.series
    ]


def theme_chart(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Theme weights over time, with the benchmark's capex weight for comparison."""
    now = {key: text(f"expo.theme.{key}.strategy") for key in ("capex", "adopter", "other")}
    capex = text("expo.theme.capex.benchmark")
    alt = text.words("chart.theme_alt", **_period(text), **now, benchmark=capex)
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
    return charts.share_chart(lines, look, alt, theme=theme)
