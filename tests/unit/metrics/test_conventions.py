import ast
import inspect

import pytest

from backtest.metrics import concentration, conventions, liquidity, performance, risk, summary, trading
from backtest.words import words_in


def test_the_notes_state_the_numbers_that_are_used():
    notes = " ".join(words_in("en").section("convention").values())
    for number in (
        f"{conventions.TRADING_DAYS_PER_YEAR} trading days",
        f"{conventions.DAYS_PER_YEAR}",
        f"{conventions.LIQUIDATED:.0%}",
        f"{conventions.PARTICIPATION:.0%}",
        f"last {conventions.VOLUME_DAYS} trading days",
    ):
        assert number in notes


def test_the_notes_are_plain_sentences():
    for note in words_in("en").section("convention").values():
        for sentence in note.removesuffix(".").split(". "):
            assert len(sentence.split()) <= 30, sentence
        assert note.endswith(".") and note[0].isupper()
        assert not {"will", "guarantee", "guaranteed", "safe"} & set(note.lower().split())


@pytest.mark.parametrize("module", [concentration, liquidity, performance, risk, summary, trading])
def test_no_number_of_a_convention_is_written_twice(module):
    """Year lengths and thresholds stand in conventions.py alone."""
    numbers = {n.value for n in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(n, ast.Constant)}
    assert not numbers & {252, 365, 365.25, 0.9, 0.2, 60, 1e-6}


def test_every_period_has_a_length():
    assert set(conventions.PERIODS) == {*conventions.PERIOD_MONTHS, "ytd", "start"}
    assert set(conventions.ANNUALISED_PERIODS) <= set(conventions.PERIODS)
