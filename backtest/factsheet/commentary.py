"""The manager's commentary: a small Markdown file, read as text and checked for words that no sheet may say.

Paragraphs with an empty line between them, lists of lines that begin with "- ", and **bold**: that is all, so that what
is printed is what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from backtest.disclosure import lexicon
from backtest.disclosure.rule import Context, Rule
from backtest.errors import HouseError

MOST_BYTES = 16_000
MOST_CHARACTERS = 2_500
BOLD = re.compile(r"\*\*(?!\s)(.+?)(?<!\s)\*\*")
REFUSED = (
    (re.compile(r"^\s*#"), "a heading"), (re.compile(r"!?\[[^\]]*\]\("), "a link or a picture"),
    (re.compile(r"^\s*(\d+\.|[*+]|>)\s"), "a numbered list, another bullet or a quotation"),
    (re.compile(r"`"), "code"), (re.compile(r"^\s*\|"), "a table"), (re.compile(r"</?[a-zA-Z!]"), "HTML"),
    (re.compile(r"^\s*([-*_])(\s*\1){2,}\s*$"), "a rule"),
)  # fmt: skip
"""Markdown that is not set, by how it begins: better refused than printed as it stands."""
SENTENCES = re.compile(r"(?<=[.!?])\s+")


def read_commentary(path: Path) -> str:
    """The text of a commentary, checked for size and for Markdown that is not set.

    Raises HouseError with file, line, what was found and what is allowed.
    """
    if not path.is_file():
        raise HouseError(f"[report] commentary: {path} is not there. Give the path of a Markdown file.")
    if path.stat().st_size > MOST_BYTES:
        raise HouseError(f"{path}: {path.stat().st_size:,} bytes; a commentary has at most {MOST_BYTES:,}.")
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise HouseError(f"{path}: not UTF-8 text. Save the commentary as UTF-8 and run again.") from None
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise HouseError(f"{path}: {len(text):,} characters; a commentary has 1 to {MOST_CHARACTERS:,}.")
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in REFUSED:
            if pattern.search(line):
                raise HouseError(
                    f"{path}, line {number}: {what}. Allowed are paragraphs, lines that begin with '- ', and **bold**."
                )
    return text


def check_wording(text: str, rules: Iterable[Rule], context: Context, where: str) -> None:
    """Raise HouseError for the first word that a rule forbids to such a document, with its line and the rule.

    The review reads the finished sheet again; this says it before anything is simulated.
    """
    lists = [
        (rule, check.options)
        for rule in rules
        for check in rule.checks
        if check.kind == "absent_words" and not rule.addresses(context)
    ]
    for number, line in enumerate(text.splitlines(), 1):
        for sentence in SENTENCES.split(BOLD.sub(r"\1", line)):
            for rule, options in lists:
                pardons = (options.get("negations", ()), options.get("unless", ()), options.get("window", 4),
                           options.get("conditions", ()))  # fmt: skip
                for hit in lexicon.forbidden(sentence, options["words"], *pardons):
                    raise HouseError(
                        f"{where}, line {number}: says {hit.word!r}, which {rule.id} ({rule.citations[0]}) does not "
                        f"allow: {rule.title}. Say it otherwise."
                    )


def blocks_of(text: str) -> list[dict[str, Any]]:
    """For the template: each paragraph, or list item, as {"item": bool, "runs": [{"text": ..., "bold": bool}]}."""
    blocks: list[dict[str, Any]] = []
    for paragraph in re.split(r"\n\s*\n", text):
        open_lines: list[str] = []
        for line in paragraph.splitlines():
            if line.lstrip().startswith("- "):
                _close(blocks, open_lines)
                open_lines = ["", line.lstrip()[2:]]
            else:
                open_lines.append(line.strip())
        _close(blocks, open_lines)
    return blocks


def _close(blocks: list[dict[str, Any]], lines: Sequence[str]) -> None:
    """The lines so far as one block; a first line that is empty marks a list item."""
    words = " ".join(line for line in lines if line)
    if words:
        blocks.append({"item": lines[0] == "", "runs": _runs(words)})


def _runs(words: str) -> list[dict[str, Any]]:
    parts = BOLD.split(words)
    return [{"text": part, "bold": k % 2 == 1} for k, part in enumerate(parts) if part]
