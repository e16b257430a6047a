"""Finding a strategy, reading its parameters, and asking it safely."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backtest.errors import StrategyError
from backtest.mandate import StrategyChoice
from backtest.market.history import History
from backtest.strategy import (
    Strategy,
    asked,
    available,
    describe_all,
    load_strategy,
    read_parameters,
    strategies_folder,
    varied,
)

HERE = Path()


def choose(**keys):
    return load_strategy(StrategyChoice(**keys), HERE)


def written(folder, body, name="mine.py"):
    (folder / name).write_text(body, encoding="utf-8")
    return load_strategy(StrategyChoice(path=name), folder)


def history_of(panel, day=40, variants=1, start=0):
    return History(panel, day, np.zeros((variants, len(panel.assets))), start)


def fails(message, function, *args, **kwargs):
    with pytest.raises(StrategyError) as error:
        function(*args, **kwargs)
    assert message in str(error.value)


PART = [{"name": "hold_benchmark", "share": 1.0}]


def shipped(name):
    return choose(name=name, parts=PART) if name == "blend" else choose(name=name)


def test_the_built_in_strategies_are_the_files_of_the_folder():
    assert available() == (
        "adopter_evidence", "blend", "broaden", "buy_the_turmoil", "capex_surprise", "cut_capex", "equal_weight",
        "hold_benchmark", "inverse_volatility", "minimum_variance", "valuation_discipline",
    )  # fmt: skip
    assert all((strategies_folder() / f"{name}.py").is_file() for name in available())


@pytest.mark.parametrize("name", available())
def test_every_strategy_file_states_idea_source_failure_and_ranges(name):
    strategy = shipped(name)
    source = (strategies_folder() / f"{name}.py").read_bytes()
    assert strategy.idea.endswith(".") and len(strategy.idea) > 20
    assert strategy.fails_when.endswith(".") and "\n" not in strategy.fails_when
    assert strategy.source.endswith(".") and b"\nSource: " in source
    assert len(source.splitlines()) <= 62, "a strategy is one idea; what it shares goes into _shared.py"
    if name != "blend":
        assert strategy.sha256 == hashlib.sha256(source).hexdigest()
    assert set(strategy.parameters) - {"parts.1.share"} == {p.name for p in strategy.allowed}
    for parameter in strategy.allowed:
        assert parameter.meaning and parameter.default is not None
        if parameter.text:
            assert not parameter.words or parameter.default in parameter.words
        else:
            assert parameter.low <= parameter.default <= parameter.high and parameter.low < parameter.high


def test_the_parameters_of_cut_capex_are_read_from_its_file():
    strategy = choose(name="cut_capex", capex_target=0.25)
    assert dict(strategy.parameters) == {"capex_target": 0.25, "months": 6, "receivers": 0}
    assert [str(p) for p in strategy.allowed] == [
        "capex_target (0 to 1)", "months (1 to 60)", "receivers (0 to 2)",
    ]  # fmt: skip
    assert strategy.allowed[1].whole and not strategy.allowed[0].whole
    assert strategy.idea == "Cut capex names towards a share of their benchmark weight; give what is freed to adopters."
    assert strategy.fails_when.startswith("capex spending keeps paying, as in 2023 and 2024, or adopters")


def test_a_listing_says_what_each_strategy_takes():
    rows = {row["name"]: row for row in describe_all()}
    assert tuple(rows) == available()
    cut, hold = rows["cut_capex"], rows["hold_benchmark"]
    assert cut["parameters"] == [
        "capex_target: share of the capex names' benchmark weight to keep, 0 to 1; default 0.5",
        "months: length of the glide in months, 1 to 60; default 6",
        "receivers: how adopters share what is freed: 0 by benchmark weight, 1 equally, 2 by inverse volatility, "
        "0 to 2; default 0",
    ]
    valuation = rows["valuation_discipline"]["parameters"]
    assert valuation[0] == "field: the published field by which a name is judged, any text; default ev_to_sales"
    assert valuation[1].endswith("one of by_name, high, low; default by_name")
    assert [name for name, row in rows.items() if row["event_driven"]] == ["buy_the_turmoil"]
    assert [name for name, row in rows.items() if row["composes"]] == ["blend"]
    assert rows["blend"]["parameters"][0].startswith(
        "[[strategy.parts]]: one table a strategy, with name or path, share"
    )
    assert {name: row["reads"] for name, row in rows.items() if row["reads"]} == {
        "adopter_evidence": "operating_margin, revenue_per_employee",
        "capex_surprise": "capex_guidance, capex_expected, capex, sales",
        "valuation_discipline": "the field that the parameter `field` names",
    }
    assert cut["source"].startswith("the fund's founding thesis; for capital cycles")
    assert rows["minimum_variance"]["source"].endswith("large-dimensional covariance matrices, 2004.")
    assert (hold["name"], hold["parameters"]) == ("hold_benchmark", [])
    assert hold["fails_when"].startswith("anything weighted differently does better")


def test_an_unknown_name_gives_the_nearest_and_the_allowed():
    fails(
        "[strategy] name: no strategy 'cut_capx'. Did you mean cut_capex? Allowed: adopter_evidence, blend, "
        "broaden, buy_the_turmoil, capex_surprise, cut_capex, equal_weight, hold_benchmark, inverse_volatility, "
        "minimum_variance, valuation_discipline;",
        choose,
        name="cut_capx",
    )


def test_an_unknown_parameter_gives_the_nearest_and_the_allowed():
    fails(
        "[strategy] capex_taget: no such parameter of cut_capex. Did you mean capex_target? "
        "Allowed: capex_target (0 to 1), months (1 to 60), receivers (0 to 2).",
        choose,
        name="cut_capex",
        capex_taget=0.5,
    )
    fails("no such parameter of hold_benchmark. Allowed: none.", choose, name="hold_benchmark", months=3)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        (
            "capex_target",
            1.5,
            "found 1.5. Give a number from 0 to 1: share of the capex names' benchmark weight to keep.",
        ),
        ("capex_target", "half", "found 'half'. Give a number from 0 to 1"),
        ("capex_target", True, "found True. Give a number"),
        ("capex_target", [], "found []. Give a number"),
        ("capex_target", [0.1, "x"], "Give a number"),
        ("capex_target", [[0.1], [0.1, 0.2]], "Give a number"),
        ("capex_target", {"low": 0.1}, "Give a number"),
        ("months", 0, "found 0. Give a whole number from 1 to 60: length of the glide in months."),
        ("months", 6.5, "found 6.5. Give a whole number from 1 to 60"),
    ],
)
def test_a_parameter_of_the_wrong_kind_or_out_of_range(key, value, found):
    fails(f"[strategy] {key}: ", choose, name="cut_capex", **{key: value})
    fails(found, choose, name="cut_capex", **{key: value})


def test_a_whole_number_written_as_a_float_is_that_number():
    months = choose(name="cut_capex", months=6.0).parameters["months"]
    assert months == 6 and isinstance(months, int)


def test_columns_make_variants_and_must_agree():
    column = np.array([[0.0], [0.5], [1.0]])
    strategy = Strategy("s", lambda history: None, {"a": column, "b": 3.0})
    assert strategy.variants == 3
    assert Strategy("s", lambda history: None).variants == 1
    with pytest.raises(StrategyError, match=r"columns of different lengths \(a 3, b 2\)"):
        _ = replace(strategy, parameters={"a": column, "b": column[:2]}).variants
    with pytest.raises(StrategyError, match=r"strategy s, a: an array of shape \(3,\)"):
        _ = replace(strategy, parameters={"a": column[:, 0]}).variants


def test_a_strategy_of_the_users_own_is_found_beside_the_mandate(tmp_path, markets):
    strategy = written(
        tmp_path,
        '"""Equal weights."""\n\ndef target_weights(history):\n    return history.members / history.members.sum()\n',
    )
    assert (strategy.name, strategy.idea, strategy.fails_when) == ("mine", "Equal weights.", "")
    panel = markets.random_panel(1)
    assert strategy.target_weights(history_of(panel)).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def target_weights(history) return 1", "mine.py, line 1: not valid Python: "),
        ("import nowhere_at_all", "does not load: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("x = 1", "defines no function target_weights(history, *, ...)"),
        ("def target_weights():\n    pass", "takes no history"),
        ("def target_weights(history, share=1):\n    pass", "share: parameters stand after the star"),
        (
            "def target_weights(history, *, share=1):\n    pass",
            "share: no range in the docstring of target_weights. Add",
        ),
    ],
)
def test_a_file_that_is_no_strategy(tmp_path, body, message):
    fails(message, written, tmp_path, body)


def test_a_path_that_is_not_there(tmp_path):
    fails("[strategy] path: no Python file at", load_strategy, StrategyChoice(path="gone.py"), tmp_path)


def test_a_parameter_without_a_default_is_asked_for(tmp_path):
    body = 'def target_weights(history, *, share):\n    """Weights.\n\n    share: of it, -1 to 2.5.\n    """\n'
    fails("[strategy] share: missing; mine needs it. Allowed: share (-1 to 2.5).", written, tmp_path, body)


def test_ranges_may_share_a_line_and_need_not_fill_it(tmp_path):
    def target_weights(history, *, a=1.0, b: int = 2, c=0.0):
        """Weights; the ratio of one: 1 to 2 does not count.

        a: share of the first, or of the second, 0 to 1.  b: months, 1 to 9.
        c: tilt, either way, -0.5 to 0.5. More about it, 3 to 4 lines.
        """

    found = read_parameters(target_weights, tmp_path)
    assert [str(p) for p in found] == ["a (0 to 1)", "b (1 to 9)", "c (-0.5 to 0.5)"]
    assert found[0].meaning == "share of the first, or of the second"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "returned"),
        ("weights", "returned str; return an array of weights (1, 8)"),
        (
            np.ones(3) / 3,
            "returned weights of shape (3,); return (1, 8), one row per variant and one column per asset.",
        ),
        (np.ones((2, 8)) / 8, "returned weights of shape (2, 8)"),
        (np.array([np.nan] + [0.1] * 7), "wishes nan of A000; a weight is a number of zero or more."),
        (np.array([0.1, np.inf] + [0.1] * 6), "wishes inf of A001"),
        (np.array([1.1, 0, -0.1, 0, 0, 0, 0, 0]), "wishes -0.1 of A002"),
        (np.zeros(8), "the weights sum to 0; at least one asset must receive weight."),
        (np.full(8, 0.125 * (1 + 2e-9)), "the weights sum to 1.000000002; at most 1 is allowed"),
        (np.ones(8) / 7, "the weights sum to 1.142857143; at most 1 is allowed, and what is left out is cash."),
    ],
)
def test_an_answer_that_is_no_set_of_weights(markets, answer, message):
    panel = markets.random_panel(3)
    strategy = markets.strategy_of(lambda history: answer)
    fails(f"strategy test, {panel.dates[40]}: ", strategy.target_weights, history_of(panel))
    fails(message, strategy.target_weights, history_of(panel))


def test_an_answer_within_rounding_is_made_exact_and_cash_is_left_alone(markets):
    panel = markets.random_panel(3)
    wish = np.full(8, 0.125 * (1 + 5e-10))
    exact = markets.strategy_of(lambda history: wish).target_weights(history_of(panel))
    assert exact.sum() == pytest.approx(1.0, abs=1e-15)
    half = markets.strategy_of(lambda history: np.full(8, 0.0625)).target_weights(history_of(panel))
    assert half.tolist() == [[0.0625] * 8]


def test_one_row_stands_for_every_variant(markets):
    panel = markets.random_panel(3)
    column = np.zeros((3, 1))
    strategy = markets.strategy_of(lambda history, *, row: np.full(8, 0.125), row=column)
    assert strategy.target_weights(history_of(panel, variants=3)).shape == (3, 8)


def test_a_strategy_that_fails_is_named_with_the_date(markets):
    panel = markets.random_panel(3)
    strategy = markets.strategy_of(lambda history: history.nothing)
    fails(f"strategy test, {panel.dates[40]}: AttributeError: ", strategy.target_weights, history_of(panel))


def test_cut_capex_without_anyone_to_receive_says_so_by_date(markets):
    panel = markets.panel_of(np.ones((60, 3)), themes=("capex", "other", "other"))
    start = choose(name="cut_capex").target_weights(history_of(panel, day=30, start=30))
    assert start == pytest.approx(np.full((1, 3), 1 / 3))  # on the first date nothing is freed yet
    fails(
        f"strategy cut_capex, {panel.dates[50]}: no adopter is in the benchmark, so nobody can receive what",
        choose(name="cut_capex").target_weights,
        history_of(panel, day=50, start=0),
    )


def test_cut_capex_glides_in_a_straight_line_and_stops(markets):
    """One third capex, one third adopter, one third other; target half, over two months."""
    panel = markets.panel_of(np.ones((90, 3)))
    strategy = choose(name="cut_capex", capex_target=0.5, months=2)
    capex = [strategy.target_weights(history_of(panel, day=day))[0].tolist() for day in (0, 25, 50, 80)]
    for weights, kept in zip(capex, (1.0, 0.75, 0.5, 0.5), strict=True):
        assert weights == pytest.approx([kept / 3, 1 / 3 + (1 - kept) / 3, 1 / 3])


def test_cut_capex_gives_in_proportion_and_in_variants(markets):
    panel = markets.random_panel(5, names=12, troubles=False)
    columns = {"capex_target": np.array([[0.0], [0.4], [1.0]]), "months": np.array([[1.0], [2.0], [3.0]])}
    function = choose(name="cut_capex").function
    history = history_of(panel, day=85, variants=3)
    together = Strategy("cut_capex", function, columns).target_weights(history)
    for v in range(3):
        alone = Strategy("cut_capex", function, {k: float(c[v, 0]) for k, c in columns.items()})
        np.testing.assert_array_equal(together[v], alone.target_weights(history_of(panel, day=85))[0])
    growth = (together / history.benchmark_weights)[:, history.theme("adopter")]
    np.testing.assert_allclose(growth, np.broadcast_to(growth[:, :1], growth.shape))
    np.testing.assert_allclose(together.sum(axis=1), 1.0)
    assert together[0, history.theme("capex")].sum() == 0.0


TEXT = '''
def target_weights(history, *, way: str = "plain", field: str = "sales", power=1.0):
    """Weights.

    way: how, one of plain, steep.
    field: what it reads, any text.
    power: of it, 0 to 2.
    """
    return history.members / history.members.sum()
'''


def test_text_parameters_are_read_and_settled(tmp_path):
    strategy = written(tmp_path, TEXT)
    assert dict(strategy.parameters) == {"way": "plain", "field": "sales", "power": 1.0}
    assert [str(p) for p in strategy.allowed] == ["way (one of plain, steep)", "field (any text)", "power (0 to 2)"]
    assert strategy.allowed[0].words == ("plain", "steep") and strategy.allowed[1].words == ()
    assert strategy.variants == 1


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("way", "steap", "[strategy] way: found 'steap'. Did you mean steep? Give one of plain, steep: how."),
        ("way", 1, "[strategy] way: found 1. Give one of plain, steep: how."),
        ("way", ["plain", "steep"], "Text is the same for all variants."),
        ("field", "", "[strategy] field: found ''. Give a text of 1 to 200 characters: what it reads."),
        ("power", "2", "[strategy] power: found '2'. Give a number from 0 to 2"),
    ],
)
def test_a_text_parameter_outside_its_words(tmp_path, key, value, message):
    (tmp_path / "mine.py").write_text(TEXT, encoding="utf-8")
    fails(message, load_strategy, StrategyChoice(path="mine.py", **{key: value}), tmp_path)


def test_a_text_parameter_without_its_words_is_asked_for_them(tmp_path):
    body = 'def target_weights(history, *, way: str = "x"):\n    """Weights."""\n'
    fails(
        "mine.py, way: the docstring of target_weights does not say which words it takes. Add", written, tmp_path, body
    )


def test_a_parameter_is_replaced_and_checked():
    strategy = choose(name="cut_capex")
    column = np.array([[1.0], [2.0]])
    other = varied(strategy, {"months": column})
    assert other.variants == 2 and other.parameters["capex_target"] == 0.5 and strategy.parameters["months"] == 6
    fails("[strategy] months: found 61. Give a whole number from 1 to 60", varied, strategy, {"months": 61})
    fails("[strategy] month: no such parameter of cut_capex. Did you mean months?", varied, strategy, {"month": 6})


def test_a_should_trade_that_fails_is_named_with_the_date(markets):
    panel = markets.random_panel(3)
    strategy = replace(markets.strategy_of(lambda history: None), should_trade=lambda history: history.nothing)
    fails(f"strategy test, {panel.dates[40]}: should_trade: AttributeError", asked, strategy, history_of(panel))
