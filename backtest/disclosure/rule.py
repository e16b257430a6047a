"""Rules, statements, findings: what compliance writes and what a review answers; and the reader of one rule."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, cast, get_args

from backtest.disclosure import triggers
from backtest.errors import RuleError, listed, nearest
from backtest.words import ENGLISH

Severity = Literal["BLOCK", "MAJOR", "MINOR", "INFO"]
Slot = Literal["page", "header", "top", "performance", "risk", "simulation", "documents", "important"]

ANYWHERE = "all"
JURISDICTIONS = ("UK", ANYWHERE)
AUDIENCES = ("retail", "professional")
REGIMES = ("mifid", "non_mifid")
CHANNELS = ("internal", "one_to_one", "intermediary", "public")


@dataclass(frozen=True)
class Context:
    """Whom a document is for. `channel` None: not known, as for a stranger's PDF."""

    audience: str = "retail"
    jurisdictions: tuple[str, ...] = ("UK",)
    channel: str | None = None
    uk_regime: str = "non_mifid"


class Outcome(IntEnum):
    """Ordered: the worst outcome of a set is its maximum."""

    NOT_APPLICABLE = 0
    PASS = 1
    NEEDS_REVIEW = 2
    FAIL = 3


@dataclass(frozen=True)
class Statement:
    """A sentence a sheet must carry because a rule says so, placeholders already filled.

    slot: where it belongs. `page` on every page; `header` beside the title; `top` on page 1 before the first figure;
    `performance` touching every block of performance figures, on each page that has them; `risk` among the key risks;
    `simulation` in the box on how the figures were simulated; `documents` and `important` in the important information.
    lead: it also belongs beside the performance or first among the risks.
    """

    rule_id: str
    title: str
    text: str
    slot: Slot
    lead: bool
    reason: str
    """Why it applies, with the numbers: 'top ten 56.1% of NAV is above 40%'."""


@dataclass(frozen=True)
class Evidence:
    """Where in the PDF: page from 1, box (left, top, right, bottom) in points from the page's top left, the words."""

    page: int
    box: tuple[float, float, float, float]
    excerpt: str


@dataclass(frozen=True)
class Finding:
    """One rule's outcome on one document."""

    rule_id: str
    title: str
    severity: Severity
    outcome: Outcome
    reason: str
    citations: tuple[str, ...]
    verified: bool
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Check:
    """A named check with its thresholds as data."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """A rule in another language than English: heading and statement as a sheet prints them, and the words its checks
    look for beside the English ones. verified: somebody of compliance has confirmed the wording."""

    language: str
    title: str = ""
    text: str = ""
    concepts: tuple[tuple[str, ...], ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verified: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule of a pack, as read from <id>.toml."""

    id: str
    title: str
    pack: str
    citations: tuple[str, ...]
    source: str
    verified: bool
    valid_from: date
    valid_to: date | None
    jurisdictions: tuple[str, ...]
    audiences: tuple[str, ...]
    when: str
    severity: Severity
    checks: tuple[Check, ...]
    statement: dict[str, str] = field(default_factory=dict)
    slot: Slot | None = None
    when_options: dict[str, Any] = field(default_factory=dict)
    """Thresholds of the trigger, so that they are data."""
    audiences_by_regime: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Where the UK regimes differ: {'mifid': ('retail', 'professional'), 'non_mifid': ('retail',)}."""
    channels: tuple[str, ...] = CHANNELS
    concepts: tuple[tuple[str, ...], ...] = ()
    """Groups of words; a passage that hits every group says in its own words what the statement says."""
    pack_version: str = ""
    pack_sha256: str = ""
    heading: str = ""
    """What stands over its statement in another language than English."""
    wordings: Mapping[str, Wording] = field(default_factory=dict)

    def in_language(self, language: str) -> Rule:
        """The rule as it speaks on a sheet in a language: its statement is that one's, or none when nobody wrote it."""
        if language == ENGLISH:
            return self
        wording = self.wordings.get(language, Wording(language))
        return replace(
            self,
            heading=wording.title,
            statement={language: wording.text} if wording.text else {},
            concepts=wording.concepts,
            checks=tuple(_extended(check, wording.lists) for check in self.checks),
        )

    def in_force(self, on: date) -> bool:
        """True from `valid_from` to `valid_to`, both included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def addresses(self, context: Context) -> str | None:
        """None when the rule speaks to this jurisdiction, audience, regime and channel; else why it does not."""
        if ANYWHERE not in self.jurisdictions and not set(self.jurisdictions) & set(context.jurisdictions):
            return f"the rule is for {listed(self.jurisdictions)}; the document is for {listed(context.jurisdictions)}"
        audiences = self.audiences_by_regime.get(context.uk_regime, self.audiences)
        if context.audience not in audiences:
            where = f" under {context.uk_regime}" if self.audiences_by_regime else ""
            return f"the rule is for {' and '.join(audiences)} clients{where}; the audience is {context.audience}"
        if context.channel is not None and context.channel not in self.channels:
            return f"the rule is for the channels {listed(self.channels)}; the channel is {context.channel}"
        return None


def _extended(check: Check, lists: Mapping[str, tuple[str, ...]]) -> Check:
    """The check with a language's words added to its lists: what English may not say is not said on any sheet."""
    own = {key: words for key, words in lists.items() if key in CHECK_OPTIONS[check.kind]}
    return replace(check, options=check.options | {k: [*check.options.get(k, ()), *words] for k, words in own.items()})


# What each kind of check may be told, and whether it needs a statement to look for.
CHECK_OPTIONS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "statement_present": {"scope": str},
    "statement_near": {"max_gap": (int, float)},
    "prominent": {
        "min_size": (str, int, float),
        "min_contrast": (int, float),
        "min_visible": (int, float),
        "max_struck": (int, float),
        "margin_band": bool,
    },
    "top_of_page1": {"max_top": (int, float)},
    "absent_words": {"words": list, "negations": list, "unless": list, "window": int},
    "no_figures_about": {"words": list, "negations": list, "unless": list, "window": int},
    "size_at_least_predominant": {},
    "not_obscured": {"min_contrast": (int, float), "min_visible": (int, float), "max_struck": (int, float)},
    "not_most_prominent": {"max_area": (int, float)},
    "discrete_periods": {"count": int},
    "contains_facts": {"facts": list, "scope": str, "labels": list},
    "performance_labelled": {"words": list},
    "stale_statements": {"ignore": list},
    "wording_verified": {},
    "tie_out": {"ignore": list},
    "days_between": {"first": str, "last": str, "at_most": int},
    "flag": {"fact": str, "allowed": list},
}
NEEDS_STATEMENT = frozenset({"statement_present", "statement_near", "prominent", "top_of_page1"})
SCOPES = ("any", "page1", "every_page", "every_performance_page")

RULE_KEYS = (
    "id", "title", "citations", "source", "verified", "valid_from", "valid_to", "jurisdictions", "audiences",
    "channels", "when", "when_options", "severity", "statement", "check",
)  # fmt: skip
OPTIONAL_KEYS = frozenset({"valid_to", "channels", "when_options", "statement"})
STATEMENT_KEYS = ("slot", "concepts", "en")
ID = re.compile(r"[A-Z]{2,4}-[A-Z]?\d{2}(-\d{4})?")
CITATION = re.compile(
    r"""(COBS|DISC|PRIN|ESG|GEN|SYSC)\ \d+[A-Z]?(\.\d+[A-Z]?){0,2}[A-Z]{0,2}(\(\w+\))*   # FCA Handbook
      | Reg\ \(EU\)\ \d{4}/\d+\ Art\ \d+(\(\w+\))*                                   # EU regulation
      | FCA\ \d{4}-\d{2}-\d{2} | PS\d{2}/\d+ | FG\d{2}/\d+                              # FCA publications
      | ESMA\d+-\d+-\d+ | GIPS\ 2020\ \d+\.[A-Z]\.\d+                                    # ESMA, CFA Institute
      | House\ [A-Z]{2,4}-[A-Z]?\d{2}                                                     # the house's own""",
    re.VERBOSE,
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
FACT_ID = re.compile(r"[a-z0-9_]+(\.[a-zA-Z0-9_]+)+")
MAX_RULE_BYTES = 64_000


def parse_rule(table: dict[str, Any], path: Path, pack: str, version: str = "", digest: str = "") -> Rule:
    """One rule from its TOML table; `path` gives the id it must have and the place in messages."""
    refuse_unknown(path, table, RULE_KEYS)
    for key in RULE_KEYS:
        if key not in table and key not in OPTIONAL_KEYS:
            raise RuleError(f"{path}: {key} is missing. A rule needs {listed(_required(), most=20)}.")
    statement, slot, concepts = _statement(path, table.get("statement", {}))
    audiences, by_regime = _audiences(path, table["audiences"])
    valid_from, valid_to = _dates(path, table)
    return Rule(
        id=_id(path, table), title=text_of(path, table, "title"), pack=pack, pack_version=version, pack_sha256=digest,
        citations=_citations(path, table), source=text_of(path, table, "source"), verified=_flag(path, table),
        valid_from=valid_from, valid_to=valid_to,
        jurisdictions=_some_of(path, "jurisdictions", table["jurisdictions"], JURISDICTIONS),
        audiences=audiences, audiences_by_regime=by_regime,
        channels=_some_of(path, "channels", table.get("channels", list(CHANNELS)), CHANNELS),
        when=_when(path, table), when_options=dict(table.get("when_options", {})),
        severity=cast(Severity, _one_of(path, "severity", table["severity"], get_args(Severity))),
        checks=_checks(path, table["check"], bool(statement)), statement=statement, slot=slot, concepts=concepts,
    )  # fmt: skip


def placeholders(text: str) -> tuple[str, ...]:
    """The fact ids a statement is filled with, in order."""
    return tuple(PLACEHOLDER.findall(text))


def _required() -> list[str]:
    return [key for key in RULE_KEYS if key not in OPTIONAL_KEYS]


def read_table(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_RULE_BYTES:
        raise RuleError(f"{path}: {path.stat().st_size:,} bytes; a rule has at most {MAX_RULE_BYTES:,}.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: not valid TOML: {error}. Mend that line.") from None


def refuse_unknown(path: Path, table: Mapping[str, Any], known: Iterable[str], where: str = "") -> None:
    allowed = list(known)
    for key in table:
        if key not in allowed:
            place = f"{path}, {where}" if where else f"{path}"
            raise RuleError(f"{place}: no such key: {key}.{nearest(key, allowed)} Allowed: {listed(allowed, most=20)}.")


def text_of(path: Path, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{path}, {key}: found {value!r}; it must be a text that is not empty.")
    return value


def _id(path: Path, table: Mapping[str, Any]) -> str:
    found = text_of(path, table, "id")
    if not ID.fullmatch(found):
        raise RuleError(f"{path}, id: found {found!r}; an id looks like SIM-04 or RSK-K06.")
    if found != path.stem:
        raise RuleError(f"{path}, id: found {found!r}; it must be the file's name, {path.stem!r}. Rename one of them.")
    return found


def _citations(path: Path, table: Mapping[str, Any]) -> tuple[str, ...]:
    found = table["citations"]
    if not isinstance(found, list) or not found:
        raise RuleError(f"{path}, citations: found {found!r}; give at least one, like COBS 4.6.6R(4).")
    for citation in found:
        if not isinstance(citation, str) or not CITATION.fullmatch(citation):
            raise RuleError(
                f"{path}, citations: {citation!r} is not a citation. Allowed forms: COBS 4.6.6R(4), DISC 7.2.2R, "
                "PRIN 2A.5.3R, Reg (EU) 2017/565 Art 44(5)(c), FCA 2025-12-11, House INT-01."
            )
    return tuple(found)


def _flag(path: Path, table: Mapping[str, Any]) -> bool:
    if not isinstance(table["verified"], bool):
        raise RuleError(f"{path}, verified: found {table['verified']!r}; it must be true or false.")
    return bool(table["verified"])


def _dates(path: Path, table: Mapping[str, Any]) -> tuple[date, date | None]:
    start, end = table["valid_from"], table.get("valid_to")
    for key, value in (("valid_from", start), ("valid_to", end)):
        if value is not None and type(value) is not date:
            raise RuleError(f"{path}, {key}: found {value!r}; write a date without quotes, like 2018-01-03.")
    if end is not None and end < start:
        raise RuleError(f"{path}, valid_to: {end} is before valid_from, {start}. Exchange or correct them.")
    return start, end


def _one_of(path: Path, key: str, value: Any, allowed: Iterable[str]) -> str:
    names = list(allowed)
    if value not in names:
        raise RuleError(
            f"{path}, {key}: found {value!r}.{nearest(str(value), names)} Allowed: {listed(names, most=30)}."
        )
    return str(value)


def _some_of(path: Path, key: str, values: Any, allowed: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise RuleError(f"{path}, {key}: found {values!r}; give a list of at least one of {listed(allowed)}.")
    return tuple(_one_of(path, key, value, allowed) for value in values)


def _audiences(path: Path, found: Any) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    if not isinstance(found, dict):
        return _some_of(path, "audiences", found, AUDIENCES), {}
    refuse_unknown(path, found, REGIMES, "audiences")
    by_regime = {regime: _some_of(path, f"audiences.{regime}", found.get(regime), AUDIENCES) for regime in REGIMES}
    return tuple(a for a in AUDIENCES if any(a in allowed for allowed in by_regime.values())), by_regime


def _when(path: Path, table: Mapping[str, Any]) -> str:
    name = _one_of(path, "when", table["when"], triggers.PREDICATES)
    needed, given = triggers.options_of(name), table.get("when_options", {})
    refuse_unknown(path, given, needed, f"when_options of {name}")
    for option in needed:
        if option not in given:
            raise RuleError(f"{path}, when_options: {name} needs {option}. Its thresholds: {listed(needed)}.")
    return name


def _statement(path: Path, table: dict[str, Any]) -> tuple[dict[str, str], Slot | None, tuple[tuple[str, ...], ...]]:
    if not table:
        return {}, None, ()
    refuse_unknown(path, table, STATEMENT_KEYS, "statement")
    text = text_of(path, table, "en")
    check_places(text, f"{path}, statement.en")
    slot = cast(Slot, _one_of(path, "statement.slot", table.get("slot"), get_args(Slot)))
    return {"en": text}, slot, concepts_of(path, table.get("concepts", []))


def check_places(text: str, where: str) -> None:
    """Raise RuleError unless every brace of a statement belongs to the id of a fact."""
    for name in placeholders(text):
        if not FACT_ID.fullmatch(name):
            raise RuleError(f"{where}: {{{name}}} is not a fact id; it looks like {{class.currency}}.")
    if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
        raise RuleError(f"{where}: a brace without its partner. Write {{fact.id}} or no brace.")


def concepts_of(path: Path, groups: Any) -> tuple[tuple[str, ...], ...]:
    for group in groups:
        if not isinstance(group, list) or not group or not all(isinstance(word, str) and word for word in group):
            raise RuleError(f"{path}, statement.concepts: found {group!r}; a group is a list of words or phrases.")
    return tuple(tuple(group) for group in groups)


def _checks(path: Path, tables: Any, has_statement: bool) -> tuple[Check, ...]:
    if not isinstance(tables, list) or not tables:
        raise RuleError(f"{path}: a rule needs at least one [[check]].")
    return tuple(_check(path, dict(table), has_statement) for table in tables)


def _check(path: Path, table: dict[str, Any], has_statement: bool) -> Check:
    kind = _one_of(path, "check.kind", table.pop("kind", None), CHECK_OPTIONS)
    allowed = CHECK_OPTIONS[kind]
    refuse_unknown(path, table, allowed, f"check {kind}")
    for option, value in table.items():
        if not isinstance(value, allowed[option]):
            raise RuleError(f"{path}, check {kind}, {option}: found {value!r}, which is not of the right type.")
    if "scope" in table:
        _one_of(path, f"check {kind}, scope", table["scope"], SCOPES)
    if kind in NEEDS_STATEMENT and not has_statement:
        raise RuleError(
            f"{path}, check {kind}: there is no [statement] to look for. Add one, or another kind of check."
        )
    return Check(kind, table)
