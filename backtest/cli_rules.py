"""`jevons rules`: which rules there are, and what each one asks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backtest.cli_options import Format, FormatOption, day_option, print_json, width, write_beside

if TYPE_CHECKING:
    from backtest.disclosure.audit import Audit
    from backtest.disclosure.compare import Verdict
    from backtest.disclosure.rule import Rule
    from backtest.reviewing import Tried

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


@rules_app.command("explain")
def explain_rule(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id, as in `jevons rules list`.")],
    run: Annotated[Path | None, typer.Option("--run", help="A finished run: says why the rule applies to it.")] = None,
    pack: PackPaths = None,
    as_of: Annotated[datetime | None, day_option("--as-of", "Rules in force on this day.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """One rule in plain words: law, dates, trigger, statement, checks; with a run, why it applies, with the numbers."""
    from backtest.disclosure.report.explain import rows_to_lines, rule_rows
    from backtest.reviewing import rules_and_facts

    rules, facts, day = rules_and_facts(tuple(pack or ()), run, as_of.date() if as_of else None)
    rows = rule_rows(rule_id, rules, facts, day)
    if output is Format.json:
        print_json([{"name": name, "says": says} for name, says in rows])
        return
    for line in rows_to_lines(rows, width()):
        typer.echo(line)


@rules_app.command("check")
def check_pack(
    path: Annotated[Path, typer.Argument(metavar="PACK", help="The folder of a firm's pack: pack.toml and its rules.")],
    examples: Annotated[
        Path | None,
        typer.Option(help="PDFs to review: <rule id>/fail-*.pdf, pass-*.pdf, not_applicable-*.pdf."),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="A finished run, to whose facts placeholders are held.")] = (
        None
    ),
    as_of: Annotated[datetime | None, day_option("--as-of", "Review the examples by the rules of this day.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Every fault of a firm's pack, and what each of its rules does to the built-in ones. Exit code 2 for any fault."""
    from backtest.reviewing import check_pack as checked

    audit, tried = checked(path, examples, run, as_of.date() if as_of else None)
    if output is Format.json:
        print_json(_audit_row(audit, tried))
    else:
        _print_audit(audit, tried)
    raise typer.Exit(2 if audit.faults or any(not one.right for one in tried) else 0)


def _audit_row(audit: Audit, tried: tuple[Tried, ...]) -> dict[str, Any]:
    return {
        "pack": audit.name, "version": audit.version, "folder": audit.folder, "checked": dict(audit.checked),
        "rules": [asdict(verdict) for verdict in audit.verdicts], "faults": list(audit.faults),
        "notes": list(audit.notes), "examples": [asdict(one) for one in tried],
    }  # fmt: skip


def _print_audit(audit: Audit, tried: tuple[Tried, ...]) -> None:
    """Faults, then what each rule does, then examples and notes, then what was looked at."""
    typer.echo(f"pack {audit.name} {audit.version}, {audit.folder}")
    for fault in audit.faults:
        _say(f"FAULT  {fault}")
    for verdict in audit.verdicts:
        _say(f"{verdict.does:8}  {verdict.rule:11}  {'; '.join(_differences(verdict))}".rstrip())
    for one in tried:
        _say(f"{'right' if one.right else 'WRONG':8}  {one.rule:11}  {one.file}: {one.said}")
    for note in audit.notes:
        _say(f"note   {note}")
    counts = ", ".join(f"{count} {name}" for name, count in audit.checked.items())
    examples = f", {len(tried)} examples" if tried else ""
    wrong = sum(not one.right for one in tried)
    _say(f"checked: {counts}{examples}. {len(audit.faults) + wrong} faults.")


def _differences(verdict: Verdict) -> list[str]:
    named = (("stricter", verdict.stricter), ("LOOSER than the built-in rule", verdict.looser), ("else", verdict.other))
    return [f"{name}: {', '.join(found)}" for name, found in named if found]


def _say(text: str) -> None:
    import textwrap

    typer.echo("\n".join(textwrap.wrap(text, width(), subsequent_indent="       ", break_on_hyphens=False)))


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
