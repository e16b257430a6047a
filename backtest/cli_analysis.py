"""`jevons attribution` and `jevons scenarios`: the manager's own reports on a finished run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from backtest.cli_options import Day, Format, FormatOption, RunArgument, day_option, print_json, width
from backtest.errors import RunError

if TYPE_CHECKING:
    from backtest.analysis import AttributionReport, ScenarioReport


class By(StrEnum):
    theme = "theme"
    sector = "sector"
    country = "country"


class Margin(StrEnum):
    gross = "gross"
    operating = "operating"


Fractions = list[float] | None


def attribution(
    run: RunArgument,
    by: Annotated[By, typer.Option(help="What the names are grouped by.")] = By.theme,
    start: Annotated[Day, day_option("--start", "From the close of this day; the first trade when absent.")] = None,
    end: Annotated[Day, day_option("--end", "To the close of this day; the sheet's as-of date when absent.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Where a finished run's active return came from: Brinson-Fachler by group, by year, by name, and risk."""
    from backtest.analysis import attribution_of

    first, last = (day.date() if day else None for day in (start, end))
    _print_report(attribution_of(run, by.value, first, last), output)


def scenarios(
    run: RunArgument,
    on: Annotated[Day, day_option("--on", "Holdings of this day; the sheet's as-of date when absent.")] = None,
    shock: Annotated[
        list[str] | None, typer.Option("--shock", help="theme, sector or ticker and its fall: capex=-0.2; repeatable.")
    ] = None,
    margin_fall: Annotated[
        Fractions, typer.Option("--margin-fall", help="Points by which margins fall, 0.1 is ten; repeatable.")
    ] = None,
    margin: Annotated[Margin, typer.Option(help="The margin that falls.")] = Margin.gross,
    theme: Annotated[
        list[str] | None, typer.Option("--theme", help="Themes whose margins fall; repeatable. [default: capex]")
    ] = None,
    cost_fall: Annotated[
        Fractions, typer.Option("--cost-fall", help="Fall of the unit cost of AI, 0 to 1; repeatable.")
    ] = None,
    elasticity: Annotated[
        Fractions, typer.Option("--elasticity", help="Elasticity of the demand for AI; repeatable.")
    ] = None,
    ai_cost_share: Annotated[
        float | None, typer.Option(help="Share of adopters' costs that AI can do; the published field when absent.")
    ] = None,
    ai_revenue_share: Annotated[float, typer.Option(help="Share of capex names' sales that is spent on AI.")] = 1.0,
    fixed_cost_share: Annotated[
        float, typer.Option(help="Share of capex names' costs that volume leaves alone.")
    ] = 0.0,
    savings_kept: Annotated[float, typer.Option(help="Share of what adopters save that they keep.")] = 1.0,
    window: Annotated[int, typer.Option(min=2, help="Trading days behind the betas of names not shocked.")] = 252,
    output: FormatOption = Format.table,
) -> None:
    """What past episodes, shocks, thinner margins and cheaper AI would do to a run's holdings. Hypothetical."""
    from backtest.analysis import CheaperAI, scenarios_of

    usual = CheaperAI()
    cheaper = CheaperAI(
        ai_cost_share=ai_cost_share,
        ai_revenue_share=ai_revenue_share,
        fixed_cost_share=fixed_cost_share,
        savings_kept=savings_kept,
        cost_falls=tuple(cost_fall or usual.cost_falls),
        elasticities=tuple(elasticity or usual.elasticities),
    )
    found = scenarios_of(
        run, on.date() if on else None, _shocks(shock or ()), tuple(margin_fall or (0.10, 0.15)), margin.value,
        tuple(theme or ("capex",)), cheaper, window,
    )  # fmt: skip
    _print_report(found, output)


def _shocks(given: Iterable[str]) -> dict[str, float]:
    """'capex=-0.2' -> {'capex': -0.2}"""
    shocks = {}
    for text in given:
        name, _, number = text.rpartition("=")
        try:
            shocks[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise RunError(
                f"--shock {text}: not a name and a number. Write a theme, sector or ticker and a fraction: capex=-0.2."
            )
    return shocks


def _print_report(report: AttributionReport | ScenarioReport, output: Format) -> None:
    from backtest.analysis import text_of

    if output is Format.json:
        print_json(report.to_dict())
        return
    for line in text_of(report, width()):
        typer.echo(line)
