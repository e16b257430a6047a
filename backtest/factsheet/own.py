"""A firm's own section templates: read as data, and refused unless they do no more than lay out what they are given.

A template is HTML of a few elements with loops and conditions around strings of the page. No arithmetic, no filter, no
call but our macros, no style that can hide or move text. What it leaves out or makes small or pale is found later: by
the check that each statement is on the sheet, and by the review of the PDF.
"""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from backtest.artifacts import templates_folder
from backtest.errors import HouseError, listed, nearest
from backtest.factsheet.sections import ALWAYS, NEEDED
from backtest.render import template_parts

MOST_FILES, MOST_BYTES, MOST_LOOPS, LONGEST = 30, 20_000, 2, 40
NODES = frozenset({"Template", "Output", "TemplateData", "Name", "Getattr", "For", "If", "Not", "And", "Or", "Compare",
                   "Operand", "Const", "Call"})  # fmt: skip
MACROS = ("print.statement", "print.sentences", "print.run", "print.warning", "print.facts", "print.bars",
          "print.returns", "print.years")  # fmt: skip
CONSTANT = re.compile(r"[\w .,/-]{0,80}")
ELEMENTS = frozenset({"p", "div", "span", "b", "strong", "i", "em", "br", "ul", "ol", "li", "h1", "h2", "h3", "table",
                      "thead", "tbody", "tr", "th", "td", "section", "header", "sub", "sup"})  # fmt: skip
VOID = frozenset({"br"})
ATTRIBUTES = frozenset({"class", "scope", "colspan", "rowspan", "data-rule", "lang", "style"})
FILLED = frozenset({"data-rule", "class"})
"""Attributes whose value may come from the page."""
PROPERTIES = frozenset({"color", "background", "background-color", "font-size", "font-weight", "font-style", "width",
                        "text-align", "vertical-align", "margin", "padding", "border"})  # fmt: skip
SIDES = re.compile(r"^(margin|padding|border)(-(top|right|bottom|left|width|style|color)){1,2}$")
VALUE = re.compile(r"^[a-zA-Z0-9#.% ]{1,60}$")
"""No minus, so nothing is pulled off the page; no brackets, so nothing is fetched."""
JINJA = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.S)
BLOCK = re.compile(r"\{%[-+]?\s*(for|if|else|elif|endfor|endif)\b")
FILL = "\ue000"
"""Stands for a value of the page while the HTML around it is read."""


def load_templates(folder: Path) -> dict[str, str]:
    """The templates of a folder, by the name under which the page includes them, 'sections/tiles.html'.

    Raises HouseError for a folder that is not there, a file not named like a section, and for what is not allowed.
    """
    if not folder.is_dir():
        raise HouseError(f"[report] templates: {folder} is no folder. Give the path of a folder of section templates.")
    found = sorted(folder.glob("*.html"))
    if not 0 < len(found) <= MOST_FILES:
        raise HouseError(
            f"[report] templates: {folder} holds {len(found)} files that end in .html; 1 to {MOST_FILES} are allowed."
        )
    return {f"sections/{path.name}": _checked(path) for path in found}


def _checked(path: Path) -> str:
    known = (*NEEDED, *ALWAYS)
    if path.stem not in known:
        raise HouseError(f"{path}: no section {path.stem!r}.{nearest(path.stem, known)} Allowed: {listed(known, 40)}.")
    if path.stat().st_size > MOST_BYTES:
        raise HouseError(f"{path}: {path.stat().st_size:,} bytes; a section has at most {MOST_BYTES:,}.")
    try:
        source = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise HouseError(f"{path}: not UTF-8 text. Save the template as UTF-8 and run again.") from None
    check_template(source, path.stem, str(path))
    return source


def check_template(source: str, section: str, where: str) -> None:
    """Raise HouseError for the first thing in a template that may not be there, or that is missing from it."""
    _check_jinja(source, section, where)
    reader = _Html(where)
    reader.feed(_without_jinja(source, where))
    reader.close()
    reader.finish()


def _check_jinja(source: str, section: str, where: str) -> None:
    parts = template_parts(source, where)
    for kind, line in parts.constructs:
        if kind not in NODES:
            raise HouseError(
                f"{where}, line {line}: {kind} is not allowed in a firm's template. Print values, and put for and if "
                "around them."
            )
    for call in parts.calls:
        if call not in MACROS:
            raise HouseError(f"{where}: calls {call}.{nearest(call, MACROS)} Allowed: {listed(MACROS)}.")
    for text in parts.texts:
        if not CONSTANT.fullmatch(text):
            raise HouseError(f"{where}: the constant {text[:40]!r} holds signs that are not allowed in one.")
    if parts.depth > MOST_LOOPS:
        raise HouseError(f"{where}: loops stand {parts.depth} deep in each other; at most {MOST_LOOPS} are allowed.")
    for hidden in sorted(name for name in parts.attributes if name.startswith("_")):
        raise HouseError(f"{where}: asks for {hidden!r}, and names that begin with a stroke are not for templates.")
    usual, every = _names_of(section)
    for name in sorted(parts.names - every):
        raise HouseError(f"{where}: a sheet has no {name!r}.{nearest(name, every)} See docs/house-style.md.")
    for name in sorted(n for n in usual - parts.names if n.endswith("_statements") or n.startswith("source")):
        raise HouseError(f"{where}: {name} is left out, which this section must carry. Print it.")


@cache
def _names_of(section: str) -> tuple[frozenset[str], frozenset[str]]:
    """What our own template of the section asks of the page, and what any of ours does."""
    folder = templates_folder() / "factsheet" / "sections"
    asked = {p.stem: template_parts(p.read_text(encoding="utf-8"), p.name).names for p in sorted(folder.glob("*.html"))}
    return asked.get(section, frozenset()), frozenset().union(*asked.values()) | {"print"}


def _without_jinja(source: str, where: str) -> str:
    """The HTML with values as FILL and blocks as pseudo-elements, so that each block must be whole in itself."""
    parts, inside = [], False
    for piece in JINJA.split(source):
        if JINJA.fullmatch(piece):
            parts.append(_stand_in(piece, inside, where))
            continue
        for sign in re.findall(r"<(?=[/!?a-zA-Z])|>", piece):
            inside = sign == "<"
        if piece.rstrip("/").endswith("<"):
            raise HouseError(f"{where}: the name of an element is filled in; write it out.")
        parts.append(piece)
    if inside:
        raise HouseError(f"{where}: an element is not closed with >.")
    return "".join(parts)


def _stand_in(piece: str, inside: bool, where: str) -> str:
    if piece.startswith("{#"):
        return ""
    if piece.startswith("{{"):
        return FILL
    block = BLOCK.match(piece)
    if block is None:
        raise HouseError(f"{where}: {piece[:40]!r} is not allowed in a firm's template; for and if are.")
    kind = "else" if block[1] in ("else", "elif") else "end" if block[1].startswith("end") else "open"
    return " " if inside else f"<x-{kind}>"


def _within_bounds(name: str, value: str) -> bool:
    """No length that could push text off the page."""
    if name == "font-weight":
        return value in ("400", "600", "700", "normal", "bold")
    lengths = re.findall(r"([\d.]+)([a-z%]*)", re.sub(r"#[0-9a-f]{6}(?![0-9a-f])", "", value))
    units = {"pt": LONGEST, "mm": LONGEST, "%": 100.0}
    return all(
        re.fullmatch(r"\d{1,3}(\.\d{1,3})?|\.\d{1,3}", number) is not None
        and (float(number) == 0.0 if unit == "" else float(number) <= units.get(unit, -1.0))
        for number, unit in lengths
    )


class _Html(HTMLParser):
    """Reads what is left and refuses all but plain, whole HTML."""

    def __init__(self, where: str) -> None:
        super().__init__(convert_charrefs=True)
        self.where, self.open = where, list[str]()

    def refuse(self, what: str) -> HouseError:
        return HouseError(f"{self.where}, line {self.getpos()[0]}: {what}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("x-open", "x-else", "x-end"):
            self.block(tag)
            return
        if tag not in ELEMENTS:
            shown = tag.replace(FILL, "{{ }}")[:40]
            raise self.refuse(
                f"<{shown}> is not allowed in a firm's template. Allowed: {listed(sorted(ELEMENTS), 30)}."
            )
        for key, value in attrs:
            self.attribute(tag, key, value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise self.refuse(f"<{tag}/> closes itself; write it without the stroke.")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise self.refuse(f"</{tag[:40]}> closes what is not open; each for and if must hold whole elements.")

    def handle_comment(self, data: str) -> None:
        raise self.refuse("a comment of HTML; write {# #} instead.")

    def handle_decl(self, decl: str) -> None:
        raise self.refuse("a declaration is not allowed in a section.")

    def handle_pi(self, data: str) -> None:
        self.handle_decl(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def block(self, tag: str) -> None:
        if tag == "x-open":
            self.open.append("block")
        elif self.open[-1:] != ["block"]:
            raise self.refuse("a for or an if ends inside an element that it did not open.")
        elif tag == "x-end":
            self.open.pop()

    def attribute(self, tag: str, key: str, value: str) -> None:
        if key not in ATTRIBUTES:
            raise self.refuse(f"<{tag} {key[:40]}> is not allowed. Allowed: {listed(sorted(ATTRIBUTES))}.")
        if FILL in value and key not in FILLED:
            raise self.refuse(f"<{tag} {key}> is filled in; only {listed(sorted(FILLED))} may be.")
        if key == "style":
            self.style(value)

    def style(self, text: str) -> None:
        for declaration in filter(None, (part.strip() for part in text.split(";"))):
            name, _, value = (part.strip() for part in declaration.partition(":"))
            if name not in PROPERTIES and not SIDES.fullmatch(name):
                raise self.refuse(
                    f"style {name[:40]!r} is not allowed, because it can hide or move text. "
                    f"Allowed: {listed(sorted(PROPERTIES), 20)}."
                )
            if not VALUE.fullmatch(value) or not _within_bounds(name, value):
                raise self.refuse(
                    f"style {name}: found {value[:40]!r}; allowed are words, #rrggbb, weights, and lengths from 0 to "
                    f"{LONGEST} pt or mm or 100%."
                )

    def finish(self) -> None:
        if self.open or self.rawdata:
            raise self.refuse(f"<{(self.open or ['?'])[-1]}> is not closed.")
