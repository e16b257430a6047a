"""`jevons review`: any PDF against the rules; one finding explained; two reviews compared."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backtest.cli_options import Format, FormatOption, day_option, print_json, width, write_beside

if TYPE_CHECKING:
    from backtest.disclosure.review import Review
    from backtest.reviewing import ReviewRequest

COLOURS = {"FAIL": "red", "LOOK": "yellow", "PASS": "green"}
PACKS = "uk, eu, us, gips: a built-in pack, and the document is reviewed for that place. Or the folder of a firm's own."


def review(
    pdf: Annotated[Path | None, typer.Argument(help="Any PDF: ours, with facts inside it, or anyone's.")] = None,
    as_of: Annotated[datetime | None, day_option("--as-of", "Rules in force on this day.")] = None,
    audience: Annotated[str, typer.Option(help="retail or professional; a sheet's own facts come first.")] = "retail",
    regime: Annotated[str, typer.Option(help="mifid or non_mifid; a sheet's own facts come first.")] = "non_mifid",
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--jurisdiction", help="UK (when none is given), EU or US; more than once.")
    ] = None,
    eu_regime: Annotated[str | None, typer.Option(help="In the EU: mifid or fund_manager.")] = None,
    us_regime: Annotated[str | None, typer.Option(help="In the US: adviser or broker_dealer.")] = None,
    pack: Annotated[list[str] | None, typer.Option("--pack", help=PACKS)] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write the review as a page, with pictures.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Also write the review as a PDF.")] = None,
    explain: Annotated[str | None, typer.Option("--explain", metavar="ID", help="Tell all about one rule.")] = None,
    diff: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--diff", metavar="OLD NEW", help="Compare two PDFs, or two files of reviews in JSON."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List the rules that do not apply too.")] = False,
    output: FormatOption = Format.table,
) -> None:
    """Read a PDF back and answer each rule, with page, box and excerpt; the gate first."""
    from backtest.reviewing import ReviewRequest, review_and_report

    on, places = as_of.date() if as_of else None, tuple(dict.fromkeys(jurisdiction or ()))
    asked = ReviewRequest(pdf or Path(), on, audience, regime, tuple(pack or ()), places, eu_regime, us_regime)
    if diff is not None:
        _compare(diff, asked, output)
    if pdf is None:
        raise typer.BadParameter("name the PDF to review, or give --diff OLD NEW.")
    done = review_and_report(asked, page=html is not None, paper=report is not None)
    if html is not None and done.page is not None:
        write_beside(html, done.page)
    if report is not None and done.paper is not None:
        write_beside(report, done.paper)
    if explain is not None:
        _explain(done.review, explain, output)
    else:
        print_review(done.review, output, every=every)
    raise typer.Exit(1 if done.review.breaches or done.review.unread else 0)


def print_review(result: Review, output: Format, *, only_open: bool = False, every: bool = False) -> None:
    """A review for a terminal or a pipe, or as JSON. only_open: after a run, which has printed the gate already."""
    from backtest.disclosure.report import to_json, to_table

    if output is Format.json:
        typer.echo(to_json(result), nl=False)
        return
    at_desk = sys.stdout.isatty()
    lines = to_table(
        result, only_open=only_open, every=every or not at_desk, gate=not only_open, width=width() if at_desk else None
    )
    for line in lines:
        print_coloured(line)


def print_coloured(line: str) -> None:
    """One line, its outcome in the outcome's colour; a pipe gets the line alone."""
    colour = COLOURS.get(line[:4])
    typer.echo(typer.style(line[:4], fg=colour, bold=True) + line[4:] if colour else line)


def _explain(result: Review, rule_id: str, output: Format) -> None:
    from backtest.disclosure.report import to_dict
    from backtest.disclosure.report.explain import explained, finding_of

    finding = finding_of(to_dict(result), rule_id)
    if output is Format.json:
        print_json(finding)
        return
    for line in explained(finding, width()):
        print_coloured(line)


def _compare(pair: tuple[Path, Path], asked: ReviewRequest, output: Format) -> None:
    from backtest.disclosure.report.diff import compared, to_lines

    old, new = (_review_in(path, asked) for path in pair)
    difference = compared(old, new)
    if output is Format.json:
        print_json(difference.to_dict())
    else:
        for line in to_lines(difference, width()):
            typer.echo(line)
    raise typer.Exit(1 if difference.worse else 0)


def _review_in(path: Path, asked: ReviewRequest) -> dict[str, Any]:
    """The review that a JSON file holds, or that of a PDF."""
    from dataclasses import replace

    from backtest.disclosure.report import to_dict
    from backtest.disclosure.report.diff import read_review
    from backtest.reviewing import review_pdf

    return read_review(path) if path.suffix.lower() == ".json" else to_dict(review_pdf(replace(asked, pdf=path)))
