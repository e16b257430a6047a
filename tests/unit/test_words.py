"""Each language is whole, its words are those the program asks for, and its figures say the same as in English."""

from __future__ import annotations

import re
import shutil
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from backtest import words
from backtest.errors import WordsError
from backtest.facts import Fact, format_fact
from backtest.facts.said import NO_TEXTS, Said
from backtest.market.quality import FINDINGS, DataFinding
from backtest.market.sample_companies import COMPANIES
from backtest.strategy.load import available, describe_all
from backtest.terms import Schedule, ShareClass
from backtest.words import languages, reader_words, words_in

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in languages() if language != "en"]
every = pytest.mark.parametrize("language", languages())
other = pytest.mark.parametrize("language", OTHERS)


def fact(value: object, unit: str, precision: int = 0, id: str = "some.fact") -> Fact:
    return Fact(id, "", value, unit, precision, None, "simulated", "")  # type: ignore[arg-type]


def test_three_languages_ship():
    assert languages() == ("en", "de", "fr")


@other
def test_a_language_has_the_keys_of_english_in_its_order(language):
    """So that a translator can hold the two files side by side."""
    theirs, ours = (keys_of(ROOT / "templates" / "words" / f"{code}.toml") for code in (language, "en"))
    assert theirs == ours


def keys_of(path: Path) -> list[str]:
    """Sections and keys as they stand in the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split(" = ")[0] for line in lines if re.match(r'^["\w\[-]', line)]


@other
def test_hardly_a_text_is_left_in_english(language):
    """What reads the same in both is a name or a word that both have."""
    english = words_in("en").texts
    same = {key: text for key, text in words_in(language).texts.items() if text == english[key] and len(text) > 12}
    allowed = {"Tracking Error", "Information Ratio", "Illustration", "{finding}: {message}", "commission {rate}"}
    allowed |= {"{companies}, {countries}"}
    assert not {key for key, text in same.items() if not any(text.startswith(name) for name in allowed)}


@every
def test_everything_the_program_may_say_has_words(language):
    found = words_in(language)
    names = {row["name"] for row in describe_all()} | set(available())
    assert {key.split(".")[1] for key in found.texts if key.startswith("strategy.")} == names
    assert set(found.section("finding")) - {"line"} == set(FINDINGS)
    decide = get_args(Schedule.model_fields["decide"].annotation)
    assert set(found.section("decide")) == {*decide, "every_day"}
    settled = get_args(ShareClass.model_fields["fee_crystallises"].annotation)
    assert {f"fee_{when}" for when in settled} <= set(found.section("class"))
    sectors = {line.split("|")[2] for line in COMPANIES.strip().splitlines()}
    assert sectors <= set(found.section("data"))


@every
def test_every_parameter_of_a_strategy_that_ships_has_a_name(language):
    said = Said(words_in(language), words_in(language), NO_TEXTS)
    for row in describe_all():
        for sentence in row["parameters"]:
            name = sentence.split(":")[0]
            assert name.startswith("[[") or said.parameter(name)
    assert said.parameter("parts.2.months").endswith(said.parameter("months"))


def test_english_describes_the_strategies_as_their_files_do():
    english = words_in("en")
    for row in describe_all():
        key = f"strategy.{row['name']}"
        assert english(f"{key}.title") == row["name"].replace("_", " ")
        described = " ".join(row["idea"].split()), " ".join(row["fails_when"].split())
        assert (english(f"{key}.idea"), english(f"{key}.fails_when")) == described


# Figures


@pytest.mark.parametrize(
    ("value", "unit", "precision", "english", "german", "french"),
    [
        (0.1234, "percent", 1, "12.3%", "12,3\u00a0%", "12,3\u00a0%"),
        (0.1234, "signed_percent", 1, "+12.3%", "+12,3\u00a0%", "+12,3\u00a0%"),
        (-0.004, "signed_percent", 1, "−0.4%", "−0,4\u00a0%", "−0,4\u00a0%"),
        (0.021, "points", 1, "+2.1 pp", "+2,1 Pp", "+2,1 pt"),
        (3.0, "bps", 1, "3.0 bp", "3,0 Bp", "3,0 pb"),
        (1234567.8, "number", 1, "1,234,567.8", "1.234.567,8", "1\u202f234\u202f567,8"),
        (1, "days", 0, "1 day", "1 Tag", "1 jour"),
        (2, "days", 0, "2 days", "2 Tage", "2 jours"),
        (5, "years", 0, "5 years", "5 Jahre", "5 ans"),
        (8.44, "years", 1, "8.4 years", "8,4 Jahre", "8,4 ans"),
        (date(2026, 10, 31), "date", 0, "31 October 2026", "31. Oktober 2026", "31 octobre 2026"),
        (True, "flag", 0, "yes", "ja", "oui"),
        (None, "percent", 1, "n/a", "k. A.", "n. d."),
        ("as given", "text", 0, "as given", "as given", "as given"),
    ],
)
def test_a_fact_prints_as_its_language_writes_it(value, unit, precision, english, german, french):
    made = fact(value, unit, precision)
    assert [format_fact(made, language) for language in ("en", "de", "fr")] == [english, german, french]
    assert format_fact(made) == english


@every
def test_a_missing_year_has_words_of_its_own(language):
    missing = format_fact(fact(None, "signed_percent", id="perf.strategy.discrete.4"), language)
    assert missing == words_in(language)("fact.no_data")
    assert missing in reader_words("blank")


@other
@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_number_read_back_in_its_language_is_the_number_of_the_english_sheet(language, value, precision):
    printed = [format_fact(fact(value, "number", precision), code) for code in ("en", language)]
    found = [
        parse_decimal(text.replace("−", "-"), locale=words_in(code).locale, strict=False)
        for text, code in zip(printed, ("en", language), strict=True)
    ]
    assert found[0] == found[1] == Decimal(found[0])


# What a mandate says in another language


def said_in(language: str, own: bool = False, **texts: object) -> Said:
    from backtest.texts import Texts

    return Said(words_in(language), words_in(language if own else "en"), Texts.model_validate(texts))


def test_the_managers_text_is_the_one_of_the_language():
    assert said_in("de", objective="Ziel").text("objective", "Aim") == "Ziel"
    assert said_in("de", own=True, objective="Anderes").text("objective", "Ziel") == "Ziel"
    assert said_in("de").text("dealing", None) is None


@pytest.mark.parametrize(
    ("ask", "key"),
    [
        (lambda said: said.text("objective", "Aim"), "[texts.de] objective: missing; 'Aim' has no translation"),
        (lambda said: said.word("Widgets"), "[texts.de] words.\"Widgets\": missing; 'Widgets' has no translation"),
        (lambda said: said.parameter("my_knob"), '[texts.de] words."my_knob": missing'),
        (lambda said: said.theme("quantum"), '[texts.de] words."quantum": missing'),
        (lambda said: said.country_named("Atlantis"), '[texts.de] words."Atlantis": missing'),
        (
            lambda said: said.finding(DataFinding("GAP-01", "note", "ABC", None, "x", "a holiday")),
            '[texts.de] words."a holiday": missing',
        ),
    ],
)
def test_what_nobody_translated_is_an_error_that_names_the_key(ask, key):
    with pytest.raises(WordsError) as error:
        ask(said_in("de"))
    assert key in str(error.value)
    assert error.value.exit_code == 2


def test_words_of_the_data_are_translated_where_somebody_did():
    said = said_in("fr", words={"Widgets": "Bidules", "a holiday": "un jour férié"})
    assert said.word("Widgets") == "Bidules"
    assert said.word("Health Care", shown="Health care") == "Santé"
    assert (said.country("DE"), said.country("XQ")) == ("Allemagne", "XQ")
    assert said.country_named("Luxembourg") == "Luxembourg"
    german = Said(words_in("en"), words_in("de"), NO_TEXTS)
    assert (german.country_named("Vereinigtes Königreich"), german.word("Deutsch")) == ("United Kingdom", "German")
    with pytest.raises(WordsError, match="words"):
        german.word("Sondermaschinen")
    assert said_in("de", own=True).own_word("Bairisch") == "Bairisch"
    assert said_in("de", own=True).own_word("English") == "Englisch"
    assert said.country_named("United Kingdom") == "Royaume-Uni"
    line = said.finding(DataFinding("GAP-01", "note", "ABC", None, "English", "a holiday"))
    assert line.startswith("GAP-01, ABC")
    assert line.endswith("un jour férié")
    assert "English" not in line


def test_a_strategy_that_composes_names_its_parts():
    from dataclasses import replace

    from backtest.mandate import load_mandate
    from backtest.strategy import load_strategy

    loaded = load_mandate(ROOT / "examples" / "demo.toml")
    parts = [{"name": "equal_weight", "share": 0.5}, {"name": "cut_capex", "share": 0.5, "months": 3}]
    choice = loaded.mandate.strategy.model_validate({"name": "blend", "parts": parts})
    mandate, blend = loaded.mandate.model_copy(update={"strategy": choice}), load_strategy(choice, loaded.folder)
    _, idea, _ = said_in("de").strategy(blend, mandate)
    assert idea.endswith("mit einem Anteil am Portfolio: Gleichgewichtung, Capex kürzen.")
    own = replace(blend, name="mine", idea="Our idea.", parts=())
    with pytest.raises(WordsError, match="idea: missing"):
        said_in("de").strategy(own, mandate)
    said = said_in("de", idea="Unsere Idee.", fails_when="sie scheitert.", words={"mine": "Eigene"})
    assert said.strategy(own, mandate) == ("Eigene", "Unsere Idee.", "sie scheitert.")


# A language file that is not whole


def spoiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, old: str, new: str) -> None:
    folder = tmp_path / f"words-{abs(hash((language, old, new)))}"
    shutil.copytree(ROOT / "templates" / "words", folder)
    path = folder / f"{language}.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(words, "_folder", lambda: folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('yes = "ja"\n', "", "the key fact.yes is missing, and nothing is printed in English instead"),
        ('yes = "ja"\n', 'yes = "ja"\nperhaps = "vielleicht"\n', "no such key: fact.perhaps"),
        ('yes = "ja"\n', 'yes = " "\n', "fact.yes: found ' '; it must be a text that is not empty"),
        ('yes = "ja"\n', "yes = 1\n", "fact.yes: found 1; it must be a text that is not empty"),
        ('"{start} bis {end}"', '"{start} bis {stop}"', "assumptions.period_value: its places are not those"),
        ('"{start} bis {end}"', '"{start} bis {end} {"', "assumptions.period_value: its places are not those"),
        ('locale = "de_DE"', 'locale = "xx_XX"', "language.locale: found 'xx_XX'; give one such as de_DE"),
        ('locale = "de_DE"', 'locale = "fr_FR"', "language.locale: found 'fr_FR', which is not a locale of 'de'"),
        ('blank = ["keine Daten"]\n', "", "the list blank is missing"),
        ('blank = ["keine Daten"]', 'blank = ["*"]', "reader.blank: found ['*']; it must be a list of words"),
        ('yes = "ja"', "yes = ja", "not valid TOML"),
    ],
)
def test_a_language_that_is_not_whole_is_refused_by_file_and_key(tmp_path, monkeypatch, old, new, said):
    spoiled(tmp_path, monkeypatch, "de", old, new)
    with pytest.raises(WordsError, match=re.escape(said)) as error:
        words_in("de")
    assert "de.toml" in str(error.value)


def test_a_language_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(WordsError, match=re.escape("language 'it': there is none. Allowed: en, de, fr.")):
        words_in("it")


def test_a_language_is_added_by_a_file(tmp_path, monkeypatch):
    spoiled(tmp_path, monkeypatch, "fr", 'locale = "fr_FR"', 'locale = "it_IT"')
    words._folder().joinpath("fr.toml").rename(words._folder() / "it.toml")
    assert languages() == ("en", "de", "it")
    assert format_fact(fact(1234.5, "number", 1), "it") == "1.234,5"


def test_a_text_is_filled_with_what_it_asks_for_and_nothing_is_interpreted():
    english = words_in("en")
    assert english("assumptions.period_value", start="{end}", end="{{ 7 * 7 }}") == "{end} to {{ 7 * 7 }}"
    for values in ({}, {"start": "a"}, {"start": "a", "end": "b", "other": "c"}):
        with pytest.raises(ValueError, match="asks for"):
            english("assumptions.period_value", **values)
    with pytest.raises(ValueError, match="no key"):
        english("assumptions.none")


def test_the_catalogues_are_toml_that_any_reader_reads():
    for path in sorted((ROOT / "templates" / "words").glob("*.toml")):
        assert tomllib.loads(path.read_text(encoding="utf-8"))["language"]["name"]
