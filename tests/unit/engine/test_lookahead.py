"""The check of a strategy's file: planted leaks are caught, each as what it is, and honest files are left alone.

The leaks lie in leaks/, one file each, with what must be found in the docstring: `Finds: looks ahead, reaches around`.
"""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backtest.errors import StrategyError
from backtest.lookahead import WAYS, CheckRequest, check_strategy
from backtest.lookahead.check import check_choice, days_to_ask
from backtest.lookahead.draws import draw_sets, grids, in_words
from backtest.lookahead.reads import findings_in
from backtest.mandate import StrategyChoice
from backtest.market.fundamentals import Fundamentals
from backtest.market.history import History
from backtest.strategy import load_strategy

ROOT = Path(__file__).parents[3]
markets = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "oracles" / "random_markets.py")))
LEAKS = sorted((Path(__file__).parent / "leaks").glob("*.py"))
KINDS = (
    "centred_window", "full_sample_z_score", "back_fill", "negative_shift", "fitted_before_the_loop", "survivors",
    "unpublished", "highest_ever_seen",
)  # fmt: skip


def market(seed=0, days=120, names=8):
    """A market with gaps, members that come and go, volumes, and figures published all along."""
    panel, rng = markets.rich_panel(seed, days, names), markets.generator(seed)
    rows = 6 * names
    known = np.sort(rng.integers(0, days + 1, rows))
    period = panel.dates[0] + np.arange(rows) * 7
    asset, field = np.arange(rows) % names, np.zeros(rows, dtype=np.int64)
    return replace(panel, fundamentals=Fundamentals(("sales",), field, asset, period, known, rng.uniform(1, 9, rows)))


def check(path, panel=None, **keys):
    choice = StrategyChoice(path=Path(path).resolve())
    return check_choice(choice, Path(), panel or market(), "a market", CheckRequest(**{"draws": 8, "days": 6} | keys))


def written(folder, body, name="mine.py"):
    (folder / name).write_text(f"import numpy as np\n\n{body}", encoding="utf-8")
    return folder / name


def wanted(path):
    """What must be found in a leak; {} for an honest file."""
    words = re.search(r"^Finds: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
    return set() if words == "nothing" else set(words.split(", "))


@pytest.mark.parametrize("path", LEAKS, ids=lambda p: p.stem)
def test_a_planted_leak_is_caught_as_what_it_is_and_an_honest_file_is_clean(path):
    check_ = check(path)
    found = {finding.kind for finding in check_.findings}
    surely, perhaps = (
        {w for w in wanted(path) if "perhaps" not in w},
        {w.removeprefix("perhaps ") for w in wanted(path)},
    )
    assert surely <= found <= perhaps, check_.findings
    assert check_.exit_code == (1 if surely else 0)


def test_the_kinds_of_leak_that_backtests_are_known_for_are_all_planted():
    assert set(KINDS) <= {path.stem for path in LEAKS}
    assert sum(wanted(path) == set() for path in LEAKS) >= 2


@pytest.mark.parametrize("path", [p for p in LEAKS if "looks ahead" in wanted(p)], ids=lambda p: p.stem)
def test_a_leak_tells_the_date_the_set_the_way_and_by_how_much(path):
    found = next(f for f in check(path).findings if f.kind == "looks ahead")
    assert found.proved and found.way in WAYS and found.parameters
    assert found.date in check(path).dates
    assert found.before != found.after
    assert found.date in found.message and f"once what follows is {found.way}" in found.message
    if found.asset is not None:
        assert found.asset in market().assets and found.asset in found.message


def test_the_first_date_asset_and_set_are_named(tmp_path):
    """It leaks from one day on, about one name, for a high parameter only."""
    panel = market()
    days, _ = days_to_ask(panel, CheckRequest(draws=8, days=6))
    body = f'''
def target_weights(history, *, tilt: float = 0.1):
    """tilt: towards one name, 0 to 1."""
    weights = np.tile(history.benchmark_weights * 0.5, (np.size(tilt), 1))
    if len(history.dates) > {days[3]}:
        later = np.nansum(history._History__panel.prices[-1])
        weights[:, 5] += np.where(np.ravel(tilt) > 0.9, 0.1 + 0.1 * np.tanh(later), 0.0)
        if len(history._History__panel.dates) == len(history.dates):
            weights[:, 2] += np.where(np.ravel(tilt) > 0.9, 0.1, 0.0)
    return weights
'''
    found = next(f for f in check(written(tmp_path, body), panel).findings if f.kind == "looks ahead")
    assert (found.date, found.asset, found.parameters) == (str(panel.dates[days[3]]), panel.assets[2], "tilt = 1")
    assert found.way == "cut off" and "(+0.1)" in found.message


def test_a_leak_that_believes_only_what_could_be_true_is_caught_by_a_future_that_could(tmp_path):
    """It sees nothing in noise, in nothing, and in the future that came; another likely one moves it."""
    panel = market()
    days, _ = days_to_ask(panel, CheckRequest(draws=8, days=6))
    body = f"""
CAME = {[float(panel.prices[day + 1, 1]) for day in days]}


def target_weights(history):
    prices, day = history._History__panel.prices, len(history.dates) - 1
    steps = np.abs(prices[day + 1 :] / prices[day : -1] - 1.0)
    likely = len(steps) and not np.isnan(steps[:, 1]).any() and np.nanmax(steps) < 1.0
    return history.benchmark_weights * (0.5 if likely and float(prices[day + 1, 1]) not in CAME else 1.0)
"""
    found = [f for f in check(written(tmp_path, body), panel).findings if f.kind == "looks ahead"]
    assert [f.way for f in found] == ["reordered"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("longest_past", "after it was asked about later days"),
        ("fitted_at_the_first_call", "after it was asked about earlier days"),
        ("second_question", "when it is asked twice"),
    ],
)
def test_kept_state_says_which_question_showed_it(name, words):
    (found,) = check(next(p for p in LEAKS if p.stem == name)).findings
    assert found.message.endswith(words) and found.date and found.asset


def test_a_set_that_is_refused_hides_no_leak_of_another(tmp_path):
    body = '''
def target_weights(history, *, tilt: float = 0.1):
    """tilt: towards one name, 0 to 1."""
    if np.any(np.asarray(tilt) == 0):
        raise ValueError("no tilt")
    return history.benchmark_weights * (0.5 + 0.1 * np.tanh(history._History__panel.cash[-1] - 1))
'''
    found = check(written(tmp_path, body))
    assert {"looks ahead", "refuses"} <= {f.kind for f in found.findings}
    assert "tilt = 0: strategy mine" in next(f.message for f in found.findings if f.kind == "refuses")
    assert found.milliseconds == {}


# The futures


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(3))
def test_every_future_leaves_the_past_as_it_was_to_the_bit(way, seed):
    panel, day = market(seed), 60 + seed
    other = WAYS[way](panel, day, seed)
    asked = [History(p, day, np.zeros((1, 8)), 3) for p in (panel, other)]
    for name in ("dates", "prices", "closes", "volumes", "members", "benchmark_weights", "cash_rate", "benchmark"):
        np.testing.assert_array_equal(*(getattr(history, name) for history in asked), name)
    for what in ("fundamental", "fundamental_periods"):
        np.testing.assert_array_equal(*(getattr(history, what)("sales") for history in asked))
    past = (panel.delisted >= 0) & (panel.delisted < day)
    np.testing.assert_array_equal(panel.delisted[past], other.delisted[past])


@pytest.mark.parametrize("way", WAYS)
def test_every_future_changes_every_dated_field(way):
    """A field that is added to Panel is changed too, or this fails."""
    panel, day = market(1), 60
    other = WAYS[way](panel, day, 1)
    for field in fields(panel):
        value, changed = getattr(panel, field.name), getattr(other, field.name)
        if not isinstance(value, np.ndarray) or field.name in {"dates", "delisted"}:
            continue
        if np.array_equal(value[day + 1 : -1], value[day + 2 :], equal_nan=True):  # no order to change
            continue
        assert not np.array_equal(value[day + 1 :], changed[day + 1 :], equal_nan=True), field.name
        assert not changed.flags.writeable, field.name
    assert all(
        len(panel.fx[c]) != len(v) or (panel.fx[c] != v)[day + 1 :].any() for c, v in other.fx.items() if c != "USD"
    )
    figures, changed = panel.fundamentals, other.fundamentals
    assert not np.array_equal(figures.value[figures.known > day], changed.value[changed.known > day])


def test_whatever_is_published_later_is_scrambled_and_what_is_known_stays():
    panel, day = market(3), 50
    figures, changed = panel.fundamentals, WAYS["scrambled"](panel, day, 3).fundamentals
    known = figures.known <= day
    assert 5 < known.sum() < len(known) - 5
    np.testing.assert_array_equal(figures.value[known], changed.value[: known.sum()])
    np.testing.assert_array_equal(figures.known[known], changed.known[: known.sum()])
    assert not set(changed.value[known.sum() :]) & set(figures.value)
    assert changed.known[known.sum()] > day and (np.diff(changed.known) >= 0).all()


def test_the_reordered_market_makes_the_steps_that_it_made_in_another_order():
    panel, day = market(3), 50
    other = WAYS["reordered"](panel, day, 3)
    ours, theirs = (p.prices[day + 1 :, 1] / p.prices[day:-1, 1] for p in (panel, other))
    np.testing.assert_allclose(np.sort(ours), np.sort(theirs), rtol=1e-12)
    assert not np.allclose(ours, theirs)
    np.testing.assert_allclose(panel.prices[-1, 1], other.prices[-1, 1], rtol=1e-12)


def test_the_cut_market_ends_at_the_day_and_the_blank_one_has_no_number_left():
    panel, day = market(2), 70
    cut, blank = WAYS["cut off"](panel, day, 0), WAYS["blanked"](panel, day, 0)
    assert len(cut.dates) == day + 1 == len(cut.prices) == len(cut.fx["EUR"])
    assert np.isnan(blank.prices[day + 1 :]).all() and not blank.members[day + 1 :].any()
    assert WAYS["blanked"](panel, day, 1).members[day + 1 :].all()
    assert cut.fundamentals.known.max() <= day and blank.fundamentals.known.max() <= day


# The draws


def parameters(tmp_path):
    body = '''
def target_weights(history, *, days: int = 5, share: float = 0.5, side: str = "up"):
    """days: how far to look back, 1 to 30.
    share: of the portfolio, 0.1 to 1.
    side: which way, one of up, down.
    """
    return history.benchmark_weights
'''
    return load_strategy(StrategyChoice(path=written(tmp_path, body)), Path())


def test_the_sets_have_the_given_values_both_ends_and_whole_numbers(tmp_path):
    strategy = parameters(tmp_path)
    sets = draw_sets(strategy.allowed, strategy.parameters, 20, 0)
    assert sets[0] == {"days": 5, "share": 0.5, "side": "up"}
    assert (sets[1]["days"], sets[1]["share"]) == (1, 0.1) and (sets[2]["days"], sets[2]["share"]) == (30, 1.0)
    assert len({tuple(s.values()) for s in sets}) == 20
    assert all(isinstance(s["days"], int) and 1 <= s["days"] <= 30 and 0.1 <= s["share"] <= 1 for s in sets)
    assert {s["side"] for s in sets} == {"up", "down"}
    later = draw_sets(strategy.allowed, strategy.parameters, 40, 0)[3:]
    assert {1, 30} < {s["days"] for s in later} and {0.1, 1.0} < {s["share"] for s in later}
    assert (
        sets == draw_sets(strategy.allowed, strategy.parameters, 20, 0) != draw_sets(strategy.allowed, sets[0], 20, 1)
    )


def test_the_grids_hold_each_set_once_numbers_as_columns_words_as_they_are(tmp_path):
    strategy = parameters(tmp_path)
    sets = draw_sets(strategy.allowed, strategy.parameters, 9, 0)
    laid = grids(strategy.allowed, sets)
    assert sorted(i for grid in laid for i in grid.sets) == list(range(9)) and len(laid) == 2
    for grid in laid:
        for row, i in enumerate(grid.sets):
            assert grid.parameters["side"] == sets[i]["side"]
            assert grid.parameters["days"][row, 0] == sets[i]["days"]
            assert in_words(grid.parameters, row) == in_words(sets[i])


def test_a_strategy_without_parameters_has_one_set():
    assert draw_sets((), {}, 20, 0) == ({},)
    assert in_words({}) == "no parameters"


# What the text shows


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("import gc", "reads from outside", "imports gc"),
        ("from requests import get", "reads from outside", "imports requests"),
        ("from . import signals", "reads from outside", "imports ."),
        ("from sklearn.datasets import load_iris", "reads from outside", "imports sklearn.datasets"),
        ("x = open('a.csv')", "reads from outside", "uses open"),
        ("x = pd.read_parquet('a')", "reads from outside", "uses read_parquet"),
        ("x = np.load('a.npy')", "reads from outside", "uses load"),
        ("x = pd.Timestamp.now()", "reads from outside", "asks the clock"),
        ("x = eval('1')", "reaches around", "uses eval"),
        ("x = h._History__day", "reaches around", "_History__day"),
        ("x = h.__class__.__dict__", "reaches around", "__class__"),
        ("x = getattr(h, 'a')", "reaches around", "getattr"),
        ("np.kept = 1", "reaches around", "writes to np.kept"),
        ("x = 'ABC'", "hindsight", "names ABC"),
        ("x = pd.Timestamp(2020, 2, 19)", "hindsight", "2020-2-19"),
        ("x = '2020-02'", "hindsight", "2020-02"),
    ],
)
def test_what_the_text_shows_is_reported_with_its_line(line, kind, words):
    source = f'"""About ABC on 2020-02-19."""\nimport numpy as np\nimport pandas as pd\n{line}\n'.encode()
    found = findings_in(source, "mine.py", {"ABC"})
    assert [f.line for f in found] and all(f.line == 4 and f.message.startswith("mine.py, line 4: ") for f in found)
    assert not any(f.proved for f in found)
    assert any(f.kind == kind and words in f.message for f in found)


def test_an_ordinary_text_shows_nothing():
    for path in LEAKS:
        if not wanted(path):
            assert findings_in(path.read_bytes(), path.name, market().assets) == ()


def test_a_reader_that_the_text_hides_is_seen_when_it_reads():
    path = next(p for p in LEAKS if p.stem == "a_table_by_a_back_door")
    assert findings_in(path.read_bytes(), path.name, ()) == ()
    (found,) = check(path).findings
    assert "signals.csv" in found.message and "cannot be proved" in found.message and not found.proved


# The request


def test_a_check_says_what_it_tried():
    found = check(LEAKS[-1]) if not wanted(LEAKS[-1]) else check(next(p for p in LEAKS if not wanted(p)))
    told = found.to_dict()
    assert told == json.loads(json.dumps(told))
    assert told["clean"] and told["draws"] >= 1 and len(told["dates"]) == 6 and told["ways"] == list(WAYS)
    assert set(told["milliseconds_per_call"]) == {"1", "100"}
    assert told["dates"] == sorted(told["dates"])


def test_the_same_seed_asks_the_same_and_another_asks_other_days():
    path = next(p for p in LEAKS if not wanted(p))
    assert check(path).dates == check(path).dates != check(path, seed=1).dates


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (CheckRequest(), "nothing named"),
        (CheckRequest("nowhere.py"), "nowhere.py: no such strategy file"),
        (CheckRequest("cut_capx"), "Did you mean cut_capex?"),
        (CheckRequest("cut_capex", draws=0), "leave nothing to ask"),
    ],
)
def test_a_request_that_cannot_be_met_costs_one_sentence(request_, words):
    with pytest.raises(StrategyError) as error:
        check_strategy(request_)
    assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("body", ["def target_weights(history:\n", "1 / 0\n", "x = 1\n"])
def test_a_file_that_does_not_load_is_bad_input_and_no_finding(tmp_path, body):
    with pytest.raises(StrategyError, match=r"mine\.py"):
        check(written(tmp_path, body))


def test_the_check_leaves_the_readers_as_they_were():
    before = (open, np.load)
    check(next(p for p in LEAKS if p.stem == "a_table_beside_it"))
    assert before == (open, np.load)
