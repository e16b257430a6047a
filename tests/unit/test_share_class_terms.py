"""What a mandate says about its fund and classes is held against itself before anything is computed or rendered."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backtest.errors import MandateError
from backtest.facts import format_fact
from backtest.facts.given import _class, _fund
from backtest.facts.said import NO_TEXTS, Said
from backtest.mandate import Mandate, parse_mandate
from backtest.words import words_in

DEMO = tomllib.loads((Path(__file__).parents[2] / "examples" / "demo.toml").read_text(encoding="utf-8"))


def parsed(fund: dict[str, object] | None = None, report: dict[str, object] | None = None, *classes: dict[str, object]):
    plain = {"name": "A", "currency": "GBP", "ongoing_charge": 0.0075}
    table = DEMO | {
        "fund": DEMO["fund"] | (fund or {}), "report": DEMO["report"] | (report or {}),
        "share_class": [plain | one for one in classes or ({},)],
    }  # fmt: skip
    return parse_mandate(table, "m.toml")


@pytest.mark.parametrize(
    ("isin", "sedol"),
    [
        ("GB0002634946", "0263494"),  # BAE Systems
        ("GB0002374006", "0237400"),  # Diageo
        ("GB00BH4HKS39", "BH4HKS3"),  # Vodafone
        ("US0378331005", "2046251"),  # Apple: a foreign ISIN holds no SEDOL
    ],
)
def test_published_numbers_pass(isin, sedol):
    """ISO 6166 and the London Stock Exchange's check digits; the numbers are those the companies publish."""
    assert parsed(None, None, {"isin": isin, "sedol": sedol}).share_class[0].sedol == sedol


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ({"isin": "GB0002634947"}, "[share_class 1] isin: found 'GB0002634947'. Its check digit does not fit."),
        ({"isin": "GB0002643946"}, "check digit does not fit"),
        ({"sedol": "0263495"}, "[share_class 1] sedol: found '0263495'. Its check digit does not fit."),
        ({"sedol": "A263494"}, "[share_class 1] sedol: found 'A263494'. String should match pattern"),
        ({"isin": "GB0002634946", "sedol": "0237400"}, "sedol 0237400 is not the one inside isin GB0002634946"),
        ({"management_fee": 0.01}, "ongoing_charge 0.0075 is below the management_fee 0.01 that is part of it"),
        ({"minimum": -1.0}, "[share_class 1] minimum: found -1.0. Input should be greater than or equal to 0."),
        ({"exit_charge": 1.5}, "[share_class 1] exit_charge: found 1.5."),
    ],
)
def test_a_class_that_contradicts_itself_is_one_sentence(one, expected):
    with pytest.raises(MandateError) as caught:
        parsed(None, None, one)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["name", "isin", "sedol"])
def test_two_classes_are_told_apart(key):
    value = {"name": "A", "isin": "GB0002634946", "sedol": "0263494"}[key]
    first, second = {"name": "A", key: value}, {"name": "A" if key == "name" else "B", key: value}
    with pytest.raises(
        MandateError, match=rf"\[\[share_class\]\] {key}: '{value}' stands in two classes; give each its"
    ):
        parsed(None, None, first, second)


@pytest.mark.parametrize("given", [[], None])
def test_no_share_class_says_what_to_add(given):
    table = {key: value for key, value in DEMO.items() if key != "share_class"}
    with pytest.raises(MandateError, match=r"there is none, and a sheet is made for one\. Add a table \[\[share_class"):
        parse_mandate(table if given is None else table | {"share_class": given}, "m.toml")


@pytest.mark.parametrize(
    ("fund", "report", "one", "expected"),
    [
        ({"launch": "2027-01-04"}, {"as_of": "2026-10-30"}, {}, "[fund] launch 2027-01-04 is after [report] as_of"),
        (
            {},
            {"as_of": "2026-10-30"},
            {"launch": "2026-11-02"},
            "A: launch 2026-11-02 is after [report] as_of 2026-10-30",
        ),
        ({"launch": "2020-01-02"}, {}, {"launch": "2019-01-02"}, "A: launch 2019-01-02 is before the fund's own, 2020"),
        ({"size": 4e8}, {}, {}, "[fund]: size and size_date belong together"),
        ({"size_date": "2026-10-30"}, {}, {}, "[fund]: size and size_date belong together"),
        ({"size": 0.0, "size_date": "2026-10-30"}, {}, {}, "[fund] size: found 0.0. Input should be greater than 0."),
    ],
)
def test_dates_and_sizes_that_cannot_be_are_one_sentence(fund, report, one, expected):
    with pytest.raises(MandateError) as caught:
        parsed(fund, report, one)
    assert expected in str(caught.value)


def test_what_is_given_becomes_facts_with_their_dates():
    mandate: Mandate = parsed(
        {"size": 412_600_000, "size_date": "2026-10-30", "dealing": "Daily, 12:00"}, None,
        {"sedol": "0263494", "minimum": 1000, "exit_charge": 0.01, "management_fee": 0.006},
    )  # fmt: skip
    english = Said(words_in("en"), words_in("en"), NO_TEXTS)
    facts = {fact.id: fact for fact in (*_fund(english, mandate), *_class(mandate.share_class[0]))}
    printed = {key: format_fact(facts[key]) for key in facts}
    assert (printed["fund.size"], str(facts["fund.size"].as_of)) == ("412.6", "2026-10-30")
    assert facts["fund.size"].label == "Fund size, GBP million"
    assert (printed["class.minimum"], facts["class.minimum"].label) == ("1,000", "Minimum investment, GBP")
    assert (printed["class.exit_charge"], printed["class.management_fee"]) == ("1.00%", "0.60%")
    assert (printed["class.sedol"], printed["fund.dealing"]) == ("0263494", "Daily, 12:00")
