"""Which language a text is in. The only importer of py3langid, whose model travels in its wheel and draws no lots.

Reading the model takes a second, so a sentence that is plainly in the language it should be in is not put to it.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

TOLD_APART = ("de", "en", "es", "fr", "it", "nl", "pt")
COMMON = {
    "en": frozenset({
        "the", "of", "and", "is", "are", "in", "to", "that", "not", "it", "or", "with", "for", "by", "its", "from",
        "can", "may", "as",
    }),
    "de": frozenset({
        "der", "die", "das", "und", "ist", "sind", "nicht", "den", "dem", "des", "ein", "eine", "im", "von", "zu",
        "mit", "auf", "für", "kann", "sich",
    }),
    "fr": frozenset({
        "le", "la", "les", "des", "et", "est", "sont", "du", "un", "une", "dans", "par", "pour", "qui", "ne", "pas",
        "au", "aux", "sur", "peut",
    }),
}  # fmt: skip
"""Small words by which a sentence plainly is of a language."""
PLAIN = 3
LONG, FEW, MOST_CHARACTERS = 6, 3, 20_000
"""A document is judged by its sentences of so many words, when there are so many of them, up to so many characters."""
WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")


def plainly(text: str, language: str) -> bool:
    """Three small words of a language, and at most one of another."""
    words = {word.casefold() for word in WORD.findall(text)}
    others = max((len(words & common) for code, common in COMMON.items() if code != language), default=0)
    return len(words & COMMON.get(language, frozenset())) >= PLAIN and others <= 1


def detect(text: str) -> tuple[str, float]:
    """(two letters of the likeliest language, its probability among those told apart)."""
    language, sure = _model().classify(text)
    return str(language), float(sure)


def of_document(texts: Iterable[str]) -> str | None:
    """The language that most of a document's words are in, of all that the model knows; None for too few words."""
    long = [text for text in texts if len(WORD.findall(text)) >= LONG]
    counted = Counter({code: sum(plainly(text, code) for text in long) for code in COMMON})
    commonest, plain = counted.most_common(1)[0]
    if len(long) < FEW:
        return None
    if 2 * plain >= len(long):
        return commonest
    return str(_every_language().classify(" ".join(long)[:MOST_CHARACTERS])[0])


def plain_words(text: str, names: tuple[str, ...] = ()) -> list[str]:
    """The words by which a language is known: no names, no capitals, nothing with a digit, no address."""
    for name in names:
        text = text.replace(name, " ")
    text = re.sub(r"\S*(?:www\.|@|://)\S*", " ", text)
    return [word for word in WORD.findall(re.sub(r"\S*\d\S*", " ", text)) if not (len(word) > 1 and word.isupper())]


@cache
def _every_language() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _model() -> Any:
    """The same model over the languages that are told apart: a copy that shares its tables, as reading them is slow."""
    model = copy.copy(_every_language())
    model.set_languages(list(TOLD_APART))
    return model
