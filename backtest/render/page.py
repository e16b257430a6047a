"""What an HTML page says and where it links to, read without rendering it."""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser

from backtest.errors import RenderError

LINKS = ("https:", "mailto:", "#")
SILENT_TAGS = frozenset({"style", "script", "title", "head"})


class _TextNodes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT_TAGS:
            self.open.append(tag)
        self.addresses += [value or "" for key, value in attrs if key == "href"]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.open:
            self.found.append(" ".join(data.split()))


@lru_cache(maxsize=2)
def _read(html: str) -> _TextNodes:
    """A page read once: its letters, its links and its statements are each looked at on their own."""
    parser = _TextNodes()
    parser.feed(html)
    return parser


def text_nodes(html: str) -> list[str]:
    """Every piece of text a reader of the page should see, in order; titles, styles and alternative texts left out."""
    return list(_read(html).found)


def check_links(html: str) -> None:
    """Links go through into the PDF, so only harmless kinds may stand in a page."""
    for address in _read(html).addresses:
        if not address.strip().lower().startswith(LINKS):
            raise RenderError(
                f"the page links to {address[:80]!r}; allowed are https:, mailto: and places in the page."
            )
