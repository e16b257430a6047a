"""Facts to JSON and back: sorted, stable, every float by its repr; what comes back is checked before it is believed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from backtest.errors import RunError, listed
from backtest.facts.fact import Basis, Charges, Fact, Facts, Series, Unit, Value

VERSION = 1
MAX_BYTES = 32_000_000
MAX_PRECISION = 12
ID = re.compile(r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$")
DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
FACT_KEYS = ("label", "value", "unit", "precision", "as_of", "basis", "source", "start", "charges")
SERIES_KEYS = ("label", "dates", "values", "unit", "basis")


def facts_to_json(facts: Facts) -> str:
    """The facts as JSON: keys sorted, one value a line, a newline at the end.

    The same facts give the same bytes. Raises ValueError for a number that is not finite, an id out of form or a value
    that does not suit its unit: such a fact must not exist.
    """
    for key, fact in facts.facts.items():
        _check(
            key == fact.id and ID.match(key) is not None, f"fact {key!r}", "an id of dotted words, the same as its key"
        )
        _check_value(fact.value, fact.unit, f"fact {key}")
    found = {
        "facts": _block({key: _flat(_fact_to_dict(fact), 2) for key, fact in facts.facts.items()}, 1),
        "series": _block({key: _block(_series_to_dict(series), 2) for key, series in facts.series.items()}, 1),
        "version": _flat(VERSION, 1),
    }
    return _block(found, 0) + "\n"


def facts_from_json(text: str | bytes, where: str = "facts.json") -> Facts:
    """Facts from JSON, each key, type, unit, date and number checked.

    Raises RunError with one sentence that names `where`, the fact, what was found and what is allowed.
    """
    if len(text) > MAX_BYTES:
        raise RunError(f"{where}: {len(text):,} bytes; a facts file has at most {MAX_BYTES:,}. Run the mandate again.")
    try:
        return _facts(_load(text))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RunError(f"{where}: not a facts file: {reason}. Run the mandate again to write it anew.") from None


def _load(text: str | bytes) -> Any:
    return json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        _check(key not in found, f"key {_short(key)}", "to stand once in its object")
        found[key] = value
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number; an undefined figure is null")


def _facts(found: Any) -> Facts:
    table = _keys(found, ("facts", "series", "version"), "the file")
    _check(table["version"] == VERSION, f"version {_short(table['version'])}", f"{VERSION}")
    for part in ("facts", "series"):
        _check(isinstance(table[part], dict), part, "an object of objects by id")
    return Facts(
        facts={key: _fact(key, value) for key, value in table["facts"].items()},
        series={key: _series(key, value) for key, value in table["series"].items()},
    )


def _fact_to_dict(fact: Fact) -> dict[str, Any]:
    return {key: _plain(getattr(fact, key)) for key in FACT_KEYS}


def _series_to_dict(series: Series) -> dict[str, str]:
    return {
        "label": _flat(series.label, 3),
        "dates": _flat([day.isoformat() for day in series.dates], 3),
        "values": _flat(list(series.values), 3),
        "unit": _flat(series.unit, 3),
        "basis": _flat(series.basis, 3),
    }


def _flat(value: Any, depth: int) -> str:
    """A value, or a list or object of values, as json.dumps(indent=1, sort_keys=True) writes it at a depth. With an
    indent that is Python, without one it is C, and takes a tenth of the time."""
    after = "\n" + " " * (depth + 1)
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(f",{after}", ": "))
    if not isinstance(value, list | dict) or not value:
        return text
    return f"{text[0]}{after}{text[1:-1]}{after[:-1]}{text[-1]}"


def _block(parts: Mapping[str, str], depth: int) -> str:
    """An object of what is written already."""
    after = "\n" + " " * (depth + 1)
    rows = (f"{json.dumps(key, ensure_ascii=False)}: {parts[key]}" for key in sorted(parts))
    return f"{{{after}{f',{after}'.join(rows)}{after[:-1]}}}" if parts else "{}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _fact(key: str, found: Any) -> Fact:
    where = f"fact {_short(key)}"
    _check(ID.match(key) is not None, where, "an id of dotted words")
    table = _keys(found, FACT_KEYS, where)
    unit: Unit = _one_of(table["unit"], Unit, f"{where}, unit")
    value = _value(table["value"], unit, where)
    _check_value(value, unit, where)
    precision = table["precision"]
    _check(type(precision) is int and 0 <= precision <= MAX_PRECISION, f"{where}, precision", f"0 to {MAX_PRECISION}")
    return Fact(
        id=key,
        label=_text(table["label"], f"{where}, label"),
        value=value,
        unit=unit,
        precision=precision,
        as_of=_maybe(_day, table["as_of"], f"{where}, as_of"),
        basis=_one_of(table["basis"], Basis, f"{where}, basis"),
        source=_text(table["source"], f"{where}, source"),
        start=_maybe(_day, table["start"], f"{where}, start"),
        charges=None if table["charges"] is None else _one_of(table["charges"], Charges, f"{where}, charges"),
    )


def _series(key: str, found: Any) -> Series:
    where = f"series {_short(key)}"
    _check(ID.match(key) is not None, where, "an id of dotted words")
    table = _keys(found, SERIES_KEYS, where)
    dates, values = table["dates"], table["values"]
    _check(isinstance(dates, list) and isinstance(values, list), where, "lists of dates and of values")
    _check(len(dates) == len(values), where, "as many dates as values")
    for value in values:
        _check(value is None or _is_number(value), f"{where}, value {_short(value)}", "a finite number or null")
    return Series(
        id=key,
        label=_text(table["label"], f"{where}, label"),
        dates=tuple(_day(day, f"{where}, dates") for day in dates),
        values=tuple(values),
        unit=_one_of(table["unit"], Unit, f"{where}, unit"),
        basis=_one_of(table["basis"], Basis, f"{where}, basis"),
    )


def _value(value: Any, unit: Unit, where: str) -> Value:
    """A JSON value as the unit's own type; dates are the only ones that need turning."""
    found: Value = _day(value, where) if unit == "date" and value is not None else value
    return found


def _check_value(value: object, unit: Unit, where: str) -> None:
    """ValueError unless the value is None or of the type its unit asks for, and finite."""
    if value is None:
        return
    suits = {
        "text": isinstance(value, str),
        "flag": isinstance(value, bool),
        "date": isinstance(value, date),
        "count": type(value) is int,
    }
    allowed = {"text": "text", "flag": "true or false", "date": "a date", "count": "a whole number"}
    wanted = allowed.get(unit, "a finite number")
    _check(suits.get(unit, _is_number(value)), f"{where}, value {_short(value)}", f"{wanted} for unit {unit}, or null")


def _is_number(value: object) -> bool:
    """True for a finite int or float that a float can hold; bool is not a number here."""
    try:
        return type(value) in (int, float) and math.isfinite(float(value))  # type: ignore[arg-type]
    except OverflowError:
        return False


def _keys(found: Any, allowed: tuple[str, ...], where: str) -> dict[str, Any]:
    _check(isinstance(found, dict), where, "an object")
    table: dict[str, Any] = found
    strange = sorted(set(table) ^ set(allowed))
    _check(not strange, f"{where}, key {_short(strange[0]) if strange else ''}", f"exactly {listed(sorted(allowed))}")
    return table


def _one_of(value: Any, choices: Any, where: str) -> Any:
    allowed = get_args(choices)
    _check(isinstance(value, str) and value in allowed, f"{where} {_short(value)}", f"one of {listed(allowed)}")
    return value


def _maybe(read: Callable[[Any, str], date], value: Any, where: str) -> date | None:
    return None if value is None else read(value, where)


def _day(value: Any, where: str) -> date:
    _check(isinstance(value, str) and DAY.match(value) is not None, f"{where} {_short(value)}", "a date as 2026-10-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{where} {_short(value)}: must be a day of the calendar") from None


def _text(value: Any, where: str) -> str:
    _check(isinstance(value, str), f"{where} {_short(value)}", "text")
    text: str = value
    return text


def _check(good: bool, found: str, allowed: str) -> None:
    if not good:
        raise ValueError(f"{found}: must be {allowed}")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
