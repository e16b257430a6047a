"""Whom a sheet is for: each jurisdiction with its regime, and nothing said that belongs to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from backtest.errors import MandateError
from backtest.mandate import Mandate, load_mandate

DEMO = Path(__file__).parents[2] / "examples" / "demo.toml"
USUAL = 'jurisdictions = ["UK"]'


def loaded(folder: Path, lines: str) -> Mandate:
    """The demo with other lines in place of its jurisdictions."""
    path = folder / "mandate.toml"
    path.write_text(DEMO.read_text(encoding="utf-8").replace(USUAL, lines), encoding="utf-8")
    return load_mandate(path).mandate


def test_a_sheet_may_be_for_all_three(tmp_path):
    lines = 'jurisdictions = ["UK", "EU", "US"]\neu_regime = "mifid"\nus_regime = "adviser"\nclient_currency = "EUR"'
    whom = loaded(tmp_path, lines).distribution
    assert whom.jurisdictions == ("UK", "EU", "US")
    assert (whom.uk_regime, whom.eu_regime, whom.us_regime) == ("non_mifid", "mifid", "adviser")
    assert (whom.client_currency, whom.claims_gips, whom.simulation_case) == ("EUR", False, "own_strategy")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('jurisdictions = ["UK", "UK"]', "[distribution]: jurisdictions names one twice; keep it once."),
        ('jurisdictions = ["CH"]', "[distribution] jurisdictions.0: found 'CH'. Input should be 'UK', 'EU' or 'US'"),
        ('jurisdictions = ["EU"]', 'eu_regime (mifid or fund_manager) belongs to jurisdiction "EU"; give both or none'),
        ('jurisdictions = ["US"]', 'us_regime (adviser or broker_dealer) belongs to jurisdiction "US"; give both'),
        (f'{USUAL}\neu_regime = "mifid"', 'belongs to jurisdiction "EU"; give both or none'),
        (f"{USUAL}\nclaims_gips = true", "claims_gips = true and gips_report_from"),
        (f'{USUAL}\ngips_report_from = "www.example.com"', "belong together"),
        (f'{USUAL}\nsimulation_case = "feeder"', '"share_class" or "feeder" and counsel_note belong together'),
        (f'{USUAL}\naudience_policy = "P7"', 'audience_policy is for us_regime = "adviser"; leave it out.'),
        (f"{USUAL}\nanticipated_charge = 0.02", 'anticipated_charge is for us_regime = "adviser"; leave it out.'),
        (f"{USUAL}\nrecords_years = 0", "[distribution] records_years: found 0."),
    ],
)
def test_what_does_not_go_together_is_one_sentence(tmp_path, lines, expected):
    with pytest.raises(MandateError) as caught:
        loaded(tmp_path, lines)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
