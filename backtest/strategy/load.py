"""Finding a strategy's file, running it, and settling its parameters."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from pydantic import ValidationError

from backtest.errors import StrategyError, listed, nearest
from backtest.mandate import StrategyChoice
from backtest.strategy.ask import Strategy
from backtest.strategy.parameters import Parameter, composes, read_parameters, settle_parameters
from backtest.strategy.parts import (
    SHARE,
    SHARE_KEY,
    Composed,
    check_shares,
    flattened,
    flattened_allowed,
    part_place,
    settle_share,
    split_parts,
)

SECTION = "[strategy]"
PARTS = "[[strategy.parts]]: one table a strategy, with name or path, share (0 to 1) and its own parameters; required"
HEADING = re.compile(r"(Idea|Source|Reads|Must fail when):")


def available() -> tuple[str, ...]:
    """Names of the strategies that come with the package, sorted."""
    return tuple(sorted(p.stem for p in strategies_folder().glob("*.py") if not p.stem.startswith("_")))


def describe_all() -> list[dict[str, Any]]:
    """Each built-in strategy in words, for a listing.

    Keys: name, idea, source, reads (the published fields, '' for none), fails_when, event_driven, composes (takes
    [[strategy.parts]]) and parameters, one sentence each: meaning, what is allowed, default.
    """
    return [_described(strategies_folder() / f"{name}.py") for name in available()]


def _described(path: Path) -> dict[str, Any]:
    module = _execute(path, _read(path))
    function, about = module.target_weights, module.__doc__ or ""
    return {
        "name": path.stem,
        "idea": idea_of(about),
        "source": section_of(about, "Source"),
        "reads": section_of(about, "Reads").rstrip("."),
        "fails_when": section_of(about, "Must fail when"),
        "event_driven": hasattr(module, "should_trade"),
        "composes": composes(function),
        "parameters": [*([PARTS] if composes(function) else []), *map(_sentence, read_parameters(function, path))],
    }


def _sentence(parameter: Parameter) -> str:
    default = parameter.default
    shown = default if isinstance(default, str) or default is None else f"{default:g}"
    said = "none" if shown is None else shown
    return f"{parameter.name}: {parameter.meaning}, {parameter.allowed}; default {said}"


def strategies_folder() -> Path:
    """Where the built-in strategies lie, in a checkout and in an installed wheel alike."""
    spec = importlib.util.find_spec("strategies")
    if spec is None or not spec.submodule_search_locations:
        raise StrategyError("the strategies package is not installed. Install jevons again.")
    return Path(next(iter(spec.submodule_search_locations)))


def load_strategy(choice: StrategyChoice, folder: Path) -> Strategy:
    """The strategy that a mandate names, with its parameters checked. folder: the mandate's, where a path starts.

    A strategy that composes others loads its parts too. Raises StrategyError for an unknown name, a file that does not
    load, a parameter that is not the strategy's own, or parts that are missing or take more than the whole.
    """
    return _load(choice, folder, 0, SECTION)


def _load(choice: StrategyChoice, folder: Path, depth: int, where: str) -> Strategy:
    path = _find(choice, folder, where)
    source = _read(path)
    module = _execute(path, source)
    function = getattr(module, "target_weights", None)
    if not callable(function):
        raise StrategyError(f"{path}: defines no function target_weights(history, *, ...). Add it.")
    about, allowed, given = module.__doc__ or "", read_parameters(function, path), choice.parameters
    composing = composes(function)
    own = {k: v for k, v in given.items() if k != "parts" and not k.startswith("parts.")} if composing else given
    strategy = Strategy(
        name=path.stem,
        function=function,
        parameters=settle_parameters(path.stem, allowed, own, where),
        idea=idea_of(about),
        fails_when=section_of(about, "Must fail when"),
        sha256=hashlib.sha256(source).hexdigest(),
        should_trade=getattr(module, "should_trade", None),
        allowed=allowed,
        source=section_of(about, "Source"),
        reads=section_of(about, "Reads").rstrip("."),
    )
    return _compose(strategy, given, folder, depth, where) if composing else strategy


def _compose(whole: Strategy, given: Mapping[str, Any], folder: Path, depth: int, where: str) -> Strategy:
    """The strategy with its parts: their parameters beside its own, their files in its hash."""
    parts, shares = [], []
    for k, table in enumerate(split_parts(whole.name, given, depth, where), start=1):
        place = part_place(where, k)
        share = table.pop("share", None)
        part = _load(_part_choice(table, place), folder, depth + 1, place)
        shares.append(settle_share(part, share, place))
        parts.append(part)
    composed = Composed(whole.name, whole.function, tuple(parts), whole.should_trade)
    parameters = {**whole.parameters, **flattened(tuple(parts), tuple(shares))}
    check_shares(whole.name, parameters, where)
    asks = whole.should_trade is not None or any(p.should_trade is not None for p in parts)
    digest = hashlib.sha256(b"".join(bytes.fromhex(s.sha256) for s in (whole, *parts)))
    return replace(
        whole,
        function=composed.target_weights,
        idea=f"{whole.idea.rstrip('.')}: {', '.join(p.name for p in parts)}.",
        should_trade=composed.should_trade if asks else None,
        parts=tuple(part.name for part in parts),
        parameters=MappingProxyType(parameters),
        sha256=digest.hexdigest(),
        allowed=(*whole.allowed, *flattened_allowed(tuple(parts))),
        reads=", ".join(dict.fromkeys(p.reads for p in parts if p.reads)),
    )


def _part_choice(table: Mapping[str, Any], place: str) -> StrategyChoice:
    try:
        return StrategyChoice.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(k) for k in first["loc"])
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise StrategyError(f"{place}{f' {key}' if key else ''}: {message}.") from None


def varied(strategy: Strategy, given: Mapping[str, Any]) -> Strategy:
    """The same strategy with some parameters replaced, each checked: numbers, words or columns (V, 1).

    Parameters of parts are named as in the whole, `parts.1.months`, their shares `parts.1.share`. StrategyError as for
    a mandate.
    """
    shares = tuple(replace(SHARE, name=key) for key in strategy.parameters if SHARE_KEY.fullmatch(key))
    everything: dict[str, Any] = {**strategy.parameters, **given}
    parameters = settle_parameters(strategy.name, (*strategy.allowed, *shares), everything)
    check_shares(strategy.name, parameters, SECTION)
    return replace(strategy, parameters=parameters)


def _find(choice: StrategyChoice, folder: Path, where: str) -> Path:
    if choice.path is not None:
        path = folder / choice.path
        if path.suffix != ".py" or not path.is_file():
            raise StrategyError(f"{where} path: no Python file at {path}. Paths start at the mandate's folder.")
        return path
    known = available()
    name = choice.name or ""
    if name not in known:
        raise StrategyError(
            f"{where} name: no strategy {name!r}.{nearest(name, known)} Allowed: {listed(known)}; "
            "or give the path of a strategy file of your own."
        )
    return strategies_folder() / f"{name}.py"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StrategyError(f"{path}: cannot be read: {error.strerror}.") from None


def _execute(path: Path, source: bytes) -> ModuleType:
    """Run a strategy file as a module of its own; the bytes that run are the bytes that were hashed."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102  a strategy is code by design
    except SyntaxError as error:
        raise StrategyError(f"{path}, line {error.lineno}: not valid Python: {error.msg}.") from None
    except Exception as error:
        raise StrategyError(f"{path}: does not load: {type(error).__name__}: {error}.") from error
    return module


def idea_of(docstring: str) -> str:
    """The first line of a strategy's docstring."""
    return docstring.strip().partition("\n")[0].strip()


def section_of(docstring: str, heading: str) -> str:
    """What follows 'heading:' at the start of a line, up to a blank line or the next heading, on one line; '' if none.

    Source: one line
    or two.
    """
    lines = inspect.cleandoc(docstring).split("\n")
    first = next((i for i, line in enumerate(lines) if line.startswith(f"{heading}:")), None)
    if first is None:
        return ""
    kept = [lines[first].removeprefix(f"{heading}:")]
    for line in lines[first + 1 :]:
        if not line.strip() or HEADING.match(line):
            break
        kept.append(line)
    return " ".join(" ".join(kept).split())
