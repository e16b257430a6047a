"""Whom a document is for, and whether a rule speaks to them.

Each jurisdiction has two sets of rules for a communication, its regimes: the UK a MiFID firm's (COBS 4.5A) and anybody
else's (4.6), the EU a MiFID firm's (2017/565) and a fund manager's (2019/1156), the US an adviser's and a
broker-dealer's. A document for several jurisdictions meets the rules of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backtest.errors import listed

REGIMES: Mapping[str, tuple[str, ...]] = {
    "UK": ("mifid", "non_mifid"),
    "EU": ("mifid", "fund_manager"),
    "US": ("adviser", "broker_dealer"),
}
ANYWHERE = "all"
JURISDICTIONS = (*REGIMES, ANYWHERE)
AUDIENCES = ("retail", "professional")
CHANNELS = ("internal", "one_to_one", "intermediary", "public")
SHORT: Mapping[str, str] = {"mifid": "UK_mifid", "non_mifid": "UK_non_mifid"}
"""A table of audiences that names a regime alone means the UK's."""
AUDIENCE_KEYS = (*SHORT, *REGIMES, *(f"{j}_{regime}" for j, regimes in REGIMES.items() for regime in regimes))


@dataclass(frozen=True)
class Context:
    """Whom a document is for. None: not known, as the channel of a stranger's PDF."""

    audience: str = "retail"
    jurisdictions: tuple[str, ...] = ("UK",)
    channel: str | None = None
    uk_regime: str = "non_mifid"
    eu_regime: str | None = None
    us_regime: str | None = None

    def regime(self, jurisdiction: str) -> str | None:
        """Under which of its two sets of rules a jurisdiction's clients are addressed."""
        return {"UK": self.uk_regime, "EU": self.eu_regime, "US": self.us_regime}[jurisdiction]

    def __str__(self) -> str:
        return f"{', '.join(self.places)}, {self.audience}, channel {self.channel or 'not known'}"

    @property
    def places(self) -> tuple[str, ...]:
        """'UK non-mifid', one for each jurisdiction."""
        return tuple(f"{j} {(self.regime(j) or 'regime not known').replace('_', '-')}" for j in self.jurisdictions)


@dataclass(frozen=True)
class Addressees:
    """Whom a rule speaks to, as its TOML says.

    by_regime: {'UK_non_mifid': ('retail',), 'EU': (...)}; a jurisdiction that it does not name at all has `audiences`,
    and of one that it names, a regime that it does not name is not addressed.
    """

    jurisdictions: tuple[str, ...]
    audiences: tuple[str, ...]
    channels: tuple[str, ...]
    by_regime: Mapping[str, tuple[str, ...]]

    def why_not(self, context: Context) -> str | None:
        """None when the rule speaks, or may speak, to this context; else why it does not."""
        shared = [j for j in context.jurisdictions if j in self.jurisdictions or ANYWHERE in self.jurisdictions]
        if not shared:
            mine, theirs = listed(self.jurisdictions), listed(context.jurisdictions)
            return f"the rule is for {mine}; the document is for {theirs}"
        if not any(context.audience in self._audiences(j, context.regime(j)) for j in shared):
            return self._other_clients(context, shared)
        if context.channel is not None and context.channel not in self.channels:
            return f"the rule is for the channels {listed(self.channels)}; the channel is {context.channel}"
        return None

    def unsure(self, context: Context) -> str | None:
        """What must be known of the document before anyone can say whether the rule speaks to it; None when it is."""
        if context.channel is None and set(self.channels) != set(CHANNELS):
            return f"not known: the channel; the rule is for {listed(self.channels)}"
        shared = [j for j in context.jurisdictions if j in self.jurisdictions or ANYWHERE in self.jurisdictions]
        sure = [j for j in shared if context.regime(j) is not None or not self._differs(j)]
        if any(context.audience in self._audiences(j, context.regime(j)) for j in sure):
            return None
        open_ones = [j for j in shared if j not in sure and context.audience in self._audiences(j, None)]
        if not open_ones:
            return None
        return f"not known: the regime in the {open_ones[0]}, {' or '.join(REGIMES[open_ones[0]])}"

    def _differs(self, jurisdiction: str) -> bool:
        found = {self._audiences(jurisdiction, regime) for regime in REGIMES[jurisdiction]}
        return len(found) > 1

    def _audiences(self, jurisdiction: str, regime: str | None) -> tuple[str, ...]:
        """Under a regime that is not known, whom any of the jurisdiction's regimes has the rule speak to."""
        mine = {key: found for key, found in self.by_regime.items() if key.split("_")[0] == jurisdiction}
        if not mine or jurisdiction in mine:
            return mine.get(jurisdiction, self.audiences)
        keys = mine if regime is None else [f"{jurisdiction}_{regime}"]
        return tuple(a for a in AUDIENCES if any(a in mine.get(key, ()) for key in keys))

    def _other_clients(self, context: Context, shared: list[str]) -> str:
        spoken_to = list(dict.fromkeys(a for j in shared for a in self._audiences(j, context.regime(j))))
        regimes = " and ".join(dict.fromkeys(f"{context.regime(j)}" for j in shared))
        where = f" under {regimes}" if self.by_regime else ""
        if not spoken_to:
            return f"the rule does not speak to anybody{where}"
        return f"the rule is for {' and '.join(spoken_to)} clients{where}; the audience is {context.audience}"
