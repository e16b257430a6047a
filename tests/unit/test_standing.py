"""The sentences of the comparison follow from its figures, whatever these are; ranks and their correlation by scipy."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from backtest.analysis.standing import ranks_of, sentences_of, standing_of

WINDOW = (date(2015, 1, 2), date(2025, 12, 31))
NOTHING = "nothing"


def stand(whole, first, second, same=()):
    return standing_of(whole, (first, second), same, NOTHING, WINDOW)


def test_a_market_where_the_same_one_leads_twice_is_said_to_be_one():
    """On real prices doing nothing led both halves; no fixed sentence may say that leaders change."""
    sharpe = {NOTHING: 0.9, "a": 0.8, "b": 0.7, "c": 0.6}
    standing = stand(sharpe, sharpe, sharpe)
    text = " ".join(sentences_of(standing, NOTHING))
    assert "0 of 4 ranks differ" in text
    assert "Rank 1 in the first half: nothing (rank 1 in the second)" in text
    assert "The rank correlation is 1.00" in text
    assert "0 of 3 strategies over the whole window, 0 in its first half, 0 in its second" in text


def test_a_market_that_turns_round():
    first = {NOTHING: 0.1, "a": 0.4, "b": 0.3, "c": 0.2}
    second = {NOTHING: 0.4, "a": 0.1, "b": 0.2, "c": 0.3}
    standing = stand(first, first, second)
    text = " ".join(sentences_of(standing, NOTHING))
    assert standing.ahead == (3, 3, 0)
    assert "4 of 4 ranks differ" in text
    assert "Rank 1 in the first half: a (rank 4 in the second). Rank 1 in the second half: nothing (rank 4" in text
    assert "The rank correlation is −1.00" in text


def test_the_same_portfolio_summed_in_another_order_is_no_better_one():
    sharpe = {NOTHING: 0.3, "twin": 0.3 + 4e-16, "a": 0.2}
    standing = stand(sharpe, sharpe, sharpe, ("twin",))
    assert ranks_of(sharpe) == {NOTHING: 1, "twin": 1, "a": 3}
    assert standing.ahead == (0, 0, 0)
    assert standing.leaders[0] == ((NOTHING, 1), ("twin", 1))
    assert "not put to the test here: twin." in sentences_of(standing, NOTHING)[-1]


def test_one_without_a_ratio_has_no_rank_and_leaves_the_others_theirs():
    standing = stand({NOTHING: 0.3, "a": None}, {NOTHING: 0.3, "a": None}, {NOTHING: 0.3, "a": 0.5})
    assert ranks_of({NOTHING: 0.3, "a": None}) == {NOTHING: 1}
    assert standing.leaders == (((NOTHING, 2),), (("a", 0),))
    assert "a (rank unknown in the first)" in " ".join(sentences_of(standing, NOTHING))


@pytest.mark.parametrize("names", [(), ("a",)])
def test_fewer_than_two_have_nothing_to_stand_out_from(names):
    sharpe = {NOTHING: 0.3} | dict.fromkeys(names, 0.4)
    standing = stand(sharpe, sharpe, sharpe)
    assert (standing.lucky.value, standing.found.value, standing.correlation.value) == (None, None, None)
    assert "luck" not in " ".join(sentences_of(standing, NOTHING))


def test_the_best_of_two_by_hand():
    """0.2 and 0.4: mean 0.3, found 0.1; deviation 0.1414, and the factor for two trials is 0.5197."""
    sharpe = {NOTHING: 0.3, "a": 0.2, "b": 0.4}
    standing = stand(sharpe, sharpe, sharpe)
    assert standing.found.value == pytest.approx(0.1, rel=1e-12)
    assert standing.lucky.value == pytest.approx(np.sqrt(0.02) * 0.5197, rel=1e-3)


ratios = st.lists(st.tuples(st.sampled_from((-0.5, 0.0, 0.1, 0.2, 0.7, 1.1)), st.floats(-2, 2)), min_size=3, max_size=9)


@settings(max_examples=60)
@given(ratios)
def test_ranks_and_correlation_are_those_of_scipy(pairs):
    first, second = ({f"s{k}": round(p[half], 9) for k, p in enumerate(pairs)} for half in (0, 1))
    first[NOTHING], second[NOTHING] = 0.05, 0.05
    standing = stand(first, first, second)
    for part in (first, second):
        for name, rank in ranks_of(part).items():
            assert rank == 1 + sum(other > part[name] for other in part.values())
    expected = spearmanr(list(first.values()), list(second.values())).statistic if _varied(first, second) else None
    found = standing.correlation.value
    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-12)
    assert 0 <= standing.moved <= len(first)


def _varied(*parts):
    return all(len(set(part.values())) > 1 for part in parts)
