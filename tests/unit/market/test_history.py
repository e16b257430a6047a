"""A strategy is handed the past: copies that end at t, and nothing behind them."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.errors import StrategyError
from backtest.market.history import History

ARRAYS = ("dates", "prices", "closes", "volumes", "members", "benchmark", "benchmark_weights", "weights")


@pytest.fixture
def panel(files):
    return files.panel()


@pytest.fixture
def history(panel) -> History:
    return History(panel, day=10, weights=np.array([[0.2, 0.3, 0.5]]), start_day=0)


def test_every_table_ends_at_t(panel, history):
    assert history.dates[-1] == panel.dates[10]
    assert history.date == panel.dates[10] and history.date.dtype == np.dtype("datetime64[D]")
    assert (history.benchmark == panel.benchmark[:11]).all() and len(history.benchmark) == 11
    assert len(history.dates) == len(history.prices) == len(history.closes) == len(history.volumes) == 11
    assert (history.benchmark_weights == panel.benchmark_weights[10]).all()
    assert (history.members == panel.members[10]).all()


@pytest.mark.parametrize("name", ARRAYS)
def test_no_array_can_be_written_to_or_leads_to_the_future(history, name):
    array = getattr(history, name)
    assert not array.flags.writeable
    assert array.base is None
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0


def test_recent_prices_are_the_last_rows(panel, history):
    for days in (1, 4, 11, 500):
        recent = history.recent_prices(days)
        np.testing.assert_array_equal(recent, history.prices[-days:])
        assert recent.base is None and not recent.flags.writeable
    with pytest.raises(ValueError, match="at least 1 day"):
        history.recent_prices(0)


def test_the_weights_given_are_copied(panel):
    weights = np.array([[0.2, 0.3, 0.5]])
    history = History(panel, day=3, weights=weights, start_day=0)
    weights[0, 0] = 9.0
    assert history.weights[0, 0] == 0.2


@pytest.mark.parametrize(("day", "months"), [(0, 0.0), (21, 0.0), (22, 1.0), (29, 1.0)])
def test_months_are_counted_on_the_calendar(panel, day, months):
    """The panel runs from 2 January to 12 February; day 22 is 1 February."""
    assert History(panel, day, np.zeros((1, 3)), start_day=0).months_since_start == months


def test_masks_by_theme_sector_and_country(history):
    assert list(history.theme("capex")) == [True, False, False]
    assert list(history.sector("Energy")) == [False, True, True]
    assert list(history.country("US")) == [True, True, True]
    assert history.names == ("AA", "BB", "CC")


def test_a_theme_nobody_has_is_an_empty_mask(files):
    files.edit("universe.csv", 3, "BB,Beta,Energy,other,US,USD")
    assert not History(files.panel(), 0, np.zeros((1, 3)), 0).theme("adopter").any()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda h: h.theme("adopters"),
            r"^history\.theme\('adopters'\): no such theme\. Did you mean adopter\? Allowed: capex, adopter, other\.$",
        ),
        (lambda h: h.sector("Oil"), r"^history\.sector\('Oil'\): no such sector\. Allowed: Energy, Utilities\.$"),
        (lambda h: h.country("UK"), r"^history\.country\('UK'\): no such country\."),
        (lambda h: h.fundamental("pe"), r"^history\.fundamental\('pe'\): the mandate gives no fundamentals\."),
    ],
)
def test_what_is_not_there_is_said(history, ask, message):
    with pytest.raises(StrategyError, match=message):
        ask(history)


def test_the_cash_rate_is_what_cash_earned_a_year(panel):
    assert History(panel, 29, np.zeros((1, 3)), 0).cash_rate == pytest.approx(0.04, rel=2e-3)
    assert np.isnan(History(panel, 0, np.zeros((1, 3)), 0).cash_rate)


def test_a_day_outside_the_panel_is_refused(panel):
    with pytest.raises(ValueError, match="do not fit"):
        History(panel, 30, np.zeros((1, 3)), 0)
    with pytest.raises(ValueError, match="do not fit"):
        History(panel, 3, np.zeros((1, 3)), 4)
