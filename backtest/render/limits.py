"""Work that cannot take the machine with it: in a process of its own, with an end to time, processor and memory."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from backtest.errors import JevonsError, RenderError
from backtest.render.pdf import RenderedPdf, render_pdf

Made = TypeVar("Made")


@dataclass(frozen=True)
class RenderLimits:
    """What one render may take. memory: bytes of address space."""

    wall_seconds: float = 20.0
    processor_seconds: int = 30
    memory: int = 1536 << 20

    def __str__(self) -> str:
        return f"{self.wall_seconds:g} s in all, {self.processor_seconds} s of processor time, {self.memory >> 20:,} MB"


RENDER_LIMITS = RenderLimits()
SHEET_LIMITS = RenderLimits(wall_seconds=120.0, processor_seconds=60, memory=4 << 30)
"""A whole sheet is laid out several times until it fits."""


def render_limited(
    html: str, css: str = "", *, created: date, identifier: str, limits: RenderLimits = RENDER_LIMITS
) -> RenderedPdf:
    """render_pdf in a process of its own, which is ended when it takes more than `limits`.

    Raises RenderError as render_pdf does, and when the process was ended.
    """
    return limited(_render, html, css, created, identifier, limits=limits)


def limited(work: Callable[..., Made], *given: Any, limits: RenderLimits = SHEET_LIMITS) -> Made:
    """work(*given) in a process of its own, which is ended when it takes more than `limits`.

    work is a function of a module, and what it takes and gives can be sent to another process. Raises the JevonsError
    that it raises, and RenderError when the process was ended.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, limits, work, given), daemon=True)
    process.start()
    there.close()
    answer: tuple[Made | None, Exception | None] | None = None
    try:
        if here.poll(limits.wall_seconds):
            answer = here.recv()
    except EOFError:
        answer = None  # it was ended without a word
    finally:
        process.kill()
        process.join()
        here.close()
    if answer is None:
        raise RenderError(f"the page took more than a render may ({limits}) and was stopped. Make it simpler.")
    made, error = answer
    if error is not None:
        raise error
    assert made is not None
    return made


def _render(html: str, css: str, created: date, identifier: str) -> RenderedPdf:
    done = render_pdf(html, css, created=created, identifier=identifier)
    return RenderedPdf(done.pdf, done.pages, done.depths, dict(done.starts))


def _answer(answer: Connection, limits: RenderLimits, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer.send((work(*given), None))
    except JevonsError as error:
        answer.send((None, error))
    except MemoryError:
        said = f"the page took more memory than a render may ({limits}). Make it simpler."
        answer.send((None, RenderError(said)))
