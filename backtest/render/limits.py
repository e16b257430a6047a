"""A render that cannot take the machine with it: in a process of its own, with an end to time, processor and memory."""

from __future__ import annotations

import multiprocessing
import resource
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection

from backtest.errors import JevonsError, RenderError
from backtest.render.pdf import RenderedPdf, render_pdf


@dataclass(frozen=True)
class RenderLimits:
    """What one render may take. memory: bytes of address space."""

    wall_seconds: float = 20.0
    processor_seconds: int = 30
    memory: int = 1536 << 20

    def __str__(self) -> str:
        return f"{self.wall_seconds:g} s in all, {self.processor_seconds} s of processor time, {self.memory >> 20:,} MB"


RENDER_LIMITS = RenderLimits()


def render_limited(
    html: str, css: str = "", *, created: date, identifier: str, limits: RenderLimits = RENDER_LIMITS
) -> RenderedPdf:
    """render_pdf in a process of its own, which is ended when it takes more than `limits`.

    Raises RenderError as render_pdf does, and when the process was ended.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, limits, html, css, created, identifier), daemon=True)
    process.start()
    there.close()
    answer: RenderedPdf | str | None = None
    try:
        if here.poll(limits.wall_seconds):
            answer = here.recv()
    except EOFError:
        answer = None  # it was ended without a word
    finally:
        process.kill()
        process.join()
        here.close()
    if isinstance(answer, RenderedPdf):
        return answer
    raise RenderError(answer or f"the page took more than a render may ({limits}) and was stopped. Make it simpler.")


def _work(answer: Connection, limits: RenderLimits, html: str, css: str, created: date, identifier: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.processor_seconds, limits.processor_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        done = render_pdf(html, css, created=created, identifier=identifier)
        answer.send(RenderedPdf(done.pdf, done.pages, done.depths, dict(done.starts)))
    except JevonsError as error:
        answer.send(str(error))
    except MemoryError:
        answer.send(f"the page took more memory than a render may ({limits}). Make it simpler.")
