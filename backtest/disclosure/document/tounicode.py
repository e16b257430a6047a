"""The table by which a font's codes are said to be text (ISO 32000-2, 9.10.3): code -> text."""

from __future__ import annotations

import re

SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
MOST = 70_000
"""Codes read at most; there are 65,536."""


def claimed_texts(table: bytes) -> dict[int, str]:
    """Code -> text, as the table says. What is not well formed is passed over."""
    found: dict[int, str] = {}
    for kind, body in SECTION.findall(table):
        parts = _parts(body)
        step = 2 if kind == b"bfchar" else 3
        for k in range(0, len(parts) - step + 1, step):
            first, last, texts = parts[k], parts[k + step - 2], parts[k + step - 1]
            if isinstance(first, bytes) and isinstance(last, bytes):
                _put(found, int.from_bytes(first, "big"), int.from_bytes(last, "big"), texts)
            if len(found) > MOST:
                return found
    return found


def _parts(body: bytes) -> list[bytes | list[bytes]]:
    """Strings, and lists of strings in brackets."""
    parts: list[bytes | list[bytes]] = []
    inside: list[bytes] | None = None
    for digits, opens, closes in TOKEN.findall(body):
        if opens:
            inside = []
        elif closes:
            parts.append(inside or [])
            inside = None
        else:
            bare = b"".join(digits.split())
            item = bytes.fromhex((bare + b"0" * (len(bare) % 2)).decode("ascii"))
            (parts if inside is None else inside).append(item)
    return parts


def _put(found: dict[int, str], first: int, last: int, texts: bytes | list[bytes]) -> None:
    for step in range(max(0, min(last - first + 1, MOST - len(found)))):
        if isinstance(texts, list):
            if step < len(texts):
                found[first + step] = _text(texts[step])
        elif texts:
            whole = int.from_bytes(texts, "big") + step
            found[first + step] = _text(whole.to_bytes(len(texts) + 1, "big")[1:])


def _text(utf16: bytes) -> str:
    return (b"\0" * (len(utf16) % 2) + utf16).decode("utf-16-be", "replace")
