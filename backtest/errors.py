"""What can go wrong, in the user's words.

Every message is one sentence or two: what is wrong, where (file, key, date, asset), what was found, what is allowed,
how to mend it. The command line prints the message and nothing else; a traceback is never an answer to bad input.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class JevonsError(Exception):
    """Base of all errors a user may see. `exit_code` is what the command ends with."""

    exit_code = 2


class MandateError(JevonsError):
    """The mandate cannot be read, has an unknown key, or a value outside what is allowed."""


class DataError(JevonsError):
    """A market data file is missing, malformed, or contradicts the mandate."""


class StrategyError(JevonsError):
    """A strategy cannot be found or loaded, or a parameter is not one of its own."""


class ConstraintError(JevonsError):
    """No weights meet the constraints; the message names the ones that fight."""


class SimulationError(JevonsError):
    """A trade or a flow that cannot be made on its day: the message names the day, the asset and the variant."""


class GateError(JevonsError):
    """The rules do not let a simulated sheet exist for this subject, audience, channel and jurisdiction."""


class RuleError(JevonsError):
    """A rule pack is malformed: the message names the file and the key."""


class DocumentError(JevonsError):
    """A PDF cannot be read: not a PDF, encrypted, or beyond the reader's limits."""


class RunError(JevonsError):
    """A run folder is missing, incomplete, or its files do not match its manifest."""


class HouseError(JevonsError):
    """A theme, a logo, the choice of sections or a firm's own template is not one that a sheet may be made with."""


class WordsError(JevonsError):
    """A language is not there, its file is not whole, or a text of the mandate has no translation into it."""


class RenderError(JevonsError):
    """The page would not carry what it must: a log line of the renderer, lost text, wrong number of pages."""

    exit_code = 3


def nearest(word: str, allowed: Iterable[str]) -> str:
    """' Did you mean X?' for the closest of `allowed`, or '' when nothing is close."""
    close = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def listed(allowed: Iterable[str], most: int = 12) -> str:
    """'a, b, c' for a message, cut after `most` with a count of the rest."""
    names = list(allowed)
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
