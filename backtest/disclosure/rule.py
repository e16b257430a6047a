"""Rules, statements, findings: what compliance writes and what a review answers; and the reader of one rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from backtest.disclosure import triggers
from backtest.disclosure.context import ANYWHERE, AUDIENCE_KEYS, AUDIENCES, CHANNELS, JURISDICTIONS, SHORT, Addressees
from backtest.disclosure.context import Context as Context
from backtest.disclosure.finding import Evidence as Evidence
from backtest.disclosure.finding import Finding as Finding
from backtest.disclosure.finding import Outcome as Outcome
from backtest.disclosure.finding import Severity as Severity
from backtest.disclosure.finding import Slot as Slot
from backtest.disclosure.finding import Statement as Statement
from backtest.disclosure.finding import worst
from backtest.disclosure.kinds import CHECK_OPTIONS as CHECK_OPTIONS
from backtest.disclosure.kinds import NEEDS_STATEMENT, SCOPES
from backtest.disclosure.tables import one_of, refuse_unknown, some_of, text_of
from backtest.errors import RuleError, listed
from backtest.words import ENGLISH


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
    """The worst it can be; `severity_for` says what it is for one document."""
    checks: tuple[Check, ...]
    statement: dict[str, str] = field(default_factory=dict)
    slot: Slot | None = None
    when_options: dict[str, Any] = field(default_factory=dict)
    """Thresholds of the trigger, so that they are data."""
    audiences_by_regime: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Where regimes differ: {'UK_mifid': ('retail', 'professional'), 'UK_non_mifid': ('retail',)}."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Where jurisdictions differ: {'EU': 'BLOCK', 'UK': 'MAJOR'}; 'all' stands for those that are not named."""
    said_by: tuple[str, ...] = ()
    """Rules whose statement says what this one asks for, so that a sheet need not say it twice."""
    link: str = ""
    """The fact whose address its statement leads to when it is clicked."""
    channels: tuple[str, ...] = CHANNELS
    concepts: tuple[tuple[str, ...], ...] = ()
    """Groups of words; a passage that hits every group says in its own words what the statement says."""
    denied: tuple[str, ...] = ()
    """Words that say the opposite: a passage that has one of them does not say the statement, whatever else it hits."""
    pack_version: str = ""
    pack_sha256: str = ""
    heading: str = ""
    """What stands over its statement in another language than English."""
    wordings: Mapping[str, Wording] = field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        """Whether a sheet must say something because of it, in its own words or in those of another rule."""
        return self.slot is not None or bool(self.said_by)

    def severity_for(self, context: Context) -> Severity:
        """How grave a breach is in this document: the worst of its jurisdictions that the rule speaks to."""
        where = [j for j in context.jurisdictions if j in self.jurisdictions or ANYWHERE in self.jurisdictions]
        found = [self.severities.get(j, self.severities.get(ANYWHERE)) for j in where]
        return worst([severity for severity in found if severity is not None] or [self.severity])

    @property
    def severity_said(self) -> str:
        """'BLOCK', or where jurisdictions differ 'BLOCK (EU), MAJOR (UK)'; what is not named is 'elsewhere'."""
        named = {where: "elsewhere" if where == ANYWHERE else where for where in self.severities}
        return ", ".join(f"{grave} ({named[where]})" for where, grave in self.severities.items()) or self.severity

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
        return self.addressees.why_not(context)

    @property
    def addressees(self) -> Addressees:
        """Whom the rule speaks to."""
        return Addressees(self.jurisdictions, self.audiences, self.channels, self.audiences_by_regime)


def _extended(check: Check, lists: Mapping[str, tuple[str, ...]]) -> Check:
    """The check with a language's words added to its lists: what English may not say is not said on any sheet."""
    own = {key: words for key, words in lists.items() if key in CHECK_OPTIONS[check.kind]}
    return replace(check, options=check.options | {k: [*check.options.get(k, ()), *words] for k, words in own.items()})


RULE_KEYS = (
    "id", "title", "citations", "source", "verified", "valid_from", "valid_to", "jurisdictions", "audiences",
    "channels", "when", "when_options", "severity", "statement", "check",
)  # fmt: skip
OPTIONAL_KEYS = frozenset({"valid_to", "channels", "when_options", "statement"})
STATEMENT_KEYS = ("slot", "concepts", "denied", "en", "said_by", "link")
ID = re.compile(r"[A-Z]{2,4}-[A-Z]?\d{2}(-\d{4})?")
CITATION = re.compile(
    r"""(COBS|COLL|DISC|PRIN|ESG|GEN|SYSC)\ \d+[A-Z]?(\.\d+[A-Z]?){0,2}[A-Z]{0,2}(\(\w+\))*   # FCA Handbook
      | UCITS\ Art\ \d+[a-z]?(\(\w+\))*                                              # Directive 2009/65/EC
      | Reg\ \(EU\)\ \d{4}/\d+\ Art\ \d+(\(\w+\))*                                   # EU regulation
      | FCA\ \d{4}-\d{2}-\d{2} | PS\d{2}/\d+ | FG\d{2}/\d+                              # FCA publications
      | 17\ CFR\ 275\.\d+(\(\d\))?-\d+(\(\w+\))*                                        # SEC rules
      | SEC\ (FAQ|Risk\ Alert)\ \d{4}-\d{2}-\d{2}                                       # SEC staff
      | FINRA\ \d{4}(\(\w+\))* | FINRA\ letter\ \d{4} | SR-FINRA-\d{4}-\d{3}               # FINRA
      | CESR/\d{2}-\d+ | ESMA\d+-\d+-\d+                                                # ESMA
      | GIPS\ 2020\ \d+\.[A-Z]\.\d+                                                    # CFA Institute
      | House\ [A-Z]{2,4}-[A-Z]?\d{2}                                                     # the house's own""",
    re.VERBOSE,
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
FACT_ID = re.compile(r"[a-z0-9_]+(\.[a-zA-Z0-9_]+)+")


def parse_rule(table: dict[str, Any], path: Path, pack: str, version: str = "", digest: str = "") -> Rule:
    """One rule from its TOML table; `path` gives the id it must have and the place in messages."""
    refuse_unknown(path, table, RULE_KEYS)
    for key in RULE_KEYS:
        if key not in table and key not in OPTIONAL_KEYS:
            raise RuleError(f"{path}: {key} is missing. A rule needs {listed(_required(), most=20)}.")
    said = _statement(path, table.get("statement", {}))
    severity, severities = _severity(path, table)
    audiences, by_regime = _audiences(path, table["audiences"])
    valid_from, valid_to = _dates(path, table)
    return Rule(
        id=_id(path, table), title=text_of(path, table, "title"), pack=pack, pack_version=version, pack_sha256=digest,
        citations=_citations(path, table), source=text_of(path, table, "source"), verified=_flag(path, table),
        valid_from=valid_from, valid_to=valid_to,
        jurisdictions=some_of(path, "jurisdictions", table["jurisdictions"], JURISDICTIONS),
        audiences=audiences, audiences_by_regime=by_regime,
        channels=some_of(path, "channels", table.get("channels", list(CHANNELS)), CHANNELS),
        when=_when(path, table), when_options=dict(table.get("when_options", {})),
        severity=severity, severities=severities, checks=_checks(path, table["check"], said.found),
        statement=said.text, slot=said.slot, concepts=said.concepts, said_by=said.said_by,
        link=said.link, denied=said.denied,
    )  # fmt: skip


def placeholders(text: str) -> tuple[str, ...]:
    """The fact ids a statement is filled with, in order."""
    return tuple(PLACEHOLDER.findall(text))


def _required() -> list[str]:
    return [key for key in RULE_KEYS if key not in OPTIONAL_KEYS]


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
                "PRIN 2A.5.3R, Reg (EU) 2017/565 Art 44(5)(c), UCITS Art 52(2), "
                "17 CFR 275.206(4)-1(d)(1), FINRA 2210(d)(1), FCA 2025-12-11, House INT-01."
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


def _severity(path: Path, table: Mapping[str, Any]) -> tuple[Severity, dict[str, Severity]]:
    """One severity, or a table of them by jurisdiction; `all` stands for those that are not named."""
    found = table["severity"]
    if not isinstance(found, dict):
        return cast(Severity, one_of(path, "severity", found, get_args(Severity))), {}
    refuse_unknown(path, found, JURISDICTIONS, "severity")
    named = {
        where: cast(Severity, one_of(path, f"severity.{where}", one, get_args(Severity)))
        for where, one in found.items()
    }
    lacking = [where for where in table["jurisdictions"] if where not in named and ANYWHERE not in named]
    if lacking:
        raise RuleError(f"{path}, severity: nothing is said for {listed(lacking)}. Name each jurisdiction, or all.")
    return worst(named.values()), named


def _audiences(path: Path, found: Any) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    if not isinstance(found, dict):
        return some_of(path, "audiences", found, AUDIENCES), {}
    refuse_unknown(path, found, AUDIENCE_KEYS, "audiences")
    if not found:
        raise RuleError(f"{path}, audiences: an empty table; name at least one of {listed(AUDIENCE_KEYS, most=20)}.")
    keys = [str(key) for key in found]
    by_regime = {SHORT.get(key, key): some_of(path, f"audiences.{key}", found[key], AUDIENCES) for key in keys}
    return tuple(a for a in AUDIENCES if any(a in allowed for allowed in by_regime.values())), by_regime


def _when(path: Path, table: Mapping[str, Any]) -> str:
    name = one_of(path, "when", table["when"], triggers.PREDICATES)
    needed, given = triggers.options_of(name), table.get("when_options", {})
    refuse_unknown(path, given, needed, f"when_options of {name}")
    for option in needed:
        if option not in given:
            raise RuleError(f"{path}, when_options: {name} needs {option}. Its thresholds: {listed(needed)}.")
    return name


@dataclass(frozen=True)
class _Said:
    text: dict[str, str] = field(default_factory=dict)
    slot: Slot | None = None
    concepts: tuple[tuple[str, ...], ...] = ()
    said_by: tuple[str, ...] = ()
    link: str = ""
    denied: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        return bool(self.text or self.said_by)


def _statement(path: Path, table: dict[str, Any]) -> _Said:
    """[statement]: a text of its own with its slot, or the rules whose text says it."""
    if not table:
        return _Said()
    denied = concepts_of(path, [table["denied"]], "denied")[0] if "denied" in table else ()
    if "said_by" in table:
        refuse_unknown(path, table, ("said_by", "concepts", "denied"), "statement with said_by")
        names = [table["said_by"]] if isinstance(table["said_by"], str) else table["said_by"]
        if not isinstance(names, list) or not names or not all(isinstance(n, str) and ID.fullmatch(n) for n in names):
            raise RuleError(f"{path}, statement.said_by: found {names!r}; give the id of a rule, or a list of them.")
        if not table.get("concepts"):
            raise RuleError(f"{path}, statement.concepts: missing. They say what the other rule's words must convey.")
        return _Said(concepts=concepts_of(path, table["concepts"]), said_by=tuple(names), denied=denied)
    refuse_unknown(path, table, STATEMENT_KEYS, "statement")
    text = text_of(path, table, "en")
    check_places(text, f"{path}, statement.en")
    slot = cast(Slot, one_of(path, "statement.slot", table.get("slot"), get_args(Slot)))
    link = table.get("link", "")
    if link and not FACT_ID.fullmatch(str(link)):
        raise RuleError(f"{path}, statement.link: found {link!r}; give the id of a fact, like fund.documents_from.")
    return _Said({"en": text}, slot, concepts_of(path, table.get("concepts", [])), link=str(link), denied=denied)


def check_places(text: str, where: str) -> None:
    """Raise RuleError unless every brace of a statement belongs to the id of a fact."""
    for name in placeholders(text):
        if not FACT_ID.fullmatch(name):
            raise RuleError(f"{where}: {{{name}}} is not a fact id; it looks like {{class.currency}}.")
    if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
        raise RuleError(f"{where}: a brace without its partner. Write {{fact.id}} or no brace.")


def concepts_of(path: Path, groups: Any, key: str = "concepts") -> tuple[tuple[str, ...], ...]:
    for group in groups:
        if not isinstance(group, list) or not group or not all(isinstance(word, str) and word for word in group):
            raise RuleError(f"{path}, statement.{key}: found {group!r}; a group is a list of words or phrases.")
    return tuple(tuple(group) for group in groups)


def _checks(path: Path, tables: Any, has_statement: bool) -> tuple[Check, ...]:
    if not isinstance(tables, list) or not tables:
        raise RuleError(f"{path}: a rule needs at least one [[check]].")
    return tuple(_check(path, dict(table), has_statement) for table in tables)


def _check(path: Path, table: dict[str, Any], has_statement: bool) -> Check:
    kind = one_of(path, "check.kind", table.pop("kind", None), CHECK_OPTIONS)
    allowed = CHECK_OPTIONS[kind]
    refuse_unknown(path, table, allowed, f"check {kind}")
    for option, value in table.items():
        if not isinstance(value, allowed[option]):
            raise RuleError(f"{path}, check {kind}, {option}: found {value!r}, which is not of the right type.")
    if "scope" in table:
        one_of(path, f"check {kind}, scope", table["scope"], SCOPES)
    if kind in NEEDS_STATEMENT and not has_statement:
        raise RuleError(
            f"{path}, check {kind}: there is no [statement] to look for. Add one, or another kind of check."
        )
    return Check(kind, table)
