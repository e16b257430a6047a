"""`jevons strategies`: the strategies there are, and the check of one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backtest.cli_options import PIPE_WIDTH, Format, FormatOption, print_json, width, write_beside

if TYPE_CHECKING:
    from rich.console import Console

    from backtest.lookahead import Check

strategies_app = typer.Typer(help="The strategies that can be named in a mandate.", no_args_is_help=True)

ROWS = (("source", "source"), ("must fail when", "fails_when"), ("reads", "reads"))
LIMITS = (
    "A proof by example: it holds for these dates, parameters and ways of changing the future, "
    "and it cannot see what the author knew when the file was written."
)


@strategies_app.command("list")
def list_strategies(output: FormatOption = Format.table) -> None:
    """Idea, source, when it must fail, what it reads, parameters with ranges and defaults."""
    from backtest.strategy import describe_all

    rows = describe_all()
    if output is Format.json:
        print_json(rows)
        return
    print_strategies(rows, console())


@strategies_app.command("check")
def check_strategies(
    what: Annotated[
        str | None, typer.Argument(metavar="FILE_OR_NAME", help="A strategy file, or the name of one that ships.")
    ] = None,
    mandate: Annotated[
        Path | None, typer.Option("--mandate", help="Use this mandate's market; alone, check its strategy.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, max=1000, help="Sets of parameters drawn over their ranges.")] = 20,
    days: Annotated[int, typer.Option(min=1, max=1000, help="Random dates on which the future is changed.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Draws dates, parameters and futures.")] = 0,
    output: FormatOption = Format.table,
) -> None:
    """The look-ahead proof: change what follows a date, and the weights of that date must stay the same to the bit."""
    from backtest.lookahead import CheckRequest, check_strategy

    tell = _stage if output is Format.table and sys.stdout.isatty() else _no_stage
    check = check_strategy(CheckRequest(what, mandate, draws, days, seed), tell)
    if output is Format.json:
        print_json(check.to_dict())
    else:
        print_check(check, console())
    raise typer.Exit(check.exit_code)


@strategies_app.command("compare")
def compare(
    mandate: Annotated[
        Path | None, typer.Option("--mandate", help="On this mandate's market and costs; the sample's when absent.")
    ] = None,
    into: Annotated[Path | None, typer.Option("--into", help="Write the page there, as Markdown.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Every strategy at its defaults beside doing nothing, over the whole window and in each half of it."""
    from backtest.analysis import compare_strategies, page_of, text_of

    tell = _stage if output is Format.table and sys.stdout.isatty() else _no_stage
    comparison = compare_strategies(mandate, tell)
    if into is not None:
        write_beside(into, page_of(comparison))
    if output is Format.json:
        print_json(comparison.to_dict())
    else:
        typer.echo("\n".join(text_of(comparison.report, width())))


def _stage(stage: str) -> None:
    typer.echo(f"{stage} ...", err=True)


def _no_stage(stage: str) -> None:
    """Nothing in a pipe."""


def console() -> Console:
    """Standard output, as wide as the terminal; nothing in it is markup."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


def print_strategies(rows: Iterable[Mapping[str, Any]], out: Console) -> None:
    """Each strategy with its idea, and under it source, failure, figures read and parameters, wrapped beside labels."""
    for row in rows:
        kind = "   (event-driven)" if row.get("event_driven") else ""
        out.print(f"{row['name']}{kind}", style="bold")
        stated = [(label, _words(row.get(key))) for label, key in ROWS]
        parameters = [("parameters" if i == 0 else "", p) for i, p in enumerate(row["parameters"])]
        lines = [("idea", str(row["idea"])), *stated, *(parameters or [("parameters", "none")])]
        _print_lines([(label, text) for label, text in lines if text], out)
        out.print()


def _words(value: object) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value or "")


def print_check(check: Check, out: Console) -> None:
    """What was tried, each finding, and the verdict with its limits."""
    out.print(f"{check.strategy}{'   (event-driven)' if check.event_driven else ''}", style="bold")
    first, last = check.dates[0], check.dates[-1]
    sets = f"{check.draws} sets of parameters, as columns and singly" if check.draws > 1 else "1 set of parameters"
    lines = [
        ("market", check.market),
        ("asked", f"{len(check.dates)} dates from {first} to {last}, {sets}"),
        ("the future", f"{', '.join(check.ways)}; then asked again, loaded anew, and after a whole run"),
    ]
    if check.milliseconds:
        speeds = (f"{ms:.2f} ms for {count} variant{'s' * (count > 1)}" for count, ms in check.milliseconds.items())
        lines.append(("one call", ", ".join(speeds)))
    _print_lines(lines, out)
    out.print()
    for finding in check.findings:
        _print_lines([("FAIL" if finding.proved else "LOOK", f"{finding.kind}: {finding.message}")], out, label=4)
    count = len(check.findings)
    verdict = f"{count} finding{'s' * (count > 1)}." if count else "clean: no answer moved by as much as a bit."
    out.print(f"{verdict} {LIMITS}")


def _print_lines(lines: Iterable[tuple[str, str]], out: Console, label: int = 14) -> None:
    """Labels at the left, words wrapped beside them."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=label + 2, no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(f"  {name}", text)
    out.print(table)
