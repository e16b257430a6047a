"""A mistake in a mandate in one sentence: where it stands, what was found, what is allowed, how to mend it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from backtest.errors import listed, nearest


def explain(errors: Sequence[ErrorDetails], root: type[BaseModel]) -> str:
    """The first pydantic error in a sentence; where a key is missing beside one that is unknown, the unknown one: it is
    the missing key, misspelt."""
    first = errors[0]
    if first["type"] == "missing":
        table = first["loc"][:-1]
        unknown = (e for e in errors if e["type"] == "extra_forbidden" and e["loc"][:-1] == table)
        first = next(unknown, first)
    return _explain(first, root)


def _explain(error: ErrorDetails, root: type[BaseModel]) -> str:
    """One pydantic error of a table read as `root`: '[section] key: what was found, what is allowed, how to mend'."""
    where, model = _locate(error["loc"], root)
    known = sorted(model.model_fields) if model else []
    key = str(error["loc"][-1]) if error["loc"] else "mandate"
    if error["type"] == "extra_forbidden":
        kind = "section" if len(error["loc"]) == 1 else "key"
        return f"{where}: no such {kind}.{nearest(key, known)} Allowed: {listed(known, most=30)}."
    if error["type"] == "missing":
        return f"{where}: missing. Add it; see docs/mandate.md."
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error" and (not error["loc"] or isinstance(error["input"], dict | BaseModel)):
        return f"{where}: {message}."
    return f"{where}: found {_short(error['input'])}. {message[:1].upper()}{message[1:]}."


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _locate(loc: tuple[int | str, ...], root: type[BaseModel]) -> tuple[str, type[BaseModel] | None]:
    """Where the error stands, '[data] withholding_tax.default', and the model that owns its last key."""
    if not loc:
        return "the mandate", root
    model: type[BaseModel] | None = root
    owner: type[BaseModel] | None = root
    for part in loc:
        owner = model if isinstance(part, str) else owner
        if isinstance(part, str) and model is not None:
            model = _model_of(model, part)
    section, *rest = loc
    if isinstance(rest[0] if rest else None, int):
        section, rest = f"{section} {int(rest[0]) + 1}", rest[1:]
    if not rest:
        return f"[{section}]", owner
    return f"[{section}] {'.'.join(str(part) for part in rest)}", owner


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = model.model_fields.get(key)
    if field is None:
        return None
    candidates = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
