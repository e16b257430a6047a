"""What the verbs have in common: the format of what is printed, days, and JSON."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

PIPE_WIDTH = 100
"""Columns where nobody's terminal says how many there are."""


class Format(StrEnum):
    table = "table"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="What is printed: a table for people, or JSON.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Day = datetime | None


def day_option(name: str, what: str) -> Any:
    """An option that is a date, YYYY-MM-DD."""
    return typer.Option(name, formats=["%Y-%m-%d"], help=what)


def print_json(value: Any) -> None:
    """Print what a verb reports, for another program."""
    from backtest.artifacts import to_json

    typer.echo(to_json(value), nl=False)


def width() -> int:
    """Columns to print in: the terminal's, or as many as a pipe gets."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPE_WIDTH


def write_beside(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all. Raises RunError when it cannot be written."""
    from backtest.errors import RunError

    if path.is_dir():
        raise RunError(f"{path}: is a folder. Give the file to write.")
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content if isinstance(content, bytes) else content.encode())
        beside.replace(path)
    except OSError as error:
        raise RunError(
            f"{path}: cannot be written ({error.strerror}). Give a file in a folder that is there."
        ) from None
