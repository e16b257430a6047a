"""Work on a stranger's PDF, within limits.

The libraries that read PDFs are large and written in C++: what a hostile file does to them, a loop, a bomb, a crash,
happens to a process of its own, and the caller gets one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from backtest.errors import DocumentError
from backtest.limited import EndedError, Limits, limited

Result = TypeVar("Result")


@dataclass(frozen=True)
class ProcessLimits(Limits):
    """What work on one PDF may take. memory: bytes of address space."""

    wall_seconds: float = 240.0
    processor_seconds: int = 120
    memory: int = 2048 << 20


REVIEW_LIMITS = ProcessLimits()


def run_limited(
    what: Callable[..., Result], *given: object, name: str, limits: ProcessLimits = REVIEW_LIMITS
) -> Result:
    """what(*given) in a process of its own, which is ended when it takes more than `limits`.

    `what` is a function of a module, and what it is given and returns can be pickled. name: the PDF, for messages.
    Raises what `what` raises when that is one of our errors, RuntimeError when it is another, and DocumentError when
    the process was ended or broke.
    """
    try:
        return limited(what, *given, limits=limits)
    except EndedError:
        raise DocumentError(
            f"{name}: reading it took more than is allowed ({limits}) or broke the reader; it was stopped."
        ) from None
    except RuntimeError as fault:
        raise RuntimeError(f"{name}: a fault of ours while it was read:\n{fault}") from None
