"""The verb `sheet`: a finished run's sheets, for each share class, language and audience."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtest.cli_options import Format, FormatOption, RunArgument, print_json, width, write_beside

if TYPE_CHECKING:
    from backtest.batch import Outcome


def sheet(
    run: RunArgument,
    share_class: Annotated[
        list[str] | None,
        typer.Option("--class", help="A share class by its name; all of them when absent. May repeat."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="A language, such as de; the mandate's when absent. May repeat."),
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option("--audience", help="retail or professional; the mandate's when absent. May repeat."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="The folder of the sheets; RUN-sheets when absent.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, help="Processes; one for each core when absent.")
    ] = None,
    html: Annotated[
        bool, typer.Option("--html", help="Only a preview of the run's own sheet, as a page for a browser.")
    ] = False,
    output: FormatOption = Format.table,
) -> None:
    """Render a finished run's sheets: each class in each language for each audience, with their reviews.

    What an earlier call finished is kept while facts, rules and code are the same. One sheet that fails does not stop
    the others; the exit code is then 1.
    """
    if html:
        _preview(run, into)
        return
    from backtest.batch import make_batch
    from backtest.carried import load_run_mandate
    from backtest.jobs import plan_batch

    jobs = plan_batch(load_run_mandate(run), share_class or (), language or (), audience or ())
    target = into or run.parent / f"{run.name}-sheets"
    with _progress(len(jobs)) as tell:
        outcomes = make_batch(run, target, jobs, workers, tell)
    if output is Format.json:
        print_json([outcome.to_dict() for outcome in outcomes])
    else:
        _print(outcomes, target)
    if not all(outcome.good for outcome in outcomes):
        raise typer.Exit(1)


def _preview(run: Path, into: Path | None) -> None:
    """A preview is no sheet, and its name and its first line say so."""
    from backtest.preview import preview

    target = into or run.parent / f"{run.name}-preview.html"
    write_beside(target, preview(run))
    typer.echo(f"preview, not fitted and not reviewed: {target}")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Outcome], None]]:
    """A bar on a terminal, nothing in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("sheets"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("sheets", total=total)
        yield lambda _: bar.advance(task)


def _print(outcomes: tuple[Outcome, ...], target: Path) -> None:
    """A line for each sheet, and why there is none."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("share class", "language", "audience", "sheet", "review"):
        table.add_column(column)
    for outcome in outcomes:
        job = outcome.job
        table.add_row(job.share_class, job.language, job.audience, outcome.status, _verdict(outcome))
    Console(width=width(), highlight=False, markup=False).print(table)
    for outcome in outcomes:
        if outcome.says:
            typer.echo(f"{outcome.job.name}: {outcome.says}")
    made = sum(outcome.status in ("made", "kept") for outcome in outcomes)
    typer.echo(f"{made} of {len(outcomes)} sheets in {target}; manifest.csv and manifest.json list them")


def _verdict(outcome: Outcome) -> str:
    if outcome.status not in ("made", "kept"):
        return ""
    if outcome.breaches:
        return f"{outcome.breaches} to mend"
    return f"no breach found, {outcome.needs_review} for a person" if outcome.needs_review else "no breach found"
