"""Named predicates over facts: does a rule apply, and by which numbers?

Thresholds are data: they stand in the rule's TOML, under [when_options], and arrive as keyword arguments. A predicate
that lacks a fact answers None with the fact's name; it never guesses. A stranger's PDF brings no facts but what its own
text shows: text.performance and text.simulated.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from backtest.disclosure.triggers import abroad, declared, performance, product, risks, simulation
from backtest.disclosure.triggers.known import RISK_CLASSES, Trigger, family, value
from backtest.disclosure.triggers.performance import BASIS_OF
from backtest.facts import Facts

__all__ = ["BASIS_OF", "PREDICATES", "RISK_CLASSES", "Trigger", "evaluate", "family", "options_of", "value"]

PREDICATES: Mapping[str, Callable[..., Trigger]] = MappingProxyType(
    {
        predicate.__name__: predicate
        for predicate in (
            *declared.PREDICATES,
            *performance.PREDICATES,
            *abroad.PREDICATES,
            *product.PREDICATES,
            *risks.PREDICATES,
            *simulation.PREDICATES,
        )
    }
)


def evaluate(name: str, options: Mapping[str, Any], facts: Facts) -> Trigger:
    """Ask one predicate by name, with the thresholds of its rule."""
    return PREDICATES[name](facts, **options)


def options_of(name: str) -> tuple[str, ...]:
    """The thresholds a predicate needs, by name."""
    return tuple(inspect.signature(PREDICATES[name]).parameters)[1:]
