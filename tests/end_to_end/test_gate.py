"""Each cell of the gate's table, from the mandate to the exit code, before any price is read.

A mandate that the gate lets through goes on to the market, whose files are not there: that is how far it got.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from backtest import cli

MANDATE = """
[fund]
name = "Harrow World Index"
firm = "Harrow Asset Management"
subject = "{subject}"
management = "{management}"
objective = "To measure companies of many kinds from all over the world."
base_currency = "EUR"
[data]
closes = "closes.csv"
universe = "universe.csv"
vendor = "a vendor"
[strategy]
name = "equal_weight"
[[share_class]]
name = "A"
currency = "EUR"
ongoing_charge = 0.01
[distribution]
{whom}
audience = "{audience}"
channel = "{channel}"
[report]
published = 2026-11-10
"""
UK = 'jurisdictions = ["UK"]\nuk_regime = "{}"'
EU = 'jurisdictions = ["EU"]\neu_regime = "{}"'
US = 'jurisdictions = ["US"]\nus_regime = "{}"'
POLICY = US.format("adviser") + '\naudience_policy = "P7"'
NEW_CLASS = EU.format("fund_manager") + '\nsimulation_case = "share_class"\ncounsel_note = "Memo 12"'
BOTH = 'jurisdictions = ["UK", "EU"]\neu_regime = "fund_manager"'
MARKET = "closes.csv: no such file"


@dataclass(frozen=True)
class Ended:
    code: int
    said: str


@pytest.fixture
def ended(tmp_path, monkeypatch, capsys):
    """Runs a mandate by the command, as its user does."""

    def run(whom, audience="retail", subject="index", channel="intermediary", management="active"):
        words = {"whom": whom, "audience": audience, "subject": subject, "channel": channel, "management": management}
        (tmp_path / "mandate.toml").write_text(MANDATE.format(**words), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["jevons", "run", "mandate.toml"])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert not (tmp_path / "runs").exists()
        return Ended(int(caught.value.code), capsys.readouterr().err)

    return run


@pytest.mark.parametrize(
    ("whom", "audience", "others", "law"),
    [
        (UK.format("mifid"), "retail", {"subject": "strategy"}, "UK mifid, retail, by SIM-01, COBS 4.6.6R(1)"),
        (UK.format("mifid"), "professional", {"subject": "strategy"}, "UK mifid, professional, by SIM-01"),
        (UK.format("non_mifid"), "retail", {"subject": "strategy"}, "UK non-mifid, retail, by SIM-01"),
        (EU.format("mifid"), "retail", {"subject": "strategy"}, "EU mifid, retail, by SIM-01"),
        (EU.format("mifid"), "professional", {"subject": "strategy"}, "EU mifid, professional, by SIM-01"),
        (EU.format("fund_manager"), "retail", {}, "EU fund-manager, retail, by SIM-12, ESMA34-45-1272, unverified"),
        (EU.format("fund_manager"), "professional", {}, "EU fund-manager, professional, by SIM-12"),
        (BOTH, "retail", {}, "EU fund-manager, retail, by SIM-12"),
        (US.format("adviser"), "retail", {}, "US adviser, retail, by SIM-11, 17 CFR 275.206(4)-1(d)(6)(i)"),
        (US.format("adviser"), "professional", {}, "doc.audience_policy is not stated"),
        (POLICY, "retail", {"channel": "public"}, "doc.channel is public; allowed: one_to_one, intermediary"),
        (US.format("broker_dealer"), "retail", {"management": "passive"}, "US broker-dealer, retail, by SIM-09"),
        (US.format("broker_dealer"), "professional", {}, "fund.management is active; allowed: passive"),
    ],
)  # fmt: skip
def test_what_a_cell_refuses_makes_no_sheet_and_says_by_which_rule_and_law(ended, whom, audience, others, law):
    outcome = ended(whom, audience, **others)
    assert outcome.code == 2
    assert outcome.said.startswith(f"jevons: no sheet is made for channel {others.get('channel', 'intermediary')}. ")
    assert f"Refused for {law}" in outcome.said or law in outcome.said
    assert MARKET not in outcome.said


@pytest.mark.parametrize(
    ("whom", "audience", "others"),
    [
        (UK.format("mifid"), "retail", {}),
        (UK.format("mifid"), "professional", {"subject": "fund"}),
        (UK.format("non_mifid"), "retail", {"subject": "fund"}),
        (UK.format("non_mifid"), "professional", {"subject": "strategy"}),
        (EU.format("mifid"), "retail", {}),
        (EU.format("mifid"), "professional", {"subject": "fund"}),
        (NEW_CLASS, "retail", {"subject": "fund"}),
        (NEW_CLASS, "professional", {"subject": "fund"}),
        (POLICY, "retail", {"channel": "one_to_one"}),
        (POLICY, "professional", {"channel": "one_to_one", "subject": "strategy"}),
        (US.format("broker_dealer"), "professional", {"management": "passive"}),
        (f'{UK.format("mifid")}\nclaims_gips = true\ngips_report_from = "www.example.com"', "professional", {}),
    ],
)
def test_what_a_cell_allows_goes_on_to_the_market(ended, whom, audience, others):
    outcome = ended(whom, audience, **others)
    assert outcome.code == 2
    assert MARKET in outcome.said


@pytest.mark.parametrize("whom", [EU.format("fund_manager"), US.format("adviser"), US.format("broker_dealer")])
def test_the_managers_own_desk_is_always_open(ended, whom):
    assert MARKET in ended(whom, channel="internal").said
