"""What the mandate, the data and the strategies say, in the language of a sheet.

Our own words come from the catalogue of the language. The manager's come from the mandate: as given in the mandate's
own language, and from [texts.<language>] in any other. A word that nobody translated is an error, never English.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale

from backtest.errors import WordsError
from backtest.mandate import Mandate
from backtest.market.quality import DataFinding
from backtest.strategy import Strategy
from backtest.texts import Texts
from backtest.words import ENGLISH, Words, words_in

NO_TEXTS = Texts()


@dataclass(frozen=True)
class Said:
    """One language. mother: the mandate's own; texts: what the mandate says in this one beside that."""

    words: Words
    mother: Words
    texts: Texts

    @property
    def own(self) -> bool:
        """Whether it is the language that the mandate itself is written in."""
        return self.words == self.mother

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def english(self) -> bool:
        return self.language == ENGLISH

    def text(self, key: str, given: str | None) -> str | None:
        """A text of the mandate, which [texts.<language>] must hold under the same key; None when none is given.

        Raises WordsError when there is no translation.
        """
        translated: str | None = getattr(self.texts, key)
        if given is None or self.own:
            return given
        if translated is None:
            raise self.missing(key, given)
        return translated

    def name(self, key: str, given: str | None) -> str | None:
        """A name or an address, which stays as given unless it has another in this language."""
        translated: str | None = getattr(self.texts, key)
        return translated if translated is not None and given is not None and not self.own else given

    def word(self, given: str, *, shown: str | None = None) -> str:
        """A word of the data: from [texts.<language>.words], else from the catalogue, else as given on the English
        sheet of an English mandate.

        shown: how English prints it, 'Health care' for 'Health Care'. Raises WordsError when nobody translated it.
        """
        printed = given if shown is None else shown
        found = self.texts.words.get(given) or self.texts.words.get(printed) or self._known(printed)
        if found is None and not (self.english and self.own):
            raise self.missing(f'words."{given}"', given)
        return found or printed

    def own_word(self, given: str) -> str:
        """A word of the manager's, which in the mandate's own language may be any."""
        return self._known(given) or given if self.own else self.word(given)

    def _known(self, printed: str) -> str | None:
        """A word of the catalogue, given in English or in the mandate's own language."""
        given_as = self.mother.section("data").items()
        key = next((key for key, word in given_as if printed in (key, word)), None)
        return None if key is None else self.words.find(f"data.{key}")

    def country(self, code: str) -> str:
        """A country's name by its code, short where there is a short one; the code itself when it is none."""
        return self.words.find(f"country.{code}") or str(Locale.parse(self.words.locale).territories.get(code, code))

    def country_named(self, given: str | None) -> str | None:
        """A country given by its name in English or in the mandate's language, 'Luxembourg'; anything else is a word
        like any other."""
        if given is None:
            return None
        for locale in (words_in(ENGLISH).locale, self.mother.locale):
            for code, name in Locale.parse(locale).territories.items():
                if name == given:
                    return self.country(code)
        return self.own_word(given)

    def theme(self, key: str) -> str:
        """The name of a theme; one of the firm's own is a word of the data."""
        return self.words.find(f"theme.{key}") or self.word(key)

    def strategy(self, strategy: Strategy, mandate: Mandate) -> tuple[str, str, str]:
        """(name, idea, when it must fail): of a strategy that ships from the catalogue, of the firm's own from its
        file or from [texts.<language>]."""
        if self.english:
            idea, fails = self.texts.idea, self.texts.fails_when
            return strategy.name, idea or strategy.idea, fails or strategy.fails_when
        entry = f"strategy.{strategy.name}"
        if mandate.strategy.name is not None and self.words.find(f"{entry}.title") is not None:
            idea = self.words(f"{entry}.idea")
            if strategy.parts:
                idea = f"{idea.rstrip('.')}{self.words('page.colon')} {', '.join(map(self._part, strategy.parts))}."
            return self.words(f"{entry}.title"), idea, self.words(f"{entry}.fails_when")
        texts = {key: self._of_strategy(key, getattr(strategy, key)) for key in ("idea", "fails_when")}
        return self.word(strategy.name) if not self.own else strategy.name, texts["idea"], texts["fails_when"]

    def _part(self, name: str) -> str:
        """A part of a strategy by its name; one of the firm's own is a word of the mandate."""
        return self.words.find(f"strategy.{name}.title") or self.word(name)

    def _of_strategy(self, key: str, given: str) -> str:
        own: str | None = getattr(self.texts, key)
        if own is None and given and not self.own:
            raise self.missing(key, given)
        return own or given

    def parameter(self, name: str) -> str:
        """The name of a strategy's parameter; of a part, 'parts.2.months', with the part's number."""
        if self.english:
            return name
        if name.startswith("parts."):
            _, number, inner = name.split(".", 2)
            return self.words("parameter.part", number=number, name=self.parameter(inner))
        return self.words.find(f"parameter.{name}") or self.word(name)

    def finding(self, finding: DataFinding) -> str:
        """An accepted finding with the manager's reason."""
        about = f"{finding.id}, {finding.asset}" if finding.asset else finding.id
        message = finding.message if self.english else self.words(f"finding.{finding.id}")
        reason = finding.accepted_reason or ""
        reason = reason if self.own else self.word(reason)
        return self.words("finding.line", finding=about, message=message, reason=reason)

    def missing(self, key: str, given: str) -> WordsError:
        shown = given if len(given) <= 60 else f"{given[:57]}..."
        return WordsError(
            f"[texts.{self.language}] {key}: missing; {shown!r} has no translation into "
            f"{self.words('language.name')}. Add it to the mandate; see docs/languages.md."
        )


def said_in(mandate: Mandate, language: str) -> Said:
    """What the mandate says in a language. Raises WordsError when there is no such language."""
    return Said(words_in(language), words_in(mandate.report.language), mandate.texts.get(language, NO_TEXTS))


def sentence_case(text: str) -> str:
    """'Information Technology' as 'Information technology'; words in capitals, such as REITs, keep them."""
    first, *rest = text.split(" ")
    return " ".join([first[:1].upper() + first[1:], *(w.lower() if w[1:].islower() else w for w in rest)])
