"""`jevons rules`: which rules there are, and what each one asks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backtest.cli_options import print_json, write_beside

if TYPE_CHECKING:
    from backtest.disclosure.rule import Rule

rules_app = typer.Typer(help="The disclosure rules a sheet is held to.", no_args_is_help=True)

PackPaths = Annotated[list[Path] | None, typer.Option("--pack", help="A rule pack of the firm's own, by path.")]


class ListFormat(StrEnum):
    table = "table"
    json = "json"
    markdown = "markdown"


@rules_app.command("list")
def list_rules(
    pack: PackPaths = None,
    output: Annotated[ListFormat, typer.Option("--format", help="For people, for programs, or a page.")] = (
        ListFormat.table
    ),
    examples: Annotated[Path | None, typer.Option(help="Folder of <rule id>/examples.toml, for the page.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the page there instead of printing it.")] = None,
) -> None:
    """Every rule with severity, citation and whether its source was seen; the gate first."""
    from backtest.disclosure.packs import load_packs
    from backtest.disclosure.plain import gate_first

    rules = gate_first(load_packs(tuple(pack or ())))
    if output is ListFormat.markdown:
        _page(rules, examples, out)
        return
    if output is ListFormat.json:
        print_json([_rule_row(rule) for rule in rules])
        return
    for rule in rules:
        mark = "" if rule.verified else "  (source unverified)"
        typer.echo(f"{rule.severity:5}  {rule.id:11}  {rule.title}  [{', '.join(rule.citations)}]{mark}")


def _page(rules: tuple[Rule, ...], examples: Path | None, out: Path | None) -> None:
    from backtest.disclosure.reference import read_examples, rules_to_markdown

    page = rules_to_markdown(rules, read_examples(examples) if examples else {})
    if out is None:
        typer.echo(page, nl=False)
    else:
        write_beside(out, page)
        typer.echo(f"{out}: {len(rules)} rules")


def _rule_row(rule: Any) -> dict[str, Any]:
    keys = ("id", "title", "pack", "severity", "when", "verified", "source")
    row = {key: getattr(rule, key) for key in keys} | {"citations": list(rule.citations)}
    return row | {"valid_from": str(rule.valid_from), "valid_to": str(rule.valid_to) if rule.valid_to else None}
