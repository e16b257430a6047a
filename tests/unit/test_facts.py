import json
from dataclasses import replace
from datetime import date

import pytest

from backtest.errors import RunError
from backtest.facts import Fact, Facts, Series, facts_from_json, facts_to_json, format_fact
from backtest.facts.fact import round_half_up
from backtest.facts.storage import MAX_BYTES


def fact(value, unit="number", precision=1, id="some.fact"):
    return Fact(id, "Some fact", value, unit, precision, date(2026, 10, 30), "simulated", "test")


@pytest.mark.parametrize(
    ("value", "unit", "precision", "printed"),
    [
        (0.1234, "percent", 1, "12.3%"),
        (0.5, "percent", 0, "50%"),
        (-0.05, "percent", 1, "−5.0%"),
        (12.3456, "percent", 1, "1,234.6%"),
        (0.1234, "signed_percent", 1, "+12.3%"),
        (-0.004, "signed_percent", 1, "−0.4%"),
        (0.0, "signed_percent", 1, "0.0%"),
        (0.034, "points", 1, "+3.4 pp"),
        (-0.161, "points", 1, "−16.1 pp"),
        (3.0, "bps", 1, "3.0 bp"),
        (1, "bps", 0, "1 bp"),
        (0.351, "ratio", 2, "0.35"),
        (-1.2, "ratio", 2, "−1.20"),
        (1234567, "count", 0, "1,234,567"),
        (1e8, "number", 0, "100,000,000"),
        (1234.5, "number", 2, "1,234.50"),
        (8.4, "years", 1, "8.4 years"),
        (1, "years", 0, "1 year"),
        (5, "years", 0, "5 years"),
        (1, "days", 0, "1 day"),
        (1.0, "days", 1, "1.0 days"),
        (0.3, "days", 1, "0.3 days"),
        (date(2026, 10, 31), "date", 0, "31 October 2026"),
        (date(2026, 3, 1), "date", 0, "1 March 2026"),
        ("as written", "text", 0, "as written"),
        ("", "text", 0, ""),
        (True, "flag", 0, "yes"),
        (False, "flag", 0, "no"),
    ],
)
def test_each_unit_prints_its_own_way(value, unit, precision, printed):
    assert format_fact(fact(value, unit, precision)) == printed


@pytest.mark.parametrize("unit", ["percent", "number", "text", "date", "flag", "count", "years"])
def test_undefined_prints_as_such(unit):
    assert format_fact(fact(None, unit)) == "n/a"


def test_a_discrete_period_without_data_says_no_data():
    assert format_fact(fact(None, "signed_percent", id="perf.strategy.discrete.4")) == "no data"
    assert format_fact(fact(None, "signed_percent", id="perf.strategy.cumulative.5y")) == "n/a"
    assert format_fact(fact(0.01, "signed_percent", id="perf.strategy.discrete.4")) == "+1.0%"


@pytest.mark.parametrize("unit", ["percent", "signed_percent"])
@pytest.mark.parametrize("value", [-0.0, 0.0, -0.00049, 0.00049, -1e-300])
def test_what_rounds_to_zero_has_no_sign(unit, value):
    assert format_fact(fact(value, unit, 1)) == "0.0%"


@pytest.mark.parametrize("unit", ["points", "bps", "ratio", "number", "years", "days"])
def test_minus_zero_never_prints(unit):
    assert format_fact(fact(-1e-9, unit, 1)).startswith("0.0")


@pytest.mark.parametrize(
    ("value", "precision", "printed"),
    [
        (0.0005, 1, "0.1%"),
        (-0.0005, 1, "−0.1%"),
        (0.0015, 1, "0.2%"),
        (0.0025, 1, "0.3%"),  # half to even would print 0.2%
        (0.00285, 2, "0.29%"),  # in binary 0.285 lies below the half
        (0.00125, 2, "0.13%"),
        (0.9995, 1, "100.0%"),
    ],
)
def test_halves_round_away_from_zero_on_the_digits_a_person_sees(value, precision, printed):
    assert format_fact(fact(value, "percent", precision)) == printed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_never_printed(value):
    with pytest.raises(ValueError, match="is not a finite number; an undefined figure is None"):
        format_fact(fact(value))


def test_rounding_leaves_plain_zero():
    assert str(round_half_up(-0.0004, 1, 100)) == "0.0"
    assert str(round_half_up(-0.0005, 1, 100)) == "-0.1"


def test_extreme_numbers_print_whole():
    assert format_fact(fact(1e300, "number", 0)).replace(",", "") == "1" + "0" * 300
    assert format_fact(fact(0.1 + 0.2, "number", 12)) == "0.300000000000"


def test_printing_does_not_depend_on_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert format_fact(fact(1234.5, "number", 1)) == "1,234.5"
    assert format_fact(fact(date(2026, 10, 31), "date")) == "31 October 2026"


SOME = Facts(
    facts={
        one.id: one
        for one in (
            fact(0.1, "percent", 1, "perf.b"),
            fact(None, "percent", 1, "perf.a"),
            fact(3, "count", 0, "some.count"),
            fact(True, "flag", 0, "some.flag"),
            fact("Zürich − “quoted”\n", "text", 0, "some.text"),
            fact(date(2020, 2, 29), "date", 0, "some.date"),
            replace(fact(1e-17, "ratio", 2, "some.ratio"), start=date(2019, 1, 1), charges="net", as_of=None),
        )
    },
    series={
        "growth.strategy": Series(
            "growth.strategy",
            "Strategy",
            (date(2020, 1, 1), date(2020, 1, 2)),
            (100.0, None),
            "number",
            "simulated",
        )
    },
)


def test_there_and_back():
    text = facts_to_json(SOME)
    again = facts_from_json(text)
    assert again == SOME
    assert type(again.facts["some.count"].value) is int and again.facts["some.flag"].value is True
    assert facts_from_json(text.encode()) == SOME
    assert facts_to_json(again) == text


@pytest.mark.parametrize(
    "facts",
    [SOME, Facts({}, {}), Facts({}, {"a.b": Series("a.b", "“Ä”, \\n", (), (), "number", "simulated")})],
    ids=["some", "none", "no days"],
)
def test_the_text_is_what_json_itself_writes(facts):
    """Ours is put together from parts that are written in C: the same bytes as the library's own with an indent."""
    text = facts_to_json(facts)
    assert json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n" == text


def test_the_text_is_sorted_and_ends_with_a_newline():
    text = facts_to_json(SOME)
    backwards = Facts(dict(reversed(SOME.facts.items())), SOME.series)
    assert facts_to_json(backwards) == text
    assert text.endswith("}\n") and text.index('"perf.a"') < text.index('"perf.b"')
    assert '"value": 1e-17' in text and "Zürich" in text
    for one in json.loads(text)["facts"].values():
        assert list(one) == sorted(one)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (fact(float("nan"), "percent"), "fact some.fact, value nan: must be a finite number for unit percent, or null"),
        (fact("0.1", "percent"), "must be a finite number for unit percent"),
        (fact(True, "number"), "must be a finite number for unit number"),
        (fact(1.5, "count"), "must be a whole number for unit count"),
        (fact(1, "text"), "must be text for unit text"),
        (fact(1, "flag"), "must be true or false for unit flag"),
        (fact("2026-01-01", "date"), "must be a date for unit date"),
        (fact(1.0, id="Not an id"), "an id of dotted words"),
    ],
)
def test_a_fact_that_must_not_exist_is_not_written(wrong, message):
    with pytest.raises(ValueError, match=message):
        facts_to_json(Facts({wrong.id: wrong}, {}))


def test_a_fact_under_another_key_is_not_written():
    with pytest.raises(ValueError, match=r"fact 'a\.b'"):
        facts_to_json(Facts({"a.b": fact(1.0)}, {}))


def changed(path, value):
    table = json.loads(facts_to_json(SOME))
    *way, last = path
    place = table
    for key in way:
        place = place[key]
    place[last] = value
    return json.dumps(table)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("facts", "perf.b", "value"), "0.1", "fact 'perf.b', value '0.1': must be a finite number for unit percent"),
        (("facts", "perf.b", "value"), True, "value True: must be a finite number"),
        (("facts", "perf.b", "value"), 10**400, "must be a finite number"),
        (("facts", "perf.b", "value"), [1], r"value \[1\]: must be a finite number"),
        (("facts", "perf.b", "unit"), "furlongs", "unit 'furlongs': must be one of percent, signed_percent"),
        (("facts", "perf.b", "unit"), ["percent"], r"unit \['percent'\]: must be one of"),
        (("facts", "perf.b", "basis"), "guess", "basis 'guess': must be one of actual, simulated, mandate"),
        (("facts", "perf.b", "charges"), "some", "charges 'some': must be one of net, gross"),
        (("facts", "perf.b", "precision"), 1.0, "precision: must be 0 to 12"),
        (("facts", "perf.b", "precision"), 99, "precision: must be 0 to 12"),
        (("facts", "perf.b", "precision"), True, "precision: must be 0 to 12"),
        (("facts", "perf.b", "label"), 7, "label 7: must be text"),
        (("facts", "perf.b", "source"), None, "source None: must be text"),
        (("facts", "perf.b", "as_of"), "30/10/2026", "as_of '30/10/2026': must be a date as 2026-10-31"),
        (("facts", "perf.b", "as_of"), "2026-02-30", "as_of '2026-02-30': must be a day of the calendar"),
        (("facts", "perf.b", "as_of"), 20261030, "as_of 20261030: must be a date"),
        (("facts", "perf.b", "colour"), "red", "fact 'perf.b', key 'colour': must be exactly as_of, basis"),
        (("facts", "some.date", "value"), "yesterday", "'yesterday': must be a date"),
        (("facts", "some.count", "value"), 1.5, "value 1.5: must be a whole number for unit count"),
        (("facts", "some.flag", "value"), 1, "value 1: must be true or false for unit flag"),
        (("facts", "some.text", "value"), 1, "value 1: must be text for unit text"),
        (("facts", "no id"), {}, "fact 'no id': must be an id of dotted words"),
        (("facts", "perf.b"), [], "fact 'perf.b': must be an object"),
        (("facts",), [], "facts: must be an object of objects by id"),
        (("series",), None, "series: must be an object of objects by id"),
        (("version",), 2, "version 2: must be 1"),
        (("extra",), 2, "the file, key 'extra': must be exactly facts, series, version"),
        (("series", "growth.strategy", "values"), [1.0], "series 'growth.strategy': must be as many dates as values"),
        (("series", "growth.strategy", "values"), [1.0, "2"], "value '2': must be a finite number or null"),
        (("series", "growth.strategy", "values"), 3, "must be lists of dates and of values"),
        (("series", "growth.strategy", "dates"), ["2020-01-01", None], "dates None: must be a date"),
        (("series", "no id"), {}, "series 'no id': must be an id of dotted words"),
    ],
)
def test_what_comes_back_is_checked(path, value, message):
    with pytest.raises(RunError, match=rf"^facts\.json: not a facts file: .*{message}.*Run the mandate again"):
        facts_from_json(changed(path, value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[]", "the file: must be an object"),
        ("null", "the file: must be an object"),
        ('{"facts": {}, "facts": {}, "series": {}, "version": 1}', "key 'facts': must be to stand once"),
        ("[" * 100_000, "nested too deeply"),
        (facts_to_json(SOME).replace("1e-17", "NaN"), "NaN is not a number; an undefined figure is null"),
        (facts_to_json(SOME).replace("1e-17", "-Infinity"), "-Infinity is not a number"),
        (facts_to_json(SOME).replace("1e-17", "1e999"), "value inf: must be a finite number"),
        (b"\xff\xfe\x00", "codec can't decode|utf"),
    ],
)
def test_what_is_no_facts_file_ends_in_one_sentence(text, message):
    with pytest.raises(RunError, match=message) as caught:
        facts_from_json(text, "runs/x/facts.json")
    assert str(caught.value).startswith("runs/x/facts.json: ") and "\n" not in str(caught.value)


def test_a_file_beyond_the_limit_is_not_read():
    with pytest.raises(RunError, match=f"a facts file has at most {MAX_BYTES:,}"):
        facts_from_json(" " * (MAX_BYTES + 1))
