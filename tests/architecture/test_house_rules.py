"""The rules of the house that a linter cannot see."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(p for folder in ("backtest", "strategies") for p in (ROOT / folder).rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Dotted names of all modules a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def foreign(path: Path, allowed: tuple[str, ...]) -> set[str]:
    """Imported modules outside the standard library and `allowed`."""
    inside = lambda name: any(name == a or name.startswith(f"{a}.") for a in allowed)  # noqa: E731
    return {n for n in imports(path) if n.split(".")[0] not in sys.stdlib_module_names and not inside(n)}


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_every_module_has_its_place_in_the_layers():
    layers = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")["layers"]
    placed = {name.strip() for layer in layers for name in layer.split(":")}
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in SOURCES if p.parts[-2] != "strategies"}
    homeless = {
        m for m in modules if not m.endswith("__init__") and not any(m == p or m.startswith(f"{p}.") for p in placed)
    }
    assert homeless == set()


@pytest.mark.parametrize("path", sorted((ROOT / "strategies").glob("*.py")), ids=lambda p: p.stem)
def test_strategies_see_arrays_and_history_only(path):
    """And what they share among themselves, which is held to the same."""
    assert foreign(path, ("numpy", "pandas", "backtest.market.history", "strategies._shared")) == set()


@pytest.mark.parametrize("path", sorted((ROOT / "backtest" / "metrics").rglob("*.py")), ids=lambda p: p.stem)
def test_metrics_take_arrays_and_return_numbers(path):
    assert foreign(path, ("numpy", "pandas", "scipy", "backtest.metrics")) == set()


def test_help_imports_nothing_heavy():
    code = (
        "import sys, contextlib, io, json\n"
        "sys.argv = ['jevons', '--help']\n"
        "from backtest.cli import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    app()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    heavy = {"numpy", "pandas", "scipy", "pyarrow", "vectorbt", "weasyprint", "jinja2", "pikepdf", "pypdfium2"}
    heavy |= {"sqlalchemy", "pydantic", "babel"}
    assert loaded & heavy == set()


def functions(path: Path) -> list[tuple[str, int, str]]:
    """(name, lines without the docstring, source) of every function of a file."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            body = node.body[1:] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else node.body
            size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            found.append((node.name, size, "\n".join(lines[node.lineno - 1 : node.end_lineno])))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_long_code_explains_itself(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400 or "# This file is long because" in text
    unexplained = [(n, size) for n, size, source in functions(path) if size > 40 and "# Long because" not in source]
    assert unexplained == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_pin_every_hash_and_name_no_host(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[A-Za-z0-9_.\[\],-]+==\S+", text, flags=re.MULTILINE)
    assert len(pins) > 50
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text


def test_nothing_is_left_open_in_the_code():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|pytest\.mark\.skip\b|xfail")
    here = Path(__file__)
    files = [p for p in (*SOURCES, *(ROOT / "tests").rglob("*.py")) if p != here]
    assert [str(p) for p in files if marks.search(p.read_text(encoding="utf-8"))] == []
