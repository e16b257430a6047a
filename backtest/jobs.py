"""Which sheets a batch makes: each share class, language and audience asked for, with a folder and an address of its
own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from backtest import artifacts, words
from backtest.disclosure.context import AUDIENCES
from backtest.errors import RunError, listed
from backtest.facts import Facts
from backtest.mandate import LoadedMandate

MOST_SHEETS = 5000


@dataclass(frozen=True)
class Job:
    """One sheet to be made; `name` is its folder."""

    name: str
    share_class: str
    isin: str
    language: str
    audience: str


def plan_batch(
    loaded: LoadedMandate, classes: Sequence[str] = (), languages: Sequence[str] = (), audiences: Sequence[str] = ()
) -> tuple[Job, ...]:
    """Every combination asked for: all classes of the mandate when none is named, else the mandate's own language and
    audience.

    Raises RunError for a class or an audience that there is not, and for more than MOST_SHEETS.
    """
    known = {c.name: c for c in loaded.mandate.share_class}
    chosen = tuple(dict.fromkeys(classes)) or tuple(known)
    spoken = tuple(dict.fromkeys(languages)) or (loaded.mandate.report.language,)
    heard = tuple(dict.fromkeys(audiences)) or (loaded.mandate.distribution.audience,)
    choices = (("class", chosen, tuple(known)), ("language", spoken, words.languages()), ("audience", heard, AUDIENCES))
    for what, wanted, allowed in choices:
        for one in wanted:
            if one not in allowed:
                raise RunError(f"--{what} {one!r}: there is none. Allowed: {listed(allowed, most=20)}.")
    if len(chosen) * len(spoken) * len(heard) > MOST_SHEETS:
        raise RunError(f"{len(chosen) * len(spoken) * len(heard):,} sheets asked for; at most {MOST_SHEETS:,} at once.")
    folders = _folder_names(tuple(known))
    return tuple(
        Job(f"{folders[name]}-{language}-{audience}", name, known[name].isin or "", language, audience)
        for name, language, audience in product(chosen, spoken, heard)
    )


def _folder_names(classes: Iterable[str]) -> dict[str, str]:
    """Classes whose names differ in signs alone are told apart by a number."""
    taken: dict[str, str] = {}
    for name in classes:
        slug, k = artifacts.slug(name), 2
        while slug in taken.values():
            slug, k = f"{artifacts.slug(name)}-{k}", k + 1
        taken[name] = slug
    return taken


def address(job: Job, own: Facts) -> dict[str, str]:
    """What an address changes in the facts of a class, by fact id: language, audience, and a number of its own.

    own: the facts of the run's own sheet, whose number stays when the job is that sheet.
    """
    said = {"doc.language": job.language, "doc.audience": job.audience}
    same = all(own.facts[key].value == value for key, value in said.items())
    number = str(own.facts["doc.id"].value)
    if not same or own.facts["class.name"].value != job.share_class:
        parts = (number, job.share_class, job.language, job.audience)
        number = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return said | {"doc.id": number}


def addressed(facts: Facts, changed: Mapping[str, str]) -> Facts:
    """The facts of a class under the address of one sheet; all else is shared."""
    said = {key: replace(facts.facts[key], value=value) for key, value in changed.items()}
    return replace(facts, facts={**facts.facts, **said})
