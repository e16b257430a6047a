"""The words of a sheet in each language: one catalogue a language, read once and held against the English one.

A language is a file templates/words/<code>.toml with the keys of en.toml. Nothing falls back to English: a key that is
missing is an error that names the file and the key.
"""

from __future__ import annotations

import calendar
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from backtest.artifacts import templates_folder
from backtest.errors import WordsError, listed, nearest

ENGLISH = "en"
MOST_BYTES = 200_000
PLACEHOLDER = re.compile(r"\{(\w+)\}")
CODE = re.compile(r"[a-z]{2}")
READER = "reader"
"""The one section whose values are lists: by which words a reviewer knows what a page speaks of."""


@dataclass(frozen=True)
class Words:
    """One language. texts: by 'section.key'; lists: the reviewer's, by key; locale: Babel's name, 'en_GB'."""

    language: str
    locale: str
    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def __call__(self, key: str, **values: str) -> str:
        """The text of a key, each {name} in it replaced by the value of that name, and nothing else interpreted.

        Raises ValueError for a key that there is not, or values that are not those the text asks for.
        """
        if key not in self.texts:
            raise ValueError(f"words, {self.language}: no key {key!r}")
        text = self.texts[key]
        if set(PLACEHOLDER.findall(text)) != set(values):
            raise ValueError(f"words, {self.language}, {key}: asks for {PLACEHOLDER.findall(text)}, given {[*values]}")
        return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)

    def find(self, key: str) -> str | None:
        """The text of a key, None when there is none."""
        return self.texts.get(key)

    def section(self, name: str) -> dict[str, str]:
        """The texts of one section by their own keys, in the order of the file."""
        return {key.removeprefix(f"{name}."): text for key, text in self.texts.items() if key.startswith(f"{name}.")}


def languages() -> tuple[str, ...]:
    """The languages that there are, English first."""
    return _languages(_folder())


def language_name(code: str) -> str:
    """What a language is called in English, the code itself where nobody knows: 'de' is 'German'."""
    try:
        return Locale.parse(code).get_display_name(ENGLISH) or code
    except (ValueError, UnknownLocaleError):
        return code


def words_in(language: str) -> Words:
    """The catalogue of a language. Raises WordsError when there is none, or when it is not whole."""
    return _words_in(_folder(), language)


def reader_words(kind: str) -> tuple[str, ...]:
    """The reviewer's words of one kind in every language: a page is read for what it says, not for what it claims."""
    found = (word for language in languages() for word in words_in(language).lists[kind])
    return tuple(dict.fromkeys(found))


@cache
def month_names() -> dict[str, int]:
    """Months as any of the languages writes them, whole and short, in lower case, without the stop of what is cut."""
    names = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}
    for language in languages():
        months = Locale.parse(words_in(language).locale).months["format"]
        for width in ("wide", "abbreviated"):
            names |= {name.casefold().rstrip("."): number for number, name in months[width].items()}
    return names


def _folder() -> Path:
    return templates_folder() / "words"


@cache
def _languages(folder: Path) -> tuple[str, ...]:
    found = sorted(path.stem for path in folder.glob("*.toml"))
    return tuple(sorted(found, key=lambda code: (code != ENGLISH, code)))


@cache
def _words_in(folder: Path, language: str) -> Words:
    path = folder / f"{language}.toml"
    if language not in _languages(folder):
        raise WordsError(f"language {language!r}: there is none. Allowed: {listed(_languages(folder), most=40)}.")
    words = _read(path)
    if language != ENGLISH:
        _check_whole(words, _words_in(folder, ENGLISH), path)
    return words


def _read(path: Path) -> Words:
    if path.stat().st_size > MOST_BYTES:
        raise WordsError(f"{path}: {path.stat().st_size:,} bytes; a language has at most {MOST_BYTES:,}.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WordsError(f"{path}: not valid TOML: {error}. Mend that line.") from None
    if not CODE.fullmatch(path.stem):
        raise WordsError(f"{path}: a language file is named after its two letters, such as de.toml. Rename it.")
    lists = {key: _list(value, f"{path}, {READER}.{key}") for key, value in table.pop(READER, {}).items()}
    texts = _flat(table, "", path)
    locale = texts.get("language.locale", "")
    try:
        known = Locale.parse(locale)
    except (ValueError, UnknownLocaleError):
        raise WordsError(f"{path}, language.locale: found {locale!r}; give one such as de_DE.") from None
    if known.language != path.stem:
        raise WordsError(f"{path}, language.locale: found {locale!r}, which is not a locale of {path.stem!r}.")
    return Words(path.stem, locale, texts, lists)


def _flat(table: Mapping[str, Any], before: str, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}.", path)
        elif isinstance(value, str) and value.strip():
            found[f"{before}{key}"] = value
        else:
            raise WordsError(f"{path}, {before}{key}: found {value!r}; it must be a text that is not empty.")
    return found


def _list(value: Any, where: str) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(word, str) and word.strip("* ") for word in value)
    ):
        raise WordsError(f"{where}: found {value!r}; it must be a list of words.")
    return tuple(value)


def _check_whole(words: Words, english: Words, path: Path) -> None:
    """The same keys, and in each text the same places to fill."""
    for what, own, theirs in (("key", words.texts, english.texts), ("list", words.lists, english.lists)):
        for key in theirs:
            if key not in own:
                raise WordsError(f"{path}: the {what} {key} is missing, and nothing is printed in English instead.")
        for key in own:
            if key not in theirs:
                raise WordsError(f"{path}: no such {what}: {key}.{nearest(key, theirs)} en.toml has them all.")
    for key, text in english.texts.items():
        needed, found = set(PLACEHOLDER.findall(text)), set(PLACEHOLDER.findall(words.texts[key]))
        if needed != found or words.texts[key].count("{") != len(PLACEHOLDER.findall(words.texts[key])):
            shown = listed(f"{{{name}}}" for name in sorted(needed)) or "none"
            raise WordsError(f"{path}, {key}: its places are not those of the English text: {shown}.")
