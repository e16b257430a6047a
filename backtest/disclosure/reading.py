"""What the characters of a PDF say: keys to find statements by, lines, sentences, the predominant size.

Everything is derived from where characters stand and in which order they were drawn; no tag is read.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from backtest.disclosure.document import Box, Character, Document, Page
from backtest.disclosure.phrases import any_word
from backtest.disclosure.rule import Evidence
from backtest.words import month_names

HYPHENS = "\u00ad\u2010\u2011\u002d\ufffe\u0002"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
GONE = dict.fromkeys(map(ord, HYPHENS + ZERO_WIDTH))
SENTENCE_END = re.compile(r"(?<=[.!?])[”’\"')]*\s+(?=[“‘\"'(„«]*[A-ZÀ-ÖØ-Þ0-9])")
ABBREVIATED = re.compile(r"(?:\d{1,2}|[a-zà-ÿ])\.")
"""A day as some languages write it, or a letter that stands for a word."""
SAME_SIZE = 0.3
"""Points by which two sizes of type may differ and still be called the same."""
EXCERPT = 160


def key(text: str) -> str:
    """Text as it survives any line break, hyphenation, justification or case: no spaces, no hyphens, case-blind."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(plain.split()).translate(GONE).casefold()


@dataclass(frozen=True)
class Passage:
    """A run of characters, by index into the document; `text` is it as a person would read it."""

    indices: tuple[int, ...]
    text: str


@dataclass(frozen=True, eq=False)
class Line:
    """Characters on one base line with no wide gap between them: a heading, a table cell, a line of a paragraph."""

    indices: tuple[int, ...]
    text: str
    page: int
    box: Box
    size: float
    bold: bool


@dataclass(frozen=True)
class Reading:
    """A document's text, read once."""

    document: Document

    @cached_property
    def characters(self) -> tuple[Character, ...]:
        return self.document.characters

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.document.pages

    def page_of(self, index: int) -> Page:
        return self.pages[self.characters[index].page - 1]

    @cached_property
    def streams(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The document's key with the character each key letter came from; again without running headers and
        footers, which cut a statement in two where it runs over a page; and in the order of drawing, where that is
        another than from left to right and from top to bottom."""
        everything = list(range(len(self.characters)))
        running = self._running()
        orders = [everything]
        if running:
            orders.append([i for i in everything if i not in running])
        drawn = sorted(everything, key=lambda i: (self.characters[i].page, self.characters[i].turn))
        if drawn != everything:
            orders.append(drawn)
        return tuple(self._stream(order) for order in orders)

    def _running(self) -> set[int]:
        """Characters of lines in the margins that come again, but for their numbers, on another page."""
        margin = [line for line in self.lines if self.pages[line.page - 1].in_band(line.box)]
        pages: dict[str, set[int]] = {}
        for line in margin:
            pages.setdefault(re.sub(r"\d+", "", key(line.text)), set()).add(line.page)
        again = [line for line in margin if len(pages[re.sub(r"\d+", "", key(line.text))]) > 1]
        return {index for line in again for index in line.indices}

    def _stream(self, indices: Sequence[int]) -> tuple[str, tuple[int, ...]]:
        keys = {text: key(text) for text in {c.text for c in self.characters}}
        letters = [keys[self.characters[index].text] for index in indices]
        sources = (index for index, found in zip(indices, letters, strict=True) for _ in found)
        return "".join(letters), tuple(sources)

    def find(self, text: str) -> tuple[Passage, ...]:
        """Every place where a text stands, whatever its line breaks, columns or hyphens."""
        wanted, found = key(text), dict[tuple[int, int], Passage]()
        for stream, sources in self.streams if wanted else ():
            start = stream.find(wanted)
            while start >= 0:
                indices = tuple(dict.fromkeys(sources[start : start + len(wanted)]))
                found.setdefault((min(indices), max(indices)), Passage(indices, text))
                start = stream.find(wanted, start + 1)
        return tuple(found[place] for place in sorted(found))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines in content order; a gap wider than 1.2 of the type size starts another, and so does any gap before
        type of another size."""
        return tuple(self._line(run) for run in self._runs())

    def _runs(self) -> Iterator[list[int]]:
        run: list[int] = []
        last: Character | None = None
        for index, character in enumerate(self.characters):
            space = character.text.isspace()
            if last is not None and not self._continues(last, character):
                yield run
                run, last = [], None
            if last is not None or not space:
                run.append(index)
                last = last if space else character
        if run:
            yield run

    def _last_inked(self, run: list[int]) -> int:
        return next(i for i in reversed(run) if not self.characters[i].text.isspace())

    def _continues(self, last: Character, new: Character) -> bool:
        if last.page != new.page:
            return False
        if new.text.isspace():
            return True
        small, large = (last.size, new.size) if last.size <= new.size else (new.size, last.size)
        if small < 1.0:
            small, large = 1.0, max(large, 1.0)
        _, top, right, bottom = last.box
        left, other_top, _, other_bottom = new.box
        lowest, highest = min(bottom, other_bottom), max(top, other_top)
        widest = 1.2 * small if large <= 1.2 * small else 0.15 * small
        return lowest - highest > -0.35 * large and -1.3 * large <= left - right <= widest

    def _line(self, run: list[int]) -> Line:
        run = run[: run.index(self._last_inked(run)) + 1]
        inked = [self.characters[i] for i in run if not self.characters[i].text.isspace()]
        sizes = _sizes(inked)
        bold = sum(c.bold for c in inked) * 2 > len(inked)
        return Line(
            tuple(run), self._spell(run), inked[0].page, union(c.box for c in inked), sizes.most_common(1)[0][0], bold
        )

    def _spell(self, run: list[int]) -> str:
        """The run as text, a space wherever there is one, where a word begins by the widths of the letters, and in a
        gap of half a letter's height. Boxes hold the ink alone: a narrow letter in a wide place leaves a gap too."""
        parts: list[str] = []
        last: Character | None = None
        for index in run:
            character = self.characters[index]
            gap = last is not None and (character.apart or character.box[0] - last.box[2] > 0.5 * character.size)
            if character.text.isspace() or gap:
                parts.append(" ")
            if not character.text.isspace():
                parts.append("-" if character.text in HYPHENS else unicodedata.normalize("NFKC", character.text))
                last = character
        return " ".join("".join(parts).split())

    @cached_property
    def sentences(self) -> tuple[Passage, ...]:
        """Sentences over line and page breaks; a heading, a table cell or another type size ends one too."""
        return tuple(sentence for paragraph in self._paragraphs() for sentence in self._split(paragraph))

    def _paragraphs(self) -> Iterator[list[Line]]:
        paragraph: list[Line] = []
        for line in self.lines:
            if paragraph and not self._flows(paragraph[-1], line):
                yield paragraph
                paragraph = []
            paragraph.append(line)
        if paragraph:
            yield paragraph

    def _flows(self, last: Line, new: Line) -> bool:
        """True when `new` is the next line of the paragraph that `last` belongs to."""
        if abs(last.size - new.size) > 0.3:
            return False
        if last.page != new.page or new.box[1] < last.box[1] - 2 * last.size:
            return not last.text.endswith((".", "!", "?", ":")) and new.text[:1].islower()
        below = new.box[1] - last.box[3]
        overlap = min(last.box[2], new.box[2]) - max(last.box[0], new.box[0])
        return below <= 0.9 * last.size and overlap > 0

    def _split(self, paragraph: list[Line]) -> Iterator[Passage]:
        text, places = self._flowing(paragraph)
        at, start = [place for place, _ in places], 0
        for piece in [*(m for m in SENTENCE_END.finditer(text) if _ends(text, m)), None]:
            end = piece.end() if piece else len(text)
            if text[start:end].strip():
                inside = places[bisect_left(at, start) : bisect_left(at, end)]
                yield Passage(tuple(index for _, index in inside), text[start:end].strip())
            start = end

    def _flowing(self, paragraph: list[Line]) -> tuple[str, list[tuple[int, int]]]:
        """The paragraph as one text, and (place in it, character) for each letter, found by walking each line's letters
        in step with its text; where the two are not of one length, all of the line stands at its beginning."""
        text, places = "", list[tuple[int, int]]()
        for line in paragraph:
            broken = text.endswith("-") and line.text[:1].islower()
            if text and not broken:
                text += " "
            inked = [i for i in line.indices if not self.characters[i].text.isspace()]
            letters = [len(text) + k for k, letter in enumerate(line.text) if not letter.isspace()]
            places += zip(letters if len(letters) == len(inked) else [len(text)] * len(inked), inked, strict=True)
            text += line.text
        return text, places

    @cached_property
    def _sentence_keys(self) -> tuple[str, list[int]]:
        """The keys of all sentences, one below the other, and where each begins."""
        keys = [f"{key(sentence.text)}\n" for sentence in self.sentences]
        return "".join(keys), list(accumulate(map(len, keys), initial=0))

    def sentences_with(self, words: Iterable[str]) -> set[int]:
        """The numbers of all sentences that may say one of some words or phrases: those that hold its letters. Looked
        for in all sentences at once, which takes a hundredth of trying each word on each."""
        keys, starts = self._sentence_keys
        found: set[int] = set()
        for letters in dict.fromkeys(key(word.rstrip("*").split("...")[0]) for word in words):
            place = keys.find(letters)
            while 0 <= place < len(keys):
                number = bisect_right(starts, place) - 1
                found.add(number)
                place = keys.find(letters, starts[number + 1])
        return found

    def says(self, groups: Iterable[Iterable[str]]) -> tuple[Passage, ...]:
        """Passages of one sentence, or of two that follow each other, that hit every group of words."""
        wanted = [tuple(group) for group in groups]
        if not wanted:
            return ()
        hits = [{i for i in self.sentences_with(g) if any_word(g).search(self.sentences[i].text)} for g in wanted]
        some = set[int]().union(*hits)
        spans = [range(i, i + 1) for i in sorted(set.intersection(*hits))]
        spans += [range(i, i + 2) for i in sorted(some) if i + 1 in some and all(i in h or i + 1 in h for h in hits)]
        found: list[Passage] = []
        taken: set[int] = set()
        for span in spans:
            if not taken & set(span) and self._together(span):
                taken |= set(span)
                found.append(self._join([self.sentences[i] for i in span]))
        return tuple(sorted(found, key=lambda p: p.indices))

    def _together(self, span: range) -> bool:
        return all(self.sentences[i].indices for i in span)

    def _join(self, sentences: list[Passage]) -> Passage:
        return Passage(tuple(i for s in sentences for i in s.indices), " ".join(s.text for s in sentences))

    def evidence(self, passage: Passage) -> tuple[Evidence, ...]:
        """Where a passage stands: one box on each page it touches."""
        return tuple(
            Evidence(page, rounded(union(self.characters[i].box for i in on_page)), excerpt(passage.text))
            for page, on_page in self.by_page(passage).items()
        )

    @cached_property
    def _parts(self) -> dict[tuple[int, ...], dict[int, list[int]]]:
        return {}

    def by_page(self, passage: Passage) -> Mapping[int, list[int]]:
        """The passage's characters on each page that it touches; asked for again and again, made once."""
        found = self._parts.get(passage.indices)
        if found is None:
            found = self._parts[passage.indices] = {}
            for index in passage.indices:
                found.setdefault(self.characters[index].page, []).append(index)
        return found

    @cached_property
    def _boxes(self) -> dict[tuple[tuple[int, ...], int], Box]:
        return {}

    def box(self, passage: Passage, page: int) -> Box:
        """The passage's box on one page it touches."""
        place = passage.indices, page
        if place not in self._boxes:
            self._boxes[place] = union(self.characters[i].box for i in self.by_page(passage)[page])
        return self._boxes[place]

    def smallest(self, passage: Passage) -> float:
        """Smallest type size among the passage's letters and digits."""
        sizes = [self.characters[i].size for i in passage.indices if self.characters[i].text.isalnum()]
        return min(sizes, default=0.0)


def predominant_size(reading: Reading, left_out: Iterable[int]) -> float:
    """The predominant type size: the commonest by characters, over everything and over what is not `left_out`.

    `left_out` are disclosures, headers, footers and small print: a page of small print must not make small the norm.
    Sizes are binned to half a point; the larger of the two modes is the answer, as its commonest exact size.
    """
    out = set(left_out)
    body = [i for i in range(len(reading.characters)) if i not in out]
    return max(_mode(reading, range(len(reading.characters))), _mode(reading, body))


def _mode(reading: Reading, indices: Iterable[int]) -> float:
    sizes = _sizes(c for c in map(reading.characters.__getitem__, indices) if c.text.isalnum())
    if not sizes:
        return 0.0
    bins: Counter[float] = Counter()
    for size, count in sizes.items():
        bins[round(size * 2) / 2] += count
    commonest = max(bins, key=lambda b: (bins[b], b))
    return max((s for s in sizes if round(s * 2) / 2 == commonest), key=lambda s: (sizes[s], s))


def _sizes(characters: Iterable[Character]) -> Counter[float]:
    """How many characters there are of each size to a tenth of a point; few sizes are rounded, many are counted."""
    sizes: Counter[float] = Counter()
    for size, count in Counter([c.size for c in characters]).items():
        sizes[round(size, 1)] += count
    return sizes


def union(boxes: Iterable[Box]) -> Box:
    sides = list(zip(*boxes, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))


def rounded(box: Box) -> Box:
    return (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))


def excerpt(text: str) -> str:
    """At most 160 characters, for evidence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else f"{flat[: EXCERPT - 1]}…"


def _ends(text: str, stop: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence: not that of '31. Oktober', of 'Okt. 2026', or of 'k. A.'."""
    before, after = text[: stop.start()].split()[-1], text[stop.end() :].split()[0]
    if before.rstrip(".").casefold() in month_names() and after[:4].isdigit():
        return False
    if not ABBREVIATED.fullmatch(before):
        return True
    return before[0].isdigit() and after.rstrip(".,;").casefold() not in month_names()
