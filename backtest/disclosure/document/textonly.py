"""A page with its text alone, in black: what ink there should be if nothing hid it.

Of each content stream only what places and shows text is kept: no paint, clip, colour, alpha, layer, picture. Forms are
gone through as the page is, with their edges and groups taken away; so are the drawings that stand for the letters of a
Type 3 font, which keep their lines and lose their colours.
"""

from __future__ import annotations

import io

import pikepdf
from pikepdf import (
    Array,
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Operator,
    Stream,
)

from backtest.disclosure.document.model import Box

Instruction = ContentStreamInstruction | ContentStreamInlineImage

TEXT = frozenset({
    *("q", "Q", "cm", "BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Ts", "Td", "TD", "Tm", "T*", "Tj", "TJ", "'", '"'),
    *("Tr", "w", "Do"),
})  # fmt: skip
"""Operators kept on pages and in forms; of `Do` only forms, of `Tr` only what is painted."""
KEPT = " ".join(sorted(TEXT))
COLOURS = frozenset({"g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "gs", "ri"})
"""Operators taken out of the drawings of a Type 3 font's letters."""
PAINTED = {0: 0, 1: 1, 2: 2, 3: 0, 4: 0, 5: 1, 6: 2, 7: 0}
"""Text rendering mode -> the one that shows where its ink would be: hidden text and clips are filled."""
EVERYWHERE = (-1e5, -1e5, 1e5, 1e5)
MAX_DEPTH = 64


def text_only(source: pikepdf.Pdf, number: int, shown: Box, rotation: int) -> bytes:
    """A PDF of one page: page `number` (from 1) of `source` with its text alone.

    shown: (left, bottom, right, top), the part of the page that is shown, and rotation, as the drawing reader has them.
    """
    page = source.pages[number - 1].obj
    with pikepdf.new() as made:
        box = Array([float(edge) for edge in shown])
        fresh = Dictionary(Type=Name.Page, MediaBox=box, Rotate=rotation % 360)
        made.pages.append(pikepdf.Page(made.make_indirect(fresh)))
        bare = made.pages[0].obj
        needed = source.make_indirect(_needed(_inherited(page, "/Resources")))
        bare.Resources = made.copy_foreign(needed)
        bare.Contents = Stream(made, _contents(page))
        _strip_all(bare.Contents, bare.Resources)
        out = io.BytesIO()
        made.save(out, static_id=True, compress_streams=False)
        return out.getvalue()


def _contents(page: Object) -> bytes:
    held = page.get("/Contents")
    if isinstance(held, Array):
        return b"\n".join(part.read_bytes() for part in held if isinstance(part, Stream))
    return held.read_bytes() if isinstance(held, Stream) else b""


def _inherited(page: Object, name: str) -> Object | None:
    """A page may leave its resources to the tree above it."""
    for _ in range(MAX_DEPTH):
        if name in page:
            return page[name]
        if "/Parent" not in page:
            return None
        page = page["/Parent"]
    return None


def _needed(resources: Object | None) -> Dictionary:
    """The resources that text needs: fonts and forms; no pictures."""
    kept = Dictionary()
    for kind in ("/Font", "/XObject"):
        group = resources.get(kind) if isinstance(resources, Dictionary) else None
        if isinstance(group, Dictionary):
            kept[kind] = Dictionary({name: item for name, item in group.items() if not _is_picture(item)})
    return kept


def _is_picture(item: Object) -> bool:
    return isinstance(item, Stream) and item.get("/Subtype") != "/Form"


def _strip_all(contents: Object, resources: Object) -> None:
    """Edit a page's contents, then each form that is drawn and each letter of a Type 3 font, once."""
    waiting: list[tuple[Object, Object, bool]] = [(contents, resources, False)]
    done: set[tuple[int, int]] = set()
    while waiting:
        stream, known, letter = waiting.pop()
        forms = _group(known, "/XObject")
        kept, drawn = _kept(stream, forms, letter)
        stream.write(pikepdf.unparse_content_stream(kept))
        found = [(form, form.get("/Resources", known), letter) for form in drawn]
        for font in _group(known, "/Font").values():
            if isinstance(font, Dictionary) and font.get("/Subtype") == "/Type3":
                drawings = font.get("/CharProcs", Dictionary()).values()
                found += [(drawing, font.get("/Resources", known), True) for drawing in drawings]
        for item, its_own, of_letter in found:
            if isinstance(item, Stream) and item.objgen not in done:
                done.add(item.objgen)
                _unbind(item)
                waiting.append((item, its_own, of_letter))


def _group(resources: Object, kind: str) -> Dictionary:
    group = resources.get(kind) if isinstance(resources, Dictionary) else None
    return group if isinstance(group, Dictionary) else Dictionary()


def _unbind(form: Object) -> None:
    """Take away what clips, hides or blends a form as a whole."""
    for name in ("/Group", "/OC"):
        if name in form:
            del form[name]
    if "/BBox" in form:
        form.BBox = Array(EVERYWHERE)


def _kept(stream: Object, forms: Object, letter: bool) -> tuple[list[Instruction], list[Object]]:
    """What is kept of a stream, and the forms that it draws: the pages of many writers share one list of forms, of
    which each draws a few."""
    kept, drawn = list[Instruction](), dict[str, Object]()
    for instruction in pikepdf.parse_content_stream(stream, "" if letter else KEPT):
        name = str(instruction.operator)
        if name == "Do":
            form = forms.get(str(instruction.operands[0])) if instruction.operands else None
            if isinstance(form, Stream) and not _is_picture(form):
                drawn[str(instruction.operands[0])] = form
            elif not letter:
                continue  # a picture; in the drawing of a letter it is the letter
        if name == "Tr" and not letter:
            mode = int(instruction.operands[0]) if instruction.operands else 0
            kept.append(ContentStreamInstruction([PAINTED.get(mode, 0)], Operator("Tr")))
        elif not letter or name not in COLOURS:
            kept.append(instruction)
    return kept, [*drawn.values()]
