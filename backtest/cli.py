"""The command line: verbs to the pipeline. It parses and prints, and decides nothing.

Nothing heavy is imported before a verb needs it: `jevons --help` answers without pandas.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backtest.cli_analysis import attribution, scenarios
from backtest.cli_options import PIPE_WIDTH, Format, FormatOption, print_json
from backtest.cli_review import print_review, review
from backtest.cli_rules import rules_app
from backtest.cli_sheets import sheet
from backtest.cli_strategies import strategies_app
from backtest.errors import JevonsError

if TYPE_CHECKING:
    from backtest.facts import Facts
    from backtest.pipeline import Finished

app = typer.Typer(
    name="jevons",
    help="Backtest a rebalancing strategy, make its fact sheet, and prove that the sheet carries its risk warnings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="The market data a mandate names.", no_args_is_help=True)
app.add_typer(strategies_app, name="strategies")
app.add_typer(rules_app, name="rules")
app.add_typer(data_app, name="data")


RunsOption = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]


def main() -> None:
    """Entry point: one sentence and an exit code for every error a user can cause."""
    try:
        app()
    except JevonsError as error:
        typer.echo(f"jevons: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # the last resort: a defect of ours, said as such
        _report_defect(error)
        sys.exit(3)


def _report_defect(error: Exception) -> None:
    import os
    import traceback

    if os.environ.get("JEVONS_TRACEBACK"):
        traceback.print_exception(error)
    message = f"jevons: internal error, a defect of ours: {type(error).__name__}: {error}"
    typer.echo(f"{message}. Set JEVONS_TRACEBACK=1 and run again to see where.", err=True)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo's run goes.")] = Path("jevons-demo"),
    output: FormatOption = Format.table,
) -> None:
    """The whole path on the embedded sample market."""
    from backtest.artifacts import examples_folder

    _run(examples_folder() / "demo.toml", folder, output)


@app.command()
def run(
    mandate: Annotated[Path, typer.Argument(help="The mandate, a TOML file.")],
    runs: RunsOption = Path("runs"),
    output: FormatOption = Format.table,
) -> None:
    """Backtest, verify, measure, make the sheet, and review it."""
    _run(mandate, runs, output)


def _run(mandate: Path, runs: Path, output: Format) -> None:
    from backtest.pipeline import run as run_mandate

    tell = _teller() if output is Format.table else _silent
    outcome = run_mandate(mandate, runs, tell)
    _print_outcome(outcome, output)
    raise typer.Exit(outcome.exit_code)


app.command()(review)
app.command()(sheet)
app.command()(attribution)
app.command()(scenarios)


@data_app.command("check")
def check_data(
    mandate: Annotated[Path, typer.Argument(help="The mandate, a TOML file.")], output: FormatOption = Format.table
) -> None:
    """Read the market a mandate names and list what the data doctor found."""
    from backtest.pipeline import check_data as findings_of

    findings = findings_of(mandate)
    if output is Format.json:
        from backtest.market.quality import findings_to_rows

        print_json(findings_to_rows(findings))
        return
    for finding in findings:
        typer.echo(f"{finding.severity.upper():7}  {finding.id:8}  {finding.message}")
    typer.echo(f"{len(findings)} findings")


Tell = Callable[[str, Any], None]


def _silent(stage: str, what: Any) -> None:
    """Nothing in a pipe."""


def _teller() -> Tell:
    """Prints what each stage hands on, as soon as it is there."""

    def tell(stage: str, what: Any) -> None:
        if stage == "facts":
            _print_results(what)
        elif stage == "findings":
            for finding in what:
                typer.echo(f"data: {finding.message}")
        elif stage == "gate":
            typer.echo("\n" + "\n".join(f"gate: {line}" for line in what.lines))
        elif sys.stdout.isatty():
            typer.echo(f"{stage} ...", err=True)

    return tell


def _print_results(facts: Facts) -> None:
    """The first results: strategy, doing nothing and the benchmark side by side."""
    from rich.console import Console
    from rich.table import Table

    from backtest.facts import format_fact

    def cell(fact_id: str) -> str:
        return format_fact(facts.facts[fact_id]) if fact_id in facts.facts else ""

    period = f"{cell('sim.start')} – {cell('sim.end')}, {cell('class.currency')}, simulated"
    typer.echo(f"\n{cell('fund.name')}: {period}")
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for who in ("strategy", "doing nothing", "benchmark"):
        table.add_column(who, justify="right")
    for label, pattern in RESULT_ROWS:
        table.add_row(label, *(cell(pattern.format(who)) for who in ("strategy", "baseline", "benchmark")))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


RESULT_ROWS = (
    ("return since start", "perf.{}.cumulative.start"),
    ("annualised", "perf.{}.annualised.start"),
    ("volatility", "risk.{}.volatility"),
    ("maximum drawdown", "risk.{}.max_drawdown"),
    ("Sharpe ratio", "risk.{}.sharpe"),
    ("tracking error", "risk.{}.tracking_error"),
    ("turnover a year, one-way", "trade.{}.turnover"),
    ("trading costs a year", "trade.{}.cost_drag"),
    ("effective number of names", "conc.{}.effective_names"),
    ("ten largest", "conc.{}.top10"),
)


def _print_outcome(outcome: Finished, output: Format) -> None:
    if output is Format.json:
        print_json(outcome.to_dict())
        return
    verification = outcome.verification
    agreement = (
        f"largest relative difference {verification.max_relative_difference:.1e} over {verification.days:,} days"
    )
    word = "verified" if verification.verified else "NOT VERIFIED: no sheet of this run may be released"
    typer.echo(f"\nledger: {word}, vectorbt {verification.vectorbt_version}, {agreement}")
    print_review(outcome.review, output, only_open=True)
    typer.echo(f"run:    {outcome.folder}\nsheet:  {outcome.sheet}\nreview: {outcome.review_page}")
