"""Renders that cannot take the machine with them: in a process of their own, with an end to time and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from backtest.errors import RenderError
from backtest.limited import EndedError, Limits
from backtest.limited import limited as in_a_process
from backtest.render.pdf import RenderedPdf, render_pdf

Made = TypeVar("Made")


@dataclass(frozen=True)
class RenderLimits(Limits):
    """What one render may take. memory: bytes of address space."""

    wall_seconds: float = 20.0
    processor_seconds: int = 30
    memory: int = 1536 << 20


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


def limited(work: Callable[..., Made], *given: object, limits: RenderLimits = SHEET_LIMITS) -> Made:
    """work(*given) in a process of its own, which is ended when it takes more than `limits`.

    work is a function of a module, and what it takes and gives can be sent to another process. Raises the JevonsError
    that it raises, and RenderError when the process was ended.
    """
    try:
        return in_a_process(work, *given, limits=limits)
    except EndedError as ended:
        said = "took more memory than a render may" if ended.memory else "took more than a render may"
        stopped = "" if ended.memory else " and was stopped"
        raise RenderError(f"the page {said} ({limits}){stopped}. Make it simpler.") from None


def _render(html: str, css: str, created: date, identifier: str) -> RenderedPdf:
    done = render_pdf(html, css, created=created, identifier=identifier)
    return RenderedPdf(done.pdf, done.pages, done.depths, dict(done.starts))
