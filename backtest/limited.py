"""Work in a process of its own, with an end to time, processor and memory: what it does there happens to that process
alone, and the caller hears one sentence."""

from __future__ import annotations

import multiprocessing
import resource
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from backtest.errors import JevonsError

Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """What one piece of work may take. memory: bytes of address space."""

    wall_seconds: float
    processor_seconds: int
    memory: int

    def __str__(self) -> str:
        return f"{self.wall_seconds:g} s in all, {self.processor_seconds} s of processor time, {self.memory >> 20:,} MB"


class EndedError(Exception):
    """The process took more than its limits, or broke. memory: it asked for more than it may have, and said so."""

    def __init__(self, *, memory: bool) -> None:
        super().__init__("memory" if memory else "time, or it broke")
        self.memory = memory


@dataclass(frozen=True)
class _Fault:
    """An error of no kind of ours, as text: not every error can be sent from process to process."""

    trace: str


def limited(what: Callable[..., Result], *given: object, limits: Limits) -> Result:
    """what(*given) in a process of its own, which is ended when it takes more than `limits`.

    `what` is a function of a module, and what it is given and returns can be pickled. Raises the JevonsError that
    `what` raises, RuntimeError with the trace of anything else, and EndedError when the process was ended or broke.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, limits, what, given), daemon=True)
    process.start()
    there.close()
    try:
        answer = here.recv() if here.poll(limits.wall_seconds) else EndedError(memory=False)
    except EOFError:
        answer = EndedError(memory=False)  # it ended without a word
    finally:
        process.kill()
        process.join()
        here.close()
    if isinstance(answer, JevonsError | EndedError):
        raise answer
    if isinstance(answer, _Fault):
        raise RuntimeError(answer.trace)
    if answer is None:
        raise EndedError(memory=True)
    result: Result = answer[0]
    return result


def _work(answer: Connection, limits: Limits, what: Callable[..., object], given: tuple[object, ...]) -> None:
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
