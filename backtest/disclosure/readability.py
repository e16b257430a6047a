"""How easy a text is to read: Flesch's reading ease, on its own scale for each language, and the school grade.

The only importer of Pyphen, whose dictionaries count the syllables of German and French. In English hyphens are not
syllables ('ar-ea' is never parted, and a count of hyphens is 5 % short, 7 points too kind), so vowels are counted. The
usual library for all this fetches a pronouncing dictionary from the network when it is first asked, which a review of
documents that nobody has seen must not do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pyphen

from backtest.disclosure.reading import SENTENCE_END

WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
EASE = {"en": (206.835, 1.015, 84.6), "de": (180.0, 1.0, 58.5), "fr": (207.0, 1.015, 73.6)}
"""Constant, weight of words a sentence, weight of syllables a word: Flesch (1948), Amstad (1978), Kandel and Moles
(1958)."""
GRADE = (0.39, 11.8, 15.59)
"""Kincaid and others (1975), for English."""
VOWEL = re.compile(r"[aeiouyäöüàâæéèêëîïôœùûÿ]", re.IGNORECASE)
SILENT_E = re.compile(r"(?:[^aeiouyl]|[aeiouy]l|[aeiouy])e$")
SILENT_ED = re.compile(r"[^aeiouytd]ed$")
SILENT_ES = re.compile(r"(?<![aeiouyscxzgh])(?<![^aeiouy]l)es$")
PARTED = re.compile(
    r"i(?:o(?!n|us)|a(?!n|l$|lly)|um|er|ence|ously?$)|eo(?!n|ple)|ua(?!l?$|lity)|uous|[aeiou]ing$|rea(?=t)|dea|rea$"
)
"""Two vowels side by side that are two syllables."""
SHORTENED = re.compile(r"^(every|some(?=thing|one|what|how))")


@dataclass(frozen=True)
class Score:
    """ease: Flesch's, 100 easy, 0 hard; grade: years of school, None but in English; longest: words of the longest
    sentence."""

    words: int
    sentences: int
    syllables: int
    ease: float
    grade: float | None
    longest: int


def score(text: str, language: str) -> Score | None:
    """The score of a text; None without words, or in a language that has no scale. Figures are no words."""
    counts = [len(WORD.findall(sentence)) for sentence in SENTENCE_END.split(text)]
    words = WORD.findall(text)
    if not words or language not in EASE:
        return None
    sentences = sum(count > 0 for count in counts)
    spoken = sum(syllables(word, language) for word in words)
    a_sentence, a_word = len(words) / sentences, spoken / len(words)
    constant, long, heavy = EASE[language]
    grade = GRADE[0] * a_sentence + GRADE[1] * a_word - GRADE[2] if language == "en" else None
    ease = constant - long * a_sentence - heavy * a_word
    return Score(len(words), sentences, spoken, ease, grade, max(counts))


@cache
def syllables(word: str, language: str) -> int:
    """Syllables of a word, at least one: 'portfolio' 4, 'Wertentwicklung' 4, 'risque' 1. Capitals are spelt out."""
    if len(word) > 1 and word.isupper():
        return len(word)
    if language == "en":
        return sum(_english(part) for part in re.split(r"-", word.lower()) if part)
    parts = _dictionary(language).inserted(word, "\n").split("\n")
    return max(1, sum(bool(VOWEL.search(part)) for part in parts))


def _english(word: str) -> int:
    plain = word.replace("’", "").replace("'", "")
    count = len(re.findall(r"[aeiouy]+", plain)) + len(PARTED.findall(plain))
    silent = (SILENT_E, SILENT_ED, SILENT_ES, SHORTENED)
    return max(1, count - sum(bool(pattern.search(plain)) for pattern in silent))


@cache
def _dictionary(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=language, left=1, right=1)
