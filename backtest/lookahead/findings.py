"""What the check of a strategy can find."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "looks ahead",  # what follows t moves the answer of t
    "keeps state",  # the answer depends on what was asked before
    "not repeatable",  # loaded anew and asked the same, it answers otherwise
    "reads from outside",  # a file, the network, the clock, a module nobody looked into
    "reaches around",  # private parts, the interpreter's inside
    "hindsight",  # names or dates written into the file
    "refuses",  # an error, or weights that are none, inside its own ranges
    "grid",  # columns of parameters and single runs differ
]


@dataclass(frozen=True)
class Finding:
    """One finding. `date`, `asset`, `parameters`, `way`, `before` and `after` tell where, as far as it has a place."""

    kind: Kind
    message: str
    line: int | None = None
    date: str | None = None
    asset: str | None = None
    parameters: str | None = None
    way: str | None = None
    before: str | None = None
    after: str | None = None

    @property
    def proved(self) -> bool:
        """True: seen to happen. False: what the file does there cannot be proved harmless by changing the market."""
        return self.kind not in {"reads from outside", "reaches around", "hindsight"}

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "proved": self.proved}
