"""Two reviews compared: which outcomes changed, why, and which words. Pure: the same two give the same answer.

It works on reviews as values, so that one from last year, kept as JSON, can stand beside one of today.
"""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backtest.disclosure.finding import Outcome
from backtest.disclosure.plain import UNVERIFIED
from backtest.disclosure.report.values import VERSION, WORDS
from backtest.errors import RunError

MAX_BYTES = 50_000_000
NEEDED = ("version", "pdf_sha256", "rules_in_force_on", "for", "packs", "counts", "conclusion", "findings")
FINDING_NEEDED = (
    "rule", "title", "severity", "outcome", "reason", "in_force", "when", "trigger", "statement", "checks", "evidence",
    "citations", "verified",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One rule whose answer differs. old, new: outcomes, '' where the rule was not asked."""

    rule: str
    title: str
    severity: str
    old: str
    new: str
    worse: bool
    why: tuple[str, ...]
    words: tuple[str, ...]
    """Redlines: [-taken away-] {+put in+}."""


@dataclass(frozen=True)
class Difference:
    """What lies between two reviews."""

    setting: tuple[str, ...]
    """What differs for every rule: document, day, audience, packs."""
    outcomes: tuple[Change, ...]
    """Rules whose outcome changed, the worst first."""
    others: tuple[Change, ...]
    """Rules with the same outcome, whose severity, thresholds, facts or words changed."""
    same: int

    @property
    def worse(self) -> bool:
        """Whether any rule's outcome is worse than it was."""
        return any(change.worse for change in self.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return {**asdict(self), "worse": self.worse}


def read_review(path: Path) -> dict[str, Any]:
    """A review that was kept as JSON. Raises RunError with one sentence when it is none, or of another form."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RunError(f"{path}: {path.stat().st_size:,} bytes; a review has at most {MAX_BYTES:,}.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror}). Give a review.json or a PDF.") from None
    except (ValueError, RecursionError):
        raise RunError(f"{path}: not a review in JSON. Give a review.json or a PDF.") from None
    if not isinstance(found, dict) or "findings" not in found:
        raise RunError(f"{path}: not a review in JSON. Give a review.json or a PDF.")
    if found.get("version") != VERSION:
        raise RunError(
            f"{path}: a review of form {found.get('version', 1)}; this compares form {VERSION}. Review again."
        )
    lacking = [key for key in NEEDED if key not in found]
    lacking += [key for finding in _findings(found) for key in FINDING_NEEDED if key not in finding]
    if lacking or not _outcomes_known(found):
        raise RunError(f"{path}: a review that is not whole ({lacking[0] if lacking else 'outcome'}). Review again.")
    return found


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What changed from one review, as values, to another."""
    before, after = ({f["rule"]: f for f in review["findings"]} for review in (old, new))
    setting = _setting(old, new)
    changes = [_change(before.get(rule), after.get(rule)) for rule in sorted({*before, *after})]
    outcomes = [c for c in changes if c is not None and c.old != c.new]
    others = [c for c in changes if c is not None and c.old == c.new]
    return Difference(
        setting,
        tuple(sorted(outcomes, key=lambda c: (not c.worse, -_rank(c.new), c.rule))),
        tuple(others),
        sum(change is None for change in changes),
    )


def to_lines(difference: Difference, width: int) -> tuple[str, ...]:
    """Lines for a terminal of `width` columns: the setting, what got worse, what else changed, a sentence."""
    lines = [line for text in difference.setting for line in _wrapped(text, width, 0)]
    for change in difference.outcomes:
        way = "worse" if change.worse else "better"
        lines.append(f"{_word(change.old):4} -> {_word(change.new):4}  {change.rule:11}  {change.severity:5}  {way}")
        lines += _told(change, width)
    for change in difference.others:
        lines.append(f"{_word(change.new):4}  same    {change.rule:11}  {change.severity:5}")
        lines += _told(change, width)
    worse = sum(change.worse for change in difference.outcomes)
    counts = f"{worse} worse, {len(difference.outcomes) - worse} better or no longer asked"
    return (
        *lines,
        f"diff: {counts}, {len(difference.others)} with the same outcome changed, {difference.same} as before",
    )


def redline(old: str, new: str) -> str:
    """The words taken away and put in: 'Shares [-can-] {+may+} fall.'; '' when nothing differs."""
    if old.split() == new.split():
        return ""
    before, after = old.split(), new.split()
    parts: list[str] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            parts += before[i:j]
            continue
        if i < j:
            parts.append(f"[-{' '.join(before[i:j])}-]")
        if k < m:
            parts.append(f"{{+{' '.join(after[k:m])}+}}")
    return " ".join(parts)


def _setting(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    said = []
    if old["pdf_sha256"] != new["pdf_sha256"]:
        said.append(f"document: {old['pdf_sha256'][:12]} -> {new['pdf_sha256'][:12]}")
    if old["rules_in_force_on"] != new["rules_in_force_on"]:
        said.append(f"rules in force on: {old['rules_in_force_on']} -> {new['rules_in_force_on']}")
    for key in sorted({*old["for"], *new["for"]}):
        before, after = old["for"].get(key), new["for"].get(key)
        if before != after:
            said.append(f"{key.replace('_', ' ')}: {_plain(before)} -> {_plain(after)}")
    packs = [{p["name"]: (p["version"], p["sha256"][:12]) for p in review["packs"]} for review in (old, new)]
    for name in sorted({*packs[0], *packs[1]}):
        before, after = (pack.get(name) for pack in packs)
        if before != after:
            said.append(f"pack {name}: {_plain(before)} -> {_plain(after)}")
    return tuple(said)


def _change(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change | None:
    """None when nothing that a reader would ask about differs."""
    if old is None or new is None:
        there = new or old or {}
        why = "the rule is new in the packs" if old is None else "the rule is no longer in the packs"
        was, becomes = ("", there["outcome"]) if old is None else (there["outcome"], "")
        worse = old is None and _rank(becomes) >= Outcome.NEEDS_REVIEW
        return Change(there["rule"], there["title"], there["severity"], was, becomes, worse, (why,), ())
    reasons, words = _why(old, new), _words(old, new)
    if old["outcome"] == new["outcome"] and not reasons and not words:
        return None
    worse = _rank(new["outcome"]) > max(_rank(old["outcome"]), Outcome.PASS)
    return Change(
        new["rule"], new["title"], new["severity"], old["outcome"], new["outcome"], worse, tuple(reasons), tuple(words)
    )


def _why(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of a rule differs: its dates on the day, its thresholds, the facts, what the checks found, its standing."""
    said = []
    if old["in_force"] != new["in_force"]:
        said.append(f"dates: in force {old['in_force']} -> {new['in_force']}")
    if old["severity"] != new["severity"]:
        said.append(f"severity: {old['severity']} -> {new['severity']}")
    if old["when"] != new["when"]:
        said.append(f"threshold: {old['when']} -> {new['when']}")
    if old["trigger"] != new["trigger"]:
        said.append(f"facts: {old['trigger'] or 'not asked'} -> {new['trigger'] or 'not asked'}")
    said += _checks(old["checks"], new["checks"])
    if old["verified"] != new["verified"]:
        states = [("verified" if finding["verified"] else UNVERIFIED) for finding in (old, new)]
        said.append(f"source: {states[0]} -> {states[1]}")
    if not said and old["reason"] != new["reason"]:
        said.append(f"found: {old['reason']} -> {new['reason']}")
    return said


def _checks(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[str]:
    before, after = ({_key(i, c): c for i, c in enumerate(checks)} for checks in (old, new))
    said = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            there, word = (other, "new") if one is None else (one, "gone")
            if before and after and there is not None:
                said.append(f"check {word}: {there['asks']}")
        else:
            if one["asks"] != other["asks"]:
                said.append(f"threshold: {one['asks']} -> {other['asks']}")
            if one["reason"] != other["reason"]:
                said.append(f"found: {one['reason']} -> {other['reason']}")
    return said


def _key(place: int, check: Mapping[str, Any]) -> str:
    return f"{place:02} {check['kind']}"


def _words(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    lines = [("statement", redline(old["statement"], new["statement"]))]
    before, after = ([e["excerpt"] for e in finding["evidence"]] for finding in (old, new))
    if old["outcome"] != Outcome.NOT_APPLICABLE.name.lower() != new["outcome"]:
        lines += [("evidence", redline(one, other)) for one, other in _paired(before, after)]
    return [f"{name}: {text}" for name, text in lines if text]


def _paired(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """Passages side by side: those that are the same in both are left out, the others in their order."""
    before, after = [text for text in old if text not in new], [text for text in new if text not in old]
    longest = max(len(before), len(after))
    return list(zip(before + [""] * (longest - len(before)), after + [""] * (longest - len(after)), strict=True))


def _told(change: Change, width: int) -> list[str]:
    return [line for text in (*change.why, *change.words) for line in _wrapped(text, width, 6)]


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    first = " " * indent
    return textwrap.wrap(
        text, max(width, 40), initial_indent=first, subsequent_indent=f"{first}    ", break_on_hyphens=False
    )


def _findings(review: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = review["findings"]
    return [f if isinstance(f, dict) else {} for f in found] if isinstance(found, list) else [{}]


def _outcomes_known(review: Mapping[str, Any]) -> bool:
    return all(str(f["outcome"]).upper() in Outcome.__members__ for f in _findings(review))


def _rank(outcome: str) -> int:
    return Outcome[outcome.upper()] if outcome else -1


def _word(outcome: str) -> str:
    return WORDS[Outcome[outcome.upper()]] if outcome else "-"


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
