"""The loader answers every mistake in one sentence: where, what was found, what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backtest.errors import MandateError
from backtest.mandate import MAX_MANDATE_BYTES, load_mandate, parse_mandate

DEMO = Path(__file__).parents[2] / "examples" / "demo.toml"


def demo(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """A copy of the demo mandate with one piece of text exchanged."""
    text = DEMO.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mandate.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def message(path: Path) -> str:
    with pytest.raises(MandateError) as caught:
        load_mandate(path)
    return str(caught.value)


def test_the_demo_loads_and_keeps_strategy_parameters_apart(tmp_path):
    mandate = load_mandate(demo(tmp_path)).mandate
    assert mandate.strategy.name == "cut_capex"
    assert mandate.strategy.parameters == {"capex_target": 0.5, "months": 6}
    assert (mandate.costs.commission_bps, mandate.costs.half_spread_bps) == (3, 5)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[schedule]", "[shedule]", "[shedule]: no such section. Did you mean schedule? Allowed: accept, constraints,"),
        ("commission_bps", "comission_bps", "[costs] comission_bps: no such key. Did you mean commission_bps?"),
        ("lag = 1", "lag = 0", "[schedule] lag: found 0. Input should be greater than or equal to 1."),
        ('subject = "fund"', 'subject = "trust"', "[fund] subject: found 'trust'. Input should be 'fund', 'index' or"),
        ("capex = 0.30", "copex = 0.30", "[constraints] max_theme.copex"),
        ("max_name = 0.08", "max_name = nan", "[constraints] max_name: found nan. Input should be a finite number."),
        ('base_currency = "GBP"', 'base_currency = "pounds"', "[fund] base_currency: found 'pounds'."),
        ('source = "sample"', 'source = "files"', '[data]: closes is needed when source = "files".'),
        ('name = "cut_capex"', "", "[strategy]: give either name or path."),
        ('currency = "GBP"\nongoing', 'isin = "GB00BX000018"\ncurrency = "GBP"\nongoing', "[share_class 1] isin"),
        ("trials = 1", 'risk_indicator = "x"', "[report] risk_indicator: found 'x'. Input should be 'srri' or 'sri'."),
        ("trials = 1", 'share_class = "Z"', "'Z' is not one of the share classes: B GBP Accumulation."),
        ('objective = "To grow', 'objectiv = "To grow', "[fund] objectiv: no such key. Did you mean objective?"),
        ("ongoing_charge = 0.0075", "", "[share_class 1] ongoing_charge: missing. Add it; see docs/mandate.md."),
        ("ongoing_charge", "ongoing_chrage", "[share_class 1] ongoing_chrage: no such key. Did you mean"),
    ],
)
def test_a_mistake_is_answered_with_place_found_and_allowed(tmp_path, old, new, expected):
    path = demo(tmp_path, old, new)
    text = message(path)
    assert text.startswith(f"{path}, ")
    assert expected in text
    assert "\n" not in text


def test_not_toml_names_the_line(tmp_path):
    assert "not valid TOML" in message(demo(tmp_path, "[fund]", "[fund"))
    assert "line" in message(demo(tmp_path, "[fund]", "[fund"))


def test_a_missing_file_says_so(tmp_path):
    assert message(tmp_path / "none.toml").endswith(
        "no such mandate file. Give the path of a TOML file; examples/ holds some."
    )


def test_a_mandate_that_is_no_text_or_too_long_is_refused(tmp_path):
    binary, long = tmp_path / "binary.toml", tmp_path / "long.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    long.write_text("#" * (MAX_MANDATE_BYTES + 1))
    assert "not UTF-8 text" in message(binary)
    assert "at most 1,000,000" in message(long)


def test_both_kinds_of_cash_are_one_too_many():
    table = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    files = {"closes": "c.csv", "universe": "u.csv", "vendor": "V", "cash_rate": "r.csv", "cash_index": "i.csv"}
    table["data"] = {"source": "files", **files}
    with pytest.raises(MandateError, match="cash_rate and cash_index both given"):
        parse_mandate(table, "mandate.toml")


def test_withholding_tax_falls_back_to_its_default():
    table = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    table["data"]["withholding_tax"] = {"default": 0.25, "by_country": {"GB": 0.0}}
    tax = parse_mandate(table, "mandate.toml").data.withholding_tax
    assert (tax.rate("GB"), tax.rate("US")) == (0.0, 0.25)


def test_the_reported_class_is_the_first_unless_named():
    table = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    table["share_class"].append({"name": "C USD", "currency": "USD", "ongoing_charge": 0.01})
    assert parse_mandate(table, "m").reported_class.name == "B GBP Accumulation"
    table["report"]["share_class"] = "C USD"
    assert parse_mandate(table, "m").reported_class.currency == "USD"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "[[share_class]]\n",
            '[[share_class]]\nrecord = "nav.csv"\n',
            "record needs launch, the day of its first",
        ),
        (
            "[report]\n",
            "[report]\nsimulated = false\n",
            "simulated = false, and [[share_class]] B GBP Accumulation",
        ),
    ],
)
def test_a_record_needs_its_launch_and_a_sheet_without_simulation_a_record(tmp_path, old, new, expected):
    assert expected in message(demo(tmp_path, old, new))


def test_a_strategy_has_no_record(tmp_path):
    path = demo(tmp_path, "[[share_class]]\n", '[[share_class]]\nlaunch = 2020-01-02\nrecord = "nav.csv"\n')
    path.write_text(path.read_text(encoding="utf-8").replace('subject = "fund"', 'subject = "strategy"'), "utf-8")
    assert "a strategy has no prices of its own; leave record out" in message(path)
