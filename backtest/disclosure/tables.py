"""Strict readers of TOML tables: one sentence for what is unknown, absent or of the wrong kind."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backtest.errors import RuleError, listed, nearest

MAX_RULE_BYTES = 64_000


def read_table(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_RULE_BYTES:
        raise RuleError(f"{path}: {path.stat().st_size:,} bytes; a rule has at most {MAX_RULE_BYTES:,}.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: not valid TOML: {error}. Mend that line.") from None


def refuse_unknown(path: Path, table: Mapping[str, Any], known: Iterable[str], where: str = "") -> None:
    allowed = list(known)
    for key in table:
        if key not in allowed:
            place = f"{path}, {where}" if where else f"{path}"
            raise RuleError(f"{place}: no such key: {key}.{nearest(key, allowed)} Allowed: {listed(allowed, most=20)}.")


def text_of(path: Path, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{path}, {key}: found {value!r}; it must be a text that is not empty.")
    return value


def one_of(path: Path, key: str, value: Any, allowed: Iterable[str]) -> str:
    names = list(allowed)
    if value not in names:
        raise RuleError(
            f"{path}, {key}: found {value!r}.{nearest(str(value), names)} Allowed: {listed(names, most=30)}."
        )
    return str(value)


def some_of(path: Path, key: str, values: Any, allowed: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise RuleError(f"{path}, {key}: found {values!r}; give a list of at least one of {listed(allowed)}.")
    return tuple(one_of(path, key, value, allowed) for value in values)
