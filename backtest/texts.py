"""What a manager says in words, in another language than the mandate's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from backtest.terms import Section, Text

LongText = Annotated[str, Field(min_length=1, max_length=1200)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class Texts(Section):
    """The mandate's texts in one language. What the mandate gives in its own language is needed here too, when a sheet
    is made in this one; what it does not give is left out."""

    objective: LongText | None = None
    dealing: Text | None = None
    firm_authorisation: Text | None = None
    documents_from: Text | None = None
    """Where the documents are in this language, when that is another place."""
    benchmark_name: Text | None = None
    """Only where the benchmark has a name of its own in this language."""
    benchmark_use: LongText | None = None
    idea: LongText | None = None
    """The idea of a strategy of the firm's own, and when it must fail."""
    fails_when: LongText | None = None
    corrections: LongText | None = None
    """Of the methodology of an index, and its governance."""
    governance: LongText | None = None
    commentary: Path | None = None
    words: dict[LongText, LongText] = Field(default_factory=dict)
    """Words of the data and the mandate as given, each with its translation: sectors, reasons, parameters."""
