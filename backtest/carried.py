"""What a mandate names by path beside its data travels with the run: own strategies, rule packs, tables.

So a finished run can be rendered again anywhere, from what it was made of, and a changed file makes another run. Market
data stay where they are: the run keeps the panel that was made of them.
"""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from backtest import artifacts
from backtest.errors import RunError
from backtest.mandate import LoadedMandate, load_mandate, parse_mandate

FOLDER = "named"
KEYS = {
    ("strategy", "path"): "", ("costs", "tax_table"): "", ("report", "packs"): "**/*.toml", ("report", "theme"): "",
    ("report", "logo"): "", ("report", "templates"): "*.html", ("report", "commentary"): "",
}  # fmt: skip
"""Keys of a mandate, [data] aside, that hold a path or a list of them, and which files of a folder are meant. The parts
of a strategy, the languages and the share classes hold one each, too."""
MOST_FILES, MOST_BYTES = 1000, 50_000_000
ABOVE, ROOT = "__above__", "__root__"


@dataclass(frozen=True)
class Named:
    """One file or folder: the key that names it, as written, where it is, and which files of a folder are meant."""

    key: str
    written: str
    path: Path
    pattern: str


def named_files(loaded: LoadedMandate) -> tuple[Named, ...]:
    """What the mandate names, in the order of KEYS, whether it is there or not."""
    found: list[Named] = []

    def note(key: str, written: str) -> str:
        section, name = key.split(".")[:2]
        found.append(Named(key, written, loaded.folder / written, KEYS.get((section, name), "")))
        return written

    _mapped(tomllib.loads(loaded.text.removeprefix("\ufeff")), note)
    return tuple(found)


def hashes(loaded: LoadedMandate) -> dict[str, str]:
    """SHA-256 of each file named, by its key; of a folder, over the names and hashes of all its files."""
    return {named.key: _digest(named) for named in named_files(loaded)}


def carry(loaded: LoadedMandate, folder: Path) -> None:
    """Copy all that is named into a run's folder. Raises RunError for what is missing or too much."""
    for named in named_files(loaded):
        target = folder / place(named.written)
        for inside in _files(named):
            copy = target / inside.relative_to(named.path) if named.path.is_dir() else target
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(inside, copy)


def load_run_mandate(folder: Path) -> LoadedMandate:
    """The mandate of a finished run, its named files those that the run carries. Raises RunError where no run is."""
    if not (folder / artifacts.MANDATE).is_file():
        raise RunError(f"{folder}: no finished run, {artifacts.MANDATE} is missing. Give the folder that a run made.")
    loaded = load_mandate(folder / artifacts.MANDATE)
    table = _mapped(tomllib.loads(loaded.text.removeprefix("\ufeff")), lambda _, written: place(written).as_posix())
    return loaded.model_copy(update={"mandate": parse_mandate(table, str(loaded.path))})


def place(written: str) -> PurePosixPath:
    """Where in a run's folder a path goes: '../house/pack' to 'named/__above__/house/pack'."""
    path = PurePosixPath(Path(written).as_posix())
    parts = [ROOT if part == "/" else ABOVE if part == ".." else part.replace(":", "") for part in path.parts]
    return PurePosixPath(FOLDER, *parts)


def _mapped(table: dict[str, Any], change: Callable[[str, str], str]) -> dict[str, Any]:
    """The mandate's table with change(key, path) in place of each path; what is no text is left for the mandate's
    own check. A theme is a path when it ends in .toml, else the name of a shipped one."""
    changed = dict(table)
    for section, key in KEYS:
        if isinstance(inside := changed.get(section), dict) and key in inside:
            if key == "theme" and not str(inside[key]).endswith(".toml"):
                continue
            changed[section] = inside | {key: _changed(f"{section}.{key}", inside[key], change)}
    if isinstance(classes := changed.get("share_class"), list):
        changed["share_class"] = [_with_key("record", f"share_class.{k}", c, change) for k, c in enumerate(classes, 1)]
    if isinstance(texts := changed.get("texts"), dict):
        changed["texts"] = {
            language: _with_key("commentary", f"texts.{language}", own, change) for language, own in texts.items()
        }
    if isinstance(strategy := changed.get("strategy"), dict):
        changed["strategy"] = _with_parts("strategy", strategy, change)
    return changed


def _changed(key: str, value: Any, change: Callable[[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_changed(f"{key}.{k}", item, change) for k, item in enumerate(value, 1)]
    return change(key, value) if isinstance(value, str) else value


def _with_key(name: str, key: str, table: Any, change: Callable[[str, str], str]) -> Any:
    """A table of many that may name one file: a language's commentary, a share class's record."""
    if not isinstance(table, dict) or name not in table:
        return table
    return table | {name: _changed(f"{key}.{name}", table[name], change)}


def _with_parts(key: str, strategy: dict[str, Any], change: Callable[[str, str], str]) -> dict[str, Any]:
    """The parts of a strategy may name files, and have parts of their own."""
    parts = strategy.get("parts")
    if not isinstance(parts, list):
        return strategy
    return strategy | {"parts": [_with_path(f"{key}.parts.{k}", part, change) for k, part in enumerate(parts, 1)]}


def _with_path(key: str, part: Any, change: Callable[[str, str], str]) -> Any:
    if not isinstance(part, dict):
        return part
    own = {"path": _changed(f"{key}.path", part["path"], change)} if "path" in part else {}
    return _with_parts(key, part | own, change)


def _files(named: Named) -> tuple[Path, ...]:
    """The files meant. Raises RunError for what is missing or too much."""
    section, key = named.key.split(".", 1)
    where = f"[{section}] {key}: {named.path}"
    if not named.path.exists():
        raise RunError(f"{where} is not there. Give the path of a file or folder.")
    if named.path.is_file():
        return (named.path,)
    found = tuple(sorted(p for p in named.path.glob(named.pattern or "*") if p.is_file()))
    size = sum(p.stat().st_size for p in found)
    if len(found) > MOST_FILES or size > MOST_BYTES:
        raise RunError(
            f"{where} holds {len(found):,} files of {size:,} bytes; a run carries at most {MOST_FILES:,} files of "
            f"{MOST_BYTES:,} bytes. Name a folder that holds what is meant and no more."
        )
    return found


def _digest(named: Named) -> str:
    if named.path.is_file():
        return artifacts.sha256_of_file(named.path)
    lines = (f"{p.relative_to(named.path).as_posix()}\0{artifacts.sha256_of_file(p)}\0" for p in _files(named))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
