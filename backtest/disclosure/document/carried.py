"""What a PDF carries besides its pages: attached files, and what would act by itself. Told, never run."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pikepdf
from pikepdf import Array, Dictionary, Object, Stream

from backtest.disclosure.document.model import ReadLimits

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "/JavaScript": "JavaScript",
        "/Launch": "launch of a program or file",
        "/SubmitForm": "form that sends itself",
        "/ImportData": "import of data",
        "/GoToR": "jump into another file",
        "/GoToE": "jump into an attached file",
        "/Rendition": "film or sound",
        "/Movie": "film or sound",
        "/Sound": "film or sound",
    }
)
"""Kinds of action that do more than turn a page or follow a link."""
NOTES: Mapping[str, str] = MappingProxyType(
    {"/RichMedia": "film or sound", "/Movie": "film or sound", "/Screen": "film or sound", "/3D": "film or sound"}
)
WORDED = frozenset({"/FreeText", "/Widget", "/Stamp"})
"""Kinds of note that show their words on the page; others are a mark to open."""
UNSEEN = 0b100010
"""Flags of a note that is hidden, or shown on paper alone."""
MAX_DEPTH = 12


@dataclass(frozen=True)
class ActiveContent:
    """One thing that would act or that came along: what kind of thing, in which object, and its name or first words."""

    kind: str
    number: int
    said: str


@dataclass(frozen=True)
class Note:
    """Words that a note or a field of a form shows on a page, from 1. Whoever has the file may change or hide them."""

    page: int
    text: str


def attachments_of(pdf: pikepdf.Pdf, limits: ReadLimits) -> dict[str, bytes]:
    """Attached files by name, as far as they stay within the limits when they are unpacked."""
    found: dict[str, bytes] = {}
    for name, spec in pdf.attachments.items():
        try:
            stream = spec.get_file().obj
        except (pikepdf.PdfError, ValueError, KeyError, RuntimeError):
            continue  # a name without a file
        if isinstance(stream, Stream):
            found[name] = bytes(stream.read_bytes())
    return found


def links_of(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """The addresses that the links of its pages lead to, in order, each once."""
    found: dict[str, None] = {}
    for page in pdf.pages:
        for note in _annotations(page.obj):
            action = note.get("/A") if note.get("/Subtype") == "/Link" else None
            if isinstance(action, Dictionary) and action.get("/S") == "/URI" and "/URI" in action:
                found[str(action["/URI"])] = None
    return tuple(found)


def notes_of(pdf: pikepdf.Pdf) -> tuple[Note, ...]:
    """The words of notes and form fields that show on their pages: not those that are hidden, nor those that open."""
    return tuple(
        Note(number, " ".join(str(note[name]).split()))
        for number, page in enumerate(pdf.pages, 1)
        for note in _annotations(page.obj)
        for name in ("/V", "/Contents")
        if str(note.get("/Subtype")) in WORDED
        and not _flags(note) & UNSEEN
        and isinstance(note.get(name), pikepdf.String)
    )


def _annotations(page: Object) -> list[Object]:
    held = page.get("/Annots")
    return [note for note in held.as_list() if isinstance(note, Dictionary)] if isinstance(held, Array) else []


def _flags(note: Object) -> int:
    said = note.get("/F")
    return int(said) if isinstance(said, int) else 0


def active_content(pdf: pikepdf.Pdf) -> tuple[ActiveContent, ...]:
    """Scripts, launches, films and attached files, in the order of the file's objects."""
    found: dict[ActiveContent, None] = {}
    for item in pdf.objects:
        number = item.objgen[0] if isinstance(item, (Dictionary, Array, Stream)) else 0
        for part in parts_of(item):
            found |= dict.fromkeys(_told(part, number))
    return tuple(found)


def parts_of(item: Object) -> Iterator[Object]:
    """An object's dictionaries that are its own: what it points to comes in its turn."""
    waiting = [(item, 0)]
    while waiting:
        part, depth = waiting.pop()
        if isinstance(part, (Dictionary, Stream)):
            yield part
            inner = [value for _, value in part.items()]
        elif isinstance(part, Array):
            inner = list(part.as_list())
        else:
            continue
        if depth < MAX_DEPTH:
            waiting += [(i, depth + 1) for i in inner if isinstance(i, (Dictionary, Array)) and not i.is_indirect]


def _told(part: Object, number: int) -> Iterator[ActiveContent]:
    action, kind = str(part.get("/S", "")), str(part.get("/Subtype", ""))
    if action in ACTIONS and part.get("/Type", "/Action") == "/Action":
        yield ActiveContent(ACTIONS[action], number, _words(part.get("/JS", part.get("/F", part.get("/Win")))))
    elif "/JS" in part:
        yield ActiveContent("JavaScript", number, _words(part.get("/JS")))
    if kind in NOTES:
        yield ActiveContent(NOTES[kind], number, "")
    if isinstance(part.get("/EF"), Dictionary):
        yield ActiveContent("attached file", number, _words(part.get("/UF", part.get("/F"))))
    if "/XFA" in part:
        yield ActiveContent("XFA form", number, "")


def _words(value: Object | None) -> str:
    if isinstance(value, Dictionary):
        value = value.get("/F")
    if isinstance(value, Stream):
        try:
            return " ".join(bytes(value.read_bytes()[:2000]).decode("latin-1").split())[:80]
        except (pikepdf.PdfError, zlib.error):
            return ""
    return " ".join(str(value).split())[:80] if isinstance(value, (str, pikepdf.String)) else ""
