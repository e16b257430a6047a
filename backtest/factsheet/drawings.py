"""Facts -> the charts of a sheet, with the sentences that stand for them."""

from __future__ import annotations

from collections.abc import Mapping

from backtest import charts
from backtest.facts import Facts
from backtest.factsheet.rows import NAMES, WHO, Printed

MAIN_WIDTH = 337.0
"""Points: the main column of page 1."""


def growth(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Growth of 100 of the strategy, doing nothing and the benchmark."""
    returns = {who: text(f"perf.{who}.cumulative.start") for who in WHO}
    alt = (
        f"Simulated growth of 100 from {text('sim.start')} to {text('sim.end')}: strategy {returns['strategy']}, "
        f"doing nothing {returns['baseline']}, benchmark {returns['benchmark']}."
    )
    lines = _three_lines(facts, theme, "growth", {who: f"{NAMES[who]} {returns[who]}" for who in WHO})
    return charts.growth_chart(lines, charts.Look(width, height, label_room=88.0, left=22.0), alt, theme=theme)


def drawdown(facts: Facts, text: Printed, theme: charts.Theme, width: float, height: float) -> str:
    """Their falls from the highest value so far."""
    lows = {who: text(f"risk.{who}.max_drawdown") for who in WHO}
    alt = (
        f"Simulated drawdown from {text('sim.start')} to {text('sim.end')}: deepest fall of the strategy "
        f"{lows['strategy']}, of doing nothing {lows['baseline']}, of the benchmark {lows['benchmark']}."
    )
    lines = _three_lines(facts, theme, "drawdown", {who: f"{NAMES[who]}, low {lows[who]}" for who in WHO})
    return charts.drawdown_chart(lines, charts.Look(width, height, label_room=88.0, left=22.0), alt, theme=theme)


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
    alt = (
        f"Simulated theme exposure from {text('sim.start')} to {text('sim.end')}; at the end capex {now['capex']} "
        f"against {capex} in the benchmark, adopters {now['adopter']}, other {now['other']}."
    )

    def line(key: str, label: str, colour: str, width: float, dash: str = "", bold: bool = False) -> list[charts.Line]:
        """Nothing for a theme that nobody holds: a line along the bottom with n/a at its end says nothing."""
        series = facts.series.get(f"theme.{key}")
        theme_of, who = key.split(".")
        held = text.known(f"expo.theme.{theme_of}.{who}")
        return [charts.Line(series, label, colour, width, dash, bold)] if series and held else []

    lines = [
        *line("capex.strategy", f"Capex {now['capex']}", theme.capex, 1.5, bold=True),
        *line("adopter.strategy", f"Adopters {now['adopter']}", theme.adopter, 1.5, bold=True),
        *line("other.strategy", f"Other {now['other']}", theme.other, 0.8),
        *line("capex.benchmark", f"Benchmark capex {capex}", theme.capex, 0.8, dash="2.5 1.5"),
    ]
    return charts.share_chart(lines, charts.Look(width, height, label_room=82.0, left=16.0), alt, theme=theme)
