"""What a strategy's file reads beside History: seen in its text, and seen while it runs.

Changing the market shows nothing about a table that lies beside the strategy, prepared with all of it in view. So
such a table is reported: what it holds cannot be proved.
"""

from __future__ import annotations

import ast
import builtins
import io
import os
import re
import socket
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from backtest.lookahead.findings import Finding, Kind

# fmt: off
KNOWN_MODULES = frozenset({
    "__future__", "abc", "bisect", "cmath", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "heapq", "itertools", "math", "numbers", "operator", "re", "statistics", "string", "typing",
    "warnings", "numpy", "pandas", "scipy", "sklearn", "skfolio", "strategies",
    "backtest.market.history", "backtest.estimators", "backtest.errors",
})
"""Modules that compute and read nothing by themselves; a module inside one of them is known with it."""
DATA_MODULES = frozenset({"sklearn.datasets", "skfolio.datasets", "scipy.datasets"})
READERS = frozenset({
    "open", "load", "loadtxt", "genfromtxt", "fromfile", "memmap", "read_text", "read_bytes", "urlopen",
    "fetch_openml", "load_sp500_dataset", "load_factors_dataset", "ExcelFile", "HDFStore", "DataSource",
})
CLOCK = frozenset({"now", "today", "utcnow"})
INSIDE = frozenset({
    "eval", "exec", "compile", "__import__", "globals", "setattr", "vars", "getattr", "__builtins__", "__globals__",
    "__closure__", "__self__", "__subclasses__", "__mro__", "__bases__", "__code__", "__getattribute__", "__dict__",
    "__class__", "__slots__", "__reduce__", "__reduce_ex__", "__getstate__", "__loader__", "__spec__", "ctypeslib",
})
# fmt: on
HOUSE = f"{Path(__file__).parents[1]}{os.sep}"
DAY = re.compile(r"\b(19|20)\d\d-\d\d(-\d\d)?\b")


def findings_in(source: bytes, file: str, names: Collection[str]) -> tuple[Finding, ...]:
    """What the text of a strategy file reads, reaches for or knows beforehand, in the order of its lines.

    names: tickers and company names of the market; one that stands in the file was chosen by somebody who may have
    known the end. Each thing is reported once, at its first line.
    """
    tree = ast.parse(source)
    said: dict[tuple[Kind, str], int] = {}
    imported = {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }  # fmt: skip
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        for kind, message in (*_imports(node), *_uses(node, imported), *_hindsight(node, docstrings, names)):
            line = getattr(node, "lineno", 0)
            said[kind, message] = min(line, said.get((kind, message), line))
    found = sorted(said.items(), key=lambda item: item[1])
    return tuple(Finding(kind, f"{file}, line {line}: {message}", line=line) for (kind, message), line in found)


Said = Iterator[tuple[Kind, str]]


def _imports(node: ast.AST) -> Said:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        stem = "." * node.level + (node.module or "")
        modules = [f"{stem}.{alias.name}" for alias in node.names]
    else:
        return
    for module in modules:
        if _is_in(module, DATA_MODULES) or not _is_in(module, KNOWN_MODULES):
            shown = module.rpartition(".")[0] if isinstance(node, ast.ImportFrom) else module
            yield "reads from outside", f"imports {shown or module}; what it knows cannot be proved"


def _is_in(module: str, known: Collection[str]) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:k]) in known for k in range(1, len(parts) + 1))


def _uses(node: ast.AST, imported: set[str]) -> Said:
    """Readers, clocks, private parts, and what is left behind in other modules."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name in READERS or name.startswith("read_"):
        if isinstance(node, ast.Attribute) or name == "open":
            yield "reads from outside", f"uses {name}; what it reads cannot be proved"
    elif name in CLOCK and isinstance(node, ast.Attribute):
        yield "reads from outside", f"asks the clock with {name}; a backtest knows history.date only"
    elif name in INSIDE or name.startswith("_History__"):
        yield "reaches around", f"uses {name}, which can lead past what History hands out"
    word = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if word.startswith("_History__") or (word in INSIDE and word.startswith("__")):
        yield "reaches around", f"names {word}, which can lead past what History hands out"
    written = node.value if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.Attribute) and isinstance(written, ast.Name) and written.id in imported:
        yield "reaches around", f"writes to {written.id}.{node.attr}, outside its own file, where it stays"


def _hindsight(node: ast.AST, docstrings: set[int], names: Collection[str]) -> Said:
    """Names and dates that somebody wrote into the file."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
        if node.value in names:
            yield "hindsight", f"names {node.value}; nobody can prove that it was chosen without knowing the end"
        elif DAY.search(node.value):
            yield "hindsight", f"holds the date {node.value}; nobody can prove that it was chosen without hindsight"
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        numbers = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if called in {"date", "datetime", "Timestamp"} and numbers and isinstance(numbers[0], int):
            shown = "-".join(str(n) for n in numbers)
            yield "hindsight", f"holds the date {shown}; nobody can prove that it was chosen without hindsight"


@contextmanager
def watched(files: Collection[Path]) -> Iterator[list[Finding]]:
    """While this lasts, every opening of a file or a connection that one of these strategy files leads to is noted.

    The list fills as they run. What happens without one of the files on the stack is nobody's but the machine's.
    """
    noted: list[Finding] = []
    paths = {str(path) for path in files}

    def note(called: str, what: object) -> None:
        frame = sys._getframe(2)
        while frame.f_code.co_filename not in paths:
            # What the house reads on a strategy's behalf, such as a compiled kernel, is not the strategy's reading; nor
            # is what a module opens while it is imported: an import that nobody looked into is a finding by its text.
            if frame.f_back is None or frame.f_code.co_filename.startswith((HOUSE, "<frozen importlib")):
                return
            frame = frame.f_back
        shown = Path(what).name if isinstance(what, str | os.PathLike) else type(what).__name__
        message = f"line {frame.f_lineno}: {called} read {shown}; what it holds cannot be proved"
        file = Path(frame.f_code.co_filename).name
        if all(finding.message != f"{file}, {message}" for finding in noted):
            noted.append(Finding("reads from outside", f"{file}, {message}", line=frame.f_lineno))

    with ExitStack() as stack:
        for owner, name in _doors():
            stack.enter_context(patch.object(owner, name, _noting(getattr(owner, name), name, note)))
        yield noted


def _doors() -> list[tuple[Any, str]]:
    """The functions through which data come in. Readers written in C are named, as they open no file in Python."""
    readers = [(pd, name) for name in dir(pd) if name.startswith("read_")]
    numpy_readers = [(np, name) for name in ("load", "loadtxt", "genfromtxt", "fromfile")]
    return [(builtins, "open"), (io, "open"), (os, "open"), (socket, "create_connection"), *numpy_readers, *readers]


def _noting(function: Callable[..., Any], name: str, note: Callable[[str, object], None]) -> Callable[..., Any]:
    @wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        note(name, args[0] if args else None)
        return function(*args, **kwargs)

    return noting
