"""Strategies made of others: how parts are read, named, hashed, asked, and what is refused."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from backtest.errors import StrategyError
from backtest.mandate import StrategyChoice
from backtest.strategy import asked, load_strategy, strategies_folder, varied

CUT = {"name": "cut_capex", "share": 0.6, "capex_target": 0.0, "months": 1}
EQUAL = {"name": "equal_weight", "share": 0.3}


def blend(*parts, folder=Path(), **keys):
    return load_strategy(StrategyChoice(name="blend", parts=list(parts), **keys), folder)


def fails(message, *parts, **keys):
    with pytest.raises(StrategyError) as error:
        blend(*parts, **keys)
    assert message in str(error.value)


@pytest.fixture
def panel(markets):
    """A capex name, an adopter and another, a third each in the benchmark."""
    return markets.panel_of(np.ones((60, 3)))


def test_a_blend_is_the_sum_of_its_parts_and_the_rest_is_cash(panel, history_of):
    found = blend(CUT, EQUAL).target_weights(history_of(panel, 40))
    np.testing.assert_allclose(found, [[0.1, 0.6 * 2 / 3 + 0.1, 0.2 + 0.1]], rtol=1e-12)
    assert found.sum() == pytest.approx(0.9)


def test_the_mandate_writes_parts_as_tables(panel, history_of):
    text = """
    name = "blend"
    [[parts]]
    name = "cut_capex"
    share = 0.6
    capex_target = 0.0
    months = 1
    [[parts]]
    name = "equal_weight"
    share = 0.3
    """
    choice = StrategyChoice.model_validate(tomllib.loads(text))
    found = load_strategy(choice, Path()).target_weights(history_of(panel, 40))
    np.testing.assert_array_equal(found, blend(CUT, EQUAL).target_weights(history_of(panel, 40)))


def test_the_parameters_of_parts_stand_beside_those_of_the_whole():
    strategy = blend(CUT, EQUAL)
    expected = {"parts.1.share": 0.6, "parts.1.capex_target": 0.0, "parts.1.months": 1, "parts.1.receivers": 0}
    assert dict(strategy.parameters) == expected | {"parts.2.share": 0.3}
    assert [str(p) for p in strategy.allowed] == [
        "parts.1.capex_target (0 to 1)", "parts.1.months (1 to 60)", "parts.1.receivers (0 to 2)",
    ]  # fmt: skip
    assert blend(CUT, EQUAL, **{"parts.1.months": 9}).parameters["parts.1.months"] == 9


def test_the_idea_of_a_blend_names_its_parts_in_their_order():
    idea = "Follow several strategies at once, each with a share of the portfolio: cut_capex, equal_weight."
    assert blend(CUT, EQUAL).idea == idea


def test_columns_in_parts_make_variants(panel, history_of):
    column, shares = np.array([[0.0], [0.5], [1.0]]), np.array([[0.2], [0.4], [0.6]])
    strategy = blend(CUT | {"capex_target": column, "share": shares}, EQUAL | {"share": 0.4})
    assert strategy.variants == 3
    together = strategy.target_weights(history_of(panel, 40, variants=3))
    for row in range(3):
        alone = blend(CUT | {"capex_target": column[row, 0], "share": shares[row, 0]}, EQUAL | {"share": 0.4})
        np.testing.assert_allclose(together[row], alone.target_weights(history_of(panel, 40))[0], atol=1e-15)
    with pytest.raises(StrategyError, match="columns of different lengths"):
        _ = blend(CUT | {"capex_target": column}, EQUAL | {"share": shares[:2] / 2}).variants


def test_parts_are_varied_under_their_names(panel, history_of):
    strategy = varied(blend(CUT, EQUAL), {"parts.1.capex_target": 1.0, "parts.2.share": 0.4})
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 40)), 1 / 3, rtol=1e-12)
    with pytest.raises(StrategyError, match=r"parts.1.month: no such parameter of blend. Did you mean parts.1.months"):
        varied(strategy, {"parts.1.month": 3})
    with pytest.raises(StrategyError, match=r"the shares of blend sum to 1.3; at most 1 is allowed"):
        varied(strategy, {"parts.1.share": 0.9})


def test_a_blend_of_blends(panel, history_of):
    inner = {"name": "blend", "share": 0.5, "parts": [CUT, EQUAL | {"share": 0.4}]}
    strategy = blend(inner, {"name": "hold_benchmark", "share": 0.5})
    assert strategy.parameters["parts.1.parts.1.months"] == 1
    expected = 0.5 * blend(CUT, EQUAL | {"share": 0.4}).target_weights(history_of(panel, 40)) + 0.5 / 3
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 40)), expected, rtol=1e-12)
    for _ in range(4):
        inner = {"name": "blend", "share": 1.0, "parts": [inner]}
    fails("at depth 5; at most 50 parts and 4 levels are allowed", inner)


def test_the_hash_covers_the_files_of_the_parts(tmp_path):
    def digest(name):
        return hashlib.sha256((strategies_folder() / f"{name}.py").read_bytes()).digest()

    both = hashlib.sha256(digest("blend") + digest("cut_capex") + digest("equal_weight")).hexdigest()
    assert blend(CUT, EQUAL).sha256 == both
    assert blend(CUT | {"months": 2}, EQUAL).sha256 == both
    own = tmp_path / "mine.py"
    hashes = set()
    for body in ("history.members / history.members.sum()", "history.benchmark_weights"):
        own.write_text(f'"""Mine."""\n\ndef target_weights(history):\n    return {body}\n', encoding="utf-8")
        hashes.add(blend({"path": "mine.py", "share": 1.0}, folder=tmp_path).sha256)
    assert len(hashes) == 2


def test_an_event_of_a_part_is_one_of_the_blend(markets, history_of):
    prices = np.ones((60, 3))
    prices[30:, 0] = 0.8
    panel = markets.panel_of(prices)
    turmoil = {"name": "buy_the_turmoil", "share": 0.5, "fall": np.array([[0.1], [0.3]])}
    strategy = blend(turmoil, {"name": "hold_benchmark", "share": 0.5})
    assert blend(CUT, EQUAL).should_trade is None
    history = history_of(panel, 30, variants=2)
    assert asked(strategy, history).tolist() == [True, False]
    assert not asked(strategy, history_of(panel, 29, variants=2)).any()
    found = strategy.target_weights(history)
    np.testing.assert_allclose(found[:, 0], [(1 - 0.5 * 0.2) / 3, 1 / 3], rtol=1e-12)


OWN = '''"""The part whose turn it is, by a parameter of its own."""

def target_weights(history, *, parts, shares, turn: int = 1):
    """Weights.

    turn: number of the part, 1 to 9.
    """
    return shares[turn - 1] * parts[turn - 1](history)


def should_trade(history, *, turn):
    return history.months_since_start == turn
'''


def test_a_composing_strategy_of_the_users_own(tmp_path, panel, history_of):
    (tmp_path / "turns.py").write_text(OWN, encoding="utf-8")
    choice = StrategyChoice(path="turns.py", turn=2, parts=[CUT, EQUAL | {"share": 0.4}])
    strategy = load_strategy(choice, tmp_path)
    assert strategy.parameters["turn"] == 2
    np.testing.assert_allclose(strategy.target_weights(history_of(panel, 40)), 0.4 / 3, rtol=1e-12)
    panel_day = {int(m): t for t, m in enumerate(panel.dates.astype("datetime64[M]").astype(int) - 600)}
    wants = [bool(asked(strategy, history_of(panel, panel_day[m]))[0]) for m in (0, 1, 2)]
    assert wants == [False, False, True]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "[strategy] parts: found []; blend is made of other strategies. Add tables [[strategy.parts]], each with"),
        (["cut_capex"], "[strategy] parts: found ['cut_capex']; blend is made of"),
        ([{"name": "cut_capex"}], "[[strategy.parts]] 1 share: missing. Give the share of the portfolio that follows"),
        ([CUT, {"share": 0.3}], "[[strategy.parts]] 2: give either name or path."),
        ([CUT, EQUAL | {"name": "equal_wait"}], "[[strategy.parts]] 2 name: no strategy 'equal_wait'. Did you"),
        ([CUT | {"monhts": 3}, EQUAL], "[[strategy.parts]] 1 monhts: no such parameter of cut_capex. Did you mean"),
        ([CUT | {"months": 0}, EQUAL], "[[strategy.parts]] 1 months: found 0. Give a whole number from 1 to 60"),
        ([CUT | {"share": 1.5}], "[[strategy.parts]] 1 share: found 1.5. Give a number from 0 to 1"),
        ([CUT, EQUAL | {"share": 0.41}], "[strategy] parts: the shares of blend sum to 1.01; at most 1 is"),
        ([{"name": "blend", "share": 1.0, "parts": [CUT | {"months": 0}]}], "[[strategy.parts.parts]] 1 months: found"),
        ([{"path": "gone.py", "share": 1.0}], "[[strategy.parts]] 1 path: no Python file at gone.py."),
        ([CUT] * 51, "[[strategy.parts]]: 51 parts at depth 1; at most 50 parts"),
    ],
)  # fmt: skip
def test_parts_that_are_refused(parts, message):
    fails(message, *parts)


def test_a_key_of_a_part_that_is_not_there():
    fails("[strategy] parts.3.months: no such part; blend has 2, counted from 1.", CUT, EQUAL, **{"parts.3.months": 2})
    fails("[strategy] month: no such parameter of blend. Allowed: none.", CUT, month=2)
    with pytest.raises(StrategyError, match=r"\[strategy\] parts: no such parameter of cut_capex"):
        load_strategy(StrategyChoice(name="cut_capex", parts=[EQUAL]), Path())


def test_a_part_that_fails_is_named_with_its_number(markets, history_of):
    panel = markets.panel_of(np.ones((60, 3)), themes=("capex", "other", "other"))
    with pytest.raises(StrategyError, match=r"part 2 of blend: strategy cut_capex, 2020-02-26: no adopter is in the"):
        blend(EQUAL, CUT).target_weights(history_of(panel, 40))


def test_a_part_with_a_parameter_called_share_is_refused(tmp_path):
    body = 'def target_weights(history, *, share=1.0):\n    """Weights.\n\n    share: of it, 0 to 1.\n    """\n'
    (tmp_path / "mine.py").write_text(body, encoding="utf-8")
    fails("mine has a parameter of that name, which cannot be told", {"path": "mine.py", "share": 1.0}, folder=tmp_path)
