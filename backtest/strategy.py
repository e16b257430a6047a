"""Finds a strategy by name or path, reads its parameters from its signature and docstring, and asks it safely.

A strategy is one file with a function `target_weights(history, *, parameter=default)`. Nothing is registered: the
file's name is the strategy's name. Each parameter states its range in the function's docstring, one line each:

    months: length of the glide in months, 1 to 60.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from backtest.compiled import compiled
from backtest.errors import StrategyError, listed, nearest
from backtest.mandate import StrategyChoice
from backtest.market.history import History
from backtest.market.prices import Bools, Floats

SUM_TOLERANCE = 1e-9
ROUNDING = 1e-14
NUMBER = r"(-?\d+(?:\.\d+)?)"
RANGE = re.compile(rf"(?:^[ ]*|[ ]{{2}})(\w+): ([^\n]+?), {NUMBER} to {NUMBER}\.(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """One keyword of a strategy: what it means, its range, both ends included, and its default (None: required)."""

    name: str
    meaning: str
    low: float
    high: float
    whole: bool
    default: float | None

    def __str__(self) -> str:
        return f"{self.name} ({self.low:g} to {self.high:g})"


@dataclass(frozen=True)
class Strategy:
    """A strategy with its parameters settled. A parameter is a number, or a column (V, 1) with one row per variant."""

    name: str
    function: Callable[..., Any]
    parameters: Mapping[str, float | Floats] = field(default_factory=dict)
    idea: str = ""
    fails_when: str = ""
    sha256: str = ""
    should_trade: Callable[..., Any] | None = None
    allowed: tuple[Parameter, ...] = ()

    @cached_property
    def variants(self) -> int:
        """V: the common length of the columns among the parameters; 1 when all are numbers. StrategyError otherwise."""
        columns = {k: np.shape(v) for k, v in self.parameters.items() if np.ndim(v) > 0}
        for key, shape in columns.items():
            if len(shape) != 2 or shape[1] != 1 or shape[0] < 1:
                raise StrategyError(
                    f"strategy {self.name}, {key}: an array of shape {shape}; "
                    "give one number, or a column of shape (V, 1) with one row per variant."
                )
        lengths = {shape[0] for shape in columns.values()}
        if len(lengths) > 1:
            found = ", ".join(f"{k} {s[0]}" for k, s in columns.items())
            raise StrategyError(f"strategy {self.name}: columns of different lengths ({found}); give each the same.")
        return lengths.pop() if lengths else 1

    def target_weights(self, history: History, rows: Bools | None = None) -> Floats:
        """The strategy's wish (V, N) at the close of the history's last day, checked; the rest to one is cash.

        rows: (V,) the variants whose wish counts today; the others are left out, whatever they are. None: all.

        Raises StrategyError with strategy, date and what was found when the function fails, or its weights are not
        numbers, not finite, negative, of the wrong shape, zero altogether, or sum to more than one.
        """
        try:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                found = self.function(history, **self.parameters)
        except StrategyError:
            raise
        except Exception as error:
            what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            raise StrategyError(
                f"{self._where(history)}: {what}. Mend the strategy, or the universe it is given."
            ) from error
        try:
            return checked_wish(found, (self.variants, len(history.names)), history.names, rows)
        except StrategyError as error:
            raise StrategyError(f"{self._where(history)}: {error}") from None

    def _where(self, history: History) -> str:
        return f"strategy {self.name}, {history.dates[-1]}"


def checked_wish(found: object, shape: tuple[int, ...], names: tuple[str, ...], rows: Bools | None = None) -> Floats:
    """A strategy's answer as weights (V, N), or StrategyError. (N,) and (1, N) stand for all variants alike."""
    try:
        wish = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise StrategyError(f"returned {type(found).__name__}; return an array of weights {shape}.") from None
    variants, assets = shape
    if wish.shape not in {(assets,), (1, assets), (variants, assets)}:
        raise StrategyError(
            f"returned weights of shape {wish.shape}; return {shape}, one row per variant and one column per asset."
        )
    wish = wish[None, :] if wish.shape == (assets,) else wish
    if rows is not None:
        wish, variants = wish[rows] if len(wish) == variants else wish, int(rows.sum())
    low, high, are_weights = _sums(wish)
    if not are_weights:
        raise StrategyError(_not_a_weight(wish, names))
    if low <= 0.0:
        raise StrategyError("the weights sum to 0; at least one asset must receive weight.")
    if high > 1.0 + SUM_TOLERANCE:
        raise StrategyError(f"the weights sum to {high:.10g}; at most 1 is allowed, and what is left out is cash.")
    if low < 1.0 - ROUNDING or high > 1.0 + ROUNDING:  # what is within the tolerance is not meant as cash
        total = wish.sum(axis=1)
        wish = wish / np.where(total < 1.0 - SUM_TOLERANCE, 1.0, total)[:, None]
    return wish if len(wish) == variants else np.repeat(wish, variants, axis=0)


@compiled
def _sums(wish):  # type: ignore[no-untyped-def]
    """The least and the greatest sum of a row, and whether every weight is a finite number of zero or more."""
    low, high, are_weights = np.inf, -np.inf, True
    for v in range(wish.shape[0]):
        total, below = 0.0, 0
        for i in range(wish.shape[1]):
            total += wish[v, i]
            below += wish[v, i] < 0.0
        are_weights &= below == 0 and total < np.inf  # a sum with NaN in it is less than nothing
        low, high = min(low, total), max(high, total)
    return low, high, are_weights


def _not_a_weight(wish: Floats, names: tuple[str, ...]) -> str:
    v, i = np.argwhere(~(np.isfinite(wish) & (wish >= 0.0)))[0]
    return (
        f"wishes {wish[v, i]:g} of {names[i]}; a weight is a number of zero or more. "
        "Look for a division by zero, a missing price or a short position."
    )


def available() -> tuple[str, ...]:
    """Names of the strategies that come with the package, sorted."""
    return tuple(sorted(p.stem for p in strategies_folder().glob("*.py") if not p.stem.startswith("_")))


def describe_all() -> list[dict[str, Any]]:
    """Each built-in strategy as name, idea, fails_when and its parameters in words, for a listing."""
    return [_described(load_strategy(StrategyChoice(name=name), Path())) for name in available()]


def _described(strategy: Strategy) -> dict[str, Any]:
    stated = [f"{p.name}: {p.meaning}, {p.low:g} to {p.high:g}; default {p.default:g}" for p in strategy.allowed]
    return {
        "name": strategy.name,
        "idea": strategy.idea,
        "fails_when": strategy.fails_when,
        "parameters": stated,
    }


def strategies_folder() -> Path:
    """Where the built-in strategies lie, in a checkout and in an installed wheel alike."""
    spec = importlib.util.find_spec("strategies")
    if spec is None or not spec.submodule_search_locations:
        raise StrategyError("the strategies package is not installed. Install jevons again.")
    return Path(next(iter(spec.submodule_search_locations)))


def load_strategy(choice: StrategyChoice, folder: Path) -> Strategy:
    """The strategy that a mandate names, with its parameters checked. folder: the mandate's, where a path starts.

    Raises StrategyError for an unknown name, a file that does not load, or a parameter that is not the strategy's own.
    """
    path = _find(choice, folder)
    source = _read(path)
    module = _execute(path, source)
    function = getattr(module, "target_weights", None)
    if not callable(function):
        raise StrategyError(f"{path}: defines no function target_weights(history, *, ...). Add it.")
    allowed = read_parameters(function, path)
    return Strategy(
        name=path.stem,
        function=function,
        parameters=settle_parameters(path.stem, allowed, choice.parameters),
        idea=idea_of(module.__doc__ or ""),
        fails_when=fails_when_of(module.__doc__ or ""),
        sha256=hashlib.sha256(source).hexdigest(),
        should_trade=getattr(module, "should_trade", None),
        allowed=allowed,
    )


def _find(choice: StrategyChoice, folder: Path) -> Path:
    if choice.path is not None:
        path = folder / choice.path
        if path.suffix != ".py" or not path.is_file():
            raise StrategyError(f"[strategy] path: no Python file at {path}. Paths start at the mandate's folder.")
        return path
    known = available()
    name = choice.name or ""
    if name not in known:
        raise StrategyError(
            f"[strategy] name: no strategy {name!r}.{nearest(name, known)} Allowed: {listed(known)}; "
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


def fails_when_of(docstring: str) -> str:
    """What follows 'Must fail when:' in a strategy's docstring, up to the next blank line, on one line."""
    _, _, after = inspect.cleandoc(docstring).partition("Must fail when:")
    return " ".join(after.split("\n\n")[0].split())


def read_parameters(function: Callable[..., Any], path: Path) -> tuple[Parameter, ...]:
    """The keyword parameters of `target_weights`, ranges from its docstring. StrategyError when one has no range."""
    ranges = {m[0]: m for m in RANGE.findall(inspect.getdoc(function) or "")}
    first, *keywords = inspect.signature(function).parameters.values() or (None,)
    if first is None:
        raise StrategyError(f"{path}: target_weights takes no history; write target_weights(history, *, ...).")
    return tuple(_parameter(p, ranges.get(p.name), path) for p in keywords)


def _parameter(parameter: inspect.Parameter, stated: tuple[str, ...] | None, path: Path) -> Parameter:
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
        raise StrategyError(
            f"{path}, {parameter.name}: parameters stand after the star: "
            f"target_weights(history, *, {parameter.name}=...)."
        )
    if stated is None:
        raise StrategyError(
            f"{path}, {parameter.name}: no range in the docstring of target_weights. "
            f"Add the line '{parameter.name}: what it means, 0 to 1.'"
        )
    _, meaning, low, high = stated
    default = None if parameter.default is inspect.Parameter.empty else parameter.default
    whole = str(parameter.annotation).strip("'") in {"int", "<class 'int'>"}
    return Parameter(parameter.name, meaning, float(low), float(high), whole, default)


def settle_parameters(
    strategy: str, allowed: tuple[Parameter, ...], given: Mapping[str, Any]
) -> Mapping[str, float | Floats]:
    """Given values over defaults, each checked. StrategyError names the key, what was found and what is allowed."""
    known = {p.name: p for p in allowed}
    takes = listed(str(p) for p in allowed) or "none"
    for key in given:
        if key not in known:
            raise StrategyError(
                f"[strategy] {key}: no such parameter of {strategy}.{nearest(key, known)} Allowed: {takes}."
            )
    missing = [p.name for p in allowed if p.default is None and p.name not in given]
    if missing:
        raise StrategyError(f"[strategy] {missing[0]}: missing; {strategy} needs it. Allowed: {takes}.")
    return MappingProxyType({p.name: _settled(p, given.get(p.name, p.default)) for p in allowed})


def _settled(parameter: Parameter, value: Any) -> float | Floats:
    """One number, or a column (V, 1) of numbers, inside the range."""
    try:
        numbers = np.asarray(value)
    except ValueError:
        numbers = np.asarray(None)
    numeric = numbers.dtype.kind in "iuf" and numbers.size > 0
    if not numeric or not _inside(numbers.astype(np.float64), parameter):
        kind = "a whole number" if parameter.whole else "a number"
        raise StrategyError(
            f"[strategy] {parameter.name}: found {value!r}. "
            f"Give {kind} from {parameter.low:g} to {parameter.high:g}: {parameter.meaning}."
        )
    if numbers.ndim == 0:
        return int(numbers) if parameter.whole else float(numbers)
    return numbers.astype(np.float64)


def _inside(numbers: Floats, parameter: Parameter) -> bool:
    fits = (numbers >= parameter.low) & (numbers <= parameter.high)
    if parameter.whole:
        fits &= numbers == np.floor(numbers)
    return bool(fits.all())


def asked(strategy: Strategy, history: History) -> Bools:
    """(V,) whether each variant decides today by the strategy's own `should_trade`; all False when it has none.

    `should_trade` receives those parameters that it names. StrategyError for an answer of another type or shape.
    """
    rows = history.weights.shape[0]
    if strategy.should_trade is None:
        return np.zeros(rows, dtype=np.bool_)
    wanted = inspect.signature(strategy.should_trade).parameters
    found = np.asarray(strategy.should_trade(history, **{k: v for k, v in strategy.parameters.items() if k in wanted}))
    if found.dtype != np.bool_ or found.size not in {1, rows}:
        raise StrategyError(
            f"strategy {strategy.name}, {history.dates[-1]}: should_trade returned {found.dtype} of shape "
            f"{found.shape}; return one truth value per variant, shape ({rows},)."
        )
    return np.broadcast_to(found.reshape(-1), (rows,))
