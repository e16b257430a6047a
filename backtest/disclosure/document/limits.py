"""Work on a stranger's PDF in a process of its own, with an end to time, processor and memory.

The libraries that read PDFs are large and written in C++: what a hostile file does to them, a loop, a bomb, a crash,
happens to that process alone, and the caller gets one sentence.
"""

from __future__ import annotations

import multiprocessing
import resource
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from backtest.errors import DocumentError, JevonsError

Result = TypeVar("Result")


@dataclass(frozen=True)
class ProcessLimits:
    """What work on one PDF may take. memory: bytes of address space."""

    wall_seconds: float = 240.0
    processor_seconds: int = 120
    memory: int = 2048 << 20

    def __str__(self) -> str:
        return f"{self.wall_seconds:g} s in all, {self.processor_seconds} s of processor time, {self.memory >> 20:,} MB"


REVIEW_LIMITS = ProcessLimits()


@dataclass(frozen=True)
class _Fault:
    """An error that is none of the PDF's, as text: not every error can be sent from process to process."""

    trace: str


def run_limited(
    what: Callable[..., Result], *given: object, name: str, limits: ProcessLimits = REVIEW_LIMITS
) -> Result:
    """what(*given) in a process of its own, which is ended when it takes more than `limits`.

    `what` is a function of a module, and what it is given and returns can be pickled. name: the PDF, for messages.
    Raises what `what` raises when that is one of our errors, RuntimeError when it is another, and DocumentError when
    the process was ended or broke.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, limits, what, given), daemon=True)
    process.start()
    there.close()
    try:
        answer = here.recv() if here.poll(limits.wall_seconds) else None
    except EOFError:
        answer = None  # it ended without a word
    finally:
        process.kill()
        process.join()
        here.close()
    if isinstance(answer, JevonsError):
        raise answer
    if isinstance(answer, _Fault):
        raise RuntimeError(f"{name}: a fault of ours while it was read:\n{answer.trace}")
    if answer is None:
        raise DocumentError(
            f"{name}: reading it took more than is allowed ({limits}) or broke the reader; it was stopped."
        )
    result: Result = answer[0]
    return result


def _work(answer: Connection, limits: ProcessLimits, what: Callable[..., object], given: tuple[object, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer.send((what(*given),))
    except JevonsError as error:
        answer.send(error)
    except (MemoryError, RecursionError):
        answer.send(None)
    except Exception:  # told as what it is, where the caller can see it
        answer.send(_Fault(traceback.format_exc()))
