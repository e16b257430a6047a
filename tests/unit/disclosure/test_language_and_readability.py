"""How easy a text is, and which language it is in: published formulas by hand, and every text of our own sheets."""

from __future__ import annotations

import pytest

from backtest.disclosure import language as languages_of
from backtest.disclosure.language import detect, of_document, plain_words, plainly
from backtest.disclosure.packs import load_packs
from backtest.disclosure.readability import score, syllables
from backtest.disclosure.rule import PLACEHOLDER
from backtest.words import languages, words_in

SYLLABLES = {
    "en": {
        "portfolio": 4, "currency": 3, "company": 3, "companies": 3, "value": 2, "investment": 3, "simulated": 4,
        "performance": 3, "indicator": 4, "reliable": 4, "exchanges": 3, "rates": 1, "priced": 1, "holdings": 2,
        "area": 3, "idea": 3, "theme": 1, "artificial": 4, "developed": 3, "largest": 2, "people": 2, "little": 2,
        "create": 2, "liquidity": 4, "every": 2, "valuations": 4, "managed": 2, "traded": 2, "charges": 2,
        "losses": 2, "able": 2, "future": 2, "volatility": 5, "period": 3, "real": 1, "suitable": 3, "document": 3,
        "moved": 1, "fixed": 1, "quality": 3, "long-term": 2, "UK": 2,
    },
    "de": {"Wertentwicklung": 4, "Risiko": 3, "Anlage": 3, "Kurse": 2, "Währung": 2},
    "fr": {"portefeuille": 3, "rendement": 3, "valeur": 2, "passé": 2},
}  # fmt: skip


@pytest.mark.parametrize("language", SYLLABLES)
def test_syllables_are_counted_as_they_are_spoken(language):
    known = SYLLABLES[language]
    wrong = {word: syllables(word, language) for word, count in known.items() if syllables(word, language) != count}
    assert len(wrong) <= len(known) // 20, wrong


def test_the_scale_is_flesch_s():
    """Ten words of one syllable in two sentences: 206.835 - 1.015 x 5 - 84.6 = 117.16; 0.39 x 5 + 11.8 - 15.59."""
    made = score("The cat sat on it. The dog ran to me.", "en")
    assert made is not None
    assert (made.words, made.sentences, made.longest) == (10, 2, 5)
    assert made.ease == pytest.approx(117.16)
    assert made.grade == pytest.approx(-1.84)


def test_the_german_scale_is_amstad_s_and_has_no_grade():
    made = score("Das Kind mag den Hund.", "de")
    assert made is not None
    assert made.ease == pytest.approx(180 - 5 - 58.5)
    assert made.grade is None


def test_figures_are_no_words_and_a_text_without_words_has_no_score():
    assert score("12.3% 45", "en") is None
    assert score("Parole facili", "it") is None


def test_longer_words_and_longer_sentences_are_harder():
    plain, heavy, long = (
        score(text, "en")
        for text in ("We buy it. We hold it.", "Acquisition precedes retention. Retention continues.",
                     "We buy it and we hold it and we keep it for as long as we can or as we like.")
    )  # fmt: skip
    assert plain and heavy and long
    assert heavy.ease < plain.ease
    assert long.ease < plain.ease


def own_texts(language: str) -> list[str]:
    prescribed = [rule.id for rule in load_packs() if any(check.kind == "exact_text" for check in rule.checks)]
    own = [rule.in_language(language) for rule in load_packs() if rule.id not in prescribed]
    statements = [rule.statement.get(language, "") for rule in own]
    texts = [*statements, *words_in(language).texts.values()]
    plain = (" ".join(plain_words(PLACEHOLDER.sub(" ", text))) for text in texts)
    return [text for text in plain if len(text.split()) >= 8]


@pytest.mark.parametrize("language", languages())
def test_every_text_of_ours_is_known_for_its_language(language):
    texts = own_texts(language)
    assert len(texts) > 60
    assert [text for text in texts if detect(text)[0] != language] == []


@pytest.mark.parametrize("language", languages())
def test_no_text_is_plainly_in_a_language_that_is_not_its_own(language):
    others = [other for other in languages() if other != language]
    assert [text for text in own_texts(language) for other in others if plainly(text, other)] == []


def test_names_codes_capitals_and_addresses_are_no_words():
    text = "See www.example.com for IE00B4L5Y983 of Société Générale in GBP, 31.12.2025, says the fund"
    assert plain_words(text, ("Société Générale",)) == ["See", "for", "of", "in", "says", "the", "fund"]


def test_the_same_text_gives_the_same_answer():
    assert len({detect("Der Wert kann fallen, und Sie können Geld verlieren.") for _ in range(5)}) == 1


def test_the_model_is_read_from_its_wheel_once(monkeypatch):
    """Seven languages are told apart in a sentence and all of them in a document, by one model: reading it is slow."""
    read = []
    model = languages_of.LanguageIdentifier
    original = model.from_model_file
    monkeypatch.setattr(model, "from_model_file", lambda *a, **k: read.append(a) or original(*a, **k))
    languages_of._model.cache_clear()
    languages_of._every_language.cache_clear()
    polish = [
        "Fundusz inwestuje w akcje spółek z całego świata.",
        "Wartość inwestycji może spaść lub wzrosnąć w czasie.",
        "Wyniki z przeszłości nie gwarantują przyszłych zysków.",
    ]
    assert detect("Der Wert der Anlage kann fallen und steigen")[0] == "de"
    assert of_document(polish) == "pl"
    assert detect("Le capital est exposé à un risque de perte")[0] == "fr"
    assert len(read) == 1
