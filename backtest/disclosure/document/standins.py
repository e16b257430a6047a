"""A PDF without the words that stand in for its letters (ISO 32000-2, 14.9.4): what is read is what is drawn.

Whoever reads such a page takes the words for the letters: a page that greets its reader could pass for one that warns
him. Writers use them honestly, for a hyphen at the end of a line or a drawn letter; their letters are read as drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf
from pikepdf import ContentStreamInstruction, Dictionary, Name, Object, Stream

from backtest.disclosure.document.carried import parts_of

WORDS = "/ActualText"
MARKS = frozenset({"BDC", "DP"})
"""Operators that mark content with a list of properties."""


def without_stand_ins(data: bytes) -> bytes:
    """The PDF as it is, but for the words that stand in for letters, wherever they are given."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for item in pdf.objects:
            for part in parts_of(item):
                if WORDS in part:
                    del part[WORDS]
        for page in pdf.pages:
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(list(_kept(page.obj))))
        for item in pdf.objects:
            if isinstance(item, Stream) and item.get("/Subtype") == Name.Form:
                item.write(pikepdf.unparse_content_stream(list(_kept(item))))
        out = io.BytesIO()
        pdf.save(out, static_id=True)
        return out.getvalue()


def _kept(drawn: Object) -> Iterator[ContentStreamInstruction | pikepdf.ContentStreamInlineImage]:
    for instruction in pikepdf.parse_content_stream(drawn):
        marks = str(instruction.operator) in MARKS
        told = [item for item in instruction.operands if isinstance(item, Dictionary)] if marks else []
        if any(WORDS in item for item in told):
            bare = [_without(item) if isinstance(item, Dictionary) else item for item in instruction.operands]
            yield ContentStreamInstruction(bare, instruction.operator)
        else:
            yield instruction


def _without(properties: Dictionary) -> Dictionary:
    return Dictionary({name: value for name, value in properties.items() if name != WORDS})
